//! Gives something back for every check-in: what the record holds now, and the last four weeks at a glance.

use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::record::Record;
use nightmend_domain::trackers;
use nightmend_domain::{Minutes, Moment, Night, Role, Value};

use crate::context::Context;
use crate::layout::figure;

/// Days of the small picture.
const WEEKS: i32 = 28;
/// Fewer values than this have no mean worth saying.
const ENOUGH: usize = 3;

/// One day of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Glance {
    date: Date,
    hours: Option<f64>,
    pain: Option<f64>,
}

/// What the record holds now. It shows nights: only for after pain was asked.
#[must_use]
pub fn summary(context: &Context, today: Date) -> Markup {
    let record = &context.record;
    let nights = record.assembly.nights.len();
    let rated = record.assembly.days.iter().filter(|day| pain_on(record, day.date).is_some()).count();
    if nights == 0 && rated == 0 {
        return html! {
            section.card {
                h2 { "What your record holds" }
                p { "Nothing yet. The first answer begins it; there is no need to answer every day, and any past day can be filled in." }
            }
        };
    }
    let glances = glances(record, today);
    let span = |date: Date| record.assembly.nights.first().map_or(date, |night| night.date.date());
    html! {
        section.card {
            h2 { "What your record holds" }
            p.big { strong { (nights) } (if nights == 1 { " night" } else { " nights" }) " and " strong { (rated) } (if rated == 1 { " day" } else { " days" }) " with back pain rated"
                @if nights > 0 { ", since " (long_date(span(today))) } "." }
            @if glances.iter().any(|glance| glance.hours.is_some() || glance.pain.is_some()) {
                (figure(&drawing(&glances), &sentence(context, &glances), table(context, &glances)))
            }
            p { a href="/loop" { "What it says of your loop" } }
        }
    }
}

fn glances(record: &Record, today: Date) -> Vec<Glance> {
    (0..WEEKS)
        .rev()
        .filter_map(|back| today.checked_sub(back.days()).ok())
        .map(|date| Glance {
            date,
            hours: record.night(date).and_then(slept).map(|slept| slept.hours()),
            pain: pain_on(record, date),
        })
        .collect()
}

/// Time asleep; where that is not known the time from trying to sleep to waking, as the loop takes it.
fn slept(night: &Night) -> Option<Minutes> {
    let lights_out = night.try_sleep.or(night.in_bed);
    let span = || lights_out?.minutes_until(night.final_awakening.or(night.out_of_bed)?);
    night.tst.or(night.spt).or_else(span)
}

/// Back pain of a day: on waking, else the mean of what else was rated.
fn pain_on(record: &Record, date: Date) -> Option<f64> {
    let entries = &record.day(date)?.entries;
    let scores: Vec<(Moment, f64)> = entries
        .iter()
        .filter(|entry| {
            entry.role == Role::Pain
                && entry.tracker.as_str() == trackers::BACK_PAIN
                && entry.moment != Moment::Worst
        })
        .filter_map(|entry| match &entry.value {
            Value::Nrs(score) => Some((entry.moment, score.get())),
            _ => None,
        })
        .collect();
    let waking = scores.iter().find(|(moment, _)| *moment == Moment::Waking).map(|(_, score)| *score);
    waking.or_else(|| mean(&scores.iter().map(|(_, score)| *score).collect::<Vec<_>>()))
}

#[expect(clippy::cast_precision_loss, reason = "a count of days")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn sentence(context: &Context, glances: &[Glance]) -> String {
    let hours: Vec<f64> = glances.iter().filter_map(|glance| glance.hours).collect();
    let pains: Vec<f64> = glances.iter().filter_map(|glance| glance.pain).collect();
    let range = |values: &[f64]| {
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        (lowest, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    let mut parts = Vec::new();
    if hours.len() >= ENOUGH {
        let (lowest, highest) = range(&hours);
        let words = |hours: f64| context.length(hours * 60.0);
        let average = words(mean(&hours).unwrap_or_default());
        parts.push(format!(
            "{average} of sleep on average, {} to {} ({} nights)",
            words(lowest),
            words(highest),
            hours.len()
        ));
    }
    if pains.len() >= ENOUGH {
        let (lowest, highest) = range(&pains);
        parts.push(format!(
            "back pain {:.1} on average, {lowest:.0} to {highest:.0} ({} days)",
            mean(&pains).unwrap_or_default(),
            pains.len()
        ));
    }
    if parts.is_empty() {
        return format!("The last four weeks: nights {}, days with pain rated {}.", hours.len(), pains.len());
    }
    format!("The last four weeks: {}.", parts.join("; "))
}

fn drawing(glances: &[Glance]) -> String {
    const HEIGHT: f64 = 120.0;
    const STEP: f64 = 20.0;
    let longest = glances.iter().filter_map(|glance| glance.hours).fold(9.0, f64::max);
    let mut marks = String::new();
    for (at, glance) in glances.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 29")]
        let left = at as f64 * STEP;
        if let Some(hours) = glance.hours {
            let tall = hours / longest * (HEIGHT - 10.0);
            marks.push_str(&format!(
                r#"<rect class="sleep" x="{:.1}" y="{:.1}" width="13" height="{tall:.1}" rx="3"/>"#,
                left + 3.5,
                HEIGHT - tall
            ));
        }
        if let Some(pain) = glance.pain {
            marks.push_str(&format!(
                r#"<circle class="pain" cx="{:.1}" cy="{:.1}" r="4.6"/>"#,
                left + STEP / 2.0,
                HEIGHT - 8.0 - pain / 10.0 * (HEIGHT - 18.0)
            ));
        }
    }
    format!(
        r#"<svg class="glance" viewBox="0 0 560 122" role="img" aria-label="Sleep and pain of the last four weeks; the sentence and the table below say the same"><line class="base" x1="0" x2="560" y1="120.5" y2="120.5"/>{marks}</svg><div class="ends" aria-hidden="true"><span>four weeks ago</span><span>today</span></div>"#
    )
}

fn table(context: &Context, glances: &[Glance]) -> Markup {
    html! {
        p.legend { span.key.sleep {} "bars: sleep (from trying to sleep to waking, where no more is known) " span.key.pain {} "dots: back pain, 0 at the foot to 10 at the top" }
        table {
            thead { tr { th scope="col" { "Day" } th scope="col" { "Sleep" } th scope="col" { "Back pain" } } }
            tbody {
                @for glance in glances.iter().rev().filter(|glance| glance.hours.is_some() || glance.pain.is_some()) {
                    tr {
                        th scope="row" { (short_date(glance.date)) }
                        td { @if let Some(hours) = glance.hours { (context.length(hours * 60.0)) } @else { "–" } }
                        td { @if let Some(pain) = glance.pain { (format!("{pain:.1}").trim_end_matches(".0")) } @else { "–" } }
                    }
                }
            }
        }
    }
}

/// Tuesday 10 March 2026.
#[must_use]
pub fn long_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// 10 March.
#[must_use]
pub fn short_date(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}
