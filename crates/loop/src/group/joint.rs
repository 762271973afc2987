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

use std::sync::Arc;

use nightmend_infer::lanes::{LANES, Lanes, Number, WideWork, in_wide_registers};
use nightmend_infer::laplace::Mode;
use nightmend_infer::linear::{Square, dot as dot_slices};
use nightmend_infer::{DensityError, LogDensity};

use super::abreast::{Abreast, Errors, Workspace, side_by_side};
use super::person::{Person, Shared, Site};
use super::population::{HyperPriors, Population, Pull, SHARED, TOGETHER};
use super::small::{K, Matrix, Vector, dot, take_off, times, times_lower, times_lower_transposed};

/// The joint log-posterior: first the population's white coordinates, then `K` for every person.
#[derive(Debug, Clone)]
pub(super) struct JointDensity<'a> {
    companies: Arc<[Abreast]>,
    count: usize,
    with_error: bool,
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
    sums: Sums,
    workspace: Workspace,
}

/// What persons pull at, summed lane by lane: `both` is `d + w`.
#[derive(Debug, Clone)]
struct Sums {
    value: Lanes,
    both: Vector<Lanes>,
    precision: Matrix<Lanes>,
    /// `both` times every covariate.
    slopes: Vec<Vector<Lanes>>,
    shared: [Lanes; SHARED],
}

const OUTSIDE: DensityError = DensityError::OutsideSupport("the spread between persons vanishes or runs off");

impl<'a> JointDensity<'a> {
    pub(super) fn new(
        persons: &[Person],
        (sites, origin): (&[Site], Shared),
        priors: HyperPriors,
        mode: &'a Mode,
    ) -> Option<Self> {
        let companies = side_by_side(persons, sites);
        let longest = companies.iter().map(Abreast::length).max().unwrap_or(0);
        Some(Self {
            companies: companies.into(),
            count: persons.len(),
            with_error: priors.with_error,
            origin,
            population: Population::unpack(&mode.position, &priors)?,
            centre: &mode.position,
            scale: &mode.scale,
            place: vec![0.0; priors.dimension()],
            slopes: vec![0.0; priors.dimension()],
            pull: Pull::none(priors.covariates),
            sums: Sums::none(priors.covariates),
            workspace: Workspace::for_days(longest),
            priors,
        })
    }

    fn place_population(&mut self, position: &[f64]) -> bool {
        for (row, place) in self.place.iter_mut().enumerate() {
            *place = self.centre[row] + dot_slices(&self.scale.row(row)[..=row], &position[..=row]);
        }
        self.population.unpack_in_place(&self.place, &self.priors)
    }

    fn errors(&self) -> Errors {
        Errors::of(&self.population.shared, &self.origin, self.with_error)
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
        let (place, of_persons) = kept.split_at_mut(dimension);
        place.copy_from_slice(&self.place);
        let errors = self.errors();
        for company in self.companies.iter() {
            let white = company.gather(&position[dimension..]);
            let parameters =
                in_wide_registers(Place(company, &self.population, &errors, &white, &mut self.workspace));
            for (lane, person) in company.who.iter().enumerate() {
                let target = &mut of_persons[N * person..N * (person + 1)];
                match &parameters {
                    Some(parameters) => target.copy_from_slice(&of(&parameters.map(|all| all.0[lane]))),
                    None => target.fill(f64::NAN),
                }
            }
        }
    }
}

/// Adds up what everybody says, and writes the slopes by every person's own coordinates.
struct AskEverybody<'a, 'b>(&'a mut JointDensity<'b>, &'a [f64], &'a mut [f64]);

impl WideWork for AskEverybody<'_, '_> {
    type Output = Result<(), DensityError>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self(density, whites, gradient) = self;
        let errors = density.errors();
        let JointDensity { population, sums, workspace, companies, .. } = density;
        sums.clear();
        for company in companies.iter() {
            let white = company.gather(whites);
            let by_white = ask(company, (population, &errors), &white, sums, workspace)?;
            company.scatter(&by_white, gradient);
        }
        Ok(())
    }
}

/// The parameters of a few persons, given the population.
struct Place<'a>(&'a Abreast, &'a Population, &'a Errors, &'a Vector<Lanes>, &'a mut Workspace);

impl WideWork for Place<'_> {
    type Output = Option<Vector<Lanes>>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self(company, population, errors, white, workspace) = self;
        let given = company.given(population, errors, &mut workspace.roots)?;
        Some(given.parameters(&workspace.roots.inverse, white))
    }
}

impl LogDensity for JointDensity<'_> {
    fn dimension(&self) -> usize {
        self.priors.dimension() + K * self.count
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        if !self.place_population(position) {
            return Err(OUTSIDE);
        }
        let dimension = self.priors.dimension();
        let (outward, of_persons) = gradient.split_at_mut(dimension);
        in_wide_registers(AskEverybody(self, &position[dimension..], of_persons))?;
        self.sums.pull_at(&self.population, &mut self.pull);
        // Lanes without anybody count as persons of whom nothing was seen: they say nothing.
        let count = LANES * self.companies.len();
        let mut value = 0.5 * count as f64 * self.population.log_determinant + self.sums.value.sum();
        self.slopes.fill(0.0);
        value += self.priors.weigh_in(&self.place, &mut self.slopes);
        self.population.pull_back(&self.pull, count, &mut self.slopes);
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

impl Sums {
    fn none(covariates: usize) -> Self {
        Self {
            value: Lanes::ZERO,
            both: [Lanes::ZERO; K],
            precision: [[Lanes::ZERO; K]; K],
            slopes: vec![[Lanes::ZERO; K]; covariates],
            shared: [Lanes::ZERO; SHARED],
        }
    }

    fn clear(&mut self) {
        self.value = Lanes::ZERO;
        self.both = [Lanes::ZERO; K];
        self.precision = [[Lanes::ZERO; K]; K];
        self.slopes.fill([Lanes::ZERO; K]);
        self.shared = [Lanes::ZERO; SHARED];
    }

    fn pull_at(&self, population: &Population, pull: &mut Pull) {
        let through = |both: &Vector<Lanes>| times(&population.precision, &both.map(Lanes::sum));
        pull.means = through(&self.both);
        for (slopes, both) in pull.slopes.iter_mut().zip(&self.slopes) {
            slopes.copy_from_slice(&through(both)[..TOGETHER]);
        }
        pull.precision = self.precision.map(|row| row.map(Lanes::sum));
        pull.shared = self.shared.map(Lanes::sum);
    }
}

/// Adds these persons' parts of the log-density, half of ln det W apart, and what they pull at; returns the slopes by
/// their own coordinates.
#[inline(always)]
fn ask(
    company: &Abreast,
    (population, errors): (&Population, &Errors),
    white: &Vector<Lanes>,
    sums: &mut Sums,
    workspace: &mut Workspace,
) -> Result<Vector<Lanes>, DensityError> {
    let given = company.given(population, errors, &mut workspace.roots).ok_or(OUTSIDE)?;
    let away = times_lower_transposed(&workspace.roots.inverse, &given.whitened);
    let moved = times_lower_transposed(&workspace.roots.inverse, white);
    let parameters: Vector<Lanes> =
        std::array::from_fn(|index| given.mean[index] + (away[index] + moved[index]));
    let (mut left_over, mut by_shared) = ([Lanes::ZERO; K], [Lanes::ZERO; SHARED]);
    let likelihood =
        company.value_and_gradient(&parameters, errors, workspace, &mut left_over, &mut by_shared)?;
    let root = &workspace.roots.inverse;
    let half = Lanes::all(0.5);
    let curved = times(&company.precision, &parameters);
    let mut value = likelihood + given.log_weight - half * dot(white, white);
    for index in 0..K {
        value += parameters[index] * (half * curved[index] - given.shift[index]);
        left_over[index] += curved[index] - given.shift[index];
    }
    sums.value += value;
    let slope = times_lower(root, &left_over);
    let along = times_lower_transposed(root, &slope);
    let both: Vector<Lanes> = std::array::from_fn(|index| away[index] + along[index]);
    for index in 0..K {
        sums.both[index] += both[index];
    }
    for (slopes, covariate) in sums.slopes.iter_mut().zip(&company.covariates) {
        for index in 0..TOGETHER {
            slopes[index] += *covariate * both[index];
        }
    }
    for (index, crossing) in company.crossing.iter().enumerate() {
        let mut through = Lanes::ZERO;
        for place in 0..K {
            through += crossing[place] * (given.mean[place] + both[place] - parameters[place]);
        }
        sums.shared[index] += by_shared[index] - through;
    }
    pull_at_precision(root, white, &slope, (&both, &along, &away), &mut sums.precision);
    Ok(std::array::from_fn(|index| slope[index] - white[index]))
}

/// Takes half of `Σ_j R_j (R_j + 2Z_j)' + (d + 2w) d'` off.
#[inline(always)]
fn pull_at_precision(
    root: &Matrix<Lanes>,
    white: &Vector<Lanes>,
    slope: &Vector<Lanes>,
    (both, along, away): (&Vector<Lanes>, &Vector<Lanes>, &Vector<Lanes>),
    precision: &mut Matrix<Lanes>,
) {
    let half = Lanes::all(0.5);
    let mut running = [Lanes::ZERO; K];
    for row in 0..K {
        let mut combined = [Lanes::ZERO; K];
        for column in 0..row + 1 {
            let own = slope[row] * root[row][column];
            let through = white[row] * (running[column] + half * own);
            combined[column] = half * root[row][column] + through;
            running[column] += own;
        }
        for index in 0..row + 1 {
            take_off(&mut precision[index][..row + 1], root[row][index], &combined[..row + 1]);
        }
    }
    for index in 0..K {
        let twice = half * (both[index] + along[index]);
        take_off(&mut precision[index], twice, away);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::person::{self, Conditional};
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
            JointDensity::new(&persons, (&sites, [-1.1, -0.8]), PRIORS, &mode).expect("a density");
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
                JointDensity::new(&persons, (sites, [-1.1, -0.8]), PRIORS, &mode).expect("a density");
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
