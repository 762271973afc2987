//! Walks the pages of the steps without a script: guides, plan, start, answer, rest, stop, feed.

mod support;

use axum::http::StatusCode;
use nightmend_domain::Condition;
use nightmend_report::drawing::PACER_STYLE;
use nightmend_web::assets::ASSETS;
use support::{HOST, Site, Whose};

const STEPS: [&str; 6] =
    ["sleep_position", "mattress_pillow", "wind_down", "daytime_activity", "schedule", "professional"];

#[test]
fn the_pacer_moves_as_the_report_says() {
    let css = ASSETS.iter().find(|asset| asset.name == "steps.css").expect("the style sheet is served");
    let css = String::from_utf8_lossy(css.bytes);
    assert!(css.contains(PACER_STYLE), "assets/steps.css must hold nightmend_report::drawing::PACER_STYLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_steps_draws() {
    for whose in Whose::ALL {
        let site = Site::open(whose);
        let mut paths: Vec<String> =
            ["/steps", "/steps/safety", "/steps/pacer", "/steps/wind-down", "/steps/feed"]
                .map(str::to_owned)
                .into();
        paths.extend(
            STEPS.iter().flat_map(|step| [format!("/steps/guide/{step}"), format!("/steps/plan/{step}")]),
        );
        for path in paths {
            let page = site.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
            let text = page.text.replace("http://www.w3.org/", "").replace("href=\"https://doi.org/", "");
            for outside in
                ["http://", "https://", " style=\"", "<style", " onclick", "<script>", "`nightmend "]
            {
                assert!(!text.contains(outside), "{path} holds {outside}");
            }
        }
        assert_eq!(site.get("/steps/guide/nothing").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guides_show_drawings_grades_and_limits() {
    let site = Site::open(Whose::Nobody);
    let page = site.get("/steps/guide/sleep_position").await.text;
    for wanted in
        ["nm-drawing", "pillow between the knees", "28 weeks", "PMC6609073", "PREEMPT", "When to stop"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_sign_is_said_once_with_where_to_go_and_offers_nothing_to_try() {
    let site = Site::open(Whose::Nobody);
    assert!(site.get("/steps").await.text.contains("What next"));
    site.post("/steps/safety", &[("red_flag", "not_sure")]).await;
    let page = site.get("/steps").await.text;
    assert_eq!(page.matches("looked at by a clinician first").count(), 1, "{page}");
    let first = page.find("Which signs, and whom to call").expect("help stands on the page");
    assert!(first < page.find("The six steps").expect("the list stays"), "help stands first");
    assert!(!page.contains("What next") && !page.contains("not for you as things stand"), "{page}");
    assert!(page.contains("no experiment needed: go now"));
    assert!(!page.contains("small things to try") && !page.contains("href=\"/steps/pacer\""), "{page}");
    site.post("/steps/safety", &[("red_flag", "no")]).await;
    assert!(site.get("/steps").await.text.contains("What next"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_experiment_is_planned_started_answered_and_stopped_without_a_script() {
    let site = Site::open(Whose::Nobody);
    let blocked = site.get("/steps/plan/sleep_position?arm=side_knees").await.text;
    assert!(blocked.contains("safety questions that concern this step") && blocked.contains("disabled"));
    let start = [("step", "sleep_position"), ("arm", "side_knees"), ("nights", "28"), ("expect", "0,5")];
    let refused = site.post("/steps/start", &start).await;
    assert!(refused.status.is_client_error() && refused.text.contains("safety"), "{}", refused.text);
    let answers: Vec<(&str, &str)> = Condition::all().map(|each| (each.as_word(), "no")).collect();
    assert_eq!(site.post("/steps/safety", &answers).await.status, StatusCode::SEE_OTHER);
    let started = site.post("/steps/start", &start).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
    let page = site.get("/steps/experiment/1").await.text;
    for wanted in ["28 nights", "0.5 points for the better", "as it was drawn", "Tonight is a"] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    let verdict = site.get("/steps/verdict/1").await;
    assert!(
        verdict.status == StatusCode::OK && verdict.text.contains("Too early to tell"),
        "{}",
        verdict.text
    );
    let second = site.post("/steps/start", &start).await;
    let told_apart = second.text.contains("two at once could not be told apart");
    assert!(told_apart && !second.text.contains("`nightmend "), "{}", second.text);
    assert!(site.get("/steps").await.text.contains("Running:"));
    let today = site.get("/").await.text;
    assert!(today.contains("Tonight’s step") && today.contains("1 of 28"), "{today}");
    let paused = site.post("/steps/change", &[("what", "pause"), ("why", "away")]).await;
    assert_eq!(paused.status, StatusCode::SEE_OTHER, "{}", paused.text);
    assert!(site.get("/steps/experiment/1").await.text.contains("Resting:"));
    assert!(site.get("/steps").await.text.contains("Go on with the button on its page"));
    let stopped = site.post("/steps/change", &[("what", "stop")]).await;
    assert_eq!(stopped.status, StatusCode::SEE_OTHER, "{}", stopped.text);
    assert!(site.get("/steps/experiment/1").await.text.contains("Stopped on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_opens_to_its_address_only_and_can_be_taken_back() {
    let site = Site::open(Whose::Nobody);
    assert_eq!(site.get("/feed/0000.ics").await.status, StatusCode::NOT_FOUND);
    let page = site.post("/steps/feed", &[("what", "make")]).await.text;
    let token = page.split("/feed/").nth(1).and_then(|rest| rest.split(".ics").next()).expect("an address");
    assert_eq!(token.len(), 64, "{token}");
    assert!(page.contains(&format!("http://{HOST}/feed/{token}.ics")), "the whole address is shown");
    assert!(
        page.contains("only programs that run here reach it") && page.contains("Never what it is"),
        "{page}"
    );
    let feed = site.get(&format!("/feed/{token}.ics")).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert!(feed.text.starts_with("BEGIN:VCALENDAR"), "{}", feed.text);
    assert!(!site.get("/steps/feed").await.text.contains(token), "the address is shown once");
    site.post("/steps/feed", &[("what", "revoke")]).await;
    assert_eq!(site.get(&format!("/feed/{token}.ics")).await.status, StatusCode::NOT_FOUND);
    let file = site.get("/steps/calendar.ics").await;
    assert!(file.text.starts_with("BEGIN:VCALENDAR"));
}
