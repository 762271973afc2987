//! Simulates people who try a step on some nights: a known effect, what it leaves over, and what is written down.
//!
//! In deviations from the mean, in hours and points, with `d` how much of the step a night got and `c` what is left of
//! earlier nights with it:
//!
//! ```text
//! c(t) = left_over_decay · c(t−1) + d(t−1)
//! s(t) = sleep_autoregression · s(t−1) + pain_to_sleep · p(t−1) + effect_on_sleep · d(t) + e_s
//! p(t) = pain_autoregression · p(t−1) + sleep_to_pain · s(t) + direct_effect · d(t) + left_over · c(t) + e_p
//! ```

use crate::random::{Purpose, Seed, Stream};

/// The truth about a person who tries a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteppedPerson {
    /// Mean hours of sleep.
    pub mean_sleep_hours: f64,
    /// Mean pain, points.
    pub mean_pain: f64,
    /// SD of pain within the person without any step, points.
    pub pain_sd: f64,
    /// SD of sleep within the person without any step, hours.
    pub sleep_sd: f64,
    /// Hours found again the next night, per hour.
    pub sleep_autoregression: f64,
    /// Points found again the next day, per point.
    pub pain_autoregression: f64,
    /// Points of pain per hour of the sleep before it.
    pub sleep_to_pain: f64,
    /// Hours of sleep per point of pain on the day before.
    pub pain_to_sleep: f64,
    /// Points of pain on a night with the step, beside what comes through sleep; below zero for the better.
    pub direct_effect: f64,
    /// Hours of sleep on a night with the step.
    pub effect_on_sleep: f64,
    /// Whether the direct effect is carried on by the loop as any other pain is, or lies on top of what is written down
    /// and is gone the next day.
    pub effect_is_carried: bool,
    /// Points of pain for each unit of what is left of earlier nights with the step.
    pub left_over: f64,
    /// What is left of it a night later, as a share.
    pub left_over_decay: f64,
    /// Drift of pain, points per 30 days.
    pub pain_trend_per_30_days: f64,
    /// Points more on two days of seven.
    pub weekend_pain: f64,
    /// Share of nights whose values are not written down: sleep and pain together, as a check-in is missed whole.
    pub missed_share: f64,
    /// Share of nights assigned to the step on which it is done.
    pub adherence: f64,
    /// SD of the error of what is written down of pain, points, before it is rounded to a whole number within 0–10.
    pub pain_error_sd: f64,
}

/// One night of such a person, with what happened and what was written down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteppedNight {
    /// Whether the step was done.
    pub done: bool,
    /// Hours of sleep as written down.
    pub sleep_hours: Option<f64>,
    /// Pain as written down, a whole number.
    pub pain: Option<f64>,
}

impl SteppedPerson {
    /// The person of the notes' simulations: pain SD 1.45 with a carry-over of .24, 12 % missed, a weak loop, no effect.
    #[must_use]
    pub const fn ordinary() -> Self {
        Self {
            mean_sleep_hours: 7.0,
            mean_pain: 5.0,
            pain_sd: 1.45,
            sleep_sd: 1.1,
            sleep_autoregression: 0.15,
            pain_autoregression: 0.24,
            sleep_to_pain: -0.1,
            pain_to_sleep: 0.0,
            direct_effect: 0.0,
            effect_on_sleep: 0.0,
            effect_is_carried: true,
            left_over: 0.0,
            left_over_decay: 0.3,
            pain_trend_per_30_days: 0.0,
            weekend_pain: 0.0,
            missed_share: 0.12,
            adherence: 1.0,
            pain_error_sd: 0.3,
        }
    }

    /// Tonight's effect on pain of doing the step, points: the direct way and the way through tonight's sleep.
    #[must_use]
    pub fn effect_tonight(&self) -> f64 {
        self.direct_effect + self.sleep_to_pain * self.effect_on_sleep
    }

    /// One course over nights that are assigned (`true`) to the step or not; the first night is a Monday.
    #[must_use]
    pub fn course(&self, assigned: &[bool], seed: Seed) -> Vec<SteppedNight> {
        let mut stream = seed.open(Purpose::Step);
        let sleep_noise = self.sleep_sd * (1.0 - self.sleep_autoregression.powi(2)).sqrt();
        let through_sleep = (self.sleep_to_pain * self.sleep_sd).powi(2);
        let pain_variance = self.pain_sd.powi(2) * (1.0 - self.pain_autoregression.powi(2)) - through_sleep;
        let pain_noise = (pain_variance - self.pain_error_sd.powi(2)).max(0.0).sqrt();
        let (mut sleep, mut pain, mut left) = (0.0, 0.0, 0.0);
        // A month before the first night, so that the course does not begin at the mean.
        for _ in 0..30 {
            (sleep, pain) = self.advance(sleep, pain, 0.0, 0.0, [sleep_noise, pain_noise], &mut stream);
        }
        let middle = assigned.len() as f64 / 2.0;
        let mut nights = Vec::with_capacity(assigned.len());
        let mut dose_before = 0.0;
        for (number, step) in assigned.iter().enumerate() {
            // Drawn on every night, so that another allocation meets the same chances.
            let willing = stream.chance(self.adherence);
            let done = *step && willing;
            let dose = f64::from(u8::from(done));
            left = self.left_over_decay * left + dose_before;
            dose_before = dose;
            (sleep, pain) = self.advance(sleep, pain, dose, left, [sleep_noise, pain_noise], &mut stream);
            let drift = self.pain_trend_per_30_days * (number as f64 - middle) / 30.0;
            let off = if number % 7 >= 5 { self.weekend_pain } else { 0.0 };
            let on_top = if self.effect_is_carried { 0.0 } else { self.direct_effect * dose };
            let told = self.mean_pain + pain + drift + off + on_top + self.pain_error_sd * stream.normal();
            let missed = stream.chance(self.missed_share);
            nights.push(SteppedNight {
                done,
                sleep_hours: (!missed).then_some(self.mean_sleep_hours + sleep),
                pain: (!missed).then_some(told.round().clamp(0.0, 10.0)),
            });
        }
        nights
    }

    fn advance(
        &self,
        sleep: f64,
        pain: f64,
        dose: f64,
        left: f64,
        noise: [f64; 2],
        stream: &mut Stream,
    ) -> (f64, f64) {
        let direct = if self.effect_is_carried { self.direct_effect * dose } else { 0.0 };
        let next_sleep = self.sleep_autoregression * sleep
            + self.pain_to_sleep * pain
            + self.effect_on_sleep * dose
            + noise[0] * stream.normal();
        let next_pain = self.pain_autoregression * pain
            + self.sleep_to_pain * next_sleep
            + direct
            + self.left_over * left
            + noise[1] * stream.normal();
        (next_sleep, next_pain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let all: Vec<f64> = values.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    #[test]
    fn the_effect_and_the_spread_are_as_planted() {
        let person = SteppedPerson {
            direct_effect: -1.0,
            pain_autoregression: 0.0,
            missed_share: 0.0,
            mean_pain: 5.0,
            ..SteppedPerson::ordinary()
        };
        let assigned: Vec<bool> = (0..60_000).map(|night| night % 2 == 0).collect();
        let nights = person.course(&assigned, Seed::new(1));
        let of = |done: bool| {
            mean(nights.iter().filter(|night| night.done == done).filter_map(|night| night.pain))
        };
        // Standard error of the difference: 1.45 · 2 / √60000 = .012.
        assert!((of(true) - of(false) + 1.0).abs() < 0.05, "{}", of(true) - of(false));
        let still = SteppedPerson { direct_effect: 0.0, ..person };
        let pains: Vec<f64> =
            still.course(&assigned, Seed::new(2)).iter().filter_map(|night| night.pain).collect();
        let centre = mean(pains.iter().copied());
        let sd = mean(pains.iter().map(|pain| (pain - centre).powi(2))).sqrt();
        // Rounding adds a twelfth to the variance.
        assert!((sd - (1.45_f64.powi(2) + 1.0 / 12.0).sqrt()).abs() < 0.02, "{sd}");
    }

    #[test]
    fn adherence_and_missing_are_shares() {
        let person = SteppedPerson { adherence: 0.7, missed_share: 0.15, ..SteppedPerson::ordinary() };
        let nights = person.course(&vec![true; 20_000], Seed::new(3));
        let done = mean(nights.iter().map(|night| f64::from(u8::from(night.done))));
        let missed = mean(nights.iter().map(|night| f64::from(u8::from(night.pain.is_none()))));
        assert!((done - 0.7).abs() < 0.014 && (missed - 0.15).abs() < 0.011, "{done} {missed}");
        assert_eq!(nights, person.course(&vec![true; 20_000], Seed::new(3)));
    }
}
