//! Defines what a posterior must offer to be sampled: its log-density and the gradient of it.

/// Why a log-density could not be evaluated at a point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DensityError {
    /// The point lies outside the support: the density is zero there, and a sampler turns back and goes on.
    #[error("the density is zero here: {0}; the sampler turns back")]
    OutsideSupport(&'static str),
    /// Nothing can be continued from here; the model itself is broken.
    #[error("the density cannot be evaluated: {0}; report this together with the settings used")]
    Broken(String),
}

impl DensityError {
    /// Returns whether a sampler may carry on after this error.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        matches!(self, Self::OutsideSupport(_))
    }
}

/// A log-density over unconstrained real vectors, with its gradient.
///
/// `&mut self` lets an implementation keep its workspace, so that an evaluation allocates nothing; every chain
/// works on its own clone.
pub trait LogDensity: Clone + Send + Sync {
    /// Returns the number of parameters.
    fn dimension(&self) -> usize;

    /// Returns the log-density (up to a constant) at `position` and writes its gradient.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the density is zero, [`DensityError::Broken`] where it cannot be
    /// computed at all.
    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError>;

    /// Returns the log-density alone; worth writing out where the gradient costs as much again.
    ///
    /// # Errors
    /// As [`value_and_gradient`](Self::value_and_gradient).
    fn value(&mut self, position: &[f64]) -> Result<f64, DensityError> {
        let mut gradient = vec![0.0; self.dimension()];
        self.value_and_gradient(position, &mut gradient)
    }
}
