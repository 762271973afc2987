//! Uses the pages as a person does, in Chromium: by mouse, by keyboard, on a phone, and with axe-core looking.

mod support;

use nightmend_web::pages::MENU;
use support::Whose;
use support::browser::{Browser, Screen, Served, is_wanted};

#[tokio::test(flavor = "multi_thread")]
async fn no_page_violates_wcag() {
    if !is_wanted() {
        return;
    }
    for whose in Whose::ALL {
        let served = Served::start(whose);
        let browser = Browser::open(&served.address, Screen::Desktop).await;
        for path in MENU.iter().map(|entry| entry.path).chain(["/more", "/help/now"]) {
            for theme in ["light", "night"] {
                browser.no_violations(path, theme).await;
                browser.picture(&format!("{whose:?}{}-{theme}", path.replace('/', "-"))).await;
            }
        }
        browser.close().await;
    }
}
