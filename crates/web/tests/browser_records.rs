//! Uses the pages of nights, loop and data as a person does, in Chromium: a file is dropped, a night is corrected, a fit
//! arrives; axe-core looks at every page in two themes.

mod support;

use support::Whose;
use support::browser::{Browser, Screen, Served, is_wanted};

const PAGES: &[&str] = &[
    "/nights",
    "/nights/year",
    "/nights/regularity",
    "/nights/2025-03-30",
    "/loop",
    "/data",
    "/data/sources",
    "/data/quality",
    "/data/history",
    "/data/delete",
];

/// Waits until a finished answer stands on the page of the loop.
async fn answered(browser: &Browser) {
    browser
        .until(
            "the finished fit arrives by itself",
            "const answer = document.getElementById('answer'); \
             return !!answer && answer.dataset.answer !== 'working' && !document.querySelector('#answer progress')",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_records_violates_wcag() {
    if !is_wanted() {
        return;
    }
    for whose in Whose::ALL {
        let served = Served::start(whose);
        let browser = Browser::open(&served.address, Screen::Desktop).await;
        if whose == Whose::Demo {
            browser.go("/loop").await;
            answered(&browser).await;
        }
        for path in PAGES {
            for theme in ["light", "night"] {
                browser.no_violations(path, theme).await;
            }
        }
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_becomes_nights() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    let browser = Browser::open(&served.address, Screen::Desktop).await;
    browser.go("/data").await;
    let files = nightmend_testkit::exports::demo_files();
    let diary = files.iter().find(|file| file.path.ends_with(".csv")).expect("a diary");
    let text = serde_json::to_string(&String::from_utf8_lossy(&diary.bytes)).expect("a text");
    let drop = format!(
        "const files = new DataTransfer();
         files.items.add(new File([{text}], 'diary.csv', {{ type: 'text/csv' }}));
         document.getElementById('drop').dispatchEvent(new DragEvent('drop', {{ dataTransfer: files, bubbles: true, cancelable: true }}));"
    );
    browser.run(&drop).await;
    browser.until("the account", "return location.pathname.startsWith('/data/imports/') && document.body.innerText.includes('The account')").await;
    assert!(browser.text().await.contains("Taken in."), "{}", browser.text().await);
    browser.picture("import-account").await;
    browser.go("/nights").await;
    // A line of the actogram leads to its night.
    browser
        .run("const drawing = [...document.querySelectorAll('.opens-nights svg')].find(svg => svg.getBoundingClientRect().width > 0);
              const box = drawing.getBoundingClientRect();
              drawing.dispatchEvent(new MouseEvent('click', { clientX: box.left + box.width / 2, clientY: box.top + 0.5 * box.height, bubbles: true }));")
        .await;
    browser.until("a night", "return /^\\/nights\\/\\d{4}-\\d\\d-\\d\\d$/.test(location.pathname)").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_corrected_on_a_phone_and_the_loop_follows() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Demo);
    let browser = Browser::open(&served.address, Screen::Phone).await;
    browser.go("/loop").await;
    answered(&browser).await;
    let first = browser.run("return document.getElementById('answer').dataset.answer").await;
    // The page stays open in one tab while a night is corrected elsewhere: the newer answer arrives by itself.
    let corrected = "const token = document.querySelector('meta[name=csrf-token]').content;
         const body = new URLSearchParams({ csrf: token, in_bed: '22:05', up: '08:31', awakenings: '4' });
         const done = await fetch('/nights/2025-03-29', { method: 'POST', body });
         return done.ok && done.url.includes('done=saved');";
    let saved = browser
        .client
        .execute_async(
            &format!("const done = arguments[arguments.length - 1]; (async () => {{ {corrected} }})().then(done, error => done(String(error)));"),
            Vec::new(),
        )
        .await
        .expect("the form is sent");
    assert_eq!(saved, serde_json::json!(true));
    browser.go("/nights/2025-03-29").await;
    assert!(browser.text().await.contains("22:05"));
    assert_eq!(
        browser.run("return document.documentElement.scrollWidth <= window.innerWidth").await,
        serde_json::json!(true),
        "the page is wider than a phone"
    );
    browser.go("/loop").await;
    answered(&browser).await;
    assert_ne!(first, serde_json::json!(null));
    browser.close().await;
}

/// Keeps pictures of every page for people to look at, where `NIGHTMEND_PICTURES` names a folder.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_for_people() {
    if !is_wanted() || std::env::var_os("NIGHTMEND_PICTURES").is_none() {
        return;
    }
    let served = Served::start(Whose::Demo);
    let browser = Browser::open(&served.address, Screen::Desktop).await;
    browser.go("/loop").await;
    browser.picture_of_all("loop-working", 1_280).await;
    answered(&browser).await;
    for theme in ["light", "night"] {
        browser.go("/help/now").await;
        browser.theme(theme).await;
        for path in PAGES {
            browser.go(path).await;
            for (width, screen) in [(390, "phone"), (1_280, "desktop")] {
                let page = path.trim_start_matches('/').replace('/', "-");
                browser.picture_of_all(&format!("{page}-{screen}-{theme}"), width).await;
            }
        }
    }
    browser.close().await;
}
