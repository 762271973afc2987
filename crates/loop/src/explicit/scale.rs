//! Reads off a series which steps its scores can take and where, on a latent scale, the thresholds between them lie.
//!
//! The latent scale is the score's own, standardised by the centre and spread of the normal distribution whose
//! ordered-probit frequencies come nearest the person's (weighted least squares on the normal scores of the cumulative
//! frequencies). For scores away from the ends that is their mean and standard deviation; where they pile up at an end
//! it is what they would have been had the scale gone on. Thresholds are equally spaced there and bent by one
//! curvature κ: `τ(u) = (exp(κ u) - 1) / κ`, which is `u` at κ = 0 and increasing for every κ.

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::normal;

use crate::data::{PainMeasure, Series};

/// More steps than this are no steps but a fine-grained scale.
pub(crate) const MOST_STEPS: usize = 25;

/// The steps of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    lowest: f64,
    step: f64,
    categories: usize,
    /// Centre and spread of the latent scale, in points of the score.
    pub latent: MeanSd,
}

impl Steps {
    /// Reads the steps off the pain of a series; `None` where it is fine-grained or has under two values.
    #[must_use]
    pub fn of(series: &Series) -> Option<Self> {
        let mut values: Vec<f64> = series.pain().iter().flatten().copied().collect();
        values.sort_by(f64::total_cmp);
        let known = values.clone();
        values.dedup();
        if values.len() < 2 || values.len() > MOST_STEPS {
            return None;
        }
        let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let (lowest, highest) = match series.pain_measure {
            PainMeasure::Nrs => (0.0, 10.0),
            PainMeasure::Rating => (values[0], values[values.len() - 1]),
        };
        let categories = ((highest - lowest) / step).round() + 1.0;
        if !(2.0..=MOST_STEPS as f64).contains(&categories) {
            return None;
        }
        let mut steps =
            Self { lowest, step, categories: categories as usize, latent: MeanSd { mean: 0.0, sd: 1.0 } };
        steps.latent = steps.latent_scale(&known);
        Some(steps)
    }

    /// Describes a score whose steps and latent scale are known beforehand.
    #[must_use]
    pub fn known(lowest: f64, step: f64, categories: usize, latent: MeanSd) -> Self {
        Self { lowest, step, categories, latent }
    }

    /// Returns how many values the score can take.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// Returns the step between neighbouring values, in points.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Returns the place of a value among those that the score can take.
    #[must_use]
    pub fn category(&self, value: f64) -> usize {
        (((value - self.lowest) / self.step).round().max(0.0) as usize).min(self.categories - 1)
    }

    /// Returns the border above each category but the last, on the latent scale without curvature.
    #[must_use]
    pub fn borders(&self) -> Vec<f64> {
        let border = |category: usize| self.lowest + self.step * (category as f64 + 0.5);
        (0..self.categories - 1).map(|c| (border(c) - self.latent.mean) / self.latent.sd).collect()
    }

    fn latent_scale(&self, known: &[f64]) -> MeanSd {
        let (mean, sd) =
            (nightmend_infer::draws::mean(known), nightmend_infer::draws::standard_deviation(known));
        let plain = MeanSd { mean, sd };
        let mut counts = vec![0.0_f64; self.categories];
        known.iter().for_each(|value| counts[self.category(*value)] += 1.0);
        let total = known.len() as f64;
        // The normal score of each border that has scores on both sides, weighted by how surely it is known.
        let (mut below, mut points) = (0.0, Vec::new());
        for (category, count) in counts[..self.categories - 1].iter().enumerate() {
            below += count;
            if below > 0.0 && below < total {
                let share = (below + 0.5) / (total + 1.0);
                let score = normal::quantile(share);
                let weight = (-score * score).exp() / (share * (1.0 - share));
                points.push((self.lowest + self.step * (category as f64 + 0.5), score, weight));
            }
        }
        let sum = |of: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let weight = sum(&|point| point.2);
        let (at, score) = (sum(&|p| p.2 * p.0) / weight, sum(&|p| p.2 * p.1) / weight);
        let slope = sum(&|p| p.2 * (p.0 - at) * (p.1 - score)) / sum(&|p| p.2 * (p.0 - at).powi(2));
        // One border alone, or borders with nobody between them, say nothing of the spread.
        let spread = slope.recip();
        let spread = if spread.is_finite() && spread > 0.0 { spread.clamp(0.5 * sd, 4.0 * sd) } else { sd };
        let centre = at - score * spread;
        if centre.is_finite() { MeanSd { mean: centre, sd: spread } } else { plain }
    }
}

/// Returns the threshold for a border `u` under curvature κ, with its slope by κ.
pub(crate) fn threshold(border: f64, curvature: f64) -> (f64, f64) {
    let bent = curvature * border;
    if bent.abs() < 1e-4 {
        let square = border * border;
        return (
            border + 0.5 * curvature * square + curvature * curvature * square * border / 6.0,
            0.5 * square + curvature * square * border / 3.0,
        );
    }
    let value = bent.exp_m1() / curvature;
    (value, (border * bent.exp() - value) / curvature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Columns, SleepMeasure, weekend_flags};
    use nightmend_domain::Moment;
    use nightmend_infer::random::Stream;

    fn scores(measure: PainMeasure, pain: Vec<f64>) -> Series {
        let first_date = jiff::civil::date(2024, 1, 1);
        let days = pain.len();
        let columns = Columns {
            first_date,
            sleep: vec![Some(7.0); days],
            pain: pain.into_iter().map(Some).collect(),
            weekend: weekend_flags(first_date, days),
        };
        Series::new(columns, SleepMeasure::HoursDiary, measure, "pain".to_owned(), Moment::Waking)
            .expect("sound")
    }

    #[test]
    fn the_latent_scale_sees_past_the_end_of_the_scale() {
        let mut stream = Stream::new(5, 0);
        let latent: Vec<f64> = (0..4_000).map(|_| 0.2 + 1.8 * stream.normal()).collect();
        let seen = latent.iter().map(|value| value.round().clamp(0.0, 10.0)).collect();
        let steps = Steps::of(&scores(PainMeasure::Nrs, seen)).expect("whole points");
        assert!((steps.latent.mean - 0.2).abs() < 0.1 && (steps.latent.sd - 1.8).abs() < 0.1, "{steps:?}");
        assert_eq!((steps.categories(), steps.category(3.0), steps.borders().len()), (11, 3, 10));
        let (found, expected) = (steps.borders()[0], (0.5 - steps.latent.mean) / steps.latent.sd);
        assert!((found - expected).abs() < 1e-12);
    }

    #[test]
    fn ratings_keep_to_the_values_seen_and_fine_scales_have_no_steps() {
        let rated = scores(PainMeasure::Rating, vec![0.0, 1.0, 3.0, 0.0, 1.0]);
        let steps = Steps::of(&rated).expect("steps");
        assert_eq!((steps.categories(), steps.category(3.0)), (4, 3));
        assert!(
            Steps::of(&scores(PainMeasure::Nrs, (0..60).map(|n| f64::from(n) * 0.1).collect())).is_none()
        );
        let tick = Steps::of(&scores(PainMeasure::Rating, vec![0.0, 1.0, 0.0])).expect("two values");
        assert!(tick.latent.sd > 0.0 && tick.borders().len() == 1);
    }

    #[test]
    fn thresholds_bend_smoothly_and_stay_in_order() {
        for curvature in [-0.8, -1e-5, 0.0, 1e-5, 0.3] {
            let at: Vec<f64> = (-8..8).map(|u| threshold(f64::from(u) * 0.5, curvature).0).collect();
            assert!(at.windows(2).all(|pair| pair[1] > pair[0]));
            let (value, slope) = threshold(1.7, curvature);
            let step = 1e-5;
            let by_hand =
                (threshold(1.7, curvature + step).0 - threshold(1.7, curvature - step).0) / (2.0 * step);
            assert!((slope - by_hand).abs() < 1e-6 && value.is_finite(), "{curvature}: {slope} {by_hand}");
        }
    }
}
