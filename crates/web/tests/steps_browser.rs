//! Looks at the pages of the steps in Chromium: axe-core, the timer, a night answered by keyboard, pictures.

mod support;

use nightmend_app::Store;
use nightmend_app::checkin::{MorningAnswers, Setting, draft_morning, save};
use nightmend_app::steps::catalogue::StepId;
use nightmend_app::steps::{Occasion, StartRequest, Wishes, set_safety, start};
use nightmend_domain::{Condition, PersonName, SafetyAnswer, Zone, trackers};
use support::Whose;
use support::browser::{Browser, Screen, Served, is_wanted};

/// Starts an experiment in the folder of the pages nine evenings before their morning, with pain on waking since.
fn begin(served: &Served) {
    let mut store = Store::open(served.folder.path()).expect("the store");
    let me = PersonName::new("me").expect("a name");
    let when = Occasion {
        now: "2026-03-01T20:00:00Z".parse().expect("a time"),
        machine_zone: Zone::named("Europe/London").ok(),
    };
    let answers: Vec<_> = Condition::all().map(|each| (each, SafetyAnswer::No)).collect();
    set_safety(&mut store, &me, &answers, &when).expect("answers");
    let request = StartRequest {
        step: StepId::SleepPosition,
        arm: Some("side_knees".to_owned()),
        wishes: Wishes { expected_benefit: Some(0.5), ..Wishes::default() },
        rise: None,
        evenings_from_now: 0,
        seed: Some(3),
    };
    start(&mut store, &me, &request, &when).expect("an experiment");
    for night in 2..=10 {
        let date = format!("2026-03-{night:02}");
        let now = format!("{date}T06:30:00Z").parse().expect("a time");
        let setting =
            Setting { now, machine_zone: when.machine_zone.clone(), date: date.parse().expect("a date") };
        let numbers = vec![(trackers::PAIN_WAKING, f64::from(3 + night % 3))];
        let answers = MorningAnswers { numbers, ..MorningAnswers::default() };
        let draft = draft_morning(&store, &me, &answers, &setting).expect("a check-in");
        save(&mut store, &me, &draft, now).expect("saved");
    }
}

const PATHS: &[&str] = &[
    "/",
    "/steps",
    "/steps/guide/sleep_position",
    "/steps/guide/mattress_pillow",
    "/steps/guide/wind_down",
    "/steps/guide/professional",
    "/steps/plan/sleep_position",
    "/steps/plan/schedule?arm=gentle_window",
    "/steps/safety",
    "/steps/pacer",
    "/steps/wind-down",
    "/steps/feed",
    "/steps/experiment/1",
    "/steps/verdict/1",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_steps_violates_wcag() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    begin(&served);
    for (screen, theme) in [(Screen::Desktop, "light"), (Screen::Phone, "night")] {
        let browser = Browser::open(&served.address, screen).await;
        for path in PATHS {
            browser.no_violations(path, theme).await;
            browser.picture(&format!("{screen:?}-{theme}{}", path.replace(['/', '?', '='], "-"))).await;
        }
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_answered_by_keyboard_and_the_timer_runs() {
    if !is_wanted() {
        return;
    }
    let served = Served::start(Whose::Nobody);
    begin(&served);
    let browser = Browser::open(&served.address, Screen::Phone).await;
    browser.go("/steps/experiment/1").await;
    browser.run("document.querySelector('.question button[value=partly]').focus()").await;
    browser.run("document.activeElement.click()").await;
    browser
        .until("the answer is kept", "return document.body.innerText.includes('You answered: partly')")
        .await;
    browser.go("/steps/wind-down").await;
    browser.run("document.querySelector('[data-start]').click()").await;
    browser
        .until(
            "the timer runs",
            "return document.querySelector('[data-now]').textContent.startsWith('Knee to chest')",
        )
        .await;
    browser
        .until("it counts down", "return document.querySelector('[data-clock]').textContent !== '0:45' && document.querySelector('[data-clock]').textContent.length > 0")
        .await;
    browser.close().await;
}
