//! Follows how regular sleep was over time, in windows that overlap, so that a change is seen and a night is not.

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use nightmend_domain::{Minutes, Nap, Night};
use nightmend_report::figure::svg::{Trend, TrendForm};
use nightmend_sleep::{Assembly, DateRange, FreeDays, RangeSummary, Regularity, summarise};

use crate::figures::between;

/// Days of a window: four weeks hold eight free days, and are short enough to follow a season.
pub const WINDOW_DAYS: i64 = 28;
/// Beyond this many days one point a week stands for the middle of sleep: single nights could not be told apart.
const SINGLE_NIGHTS: i64 = 130;
/// Minutes of half a day.
const HALF_DAY: f64 = 720.0;

/// Regularity, middle of sleep and social jet lag from `from` to `to`, both included. Each point of regularity and social
/// jet lag speaks of the [`WINDOW_DAYS`] that end on its date; one a week, and one on the last date.
#[must_use]
pub fn regularity(assembly: &Assembly, from: Date, to: Date) -> Vec<Trend> {
    let windows: Vec<(Date, RangeSummary)> = ends(from, to)
        .into_iter()
        .map(|end| (end, of_window(assembly, end.saturating_sub((WINDOW_DAYS - 1).days()), end)))
        .collect();
    let index = |summary: &RangeSummary| match summary.regularity {
        Regularity::Known { index, .. } => Some(index),
        Regularity::TooLittle { .. } => None,
    };
    let lag = |summary: &RangeSummary| summary.social_jet_lag.map(|lag| lag.signed_minutes);
    let points = |value: &dyn Fn(&RangeSummary) -> Option<f64>| -> Vec<(Date, f64)> {
        windows.iter().filter_map(|(end, summary)| Some((*end, value(summary)?))).collect()
    };
    vec![
        trend("Regularity (SRI)", "100: the same every day", TrendForm::Number(0), points(&index), 7),
        middle_of_sleep(assembly, from, to),
        trend("Social jet lag", "weekends later: above zero", TrendForm::Length, points(&lag), 7),
    ]
}

fn trend(label: &str, hint: &str, form: TrendForm, points: Vec<(Date, f64)>, gap_days: i64) -> Trend {
    Trend { label: label.to_owned(), hint: hint.to_owned(), form, is_pain: false, points, gap_days }
}

/// The ends of the windows: every seventh day counted back from the last date.
fn ends(from: Date, to: Date) -> Vec<Date> {
    let mut ends: Vec<Date> = std::iter::successors(Some(to), |end| end.checked_sub(7.days()).ok())
        .take_while(|end| *end >= from)
        .collect();
    ends.reverse();
    ends
}

fn of_window(assembly: &Assembly, from: Date, to: Date) -> RangeSummary {
    let nights: &[Night] = between(&assembly.nights, from, to, |night| night.date.date());
    let naps: &[Nap] = between(&assembly.naps, from, to, |nap| nap.date);
    summarise(nights, naps, DateRange { from, to }, &FreeDays::default())
}

/// The middle of sleep, night by night or, in a long range, week by week, in minutes around the person's own mean, so
/// that a night before midnight stands just below one after it, whatever hours they keep.
fn middle_of_sleep(assembly: &Assembly, from: Date, to: Date) -> Trend {
    let nights = between(&assembly.nights, from, to, |night| night.date.date());
    let single = from.duration_until(to).as_hours() / 24 <= SINGLE_NIGHTS;
    let times: Vec<(Date, f64)> = if single {
        let time = |night: &Night| Some((night.date.date(), minute_of(night.mid_sleep()?.civil().time())));
        nights.iter().filter_map(time).collect()
    } else {
        ends(from, to)
            .into_iter()
            .filter_map(|end| {
                let week = of_window(assembly, end.saturating_sub(6.days()), end);
                Some((end, minute_of(week.mid_sleep?.mean)))
            })
            .collect()
    };
    let mean = of_window(assembly, from, to).mid_sleep.map_or(180.0, |middle| minute_of(middle.mean));
    let around = |minute: f64| mean + (minute - mean + HALF_DAY).rem_euclid(2.0 * HALF_DAY) - HALF_DAY;
    let points = times.into_iter().map(|(date, minute)| (date, around(minute))).collect();
    let hint = if single { "each night" } else { "each week" };
    trend("Middle of sleep", hint, TrendForm::Clock, points, if single { 1 } else { 7 })
}

fn minute_of(time: Time) -> f64 {
    f64::from(time.hour()) * 60.0 + f64::from(time.minute())
}

/// Runs of dates between the first and the last night without any night: first and last date of each, oldest first.
#[must_use]
pub fn gaps(nights: &[Night]) -> Vec<(Date, Date)> {
    let dates = || nights.iter().map(|night| night.date.date());
    dates()
        .zip(dates().skip(1))
        .filter_map(|(before, after)| {
            let (first, last) = (before.tomorrow().ok()?, after.yesterday().ok()?);
            (first <= last).then_some((first, last))
        })
        .collect()
}

/// The mean hours of nights that know them, and how many do.
#[must_use]
pub fn mean_hours(nights: &[Night]) -> Option<(f64, usize)> {
    let hours: Vec<f64> = nights.iter().filter_map(|night| night.tst.map(Minutes::hours)).collect();
    (!hours.is_empty()).then(|| (hours.iter().sum::<f64>() / hours.len() as f64, hours.len()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use nightmend_domain::SleepSettings;
    use nightmend_sleep::assemble;
    use nightmend_testkit::observations::Maker;

    use super::*;

    /// Forty nights; the first twenty from 23:00, the others from 23:40; without the 10th and 11th.
    fn record() -> Assembly {
        let maker = Maker::fitbit("Europe/London");
        let nights: Vec<_> = (1..=40)
            .filter(|day| ![10, 11].contains(day))
            .map(|day| {
                let end = date(2025, 1, 1).saturating_add((day - 1).days());
                let evening = end.yesterday().unwrap();
                let onset = if day <= 20 { "23:00" } else { "23:40" };
                maker.night(&end.to_string(), &format!("{evening}T{onset}"), &format!("{end}T07:00"))
            })
            .collect();
        assemble(&nights, &SleepSettings::default())
    }

    #[test]
    fn windows_end_on_the_last_date_and_every_week_before_it() {
        let trends = regularity(&record(), date(2025, 1, 15), date(2025, 2, 9));
        let dates: Vec<Date> = trends[0].points.iter().map(|(date, _)| *date).collect();
        assert_eq!(dates, [date(2025, 1, 19), date(2025, 1, 26), date(2025, 2, 2), date(2025, 2, 9)]);
        assert!(trends[0].points.iter().all(|(_, index)| (90.0..=100.0).contains(index)), "{:?}", trends[0]);
        assert_eq!(trends[1].points.len(), 26);
        let (first, last) = (trends[1].points[0].1, trends[1].points[25].1);
        assert!((first - 180.0).abs() < 1.0 && (last - 200.0).abs() < 1.0, "{first} {last}");
    }

    #[test]
    fn a_gap_has_its_first_and_last_date() {
        assert_eq!(gaps(&record().nights), [(date(2025, 1, 10), date(2025, 1, 11))]);
        assert!(gaps(&[]).is_empty());
    }

    #[test]
    fn five_nights_say_nothing_of_regularity() {
        let trends = regularity(&record(), date(2025, 1, 1), date(2025, 1, 5));
        assert!(trends[0].points.is_empty());
    }
}
