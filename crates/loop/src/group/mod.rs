//! Fits the loop of many people at once: what they have in common, how far they differ, and each one's own share.
//!
//! Two-stage empirical Bayes. First each person's record becomes a normal likelihood of their parameters, the prior
//! of the first stage divided out and the person's own mean latent. Then the population's means and between-person
//! standard deviations are sampled with every person integrated out. The first stage is repeated under what the
//! second found, so that the normal form fits where it matters, and its last round uses draws, not modes.
//!
//! The normal form is an approximation and not calibrated for a few weeks a person: what it gets right and what comes
//! out too narrow is measured in `docs/validation/group.md`.
//!
//! All persons share one scale (the spread within persons, pooled), so that effects are in the table's own units and
//! a person who varies little is not blown up. Persons are sorted by name: the order of a table changes nothing.

mod answer;
mod person;
mod population;
mod small;
mod stages;

use nightmend_domain::Progress;
use nightmend_domain::estimate::{Interval, MeasurementError, Standardisation};
use nightmend_infer::SampleError;
use nightmend_infer::nuts::NutsSettings;

use crate::Seed;
use crate::data::Series;
use crate::priors::Priors;

/// Fewer persons than this say nothing about how persons differ.
pub const FEWEST_PERSONS: usize = 5;

/// One person of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMember {
    /// The name, as the table has it.
    pub person: String,
    /// The record. Sleep and pain must mean the same for every member.
    pub series: Series,
}

/// How to fit a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSettings {
    /// Priors of measurement error and of what is held per person; the arrows' literature priors are not used.
    pub priors: Priors,
    /// How much measurement error is allowed for.
    pub measurement_error: MeasurementError,
    /// Chains, draws and threads of the second stage; the first uses the threads.
    pub nuts: NutsSettings,
    /// Draws per person in the last round of the first stage.
    pub person_draws: usize,
}

impl Default for GroupSettings {
    /// Returns the built-in priors, the expected measurement error, four chains of 300 + 1000 and 1000 draws a person.
    fn default() -> Self {
        Self {
            priors: Priors::built_in(),
            measurement_error: MeasurementError::Prior,
            nuts: NutsSettings { warmup: 300, ..NutsSettings::default() },
            person_draws: 1000,
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

/// How well the sampling went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupDiagnostics {
    /// The largest R-hat of the population's parameters.
    pub rhat_max: f64,
    /// The smallest bulk effective sample size of the population's parameters.
    pub ess_bulk_min: f64,
    /// Divergent trajectories, both stages together.
    pub divergences: u64,
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
    /// Every person used, by name.
    pub persons: Vec<PersonEstimate>,
    /// Names of those with too few days, who were left out.
    pub left_out: Vec<String>,
    /// How well the sampling went.
    pub diagnostics: GroupDiagnostics,
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
    let fitted = stages::fit(&usable, settings, seed, progress)?;
    let left_out = left_out.into_iter().map(|member| member.person.clone()).collect();
    Ok(answer::estimate(&usable, left_out, &fitted, settings, seed))
}
