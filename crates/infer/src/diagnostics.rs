//! Says whether chains agree and how many independent draws they are worth.
//!
//! Rank-normalised split R-hat, bulk and tail effective sample size: Vehtari, Gelman, Simpson, Carpenter and
//! Bürkner 2021, 10.1214/20-BA1221. Every function takes chains as equally long slices and works on split chains.

use crate::draws::{Draws, quantile, sorted};
use crate::normal;

/// The convergence figures of one quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Rank-normalised split R-hat, the larger of the plain and the folded one; under 1.01 is good.
    pub rhat: f64,
    /// Effective draws for the centre of the distribution.
    pub ess_bulk: f64,
    /// Effective draws for the 5 % and 95 % quantiles, the smaller of the two.
    pub ess_tail: f64,
    /// Monte-Carlo standard error of the mean.
    pub mcse_mean: f64,
}

/// Computes the convergence figures of one quantity given chain after chain.
///
/// A quantity that never moves has R-hat NaN; fewer than four draws a chain give NaN throughout.
///
/// # Panics
/// Panics if `chains` is zero.
#[must_use]
pub fn convergence(values: &[f64], chains: usize) -> Convergence {
    assert!(chains > 0, "at least one chain");
    let parts = split(values, chains);
    if parts.first().is_none_or(|part| part.len() < 2) {
        return Convergence { rhat: f64::NAN, ess_bulk: f64::NAN, ess_tail: f64::NAN, mcse_mean: f64::NAN };
    }
    let ascending = sorted(values);
    let ranked = rank_normalise(&parts);
    let folded: Vec<Vec<f64>> = {
        let median = quantile(&ascending, 0.5);
        parts.iter().map(|part| part.iter().map(|value| (value - median).abs()).collect()).collect()
    };
    let tail = |probability: f64| {
        let limit = quantile(&ascending, probability);
        let inside = |value: &f64| f64::from(u8::from(*value <= limit));
        effective_size(&parts.iter().map(|part| part.iter().map(inside).collect()).collect::<Vec<_>>())
    };
    let spread = crate::draws::standard_deviation(values);
    Convergence {
        rhat: potential_scale_reduction(&ranked).max(potential_scale_reduction(&rank_normalise(&folded))),
        ess_bulk: effective_size(&ranked),
        ess_tail: tail(0.05).min(tail(0.95)),
        mcse_mean: spread / effective_size(&parts).sqrt(),
    }
}

/// Computes the convergence figures of every parameter.
#[must_use]
pub fn of_draws(draws: &Draws) -> Vec<Convergence> {
    (0..draws.dimension()).map(|parameter| convergence(&draws.column(parameter), draws.chains())).collect()
}

fn split(values: &[f64], chains: usize) -> Vec<Vec<f64>> {
    let length = values.len() / chains;
    let half = length / 2;
    let mut parts = Vec::with_capacity(2 * chains);
    for chain in values.chunks_exact(length.max(1)).take(chains) {
        parts.push(chain[..half].to_vec());
        parts.push(chain[length - half..].to_vec());
    }
    parts
}

/// Replaces values by normal scores of their average ranks (Blom's offsets).
fn rank_normalise(parts: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let flat: Vec<f64> = parts.concat();
    let mut order: Vec<usize> = (0..flat.len()).collect();
    order.sort_unstable_by(|a, b| flat[*a].total_cmp(&flat[*b]));
    let mut scores = vec![0.0; flat.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && flat[order[end]] == flat[order[start]] {
            end += 1;
        }
        let rank = (start + 1 + end) as f64 / 2.0;
        let score = normal::quantile((rank - 0.375) / (flat.len() as f64 + 0.25));
        order[start..end].iter().for_each(|index| scores[*index] = score);
        start = end;
    }
    let length = parts.first().map_or(1, Vec::len);
    scores.chunks_exact(length).map(<[f64]>::to_vec).collect()
}

fn within_and_between(parts: &[Vec<f64>]) -> (f64, f64) {
    let means: Vec<f64> = parts.iter().map(|part| crate::draws::mean(part)).collect();
    let within = parts.iter().map(|part| crate::draws::standard_deviation(part).powi(2)).sum::<f64>()
        / parts.len() as f64;
    let between = if parts.len() > 1 { crate::draws::standard_deviation(&means).powi(2) } else { 0.0 };
    (within, between)
}

fn potential_scale_reduction(parts: &[Vec<f64>]) -> f64 {
    let length = parts[0].len() as f64;
    let (within, between) = within_and_between(parts);
    if within == 0.0 {
        return if between == 0.0 { f64::NAN } else { f64::INFINITY };
    }
    (((length - 1.0) / length * within + between) / within).sqrt()
}

/// Effective sample size by Geyer's initial monotone sequence over the pooled autocorrelations.
///
/// Autocovariances are computed lag by lag and no further than the sequence is positive.
fn effective_size(parts: &[Vec<f64>]) -> f64 {
    let (chains, length) = (parts.len() as f64, parts[0].len());
    let total = chains * length as f64;
    let (within, between) = within_and_between(parts);
    let variance = (length as f64 - 1.0) / length as f64 * within + between;
    if variance <= 0.0 || !variance.is_finite() {
        return f64::NAN;
    }
    let centred: Vec<Vec<f64>> = parts
        .iter()
        .map(|part| {
            let centre = crate::draws::mean(part);
            part.iter().map(|value| value - centre).collect()
        })
        .collect();
    let correlation = |lag: usize| {
        let covariance: f64 = centred.iter().map(|part| autocovariance(part, lag)).sum::<f64>() / chains;
        // The lag-0 covariance has divisor n; scaling it up makes it the within-chain variance above.
        1.0 - (within - covariance * length as f64 / (length as f64 - 1.0)) / variance
    };
    let mut sum = 1.0 + correlation(1);
    let mut ceiling = sum;
    let mut doubled = -1.0 + 2.0 * sum;
    let mut lag = 2;
    while lag + 1 < length {
        let pair = correlation(lag) + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        ceiling = ceiling.min(pair);
        sum += ceiling;
        doubled = -1.0 + 2.0 * sum;
        lag += 2;
    }
    // The antithetic gain of NUTS is real but capped, as in Stan.
    total / doubled.max(1.0 / total.log10())
}

fn autocovariance(centred: &[f64], lag: usize) -> f64 {
    crate::linear::dot(&centred[lag..], &centred[..centred.len() - lag]) / centred.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn autoregressive(chains: u64, length: usize, carry: f64, seed: u64) -> Vec<f64> {
        let mut values = Vec::new();
        for chain in 0..chains {
            let mut stream = Stream::new(seed, chain);
            let mut state = stream.normal();
            for _ in 0..length {
                state = carry * state + (1.0 - carry * carry).sqrt() * stream.normal();
                values.push(state);
            }
        }
        values
    }

    #[test]
    fn independent_draws_are_worth_themselves() {
        let figures = convergence(&autoregressive(4, 1000, 0.0, 1), 4);
        assert!((figures.rhat - 1.0).abs() < 0.005, "{figures:?}");
        assert!((3_300.0..=4_700.0).contains(&figures.ess_bulk), "{figures:?}");
        assert!((3_000.0..=4_700.0).contains(&figures.ess_tail), "{figures:?}");
        assert!((figures.mcse_mean - 1.0 / 4_000.0_f64.sqrt()).abs() < 0.002, "{figures:?}");
    }

    #[test]
    fn an_autoregression_is_worth_what_theory_says() {
        // An AR(1) with coefficient a is worth n (1 - a) / (1 + a) draws: 4 x 5000 / 3 = 6667 at a = 0.5.
        let figures = convergence(&autoregressive(4, 5000, 0.5, 2), 4);
        assert!((figures.ess_bulk / 6_667.0 - 1.0).abs() < 0.12, "{figures:?}");
    }

    #[test]
    fn chains_that_disagree_are_seen() {
        let mut values = autoregressive(4, 500, 0.0, 3);
        values[..500].iter_mut().for_each(|value| *value += 1.5);
        assert!(convergence(&values, 4).rhat > 1.1);
        let mut wide = autoregressive(4, 500, 0.0, 4);
        wide[..500].iter_mut().for_each(|value| *value *= 4.0);
        assert!(convergence(&wide, 4).rhat > 1.1, "the folded statistic sees a difference in spread");
    }

    #[test]
    fn a_quantity_that_never_moves_has_no_figures() {
        assert!(convergence(&[1.0; 400], 4).rhat.is_nan());
        assert!(convergence(&[1.0, 2.0], 2).ess_bulk.is_nan());
    }
}
