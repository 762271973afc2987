//! Locks the pages: nothing of a record is seen without the passphrase, guessing is slow, every browser is asked anew.

mod support;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use nightmend_web::pages::MENU;
use support::{Site, Whose};

const PASSPHRASE: &str = "four words to remember";

async fn locked(site: &Site) {
    let set = site.post("/settings/lock", &[("passphrase", PASSPHRASE), ("again", PASSPHRASE)]).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_page_shows_nothing_until_the_passphrase_is_given() {
    let site = Site::open(Whose::Demo);
    locked(&site).await;
    assert_eq!(site.get("/").await.status, StatusCode::OK, "who set it is in");
    site.forget();
    for path in MENU.iter().map(|entry| entry.path).chain(["/more", "/api/v1/nights", "/nowhere"]) {
        let answer = site.get(path).await;
        let is_kept_out = answer.status == StatusCode::SEE_OTHER || answer.status == StatusCode::UNAUTHORIZED;
        assert!(
            is_kept_out && !answer.text.contains("simulated"),
            "{path}: {} {}",
            answer.status,
            answer.text
        );
    }
    for path in ["/lock", "/help/now", "/offline", "/sw.js", "/manifest.webmanifest"] {
        assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
    }
    let wrong = site.post("/lock", &[("passphrase", "not this one")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.text.contains("This is not the passphrase"));
    let right = site.post("/lock", &[("passphrase", PASSPHRASE), ("next", "/nights")]).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/nights"), "{}", right.text);
    assert_eq!(site.get("/nights").await.status, StatusCode::OK);
    site.post("/lock/now", &[]).await;
    assert_eq!(site.get("/nights").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow_for_everybody() {
    let site = Site::open(Whose::Nobody);
    locked(&site).await;
    for _ in 0..5 {
        site.forget();
        assert_eq!(
            site.post("/lock", &[("passphrase", "a guess of mine")]).await.status,
            StatusCode::FORBIDDEN
        );
    }
    site.forget();
    let refused = site.post("/lock", &[("passphrase", PASSPHRASE)]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "another cookie is no other person");
    site.hands.set("2026-03-10T08:00:03Z");
    assert_eq!(site.post("/lock", &[("passphrase", PASSPHRASE)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_old_cookie_opens_nothing() {
    let site = Site::open(Whose::Nobody);
    locked(&site).await;
    site.hands.set("2026-04-20T08:00:00Z");
    assert_eq!(site.get("/").await.status, StatusCode::SEE_OTHER, "forty days later it is asked again");
    let forged = format!("nightmend={}.1773130000.{}", "a".repeat(64), "b".repeat(64));
    site.forget();
    let request = Request::get("/").header("cookie", forged);
    assert_eq!(site.send_with(request, Body::empty()).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_is_changed_and_removed_only_by_who_knows_it() {
    let site = Site::open(Whose::Nobody);
    locked(&site).await;
    let other =
        [("former", "a guess"), ("passphrase", "another passphrase"), ("again", "another passphrase")];
    assert_eq!(site.post("/settings/lock", &other).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        site.post("/settings/unlock", &[("remove-former", "a guess")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        site.post("/settings/unlock", &[("remove-former", PASSPHRASE)]).await.status,
        StatusCode::SEE_OTHER
    );
    site.forget();
    assert_eq!(site.get("/").await.status, StatusCode::OK);
    let short = site.post("/settings/lock", &[("passphrase", "short"), ("again", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text.contains("8 to 256"), "{}", short.text);
    assert!(
        site.get("/settings").await.text.contains("does not encrypt the file"),
        "the limits are not said"
    );
}
