//! Walks the whole way as a person does: the program as a process, from files to the printed answer.

mod common;

use std::fs;
use std::path::Path;

use nightmend_testkit::exports::ExportFolder;
use nightmend_testkit::zoo;
use serde_json::Value;

use crate::common::{Bench, stderr};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn sum(view: &Value, name: &str) -> u64 {
    view["files"].as_array().unwrap().iter().map(|file| file[name].as_u64().unwrap()).sum()
}

#[test]
fn the_demo_goes_the_whole_way_and_is_the_same_each_time() {
    let bench = Bench::new();
    let first = bench.text(&["demo"]);
    assert!(first.contains("simulated"), "{first}");
    assert!(first.contains("cannot tell yet") && first.contains("clear"), "{first}");
    assert!(!first.contains('\u{1b}'), "no colour where nobody looks");
    assert_eq!(first, bench.text(&["demo"]));
    let view = bench.json(&["demo"]);
    assert_eq!((&view["schema"], &view["simulated"]), (&"nightmend.loop/1".into(), &true.into()));
    assert_eq!(view["effects"]["sleep_to_pain"]["told"], "clear");
    assert_eq!(view["effects"]["pain_to_sleep"]["told"], "cannot_tell_yet");
}

#[test]
fn importing_twice_changes_nothing_and_undo_takes_all_of_it_back() {
    let (bench, exports) = (Bench::new(), ExportFolder::demo());
    let import = ["import", path(exports.path()), "--tz", "Europe/London"];
    let first = bench.json(&import);
    assert_eq!(sum(&first, "known"), 0);
    assert_eq!(sum(&first, "read"), sum(&first, "kept"));
    let nights = bench.text(&["nights", "--json"]);
    let second = bench.json(&import);
    assert_eq!((sum(&second, "kept"), sum(&second, "known")), (0, sum(&first, "read")));
    assert!(second.get("act").is_none(), "nothing was done");
    assert_eq!(nights, bench.text(&["nights", "--json"]));
    bench.text(&["undo"]);
    assert_eq!(bench.json(&["nights"])["nights"].as_array().unwrap().len(), 0);
    let third = bench.json(&import);
    assert_eq!(sum(&third, "kept"), sum(&first, "kept"), "after an undo all of it is new again");
}

#[test]
fn a_trial_run_keeps_nothing() {
    let (bench, exports) = (Bench::new(), ExportFolder::demo());
    let view = bench.json(&["import", path(exports.path()), "--dry-run"]);
    assert_eq!(view["dry_run"], true);
    assert!(sum(&view, "kept") > 1000);
    assert!(bench.text(&["nights"]).starts_with("No night is recorded"));
}

#[test]
fn zip_archives_and_folders_are_walked() {
    let (bench, exports) = (Bench::new(), ExportFolder::empty());
    let archive = exports.add_zip("takeout.zip", &nightmend_testkit::exports::demo_files());
    let view = bench.json(&["import", path(&archive), "--tz", "Europe/London"]);
    assert!(view["files"][0]["path"].as_str().unwrap().contains("takeout.zip"));
    assert_eq!(bench.json(&["nights"])["nights"].as_array().unwrap().len(), 120);
}

#[test]
fn every_bad_file_gets_an_answer_that_says_what_to_do_and_costs_no_good_record() {
    for bad in zoo::bad_files() {
        let (bench, exports) = (Bench::new(), ExportFolder::empty());
        let file = exports.add(bad.file_name, &bad.bytes);
        let output = bench.run(&["import", path(&file), "--tz", "Europe/London", "--json"]);
        let name = bad.name;
        let view: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{name}: {}", stderr(&output)));
        let files = view["files"].as_array().unwrap();
        for file in files {
            let count = |column: &str| file[column].as_u64().unwrap();
            let parts = ["kept", "known", "superseded", "unmapped", "refused_total"].map(count);
            assert_eq!(count("read"), parts.iter().sum::<u64>(), "{name}: {file}");
        }
        let taken: u64 = files
            .iter()
            .map(|file| file["read"].as_u64().unwrap() - file["refused_total"].as_u64().unwrap())
            .sum();
        assert!(
            taken >= bad.good_rows as u64,
            "{name}: {taken} taken of {} good ones: {view}",
            bad.good_rows
        );
        let expected = if taken == 0 { Some(65) } else { Some(0) };
        assert_eq!(output.status.code(), expected, "{name}: {view}");
        let said = view["files"].to_string() + &view["passed_over"].to_string() + &stderr(&output);
        assert!(
            bad.good_rows > 0
                || ["correct", "export", "leave", "check", "choose", "run `", "can be read with", "fill in"]
                    .iter()
                    .any(|word| said.contains(word)),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_zip_bomb_is_stopped_and_a_map_for_another_table_is_explained() {
    let (bench, exports) = (Bench::new(), ExportFolder::empty());
    let bomb = exports.add("bomb.zip", &zoo::zip_bomb());
    let output = bench.run(&["import", path(&bomb)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
    assert!(said.contains("zip bomb"), "{said}");

    let (map, table) = zoo::map_of_an_absent_column();
    let (map, table) = (exports.add("map.toml", map.as_bytes()), exports.add("table.csv", table));
    let output = bench.run(&["import", path(&table), "--map", path(&map)]);
    assert_eq!(output.status.code(), Some(65));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("'back ache'") && said.contains("'back pain'"), "{said}");
}

#[test]
fn wrong_usage_ends_with_64_and_teaches() {
    let bench = Bench::new();
    assert_eq!(bench.code(&["lopo"]), Some(64));
    assert_eq!(bench.code(&["nights"]), Some(64), "a store that is not there");
    assert_eq!(bench.code(&["import", "no-such-file.csv"]), Some(64));
    assert_eq!(bench.code(&["log", "morning"]), Some(64), "nobody to ask");
    assert_eq!(bench.code(&["log", "pain", "11"]), Some(65));
    assert_eq!(bench.code(&["log", "pain", "4"]), Some(0));
    assert_eq!(bench.code(&["loop", "--pain", "knee"]), Some(0), "no sleep yet is an answer");
    assert_eq!(bench.code(&["nights", "--from", "2026-03-02", "--to", "2026-03-01"]), Some(64));
    assert_eq!(bench.code(&["nights", "--person", "nobody"]), Some(64));
    assert_eq!(bench.code(&["--help"]), Some(0));
}

#[test]
fn several_people_are_listed_and_nobody_is_guessed() {
    let bench = Bench::new();
    bench.text(&["--person", "ann", "log", "pain", "4"]);
    bench.text(&["--person", "bob", "log", "pain", "6"]);
    for command in
        [["nights"].as_slice(), &["days"], &["loop"], &["history"], &["undo"], &["log", "pain", "3"]]
    {
        let output = bench.run(command);
        assert_eq!(output.status.code(), Some(64), "{command:?}");
        assert!(stderr(&output).contains("ann, bob"), "{command:?}: {}", stderr(&output));
    }
    let days = bench.json(&["--person", "ann", "days"]);
    assert_eq!(days["days"][0]["entries"][0]["value"]["score"], 4.0);
}

#[test]
fn a_check_in_by_flags_is_saved_corrected_and_taken_back() {
    let bench = Bench::new();
    let date = "2026-03-02";
    let morning = [
        "log",
        "morning",
        "--date",
        date,
        "--pain",
        "4",
        "--rested",
        "2",
        "--in-bed",
        "23:10",
        "--tried",
        "23:30",
        "--asleep-after",
        "20",
        "--awake",
        "30",
        "--woke",
        "06:40",
        "--up",
        "07:00",
    ];
    let saved = bench.json(&morning);
    assert_eq!(saved["night"]["tst_min"], 380.0, "{saved}");
    assert_eq!(saved["night"]["in_bed"], "2026-03-01T23:10:00+00:00");
    // A later check-in corrects what it names and leaves the rest.
    let corrected = bench.json(&["log", "morning", "--date", date, "--woke", "06:10", "--up", "06:30"]);
    assert_eq!(corrected["night"]["tst_min"], 350.0, "{corrected}");
    assert_eq!(bench.json(&["days"])["days"][0]["entries"][0]["value"]["score"], 4.0);
    bench.text(&["undo"]);
    assert_eq!(bench.json(&["nights"])["nights"][0]["tst_min"], 380.0);
    let history = bench.json(&["history"]);
    assert_eq!(history["acts"].as_array().unwrap().len(), 3, "{history}");
}

#[test]
fn what_looks_unusual_is_said_before_it_is_saved() {
    let bench = Bench::new();
    let odd = ["log", "morning", "--date", "2026-03-02", "--in-bed", "11:10", "--woke", "06:40"];
    let output = bench.run(&odd);
    assert_eq!(output.status.code(), Some(65), "{}", stderr(&output));
    assert!(stderr(&output).contains("did you mean"), "{}", stderr(&output));
    assert_eq!(bench.code(&[&odd[..], &["--yes"]].concat()), Some(0));
    let impossible = [
        "log",
        "morning",
        "--date",
        "2026-03-03",
        "--tried",
        "23:00",
        "--in-bed",
        "23:30",
        "--woke",
        "06:40",
        "--yes",
    ];
    assert_eq!(bench.code(&impossible), Some(65));
    assert_eq!(bench.json(&["nights"])["nights"].as_array().unwrap().len(), 1);
}

#[test]
fn a_table_goes_in_through_its_own_proposed_map() {
    let (bench, exports) = (Bench::new(), ExportFolder::empty());
    let rows: String = (1..=28)
        .map(|day| format!("2026-02-{day:02},{},{}\n", 6.0 + f64::from(day % 4) * 0.5, 2 + day % 5))
        .collect();
    let table = exports.add("my table.csv", format!("Date,Hours slept,Back pain (0-10)\n{rows}").as_bytes());
    let map = bench.text(&["map", path(&table)]);
    let map = exports.add("map.toml", map.as_bytes());
    let view = bench.json(&["import", path(&table), "--map", path(&map)]);
    assert_eq!((sum(&view, "kept"), sum(&view, "unmapped")), (56, 0), "{view}");
    let answer = bench.json(&["loop"]);
    assert_eq!(answer["data"]["pairs_sleep_to_pain"], 28, "{answer}");
    assert_eq!(answer["maturity"], "prior", "28 pairs");
    assert!(answer["half_life_days"].is_null());
}

#[test]
fn folders_that_may_be_of_several_people_are_not_merged_in_silence() {
    let (bench, exports) = (Bench::new(), ExportFolder::empty());
    for person in ["p01", "p02"] {
        std::fs::create_dir(exports.path().join(person)).unwrap();
        exports.add(&format!("{person}/diary.csv"), b"Date,Pain at bedtime\n2026-02-03,4\n");
    }
    let head = "source = \"diary\"\n[date]\ncolumn = \"Date\"\nformat = \"iso\"\n";
    let column = "[[column]]\nname = \"Pain at bedtime\"\nrole = \"pain\"\nmoment = \"bedtime\"\nscale = [0, 10]\n\
                  higher = \"worse\"\n";
    let silent = exports.add("silent.toml", format!("{head}{column}").as_bytes());
    let view = bench.json(&["import", path(exports.path()), "--map", path(&silent)]);
    let warnings = view["files"].to_string();
    assert!(warnings.contains("different people") && warnings.contains("--person"), "{view}");
    bench.text(&["undo"]);

    let named = exports.add("named.toml", format!("{head}[person]\npath = \"p##\"\n{column}").as_bytes());
    let view = bench.json(&["import", path(exports.path()), "--map", path(&named)]);
    assert_eq!(view["persons"], serde_json::json!(["p01", "p02"]), "{view}");
    assert!(!view["files"].to_string().contains("different people"), "{view}");
}

#[test]
fn a_backup_brings_everything_back_and_an_erasure_leaves_nothing() {
    let (bench, exports) = (Bench::new(), ExportFolder::demo());
    bench.text(&["import", path(exports.path()), "--tz", "Europe/London"]);
    let nights = bench.text(&["nights", "--json"]);
    let backup = exports.path().join("backup.nightmend");
    bench.text(&["backup", path(&backup)]);
    assert_ne!(bench.code(&["backup", path(&backup)]), Some(0), "a backup is not overwritten by accident");
    bench.text(&["log", "pain", "4"]);
    let unasked = bench.run(&["erase", "--all"]);
    assert_eq!(unasked.status.code(), Some(64), "nobody said yes");
    let proof = bench.json(&["erase", "--all", "--yes"]);
    assert_eq!((&proof["holds"], &proof["rows_left"]), (&true.into(), &0.into()), "{proof}");
    assert!(proof["samples"].as_u64().unwrap() > 0);
    bench.text(&["restore", path(&backup), "--yes"]);
    assert_eq!(nights, bench.text(&["nights", "--json"]));
    let folder = exports.path().join("everything");
    bench.text(&["export", "--all", path(&folder)]);
    let sleeps = fs::read_to_string(folder.join("sleeps.csv")).unwrap();
    assert!(sleeps.lines().count() > 200, "{}", sleeps.lines().count());
}

#[test]
fn sources_can_be_put_in_another_order() {
    let (bench, exports) = (Bench::new(), ExportFolder::demo());
    bench.text(&["import", path(exports.path()), "--tz", "Europe/London"]);
    let source = |bench: &Bench| bench.json(&["nights"])["nights"][5]["source"].as_str().unwrap().to_owned();
    let first = source(&bench);
    let other = if first == "fitbit" { "diary" } else { "fitbit" };
    bench.text(&["sources", "--priority", &format!("sleep={other},{first}")]);
    assert_eq!(source(&bench), other);
    assert_eq!(bench.code(&["sources", "--priority", "sleep=nobody"]), Some(64));
    bench.text(&["undo"]);
    assert_eq!(source(&bench), first);
    bench.text(&["sources", "--zone", "Europe/Oslo"]);
    assert_eq!(bench.code(&["sources", "--zone", "Mars/Olympus"]), Some(64));
}

#[test]
fn the_loop_is_the_same_whatever_the_order_of_the_imports() {
    let exports = ExportFolder::demo();
    let (diary, device) =
        (exports.path().join("simulated-diary.csv"), exports.path().join("simulated-fitbit"));
    let answer = |order: [&Path; 2]| {
        let bench = Bench::new();
        for file in order {
            bench.text(&["import", path(file), "--tz", "Europe/London"]);
        }
        bench.text(&["loop", "--json"])
    };
    assert_eq!(answer([&diary, &device]), answer([&device, &diary]));
}
