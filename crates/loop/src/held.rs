//! Holds some parameters of a density at given values and leaves the others free.

use nightmend_infer::laplace::{self, Mode, ModeError};
use nightmend_infer::linear::{Square, dot};
use nightmend_infer::{DensityError, LogDensity};

/// A density some of whose parameters are held.
#[derive(Debug, Clone)]
pub(crate) struct Held<D> {
    density: D,
    held: Vec<(usize, f64)>,
    free: Vec<usize>,
    whole: Vec<f64>,
    slopes: Vec<f64>,
}

impl<D: LogDensity> Held<D> {
    /// Holds each parameter of `held` (its place and value).
    pub fn new(density: D, held: &[(usize, f64)]) -> Self {
        let size = density.dimension();
        let free = (0..size).filter(|index| held.iter().all(|(place, _)| place != index)).collect();
        Self { density, held: held.to_vec(), free, whole: vec![0.0; size], slopes: vec![0.0; size] }
    }

    /// Climbs to the mode of the free parameters from `start`, a vector of all; returns all and the log-density.
    ///
    /// # Errors
    /// [`ModeError`] where no mode is found.
    pub fn climb(mut self, start: &[f64], scale: &[f64]) -> Result<(Vec<f64>, f64), ModeError> {
        let of_free = |all: &[f64], free: &[usize]| free.iter().map(|index| all[*index]).collect::<Vec<_>>();
        let (start, scale) = (of_free(start, &self.free), of_free(scale, &self.free));
        let (position, value) = laplace::climb(&mut self, &start, &scale)?;
        self.fill(&position);
        Ok((self.whole, value))
    }

    /// Climbs like [`Self::climb`] from near the mode, with the covariance of all parameters there. What is left free has
    /// the covariance that it has given the held ones.
    ///
    /// # Errors
    /// [`ModeError`] where no mode is found.
    pub fn climb_nearby(mut self, near: &Mode, scale: &[f64]) -> Result<(Vec<f64>, f64), ModeError> {
        let mut precision = Square::zero(self.free.len());
        for (row, from) in self.free.iter().enumerate() {
            for (column, to) in self.free.iter().enumerate() {
                precision.set(row, column, near.precision.get(*from, *to));
            }
        }
        let covariance = precision.cholesky().ok_or(ModeError::NotAPeak)?.inverse_from_cholesky();
        // The best guess for what is free moves along with what is held.
        let mut pull = vec![0.0; self.free.len()];
        for (sum, from) in pull.iter_mut().zip(&self.free) {
            *sum = self
                .held
                .iter()
                .map(|(place, value)| near.precision.get(*from, *place) * (near.position[*place] - value))
                .sum();
        }
        let start: Vec<f64> = self
            .free
            .iter()
            .enumerate()
            .map(|(row, index)| near.position[*index] + dot(covariance.row(row), &pull))
            .collect();
        let of_free: Vec<f64> = self.free.iter().map(|index| scale[*index]).collect();
        match laplace::climb_nearby(&mut self, &start, &of_free, &covariance) {
            Ok((position, value)) => {
                self.fill(&position);
                Ok((self.whole, value))
            }
            Err(_) => self.climb(&near.position, scale),
        }
    }

    fn fill(&mut self, position: &[f64]) {
        self.free.iter().zip(position).for_each(|(index, value)| self.whole[*index] = *value);
        self.held.iter().for_each(|(index, value)| self.whole[*index] = *value);
    }
}

impl<D: LogDensity> LogDensity for Held<D> {
    fn dimension(&self) -> usize {
        self.free.len()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        self.fill(position);
        let value = self.density.value_and_gradient(&self.whole, &mut self.slopes)?;
        gradient.iter_mut().zip(&self.free).for_each(|(slope, index)| *slope = self.slopes[*index]);
        Ok(value)
    }
}
