//! Checks the schedule's rules against the shared vectors, where they are at hand.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test may read files and speak")]

use nightmend_domain::{Condition, Minutes, Percent};
use nightmend_trial::schedule::{DiaryAverages, DurationGoal, Gate, WindowWeek, gate_of, titrate};
use serde_json::{Value, json};

/// The vectors of one function as (id, input, output); nothing where the shared folder is not there.
fn vectors(of: &str) -> Vec<(String, Value, Value)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/science/vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("passed over: there is no {path}");
        return Vec::new();
    };
    let all: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let list = all["instruments"][of]["vectors"].as_array().expect("the function has vectors").clone();
    assert!(!list.is_empty(), "{of} has no vectors");
    list.into_iter()
        .map(|each| {
            (each["id"].as_str().unwrap_or_default().to_owned(), each["in"].clone(), each["out"].clone())
        })
        .collect()
}

fn minutes(value: &Value) -> Minutes {
    Minutes::new(value.as_f64().expect("a number")).expect("minutes")
}

fn count(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a count")).expect("a small count")
}

#[test]
fn the_gate_agrees() {
    for (id, given, expected) in vectors("schedule_gate") {
        let averages = DiaryAverages {
            recorded_nights: count(&given["recorded_nights"]),
            tst: minutes(&given["avg_tst_min"]),
            tib: minutes(&given["avg_tib_min"]),
        };
        let words = given["conditions"].as_array().expect("a list");
        let held: Vec<Condition> = words
            .iter()
            .map(|word| Condition::from_word(word.as_str().unwrap_or_default()).expect("a known condition"))
            .collect();
        let (mode, window, blocked) = match gate_of(averages, &held) {
            Gate::CollectMore { .. } => ("collect_more", Value::Null, Vec::new()),
            Gate::AskFirst(_) => ("ask_first", Value::Null, Vec::new()),
            Gate::RegularTimesOnly { blocked_by } => ("regular_times_only", Value::Null, blocked_by),
            Gate::GentleWindow(length) => ("gentle_window", json!(length.get() as u64), Vec::new()),
        };
        let blocked: Vec<&str> = blocked.iter().map(|each| each.as_word()).collect();
        assert_eq!(json!({"mode": mode, "window_min": window, "blocked_by": blocked}), expected, "{id}");
    }
}

#[test]
fn the_weekly_move_agrees() {
    for (id, given, expected) in vectors("schedule_titration") {
        let next = titrate(&WindowWeek {
            window: minutes(&given["window_min"]),
            efficiency: Percent::new(given["week_se"].as_f64().expect("a number")).expect("a share"),
            nights_recorded: count(&given["nights_recorded"]),
            sleepy_alert: given["sleepy_alert"].as_bool().unwrap_or(false),
            pain_is_up: false,
        });
        let answer = json!({"next_window_min": next.window.get() as i64, "step": next.step as i64});
        assert_eq!(answer, expected, "{id}");
    }
}

#[test]
fn the_goals_agree() {
    for (id, given, expected) in vectors("sleep_duration_goal") {
        let goal = DurationGoal::of_age(count(&given["age"]));
        assert_eq!(json!({"goal": goal.hours(), "mode": goal.as_word()}), expected, "{id}");
    }
}
