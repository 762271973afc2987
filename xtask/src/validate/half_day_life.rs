//! Lives people who report pain twice a day, and asks the engine what the data say about them.

use jiff::civil::date;
use nightmend_domain::Moment;
use nightmend_domain::estimate::MeasurementError;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::half_day::claim::weigh;
use nightmend_loop::half_day::standardisation;
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};

/// Somebody who reports pain on waking and at bedtime, in SDs of sleep (1.1 hours) and of pain (1.5 points).
#[derive(Debug, Clone, Copy)]
pub(super) struct HalfDayLife {
    /// Of sleep from night to night, and of pain from bedtime to bedtime.
    pub(super) carry_over: f64,
    pub(super) sleep_to_morning: f64,
    pub(super) pain_to_sleep: f64,
    /// SDs of what is written down around what was: hours and points.
    pub(super) error: [f64; 2],
    /// Correlation of the surprise of a night and of the morning after it.
    pub(super) hidden: f64,
}

impl HalfDayLife {
    pub(super) const fn without_link(carry_over: f64) -> Self {
        Self { carry_over, sleep_to_morning: 0.0, pain_to_sleep: 0.0, error: [0.4, 0.7], hidden: 0.0 }
    }

    /// Lives the days: whole points, mornings a third of a point worse, a tenth missing, 100 days to settle.
    pub(super) fn live(&self, days: usize, stream: &mut Stream) -> Series {
        const SETTLE: usize = 100;
        let half = self.carry_over.sqrt();
        let surprise = (1.0 - half * half).sqrt();
        let (mut night, mut evening) = (0.0, 0.0);
        let [mut sleep, mut mornings, mut later]: [Vec<Option<f64>>; 3] = Default::default();
        for step in 0..days + SETTLE {
            let (first, other) = (stream.normal(), stream.normal());
            let shared = self.hidden * first + (1.0 - self.hidden * self.hidden).sqrt() * other;
            night = self.carry_over * night
                + self.pain_to_sleep * evening
                + (1.0 - self.carry_over.powi(2)).sqrt() * first;
            let morning = half * evening + self.sleep_to_morning * night + surprise * shared;
            evening = half * morning + surprise * stream.normal();
            if step < SETTLE {
                continue;
            }
            let mut kept = |value: f64| (stream.uniform() > 0.1).then_some(value);
            let (hours, first, second) =
                (kept(7.0 + 1.1 * night), kept(4.3 + 1.5 * morning), kept(4.0 + 1.5 * evening));
            let noise = [stream.normal(), stream.normal(), stream.normal()];
            let score = |value: f64, noise: f64| (value + self.error[1] * noise).round().clamp(0.0, 10.0);
            sleep.push(hours.map(|hours| hours + self.error[0] * noise[0]));
            mornings.push(first.map(|value| score(value, noise[1])));
            later.push(second.map(|value| score(value, noise[2])));
        }
        series(sleep, mornings, later)
    }
}

/// Diary hours and two reports in points, from a Monday on.
pub(super) fn series(sleep: Vec<Option<f64>>, mornings: Vec<Option<f64>>, later: Vec<Option<f64>>) -> Series {
    let first_date = date(2024, 1, 1);
    let weekend = weekend_flags(first_date, sleep.len());
    let columns = Columns { first_date, sleep, pain: mornings, weekend };
    Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
        .and_then(|series| series.with_evening(later, Moment::Bedtime))
        .expect("simulated columns are of one length and finite")
}

/// z of sleep to morning and of pain of the day to sleep; `None` where the engine finds no best fit.
pub(super) fn evidence(series: &Series, priors: &Priors) -> Option<[f64; 2]> {
    let spread = standardisation(series)?;
    let priors =
        priors.for_half_day(&series.sleep_measure, series.pain_measure, &spread, MeasurementError::Prior);
    let both = weigh(series, priors).ok()?;
    Some([both.sleep_to_pain.z, both.pain_to_sleep.z])
}
