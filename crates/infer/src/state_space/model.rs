//! Describes a time-invariant linear-Gaussian state space whose channels each observe one state.

use crate::lanes::Number;

/// A state space: `x_t = A x_{t-1} + e_t`, `e_t ~ N(0, Q)`; channel `m` observes `x_t[observed_state[m]] + noise`.
///
/// The first day's state is `N(0, first_covariance)` directly; `A` and `Q` act from the second day on. Levels are
/// taken off before the filter sees the series. Several channels may observe one state. `T` is a
/// number, or the numbers of several series side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGaussian<const STATES: usize, const CHANNELS: usize, T = f64> {
    /// `A`, row by row.
    pub transition: [[T; STATES]; STATES],
    /// `Q`, symmetric.
    pub innovation_covariance: [[T; STATES]; STATES],
    /// Which state each channel observes.
    pub observed_state: [usize; CHANNELS],
    /// The variance of each channel's noise; zero is allowed.
    pub observation_variance: [T; CHANNELS],
    /// The covariance of the first day's state, symmetric.
    pub first_covariance: [[T; STATES]; STATES],
}

/// The derivatives of a log-likelihood with respect to the entries of a [`LinearGaussian`].
///
/// Entries of symmetric matrices are treated as if they were free: a caller that moves `Q[i][j]` and `Q[j][i]`
/// together adds the two.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGaussianGradient<const STATES: usize, const CHANNELS: usize, T = f64> {
    /// With respect to `A`.
    pub transition: [[T; STATES]; STATES],
    /// With respect to `Q`.
    pub innovation_covariance: [[T; STATES]; STATES],
    /// With respect to each channel's noise variance.
    pub observation_variance: [T; CHANNELS],
}

impl<const STATES: usize, const CHANNELS: usize, T: Number> LinearGaussianGradient<STATES, CHANNELS, T> {
    /// Returns the gradient of a constant.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            transition: [[T::ZERO; STATES]; STATES],
            innovation_covariance: [[T::ZERO; STATES]; STATES],
            observation_variance: [T::ZERO; CHANNELS],
        }
    }
}
