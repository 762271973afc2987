//! Says what is believed of a step before it is tried, and what counts as harm, as important, and as worth it.
//!
//! Effects on pain are in points of 0 to 10, below zero for the better (section 3.2 and 4.4 of the science notes): the
//! generic N(-0.4, 0.7) rests on exercise for chronic low back pain, SMD -0.33 (PMC10684665), and on CBT-I, SMD 0.20
//! (Selvanathan 2021, 10.1016/j.smrv.2021.101460), each times an SD of about 2 points. Those on sleep are our judgement:
//! as wide, against the within-person spread of an ordinary diary, as those on pain, and centred on a small gain.

use nightmend_domain::estimate::MeanSd;
use nightmend_domain::plan::{Outcome, StepName};

use crate::steps::StepId;

const fn normal(mean: f64, sd: f64) -> MeanSd {
    MeanSd { mean, sd }
}

/// Returns the usual prior of tonight's effect of a step on an outcome, in the outcome's unit.
#[must_use]
pub fn usual(step: &StepName, outcome: Outcome) -> MeanSd {
    match outcome {
        // What is said of a step to people and what its analysis starts from are one number: that of its file.
        Outcome::MorningPain | Outcome::DayPain => StepId::from_word(step.as_str())
            .map_or(normal(-0.4, 0.7), |id| normal(id.step().prior.mean, id.step().prior.sd)),
        Outcome::SleepHours => normal(0.1, 0.5),
        Outcome::SleepEfficiency => normal(1.0, 4.0),
        Outcome::SleepQuality => normal(0.1, 0.5),
    }
}

/// Returns the sceptical prior, centred on no effect, which decides "helped".
#[must_use]
pub fn sceptical(outcome: Outcome) -> MeanSd {
    match outcome {
        Outcome::MorningPain | Outcome::DayPain => normal(0.0, 0.5),
        Outcome::SleepHours | Outcome::SleepQuality => normal(0.0, 0.35),
        Outcome::SleepEfficiency => normal(0.0, 3.0),
    }
}

/// Returns the prior of "what the nights alone say": ten times as wide as the sceptical one, so that it decides nothing.
#[must_use]
pub fn alone(outcome: Outcome) -> MeanSd {
    normal(0.0, 10.0 * sceptical(outcome).sd)
}

/// Returns the change for the worse that counts as harm, above zero.
#[must_use]
pub fn harm_margin(outcome: Outcome) -> f64 {
    match outcome {
        Outcome::MorningPain | Outcome::DayPain | Outcome::SleepHours | Outcome::SleepQuality => 0.5,
        Outcome::SleepEfficiency => 5.0,
    }
}

/// Returns the change for the better that would be worth it where a person has not said so: for outcomes that are only
/// described.
#[must_use]
pub fn customary_threshold(outcome: Outcome) -> f64 {
    match outcome {
        Outcome::MorningPain | Outcome::DayPain | Outcome::SleepHours | Outcome::SleepQuality => 0.5,
        Outcome::SleepEfficiency => 5.0,
    }
}

/// Returns the minimal important change of pain, above zero: 2 points, or 30 % of the usual pain where that is less
/// (Ostelo et al. 2008, 10.1097/BRS.0b013e31815e3a10); `None` for sleep, where none is agreed on.
#[must_use]
pub fn minimal_important_change(outcome: Outcome, usual_level: f64) -> Option<f64> {
    let thirty_percent = 0.3 * usual_level;
    outcome.is_pain().then_some(if thirty_percent > 0.0 { thirty_percent.min(2.0) } else { 2.0 })
}
