//! Sums up what one person's record says about their loop as a normal likelihood, the first stage's prior divided out.

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::laplace::{self, Mode};
use nightmend_infer::nuts::{self, NutsSettings, Whitening};
use nightmend_infer::{Draws, NoProgress};

use super::small::{K, Matrix, Vector, inverse, times, without_negative_curvature};
use crate::data::Series;
use crate::model::{LoopDensity, PARAMETERS, Parameter};
use crate::priors::SeriesPriors;
use crate::unfold::Unfolded;

/// The parameters that differ between persons in the second stage. Trend and weekend differ too, but their spread
/// between persons is estimated beforehand and held.
pub(super) const VARYING: [Parameter; K] = [
    Parameter::MeanSleep,
    Parameter::MeanPain,
    Parameter::AtanhPhiSleep,
    Parameter::AtanhPhiPain,
    Parameter::SleepToPain,
    Parameter::PainToSleep,
    Parameter::LnSigmaSleep,
    Parameter::LnSigmaPain,
    Parameter::LnErrorSleep,
    Parameter::LnErrorPain,
];

/// The likelihood of one person, as `exp(-θ'Λθ/2 + η'θ)` over the varying parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likelihood {
    pub(super) precision: Matrix,
    pub(super) shift: Vector,
}

/// Mean and covariance of one person's posterior under a prior: all parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: [f64; PARAMETERS],
    pub(super) covariance: Box<[[f64; PARAMETERS]; PARAMETERS]>,
    /// How many draws they rest on; infinite for a mode.
    pub(super) draws: f64,
    pub(super) divergences: u64,
}

/// Approximates one person's posterior at its mode; `None` where there is none.
pub(super) fn at_the_mode(
    series: &Series,
    scale: &Standardisation,
    priors: &SeriesPriors,
) -> Option<Moments> {
    let mode = mode_of(&mut LoopDensity::new(series, scale, *priors), priors)?;
    let mut covariance = Box::new([[0.0; PARAMETERS]; PARAMETERS]);
    for (row, entries) in covariance.iter_mut().enumerate() {
        entries.iter_mut().enumerate().for_each(|(column, entry)| *entry = mode.covariance.get(row, column));
    }
    let mut mean = [0.0; PARAMETERS];
    mean.copy_from_slice(&mode.position);
    Some(Moments { mean, covariance, draws: f64::INFINITY, divergences: 0 })
}

fn mode_of(density: &mut LoopDensity, priors: &SeriesPriors) -> Option<Mode> {
    let start = priors.parameters.map(|prior| prior.mean);
    let widths = priors.parameters.map(|prior| prior.sd);
    laplace::find_mode(density, &start, &widths).ok()
}

/// Takes one person's posterior moments from draws; `None` where the sampler breaks off.
pub(super) fn from_draws(
    series: &Series,
    scale: &Standardisation,
    priors: &SeriesPriors,
    settings: &NutsSettings,
    seed: u64,
) -> Option<Moments> {
    let mut density = Unfolded::new(LoopDensity::new(series, scale, *priors));
    let mut start = priors.parameters.map(|prior| prior.mean);
    density.unfold(&mut start);
    let widths = priors.parameters.map(|prior| prior.sd);
    let whitening = laplace::find_mode(&mut density, &start, &widths)
        .map_or_else(|_| Whitening::diagonal(&start, &widths), |mode| Whitening::from_mode(&mode));
    let mut draws = nuts::sample(&density, &whitening, settings, seed, &NoProgress).ok()?;
    draws.transform(|draw| density.fold(draw));
    Some(moments_of(&draws))
}

fn moments_of(draws: &Draws) -> Moments {
    let count = (draws.chains() * draws.per_chain()) as f64;
    let mut mean = [0.0; PARAMETERS];
    for draw in draws.iter() {
        mean.iter_mut().zip(draw).for_each(|(sum, value)| *sum += value / count);
    }
    let mut covariance = Box::new([[0.0; PARAMETERS]; PARAMETERS]);
    for draw in draws.iter() {
        for row in 0..PARAMETERS {
            for column in 0..PARAMETERS {
                covariance[row][column] +=
                    (draw[row] - mean[row]) * (draw[column] - mean[column]) / (count - 1.0);
            }
        }
    }
    Moments { mean, covariance, draws: count, divergences: draws.divergences }
}

impl Moments {
    /// Divides the prior out: what is left is the likelihood of the varying parameters, the others averaged over.
    ///
    /// Where sampling noise or curvature would leave a direction with less than no information, it is set to none.
    pub(super) fn without(&self, priors: &SeriesPriors) -> Option<Likelihood> {
        let covariance: Matrix = std::array::from_fn(|row| {
            std::array::from_fn(|column| self.covariance[VARYING[row].index()][VARYING[column].index()])
        });
        let prior: [MeanSd; K] = VARYING.map(|parameter| priors.parameters[parameter.index()]);
        let posterior = inverse(&covariance)?;
        // The inverse of a sample covariance is too large by this on average (inverse Wishart).
        let small_sample =
            if self.draws.is_finite() { (self.draws - K as f64 - 2.0) / (self.draws - 1.0) } else { 1.0 };
        // In units of the prior's own widths, so that "no information" means the same for every parameter.
        let scaled: Matrix = std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let own = f64::from(u8::from(row == column));
                small_sample * posterior[row][column] * prior[row].sd * prior[column].sd - own
            })
        });
        let kept = without_negative_curvature(&scaled);
        let precision: Matrix = std::array::from_fn(|row| {
            std::array::from_fn(|column| kept[row][column] / (prior[row].sd * prior[column].sd))
        });
        let mean: Vector = VARYING.map(|parameter| self.mean[parameter.index()]);
        let mut shift = times(&precision, &mean);
        for (index, entry) in shift.iter_mut().enumerate() {
            *entry += (mean[index] - prior[index].mean) / prior[index].sd.powi(2);
        }
        Some(Likelihood { precision, shift })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PainMeasure, Priors, SleepMeasure};
    use nightmend_domain::estimate::MeasurementError;

    #[test]
    fn dividing_the_prior_out_leaves_the_likelihood() {
        let one = MeanSd { mean: 0.0, sd: 1.0 };
        let unit = Standardisation { sleep: one, pain: one };
        let priors = Priors::built_in().for_series(
            &SleepMeasure::HoursDiary,
            PainMeasure::Nrs,
            &unit,
            MeasurementError::Prior,
        );
        // A likelihood N(y, v) for each parameter by itself gives a posterior known by hand.
        let (y, v) = (0.7, 0.3);
        let mut moments = Moments {
            mean: [0.0; PARAMETERS],
            covariance: Box::new([[0.0; PARAMETERS]; PARAMETERS]),
            draws: f64::INFINITY,
            divergences: 0,
        };
        for (index, prior) in priors.parameters.iter().enumerate() {
            let precision = prior.sd.powi(-2) + 1.0 / v;
            moments.covariance[index][index] = 1.0 / precision;
            moments.mean[index] = (prior.mean * prior.sd.powi(-2) + y / v) / precision;
        }
        let likelihood = moments.without(&priors).expect("a likelihood");
        for index in 0..K {
            assert!((likelihood.precision[index][index] - 1.0 / v).abs() < 1e-9);
            assert!((likelihood.shift[index] - y / v).abs() < 1e-9);
        }
    }
}
