//! Runs the filter backwards: the derivative of the log-likelihood with respect to everything that went in.
//!
//! Derivation, for one scalar observation of state `i` (`g` = column `i` of `P`, `F = P_ii + R`, `v = y - x_i`):
//! `l = -(ln F + v²/F)/2`, `x' = x + g v/F`, `P' = P - g g'/F`. With bars for derivatives and `P̄` symmetric,
//! ```text
//! ḡ = x̄' v/F - 2 P̄' g / F          v̄ = g·x̄'/F - v/F
//! F̄ = -(g·x̄') v/F² + g'P̄'g/F² - (1/F - v²/F²)/2
//! x̄ = x̄' - v̄ e_i                    P̄ = P̄' + (ḡ e_i' + e_i ḡ')/2 + F̄ e_i e_i'         R̄ += F̄
//! ```
//! and for the step from one day to the next (`x⁺ = A x`, `P⁺ = A P A' + Q`):
//! `Ā += x̄⁺ x' + 2 P̄⁺ A P`, `Q̄ += P̄⁺`, `x̄ = A' x̄⁺`, `P̄ = A' P̄⁺ A`.

use super::filter::{Filter, Update};
use super::model::{LinearGaussian, LinearGaussianGradient};
use crate::lanes::Number;

impl<const STATES: usize, const CHANNELS: usize> Filter<STATES, CHANNELS> {
    /// Writes the gradient of the last [`log_likelihood`](Self::log_likelihood), which must have used `model`.
    ///
    /// The derivatives with respect to each day's residuals are then in
    /// [`residual_gradient`](Self::residual_gradient).
    pub fn gradient(
        &mut self,
        model: &LinearGaussian<STATES, CHANNELS>,
        gradient: &mut LinearGaussianGradient<STATES, CHANNELS>,
    ) {
        *gradient = LinearGaussianGradient::zero();
        let mut mean_bar = [0.0; STATES];
        let mut covariance_bar = [[0.0; STATES]; STATES];
        for (day, step) in self.steps.iter().enumerate().rev() {
            for channel in (0..CHANNELS).rev() {
                let update = &step.updates[channel];
                if !update.seen {
                    self.residual_gradient[day][channel] = 0.0;
                    continue;
                }
                let state = model.observed_state[channel];
                let (surprise_bar, variance_bar) =
                    unabsorb(&mut mean_bar, &mut covariance_bar, update, state);
                gradient.observation_variance[channel] += variance_bar;
                self.residual_gradient[day][channel] = surprise_bar;
            }
            if day > 0 {
                retreat(
                    &model.transition,
                    (&step.mean_before, &step.covariance_before),
                    (&mut mean_bar, &mut covariance_bar),
                    (&mut gradient.transition, &mut gradient.innovation_covariance),
                );
            }
        }
    }

    /// Returns the derivatives of the last evaluation with respect to each day's residuals.
    #[must_use]
    pub fn residual_gradient(&self) -> &[[f64; CHANNELS]] {
        &self.residual_gradient
    }
}

/// Undoes one scalar update; returns the derivatives with respect to its surprise and its variance.
#[inline(always)]
pub(super) fn unabsorb<const STATES: usize, T: Number>(
    mean_bar: &mut [T; STATES],
    covariance_bar: &mut [[T; STATES]; STATES],
    update: &Update<STATES, T>,
    state: usize,
) -> (T, T) {
    let Update { column, surprise, precision, .. } = *update;
    let scaled = surprise * precision;
    let (mut along, mut quadratic) = (T::ZERO, T::ZERO);
    let mut column_bar = [T::ZERO; STATES];
    for row in 0..STATES {
        let mut product = T::ZERO;
        for inner in 0..STATES {
            product += covariance_bar[row][inner] * column[inner];
        }
        along += column[row] * mean_bar[row];
        quadratic += column[row] * product;
        column_bar[row] = mean_bar[row] * scaled - T::all(2.0) * product * precision;
    }
    let surprise_bar = along * precision - scaled;
    let variance_bar =
        precision * (quadratic * precision - along * scaled) - T::all(0.5) * (precision - scaled * scaled);
    mean_bar[state] -= surprise_bar;
    for (row, bar) in column_bar.iter().enumerate() {
        covariance_bar[row][state] += T::all(0.5) * *bar;
        covariance_bar[state][row] += T::all(0.5) * *bar;
    }
    covariance_bar[state][state] += variance_bar;
    (surprise_bar, variance_bar)
}

/// Undoes one day's step from the state `before` (mean, covariance): carries the bars back and adds what the step says
/// about `A` and `Q` to `gradient`.
#[inline(always)]
pub(super) fn retreat<const STATES: usize, T: Number>(
    transition: &[[T; STATES]; STATES],
    before: (&[T; STATES], &[[T; STATES]; STATES]),
    bars: (&mut [T; STATES], &mut [[T; STATES]; STATES]),
    gradient: (&mut [[T; STATES]; STATES], &mut [[T; STATES]; STATES]),
) {
    let ((mean_before, covariance_before), (mean_bar, covariance_bar)) = (before, bars);
    let (by_transition, by_innovation) = gradient;
    // `product` is P̄⁺ A, wanted both for Ā (times P) and for P̄ (A' in front).
    let mut product = [[T::ZERO; STATES]; STATES];
    for row in 0..STATES {
        for column in 0..STATES {
            for inner in 0..STATES {
                product[row][column] += covariance_bar[row][inner] * transition[inner][column];
            }
            by_innovation[row][column] += covariance_bar[row][column];
        }
    }
    let mut earlier_mean = [T::ZERO; STATES];
    let mut earlier = [[T::ZERO; STATES]; STATES];
    for row in 0..STATES {
        for column in 0..STATES {
            let mut through_covariance = T::ZERO;
            for inner in 0..STATES {
                through_covariance += product[row][inner] * covariance_before[inner][column];
            }
            by_transition[row][column] +=
                mean_bar[row] * mean_before[column] + T::all(2.0) * through_covariance;
            earlier_mean[column] += transition[row][column] * mean_bar[row];
        }
        for column in 0..=row {
            let mut sum = T::ZERO;
            for inner in 0..STATES {
                sum += transition[inner][row] * product[inner][column];
            }
            earlier[row][column] = sum;
            earlier[column][row] = sum;
        }
    }
    *mean_bar = earlier_mean;
    *covariance_bar = earlier;
}
