//! Simulates people by the thousand and asks the engine what the data say about them.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::date;
use nightmend_domain::Moment;
use nightmend_domain::estimate::MeasurementError;
use nightmend_loop::claim::{self, BothArrows};
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};
use nightmend_sim::{DailySeries, PlantedLoop, Seed};

/// Lives `days` days of a planted loop.
///
/// # Panics
/// Panics for a loop that cannot be: the cells of the tables are written down here and all can.
pub(super) fn live(planted: &PlantedLoop, days: usize, seed: Seed) -> DailySeries {
    planted.series(days, seed).expect("every cell of the tables is a loop that settles")
}

/// The record as the engine takes it: diary hours and whole points of pain, from a Monday on.
pub(super) fn as_series(record: &DailySeries) -> Series {
    let first_date = date(2024, 1, 1);
    let columns = Columns {
        first_date,
        sleep: record.sleep_hours.clone(),
        pain: record.pain.clone(),
        weekend: weekend_flags(first_date, record.sleep_hours.len()),
    };
    Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
        .expect("simulated columns are of one length and finite")
}

/// z of both arrows, sleep to pain first; `None` where the engine finds no best fit, so that nobody is told.
pub(super) fn evidence(series: &Series, priors: &Priors) -> Option<[f64; 2]> {
    let spread = series.standardisation()?;
    let priors =
        priors.for_series(&series.sleep_measure, series.pain_measure, &spread, MeasurementError::Prior);
    let BothArrows { sleep_to_pain, pain_to_sleep } = claim::weigh(series, priors).ok()?;
    Some([sleep_to_pain.z, pain_to_sleep.z])
}

/// Does `work` for every number below `count` and returns the results in order, whatever the number of threads.
pub(super) fn for_each<T: Send>(count: u64, threads: NonZeroUsize, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            done.push((number, work(number)));
        }
    };
    let mut all: Vec<(u64, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no worker panics")).collect()
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, result)| result).collect()
}
