//! States what persons have in common: means, how far they differ, and how their parameters go together.
//!
//! A person's parameters are `θ_i ~ N(μ + B z_i, T)` with `T = D C C' D`: `D` the between-person standard deviations
//! and `C` the Cholesky factor of a correlation matrix under LKJ(2) (Lewandowski, Kurowicka and Joe 2009,
//! 10.1016/j.jmva.2009.04.008), built from partial correlations. Trend and weekend are left uncorrelated.
//! What differs of variability is `u = ln(σ² + r²)/2`, by how much a day surprises; the ratio of error to innovation,
//! `w = ln r - ln σ`, is one for all, because three weeks say next to nothing of one person's (and in `u` and `w` the
//! likelihood is far nearer normal than in `ln σ` and `ln r`; see `unfold`).
//!
//! Every standard deviation has a Rayleigh prior, which is even over the *variance* between persons where that is small
//! against `s²` (an exponential distribution of the variance). A prior that is even over standard deviations, such as a
//! half-normal, draws what a hundred short records say of a spread towards nothing, everyone's own estimate too near the
//! mean with it, and persons' 90 % intervals hold 85 %; under an even prior of the variance they hold about 90 % (Morris and
//! Lysy 2012, arXiv:1203.5610; Tak, Kelly and Morris 2016, arXiv:1612.01595; decision 0027).
//!
//! Coordinates: μ; then for every standard deviation the normal score `t` of its Rayleigh prior,
//! `τ = s √(-2 ln Φ(-t))`, whose prior is N(0, 1) and whose tail towards zero is a normal one, where that of ln τ
//! is exponential; then the inverse hyperbolic tangents of the partial correlations; then B, row by row; then `w` of
//! sleep and of pain.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::normal;

use super::small::{K, Matrix, Vector, ZERO, cholesky, invert_lower, square_of_lower};
use crate::model::Parameter;

/// The first so many parameters go together: levels, carry-overs, arrows, innovations.
pub(super) const TOGETHER: usize = 8;
/// Number of their partial correlations.
pub(super) const CORRELATIONS: usize = TOGETHER * (TOGETHER - 1) / 2;
/// The shape of the LKJ prior: 1 is even over correlation matrices, larger draws towards none.
const LKJ: f64 = 2.0;

/// What differs between persons, in the order of every vector here.
pub(super) const VARYING: [Parameter; K] = [
    Parameter::MeanSleep,
    Parameter::MeanPain,
    Parameter::AtanhPhiSleep,
    Parameter::AtanhPhiPain,
    Parameter::SleepToPain,
    Parameter::PainToSleep,
    Parameter::LnSigmaSleep,
    Parameter::LnSigmaPain,
    Parameter::TrendSleep,
    Parameter::TrendPain,
    Parameter::WeekendSleep,
    Parameter::WeekendPain,
];

/// Where the variability of sleep and of pain stands in a vector.
pub(super) const VARIABILITY: [usize; 2] = [6, 7];
/// How many parameters are one for all: the ratio of error to innovation of sleep and of pain.
pub(super) const SHARED: usize = 2;

const _: () = assert!(
    matches!(VARYING[VARIABILITY[0]], Parameter::LnSigmaSleep)
        && matches!(VARYING[VARIABILITY[1]], Parameter::LnSigmaPain)
);

/// Where a parameter that differs stands in a vector.
pub(super) const fn place_in_vector(parameter: Parameter) -> usize {
    let mut place = 0;
    while place < K && VARYING[place].index() != parameter.index() {
        place += 1;
    }
    place
}

/// What is assumed of the population before the data: means are normal, between-person SDs Rayleigh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HyperPriors {
    pub(super) means: [MeanSd; K],
    /// Scales of the Rayleigh priors; also the standard deviations of B, per standard deviation of a covariate.
    pub(super) spreads: Vector,
    /// Covariates of persons.
    pub(super) covariates: usize,
    /// Of the logarithm of a typical person's errors.
    pub(super) errors: [MeanSd; SHARED],
    /// Whether measurement error is part of the model at all.
    pub(super) with_error: bool,
}

/// A population, unpacked from its coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Population {
    pub(super) means: Vector,
    pub(super) spreads: Vector,
    /// `W = T⁻¹`.
    pub(super) precision: Matrix,
    /// ln det W.
    pub(super) log_determinant: f64,
    /// Effects of covariates: `slopes[covariate][parameter]`, zero beyond the parameters that go together.
    pub(super) slopes: Vec<[f64; TOGETHER]>,
    /// What is one for all.
    pub(super) shared: [f64; SHARED],
    /// The Cholesky factor of the correlations.
    correlation_root: Matrix,
    /// Its inverse.
    inverse_root: Matrix,
    /// dτ/dt.
    spread_slopes: Vector,
    /// Partial correlations, row after row.
    partial: [f64; CORRELATIONS],
}

/// What the persons' log-densities say about the population, summed: derivatives by its mean, by `W` (as if every
/// entry were free; symmetrised here), by B, by what is one for all.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pull {
    pub(super) means: Vector,
    pub(super) precision: Matrix,
    pub(super) slopes: Vec<[f64; TOGETHER]>,
    pub(super) shared: [f64; SHARED],
}

impl Pull {
    pub(super) fn none(covariates: usize) -> Self {
        Self {
            means: [0.0; K],
            precision: ZERO,
            slopes: vec![[0.0; TOGETHER]; covariates],
            shared: [0.0; SHARED],
        }
    }

    pub(super) fn clear(&mut self) {
        self.means = [0.0; K];
        self.precision = ZERO;
        self.slopes.fill([0.0; TOGETHER]);
        self.shared = [0.0; SHARED];
    }
}

impl HyperPriors {
    /// Number of coordinates.
    pub(super) fn dimension(&self) -> usize {
        self.place_of_shared() + SHARED
    }

    fn place_of_shared(&self) -> usize {
        2 * K + CORRELATIONS + self.covariates * TOGETHER
    }

    /// Typical widths of the coordinates for a search among `persons` people.
    pub(super) fn widths(&self, persons: usize) -> Vec<f64> {
        let root = (persons as f64).sqrt();
        let mut widths: Vec<f64> = self.spreads.iter().map(|spread| spread / root).collect();
        widths.extend([0.3; K + CORRELATIONS]);
        for _ in 0..self.covariates {
            widths.extend(self.spreads[..TOGETHER].iter().map(|spread| spread / root));
        }
        widths.extend([0.1; SHARED]);
        widths
    }

    /// The prior's own widths of the coordinates, near enough for a sum with thousands of people.
    pub(super) fn prior_widths(&self) -> Vec<f64> {
        let mut widths: Vec<f64> = self.means.iter().map(|prior| prior.sd).collect();
        widths.extend([1.0; K]);
        for row in 1..TOGETHER {
            // sech^2a is about normal with variance 1 / 2a.
            widths.extend((0..row).map(|column| (2.0 * LKJ + (TOGETHER - 2 - column) as f64).powf(-0.5)));
        }
        for _ in 0..self.covariates {
            widths.extend_from_slice(&self.spreads[..TOGETHER]);
        }
        widths.extend(self.errors.map(|prior| prior.sd));
        widths
    }

    /// The coordinates of a population with these means and covariances, no covariate mattering.
    ///
    /// Spreads are kept away from nothing and correlations from certainty, where a search would be lost.
    pub(super) fn place_of(
        &self,
        means: &Vector,
        covariance: &Matrix,
        shared: [f64; SHARED],
    ) -> Option<Vec<f64>> {
        const LEAST_SHARE: f64 = 0.05;
        const MOST_SHARE: f64 = 3.0;
        const TRUSTED: f64 = 0.8;
        let mut place = means.to_vec();
        let spreads: Vector = std::array::from_fn(|index| covariance[index][index].sqrt());
        place
            .extend((0..K).map(|index| {
                score_of((spreads[index] / self.spreads[index]).clamp(LEAST_SHARE, MOST_SHARE))
            }));
        let mut correlations = ZERO;
        for row in 0..K {
            correlations[row][row] = 1.0;
            for column in 0..row.min(TOGETHER) {
                if row < TOGETHER {
                    correlations[row][column] =
                        TRUSTED * covariance[row][column] / (spreads[row] * spreads[column]);
                }
            }
        }
        let root = cholesky(&correlations)?;
        for row in 0..TOGETHER {
            let mut left: f64 = 1.0;
            for column in 0..row {
                let partial = root[row][column] / left;
                left *= (1.0 - partial * partial).sqrt();
                place.push(partial.atanh());
            }
        }
        place.resize(self.dimension(), 0.0);
        self.put_shared(&mut place, shared);
        place.iter().all(|value| value.is_finite()).then_some(place)
    }

    /// By how much `u` exceeds `ln σ`.
    fn surplus(&self, ratio: f64) -> f64 {
        if self.with_error { half_log_sum(ratio) } else { 0.0 }
    }

    /// Its slope: the share of error in the variance of a surprise.
    fn share(&self, ratio: f64) -> f64 {
        if self.with_error { error_share(ratio) } else { 0.0 }
    }

    fn put_shared(&self, place: &mut [f64], shared: [f64; SHARED]) {
        place[self.place_of_shared()..].copy_from_slice(&shared);
    }

    /// Where a search starts: the prior's means, moderate spreads, nothing going together.
    pub(super) fn start(&self) -> Vec<f64> {
        const START_SHARE: f64 = 0.4;
        let mut start: Vec<f64> = self.means.iter().map(|prior| prior.mean).collect();
        start.resize(self.dimension(), 0.0);
        start[K..2 * K].fill(score_of(START_SHARE));
        for (side, at) in VARIABILITY.into_iter().enumerate() {
            let ratio = self.errors[side].mean - self.means[at].mean;
            start[self.place_of_shared() + side] = ratio;
            start[at] += self.surplus(ratio);
        }
        start
    }

    /// Adds the prior's log-density at `place` and its gradient.
    pub(super) fn weigh_in(&self, place: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for index in 0..K {
            let score = place[K + index];
            value -= 0.5 * score * score;
            gradient[K + index] -= score;
            if VARIABILITY.contains(&index) {
                continue;
            }
            let prior = self.means[index];
            let off = (place[index] - prior.mean) / prior.sd;
            value -= 0.5 * off * off;
            gradient[index] -= off / prior.sd;
        }
        // A typical person's ln σ = u - ln(1 + e^2w)/2 and ln r = ln σ + w; the determinant of that is one.
        for (side, at) in VARIABILITY.into_iter().enumerate() {
            let ratio_at = self.place_of_shared() + side;
            let ratio = place[ratio_at];
            let innovation = place[at] - self.surplus(ratio);
            let (prior, error) = (self.means[at], self.errors[side]);
            let off = (innovation - prior.mean) / prior.sd;
            let off_error = (innovation + ratio - error.mean) / error.sd;
            value -= 0.5 * (off * off + off_error * off_error);
            let (slope, slope_error) = (off / prior.sd, off_error / error.sd);
            gradient[at] -= slope + slope_error;
            gradient[ratio_at] -= slope_error - self.share(ratio) * (slope + slope_error);
        }
        let mut at = 2 * K;
        for row in 1..TOGETHER {
            for column in 0..row {
                // A partial correlation given the columns before it is 2 Beta(α, α) - 1; the Jacobian of tanh adds one.
                let twice_shape = 2.0 * LKJ + (TOGETHER - 2 - column) as f64;
                value -= twice_shape * ln_cosh(place[at]);
                gradient[at] -= twice_shape * place[at].tanh();
                at += 1;
            }
        }
        for _ in 0..self.covariates {
            for index in 0..TOGETHER {
                let off = place[at] / self.spreads[index];
                value -= 0.5 * off * off;
                gradient[at] -= off / self.spreads[index];
                at += 1;
            }
        }
        value
    }
}

/// ln(1 + e^(2w)) / 2 without overflow.
pub(super) fn half_log_sum(ratio: f64) -> f64 {
    ratio.max(0.0) + 0.5 * (-2.0 * ratio.abs()).exp().ln_1p()
}

/// Its derivative, r² / (σ² + r²).
pub(super) fn error_share(ratio: f64) -> f64 {
    1.0 / (1.0 + (-2.0 * ratio).exp())
}

/// ln cosh without overflow.
fn ln_cosh(value: f64) -> f64 {
    let size = value.abs();
    size + (-2.0 * size).exp().ln_1p() - std::f64::consts::LN_2
}

/// The spread for a normal score of its Rayleigh prior of scale one, `τ = √(-2 ln Φ(-t))`, and the slope of it.
fn rayleigh(score: f64) -> (f64, f64) {
    let beyond = normal::cumulative(-score);
    // Near nothing 1 - Φ(t) has lost the digits that Φ(t) still has.
    let log_beyond = if score < 0.0 { (-normal::cumulative(score)).ln_1p() } else { beyond.ln() };
    let spread = (-2.0 * log_beyond).sqrt();
    let density = (-0.5 * score * score).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (spread, density / (beyond * spread))
}

/// The score whose spread is `share` of the prior's scale.
pub(super) fn score_of(share: f64) -> f64 {
    normal::quantile(-(-0.5 * share * share).exp_m1())
}

impl Population {
    /// Unpacks coordinates; `None` where a spread vanishes or runs off.
    pub(super) fn unpack(place: &[f64], priors: &HyperPriors) -> Option<Self> {
        let mut population = Self {
            means: [0.0; K],
            spreads: [0.0; K],
            precision: ZERO,
            log_determinant: 0.0,
            slopes: vec![[0.0; TOGETHER]; priors.covariates],
            shared: [0.0; SHARED],
            correlation_root: ZERO,
            inverse_root: ZERO,
            spread_slopes: [0.0; K],
            partial: [0.0; CORRELATIONS],
        };
        population.unpack_in_place(place, priors).then_some(population)
    }

    /// The same into an existing one, without allocating; false where a spread vanishes or runs off.
    pub(super) fn unpack_in_place(&mut self, place: &[f64], priors: &HyperPriors) -> bool {
        self.means.copy_from_slice(&place[..K]);
        for index in 0..K {
            let (spread, slope) = rayleigh(place[K + index]);
            self.spreads[index] = priors.spreads[index] * spread;
            self.spread_slopes[index] = priors.spreads[index] * slope;
        }
        // The inverse square of a smaller spread than this would swallow what the data say.
        if !self.spreads.iter().all(|spread| (1e-6..1e4).contains(spread)) {
            return false;
        }
        self.unpack_correlations(&place[2 * K..2 * K + CORRELATIONS]);
        for (covariate, slopes) in self.slopes.iter_mut().enumerate() {
            let at = 2 * K + CORRELATIONS + covariate * TOGETHER;
            slopes.copy_from_slice(&place[at..at + TOGETHER]);
        }
        self.shared.copy_from_slice(&place[priors.place_of_shared()..]);
        self.inverse_root = invert_lower(&self.correlation_root);
        let mut whitening = self.inverse_root;
        for row in 0..K {
            for column in 0..=row {
                whitening[row][column] /= self.spreads[column];
            }
        }
        self.precision = square_of_lower(&whitening);
        self.log_determinant = -2.0
            * (0..K)
                .map(|index| (self.spreads[index] * self.correlation_root[index][index]).ln())
                .sum::<f64>();
        self.log_determinant.is_finite()
    }

    fn unpack_correlations(&mut self, place: &[f64]) {
        self.correlation_root = ZERO;
        let mut at = 0;
        for row in 0..K {
            let mut left = 1.0;
            let correlated = if row < TOGETHER { row } else { 0 };
            for column in 0..correlated {
                let partial = place[at].tanh();
                self.partial[at] = partial;
                self.correlation_root[row][column] = partial * left;
                left *= (1.0 - partial * partial).sqrt();
                at += 1;
            }
            self.correlation_root[row][row] = left;
        }
    }

    /// The prior mean of a person with these standardised covariates.
    pub(super) fn mean_of(&self, covariates: &[f64]) -> Vector {
        let mut mean = self.means;
        for (slopes, value) in self.slopes.iter().zip(covariates) {
            mean.iter_mut().zip(slopes).for_each(|(mean, slope)| *mean += slope * value);
        }
        mean
    }

    /// The correlation between persons of two parameters.
    pub(super) fn correlation(&self, one: usize, other: usize) -> f64 {
        (0..=one.min(other))
            .map(|inner| self.correlation_root[one][inner] * self.correlation_root[other][inner])
            .sum()
    }

    /// One person's deviation from the mean, from `K` standard normal numbers.
    pub(super) fn deviation(&self, noise: &Vector) -> Vector {
        std::array::from_fn(|row| {
            let sum: f64 = (0..=row).map(|column| self.correlation_root[row][column] * noise[column]).sum();
            self.spreads[row] * sum
        })
    }

    /// Adds what `persons` people say (`pull`, and half of ln det W for each) to the gradient by the coordinates.
    pub(super) fn pull_back(&self, pull: &Pull, persons: usize, gradient: &mut [f64]) {
        let count = persons as f64;
        for index in 0..K {
            gradient[index] += pull.means[index];
        }
        // bar V = 2 V G with G the symmetrised pull on W = V'V, V = C⁻¹ D⁻¹.
        let mut by_whitening = ZERO;
        for row in 0..K {
            for inner in 0..=row {
                let entry = self.inverse_root[row][inner] / self.spreads[inner];
                for column in 0..=row {
                    by_whitening[row][column] +=
                        entry * (pull.precision[inner][column] + pull.precision[column][inner]);
                }
            }
        }
        let mut by_inverse = ZERO;
        for column in 0..K {
            let mut by_spread = -count / self.spreads[column];
            for row in column..K {
                let slope = by_whitening[row][column];
                by_inverse[row][column] = slope / self.spreads[column];
                by_spread -=
                    slope * self.inverse_root[row][column] / (self.spreads[column] * self.spreads[column]);
            }
            gradient[K + column] += by_spread * self.spread_slopes[column];
        }
        self.pull_correlations(&by_inverse, count, &mut gradient[2 * K..2 * K + CORRELATIONS]);
        for (covariate, slopes) in pull.slopes.iter().enumerate() {
            let at = 2 * K + CORRELATIONS + covariate * TOGETHER;
            gradient[at..at + TOGETHER].iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        let at = gradient.len() - SHARED;
        gradient[at..].iter_mut().zip(&pull.shared).for_each(|(sum, slope)| *sum += slope);
    }

    /// From derivatives by `C⁻¹` to those by the partial correlations: `bar C = -C⁻ᵀ (bar C⁻¹) C⁻ᵀ`.
    fn pull_correlations(&self, by_inverse: &Matrix, count: f64, gradient: &mut [f64]) {
        let inverse = &self.inverse_root;
        let mut half = ZERO;
        for row in 0..TOGETHER {
            for column in 0..TOGETHER {
                for inner in row..TOGETHER {
                    half[row][column] += inverse[inner][row] * by_inverse[inner][column];
                }
            }
        }
        let mut at = 0;
        for row in 0..TOGETHER {
            let by_root: [f64; TOGETHER] = std::array::from_fn(|column| {
                let through: f64 = (0..=column).map(|inner| half[row][inner] * inverse[column][inner]).sum();
                let own = if column == row { count / self.correlation_root[row][row] } else { 0.0 };
                if column <= row { -through - own } else { 0.0 }
            });
            let root = &self.correlation_root[row];
            let partial = &self.partial[at..at + row];
            // Every later entry of the row shrinks with an earlier partial correlation: its slope is -z times itself.
            let mut later = by_root[row] * root[row];
            for column in (0..row).rev() {
                let z = partial[column];
                let left = if column == 0 {
                    1.0
                } else {
                    partial[..column].iter().map(|z| 1.0 - z * z).product::<f64>().sqrt()
                };
                gradient[at + column] += by_root[column] * (1.0 - z * z) * left - z * later;
                later += by_root[column] * root[column];
            }
            at += row;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_normal_score_of_the_rayleigh_prior() {
        for score in [-6.0, -4.0, -2.0, -0.3, 0.0, 1.0, 4.0] {
            let (spread, slope) = rayleigh(score);
            let rank = -(-0.5 * spread * spread).exp_m1();
            assert!((rank / normal::cumulative(score) - 1.0).abs() < 1e-9, "{score}");
            let difference = (rayleigh(score + 1e-5).0 - rayleigh(score - 1e-5).0) / 2e-5;
            assert!((slope / difference - 1.0).abs() < 1e-4, "{score}: {slope} {difference}");
            assert!((score_of(spread) - score).abs() < 1e-6, "{score}");
        }
    }

    #[test]
    fn precision_is_the_inverse_of_the_covariance_of_deviations() {
        let priors = HyperPriors {
            means: [MeanSd { mean: 0.0, sd: 1.0 }; K],
            spreads: [0.7; K],
            covariates: 0,
            errors: [MeanSd { mean: 0.0, sd: 1.0 }; 2],
            with_error: true,
        };
        let place: Vec<f64> = (0..priors.dimension()).map(|index| 0.4 * (1.3 * index as f64).sin()).collect();
        let population = Population::unpack(&place, &priors).expect("a population");
        let covariance: Matrix = std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                population.correlation(row, column) * population.spreads[row] * population.spreads[column]
            })
        });
        let inverse = super::super::small::inverse(&covariance).expect("positive definite");
        for row in 0..K {
            assert!((population.correlation(row, row) - 1.0).abs() < 1e-12);
            for column in 0..K {
                assert!((inverse[row][column] - population.precision[row][column]).abs() < 1e-8);
            }
        }
    }
}
