//! Gives a first answer in milliseconds: importance sampling around the mode, marked as such and refused where its
//! weights cannot be trusted.
//!
//! Everything but the draws is what the full fit has: the same density, the same evidence and claim, the same checks
//! and the same words. How near it comes is measured in `tests/preview.rs`; decision 0015 says why it is done this way.

use std::num::NonZeroUsize;

use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{CannotTell, CannotTellReason, LoopOutcome, Preview};
use nightmend_infer::LogDensity;
use nightmend_infer::diagnostics::Convergence;
use nightmend_infer::importance::{self, ImportanceDraws};
use nightmend_infer::nuts::{SampleError, Whitening};

use crate::data::Series;
use crate::fit::{Drawn, FitError, LoopSettings, Method, Seed, fit};
use crate::unfold::Unfolded;
use crate::words;

/// How many draws a preview makes. They are worth about 700, which places a mean within 4 % of a posterior SD.
const DRAWS: usize = 2_000;

/// Fits the loop as [`fit`] does, but quickly: the answer carries a [`Preview`] and may move a little in the full fit.
///
/// Where importance sampling cannot be trusted the outcome is [`CannotTellReason::PreviewRefused`].
///
/// # Errors
/// [`FitError::Sampling`] where the density cannot be evaluated; never for want of data.
pub fn preview(series: &Series, settings: &LoopSettings, seed: Seed) -> Result<LoopOutcome, FitError> {
    let settings = LoopSettings { method: Method::Preview, ..settings.clone() };
    match fit(series, &settings, seed, &NoProgress) {
        Err(FitError::PreviewRefused { k_hat }) => {
            let reason = CannotTellReason::PreviewRefused { k_hat };
            let sentence = words::cannot_tell(series, &reason);
            Ok(LoopOutcome::CannotTell(CannotTell { data: series.account(), reason, sentence }))
        }
        other => other,
    }
}

/// Draws by importance sampling and refuses where that cannot be trusted.
pub(crate) fn draw<D: LogDensity>(
    density: &mut Unfolded<D>,
    whitening: &Whitening,
    seed: Seed,
    threads: NonZeroUsize,
) -> Result<Drawn, FitError> {
    let broken =
        |error: nightmend_infer::DensityError| SampleError::Chain { chain: 0, reason: error.to_string() };
    let found = importance::sample(density, whitening, DRAWS, seed.0, threads)
        .map_err(|error| FitError::Sampling(broken(error)))?;
    if !found.is_trustworthy() {
        return Err(FitError::PreviewRefused { k_hat: found.k_hat });
    }
    let ImportanceDraws { mut draws, k_hat, effective } = found;
    draws.transform(|draw| density.fold(draw));
    let preview = Preview {
        k_hat,
        largest_k_hat: ImportanceDraws::largest_k_hat(DRAWS),
        effective_draws: effective,
        draws: DRAWS as u32,
    };
    let unknown =
        Convergence { rhat: f64::NAN, ess_bulk: effective, ess_tail: f64::NAN, mcse_mean: f64::NAN };
    let convergence = vec![unknown; draws.dimension()];
    Ok(Drawn { draws, convergence, preview: Some(preview) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Columns, PainMeasure, SleepMeasure, weekend_flags};
    use crate::model::{LoopDensity, PARAMETERS};
    use nightmend_domain::Moment;

    #[test]
    fn a_start_far_from_the_posterior_is_refused() {
        let days = 40;
        let column = |step: usize| (0..days).map(|day| Some((day * step % 7) as f64)).collect();
        let first_date = jiff::civil::date(2024, 1, 1);
        let weekend = weekend_flags(first_date, days);
        let columns = Columns { first_date, sleep: column(3), pain: column(5), weekend };
        let (sleep, pain) = (SleepMeasure::HoursDiary, PainMeasure::Nrs);
        let series = Series::new(columns, sleep, pain, "pain".to_owned(), Moment::Waking).expect("sound");
        let spread = series.standardisation().expect("varies");
        let settings = LoopSettings::default();
        let priors = settings.priors.for_series(
            &series.sleep_measure,
            series.pain_measure,
            &spread,
            settings.measurement_error,
        );
        let mut density = Unfolded::new(LoopDensity::new(&series, &spread, priors));
        let off = Whitening::diagonal(&[0.7; PARAMETERS], &[0.05; PARAMETERS]);
        let refused = draw(&mut density, &off, Seed(1), NonZeroUsize::MIN);
        assert!(matches!(refused, Err(FitError::PreviewRefused { k_hat }) if k_hat > 0.7));
    }
}
