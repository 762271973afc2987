//! Opens the pages to a home network and asks for them from another machine: a network namespace of the test's own.

mod support;

use std::net::IpAddr;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use nightmend_web::server::{Serving, serve};
use support::{Site, Whose};

const HERE: &str = "192.168.217.1";
const THERE: &str = "192.168.217.2";

/// A second machine: a namespace joined to this one by a cable.
struct Machine {
    name: String,
}

impl Machine {
    /// Nothing where this system does not permit it, or has no `ip` or `curl`.
    fn new() -> Option<Self> {
        let machine = Self { name: format!("nm{}", std::process::id()) };
        let cable = format!("nmv{}", std::process::id());
        let peer = format!("{cable}p");
        let is_ready = run("ip", &["netns", "add", &machine.name])
            && run(
                "ip",
                &["link", "add", &cable, "type", "veth", "peer", "name", &peer, "netns", &machine.name],
            )
            && run("ip", &["addr", "add", &format!("{HERE}/24"), "dev", &cable])
            && run("ip", &["link", "set", &cable, "up"])
            && run("ip", &["-n", &machine.name, "addr", "add", &format!("{THERE}/24"), "dev", &peer])
            && run("ip", &["-n", &machine.name, "link", "set", &peer, "up"])
            && run("curl", &["--version"]);
        is_ready.then_some(machine)
    }

    fn curl(&self, arguments: &[&str]) -> Output {
        let whole = [&["netns", "exec", &self.name, "curl", "-s", "--max-time", "20"], arguments].concat();
        Command::new("ip").args(whole).output().expect("curl runs")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The cable goes with the namespace.
        run("ip", &["netns", "delete", &self.name]);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Bytes in base64, as certificates are written in text.
fn pem(der: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = String::new();
    for chunk in der.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at)) as usize & 63];
            letters.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    let lines: Vec<&str> =
        letters.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[test]
fn another_machine_meets_tls_and_the_passphrase() {
    let Some(machine) = Machine::new() else {
        eprintln!("passed over: no network namespace can be made here");
        return;
    };
    let site = Site::open(Whose::Demo);
    // Certificates are valid by the clock of the other machine.
    site.hands.set(&jiff::Timestamp::now().to_string());
    let lan: IpAddr = HERE.parse().unwrap();
    let serving = |stop: Arc<AtomicBool>, tell: mpsc::Sender<String>| Serving {
        port: 0,
        lan: Some(lan),
        stop: Arc::new(move || stop.load(Ordering::SeqCst)),
        ready: Arc::new(move |address| tell.send(address.to_owned()).unwrap()),
    };
    let (tell, told) = mpsc::channel();
    let refused = serve(&site.app, &serving(Arc::default(), tell)).unwrap_err();
    assert!(refused.to_string().contains("behind a passphrase"), "{refused}");

    let hash = nightmend_web::lock::hash("four words to remember").unwrap();
    site.app.change_preferences(|preferences| preferences.passphrase = Some(hash)).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, told_again) = mpsc::channel();
    drop(told);
    let (app, serving) = (site.app.clone(), serving(stop.clone(), tell));
    let thread = std::thread::spawn(move || serve(&app, &serving).unwrap());
    let loopback = told_again.recv_timeout(Duration::from_secs(60)).unwrap();
    let open = site.app.lan().unwrap();
    let url = open.url.clone();

    let unknown = machine.curl(&[&url]);
    assert!(!unknown.status.success(), "a machine that does not trust it yet goes on: {}", text(&unknown));
    let authority = site.folder.path().join("authority.pem");
    std::fs::write(&authority, pem(&open.authority)).unwrap();
    let trust = ["--cacert", authority.to_str().unwrap()];
    let jar = site.folder.path().join("cookies");
    let jar = jar.to_str().unwrap();
    let trusting =
        |arguments: &[&str]| machine.curl(&[&trust[..], &["-b", jar, "-c", jar], arguments].concat());

    let locked = trusting(&["-i", "-L", &url]);
    assert!(text(&locked).contains("Locked") && !text(&locked).contains("simulated"), "{}", text(&locked));
    assert!(text(&locked).contains("; Secure"), "the cookie may leave the encrypted connection");
    let token =
        text(&locked).split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let lock = format!("{url}lock");
    let origin = format!("Origin: {}", url.trim_end_matches('/'));
    let fields = format!("csrf={token}&passphrase=four+words+to+remember");
    let opened = trusting(&["-i", "-H", &origin, "-d", &fields, &lock]);
    assert!(text(&opened).starts_with("HTTP/1.1 303"), "{}", text(&opened));
    assert!(
        text(&trusting(&[&format!("{url}settings")])).contains("simulated")
            || text(&trusting(&[&url])).contains("Simulated")
    );
    let pair = text(&trusting(&[&format!("{url}pair")]));
    assert!(pair.contains(&open.fingerprint) && pair.contains("every device in this network"), "{pair}");

    let name = machine.curl(
        &[&trust[..], &["-H", "Host: evil.example", "-o", "/dev/null", "-w", "%{http_code}", &url]].concat(),
    );
    assert_eq!(text(&name), "421", "another name is answered");
    let plain = loopback.replace("127.0.0.1", HERE);
    assert!(!machine.curl(&[&plain]).status.success(), "the plain pages answer on the network");
    stop.store(true, Ordering::SeqCst);
    thread.join().unwrap();
}
