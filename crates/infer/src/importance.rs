//! Turns a normal approximation into weighted draws of the posterior itself, and says whether that can be trusted.
//!
//! Draws come from a split Student-t around the mode (Geweke 1989, 10.2307/1913710): each axis of the normal approximation
//! is stretched to either side as far as the density itself reaches there, and the tails are heavier than the posterior's,
//! as importance sampling asks for. The largest weights are smoothed by the generalised Pareto distribution that fits them (Vehtari, Simpson,
//! Gelman, Yao and Gabry 2024, JMLR 25(72)), and the shape of that distribution, k-hat, tells how far the average of
//! so many draws can be trusted. One draw costs one evaluation of the density without its gradient.

use std::num::NonZeroUsize;

use crate::density::{DensityError, LogDensity};
use crate::draws::Draws;
use crate::nuts::Whitening;
use crate::random::Stream;

/// Draws of a posterior by importance sampling, equally weighted after resampling.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportanceDraws {
    /// The draws, as one chain; a proposal with a large weight is in it several times.
    pub draws: Draws,
    /// The shape of the tail of the weights; see [`Self::is_trustworthy`].
    pub k_hat: f64,
    /// What the draws are worth: one over the sum of the squared (smoothed) weights.
    pub effective: f64,
}

impl ImportanceDraws {
    /// Returns the largest k-hat at which averages over `draws` draws can be trusted: 1 - 1/log10(n), at most 0.7.
    #[must_use]
    pub fn largest_k_hat(draws: usize) -> f64 {
        (1.0 - (draws.max(2) as f64).log10().recip()).min(0.7)
    }

    /// Returns whether averages over these draws can be trusted.
    #[must_use]
    pub fn is_trustworthy(&self) -> bool {
        self.k_hat <= Self::largest_k_hat(self.draws.per_chain())
    }
}

/// The degrees of freedom of the proposal: of 5, 10, 30 and none, 10 gave the lowest k-hat at little loss (decision 0015).
const FREEDOM: usize = 10;
/// Where, in standard deviations of the normal approximation, the density is looked at along each axis.
const LOOKED_AT: [f64; 3] = [1.0, 2.0, 3.0];
/// No axis is drawn in or stretched further than this.
const STRETCH: std::ops::RangeInclusive<f64> = 0.5..=3.0;

/// Draws `number` times around `whitening`, weighs, smooths and resamples. The answer depends on the seed alone, not on
/// how many threads share the weighing.
///
/// # Errors
/// [`DensityError::Broken`] where the density cannot be evaluated at all; a proposal outside the support weighs nothing.
pub fn sample<D: LogDensity>(
    density: &mut D,
    whitening: &Whitening,
    number: usize,
    seed: u64,
    threads: NonZeroUsize,
) -> Result<ImportanceDraws, DensityError> {
    let size = density.dimension();
    let mut stream = Stream::new(seed, 0);
    let reach = reach(density, whitening)?;
    let (mut proposals, mut proposed) = (vec![0.0; number * size], Vec::with_capacity(number));
    let mut white = vec![0.0; size];
    for place in proposals.chunks_exact_mut(size) {
        proposed.push(split_student(&mut stream, &reach, &mut white));
        whitening.outward(&white, place);
    }
    let values = values(density, &proposals, size, threads)?;
    let log_ratios: Vec<f64> =
        values.iter().zip(&proposed).map(|(value, proposed)| value - proposed).collect();
    let (weights, k_hat) = smoothed_weights(&log_ratios);
    let effective = weights.iter().map(|weight| weight * weight).sum::<f64>().recip();
    let kept: Vec<f64> = resampled(&weights, stream.uniform())
        .into_iter()
        .flat_map(|index| &proposals[index * size..(index + 1) * size])
        .copied()
        .collect();
    Ok(ImportanceDraws { draws: Draws::from_chains(size, &[kept]), k_hat, effective })
}

/// Evaluates the density at every place, in order.
fn values<D: LogDensity>(
    density: &D,
    places: &[f64],
    size: usize,
    threads: NonZeroUsize,
) -> Result<Vec<f64>, DensityError> {
    let share = places.len().div_ceil(size).div_ceil(threads.get()).max(1) * size;
    let of = |places: &[f64]| -> Result<Vec<f64>, DensityError> {
        let mut density = density.clone();
        places.chunks_exact(size).map(|place| value_or_nothing(&mut density, place)).collect()
    };
    std::thread::scope(|scope| {
        let mut shares = places.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|share| scope.spawn(move || of(share))).collect();
        let mut all = of(own)?;
        for other in others {
            let found = other.join().map_err(|_| DensityError::Broken("a thread broke off".to_owned()))?;
            all.extend(found?);
        }
        Ok(all)
    })
}

fn value_or_nothing<D: LogDensity>(density: &mut D, place: &[f64]) -> Result<f64, DensityError> {
    match density.value(place) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Ok(f64::NEG_INFINITY),
        Err(error) if error.is_recoverable() => Ok(f64::NEG_INFINITY),
        Err(error) => Err(error),
    }
}

/// Returns how far the density reaches down and up each axis, in units of the normal approximation: where it falls by
/// `d²/2` at a distance of `d`, one; the widest of the distances looked at counts.
fn reach<D: LogDensity>(density: &mut D, whitening: &Whitening) -> Result<Vec<[f64; 2]>, DensityError> {
    let size = density.dimension();
    let (mut white, mut place) = (vec![0.0; size], vec![0.0; size]);
    whitening.outward(&white, &mut place);
    let centre = value_or_nothing(density, &place)?;
    let mut reach = vec![[*STRETCH.start(); 2]; size];
    for (axis, sides) in reach.iter_mut().enumerate() {
        for (side, sign) in sides.iter_mut().zip([-1.0, 1.0]) {
            for distance in LOOKED_AT {
                white[axis] = sign * distance;
                whitening.outward(&white, &mut place);
                let fall = centre - value_or_nothing(density, &place)?;
                let found = distance / (2.0 * fall).max(1e-3).sqrt();
                *side = side.max(found.min(*STRETCH.end()));
            }
        }
        white[axis] = 0.0;
    }
    Ok(reach)
}

/// Draws from a Student-t split along its axes and returns its log-density, up to a constant.
fn split_student(stream: &mut Stream, reach: &[[f64; 2]], white: &mut [f64]) -> f64 {
    let chi_square: f64 = (0..FREEDOM).map(|_| stream.normal().powi(2)).sum();
    let freedom = FREEDOM as f64;
    let stretch = (freedom / chi_square).sqrt();
    let mut square = 0.0;
    for (part, [down, up]) in white.iter_mut().zip(reach) {
        // Half of a symmetric value; each side is taken as often as it is wide, so that the density has no step.
        let size = (stretch * stream.normal()).abs();
        square += size * size;
        *part = if stream.uniform() * (down + up) < *down { -down * size } else { up * size };
    }
    -0.5 * (freedom + white.len() as f64) * (square / freedom).ln_1p()
}

/// Returns weights that sum to one, the largest of them smoothed, and k-hat; infinite where nothing has any weight or
/// too few draws do for a tail to be fitted.
#[must_use]
pub fn smoothed_weights(log_ratios: &[f64]) -> (Vec<f64>, f64) {
    let highest = log_ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !highest.is_finite() {
        return (vec![1.0 / log_ratios.len().max(1) as f64; log_ratios.len()], f64::INFINITY);
    }
    let mut weights: Vec<f64> = log_ratios.iter().map(|ratio| (ratio - highest).exp()).collect();
    let k_hat = smooth_tail(&mut weights);
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    (weights, k_hat)
}

/// Fewer weights than this in the tail allow no fit.
const FEWEST_IN_TAIL: usize = 5;

/// Replaces the largest weights by the quantiles of the generalised Pareto distribution that fits them.
fn smooth_tail(weights: &mut [f64]) -> f64 {
    let count = weights.len() as f64;
    let tail = (0.2 * count).min(3.0 * count.sqrt()).ceil() as usize;
    if tail < FEWEST_IN_TAIL || tail >= weights.len() {
        return f64::INFINITY;
    }
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_unstable_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(a.cmp(b)));
    let (body, largest) = order.split_at(weights.len() - tail);
    let cutoff = body.last().map_or(0.0, |index| weights[*index]);
    let excess: Vec<f64> = largest.iter().map(|index| weights[*index] - cutoff).collect();
    // Weights that are all alike have no tail to speak of.
    if excess.last().is_none_or(|most| *most <= 1e-12) {
        return f64::NEG_INFINITY;
    }
    let (shape, scale) = generalised_pareto(&excess);
    if !(shape.is_finite() && scale.is_finite()) {
        return f64::INFINITY;
    }
    let ceiling = weights[largest[tail - 1]];
    for (rank, index) in largest.iter().enumerate() {
        let probability = (rank as f64 + 0.5) / tail as f64;
        let quantile = if shape.abs() < 1e-12 {
            -scale * (-probability).ln_1p()
        } else {
            scale * (-shape * (-probability).ln_1p()).exp_m1() / shape
        };
        weights[*index] = (cutoff + quantile).min(ceiling);
    }
    shape
}

/// Fits shape and scale of the generalised Pareto distribution to ascending excesses, by the posterior mean of Zhang and
/// Stephens (2009, 10.1198/tech.2009.08017), the shape drawn towards 0.5 as ten more values would.
fn generalised_pareto(excess: &[f64]) -> (f64, f64) {
    let count = excess.len();
    let grid = 30 + (count as f64).sqrt().floor() as usize;
    let largest = excess[count - 1];
    let quartile =
        excess[((count as f64 / 4.0 + 0.5).floor() as usize).saturating_sub(1)].max(1e-12 * largest);
    let shape_at =
        |theta: f64| excess.iter().map(|value| (-theta * value).ln_1p()).sum::<f64>() / count as f64;
    let thetas: Vec<f64> = (1..=grid)
        .map(|step| largest.recip() + (1.0 - (grid as f64 / (step as f64 - 0.5)).sqrt()) / (3.0 * quartile))
        .collect();
    let profile: Vec<f64> = thetas
        .iter()
        .map(|theta| {
            let shape = shape_at(*theta);
            count as f64 * ((-theta / shape).ln() - shape - 1.0)
        })
        .collect();
    let highest = profile.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut mean) = (0.0, 0.0);
    for (theta, value) in thetas.iter().zip(&profile).filter(|(_, value)| value.is_finite()) {
        let weight = (value - highest).exp();
        sum += weight;
        mean += weight * theta;
    }
    let theta = mean / sum;
    let shape = shape_at(theta);
    let scale = -shape / theta;
    const HELD_BY: f64 = 10.0;
    let count = count as f64;
    ((shape * count + 0.5 * HELD_BY) / (count + HELD_BY), scale)
}

/// Returns as many indices as there are weights, each as often as its weight says (systematic resampling).
fn resampled(weights: &[f64], offset: f64) -> Vec<usize> {
    let count = weights.len();
    let mut indices = Vec::with_capacity(count);
    let mut reached = 0.0;
    for (index, weight) in weights.iter().enumerate() {
        reached += weight * count as f64;
        while indices.len() < count && (indices.len() as f64 + offset) < reached {
            indices.push(index);
        }
    }
    // Rounding may leave the last place empty.
    indices.resize(count, count.saturating_sub(1));
    indices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{mean, standard_deviation};
    use crate::laplace::find_mode;

    const TWO: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let mode = find_mode(&mut LogGamma, &[0.0], &[1.0]).expect("a mode");
        let whitening = Whitening::from_mode(&mode);
        let with = |threads| sample(&mut LogGamma, &whitening, 501, 3, threads).expect("draws");
        let three = NonZeroUsize::new(3).expect("three");
        assert_eq!(with(NonZeroUsize::MIN), with(TWO));
        assert_eq!(with(TWO), with(three));
    }

    /// A skew density in one dimension whose moments are known: ln x for x ~ Gamma(5, 1).
    #[derive(Clone)]
    struct LogGamma;

    impl LogDensity for LogGamma {
        fn dimension(&self) -> usize {
            1
        }

        fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
            gradient[0] = 5.0 - x[0].exp();
            Ok(5.0 * x[0] - x[0].exp())
        }
    }

    #[test]
    fn a_skew_posterior_is_found_where_its_normal_approximation_is_off() {
        let mode = find_mode(&mut LogGamma, &[0.0], &[1.0]).expect("a mode");
        let found = sample(&mut LogGamma, &Whitening::from_mode(&mode), 4_000, 3, TWO).expect("draws");
        // digamma(5) = 1.50612, trigamma(5) = 0.22132; the mode is at ln 5 = 1.609.
        let column = found.draws.column(0);
        assert!((mean(&column) - 1.506_12).abs() < 0.02, "{}", mean(&column));
        assert!((standard_deviation(&column) - 0.221_32_f64.sqrt()).abs() < 0.02);
        assert!(found.is_trustworthy() && found.effective > 2_000.0, "{} {}", found.k_hat, found.effective);
    }

    #[test]
    fn a_proposal_that_is_far_too_narrow_is_not_trusted() {
        let narrow = Whitening::diagonal(&[1.6], &[0.02]);
        let found = sample(&mut LogGamma, &narrow, 2_000, 3, TWO).expect("draws");
        assert!(!found.is_trustworthy(), "{}", found.k_hat);
    }

    #[test]
    fn the_shape_of_known_tails_is_found() {
        // Excesses at the exact quantiles of a generalised Pareto with shape 0.8 and scale 2, and of an exponential.
        for (shape, scale) in [(0.8, 2.0), (0.3, 0.5)] {
            let at = |rank: usize| {
                let probability: f64 = (rank as f64 + 0.5) / 4_000.0;
                scale * (-shape * (-probability).ln_1p()).exp_m1() / shape
            };
            let excess: Vec<f64> = (0..4_000).map(at).collect();
            let (found, width) = generalised_pareto(&excess);
            assert!((found - shape).abs() < 0.02 && (width - scale).abs() < 0.05, "{found} {width}");
        }
    }

    #[test]
    fn weights_sum_to_one_and_nothing_outside_is_kept() {
        let ratios: Vec<f64> =
            (0..200).map(|n| if n % 3 == 0 { f64::NEG_INFINITY } else { f64::from(n % 7) * 0.1 }).collect();
        let (weights, k_hat) = smoothed_weights(&ratios);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12 && k_hat < 0.7, "{k_hat}");
        assert!(resampled(&weights, 0.5).iter().all(|index| index % 3 != 0));
        assert_eq!(smoothed_weights(&[f64::NEG_INFINITY; 50]).1, f64::INFINITY);
    }

    #[test]
    fn resampling_keeps_each_as_often_as_it_weighs() {
        assert_eq!(resampled(&[0.5, 0.25, 0.0, 0.25], 0.5), [0, 0, 1, 3]);
    }
}
