//! Samples what a group of persons has in common, and how far its members differ, from their likelihoods.
//!
//! Each person's parameters are normal around the population's, independently of each other given the person's own
//! likelihood; they are integrated out exactly (a normal mixed model), so that the sampler sees means and
//! between-person standard deviations only. With `A = Λ + T⁻¹` and `a = A⁻¹(η + T⁻¹μ)` a person's log-density is
//! `(a'Aa - μ'T⁻¹μ - ln|A| - ln|T|)/2`, with gradients `T⁻¹(a - μ)` and, for ln τ, `((a - μ)² + diag A⁻¹)/τ² - 1`.

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::random::Stream;
use nightmend_infer::{DensityError, LogDensity};

use super::person::Likelihood;
use super::small::{K, Matrix, Vector, cholesky, invert_lower, times_lower, times_lower_transposed};

/// What is assumed of the population before the data: means are normal, between-person SDs half-normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HyperPriors {
    pub(super) means: [MeanSd; K],
    pub(super) spreads: Vector,
}

/// The log-posterior of the population: K means, then K ln between-person SDs.
#[derive(Debug, Clone)]
pub(super) struct PopulationDensity<'a> {
    pub(super) persons: &'a [Likelihood],
    pub(super) priors: HyperPriors,
}

/// Mean and scale of one person's parameters, given the population.
pub(super) struct Conditional {
    pub(super) mean: Vector,
    /// The inverse of the lower Cholesky factor of the precision.
    root: Matrix,
    log_determinant: f64,
}

impl Conditional {
    /// The normal distribution of a person's parameters given their likelihood and the population.
    pub(super) fn new(person: &Likelihood, means: &Vector, inverse_variances: &Vector) -> Option<Self> {
        let mut precision = person.precision;
        let mut right = person.shift;
        for index in 0..K {
            precision[index][index] += inverse_variances[index];
            right[index] += inverse_variances[index] * means[index];
        }
        let lower = cholesky(&precision)?;
        let log_determinant = 2.0 * (0..K).map(|index| lower[index][index].ln()).sum::<f64>();
        let root = invert_lower(&lower);
        let mean = times_lower_transposed(&root, &times_lower(&root, &right));
        Some(Self { mean, root, log_determinant })
    }

    fn variance(&self, index: usize) -> f64 {
        (index..K).map(|row| self.root[row][index].powi(2)).sum()
    }

    /// One draw of the person's parameters.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vector {
        let noise: Vector = std::array::from_fn(|_| stream.normal());
        let away = times_lower_transposed(&self.root, &noise);
        std::array::from_fn(|index| self.mean[index] + away[index])
    }
}

/// Splits a position into means and between-person SDs.
pub(super) fn split(position: &[f64]) -> (Vector, Vector) {
    (std::array::from_fn(|index| position[index]), std::array::from_fn(|index| position[K + index].exp()))
}

impl LogDensity for PopulationDensity<'_> {
    fn dimension(&self) -> usize {
        2 * K
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let outside = DensityError::OutsideSupport("the spread between persons vanishes or runs off");
        let (means, spreads) = split(position);
        if !spreads.iter().all(|spread| (1e-6..1e3).contains(spread)) {
            return Err(outside);
        }
        let inverse_variances = spreads.map(|spread| spread.powi(-2));
        gradient.fill(0.0);
        let mut value = 0.0;
        for person in self.persons {
            let Some(conditional) = Conditional::new(person, &means, &inverse_variances) else {
                return Err(outside);
            };
            value -= 0.5 * conditional.log_determinant;
            for index in 0..K {
                let weight = inverse_variances[index];
                let (mean, away) = (conditional.mean[index], conditional.mean[index] - means[index]);
                // a'Aa = a'(η + T⁻¹μ), parameter by parameter.
                value += 0.5 * mean * (person.shift[index] + weight * means[index]);
                value -= 0.5 * weight * means[index] * means[index] + spreads[index].ln();
                gradient[index] += weight * away;
                gradient[K + index] += weight * (away * away + conditional.variance(index)) - 1.0;
            }
        }
        for index in 0..K {
            let prior = self.priors.means[index];
            let (away, share) =
                ((means[index] - prior.mean) / prior.sd, spreads[index] / self.priors.spreads[index]);
            // The half-normal of the SD, and the Jacobian of its logarithm.
            value += -0.5 * away * away - 0.5 * share * share + position[K + index];
            gradient[index] -= away / prior.sd;
            gradient[K + index] += 1.0 - share * share;
        }
        if value.is_finite() { Ok(value) } else { Err(outside) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_infer::linear::Square;

    fn people() -> Vec<Likelihood> {
        let mut stream = Stream::new(11, 0);
        (0..3)
            .map(|_| {
                let root: Matrix = std::array::from_fn(|_| std::array::from_fn(|_| stream.normal()));
                let precision: Matrix = std::array::from_fn(|row| {
                    std::array::from_fn(|column| (0..K).map(|k| root[row][k] * root[column][k]).sum())
                });
                Likelihood { precision, shift: std::array::from_fn(|_| 2.0 * stream.normal()) }
            })
            .collect()
    }

    fn density(persons: &[Likelihood]) -> PopulationDensity<'_> {
        let priors = HyperPriors { means: [MeanSd { mean: 0.1, sd: 0.7 }; K], spreads: [0.6; K] };
        PopulationDensity { persons, priors }
    }

    #[test]
    fn the_gradient_is_that_of_differences() {
        let persons = people();
        let mut density = density(&persons);
        let position: Vec<f64> = (0..2 * K).map(|index| 0.3 * (index as f64).sin() - 0.2).collect();
        let mut gradient = vec![0.0; 2 * K];
        density.value_and_gradient(&position, &mut gradient).expect("inside");
        let mut unused = vec![0.0; 2 * K];
        for index in 0..2 * K {
            let mut at = |step: f64| {
                let mut moved = position.clone();
                moved[index] += step;
                density.value_and_gradient(&moved, &mut unused).expect("inside")
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!(
                (slope - gradient[index]).abs() < 1e-5 * (1.0 + slope.abs()),
                "{index}: {slope} {}",
                gradient[index]
            );
        }
    }

    #[test]
    fn the_value_is_the_dense_normal_density_of_the_persons_own_estimates() {
        // With Λ invertible the person's estimate Λ⁻¹η is N(μ, Λ⁻¹ + T): another road to the same density.
        let persons = people();
        let mut density = density(&persons);
        let position: Vec<f64> = (0..2 * K).map(|index| 0.2 * (index as f64).cos() - 0.1).collect();
        let other: Vec<f64> = (0..2 * K).map(|index| 0.1 * (index as f64).sin() - 0.3).collect();
        let mut unused = vec![0.0; 2 * K];
        let mut at = |place: &[f64]| {
            let (means, spreads) = split(place);
            let mut expected = 0.0;
            for person in &persons {
                let mut information = Square::zero(K);
                (0..K * K).for_each(|i| information.set(i / K, i % K, person.precision[i / K][i % K]));
                let mut covariance = information.cholesky().expect("positive").inverse_from_cholesky();
                let estimate: Vec<f64> = (0..K)
                    .map(|row| (0..K).map(|c| covariance.get(row, c) * person.shift[c]).sum())
                    .collect();
                for (index, spread) in spreads.iter().enumerate() {
                    covariance.set(index, index, covariance.get(index, index) + spread * spread);
                }
                let lower = covariance.cholesky().expect("positive");
                let away: Vec<f64> =
                    estimate.iter().zip(&means).map(|(estimate, mean)| estimate - mean).collect();
                let white = lower.solve_lower(&away);
                expected -= 0.5 * white.iter().map(|value| value * value).sum::<f64>();
                expected -= (0..K).map(|index| lower.get(index, index).ln()).sum::<f64>();
            }
            for index in 0..K {
                expected -= 0.5 * ((means[index] - 0.1) / 0.7_f64).powi(2);
                expected += position_term(place[K + index], 0.6);
            }
            (density.value_and_gradient(place, &mut unused).expect("inside"), expected)
        };
        let ((first, first_expected), (second, second_expected)) = (at(&position), at(&other));
        assert!(((first - second) - (first_expected - second_expected)).abs() < 1e-6);
    }

    fn position_term(ln_spread: f64, scale: f64) -> f64 {
        ln_spread - 0.5 * (ln_spread.exp() / scale).powi(2)
    }
}
