//! Prints what taking things into account does to what people are told: covariates, two channels of a night, wandering
//! levels.
//!
//! usage: `cargo run --release -p nightmend-loop --example beside_rates -- covariates|channels|level PEOPLE`

#![expect(clippy::disallowed_macros, reason = "a tool for the workbench, not part of the crate")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{in_parallel, series};
use nightmend_infer::random::Stream;
use nightmend_loop::beside::{Channel, Covariate, Said, weigh_one_pain};
use nightmend_loop::claim::{BothArrows, CLEAR};
use nightmend_loop::{Level, LoopSettings, Series, SleepMeasure};

/// A person whose evenings matter, in standard deviations.
#[derive(Clone, Copy)]
struct Person {
    days: usize,
    carry_over: f64,
    sleep_to_pain: f64,
    /// What one SD of stress does to the night after it and to the next day's pain.
    stress: [f64; 2],
    /// How many columns that mean nothing are written down beside it.
    beside: usize,
    /// Pain is this much higher from the middle on.
    step: f64,
    /// Errors of the diary and of a device, in hours; of pain, in points.
    error: [f64; 3],
}

const PLAIN: Person = Person {
    days: 90,
    carry_over: 0.4,
    sleep_to_pain: 0.0,
    stress: [0.0; 2],
    beside: 0,
    step: 0.0,
    error: [0.0; 3],
};

fn main() {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let people = words.next().and_then(|text| text.parse().ok()).unwrap_or(200);
    match what.as_str() {
        "channels" => channels(people),
        "level" => level(people),
        _ => covariates(people),
    }
}

fn covariates(people: u64) {
    println!(
        "told at {} (%): sleep to pain, pain to sleep; without / with what is written down",
        CLEAR.archive
    );
    for days in [90, 180] {
        for carry_over in [0.4, 0.8] {
            let cell = |person: Person| Person { days, carry_over, ..person };
            let beside = |beside| Person { beside, ..PLAIN };
            let stressed = |sleep_to_pain| Person { sleep_to_pain, stress: [-0.4, 0.4], ..PLAIN };
            for (name, person) in [
                ("no link, five columns that mean nothing", beside(5)),
                ("no link, stress moves both", stressed(0.0)),
                ("sleep to pain -0.3, stress moves both", stressed(-0.3)),
                (
                    "sleep to pain -0.3, five columns that mean nothing",
                    Person { sleep_to_pain: -0.3, ..beside(5) },
                ),
            ] {
                let all = in_parallel(people, |replicate| {
                    let with = live(&cell(person), 900, replicate);
                    let without = with.clone().with_covariates(Vec::new()).expect("none");
                    [without, with].map(|life| weighed(&life, Level::Linear))
                });
                let row = [0, 1].map(|which| told(all.iter().map(|both| both[which])));
                println!("  {days} days, carry-over {carry_over}, {name}: {row:.1?}");
            }
        }
    }
}

fn channels(people: u64) {
    println!("sleep to pain -0.3, carry-over 0.4, device half an hour long; one channel (device) / both");
    for days in [90, 180] {
        for effect in [0.0, -0.3] {
            let person = Person { days, sleep_to_pain: effect, error: [0.5, 0.7, 0.5], ..PLAIN };
            let all = in_parallel(people, |replicate| {
                let both = live(&person, 901, replicate);
                let one = both.clone().with_channels(Vec::new()).expect("none");
                [one, both].map(|life| weighed(&life, Level::Linear))
            });
            for (which, name) in ["device alone", "with the diary"].into_iter().enumerate() {
                let found = || all.iter().filter_map(|both| both[which]);
                let mean =
                    found().map(|both| both.sleep_to_pain.effect.mean).sum::<f64>() / found().count() as f64;
                let error = found().map(|both| (both.sleep_to_pain.effect.mean - mean).powi(2)).sum::<f64>();
                println!(
                    "  {days} days, effect {effect}, {name}: told {:.1?} %, estimate {mean:.3} (SD {:.3})",
                    told(all.iter().map(|both| both[which])),
                    (error / found().count() as f64).sqrt()
                );
            }
        }
    }
}

fn level(people: u64) {
    println!("told at {} (%): sleep to pain, pain to sleep; linear / local level", CLEAR.archive);
    for days in [90, 180] {
        for (name, person) in [
            ("no link, carry-over 0.8", Person { carry_over: 0.8, ..PLAIN }),
            ("no link, pain 2 points higher from the middle on", Person { step: 2.0, ..PLAIN }),
            ("sleep to pain -0.3", Person { sleep_to_pain: -0.3, ..PLAIN }),
            (
                "sleep to pain -0.3, pain 2 points higher from the middle on",
                Person { sleep_to_pain: -0.3, step: 2.0, ..PLAIN },
            ),
        ] {
            let all = in_parallel(people, |replicate| {
                let life = live(&Person { days, ..person }, 902, replicate);
                [Level::Linear, Level::Local].map(|level| weighed(&life, level))
            });
            let row = [0, 1].map(|which| told(all.iter().map(|both| both[which])));
            println!("  {days} days, {name}: {row:.1?}");
        }
    }
}

fn weighed(life: &Series, level: Level) -> Option<BothArrows> {
    weigh_one_pain(life, &LoopSettings { level, ..LoopSettings::default() }).ok()
}

/// Returns how many (%) are told of each arrow.
fn told(all: impl Iterator<Item = Option<BothArrows>>) -> [f64; 2] {
    let all: Vec<Option<BothArrows>> = all.collect();
    let share = |z: fn(&BothArrows) -> f64| {
        let past =
            |both: &&Option<BothArrows>| both.as_ref().is_some_and(|both| z(both).abs() >= CLEAR.archive);
        100.0 * all.iter().filter(past).count() as f64 / all.len() as f64
    };
    [share(|both| both.sleep_to_pain.z), share(|both| both.pain_to_sleep.z)]
}

/// Lives the days: hours of a device as the main channel and of a diary beside it, whole points, a tenth missing.
fn live(person: &Person, seed: u64, replicate: u64) -> Series {
    let mut stream = Stream::new(seed + person.days as u64, replicate);
    let innovation = (1.0 - person.carry_over * person.carry_over).sqrt();
    let (mut night, mut pain, mut stress) = (0.0, 0.0, 0.0);
    let (mut device, mut diary, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns: Vec<Vec<Option<f64>>> = vec![Vec::new(); person.beside + 1];
    for day in 0..person.days + 100 {
        let [on_night, on_pain] = person.stress;
        night = person.carry_over * night + on_night * stress + innovation * stream.normal();
        pain = person.carry_over * pain
            + person.sleep_to_pain * night
            + on_pain * stress
            + innovation * stream.normal();
        stress = 0.5 * stress + 0.75_f64.sqrt() * stream.normal();
        let step = if day >= 100 + person.days / 2 { person.step } else { 0.0 };
        let hours = 6.8 + 1.1 * night;
        let values = [
            hours + 0.5 + person.error[1] * stream.normal(),
            hours + person.error[0] * stream.normal(),
            (3.5 + 1.5 * pain + step + person.error[2] * stream.normal()).round().clamp(0.0, 10.0),
        ];
        let kept = values.map(|value| (stream.uniform() > 0.1).then_some(value));
        let others: Vec<f64> = (0..person.beside).map(|_| stream.normal()).collect();
        if day >= 100 {
            device.push(kept[0]);
            diary.push(kept[1]);
            scores.push(kept[2]);
            for (column, value) in columns.iter_mut().zip(std::iter::once(stress).chain(others)) {
                column.push((stream.uniform() > 0.03).then_some(value));
            }
        }
    }
    let mut life = series(common::START, device, scores);
    life.sleep_measure = SleepMeasure::HoursDevice;
    let covariate = |(place, values)| Covariate {
        name: format!("number {place}"),
        unit: None,
        said: Said::Evening,
        values,
    };
    let life = life.with_covariates(columns.into_iter().enumerate().map(covariate).collect()).expect("sound");
    if person.error[0] > 0.0 {
        life.with_channels(vec![Channel { measure: SleepMeasure::HoursDiary, values: diary }]).expect("sound")
    } else {
        life
    }
}
