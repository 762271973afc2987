//! Shapes what `loop --json` says of everything that was fitted beside the plain loop.

use nightmend_domain::beside::{Beside, ChannelEstimate, CovariateEstimate, Curve};
use schemars::JsonSchema;
use serde::Serialize;

use super::loop_view::{GainView, MeanSdView};
use super::rounded;

/// What was fitted beside the plain loop. All of it are estimates, and none is a claim.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BesideView {
    /// What else was written down and taken into account, one entry for each place where it acts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<CovariateView>,
    /// Whether the covariates' effects are shrunk together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shrunk: bool,
    /// The other channels of a night.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelView>,
    /// The correlation of the errors of a night and a pain that were rated in one minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_correlation: Option<GainView>,
    /// How far the levels wander in 30 days (as a standard deviation), with `--level local`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_level: Option<LocalLevelView>,
    /// The bend in hours slept, with `--curve`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<CurveView>,
}

/// What one covariate goes with where it acts, everything else in the model being equal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CovariateView {
    /// What it is called.
    pub name: String,
    /// `night` or `pain`.
    pub on: &'static str,
    /// By how many dates it comes before the night or the pain: 1 for the evening before.
    pub days_before: u8,
    /// The unit of `effect`.
    pub unit: String,
    /// The immediate effect of one unit more (or of a yes).
    pub effect: GainView,
    /// The effect of one standard deviation more, in standard deviations of the night or the pain.
    pub standardised: MeanSdView,
    /// On how many of the nights or days in question it is known.
    pub known: u32,
    /// On how many it is not: its mean stands there, with a term of its own from 5 % on.
    pub unknown: u32,
}

/// What another channel says of the same nights.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChannelView {
    /// What it is called.
    pub name: String,
    /// The nights on which it is known.
    pub nights: u32,
    /// The nights on which the main channel is known, too.
    pub shared: u32,
    /// The unit of the figures below.
    pub unit: String,
    /// How much more it says than the main channel on an average night; absent where the units differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<GainView>,
    /// By how much it moves when the night moves by one unit of the main channel.
    pub loading: GainView,
    /// The standard deviation of its error.
    pub error: GainView,
}

/// How far the levels wander in 30 days.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LocalLevelView {
    /// Of sleep, in its unit (hours where sleep is in hours).
    pub sleep: GainView,
    /// Of pain, in points.
    pub pain: GainView,
}

/// Whether both short and long nights go with more (or less) pain than a straight line says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CurveView {
    /// The unit of `effect`.
    pub unit: String,
    /// Pain per squared hour away from `around`.
    pub effect: GainView,
    /// The hours around which the bend lies.
    pub around: f64,
    /// Probability of the likelier sign.
    pub p_sign: f64,
    /// What may be said of it; absent where `p_sign` is not above 0.95.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

impl BesideView {
    /// The shape of it; `None` where there is nothing.
    pub(super) fn of(beside: &Beside) -> Option<Self> {
        (!beside.is_empty()).then(|| Self {
            covariates: beside.covariates.iter().map(CovariateView::from).collect(),
            shrunk: beside.shrunk,
            channels: beside.channels.iter().map(ChannelView::from).collect(),
            rating_correlation: beside.rating_correlation.as_ref().map(GainView::from),
            local_level: beside.local_level.as_ref().map(|level| LocalLevelView {
                sleep: GainView::from(&level.sleep),
                pain: GainView::from(&level.pain),
            }),
            curve: beside.curve.as_ref().map(CurveView::from),
        })
    }
}

impl From<&CovariateEstimate> for CovariateView {
    fn from(covariate: &CovariateEstimate) -> Self {
        Self {
            name: covariate.name.clone(),
            on: covariate.on.as_word(),
            days_before: covariate.days_before,
            unit: covariate.unit.clone(),
            effect: GainView::from(&covariate.effect),
            standardised: MeanSdView::from(covariate.standardised),
            known: covariate.known,
            unknown: covariate.unknown,
        }
    }
}

impl From<&ChannelEstimate> for ChannelView {
    fn from(channel: &ChannelEstimate) -> Self {
        Self {
            name: channel.name.clone(),
            nights: channel.nights,
            shared: channel.shared,
            unit: channel.unit.clone(),
            offset: channel.offset.as_ref().map(GainView::from),
            loading: GainView::from(&channel.loading),
            error: GainView::from(&channel.error),
        }
    }
}

impl From<&Curve> for CurveView {
    fn from(curve: &Curve) -> Self {
        Self {
            unit: curve.unit.clone(),
            effect: GainView::from(&curve.effect),
            around: rounded(curve.around),
            p_sign: rounded(curve.p_sign),
            sentence: curve.sentence.clone(),
        }
    }
}
