//! Reads what the program says as a person does: what is wrong, what to do, what is known.

mod common;

use std::fs;

use nightmend_testkit::exports::ExportFolder;

use crate::common::{Bench, stderr};

/// What the program says, whichever way, and its exit code.
fn said(bench: &Bench, arguments: &[&str]) -> (String, Option<i32>) {
    let output = bench.run(arguments);
    (String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output), output.status.code())
}

#[track_caller]
fn says(bench: &Bench, arguments: &[&str], code: i32, words: &[&str]) {
    let (text, ended) = said(bench, arguments);
    assert_eq!(ended, Some(code), "{arguments:?}: {text}");
    // Lines may be wrapped anywhere.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(flat.contains(word), "{arguments:?} does not say {word:?}: {text}");
    }
}

const NIGHT: [&str; 12] = [
    "log",
    "morning",
    "--date",
    "2026-03-02",
    "--in-bed",
    "23:00",
    "--tried",
    "23:10",
    "--woke",
    "06:40",
    "--up",
    "07:00",
];

#[test]
fn what_cannot_be_read_is_taught() {
    let bench = Bench::new();
    says(&bench, &["nights", "--from", "1.11.2026"], 64, &["write it as 2026-11-01"]);
    says(&bench, &["nights", "--why", "2026/11/1"], 64, &["write it as 2026-11-01"]);
    says(&bench, &["log", "pain", "abc"], 64, &["a pain score is a number from 0 to 10"]);
    says(&bench, &["undo", "abc"], 64, &["the number that `nightmend history` shows"]);
    says(&bench, &["log", "morning", "--woken", "1.5"], 64, &["whole number"]);
    says(&bench, &["log", "morning", "--date", "1926-11-01", "--pain", "4"], 64, &["1970-01-01", "--date"]);
    says(&bench, &["import", "--help"], 0, &["diary-csv, fitbit-sleep, table"]);
    let (text, _) = said(&bench, &["import", "--help"]);
    assert!(!text.contains("--list-formats"), "{text}");
    says(&bench, &["log", "pain", "4", "--date", "yesterday"], 0, &["Saved 1 answer for"]);
    says(&bench, &["nights", "--why", "today"], 0, &["No sleep is recorded for that date"]);
}

#[test]
fn missing_files_and_folders_are_told_apart_and_end_alike() {
    let bench = Bench::new();
    says(&bench, &["import", "absent.csv"], 64, &["there is no file or folder absent.csv"]);
    says(&bench, &["map", "absent.csv"], 64, &["there is no file or folder absent.csv"]);
    let folder = bench.folder.path().to_str().unwrap();
    says(&bench, &["map", folder], 64, &["is a folder"]);
}

#[test]
fn a_refused_check_in_says_what_to_repeat() {
    let bench = Bench::new();
    let turned = [
        "log",
        "morning",
        "--date",
        "2026-03-02",
        "--pain",
        "4",
        "--in-bed",
        "23:30",
        "--tried",
        "23:00",
        "--woke",
        "06:40",
    ];
    says(&bench, &turned, 65, &["nothing was saved", "--pain 4 --in-bed 23:30 --tried 23:00"]);
    says(&bench, &["log", "pain", "11"], 65, &["nothing was saved", "log pain 11"]);
}

#[test]
fn a_night_without_minutes_says_what_is_not_known() {
    let bench = Bench::new();
    says(&bench, &NIGHT, 0, &["Saved 1 answer for 2026-03-02.", "How long you slept is not known"]);
    let (text, _) =
        said(&bench, &["log", "morning", "--date", "2026-03-02", "--asleep-after", "10", "--awake", "0"]);
    assert!(!text.contains("not known"), "{text}");
}

#[test]
fn a_stored_time_is_named_where_it_contradicts_and_can_be_taken_back() {
    let bench = Bench::new();
    says(
        &bench,
        &["log", "morning", "--date", "2026-03-02", "--woke", "06:40", "--up", "15:00", "--yes"],
        0,
        &[],
    );
    let later = ["log", "morning", "--date", "2026-03-02", "--tried", "23:10", "--woke", "06:40"];
    says(&bench, &later, 65, &["you wrote 15:00 for out of bed before", "--up none"]);
    let cleared = [&later[..], &["--up", "none"]].concat();
    says(&bench, &cleared, 0, &["Saved"]);
    let night = &bench.json(&["nights"])["nights"][0];
    assert!(night.get("out_of_bed").is_none() && night.get("try_sleep").is_some(), "{night}");
}

#[test]
fn an_empty_range_is_not_an_empty_record() {
    let bench = Bench::new();
    bench.text(&NIGHT);
    bench.text(&["log", "pain", "4", "--date", "2026-03-05"]);
    for command in ["nights", "days", "loop"] {
        let range = [command, "--from", "2026-04-01", "--to", "2026-04-30"];
        says(
            &bench,
            &range,
            0,
            &["nothing between 2026-04-01 and 2026-04-30; your records run from 2026-03-02 to 2026-03-05"],
        );
    }
    says(
        &bench,
        &["nights", "--why", "2026-03-05"],
        0,
        &["No sleep is recorded for that date", "nightmend log morning --date 2026-03-05"],
    );
}

#[test]
fn nights_without_times_show_their_ratings_and_several_pains_are_named() {
    let bench = Bench::new();
    for (date, quality) in [("2026-03-01", "4"), ("2026-03-02", "1")] {
        bench.text(&["log", "morning", "--date", date, "--quality", quality]);
    }
    says(
        &bench,
        &["nights"],
        0,
        &[
            "2026-03-01 Sun quality 4 of 1–5",
            "Rated quality for 2 nights (mean 2.5 of 1–5",
            "about eight nights in a row",
        ],
    );
    for site in ["knee", "hip"] {
        bench.text(&["log", "pain", "3", "--site", site, "--date", "2026-03-01"]);
    }
    says(&bench, &["nights"], 0, &["none is shown", "hip pain, knee pain"]);
    bench.text(&["log", "pain", "3", "--date", "2026-03-01"]);
    says(&bench, &["nights"], 0, &["back pain is shown", "back pain, hip pain, knee pain", ", pain 3"]);
}

#[test]
fn a_middle_of_sleep_all_round_the_clock_is_not_told_as_one_time() {
    let bench = Bench::new();
    let nights = [("02", "23:00", "07:00"), ("03", "05:00", "12:00"), ("05", "18:00", "02:00")];
    for (day, tried, woke) in nights {
        let date = format!("2026-03-{day}");
        let times = ["--tried", tried, "--woke", woke, "--asleep-after", "10", "--awake", "0", "--yes"];
        bench.text(&[&["log", "morning", "--date", &date][..], &times].concat());
    }
    bench.text(&["log", "morning", "--date", "2026-03-06", "--quality", "3"]);
    says(&bench, &["nights"], 0, &["Middle of sleep varies too much to give one time", "known for 3 nights"]);
    let (text, _) = said(&bench, &["nights"]);
    assert!(!text.contains("Social jet lag"), "{text}");
}

#[test]
fn an_undo_says_how_to_bring_it_back() {
    let bench = Bench::new();
    bench.text(&["log", "pain", "4"]);
    says(&bench, &["history"], 0, &["(1 record)"]);
    says(&bench, &["undo"], 0, &["`nightmend undo 2` brings it back"]);
    says(&bench, &["undo"], 1, &["there is nothing to undo"]);
    bench.text(&["undo", "2"]);
    assert_eq!(bench.json(&["days"])["days"][0]["entries"][0]["value"]["score"], 4.0);
}

#[test]
fn the_proof_of_an_erasure_counts_the_files_that_are_gone() {
    let bench = Bench::new();
    bench.text(&["log", "pain", "4"]);
    says(&bench, &["erase", "--all"], 64, &["--yes"]);
    says(&bench, &["erase", "--all", "--yes"], 0, &["of the store are gone", "was looked at afterwards"]);
}

#[test]
fn files_of_no_use_are_grouped_and_a_table_is_told_its_two_commands() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("files");
    fs::create_dir(&folder).unwrap();
    for index in 0..12 {
        fs::write(folder.join(format!("{index}.bin")), b"\x00\x01nothing that anybody knows\xff").unwrap();
    }
    let (text, code) = said(&bench, &["import", folder.to_str().unwrap()]);
    assert_eq!(code, Some(65), "{text}");
    assert!(text.contains("12 files: ") && text.contains("and 9 more"), "{text}");
    let table = folder.join("table.csv");
    fs::write(&table, "Day,Hours,Ache,Mood\n2026-03-01,7,3,2\n2026-03-02,6,4,1\n2026-03-03,6,4,1\n").unwrap();
    let table = table.to_str().unwrap();
    let commands =
        [format!("`nightmend map {table} > map.toml`"), format!("`nightmend import {table} --map map.toml`")];
    says(&bench, &["import", table], 65, &commands.each_ref().map(String::as_str));
}

#[test]
fn a_c_locale_gets_ascii_and_a_person_gets_the_numbers_on_request() {
    let bench = Bench::new();
    for (name, value) in [("LC_ALL", "C"), ("LC_ALL", "POSIX")] {
        let output = bench.run_where(&["demo", "--nights", "60"], "", &[(name, value)]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let other: String = text.chars().filter(|character| !character.is_ascii()).collect();
        assert_eq!(other, "", "{text}");
    }
    let exports = ExportFolder::demo();
    bench.text(&["import", exports.path().to_str().unwrap(), "--tz", "Europe/London"]);
    let text = bench.text(&["loop"]);
    assert!(
        text.starts_with("Your loop") && text.contains("days rated") && text.contains("measured"),
        "{text}"
    );
    assert!(text.contains("with --details") && !text.contains("ess_bulk"), "{text}");
    let detailed = bench.text(&["loop", "--details"]);
    assert!(detailed.contains("ess_bulk") && detailed.contains("P(below zero)"), "{detailed}");
    for line in text.lines().chain(detailed.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
