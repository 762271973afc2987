//! Measures the pages on five years of records: time of the server, check-ins, memory, weight.
//!
//! `cargo run --release -p nightmend-web --example web_load` measures and prints a table. With the words `serve WHOSE
//! [PORT]` (`nobody`, `demo`, `five`) it serves such records until it is ended, to look at.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nightmend_app::{Store, demo, keep};
use nightmend_domain::{NoProgress, PersonName, Zone};
use nightmend_testkit::five_years::five_years;
use nightmend_web::preferences::api_token;
use nightmend_web::server::{Serving, serve};
use nightmend_web::state::{App, Config};

/// The allocator of the program.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Requests a page is asked for, after one that is not counted.
const ROUNDS: usize = 200;
/// Check-ins that are sent.
const CHECK_INS: usize = 50;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", whose] => serve_records(whose, None, 0),
        ["serve", whose, port] => serve_records(whose, None, port.parse().expect("a port")),
        ["serve-folder", folder] => serve_records("folder", Some(Path::new(folder)), 0),
        _ => measure(),
    }
}

fn now_of(whose: &str) -> Timestamp {
    match whose {
        "demo" => "2025-05-13T07:00:00Z",
        "nobody" => "2026-03-10T08:00:00Z",
        _ => "2024-12-31T08:00:00Z",
    }
    .parse()
    .expect("a time")
}

fn fill(folder: &Path, whose: &str) {
    let now = now_of(whose);
    match whose {
        "demo" => drop(demo::make(folder, 120, 1, now, &NoProgress).expect("a demo")),
        "nobody" => {}
        _ => {
            let me = PersonName::new("me").expect("a name");
            let mut store = Store::open(folder).expect("a store");
            keep::set_zone(&mut store, &me, "Europe/London", None, now).expect("a zone");
            store.append_check_in(&me, &five_years(1), now).expect("records");
        }
    }
}

fn serve_records(whose: &str, folder: Option<&Path>, port: u16) {
    let own = tempfile::tempdir().expect("a folder");
    let folder = folder.unwrap_or(own.path());
    if whose != "folder" {
        fill(folder, whose);
    }
    let person = if whose == "demo" { "simulated person" } else { "me" };
    let now = now_of(whose);
    // The clock goes on from an hour at which somebody would check in.
    let began = Instant::now();
    let app = App::open(Config {
        folder: folder.to_owned(),
        person: PersonName::new(person).expect("a name"),
        machine_zone: Zone::named("Europe/London").ok(),
        clock: Arc::new(move || now + began.elapsed()),
    })
    .expect("pages");
    let serving = Serving {
        port,
        lan: None,
        stop: Arc::new(|| false),
        ready: Arc::new(|address| println!("{address}")),
    };
    serve(&app, &serving).expect("served");
}

/// The server in a process of its own, so that its memory is its own.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args(["serve-folder", folder.to_str().expect("a text")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("an address");
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// Resident memory in megabytes (VmRSS).
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0.0);
        kilobytes / 1_024.0
    }
}

/// One connection that is kept.
struct Line {
    stream: BufReader<TcpStream>,
    host: String,
    cookie: String,
}

impl Line {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Self { stream: BufReader::new(stream), host: address.to_owned(), cookie: String::new() }
    }

    /// Status, headers and compressed body of an answer.
    fn ask(&mut self, method: &str, path: &str, more: &str, body: &str) -> (u16, String, Vec<u8>) {
        self.exchange(method, path, &format!("Accept-Encoding: gzip\r\n{more}"), body)
    }

    /// The same without compression.
    fn ask_plainly(&mut self, path: &str) -> (u16, String, Vec<u8>) {
        self.exchange("GET", path, "", "")
    }

    fn exchange(&mut self, method: &str, path: &str, more: &str, body: &str) -> (u16, String, Vec<u8>) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Length: {}\r\n{more}\r\n{body}",
            self.host,
            self.cookie,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("it is sent");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).expect("an answer") > 0, "the connection was closed");
        }
        let lower = head.to_lowercase();
        let header = |name: &str| {
            lower.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        if let Some(cookie) = header("set-cookie:").filter(|cookie| cookie.starts_with("nightmend=")) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let body = match header("content-length:") {
            Some(length) => {
                let mut body = vec![0; length.parse().expect("a number")];
                self.stream.read_exact(&mut body).expect("a body");
                body
            }
            None if lower.contains("transfer-encoding: chunked") => self.chunks(),
            None => Vec::new(),
        };
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        (status, head, body)
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a length");
            let length = usize::from_str_radix(line.trim(), 16).expect("a length");
            let mut chunk = vec![0; length + 2];
            self.stream.read_exact(&mut chunk).expect("a chunk");
            if length == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The quantile of times, in milliseconds.
fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few"
    )]
    let at = (share * (times.len() - 1) as f64).round() as usize;
    times[at]
}

/// What is asked of a page at most, p95 in milliseconds; nothing where nothing is asked.
const PAGES: [(&str, &str, Option<f64>); 9] = [
    ("Today, morning", "/?part=morning", Some(30.0)),
    ("Today, evening", "/?part=evening", Some(30.0)),
    ("Nights, the last weeks", "/nights", Some(30.0)),
    ("Nights, a year", "/nights/year", Some(30.0)),
    ("Nights, one night", "/nights/2024-12-30", Some(30.0)),
    ("Loop, from a finished fit", "/loop", Some(50.0)),
    ("Steps", "/steps", None),
    ("Data", "/data", None),
    ("Settings", "/settings", None),
];

/// One row of the table that `docs/validation/web.md` holds.
fn row(what: &str, times: &mut [f64], target: Option<f64>, weight: Option<usize>) {
    let (median, high) = (quantile(times, 0.5), quantile(times, 0.95));
    let asked = target.map_or_else(String::new, |target| {
        format!("{target:.0} ms: {}", if high <= target { "kept" } else { "missed" })
    });
    let weight = weight.map_or_else(String::new, |weight| format!("{:.1} kB", weight as f64 / 1_000.0));
    println!("| {what} | {median:.1} ms | {high:.1} ms | {asked} | {weight} |");
}

fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path(), "five");
    let server = Server::start(folder.path());
    let mut line = Line::open(&server.address);
    let (status, _, first) = line.ask("GET", "/", "", "");
    assert_eq!(status, 200);
    let fit = finished_fit(&mut line);
    println!(
        "Five years: 1,826 nights of three sources, about 30,000 entries; {ROUNDS} requests a page, {CHECK_INS} check-ins.\n"
    );
    println!("| five years | median | p95 | target (p95) | gzip |\n|---|---|---|---|---|");
    for (what, path, target) in PAGES {
        line.ask("GET", path, "", "");
        let mut weight = 0;
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let began = Instant::now();
                let (status, _, body) = line.ask("GET", path, "", "");
                assert_eq!(status, 200, "{path}");
                weight = body.len();
                milliseconds(began.elapsed())
            })
            .collect();
        row(what, &mut times, target, Some(weight));
    }
    let before = server.memory();
    check_ins(&mut line, folder.path());
    std::thread::sleep(Duration::from_secs(5));
    let after = server.memory();
    println!(
        "\n- Memory, five seconds idle after all of that: {after:.0} MB (60 MB: {}); before the check-ins {before:.0} MB.",
        if after <= 60.0 { "kept" } else { "missed" }
    );
    whole_weight(&mut line, &first);
    println!("- The first fit of the loop, from asking to the finished page: {:.0} s.", fit.as_secs_f64());
}

/// Asks for the loop until its fit is finished; gives how long that took.
fn finished_fit(line: &mut Line) -> Duration {
    let began = Instant::now();
    loop {
        let (status, _, body) = line.ask_plainly("/loop");
        assert_eq!(status, 200);
        if !String::from_utf8_lossy(&body).contains("Being worked out") {
            return began.elapsed();
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn check_ins(line: &mut Line, folder: &Path) {
    let token = api_token(folder).expect("a token");
    let more = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let (mut kept, mut after) = (Vec::new(), Vec::new());
    for number in 0..CHECK_INS {
        let body = format!(
            r#"{{"part":"morning","date":"2024-12-{:02}","fields":{{"pain":{},"rested":3,"tried":"23:{:02}","woke":"06:40"}}}}"#,
            1 + number % 30,
            number % 11,
            number % 60
        );
        let began = Instant::now();
        let (status, ..) = line.ask("POST", "/api/v1/check-ins", &more, &body);
        kept.push(milliseconds(began.elapsed()));
        assert!(status == 201, "{status}");
        let began = Instant::now();
        line.ask("GET", "/", "", "");
        after.push(milliseconds(began.elapsed()));
    }
    row("a check-in, on the disk when answered", &mut kept, Some(20.0), None);
    row("the first page after a check-in: everything assembled anew", &mut after, None, None);
}

/// The page of today with everything that it loads, compressed.
fn whole_weight(line: &mut Line, page: &[u8]) {
    let (_, _, plain) = line.ask_plainly("/");
    let text = String::from_utf8_lossy(&plain).into_owned();
    let mut sum = page.len();
    let mut parts = vec![format!("page {}", page.len())];
    for piece in text.split(['"']).filter(|piece| piece.starts_with("/assets/") && !piece.ends_with(".png")) {
        let (_, _, body) = line.ask("GET", piece, "", "");
        sum += body.len();
        parts.push(format!("{} {}", piece.rsplit('/').next().unwrap_or_default(), body.len()));
    }
    println!(
        "- Today with all it loads, gzip: {:.1} kB (60 kB: {}): {}.",
        sum as f64 / 1_000.0,
        if sum <= 60_000 { "kept" } else { "missed" },
        parts.join(", ")
    );
}
