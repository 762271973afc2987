//! Keeps the laws of the assembly: order does not matter, a week later is a week later, nothing overlaps.

// The crate itself touches no file; its tests read theirs.
#![allow(clippy::disallowed_methods)]

mod common;

use jiff::{SignedDuration, ToSpan};
use nightmend_domain::*;
use nightmend_sleep::{Assembly, assemble};
use proptest::prelude::*;

const SOURCES: [&str; 5] = ["watch", "ring", "check-in", "diary", "table"];

/// Source, mark, day, offsets of the five times, four lengths, shape.
type Seed = (usize, u8, i64, [Option<i64>; 5], [Option<u32>; 4], u8);

/// A random record around a random date, more or less a night, often odd.
fn random_sleep() -> impl Strategy<Value = Seed> {
    (
        0..SOURCES.len(),
        0_u8..3,
        0_i64..12,
        proptest::array::uniform5(proptest::option::weighted(0.7, -900_i64..1_200)),
        proptest::array::uniform4(proptest::option::weighted(0.4, 0_u32..700)),
        0_u8..5,
    )
}

/// Minutes from midnight of the date for the five times, so that most nights are ordinary and some absurd.
fn build(number: usize, (source, kind, day, times, lengths, shape): Seed) -> Observation {
    let date = jiff::civil::date(2024, 6, 1) + SignedDuration::from_hours(24 * day);
    let base = date.to_datetime(jiff::civil::Time::midnight());
    let typical = [-90_i64, -60, -45, 400, 420];
    let at = |place: usize| {
        let minute = match shape {
            // Near a typical night, by up to four hours.
            0..=2 => times[place].map(|offset| typical[place] + offset / 4 / (1 + place as i64 % 2)),
            // Anything, mostly out of order.
            3 => times[place],
            // In order and up to 24 h long, over neighbouring dates.
            _ => {
                let length = times[4].unwrap_or(0) + 900;
                let start = times[0].unwrap_or(0);
                Some(if place < 3 { start } else { start + length * 2 / 3 + 1 })
            }
        };
        let civil = base + SignedDuration::from_mins(minute?);
        match source {
            4 => OffsetTimestamp::from_civil_without_zone(civil).ok(),
            _ => {
                let offset = jiff::tz::Offset::constant(2);
                offset.to_timestamp(civil).ok().map(|t| OffsetTimestamp::new(t, offset, ZoneBasis::Stated))
            }
        }
    };
    let method = [
        SleepMethod::Device,
        SleepMethod::Device,
        SleepMethod::Diary,
        SleepMethod::Diary,
        SleepMethod::Unstated,
    ];
    let kinds = [SleepKind::Main, SleepKind::Nap, SleepKind::Unstated];
    let length = |place: usize| lengths[place].and_then(|m| Minutes::new(f64::from(m)).ok());
    let record = SleepRecord {
        in_bed: at(0),
        try_sleep: at(1),
        sleep_onset: if source < 2 { at(2) } else { None },
        final_awakening: at(3),
        out_of_bed: at(4),
        sleep_onset_latency: length(0).and_then(|m| Minutes::new(m.get() / 8.0).ok()),
        wake_after_sleep_onset: length(1).and_then(|m| Minutes::new(m.get() / 4.0).ok()),
        total_sleep_time: length(2),
        time_in_bed: length(3),
        ..SleepRecord::unknown(method[source], kinds[usize::from(kind)])
    };
    Observation {
        key: RecordKey::new(&format!("random/{number}")).unwrap(),
        date,
        at: None,
        fact: Fact::Sleep(Box::new(record)),
        provenance: Provenance {
            source: SourceName::new(SOURCES[source]).unwrap(),
            place: format!("line {number}"),
        },
    }
}

fn observations(seeds: Vec<Seed>) -> Vec<Observation> {
    seeds.into_iter().enumerate().map(|(number, seed)| build(number, seed)).collect()
}

fn check(assembly: &Assembly) -> Result<(), TestCaseError> {
    let nights = &assembly.nights;
    prop_assert!(nights.windows(2).all(|pair| pair[0].date < pair[1].date), "ordered, one a date");
    let mut last_end: Option<OffsetTimestamp> = None;
    for night in nights {
        if let (Some(tst), Some(spt)) = (night.tst, night.spt) {
            prop_assert!(tst <= spt, "{night:?}");
        }
        if let (Some(tst), Some(waso), Some(spt)) = (night.tst, night.waso, night.spt) {
            prop_assert!(tst.get() + waso.get() <= spt.get() + 1.01, "{night:?}");
        }
        for length in [night.tst, night.waso, night.sol, night.tib, night.spt].into_iter().flatten() {
            prop_assert!(length.get() <= 1_440.0, "{night:?}");
        }
        prop_assert!(night.sol.is_none() || night.try_sleep.is_some(), "{night:?}");
        prop_assert!(night.se.is_none() || night.tib.is_some(), "{night:?}");
        prop_assert!(!night.decisions.is_empty());
        if let (Some(start), Some(end)) = (night.sleep_onset, night.final_awakening) {
            // By the clock on the wall, since one source has no zone; all others share one offset.
            prop_assert!(start.civil() < end.civil(), "{night:?}");
            if let Some(last) = last_end {
                prop_assert!(last.civil() <= start.civil(), "{nights:#?}");
            }
            last_end = Some(end);
        }
    }
    Ok(())
}

/// Every time and date of an assembly, moved by days, with its texts left out where they name dates.
fn moved(assembly: &Assembly, days: i64) -> Assembly {
    let shift = SignedDuration::from_hours(24 * days);
    let time = |t: Option<OffsetTimestamp>| {
        t.map(|t| OffsetTimestamp::new(t.timestamp() + shift, t.offset(), t.basis()))
    };
    let mut assembly = assembly.clone();
    for night in &mut assembly.nights {
        night.date = NightDate::of_waking(night.date.date().saturating_add(days.days()));
        (night.in_bed, night.try_sleep) = (time(night.in_bed), time(night.try_sleep));
        (night.sleep_onset, night.final_awakening) = (time(night.sleep_onset), time(night.final_awakening));
        night.out_of_bed = time(night.out_of_bed);
        night.decisions.iter_mut().for_each(|decision| decision.reason = without_dates(&decision.reason));
    }
    for nap in &mut assembly.naps {
        nap.date = nap.date.saturating_add(days.days());
        (nap.start, nap.end) = (time(nap.start), time(nap.end));
    }
    for note in &mut assembly.account.notes {
        note.date = note.date.saturating_add(days.days());
        note.decision.reason = without_dates(&note.decision.reason);
    }
    assembly
}

fn without_dates(text: &str) -> String {
    text.split_inclusive([' ', '`', ';', ','])
        .map(|word| if word.starts_with("2024-") { "DATE " } else { word })
        .collect()
}

fn later(observation: &Observation, days: i64) -> Observation {
    let shift = SignedDuration::from_hours(24 * days);
    let time = |t: Option<OffsetTimestamp>| {
        t.map(|t| OffsetTimestamp::new(t.timestamp() + shift, t.offset(), t.basis()))
    };
    let mut observation = observation.clone();
    observation.date = observation.date.saturating_add(days.days());
    if let Fact::Sleep(record) = &mut observation.fact {
        record.in_bed = time(record.in_bed);
        record.try_sleep = time(record.try_sleep);
        record.sleep_onset = time(record.sleep_onset);
        record.final_awakening = time(record.final_awakening);
        record.out_of_bed = time(record.out_of_bed);
    }
    observation
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn nothing_overlaps_and_nothing_is_longer_than_its_frame(seeds in proptest::collection::vec(random_sleep(), 0..50)) {
        check(&assemble(&observations(seeds), &SleepSettings::default()))?;
    }

    #[test]
    fn the_order_of_reading_does_not_matter(
        (seeds, shuffled) in proptest::collection::vec(random_sleep(), 0..40)
            .prop_map(observations)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        let settings = SleepSettings::default();
        prop_assert_eq!(assemble(&seeds, &settings), assemble(&shuffled, &settings));
    }

    #[test]
    fn a_week_later_is_a_week_later(seeds in proptest::collection::vec(random_sleep(), 0..40)) {
        let settings = SleepSettings::default();
        let now = observations(seeds);
        // Three weeks of June and July, away from every clock change.
        let then: Vec<Observation> = now.iter().map(|o| later(o, 7)).collect();
        prop_assert_eq!(moved(&assemble(&now, &settings), 7), moved(&assemble(&then, &settings), 0));
    }
}

#[test]
fn entries_in_any_order_make_the_same_days() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/days.in")).unwrap();
    let case = common::read_case(&text);
    let forwards = assemble(&case.observations, &case.settings);
    let mut turned = case.observations.clone();
    turned.reverse();
    assert_eq!(assemble(&turned, &case.settings), forwards);
    turned.rotate_left(5);
    assert_eq!(assemble(&turned, &case.settings), forwards);
}

#[test]
fn every_decision_is_a_sentence_without_forbidden_words() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "in") {
            continue;
        }
        let case = common::read_case(&std::fs::read_to_string(&path).unwrap());
        let assembly = assemble(&case.observations, &case.settings);
        let of_nights = assembly.nights.iter().flat_map(|night| &night.decisions);
        for decision in of_nights.chain(assembly.account.notes.iter().map(|note| &note.decision)) {
            assert!(!decision.about.is_empty() && !decision.reason.is_empty());
            for word in ["normal", "diagnos", "detect", "causes", "effective", "NaN", "  "] {
                assert!(!decision.reason.contains(word), "{word}: {}", decision.reason);
            }
        }
    }
}

#[test]
fn the_account_counts_what_was_done() {
    let read = |name: &str| {
        let path = format!("{}/testdata/{name}.in", env!("CARGO_MANIFEST_DIR"));
        let case = common::read_case(&std::fs::read_to_string(path).unwrap());
        assemble(&case.observations, &case.settings).account
    };
    let twice = read("told_twice");
    assert_eq!((twice.sleep_records, twice.nights), (4, 3));
    assert_eq!((twice.duplicates, twice.records_without_their_times), (1, 1));
    let pieces = read("split_night_and_person");
    assert_eq!((pieces.pieces_joined, pieces.told_again, pieces.nights, pieces.naps), (1, 2, 2, 1));
    let lengths = read("only_lengths");
    assert_eq!((lengths.empty_records, lengths.nights), (1, 7));
    let naps = read("naps");
    assert_eq!(naps.usual_mid_sleep.unwrap().learned_from, None);
    assert_eq!((naps.nights, naps.naps, naps.marks_overruled), (2, 3, 2));
    let days = read("days");
    assert_eq!((days.entries, days.entries_of_later_sources, days.nights_of_quality_alone), (21, 1, 1));
}
