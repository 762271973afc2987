//! Describes what an experiment with a step has shown, in plain numbers that every room can use.

use jiff::civil::Date;

use crate::estimate::MeanSd;
use crate::plan::{ArmName, Design, Outcome};

/// What is said of a step at the end, or so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The judged outcome changed for the better.
    Helped,
    /// The experiment is over and neither benefit nor its absence is clear.
    NoClearChange,
    /// A change as large as the person wanted is unlikely.
    UnlikelyToReachThreshold,
    /// Even half of what the person wanted can be ruled out.
    DidNotHelp,
    /// The judged outcome changed for the worse.
    Harmed,
    /// There is too little to say anything yet.
    TooEarly,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] = [
        Self::Helped,
        Self::NoClearChange,
        Self::UnlikelyToReachThreshold,
        Self::DidNotHelp,
        Self::Harmed,
        Self::TooEarly,
    ];

    /// The word for it on the command line and in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::NoClearChange => "no_clear_change",
            Self::UnlikelyToReachThreshold => "unlikely_to_reach_threshold",
            Self::DidNotHelp => "did_not_help",
            Self::Harmed => "harmed",
            Self::TooEarly => "too_early",
        }
    }

    /// The verdict of a word, where there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_word() == word)
    }
}

/// A mean with its 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval90 {
    /// The mean.
    pub mean: f64,
    /// The 5 % quantile.
    pub low: f64,
    /// The 95 % quantile.
    pub high: f64,
}

/// How the nights went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NightCounts {
    /// Nights assigned to the judged arm so far.
    pub assigned_on: u32,
    /// Nights assigned to the arm that it is compared with.
    pub assigned_off: u32,
    /// Of these two, nights without the judged outcome: lost to the comparison.
    pub missed: u32,
    /// Of these two, nights of a washout: left out of the randomisation test.
    pub washout: u32,
    /// Nights assigned to any other arm.
    pub other_arms: u32,
    /// Of the nights whose adherence is known, how many went as assigned (a part counts a half).
    pub as_assigned: f64,
    /// Nights whose adherence is known.
    pub adherence_known: u32,
}

/// What a prior and the data together say of tonight's effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// The prior, in the outcome's unit; a change for the worse of pain is above zero.
    pub prior: MeanSd,
    /// The effect: the change of the outcome on a night with the step, in the outcome's unit.
    pub effect: Interval90,
    /// Standard deviation of the effect.
    pub sd: f64,
    /// Probability of any change for the better.
    pub p_benefit: f64,
    /// Probability of a change for the better of at least the threshold.
    pub p_at_least_threshold: f64,
    /// Probability of a change for the better of at least the minimal important change (2 points of pain, or 30 % of the
    /// usual pain where that is less); `None` for sleep.
    pub p_minimal_important: Option<f64>,
    /// Probability of a change for the worse beyond the margin of harm.
    pub p_harm: f64,
}

/// The randomisation test of an outcome: how often would the lot alone have made so large a difference?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomisationTest {
    /// One-sided p, in the direction of benefit.
    pub p: f64,
    /// The smallest p that the design could have given.
    pub smallest_p: f64,
    /// How many allocations were compared.
    pub allocations: u64,
    /// Whether these were all there are; otherwise they were drawn.
    pub exact: bool,
}

/// The effect on one outcome, tonight's.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeResult {
    /// The outcome.
    pub outcome: Outcome,
    /// The arm, compared with the first.
    pub arm: ArmName,
    /// Whether it gets the verdict.
    pub judged: bool,
    /// The change for the better that would be worth it.
    pub threshold: f64,
    /// Nights (of the two arms compared) on which it is known.
    pub nights_known: u32,
    /// Under the usual prior.
    pub usual: Belief,
    /// Under the sceptical prior, which decides "helped".
    pub sceptical: Belief,
    /// What the nights alone say: under a prior so wide that it decides nothing. It is the interval that keeps its promise
    /// whatever the size of the true effect; the usual prior's keeps it over effects as that prior expects them.
    pub alone: Interval90,
    /// The randomisation test beside it; `None` where no other allocation was possible.
    pub randomisation: Option<RandomisationTest>,
    /// The density of the effect under the usual prior, for a picture: (effect, density).
    pub density: Vec<(f64, f64)>,
    /// Effect of having done it rather than of being assigned it: the assigned effect over the difference in adherence.
    pub instrumental: Instrumental,
    /// Nights as done, not as assigned: exploratory, since who does a step on which night is not drawn by lot.
    pub as_done: Option<Interval90>,
    /// What would come of it if the step were done every night; a wide projection, never tested.
    pub every_night: EveryNight,
}

/// The effect of doing the step, by way of the lot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instrumental {
    /// The effect, with the difference in adherence that it was divided by.
    Effect {
        /// The effect.
        effect: Interval90,
        /// Share of step nights with the step minus share of other nights with it.
        adherence_difference: Interval90,
    },
    /// Not given, and why.
    Refused(InstrumentalRefusal),
}

/// Why the effect of doing the step is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstrumentalRefusal {
    /// Too few nights have an answer to whether they went as assigned.
    AdherenceUnknown,
    /// The step was done about as often on nights with it as on nights without.
    AdherenceHardlyDiffers,
}

/// The projection to doing the step every night.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EveryNight {
    /// The change in the long run.
    Projected(Interval90),
    /// Not shown: the loop may feed itself so strongly that nothing can be said of the long run.
    LoopTooStrong {
        /// Probability that the loop's gain is above one half.
        p_gain_above_half: f64,
    },
}

/// What a night with the step leaves for the nights after it, beside what pain and sleep carry over anyway.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarryOver {
    /// The change of the judged outcome on the night after a night with the step.
    pub next_night: Interval90,
    /// Nights after which half of what is left over is gone.
    pub half_life_nights: Interval90,
}

/// One planned look at a running experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The night of the plan after which it was taken.
    pub night: u16,
    /// Probability of any benefit under the sceptical prior, judged outcome, by the form of the test.
    pub p_benefit_sceptical: f64,
    /// What that probability had to exceed.
    pub needed: f64,
    /// Probability of any benefit by the nights alone, by the form of the test.
    pub p_benefit_alone: f64,
    /// What that probability had to exceed as well.
    pub needed_alone: f64,
    /// Probability of reaching the threshold, usual prior.
    pub p_at_least_threshold: f64,
    /// The effect under the usual prior.
    pub effect: Interval90,
    /// The effect as the nights alone have it.
    pub alone: Interval90,
    /// Probability of harm, usual prior.
    pub p_harm: f64,
    /// The verdict as of this look.
    pub verdict: Verdict,
}

/// Something met while an experiment was read that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialIssue {
    /// The night it concerns, by its waking date, where there is one.
    pub night: Option<Date>,
    /// What was met and what was done about it, for a person to read.
    pub text: String,
}

/// What an experiment has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// What was compared.
    pub design: Design,
    /// SHA-256 of design and allocation.
    pub fingerprint: String,
    /// How the nights went.
    pub nights: NightCounts,
    /// The outcomes, the judged one first.
    pub outcomes: Vec<OutcomeResult>,
    /// What is left for later nights; `None` where there is too little to say.
    pub carry_over: Option<CarryOver>,
    /// The looks so far.
    pub looks: Vec<Look>,
    /// The night of the plan after which the next look is due.
    pub next_look: Option<u16>,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in plain words.
    pub sentence: String,
    /// What else must be said.
    pub remarks: Vec<String>,
    /// What was met while the experiment was read.
    pub issues: Vec<TrialIssue>,
}
