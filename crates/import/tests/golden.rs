//! Walks `testdata/<importer>/*.in`, reads each file and compares what comes out with `.expected` beside it.
//!
//! `UPDATE_EXPECT=1` rewrites the expected files; look at the difference before you keep it. A table's map stands
//! beside it as `.map.toml`. Local times are read in Europe/Oslo.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and may speak")]

mod support;

use std::fmt::Write;
use std::path::Path;

use nightmend_domain::{Fact, Value};
use nightmend_import::table::TableMap;
use nightmend_import::{Item, importers, recognise};
use support::{read_bytes, settings};

#[test]
fn every_file_gives_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut cases = 0;
    let mut differing = Vec::new();
    for importer in importers() {
        let folder = root.join(importer.id());
        let mut inputs: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "in"))
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{} has no golden case", importer.id());
        for input in inputs {
            cases += 1;
            let found = outcome(importer.id(), &input);
            let expected_path = input.with_extension("expected");
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&expected_path, &found).unwrap();
            } else if std::fs::read_to_string(&expected_path).unwrap_or_default() != found {
                differing.push(format!("{}:\n{found}", input.display()));
            }
        }
    }
    assert!(cases >= 12);
    assert!(differing.is_empty(), "set UPDATE_EXPECT=1 to accept:\n{}", differing.join("\n"));
}

fn outcome(id: &str, path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut settings = settings(Some("Europe/Oslo"));
    settings.path_parts = vec!["study".into(), "p07".into(), "table.csv".into()];
    let mut text = String::new();
    if let Ok(map) = std::fs::read_to_string(path.with_extension("map.toml")) {
        match TableMap::parse(&map) {
            Ok(map) => settings.map = Some(map),
            Err(error) => return format!("map: {error}\n"),
        }
    }
    if !bytes.is_empty() {
        let claimed = recognise(&bytes, "file").map_or("nobody", |(importer, _)| importer.id());
        writeln!(text, "claimed by {claimed}").unwrap();
    }
    let (items, result) = read_bytes(id, &bytes, &settings);
    for item in &items {
        writeln!(text, "{}", shown(item)).unwrap();
    }
    match result {
        Ok(account) => writeln!(
            text,
            "read {} refused {} unmapped {} missing {}",
            account.read, account.refused, account.unmapped, account.missing
        )
        .unwrap(),
        Err(error) => writeln!(text, "error: {error}").unwrap(),
    }
    let records = items.iter().filter(|item| matches!(item, Item::Record(_))).count() as u64;
    let refused = items.iter().filter(|item| matches!(item, Item::Refused(_))).count() as u64;
    if let Ok(account) = read_bytes(id, &bytes, &settings).1 {
        assert_eq!(account.read, records + refused, "{}", path.display());
        assert_eq!(account.refused, refused, "{}", path.display());
    }
    text
}

fn shown(item: &Item) -> String {
    let record = match item {
        Item::Refused(issue) => return format!("refused  {}: {}", issue.place, issue.reason),
        Item::Warning(issue) => return format!("warning  {}: {}", issue.place, issue.reason),
        Item::Record(record) => record,
    };
    let observation = &record.observation;
    let mut text = format!("record   {} [{}]", observation.date, observation.key);
    if let Some(person) = &record.person {
        write!(text, " of {person}").unwrap();
    }
    if let Some(at) = observation.at {
        write!(text, " at {at}").unwrap();
    }
    if record.unmapped {
        text.push_str(" unmapped");
    }
    match &observation.fact {
        Fact::Entry(entry) => {
            write!(text, " {} {:?} {:?} {:?} ", entry.tracker, entry.role, entry.moment, entry.several)
                .unwrap();
            text.push_str(&value(&entry.value));
        }
        Fact::Sleep(sleep) => text.push_str(&sleep_text(sleep)),
        Fact::Withdrawn => text.push_str(" withdrawn"),
    }
    text
}

fn value(value: &Value) -> String {
    match value {
        Value::Nrs(score) => format!("nrs {}", score.get()),
        Value::Rating(rating) => format!(
            "rating {} of {}..{} badness {}",
            rating.value(),
            rating.scale().minimum(),
            rating.scale().maximum(),
            rating.badness()
        ),
        Value::Quantity { value, unit } => format!("{value} {unit}"),
        Value::Tick { yes, direction, absence } => format!("tick {yes} {direction:?} absence {absence:?}"),
        Value::Text(text) => format!("text {text:?}"),
    }
}

fn sleep_text(sleep: &nightmend_domain::SleepRecord) -> String {
    let mut text = format!(" sleep {:?} {:?}", sleep.method, sleep.kind);
    let stamps = [
        ("bed", sleep.in_bed),
        ("tried", sleep.try_sleep),
        ("onset", sleep.sleep_onset),
        ("awake", sleep.final_awakening),
        ("up", sleep.out_of_bed),
    ];
    for (name, stamp) in stamps {
        if let Some(stamp) = stamp {
            write!(text, " {name} {stamp}").unwrap();
        }
    }
    let lengths = [
        ("SOL", sleep.sleep_onset_latency),
        ("WASO", sleep.wake_after_sleep_onset),
        ("TST", sleep.total_sleep_time),
        ("TIB", sleep.time_in_bed),
    ];
    for (name, length) in lengths {
        if let Some(length) = length {
            write!(text, " {name} {}", length.get()).unwrap();
        }
    }
    if let Some(awakenings) = sleep.awakenings {
        write!(text, " awakenings {awakenings}").unwrap();
    }
    if let Some(efficiency) = sleep.stated_efficiency {
        write!(text, " stated SE {}", efficiency.get()).unwrap();
    }
    if let Some(stages) = sleep.stages {
        let minutes = |length: Option<nightmend_domain::Minutes>| length.map_or(-1.0, |length| length.get());
        write!(
            text,
            " deep {} light {} REM {} wake {}",
            minutes(stages.deep),
            minutes(stages.light),
            minutes(stages.rem),
            minutes(stages.wake)
        )
        .unwrap();
    }
    for segment in &sleep.segments {
        write!(text, " | {:?} {} from {}", segment.stage, segment.length.get(), segment.start.civil().time())
            .unwrap();
    }
    text
}
