//! States the exact joint posterior of a population and all its members, in coordinates in which it is nearly white.
//!
//! Every person's likelihood has a normal stand-in `exp(-θ'Λθ/2 + η'θ)` (a site, made beforehand). Given the
//! population, site and prior make a normal with precision `A = Λ + W` and centre `A⁻¹(η + W m)`; with
//! `A = L L'` and `R = L⁻¹` the person's parameters are `θ = R'(R(η + W m) + x)`. If the likelihood were its site, `x`
//! would be standard normal and independent of the population: no funnel, whether persons differ much or not at all,
//! and whether their records are long or short. What is left over, `r(θ) = ln likelihood + θ'Λθ/2 - η'θ`, is the part
//! that the sampler has to find out. The posterior itself is exact, whatever the sites.
//!
//! With `d = R'v`, `t = R ∇r` and `w = R't`, a person adds `r(θ) - x'x/2 + v'v/2 + η'm - m'Λm/2 - ln det L`, whose derivatives are `-x + t` by `x`, `W(d + w)` by `m`, `m + d + w - θ` by `η`
//! (which moves with what is one for all), and, by `W`,
//! minus half the symmetric part of `Σ_j R_j (R_j + 2Z_j)' + d (d + 2w)'`, where `R_j` is a row of `R` and
//! `Z_j = x_j (Σ_{i<j} t_i R_i + t_j R_j/2)`. (The reverse rule of the Cholesky factor, Murray 2016, arXiv:1602.07527,
//! with the sums over rows taken as running sums.)

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_infer::laplace::Mode;
use nightmend_infer::linear::{Square, dot as dot_slices};
use nightmend_infer::{DensityError, LogDensity};

use super::person::{Conditional, Person, Shared, Site};
use super::population::{HyperPriors, Population, Pull, TOGETHER};
use super::small::{K, Matrix, Vector, dot, times, times_lower, times_lower_transposed};

/// The joint log-posterior: first the population's white coordinates, then `K` for every person.
#[derive(Debug, Clone)]
pub(super) struct JointDensity<'a> {
    persons: Vec<Person>,
    sites: &'a [Site],
    /// Where the sites were made.
    origin: Shared,
    priors: HyperPriors,
    /// The population's coordinates are `centre + scale · white`.
    centre: &'a [f64],
    scale: &'a Square,
    population: Population,
    place: Vec<f64>,
    slopes: Vec<f64>,
    pull: Pull,
}

const OUTSIDE: DensityError = DensityError::OutsideSupport("the spread between persons vanishes or runs off");

impl<'a> JointDensity<'a> {
    pub(super) fn new(
        persons: Vec<Person>,
        (sites, origin): (&'a [Site], Shared),
        priors: HyperPriors,
        mode: &'a Mode,
    ) -> Option<Self> {
        Some(Self {
            persons,
            sites,
            origin,
            population: Population::unpack(&mode.position, &priors)?,
            centre: &mode.position,
            scale: &mode.scale,
            place: vec![0.0; priors.dimension()],
            slopes: vec![0.0; priors.dimension()],
            pull: Pull::none(priors.covariates),
            priors,
        })
    }

    fn place_population(&mut self, position: &[f64]) -> bool {
        for (row, place) in self.place.iter_mut().enumerate() {
            *place = self.centre[row] + dot_slices(&self.scale.row(row)[..=row], &position[..=row]);
        }
        self.population.unpack_in_place(&self.place, &self.priors)
    }

    /// Writes the population's own coordinates, then of every person what `of` picks out of the parameters.
    pub(super) fn write<const N: usize>(
        &mut self,
        position: &[f64],
        kept: &mut [f64],
        of: impl Fn(&Vector) -> [f64; N],
    ) {
        let dimension = self.priors.dimension();
        if !self.place_population(position) {
            kept.fill(f64::NAN);
            return;
        }
        kept[..dimension].copy_from_slice(&self.place);
        for (index, person) in self.persons.iter().enumerate() {
            let mean = self.population.mean_of(&person.covariates);
            let target = &mut kept[dimension + N * index..dimension + N * (index + 1)];
            let parameters = Conditional::new(&self.sites[index], &self.population, &self.origin, mean)
                .map(|conditional| conditional.parameters(&white_of(position, dimension, index)));
            match parameters {
                Some(parameters) => target.copy_from_slice(&of(&parameters)),
                None => target.fill(f64::NAN),
            }
        }
    }
}

fn white_of(position: &[f64], dimension: usize, index: usize) -> Vector {
    let mut white = [0.0; K];
    white.copy_from_slice(&position[dimension + K * index..dimension + K * (index + 1)]);
    white
}

impl LogDensity for JointDensity<'_> {
    fn dimension(&self) -> usize {
        self.priors.dimension() + K * self.persons.len()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        if !self.place_population(position) {
            return Err(OUTSIDE);
        }
        let dimension = self.priors.dimension();
        self.pull.clear();
        let count = self.persons.len();
        let mut value = 0.5 * count as f64 * self.population.log_determinant;
        for index in 0..count {
            let white = white_of(position, dimension, index);
            let mut by_white = [0.0; K];
            value += one_person(
                &mut self.persons[index],
                (&self.sites[index], &self.origin),
                &self.population,
                &white,
                &mut by_white,
                &mut self.pull,
            )?;
            gradient[dimension + K * index..dimension + K * (index + 1)].copy_from_slice(&by_white);
        }
        self.slopes.fill(0.0);
        value += self.priors.weigh_in(&self.place, &mut self.slopes);
        self.population.pull_back(&self.pull, count, &mut self.slopes);
        let outward = &mut gradient[..dimension];
        outward.fill(0.0);
        for (row, slope) in self.slopes.iter().enumerate() {
            outward
                .iter_mut()
                .zip(&self.scale.row(row)[..=row])
                .for_each(|(sum, factor)| *sum += factor * slope);
        }
        if value.is_finite() { Ok(value) } else { Err(OUTSIDE) }
    }
}

/// One person's part of the log-density, half of ln det W apart; adds to the population's pull.
fn one_person(
    person: &mut Person,
    (site, origin): (&Site, &Shared),
    population: &Population,
    white: &Vector,
    by_white: &mut Vector,
    pull: &mut Pull,
) -> Result<f64, DensityError> {
    let mean = population.mean_of(&person.covariates);
    let conditional = Conditional::new(site, population, origin, mean).ok_or(OUTSIDE)?;
    let parameters = conditional.parameters(white);
    let (mut left_over, mut by_shared) = ([0.0; K], [0.0; 2]);
    let likelihood =
        person.value_and_gradient(&parameters, &population.shared, &mut left_over, &mut by_shared)?;
    let curved = times(&site.precision, &parameters);
    let mut value = likelihood;
    for index in 0..K {
        value += parameters[index] * (0.5 * curved[index] - conditional.shift[index]);
        left_over[index] += curved[index] - conditional.shift[index];
    }
    let slope = times_lower(&conditional.root, &left_over);
    let along = times_lower_transposed(&conditional.root, &slope);
    for index in 0..K {
        by_white[index] = slope[index] - white[index];
    }
    let away = conditional.away();
    let both: Vector = std::array::from_fn(|index| away[index] + along[index]);
    let by_mean = times(&population.precision, &both);
    for index in 0..K {
        pull.means[index] += by_mean[index];
        let twice = both[index] + along[index];
        for other in 0..K {
            pull.precision[index][other] -= 0.5 * twice * away[other];
        }
    }
    for (slopes, covariate) in pull.slopes.iter_mut().zip(&person.covariates) {
        for index in 0..TOGETHER {
            slopes[index] += covariate * by_mean[index];
        }
    }
    for (index, crossing) in site.crossing.iter().enumerate() {
        let by_shift = |place: usize| mean[place] + both[place] - parameters[place];
        let through: f64 = (0..K).map(|place| crossing[place] * by_shift(place)).sum();
        pull.shared[index] += by_shared[index] - through;
    }
    pull_through_root(&conditional.root, white, &slope, &mut pull.precision);
    Ok(value + conditional.log_weight - 0.5 * dot(white, white))
}

/// Takes half of `Σ_j R_j (R_j + 2Z_j)'` off.
fn pull_through_root(root: &Matrix, white: &Vector, slope: &Vector, precision: &mut Matrix) {
    let mut running = [0.0; K];
    for row in 0..K {
        let mut combined = [0.0; K];
        for column in 0..=row {
            let own = slope[row] * root[row][column];
            let through = white[row] * (running[column] + 0.5 * own);
            combined[column] = 0.5 * root[row][column] + through;
            running[column] += own;
        }
        for index in 0..=row {
            let factor = root[row][index];
            for column in 0..=row {
                precision[index][column] -= factor * combined[column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::person;
    use crate::group::population::CORRELATIONS;
    use crate::{PainMeasure, Priors, Series, SleepMeasure};
    use nightmend_domain::Moment;
    use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
    use nightmend_infer::random::Stream;

    const PRIORS: HyperPriors = HyperPriors {
        means: [MeanSd { mean: 0.0, sd: 0.7 }; K],
        spreads: [0.5; K],
        covariates: 1,
        errors: [MeanSd { mean: -1.0, sd: 0.4 }; 2],
        with_error: true,
    };

    fn people() -> Vec<Person> {
        let one = MeanSd { mean: 0.0, sd: 1.0 };
        let scale = Standardisation { sleep: one, pain: one };
        let measure = SleepMeasure::HoursDiary;
        let built_in =
            Priors::built_in().for_series(&measure, PainMeasure::Nrs, &scale, MeasurementError::Prior);
        let mut stream = Stream::new(3, 0);
        let person = |number: usize| {
            let mut column =
                || (0..12).map(|_| (stream.uniform() > 0.1).then(|| stream.normal())).collect::<Vec<_>>();
            let columns = crate::data::Columns {
                first_date: jiff::civil::date(2024, 1, 1),
                sleep: column(),
                pain: column(),
                weekend: crate::data::weekend_flags(jiff::civil::date(2024, 1, 1), 12),
            };
            let name = "pain".to_owned();
            let series = Series::new(columns, measure.clone(), PainMeasure::Nrs, name, Moment::Waking);
            Person::new(&series.expect("a series"), &scale, &built_in, vec![number as f64 - 1.0])
        };
        (0..3).map(person).collect()
    }

    fn mode() -> Mode {
        let size = PRIORS.dimension();
        let mut scale = Square::diagonal(&vec![0.3; size]);
        (1..size).for_each(|row| scale.set(row, row - 1, 0.1));
        let (precision, covariance) = (Square::zero(size), Square::zero(size));
        Mode { position: PRIORS.start(), value: 0.0, precision, covariance, scale }
    }

    #[test]
    fn the_gradient_is_that_of_differences() {
        let (persons, mode) = (people(), mode());
        let population = Population::unpack(&mode.position, &PRIORS).expect("a population");
        let sites: Vec<Site> = persons
            .iter()
            .map(|one| person::at_the_mode(one, &population, &PRIORS, None).expect("a mode").1)
            .collect();
        let mut density =
            JointDensity::new(persons, (&sites, [-1.1, -0.8]), PRIORS, &mode).expect("a density");
        let position: Vec<f64> =
            (0..density.dimension()).map(|index| 0.5 * (1.9 * index as f64).sin()).collect();
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
            assert!((slope - found).abs() < 2e-5 * (1.0 + slope.abs()), "{index}: {slope} {found}");
        }
    }

    #[test]
    fn sites_change_the_coordinates_and_not_the_posterior() {
        // The same parameters reached through other sites have the same density, once the volume is allowed for.
        let (persons, mode) = (people(), mode());
        let place = vec![0.2; PRIORS.dimension()];
        let population = {
            let moved: Vec<f64> = (0..place.len())
                .map(|row| mode.position[row] + dot_slices(&mode.scale.row(row)[..=row], &place[..=row]))
                .collect();
            Population::unpack(&moved, &PRIORS).expect("a population")
        };
        let at = |sites: &[Site], turn: f64| {
            let mut position = place.clone();
            let mut volume = 0.0;
            for (index, one) in persons.iter().enumerate() {
                let mean = population.mean_of(&one.covariates);
                let conditional =
                    Conditional::new(&sites[index], &population, &[-1.1, -0.8], mean).expect("positive");
                let wanted: Vector =
                    std::array::from_fn(|index| mean[index] + 0.2 * (turn * index as f64).sin());
                // R'(whitened + x) = wanted, solved from the last row up.
                let mut white = [0.0; K];
                for row in (0..K).rev() {
                    let known: f64 =
                        (row + 1..K).map(|below| conditional.root[below][row] * white[below]).sum();
                    white[row] = (wanted[row] - known) / conditional.root[row][row];
                }
                position.extend((0..K).map(|row| white[row] - conditional.whitened[row]));
                volume -= (0..K).map(|index| conditional.root[index][index].ln()).sum::<f64>();
            }
            let mut density =
                JointDensity::new(persons.clone(), (sites, [-1.1, -0.8]), PRIORS, &mode).expect("a density");
            let mut unused = vec![0.0; position.len()];
            density.value_and_gradient(&position, &mut unused).expect("inside") + volume
        };
        let mut other = Site { shift: [0.3; K], crossing: [[0.1; K]; 2], ..Site::SILENT };
        (0..K).for_each(|index| other.precision[index][index] = 2.0 + index as f64);
        let silent = vec![Site::SILENT; persons.len()];
        let loud = vec![other; persons.len()];
        assert!((at(&silent, 1.0) - at(&loud, 1.0)).abs() < 1e-8);
        assert!((at(&silent, 1.7) - at(&loud, 1.7)).abs() < 1e-8);
        assert!((at(&silent, 1.0) - at(&silent, 1.7)).abs() > 0.1, "the density is not flat");
        assert_eq!(PRIORS.dimension(), 2 * K + CORRELATIONS + 8 + 2);
    }
}
