//! Shapes `loop --json`: both arrows with their intervals, and what may be told of them.

use nightmend_domain::estimate::{
    ArrowEstimate, BadDays, CannotTellReason, DaysNeeded, Dominant, HalfDay, HiddenInfluence,
    HiddenInfluencePoint, Interval, LoopCheck, LoopData, LoopEstimate, LoopOutcome, LoopProvenance, Maturity,
    MeanSd, MeasurementError, ParameterSummary, Press, Preview, Pulse, Record, Summary, Told,
};
use nightmend_domain::{Day, Night, Role};
use nightmend_loop::select::SelectionError;
use schemars::JsonSchema;
use serde::Serialize;

use super::beside::BesideView;
use super::rounded;
use crate::prereg::PreregistrationView;

/// `nightmend.loop/1`. Where no number can be given, `cannot_tell` says why and the numbers are absent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LoopView {
    /// Always `nightmend.loop/1`.
    pub schema: &'static str,
    /// Whose loop.
    pub person: String,
    /// Whether the records are simulated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// What stands for sleep and for pain, and how it was asked.
    pub settings: SettingsView,
    /// What the answer rests on.
    pub data: DataView,
    /// Why no number can be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cannot_tell: Option<String>,
    /// Which form of the model was used, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelView>,
    /// Set where this is a quick first answer, or the refusal of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<PreviewView>,
    /// Both arrows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<Effects>,
    /// The part of a push of pain that comes back after one full round, in the long run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_gain: Option<GainView>,
    /// Days until half of a push is gone; null under 90 nights.
    pub half_life_days: Option<GainView>,
    /// Largest growth factor a day; absent under 90 nights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spectral_radius: Option<GainView>,
    /// How much of a deviation is left a day later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carry_over: Option<CarryOverView>,
    /// What one short (or poor) night goes with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulse: Option<PulseView>,
    /// What a lasting change of sleep goes with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub press: Option<PressView>,
    /// How many more bad days a short (or poor) night goes with; absent where too few days are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_days: Option<BadDaysView>,
    /// `sleep_to_pain`, `pain_to_sleep`, `neither` or `cannot_tell_yet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant_in_words: Option<String>,
    /// Posterior probability that sleep to pain is the larger of the two, in standard deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_sleep_to_pain_larger: Option<f64>,
    /// `prior`, `emerging` or `measured`: the lower of the two arrows.
    pub maturity: &'static str,
    /// Posterior variance over prior variance of each effect, at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_share: Option<PerArrow<f64>>,
    /// Days still to keep the record for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_needed: Option<PerArrow<DaysNeededView>>,
    /// Whether the sampling can be trusted; absent in a quick first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<DiagnosticsView>,
    /// What two pain reports a day add, where that form was fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_day: Option<HalfDayView>,
    /// What was fitted beside the plain loop; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<BesideView>,
    /// How strong a hidden influence would have to be to explain the arrow from sleep to pain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_influence: Option<HiddenInfluenceView>,
    /// Whether the model fits the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckView>,
    /// Every parameter of the model, on standardised series.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterView>,
    /// Whether this is the analysis that was preregistered; present where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preregistration: Option<PreregistrationView>,
    /// One honest sentence an arrow, and what else must be said.
    pub sentences: Vec<String>,
    /// What was chosen without being asked, and what was left out.
    pub remarks: Vec<String>,
}

/// Which form of the model was used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModelView {
    /// `one_pain_a_day` or `half_day`.
    pub form: &'static str,
    /// `gaussian`, or `ordinal`: an ordered score with thresholds (ordered probit).
    pub pain: &'static str,
    /// `gaussian` or `student`.
    pub innovations: &'static str,
    /// The rule as it came out for these data, in words.
    pub why: String,
    /// The effects on the latent scale of ordered scores; those under `effects` are in points at this person's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latent: Option<LatentView>,
}

/// The effects on the latent scale of ordered scores.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LatentView {
    /// By how many points the expected score rises with one latent unit of pain, averaged over the person's days.
    pub points_per_unit: GainView,
    /// Latent units of pain per standard deviation of sleep.
    pub sleep_to_pain: GainView,
    /// Standard deviations of sleep per latent unit of pain.
    pub pain_to_sleep: GainView,
}

/// How many more bad days one short (or poor) night goes with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BadDaysView {
    /// From this value of pain on, a day is bad: set, or nearest to the worst fifth of the days.
    pub at: f64,
    /// The unit of that value.
    pub unit: String,
    /// Percent of the days with a value that were bad.
    pub observed_percent: f64,
    /// Percent of days that the model makes bad.
    pub modelled_percent: GainView,
    /// Bad days more than usual over the horizon, after the night of `pulse`.
    pub extra: GainView,
    /// Days that the sum runs over.
    pub horizon_days: u32,
    /// The same in words; never a claim.
    pub sentence: String,
}

/// How far a quick first answer (importance sampling around the mode) can be trusted.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct PreviewView {
    /// Whether it cannot be trusted, so that no number is given and the full fit must be asked.
    pub refused: bool,
    /// The shape of the tail of the importance weights (Pareto k-hat); null where no tail could be fitted.
    pub k_hat: Option<f64>,
    /// The largest k-hat at which an answer is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_k_hat: Option<f64>,
    /// What the draws are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_draws: Option<f64>,
    /// Draws made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draws: Option<u32>,
}

/// Something for each arrow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PerArrow<T> {
    /// Sleep to pain.
    pub sleep_to_pain: T,
    /// Pain to sleep.
    pub pain_to_sleep: T,
}

/// Both arrows.
pub type Effects = PerArrow<EffectView>;

/// What was asked, so that the answer can be had again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SettingsView {
    /// What stands for sleep.
    pub sleep: String,
    /// What stands for pain.
    pub pain: String,
    /// `waking`, `bedtime` or `day`.
    pub moment: &'static str,
    /// `archive` or `living`; absent where nothing was fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<&'static str>,
    /// `none`, `prior` or `twice`; absent where nothing was fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurement_error: Option<&'static str>,
    /// The seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Version and hash of the priors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priors: Option<String>,
    /// Version of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// What an answer rests on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DataView {
    /// Nights with a value.
    pub nights: u32,
    /// Days with a pain value.
    pub pain_days: u32,
    /// Days whose night and whose pain are both known.
    pub pairs_sleep_to_pain: u32,
    /// Nights that are known and whose day before has a pain value.
    pub pairs_pain_to_sleep: u32,
    /// First date with either value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last date with either value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// One arrow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EffectView {
    /// The unit of the numbers.
    pub unit: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// 50 % interval.
    pub ci50: [f64; 2],
    /// 90 % interval.
    pub ci90: [f64; 2],
    /// Posterior probability that the effect is below zero.
    pub p_negative: f64,
    /// Evidence of the data alone.
    pub z: f64,
    /// What `|z|` must reach.
    pub clear: f64,
    /// `clear` or `cannot_tell_yet`.
    pub told: &'static str,
    /// `prior`, `emerging` or `measured`.
    pub maturity: &'static str,
    /// The pairs it rests on.
    pub pairs: u32,
    /// Why to take it with care: failed checks, and that it is still mostly the prior. An arrow that is told with any of
    /// these is told with care.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
    /// In standard deviations.
    pub standardised: MeanSdView,
    /// The prior, in natural units.
    pub prior: MeanSdView,
    /// The data alone, in natural units: the posterior with its own prior divided out; absent where the data say
    /// next to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_only: Option<MeanSdView>,
}

/// A mean and a standard deviation.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct MeanSdView {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// A quantity with its interval.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GainView {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior median.
    pub median: f64,
    /// 90 % interval.
    pub ci90: [f64; 2],
}

/// How much of a deviation is left a day later.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CarryOverView {
    /// Of sleep, a night later.
    pub sleep: GainView,
    /// Of pain, a day later.
    pub pain: GainView,
}

/// What one short (or poor) night goes with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PulseView {
    /// The change of the one night.
    pub change: f64,
    /// Its unit.
    pub change_unit: String,
    /// The change in words.
    pub change_in_words: String,
    /// The unit of pain.
    pub unit: String,
    /// Pain on the day after.
    pub first_day: GainView,
    /// Pain summed over the days, in pain units times days.
    pub total: GainView,
    /// Days of the sum and the curve.
    pub horizon_days: u32,
    /// Days after which nine tenths of the sum are in.
    pub days_to_nine_tenths: u32,
    /// Pain on each day.
    pub curve: Vec<ImpulseDayView>,
}

/// One day after a pulse.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImpulseDayView {
    /// Days after the night; 0 is the day that follows it.
    pub day: usize,
    /// Posterior mean.
    pub mean: f64,
    /// 50 % interval.
    pub ci50: [f64; 2],
    /// 90 % interval.
    pub ci90: [f64; 2],
}

/// What a lasting change of sleep goes with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PressView {
    /// The change in words.
    pub change_in_words: String,
    /// The unit of pain.
    pub unit: String,
    /// Sleep held at the new level.
    pub held: GainView,
    /// The loop left to respond.
    pub responding: GainView,
}

/// Days still needed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DaysNeededView {
    /// Days after which about half of such arrows are told; null where that is beyond three years or cannot be said.
    pub more_days: Option<u32>,
    /// Days after which a quarter are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_best: Option<u32>,
    /// Days after which three quarters are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_worst: Option<u32>,
}

/// Whether the sampling can be trusted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosticsView {
    /// Largest rank-normalised split R-hat.
    pub rhat_max: f64,
    /// Smallest bulk ESS.
    pub ess_bulk_min: f64,
    /// Smallest tail ESS.
    pub ess_tail_min: f64,
    /// Divergences.
    pub divergences: u64,
    /// Trajectories that turned back at the edge of what is stationary.
    pub edge_contacts: u64,
    /// Chains.
    pub chains: u32,
    /// Draws kept per chain.
    pub draws_per_chain: u32,
}

/// What two pain reports a day add. The arrow from sleep to pain is then the one to the morning.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HalfDayView {
    /// Days on which the night and both reports are known.
    pub days_with_both_reports: u32,
    /// The moment of the later report.
    pub later_moment: &'static str,
    /// Sleep to the later report beside what the morning hands on, in the unit of the arrow from sleep to pain.
    pub sleep_to_rest_of_day: GainView,
    /// Sleep to the later report in all.
    pub sleep_to_later_report: GainView,
    /// How much of a morning's deviation is left by the later report.
    pub morning_to_day: GainView,
    /// How much of the later report's deviation is left the next morning.
    pub day_to_morning: GainView,
    /// By how much mornings are worse than later reports, in pain units.
    pub morning_offset: GainView,
    /// The same in words; never a claim.
    pub sentence: String,
}

/// How the arrow from sleep to pain would look if something hidden moved a night and the day after it together.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HiddenInfluenceView {
    /// The correlation nearest zero at which the data alone would say that there is no arrow; absent beyond the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explains: Option<f64>,
    /// The same in words.
    pub sentence: String,
    /// The arrow for each supposed correlation.
    pub points: Vec<HiddenInfluencePointView>,
}

/// The arrow under one supposed hidden influence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HiddenInfluencePointView {
    /// The correlation supposed.
    pub correlation: f64,
    /// The arrow then, in natural units.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
}

/// One look at whether the model fits the records; one that fails adds a caution to the sentences.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckView {
    /// What was looked at.
    pub name: &'static str,
    /// Whether nothing was found.
    pub passed: bool,
    /// The figure that decided.
    pub value: f64,
    /// What came out, in words.
    pub sentence: String,
}

/// One parameter of the model.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ParameterView {
    /// Its name in the file of priors; of a covariate its own, with what it acts on.
    pub name: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// Its prior.
    pub prior: MeanSdView,
    /// R-hat; absent in a quick first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rhat: Option<f64>,
    /// Bulk ESS.
    pub ess_bulk: f64,
}

/// What an answer without a number was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub sleep: String,
    pub pain: String,
    pub moment: &'static str,
}

/// What an answer rests on where nothing could be chosen for it.
pub(crate) fn nothing(
    error: &SelectionError,
    nights: &[Night],
    days: &[Day],
) -> (LoopData, CannotTellReason) {
    let reason =
        if *error == SelectionError::NoPain { CannotTellReason::NoPain } else { CannotTellReason::NoSleep };
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let known = nights.iter().filter(|night| night.tst.is_some());
    let rated = days.iter().filter(|day| day.entries.iter().any(|entry| entry.role == Role::Pain));
    let dates = || known.clone().map(|night| night.date.date()).chain(rated.clone().map(|day| day.date));
    let data = LoopData {
        nights: count(known.clone().count()),
        pain_days: count(rated.clone().count()),
        from: dates().min(),
        to: dates().max(),
        ..LoopData::default()
    };
    (data, reason)
}

impl LoopView {
    /// The shape of an outcome.
    pub(crate) fn new(
        person: &str,
        simulated: bool,
        asked: Asked,
        outcome: &LoopOutcome,
        remarks: &[String],
    ) -> Self {
        let empty = Self::without_numbers(person, simulated, asked, outcome.data(), remarks);
        match outcome {
            LoopOutcome::CannotTell(cannot_tell) => Self {
                cannot_tell: Some(cannot_tell.sentence.clone()),
                preview: PreviewView::of_refusal(cannot_tell.reason),
                sentences: vec![cannot_tell.sentence.clone()],
                ..empty
            },
            LoopOutcome::Estimated(estimate) => empty.with(estimate),
        }
    }

    fn without_numbers(
        person: &str,
        simulated: bool,
        asked: Asked,
        data: &LoopData,
        remarks: &[String],
    ) -> Self {
        Self {
            schema: "nightmend.loop/1",
            person: person.to_owned(),
            simulated,
            settings: SettingsView {
                sleep: asked.sleep,
                pain: asked.pain,
                moment: asked.moment,
                record: None,
                measurement_error: None,
                seed: None,
                priors: None,
                engine: None,
            },
            data: DataView::from(data),
            cannot_tell: None,
            model: None,
            preview: None,
            effects: None,
            loop_gain: None,
            half_life_days: None,
            spectral_radius: None,
            carry_over: None,
            pulse: None,
            press: None,
            bad_days: None,
            dominant: None,
            dominant_in_words: None,
            p_sleep_to_pain_larger: None,
            maturity: "prior",
            prior_share: None,
            days_needed: None,
            diagnostics: None,
            half_day: None,
            beside: None,
            hidden_influence: None,
            checks: Vec::new(),
            parameters: Vec::new(),
            preregistration: None,
            sentences: Vec::new(),
            remarks: remarks.to_vec(),
        }
    }

    fn with(self, estimate: &LoopEstimate) -> Self {
        let (there, back) = (&estimate.sleep_to_pain, &estimate.pain_to_sleep);
        let per_arrow = |share: fn(&ArrowEstimate) -> f64| PerArrow {
            sleep_to_pain: rounded(share(there)),
            pain_to_sleep: rounded(share(back)),
        };
        Self {
            settings: SettingsView::from(&estimate.provenance),
            model: Some(ModelView::from(estimate)),
            preview: estimate.preview.map(PreviewView::from),
            bad_days: estimate.bad_days.as_ref().map(BadDaysView::from),
            dominant_in_words: Some(estimate.dominant_sentence.clone()),
            p_sleep_to_pain_larger: Some(rounded(estimate.p_sleep_to_pain_larger)),
            effects: Some(PerArrow {
                sleep_to_pain: EffectView::from(there),
                pain_to_sleep: EffectView::from(back),
            }),
            loop_gain: Some(GainView::from(&estimate.loop_gain)),
            half_life_days: estimate.half_life_days.as_ref().map(GainView::from),
            spectral_radius: estimate.spectral_radius.as_ref().map(GainView::from),
            carry_over: Some(CarryOverView {
                sleep: GainView::from(&estimate.sleep_carry_over),
                pain: GainView::from(&estimate.pain_carry_over),
            }),
            pulse: Some(PulseView::from(&estimate.pulse)),
            press: Some(PressView::from(&estimate.press)),
            dominant: Some(match estimate.dominant {
                Dominant::SleepToPain => "sleep_to_pain",
                Dominant::PainToSleep => "pain_to_sleep",
                Dominant::Neither => "neither",
                Dominant::CannotTellYet => "cannot_tell_yet",
            }),
            maturity: maturity_word(estimate.maturity),
            prior_share: Some(per_arrow(|arrow| arrow.prior_share)),
            days_needed: Some(PerArrow {
                sleep_to_pain: DaysNeededView::from(there.days_needed),
                pain_to_sleep: DaysNeededView::from(back.days_needed),
            }),
            diagnostics: estimate.preview.is_none().then(|| DiagnosticsView {
                rhat_max: rounded(estimate.diagnostics.rhat_max),
                ess_bulk_min: rounded(estimate.diagnostics.ess_bulk_min),
                ess_tail_min: rounded(estimate.diagnostics.ess_tail_min),
                divergences: estimate.diagnostics.divergences,
                edge_contacts: estimate.diagnostics.edge_contacts,
                chains: estimate.diagnostics.chains,
                draws_per_chain: estimate.diagnostics.draws_per_chain,
            }),
            half_day: estimate.half_day.as_ref().map(HalfDayView::from),
            beside: BesideView::of(&estimate.beside),
            hidden_influence: estimate.hidden_influence.as_ref().map(HiddenInfluenceView::from),
            checks: estimate.checks.iter().map(CheckView::from).collect(),
            parameters: estimate.parameters.iter().map(ParameterView::from).collect(),
            sentences: estimate.sentences.clone(),
            ..self
        }
    }
}

impl PreviewView {
    fn of_refusal(reason: CannotTellReason) -> Option<Self> {
        let CannotTellReason::PreviewRefused { k_hat } = reason else { return None };
        let k_hat = k_hat.is_finite().then(|| rounded(k_hat));
        Some(Self { refused: true, k_hat, largest_k_hat: None, effective_draws: None, draws: None })
    }
}

impl From<Preview> for PreviewView {
    fn from(preview: Preview) -> Self {
        Self {
            refused: false,
            k_hat: preview.k_hat.is_finite().then(|| rounded(preview.k_hat)),
            largest_k_hat: Some(rounded(preview.largest_k_hat)),
            effective_draws: Some(rounded(preview.effective_draws)),
            draws: Some(preview.draws),
        }
    }
}

impl From<&LoopEstimate> for ModelView {
    fn from(estimate: &LoopEstimate) -> Self {
        let latent = estimate.latent.as_ref().map(|latent| LatentView {
            points_per_unit: GainView::from(&latent.points_per_unit),
            sleep_to_pain: GainView::from(&latent.sleep_to_pain),
            pain_to_sleep: GainView::from(&latent.pain_to_sleep),
        });
        let model = &estimate.model;
        Self {
            form: if estimate.half_day.is_some() { "half_day" } else { "one_pain_a_day" },
            pain: if model.ordered { "ordinal" } else { "gaussian" },
            innovations: if model.student { "student" } else { "gaussian" },
            why: model.why.clone(),
            latent,
        }
    }
}

impl From<&BadDays> for BadDaysView {
    fn from(bad: &BadDays) -> Self {
        let percent = |share: f64| rounded(100.0 * share);
        let Summary { mean, median, ci90, .. } = bad.modelled_share;
        Self {
            at: rounded(bad.at),
            unit: bad.unit.clone(),
            observed_percent: percent(bad.observed_share),
            modelled_percent: GainView {
                mean: percent(mean),
                median: percent(median),
                ci90: [percent(ci90.low), percent(ci90.high)],
            },
            extra: GainView::from(&bad.extra),
            horizon_days: bad.horizon_days,
            sentence: bad.sentence.clone(),
        }
    }
}

/// The word for a maturity.
const fn maturity_word(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Prior => "prior",
        Maturity::Emerging => "emerging",
        Maturity::Measured => "measured",
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [rounded(interval.low), rounded(interval.high)]
}

impl From<&LoopProvenance> for SettingsView {
    fn from(provenance: &LoopProvenance) -> Self {
        Self {
            sleep: provenance.sleep.clone(),
            pain: provenance.pain.clone(),
            moment: provenance.moment.as_word(),
            record: Some(match provenance.record {
                Record::Archive => "archive",
                Record::Living => "living",
            }),
            measurement_error: Some(match provenance.measurement_error {
                MeasurementError::None => "none",
                MeasurementError::Prior => "prior",
                MeasurementError::Twice => "twice",
            }),
            seed: Some(provenance.seed),
            priors: Some(provenance.priors.clone()),
            engine: Some(provenance.engine.clone()),
        }
    }
}

impl From<&LoopData> for DataView {
    fn from(data: &LoopData) -> Self {
        Self {
            nights: data.nights,
            pain_days: data.pain_days,
            pairs_sleep_to_pain: data.pairs_sleep_to_pain,
            pairs_pain_to_sleep: data.pairs_pain_to_sleep,
            from: data.from.map(|date| date.to_string()),
            to: data.to.map(|date| date.to_string()),
        }
    }
}

impl From<&ArrowEstimate> for EffectView {
    fn from(arrow: &ArrowEstimate) -> Self {
        Self {
            unit: arrow.unit.clone(),
            mean: rounded(arrow.effect.mean),
            sd: rounded(arrow.effect.sd),
            ci50: ends(arrow.effect.ci50),
            ci90: ends(arrow.effect.ci90),
            p_negative: rounded(arrow.p_negative),
            z: rounded(arrow.z),
            clear: arrow.clear,
            told: match arrow.told {
                Told::Clear => "clear",
                Told::CannotTellYet => "cannot_tell_yet",
            },
            maturity: maturity_word(arrow.maturity),
            pairs: arrow.pairs,
            cautions: arrow.cautions.clone(),
            standardised: MeanSdView::from(arrow.standardised),
            prior: MeanSdView::from(arrow.prior),
            data_only: arrow.data_only.map(MeanSdView::from),
        }
    }
}

impl From<&HalfDay> for HalfDayView {
    fn from(half: &HalfDay) -> Self {
        Self {
            days_with_both_reports: half.days_with_both_reports,
            later_moment: half.later_moment.as_word(),
            sleep_to_rest_of_day: GainView::from(&half.sleep_to_rest_of_day),
            sleep_to_later_report: GainView::from(&half.sleep_to_later_report),
            morning_to_day: GainView::from(&half.morning_to_day),
            day_to_morning: GainView::from(&half.day_to_morning),
            morning_offset: GainView::from(&half.morning_offset),
            sentence: half.sentence.clone(),
        }
    }
}

impl From<&HiddenInfluence> for HiddenInfluenceView {
    fn from(hidden: &HiddenInfluence) -> Self {
        let point = |point: &HiddenInfluencePoint| HiddenInfluencePointView {
            correlation: rounded(point.correlation),
            mean: rounded(point.effect.mean),
            sd: rounded(point.effect.sd),
        };
        Self {
            explains: hidden.explains.map(rounded),
            sentence: hidden.sentence.clone(),
            points: hidden.points.iter().map(point).collect(),
        }
    }
}

impl From<&LoopCheck> for CheckView {
    fn from(check: &LoopCheck) -> Self {
        let LoopCheck { name, passed, value, sentence } = check.clone();
        Self { name, passed, value: rounded(value), sentence }
    }
}

impl From<MeanSd> for MeanSdView {
    fn from(value: MeanSd) -> Self {
        Self { mean: rounded(value.mean), sd: rounded(value.sd) }
    }
}

impl From<&Summary> for GainView {
    fn from(summary: &Summary) -> Self {
        Self { mean: rounded(summary.mean), median: rounded(summary.median), ci90: ends(summary.ci90) }
    }
}

impl From<&Pulse> for PulseView {
    fn from(pulse: &Pulse) -> Self {
        Self {
            change: rounded(pulse.change),
            change_unit: pulse.change_unit.clone(),
            change_in_words: pulse.change_in_words.clone(),
            unit: pulse.unit.clone(),
            first_day: GainView::from(&pulse.first_day),
            total: GainView::from(&pulse.total),
            horizon_days: pulse.horizon_days,
            days_to_nine_tenths: pulse.days_to_nine_tenths,
            curve: pulse
                .curve
                .iter()
                .enumerate()
                .map(|(day, summary)| ImpulseDayView {
                    day,
                    mean: rounded(summary.mean),
                    ci50: ends(summary.ci50),
                    ci90: ends(summary.ci90),
                })
                .collect(),
        }
    }
}

impl From<&Press> for PressView {
    fn from(press: &Press) -> Self {
        Self {
            change_in_words: press.change_in_words.clone(),
            unit: press.unit.clone(),
            held: GainView::from(&press.held),
            responding: GainView::from(&press.responding),
        }
    }
}

impl From<DaysNeeded> for DaysNeededView {
    fn from(days: DaysNeeded) -> Self {
        Self { more_days: days.more_days, at_best: days.at_best, at_worst: days.at_worst }
    }
}

impl From<&ParameterSummary> for ParameterView {
    fn from(parameter: &ParameterSummary) -> Self {
        Self {
            name: parameter.name.clone(),
            mean: rounded(parameter.mean),
            sd: rounded(parameter.sd),
            prior: MeanSdView::from(parameter.prior),
            rhat: parameter.rhat.is_finite().then(|| rounded(parameter.rhat)),
            ess_bulk: rounded(parameter.ess_bulk),
        }
    }
}
