//! Derives from a person's records what bears on the choice of a step, and what the diary says of their nights.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nightmend_domain::{Day, DayEntry, Minutes, Moment, Night, Role, SleepMethod, Value, trackers};
use nightmend_sleep::{Assembly, DateRange, FreeDays, Regularity, summarise};
use nightmend_trial::choose::Profile;
use nightmend_trial::schedule::DiaryAverages;
use nightmend_trial::verdict::{ALARM_DAYS, ALARM_POINTS};

/// How many days back the profile looks.
pub(crate) const DAYS_BACK: i64 = 56;
/// Fewer days than this say nothing.
const ENOUGH: usize = 7;

/// The profile of the last eight weeks up to `today`. What is known on fewer than seven days is left out.
#[must_use]
pub fn profile(assembly: &Assembly, today: Date) -> Profile {
    let first = today.checked_sub(jiff::Span::new().days(DAYS_BACK)).unwrap_or(Date::MIN);
    let nights: Vec<Night> = assembly
        .nights
        .iter()
        .filter(|night| (first..=today).contains(&night.date.date()) && !night.recalled)
        .cloned()
        .collect();
    let days: Vec<&Day> = assembly.days.iter().filter(|day| (first..=today).contains(&day.date)).collect();
    let regularity = summarise(&nights, &[], DateRange { from: first, to: today }, &FreeDays::default());
    let nights_enough = nights.len() >= ENOUGH;
    let span = assembly.days.first().map(|day| today.duration_since(day.date).as_hours() as f64 / 168.0);
    let positions = positions(&days);
    Profile {
        morning_minus_evening: morning_minus_evening(&days),
        insomnia_share: insomnia_share(&nights),
        stomach_share: positions.get("stomach").copied(),
        side_share: positions.get("side").copied(),
        activity_minutes: mean_of(&days, |entry| quantity(entry, &trackers::ACTIVITY)),
        bedtime_stress: mean_of(&days, |entry| {
            (entry.role == Role::Stress).then(|| number(&entry.value)).flatten()
        }),
        screens_share: share_of(&days, &trackers::SCREENS),
        mid_sleep_sd: regularity
            .mid_sleep
            .filter(|_| nights_enough)
            .and_then(|middle| middle.standard_deviation)
            .map(Minutes::get),
        sri: match regularity.regularity {
            Regularity::Known { index, .. } => Some(index),
            Regularity::TooLittle { .. } => None,
        },
        sleep_hours: mean(nights.iter().filter_map(|night| night.tst).map(Minutes::hours).collect()),
        woken_by_pain: mean_of(&days, |entry| quantity(entry, &trackers::WOKEN_BY_PAIN)),
        weeks: span,
        mean_pain: mean_of(&days, back_pain),
    }
}

/// Mean TST and TIB of the last 14 diary nights up to `today`; a device's minutes never count here.
#[must_use]
pub fn diary_averages(assembly: &Assembly, today: Date) -> DiaryAverages {
    const NIGHTS: i64 = 14;
    let first = today.checked_sub(jiff::Span::new().days(NIGHTS - 1)).unwrap_or(Date::MIN);
    let told: Vec<(f64, f64)> = assembly
        .nights
        .iter()
        .filter(|night| (first..=today).contains(&night.date.date()) && night.method == SleepMethod::Diary)
        .filter_map(|night| Some((night.tst?.get(), night.tib?.get())))
        .collect();
    let average = |of: fn(&(f64, f64)) -> f64| {
        let sum: f64 = told.iter().map(of).sum();
        Minutes::new(sum / told.len().max(1) as f64).unwrap_or(Minutes::ZERO)
    };
    DiaryAverages {
        recorded_nights: u32::try_from(told.len()).unwrap_or(u32::MAX),
        tst: average(|night| night.0),
        tib: average(|night| night.1),
    }
}

/// Three bad days in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadDays {
    /// The last of them.
    pub last: Date,
    /// What was bad: `pain on waking` or `pain of the day`.
    pub pain: &'static str,
}

/// Whether pain stood 2 points or more above the person's median on three dates in a row, none before `from` or after
/// `to`; then the latest such run.
///
/// Pain on waking is looked at; pain of the day (at bedtime, or at no stated time) where that on waking has no median.
/// The median is that of the 28 days before `from`, or of all that is known where these are fewer than seven.
#[must_use]
pub fn three_bad_days(days: &[Day], from: Date, to: Date) -> Option<BadDays> {
    let Told { pains, usual, pain } = told_before(days, from)?;
    let mut run = 0;
    let mut found = None;
    let mut date = from;
    while date <= to {
        // A day without an answer ends the run: three days in a row are three known days.
        run = if pains.get(&date).is_some_and(|pain| *pain >= usual + ALARM_POINTS) { run + 1 } else { 0 };
        if run >= ALARM_DAYS {
            found = Some(BadDays { last: date, pain });
        }
        date = date.tomorrow().ok()?;
    }
    found
}

/// Whether the pain of the known days from `from` to `to`, their median, stood 2 points or more above the person's own
/// median: while it does, a sleep window is not shortened. Unknown days say nothing.
///
/// Pain and median are those of [`three_bad_days`]. Fewer than `least` known days say nothing.
#[must_use]
pub fn pain_is_up(days: &[Day], (from, to): (Date, Date), least: usize) -> bool {
    let Some(Told { pains, usual, pain: _ }) = told_before(days, from) else { return false };
    let week: Vec<f64> = pains.range(from..=to).map(|(_, pain)| *pain).collect();
    week.len() >= least && median(week).is_some_and(|pain| pain >= usual + ALARM_POINTS)
}

/// The pain that a person tells, and what is usual of it.
struct Told {
    pains: BTreeMap<Date, f64>,
    usual: f64,
    pain: &'static str,
}

/// Pain on waking, or of the day where that on waking has no median, with what was usual before `from`.
fn told_before(days: &[Day], from: Date) -> Option<Told> {
    let waking = pains(days, &[Moment::Waking]);
    if let Some(usual) = median_before(&waking, from) {
        return Some(Told { pains: waking, usual, pain: "pain on waking" });
    }
    let of_the_day = pains(days, &[Moment::Bedtime, Moment::Day]);
    let usual = median_before(&of_the_day, from)?;
    Some(Told { pains: of_the_day, usual, pain: "pain of the day" })
}

/// Back pain by date, of the first of the moments that has one.
fn pains(days: &[Day], moments: &[Moment]) -> BTreeMap<Date, f64> {
    let of = |day: &Day| {
        moments
            .iter()
            .find_map(|moment| day.entries.iter().filter(|entry| entry.moment == *moment).find_map(back_pain))
    };
    days.iter().filter_map(|day| Some((day.date, of(day)?))).collect()
}

fn median_before(pains: &BTreeMap<Date, f64>, from: Date) -> Option<f64> {
    const BASE_DAYS: i64 = 28;
    let first = from.checked_sub(jiff::Span::new().days(BASE_DAYS)).unwrap_or(Date::MIN);
    let recent: Vec<f64> = pains.range(first..from).map(|(_, pain)| *pain).collect();
    let values = if recent.len() >= ENOUGH { recent } else { pains.values().copied().collect() };
    median(values).filter(|_| pains.len() >= ENOUGH)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(0.5 * (lower + upper))
}

/// Back pain, where the entry holds it.
pub(crate) fn back_pain(entry: &DayEntry) -> Option<f64> {
    match &entry.value {
        Value::Nrs(score) if entry.tracker.as_str() == trackers::BACK_PAIN => Some(score.get()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Nrs(score) => Some(score.get()),
        Value::Rating(rating) => Some(rating.badness()),
        Value::Quantity { value, .. } => Some(*value),
        Value::Tick { .. } | Value::Text(_) => None,
    }
}

fn quantity(entry: &DayEntry, tracker: &trackers::BuiltIn) -> Option<f64> {
    (entry.tracker.as_str() == tracker.name).then(|| number(&entry.value)).flatten()
}

/// Minutes of activity on a bad day: the lower quartile of the known days from `from` on and before `until`; nothing where
/// fewer than seven are known.
pub(crate) fn activity_on_a_bad_day(days: &[Day], from: Date, until: Date) -> Option<f64> {
    let told = days.iter().filter(|day| day.date >= from && day.date < until);
    let mut minutes: Vec<f64> = told
        .filter_map(|day| day.entries.iter().find_map(|entry| quantity(entry, &trackers::ACTIVITY)))
        .collect();
    minutes.sort_by(f64::total_cmp);
    minutes.get(minutes.len() / 4).copied().filter(|_| minutes.len() >= ENOUGH)
}

/// The share of yeses among the days on which a yes or no was said.
fn share_of(days: &[&Day], tracker: &trackers::BuiltIn) -> Option<f64> {
    mean_of(days, |entry| match entry.value {
        Value::Tick { yes, .. } if entry.tracker.as_str() == tracker.name => Some(f64::from(u8::from(yes))),
        _ => None,
    })
}

fn mean_of(days: &[&Day], value: impl Fn(&DayEntry) -> Option<f64>) -> Option<f64> {
    mean(days.iter().flat_map(|day| &day.entries).filter_map(value).collect())
}

fn mean(values: Vec<f64>) -> Option<f64> {
    (values.len() >= ENOUGH).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Pain on waking minus pain at the following bedtime, of days with both.
fn morning_minus_evening(days: &[&Day]) -> Option<f64> {
    let of = |day: &Day, moment: Moment| {
        day.entries.iter().filter(|entry| entry.moment == moment).find_map(back_pain)
    };
    mean(days.iter().filter_map(|day| Some(of(day, Moment::Waking)? - of(day, Moment::Bedtime)?)).collect())
}

/// The share of diary nights with more than half an hour to fall asleep, or awake in between.
fn insomnia_share(nights: &[Night]) -> Option<f64> {
    const LONG: f64 = 31.0;
    let told: Vec<f64> = nights
        .iter()
        .filter(|night| night.method == SleepMethod::Diary && (night.sol.is_some() || night.waso.is_some()))
        .map(|night| {
            let long = |length: Option<Minutes>| length.is_some_and(|length| length.get() >= LONG);
            if long(night.sol) || long(night.waso) { 1.0 } else { 0.0 }
        })
        .collect();
    mean(told)
}

/// The share of each position among the nights on which one is known.
fn positions(days: &[&Day]) -> BTreeMap<String, f64> {
    let told: Vec<String> = days
        .iter()
        .flat_map(|day| &day.entries)
        .filter(|entry| entry.role == Role::Position)
        .filter_map(|entry| match &entry.value {
            Value::Text(text) => Some(text.trim().to_lowercase()),
            _ => None,
        })
        .collect();
    let mut shares = BTreeMap::new();
    if told.len() >= ENOUGH {
        for position in ["back", "side", "stomach"] {
            let count = told.iter().filter(|each| *each == position).count();
            shares.insert(position.to_owned(), count as f64 / told.len() as f64);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_domain::SourceName;

    fn day(date: &str, pain: f64) -> Day {
        day_of(&trackers::PAIN_WAKING, date, pain)
    }

    fn day_of(tracker: &trackers::BuiltIn, date: &str, pain: f64) -> Day {
        let entry = tracker.number(pain).unwrap();
        Day {
            date: date.parse().unwrap(),
            entries: vec![DayEntry {
                tracker: entry.tracker,
                role: entry.role,
                moment: entry.moment,
                value: entry.value,
                count: 1,
                source: SourceName::new("check-in").unwrap(),
                at: None,
                recalled: false,
            }],
        }
    }

    fn days(pains: &[(u32, f64)]) -> Vec<Day> {
        pains.iter().map(|(of_month, pain)| day(&format!("2026-03-{of_month:02}"), *pain)).collect()
    }

    #[test]
    fn three_days_in_a_row_are_needed_and_a_gap_breaks_them() {
        let mut known: Vec<(u32, f64)> = (1..=10).map(|of_month| (of_month, 3.0)).collect();
        let (from, to): (Date, Date) = ("2026-03-11".parse().unwrap(), "2026-03-20".parse().unwrap());
        known.extend([(11, 5.0), (12, 6.0)]);
        assert_eq!(three_bad_days(&days(&known), from, to), None);
        known.push((14, 5.0));
        assert_eq!(three_bad_days(&days(&known), from, to), None);
        known.push((13, 5.0));
        known.sort_by_key(|(of_month, _)| *of_month);
        let bad = three_bad_days(&days(&known), from, to).unwrap();
        assert_eq!((bad.last.to_string().as_str(), bad.pain), ("2026-03-14", "pain on waking"));
        // What lies before the start of the experiment never counts.
        assert_eq!(three_bad_days(&days(&known), "2026-03-13".parse().unwrap(), to), None);
    }

    #[test]
    fn pain_is_up_when_the_middle_of_the_week_is_two_points_above_the_usual() {
        let mut known: Vec<(u32, f64)> = (1..=14).map(|of_month| (of_month, 3.0)).collect();
        let (from, to): (Date, Date) = ("2026-03-15".parse().unwrap(), "2026-03-21".parse().unwrap());
        assert!(!pain_is_up(&days(&known), (from, to), 1), "a week without an answer says nothing");
        // Never three in a row, and up all the same.
        known.extend([(15, 5.0), (16, 5.0), (17, 3.0), (19, 6.0), (20, 5.0)]);
        assert_eq!(three_bad_days(&days(&known), from, to), None);
        assert!(pain_is_up(&days(&known), (from, to), 1));
        known.extend([(18, 4.5), (21, 4.0)]);
        known.retain(|(of_month, _)| ![16, 20].contains(of_month));
        assert!(!pain_is_up(&days(&known), (from, to), 1), "most of the week lies below");
    }

    #[test]
    fn pain_of_the_day_is_looked_at_where_none_on_waking_is_told() {
        let known: Vec<Day> = (1..=14)
            .map(|of_month| {
                let pain = if of_month > 11 { 6.0 } else { 3.0 };
                day_of(&trackers::PAIN_BEDTIME, &format!("2026-03-{of_month:02}"), pain)
            })
            .collect();
        let (from, to): (Date, Date) = ("2026-03-08".parse().unwrap(), "2026-03-20".parse().unwrap());
        let bad = three_bad_days(&known, from, to).unwrap();
        assert_eq!((bad.last.to_string().as_str(), bad.pain), ("2026-03-14", "pain of the day"));
    }

    #[test]
    fn screens_are_a_share_of_the_evenings_that_were_told() {
        let on = |of_month: u32, yes: f64| day_of(&trackers::SCREENS, &format!("2026-03-{of_month:02}"), yes);
        let days: Vec<Day> =
            (1..=8).map(|of_month| on(of_month, f64::from(u8::from(of_month > 2)))).collect();
        let profile_of = |days: &[Day]| {
            profile(&Assembly { days: days.to_vec(), ..Assembly::default() }, "2026-03-09".parse().unwrap())
        };
        assert_eq!(profile_of(&days).screens_share, Some(0.75));
        assert_eq!(profile_of(&days[..6]).screens_share, None, "six evenings say nothing");
    }

    #[test]
    fn a_bad_day_is_the_lower_quartile_of_what_is_known() {
        let on = |of_month: u32| {
            day_of(&trackers::ACTIVITY, &format!("2026-03-{of_month:02}"), f64::from(of_month) * 10.0)
        };
        let days: Vec<Day> = (1..=8).map(on).collect();
        let (from, until) = ("2026-03-01".parse().unwrap(), "2026-03-09".parse().unwrap());
        assert_eq!(activity_on_a_bad_day(&days, from, until), Some(30.0));
        assert_eq!(activity_on_a_bad_day(&days[2..], from, until), None);
    }

    #[test]
    fn too_little_says_nothing() {
        let known: Vec<(u32, f64)> = (1..=5).map(|of_month| (of_month, 9.0)).collect();
        let all = days(&known);
        assert_eq!(three_bad_days(&all, "2026-03-01".parse().unwrap(), "2026-03-05".parse().unwrap()), None);
        let assembly = Assembly { days: all, ..Assembly::default() };
        let profile = profile(&assembly, "2026-03-06".parse().unwrap());
        assert_eq!((profile.mean_pain, profile.sri, profile.insomnia_share), (None, None, None));
    }
}
