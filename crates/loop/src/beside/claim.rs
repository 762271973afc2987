//! Weighs the evidence for both arrows with everything that stands beside the loop in the model.
//!
//! The rule of [`crate::claim`]: the signed root of the likelihood ratio under weak priors, with Bartlett's form of
//! correction for what a side fits, which is one more for every column that pushes it. Covariates are not shrunk
//! together here (a learned scale has no place in a likelihood ratio): each has its own N(0, 0.3²).

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::laplace::{self, ModeError};

use super::density::BesideDensity;
use super::form::{Form, HalfDayForm, OnePainForm};
use super::plan::Plan;
use crate::claim::{BothArrows, Evidence, WEAK_ARROW_SD, WEAK_CARRY_OVER};
use crate::data::Series;
use crate::fit::LoopSettings;
use crate::half_day;
use crate::held::Held;

/// Weighs both arrows of the one-pain-a-day form with what stands beside it.
///
/// # Errors
/// [`ModeError`] where no best fit is found.
pub fn weigh_one_pain(series: &Series, settings: &LoopSettings) -> Result<BothArrows, ModeError> {
    let spread = series.standardisation().ok_or(ModeError::NotAPeak)?;
    let (sleep, pain) = (&series.sleep_measure, series.pain_measure);
    let priors = settings.priors.for_series(sleep, pain, &spread, settings.measurement_error);
    let plan = Plan::new(series, &spread, settings, false);
    let form = (&priors.parameters[..], priors.first_state_sd, priors.with_measurement_error);
    if plan.local.is_some() {
        weigh::<OnePainForm, 2, 4, 6>(series, &spread, plan, form)
    } else {
        weigh::<OnePainForm, 2, 2, 6>(series, &spread, plan, form)
    }
}

/// Weighs both arrows of the half-day form that may be told, with what stands beside it.
///
/// # Errors
/// [`ModeError`] where no best fit is found.
pub fn weigh_half_day(series: &Series, settings: &LoopSettings) -> Result<BothArrows, ModeError> {
    let spread = half_day::standardisation(series).ok_or(ModeError::NotAPeak)?;
    let (sleep, pain) = (&series.sleep_measure, series.pain_measure);
    let priors = settings.priors.for_half_day(sleep, pain, &spread, settings.measurement_error);
    let plan = Plan::new(series, &spread, settings, true);
    let form = (&priors.parameters[..], priors.first_state_sd, priors.with_measurement_error);
    if plan.local.is_some() {
        weigh::<HalfDayForm, 3, 5, 7>(series, &spread, plan, form)
    } else {
        weigh::<HalfDayForm, 3, 3, 7>(series, &spread, plan, form)
    }
}

fn weigh<F: Form<N>, const N: usize, const S: usize, const C: usize>(
    series: &Series,
    spread: &Standardisation,
    mut plan: Plan,
    (base, first_state_sd, with_error): (&[MeanSd], f64, bool),
) -> Result<BothArrows, ModeError> {
    let data = series.account();
    let pushing = plan.pushing().map(|count| count as f64);
    plan.shrunk = None;
    let weak = MeanSd { mean: 0.0, sd: WEAK_ARROW_SD };
    let mut density =
        BesideDensity::<F, N, S, C>::new(series, spread, plan, base, first_state_sd, with_error)
            .with_prior(F::ALL_ARROWS, weak)
            .with_prior(F::CARRY_OVERS, WEAK_CARRY_OVER);
    let start: Vec<f64> = density.priors().iter().map(|prior| prior.mean).collect();
    let scale: Vec<f64> = density.priors().iter().map(|prior| prior.sd.min(1.0)).collect();
    let mode = laplace::find_mode(&mut density, &start, &scale)?;
    let evidence = |index: usize, outcomes: u32, pushing: f64| -> Result<Evidence, ModeError> {
        let without = Held::new(density.clone(), &[(index, 0.0)]);
        let (_, value) = without.climb_nearby(&mode, &scale)?;
        let ratio = (2.0 * (mode.value - value)).max(0.0);
        let effect = MeanSd { mean: mode.position[index], sd: mode.covariance.get(index, index).sqrt() };
        let fitted = F::FITTED_PER_SIDE + pushing;
        let small_sample = (1.0 + fitted / f64::from(outcomes.max(1))).powf(-0.5);
        Ok(Evidence { z: (ratio.sqrt() * small_sample).copysign(effect.mean), effect })
    };
    let [there, back] = F::ARROWS;
    Ok(BothArrows {
        sleep_to_pain: evidence(there, data.pain_days, pushing[1])?,
        pain_to_sleep: evidence(back, data.nights, pushing[0])?,
    })
}
