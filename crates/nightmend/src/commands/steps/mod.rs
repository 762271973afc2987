//! Runs `nightmend steps`: the six steps as experiments on oneself.

mod change;
mod result;
mod show;

use nightmend_app::steps::Occasion;
use nightmend_app::steps::catalogue::StepId;
use nightmend_domain::Outcome as Judged;

use super::{Context, machine_zone, now};
use crate::args_steps::{StepsArgs, StepsWhat};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(crate) use change::ask_about_the_step;

/// Runs `nightmend steps`.
pub fn run(context: &Context, args: &StepsArgs) -> Outcome {
    match &args.what {
        None => show::list(context, &args.json),
        Some(StepsWhat::List(json)) => show::list(context, json),
        Some(StepsWhat::Offers(json)) => show::offers(context, json),
        Some(StepsWhat::Guide(args)) => show::guide(context, args),
        Some(StepsWhat::Safety(args)) => change::safety(context, args),
        Some(StepsWhat::Plan(args)) => show::plan(context, args),
        Some(StepsWhat::Start(args)) => change::start(context, args),
        Some(StepsWhat::Tonight(json)) => show::tonight(context, json),
        Some(StepsWhat::Answer(args)) => change::answer(context, args),
        Some(StepsWhat::Pause(args)) => change::pause(context, args),
        Some(StepsWhat::Resume(json)) => change::resume(context, json),
        Some(StepsWhat::Stop(args)) => change::stop(context, args),
        Some(StepsWhat::Extend(args)) => change::extend(context, args),
        Some(StepsWhat::Calendar(args)) => show::calendar(context, args),
        Some(StepsWhat::Result(args)) => result::result(context, args),
        Some(StepsWhat::Analyse(args)) => result::analyse(context, args),
        Some(StepsWhat::Ics(args)) => show::ics(context, args),
        Some(StepsWhat::Notify(args)) => show::notify(context, args),
        Some(StepsWhat::Sleepy(json)) => change::sleepy(context, json),
        Some(StepsWhat::Keep(args)) => change::keep(context, args),
    }
}

/// The present occasion.
pub(crate) fn occasion() -> Occasion {
    Occasion { now: now(), machine_zone: machine_zone() }
}

/// The step of a word of the command line.
fn step_named(word: &str) -> Result<StepId, Failure> {
    StepId::from_word(word).ok_or_else(|| {
        Failure::Usage(format!(
            "there is no step called '{word}'; there are: sleep-position, mattress-pillow, wind-down, daytime-activity, schedule, professional"
        ))
    })
}

/// The outcome of a word of the command line.
fn outcome_named(word: Option<&str>) -> Result<Option<Judged>, Failure> {
    word.map(|word| {
        Judged::from_word(&word.trim().to_lowercase().replace('-', "_")).ok_or_else(|| {
            let words: Vec<&str> = Judged::ALL.iter().map(|each| each.as_word()).collect();
            Failure::Usage(format!("--outcome takes one of: {}", words.join(", ")))
        })
    })
    .transpose()
}

/// A word as it is typed: with hyphens.
fn typed(word: &str) -> String {
    word.replace('_', "-")
}

/// Adds a wrapped paragraph.
fn paragraph(text: &mut String, words: &str, width: usize, indent: &str) {
    text.push_str(indent);
    text.push_str(&output::wrapped(words, width.saturating_sub(indent.len()), indent));
    text.push('\n');
}

/// Adds a wrapped point.
fn point(text: &mut String, words: &str, width: usize) {
    text.push_str("- ");
    text.push_str(&output::wrapped(words, width.saturating_sub(2), "  "));
    text.push('\n');
}
