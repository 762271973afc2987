//! Finds the posterior of one effect: weighted draws of everything else, and the effect itself in closed form.
//!
//! Given the dynamics, the spreads and the rate of what is left over, everything else enters linearly: effects, levels,
//! trends, what is left over, the levels of blocks. All of that but tonight's effect is integrated out in closed form, and
//! the posterior of the effect is a mixture of normals. The eight or nine that do not enter linearly are drawn from a t
//! distribution, first around the mode of the joint posterior (Laplace), then around what those draws say, and weighted by
//! what they are worth (adaptive importance sampling; Bugallo et al. 2017, 10.1109/MSP.2017.2699226). Tail
//! probabilities come from normal distribution functions, not from counting draws, and another prior of the effect needs
//! no other draws. Why this and not NUTS, with the comparison: `docs/decisions/0030-step-posterior.md`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use nightmend_domain::estimate::MeanSd;
use nightmend_domain::step_result::Interval90;
use nightmend_infer::ModeError;
use nightmend_infer::laplace;
use nightmend_infer::linear::{Square, dot};
use nightmend_infer::normal;
use nightmend_infer::random::Stream;

use crate::density::{Given, StepDensity};

/// Draws that only say where the posterior lies.
const PILOT: usize = 192;
/// Draws of what does not enter linearly.
const DRAWS: usize = 384;
/// Where the draws are worth fewer than this many independent ones, twice as many are taken around what they said.
const LEAST_EFFECTIVE: f64 = 100.0;
/// Degrees of freedom of the distribution that is drawn from: tails fatter than any posterior here.
const FREEDOM: usize = 5;
/// Stream number of the draws.
const STREAM: u64 = 0x57E9;
/// Stream number of the standard deviations between blocks.
const STREAM_OF_BLOCKS: u64 = 0x57EA;

/// Everything but the effect, drawn and weighed.
#[derive(Debug, Clone)]
pub(crate) struct Posterior {
    density: StepDensity,
    arm: usize,
    draws: Vec<Draw>,
}

/// What is drawn around.
#[derive(Debug, Clone)]
struct Around {
    /// All parameters.
    centre: Vec<f64>,
    /// Of those that are drawn.
    covariance: Square,
}

#[derive(Debug, Clone)]
struct Draw {
    /// All parameters; the places of those that enter linearly hold nothing of use.
    position: Vec<f64>,
    /// What the observations say of the effect and of the others that enter linearly.
    given: Given,
    /// Log prior of the others minus log of the density that they were drawn from.
    log_base: f64,
}

/// A mixture of normal distributions: the posterior of the effect under one prior.
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    /// Weight, mean and standard deviation of each part; the weights sum to one.
    parts: Vec<(f64, f64, f64)>,
}

/// What one draw is made of; the same for every record, so that they are drawn once a thread and dimension.
#[derive(Debug, Clone)]
struct White {
    /// Standard normal values.
    white: Vec<f64>,
    /// The factor that makes them t-distributed.
    stretch: f64,
    /// The standard deviation between blocks, half-normal in units of its scale: from its prior, since a dozen blocks tell
    /// little of it.
    block_sd: f64,
}

struct Whites {
    stream: Stream,
    blocks: Stream,
    drawn: Rc<Vec<White>>,
}

thread_local! {
    static WHITES: RefCell<BTreeMap<usize, Whites>> = const { RefCell::new(BTreeMap::new()) };
}

impl Whites {
    /// Returns at least `count` draws of a dimension.
    fn of(dimension: usize, count: usize) -> Rc<Vec<White>> {
        WHITES.with_borrow_mut(|all| {
            let start = || Self {
                stream: Stream::new(STREAM, dimension as u64 + 1),
                blocks: Stream::new(STREAM_OF_BLOCKS, dimension as u64),
                drawn: Rc::default(),
            };
            let Self { stream, blocks, drawn } = all.entry(dimension).or_insert_with(start);
            let known = Rc::make_mut(drawn);
            while known.len() < count {
                let white: Vec<f64> = (0..dimension).map(|_| stream.normal()).collect();
                let squares: f64 = (0..FREEDOM).map(|_| stream.normal().powi(2)).sum();
                let stretch = (FREEDOM as f64 / squares).sqrt();
                known.push(White { white, stretch, block_sd: blocks.normal().abs() });
            }
            Rc::clone(drawn)
        })
    }
}

impl Posterior {
    /// Explores the posterior of tonight's effect of `arm` on the judged side.
    ///
    /// # Errors
    /// [`ModeError`] where no mode is found.
    pub fn explore(density: &mut StepDensity, arm: usize, prior: MeanSd) -> Result<Self, ModeError> {
        let (start, scale) = density.start();
        let mode = laplace::find_mode(density, &start, &scale)?;
        let drawn = density.drawn();
        let mut covariance = Square::zero(drawn.len());
        for (row, from) in drawn.iter().enumerate() {
            for (column, to) in drawn.iter().enumerate() {
                covariance.set(row, column, mode.covariance.get(*from, *to));
            }
        }
        let mut around = Around { centre: mode.position, covariance };
        let mut posterior = Self { density: density.clone(), arm, draws: Vec::new() };
        for which in [0..PILOT, PILOT..PILOT + DRAWS, PILOT + DRAWS..PILOT + 3 * DRAWS] {
            if !posterior.draws.is_empty() {
                around = posterior.moments(&around, prior);
                posterior.draws.clear();
            }
            let is_pilot = which.start == 0;
            posterior.draw(&around, which)?;
            if !is_pilot && posterior.weights(prior).1 >= LEAST_EFFECTIVE {
                break;
            }
        }
        Ok(posterior)
    }

    fn draw(&mut self, around: &Around, which: Range<usize>) -> Result<(), ModeError> {
        let drawn = self.density.drawn();
        let scale = around.covariance.cholesky().ok_or(ModeError::NotAPeak)?;
        let whites = Whites::of(drawn.len(), which.end);
        for White { white, stretch, block_sd } in &whites[which] {
            let mut position = around.centre.clone();
            for (row, index) in drawn.iter().enumerate() {
                position[*index] += stretch * dot(&scale.row(row)[..=row], &white[..=row]);
            }
            // A draw outside the support has no weight and is left out.
            let Ok(given) = self.density.given(&position, self.arm, *block_sd) else { continue };
            let distance = stretch * stretch * dot(white, white) / FREEDOM as f64;
            let log_drawn = -0.5 * (FREEDOM + drawn.len()) as f64 * distance.ln_1p();
            let log_base = self.density.log_prior_of_drawn(&position) - log_drawn;
            if given.quadratic.iter().all(|value| value.is_finite()) && log_base.is_finite() {
                self.draws.push(Draw { position, given, log_base });
            }
        }
        Ok(())
    }

    /// Returns where the draws so far say that the posterior lies; `before` counts for as much as it has parameters in its
    /// covariance's row twice over.
    fn moments(&self, before: &Around, prior: MeanSd) -> Around {
        let drawn = self.density.drawn();
        let (weights, effective) = self.weights(prior);
        if effective.is_nan() {
            return before.clone();
        }
        let mut centre = before.centre.clone();
        for index in drawn {
            centre[*index] =
                self.draws.iter().zip(&weights).map(|(draw, weight)| weight * draw.position[*index]).sum();
        }
        let kept = 2.0 * drawn.len() as f64;
        let mut covariance = Square::zero(drawn.len());
        for (row, from) in drawn.iter().enumerate() {
            for (column, to) in drawn.iter().enumerate() {
                let spread: f64 = self
                    .draws
                    .iter()
                    .zip(&weights)
                    .map(|(draw, weight)| {
                        weight * (draw.position[*from] - centre[*from]) * (draw.position[*to] - centre[*to])
                    })
                    .sum();
                let both = effective * spread + kept * before.covariance.get(row, column);
                covariance.set(row, column, both / (effective + kept));
            }
        }
        Around { centre, covariance }
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

    /// Returns a weighted column of a quantity computed from whole parameter vectors, what enters linearly drawn within each; in
    /// ascending order.
    pub fn derive(&self, prior: MeanSd, quantity: impl Fn(&[f64]) -> f64) -> Weighted {
        let (weights, _) = self.weights(prior);
        let mut stream = Stream::new(STREAM, u64::MAX);
        let mut column: Vec<(f64, f64)> = Vec::with_capacity(self.draws.len());
        for (weight, draw) in weights.into_iter().zip(&self.draws) {
            let (mean, sd, _) = draw.given(prior);
            let effect = mean + sd * stream.normal();
            let Draw { position, given, .. } = draw;
            let whole = self.density.completed(position, self.arm, given, effect, || stream.normal());
            column.push((quantity(&whole), weight));
        }
        column.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        Weighted { column }
    }
}

impl Draw {
    /// Returns mean and standard deviation of the effect given this draw, and the log of the likelihood with the effect
    /// integrated out.
    fn given(&self, prior: MeanSd) -> (f64, f64, f64) {
        let [c0, c1, c2] = self.given.quadratic;
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
        for (nights, blocks) in [(14, None), (42, None), (84, Some(7)), (56, Some(7))] {
            let mut density = StepDensity::new(columns(nights, 1, blocks, Side::Pain), priors());
            let place = StepDensity::effect(0, Side::Pain);
            let prior = priors().effect[1];
            let posterior = Posterior::explore(&mut density, 0, prior).expect("a mode");
            let least = if blocks.is_some() { LEAST_EFFECTIVE } else { 150.0 };
            assert!(posterior.effective_draws(prior) > least, "{}", posterior.effective_draws(prior));
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
