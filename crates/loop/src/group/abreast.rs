//! Works out the likelihoods of several persons side by side, and where their parameters lie given the population.
//!
//! The same numbers as [`Person`] and its [`Conditional`](super::person::Conditional) give, a register of persons at a
//! time: with a few hundred persons nearly all the time of a fit is spent here.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_infer::DensityError;
use nightmend_infer::lanes::{LANES, Lanes, Number};
use nightmend_infer::state_space::{LaneFilter, LinearGaussian, LinearGaussianGradient};

use super::person::{Person, Shared, Site, moved};
use super::population::{
    Population, SHARED, TOGETHER, VARIABILITY, error_share, half_log_sum, place_in_vector,
};
use super::small::{K, Matrix, Vector, dot, inverse_root, times, times_lower, times_lower_transposed};
use crate::model::{LARGEST_SPECTRAL_RADIUS, Parameter};

/// Where sleep's and pain's own stand in a vector.
const LEVEL: [usize; 2] = [place_in_vector(Parameter::MeanSleep), place_in_vector(Parameter::MeanPain)];
const CARRY_OVER: [usize; 2] =
    [place_in_vector(Parameter::AtanhPhiSleep), place_in_vector(Parameter::AtanhPhiPain)];
const TREND: [usize; 2] = [place_in_vector(Parameter::TrendSleep), place_in_vector(Parameter::TrendPain)];
const WEEKEND: [usize; 2] =
    [place_in_vector(Parameter::WeekendSleep), place_in_vector(Parameter::WeekendPain)];
const SLEEP_TO_PAIN: usize = place_in_vector(Parameter::SleepToPain);
const PAIN_TO_SLEEP: usize = place_in_vector(Parameter::PainToSleep);

/// A few persons: their records and their sites. Where there are fewer persons than lanes, the last lanes have seen
/// nothing.
#[derive(Debug, Clone)]
pub(super) struct Abreast {
    /// Which persons, lane after lane.
    pub(super) who: Vec<usize>,
    days: Vec<Day>,
    seen: Vec<[Lanes; 2]>,
    /// One where there is somebody.
    somebody: Lanes,
    /// The variance of a first day's state.
    first: f64,
    with_error: bool,
    pub(super) covariates: Vec<Lanes>,
    /// `Λ`.
    pub(super) precision: Matrix<Lanes>,
    shift: Vector<Lanes>,
    pub(super) crossing: [Vector<Lanes>; SHARED],
}

#[derive(Debug, Clone, Copy)]
struct Day {
    observed: [Lanes; 2],
    months: Lanes,
    weekend: Lanes,
}

/// What an evaluation writes on its way, sized once for the longest record.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    residuals: Vec<[Lanes; 2]>,
    filter: LaneFilter<2, 2>,
    pub(super) roots: Roots,
}

/// The persons' posterior precisions under their sites, as far as they are needed.
#[derive(Debug, Clone)]
pub(super) struct Roots {
    precision: Matrix<Lanes>,
    /// `R`.
    pub(super) inverse: Matrix<Lanes>,
}

impl Workspace {
    pub(super) fn for_days(days: usize) -> Self {
        let nothing = [[Lanes::ZERO; K]; K];
        Self {
            residuals: vec![[Lanes::ZERO; 2]; days],
            filter: LaneFilter::new(days),
            roots: Roots { precision: nothing, inverse: nothing },
        }
    }
}

/// What is one for all, as the likelihood uses it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errors {
    /// By how much `u` exceeds ln σ.
    surplus: Shared,
    /// `r²/σ²`.
    ratio: Shared,
    /// `r²/(σ² + r²)`.
    share: Shared,
    /// How far it lies from where the sites were made.
    moved: Shared,
}

impl Errors {
    pub(super) fn of(shared: &Shared, origin: &Shared, with_error: bool) -> Self {
        let moved = moved(shared, origin);
        if !with_error {
            return Self { surplus: [0.0; SHARED], ratio: [0.0; SHARED], share: [0.0; SHARED], moved };
        }
        Self {
            surplus: shared.map(half_log_sum),
            ratio: shared.map(|ratio| (2.0 * ratio).exp()),
            share: shared.map(error_share),
            moved,
        }
    }
}

/// The persons' parameters given the population, sites standing for likelihoods; see
/// [`Conditional`](super::person::Conditional), whose letters these are.
pub(super) struct Conditionals {
    pub(super) whitened: Vector<Lanes>,
    pub(super) mean: Vector<Lanes>,
    pub(super) shift: Vector<Lanes>,
    pub(super) log_weight: Lanes,
}

/// Puts persons side by side, those with records of about the same length together.
pub(super) fn side_by_side(persons: &[Person], sites: &[Site]) -> Vec<Abreast> {
    let days = |index: &usize| persons[*index].likelihood.seen().len();
    let mut order: Vec<usize> = (0..persons.len()).collect();
    order.sort_by_key(days);
    order.chunks(LANES).map(|who| Abreast::new(who, persons, sites)).collect()
}

impl Conditionals {
    /// The parameters that belong to whitened coordinates.
    #[inline(always)]
    pub(super) fn parameters(&self, root: &Matrix<Lanes>, white: &Vector<Lanes>) -> Vector<Lanes> {
        let mut moved = *white;
        for index in 0..K {
            moved[index] += self.whitened[index];
        }
        let mut parameters = times_lower_transposed(root, &moved);
        for index in 0..K {
            parameters[index] += self.mean[index];
        }
        parameters
    }
}

impl Abreast {
    fn new(who: &[usize], persons: &[Person], sites: &[Site]) -> Self {
        let one = &persons[who[0]];
        let lanes = |of: &dyn Fn(usize) -> f64| {
            Lanes::from_fn(|lane| who.get(lane).map_or(0.0, |person| of(*person)))
        };
        let length = who.iter().map(|person| persons[*person].likelihood.seen().len()).max().unwrap_or(0);
        let levels: Vec<Vec<[f64; 3]>> =
            persons_of(who, persons).map(|person| person.likelihood.level_columns().collect()).collect();
        let column = |day: usize, column: usize| {
            Lanes::from_fn(|lane| {
                levels.get(lane).and_then(|own| own.get(day)).map_or(0.0, |own| own[column])
            })
        };
        let observed = |day: usize, side: usize| {
            lanes(&|person| persons[person].likelihood.observed().get(day).map_or(0.0, |both| both[side]))
        };
        let seen = |day: usize, side: usize| {
            lanes(&|person| {
                persons[person].likelihood.seen().get(day).map_or(0.0, |both| f64::from(u8::from(both[side])))
            })
        };
        let site = |of: &dyn Fn(&Site) -> f64| lanes(&|person| of(&sites[person]));
        Self {
            who: who.to_vec(),
            days: (0..length)
                .map(|day| Day {
                    observed: [observed(day, 0), observed(day, 1)],
                    months: column(day, 1),
                    weekend: column(day, 2),
                })
                .collect(),
            seen: (0..length).map(|day| [seen(day, 0), seen(day, 1)]).collect(),
            somebody: lanes(&|_| 1.0),
            first: one.likelihood.priors().first_state_sd.powi(2),
            with_error: one.with_error,
            covariates: (0..one.covariates.len())
                .map(|column| lanes(&|person| persons[person].covariates[column]))
                .collect(),
            precision: std::array::from_fn(|row| {
                std::array::from_fn(|column| site(&|site| site.precision[row][column]))
            }),
            shift: std::array::from_fn(|row| site(&|site| site.shift[row])),
            crossing: std::array::from_fn(|side| {
                std::array::from_fn(|row| site(&|site| site.crossing[side][row]))
            }),
        }
    }

    /// The persons' numbers out of one number of every person.
    #[inline(always)]
    pub(super) fn gather(&self, of_all: &[f64]) -> Vector<Lanes> {
        let mut gathered = [Lanes::ZERO; K];
        for (lane, person) in self.who.iter().enumerate() {
            for (target, value) in gathered.iter_mut().zip(&of_all[K * person..K * (person + 1)]) {
                target.0[lane] = *value;
            }
        }
        gathered
    }

    /// Puts the persons' numbers back.
    #[inline(always)]
    pub(super) fn scatter(&self, gathered: &Vector<Lanes>, of_all: &mut [f64]) {
        for (lane, person) in self.who.iter().enumerate() {
            for (target, value) in of_all[K * person..K * (person + 1)].iter_mut().zip(gathered) {
                *target = value.0[lane];
            }
        }
    }

    /// `None` where a site takes away more than the population gives. Writes `R`.
    #[inline(always)]
    pub(super) fn given(
        &self,
        population: &Population,
        errors: &Errors,
        roots: &mut Roots,
    ) -> Option<Conditionals> {
        let mut mean = population.means.map(Lanes::all);
        for (slopes, covariate) in population.slopes.iter().zip(&self.covariates) {
            for index in 0..TOGETHER {
                mean[index] += *covariate * Lanes::all(slopes[index]);
            }
        }
        let mut shift = self.shift;
        for (crossing, moved) in self.crossing.iter().zip(errors.moved) {
            for index in 0..K {
                shift[index] -= crossing[index] * Lanes::all(moved);
            }
        }
        for row in 0..K {
            for column in 0..row + 1 {
                roots.precision[row][column] =
                    self.precision[row][column] + Lanes::all(population.precision[row][column]);
            }
        }
        let product = inverse_root(&mut roots.precision, &mut roots.inverse)?;
        let curved = times(&self.precision, &mean);
        let (mut pull, mut at_the_mean) = ([Lanes::ZERO; K], Lanes::ZERO);
        for index in 0..K {
            pull[index] = shift[index] - curved[index];
            at_the_mean += (shift[index] - Lanes::all(0.5) * curved[index]) * mean[index];
        }
        let whitened = times_lower(&roots.inverse, &pull);
        let log_weight = Lanes::all(0.5) * dot(&whitened, &whitened) + at_the_mean - product.map(f64::ln);
        Some(Conditionals { whitened, mean, shift, log_weight })
    }

    /// The log-likelihoods up to a constant, and their gradients by the persons' own parameters and by what is one for
    /// all.
    #[inline(always)]
    pub(super) fn value_and_gradient(
        &self,
        parameters: &Vector<Lanes>,
        errors: &Errors,
        workspace: &mut Workspace,
        gradient: &mut Vector<Lanes>,
        shared_gradient: &mut [Lanes; SHARED],
    ) -> Result<Lanes, DensityError> {
        // Where nobody is, the numbers need only be harmless.
        let at = |place: usize| parameters[place] * self.somebody;
        let phi = CARRY_OVER.map(|place| at(place).map(f64::tanh));
        let (b_sp, b_ps) = (at(SLEEP_TO_PAIN), at(PAIN_TO_SLEEP));
        let variance = |side: usize| {
            (at(VARIABILITY[side]) - Lanes::all(errors.surplus[side])).map(|log| (2.0 * log).exp())
        };
        let innovation = [variance(0), variance(1)];
        let noise = [0, 1].map(|side| innovation[side] * Lanes::all(errors.ratio[side]));
        if !(within_reach(&innovation, &noise) && stationary(phi, b_sp, b_ps)) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        let across = b_sp * innovation[0];
        let first = Lanes::all(self.first);
        let model = LinearGaussian {
            transition: [[phi[0], b_ps], [b_sp * phi[0], phi[1] + b_sp * b_ps]],
            innovation_covariance: [[innovation[0], across], [across, innovation[1] + b_sp * across]],
            observed_state: [0, 1],
            observation_variance: noise,
            first_covariance: [[first, Lanes::ZERO], [Lanes::ZERO, first]],
        };
        let (level, trend, weekend) = (LEVEL.map(at), TREND.map(at), WEEKEND.map(at));
        let length = self.days.len();
        for (residual, day) in workspace.residuals[..length].iter_mut().zip(&self.days) {
            for side in 0..2 {
                residual[side] =
                    day.observed[side] - level[side] - trend[side] * day.months - weekend[side] * day.weekend;
            }
        }
        let value = workspace.filter.log_likelihood(&model, &workspace.residuals[..length], &self.seen);
        let mut by_model = LinearGaussianGradient::zero();
        workspace.filter.gradient(&model, length, &mut by_model);

        let (one, two) = (Lanes::all(1.0), Lanes::all(2.0));
        let [[a00, a01], [a10, a11]] = by_model.transition;
        let [[q00, q01], [q10, q11]] = by_model.innovation_covariance;
        gradient[CARRY_OVER[0]] = (a00 + b_sp * a10) * (one - phi[0] * phi[0]);
        gradient[CARRY_OVER[1]] = a11 * (one - phi[1] * phi[1]);
        gradient[SLEEP_TO_PAIN] =
            phi[0] * a10 + b_ps * a11 + innovation[0] * (q01 + q10) + two * across * q11;
        gradient[PAIN_TO_SLEEP] = a01 + b_sp * a11;
        let by_innovation = [q00 + b_sp * (q01 + q10) + b_sp * b_sp * q11, q11];
        let mut levels = [[Lanes::ZERO; 2]; 3];
        for (slopes, day) in workspace.filter.residual_gradient()[..length].iter().zip(&self.days) {
            for side in 0..2 {
                levels[0][side] -= slopes[side];
                levels[1][side] -= slopes[side] * day.months;
                levels[2][side] -= slopes[side] * day.weekend;
            }
        }
        for (places, slopes) in [LEVEL, TREND, WEEKEND].iter().zip(levels) {
            (gradient[places[0]], gradient[places[1]]) = (slopes[0], slopes[1]);
        }
        for side in 0..SHARED {
            let by_error = two * noise[side] * by_model.observation_variance[side];
            let both = two * innovation[side] * by_innovation[side] + by_error;
            gradient[VARIABILITY[side]] = both;
            shared_gradient[side] =
                if self.with_error { by_error - Lanes::all(errors.share[side]) * both } else { Lanes::ZERO };
        }
        Ok(value)
    }

    pub(super) fn length(&self) -> usize {
        self.days.len()
    }
}

fn persons_of<'a>(who: &'a [usize], persons: &'a [Person]) -> impl Iterator<Item = &'a Person> {
    who.iter().map(|person| &persons[*person])
}

/// Far-out variances would only breed infinities. Written so that NaN is refused as well.
#[inline(always)]
fn within_reach(innovation: &[Lanes; 2], noise: &[Lanes; 2]) -> bool {
    let sane = |value: f64| (1e-12..1e12).contains(&value);
    innovation[0].every(sane)
        && innovation[1].every(sane)
        && noise[0].every(|value| sane(value + 1e-12))
        && noise[1].every(|value| sane(value + 1e-12))
}

/// See [`Dynamics::spectral_radius`](crate::model::Dynamics::spectral_radius).
#[inline(always)]
fn stationary(phi: [Lanes; 2], b_sp: Lanes, b_ps: Lanes) -> bool {
    let trace = phi[0] + phi[1] + b_sp * b_ps;
    let determinant = phi[0] * phi[1];
    let discriminant = trace * trace - Lanes::all(4.0) * determinant;
    let radius = Lanes::from_fn(|lane| {
        let (trace, determinant, discriminant) = (trace.0[lane], determinant.0[lane], discriminant.0[lane]);
        let real = 0.5 * (trace.abs() + discriminant.max(0.0).sqrt());
        let complex = determinant.max(0.0).sqrt();
        if discriminant < 0.0 { complex } else { real }
    });
    radius.every(|radius| radius < LARGEST_SPECTRAL_RADIUS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::person::Conditional;
    use crate::group::population::HyperPriors;
    use crate::{PainMeasure, Priors, Series, SleepMeasure};
    use nightmend_domain::Moment;
    use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
    use nightmend_infer::random::Stream;

    fn people(error: MeasurementError) -> Vec<Person> {
        let one = MeanSd { mean: 0.0, sd: 1.0 };
        let scale = Standardisation { sleep: one, pain: one };
        let measure = SleepMeasure::HoursDiary;
        let built_in = Priors::built_in().for_series(&measure, PainMeasure::Nrs, &scale, error);
        let mut stream = Stream::new(8, 0);
        let first_date = jiff::civil::date(2024, 1, 1);
        let person = |number: usize| {
            // Longer and shorter records, not in order.
            let days = 10 + 7 * number % 9;
            let mut column =
                || (0..days).map(|_| (stream.uniform() > 0.2).then(|| stream.normal())).collect::<Vec<_>>();
            let columns = crate::data::Columns {
                first_date,
                sleep: column(),
                pain: column(),
                weekend: crate::data::weekend_flags(first_date, days),
            };
            let name = "pain".to_owned();
            let series = Series::new(columns, measure.clone(), PainMeasure::Nrs, name, Moment::Waking);
            Person::new(&series.expect("a series"), &scale, &built_in, vec![number as f64 - 3.0])
        };
        (0..7).map(person).collect()
    }

    fn priors(with_error: bool) -> HyperPriors {
        HyperPriors {
            means: [MeanSd { mean: 0.1, sd: 0.7 }; K],
            spreads: [0.5; K],
            covariates: 1,
            errors: [MeanSd { mean: -1.0, sd: 0.4 }; 2],
            with_error,
        }
    }

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-10 * (1.0 + one.abs()), "{one} {other}");
    }

    #[test]
    fn side_by_side_is_one_by_one() {
        for (error, with_error) in [(MeasurementError::Prior, true), (MeasurementError::None, false)] {
            let (mut persons, priors) = (people(error), priors(with_error));
            let place: Vec<f64> =
                (0..priors.dimension()).map(|index| 0.3 * (1.7 * index as f64).sin()).collect();
            let population = Population::unpack(&place, &priors).expect("a population");
            let origin = [-0.4, 0.1];
            let sites: Vec<Site> = (0..persons.len())
                .map(|person| {
                    let mut site = Site { shift: [0.2; K], crossing: [[0.1; K]; 2], ..Site::SILENT };
                    (0..K).for_each(|index| site.precision[index][index] = (person + index) as f64);
                    site
                })
                .collect();
            let errors = Errors::of(&population.shared, &origin, with_error);
            let wanted = |person: usize| -> Vector {
                std::array::from_fn(|index| 0.3 * ((person * K + index) as f64).sin())
            };
            let mut workspace = Workspace::for_days(20);
            let mut met = 0;
            for company in side_by_side(&persons, &sites) {
                let mut parameters = [Lanes::all(f64::NAN); K];
                for (lane, person) in company.who.iter().enumerate() {
                    (0..K).for_each(|index| parameters[index].0[lane] = wanted(*person)[index]);
                }
                (company.who.len()..LANES)
                    .for_each(|lane| parameters.iter_mut().for_each(|all| all.0[lane] = 9.0));
                let (mut slopes, mut by_shared) = ([Lanes::ZERO; K], [Lanes::ZERO; 2]);
                let values = company
                    .value_and_gradient(&parameters, &errors, &mut workspace, &mut slopes, &mut by_shared)
                    .expect("inside");
                let given = company.given(&population, &errors, &mut workspace.roots).expect("positive");
                let placed = given.parameters(&workspace.roots.inverse, &parameters);
                for (lane, person) in company.who.iter().enumerate() {
                    met += 1;
                    let (own, one) = (wanted(*person), &mut persons[*person]);
                    let (mut own_slopes, mut own_shared) = ([0.0; K], [0.0; 2]);
                    let value = one
                        .value_and_gradient(&own, &population.shared, &mut own_slopes, &mut own_shared)
                        .expect("inside");
                    let count = one.likelihood.seen().iter().flatten().filter(|seen| **seen).count();
                    near(value + 0.5 * count as f64 * (2.0 * std::f64::consts::PI).ln(), values.0[lane]);
                    (0..2).for_each(|side| near(own_shared[side], by_shared[side].0[lane]));
                    let mean = population.mean_of(&one.covariates);
                    let alone = Conditional::new(&sites[*person], &population, &origin, mean);
                    let alone = alone.expect("positive");
                    near(alone.log_weight, given.log_weight.0[lane]);
                    let away = alone.away();
                    let moved = super::super::small::times_lower_transposed(&alone.root, &own);
                    for index in 0..K {
                        near(own_slopes[index], slopes[index].0[lane]);
                        near(mean[index] + away[index] + moved[index], placed[index].0[lane]);
                    }
                }
                for lane in company.who.len()..LANES {
                    assert_eq!(values.0[lane], 0.0);
                    assert!(slopes.iter().chain(&by_shared).all(|slopes| slopes.0[lane] == 0.0));
                }
            }
            assert_eq!(met, persons.len());
        }
    }
}
