//! Lays a range of numbers out with round ticks.

/// A range from `low` to `high` with ticks at whole multiples of a round step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) step: f64,
}

impl Axis {
    /// The smallest range that holds zero and every value, with a little room at both ends and about `ticks` ticks.
    pub(crate) fn around_zero(values: impl IntoIterator<Item = f64>, ticks: usize) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if high - low <= f64::MIN_POSITIVE {
            (low, high) = (-1.0, 1.0);
        }
        let room = 0.06 * (high - low);
        let (low, high) = (low - room, high + room);
        Self { low, high, step: round_step((high - low) / ticks.max(1) as f64) }
    }

    /// Where `value` lies between the ends, 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The ticks within the range, in order.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let (first, last) = ((self.low / self.step).ceil() as i64, (self.high / self.step).floor() as i64);
        (first..=last).map(|index| index as f64 * self.step).collect()
    }

    /// Decimals that tell one tick from the next.
    pub(crate) fn decimals(&self) -> usize {
        (-self.step.log10()).ceil().clamp(0.0, 6.0) as usize
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
pub(crate) fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let steps = [0.07, 0.1, 0.3, 4.0, 60.0].map(round_step);
        for (step, expected) in steps.into_iter().zip([0.1, 0.1, 0.5, 5.0, 100.0]) {
            assert!((step - expected).abs() < 1e-12, "{step} {expected}");
        }
    }

    #[test]
    fn zero_is_always_a_tick() {
        let axis = Axis::around_zero([-0.62, -0.34], 6);
        assert!(axis.ticks().contains(&0.0));
        assert_eq!(axis.decimals(), 1);
        assert!(axis.low < -0.62 && axis.high > 0.0);
        let empty = Axis::around_zero([f64::NAN], 4);
        assert!(empty.low < 0.0 && empty.high > 0.0);
    }
}
