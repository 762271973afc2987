//! Finds the population of thousands of people: each record by itself, seen from the population, then the population.
//!
//! Given the population, a person's posterior is sampled by importance around its mode. By Fisher's identity the mean,
//! over that posterior, of the slope of `ln N(θ; m, T)` by the population's coordinates is the slope of the person's
//! marginal likelihood: nothing is approximated but by draws, and no prior has to be divided out. The sum of the
//! slopes says where to go, the sum of their squares how far and how well it is known (Berndt, Hall, Hall and Hausman
//! 1974), so that the population's posterior is a normal around its mode: right for many people and not for few, who
//! are sampled exactly instead. Time grows in proportion to persons and days.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_infer::draws::Draws;
use nightmend_infer::linear::{Square, dot as dot_slices};
use nightmend_infer::random::Stream;

use super::GroupError;
use super::person::{self, Person};
use super::population::{HyperPriors, Population, Pull, SHARED, TOGETHER};
use super::small::{
    K, Matrix, Vector, cholesky, dot, invert_lower, square_of_lower, times, times_lower_transposed,
};
use super::stages::{KEPT, kept};

/// Pairs of draws for a person: one on either side of the mode.
const PAIRS: usize = 200;
/// Rounds at most.
const ROUNDS: usize = 60;
/// A coordinate does not move by more than this many of its posterior widths in one round.
const LONGEST: f64 = 2.0;
/// The population stands still when no coordinate moves by more than this share of its posterior width.
const STILL: f64 = 0.1;

/// The score of a spread goes no lower: a hundredth of the prior's scale is no spread, and there the draws' own noise would
/// be all that moves it.
const LOWEST: f64 = -3.9;

/// The least score of a spread in a draw: some 1/20,000 of what is assumed.
const NOTHING: f64 = -6.0;

fn is_spread(index: usize) -> bool {
    (K..2 * K).contains(&index)
}

/// What one person says at a population.
pub(super) struct Seen {
    pub(super) mode: Vector,
    /// The slope of the person's marginal likelihood by the population's coordinates.
    slope: Vec<f64>,
    /// Draws of the parameters that are kept, with their weights, which sum to one.
    draws: Vec<([f64; KEPT.len()], f64)>,
}

/// A sample of a person's posterior at a population; `None` where the likelihood has no mode there.
pub(super) fn look(
    person: &Person,
    population: &Population,
    priors: &HyperPriors,
    start: Option<&Vector>,
    (seed, number): (u64, usize),
) -> Option<Seen> {
    let (mode, site) = person::at_the_mode(person, population, priors, start)?;
    let mean = population.mean_of(&person.covariates);
    let precision: Matrix = std::array::from_fn(|row| {
        std::array::from_fn(|column| site.precision[row][column] + population.precision[row][column])
    });
    let root = invert_lower(&cholesky(&precision)?);
    // Streams of the samplers' chains are far below this number.
    let mut stream = Stream::new(seed, 2_000_000 + number as u64);
    let mut person = person.clone();
    let mut sample: Vec<Draw> = Vec::with_capacity(2 * PAIRS);
    for _ in 0..PAIRS {
        let noise: Vector = std::array::from_fn(|_| stream.normal());
        let step = times_lower_transposed(&root, &noise);
        for side in [1.0, -1.0] {
            let parameters: Vector = std::array::from_fn(|index| mode[index] + side * step[index]);
            let (mut slopes, mut by_shared) = ([0.0; K], [0.0; SHARED]);
            let Ok(value) =
                person.value_and_gradient(&parameters, &population.shared, &mut slopes, &mut by_shared)
            else {
                continue;
            };
            let away: Vector = std::array::from_fn(|index| parameters[index] - mean[index]);
            let prior = -0.5 * dot(&away, &times(&population.precision, &away));
            let weight = value + prior + 0.5 * dot(&noise, &noise);
            sample.push(Draw { away, parameters, slopes, by_shared, weight });
        }
    }
    let weights = weigh(&sample)?;
    let slope = slope(&person.covariates, population, priors, &sample, &weights, &root);
    let draws = sample.iter().zip(&weights).map(|(draw, weight)| (kept(&draw.parameters), *weight)).collect();
    Some(Seen { mode, slope, draws })
}

struct Draw {
    away: Vector,
    parameters: Vector,
    /// Of the log-likelihood.
    slopes: Vector,
    by_shared: [f64; SHARED],
    weight: f64,
}

/// Turns log-weights into weights that sum to one.
fn weigh(sample: &[Draw]) -> Option<Vec<f64>> {
    let most = sample.iter().map(|draw| draw.weight).fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return None;
    }
    let raw: Vec<f64> = sample.iter().map(|draw| (draw.weight - most).exp()).collect();
    let sum: f64 = raw.iter().sum();
    Some(raw.iter().map(|weight| weight / sum).collect())
}

/// The person's slope from the first two moments of `d = θ - m`.
///
/// With `u = W d - ∇ ln likelihood` the posterior has `E u = 0` and `E u d' = I` (integration by parts). So with any `A`
/// the moments are those of `e = d - A⁻¹u`: `E d = E e` and `E d d' = A⁻¹ + E e e' + sym E (e - E e) u' A⁻¹`. With the
/// precision at the mode for `A`, `e` would not vary at all if the likelihood were normal, so that draws hardly add
/// noise; plain means would, and drown what little there is to know of a spread that is about zero.
fn slope(
    covariates: &[f64],
    population: &Population,
    priors: &HyperPriors,
    sample: &[Draw],
    weights: &[f64],
    root: &Matrix,
) -> Vec<f64> {
    let mut pull = Pull::none(priors.covariates);
    let inverse = square_of_lower(root);
    let nearly: Vec<(Vector, Vector)> = sample
        .iter()
        .map(|draw| {
            let prior = times(&population.precision, &draw.away);
            let u: Vector = std::array::from_fn(|index| prior[index] - draw.slopes[index]);
            let step = times(&inverse, &u);
            (std::array::from_fn(|index| draw.away[index] - step[index]), step)
        })
        .collect();
    let mut away = [0.0; K];
    for ((e, _), weight) in nearly.iter().zip(weights) {
        (0..K).for_each(|index| away[index] += weight * e[index]);
    }
    let mut squares = inverse;
    for ((e, step), weight) in nearly.iter().zip(weights) {
        let off: Vector = std::array::from_fn(|index| e[index] - away[index]);
        for row in 0..K {
            for column in 0..=row {
                let crossed = 0.5 * (off[row] * step[column] + off[column] * step[row]);
                squares[row][column] += weight * (e[row] * e[column] + crossed);
            }
        }
    }
    for (draw, weight) in sample.iter().zip(weights) {
        (0..SHARED).for_each(|index| pull.shared[index] += weight * draw.by_shared[index]);
    }
    pull.means = times(&population.precision, &away);
    for row in 0..K {
        for column in 0..K {
            pull.precision[row][column] = -0.5 * squares[row.max(column)][row.min(column)];
        }
    }
    for (slopes, covariate) in pull.slopes.iter_mut().zip(covariates) {
        (0..TOGETHER).for_each(|index| slopes[index] = covariate * pull.means[index]);
    }
    let mut gradient = vec![0.0; priors.dimension()];
    population.pull_back(&pull, 1, &mut gradient);
    gradient
}

/// Where the population lies and how well that is known.
pub(super) struct Found {
    pub(super) place: Vec<f64>,
    pub(super) covariance_root: Square,
    pub(super) seen: Vec<Option<Seen>>,
}

/// Looks at everyone and moves the population until it stands still; `look_at_all` does the first for a population.
pub(super) fn find(
    mut place: Vec<f64>,
    priors: &HyperPriors,
    mut look_at_all: impl FnMut(&Population, &[Option<Vector>]) -> Result<Vec<Option<Seen>>, GroupError>,
) -> Result<Found, GroupError> {
    let unfit = |reason: &str| GroupError::Unfit { reason: reason.to_owned() };
    let mut modes: Vec<Option<Vector>> = Vec::new();
    let (mut factors, mut before) = (vec![1.0_f64; place.len()], vec![0.0; place.len()]);
    for _ in 0..ROUNDS {
        let population =
            Population::unpack(&place, priors).ok_or_else(|| unfit("the spread between persons vanishes"))?;
        let seen = look_at_all(&population, &modes)?;
        let (gradient, precision) = sum_up(&seen, &place, priors);
        let factor = precision.cholesky().ok_or_else(|| unfit("the population is not at a peak"))?;
        let step = factor.solve_lower_transposed(&factor.solve_lower(&gradient));
        let covariance = factor.inverse_from_cholesky();
        // Squares of slopes may understate the curvature: a coordinate that goes to and fro takes shorter steps.
        for (index, factor) in factors.iter_mut().enumerate() {
            let turned = before[index] * step[index] < 0.0;
            *factor = if turned { 0.5 * *factor } else { (1.3 * *factor).min(1.0) };
        }
        before.clone_from(&step);
        let held = |index: usize| is_spread(index) && place[index] <= LOWEST && step[index] <= 0.0;
        let longest = (0..step.len())
            .filter(|index| !held(*index))
            .map(|index| step[index].abs() / covariance.get(index, index).sqrt())
            .fold(0.0, f64::max);
        if longest < STILL {
            let covariance_root =
                covariance.cholesky().ok_or_else(|| unfit("the population is not at a peak"))?;
            return Ok(Found { place, covariance_root, seen });
        }
        let shortened = (LONGEST / longest).min(1.0);
        for (index, (place, step)) in place.iter_mut().zip(&step).enumerate() {
            *place += shortened * factors[index] * step;
            if is_spread(index) {
                *place = place.max(LOWEST);
            }
        }
        modes = seen.iter().map(|one| one.as_ref().map(|one| one.mode)).collect();
    }
    Err(unfit("the population did not come to rest"))
}

/// Slope and curvature of the population's log-posterior, the curvature from the persons' slopes.
fn sum_up(seen: &[Option<Seen>], place: &[f64], priors: &HyperPriors) -> (Vec<f64>, Square) {
    let size = place.len();
    let mut gradient = vec![0.0; size];
    let mut precision = Square::zero(size);
    let count = seen.iter().flatten().count() as f64;
    for one in seen.iter().flatten() {
        gradient.iter_mut().zip(&one.slope).for_each(|(sum, slope)| *sum += slope);
    }
    let mean: Vec<f64> = gradient.iter().map(|sum| sum / count).collect();
    // The inverse of a sum of so many squares is too large by this on average (inverse Wishart).
    let small_sample = ((count - size as f64 - 2.0) / count).max(0.2).recip();
    for one in seen.iter().flatten() {
        for row in 0..size {
            let along = (one.slope[row] - mean[row]) * small_sample;
            for column in 0..=row {
                let sum = precision.get(row, column) + along * (one.slope[column] - mean[column]);
                precision.set(row, column, sum);
            }
        }
    }
    priors.weigh_in(place, &mut gradient);
    let widths = priors.prior_widths();
    for row in 0..size {
        precision.set(row, row, precision.get(row, row) + widths[row].powi(-2));
        (0..row).for_each(|column| precision.set(column, row, precision.get(row, column)));
    }
    (gradient, precision)
}

/// Draws of the population's coordinates from the normal around its mode.
pub(super) fn draws_of(found: &Found, chains: usize, per_chain: usize, seed: u64) -> Draws {
    let size = found.place.len();
    let mut stream = Stream::new(seed, 1_900_000);
    let mut noise = vec![0.0; size];
    let chains: Vec<Vec<f64>> = (0..chains)
        .map(|_| {
            let mut values = Vec::with_capacity(per_chain * size);
            for _ in 0..per_chain {
                noise.iter_mut().for_each(|number| *number = stream.normal());
                values.extend((0..size).map(|row| {
                    let along = dot_slices(&found.covariance_root.row(row)[..=row], &noise[..=row]);
                    // The normal knows no edge; past this a spread is nothing, whatever its digits.
                    let least = if is_spread(row) { NOTHING } else { f64::NEG_INFINITY };
                    (found.place[row] + along).max(least)
                }));
            }
            values
        })
        .collect();
    Draws::from_chains(size, &chains)
}

impl Seen {
    /// Even draws of what is kept: systematic resampling of the weighted ones.
    pub(super) fn even_draws(&self) -> Vec<[f64; KEPT.len()]> {
        let count = self.draws.len();
        let (mut even, mut passed) = (Vec::with_capacity(count), 0.0);
        for (draw, weight) in &self.draws {
            passed += weight * count as f64;
            while (even.len() as f64) + 0.5 < passed && even.len() < count {
                even.push(*draw);
            }
        }
        even
    }
}

#[cfg(test)]
mod tests {
    use nightmend_domain::estimate::MeanSd;

    use super::*;

    #[test]
    fn a_draw_of_no_spread_is_a_population_still() {
        let priors = HyperPriors {
            means: [MeanSd { mean: 0.0, sd: 0.5 }; K],
            spreads: [0.3; K],
            covariates: 0,
            errors: [MeanSd { mean: -0.7, sd: 0.4 }; SHARED],
            with_error: true,
        };
        let mut place = priors.start();
        place[K..2 * K].fill(LOWEST);
        let mut covariance_root = Square::zero(place.len());
        (K..2 * K).for_each(|spread| covariance_root.set(spread, spread, 2.0));
        let found = Found { place, covariance_root, seen: Vec::new() };
        let draws = draws_of(&found, 4, 500, 1);
        assert!(draws.iter().any(|draw| draw[K..2 * K].contains(&NOTHING)), "the edge is reached");
        assert!(draws.iter().all(|draw| Population::unpack(draw, &priors).is_some()));
    }
}
