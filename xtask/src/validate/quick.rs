//! Approximates a posterior fast enough for thousands of people: draws around the mode, weighed by importance.
//!
//! Draws are from a multivariate t distribution at the mode in the coordinates that the engine samples in, weighed by
//! density over proposal. How near this comes to the draws that are shipped is measured where it is used.

use nightmend_domain::estimate::Standardisation;
use nightmend_infer::linear::dot;
use nightmend_infer::random::Stream;
use nightmend_infer::{LogDensity, find_mode};
use nightmend_loop::Series;
use nightmend_loop::model::{LoopDensity, Parameter};
use nightmend_loop::priors::SeriesPriors;
use nightmend_loop::unfold::Unfolded;

/// How many draws stand for a posterior.
pub(super) const DRAWS: usize = 1_500;
const DEGREES: usize = 8;

/// Both arrows of the loop, in this order everywhere in these pages.
pub(super) const ARROWS: [Parameter; 2] = [Parameter::SleepToPain, Parameter::PainToSleep];

/// A posterior as weighed draws of the model's own parameters.
pub(super) struct Quick {
    draws: Vec<Vec<f64>>,
    /// They sum to one.
    weights: Vec<f64>,
}

impl Quick {
    /// Approximates the posterior of a series; `None` where the engine finds no mode.
    pub(super) fn of(
        series: &Series,
        spread: &Standardisation,
        priors: SeriesPriors,
        stream: &mut Stream,
    ) -> Option<Self> {
        let mut density = Unfolded::new(LoopDensity::new(series, spread, priors));
        let mut start = priors.parameters.map(|prior| prior.mean);
        density.unfold(&mut start);
        let mode = find_mode(&mut density, &start, &priors.parameters.map(|prior| prior.sd)).ok()?;
        let size = start.len();
        let (mut draws, mut logs) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
        let mut gradient = vec![0.0; size];
        for _ in 0..DRAWS {
            let chi: f64 = (0..DEGREES).map(|_| stream.normal().powi(2)).sum();
            let stretch = (DEGREES as f64 / chi).sqrt();
            let white: Vec<f64> = (0..size).map(|_| stretch * stream.normal()).collect();
            let place = |row: usize| mode.position[row] + dot(&mode.scale.row(row)[..=row], &white[..=row]);
            let mut draw: Vec<f64> = (0..size).map(place).collect();
            let Ok(value) = density.value_and_gradient(&draw, &mut gradient) else { continue };
            let proposal = -0.5 * (DEGREES + size) as f64 * (dot(&white, &white) / DEGREES as f64).ln_1p();
            density.fold(&mut draw);
            draws.push(draw);
            logs.push(value - proposal);
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raw: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
        let sum: f64 = raw.iter().sum();
        (sum > 0.0).then(|| Self { draws, weights: raw.into_iter().map(|weight| weight / sum).collect() })
    }

    /// How many unweighed draws these are worth (Kish 1965).
    pub(super) fn effective_draws(&self) -> f64 {
        1.0 / self.weights.iter().map(|weight| weight * weight).sum::<f64>()
    }

    /// The posterior mean of every parameter.
    pub(super) fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.draws[0].len()];
        for (draw, weight) in self.draws.iter().zip(&self.weights) {
            mean.iter_mut().zip(draw).for_each(|(sum, value)| *sum += weight * value);
        }
        mean
    }

    /// The central 90 % interval of one parameter.
    pub(super) fn interval(&self, parameter: Parameter) -> [f64; 2] {
        let mut column: Vec<(f64, f64)> = self
            .draws
            .iter()
            .zip(&self.weights)
            .map(|(draw, weight)| (draw[parameter.index()], *weight))
            .collect();
        column.sort_by(|a, b| a.0.total_cmp(&b.0));
        [0.05, 0.95].map(|share| {
            let mut sum = 0.0;
            let reached = column.iter().find(|(_, weight)| {
                sum += weight;
                sum >= share
            });
            reached.unwrap_or(&column[column.len() - 1]).0
        })
    }
}
