//! Says in one sentence what a figure shows, for those who do not see it.

use super::data::{Curve, IntervalRow, LoopFigure, NightRow, Verdict};
use super::number::{dated, decimals_for, fixed};

/// The minus sign of running text.
pub(crate) const MINUS: &str = "−";

pub(crate) fn value_words(row: &IntervalRow, minus: &str) -> String {
    let decimals = decimals_for(row.ci90.high - row.ci90.low);
    let number = |value| fixed(value, decimals, minus);
    format!("{} ({} to {})", number(row.mean), number(row.ci90.low), number(row.ci90.high))
}

pub(crate) fn of_intervals(rows: &[IntervalRow]) -> String {
    if rows.is_empty() {
        return "Nothing to show yet.".to_owned();
    }
    let parts: Vec<String> = rows
        .iter()
        .map(|row| {
            if !row.is_drawable() {
                return format!("{}: not known", row.label);
            }
            let words = row.verdict.words();
            let verdict = if words.is_empty() { String::new() } else { format!(", {words}") };
            format!("{}: {} {}{verdict}", row.label, value_words(row, MINUS), row.unit)
        })
        .collect();
    format!("{}; in brackets the 90 % interval.", parts.join("; "))
}

pub(crate) fn of_curve(curve: &Curve) -> String {
    let drawable = || curve.days.iter().filter(|day| day.mean.is_finite());
    let Some(first) = drawable().next() else {
        return format!("{}: nothing to show yet.", curve.title);
    };
    let decimals = decimals_for(first.ci90.high - first.ci90.low);
    let number = |value| fixed(value, decimals, MINUS);
    let last = drawable().next_back().unwrap_or(first);
    format!(
        "{}: {} {} on the first day (90 % interval {} to {}), {} on day {}.",
        curve.title,
        number(first.mean),
        curve.unit,
        number(first.ci90.low),
        number(first.ci90.high),
        number(last.mean),
        curve.days.len(),
    )
}

pub(crate) fn of_nights(rows: &[NightRow]) -> String {
    let (Some(first), Some(last)) =
        (rows.iter().map(|row| row.date).min(), rows.iter().map(|row| row.date).max())
    else {
        return "No nights to show yet.".to_owned();
    };
    let minutes: Vec<f64> =
        rows.iter().filter_map(|row| row.minutes_asleep).filter(|m| m.is_finite()).collect();
    let known = rows.iter().filter(|row| !row.spans.is_empty() || row.minutes_asleep.is_some()).count();
    let (first, last) = (dated(first), dated(last));
    let pain_days = rows.iter().filter(|row| row.pain.is_some()).count();
    if known == 0 {
        return format!(
            "No night from {first} to {last} has its times or its length; pain is known on {pain_days} days."
        );
    }
    let mean = if minutes.is_empty() {
        "hours of sleep not known".to_owned()
    } else {
        let hours = minutes.iter().sum::<f64>() / minutes.len() as f64 / 60.0;
        format!("{} hours of sleep on average", fixed(hours, 1, MINUS))
    };
    format!("{known} nights from {first} to {last}, {mean}; pain is known on {pain_days} days.")
}

pub(crate) fn of_loop(figure: &LoopFigure) -> String {
    let arrow = |name: &str, effect: &str, verdict: Verdict| match verdict.words() {
        "" => format!("{name}: {effect}"),
        words => format!("{name}: {words}, {effect}"),
    };
    format!(
        "{}. {}.",
        arrow("Sleep to pain", &figure.sleep_to_pain.effect, figure.sleep_to_pain.verdict),
        arrow("Pain to sleep", &figure.pain_to_sleep.effect, figure.pain_to_sleep.verdict)
    )
}
