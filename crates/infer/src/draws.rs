//! Holds posterior draws by chain, and summarises columns of numbers drawn from them.

/// Post-warm-up draws of every parameter, chain by chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    dimension: usize,
    chains: usize,
    per_chain: usize,
    values: Vec<f64>,
    /// Trajectories that went wrong numerically inside the support, summed over chains.
    pub divergences: u64,
    /// Trajectories that ran into the edge of the support and turned back; no sign of trouble by themselves.
    pub edge_contacts: u64,
    /// Gradient evaluations over all chains, warm-up included.
    pub gradient_evaluations: u64,
}

impl Draws {
    /// Puts chains of draws together; each chain is its draws one after the other, `dimension` numbers each.
    ///
    /// # Panics
    /// Panics if there is no chain or the chains differ in length: that is a mistake of the caller.
    #[must_use]
    pub fn from_chains<C: AsRef<[f64]>>(dimension: usize, chains: &[C]) -> Self {
        assert!(!chains.is_empty(), "at least one chain");
        let chains: Vec<&[f64]> = chains.iter().map(AsRef::as_ref).collect();
        let length = chains[0].len();
        assert!(chains.iter().all(|chain| chain.len() == length), "chains of one length");
        Self {
            dimension,
            chains: chains.len(),
            per_chain: length / dimension.max(1),
            values: chains.concat(),
            divergences: 0,
            edge_contacts: 0,
            gradient_evaluations: 0,
        }
    }

    /// Returns the number of parameters.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns the number of chains.
    #[must_use]
    pub fn chains(&self) -> usize {
        self.chains
    }

    /// Returns the number of draws that each chain kept.
    #[must_use]
    pub fn per_chain(&self) -> usize {
        self.per_chain
    }

    /// Walks over all draws, chain after chain; every item is one parameter vector.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.dimension)
    }

    /// Changes every draw in place, for example from the sampler's coordinates to the model's.
    pub fn transform(&mut self, change: impl Fn(&mut [f64])) {
        self.values.chunks_exact_mut(self.dimension).for_each(change);
    }

    /// Returns a quantity computed from every draw, in the order of [`iter`](Self::iter).
    pub fn derive(&self, quantity: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        self.iter().map(quantity).collect()
    }

    /// Returns all draws of one parameter, chain after chain.
    #[must_use]
    pub fn column(&self, parameter: usize) -> Vec<f64> {
        self.derive(|draw| draw[parameter])
    }
}

/// Returns the mean; NaN for an empty slice.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the standard deviation with divisor n - 1; NaN under two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    if values.len() < 2 { f64::NAN } else { (squares / (values.len() - 1) as f64).sqrt() }
}

/// Returns `probability`'s quantile of ascending `sorted` values, interpolating linearly; NaN for an empty slice.
///
/// ```
/// assert_eq!(nightmend_infer::draws::quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
/// ```
#[must_use]
pub fn quantile(sorted: &[f64], probability: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let place = probability.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Returns the values in ascending order.
#[must_use]
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    ascending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_the_chains() {
        let draws = Draws::from_chains(2, &[vec![1.0, 10.0, 2.0, 20.0], vec![3.0, 30.0, 4.0, 40.0]]);
        assert_eq!(draws.column(1), [10.0, 20.0, 30.0, 40.0]);
        assert_eq!((draws.chains(), draws.per_chain()), (2, 2));
    }

    #[test]
    fn summaries_match_hand_figures() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), 5.0);
        assert!((standard_deviation(&values) - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
        assert_eq!(quantile(&sorted(&values), 0.5), 4.5);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
