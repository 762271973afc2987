//! Finds the posterior of one effect: weighted draws of everything else, and the effect itself in closed form.
//!
//! Given the dynamics, levels and what is left over, the log-likelihood is exactly quadratic in tonight's effect, so that
//! its posterior is a mixture of normals. The others are drawn from a t distribution around the mode of the joint
//! posterior (Laplace) and weighted by what they are worth (importance sampling, with the effect integrated out). Tail
//! probabilities come from normal distribution functions, not from counting draws, and another prior of the effect needs
//! no other draws. Why this and not NUTS, with the comparison: `docs/decisions/0030-step-posterior.md`.

use nightmend_domain::estimate::MeanSd;
use nightmend_domain::step_result::Interval90;
use nightmend_infer::laplace;
use nightmend_infer::linear::{Square, dot};
use nightmend_infer::normal;
use nightmend_infer::random::Stream;
use nightmend_infer::{LogDensity, ModeError};

use crate::density::StepDensity;

/// Draws of everything but the effect.
const DRAWS: usize = 512;
/// Where the draws are worth fewer than this many independent ones, four times as many are taken.
const LEAST_EFFECTIVE: f64 = 100.0;
/// Degrees of freedom of the distribution that is drawn from: tails fatter than any posterior here.
const FREEDOM: usize = 8;
/// Stream number of the draws.
const STREAM: u64 = 0x57E9;

/// Everything but the effect, drawn and weighed.
#[derive(Debug, Clone)]
pub(crate) struct Posterior {
    draws: Vec<Draw>,
    place: usize,
}

#[derive(Debug, Clone)]
struct Draw {
    /// All parameters; the effect's place holds nothing of use.
    position: Vec<f64>,
    /// The log-likelihood in the effect: `c0 + c1 x + c2 x²`.
    quadratic: [f64; 3],
    /// Log prior of the others minus log of the density that they were drawn from.
    log_base: f64,
}

/// A mixture of normal distributions: the posterior of the effect under one prior.
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    /// Weight, mean and standard deviation of each part; the weights sum to one.
    parts: Vec<(f64, f64, f64)>,
}

impl Posterior {
    /// Explores the posterior of the effect at `place`.
    ///
    /// # Errors
    /// [`ModeError`] where no mode is found.
    pub fn explore(density: &mut StepDensity, place: usize, prior: MeanSd) -> Result<Self, ModeError> {
        let (start, scale) = density.start();
        let mode = laplace::find_mode(density, &start, &scale)?;
        let others: Vec<usize> = (0..density.dimension()).filter(|index| *index != place).collect();
        let mut covariance = Square::zero(others.len());
        for (row, from) in others.iter().enumerate() {
            for (column, to) in others.iter().enumerate() {
                covariance.set(row, column, mode.covariance.get(*from, *to));
            }
        }
        let scale = covariance.cholesky().ok_or(ModeError::NotAPeak)?;
        let mut posterior = Self { draws: Vec::with_capacity(DRAWS), place };
        let mut stream = Stream::new(STREAM, density.dimension() as u64);
        posterior.draw(density, &mode.position, &others, &scale, &mut stream, DRAWS);
        if posterior.weights(prior).1 < LEAST_EFFECTIVE {
            posterior.draw(density, &mode.position, &others, &scale, &mut stream, 3 * DRAWS);
        }
        Ok(posterior)
    }

    fn draw(
        &mut self,
        density: &mut StepDensity,
        centre: &[f64],
        others: &[usize],
        scale: &Square,
        stream: &mut Stream,
        count: usize,
    ) {
        for _ in 0..count {
            let white: Vec<f64> = others.iter().map(|_| stream.normal()).collect();
            let squares: f64 = (0..FREEDOM).map(|_| stream.normal().powi(2)).sum();
            let stretch = (FREEDOM as f64 / squares).sqrt();
            let mut position = centre.to_vec();
            for (row, index) in others.iter().enumerate() {
                position[*index] += stretch * dot(&scale.row(row)[..=row], &white[..=row]);
            }
            // A draw outside the support has no weight and is left out.
            let Ok(quadratic) = density.quadratic_in(&mut position, self.place) else { continue };
            let distance = stretch * stretch * dot(&white, &white) / FREEDOM as f64;
            let log_drawn = -0.5 * (FREEDOM + others.len()) as f64 * distance.ln_1p();
            let log_base = density.log_prior_except(&position, self.place) - log_drawn;
            if quadratic.iter().all(|value| value.is_finite()) && log_base.is_finite() {
                self.draws.push(Draw { position, quadratic, log_base });
            }
        }
    }

    /// Returns the weights under a prior of the effect, summing to one, and how many independent draws they are worth.
    fn weights(&self, prior: MeanSd) -> (Vec<f64>, f64) {
        let logs: Vec<f64> = self.draws.iter().map(|draw| draw.log_base + draw.given(prior).2).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raw: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let effective = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        (weights, effective)
    }

    /// Returns the posterior of the effect under a prior of it.
    pub fn effect(&self, prior: MeanSd) -> Mixture {
        let (weights, _) = self.weights(prior);
        let parts = weights.into_iter().zip(&self.draws).map(|(weight, draw)| {
            let (mean, sd, _) = draw.given(prior);
            (weight, mean, sd)
        });
        Mixture { parts: parts.collect() }
    }

    /// Returns how many independent draws the weighted ones are worth.
    #[cfg(test)]
    pub fn effective_draws(&self, prior: MeanSd) -> f64 {
        self.weights(prior).1
    }

    /// Returns a weighted column of a quantity computed from whole parameter vectors, the effect drawn within each; in
    /// ascending order.
    pub fn derive(&self, prior: MeanSd, quantity: impl Fn(&[f64]) -> f64) -> Weighted {
        let (weights, _) = self.weights(prior);
        let mut stream = Stream::new(STREAM, u64::MAX);
        let mut column: Vec<(f64, f64)> = Vec::with_capacity(self.draws.len());
        for (weight, draw) in weights.into_iter().zip(&self.draws) {
            let (mean, sd, _) = draw.given(prior);
            let mut position = draw.position.clone();
            position[self.place] = mean + sd * stream.normal();
            column.push((quantity(&position), weight));
        }
        column.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        Weighted { column }
    }
}

impl Draw {
    /// Returns mean and standard deviation of the effect given this draw, and the log of the likelihood with the effect
    /// integrated out.
    fn given(&self, prior: MeanSd) -> (f64, f64, f64) {
        let [c0, c1, c2] = self.quadratic;
        let sharpness = prior.sd.powi(-2);
        // Rounding can leave a curvature of the wrong sign where the data say nothing at all.
        let precision = sharpness - 2.0 * c2.min(0.0);
        let mean = (prior.mean * sharpness + c1) / precision;
        let log_integral = c0 - 0.5 * prior.mean * prior.mean * sharpness
            + 0.5 * precision * mean * mean
            + 0.5 * (sharpness / precision).ln();
        (mean, precision.powf(-0.5), log_integral)
    }
}

impl Mixture {
    pub fn mean(&self) -> f64 {
        self.parts.iter().map(|(weight, mean, _)| weight * mean).sum()
    }

    pub fn sd(&self) -> f64 {
        let centre = self.mean();
        let of = |(weight, mean, sd): &(f64, f64, f64)| weight * (sd * sd + (mean - centre).powi(2));
        self.parts.iter().map(of).sum::<f64>().sqrt()
    }

    /// Returns the probability of lying below `value`.
    pub fn below(&self, value: f64) -> f64 {
        self.parts.iter().map(|(weight, mean, sd)| weight * normal::cumulative((value - mean) / sd)).sum()
    }

    /// Returns the probability of a change for the better of at least `benefit`; `better` is the sign of one.
    pub fn at_least(&self, better: f64, benefit: f64) -> f64 {
        let below = self.below(better * benefit);
        if better < 0.0 { below } else { 1.0 - below }
    }

    pub fn density(&self, value: f64) -> f64 {
        let of = |(weight, mean, sd): &(f64, f64, f64)| {
            let off = (value - mean) / sd;
            weight * (-0.5 * off * off).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt())
        };
        self.parts.iter().map(of).sum()
    }

    /// Returns the value below which the probability is `probability`, to a hundred-thousandth of an SD: by Newton's
    /// steps, and by halving the bracket where one would leave it.
    pub fn quantile(&self, probability: f64) -> f64 {
        let (centre, sd) = (self.mean(), self.sd());
        let (mut low, mut high) = (centre - 12.0 * sd, centre + 12.0 * sd);
        let mut value = centre + sd * normal::quantile(probability);
        for _ in 0..60 {
            let off = self.below(value) - probability;
            if off < 0.0 {
                low = value
            } else {
                high = value
            }
            let newton = value - off / self.density(value);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - value).abs() < 1e-5 * sd {
                return next;
            }
            value = next;
        }
        value
    }

    pub fn interval(&self) -> Interval90 {
        Interval90 { mean: self.mean(), low: self.quantile(0.05), high: self.quantile(0.95) }
    }

    /// Draws `count` values, for quantities that are computed with others: of every part as many as its weight asks for.
    pub fn draws(&self, count: usize) -> Vec<f64> {
        let mut stream = Stream::new(STREAM, 1);
        let (mut values, mut reached) = (Vec::with_capacity(count), 0.0);
        for (weight, mean, sd) in &self.parts {
            reached += weight;
            while (values.len() as f64 + 0.5) / (count as f64) < reached && values.len() < count {
                values.push(mean + sd * stream.normal());
            }
        }
        values
    }
}

/// Weighted values in ascending order.
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    column: Vec<(f64, f64)>,
}

impl Weighted {
    pub fn mean(&self) -> f64 {
        self.column.iter().map(|(value, weight)| value * weight).sum()
    }

    pub fn quantile(&self, probability: f64) -> f64 {
        let mut sum = 0.0;
        for (value, weight) in &self.column {
            sum += weight;
            if sum >= probability {
                return *value;
            }
        }
        self.column.last().map_or(f64::NAN, |(value, _)| *value)
    }

    /// Returns the probability of lying above `value`.
    pub fn above(&self, value: f64) -> f64 {
        self.column.iter().filter(|(one, _)| *one > value).map(|(_, weight)| weight).sum()
    }

    pub fn interval(&self) -> Interval90 {
        Interval90 { mean: self.mean(), low: self.quantile(0.05), high: self.quantile(0.95) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::Side;
    use crate::density::tests::{columns, priors};
    use nightmend_infer::nuts::{self, NutsSettings, Whitening};
    use nightmend_infer::{NoProgress, draws};

    /// The same posterior by the No-U-Turn sampler, which shares only the density with ours.
    fn by_nuts(density: &mut StepDensity, place: usize, seed: u64) -> Vec<f64> {
        let (start, scale) = density.start();
        let mode = laplace::find_mode(density, &start, &scale).expect("a mode");
        let settings = NutsSettings { warmup: 300, draws: 1_000, ..NutsSettings::default() };
        let sampled = nuts::sample(density, &Whitening::from_mode(&mode), &settings, seed, &NoProgress);
        sampled.expect("draws").column(place)
    }

    #[test]
    fn it_agrees_with_nuts() {
        for nights in [14, 42] {
            let mut density = StepDensity::new(columns(nights, 1, None, Side::Pain), priors());
            let place = StepDensity::effect(0, Side::Pain);
            let prior = priors().effect[1];
            let posterior = Posterior::explore(&mut density, place, prior).expect("a mode");
            assert!(posterior.effective_draws(prior) > 150.0, "{}", posterior.effective_draws(prior));
            let ours = posterior.effect(prior);
            let theirs = by_nuts(&mut density, place, 3);
            let (mean, sd) = (draws::mean(&theirs), draws::standard_deviation(&theirs));
            assert!((ours.mean() - mean).abs() < 0.06 * sd, "{} {mean} {sd}", ours.mean());
            assert!((ours.sd() / sd - 1.0).abs() < 0.06, "{} {sd}", ours.sd());
            let below = theirs.iter().filter(|effect| **effect < 0.0).count() as f64 / theirs.len() as f64;
            assert!((ours.below(0.0) - below).abs() < 0.015, "{} {below}", ours.below(0.0));
        }
    }

    #[test]
    fn a_mixture_of_one_part_is_that_normal() {
        let mixture = Mixture { parts: vec![(1.0, -0.5, 0.25)] };
        assert!((mixture.below(0.0) - normal::cumulative(2.0)).abs() < 1e-12);
        assert!((mixture.quantile(0.05) + 0.5 + 0.25 * 1.644_853_6).abs() < 1e-5);
        assert!((mixture.sd() - 0.25).abs() < 1e-12);
        assert!((mixture.at_least(-1.0, 0.5) - 0.5).abs() < 1e-12);
        assert!((mixture.at_least(1.0, -0.5) - 0.5).abs() < 1e-12);
    }
}
