//! Samples innovation and error not by themselves but as their sum and their ratio, which the data tell apart better.
//!
//! A series of some months pins down `σ² + r²` (how much a day surprises) and hardly `r/σ` (how much of it is
//! error), so in `(ln σ, ln r)` the posterior is a thin bent ridge, which costs a sampler dearly. In
//! `u = ln(σ² + r²)/2` and `w = ln r - ln σ` it is close to normal. The change of variables has determinant one
//! (`∂ln σ/∂w = -k`, `∂ln r/∂w = 1 - k` with `k = r²/(σ² + r²)`, both `∂/∂u = 1`), so that densities need no
//! correction and the mode is the same point.

use nightmend_infer::{DensityError, LogDensity};

use crate::model::{LoopDensity, PARAMETERS, Parameter};

/// The innovation and the error of each side.
const SIDES: [(Parameter, Parameter); 2] =
    [(Parameter::LnSigmaSleep, Parameter::LnErrorSleep), (Parameter::LnSigmaPain, Parameter::LnErrorPain)];

/// The log-posterior of a loop in unfolded coordinates.
#[derive(Debug, Clone)]
pub struct Unfolded {
    density: LoopDensity,
    folds: bool,
}

impl Unfolded {
    /// Wraps a density. Where the model has no measurement error there is no ridge, and nothing is changed.
    #[must_use]
    pub fn new(density: LoopDensity) -> Self {
        let folds = density.priors().with_measurement_error;
        Self { density, folds }
    }

    /// Turns the model's own parameters into unfolded coordinates.
    pub fn unfold(&self, parameters: &mut [f64]) {
        if self.folds {
            for (sigma, error) in SIDES.map(|(sigma, error)| (sigma.index(), error.index())) {
                let ratio = parameters[error] - parameters[sigma];
                parameters[sigma] += half_log_sum(ratio);
                parameters[error] = ratio;
            }
        }
    }

    /// Turns unfolded coordinates into the model's own parameters.
    pub fn fold(&self, coordinates: &mut [f64]) {
        if self.folds {
            for (sigma, error) in SIDES.map(|(sigma, error)| (sigma.index(), error.index())) {
                let ratio = coordinates[error];
                coordinates[sigma] -= half_log_sum(ratio);
                coordinates[error] = coordinates[sigma] + ratio;
            }
        }
    }
}

/// Returns ln(1 + e^(2w)) / 2 without overflow.
fn half_log_sum(ratio: f64) -> f64 {
    ratio.max(0.0) + 0.5 * (-2.0 * ratio.abs()).exp().ln_1p()
}

impl LogDensity for Unfolded {
    fn dimension(&self) -> usize {
        PARAMETERS
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let mut parameters = [0.0; PARAMETERS];
        parameters.copy_from_slice(position);
        self.fold(&mut parameters);
        let value = self.density.value_and_gradient(&parameters, gradient)?;
        if self.folds {
            for (sigma, error) in SIDES.map(|(sigma, error)| (sigma.index(), error.index())) {
                let share = 1.0 / (1.0 + (-2.0 * position[error]).exp());
                let both = gradient[sigma] + gradient[error];
                gradient[error] -= share * both;
                gradient[sigma] = both;
            }
        }
        Ok(value)
    }
}
