//! Follows a sleep window week by week: what it is now, and why.

use jiff::civil::{Date, Time};
use nightmend_domain::{Minutes, Night, Percent, SleepMethod};
use nightmend_sleep::Assembly;
use nightmend_trial::schedule::{self, WindowWeek, titrate};

use super::ledger::Experiment;
use super::profile::pain_is_up;

/// A window as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WindowNow {
    /// Its length.
    pub(crate) length: Minutes,
    /// When to go to bed at the earliest.
    pub(crate) bed: Time,
    /// When to get up.
    pub(crate) rise: Time,
    /// How it came to be so long, a sentence for each move.
    pub(crate) moves: Vec<String>,
    /// Whether the warning about driving is still shown.
    pub(crate) warns: bool,
}

/// The window of an experiment on a date; nothing for arms without one.
pub(crate) fn window_on(experiment: &Experiment, assembly: &Assembly, today: Date) -> Option<WindowNow> {
    let (minutes, rise) = experiment.window?;
    let mut length = Minutes::new(minutes).ok()?;
    let mut moves = Vec::new();
    let mut from = experiment.first.date();
    while let Ok(next) = from.checked_add(jiff::Span::new().days(7)) {
        let to = next.yesterday().ok()?;
        let week = week_of(experiment, assembly, length, (from, to.min(today)));
        let is_over = to < today;
        // Sleepiness does not wait for the end of the week.
        if is_over || week.sleepy_alert {
            let moved = titrate(&week);
            if moved.step != 0.0 {
                moves.push(sentence(from, &week, moved.step));
            }
            length = moved.window;
        }
        if !is_over {
            break;
        }
        from = next;
    }
    let bed = rise.wrapping_sub(jiff::SignedDuration::from_mins(length.get() as i64));
    let days = today.duration_since(experiment.first.date()).as_hours() / 24;
    let warns = days <= i64::from(schedule::DRIVING_WARNING_DAYS);
    Some(WindowNow { length, bed, rise, moves, warns })
}

fn week_of(
    experiment: &Experiment,
    assembly: &Assembly,
    window: Minutes,
    (from, to): (Date, Date),
) -> WindowWeek {
    let on_step: Vec<Date> = experiment
        .calendar()
        .iter()
        .filter(|assigned| assigned.arm == experiment.plan.design.judged)
        .map(|assigned| assigned.night.date())
        .collect();
    let kept = |night: &&Night| {
        let date = night.date.date();
        (from..=to).contains(&date) && on_step.contains(&date) && night.method == SleepMethod::Diary
    };
    let shares: Vec<f64> =
        assembly.nights.iter().filter(kept).filter_map(|night| night.se).map(Percent::get).collect();
    let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    WindowWeek {
        window,
        efficiency: Percent::new(mean).unwrap_or_else(|_| Percent::new(0.0).expect("nothing is a share")),
        nights_recorded: u32::try_from(shares.len()).unwrap_or(u32::MAX),
        sleepy_alert: experiment.sleepy.iter().any(|on| (from..=to).contains(on)),
        pain_is_up: pain_is_up(&assembly.days, (from, to), 1),
    }
}

fn sentence(from: Date, week: &WindowWeek, step: f64) -> String {
    let why = if week.sleepy_alert {
        "you were worryingly sleepy by day".to_owned()
    } else {
        format!("you slept {:.0} % of the time in bed", week.efficiency.get())
    };
    let change = if step > 0.0 { "longer" } else { "shorter" };
    format!("Week from {from}: {why}, so the window became {:.0} minutes {change}.", step.abs())
}
