//! Prepares the night of a morning check-in: from an earlier answer, a device, or the person's usual nights.

use jiff::civil::{Date, Time};
use maud::{Markup, html};
use nightmend_app::checkin::CHECK_IN_SOURCE;
use nightmend_app::record::Record;
use nightmend_domain::{Minutes, Night, OffsetTimestamp};

use super::answers::{AMOUNTS, Basis, TIMES};
use super::form::problem_of;
use crate::context::{Context, Fields};

/// Nights that say what is usual.
const USUAL: usize = 14;
/// Nights of the last weeks only are usual, in days.
const LATELY: i32 = 42;

/// The night that a form begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefill {
    /// Where it comes from.
    pub basis: Basis,
    /// The source, where a device or a table tells it.
    pub source: Option<String>,
    /// The four times.
    pub times: [Option<Time>; 4],
    /// Minutes until asleep, awakenings, minutes awake.
    pub amounts: [Option<f64>; 3],
}

/// The night of a date, as far as it is known.
#[must_use]
pub fn prefill(context: &Context, date: Date) -> Prefill {
    match context.record.night(date) {
        Some(night) if night.source.as_str() == CHECK_IN_SOURCE => Prefill {
            basis: Basis::Own,
            source: None,
            times: times_of(night),
            amounts: [minutes(night.sol), night.awakenings.map(f64::from), minutes(night.waso)],
        },
        // Only what the source itself says: a device knows no bed.
        Some(night) => Prefill {
            basis: Basis::Source,
            source: Some(night.source.to_string()),
            times: times_of(night),
            amounts: [None; 3],
        },
        None => usual(context, date),
    }
}

fn minutes(value: Option<Minutes>) -> Option<f64> {
    value.map(|value| value.get().round())
}

fn times_of(night: &Night) -> [Option<Time>; 4] {
    [night.in_bed, night.try_sleep, night.final_awakening, night.out_of_bed].map(|time| time.map(clock))
}

fn clock(stamp: OffsetTimestamp) -> Time {
    let time = stamp.civil().time();
    jiff::civil::time(time.hour(), time.minute(), 0, 0)
}

/// The times of the usual nights before a date; where there are none, those that the person set.
fn usual(context: &Context, date: Date) -> Prefill {
    let mut times = usual_times(&context.record, date);
    let set = |text: &Option<String>| text.as_deref().and_then(|text| super::answers::time(text).ok());
    let preferences = &context.preferences;
    if times.iter().all(Option::is_none) {
        times = [None, set(&preferences.usual_bedtime), set(&preferences.usual_waking), None];
    }
    let basis = if times.iter().all(Option::is_none) { Basis::Nothing } else { Basis::Habit };
    Prefill { basis, source: None, times, amounts: [None; 3] }
}

/// The usual time of waking before a date, where the nights tell it.
#[must_use]
pub fn usual_waking(record: &Record, date: Date) -> Option<Time> {
    usual_times(record, date)[2]
}

/// The median of each time over the nights before a date, where at least five tell it.
fn usual_times(record: &Record, date: Date) -> [Option<Time>; 4] {
    const ENOUGH: usize = 5;
    let nights = &record.assembly.nights;
    let before = nights.iter().rev().skip_while(|night| night.date.date() >= date);
    let lately: Vec<[Option<Time>; 4]> = before
        .take_while(|night| date.since(night.date.date()).is_ok_and(|span| span.get_days() <= LATELY))
        .take(USUAL)
        .map(times_of)
        .collect();
    std::array::from_fn(|at| {
        let told: Vec<Time> = lately.iter().filter_map(|times| times[at]).collect();
        (told.len() >= ENOUGH).then(|| middle(&told)).flatten()
    })
}

/// The median of clock times, to five minutes: the time with as many before as after it, on the circle of the day.
fn middle(times: &[Time]) -> Option<Time> {
    const DAY: i32 = 1_440;
    let minutes = |time: &Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    // Cut the circle opposite to where the times are, so that 23:50 and 00:10 are neighbours.
    let (sine, cosine) = times.iter().fold((0.0, 0.0), |(sine, cosine), time| {
        let angle = f64::from(minutes(time)) / f64::from(DAY) * std::f64::consts::TAU;
        (sine + angle.sin(), cosine + angle.cos())
    });
    #[expect(clippy::cast_possible_truncation, reason = "an angle is less than a day")]
    let centre = (f64::atan2(sine, cosine) / std::f64::consts::TAU * f64::from(DAY)).round() as i32;
    let mut around: Vec<i32> =
        times.iter().map(|time| (minutes(time) - centre + DAY * 3 / 2).rem_euclid(DAY) - DAY / 2).collect();
    around.sort_unstable();
    let median = around.get(around.len() / 2)?;
    let rounded = ((centre + median + 2).div_euclid(5) * 5).rem_euclid(DAY);
    Time::new(i8::try_from(rounded / 60).ok()?, i8::try_from(rounded % 60).ok()?, 0, 0).ok()
}

/// The part of the form that asks about the night. It is folded until pain was asked: being shown a night changes how
/// people feel (Gavriloff 2018, 10.1111/jsr.12726).
#[must_use]
pub fn section(fields: &Fields, is_open: bool) -> Markup {
    let basis = fields.get("basis").unwrap_or_default();
    let source = fields.get("night.source").unwrap_or_default();
    let is_known = basis == Basis::Own.word() || basis == Basis::Source.word();
    let shown = fields.get("night") == Some("as-shown");
    html! {
        details.card.question.night open[is_open] {
            summary { "Your night" }
            input type="hidden" name="basis" value=(basis);
            input type="hidden" name="night.source" value=(source);
            p.hint {
                @if basis == Basis::Own.word() { "As you wrote it before." }
                @else if basis == Basis::Source.word() { "As “" (source) "” tells it. What you write here is added to it." }
                @else if basis == Basis::Habit.word() { "Your usual times, not last night’s: confirm or correct them. Untouched, they are not saved." }
                @else { "24-hour times; leave out what you do not know." }
            }
            div.strip data-strip="night" hidden {}
            div.times {
                @for (_, name, title) in TIMES { (time_field(fields, name, title)) }
            }
            @if is_known {
                p.hint { "Nothing to do if it is right." }
            } @else if basis == Basis::Habit.word() {
                label.check.confirm { input type="checkbox" name="night" value="as-shown" checked[shown]; "Yes, it was like this" }
            }
            details.inner {
                summary { "Asleep and awake" }
                p.hint { "With these the time asleep is known, and not only the time in bed." }
                @for (_, name, title, unit) in AMOUNTS { (amount_field(fields, name, title, unit)) }
            }
        }
    }
}

fn time_field(fields: &Fields, name: &str, title: &str) -> Markup {
    let problem = problem_of(fields, name);
    html! {
        div.field {
            label for=(name) { (title) }
            (was(fields, name))
            input #(name) type="text" inputmode="numeric" autocomplete="off" placeholder="--:--" size="6" maxlength="9"
                name=(name) value=(fields.get(name).unwrap_or_default())
                aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| format!("{name}-problem"))];
            @if let Some(problem) = problem { p.problem id={ (name) "-problem" } { (problem) } }
        }
    }
}

fn amount_field(fields: &Fields, name: &str, title: &str, unit: &str) -> Markup {
    let problem = problem_of(fields, name);
    html! {
        div.field {
            label for=(name) { (title) }
            (was(fields, name))
            span.with-unit {
                input #(name) type="number" min="0" max="1440" step="1" inputmode="numeric" name=(name)
                    value=(fields.get(name).unwrap_or_default())
                    aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| format!("{name}-problem"))];
                (unit)
            }
            @if let Some(problem) = problem { p.problem id={ (name) "-problem" } { (problem) } }
        }
    }
}

/// What the form showed: what is left as it is, is no answer.
pub(super) fn was(fields: &Fields, name: &str) -> Markup {
    let name = format!("was.{name}");
    html! { input type="hidden" name=(name) value=(fields.get(&name).unwrap_or_default()); }
}

/// The fields of a night with what they show at first.
pub(super) fn fields_of(prefill: &Prefill) -> Vec<(String, String)> {
    let mut fields = vec![
        ("basis".to_owned(), prefill.basis.word().to_owned()),
        ("night.source".to_owned(), prefill.source.clone().unwrap_or_default()),
    ];
    let times = TIMES.iter().zip(prefill.times).map(|((_, name, _), time)| {
        (*name, time.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default())
    });
    let amounts = AMOUNTS
        .iter()
        .zip(prefill.amounts)
        .map(|((_, name, ..), amount)| (*name, amount.map(|amount| amount.to_string()).unwrap_or_default()));
    for (name, value) in times.chain(amounts) {
        fields.push((format!("was.{name}"), value.clone()));
        fields.push((name.to_owned(), value));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_lies_in_the_middle_over_midnight_too() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let nights = ["23:40", "00:10", "23:55", "00:20", "23:50"].map(time);
        assert_eq!(middle(&nights), Some(time("23:55")));
        assert_eq!(middle(&["07:00", "06:58", "07:31"].map(time)), Some(time("07:00")));
        assert_eq!(middle(&[]), None);
    }
}
