//! Weighs the evidence for the two arrows of the half-day form that a person may be told of.
//!
//! The same rule as in [`crate::claim`]: the signed root of the likelihood ratio under weak priors, scaled down for
//! what was fitted besides. The arrow from sleep to the rest of the day is estimated and never told.

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::laplace::{self, ModeError};

use super::model::{HalfDayDensity, HalfDayParameter, HalfDayPriors};
use super::standardisation;
use crate::claim::{BothArrows, Clear, Evidence, WEAK_ARROW_SD, WEAK_CARRY_OVER};
use crate::data::Series;
use crate::held::Held;

/// The threshold of the half-day form.
pub const CLEAR_HALF_DAY: Clear =
    Clear { archive: 2.6, living: 2.8, looks: [90, 180], later: 3.4, later_looks: [365, 730, 1_460] };

/// What one side fits besides its variances: level, trend, weekend, carry-over, arrow, first state, and for mornings
/// their offset and the second arrow.
pub(crate) const FITTED_PER_SIDE: f64 = 8.0;

/// Weighs sleep to morning (as the arrow from sleep to pain) and pain of the day to sleep.
///
/// # Errors
/// [`ModeError`] where no best fit is found.
pub fn weigh(series: &Series, priors: HalfDayPriors) -> Result<BothArrows, ModeError> {
    let Some(spread) = standardisation(series) else { return Err(ModeError::NotAPeak) };
    let data = series.account();
    let weak = weaken(priors);
    let mut density = HalfDayDensity::new(series, &spread, weak);
    let start = weak.parameters.map(|prior| prior.mean);
    let scale = weak.parameters.map(|prior| prior.sd.min(1.0));
    let mode = laplace::find_mode(&mut density, &start, &scale)?;
    let evidence = |arrow: HalfDayParameter, outcomes: u32| -> Result<Evidence, ModeError> {
        let index = arrow.index();
        let without = Held::new(density.clone(), &[(index, 0.0)]);
        let (_, value) = without.climb_nearby(&mode, &scale)?;
        let ratio = (2.0 * (mode.value - value)).max(0.0);
        let effect = MeanSd { mean: mode.position[index], sd: mode.covariance.get(index, index).sqrt() };
        let small_sample = (1.0 + FITTED_PER_SIDE / f64::from(outcomes.max(1))).powf(-0.5);
        Ok(Evidence { z: (ratio.sqrt() * small_sample).copysign(effect.mean), effect })
    };
    Ok(BothArrows {
        sleep_to_pain: evidence(HalfDayParameter::SleepToMorning, data.pain_days)?,
        pain_to_sleep: evidence(HalfDayParameter::PainToSleep, data.nights)?,
    })
}

fn weaken(mut priors: HalfDayPriors) -> HalfDayPriors {
    use HalfDayParameter as P;
    for arrow in [P::SleepToMorning, P::SleepToDay, P::PainToSleep] {
        priors.parameters[arrow.index()] = MeanSd { mean: 0.0, sd: WEAK_ARROW_SD };
    }
    for carry_over in [P::AtanhPhiSleep, P::AtanhLambda, P::AtanhPhiPain] {
        priors.parameters[carry_over.index()] = WEAK_CARRY_OVER;
    }
    priors
}
