//! Describes a time-invariant linear-Gaussian state space whose channels each observe one state.

/// A state space: `x_t = A x_{t-1} + e_t`, `e_t ~ N(0, Q)`; channel `m` observes `x_t[observed_state[m]] + noise`.
///
/// The first day's state is `N(0, first_covariance)` directly; `A` and `Q` act from the second day on. Levels are
/// taken off before the filter sees the series. Several channels may observe one state.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGaussian<const STATES: usize, const CHANNELS: usize> {
    /// `A`, row by row.
    pub transition: [[f64; STATES]; STATES],
    /// `Q`, symmetric.
    pub innovation_covariance: [[f64; STATES]; STATES],
    /// Which state each channel observes.
    pub observed_state: [usize; CHANNELS],
    /// The variance of each channel's noise; zero is allowed.
    pub observation_variance: [f64; CHANNELS],
    /// The covariance of the first day's state, symmetric.
    pub first_covariance: [[f64; STATES]; STATES],
}

/// The derivatives of a log-likelihood with respect to the entries of a [`LinearGaussian`].
///
/// Entries of symmetric matrices are treated as if they were free: a caller that moves `Q[i][j]` and `Q[j][i]`
/// together adds the two.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGaussianGradient<const STATES: usize, const CHANNELS: usize> {
    /// With respect to `A`.
    pub transition: [[f64; STATES]; STATES],
    /// With respect to `Q`.
    pub innovation_covariance: [[f64; STATES]; STATES],
    /// With respect to each channel's noise variance.
    pub observation_variance: [f64; CHANNELS],
}

impl<const STATES: usize, const CHANNELS: usize> LinearGaussianGradient<STATES, CHANNELS> {
    /// Returns the gradient of a constant.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            transition: [[0.0; STATES]; STATES],
            innovation_covariance: [[0.0; STATES]; STATES],
            observation_variance: [0.0; CHANNELS],
        }
    }
}
