//! Asks every page, for nobody and for everybody: it draws, has one heading, and loads nothing from elsewhere.

mod support;

use axum::http::{Request, StatusCode, header};
use nightmend_web::assets::{ASSETS, asset};
use nightmend_web::pages::MENU;
use support::{HOST, Site, Whose};

/// Pages beside those of the menu.
const OTHERS: &[&str] = &["/more", "/help/now"];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_draws_for_everybody() {
    for whose in Whose::ALL {
        let site = Site::open(whose);
        for path in MENU.iter().map(|entry| entry.path).chain(OTHERS.iter().copied()) {
            let page = site.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path} for {whose:?}: {}", page.text);
            assert_eq!(page.text.matches("<h1").count(), 1, "{path} for {whose:?}");
            assert!(page.text.contains(r#"href="/help/now""#), "{path}: no way to help");
            for outside in
                ["http://", "https://", "src=\"//", " style=\"", "<style", " onclick", "javascript:"]
            {
                let text = page.text.replace("http://www.w3.org/", "").replace("href=\"https://doi.org/", "");
                assert!(!text.contains(outside), "{path} for {whose:?} holds {outside}");
            }
            assert!(!page.text.contains("<script>"), "{path}: a script inside");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_protected_and_no_page_is_kept() {
    let site = Site::open(Whose::Nobody);
    for path in ["/", "/nowhere", "/api/v1/nowhere"] {
        let answer = site.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
    for file in ASSETS {
        let answer = site.get(&asset(file.name)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", file.name);
        assert!(answer.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    }
    let old = site.get("/assets/000000000000/app.css").await;
    assert_eq!(old.headers[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_a_page_in_plain_words() {
    let site = Site::open(Whose::Nobody);
    let missing = site.get("/no/such/page").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(
        missing.text.contains("There is nothing here") && missing.text.contains("<h1"),
        "{}",
        missing.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_names_and_other_sites_are_refused() {
    let site = Site::open(Whose::Nobody);
    let rebound = site.send(Request::get("/").header(header::HOST, "evil.example:8642")).await;
    assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST);
    let none = site.send(Request::get("/").header(header::HOST, "")).await;
    assert_eq!(none.status, StatusCode::MISDIRECTED_REQUEST);
    for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", &format!("https://{HOST}")] {
        let foreign = site.send(Request::post("/").header(header::ORIGIN, origin)).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let cross = site.send(Request::post("/").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(cross.status, StatusCode::FORBIDDEN);
}
