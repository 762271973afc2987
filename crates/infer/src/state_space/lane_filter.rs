//! Filters several series side by side, forwards and backwards: [`Filter`](super::Filter) for one number of each.
//!
//! What was not seen has precision zero, which makes an update, and the way back through it, do nothing; a series that
//! is shorter than its neighbours goes on unseen.

use super::adjoint::{retreat, unabsorb};
use super::filter::{PRODUCT_RANGE, Update, absorb, advance};
use super::model::{LinearGaussian, LinearGaussianGradient};
use crate::lanes::{Lanes, Number};

#[derive(Debug, Clone, Copy)]
struct Step<const STATES: usize, const CHANNELS: usize> {
    mean_before: [Lanes; STATES],
    covariance_before: [[Lanes; STATES]; STATES],
    updates: [Update<STATES, Lanes>; CHANNELS],
}

/// A filter with its workspace, sized once for the longest series and reused for every evaluation.
#[derive(Debug, Clone)]
pub struct LaneFilter<const STATES: usize, const CHANNELS: usize> {
    steps: Vec<Step<STATES, CHANNELS>>,
    residual_gradient: Vec<[Lanes; CHANNELS]>,
}

impl<const STATES: usize, const CHANNELS: usize> LaneFilter<STATES, CHANNELS> {
    /// Makes the workspace for series of up to `days` days.
    #[must_use]
    pub fn new(days: usize) -> Self {
        let nothing = [Lanes::ZERO; STATES];
        let update = Update { column: nothing, surprise: Lanes::ZERO, precision: Lanes::ZERO, seen: true };
        let step =
            Step { mean_before: nothing, covariance_before: [nothing; STATES], updates: [update; CHANNELS] };
        Self { steps: vec![step; days], residual_gradient: vec![[Lanes::ZERO; CHANNELS]; days] }
    }

    /// Returns the log-likelihoods of `residuals` (observed minus level), `seen` being one where something was and zero
    /// elsewhere, up to the constant `-ln(2π)/2` for everything seen.
    ///
    /// # Panics
    /// Panics if `residuals` and `seen` are not equally long or longer than the workspace.
    #[inline(always)]
    pub fn log_likelihood(
        &mut self,
        model: &LinearGaussian<STATES, CHANNELS, Lanes>,
        residuals: &[[Lanes; CHANNELS]],
        seen: &[[Lanes; CHANNELS]],
    ) -> Lanes {
        assert_eq!(residuals.len(), seen.len(), "one mask a day");
        let mut mean = [Lanes::ZERO; STATES];
        let mut covariance = model.first_covariance;
        let (mut squares, mut logarithms, mut product) = (Lanes::ZERO, Lanes::ZERO, Lanes::all(1.0));
        let steps = &mut self.steps[..residuals.len()];
        for (day, (step, (residuals, seen))) in steps.iter_mut().zip(residuals.iter().zip(seen)).enumerate() {
            if day > 0 {
                step.mean_before = mean;
                step.covariance_before = covariance;
                (mean, covariance) =
                    advance(&model.transition, &model.innovation_covariance, &mean, &covariance);
            }
            for channel in 0..CHANNELS {
                let state = model.observed_state[channel];
                let variance = covariance[state][state] + model.observation_variance[channel];
                let update = Update {
                    column: covariance[state],
                    surprise: residuals[channel] - mean[state],
                    precision: seen[channel] / variance,
                    seen: true,
                };
                absorb(&mut mean, &mut covariance, &update);
                squares += update.surprise * update.surprise * update.precision;
                step.updates[channel] = update;
                let counted = |lane: usize| if seen[channel].0[lane] > 0.0 { variance.0[lane] } else { 1.0 };
                product *= Lanes::from_fn(counted);
            }
            if !product.every(|product| PRODUCT_RANGE.contains(&product)) {
                logarithms += product.map(f64::ln);
                product = Lanes::all(1.0);
            }
        }
        Lanes::all(-0.5) * (logarithms + product.map(f64::ln) + squares)
    }

    /// Writes the gradients of the last [`log_likelihood`](Self::log_likelihood), which must have used `model` and had
    /// `days` days.
    #[inline(always)]
    pub fn gradient(
        &mut self,
        model: &LinearGaussian<STATES, CHANNELS, Lanes>,
        days: usize,
        gradient: &mut LinearGaussianGradient<STATES, CHANNELS, Lanes>,
    ) {
        *gradient = LinearGaussianGradient::zero();
        let mut mean_bar = [Lanes::ZERO; STATES];
        let mut covariance_bar = [[Lanes::ZERO; STATES]; STATES];
        let steps = self.steps[..days].iter().zip(&mut self.residual_gradient[..days]);
        for (day, (step, by_residual)) in steps.enumerate().rev() {
            for channel in (0..CHANNELS).rev() {
                let state = model.observed_state[channel];
                let (surprise_bar, variance_bar) =
                    unabsorb(&mut mean_bar, &mut covariance_bar, &step.updates[channel], state);
                gradient.observation_variance[channel] += variance_bar;
                by_residual[channel] = surprise_bar;
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

    /// Returns the derivatives of the last evaluation with respect to the residuals of each day.
    #[must_use]
    #[inline(always)]
    pub fn residual_gradient(&self) -> &[[Lanes; CHANNELS]] {
        &self.residual_gradient
    }
}
