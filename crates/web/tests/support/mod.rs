//! Opens the pages on records of their own, at an hour that stands still, and asks for pages without a socket.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub mod browser;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use nightmend_app::{Store, demo, keep};
use nightmend_domain::{NoProgress, PersonName, Zone};
use nightmend_testkit::five_years::five_years;
use nightmend_web::router;
use nightmend_web::state::{App, Config};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Whose records the pages show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's: an empty store.
    Nobody,
    /// The demo person's: 120 nights of two sources.
    Demo,
    /// Five years of three sources.
    FiveYears,
}

impl Whose {
    /// Everybody.
    pub const ALL: [Self; 3] = [Self::Nobody, Self::Demo, Self::FiveYears];

    /// A morning on which that person looks at the pages: the one after their last night, and 08:00 in London.
    pub fn morning(self) -> Timestamp {
        match self {
            Self::Nobody => "2026-03-10T08:00:00Z",
            Self::Demo => "2025-05-13T07:00:00Z",
            Self::FiveYears => "2024-12-31T08:00:00Z",
        }
        .parse()
        .expect("a time")
    }
}

/// A clock that the test moves.
#[derive(Debug, Clone)]
pub struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    /// Puts the clock to a time.
    pub fn set(&self, text: &str) {
        *self.0.lock().expect("nobody broke") = text.parse().expect("a time");
    }

    fn now(&self) -> Timestamp {
        *self.0.lock().expect("nobody broke")
    }
}

/// The pages on a folder of their own.
pub struct Site {
    /// The folder of the store.
    pub folder: TempDir,
    /// What all requests share.
    pub app: App,
    /// The clock of the pages.
    pub hands: Hands,
    router: Router,
    cookie: Mutex<Option<String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The text.
    pub text: String,
}

impl Answer {
    /// Where it leads to, for a redirect.
    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().expect("a text")
    }
}

/// What the pages are called in tests.
pub const HOST: &str = "127.0.0.1:8642";

impl Site {
    /// Opens the pages on somebody's records.
    pub fn open(whose: Whose) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let person = fill(folder.path(), whose);
        let hands = Hands(Arc::new(Mutex::new(whose.morning())));
        let clock = hands.clone();
        let app = App::open(Config {
            folder: folder.path().to_owned(),
            person,
            machine_zone: Zone::named("Europe/London").ok(),
            clock: Arc::new(move || clock.now()),
        })
        .expect("a site");
        app.answer_to([HOST.to_owned()]);
        Self { folder, router: router(app.clone()), app, hands, cookie: Mutex::new(None) }
    }

    /// Another connection to the same store, as a second process would have.
    pub fn store(&self) -> Store {
        Store::open(self.folder.path()).expect("the store")
    }

    /// Asks for a page as the browser of one person does: with the cookie it was given.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    /// Sends the form of a page, with its token, as that browser.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let mut body = format!("csrf={token}");
        for (name, value) in fields {
            body.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        let request = Request::post(path)
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send_with(request, Body::from(body)).await
    }

    /// The token that the forms of this browser carry.
    pub async fn token(&self) -> String {
        let page = self.get("/help/now").await.text;
        let (_, rest) = page.split_once(r#"name="csrf-token" content=""#).expect("a token");
        rest.split('"').next().expect("an end").to_owned()
    }

    /// Sends a request as it is, but for host and cookie.
    pub async fn send(&self, request: axum::http::request::Builder) -> Answer {
        self.send_with(request, Body::empty()).await
    }

    /// As [`Site::send`], with a body.
    pub async fn send_with(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookie = self.cookie.lock().expect("nobody broke").clone();
        let mut request = request;
        if request.headers_ref().is_some_and(|headers| !headers.contains_key(header::HOST)) {
            request = request.header(header::HOST, HOST);
        }
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = answer(&self.router, request.body(body).expect("a request")).await;
        if let Some(cookie) = answer.headers.get(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("a text").split(';').next().expect("a pair").to_owned();
            if pair.starts_with("nightmend=") {
                *self.cookie.lock().expect("nobody broke") = Some(pair);
            }
        }
        answer
    }

    /// Forgets the cookie: another browser.
    pub fn forget(&self) {
        *self.cookie.lock().expect("nobody broke") = None;
    }
}

async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Fills a folder with somebody's records; gives their name.
pub fn fill(folder: &std::path::Path, whose: Whose) -> PersonName {
    let now = whose.morning();
    match whose {
        Whose::Nobody => PersonName::new("me").expect("a name"),
        Whose::Demo => demo::make(folder, 120, 1, now, &NoProgress).expect("a demo").person,
        Whose::FiveYears => {
            let me = PersonName::new("me").expect("a name");
            let mut store = Store::open(folder).expect("a store");
            keep::set_zone(&mut store, &me, "Europe/London", None, now).expect("a zone");
            store.append_check_in(&me, &five_years(1), now).expect("records");
            me
        }
    }
}
