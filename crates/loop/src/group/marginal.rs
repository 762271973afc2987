//! States the posterior of a population with every person's site standing for the likelihood: persons integrated out.
//!
//! A normal mixed model, in the letters of the exact form (`joint`) with nothing left over: a person adds
//! `v'v/2 + η'm - m'Λm/2 - ln det L`. It shows where the population lies and how wide it is known, for a few people and for thousands.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_infer::laplace::{self, Mode, ModeError};
use nightmend_infer::linear::{Square, dot as dot_slices};
use nightmend_infer::{DensityError, LogDensity};

use super::person::{Conditional, Shared, Site};
use super::population::{HyperPriors, Population, Pull, SHARED, TOGETHER};
use super::small::{K, Vector, ZERO, square_of_lower, times};

/// The log-posterior of the population's coordinates.
#[derive(Debug, Clone)]
pub(super) struct MarginalDensity<'a> {
    sites: &'a [Site],
    /// Where the sites were made.
    origin: Shared,
    /// Standardised covariates of every person.
    covariates: Vec<&'a [f64]>,
    priors: HyperPriors,
    population: Population,
    pull: Pull,
    /// Whether what is one for all stays where it is.
    holds_shared: bool,
}

const OUTSIDE: DensityError = DensityError::OutsideSupport("the spread between persons vanishes or runs off");

impl<'a> MarginalDensity<'a> {
    pub(super) fn new(
        (sites, origin): (&'a [Site], Shared),
        covariates: Vec<&'a [f64]>,
        priors: HyperPriors,
        place: &[f64],
    ) -> Option<Self> {
        let population = Population::unpack(place, &priors)?;
        Some(Self {
            sites,
            origin,
            covariates,
            population,
            pull: Pull::none(priors.covariates),
            priors,
            holds_shared: false,
        })
    }
}

impl MarginalDensity<'_> {
    /// Climbs to the mode, what is one for all held.
    pub(super) fn climb(&mut self, start: &[f64]) -> Result<Vec<f64>, ModeError> {
        self.holds_shared = true;
        let found = laplace::climb(self, start, &self.priors.widths(self.sites.len()));
        self.holds_shared = false;
        found.map(|(position, _)| position)
    }

    /// The normal approximation around a mode. Sites say how the rest moves with what is one for all and not how far
    /// that is known by itself (the likelihood is far from normal there): it is taken as known a little better than
    /// beforehand.
    pub(super) fn around(&mut self, position: Vec<f64>) -> Result<Mode, ModeError> {
        const BETTER: f64 = 2.0;
        let mut precision =
            laplace::negative_hessian(self, &position, &self.priors.widths(self.sites.len()))?;
        let (size, rest) = (position.len(), position.len() - SHARED);
        let mut own = Square::zero(rest);
        (0..rest * rest).for_each(|at| own.set(at / rest, at % rest, precision.get(at / rest, at % rest)));
        let factor = own.cholesky().ok_or(ModeError::NotAPeak)?;
        let crossing: Vec<Vec<f64>> = (rest..size)
            .map(|row| {
                factor.solve_lower(&(0..rest).map(|column| precision.get(row, column)).collect::<Vec<_>>())
            })
            .collect();
        for (row, one) in crossing.iter().enumerate() {
            for (column, other) in crossing.iter().enumerate() {
                let known = if row == column { BETTER * self.priors.errors[row].sd.powi(-2) } else { 0.0 };
                precision.set(rest + row, rest + column, dot_slices(one, other) + known);
            }
        }
        let factor = precision.cholesky().ok_or(ModeError::NotAPeak)?;
        let covariance = factor.inverse_from_cholesky();
        let scale = covariance.cholesky().ok_or(ModeError::NotAPeak)?;
        Ok(Mode { position, value: 0.0, precision, covariance, scale })
    }
}

impl LogDensity for MarginalDensity<'_> {
    fn dimension(&self) -> usize {
        self.priors.dimension()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        if !self.population.unpack_in_place(position, &self.priors) {
            return Err(OUTSIDE);
        }
        let population = &self.population;
        self.pull.clear();
        let mut value = 0.5 * self.sites.len() as f64 * population.log_determinant;
        for (site, covariates) in self.sites.iter().zip(&self.covariates) {
            value +=
                one_person((site, &self.origin), population, covariates, &mut self.pull).ok_or(OUTSIDE)?;
        }
        gradient.fill(0.0);
        value += self.priors.weigh_in(position, gradient);
        population.pull_back(&self.pull, self.sites.len(), gradient);
        if self.holds_shared {
            let at = gradient.len() - SHARED;
            gradient[at..].fill(0.0);
        }
        if value.is_finite() { Ok(value) } else { Err(OUTSIDE) }
    }
}

/// A few steps of expectation-maximisation from `place`, the priors apart: near the mode wherever it starts, where a
/// search by gradients may be led astray.
pub(super) fn towards_the_mode(
    (sites, origin): (&[Site], &Shared),
    covariates: &[&[f64]],
    priors: &HyperPriors,
    place: &[f64],
    steps: usize,
) -> Option<Vec<f64>> {
    let mut place = place.to_vec();
    for _ in 0..steps {
        let population = Population::unpack(&place, priors)?;
        let (mut means, mut covariance) = ([0.0; K], ZERO);
        let count = sites.len() as f64;
        let mut centres = Vec::with_capacity(sites.len());
        for (site, covariates) in sites.iter().zip(covariates) {
            let mean = population.mean_of(covariates);
            let conditional = Conditional::new(site, &population, origin, mean)?;
            let away = conditional.away();
            let own: Vector = std::array::from_fn(|index| population.means[index] + away[index]);
            (0..K).for_each(|index| means[index] += own[index] / count);
            let spread = square_of_lower(&conditional.root);
            for row in 0..K {
                (0..K).for_each(|column| covariance[row][column] += spread[row][column] / count);
            }
            centres.push(own);
        }
        for own in &centres {
            for row in 0..K {
                for column in 0..K {
                    covariance[row][column] +=
                        (own[row] - means[row]) * (own[column] - means[column]) / count;
                }
            }
        }
        place = priors.place_of(&means, &covariance, population.shared)?;
    }
    Some(place)
}

fn one_person(
    (site, origin): (&Site, &Shared),
    population: &Population,
    covariates: &[f64],
    pull: &mut Pull,
) -> Option<f64> {
    let mean = population.mean_of(covariates);
    let conditional = Conditional::new(site, population, origin, mean)?;
    let away = conditional.away();
    let by_mean = times(&population.precision, &away);
    for index in 0..K {
        pull.means[index] += by_mean[index];
        for other in 0..K {
            pull.precision[index][other] -= 0.5 * away[index] * away[other];
        }
    }
    for (slopes, covariate) in pull.slopes.iter_mut().zip(covariates) {
        for index in 0..TOGETHER {
            slopes[index] += covariate * by_mean[index];
        }
    }
    for row in &conditional.root {
        for index in 0..K {
            let factor = 0.5 * row[index];
            for column in 0..K {
                pull.precision[index][column] -= factor * row[column];
            }
        }
    }
    for (sum, crossing) in pull.shared.iter_mut().zip(&site.crossing) {
        *sum -= (0..K).map(|place| crossing[place] * (mean[place] + away[place])).sum::<f64>();
    }
    Some(conditional.log_weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::person::moved;
    use crate::group::small::{Matrix, inverse};
    use nightmend_domain::estimate::MeanSd;
    use nightmend_infer::random::Stream;

    fn sites() -> Vec<Site> {
        let mut stream = Stream::new(11, 0);
        let site = |_| {
            let root: Matrix = std::array::from_fn(|_| std::array::from_fn(|_| stream.normal()));
            let mut precision = ZERO;
            for row in 0..K {
                for column in 0..K {
                    precision[row][column] = (0..K).map(|inner| root[row][inner] * root[column][inner]).sum();
                }
                precision[row][row] += 0.2;
            }
            let shift = std::array::from_fn(|_| 2.0 * stream.normal());
            let crossing = [0, 1].map(|_| std::array::from_fn(|_| stream.normal()));
            Site { precision, shift, crossing }
        };
        (0..4).map(site).collect()
    }

    const PRIORS: HyperPriors = HyperPriors {
        means: [MeanSd { mean: 0.1, sd: 0.7 }; K],
        spreads: [0.6; K],
        covariates: 1,
        errors: [MeanSd { mean: -0.9, sd: 0.4 }; 2],
        with_error: true,
    };
    const ORIGIN: Shared = [-1.0, -0.7];
    const COVARIATES: [[f64; 1]; 4] = [[-1.1], [0.2], [1.4], [-0.5]];

    fn place(turn: f64) -> Vec<f64> {
        (0..PRIORS.dimension()).map(|index| 0.4 * (turn * index as f64).sin() - 0.1).collect()
    }

    fn density(sites: &[Site]) -> MarginalDensity<'_> {
        let covariates = COVARIATES.iter().map(<[f64; 1]>::as_slice).collect();
        MarginalDensity::new((sites, ORIGIN), covariates, PRIORS, &place(1.0)).expect("a population")
    }

    #[test]
    fn the_gradient_is_that_of_differences() {
        let sites = sites();
        let mut density = density(&sites);
        let position = place(1.7);
        let mut gradient = vec![0.0; position.len()];
        density.value_and_gradient(&position, &mut gradient).expect("inside");
        let mut unused = gradient.clone();
        for index in 0..position.len() {
            let mut at = |step: f64| {
                let mut moved = position.clone();
                moved[index] += step;
                density.value_and_gradient(&moved, &mut unused).expect("inside")
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            let found = gradient[index];
            assert!((slope - found).abs() < 1e-5 * (1.0 + slope.abs()), "{index}: {slope} {found}");
        }
    }

    #[test]
    fn the_value_is_the_dense_normal_density_of_the_persons_own_estimates() {
        // With Λ invertible a person's estimate Λ⁻¹η is N(m, Λ⁻¹ + T): another road to the same density.
        let sites = sites();
        let mut density = density(&sites);
        let mut at = |place: &[f64]| {
            let mut unused = vec![0.0; place.len()];
            let population = Population::unpack(place, &PRIORS).expect("a population");
            let mut expected = PRIORS.weigh_in(place, &mut unused);
            for (site, covariates) in sites.iter().zip(&COVARIATES) {
                let covariance_of_site = inverse(&site.precision).expect("positive");
                let moved = moved(&population.shared, &ORIGIN);
                let shift = std::array::from_fn(|index| {
                    site.shift[index]
                        - site.crossing[0][index] * moved[0]
                        - site.crossing[1][index] * moved[1]
                });
                let estimate = times(&covariance_of_site, &shift);
                // What the site says at its peak.
                expected += 0.5 * (0..K).map(|index| shift[index] * estimate[index]).sum::<f64>();
                let mean = population.mean_of(covariates);
                let mut covariance = Square::zero(K);
                for row in 0..K {
                    for column in 0..K {
                        let shared = population.correlation(row, column)
                            * population.spreads[row]
                            * population.spreads[column];
                        covariance.set(row, column, covariance_of_site[row][column] + shared);
                    }
                }
                let lower = covariance.cholesky().expect("positive");
                let away: Vec<f64> = estimate.iter().zip(&mean).map(|(one, other)| one - other).collect();
                let white = lower.solve_lower(&away);
                expected -= 0.5 * white.iter().map(|value| value * value).sum::<f64>();
                expected -= (0..K).map(|index| lower.get(index, index).ln()).sum::<f64>();
            }
            (density.value_and_gradient(place, &mut unused).expect("inside"), expected)
        };
        let ((first, first_expected), (second, second_expected)) = (at(&place(0.9)), at(&place(2.3)));
        assert!(((first - second) - (first_expected - second_expected)).abs() < 1e-6);
    }
}
