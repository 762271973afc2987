//! Holds the posterior of a person's loop as plain numbers, so that nobody else needs the engine.
//!
//! Signs: more sleep (or better sleep) and more pain are positive. An arrow below zero from sleep to pain means
//! that shorter nights go with more pain. Nothing here says that one thing brings about the other.

use jiff::civil::Date;

use crate::beside::Beside;
use crate::observation::Moment;

/// What a fit came to.
#[derive(Debug, Clone, PartialEq)]
pub enum LoopOutcome {
    /// There was enough to estimate; whether an arrow is told is another question.
    Estimated(Box<LoopEstimate>),
    /// There is nothing to put a number on, and why.
    CannotTell(CannotTell),
}

impl LoopOutcome {
    /// Returns what the answer rests on.
    #[must_use]
    pub fn data(&self) -> &LoopData {
        match self {
            Self::Estimated(estimate) => &estimate.data,
            Self::CannotTell(cannot_tell) => &cannot_tell.data,
        }
    }
}

/// An answer without a number.
#[derive(Debug, Clone, PartialEq)]
pub struct CannotTell {
    /// What there was.
    pub data: LoopData,
    /// Why it is not enough.
    pub reason: CannotTellReason,
    /// The same for a person to read, ending in what they can do.
    pub sentence: String,
}

/// Why no number can be given.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum CannotTellReason {
    /// No night carries a value.
    NoSleep,
    /// No day carries a value.
    NoPain,
    /// Every night has the same value.
    SleepNeverVaries {
        /// That value.
        value: f64,
    },
    /// Every day has the same value.
    PainNeverVaries {
        /// That value.
        value: f64,
    },
    /// Too few nights and days stand side by side.
    TooFewPairs {
        /// How many do, for the arrow that has more of them.
        pairs: u32,
        /// How many are needed for a number.
        needed: u32,
    },
    /// A quick first answer was asked for and cannot be trusted; the full fit can be asked.
    PreviewRefused {
        /// The shape of the tail of the importance weights (Pareto k-hat).
        k_hat: f64,
    },
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoopData {
    /// Nights with a value.
    pub nights: u32,
    /// Days with a pain value.
    pub pain_days: u32,
    /// Days whose night and whose pain are both known.
    pub pairs_sleep_to_pain: u32,
    /// Nights that are known and whose day before has a pain value.
    pub pairs_pain_to_sleep: u32,
    /// The first date with either value.
    pub from: Option<Date>,
    /// The last date with either value.
    pub to: Option<Date>,
}

/// An equal-tailed posterior interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The posterior of one quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior median.
    pub median: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// 50 % interval.
    pub ci50: Interval,
    /// 90 % interval.
    pub ci90: Interval,
}

/// A mean with its standard deviation, where no draws are needed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanSd {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub sd: f64,
}

/// Whether a person is told of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    /// The claim rule is met.
    Clear,
    /// It is not, whatever the posterior says.
    CannotTellYet,
}

/// How far an answer has come from what is known of other people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Maturity {
    /// Under 30 pairs, or the posterior is still mostly the prior.
    Prior,
    /// In between.
    Emerging,
    /// From 90 pairs, with the data dominating.
    Measured,
}

/// How many more days of keeping the record an arrow would need to become clear, foretold from today's evidence and the
/// posterior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysNeeded {
    /// More days after which about half of all such arrows are clear; `None` where that is beyond three years, or the
    /// data say so little that no sensible number exists.
    pub more_days: Option<u32>,
    /// More days after which a quarter of them are; may be there where `more_days` is not.
    pub at_best: Option<u32>,
    /// More days after which three quarters are; `None` where that is beyond three years.
    pub at_worst: Option<u32>,
}

impl DaysNeeded {
    /// A number of days the way a person would say it: above 20 to the next ten.
    #[must_use]
    pub const fn said(days: u32) -> u32 {
        if days < 20 { days } else { days.div_ceil(10) * 10 }
    }
}

/// One arrow of the loop, in natural units unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrowEstimate {
    /// The unit of every number here, for example "points per hour".
    pub unit: String,
    /// The posterior.
    pub effect: Summary,
    /// Posterior probability that the effect is below zero.
    pub p_negative: f64,
    /// The posterior in standard deviations of pain per standard deviation of sleep (or the other way round).
    pub standardised: MeanSd,
    /// The prior, in natural units.
    pub prior: MeanSd,
    /// What the data alone say, in natural units: the posterior with its own prior divided out; `None` where the
    /// posterior is no sharper than the prior, so that the data say next to nothing.
    pub data_only: Option<MeanSd>,
    /// The evidence of the data alone, signed: a likelihood-ratio statistic, which is not the mean of `data_only`
    /// over its standard deviation. The claim rule looks at it, and never goes against the posterior's sign.
    pub z: f64,
    /// What `abs(z)` must reach to be told, in the form of record that this is.
    pub clear: f64,
    /// Whether the arrow is told.
    pub told: Told,
    /// Posterior variance over prior variance, at most 1.
    pub prior_share: f64,
    /// Posterior standard deviation over prior standard deviation is above 0.85.
    pub mostly_prior: bool,
    /// How far this arrow has come.
    pub maturity: Maturity,
    /// The pairs it rests on.
    pub pairs: u32,
    /// Days still needed; zero where the arrow is told.
    pub days_needed: DaysNeeded,
    /// Why to take it with care: what the checks found and that it is still mostly the prior. An arrow that is told with any
    /// of these is told with care, in words, pictures and JSON alike.
    pub cautions: Vec<String>,
    /// One honest sentence.
    pub sentence: String,
}

/// A posterior wider than this, in SD per SD, says too little to call an effect small: of 131 people with chronic pain
/// half had an effect within 0.16 of nothing.
const WIDE: f64 = 0.08;

impl ArrowEstimate {
    /// How long it may take until an arrow that cannot be told yet can be, in the middle of a sentence.
    #[must_use]
    pub fn outlook(&self) -> String {
        match self.days_needed.more_days {
            Some(1) => "1 more night would tell in about half of such cases".to_owned(),
            Some(days) => {
                format!("{} more nights would tell in about half of such cases", DaysNeeded::said(days))
            }
            None if self.data_only.is_none() => "too few nights to say how many more would tell".to_owned(),
            None if self.standardised.sd > WIDE => "at this rate it would take years to tell".to_owned(),
            None => "it is so near zero that more nights alone may never tell".to_owned(),
        }
    }
}

impl ArrowEstimate {
    /// Adds what the checks found to why this arrow is to be taken with care.
    pub fn take_with(&mut self, cautions: Vec<String>) {
        let prior = "this is still mostly what is known from other people".to_owned();
        self.cautions = self.mostly_prior.then_some(prior).into_iter().chain(cautions).collect();
    }
}

/// What one short (or poor) night goes with, from that day on.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    /// The change of the one night, in the unit of sleep; below zero.
    pub change: f64,
    /// The unit of `change`, for example "hours".
    pub change_unit: String,
    /// The change in words, for example "a night 3 hours short".
    pub change_in_words: String,
    /// The unit of pain of the numbers below, for example "points".
    pub unit: String,
    /// Pain on the day after that night.
    pub first_day: Summary,
    /// Pain summed over `horizon_days` days, in pain units times days.
    pub total: Summary,
    /// How many days the sum and the curve run over.
    pub horizon_days: u32,
    /// After how many days nine tenths of the sum are in, at the posterior median.
    pub days_to_nine_tenths: u32,
    /// Pain on each day, from the day after the night on.
    pub curve: Vec<Summary>,
}

/// What one lasting unit more of sleep goes with in the long run, in pain units.
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// The lasting change in words, for example "one hour more every night".
    pub change_in_words: String,
    /// The unit, for example "points".
    pub unit: String,
    /// Sleep held at the new level, whatever pain does: effect / (1 - carry-over of pain).
    pub held: Summary,
    /// Sleep pushed by one unit and the loop left to respond.
    pub responding: Summary,
}

/// Which arrow is the stronger, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dominant {
    /// Sleep to pain: clear, and larger with probability above 0.95.
    SleepToPain,
    /// Pain to sleep: clear, and larger with probability above 0.95.
    PainToSleep,
    /// Both are within 0.05 standard deviations of zero with probability above 0.8.
    Neither,
    /// None of these.
    CannotTellYet,
}

/// Whether the chains agree and how much they are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopDiagnostics {
    /// Largest rank-normalised split R-hat over all parameters; under 1.01 is good.
    pub rhat_max: f64,
    /// Smallest effective number of draws for a centre.
    pub ess_bulk_min: f64,
    /// Smallest effective number of draws for a tail.
    pub ess_tail_min: f64,
    /// Trajectories that went wrong numerically.
    pub divergences: u64,
    /// Trajectories that turned back at the edge of what is stationary.
    pub edge_contacts: u64,
    /// Chains.
    pub chains: u32,
    /// Draws kept per chain.
    pub draws_per_chain: u32,
}

/// How many more bad days one short night goes with.
#[derive(Debug, Clone, PartialEq)]
pub struct BadDays {
    /// The value of pain from which on a day is bad: set by the person, or nearest to the worst fifth of their days.
    pub at: f64,
    /// The unit of that value.
    pub unit: String,
    /// The share of days with a value that were bad (0 to 1).
    pub observed_share: f64,
    /// The share of days that the model makes bad.
    pub modelled_share: Summary,
    /// Bad days more than usual over the horizon, after the night of the pulse.
    pub extra: Summary,
    /// Days that the sum runs over.
    pub horizon_days: u32,
    /// The same for a person to read; never a claim.
    pub sentence: String,
}

/// Which form of the model was used for pain, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelChoice {
    /// Whether pain is an ordered score with thresholds (ordered probit); otherwise a Gaussian number.
    pub ordered: bool,
    /// Whether its innovations are Student-t; otherwise Gaussian.
    pub student: bool,
    /// The rule as it came out for these data.
    pub why: String,
}

/// The effects on the latent scale of ordered scores, for experts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latent {
    /// By how many points the expected score rises with one latent unit of pain, averaged over the person's days.
    pub points_per_unit: Summary,
    /// Latent units of pain per standard deviation of sleep.
    pub sleep_to_pain: Summary,
    /// Standard deviations of sleep per latent unit of pain.
    pub pain_to_sleep: Summary,
}

/// How far a quick first answer can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preview {
    /// The shape of the tail of the importance weights (Pareto k-hat); an answer is given only where it is low.
    pub k_hat: f64,
    /// The largest k-hat at which one is given.
    pub largest_k_hat: f64,
    /// What the draws are worth.
    pub effective_draws: f64,
    /// How many draws were made.
    pub draws: u32,
}

/// What two pain reports a day add: how a night shows in the morning and what is left of it by the evening.
///
/// Where this is present, the arrow from sleep to pain is the one to the morning, the arrow from pain to sleep starts
/// from the later report, pulse and press speak of mornings, and carry-over, gain and half-life of the later report.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfDay {
    /// Days on which the night and both reports are known.
    pub days_with_both_reports: u32,
    /// The moment of the later report.
    pub later_moment: Moment,
    /// Sleep to the later report beside what the morning hands on, in the unit of the arrow from sleep to pain.
    pub sleep_to_rest_of_day: Summary,
    /// Sleep to the later report in all.
    pub sleep_to_later_report: Summary,
    /// How much of a morning's deviation is left by the later report (from -1 to 1).
    pub morning_to_day: Summary,
    /// How much of the later report's deviation is left the next morning.
    pub day_to_morning: Summary,
    /// By how much mornings are worse than later reports, in pain units.
    pub morning_offset: Summary,
    /// The same for a person to read; never a claim.
    pub sentence: String,
}

/// How an arrow would look if something hidden moved both its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct HiddenInfluence {
    /// The arrow for each supposed correlation, from the lowest to the highest.
    pub points: Vec<HiddenInfluencePoint>,
    /// The correlation nearest zero at which the data alone would say that there is no arrow; `None` beyond the range.
    pub explains: Option<f64>,
    /// The same for a person to read.
    pub sentence: String,
}

/// An arrow under one supposed hidden influence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HiddenInfluencePoint {
    /// The correlation supposed between what is left over of a night and of the day after it.
    pub correlation: f64,
    /// The arrow then, in natural units, moved by as much as the mode moves.
    pub effect: MeanSd,
}

/// One look at whether the model fits the records; one that fails lowers what a sentence says and never raises it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopCheck {
    /// What was looked at, for example "residual_autocorrelation_pain".
    pub name: &'static str,
    /// Whether nothing was found.
    pub passed: bool,
    /// The figure that decided.
    pub value: f64,
    /// What came out, for a person to read.
    pub sentence: String,
}

/// One parameter of the model on standardised series, for experts.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSummary {
    /// The name, as in the file of priors.
    pub name: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// The prior.
    pub prior: MeanSd,
    /// R-hat.
    pub rhat: f64,
    /// Effective draws for the centre.
    pub ess_bulk: f64,
}

/// Centre and spread by which a series was standardised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardisation {
    /// Mean and within-person standard deviation of sleep.
    pub sleep: MeanSd,
    /// Mean and within-person standard deviation of pain.
    pub pain: MeanSd,
}

/// How a record is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Record {
    /// A finished record, looked at once.
    Archive,
    /// A record that grows and is looked at again: claims are made at fixed looks only.
    Living,
}

/// How much measurement error the model allows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MeasurementError {
    /// None: what is written down is taken as exact.
    None,
    /// What the priors expect.
    Prior,
    /// Twice what the priors expect.
    Twice,
}

/// What was used, so that an answer can be had again.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopProvenance {
    /// What stands for sleep, for example "hours (device)".
    pub sleep: String,
    /// What stands for pain, for example "lower back".
    pub pain: String,
    /// The moment of the pain report.
    pub moment: Moment,
    /// How the record was looked at.
    pub record: Record,
    /// Measurement error allowed for.
    pub measurement_error: MeasurementError,
    /// The seed.
    pub seed: u64,
    /// Version of the priors and the first 16 hex digits of their SHA-256.
    pub priors: String,
    /// Version of the engine.
    pub engine: String,
}

/// The posterior of a person's loop, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopEstimate {
    /// What it rests on.
    pub data: LoopData,
    /// Sleep to the pain of the day that follows.
    pub sleep_to_pain: ArrowEstimate,
    /// Pain to the sleep of the night that follows.
    pub pain_to_sleep: ArrowEstimate,
    /// What a push to pain returns after one full circuit; above zero it feeds itself, below zero it corrects itself.
    pub loop_gain: Summary,
    /// How much of a night's deviation is left the next night, other things equal (from -1 to 1).
    pub sleep_carry_over: Summary,
    /// How much of a day's deviation of pain is left the next day.
    pub pain_carry_over: Summary,
    /// The largest growth factor a day; only from 90 nights on.
    pub spectral_radius: Option<Summary>,
    /// Days after which half of a disturbance is gone; only from 90 nights on.
    pub half_life_days: Option<Summary>,
    /// What two pain reports a day add, where that form was fitted.
    pub half_day: Option<HalfDay>,
    /// What was fitted beside the plain loop.
    pub beside: Beside,
    /// What one short night goes with.
    pub pulse: Pulse,
    /// What a lasting change of sleep goes with.
    pub press: Press,
    /// How many more bad days one short night goes with; `None` where too few days are known.
    pub bad_days: Option<BadDays>,
    /// Which form of the model was used for pain.
    pub model: ModelChoice,
    /// The effects on the latent scale, where scores are ordered.
    pub latent: Option<Latent>,
    /// Which arrow is the stronger.
    pub dominant: Dominant,
    /// The same for a person to read.
    pub dominant_sentence: String,
    /// Probability that sleep to pain is the larger, in standard deviations.
    pub p_sleep_to_pain_larger: f64,
    /// The lower maturity of the two arrows.
    pub maturity: Maturity,
    /// Set where this is a quick first answer (importance sampling around the mode); R-hat and the like are then NaN.
    pub preview: Option<Preview>,
    /// Whether the sampling can be trusted.
    pub diagnostics: LoopDiagnostics,
    /// What the series were standardised by.
    pub standardisation: Standardisation,
    /// How strong a hidden influence would have to be to explain the arrow from sleep to pain; `None` where no refit
    /// could be made.
    pub hidden_influence: Option<HiddenInfluence>,
    /// Whether the model fits the records; a check that too few records allow is left out.
    pub checks: Vec<LoopCheck>,
    /// Every parameter, for experts.
    pub parameters: Vec<ParameterSummary>,
    /// One honest sentence an arrow, and what else must be said.
    pub sentences: Vec<String>,
    /// What was used.
    pub provenance: LoopProvenance,
}

impl LoopEstimate {
    /// Returns the probability that sleep to pain is the smaller arrow, in standard deviations.
    #[must_use]
    pub fn p_pain_to_sleep_larger(&self) -> f64 {
        1.0 - self.p_sleep_to_pain_larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_are_rounded_the_way_they_are_said() {
        assert_eq!([7, 21, 640].map(DaysNeeded::said), [7, 30, 640]);
    }
}
