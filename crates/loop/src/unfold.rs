//! Samples innovation and error not by themselves but as their sum and their ratio, which the data tell apart better.
//!
//! A series of some months pins down `σ² + r²` (how much a day surprises) and hardly `r/σ` (how much of it is
//! error), so in `(ln σ, ln r)` the posterior is a thin bent ridge, which costs a sampler dearly. In
//! `u = ln(σ² + r²)/2` and `w = ln r - ln σ` it is close to normal. The change of variables has determinant one
//! (`∂ln σ/∂w = -k`, `∂ln r/∂w = 1 - k` with `k = r²/(σ² + r²)`, both `∂/∂u = 1`), so that densities need no
//! correction and the mode is the same point.

use nightmend_infer::{DensityError, LogDensity};

use crate::explicit::model::ExplicitDensity;
use crate::half_day::model::{HalfDayDensity, HalfDayParameter};
use crate::model::{LoopDensity, Parameter};

/// The places of the innovation and the error of each side.
pub(crate) const SIDES: [(usize, usize); 2] = [
    (Parameter::LnSigmaSleep.index(), Parameter::LnErrorSleep.index()),
    (Parameter::LnSigmaPain.index(), Parameter::LnErrorPain.index()),
];

/// The same of the half-day form.
pub(crate) const HALF_DAY_SIDES: [(usize, usize); 3] = [
    (HalfDayParameter::LnSigmaSleep.index(), HalfDayParameter::LnErrorSleep.index()),
    (HalfDayParameter::LnSigmaMorning.index(), HalfDayParameter::LnErrorMorning.index()),
    (HalfDayParameter::LnSigmaDay.index(), HalfDayParameter::LnErrorDay.index()),
];

/// The log-posterior of a loop in unfolded coordinates.
#[derive(Debug, Clone)]
pub struct Unfolded<D = LoopDensity> {
    density: D,
    sides: &'static [(usize, usize)],
    parameters: Vec<f64>,
}

impl Unfolded {
    /// Wraps a density. Where the model has no measurement error there is no ridge, and nothing is changed.
    #[must_use]
    pub fn new(density: LoopDensity) -> Self {
        let sides: &[_] = if density.priors().with_measurement_error { &SIDES } else { &[] };
        Self { parameters: vec![0.0; density.dimension()], density, sides }
    }
}

impl Unfolded<HalfDayDensity> {
    /// Wraps a density of the half-day form.
    #[must_use]
    pub fn of_half_day(density: HalfDayDensity) -> Self {
        let sides: &[_] = if density.priors().with_measurement_error { &HALF_DAY_SIDES } else { &[] };
        Self { parameters: vec![0.0; density.dimension()], density, sides }
    }
}

impl Unfolded<ExplicitDensity> {
    /// Wraps a density with its states written out; the parameters stand where they do in the one-pain-a-day form.
    #[must_use]
    pub fn of_explicit(density: ExplicitDensity) -> Self {
        let sides: &[_] = if density.priors().with_measurement_error { &SIDES } else { &[] };
        Self { parameters: vec![0.0; density.dimension()], density, sides }
    }
}

impl<D: LogDensity> Unfolded<D> {
    /// Wraps any density, with the places of its (ln σ, ln r).
    #[must_use]
    pub(crate) fn with_sides(density: D, sides: &'static [(usize, usize)]) -> Self {
        Self { parameters: vec![0.0; density.dimension()], density, sides }
    }
}

impl<D> Unfolded<D> {
    /// Returns the density in the model's own parameters.
    pub(crate) fn inner(&mut self) -> &mut D {
        &mut self.density
    }

    /// Returns the density in the model's own parameters, to look at.
    pub(crate) fn inner_ref(&self) -> &D {
        &self.density
    }

    /// Turns the model's own parameters into unfolded coordinates.
    pub fn unfold(&self, parameters: &mut [f64]) {
        for (sigma, error) in self.sides.iter().copied() {
            let ratio = parameters[error] - parameters[sigma];
            parameters[sigma] += half_log_sum(ratio);
            parameters[error] = ratio;
        }
    }

    /// Turns unfolded coordinates into the model's own parameters.
    pub fn fold(&self, coordinates: &mut [f64]) {
        fold(self.sides, coordinates);
    }
}

fn fold(sides: &[(usize, usize)], coordinates: &mut [f64]) {
    for (sigma, error) in sides.iter().copied() {
        let ratio = coordinates[error];
        coordinates[sigma] -= half_log_sum(ratio);
        coordinates[error] = coordinates[sigma] + ratio;
    }
}

/// Returns ln(1 + e^(2w)) / 2 without overflow.
fn half_log_sum(ratio: f64) -> f64 {
    ratio.max(0.0) + 0.5 * (-2.0 * ratio.abs()).exp().ln_1p()
}

impl<D: LogDensity> LogDensity for Unfolded<D> {
    fn dimension(&self) -> usize {
        self.density.dimension()
    }

    fn value(&mut self, position: &[f64]) -> Result<f64, DensityError> {
        self.parameters.copy_from_slice(position);
        fold(self.sides, &mut self.parameters);
        self.density.value(&self.parameters)
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        self.parameters.copy_from_slice(position);
        fold(self.sides, &mut self.parameters);
        let value = self.density.value_and_gradient(&self.parameters, gradient)?;
        for (sigma, error) in self.sides.iter().copied() {
            let share = 1.0 / (1.0 + (-2.0 * position[error]).exp());
            let both = gradient[sigma] + gradient[error];
            gradient[error] -= share * both;
            gradient[sigma] = both;
        }
        Ok(value)
    }
}
