//! Runs `nightmend steps` as a person does: look, answer, plan, start, tonight, answer, rest, stop.

mod common;

use std::fs;

use common::{Bench, stderr};

fn healthy() -> Bench {
    let bench = Bench::new();
    bench.text(&["steps", "safety", "--no-to-rest"]);
    bench
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(flat.contains(word), "does not say {word:?}: {text}");
    }
}

#[test]
fn somebody_new_sees_six_steps_and_what_comes_first() {
    let bench = Bench::new();
    let text = bench.text(&["steps"]);
    says(
        &text,
        &["No experiment is running", "What may come next (you choose)", "PREEMPT", "sleep-position"],
    );
    let json = bench.json(&["steps"]);
    assert_eq!(
        (json["schema"].as_str(), json["steps"].as_array().unwrap().len()),
        (Some("nightmend.steps/1"), 6)
    );
    says(
        &bench.text(&["steps", "guide", "wind-down"]),
        &["Knee to chest", "Stop rules", "10.1073/pnas.1418490112"],
    );
    says(&bench.text(&["steps", "--help"]), &["nightmend steps plan sleep-position", "whenever you like"]);
    let unknown = bench.run(&["steps", "guide", "yoghurt"]);
    assert_eq!(unknown.status.code(), Some(64));
    says(&stderr(&unknown), &["there is no step called 'yoghurt'", "wind-down"]);
}

#[test]
fn a_plan_says_what_it_can_show_before_anything_starts() {
    let bench = Bench::new();
    let text = bench.text(&["steps", "plan", "mattress-pillow"]);
    says(&text, &["What it can show", "cannot reach 5 %", "To be answered first", "red_flag", "Stop rules"]);
    let early = bench.run(&["steps", "start", "mattress-pillow", "--yes"]);
    assert_eq!(early.status.code(), Some(65), "{}", stderr(&early));
    says(&stderr(&early), &["no answer is not a no", "nightmend steps safety"]);
    let plan = bench.json(&["steps", "plan", "sleep-position", "--nights", "28", "--worth-it", "1"]);
    assert_eq!((plan["nights"].as_u64(), plan["threshold"].as_f64()), (Some(28), Some(1.0)));
    assert_eq!(bench.code(&["steps", "plan", "sleep-position", "--nights", "300"]), Some(65));
}

#[test]
fn an_experiment_is_started_shown_rested_and_stopped() {
    let bench = healthy();
    let start = [
        "steps",
        "start",
        "sleep-position",
        "--arm",
        "back-knees",
        "--expect",
        "0.5",
        "--seed",
        "5",
        "--yes",
    ];
    bench.text(&["steps"]);
    let started = bench.json(&start);
    assert_eq!(started["schema"], "nightmend.experiment/1");
    assert_eq!(started["calendar"].as_array().unwrap().len(), 42);
    assert_eq!(started["intact"], true);
    let again = bench.run(&["steps", "start", "wind-down", "--yes"]);
    assert_eq!(again.status.code(), Some(65));
    says(&stderr(&again), &["two at once could not be told apart"]);
    let tonight = bench.json(&["steps", "tonight"]);
    assert_eq!((tonight["number"].as_u64(), tonight["of"].as_u64()), (Some(1), Some(42)));
    says(&bench.text(&["steps", "calendar"]), &["<- tonight", "fingerprint", "as it was drawn"]);
    let early = bench.run(&["steps", "answer", "yes"]);
    assert_eq!(early.status.code(), Some(65), "{}", stderr(&early));
    says(&bench.text(&["steps", "pause", "--why", "a journey"]), &["rests", "a journey"]);
    says(&bench.text(&["steps", "resume"]), &["goes on tonight"]);
    says(&bench.text(&["steps", "stop"]), &["Stopped. What you recorded stays"]);
    says(&bench.text(&["history"]), &["started experiment 1", "goes on", "stopped"]);
    says(&bench.text(&["steps", "calendar"]), &["The other 42 nights of the plan fell away"]);
    says(&bench.text(&["steps", "offers"]), &["Chosen: sleep-position", "experiment 1", "Looked at."]);
    assert_eq!(bench.json(&["steps", "offers"])["schema"], "nightmend.offers/1");
    let one = bench.json(&["steps", "calendar", "1"]);
    assert_eq!(one["state"], "stopped");
}

#[test]
fn the_calendar_goes_to_a_file_and_the_reminder_is_only_printed() {
    let bench = healthy();
    let nothing = bench.run(&["steps", "notify", "--topic", "a-topic"]);
    assert!(nothing.stdout.is_empty(), "nothing is open, so nothing is printed");
    bench.text(&["steps", "start", "sleep-position", "--yes"]);
    let file = bench.folder.path().join("steps.ics");
    let path = file.to_str().unwrap();
    bench.text(&["steps", "ics", path]);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 42);
    assert_eq!(bench.code(&["steps", "ics", path]), Some(64));
    bench.text(&["steps", "ics", path, "--neutral", "--overwrite"]);
    assert!(!fs::read_to_string(&file).unwrap().contains("pillow"));
    let line = bench.text(&["steps", "notify", "--topic", "a-topic"]);
    assert_eq!(
        line,
        "curl --silent --show-error --output /dev/null --data 'nightmend: see tonight' https://ntfy.sh/a-topic\n"
    );
    for bad in [["--topic", "a b"], ["--topic", "$(x)"]] {
        assert_eq!(bench.code(&[&["steps", "notify"], bad.as_slice()].concat()), Some(64));
    }
    let server = ["steps", "notify", "--topic", "t", "--server", "https://x/;rm"];
    assert_eq!(bench.code(&server), Some(64));
}

#[test]
fn a_contraindication_stops_it_and_the_window_is_refused_with_its_reason() {
    let bench = healthy();
    bench.text(&["steps", "start", "sleep-position", "--yes"]);
    let said = bench.run(&["steps", "safety", "--not-sure", "leg_symptoms"]);
    says(&stderr(&said), &["was stopped", "leg"]);
    assert_eq!(bench.json(&["steps", "calendar"])["stopped"]["by"], "safety");
    let window = ["steps", "start", "schedule", "--arm", "gentle-window", "--rise", "06:45", "--yes"];
    let refused = bench.run(&window);
    assert_eq!(refused.status.code(), Some(65));
    says(&stderr(&refused), &["a week of diary nights"]);
    let both = bench.run(&["steps", "safety", "--yes", "pregnant", "--no", "pregnant"]);
    assert_eq!(both.status.code(), Some(64));
}

#[test]
fn a_check_in_of_the_morning_points_at_the_open_question() {
    let bench = healthy();
    bench.text(&["steps", "start", "sleep-position", "--yes"]);
    // The first night is still to come, so nothing is open this morning.
    let output = bench.run(&["log", "morning", "--pain", "3"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("Your step"), "{}", stderr(&output));
}
