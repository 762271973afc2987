//! Makes people with a known loop for the tests of this crate; written apart from the model that is tested.

#![allow(dead_code, reason = "every test file uses its own part")]

pub mod bounded;

use jiff::civil::{Date, date};
use nightmend_domain::Moment;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::{PainMeasure, Series, SleepMeasure};

/// A Monday.
pub const START: Date = date(2024, 1, 1);

/// A person whose loop is known, in standard deviations of sleep (1.1 hours) and pain (1.5 points).
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub days: usize,
    pub carry_over: f64,
    pub sleep_to_pain: f64,
    pub pain_to_sleep: f64,
    /// Standard deviations of what is written down around what was: hours and points.
    pub error: [f64; 2],
}

impl Person {
    /// Someone without any link.
    pub fn without_link(days: usize, carry_over: f64) -> Self {
        Self { days, carry_over, sleep_to_pain: 0.0, pain_to_sleep: 0.0, error: [0.0; 2] }
    }

    /// Lives the days: whole points of pain from 0 to 10, a tenth of the values missing, 100 days to settle.
    pub fn live(&self, seed: u64, replicate: u64) -> Series {
        let mut stream = Stream::new(seed, replicate);
        let innovation = (1.0 - self.carry_over * self.carry_over).sqrt();
        let (mut sleep, mut pain) = (0.0, 0.0);
        let (mut nights, mut scores) = (Vec::new(), Vec::new());
        for day in 0..self.days + 100 {
            sleep = self.carry_over * sleep + self.pain_to_sleep * pain + innovation * stream.normal();
            pain = self.carry_over * pain + self.sleep_to_pain * sleep + innovation * stream.normal();
            let hours = 6.8 + 1.1 * sleep + self.error[0] * stream.normal();
            let score = (4.0 + 1.5 * pain + self.error[1] * stream.normal()).round().clamp(0.0, 10.0);
            let (night_kept, day_kept) = (stream.uniform() > 0.1, stream.uniform() > 0.1);
            if day >= 100 {
                nights.push(night_kept.then_some(hours));
                scores.push(day_kept.then_some(score));
            }
        }
        series(START, nights, scores)
    }
}

/// Diary hours and points of pain on waking, as a series.
pub fn series(first_date: Date, sleep: Vec<Option<f64>>, pain: Vec<Option<f64>>) -> Series {
    let weekend = weekend_flags(first_date, sleep.len());
    let columns = Columns { first_date, sleep, pain, weekend };
    Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "back pain".to_owned(), Moment::Waking)
        .expect("a sound series")
}

/// Runs `work` for every number on two threads and hands the results back in order.
pub fn in_parallel<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let halves: Vec<Vec<(u64, T)>> = std::thread::scope(|scope| {
        let run = |start: u64| (start..count).step_by(2).map(|number| (number, work(number))).collect();
        let workers: Vec<_> = (0..2).map(|start| scope.spawn(move || run(start))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).collect()
    });
    let mut all: Vec<(u64, T)> = halves.into_iter().flatten().collect();
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, result)| result).collect()
}

/// A person who reports pain on waking and again at bedtime, in standard deviations as above.
#[derive(Debug, Clone, Copy)]
pub struct HalfDayPerson {
    pub days: usize,
    /// Carry-over of sleep from night to night and of pain from bedtime to bedtime.
    pub carry_over: f64,
    pub sleep_to_morning: f64,
    pub sleep_to_day: f64,
    pub pain_to_sleep: f64,
    /// Standard deviations of what is written down around what was: hours and points.
    pub error: [f64; 2],
}

impl HalfDayPerson {
    /// Someone without any link.
    pub fn without_link(days: usize, carry_over: f64) -> Self {
        Self {
            days,
            carry_over,
            sleep_to_morning: 0.0,
            sleep_to_day: 0.0,
            pain_to_sleep: 0.0,
            error: [0.0; 2],
        }
    }

    /// Lives the days: whole points, mornings a third of a point worse, a tenth missing, 100 days to settle.
    pub fn live(&self, seed: u64, replicate: u64) -> Series {
        let mut stream = Stream::new(seed, replicate);
        let half = self.carry_over.sqrt();
        let (night_new, half_new) = ((1.0 - self.carry_over.powi(2)).sqrt(), (1.0 - half * half).sqrt());
        let (mut sleep, mut day_pain) = (0.0, 0.0);
        let (mut nights, mut mornings, mut evenings) = (Vec::new(), Vec::new(), Vec::new());
        for day in 0..self.days + 100 {
            sleep = self.carry_over * sleep + self.pain_to_sleep * day_pain + night_new * stream.normal();
            let morning = half * day_pain + self.sleep_to_morning * sleep + half_new * stream.normal();
            day_pain = half * morning + self.sleep_to_day * sleep + half_new * stream.normal();
            let mut kept = |value: f64| (stream.uniform() > 0.1).then_some(value);
            let hours = kept(6.8 + 1.1 * sleep);
            let (first, second) = (kept(4.3 + 1.5 * morning), kept(4.0 + 1.5 * day_pain));
            let score = |value: Option<f64>, noise: f64| {
                value.map(|value| (value + self.error[1] * noise).round().clamp(0.0, 10.0))
            };
            let noise = [stream.normal(), stream.normal(), stream.normal()];
            if day >= 100 {
                nights.push(hours.map(|hours| hours + self.error[0] * noise[0]));
                mornings.push(score(first, noise[1]));
                evenings.push(score(second, noise[2]));
            }
        }
        series(START, nights, mornings).with_evening(evenings, Moment::Bedtime).expect("a sound series")
    }
}
