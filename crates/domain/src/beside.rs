//! Holds what was fitted beside the plain loop: covariates, several channels of a night, a moving level, a curve.

use crate::estimate::{MeanSd, Summary};

/// What was fitted beside the plain loop; empty where nothing was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beside {
    /// What else was written down and taken into account, one entry for each place where it acts.
    pub covariates: Vec<CovariateEstimate>,
    /// Whether the covariates' effects are shrunk together, which they are beyond five covariates.
    pub shrunk: bool,
    /// The other channels of a night, beside the one that gives the answer its unit.
    pub channels: Vec<ChannelEstimate>,
    /// The correlation between the errors of a rated night and of the pain that was rated in the same minute.
    pub rating_correlation: Option<Summary>,
    /// How far the levels wander, where they are let.
    pub local_level: Option<LocalLevel>,
    /// The bend in hours slept, where it was asked for.
    pub curve: Option<Curve>,
}

impl Beside {
    /// Whether nothing was fitted beside the plain loop.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a covariate acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActsOn {
    /// The night after it.
    Night,
    /// The pain after it (in the half-day form of an evening's answer the pain on waking, of a day's the later report).
    Pain,
}

impl ActsOn {
    /// Returns the word for it in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Night => "night",
            Self::Pain => "pain",
        }
    }
}

/// What one covariate goes with, everything else in the model being equal: an estimate, never a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct CovariateEstimate {
    /// What it is called.
    pub name: String,
    /// What it acts on.
    pub on: ActsOn,
    /// By how many dates it comes before the night or pain of a date: 1 for the evening before.
    pub days_before: u8,
    /// The unit of `effect`, for example "minutes of sleep per point".
    pub unit: String,
    /// The immediate effect of one natural unit more.
    pub effect: Summary,
    /// The effect of one standard deviation more, in standard deviations of what it acts on.
    pub standardised: MeanSd,
    /// On how many of the days in question it is known.
    pub known: u32,
    /// On how many it is not: its mean stands there, with a term of its own from 5 % on.
    pub unknown: u32,
}

/// What another channel says of the same nights.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelEstimate {
    /// What it is called, for example "hours (device)".
    pub name: String,
    /// The nights on which it is known.
    pub nights: u32,
    /// The nights on which both it and the main channel are known.
    pub shared: u32,
    /// How much more it says than the main channel on an average night; only where both have one unit.
    pub offset: Option<Summary>,
    /// The unit of `offset`, `error` and `loading`.
    pub unit: String,
    /// By how much it moves when the night moves by one unit of the main channel.
    pub loading: Summary,
    /// The standard deviation of its error.
    pub error: Summary,
}

/// By how much the levels wander in 30 days, as a standard deviation, in natural units.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalLevel {
    /// Of sleep.
    pub sleep: Summary,
    /// Of pain.
    pub pain: Summary,
}

/// Whether both short and long nights go with more (or less) pain.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Points of pain per squared hour away from `around`.
    pub effect: Summary,
    /// The unit of `effect`.
    pub unit: String,
    /// The hours around which the bend lies: the person's own mean.
    pub around: f64,
    /// Probability of the likelier sign; the bend is told of only above 0.95.
    pub p_sign: f64,
    /// What may be said of it; absent where the sign is not sure.
    pub sentence: Option<String>,
}
