//! Checks in through the pages: what is answered is kept, what is not is not, and nothing of anybody else is lost.

mod support;

use axum::http::StatusCode;
use nightmend_app::checkin::{self, MorningAnswers, Setting};
use nightmend_app::keep;
use nightmend_domain::trackers::{self, BuiltIn};
use nightmend_domain::{Fact, PersonName, Value};
use support::{Site, Whose};

const MORNING: [(&str, &str); 2] = [("part", "morning"), ("date", "2026-03-10")];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    MORNING.iter().copied().chain(more.iter().copied()).collect()
}

fn me() -> PersonName {
    PersonName::new("me").unwrap()
}

/// The value that stands for a tracker on the day of the tests.
fn stands(site: &Site, tracker: &BuiltIn) -> Option<f64> {
    let all = site.store().current(&me(), ..).unwrap();
    all.into_iter().find_map(|observation| match observation.fact {
        Fact::Entry(entry) if entry.tracker.as_str() == tracker.name && entry.moment == tracker.moment => {
            match entry.value {
                Value::Nrs(score) => Some(score.get()),
                Value::Rating(rating) => Some(rating.value()),
                Value::Quantity { value, .. } => Some(value),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Says something in another window or on the command line.
fn elsewhere(site: &Site, pain: f64) {
    let mut store = site.store();
    let setting = Setting { now: site.app.now(), machine_zone: None, date: "2026-03-10".parse().unwrap() };
    let answers =
        MorningAnswers { numbers: vec![(trackers::PAIN_WAKING, pain)], ..MorningAnswers::default() };
    let draft = checkin::draft_morning(&store, &me(), &answers, &setting).unwrap();
    checkin::save(&mut store, &me(), &draft, site.app.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_morning_is_saved_said_and_undone() {
    let site = Site::open(Whose::Nobody);
    let before = site.get("/").await.text;
    assert!(before.contains("Back pain now") && before.contains(r#"value="morning""#), "{before}");
    let fields = with(&[
        ("pain", "4"),
        ("woken", "1"),
        ("rested", "3"),
        ("basis", "nothing"),
        ("in_bed", "22:50"),
        ("tried", "2310"),
        ("woke", "6.40"),
        ("up", "7:00"),
        ("where", "lower back"),
        ("where", "left thigh"),
    ]);
    let saved = site.post("/check-in", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = site.get(saved.location()).await.text;
    assert!(page.contains("Saved: 5 answers.") && page.contains("Undo"), "{page}");
    assert!(page.contains("What your record holds"), "{page}");
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), Some(4.0));
    let night = site.app.record().await.unwrap().night("2026-03-10".parse().unwrap()).unwrap().clone();
    assert_eq!(night.in_bed.unwrap().to_string(), "2026-03-09T22:50:00+00:00");
    let act = page.split(r#"name="act" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let undone = site.post("/undo", &[("act", act), ("back", "/?date=2026-03-10&part=morning")]).await;
    assert!(site.get(undone.location()).await.text.contains("Taken back"));
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn pain_is_asked_before_the_night_is_shown() {
    let site = Site::open(Whose::Demo);
    site.hands.set("2025-05-12T07:00:00Z");
    // A day whose pain is not rated, though a device tells its night: as if the morning had not been filled in.
    let record = site.app.record().await.unwrap();
    let unrated = record.assembly.nights.iter().map(|night| night.date.date()).find(|date| {
        record.day(*date).is_none_or(|day| {
            !day.entries
                .iter()
                .any(|entry| entry.tracker.as_str() == "back pain" && entry.moment.as_word() == "waking")
        })
    });
    let date = unrated.expect("the demo person skips mornings");
    site.hands.set(&format!("{date}T07:00:00Z"));
    let page = site.get("/").await.text;
    let (pain, night) = (page.find("Back pain now").unwrap(), page.find("Your night").unwrap());
    assert!(pain < night, "the night comes first");
    assert!(!page.contains("question night\" open"), "the night is unfolded");
    assert!(!page.contains("What your record holds"), "nights are shown before pain was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tap_is_enough_on_a_bad_day() {
    let site = Site::open(Whose::Nobody);
    let saved = site.post("/check-in", &with(&[("pain", "8")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), Some(8.0));
    assert_eq!(site.store().current(&me(), ..).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answered_is_nothing_saved() {
    let site = Site::open(Whose::Nobody);
    let answer = site.post("/check-in", &with(&[("pain", ""), ("rested", ""), ("basis", "nothing")])).await;
    assert!(site.get(answer.location()).await.text.contains("Nothing was answered"));
    assert!(site.store().current(&me(), ..).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usual_night_that_nobody_confirmed_is_not_saved() {
    let site = Site::open(Whose::Nobody);
    let shown = [
        ("pain", "2"),
        ("basis", "habit"),
        ("was.tried", "23:00"),
        ("tried", "23:00"),
        ("was.woke", "07:00"),
        ("woke", "07:00"),
    ];
    site.post("/check-in", &with(&shown)).await;
    assert!(site.app.record().await.unwrap().assembly.nights.is_empty());
    site.post("/check-in", &with(&[shown.as_slice(), &[("night", "as-shown")]].concat())).await;
    assert_eq!(site.app.record().await.unwrap().assembly.nights.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_unusual_is_asked_about_and_a_slip_of_half_a_day_is_mended() {
    let site = Site::open(Whose::Nobody);
    let times = [("pain", "3"), ("basis", "nothing"), ("tried", "11:00"), ("woke", "07:00")];
    let asked = site.post("/check-in", &with(&times)).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", asked.text);
    assert!(
        asked.text.contains("Not saved yet") && asked.text.contains(r#"name="repair""#),
        "{}",
        asked.text
    );
    assert!(asked.text.contains(r#"value="11:00""#), "what was written is kept");
    assert!(site.store().current(&me(), ..).unwrap().is_empty(), "something was saved");
    let repaired = site.post("/check-in", &with(&[times.as_slice(), &[("repair", "yes")]].concat())).await;
    assert_eq!(repaired.status, StatusCode::SEE_OTHER, "{}", repaired.text);
    let record = site.app.record().await.unwrap();
    assert_eq!(record.assembly.nights[0].try_sleep.unwrap().to_string(), "2026-03-09T23:00:00+00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_beside_its_question() {
    let site = Site::open(Whose::Nobody);
    let odd = site.post("/check-in", &with(&[("pain", "4"), ("woke", "half seven")])).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        odd.text.contains("is not a time; write it as 23:10") && odd.text.contains(r#"aria-invalid="true""#)
    );
    assert!(odd.text.contains(r#"value="half seven""#), "what was written is kept");
    assert!(site.store().current(&me(), ..).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_and_the_command_line_lose_nothing() {
    let site = Site::open(Whose::Nobody);
    elsewhere(&site, 7.0);
    // This form was opened before: it shows no pain, and answers another question.
    let other = site
        .post("/check-in", &with(&[("seen", "1"), ("was.pain", ""), ("pain", ""), ("rested", "2")]))
        .await;
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), Some(7.0), "what was said elsewhere stays");
    assert_eq!(stands(&site, &trackers::RESTED), Some(2.0));
    let page = site.get(other.location()).await.text;
    assert!(page.contains("was set to 7 elsewhere since you opened this page, and stays so"), "{page}");
    // And this one answers the same question.
    let same = site
        .post(
            "/check-in",
            &with(&[("seen", "1"), ("was.pain", ""), ("pain", "4"), ("was.rested", "2"), ("rested", "2")]),
        )
        .await;
    let page = site.get(same.location()).await.text;
    assert!(page.contains("was set to 7 elsewhere; now 4 stands"), "{page}");
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), Some(4.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_taken_back_by_skipping_it() {
    let site = Site::open(Whose::Nobody);
    site.post("/check-in", &with(&[("pain", "4"), ("rested", "3")])).await;
    let page = site.get("/?date=2026-03-10&part=morning").await.text;
    assert!(page.contains(r#"name="was.pain" value="4""#), "{page}");
    site.post("/check-in", &with(&[("was.pain", "4"), ("pain", "4"), ("was.rested", "3"), ("rested", "")]))
        .await;
    assert_eq!(stands(&site, &trackers::RESTED), None);
    assert_eq!(stands(&site, &trackers::PAIN_WAKING), Some(4.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_kept_once_and_one_changed_after_the_back_button_is_another() {
    let site = Site::open(Whose::Nobody);
    let note = with(&[("key", "abc"), ("note", "long drive")]);
    site.post("/check-in", &note).await;
    site.hands.set("2026-03-10T08:01:00Z");
    let second = site.post("/check-in", &note).await;
    assert!(site.get(second.location()).await.text.contains("nothing was written twice"));
    assert_eq!(site.store().current(&me(), ..).unwrap().len(), 1);
    site.post("/check-in", &with(&[("key", "abc"), ("note", "long drive, then a walk")])).await;
    assert_eq!(site.store().current(&me(), ..).unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_past_day_can_be_filled_in_and_a_future_one_cannot() {
    let site = Site::open(Whose::Nobody);
    let late = site.get("/?date=2026-02-20&part=evening").await;
    assert!(late.text.contains("marked as recalled"), "{}", late.text);
    site.post(
        "/check-in",
        &[("part", "evening"), ("date", "2026-02-20"), ("pain", "5"), ("activity", "45"), ("stress", "2")],
    )
    .await;
    let record = site.app.record().await.unwrap();
    assert!(record.day("2026-02-20".parse().unwrap()).unwrap().entries.iter().all(|entry| entry.recalled));
    for (date, status) in
        [("2026-03-11", StatusCode::UNPROCESSABLE_ENTITY), ("yesterday", StatusCode::UNPROCESSABLE_ENTITY)]
    {
        assert_eq!(site.get(&format!("/?date={date}")).await.status, status, "{date}");
    }
    let future = site.post("/check-in", &[("part", "evening"), ("date", "2026-03-11"), ("pain", "5")]).await;
    assert_eq!(future.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(future.text.contains("lies in the future"), "{}", future.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_the_token_of_this_browser_changes_nothing() {
    let site = Site::open(Whose::Nobody);
    let token = site.token().await;
    site.forget();
    let fields = [("pain", "9"), ("part", "morning"), ("date", "2026-03-10")];
    let body = format!("csrf={token}&pain=9&part=morning&date=2026-03-10");
    let request = axum::http::Request::post("/check-in")
        .header("origin", format!("http://{}", support::HOST))
        .header("content-type", "application/x-www-form-urlencoded");
    let refused = site.send_with(request, body.into()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(site.store().current(&me(), ..).unwrap().is_empty(), "{fields:?}");
    let _ = keep::persons(&site.store()).unwrap();
}
