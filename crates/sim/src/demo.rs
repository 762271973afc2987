//! Describes the made-up person of `nightmend demo` and writes the exports that this person would have.

use jiff::civil::{Date, date};
use nightmend_domain::Zone;

use crate::exports::{ExportFile, diary_csv, fitbit};
use crate::observe::{Habits, ObservedDay, observe};
use crate::person::{Person, PersonParameters};
use crate::random::Seed;

/// Nights of the demo.
pub const DEMO_NIGHTS: usize = 120;
/// Seed of the demo: the first number there is, not one that was searched for.
pub const DEMO_SEED: u64 = 1;
/// The zone in which the demo person lives; the clocks go forward within the 120 nights.
pub const DEMO_ZONE: &str = "Europe/London";
/// The first waking date of the demo.
pub const DEMO_FIRST_DATE: Date = date(2025, 1, 13);
/// The source of the demo's diary.
pub const DEMO_DIARY_SOURCE: &str = "simulated diary";
/// The source of the demo's device.
pub const DEMO_DEVICE_SOURCE: &str = "simulated fitbit";
/// The person under whom the demo's records are filed.
pub const DEMO_PERSON: &str = "simulated person";

/// Nights in one file of the device's export.
const NIGHTS_PER_FILE: usize = 30;

/// The truth about the demo person.
///
/// Sleep 6.6 h a night (SD 1.2 h); pain 4.3 at bedtime and half a point more on waking (SD of both about 1.4
/// points). **An hour less sleep goes with half a point more pain on waking** and, by both ways together, 0.475
/// points more at bedtime. The way back is weak: a point of bedtime pain takes three and a half minutes (0.06 h) off
/// the night. In SDs that is −0.41 and −0.07. The first is strong for a person (mean −0.16, SD 0.16 between persons
/// in 131 adults with chronic pain), so that 120 nights usually suffice to tell it; the second is ordinary and too
/// small for 120 nights: so the demo shows both answers. By least squares on 400 other seeds, |z| ≥ 2.6 tells the
/// first in 97 % (waking) and 87 % (bedtime) of simulated records and the second in 2 %.
#[must_use]
pub const fn demo_parameters() -> PersonParameters {
    PersonParameters {
        mean_sleep_hours: 6.6,
        mean_pain: 4.3,
        waking_pain_above: 0.5,
        sleep_autoregression: 0.15,
        pain_carried_over_night: 0.5,
        pain_carried_over_day: 0.75,
        sleep_to_waking_pain: -0.5,
        sleep_to_bedtime_pain: -0.1,
        pain_to_sleep: -0.06,
        sleep_innovation_sd: 1.15,
        waking_innovation_sd: 1.0,
        bedtime_innovation_sd: 0.9,
        innovation_correlation: 0.0,
        weekend_sleep_hours: 0.4,
        weekend_pain: -0.2,
        sleep_trend_per_30_days: 0.0,
        pain_trend_per_30_days: -0.1,
    }
}

/// The records of the demo person.
#[must_use]
pub fn demo_days(seed: u64) -> Vec<ObservedDay> {
    demo_days_of(DEMO_NIGHTS, seed)
}

/// The records of the demo person over another number of nights: other nights, not the same with some added, for the
/// trend turns about their middle.
///
/// # Panics
/// Never: parameters and zone are constants that a test checks.
#[must_use]
pub fn demo_days_of(nights: usize, seed: u64) -> Vec<ObservedDay> {
    let person = Person::new(demo_parameters()).expect("the demo person is a person");
    let seed = Seed::new(seed);
    observe(&person.course(nights, DEMO_FIRST_DATE, seed), &demo_habits(), seed)
}

/// The files that the demo person would have: a diary, and a device's export in files of thirty nights.
///
/// ```
/// let files = nightmend_sim::demo_exports(nightmend_sim::DEMO_SEED);
/// assert_eq!(files[0].path, "simulated-diary.csv");
/// assert!(files.iter().all(|file| file.source.starts_with("simulated")));
/// ```
#[must_use]
pub fn demo_exports(seed: u64) -> Vec<ExportFile> {
    demo_exports_of(DEMO_NIGHTS, seed)
}

/// The same for another number of nights.
#[must_use]
pub fn demo_exports_of(nights: usize, seed: u64) -> Vec<ExportFile> {
    let days = demo_days_of(nights, seed);
    let zone = demo_habits().zone;
    let diary = ExportFile {
        path: "simulated-diary.csv".to_owned(),
        source: DEMO_DIARY_SOURCE,
        bytes: diary_csv::diary_csv(&days),
    };
    let all: Vec<_> = fitbit::sleep_files(&days, &zone, fitbit::Format::Stages, NIGHTS_PER_FILE);
    let device = all.into_iter().map(|(first, bytes)| ExportFile {
        path: format!("simulated-fitbit/sleep-{first}.json"),
        source: DEMO_DEVICE_SOURCE,
        bytes,
    });
    std::iter::once(diary).chain(device).collect()
}

fn demo_habits() -> Habits {
    Habits::ordinary(Zone::named(DEMO_ZONE).expect("the bundle knows London"))
}
