//! Decides what is said of a step, at looks fixed before the start.
//!
//! The rule is section 3.5 of the science notes; its error rates with this engine are in `docs/validation/steps.md`.

use nightmend_domain::plan::Rotation;
use nightmend_domain::step_result::{Look, Verdict};

use crate::design::MOST_NIGHTS_FAST;

/// No verdict before this night.
pub const FIRST_LOOK: u16 = 14;
/// "Unlikely" and "did not help" are not said before this night.
pub const FIRST_NO: u16 = 28;
/// Below this probability of reaching the threshold it is called unlikely.
pub const UNLIKELY: f64 = 0.05;
/// Above this probability of harm beyond its margin the experiment ends with "harmed".
pub const HARMED: f64 = 0.8;
/// Fewer known nights than this, or fewer than [`LEAST_KNOWN_EACH`] of either arm, give no verdict.
pub const LEAST_KNOWN: u32 = 10;
/// See [`LEAST_KNOWN`].
pub const LEAST_KNOWN_EACH: u32 = 4;

/// What is asked at the last look, at the one before it, and so on: early looks ask for more, so that most of the five in a
/// hundred that may be told of nothing is spent where the nights are.
const ASKED_FAST: [f64; 5] = [0.88, 0.94, 0.965, 0.975, 0.985];
/// The same for more than 42 nights.
const ASKED_LONG: [f64; 5] = [0.91, 0.945, 0.965, 0.975, 0.985];

/// What is asked of the sceptic where the step begins once, at every look: that he leans towards it. A start is one
/// comparison, known to about 0.8 points, of which somebody who expects half a point to either side believes little,
/// however large it is: two points leave him at .76 on average and hardly ever above .85. The nights alone carry the claim.
const ASKED_ONE_START: f64 = 0.7;

/// What is asked at the looks that an extension adds, when the first plan has spent nearly all of the five in a hundred.
const ASKED_EXTENDED: [f64; 5] = [0.98, 0.985, 0.99, 0.995, 0.995];
/// The same of the nights alone.
const ASKED_EXTENDED_ALONE: [f64; 5] = [0.993, 0.998, 0.999, 0.9995, 0.9995];

/// What is asked of the nights alone, whatever the number of nights.
const ASKED_ALONE: [f64; 5] = [0.965, 0.9875, 0.99, 0.995, 0.998];

/// What the probability of any benefit under the sceptical prior must exceed at the look after `night` of an experiment of
/// `planned` nights.
///
/// The notes have .95 at every look, and .975; the boundary here rises towards the early looks (O'Brien and Fleming 1979,
/// 10.2307/2530245) and was set with this engine where it has the error rate that was asked for (decision 0031).
///
/// ```
/// use nightmend_domain::plan::Rotation;
/// use nightmend_trial::verdict::helped_above;
/// let fast = Rotation::PermutedBlocks { block: 4 };
/// assert!(helped_above(14, 42, fast) > helped_above(42, 42, fast));
/// assert_eq!(helped_above(28, 28, fast), helped_above(42, 42, fast));
/// ```
#[must_use]
pub fn helped_above(night: u16, planned: u16, rotation: Rotation) -> f64 {
    if matches!(rotation, Rotation::RandomStart { .. }) {
        return ASKED_ONE_START;
    }
    asked(if planned <= MOST_NIGHTS_FAST { ASKED_FAST } else { ASKED_LONG }, night, planned)
}

/// What the probability of any benefit by the nights alone must exceed as well: a sceptic is moved by many quiet nights more
/// easily than by few loud ones, and would be told of nothing more often there.
#[must_use]
pub fn helped_alone_above(night: u16, planned: u16) -> f64 {
    asked(ASKED_ALONE, night, planned)
}

fn asked(asked: [f64; 5], night: u16, planned: u16) -> f64 {
    at_look(asked, looks(planned).into_iter().filter(|look| *look > night).count())
}

fn at_look(asked: [f64; 5], to_come: usize) -> f64 {
    asked[to_come.min(asked.len() - 1)]
}

/// A look fixed before its nights: when it comes, and what "helped" needs there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedLook {
    /// The night of the plan after which it comes.
    pub night: u16,
    /// What the probability of any benefit under the sceptical prior must exceed.
    pub sceptical: f64,
    /// What that by the nights alone must exceed as well.
    pub alone: f64,
    /// Whether it is the plan's last.
    pub is_last: bool,
}

impl PlannedLook {
    /// Returns the look after `night` of an experiment begun with `planned` nights.
    #[must_use]
    pub fn after(night: u16, planned: u16, rotation: Rotation) -> Self {
        Self {
            night,
            sceptical: helped_above(night, planned, rotation),
            alone: helped_alone_above(night, planned),
            is_last: night >= planned,
        }
    }
}

/// Returns the looks of an experiment, in order. `lengths` are the nights of its plan as it was begun and after each time
/// that it was made longer: what an earlier plan had looked at stays as it was, and the looks that an extension adds
/// share the little that may still be spent on them.
///
/// ```
/// use nightmend_domain::plan::Rotation;
/// use nightmend_trial::verdict::{helped_above, planned_looks};
/// let fast = Rotation::PermutedBlocks { block: 4 };
/// let looks = planned_looks(&[42, 84], fast);
/// let nights: Vec<u16> = looks.iter().map(|look| look.night).collect();
/// assert_eq!(nights, [14, 21, 28, 35, 42, 56, 70, 84]);
/// assert_eq!(looks[4].sceptical, helped_above(42, 42, fast));
/// assert!(looks[7].sceptical > helped_above(84, 84, fast));
/// ```
#[must_use]
pub fn planned_looks(lengths: &[u16], rotation: Rotation) -> Vec<PlannedLook> {
    let last = lengths.last().copied().unwrap_or(0);
    let mut planned: Vec<PlannedLook> = Vec::new();
    for (place, length) in lengths.iter().enumerate() {
        let before = planned.last().map_or(0, |look| look.night);
        let added: Vec<u16> = looks(*length).into_iter().filter(|night| *night > before).collect();
        for (at, night) in added.iter().enumerate() {
            let to_come = added.len() - 1 - at;
            let mut look =
                PlannedLook { is_last: *night >= last, ..PlannedLook::after(*night, *length, rotation) };
            if place > 0 {
                look.sceptical = at_look(ASKED_EXTENDED, to_come);
                look.alone = at_look(ASKED_EXTENDED_ALONE, to_come);
            }
            planned.push(look);
        }
    }
    planned
}

/// The nights after which an experiment of that many nights is looked at, in order; the last is its end.
///
/// ```
/// assert_eq!(nightmend_trial::verdict::looks(28), [14, 21, 28]);
/// assert_eq!(nightmend_trial::verdict::looks(84), [28, 42, 56, 70, 84]);
/// ```
#[must_use]
pub fn looks(nights: u16) -> Vec<u16> {
    let (first, apart) = if nights <= MOST_NIGHTS_FAST { (FIRST_LOOK, 7) } else { (28, 14) };
    let mut looks: Vec<u16> = (first..nights).step_by(apart).collect();
    looks.push(nights);
    looks
}

/// The figures that a look is judged by, turned so that benefit is above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Probability of any benefit under the sceptical prior.
    pub p_benefit_sceptical: f64,
    /// Probability of any benefit by the nights alone.
    pub p_benefit_alone: f64,
    /// Probability of reaching the threshold under the usual prior.
    pub p_at_least_threshold: f64,
    /// The better end of the 90 % interval of the benefit under the usual prior.
    pub best_case: f64,
    /// Probability of harm beyond its margin under the usual prior.
    pub p_harm: f64,
    /// Known nights with the step, and without.
    pub known: [u32; 2],
}

/// Judges one look.
#[must_use]
pub fn judge(figures: &Figures, threshold: f64, look: &PlannedLook) -> Verdict {
    let PlannedLook { night, sceptical, alone, is_last } = *look;
    let Figures { p_benefit_sceptical, p_benefit_alone, p_at_least_threshold, best_case, p_harm, known } =
        *figures;
    let open = if is_last { Verdict::NoClearChange } else { Verdict::TooEarly };
    if night < FIRST_LOOK
        || known.iter().sum::<u32>() < LEAST_KNOWN
        || known.iter().any(|side| *side < LEAST_KNOWN_EACH)
    {
        // Also at the end: a change was never looked for, so it cannot be said that there was none.
        Verdict::TooEarly
    } else if p_benefit_sceptical > sceptical && p_benefit_alone > alone {
        Verdict::Helped
    } else if p_harm > HARMED {
        Verdict::Harmed
    } else if night >= FIRST_NO && best_case < 0.5 * threshold {
        Verdict::DidNotHelp
    } else if night >= FIRST_NO && p_at_least_threshold < UNLIKELY {
        Verdict::UnlikelyToReachThreshold
    } else {
        open
    }
}

/// Returns the verdict after some looks: "helped" and "harmed" stand once they were said, anything else gives way to the
/// latest look.
#[must_use]
pub fn overall(looks: &[Look]) -> Verdict {
    let stands = |look: &&Look| matches!(look.verdict, Verdict::Helped | Verdict::Harmed);
    looks.iter().find(stands).or(looks.last()).map_or(Verdict::TooEarly, |look| look.verdict)
}

/// Pain this many points above the usual, on this many days in a row, pauses an experiment and asks.
pub const ALARM_POINTS: f64 = 2.0;
/// See [`ALARM_POINTS`].
pub const ALARM_DAYS: usize = 3;

/// Whether the last three days with a value in a row were all two points or more above `usual` pain: a reason to pause
/// and ask, which also happens by chance in 8 to 16 % of experiments (section 3.5 of the notes).
///
/// `days` are consecutive days, `None` where pain is unknown; a day without a value breaks the row.
///
/// ```
/// use nightmend_trial::verdict::pain_alarm;
/// assert!(pain_alarm(&[Some(4.0), Some(6.0), Some(7.0), Some(6.0)], 4.0));
/// assert!(!pain_alarm(&[Some(6.0), None, Some(7.0), Some(6.0)], 4.0));
/// ```
#[must_use]
pub fn pain_alarm(days: &[Option<f64>], usual: f64) -> bool {
    days.len() >= ALARM_DAYS
        && days.iter().rev().take(ALARM_DAYS).all(|day| day.is_some_and(|pain| pain >= usual + ALARM_POINTS))
}
