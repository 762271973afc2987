//! Assembles the nights, naps and days of one person from what all sources tell.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nightmend_domain::{
    Day, DayEntry, Entry, Fact, FactKind, Moment, Nap, Night, NightDate, Observation, Rating, Role,
    SleepMethod, SleepRecord, SleepSettings, Value,
};

use crate::account::{DatedDecision, SleepAccount};
use crate::clock_change::ClockChanges;
use crate::main_sleep::{SleepsOfDate, add_untimed, choose, separate, usual_mid_sleep};
use crate::one_source::sort_out;
use crate::order::SourceOrder;
use crate::sleeps::group;
use crate::telling::Telling;
use crate::words::decision;
use crate::{compose, days};

/// What was assembled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assembly {
    /// The nights, by date of waking; at most one a date.
    pub nights: Vec<Night>,
    /// Naps and second sleeps, by date, then in order of time.
    pub naps: Vec<Nap>,
    /// The days that something was said about, by date.
    pub days: Vec<Day>,
    /// What was done to the facts.
    pub account: SleepAccount,
}

/// Assembles nights, naps and days from the current observations of one person, in any order.
///
/// Nothing is averaged over sources and nothing unknown becomes zero. Every decision about a night stands in the
/// night; decisions about dates without a night, and about days, stand in the account. `current` means the newest
/// of each key, without what was withdrawn.
///
/// ```
/// use nightmend_domain::SleepSettings;
/// let nothing = nightmend_sleep::assemble(&[], &SleepSettings::default());
/// assert!(nothing.nights.is_empty() && nothing.days.is_empty());
/// ```
#[must_use]
pub fn assemble(observations: &[Observation], settings: &SleepSettings) -> Assembly {
    let mut account = SleepAccount::default();
    let mut records: Vec<(&Observation, &SleepRecord)> = Vec::new();
    let mut entries: Vec<(&Observation, &Entry)> = Vec::new();
    for observation in observations {
        match &observation.fact {
            Fact::Sleep(record) => records.push((observation, record)),
            // A fact of an experiment is no value of a day.
            Fact::Entry(entry) if entry.role == Role::Plan => {}
            Fact::Entry(entry) => entries.push((observation, entry)),
            Fact::Withdrawn => {}
        }
    }
    let days = days::assemble(&entries, settings, &mut account);
    let mut by_date = sleeps_by_date(&records, settings, &mut account);
    let order_is_stated =
        settings.priorities.iter().any(|p| p.kind == FactKind::Sleep && !p.order.is_empty());
    let clocks = ClockChanges::new(&settings.zones);
    let mut nights = Vec::with_capacity(by_date.len());
    let mut naps = Vec::new();
    for (date, of_date) in &mut by_date {
        let night =
            compose::night(of_date, NightDate::of_waking(*date), &clocks, order_is_stated, &mut account);
        if night.is_none() {
            let notes = of_date.decisions.drain(..);
            account.notes.extend(notes.map(|decision| DatedDecision { date: *date, decision }));
        }
        nights.extend(night);
        naps.extend(of_date.naps.iter().filter_map(compose::nap));
    }
    let nights = add_rated_quality(nights, &days, &mut account);
    account.nights = u32::try_from(nights.len()).unwrap_or(u32::MAX);
    account.naps = u32::try_from(naps.len()).unwrap_or(u32::MAX);
    account.notes.sort_by_key(|note| note.date);
    Assembly { nights, naps, days, account }
}

fn sleeps_by_date<'a>(
    records: &[(&'a Observation, &'a SleepRecord)],
    settings: &SleepSettings,
    account: &mut SleepAccount,
) -> BTreeMap<Date, SleepsOfDate<'a>> {
    let order =
        SourceOrder::of_sleep(records.iter().map(|(o, r)| (&o.provenance.source, r.method)), settings);
    let mut tellings: Vec<Telling<'a>> = Vec::with_capacity(records.len());
    for (observation, record) in records {
        account.sleep_records += 1;
        let rank = order.rank(&observation.provenance.source);
        match Telling::read(observation, record, rank, &settings.zones) {
            Some(telling) => {
                account.numbers_left_out += telling.left_out;
                account.records_without_their_times += u32::from(telling.lost_its_times);
                tellings.push(telling);
            }
            None => account.empty_records += 1,
        }
    }
    let sorted = sort_out(tellings, account);
    let sleeps = group(sorted.timed, account);
    let usual = usual_mid_sleep(&sleeps, settings.usual_mid_sleep);
    account.usual_mid_sleep = usual;
    let mut by_date = choose(sleeps, usual, account);
    add_untimed(&mut by_date, sorted.untimed, account);
    separate(&mut by_date, account);
    by_date
}

/// Gives nights the quality that the person rated on waking as an entry; a rating alone makes a night of its own.
fn add_rated_quality(nights: Vec<Night>, days: &[Day], account: &mut SleepAccount) -> Vec<Night> {
    let mut by_date: BTreeMap<Date, Night> =
        nights.into_iter().map(|night| (night.date.date(), night)).collect();
    for day in days {
        let rated = day.entries.iter().find_map(|entry| match entry.value {
            Value::Rating(rating) if entry.role == Role::SleepQuality && entry.moment == Moment::Waking => {
                Some((entry, rating))
            }
            _ => None,
        });
        let Some((entry, rating)) = rated else { continue };
        if let Some(night) = by_date.get_mut(&day.date) {
            // A night told in time does not take over what was written down more than a week later: fits would use it.
            if night.quality.is_none() && (night.recalled || !entry.recalled) {
                night.quality = Some(rating);
                let reason = format!("“{}” as rated on waking, from {}", entry.tracker, entry.source);
                night.decisions.push(decision("quality", reason));
            }
        } else {
            account.nights_of_quality_alone += 1;
            by_date.insert(day.date, night_of_quality(day.date, entry, rating));
        }
    }
    by_date.into_values().collect()
}

fn night_of_quality(date: Date, entry: &DayEntry, rating: Rating) -> Night {
    let own = ["check-in", "diary"].contains(&entry.source.as_str());
    let reason =
        format!("only “{}” as rated on waking is known of this night, from {}", entry.tracker, entry.source);
    Night {
        quality: Some(rating),
        recalled: entry.recalled,
        decisions: vec![decision("quality", reason)],
        ..compose::unknown_night(
            NightDate::of_waking(date),
            entry.source.clone(),
            if own { SleepMethod::Diary } else { SleepMethod::Unstated },
        )
    }
}
