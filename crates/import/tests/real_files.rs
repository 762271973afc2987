//! Reads real exports, where they are at hand, and compares counts with those of another tool.
//!
//! The figures come from Python's `json` and `csv` modules over the same files. Not tested here: what nights and
//! days become of these records.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and may speak")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use nightmend_domain::{Fact, Value};
use nightmend_import::Item;
use nightmend_import::table::{self, TableMap};
use support::{SmallStore, read_shared, shared_data};

fn records(items: &[Item]) -> impl Iterator<Item = &nightmend_import::Record> {
    items.iter().filter_map(|item| match item {
        Item::Record(record) => Some(record),
        _ => None,
    })
}

#[test]
fn pmdata_sleep_logs_are_all_read_and_36_repeats_are_known() {
    let Some(data) = shared_data() else { return };
    let expected = [
        ("p01", 155),
        ("p02", 158),
        ("p03", 84),
        ("p05", 133),
        ("p06", 165),
        ("p07", 161),
        ("p10", 103),
        ("p12", 8),
        ("p13", 57),
        ("p16", 153),
    ];
    let mut known = 0;
    for (person, logs) in expected {
        let path = data.join("pmdata").join(person).join("fitbit/sleep.json");
        let (items, account) = read_shared(&path, None, Some("Europe/Oslo"));
        assert_eq!((account.read, account.refused), (logs, 0), "{person}: {items:?}");
        let mut store = SmallStore::default();
        store.append(&items);
        assert_eq!(store.superseded, 0, "{person}");
        known += store.known;
        store.append(&items);
        assert_eq!(store.kept + store.known, 2 * logs, "{person}: a second import changes nothing");
    }
    assert_eq!(known, 36);
}

#[test]
fn a_spring_night_loses_the_hour_that_did_not_happen() {
    let Some(data) = shared_data() else { return };
    let (items, _) = read_shared(&data.join("pmdata/p05/fitbit/sleep.json"), None, Some("Europe/Oslo"));
    let night = records(&items)
        .find(|record| record.observation.key.as_str() == "sleep/26515420272")
        .and_then(|record| match &record.observation.fact {
            Fact::Sleep(sleep) => Some(sleep.as_ref().clone()),
            _ => None,
        })
        .unwrap();
    // 23:56 to 06:20 by the clock is 6 h 24, of which one hour did not happen.
    let (onset, end) = (night.sleep_onset.unwrap(), night.final_awakening.unwrap());
    assert_eq!(end.to_string(), "2020-03-29T06:20:00+02:00");
    assert!(onset.minutes_until(end).unwrap().get() <= 324.0);
    assert_eq!(night.total_sleep_time.unwrap().get(), 285.0);
}

#[test]
fn classic_logs_are_read() {
    let Some(data) = shared_data() else { return };
    let (items, account) =
        read_shared(&data.join("exports/fitbit_isa/sleep.json"), None, Some("America/New_York"));
    assert_eq!((account.read, account.refused), (86, 0), "{items:?}");
    // Three logs contradict themselves: their levels give 26 minutes less, 21 and 1 more asleep than minutesAsleep.
    let contradictions = items.iter().filter(|item| matches!(item, Item::Warning(_))).count();
    assert_eq!(contradictions, 2);
    let mut far = 0;
    for record in records(&items) {
        let Fact::Sleep(sleep) = &record.observation.fact else { panic!() };
        let span = sleep.sleep_onset.unwrap().minutes_until(sleep.final_awakening.unwrap()).unwrap();
        let parts = sleep.total_sleep_time.unwrap().get() + sleep.wake_after_sleep_onset.unwrap().get();
        far += usize::from((span.get() - parts).abs() > 0.6);
    }
    assert_eq!(far, 3);
}

#[test]
fn pmdata_wellness_is_read_by_its_map() {
    let Some(data) = shared_data() else { return };
    // Per person: filled cells that are not 0, each sore area by itself; cells that are 0 or an empty list.
    let expected: [(&str, u64, u64); 10] = [
        ("p01", 1091, 78),
        ("p02", 701, 91),
        ("p03", 580, 79),
        ("p05", 890, 207),
        ("p06", 1060, 133),
        ("p07", 949, 125),
        ("p10", 739, 73),
        ("p12", 652, 55),
        ("p13", 571, 50),
        ("p16", 577, 80),
    ];
    for (person, records_expected, missing) in expected {
        let path = data.join("pmdata").join(person).join("pmsys/wellness.csv");
        let (items, account) = read_shared(&path, Some("pmdata-wellness.toml"), None);
        assert_eq!(
            (account.read, account.missing, account.refused, account.unmapped),
            (records_expected, missing, 0, 0),
            "{person}"
        );
        assert!(records(&items).all(|record| record.person.as_ref().unwrap().as_str() == person));
    }
}

#[test]
fn the_visible_year_is_read_by_its_map() {
    let Some(data) = shared_data() else { return };
    let path = data.join("visible_longcovid/visible_2024-04_2025-04.csv");
    let (items, account) = read_shared(&path, Some("visible.toml"), Some("Europe/Oslo"));
    assert_eq!((account.read, account.refused, account.missing), (11_632, 0, 0));
    // 27 Funcap questions, 13 times each.
    assert_eq!(account.unmapped, 27 * 13);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for record in records(&items) {
        if let Fact::Entry(entry) = &record.observation.fact {
            *counts.entry(entry.tracker.as_str()).or_default() += 1;
        }
    }
    assert_eq!(
        (counts["Sleep"], counts["Headache"], counts["HR Variability"], counts["Note"]),
        (366, 353, 357, 16)
    );
    let zero = records(&items)
        .filter(|record| match &record.observation.fact {
            Fact::Entry(entry) if entry.tracker.as_str() == "Sleep" => {
                matches!(entry.value, Value::Rating(rating) if rating.value() == 0.0 && rating.badness() == 0.0)
            }
            _ => false,
        })
        .count();
    assert_eq!(zero, 270);
}

#[test]
fn a_longer_export_of_the_same_pains_is_known_as_far_as_it_goes() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("myaiguide");
    for (map, old, new, expected) in [
        (
            "myaiguide-pain.toml",
            "Participant8Anonymized/Participant8Pain.csv",
            "Participant8Anonymized/Participant8PainNew.csv",
            (1_736 + 662, 1_736, 0),
        ),
        (
            "myaiguide-pain.toml",
            "Participant2Anonymized/Participant2Pain.csv",
            "Participant2Anonymized/Participant2PainNew.csv",
            (562 + 367, 562, 0),
        ),
    ] {
        let mut store = SmallStore::default();
        for file in [old, new] {
            let (items, account) = read_shared(&folder.join(file), Some(map), None);
            assert_eq!((account.refused, account.unmapped), (0, 0), "{file}");
            store.append(&items);
        }
        assert_eq!(store.split(), expected, "{new}");
    }
}

#[test]
fn ticks_of_poor_sleep_are_never_a_good_night() {
    let Some(data) = shared_data() else { return };
    let path = data.join("myaiguide/Participant8Anonymized/Participant8ObservationsNew.csv");
    let (items, account) = read_shared(&path, Some("myaiguide-observations.toml"), None);
    assert_eq!((account.read, account.refused, account.missing), (512, 0, 16));
    let poor: Vec<bool> = records(&items)
        .filter_map(|record| match &record.observation.fact {
            Fact::Entry(entry) if entry.tracker.as_str() == "Poor sleep" => match entry.value {
                Value::Tick { yes, .. } => Some(yes),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(poor.len(), 84);
    assert!(poor.iter().all(|yes| *yes));
}

#[test]
fn eight_years_of_pain_with_blanks_to_fill_down_are_read() {
    let Some(data) = shared_data() else { return };
    let path = data.join("myaiguide/Participant1/pain.csv");
    let (items, account) = read_shared(&path, Some("myaiguide-p1-pain.toml"), None);
    assert_eq!(
        (account.read, account.refused),
        (11_826 + 30, 0),
        "{:?}",
        items.iter().find(|i| !matches!(i, Item::Record(_)))
    );
    assert_eq!(account.unmapped, 79);
    let dates: BTreeSet<_> = records(&items).map(|record| record.observation.date).collect();
    assert_eq!(dates.first().unwrap().to_string(), "2015-11-25");
}

#[test]
fn the_other_worked_examples_fit_their_tables() {
    let Some(data) = shared_data() else { return };
    for (path, map, read) in [
        ("exports/fitabase/sleepDay_merged.csv", "fitabase-sleepday.toml", 413),
        ("myaiguide/Participant9Anonymized/Participant9Pain.csv", "myaiguide-p9-pain.toml", 66),
        (
            "myaiguide/Participant1/dailyFitBitPerMonth/fitbit_export_2016_09.csv",
            "fitbit-daily-en.toml",
            30 * 9,
        ),
        (
            "myaiguide/Participant1/dailyFitBitPerMonth/fitbit_export_2022_01.csv",
            "fitbit-daily-fr.toml",
            31 * 9,
        ),
    ] {
        let (items, account) = read_shared(&data.join(path), Some(map), None);
        let refused = items.iter().find(|item| matches!(item, Item::Refused(_)));
        assert_eq!((account.read, account.refused, account.unmapped), (read, 0, 0), "{path}: {refused:?}");
    }
}

#[test]
fn days_that_were_reported_twice_keep_the_later_row() {
    let Some(data) = shared_data() else { return };
    let (items, account) =
        read_shared(&data.join("pmdata/p02/googledocs/reporting.csv"), Some("pmdata-reporting.toml"), None);
    assert_eq!((account.refused, account.unmapped), (0, 0));
    let dates: BTreeSet<_> = records(&items).map(|record| record.observation.date).collect();
    assert_eq!(dates.len(), 87);
}

#[test]
fn a_proposal_is_made_for_every_table_at_hand() {
    let Some(data) = shared_data() else { return };
    for path in [
        "pmdata/p01/pmsys/wellness.csv",
        "pmdata/p01/googledocs/reporting.csv",
        "visible_longcovid/visible_2024-04_2025-04.csv",
        "myaiguide/Participant8Anonymized/Participant8PainNew.csv",
        "exports/fitabase/sleepDay_merged.csv",
    ] {
        let bytes = std::fs::read(data.join(path)).unwrap();
        let proposal = table::propose(&mut &bytes[..], path).unwrap();
        let map = TableMap::parse(&proposal.toml_text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut settings = support::settings(Some("Europe/Oslo"));
        settings.map = Some(map);
        let (items, account) = support::read_bytes("table", &bytes, &settings);
        let refused = items.iter().find(|item| matches!(item, Item::Refused(_)));
        assert_eq!(account.unwrap().refused, 0, "{path}: {refused:?}");
    }
}
