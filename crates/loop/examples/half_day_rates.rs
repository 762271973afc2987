//! Prints how often people who report pain twice a day are told of an arrow, rightly and wrongly.
//!
//! usage: `cargo run --release -p nightmend-loop --example half_day_rates -- REPLICATES`

#![expect(clippy::disallowed_macros, reason = "a tool for the workbench, not part of the crate")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{HalfDayPerson, in_parallel};
use nightmend_domain::estimate::MeasurementError;
use nightmend_loop::half_day::claim::{CLEAR_HALF_DAY, weigh};
use nightmend_loop::half_day::standardisation;
use nightmend_loop::{Priors, Series};

const DAYS: [usize; 3] = [70, 90, 180];
const ERRORS: [(&str, [f64; 2]); 2] = [("none", [0.0, 0.0]), ("0.4 h and 0.7 points", [0.4, 0.7])];

fn main() {
    let replicates = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    for (words, error) in ERRORS {
        println!("## Measurement error in truth: {words}");
        for carry_over in [0.0, 0.4, 0.6, 0.8] {
            let person = |days| HalfDayPerson { error, ..HalfDayPerson::without_link(days, carry_over) };
            print!("no link, carry-over {carry_over}: either (%) at 2.4 / 2.6 / 2.8:");
            for days in DAYS {
                let all = cell(person(days), replicates);
                let told = |at: f64| percent(&all, |z| z.iter().any(|z| z.abs() >= at));
                print!("  {days} days {:.1} / {:.1} / {:.1}", told(2.4), told(2.6), told(2.8));
            }
            let ever = in_parallel(replicates, |replicate| {
                let life = person(180).live(99, replicate);
                CLEAR_HALF_DAY
                    .looks
                    .iter()
                    .flat_map(|look| z(&life.known_at_look(*look)))
                    .any(|z| z.abs() >= CLEAR_HALF_DAY.living)
            });
            let ever = 100.0 * ever.iter().filter(|told| **told).count() as f64 / ever.len() as f64;
            println!("  living record {ever:.1}");
        }
        for effect in [-0.3, 0.3] {
            for arrow in 0..2 {
                print!("{} {effect:+.1}, carry-over 0.4: right / wrong (%)", ["b_sm", "b_ps"][arrow]);
                for days in DAYS {
                    let mut person = HalfDayPerson { error, ..HalfDayPerson::without_link(days, 0.4) };
                    *[&mut person.sleep_to_morning, &mut person.pain_to_sleep][arrow] = effect;
                    let all = cell(person, replicates);
                    let clear = CLEAR_HALF_DAY.archive;
                    let right = percent(&all, |z| z[arrow] * effect > 0.0 && z[arrow].abs() >= clear);
                    let wrong = percent(&all, |z| z[arrow] * effect < 0.0 && z[arrow].abs() >= clear);
                    let other = percent(&all, |z| z[1 - arrow].abs() >= clear);
                    print!("  {days} days {right:.0} / {wrong:.1} (the other {other:.1})");
                }
                println!();
            }
        }
    }
}

fn z(series: &Series) -> [f64; 2] {
    let Some(spread) = standardisation(series) else { return [0.0; 2] };
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_half_day(&series.sleep_measure, series.pain_measure, &spread, error);
    weigh(series, priors).map_or([0.0; 2], |both| [both.sleep_to_pain.z, both.pain_to_sleep.z])
}

fn cell(person: HalfDayPerson, replicates: u64) -> Vec<[f64; 2]> {
    let seed = person.days as u64 * 1_000 + (person.carry_over * 10.0) as u64;
    in_parallel(replicates, |replicate| z(&person.live(seed, replicate)))
}

fn percent(all: &[[f64; 2]], told: impl Fn(&[f64; 2]) -> bool) -> f64 {
    100.0 * all.iter().filter(|z| told(z)).count() as f64 / all.len() as f64
}
