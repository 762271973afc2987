//! Uses the pages as a person does, in Chromium: by mouse, by keyboard, on a phone, offline, and with axe-core looking.

mod support;

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::key::Key;
use nightmend_app::Store;
use nightmend_domain::trackers::{self, BuiltIn};
use nightmend_domain::{Fact, PersonName, Value};
use support::Whose;
use support::browser::{Browser, Screen, Served, is_wanted};

/// The answers that stand for a tracker, over all days.
fn answers(folder: &std::path::Path, tracker: &BuiltIn) -> Vec<f64> {
    let store = Store::open(folder).unwrap();
    let all = store.current(&PersonName::new("me").unwrap(), ..).unwrap();
    all.into_iter()
        .filter_map(|observation| match observation.fact {
            Fact::Entry(entry)
                if entry.tracker.as_str() == tracker.name && entry.moment == tracker.moment =>
            {
                match entry.value {
                    Value::Nrs(score) => Some(score.get()),
                    Value::Rating(rating) => Some(rating.value()),
                    Value::Quantity { value, .. } => Some(value),
                    _ => None,
                }
            }
            _ => None,
        })
        .collect()
}

async fn tap(browser: &Browser, selector: &str) {
    let element =
        browser.client.find(Locator::Css(selector)).await.unwrap_or_else(|_| panic!("no {selector}"));
    // Into the middle of the window: the bars at head and foot lie over what is at its edges.
    let scroll = format!(
        "document.querySelector({selector:?}).scrollIntoView({{ block: 'center', behavior: 'instant' }})"
    );
    browser.run(&scroll).await;
    element.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
}

/// The five taps of a morning: pain, woken, rested, the night, save.
async fn morning(browser: &Browser) {
    browser.go("/").await;
    tap(browser, "input[name=pain][value='4']").await;
    browser
        .until(
            "the night is shown once pain was asked",
            "return document.querySelector('details.night').open",
        )
        .await;
    tap(browser, "input[name=woken][value='1']").await;
    tap(browser, "input[name=rested][value='3']").await;
    for (name, text) in [("in_bed", "22:50"), ("tried", "23:10"), ("woke", "06:40"), ("up", "07:00")] {
        let field = browser.client.find(Locator::Css(&format!("input[name={name}]"))).await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    tap(browser, ".save button").await;
    browser.until("it is saved", "return document.body.innerText.includes('Saved: 4 answers')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_morning_by_mouse_and_at_the_size_of_a_phone() {
    if !is_wanted() {
        return;
    }
    for screen in [Screen::Desktop, Screen::Phone] {
        let served = Served::start(Whose::Nobody);
        let browser = Browser::open(&served.address, screen).await;
        morning(&browser).await;
        browser.picture(&format!("saved-{screen:?}")).await;
        let wide = browser.run("return document.documentElement.scrollWidth > window.innerWidth").await;
        assert_eq!(wide, false, "the page is wider than the window");
        let small = browser
            .run("return [...document.querySelectorAll('main button, main .choices label, main .button, .tabs a, .help-now')].filter(each => each.offsetParent && each.getBoundingClientRect().height < 44).map(each => each.outerHTML)")
            .await;
        assert_eq!(small, serde_json::json!([]), "targets under 44 pixels");
        browser.close().await;
        let folder = served.stop();
        assert_eq!(answers(folder.path(), &trackers::PAIN_WAKING), [4.0]);
        assert_eq!(answers(folder.path(), &trackers::WOKEN_BY_PAIN), [1.0]);
    }
}

/// Presses Tab until the focus is on a field of that name.
async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..60 {
        press(browser, &Key::Tab.to_string()).await;
        if browser.run("return document.activeElement.name || ''").await == name {
            return;
        }
    }
    panic!("{name} is not reached by Tab");
}

async fn press(browser: &Browser, keys: &str) {
    browser.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_by_keyboard_alone() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    served.hands.set("2026-03-10T21:30:00Z");
    let browser = Browser::open(&served.address, Screen::Desktop).await;
    browser.go("/").await;
    assert_eq!(
        browser.run("return document.documentElement.dataset.theme").await,
        "night",
        "black and warm at night"
    );
    tab_to(&browser, "pain").await;
    // From "Skip", which is chosen at first, to the right: 0, 1, 2, 3.
    press(&browser, &Key::Right.to_string().repeat(4)).await;
    tab_to(&browser, "activity").await;
    press(&browser, &Key::Right.to_string().repeat(3)).await;
    tab_to(&browser, "stress").await;
    press(&browser, &Key::Right.to_string().repeat(6)).await;
    press(&browser, &Key::Enter.to_string()).await;
    browser.until("it is saved", "return document.body.innerText.includes('Saved: 3 answers')").await;
    browser.close().await;
    let folder = served.stop();
    assert_eq!(answers(folder.path(), &trackers::PAIN_BEDTIME), [3.0]);
    assert_eq!(answers(folder.path(), &trackers::ACTIVITY), [30.0]);
    assert_eq!(answers(folder.path(), &trackers::STRESS), [5.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_of_the_body_is_walked_by_keyboard_and_kept() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    let browser = Browser::open(&served.address, Screen::Desktop).await;
    browser.go("/").await;
    browser.run("document.querySelector('details.more').open = true; document.querySelector('[data-place=\"lower back\"]').focus()").await;
    press(&browser, " ").await;
    let chosen = browser
        .run("return [...document.querySelectorAll('input[name=where]:checked')].map(box => box.value)")
        .await;
    assert_eq!(chosen, serde_json::json!(["lower back"]));
    let role = browser.run("return document.activeElement.getAttribute('role') + ' ' + document.activeElement.getAttribute('aria-checked')").await;
    assert_eq!(role, "checkbox true");
    browser.no_violations("/?part=morning", "light").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_made_offline_arrives_once() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    let (port, now) = (served.port(), Whose::Nobody.morning());
    let browser = Browser::open(&served.address, Screen::Phone).await;
    browser.go("/").await;
    browser.until("the shell is kept", "return navigator.serviceWorker.controller !== null").await;

    // The page is open, and the connection goes before it is sent.
    browser.go("/").await;
    tap(&browser, "input[name=pain][value='6']").await;
    let folder = served.stop();
    tap(&browser, ".save button").await;
    browser.until("it waits", "return document.body.innerText.includes('waits to be sent')").await;
    browser.picture("offline").await;

    // And another is begun without a connection.
    browser.go("/?part=morning").await;
    browser
        .until(
            "the form without a record",
            "return document.querySelector('h1').textContent === 'Check in offline'",
        )
        .await;
    // The clock of the browser is not that of the test: its date may lie in the future of the pages.
    browser.run("self.nightmendQueue.add({ key: 'k2', answered_at: '2026-03-10T07:59:00.000Z', check_in: { key: 'k2', part: 'morning', date: '2026-03-09', answered_at: '2026-03-10T07:59:00.000Z', fields: { pain: ['2'] } } }).then(() => { document.title = 'kept' })").await;
    browser.until("it is kept", "return document.title === 'kept'").await;
    // What the page kept bears the time of the browser; the pages of the test live in March.
    browser.run("self.nightmendQueue.all().then(async all => { for (const each of all) { each.check_in.answered_at = '2026-03-10T07:59:00.000Z'; await self.nightmendQueue.add(each); } document.title = 'dated' })").await;
    browser.until("they are dated", "return document.title === 'dated'").await;

    let served = Served::start_on(folder, Whose::Nobody, port, now);
    browser.go("/help").await;
    browser
        .until(
            "both are sent",
            "return document.body.innerText.includes('2 check-ins that waited on this device were sent')",
        )
        .await;
    // Visits later, nothing is sent again.
    browser.go("/nights").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    browser.run("self.nightmendQueue.all().then(all => { document.title = 'left ' + all.length })").await;
    browser.until("nothing is left on the device", "return document.title === 'left 0'").await;
    browser.close().await;
    let folder = served.stop();
    let mut kept = answers(folder.path(), &trackers::PAIN_WAKING);
    kept.sort_by(f64::total_cmp);
    assert_eq!(kept, [2.0, 6.0]);
    let store = Store::open(folder.path()).unwrap();
    let acts = store.history(&PersonName::new("me").unwrap(), 99).unwrap();
    assert_eq!(acts.len(), 2, "each arrived once: {acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_keeps_a_browser_out_until_the_passphrase_is_given() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Demo);
    let browser = Browser::open(&served.address, Screen::Phone).await;
    browser.go("/settings").await;
    for name in ["passphrase", "again"] {
        browser
            .client
            .find(Locator::Id(name))
            .await
            .unwrap()
            .send_keys("four words to remember")
            .await
            .unwrap();
    }
    press(&browser, &Key::Enter.to_string()).await;
    browser.until("it is set", "return document.body.innerText.includes('The lock is set')").await;
    browser.client.delete_all_cookies().await.unwrap();
    browser.no_violations("/nights", "dark").await;
    assert_eq!(browser.run("return document.querySelector('h1').textContent").await, "Locked");
    browser
        .client
        .find(Locator::Id("passphrase"))
        .await
        .unwrap()
        .send_keys("four words to remember")
        .await
        .unwrap();
    press(&browser, &Key::Enter.to_string()).await;
    browser.until("it is open", "return location.pathname === '/nights'").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_violates_wcag() {
    const PAGES: [&str; 10] = [
        "/?part=morning",
        "/?part=evening",
        "/settings",
        "/help",
        "/help/now",
        "/help/intended-use",
        "/help/map",
        "/more",
        "/offline",
        "/pair",
    ];
    if !is_wanted() {
        return;
    }
    for whose in Whose::ALL {
        let served = Served::start(whose);
        let browser = Browser::open(&served.address, Screen::Phone).await;
        // What does not depend on the record is looked at once.
        let pages = if whose == Whose::Nobody { &PAGES[..] } else { &PAGES[..3] };
        for path in pages {
            for theme in ["light", "night"] {
                browser.no_violations(path, theme).await;
                browser.picture(&format!("{whose:?}{}-{theme}", path.replace(['/', '?', '='], "-"))).await;
            }
        }
        if whose == Whose::Nobody {
            browser.no_violations("/?part=morning", "dark").await;
        }
        browser.close().await;
    }
}
