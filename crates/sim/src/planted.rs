//! Makes daily series with a planted loop, or with none, fast enough for tables of false findings.

use crate::person::PersonError;
use crate::random::{Purpose, Seed, Stream};

/// A one-pain-a-day loop on the scale on which both series have variance 1.
///
/// `s(t) = sleep_autoregression · s(t−1) + pain_to_sleep · p(t−1) + e_s` and
/// `p(t) = pain_autoregression · p(t−1) + sleep_to_pain · s(t) + e_p`, the innovations' variances being whatever
/// makes the variance of both series 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantedLoop {
    /// SDs of sleep found again the next night, per SD.
    pub sleep_autoregression: f64,
    /// SDs of pain found again the next day, per SD.
    pub pain_autoregression: f64,
    /// SDs of pain per SD of the sleep of the night before.
    pub sleep_to_pain: f64,
    /// SDs of sleep per SD of pain on the day before.
    pub pain_to_sleep: f64,
    /// Correlation of the innovations of a night and of the day after it: a hidden common influence.
    pub innovation_correlation: f64,
    /// SD of the error of measurement of sleep, in SDs of sleep, added to the variance of 1.
    pub sleep_error_sd: f64,
    /// Share of days on which sleep is missing, and as large a share, independently, for pain.
    pub missing_share: f64,
    /// Mean hours of sleep.
    pub mean_sleep_hours: f64,
    /// SD of sleep within the person, hours.
    pub sleep_sd_hours: f64,
    /// Mean pain, points.
    pub mean_pain: f64,
    /// SD of pain within the person before it is rounded to a whole number within 0–10, points.
    pub pain_sd: f64,
}

/// What such a person wrote down: one value a day for each series, or none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DailySeries {
    /// Hours of sleep of the night that ended on the day.
    pub sleep_hours: Vec<Option<f64>>,
    /// Pain of the day, a whole number from 0 to 10.
    pub pain: Vec<Option<f64>>,
}

impl PlantedLoop {
    /// No effect in either direction, both series with that autoregression; a tenth of each missing, 7 h (SD 1.1 h)
    /// of sleep without error, pain 4 (SD 1.5).
    #[must_use]
    pub const fn none(autoregression: f64) -> Self {
        Self {
            sleep_autoregression: autoregression,
            pain_autoregression: autoregression,
            sleep_to_pain: 0.0,
            pain_to_sleep: 0.0,
            innovation_correlation: 0.0,
            sleep_error_sd: 0.0,
            missing_share: 0.1,
            mean_sleep_hours: 7.0,
            sleep_sd_hours: 1.1,
            mean_pain: 4.0,
            pain_sd: 1.5,
        }
    }

    /// One series of `days` days.
    ///
    /// # Errors
    /// Effects and autoregressions that together leave no room for a variance of 1.
    pub fn series(&self, days: usize, seed: Seed) -> Result<DailySeries, PersonError> {
        let moments = self.moments()?;
        let mut stream = seed.open(Purpose::Planted);
        let (mut sleep, other) = (stream.normal(), stream.normal());
        let mut pain = moments.correlation * sleep + (1.0 - moments.correlation.powi(2)).sqrt() * other;
        let mut series =
            DailySeries { sleep_hours: Vec::with_capacity(days), pain: Vec::with_capacity(days) };
        for _ in 0..days {
            let (night, other) = (stream.normal(), stream.normal());
            let rho = self.innovation_correlation;
            let day = rho * night + (1.0 - rho * rho).sqrt() * other;
            sleep = self.sleep_autoregression * sleep + self.pain_to_sleep * pain + moments.sleep_sd * night;
            pain = self.pain_autoregression * pain + self.sleep_to_pain * sleep + moments.pain_sd * day;
            self.write_down(sleep, pain, &mut stream, &mut series);
        }
        Ok(series)
    }

    fn write_down(&self, sleep: f64, pain: f64, stream: &mut Stream, series: &mut DailySeries) {
        let told = sleep + self.sleep_error_sd * stream.normal();
        let hours = self.mean_sleep_hours + self.sleep_sd_hours * told;
        let score = (self.mean_pain + self.pain_sd * pain).round().clamp(0.0, 10.0);
        series.sleep_hours.push((!stream.chance(self.missing_share)).then_some(hours));
        series.pain.push((!stream.chance(self.missing_share)).then_some(score));
    }

    fn moments(&self) -> Result<Moments, PersonError> {
        let Self { sleep_autoregression: a, pain_autoregression: c, .. } = *self;
        let Self { sleep_to_pain: effect, pain_to_sleep: back, innovation_correlation: rho, .. } = *self;
        if [a, c, effect, back, rho].iter().any(|number| !number.is_finite()) {
            return Err(PersonError::NotFinite);
        }
        if rho.abs() > 1.0 {
            return Err(PersonError::NotACorrelation { correlation: rho });
        }
        // With var(s) = var(p) = 1, the same-day correlation r solves
        //   r = c · cov(p(t−1), s(t)) + effect + rho · sd(e_s) · sd(e_p),   cov(p(t−1), s(t)) = a r + back;
        // the last term depends on r, so the line is iterated: it contracts for every loop that settles.
        let (mut correlation, mut sleep_variance, mut pain_variance) = (0.0, 0.0, 0.0);
        for _ in 0..500 {
            let lagged = a * correlation + back;
            sleep_variance = 1.0 - a * a - back * back - 2.0 * a * back * correlation;
            let shared = rho * (f64::max(sleep_variance, 0.0) * f64::max(pain_variance, 0.0)).sqrt();
            // var(p) = 1 with the correlation of e_s and e_p also entering through effect · s(t).
            pain_variance = 1.0 - c * c - effect * effect - 2.0 * c * effect * lagged - 2.0 * effect * shared;
            correlation = c * lagged + effect + shared;
        }
        if sleep_variance <= 0.0 || pain_variance <= 0.0 || correlation.abs() >= 1.0 {
            return Err(PersonError::NeverSettles { radius: 1.0 });
        }
        Ok(Moments { correlation, sleep_sd: sleep_variance.sqrt(), pain_sd: pain_variance.sqrt() })
    }
}

/// Same-day correlation, and the SDs of the innovations, in SDs of the series.
struct Moments {
    correlation: f64,
    sleep_sd: f64,
    pain_sd: f64,
}

/// A person without any link, as in [`PlantedLoop::none`]; `autoregression` lies strictly within ±1.
///
/// # Errors
/// An autoregression of 1 or beyond.
pub fn no_link(autoregression: f64, days: usize, seed: Seed) -> Result<DailySeries, PersonError> {
    PlantedLoop::none(autoregression).series(days, seed)
}

/// A person with both effects planted, in SDs per SD; otherwise as in [`PlantedLoop::none`].
///
/// # Errors
/// As [`PlantedLoop::series`].
pub fn planted(
    sleep_to_pain: f64,
    pain_to_sleep: f64,
    autoregression: f64,
    days: usize,
    seed: Seed,
) -> Result<DailySeries, PersonError> {
    PlantedLoop { sleep_to_pain, pain_to_sleep, ..PlantedLoop::none(autoregression) }.series(days, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(series: &DailySeries) -> (Vec<f64>, Vec<f64>) {
        (
            series.sleep_hours.iter().flatten().copied().collect(),
            series.pain.iter().flatten().copied().collect(),
        )
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    fn covariance(a: &[f64], b: &[f64]) -> f64 {
        let (mean_a, mean_b) = (mean(a), mean(b));
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / a.len() as f64
    }

    #[test]
    fn both_series_have_the_variance_asked_for() {
        for (effect, back, rho) in [(0.0, 0.0, 0.0), (-0.3, -0.15, 0.0), (0.2, 0.1, -0.3), (-0.3, 0.2, 0.4)] {
            let planted = PlantedLoop {
                sleep_to_pain: effect,
                pain_to_sleep: back,
                innovation_correlation: rho,
                missing_share: 0.0,
                mean_pain: 500.0,
                ..PlantedLoop::none(0.4)
            };
            // Unclipped truth is wanted here, so the latent moments are checked through sleep, which is not rounded.
            let (sleep, _) = full(&planted.series(200_000, Seed::new(1)).unwrap());
            let sd = covariance(&sleep, &sleep).sqrt();
            assert!((sd / 1.1 - 1.0).abs() < 0.012, "{effect} {back} {rho}: {sd}");
        }
    }

    #[test]
    fn regressions_find_the_planted_effects() {
        let planted = PlantedLoop {
            sleep_to_pain: -0.3,
            pain_to_sleep: -0.15,
            missing_share: 0.0,
            ..PlantedLoop::none(0.3)
        };
        let (sleep, pain) = full(&planted.series(150_000, Seed::new(2)).unwrap());
        // Pain on tonight's sleep and yesterday's pain, two regressors, solved by Cramer's rule.
        let (s, y, p) = (&sleep[1..], &pain[1..], &pain[..pain.len() - 1]);
        let determinant = covariance(s, s) * covariance(p, p) - covariance(s, p).powi(2);
        let effect =
            (covariance(s, y) * covariance(p, p) - covariance(p, y) * covariance(s, p)) / determinant;
        let (z, before) = (&sleep[1..], &sleep[..sleep.len() - 1]);
        let determinant = covariance(before, before) * covariance(p, p) - covariance(before, p).powi(2);
        let back = (covariance(p, z) * covariance(before, before)
            - covariance(before, z) * covariance(before, p))
            / determinant;
        // Rounding pain to whole points costs a few per cent of the effects.
        assert!((effect * 1.1 / 1.5 + 0.3).abs() < 0.02, "{effect}");
        assert!((back * 1.5 / 1.1 + 0.15).abs() < 0.02, "{back}");
        assert!((covariance(&pain, &pain).sqrt() - 1.5).abs() < 0.05);
    }

    #[test]
    fn pain_is_whole_and_a_tenth_is_missing() {
        let series = no_link(0.4, 20_000, Seed::new(3)).unwrap();
        assert!(series.pain.iter().flatten().all(|pain| pain.fract() == 0.0 && (0.0..=10.0).contains(pain)));
        for missing in [
            series.pain.iter().filter(|pain| pain.is_none()).count(),
            series.sleep_hours.iter().filter(|hours| hours.is_none()).count(),
        ] {
            // Four standard errors of a binomial share of .1.
            assert!((missing as f64 / 2e4 - 0.1).abs() < 0.0085, "{missing}");
        }
    }

    #[test]
    fn impossible_loops_are_refused() {
        assert!(no_link(1.0, 10, Seed::new(0)).is_err());
        assert!(planted(-0.9, -0.9, 0.5, 10, Seed::new(0)).is_err());
        assert!(planted(f64::NAN, 0.0, 0.5, 10, Seed::new(0)).is_err());
    }
}
