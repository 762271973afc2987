//! Assembles the days: the value of each tracker and moment of a date, by the order of sources and the rule for
//! several values.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use nightmend_domain::{
    Day, DayEntry, Entry, Moment, Nrs, Observation, OffsetTimestamp, Rating, Several, SleepSettings, Value,
};

use crate::account::{DatedDecision, SleepAccount};
use crate::order::SourceOrder;
use crate::telling::{in_zone_of_person, is_recalled};
use crate::words::decision;

/// One entry with what orders it.
#[derive(Debug, Clone, Copy)]
struct Said<'a> {
    /// Date, tracker, moment and source in one number, in this order: quick to compare.
    place: u128,
    rank: u32,
    at: Option<OffsetTimestamp>,
    observation: &'a Observation,
    entry: &'a Entry,
}

/// Assembles the days from all entries.
pub(crate) fn assemble(
    entries: &[(&Observation, &Entry)],
    settings: &SleepSettings,
    account: &mut SleepAccount,
) -> Vec<Day> {
    let said = in_order(entries, settings);
    account.entries += u32::try_from(said.len()).unwrap_or(u32::MAX);
    said.chunk_by(|a, b| a.observation.date == b.observation.date)
        .filter_map(|of_date| {
            let mut entries = Vec::with_capacity(of_date.len());
            for of_moment in of_date.chunk_by(|a, b| a.place >> 32 == b.place >> 32) {
                take_moment(of_moment, &mut entries, account);
            }
            Some(Day { date: of_date.first()?.observation.date, entries })
        })
        .collect()
}

/// The entries by date, tracker, moment, source, time, place in the source; nothing depends on the order of reading.
fn in_order<'a>(entries: &[(&'a Observation, &'a Entry)], settings: &SleepSettings) -> Vec<Said<'a>> {
    // Sorting by number is quicker than by name. The numbers of trackers follow their names.
    let (tracker_numbers, trackers) = numbered(entries.iter().map(|(_, entry)| &entry.tracker));
    let (source_numbers, sources) = numbered(entries.iter().map(|(o, _)| &o.provenance.source));
    let mut by_name: Vec<usize> = (0..trackers.len()).collect();
    by_name.sort_by_key(|place| trackers.get(*place));
    let mut places = vec![0_u32; trackers.len()];
    for (place, number) in by_name.into_iter().zip(0_u32..) {
        if let Some(held) = places.get_mut(place) {
            *held = number;
        }
    }
    let order = SourceOrder::of_entries(sources.iter().copied(), settings);
    let ranks: Vec<u32> = sources.iter().map(|source| order.rank(source)).collect();
    let mut said: Vec<Said<'a>> = entries
        .iter()
        .zip(tracker_numbers.into_iter().zip(source_numbers))
        .map(|((observation, entry), (tracker, source))| {
            let tracker = places.get(tracker).copied().unwrap_or(u32::MAX);
            let rank = ranks.get(source).copied().unwrap_or(u32::MAX);
            let at = observation.at.map(|at| in_zone_of_person(at, &settings.zones));
            Said {
                place: place_of(observation.date, tracker, entry.moment, rank),
                rank,
                at,
                observation,
                entry,
            }
        })
        .collect();
    said.sort_unstable_by(|a, b| {
        let time = |s: &Said<'_>| s.at.map(OffsetTimestamp::timestamp);
        let written = |s: &Said<'_>| {
            let place = s.observation.provenance.place.as_str();
            (first_number(place), place.to_owned())
        };
        a.place
            .cmp(&b.place)
            .then_with(|| time(a).cmp(&time(b)))
            .then_with(|| written(a).cmp(&written(b)))
            .then_with(|| a.observation.key.cmp(&b.observation.key))
    });
    said
}

fn place_of(date: Date, tracker: u32, moment: Moment, rank: u32) -> u128 {
    // Days since the first year that can be written, so that the number is never negative.
    let day = u128::from(date.duration_since(Date::MIN).as_hours().unsigned_abs() / 24);
    (day << 72) | (u128::from(tracker) << 40) | (u128::from(moment as u8) << 32) | u128::from(rank)
}

/// The number of each name, in order of first sight, and the names by number.
fn numbered<'a, T: Eq + std::hash::Hash>(names: impl Iterator<Item = &'a T>) -> (Vec<usize>, Vec<&'a T>) {
    let mut known: HashMap<&'a T, usize> = HashMap::new();
    let mut by_number: Vec<&'a T> = Vec::new();
    let numbers = names
        .map(|name| {
            *known.entry(name).or_insert_with(|| {
                by_number.push(name);
                by_number.len() - 1
            })
        })
        .collect();
    (numbers, by_number)
}

/// The first number in `line 12`, so that line 9 stands before line 12.
fn first_number(place: &str) -> u64 {
    let digits = place.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Takes one tracker at one moment of one date: all texts, and of each other kind of value one.
fn take_moment(said: &[Said<'_>], entries: &mut Vec<DayEntry>, account: &mut SleepAccount) {
    if let [only] = said {
        entries.push(day_entry(only, only.entry.value.clone(), 1, only.at, &[only]));
        return;
    }
    let is_text = |s: &&Said<'_>| matches!(s.entry.value, Value::Text(_));
    let rank = said.iter().filter(|s| !is_text(s)).map(|s| s.rank).min();
    let mut kinds: BTreeMap<u8, Vec<&Said<'_>>> = BTreeMap::new();
    let mut seen: Vec<&Value> = Vec::new();
    for s in said.iter().filter(|s| !is_text(s) && Some(s.rank) == rank) {
        let kind = seen.iter().position(|value| same_kind(value, &s.entry.value)).unwrap_or_else(|| {
            seen.push(&s.entry.value);
            seen.len() - 1
        });
        kinds.entry(u8::try_from(kind).unwrap_or(u8::MAX)).or_default().push(s);
    }
    entries.extend(kinds.values().filter_map(|several| taken(several)));
    entries.extend(said.iter().filter(is_text).map(|s| day_entry(s, s.entry.value.clone(), 1, s.at, &[s])));
    explain_sources(said, rank, account);
}

fn explain_sources(said: &[Said<'_>], rank: Option<u32>, account: &mut SleepAccount) {
    let others: Vec<&Said<'_>> =
        said.iter().filter(|s| !matches!(s.entry.value, Value::Text(_)) && Some(s.rank) != rank).collect();
    let taken = said.iter().find(|s| Some(s.rank) == rank);
    let (Some(first), Some(taken)) = (others.first(), taken) else { return };
    account.entries_of_later_sources += u32::try_from(others.len()).unwrap_or(u32::MAX);
    let mut sources: Vec<&str> = others.iter().map(|s| s.observation.provenance.source.as_str()).collect();
    sources.dedup();
    let reason = format!(
        "{} of {} is taken; {} {} it too and {} not averaged with it; change the order with `nightmend sources`",
        first.entry.tracker,
        taken.observation.provenance.source,
        sources.join(", "),
        if sources.len() == 1 { "tells" } else { "tell" },
        if sources.len() == 1 { "is" } else { "are" },
    );
    account
        .notes
        .push(DatedDecision { date: first.observation.date, decision: decision("order of sources", reason) });
}

/// Whether two values are written in the same way, so that they can become one.
fn same_kind(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Nrs(_), Value::Nrs(_)) | (Value::Tick { .. }, Value::Tick { .. }) => true,
        (Value::Rating(a), Value::Rating(b)) => a.scale() == b.scale(),
        (Value::Quantity { unit: a, .. }, Value::Quantity { unit: b, .. }) => a == b,
        _ => false,
    }
}

/// Makes one value of several of the same kind, by the rule of the first.
fn taken(several: &[&Said<'_>]) -> Option<DayEntry> {
    let (first, last) = (several.first()?, several.last()?);
    let count = u32::try_from(several.len()).unwrap_or(u32::MAX);
    let one = |s: &Said<'_>| day_entry(s, s.entry.value.clone(), 1, s.at, &[s]);
    let alone = several.len() == 1;
    if let Value::Tick { direction, absence, .. } = first.entry.value {
        return Some(match first.entry.several {
            _ if alone => one(first),
            Several::First => one(first),
            Several::Replace | Several::Last => one(last),
            // Whether it was set at all is what a mean, sum or largest of ticks can mean.
            Several::Mean | Several::Max | Several::Sum => {
                let yes = several.iter().any(|s| matches!(s.entry.value, Value::Tick { yes: true, .. }));
                day_entry(first, Value::Tick { yes, direction, absence }, count, None, several)
            }
        });
    }
    let numbers: Vec<f64> = several.iter().filter_map(|s| number(&s.entry.value)).collect();
    let sum: f64 = numbers.iter().sum();
    let combined = |total: f64| with_number(&first.entry.value, total);
    Some(match first.entry.several {
        Several::First => one(first),
        _ if alone => one(first),
        Several::Replace | Several::Last => one(last),
        Several::Mean => combined(sum / f64::from(count))
            .map_or_else(|| one(last), |value| day_entry(first, value, count, None, several)),
        // A sum that leaves its scale (two pain scores) means nothing; the largest is the nearest that does.
        Several::Sum => match combined(sum) {
            Some(value) => day_entry(first, value, count, None, several),
            None => largest(several, count)?,
        },
        Several::Max => largest(several, count)?,
    })
}

fn largest(several: &[&Said<'_>], count: u32) -> Option<DayEntry> {
    let value = |s: &Said<'_>| number(&s.entry.value).unwrap_or(f64::NEG_INFINITY);
    // Of equals the first in time, since `max_by` takes the last of them.
    let top = several.iter().rev().max_by(|a, b| value(a).total_cmp(&value(b)))?;
    Some(day_entry(top, top.entry.value.clone(), count, top.at, several))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Nrs(score) => Some(score.get()),
        Value::Rating(rating) => Some(rating.value()),
        Value::Quantity { value, .. } => Some(*value),
        Value::Tick { .. } | Value::Text(_) => None,
    }
}

fn with_number(like: &Value, number: f64) -> Option<Value> {
    match like {
        Value::Nrs(_) => Nrs::new(number).ok().map(Value::Nrs),
        Value::Rating(rating) => Rating::new(number, rating.scale()).ok().map(Value::Rating),
        Value::Quantity { unit, .. } => {
            number.is_finite().then(|| Value::Quantity { value: number, unit: unit.clone() })
        }
        Value::Tick { .. } | Value::Text(_) => None,
    }
}

fn day_entry(
    of: &Said<'_>,
    value: Value,
    count: u32,
    at: Option<OffsetTimestamp>,
    used: &[&Said<'_>],
) -> DayEntry {
    DayEntry {
        tracker: of.entry.tracker.clone(),
        role: of.entry.role,
        moment: of.entry.moment,
        value,
        count,
        source: of.observation.provenance.source.clone(),
        at,
        recalled: used.iter().any(|s| s.at.is_some_and(|at| is_recalled(at, s.observation.date))),
    }
}
