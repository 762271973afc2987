//! Sums up what one person's record says about their loop as a normal likelihood, seen from a population.

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::laplace;
use nightmend_infer::{DensityError, LogDensity};

use super::population::{HyperPriors, Population, SHARED, VARYING, error_share, half_log_sum};
use super::small::{
    K, Matrix, Vector, ZERO, cholesky, dot, invert_lower, times, times_lower, times_lower_transposed,
    with_curvature_of,
};
use crate::data::Series;
use crate::model::{LoopDensity, PARAMETERS, Parameter};
use crate::priors::SeriesPriors;

/// One person: the likelihood with its workspace, and the standardised covariates.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) likelihood: LoopDensity,
    pub(super) covariates: Vec<f64>,
    pub(super) with_error: bool,
}

impl Person {
    pub(super) fn new(
        series: &Series,
        scale: &Standardisation,
        built_in: &SeriesPriors,
        covariates: Vec<f64>,
    ) -> Self {
        let flat =
            SeriesPriors { parameters: [MeanSd { mean: 0.0, sd: f64::INFINITY }; PARAMETERS], ..*built_in };
        let with_error = built_in.with_measurement_error;
        Self { likelihood: LoopDensity::new(series, scale, flat), covariates, with_error }
    }

    /// The log-likelihood and its gradients by the person's own parameters and by what is one for all.
    pub(super) fn value_and_gradient(
        &mut self,
        parameters: &Vector,
        shared: &Shared,
        gradient: &mut Vector,
        shared_gradient: &mut Shared,
    ) -> Result<f64, DensityError> {
        let (mut place, mut slopes) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
        for (parameter, value) in VARYING.iter().zip(parameters) {
            place[parameter.index()] = *value;
        }
        if self.with_error {
            for (side, [innovation, error]) in SIDES.into_iter().enumerate() {
                place[innovation] -= half_log_sum(shared[side]);
                place[error] = place[innovation] + shared[side];
            }
        }
        let value = self.likelihood.value_and_gradient(&place, &mut slopes)?;
        *shared_gradient = [0.0; SHARED];
        if self.with_error {
            for (side, [innovation, error]) in SIDES.into_iter().enumerate() {
                let both = slopes[innovation] + slopes[error];
                shared_gradient[side] = slopes[error] - error_share(shared[side]) * both;
                slopes[innovation] = both;
            }
        }
        *gradient = VARYING.map(|parameter| slopes[parameter.index()]);
        Ok(value)
    }
}

/// The places of the innovation and the error of each side in the model's own vector.
const SIDES: [[usize; 2]; SHARED] = [
    [Parameter::LnSigmaSleep.index(), Parameter::LnErrorSleep.index()],
    [Parameter::LnSigmaPain.index(), Parameter::LnErrorPain.index()],
];

/// The parameters that are one for all.
pub(super) type Shared = [f64; SHARED];

/// A normal stand-in for the likelihood of one person, `exp(-θ'Λθ/2 + (η - Xρ)'θ)`, where `ρ` is how far what is one for
/// all lies from where the site was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Site {
    /// `Λ`.
    pub(super) precision: Matrix,
    /// `η`.
    pub(super) shift: Vector,
    /// `X'`.
    pub(super) crossing: [Vector; SHARED],
}

impl Site {
    /// Says nothing.
    pub(super) const SILENT: Self = Self { precision: ZERO, shift: [0.0; K], crossing: [[0.0; K]; SHARED] };

    /// `η - Xρ`.
    fn shift_at(&self, moved: &Shared) -> Vector {
        let mut shift = self.shift;
        for (crossing, moved) in self.crossing.iter().zip(moved) {
            shift.iter_mut().zip(crossing).for_each(|(sum, cross)| *sum -= cross * moved);
        }
        shift
    }
}

/// How far what is one for all lies from where sites were made.
pub(super) fn moved(shared: &Shared, origin: &Shared) -> Shared {
    std::array::from_fn(|index| shared[index] - origin[index])
}

/// One person's parameters given the population, the site standing for the likelihood: N(m + R'v, R'R), where
/// `A = Λ + W = R⁻¹R⁻ᵀ` and `v = R (η - Xρ - Λ m)`. Written around the prior mean `m`, so that nothing cancels where persons
/// hardly differ and `W` is huge.
pub(super) struct Conditional {
    /// `R`, lower triangular.
    pub(super) root: Matrix,
    /// `v`.
    pub(super) whitened: Vector,
    /// `ln ∫ site · prior`, up to a constant, half of ln det W apart: `v'v/2 + η'm - m'Λm/2 - ln det A / 2`.
    pub(super) log_weight: f64,
}

impl Conditional {
    /// `None` where the site takes away more than the population gives.
    pub(super) fn new(site: &Site, population: &Population, origin: &Shared, mean: Vector) -> Option<Self> {
        let shift = site.shift_at(&moved(&population.shared, origin));
        let mut precision = site.precision;
        for (row, added) in precision.iter_mut().zip(&population.precision) {
            row.iter_mut().zip(added).for_each(|(entry, added)| *entry += added);
        }
        let lower = cholesky(&precision)?;
        let half_log_determinant =
            lower.iter().enumerate().map(|(index, row)| row[index]).product::<f64>().ln();
        let root = invert_lower(&lower);
        let curved = times(&site.precision, &mean);
        let pull: Vector = std::array::from_fn(|index| shift[index] - curved[index]);
        let whitened = times_lower(&root, &pull);
        let at_the_mean: f64 = (0..K).map(|index| (shift[index] - 0.5 * curved[index]) * mean[index]).sum();
        let log_weight = 0.5 * dot(&whitened, &whitened) + at_the_mean - half_log_determinant;
        Some(Self { root, whitened, log_weight })
    }

    /// How far the centre lies from the prior mean.
    pub(super) fn away(&self) -> Vector {
        times_lower_transposed(&self.root, &self.whitened)
    }
}

/// A person's likelihood under the population's normal prior: what the search for a mode climbs.
#[derive(Clone)]
struct UnderPopulation<'a> {
    person: Person,
    population: &'a Population,
    mean: Vector,
}

impl LogDensity for UnderPopulation<'_> {
    fn dimension(&self) -> usize {
        K
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let mut parameters = [0.0; K];
        parameters.copy_from_slice(position);
        let (mut slopes, mut unused) = ([0.0; K], [0.0; SHARED]);
        let shared = &self.population.shared;
        let value = self.person.value_and_gradient(&parameters, shared, &mut slopes, &mut unused)?;
        let away: Vector = std::array::from_fn(|index| parameters[index] - self.mean[index]);
        let pull = times(&self.population.precision, &away);
        for index in 0..K {
            gradient[index] = slopes[index] - pull[index];
        }
        Ok(value - 0.5 * dot(&away, &pull))
    }
}

/// The least that a site says in any direction, in units of the spread that is assumed of persons: a likelihood that
/// curves the wrong way where it was looked at must not promise more and more the further one goes.
const LEAST_INFORMATION: f64 = 0.02;
/// The step of the central differences, as a share of the spreads.
const DIFFERENCE_STEP: f64 = 6e-6;

/// The person's mode under a population, and the site that the likelihood's curvature there makes; `None` where no mode
/// is found.
pub(super) fn at_the_mode(
    person: &Person,
    population: &Population,
    priors: &HyperPriors,
    start: Option<&Vector>,
) -> Option<(Vector, Site)> {
    let mean = population.mean_of(&person.covariates);
    let mut density = UnderPopulation { person: person.clone(), population, mean };
    let climb = |density: &mut UnderPopulation<'_>, from: &Vector| {
        laplace::climb(density, from, &population.spreads).ok()
    };
    let (position, _) =
        start.and_then(|start| climb(&mut density, start)).or_else(|| climb(&mut density, &mean))?;
    let mut mode = [0.0; K];
    mode.copy_from_slice(&position);
    site(&mut density.person, &mode, population, priors).map(|site| (mode, site))
}

/// The site that has the likelihood's slope and curvature at `place`.
fn site(person: &mut Person, place: &Vector, population: &Population, priors: &HyperPriors) -> Option<Site> {
    let shared = population.shared;
    let mut slopes_at = |place: &Vector, shared: &Shared| {
        let (mut own, mut unused) = ([0.0; K], [0.0; SHARED]);
        person.value_and_gradient(place, shared, &mut own, &mut unused).ok().map(|_| own)
    };
    let slope = slopes_at(place, &shared)?;
    let mut curvature = ZERO;
    for row in 0..K {
        let step = DIFFERENCE_STEP * priors.spreads[row];
        let (mut above, mut below) = (*place, *place);
        (above[row], below[row]) = (place[row] + step, place[row] - step);
        let (above, below) = (slopes_at(&above, &shared)?, slopes_at(&below, &shared)?);
        for column in 0..K {
            let change = (below[column] - above[column]) / (4.0 * step);
            curvature[row][column] += change;
            curvature[column][row] += change;
        }
    }
    let mut site = Site { precision: at_least(&curvature, &priors.spreads), ..Site::SILENT };
    for row in 0..SHARED {
        let step = DIFFERENCE_STEP;
        let (mut above, mut below) = (shared, shared);
        (above[row], below[row]) = (shared[row] + step, shared[row] - step);
        let (above, below) = (slopes_at(place, &above)?, slopes_at(place, &below)?);
        site.crossing[row] = std::array::from_fn(|index| (below[index] - above[index]) / (2.0 * step));
    }
    let curved = times(&site.precision, place);
    site.shift = std::array::from_fn(|index| slope[index] + curved[index]);
    Some(site)
}

fn at_least(curvature: &Matrix, spreads: &Vector) -> Matrix {
    let scaled: Matrix = std::array::from_fn(|row| {
        std::array::from_fn(|column| curvature[row][column] * spreads[row] * spreads[column])
    });
    let lifted = with_curvature_of(&scaled, LEAST_INFORMATION);
    std::array::from_fn(|row| {
        std::array::from_fn(|column| lifted[row][column] / (spreads[row] * spreads[column]))
    })
}
