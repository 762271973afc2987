//! Chooses how pain is modelled: as a plain number, or as an ordered score with an end; with calm innovations or flares.
//!
//! A filter can only take Gaussian series. Where scores sit at an end of their scale or use few values, and where pain
//! flares, the loop is fitted with its states written out ([`model`]). The choice follows from the data by a rule that is
//! printed with the answer, and can be overridden.

mod fit;
pub mod model;
pub mod scale;

use nightmend_domain::estimate::{ModelChoice, Standardisation};
use nightmend_infer::laplace;

use crate::beside;
use crate::checks;
use crate::data::{PainMeasure, Series};
use crate::fit::{Form, LoopSettings, Method};
use crate::model::LoopDensity;

pub(crate) use fit::fit;
use scale::Steps;

/// How pain is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PainModel {
    /// By the rule.
    #[default]
    Automatic,
    /// As a number that could go on at both ends.
    Gaussian,
    /// As an ordered score with thresholds, wherever it has steps at all.
    Ordinal,
}

/// How the innovations of pain are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Innovations {
    /// By the rule.
    #[default]
    Automatic,
    /// Normally.
    Gaussian,
    /// As Student-t, which leaves room for flares.
    Student,
}

/// More than this share of scores at one end calls for the ordered form.
pub const SHARE_AT_END: f64 = 0.10;
/// A mean within this of the end of the 0 to 10 scale calls for the ordered form.
pub const NEAR_END: f64 = 1.0;
/// So few different values call for the ordered form.
pub const FEW_VALUES: usize = 4;
/// Records with more days than this are fitted in the Gaussian form unless asked otherwise: the states written out would
/// keep a person waiting for minutes.
pub const MOST_DAYS: usize = 730;
/// Fewer days of pain than this allow no look at its tails.
const FEWEST_FOR_TAILS: usize = 60;
/// Excess kurtosis times the root of the number of days: exceeded by about one in a hundred normal samples.
const HEAVY_TAILS: f64 = 17.0;

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The steps of the score where it is ordered.
    pub steps: Option<Steps>,
    /// Whether innovations are Student-t.
    pub student: bool,
    /// The same for the answer.
    pub choice: ModelChoice,
}

impl Chosen {
    /// Returns whether states must be written out.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.steps.is_some() || self.student
    }
}

/// Chooses the form for a series, by the rule or as asked; `half_day` says whether two reports a day allow that form, which
/// gives way to ordered scores and to Student-t innovations that are asked for.
#[must_use]
pub fn choose(series: &Series, spread: &Standardisation, settings: &LoopSettings, half_day: bool) -> Chosen {
    if half_day && settings.form == Form::HalfDay {
        let why = "Model: pain is taken as a Gaussian number with Gaussian innovations, as the half-day form was asked for."
            .to_owned();
        let choice = ModelChoice { ordered: false, student: false, why };
        return Chosen { steps: None, student: false, choice };
    }
    let (ordered, why_ordered) = ordered(series, settings.pain_model);
    let (student, why_student) = match settings.innovations {
        Innovations::Gaussian => (false, "innovations are Gaussian, as asked".to_owned()),
        Innovations::Student => (true, "innovations are Student-t, as asked".to_owned()),
        Innovations::Automatic if ordered.is_some() => {
            (false, "innovations are Gaussian, as ordered scores hardly show tails".to_owned())
        }
        // Scores that pile up at an end look as if they had tails.
        Innovations::Automatic if Steps::of(series).is_some() && reason_for_order(series).is_some() => (
            false,
            "innovations are Gaussian, as scores at an end of their scale do not show tails".to_owned(),
        ),
        Innovations::Automatic if half_day => {
            (false, "innovations are Gaussian (the half-day form knows no others)".to_owned())
        }
        Innovations::Automatic => tails(series, spread, settings),
    };
    let instead = half_day && (ordered.is_some() || student);
    let mornings =
        if instead { "; one report a day, the one on waking, in place of the half-day form" } else { "" };
    let why = format!("Model: {why_ordered}; {why_student}{mornings}.");
    let quick = settings.method == Method::Preview && (ordered.is_some() || student);
    if quick {
        let why = format!("{why} The quick answer is made with the Gaussian form; the full fit is not.");
        let choice = ModelChoice { ordered: false, student: false, why };
        return Chosen { steps: None, student: false, choice };
    }
    let choice = ModelChoice { ordered: ordered.is_some(), student, why };
    Chosen { steps: ordered, student, choice }
}

fn ordered(series: &Series, asked: PainModel) -> (Option<Steps>, String) {
    if asked == PainModel::Gaussian {
        return (None, "pain is taken as a Gaussian number, as asked".to_owned());
    }
    let Some(steps) = Steps::of(series) else {
        return (None, "pain is taken as a Gaussian number (its scale has no steps to speak of)".to_owned());
    };
    if asked == PainModel::Ordinal {
        return (Some(steps), "pain is taken as an ordered score, as asked".to_owned());
    }
    let Some(reason) = reason_for_order(series) else {
        return (
            None,
            "pain is taken as a Gaussian number (scores keep off the ends of their scale)".to_owned(),
        );
    };
    if series.len() > MOST_DAYS {
        let text = format!(
            "pain is taken as a Gaussian number although {reason}, as the ordered form takes minutes beyond \
             {MOST_DAYS} days (ask for it with the ordinal pain model)"
        );
        return (None, text);
    }
    (Some(steps), format!("pain is taken as an ordered score, as {reason}"))
}

/// Returns why scores are to be taken as ordered, if so.
fn reason_for_order(series: &Series) -> Option<String> {
    let mut values: Vec<f64> = series.pain().iter().flatten().copied().collect();
    let mean = nightmend_infer::draws::mean(&values);
    let share = |end: f64| values.iter().filter(|value| **value == end).count() as f64 / values.len() as f64;
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let nrs = series.pain_measure == PainMeasure::Nrs;
    let ends = if nrs { [0.0, 10.0] } else { [low, high] };
    let at_end = share(ends[0]).max(share(ends[1]));
    let percent = 100.0 * at_end;
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.len() <= FEW_VALUES {
        return Some(format!("it takes {} values only", values.len()));
    }
    if at_end >= SHARE_AT_END {
        return Some(format!("{percent:.0} % of scores are at one end of the scale"));
    }
    let near = nrs && !(NEAR_END..=10.0 - NEAR_END).contains(&mean);
    near.then(|| format!("its mean of {mean:.1} is near the end of the scale"))
}

/// Looks at the tails of what the Gaussian form, with everything beside the loop, leaves over of pain.
fn tails(series: &Series, spread: &Standardisation, settings: &LoopSettings) -> (bool, String) {
    let calm = |why: &str| (false, format!("innovations are Gaussian ({why})"));
    if series.len() > MOST_DAYS {
        return calm("beyond two years Student-t takes minutes; ask for it");
    }
    let LoopSettings { priors, measurement_error, .. } = settings;
    let priors = priors.for_series(&series.sleep_measure, series.pain_measure, spread, *measurement_error);
    let less = beside::less_one_pain(series, spread, settings);
    let mut density = LoopDensity::new(less.as_ref().unwrap_or(series), spread, priors);
    let (start, scale) = (priors.parameters.map(|prior| prior.mean), priors.parameters.map(|prior| prior.sd));
    let left = laplace::climb(&mut density, &start, &scale)
        .ok()
        .and_then(|(mode, _)| density.surprises(&mode).ok())
        .unwrap_or_default();
    let left: Vec<f64> = left.iter().filter_map(|day| day[1]).map(|surprise| surprise.standardised).collect();
    if left.len() < FEWEST_FOR_TAILS {
        return calm("too few days to look at its tails");
    }
    let kurtosis = checks::excess_kurtosis(&left);
    let limit = HEAVY_TAILS / (left.len() as f64).sqrt();
    if kurtosis > limit {
        let text = format!(
            "innovations are Student-t, as pain flares (excess kurtosis {kurtosis:.1}, limit {limit:.1})"
        );
        return (true, text);
    }
    calm("pain has no heavy tails")
}
