//! Judges whether ranks are uniform, by how far their empirical distribution strays from the diagonal anywhere.
//!
//! The statistic is that of Säilynoja, Bürkner and Vehtari (2022, 10.1007/s11222-022-10090-6): at every point of a
//! grid the number of ranks below is binomial, and the smallest two-sided tail probability over the grid is
//! compared with the same for simulated uniform ranks.

use nightmend_infer::random::Stream;

/// Ranks go from 0 to one less than this.
pub(super) const RANKS: usize = 100;
const SIMULATIONS: usize = 20_000;
/// The grid: every fifth rank.
const STEP: usize = 5;
const POINTS: usize = RANKS / STEP - 1;

/// What uniform ranks do by themselves.
pub(super) struct Excursions {
    /// For each point of the grid and each count, the two-sided tail probability.
    tails: Vec<Vec<f64>>,
    /// The smallest tail probability of each simulation, ascending.
    simulated: Vec<f64>,
}

impl Excursions {
    /// Simulates `count` uniform ranks many times.
    pub(super) fn simulate(count: usize, seed: u64) -> Self {
        let tails =
            (1..=POINTS).map(|point| two_sided_tails(count, (point * STEP) as f64 / RANKS as f64)).collect();
        let mut excursions = Self { tails, simulated: Vec::with_capacity(SIMULATIONS) };
        let mut ranks = vec![0; count];
        for simulation in 0..SIMULATIONS {
            let mut stream = Stream::new(seed, simulation as u64);
            ranks.iter_mut().for_each(|rank| *rank = (stream.uniform() * RANKS as f64) as usize);
            let smallest = excursions.smallest_tail(&ranks);
            excursions.simulated.push(smallest);
        }
        excursions.simulated.sort_by(f64::total_cmp);
        excursions
    }

    /// How often uniform ranks stray as far as these; never zero.
    pub(super) fn p_value(&self, ranks: &[usize]) -> f64 {
        let smallest = self.smallest_tail(ranks);
        let as_far = self.simulated.partition_point(|simulated| *simulated <= smallest);
        (as_far + 1) as f64 / (self.simulated.len() + 1) as f64
    }

    fn smallest_tail(&self, ranks: &[usize]) -> f64 {
        let mut bins = [0_usize; RANKS / STEP];
        ranks.iter().for_each(|rank| bins[rank / STEP] += 1);
        let mut below = 0;
        let mut smallest = 1.0_f64;
        for (tails, bin) in self.tails.iter().zip(bins) {
            below += bin;
            smallest = smallest.min(tails[below]);
        }
        smallest
    }
}

/// For every count from 0 to `trials`: twice the smaller of "at most" and "at least" that many.
fn two_sided_tails(trials: usize, probability: f64) -> Vec<f64> {
    let mut log_factorials = vec![0.0; trials + 1];
    for number in 1..=trials {
        log_factorials[number] = log_factorials[number - 1] + (number as f64).ln();
    }
    let density: Vec<f64> = (0..=trials)
        .map(|hits| {
            let ways = log_factorials[trials] - log_factorials[hits] - log_factorials[trials - hits];
            (ways + hits as f64 * probability.ln() + (trials - hits) as f64 * (1.0 - probability).ln()).exp()
        })
        .collect();
    let mut at_most = 0.0;
    let mut at_least: f64 = density.iter().sum();
    density
        .into_iter()
        .map(|one| {
            at_most += one;
            let tail = f64::min(at_most, at_least);
            at_least -= one;
            (2.0 * tail).clamp(0.0, 1.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_a_coin() {
        // Three tosses: P(0) = 1/8 twice; P(at most 1) = 1/2 twice.
        let tails = two_sided_tails(3, 0.5);
        assert!((tails[0] - 0.25).abs() < 1e-12 && (tails[1] - 1.0).abs() < 1e-12);
        assert!((tails[3] - 0.25).abs() < 1e-12);
    }

    #[test]
    fn uniform_ranks_pass_and_narrow_or_shifted_ones_do_not() {
        let excursions = Excursions::simulate(200, 5);
        let even: Vec<usize> = (0..200).map(|index| index / 2).collect();
        assert!(excursions.p_value(&even) > 0.9);
        // Posteriors twice too narrow pile truths up at both ends; a shift of a tenth is seen as well.
        let piled: Vec<usize> =
            even.iter().map(|rank| (2 * rank).saturating_sub(50).min(RANKS - 1)).collect();
        let shifted: Vec<usize> = even.iter().map(|rank| (rank + 12).min(RANKS - 1)).collect();
        assert!(excursions.p_value(&piled) < 0.001 && excursions.p_value(&shifted) < 0.01);
    }

    #[test]
    fn about_one_in_twenty_uniform_sets_is_below_five_percent() {
        let excursions = Excursions::simulate(100, 6);
        let mut stream = Stream::new(7, 0);
        let below = (0..1_000)
            .filter(|_| {
                let ranks: Vec<usize> =
                    (0..100).map(|_| (stream.uniform() * RANKS as f64) as usize).collect();
                excursions.p_value(&ranks) < 0.05
            })
            .count();
        // Standard error 7 of an expected 50, a little less for ties.
        assert!((22..=75).contains(&below), "{below}");
    }
}
