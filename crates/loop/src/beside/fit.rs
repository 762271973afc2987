//! Fits either form of the loop together with what stands beside it.

use nightmend_domain::Progress;
use nightmend_domain::estimate::{MeanSd, Standardisation, Told};
use nightmend_infer::diagnostics;
use nightmend_infer::draws;
use nightmend_infer::laplace::ModeError;

use super::answer::{self, Found};
use super::claim::{weigh_half_day, weigh_one_pain};
use super::density::BesideDensity;
use super::form::{Form, HalfDayForm, OnePainForm};
use super::plan::Plan;
use crate::claim::{BothArrows, CLEAR, Clear, Evidence};
use crate::data::Series;
use crate::fit::{Drawn, FitError, LoopSettings, Seed, draw, tell};
use crate::half_day::claim::CLEAR_HALF_DAY;
use crate::half_day::model::HalfDayPriors;
use crate::priors::SeriesPriors;
use crate::unfold::Unfolded;

/// What a fit with something beside the loop found; the first columns of the draws are the form's own parameters.
pub(crate) struct Run {
    pub drawn: Drawn,
    pub evidence: BothArrows,
    pub told: [Told; 2],
    pub found: Found,
}

/// What a fit is made with.
struct Task<'a> {
    series: &'a Series,
    spread: &'a Standardisation,
    settings: &'a LoopSettings,
    seed: Seed,
    progress: &'a dyn Progress,
    base: &'a [MeanSd],
    first_state_sd: f64,
    with_error: bool,
    clear: &'a Clear,
    weigh: fn(&Series, &LoopSettings) -> Result<BothArrows, ModeError>,
}

/// Fits the one-pain-a-day form; `None` where nothing stands beside it.
///
/// # Errors
/// [`FitError`] when stopped or when the sampler fails.
pub(crate) fn run_one_pain(
    series: &Series,
    spread: &Standardisation,
    priors: &SeriesPriors,
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<Option<Run>, FitError> {
    let plan = Plan::new(series, spread, settings, false);
    let task = Task {
        series,
        spread,
        settings,
        seed,
        progress,
        base: &priors.parameters,
        first_state_sd: priors.first_state_sd,
        with_error: priors.with_measurement_error,
        clear: &CLEAR,
        weigh: weigh_one_pain,
    };
    match (plan.is_empty(), plan.local.is_some()) {
        (true, _) => Ok(None),
        (false, true) => task.run::<OnePainForm, 2, 4, 6>(plan).map(Some),
        (false, false) => task.run::<OnePainForm, 2, 2, 6>(plan).map(Some),
    }
}

/// Fits the half-day form; `None` where nothing stands beside it.
///
/// # Errors
/// [`FitError`] when stopped or when the sampler fails.
pub(crate) fn run_half_day(
    series: &Series,
    spread: &Standardisation,
    priors: &HalfDayPriors,
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<Option<Run>, FitError> {
    let plan = Plan::new(series, spread, settings, true);
    let task = Task {
        series,
        spread,
        settings,
        seed,
        progress,
        base: &priors.parameters,
        first_state_sd: priors.first_state_sd,
        with_error: priors.with_measurement_error,
        clear: &CLEAR_HALF_DAY,
        weigh: weigh_half_day,
    };
    match (plan.is_empty(), plan.local.is_some()) {
        (true, _) => Ok(None),
        (false, true) => task.run::<HalfDayForm, 3, 5, 7>(plan).map(Some),
        (false, false) => task.run::<HalfDayForm, 3, 3, 7>(plan).map(Some),
    }
}

impl Task<'_> {
    fn run<F: Form<N>, const N: usize, const S: usize, const C: usize>(
        &self,
        plan: Plan,
    ) -> Result<Run, FitError> {
        let Self { series, spread, settings, .. } = *self;
        let plain = BesideDensity::<F, N, S, C>::new(
            series,
            spread,
            plan,
            self.base,
            self.first_state_sd,
            self.with_error,
        );
        let sides = if self.with_error { F::SIDES } else { &[] };
        let mut density = Unfolded::with_sides(plain.clone(), sides);
        let mut drawn = draw(&mut density, plain.priors(), settings, self.seed, self.progress)?;
        drawn.draws.transform(|draw| plain.unshrink(draw));
        if plain.plan().shrunk.is_some() && drawn.preview.is_none() {
            drawn.convergence = diagnostics::of_draws(&drawn.draws);
        }
        let draws = &drawn.draws;
        let nothing = Evidence { z: 0.0, effect: MeanSd { mean: 0.0, sd: 1.0 } };
        let evidence = (self.weigh)(series, settings)
            .unwrap_or(BothArrows { sleep_to_pain: nothing, pain_to_sleep: nothing });
        let posterior = F::ARROWS.map(|arrow| draws::mean(&draws.column(arrow)));
        let weigh = |life: &Series| (self.weigh)(life, settings).ok();
        let told = tell(series, &evidence, posterior, settings.record, self.clear, weigh);
        let found = answer::found(series, spread, plain, draws);
        Ok(Run { drawn, evidence, told, found })
    }
}
