//! Fits the loop of many people at once: what they have in common, how far they differ, and each one's own share.
//!
//! Every parameter of the one-pain-a-day loop differs between persons, normally around the population's mean, levels,
//! carry-overs, arrows and innovations going together (`population`). Up to [`EXACT_UP_TO`] people everyone is sampled
//! at once with NUTS, exactly (`joint`). Beyond, every record is looked at by itself from where the population lies, and
//! the population moved, in turn, until it stands still (`two_stage`): empirical Bayes, less exact where there is
//! measurement error (decision 0021). How well the exact form is calibrated: `docs/validation/group.md`.
//!
//! All persons share one scale (the spread within persons, pooled), so that effects are in the table's own units and
//! a person who varies little is not blown up. Persons are sorted by name: the order of a table changes nothing.

mod abreast;
mod answer;
mod joint;
mod marginal;
mod new_person;
mod person;
mod population;
mod small;
mod stages;
mod two_stage;

use std::num::NonZeroUsize;

use nightmend_domain::Progress;
use nightmend_domain::estimate::{Interval, MeanSd, MeasurementError, Standardisation};
use nightmend_infer::SampleError;
use nightmend_infer::nuts::{NutsSettings, WidthsFrom};

use crate::Seed;
use crate::data::Series;
use crate::pack::NewPerson;
use crate::priors::Priors;

/// Fewer persons than this say nothing about how persons differ.
pub const FEWEST_PERSONS: usize = 5;

/// The two-stage form takes how well the population is known from how persons' slopes differ: a matter of hundreds.
pub const FEWEST_FOR_TWO_STAGES: usize = 300;

/// An answer's standard: every parameter of the population is worth at least so many independent draws (Vehtari et al.
/// 2021, 10.1214/20-BA1221, ask for 400 with four chains) ...
pub const ENOUGH_DRAWS: f64 = 400.0;

/// ... and its R-hat is below this (the same source).
pub const RHAT_BELOW: f64 = 1.01;

/// Rounds of draws at most, unless something else is asked for, while an answer is below its standard.
const MOST_ROUNDS: NonZeroUsize = NonZeroUsize::new(6).expect("six is not zero");

/// People that are sampled all together, unless something else is asked for.
pub const EXACT_UP_TO: usize = 400;

/// One person of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMember {
    /// The name, as the table has it.
    pub person: String,
    /// The record. Sleep and pain must mean the same for every member.
    pub series: Series,
    /// What is known of the person beside the record, the same things in the same order for every member.
    pub covariates: Vec<f64>,
}

/// How the posterior is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// Exact up to [`EXACT_UP_TO`] people, in two stages beyond.
    #[default]
    Automatic,
    /// Everyone is sampled together.
    Exact,
    /// Records are summed up first; the population is sampled with persons integrated out.
    TwoStage,
}

impl Method {
    /// Returns what is done for that many people.
    #[must_use]
    pub fn for_people(self, people: usize) -> Self {
        match self {
            Self::Automatic if people <= EXACT_UP_TO => Self::Exact,
            Self::Automatic => Self::TwoStage,
            chosen => chosen,
        }
    }
}

/// How to fit a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSettings {
    /// Priors of measurement error and of what is held per person; the arrows' literature priors are not used.
    pub priors: Priors,
    /// How much measurement error is allowed for.
    pub measurement_error: MeasurementError,
    /// Chains, draws and threads of the sampler; what is done person by person uses the threads, too.
    pub nuts: NutsSettings,
    /// How the posterior is found.
    pub method: Method,
    /// Rounds of `nuts.draws` draws at most: where everyone is sampled together, chains go on from where they stand while
    /// the answer is below its standard ([`ENOUGH_DRAWS`], [`RHAT_BELOW`]).
    pub most_rounds: NonZeroUsize,
}

impl Default for GroupSettings {
    /// Returns the built-in priors, the expected measurement error and four chains of 500 + 1000,
    /// which are enough for most panels of 131 people and 21 days, and up to five times 1000 more where they are not worth
    /// [`ENOUGH_DRAWS`]. Spreads are lopsided: their widths are learnt from draws.
    fn default() -> Self {
        Self {
            priors: Priors::built_in(),
            measurement_error: MeasurementError::Prior,
            nuts: NutsSettings {
                warmup: 500,
                draws: 1000,
                target_accept: 0.8,
                widths: WidthsFrom::Draws,
                ..NutsSettings::default()
            },
            method: Method::Automatic,
            most_rounds: MOST_ROUNDS,
        }
    }
}

/// Why a group has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Too few members have enough days.
    #[error(
        "only {usable} of {people} people have enough days (seven nights with pain beside them), and {FEWEST_PERSONS} \
         are needed; add people or days, or look at one person with `nightmend loop`"
    )]
    TooFewPeople {
        /// Members with enough days.
        usable: usize,
        /// All members.
        people: usize,
    },
    /// Covariates are not the same things for everyone, or one is the same number for everyone.
    #[error("a covariate is missing for somebody or the same for everybody; leave it out")]
    Covariates,
    /// The two-stage form rests on many people.
    #[error(
        "the two-stage form needs at least {FEWEST_FOR_TWO_STAGES} people with enough days, and there are {usable}; leave \
         --method out and everyone is sampled together"
    )]
    TooFewForTwoStages {
        /// Members with enough days.
        usable: usize,
    },
    /// Nobody's sleep or nobody's pain varies.
    #[error("sleep or pain is the same on every day of everyone; check which columns were read")]
    NothingVaries,
    /// The population's density has no mode or could not be sampled.
    #[error("the group could not be fitted ({reason}); report this together with the size of the table")]
    Unfit {
        /// What went wrong.
        reason: String,
    },
    /// The listener asked to stop.
    #[error("the fit was stopped as asked; start it again to get an answer")]
    Cancelled,
}

impl From<SampleError> for GroupError {
    fn from(error: SampleError) -> Self {
        match error {
            SampleError::Cancelled => Self::Cancelled,
            other => Self::Unfit { reason: other.to_string() },
        }
    }
}

/// A posterior summary of something about the population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSummary {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// 95 % interval.
    pub ci95: Interval,
}

/// The four things that a paper's table has a row for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByQuantity<T> {
    /// Points of pain per unit of sleep.
    pub sleep_to_pain: T,
    /// Units of sleep per point of pain.
    pub pain_to_sleep: T,
    /// Carry-over of pain from one day to the next.
    pub phi_pain: T,
    /// Carry-over of sleep from one night to the next.
    pub phi_sleep: T,
}

/// A posterior summary of something about one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonSummary {
    /// Posterior mean, shrunken towards the population.
    pub mean: f64,
    /// 90 % interval.
    pub ci90: Interval,
}

/// One person's estimates, given everyone's data.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonEstimate {
    /// The name, as the table has it.
    pub person: String,
    /// Days with a sleep or a pain value.
    pub days: usize,
    /// The estimates.
    pub estimates: ByQuantity<PersonSummary>,
}

/// What goes with a covariate of persons: by how much an arrow differs for one standard deviation more of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CovariateEffect {
    /// The covariate's mean and standard deviation over the persons used.
    pub covariate: MeanSd,
    /// On sleep to pain, in points per unit of sleep.
    pub sleep_to_pain: GroupSummary,
    /// On pain to sleep, in units of sleep per point.
    pub pain_to_sleep: GroupSummary,
}

/// How two things go together between persons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// The one: `sleep_to_pain`, `pain_to_sleep`, `phi_pain`, `phi_sleep`, `level_sleep` or `level_pain`.
    pub one: &'static str,
    /// The other.
    pub other: &'static str,
    /// The correlation.
    pub summary: GroupSummary,
}

/// Mean over the population, and standard deviation between persons, of a level in the table's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelEstimate {
    /// The mean.
    pub mean: GroupSummary,
    /// The standard deviation between persons.
    pub between_person_sd: GroupSummary,
}

/// How well the sampling went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupDiagnostics {
    /// The largest R-hat of the population's parameters.
    pub rhat_max: f64,
    /// The smallest bulk effective sample size of the population's parameters.
    pub ess_bulk_min: f64,
    /// Divergent trajectories.
    pub divergences: u64,
    /// Gradients of the log-posterior, warm-up included.
    pub gradient_evaluations: u64,
}

impl GroupDiagnostics {
    /// Whether the sampling meets the standard of an answer: [`ENOUGH_DRAWS`] and [`RHAT_BELOW`].
    #[must_use]
    pub fn meets_the_standard(&self) -> bool {
        self.rhat_max < RHAT_BELOW && self.ess_bulk_min >= ENOUGH_DRAWS
    }
}

/// The answer for a group, in the table's own units.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupEstimate {
    /// Days with a sleep or a pain value, over all persons used.
    pub days: usize,
    /// The spread within persons, pooled, and the grand means.
    pub scale: Standardisation,
    /// Means over the population.
    pub population: ByQuantity<GroupSummary>,
    /// How far persons differ: standard deviations between persons.
    pub between_person_sd: ByQuantity<GroupSummary>,
    /// Share of the population whose own effect has the sign opposite to the population's mean.
    pub share_opposite_sign: ByQuantity<GroupSummary>,
    /// Levels of sleep and of pain.
    pub levels: [LevelEstimate; 2],
    /// How arrows, carry-overs and levels go together between persons.
    pub correlations: Vec<Correlation>,
    /// What goes with each covariate, in the members' order.
    pub covariates: Vec<CovariateEffect>,
    /// Every person used, by name.
    pub persons: Vec<PersonEstimate>,
    /// Names of those with too few days, who were left out.
    pub left_out: Vec<String>,
    /// What is to be expected of one more person, on that person's own standardised series.
    pub new_person: NewPerson,
    /// How well the sampling went.
    pub diagnostics: GroupDiagnostics,
    /// How the posterior was found.
    pub method: Method,
    /// Version and hash of the priors, and the form of the model.
    pub model: String,
}

/// Fits a group. The answer depends on the members, the settings and the seed alone, not on threads or order.
///
/// # Errors
/// [`GroupError`] for too few people with enough days, or when stopped.
pub fn fit_group(
    members: &[GroupMember],
    settings: &GroupSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<GroupEstimate, GroupError> {
    let mut sorted: Vec<&GroupMember> = members.iter().collect();
    sorted.sort_by(|a, b| a.person.cmp(&b.person));
    let (usable, left_out): (Vec<&GroupMember>, Vec<&GroupMember>) =
        sorted.into_iter().partition(|member| stages::has_enough(&member.series));
    if usable.len() < FEWEST_PERSONS {
        return Err(GroupError::TooFewPeople { usable: usable.len(), people: members.len() });
    }
    if settings.method == Method::TwoStage && usable.len() < FEWEST_FOR_TWO_STAGES {
        return Err(GroupError::TooFewForTwoStages { usable: usable.len() });
    }
    let fitted = stages::fit(&usable, settings, seed, progress)?;
    let left_out = left_out.into_iter().map(|member| member.person.clone()).collect();
    answer::estimate(&usable, left_out, &fitted, settings, seed)
}
