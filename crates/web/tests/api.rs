//! Uses the API as a script and as a phone: by token, by session, once.

mod support;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use nightmend_domain::PersonName;
use nightmend_web::api::document;
use nightmend_web::preferences::api_token;
use serde_json::{Value, json};
use support::{Answer, HOST, Site, Whose};

async fn ask(site: &Site, path: &str) -> Answer {
    let token = api_token(site.folder.path()).unwrap();
    site.send(Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"))).await
}

async fn tell(site: &Site, path: &str, body: &Value) -> Answer {
    let token = api_token(site.folder.path()).unwrap();
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    site.send_with(request, Body::from(body.to_string())).await
}

fn parsed(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error}: {}", answer.text))
}

fn observations(site: &Site) -> usize {
    site.store().current(&PersonName::new("me").unwrap(), ..).unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_reads_what_the_commands_print() {
    let site = Site::open(Whose::Demo);
    let schemas = [
        ("/api/v1/nights?from=2025-04-01", "nightmend.nights/1"),
        ("/api/v1/nights/2025-03-30", "nightmend.why/1"),
        ("/api/v1/days?to=2025-02-01", "nightmend.days/1"),
        ("/api/v1/loop", "nightmend.loop/1"),
        ("/api/v1/history?limit=3", "nightmend.history/1"),
        ("/api/v1/sources", "nightmend.sources/1"),
        ("/api/v1/persons", "nightmend.persons/1"),
    ];
    for (path, schema) in schemas {
        let answer = ask(&site, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert!(
            parsed(&answer)["schema"].as_str().unwrap().starts_with(schema.trim_end_matches('1')),
            "{path}"
        );
    }
    let nights = parsed(&ask(&site, "/api/v1/nights?from=2025-04-01").await);
    assert_eq!(nights["nights"][0]["date"], "2025-04-01");
    let odd = ask(&site, "/api/v1/nights?from=April").await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(parsed(&odd)["schema"], "nightmend.failure/1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_token_or_session_reads_or_writes() {
    let site = Site::open(Whose::Demo);
    assert_eq!(site.send(Request::get("/api/v1/nights")).await.status, StatusCode::UNAUTHORIZED);
    let wrong = site.send(Request::get("/api/v1/nights").header("authorization", "Bearer 00")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    // A browser that has opened a page may ask; to write it shows a header that no form can send.
    site.get("/help/now").await;
    assert_eq!(site.get("/api/v1/persons").await.status, StatusCode::OK);
    let body = json!({ "part": "morning", "fields": { "pain": 3 } });
    let post = |more: bool| {
        let request = Request::post("/api/v1/check-ins")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, format!("http://{HOST}"));
        if more { request.header("x-nightmend", "1") } else { request }
    };
    assert_eq!(site.send_with(post(false), Body::from(body.to_string())).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.send_with(post(true), Body::from(body.to_string())).await.status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_that_is_sent_again_is_kept_once() {
    let site = Site::open(Whose::Nobody);
    let check_in = json!({
        "part": "morning", "date": "2026-03-10", "key": "0d1f", "answered_at": "2026-03-10T07:10:00Z",
        "fields": { "pain": 4, "rested": 2, "in_bed": "22:50", "tried": "23:10", "woke": "06:40", "up": "07:00", "where": ["lower back"] },
    });
    let first = tell(&site, "/api/v1/check-ins", &check_in).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(parsed(&first)["arrived_before"], false);
    assert_eq!(observations(&site), 4);
    // The answer was lost on the way, and something else was said meanwhile.
    let other = json!({ "part": "morning", "date": "2026-03-10", "fields": { "pain": 6 } });
    tell(&site, "/api/v1/check-ins", &other).await;
    let again = tell(&site, "/api/v1/check-ins", &check_in).await;
    assert_eq!((again.status, parsed(&again)["arrived_before"].as_bool()), (StatusCode::OK, Some(true)));
    assert_eq!(parsed(&again)["act"], parsed(&first)["act"]);
    let day = parsed(&ask(&site, "/api/v1/days").await)["days"][0]["entries"].clone();
    let pain = day.as_array().unwrap().iter().find(|entry| entry["tracker"] == "back pain").unwrap();
    assert_eq!(pain["value"]["score"], 6.0, "the later answer stands");
    // Undone, it does not come back by being sent once more.
    let act = parsed(&first)["act"].clone();
    tell(&site, "/api/v1/undo", &json!({ "act": act })).await;
    assert_eq!(tell(&site, "/api/v1/check-ins", &check_in).await.status, StatusCode::OK);
    assert_eq!(observations(&site), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_page_and_its_sending_by_the_phone_are_one() {
    let site = Site::open(Whose::Nobody);
    // The page sent the form, the answer was lost, and the phone sends what it kept.
    let fields = [
        ("key", "k1"),
        ("seen", "1"),
        ("part", "morning"),
        ("date", "2026-03-10"),
        ("pain", "5"),
        ("note", "long drive"),
    ];
    site.post("/check-in", &fields).await;
    assert_eq!(observations(&site), 2);
    let kept = json!({ "key": "k1", "part": "morning", "date": "2026-03-10", "fields": { "pain": ["5"], "note": ["long drive"] } });
    let answer = tell(&site, "/api/v1/check-ins", &kept).await;
    assert_eq!(parsed(&answer)["arrived_before"], true, "{}", answer.text);
    assert_eq!(observations(&site), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_says_what_to_write() {
    let site = Site::open(Whose::Nobody);
    let cases = [
        (json!({ "part": "noon", "fields": {} }), "part is `morning` or `evening`"),
        (json!({ "part": "morning", "fields": {} }), "Nothing was answered"),
        (json!({ "part": "morning", "fields": { "pain": 11 } }), "pain"),
        (json!({ "part": "morning", "fields": { "mood": 3 } }), "there is no field"),
        (json!({ "part": "morning", "date": "2026-04-01", "fields": { "pain": 1 } }), "lies in the future"),
        (
            json!({ "part": "morning", "answered_at": "2020-01-01T00:00:00Z", "fields": { "pain": 1 } }),
            "too far from now",
        ),
        (json!({ "part": "morning", "fields": { "tried": "11:00", "woke": "07:00" } }), "anyway"),
    ];
    for (body, expected) in cases {
        let answer = tell(&site, "/api/v1/check-ins", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let message = parsed(&answer)["message"].as_str().unwrap().to_lowercase();
        assert!(message.contains(&expected.to_lowercase()), "{body}: {message}");
    }
    assert_eq!(observations(&site), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_plans_starts_answers_and_ends_an_experiment() {
    let site = Site::open(Whose::Nobody);
    for (path, schema) in [
        ("/api/v1/steps", "nightmend.steps/1"),
        ("/api/v1/steps/guide/wind_down", "nightmend.step-guide/1"),
        ("/api/v1/steps/safety", "nightmend.safety/1"),
        ("/api/v1/steps/tonight", "nightmend.tonight/1"),
        (
            "/api/v1/steps/plan/sleep_position?arm=side_knees&nights=28&expect=0.5&outcome=morning_pain",
            "nightmend.plan/1",
        ),
    ] {
        let answer = ask(&site, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert_eq!(parsed(&answer)["schema"], schema, "{path}");
    }
    // Nothing runs yet, and what is not known says what to do.
    assert_eq!(ask(&site, "/api/v1/steps/calendar").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&site, "/api/v1/steps/guide/magnets").await.status, StatusCode::NOT_FOUND);
    let begin =
        json!({ "step": "sleep_position", "arm": "side_knees", "nights": 28, "expect": 0.5, "seed": "7" });
    let refused = tell(&site, "/api/v1/steps/start", &begin).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "no answer is not a no: {}", refused.text);
    let answers: serde_json::Map<String, Value> =
        nightmend_domain::Condition::all().map(|each| (each.as_word().to_owned(), json!("no"))).collect();
    let odd = tell(&site, "/api/v1/steps/safety", &json!({ "answers": { "pregnant": "perhaps" } })).await;
    assert!(odd.text.contains("not_sure"), "{}", odd.text);
    let safe = tell(&site, "/api/v1/steps/safety", &json!({ "answers": answers })).await;
    assert_eq!(parsed(&safe)["questions"][0]["answer"], "no", "{}", safe.text);
    let started = tell(&site, "/api/v1/steps/start", &begin).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text);
    assert_eq!((&parsed(&started)["state"], &parsed(&started)["seed"]), (&json!("running"), &json!("7")));
    let tonight = parsed(&ask(&site, "/api/v1/steps/tonight").await);
    assert_eq!((&tonight["experiment"], &tonight["number"]), (&json!(1), &json!(1)), "{tonight}");
    // The night is over, and the script says how it went.
    site.hands.set("2026-03-11T08:00:00Z");
    let night = tell(&site, "/api/v1/steps/answer", &json!({ "answer": "yes", "night": "2026-03-11" })).await;
    assert_eq!(night.status, StatusCode::OK, "{}", night.text);
    assert_eq!(parsed(&night)["answer"], "yes");
    let early = tell(&site, "/api/v1/steps/answer", &json!({ "answer": "no", "night": "2026-03-20" })).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.text);
    let calendar = parsed(&ask(&site, "/api/v1/steps/calendar?number=1").await);
    assert_eq!(
        (&calendar["calendar"][0]["answer"], &calendar["nights_answered"]),
        (&json!("yes"), &json!(1))
    );
    let result = parsed(&ask(&site, "/api/v1/steps/result").await);
    assert_eq!(
        (&result["schema"], &result["verdict"]),
        (&json!("nightmend.step-result/1"), &json!("too_early"))
    );
    for (path, body, state) in [
        ("pause", json!({ "why": "away" }), "paused"),
        ("resume", json!({}), "running"),
        ("extend", json!({ "nights": 42 }), "running"),
        ("stop", json!({}), "stopped"),
    ] {
        let answer = tell(&site, &format!("/api/v1/steps/{path}"), &body).await;
        assert_eq!(parsed(&answer)["state"], state, "{path}: {}", answer.text);
    }
    let sleepy = tell(&site, "/api/v1/steps/sleepy", &json!({})).await;
    assert_eq!(sleepy.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", sleepy.text);
}

#[test]
fn the_document_is_the_one_in_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
    let made = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == kept,
        "docs/reference/openapi.json is not the one of the code; run this test with UPDATE_EXPECT=1"
    );
    let document = document();
    let names: Vec<&String> = document["components"]["schemas"].as_object().unwrap().keys().collect();
    let text = made.matches("#/components/schemas/").count();
    assert!(text > 10, "{names:?}");
    for reference in made.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(names.iter().any(|known| *known == name), "{name} is referred to and not there");
    }
}
