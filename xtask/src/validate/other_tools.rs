//! Does what the correlation tables of other tools do with the same records, so that the two can stand side by side.
//!
//! A correlation is "shown" if its p-value is below .05 by Fisher's z, pairs with a missing side left out. Nothing
//! here corrects for autocorrelation or for how many were looked at: that is the point.

/// A column with gaps.
pub(super) type Column = [Option<f64>];

/// `abs(z)` beyond which a two-sided p-value is below .05.
const SIGNIFICANT: f64 = 1.96;

/// Fisher's z of the correlation between `first[t]` and `second[t + lag]`; zero where there are too few pairs.
pub(super) fn fisher_z(first: &Column, second: &Column, lag: i32) -> f64 {
    let pairs: Vec<(f64, f64)> = (0..first.len())
        .filter_map(|t| {
            let other = usize::try_from(t as i64 + i64::from(lag)).ok()?;
            Some((first[t]?, (*second.get(other)?)?))
        })
        .collect();
    let n = pairs.len() as f64;
    if pairs.len() < 4 {
        return 0.0;
    }
    let (x, y) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let sum = |of: fn(f64, f64) -> f64| pairs.iter().map(|p| of(p.0 - x, p.1 - y)).sum::<f64>();
    let spread = (sum(|a, _| a * a) * sum(|_, b| b * b)).sqrt();
    if spread <= 0.0 {
        0.0
    } else {
        (sum(|a, b| a * b) / spread).clamp(-0.999_999, 0.999_999).atanh() * (n - 3.0).sqrt()
    }
}

/// Whether the correlation of last night's sleep with today's pain is shown.
pub(super) fn one_lag(sleep: &Column, pain: &Column) -> bool {
    fisher_z(sleep, pain, 0).abs() > SIGNIFICANT
}

/// Whether any of the lags from -3 to 3 days is shown.
pub(super) fn best_of_seven_lags(sleep: &Column, pain: &Column) -> bool {
    (-3..=3).any(|lag| fisher_z(sleep, pain, lag).abs() > SIGNIFICANT)
}

/// Whether any of several factors is shown at a lag of 0, 1 or 2 days.
pub(super) fn any_factor(factors: &[Vec<Option<f64>>], pain: &Column) -> bool {
    factors.iter().any(|factor| (0..=2).any(|lag| fisher_z(factor, pain, lag).abs() > SIGNIFICANT))
}

/// How far apart pain is with and without a factor (present above `threshold`), in pooled SDs, if there are at
/// least three days of each kind.
pub(super) fn with_and_without(factor: &Column, threshold: f64, pain: &Column) -> Option<f64> {
    let mut sides = [Vec::new(), Vec::new()];
    for (factor, pain) in factor.iter().zip(pain) {
        if let (Some(factor), Some(pain)) = (factor, pain) {
            sides[usize::from(*factor > threshold)].push(*pain);
        }
    }
    if sides.iter().any(|side| side.len() < 3) {
        return None;
    }
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let squares = |side: &[f64]| side.iter().map(|pain| (pain - mean(side)).powi(2)).sum::<f64>();
    let degrees = (sides[0].len() + sides[1].len() - 2) as f64;
    let sd = ((squares(&sides[0]) + squares(&sides[1])) / degrees).sqrt();
    let apart = (mean(&sides[1]) - mean(&sides[0])).abs();
    Some(if sd > 0.0 { apart / sd } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value)).collect()
    }

    #[test]
    fn correlations_are_those_of_a_hand_calculation() {
        // r of (1, 2, 3, 4, 5) with (2, 1, 4, 3, 5) is 8 / 10; atanh(.8) sqrt(2) = 1.5537.
        let (first, mut second) = (column(&[1.0, 2.0, 3.0, 4.0, 5.0]), column(&[2.0, 1.0, 4.0, 3.0, 5.0]));
        assert!((fisher_z(&first, &second, 0) - 1.553_7).abs() < 1e-4);
        second.insert(0, None);
        assert!((fisher_z(&first, &second, 1) - 1.553_7).abs() < 1e-4);
        assert!((fisher_z(&second, &first, -1) - 1.553_7).abs() < 1e-4);
        assert_eq!(fisher_z(&first, &second[..3], 1), 0.0);
    }

    #[test]
    fn a_difference_needs_three_days_of_each_kind() {
        let pain = column(&[1.0, 2.0, 3.0, 3.0, 4.0, 5.0]);
        let factor = column(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        // Means 2 and 4, both with SD 1.
        assert_eq!(with_and_without(&factor, 0.5, &pain), Some(2.0));
        assert_eq!(with_and_without(&factor[1..], 0.5, &pain[1..]), None);
    }
}
