//! Filters state spaces whose channels each observe a weighted sum of the states, with the adjoint of that filter.
//!
//! The general form of [`Filter`](super::Filter), for models in which several channels load differently on one state
//! or a channel sees more than one. It costs about three times as much per channel. With `h` the row of a channel,
//! `g = P h`, `F = h'g + R`, `v = y - h'x`, the update is `x' = x + g v/F`, `P' = P - g g'/F`, and backwards (see the
//! head of the adjoint for `ḡ`, `v̄` and `F̄`)
//! ```text
//! γ = ḡ + F̄ h       x̄ = x̄' - v̄ h       P̄ = P̄' + (γ h' + h γ')/2       h̄ += F̄ g + P γ - v̄ x       R̄ += F̄
//! ```

use super::adjoint::retreat;
use super::filter::{PRODUCT_RANGE, Surprise, Update, absorb, advance};

/// A state space: `x_t = A x_{t-1} + e_t`, `e_t ~ N(0, Q)`; channel `m` observes `rows[m]'x_t + noise`.
///
/// The first day's state is `N(0, first_covariance)`; zero variances are allowed there. Whatever has a mean of its own
/// is taken off before the filter sees the series.
#[derive(Debug, Clone, PartialEq)]
pub struct RowModel<const STATES: usize, const CHANNELS: usize> {
    /// `A`, row by row.
    pub transition: [[f64; STATES]; STATES],
    /// `Q`, symmetric.
    pub innovation_covariance: [[f64; STATES]; STATES],
    /// What each channel sees of the states.
    pub rows: [[f64; STATES]; CHANNELS],
    /// The variance of each channel's noise; zero is allowed where the states leave something uncertain.
    pub observation_variance: [f64; CHANNELS],
    /// The covariance of the first day's state, symmetric.
    pub first_covariance: [[f64; STATES]; STATES],
}

/// The derivatives of a log-likelihood with respect to the entries of a [`RowModel`], symmetric ones as if free.
#[derive(Debug, Clone, PartialEq)]
pub struct RowGradient<const STATES: usize, const CHANNELS: usize> {
    /// With respect to `A`.
    pub transition: [[f64; STATES]; STATES],
    /// With respect to `Q`.
    pub innovation_covariance: [[f64; STATES]; STATES],
    /// With respect to what each channel sees.
    pub rows: [[f64; STATES]; CHANNELS],
    /// With respect to each channel's noise variance.
    pub observation_variance: [f64; CHANNELS],
}

impl<const STATES: usize, const CHANNELS: usize> RowGradient<STATES, CHANNELS> {
    /// Returns the gradient of a constant.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            transition: [[0.0; STATES]; STATES],
            innovation_covariance: [[0.0; STATES]; STATES],
            rows: [[0.0; STATES]; CHANNELS],
            observation_variance: [0.0; CHANNELS],
        }
    }
}

/// What one update used and found, kept for the way back.
#[derive(Debug, Clone, Copy)]
struct Seen<const STATES: usize> {
    update: Update<STATES>,
    /// Mean and covariance of the state before the update.
    mean: [f64; STATES],
    covariance: [[f64; STATES]; STATES],
}

#[derive(Debug, Clone, Copy)]
struct RowStep<const STATES: usize, const CHANNELS: usize> {
    mean_before: [f64; STATES],
    covariance_before: [[f64; STATES]; STATES],
    channels: [Seen<STATES>; CHANNELS],
}

/// A filter with its workspace, sized once for a series and reused for every evaluation.
#[derive(Debug, Clone)]
pub struct RowFilter<const STATES: usize, const CHANNELS: usize> {
    steps: Vec<RowStep<STATES, CHANNELS>>,
    residual_gradient: Vec<[f64; CHANNELS]>,
}

impl<const STATES: usize, const CHANNELS: usize> RowFilter<STATES, CHANNELS> {
    /// Makes the workspace for a series of `days` days.
    #[must_use]
    pub fn new(days: usize) -> Self {
        let nothing = [[0.0; STATES]; STATES];
        let update = Update { column: [0.0; STATES], surprise: 0.0, precision: 0.0, seen: false };
        let seen = Seen { update, mean: [0.0; STATES], covariance: nothing };
        let step =
            RowStep { mean_before: [0.0; STATES], covariance_before: nothing, channels: [seen; CHANNELS] };
        Self { steps: vec![step; days], residual_gradient: vec![[0.0; CHANNELS]; days] }
    }

    /// Returns the log-likelihood of `residuals` (observed minus what has a mean; ignored where `seen` is false).
    ///
    /// # Panics
    /// Panics if `residuals` or `seen` is not as long as the workspace.
    pub fn log_likelihood(
        &mut self,
        model: &RowModel<STATES, CHANNELS>,
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
                (step.mean_before, step.covariance_before) = (mean, covariance);
                (mean, covariance) =
                    advance(&model.transition, &model.innovation_covariance, &mean, &covariance);
            }
            for channel in 0..CHANNELS {
                let Seen { update, mean: mean_before, covariance: covariance_before } =
                    &mut step.channels[channel];
                update.seen = seen[day][channel];
                if !update.seen {
                    continue;
                }
                (*mean_before, *covariance_before) = (mean, covariance);
                let row = &model.rows[channel];
                let (mut variance, mut expected) = (model.observation_variance[channel], 0.0);
                for state in 0..STATES {
                    let mut sum = 0.0;
                    for inner in 0..STATES {
                        sum += covariance[state][inner] * row[inner];
                    }
                    update.column[state] = sum;
                    variance += row[state] * sum;
                    expected += row[state] * mean[state];
                }
                update.surprise = residuals[day][channel] - expected;
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

    /// Writes the gradient of the last [`log_likelihood`](Self::log_likelihood), which must have used `model`.
    pub fn gradient(
        &mut self,
        model: &RowModel<STATES, CHANNELS>,
        gradient: &mut RowGradient<STATES, CHANNELS>,
    ) {
        *gradient = RowGradient::zero();
        let mut mean_bar = [0.0; STATES];
        let mut covariance_bar = [[0.0; STATES]; STATES];
        for (day, step) in self.steps.iter().enumerate().rev() {
            for channel in (0..CHANNELS).rev() {
                let seen = &step.channels[channel];
                let slope = &mut self.residual_gradient[day][channel];
                if !seen.update.seen {
                    *slope = 0.0;
                    continue;
                }
                let bars = (&mut mean_bar, &mut covariance_bar);
                let (surprise_bar, variance_bar) =
                    seen.unabsorb(&model.rows[channel], bars, &mut gradient.rows[channel]);
                gradient.observation_variance[channel] += variance_bar;
                *slope = surprise_bar;
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

    /// Returns how one observation of the last evaluation surprised; `None` where there was none. The channels of one
    /// day come one after the other.
    ///
    /// # Panics
    /// Panics if `day` or `channel` is not one of the workspace.
    #[must_use]
    pub fn surprise(&self, day: usize, channel: usize) -> Option<Surprise> {
        let update = &self.steps[day].channels[channel].update;
        update.seen.then(|| update.as_surprise())
    }
}

impl<const STATES: usize> Seen<STATES> {
    /// Undoes one update; returns the derivatives with respect to its surprise and its variance, and adds what it says
    /// about the row.
    #[inline(always)]
    fn unabsorb(
        &self,
        row: &[f64; STATES],
        bars: (&mut [f64; STATES], &mut [[f64; STATES]; STATES]),
        by_row: &mut [f64; STATES],
    ) -> (f64, f64) {
        let (mean_bar, covariance_bar) = bars;
        let Update { column, surprise, precision, .. } = self.update;
        let scaled = surprise * precision;
        let (mut along, mut quadratic) = (0.0, 0.0);
        let mut column_bar = [0.0; STATES];
        for state in 0..STATES {
            let mut product = 0.0;
            for inner in 0..STATES {
                product += covariance_bar[state][inner] * column[inner];
            }
            along += column[state] * mean_bar[state];
            quadratic += column[state] * product;
            column_bar[state] = mean_bar[state] * scaled - 2.0 * product * precision;
        }
        let surprise_bar = along * precision - scaled;
        let variance_bar =
            precision * (quadratic * precision - along * scaled) - 0.5 * (precision - scaled * scaled);
        for state in 0..STATES {
            column_bar[state] += variance_bar * row[state];
            mean_bar[state] -= surprise_bar * row[state];
        }
        for state in 0..STATES {
            let mut through_column = 0.0;
            for inner in 0..STATES {
                through_column += self.covariance[state][inner] * column_bar[inner];
                covariance_bar[state][inner] +=
                    0.5 * (column_bar[state] * row[inner] + row[state] * column_bar[inner]);
            }
            by_row[state] += variance_bar * column[state] + through_column - surprise_bar * self.mean[state];
        }
        (surprise_bar, variance_bar)
    }
}
