//! Turns nights and estimates into the rows that figures are drawn from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use nightmend_domain::estimate::LoopEstimate;
use nightmend_domain::{Day, DayEntry, Moment, Nap, Night, Role, Value, trackers};
use nightmend_report::figure::{IntervalRow, NightRow, PainMark};
use nightmend_sleep::{Assembly, DateRange, FreeDays, summarise};

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
    let shown = shown_pain(&assembly.days).shown;
    rows_of(&assembly.nights, &assembly.naps, &assembly.days, shown)
}

/// As [`night_rows`], for the nights of some dates of a long record, both included: takes the time of those dates and
/// not of the whole record. `shown` is the pain to show, as [`shown_pain`] finds it in the whole record.
#[must_use]
pub fn night_rows_between(assembly: &Assembly, from: Date, to: Date, shown: Option<&str>) -> Vec<NightRow> {
    // A nap of the afternoon before stands in the row of the first night.
    let naps_from = from.yesterday().unwrap_or(from);
    rows_of(
        between(&assembly.nights, from, to, |night| night.date.date()),
        between(&assembly.naps, naps_from, to, |nap| nap.date),
        between(&assembly.days, from, to, |day| day.date),
        shown,
    )
}

/// The items of some dates, both included, of items in the order of their dates.
pub(crate) fn between<T>(items: &[T], from: Date, to: Date, date: impl Fn(&T) -> Date) -> &[T] {
    let first = items.partition_point(|item| date(item) < from);
    let end = items.partition_point(|item| date(item) <= to);
    items.get(first..end).unwrap_or_default()
}

fn rows_of(nights: &[Night], all_naps: &[Nap], days: &[Day], shown: Option<&str>) -> Vec<NightRow> {
    let mut naps: BTreeMap<Date, Vec<Nap>> = BTreeMap::new();
    for nap in all_naps {
        // A nap of the afternoon stands in the row of the night that follows, which begins at noon.
        for date in [Some(nap.date), nap.date.tomorrow().ok()].into_iter().flatten() {
            naps.entry(date).or_default().push(nap.clone());
        }
    }
    let pains = pains(days, shown);
    let row = |night: &Night| {
        let date = night.date.date();
        NightRow::of(night, naps.get(&date).map_or(&[], Vec::as_slice), pains.get(&date).copied())
    };
    nights.iter().map(row).collect()
}

/// Hours asleep by date of waking, where known.
#[must_use]
pub fn hours_by_date(nights: &[Night]) -> BTreeMap<Date, f64> {
    nights.iter().filter_map(|night| Some((night.date.date(), night.tst?.hours()))).collect()
}

/// The pain that is shown, by date, with the ends of its scale.
#[must_use]
pub fn pain_by_date(days: &[Day], shown: Option<&str>) -> BTreeMap<Date, PainMark> {
    pains(days, shown)
}

/// Which of the pains that are followed stands beside the nights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPain<'a> {
    /// The tracker that is shown: back pain, or the only one there is.
    pub shown: Option<&'a str>,
    /// All that are followed, by name.
    pub followed: BTreeSet<&'a str>,
}

/// Which pain [`night_rows`] shows.
#[must_use]
pub fn shown_pain(days: &[Day]) -> ShownPain<'_> {
    let followed: BTreeSet<&str> = days
        .iter()
        .flat_map(|day| &day.entries)
        .filter(|entry| entry.role == Role::Pain)
        .map(|entry| entry.tracker.as_str())
        .collect();
    let shown = match followed.len() {
        1 => followed.first().copied(),
        _ => followed.get(trackers::BACK_PAIN).copied(),
    };
    ShownPain { shown, followed }
}

/// On how many of these nights the middle of sleep can be known.
#[must_use]
pub fn nights_with_mid_sleep(nights: &[Night]) -> u32 {
    let (Some(first), Some(last)) = (nights.first(), nights.last()) else { return 0 };
    let range = DateRange { from: first.date.date(), to: last.date.date() };
    summarise(nights, &[], range, &FreeDays::default()).mid_sleep.map_or(0, |middle| middle.count)
}

/// The pain to show beside each night; on waking where it is known.
fn pains(days: &[Day], shown: Option<&str>) -> BTreeMap<Date, PainMark> {
    let entries = || days.iter().flat_map(|day| day.entries.iter().map(move |entry| (day.date, entry)));
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
