//! Checks that the exports are written as the formats ask for, by reading them with other people's readers.

use std::collections::HashMap;

use jiff::civil::DateTime;
use nightmend_domain::Zone;
use nightmend_sim::exports::{diary_csv, fitbit, tables};
use nightmend_sim::{DEMO_SEED, ObservedDay, demo::demo_days};
use serde_json::Value;

fn records(format: fitbit::Format) -> Vec<Value> {
    let bytes = fitbit::sleep_json(&demo_days(DEMO_SEED), &Zone::named("Europe/London").unwrap(), format);
    serde_json::from_slice::<Vec<Value>>(&bytes).unwrap()
}

fn number(record: &Value, pointer: &str) -> i64 {
    record.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("{pointer} in {record}"))
}

fn time(record: &Value, name: &str) -> DateTime {
    record[name].as_str().unwrap().parse().unwrap()
}

#[test]
fn every_sleep_adds_up() {
    for record in records(fitbit::Format::Stages) {
        let in_bed = number(&record, "/timeInBed");
        assert_eq!(number(&record, "/minutesAsleep") + number(&record, "/minutesAwake"), in_bed);
        assert_eq!(number(&record, "/duration"), 60_000 * in_bed);
        let data = record["levels"]["data"].as_array().unwrap();
        // On the night on which the clocks went forward the hour that did not happen stands as unknown.
        let known = data.iter().filter(|segment| segment["level"] != "unknown");
        let seconds: i64 = known.map(|segment| segment["seconds"].as_i64().unwrap()).sum();
        assert!((0..=30).contains(&(seconds - 60 * in_bed)) || record["type"] == "classic", "{record}");
        if record["type"] == "stages" {
            let parts: i64 = ["deep", "light", "rem", "wake"]
                .iter()
                .map(|stage| number(&record, &format!("/levels/summary/{stage}/minutes")))
                .sum();
            assert_eq!(parts, in_bed);
            assert_eq!(number(&record, "/levels/summary/wake/minutes"), number(&record, "/minutesAwake"));
        }
    }
}

#[test]
fn segments_follow_each_other_and_short_wakes_are_short() {
    for record in records(fitbit::Format::Stages).iter().filter(|record| record["type"] == "stages") {
        let data = record["levels"]["data"].as_array().unwrap();
        assert_eq!(time(&data[0], "dateTime"), time(record, "startTime"));
        for pair in data.windows(2) {
            let gap = time(&pair[1], "dateTime").duration_since(time(&pair[0], "dateTime")).as_secs();
            assert_eq!(gap, pair[0]["seconds"].as_i64().unwrap(), "{pair:?}");
            assert_ne!(pair[0]["level"], pair[1]["level"]);
        }
        let last = data.last().unwrap();
        let told = time(last, "dateTime").duration_since(time(&data[0], "dateTime")).as_secs()
            + last["seconds"].as_i64().unwrap();
        assert_eq!(told, time(record, "endTime").duration_since(time(record, "startTime")).as_secs());
        for wake in record["levels"]["shortData"].as_array().unwrap() {
            assert!((30..=180).contains(&wake["seconds"].as_i64().unwrap()) && wake["level"] == "wake");
        }
    }
}

#[test]
fn one_night_is_an_hour_longer_on_the_clock_because_clocks_went_forward() {
    let longer: Vec<String> = records(fitbit::Format::Stages)
        .iter()
        .filter(|record| {
            let on_the_clock = time(record, "endTime").duration_since(time(record, "startTime")).as_mins();
            on_the_clock > number(record, "/timeInBed") + 30
        })
        .map(|record| record["dateOfSleep"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(longer, ["2025-03-30"]);
}

#[test]
fn log_ids_are_unique_and_newest_come_first() {
    let records = records(fitbit::Format::Stages);
    let ids: Vec<i64> = records.iter().map(|record| number(record, "/logId")).collect();
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
    let dates: Vec<&str> = records.iter().map(|record| record["dateOfSleep"].as_str().unwrap()).collect();
    assert!(dates.windows(2).all(|pair| pair[0] >= pair[1]));
}

#[test]
fn files_of_thirty_nights_hold_what_one_file_holds() {
    let (days, zone) = (demo_days(DEMO_SEED), Zone::named("Europe/London").unwrap());
    let mut apart: Vec<Value> = fitbit::sleep_files(&days, &zone, fitbit::Format::Stages, 30)
        .iter()
        .rev()
        .flat_map(|(_, bytes)| serde_json::from_slice::<Vec<Value>>(bytes).unwrap())
        .collect();
    assert_eq!(apart.len(), records(fitbit::Format::Stages).len());
    assert_eq!(std::mem::take(&mut apart), records(fitbit::Format::Stages));
}

#[test]
fn classic_records_are_told_by_the_minute() {
    for record in records(fitbit::Format::Classic) {
        assert_eq!(record["type"], "classic");
        let data = record["levels"]["data"].as_array().unwrap();
        let mut minutes: HashMap<&str, i64> = HashMap::new();
        for segment in data {
            let seconds = segment["seconds"].as_i64().unwrap();
            assert_eq!(seconds % 60, 0);
            *minutes.entry(segment["level"].as_str().unwrap()).or_default() += seconds / 60;
        }
        assert_eq!(minutes["asleep"], number(&record, "/minutesAsleep"));
        assert_eq!(minutes.get("restless").copied().unwrap_or(0), number(&record, "/minutesAwake"));
    }
}

#[test]
fn tables_are_rectangular_and_keep_missing_apart_from_zero() {
    let days: Vec<ObservedDay> = demo_days(DEMO_SEED);
    for (bytes, columns) in
        [(diary_csv::diary_csv(&days), diary_csv::COLUMNS.len()), (tables::wellness_csv(&days), 6)]
    {
        let text = String::from_utf8(bytes).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert_eq!(line.split(',').count(), columns, "{line}");
        }
    }
    let diary = String::from_utf8(diary_csv::diary_csv(&days)).unwrap();
    let evening_missed = days.iter().find(|day| day.morning.is_some() && day.evening.is_none()).unwrap();
    let line = diary.lines().find(|line| line.starts_with(&evening_missed.date.to_string())).unwrap();
    assert!(line.ends_with(",,,,,,,,,,,"), "{line}");
    let long = String::from_utf8(tables::tracker_csv(&days)).unwrap();
    assert!(long.lines().count() > 300 && long.contains("\"long drive, felt stiff\""));
}
