//! Runs the Kalman filter forwards, one scalar observation at a time, keeping what the adjoint needs.

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they are")]

use super::model::LinearGaussian;
use crate::lanes::Number;
use crate::linear::Square;

/// What one scalar update used, kept for the way back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Update<const STATES: usize, T = f64> {
    /// The column of the state covariance that belongs to the observed state, before the update.
    pub column: [T; STATES],
    /// Observed minus expected.
    pub surprise: T,
    /// One over the variance of the surprise.
    pub precision: T,
    /// Whether there was anything to see.
    pub seen: bool,
}

/// What one day used, kept for the way back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<const STATES: usize, const CHANNELS: usize> {
    /// The filtered mean of the day before.
    pub mean_before: [f64; STATES],
    /// The filtered covariance of the day before.
    pub covariance_before: [[f64; STATES]; STATES],
    pub updates: [Update<STATES>; CHANNELS],
}

/// What one observation was beside what had been expected of it from everything before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surprise {
    /// Observed minus expected, in standard deviations of what was expected: standard normal if the model is right.
    pub standardised: f64,
    /// The standard deviation of what was expected.
    pub spread: f64,
    /// The log-density of the observation given everything before.
    pub log_density: f64,
}

/// A log-likelihood along some directions: `value + slopes'x - x' precision x / 2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// Where no step is taken.
    pub value: f64,
    /// The first derivatives there.
    pub slopes: Vec<f64>,
    /// Minus the second derivatives, everywhere the same.
    pub precision: Square,
}

/// A filter with its workspace, sized once for a series and reused for every evaluation.
///
/// Missing observations are skipped, which is right when they are missing at random given the past.
#[derive(Debug, Clone)]
pub struct Filter<const STATES: usize, const CHANNELS: usize> {
    pub(super) steps: Vec<Step<STATES, CHANNELS>>,
    pub(super) residual_gradient: Vec<[f64; CHANNELS]>,
}

/// Takes a logarithm only when a running product of variances leaves this range, instead of at every observation.
pub(super) const PRODUCT_RANGE: std::ops::Range<f64> = 1e-120..1e120;

impl<const STATES: usize, const CHANNELS: usize> Filter<STATES, CHANNELS> {
    /// Makes the workspace for a series of `days` days.
    #[must_use]
    pub fn new(days: usize) -> Self {
        let update = Update { column: [0.0; STATES], surprise: 0.0, precision: 0.0, seen: false };
        let step = Step {
            mean_before: [0.0; STATES],
            covariance_before: [[0.0; STATES]; STATES],
            updates: [update; CHANNELS],
        };
        Self { steps: vec![step; days], residual_gradient: vec![[0.0; CHANNELS]; days] }
    }

    /// Returns the log-likelihood of `residuals` (observed minus level; ignored where `seen` is false).
    ///
    /// The answer is NaN or infinite where the parameters are; it never panics on numbers.
    ///
    /// # Panics
    /// Panics if `residuals` or `seen` is not as long as the workspace.
    pub fn log_likelihood(
        &mut self,
        model: &LinearGaussian<STATES, CHANNELS>,
        residuals: &[[f64; CHANNELS]],
        seen: &[[bool; CHANNELS]],
    ) -> f64 {
        assert_eq!(residuals.len(), self.steps.len(), "one residual a day");
        assert_eq!(seen.len(), self.steps.len(), "one mask a day");
        let mut mean = [0.0; STATES];
        let mut covariance = model.first_covariance;
        let (mut squares, mut logarithms, mut product, mut count) = (0.0, 0.0, 1.0_f64, 0_u32);
        for (day, step) in self.steps.iter_mut().enumerate() {
            if day > 0 {
                step.mean_before = mean;
                step.covariance_before = covariance;
                (mean, covariance) =
                    advance(&model.transition, &model.innovation_covariance, &mean, &covariance);
            }
            for channel in 0..CHANNELS {
                let update = &mut step.updates[channel];
                update.seen = seen[day][channel];
                if !update.seen {
                    continue;
                }
                let state = model.observed_state[channel];
                let variance = covariance[state][state] + model.observation_variance[channel];
                update.column = covariance[state];
                update.surprise = residuals[day][channel] - mean[state];
                update.precision = 1.0 / variance;
                absorb(&mut mean, &mut covariance, update);
                squares += update.surprise * update.surprise * update.precision;
                count += 1;
                product *= variance;
                if !PRODUCT_RANGE.contains(&product) {
                    logarithms += product.ln();
                    product = 1.0;
                }
            }
        }
        let constant = f64::from(count) * (2.0 * std::f64::consts::PI).ln();
        -0.5 * (constant + logarithms + product.ln() + squares)
    }

    /// Returns the log-likelihood of `residuals - Σ xₖ directions[k]` as a function of `x`, in one pass: variances do not
    /// depend on what is seen, so that it is exactly quadratic. Leaves the workspace as it was.
    ///
    /// # Panics
    /// Panics if `residuals`, a direction or `seen` is not as long as the workspace.
    #[must_use]
    pub fn log_likelihood_along(
        &self,
        model: &LinearGaussian<STATES, CHANNELS>,
        residuals: &[[f64; CHANNELS]],
        directions: &[Vec<[f64; CHANNELS]>],
        seen: &[[bool; CHANNELS]],
    ) -> Along {
        assert_eq!(residuals.len(), self.steps.len(), "one residual a day");
        assert_eq!(seen.len(), self.steps.len(), "one mask a day");
        assert!(directions.iter().all(|each| each.len() == seen.len()), "one row a day in each direction");
        let mut along = Along {
            value: 0.0,
            slopes: vec![0.0; directions.len()],
            precision: Square::zero(directions.len()),
        };
        let mut mean = [0.0; STATES];
        let mut leans = vec![[0.0; STATES]; directions.len()];
        let mut offs = vec![0.0; directions.len()];
        let mut products = vec![0.0; directions.len() * directions.len()];
        let mut covariance = model.first_covariance;
        let (mut squares, mut logarithms, mut product, mut count) = (0.0, 0.0, 1.0_f64, 0_u32);
        for day in 0..seen.len() {
            if day > 0 {
                for lean in &mut leans {
                    let before = *lean;
                    for row in 0..STATES {
                        lean[row] =
                            (0..STATES).map(|inner| model.transition[row][inner] * before[inner]).sum();
                    }
                }
                (mean, covariance) =
                    advance(&model.transition, &model.innovation_covariance, &mean, &covariance);
            }
            for channel in 0..CHANNELS {
                if !seen[day][channel] {
                    continue;
                }
                let state = model.observed_state[channel];
                let variance = covariance[state][state] + model.observation_variance[channel];
                let update = Update {
                    column: covariance[state],
                    surprise: residuals[day][channel] - mean[state],
                    precision: 1.0 / variance,
                    seen: true,
                };
                let gain = update.column.map(|each| each * update.precision);
                for ((off, lean), direction) in offs.iter_mut().zip(&mut leans).zip(directions) {
                    *off = direction[day][channel] - lean[state];
                    for row in 0..STATES {
                        lean[row] += gain[row] * *off;
                    }
                }
                let weighted = update.surprise * update.precision;
                for ((slope, off), place) in along.slopes.iter_mut().zip(&offs).zip(0..) {
                    *slope += weighted * off;
                    // A block that has not begun moves nothing yet.
                    if *off != 0.0 {
                        let weight = update.precision * off;
                        let row = &mut products[place * directions.len()..][..=place];
                        row.iter_mut().zip(&offs).for_each(|(cell, other)| *cell += weight * other);
                    }
                }
                absorb(&mut mean, &mut covariance, &update);
                squares += update.surprise * update.surprise * update.precision;
                count += 1;
                product *= variance;
                if !PRODUCT_RANGE.contains(&product) {
                    logarithms += product.ln();
                    product = 1.0;
                }
            }
        }
        for row in 0..directions.len() {
            for column in 0..=row {
                let product = products[row * directions.len() + column];
                along.precision.set(row, column, product);
                along.precision.set(column, row, product);
            }
        }
        let constant = f64::from(count) * (2.0 * std::f64::consts::PI).ln();
        along.value = -0.5 * (constant + logarithms + product.ln() + squares);
        along
    }

    /// Returns how one observation of the last evaluation surprised; `None` where there was none.
    ///
    /// The channels of one day come one after the other, so that a later one already knows the earlier ones. The
    /// log-densities of all observations sum to the log-likelihood.
    ///
    /// # Panics
    /// Panics if `day` or `channel` is not one of the workspace.
    #[must_use]
    pub fn surprise(&self, day: usize, channel: usize) -> Option<Surprise> {
        let update = &self.steps[day].updates[channel];
        update.seen.then(|| update.as_surprise())
    }
}

impl<const STATES: usize> Update<STATES> {
    /// Returns what an update of something seen was beside what had been expected of it.
    pub fn as_surprise(&self) -> Surprise {
        let standardised = self.surprise * self.precision.sqrt();
        let constant = (2.0 * std::f64::consts::PI).ln();
        Surprise {
            standardised,
            spread: self.precision.powf(-0.5),
            log_density: -0.5 * (constant - self.precision.ln() + standardised * standardised),
        }
    }
}

/// Carries a state to the next day.
#[inline(always)]
pub(super) fn advance<const STATES: usize, T: Number>(
    transition: &[[T; STATES]; STATES],
    innovation_covariance: &[[T; STATES]; STATES],
    mean: &[T; STATES],
    covariance: &[[T; STATES]; STATES],
) -> ([T; STATES], [[T; STATES]; STATES]) {
    let mut next_mean = [T::ZERO; STATES];
    let mut half = [[T::ZERO; STATES]; STATES];
    for row in 0..STATES {
        for inner in 0..STATES {
            next_mean[row] += transition[row][inner] * mean[inner];
            for column in 0..STATES {
                half[row][column] += transition[row][inner] * covariance[inner][column];
            }
        }
    }
    let mut next = *innovation_covariance;
    for row in 0..STATES {
        for column in 0..=row {
            for inner in 0..STATES {
                next[row][column] += half[row][inner] * transition[column][inner];
            }
            next[column][row] = next[row][column];
        }
    }
    (next_mean, next)
}

/// Takes one scalar observation into a state.
#[inline(always)]
pub(super) fn absorb<const STATES: usize, T: Number>(
    mean: &mut [T; STATES],
    covariance: &mut [[T; STATES]; STATES],
    update: &Update<STATES, T>,
) {
    for row in 0..STATES {
        let gain = update.column[row] * update.precision;
        mean[row] += gain * update.surprise;
        for column in 0..=row {
            covariance[row][column] -= gain * update.column[column];
            covariance[column][row] = covariance[row][column];
        }
    }
}
