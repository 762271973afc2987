//! Drives a real Chromium on a real server: both are started for one test and ended with it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::Timestamp;
use nightmend_domain::Zone;
use nightmend_web::server::{Serving, serve};
use nightmend_web::state::{App, Config};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Hands, Whose, fill};

const DRIVER: &str = "/usr/bin/chromedriver";

/// Whether a browser is to be used: says so where it is not. `NIGHTMEND_BROWSER=required` makes a missing one a
/// failure, `NIGHTMEND_BROWSER=skip` leaves the test out.
pub fn is_wanted() -> bool {
    let wish = std::env::var("NIGHTMEND_BROWSER").unwrap_or_default();
    let is_there = Path::new(DRIVER).exists();
    assert!(is_there || wish != "required", "NIGHTMEND_BROWSER=required, and there is no {DRIVER}");
    if wish == "skip" || !is_there {
        eprintln!(
            "passed over: no browser is used ({})",
            if is_there { "NIGHTMEND_BROWSER=skip" } else { "no chromedriver" }
        );
    }
    is_there && wish != "skip"
}

/// The pages on a port of their own.
pub struct Served {
    /// The folder of the store.
    pub folder: TempDir,
    /// `http://127.0.0.1:PORT/`.
    pub address: String,
    /// The clock of the pages.
    pub hands: Hands,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Served {
    /// Serves somebody's records.
    pub fn start(whose: Whose) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fill(folder.path(), whose);
        Self::start_on(folder, whose, 0, whose.morning())
    }

    /// Serves the records of a folder at a port (0 for any), at an hour that stands still.
    pub fn start_on(folder: TempDir, whose: Whose, port: u16, now: Timestamp) -> Self {
        let hands = Hands(Arc::new(Mutex::new(now)));
        let clock = hands.clone();
        let person = if whose == Whose::Demo { "simulated person" } else { "me" };
        let app = App::open(Config {
            folder: folder.path().to_owned(),
            person: nightmend_domain::PersonName::new(person).expect("a name"),
            machine_zone: Zone::named("Europe/London").ok(),
            clock: Arc::new(move || clock.now()),
        })
        .expect("a site");
        let stop = Arc::new(AtomicBool::new(false));
        let (asked, (tell, told)) = (stop.clone(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            let tell = Mutex::new(tell);
            let serving = Serving {
                port,
                lan: None,
                stop: Arc::new(move || asked.load(Ordering::SeqCst)),
                ready: Arc::new(move |address| {
                    tell.lock().expect("nobody broke").send(address.to_owned()).expect("somebody waits");
                }),
            };
            serve(&app, &serving).expect("served");
        });
        let address = told.recv_timeout(Duration::from_secs(60)).expect("the server starts");
        Self { folder, address, hands, stop, thread: Some(thread) }
    }

    /// The port of the address.
    pub fn port(&self) -> u16 {
        let digits = self.address.trim_end_matches('/').rsplit(':').next().expect("a port");
        digits.parse().expect("a number")
    }

    /// Stops the server; what it served stays in the folder that comes back.
    pub fn stop(mut self) -> TempDir {
        self.end();
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"))
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// How large the window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 390 by 844, touched with a finger.
    Phone,
    /// 1280 by 900.
    Desktop,
}

/// A window of a browser.
pub struct Browser {
    /// The WebDriver client.
    pub client: Client,
    /// The address of the pages.
    pub address: String,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window.
    pub async fn open(address: &str, screen: Screen) -> Self {
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let port = port_of(&mut driver);
        let profile = tempfile::tempdir().expect("a folder");
        let capabilities = capabilities(profile.path(), screen);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        Self { client, address: address.to_owned(), driver, _profile: profile }
    }

    /// Goes to a page and waits until its scripts have run: once a service worker serves the pages the driver comes back now
    /// and then while a page is still "interactive" (3 of 144 times on a busy machine), and a click would be lost.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.address.trim_end_matches('/'))).await.expect("a page");
        self.until("the page is loaded", "return document.readyState === 'complete'").await;
    }

    /// Runs a script in the page and gives its value.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("the script runs")
    }

    /// The text of the page as it is seen.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script gives true; fails after twenty seconds.
    pub async fn until(&self, what: &str, script: &str) {
        for _ in 0..200 {
            if self.client.execute(script, Vec::new()).await.is_ok_and(|value| value == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("waited in vain: {what}; the page says: {}", self.text().await);
    }

    /// Draws the pages in a theme from now on: `light`, `dark`, `night` or `auto`.
    pub async fn theme(&self, theme: &str) {
        // By the page itself: chromedriver refuses a cookie without a domain at an address that is a number.
        self.run(&format!("document.cookie = 'nightmend-theme={theme}; path=/'")).await;
    }

    /// Goes to a page in a theme and looks for violations of WCAG 2.2 A and AA with axe-core.
    pub async fn no_violations(&self, path: &str, theme: &str) {
        const AXE: &str = include_str!("../vendor/axe.min.js");
        self.go(path).await;
        self.theme(theme).await;
        self.go(path).await;
        self.client.execute(AXE, Vec::new()).await.expect("axe loads");
        let found = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 document.querySelectorAll('details').forEach(part => part.open = true);
                 axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                   .then(found => done(found.violations.map(each => each.id + ': ' + each.help + ': '
                     + each.nodes.slice(0, 5).map(node => node.html.slice(0, 160) + ' ' + (node.any[0] || {}).message).join(' | '))))
                   .catch(error => done([String(error)]));",
                Vec::new(),
            )
            .await
            .expect("axe runs");
        assert_eq!(found, json!([]), "{path} in {theme}: {found:#}");
    }

    /// Keeps a picture of the whole page where `NIGHTMEND_PICTURES` names a folder.
    pub async fn picture(&self, name: &str) {
        if let Ok(folder) = std::env::var("NIGHTMEND_PICTURES") {
            let png = self.client.screenshot().await.expect("a picture");
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).expect("a file");
        }
    }

    /// As [`Browser::picture`], of the page from top to bottom in a window of that width.
    pub async fn picture_of_all(&self, name: &str, width: u32) {
        if std::env::var_os("NIGHTMEND_PICTURES").is_none() {
            return;
        }
        self.client.set_window_size(width, 900).await.expect("a size");
        let height = self.run("return document.documentElement.scrollHeight").await.as_u64().unwrap_or(900);
        let height = u32::try_from(height).unwrap_or(900).min(9_000) + 20;
        self.client.set_window_size(width, height).await.expect("a size");
        self.picture(name).await;
    }

    /// Closes the window.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked in peace, the driver ends the browser that it started; killed, it would leave it behind.
        let _ = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ = self.driver.wait();
    }
}

fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        line.split("successfully on port ").nth(1)?.trim_end_matches('.').trim().parse().ok()
    });
    // Read on, so that the driver never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver names its port")
}

fn capabilities(profile: &Path, screen: Screen) -> Capabilities {
    let mut options = json!({
        "binary": "/usr/bin/chromium",
        "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=en-GB",
            format!("--user-data-dir={}", profile.display()), "--window-size=1280,900",
        ],
    });
    if screen == Screen::Phone {
        options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true, "mobile": true } });
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("acceptInsecureCerts".to_owned(), json!(false));
    // A year of nights takes axe a while where others build beside it.
    capabilities.insert("timeouts".to_owned(), json!({ "script": 180_000 }));
    capabilities
}
