//! Finds the best fit of the one-pain-a-day form with what stands beside it, for forms that start from it or look past it.

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::linear::Square;
use nightmend_infer::{LogDensity, laplace};

use super::answer;
use super::density::BesideDensity;
use super::form::{Form, OnePainForm};
use super::plan::Plan;
use crate::data::Series;
use crate::fit::LoopSettings;
use crate::priors::SeriesPriors;
use crate::unfold::{SIDES, Unfolded};

/// Returns the mode of the Gaussian form in unfolded coordinates with a factor of the covariance around it; the priors'
/// own centre and widths where there is none.
pub(crate) fn start_one_pain(
    series: &Series,
    spread: &Standardisation,
    plan: &Plan,
    priors: &SeriesPriors,
) -> (Vec<f64>, Square) {
    if plan.local.is_some() {
        start(density::<4>(series, spread, plan, priors), priors.with_measurement_error)
    } else {
        start(density::<2>(series, spread, plan, priors), priors.with_measurement_error)
    }
}

/// Returns the series without what the best fit of the Gaussian form explains beside the loop; `None` where nothing
/// stands there or no best fit is found.
pub(crate) fn less_one_pain(
    series: &Series,
    spread: &Standardisation,
    settings: &LoopSettings,
) -> Option<Series> {
    let plan = Plan::new(series, spread, settings, false);
    let error = settings.measurement_error;
    let priors = settings.priors.for_series(&series.sleep_measure, series.pain_measure, spread, error);
    match (plan.is_empty(), plan.local.is_some()) {
        (true, _) => None,
        (false, true) => less(series, spread, density::<4>(series, spread, &plan, &priors)),
        (false, false) => less(series, spread, density::<2>(series, spread, &plan, &priors)),
    }
}

fn density<const S: usize>(
    series: &Series,
    spread: &Standardisation,
    plan: &Plan,
    priors: &SeriesPriors,
) -> BesideDensity<OnePainForm, 2, S, 6> {
    let SeriesPriors { parameters, first_state_sd, with_measurement_error } = priors;
    BesideDensity::new(series, spread, plan.clone(), parameters, *first_state_sd, *with_measurement_error)
}

/// Returns the centre and the width of all priors.
fn centre_and_width(priors: &[MeanSd]) -> (Vec<f64>, Vec<f64>) {
    priors.iter().map(|prior| (prior.mean, prior.sd)).unzip()
}

fn start<F: Form<N>, const N: usize, const S: usize, const C: usize>(
    density: BesideDensity<F, N, S, C>,
    with_error: bool,
) -> (Vec<f64>, Square) {
    let (mut centre, scale) = centre_and_width(density.priors());
    let mut unfolded = Unfolded::with_sides(density, if with_error { &SIDES } else { &[] });
    unfolded.unfold(&mut centre);
    match laplace::find_mode(&mut unfolded, &centre, &scale) {
        Ok(mode) => (mode.position, mode.scale),
        Err(_) => (centre, Square::diagonal(&scale)),
    }
}

fn less<F: Form<N>, const N: usize, const S: usize, const C: usize>(
    series: &Series,
    spread: &Standardisation,
    mut density: BesideDensity<F, N, S, C>,
) -> Option<Series>
where
    BesideDensity<F, N, S, C>: LogDensity,
{
    let (centre, scale) = centre_and_width(density.priors());
    let (mode, _) = laplace::climb(&mut density, &centre, &scale).ok()?;
    Some(answer::less(series, spread, &mut density, &mode))
}
