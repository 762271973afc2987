//! Turns nights and estimates into the rows that figures are drawn from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use nightmend_domain::estimate::LoopEstimate;
use nightmend_domain::{Day, DayEntry, Moment, Nap, Night, Role, Value, trackers};
use nightmend_report::figure::{IntervalRow, NightRow, PainMark};
use nightmend_sleep::Assembly;

/// Both arrows as intervals.
#[must_use]
pub fn arrow_rows(estimate: &LoopEstimate) -> [IntervalRow; 2] {
    [
        IntervalRow::of_arrow("Sleep → pain", &estimate.sleep_to_pain),
        IntervalRow::of_arrow("Pain → sleep", &estimate.pain_to_sleep),
    ]
}

/// One row a night, with its naps and the pain of its day.
#[must_use]
pub fn night_rows(assembly: &Assembly) -> Vec<NightRow> {
    let mut naps: BTreeMap<Date, Vec<Nap>> = BTreeMap::new();
    for nap in &assembly.naps {
        // A nap of the afternoon stands in the row of the night that follows, which begins at noon.
        for date in [Some(nap.date), nap.date.tomorrow().ok()].into_iter().flatten() {
            naps.entry(date).or_default().push(nap.clone());
        }
    }
    let pains = pains(&assembly.days);
    let row = |night: &Night| {
        let date = night.date.date();
        NightRow::of(night, naps.get(&date).map_or(&[], Vec::as_slice), pains.get(&date).copied())
    };
    assembly.nights.iter().map(row).collect()
}

/// The pain to show beside each night: back pain, or the only pain that is followed; on waking where it is known.
fn pains(days: &[Day]) -> BTreeMap<Date, PainMark> {
    let entries = || days.iter().flat_map(|day| day.entries.iter().map(move |entry| (day.date, entry)));
    let names: BTreeSet<&str> = entries()
        .filter(|(_, entry)| entry.role == Role::Pain)
        .map(|(_, entry)| entry.tracker.as_str())
        .collect();
    let shown = match names.len() {
        1 => names.first().copied(),
        _ => names.get(trackers::BACK_PAIN).copied(),
    };
    let mut pains: BTreeMap<Date, (u8, PainMark)> = BTreeMap::new();
    for (date, entry) in entries().filter(|(_, entry)| Some(entry.tracker.as_str()) == shown) {
        let rank = rank(entry.moment);
        if let Some(mark) = mark(entry)
            && pains.get(&date).is_none_or(|(known, _)| rank < *known)
        {
            pains.insert(date, (rank, mark));
        }
    }
    pains.into_iter().map(|(date, (_, mark))| (date, mark)).collect()
}

const fn rank(moment: Moment) -> u8 {
    match moment {
        Moment::Waking => 0,
        Moment::Day => 1,
        Moment::Bedtime => 2,
        Moment::Now => 3,
        Moment::Worst => 4,
    }
}

fn mark(entry: &DayEntry) -> Option<PainMark> {
    match &entry.value {
        Value::Nrs(score) => Some(PainMark { value: score.get(), minimum: 0.0, maximum: 10.0 }),
        Value::Rating(rating) => Some(PainMark {
            value: rating.badness(),
            minimum: rating.scale().minimum(),
            maximum: rating.scale().maximum(),
        }),
        _ => None,
    }
}
