//! Finds the mode of a log-density and the normal approximation around it.
//!
//! BFGS with a backtracking line search, then the Hessian from central differences of the gradient. Made for a
//! dozen or two parameters of order one and a smooth density with one mode.

use crate::density::{DensityError, LogDensity};
use crate::linear::{Square, dot};

/// The mode of a log-density and its curvature there.
#[derive(Debug, Clone, PartialEq)]
pub struct Mode {
    /// Where the density is highest.
    pub position: Vec<f64>,
    /// The log-density there.
    pub value: f64,
    /// Minus the matrix of second derivatives there, symmetric.
    pub precision: Square,
    /// The inverse of `precision`: the covariance of the normal approximation.
    pub covariance: Square,
    /// The lower Cholesky factor of `covariance`.
    pub scale: Square,
}

/// Why no mode could be found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModeError {
    /// The density could not be evaluated at the start or became unusable.
    #[error(transparent)]
    Density(#[from] DensityError),
    /// The search stopped before the gradient vanished.
    #[error(
        "no mode was found in {iterations} steps (gradient {gradient:.1e}); start nearer or use a simpler model"
    )]
    NotConverged {
        /// Steps taken.
        iterations: usize,
        /// The largest derivative at the last point.
        gradient: f64,
    },
    /// The density does not curve downwards in every direction at the point found.
    #[error("the point found is not a peak; start elsewhere or use stronger priors")]
    NotAPeak,
}

/// How small every derivative of the log-density must be at a mode, in units of one over the step scale.
const GRADIENT_TOLERANCE: f64 = 1e-7;
/// A step that promises less gain than this, relative to the value, is lost in rounding: the mode is reached. The
/// position is then within about 1e-5 standard deviations.
const GAIN_TOLERANCE: f64 = 1e-13;
/// Where no step can be taken any more, a promised gain under this is good enough: a thousandth of a standard deviation.
const PROMISE_TOLERANCE: f64 = 1e-6;
/// A search that needs more steps than this is lost.
const MAX_ITERATIONS: usize = 400;
/// The step of the central differences, as a share of the step scale: the cube root of the machine precision.
const DIFFERENCE_STEP: f64 = 6e-6;

/// Climbs from `start` to the nearest mode; `scale` gives each parameter's typical width (a prior SD will do).
///
/// # Errors
/// See [`ModeError`]; the last one leaves the caller to fall back on a diagonal approximation.
pub fn find_mode<D: LogDensity>(density: &mut D, start: &[f64], scale: &[f64]) -> Result<Mode, ModeError> {
    let (position, value) = climb(density, start, scale)?;
    curve(density, position, value, scale)
}

/// Finds the mode like [`find_mode`], as [`climb_nearby`] climbs.
///
/// # Errors
/// See [`ModeError`].
pub fn find_mode_nearby<D: LogDensity>(
    density: &mut D,
    start: &[f64],
    scale: &[f64],
    covariance: &Square,
) -> Result<Mode, ModeError> {
    let (position, value) = climb_nearby(density, start, scale, covariance)?;
    curve(density, position, value, scale)
}

fn curve<D: LogDensity>(
    density: &mut D,
    position: Vec<f64>,
    value: f64,
    scale: &[f64],
) -> Result<Mode, ModeError> {
    let precision = negative_hessian(density, &position, scale)?;
    let factor = precision.cholesky().ok_or(ModeError::NotAPeak)?;
    let covariance = factor.inverse_from_cholesky();
    let lower = covariance.cholesky().ok_or(ModeError::NotAPeak)?;
    Ok(Mode { position, value, precision, covariance, scale: lower })
}

/// Climbs to the nearest mode and returns it with its log-density, without the curvature.
///
/// # Errors
/// See [`ModeError`].
pub fn climb<D: LogDensity>(
    density: &mut D,
    start: &[f64],
    scale: &[f64],
) -> Result<(Vec<f64>, f64), ModeError> {
    follow(Search::new(density, start, scale)?)
}

/// Climbs like [`climb`] from near the mode, with a covariance that is about right there (that of a neighbouring mode, or
/// of other data): the first steps are then Newton's, and a handful is enough.
///
/// # Errors
/// See [`ModeError`].
pub fn climb_nearby<D: LogDensity>(
    density: &mut D,
    start: &[f64],
    scale: &[f64],
    covariance: &Square,
) -> Result<(Vec<f64>, f64), ModeError> {
    let mut search = Search::new(density, start, scale)?;
    for row in 0..start.len() {
        for column in 0..start.len() {
            let share = covariance.get(row, column) / (scale[row] * scale[column]);
            search.inverse_curvature.set(row, column, share);
        }
    }
    search.fresh = false;
    follow(search)
}

fn follow<D: LogDensity>(mut search: Search<'_, D>) -> Result<(Vec<f64>, f64), ModeError> {
    for iteration in 0..MAX_ITERATIONS {
        let steepest = search.largest_derivative();
        if steepest < GRADIENT_TOLERANCE {
            return Ok(search.finish());
        }
        if !search.step()? {
            // The line search cannot improve at machine precision: good enough if the slope is small, or if the whole
            // way that is left promises next to nothing (thousands of values make slopes steep and steps tiny).
            return if steepest < 1e-3 || search.promise < PROMISE_TOLERANCE {
                Ok(search.finish())
            } else {
                Err(ModeError::NotConverged { iterations: iteration, gradient: steepest })
            };
        }
    }
    Err(ModeError::NotConverged { iterations: MAX_ITERATIONS, gradient: search.largest_derivative() })
}

/// The state of a BFGS search in coordinates divided by `scale`.
struct Search<'a, D> {
    density: &'a mut D,
    scale: &'a [f64],
    position: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    inverse_curvature: Square,
    fresh: bool,
    /// What the last step promised to gain.
    promise: f64,
}

impl<'a, D: LogDensity> Search<'a, D> {
    fn new(density: &'a mut D, start: &[f64], scale: &'a [f64]) -> Result<Self, ModeError> {
        let mut gradient = vec![0.0; start.len()];
        let value = density.value_and_gradient(start, &mut gradient)?;
        gradient.iter_mut().zip(scale).for_each(|(slope, width)| *slope *= width);
        let inverse_curvature = Square::diagonal(&vec![1.0; start.len()]);
        let position = start.to_vec();
        let promise = f64::INFINITY;
        Ok(Self { density, scale, position, value, gradient, inverse_curvature, fresh: true, promise })
    }

    fn largest_derivative(&self) -> f64 {
        self.gradient.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()))
    }

    fn finish(self) -> (Vec<f64>, f64) {
        (self.position, self.value)
    }

    /// Takes one quasi-Newton step; false if no step improves the value.
    fn step(&mut self) -> Result<bool, ModeError> {
        let size = self.position.len();
        let mut direction: Vec<f64> =
            (0..size).map(|row| dot(self.inverse_curvature.row(row), &self.gradient)).collect();
        let mut slope = dot(&direction, &self.gradient);
        if slope <= 0.0 || !slope.is_finite() {
            self.inverse_curvature = Square::diagonal(&vec![1.0; size]);
            self.fresh = true;
            direction.clone_from(&self.gradient);
            slope = dot(&direction, &self.gradient);
        }
        self.promise = slope;
        if slope < GAIN_TOLERANCE * (1.0 + self.value.abs()) {
            return Ok(false);
        }
        let longest = direction.iter().fold(0.0, |longest: f64, part| longest.max(part.abs()));
        let mut length = (1.0 / longest).min(1.0);
        for _ in 0..40 {
            let candidate: Vec<f64> = (0..size)
                .map(|index| self.position[index] + length * direction[index] * self.scale[index])
                .collect();
            let mut gradient = vec![0.0; size];
            match self.density.value_and_gradient(&candidate, &mut gradient) {
                Ok(value) if value.is_finite() && value >= self.value + 1e-4 * length * slope => {
                    gradient.iter_mut().zip(self.scale).for_each(|(slope, width)| *slope *= width);
                    self.learn(&candidate, &gradient);
                    self.position = candidate;
                    self.value = value;
                    self.gradient = gradient;
                    return Ok(true);
                }
                Err(error) if !error.is_recoverable() => return Err(error.into()),
                _ => length *= 0.5,
            }
        }
        Ok(false)
    }

    /// Updates the inverse curvature from the step just taken (BFGS).
    fn learn(&mut self, candidate: &[f64], gradient: &[f64]) {
        let size = candidate.len();
        let moved: Vec<f64> =
            (0..size).map(|index| (candidate[index] - self.position[index]) / self.scale[index]).collect();
        let bent: Vec<f64> = (0..size).map(|index| self.gradient[index] - gradient[index]).collect();
        let curvature = dot(&moved, &bent);
        if curvature <= 1e-12 * dot(&bent, &bent).sqrt() * dot(&moved, &moved).sqrt() {
            return;
        }
        if self.fresh {
            self.inverse_curvature = Square::diagonal(&vec![curvature / dot(&bent, &bent); size]);
            self.fresh = false;
        }
        let turned: Vec<f64> = (0..size).map(|row| dot(self.inverse_curvature.row(row), &bent)).collect();
        let factor = 1.0 + dot(&bent, &turned) / curvature;
        for row in 0..size {
            for column in 0..size {
                let change = (factor * moved[row] * moved[column]
                    - turned[row] * moved[column]
                    - moved[row] * turned[column])
                    / curvature;
                self.inverse_curvature.set(row, column, self.inverse_curvature.get(row, column) + change);
            }
        }
    }
}

/// Returns the covariance of the normal approximation at a mode from one-sided differences of the
/// gradient: half the evaluations of [`negative_hessian`], and right to about five digits.
///
/// # Errors
/// [`ModeError`] where a neighbouring point cannot be evaluated or the point is no peak.
pub fn covariance_in_short<D: LogDensity>(
    density: &mut D,
    position: &[f64],
    scale: &[f64],
) -> Result<Square, ModeError> {
    let size = position.len();
    let (mut here, mut above) = (vec![0.0; size], vec![0.0; size]);
    density.value_and_gradient(position, &mut here)?;
    let mut slopes = Square::zero(size);
    let mut probe = position.to_vec();
    for row in 0..size {
        let step = DIFFERENCE_STEP * scale[row];
        probe[row] = position[row] + step;
        density.value_and_gradient(&probe, &mut above)?;
        probe[row] = position[row];
        for column in 0..size {
            slopes.set(row, column, (here[column] - above[column]) / step);
        }
    }
    let factor = slopes.symmetric().cholesky().ok_or(ModeError::NotAPeak)?;
    Ok(factor.inverse_from_cholesky())
}

/// Returns minus the second derivatives at `position`, from central differences of the gradient.
///
/// # Errors
/// [`ModeError::Density`] where a neighbouring point cannot be evaluated.
pub fn negative_hessian<D: LogDensity>(
    density: &mut D,
    position: &[f64],
    scale: &[f64],
) -> Result<Square, ModeError> {
    let size = position.len();
    let mut slopes = Square::zero(size);
    let (mut above, mut below) = (vec![0.0; size], vec![0.0; size]);
    let mut probe = position.to_vec();
    for row in 0..size {
        let step = DIFFERENCE_STEP * scale[row];
        probe[row] = position[row] + step;
        density.value_and_gradient(&probe, &mut above)?;
        probe[row] = position[row] - step;
        density.value_and_gradient(&probe, &mut below)?;
        probe[row] = position[row];
        for column in 0..size {
            slopes.set(row, column, (below[column] - above[column]) / (2.0 * step));
        }
    }
    Ok(slopes.symmetric())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln density of a banana: curved, with its mode at (1, 1).
    #[derive(Clone)]
    struct Banana;

    impl LogDensity for Banana {
        fn dimension(&self) -> usize {
            2
        }

        fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
            let (along, across) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient[0] = along + 20.0 * x[0] * across;
            gradient[1] = -10.0 * across;
            Ok(-0.5 * along * along - 5.0 * across * across)
        }
    }

    #[test]
    fn the_mode_and_curvature_of_a_banana_are_known() {
        let mode = find_mode(&mut Banana, &[-1.5, 2.0], &[1.0, 1.0]).expect("a mode");
        assert!((mode.position[0] - 1.0).abs() < 1e-6 && (mode.position[1] - 1.0).abs() < 1e-6);
        // By hand at (1, 1): minus Hessian [[41, -20], [-20, 10]], inverse [[1, 2], [2, 4.1]].
        assert!((mode.precision.get(0, 0) - 41.0).abs() < 1e-4);
        assert!((mode.covariance.get(1, 1) - 4.1).abs() < 1e-4);
    }

    #[test]
    fn a_valley_is_not_a_peak() {
        #[derive(Clone)]
        struct Saddle;
        impl LogDensity for Saddle {
            fn dimension(&self) -> usize {
                2
            }
            fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
                gradient[0] = -x[0];
                gradient[1] = x[1];
                Ok(-0.5 * x[0] * x[0] + 0.5 * x[1] * x[1])
            }
        }
        assert_eq!(find_mode(&mut Saddle, &[0.0, 0.0], &[1.0, 1.0]), Err(ModeError::NotAPeak));
    }
}
