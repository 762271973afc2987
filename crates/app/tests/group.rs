//! Checks the group command's use case: plain tables and mapped ones give the same answer, JSON keeps its names.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use nightmend_app::group::{GroupRequest, Method, measure};
use nightmend_app::group_figure::caterpillar;
use nightmend_app::{AppError, PriorPack, Question, TableMap};
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::MeasurementError;
use nightmend_sim::{Seed, planted};

const TODAY: Date = date(2026, 11, 1);

/// A table of six people and 40 days with an effect of -0.5 SD from sleep to pain.
fn table() -> String {
    let mut text = "person,date,sleep_hours,pain\n".to_owned();
    for person in 0..6 {
        let days = planted(-0.5, 0.0, 0.2, 40, Seed::new(71).person(person)).expect("a loop that settles");
        for (day, (sleep, pain)) in days.sleep_hours.iter().zip(&days.pain).enumerate() {
            let on = date(2026, 3, 2).saturating_add((day as i64).days());
            let cell = |value: &Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
            writeln!(text, "p{person},{on},{},{}", cell(sleep), cell(pain)).expect("text grows");
        }
    }
    text
}

fn request(file: PathBuf, maps: Vec<TableMap>) -> GroupRequest {
    GroupRequest {
        paths: vec![file],
        maps,
        question: Question::default(),
        zone: None,
        persons: None,
        covariates: Vec::new(),
        measurement_error: MeasurementError::Prior,
        method: Method::Automatic,
        pack: None,
        seed: 1,
    }
}

const MAP: &str = r#"
source = "panel"
person = { column = "person" }
date = { column = "date", format = "iso" }

[sleep]
method = "diary"
kind = "main"
hours_asleep = "sleep_hours"

[[column]]
name = "pain"
as = "back pain"
role = "pain"
moment = "day"
nrs = true
"#;

#[test]
fn a_panel_is_measured_with_and_without_a_map() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panel.csv");
    std::fs::write(&file, table()).expect("a table");
    let plain = measure(&request(file.clone(), Vec::new()), Timestamp::UNIX_EPOCH, TODAY, &NoProgress)
        .expect("an answer");
    let json = serde_json::to_value(&plain.view).expect("JSON");
    assert_eq!(json["schema"], "nightmend.group/1");
    assert_eq!(json["people"], 6);
    for quantity in ["sleep_to_pain", "pain_to_sleep", "phi_pain", "phi_sleep"] {
        assert!(json["population"][quantity]["mean"].is_f64() && json["population"][quantity]["sd"].is_f64());
        assert_eq!(json["population"][quantity]["ci95"].as_array().map(Vec::len), Some(2));
        assert!(json["between_person_sd"][quantity]["mean"].as_f64().is_some_and(|sd| sd > 0.0));
        assert_eq!(json["persons"][5][quantity]["ci90"].as_array().map(Vec::len), Some(2));
    }
    assert!(json["share_opposite_sign"]["sleep_to_pain"]["mean"].is_f64());
    assert_eq!(json["persons"][0]["person"], "p0");
    for key in ["rhat_max", "ess_bulk_min", "divergences"] {
        assert!(json["diagnostics"][key].is_number(), "{key}");
    }
    // Planted: -0.5 SD, in points per hour 1.5 / 1.1 times as much; six people leave wide intervals.
    let [low, high] = plain.view.population.sleep_to_pain.ci95;
    assert!(high < 0.0 && low < -0.68 && -0.68 < high, "{low} {high}");
    // 3 x 4 numbers of the population, 4 of levels, 15 correlations, 4 of every person, and the names.
    assert_eq!(plain.view.csv().lines().count(), 1 + 12 + 4 + 15 + 24);
    assert_eq!(json["method"], "exact");
    assert!(json["levels"]["pain"]["mean"]["mean"].as_f64().is_some_and(|level| (2.0..6.0).contains(&level)));
    assert_eq!(caterpillar(&plain.view).matches("<circle").count(), 12);

    let map = TableMap::parse(MAP).expect("a map");
    let mapped =
        measure(&request(file, vec![map]), Timestamp::UNIX_EPOCH, TODAY, &NoProgress).expect("an answer");
    // Hours pass through whole minutes in the store, so the numbers agree nearly.
    let (one, other) = (plain.view.population.sleep_to_pain.mean, mapped.view.population.sleep_to_pain.mean);
    assert_eq!(mapped.view.people, 6);
    assert!((one - other).abs() < 0.02, "{one} {other}");
}

#[test]
fn persons_without_a_covariate_are_left_out_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, people) = (folder.path().join("panel.csv"), folder.path().join("people.csv"));
    std::fs::write(&file, table()).expect("a table");
    std::fs::write(&people, "person,age,site\np0,31,x\np1,40,x\np2,52,x\np3,38,x\np4,61,x\np5,,x\n")
        .expect("a table");
    let asked = GroupRequest {
        persons: Some(people),
        covariates: vec!["age".to_owned()],
        pack: Some("clinic".to_owned()),
        ..request(file, Vec::new())
    };
    let answer = measure(&asked, Timestamp::UNIX_EPOCH, TODAY, &NoProgress).expect("an answer");
    assert_eq!(answer.view.people, 5);
    assert_eq!(answer.view.left_out[0].why, "no value of age");
    assert_eq!((answer.view.covariates[0].name.as_str(), answer.view.covariates[0].mean), ("age", 44.4));
    let pack = PriorPack::parse(&answer.pack.expect("a pack")).expect("a sound pack");
    assert!(pack.label().starts_with("pack clinic of 5 people (sha256 "), "{}", pack.label());
}

#[test]
fn too_few_people_are_refused_with_a_way_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panel.csv");
    std::fs::write(&file, "person,date,sleep,pain\na,1,7,3\na,2,6,4\n").expect("a table");
    let refused = measure(&request(file, Vec::new()), Timestamp::UNIX_EPOCH, TODAY, &NoProgress);
    assert!(matches!(refused, Err(AppError::Refused(message)) if message.contains("add people or days")));
}
