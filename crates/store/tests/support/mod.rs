//! Makes folders, persons and observations for the tests and benchmarks of the store.
#![allow(dead_code)]

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use nightmend_domain::{
    Fact, Minutes, Observation, OffsetTimestamp, PersonName, Provenance, RecordKey, SleepKind, SleepMethod,
    SleepRecord, SourceName, Stage, StageMinutes, StageSegment, Zone, ZoneBasis, trackers,
};
use nightmend_store::{ImportDescription, ImportReceipt, Store};

/// The person of most tests.
pub fn me() -> PersonName {
    person("me")
}

/// A person.
pub fn person(name: &str) -> PersonName {
    PersonName::new(name).unwrap()
}

/// A source.
pub fn source(name: &str) -> SourceName {
    SourceName::new(name).unwrap()
}

/// A key.
pub fn key(text: &str) -> RecordKey {
    RecordKey::new(text).unwrap()
}

/// An instant that many minutes after noon of 1 May 2024.
pub fn at(minutes: i64) -> Timestamp {
    "2024-05-01T12:00:00Z".parse::<Timestamp>().unwrap() + minutes.minutes()
}

/// A date.
pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The pain on waking on a date.
pub fn pain(source_name: &str, day: &str, score: f64) -> Observation {
    Observation {
        key: key(&format!("{day}/waking/back pain")),
        date: date(day),
        at: None,
        fact: Fact::Entry(trackers::PAIN_WAKING.number(score).unwrap()),
        provenance: Provenance { source: source(source_name), place: String::new() },
    }
}

/// A text.
pub fn note(source_name: &str, day: &str, text: &str) -> Observation {
    Observation {
        key: key(&format!("{day}/note")),
        fact: Fact::Entry(trackers::NOTE.text(text)),
        ..pain(source_name, day, 0.0)
    }
}

/// The same key, withdrawn.
pub fn withdrawn(of: &Observation) -> Observation {
    Observation { fact: Fact::Withdrawn, ..of.clone() }
}

/// The same observation, found at another place.
pub fn placed(mut observation: Observation, place: &str) -> Observation {
    observation.provenance.place = place.to_owned();
    observation
}

/// Imports records as one file.
pub fn import(
    store: &mut Store,
    person: &PersonName,
    records: &[Observation],
    when: Timestamp,
) -> ImportReceipt {
    let description = ImportDescription { when, paths: vec!["table.csv".to_owned()] };
    let mut session = store.begin_import(&description).unwrap();
    session.begin_file("table.csv".as_ref(), "table");
    for record in records {
        session.append(person, record).unwrap();
    }
    session.end_file(Some([7; 32]), 0);
    session.commit().unwrap()
}

/// A night of a wearable with its run of stages.
pub fn night(source_name: &str, waking: Date, number: i64) -> Observation {
    let zone = Zone::named("Europe/London").unwrap();
    let midnight = waking.to_zoned(zone.rules().clone()).unwrap().timestamp();
    let stamp =
        |minutes: i64| OffsetTimestamp::in_zone(midnight + minutes.minutes(), &zone, ZoneBasis::Stated);
    let minutes = |value: f64| Some(Minutes::new(value).unwrap());
    let stages = [Stage::Light, Stage::Deep, Stage::Light, Stage::Rem, Stage::Wake];
    let segments = (0..40)
        .map(|index| StageSegment {
            start: stamp(-30 + 12 * index),
            length: Minutes::new(12.0).unwrap(),
            stage: stages[(index + number) as usize % 5],
        })
        .collect();
    let sleep = SleepRecord {
        in_bed: Some(stamp(-40)),
        sleep_onset: Some(stamp(-30)),
        final_awakening: Some(stamp(450)),
        out_of_bed: Some(stamp(460)),
        wake_after_sleep_onset: minutes(f64::from((number % 50) as i32)),
        total_sleep_time: minutes(400.0),
        awakenings: Some(3),
        stages: Some(StageMinutes {
            deep: minutes(80.0),
            light: minutes(200.0),
            rem: minutes(100.0),
            wake: None,
        }),
        segments,
        ..SleepRecord::unknown(SleepMethod::Device, SleepKind::Main)
    };
    Observation {
        key: key(&format!("sleep/{}", 24_486_013_387_i64 + number)),
        date: waking,
        at: Some(stamp(460)),
        fact: Fact::Sleep(Box::new(sleep)),
        provenance: Provenance { source: source(source_name), place: format!("record {number}") },
    }
}

/// Five years of three sources: 5 478 nights and 29 216 entries.
pub fn five_years() -> Vec<Observation> {
    let mut records = Vec::new();
    let first = date("2019-01-01");
    for day in 0..1_826 {
        let waking = first + day.days();
        for (index, name) in ["fitbit", "diary", "ring"].into_iter().enumerate() {
            records.push(night(name, waking, day * 3 + index as i64));
        }
        for (index, tracker) in
            trackers::ALL.iter().filter(|each| each.kind != trackers::Kind::Text).enumerate()
        {
            let value = f64::from((day as i32 + index as i32) % 2);
            let tracker_value = if tracker.number(value).is_ok() { value } else { 1.0 };
            records.push(Observation {
                key: key(&format!("{waking}/{index}/{}", tracker.name)),
                date: waking,
                at: Some(night("x", waking, 0).at.unwrap()),
                fact: Fact::Entry(tracker.number(tracker_value).unwrap()),
                provenance: Provenance { source: source("diary"), place: format!("line {}", day + 2) },
            });
        }
    }
    records
}
