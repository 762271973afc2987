//! Prints how often people are told of an arrow, rightly and wrongly, by the claim rule.
//!
//! usage: `cargo run --release -p nightmend-loop --example claim_rates -- REPLICATES`

#![expect(clippy::disallowed_macros, reason = "a tool for the workbench, not part of the crate")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Person, in_parallel};
use nightmend_domain::estimate::MeasurementError;
use nightmend_loop::claim::{self, CLEAR};
use nightmend_loop::{Priors, Series};

const DAYS: [usize; 4] = [30, 60, 90, 180];
const CARRY_OVER: [f64; 4] = [0.0, 0.4, 0.6, 0.8];
const ERRORS: [(&str, [f64; 2]); 3] =
    [("none", [0.0, 0.0]), ("0.4 h and 0.7 points", [0.4, 0.7]), ("0.9 h and 1.2 points", [0.9, 1.2])];

fn main() {
    let replicates = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    for (words, error) in ERRORS {
        println!("## Measurement error in truth: {words}");
        no_link(error, replicates);
        living(error, replicates);
        true_effects(error, replicates);
        the_other_arrow(error, replicates);
    }
}

fn weigh(series: &Series) -> [f64; 2] {
    let Some(spread) = series.standardisation() else { return [0.0; 2] };
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&series.sleep_measure, series.pain_measure, &spread, error);
    claim::weigh(series, priors).map_or([0.0; 2], |both| [both.sleep_to_pain.z, both.pain_to_sleep.z])
}

fn cell(person: Person, replicates: u64) -> Vec<[f64; 2]> {
    let seed = person.days as u64 * 1_000 + (person.carry_over * 10.0) as u64;
    in_parallel(replicates, |replicate| weigh(&person.live(seed, replicate)))
}

fn percent(all: &[[f64; 2]], told: impl Fn(&[f64; 2]) -> bool) -> f64 {
    100.0 * all.iter().filter(|z| told(z)).count() as f64 / all.len() as f64
}

fn no_link(error: [f64; 2], replicates: u64) {
    println!("no link, told of either arrow at {} (%), carry-over 0 / 0.4 / 0.6 / 0.8", CLEAR.archive);
    for days in DAYS {
        let row = CARRY_OVER.map(|carry_over| {
            let all = cell(Person { error, ..Person::without_link(days, carry_over) }, replicates);
            percent(&all, |z| z.iter().any(|z| z.abs() >= CLEAR.archive))
        });
        println!("  {days:3} days: {row:.1?}");
    }
}

fn living(error: [f64; 2], replicates: u64) {
    let row = CARRY_OVER.map(|carry_over| {
        let person = Person { error, ..Person::without_link(180, carry_over) };
        let ever = in_parallel(replicates, |replicate| {
            let series = person.live(99, replicate);
            let looks = CLEAR.looks.map(|look| weigh(&series.first_days(look)));
            looks.iter().flatten().any(|z| z.abs() >= CLEAR.living)
        });
        100.0 * ever.iter().filter(|told| **told).count() as f64 / ever.len() as f64
    });
    println!("no link, ever told at nights {:?} at {} (%): {row:.1?}", CLEAR.looks, CLEAR.living);
}

fn true_effects(error: [f64; 2], replicates: u64) {
    println!("carry-over 0.4, told rightly / with the wrong sign (%), sleep to pain then pain to sleep");
    for days in DAYS {
        print!("  {days:3} days:");
        for effect in [-0.3, 0.3, -0.15, 0.15] {
            for arrow in 0..2 {
                let mut person = Person { error, ..Person::without_link(days, 0.4) };
                if arrow == 0 {
                    person.sleep_to_pain = effect
                } else {
                    person.pain_to_sleep = effect
                }
                let all = cell(person, replicates);
                let right = percent(&all, |z| z[arrow] * effect > 0.0 && z[arrow].abs() >= CLEAR.archive);
                let wrong = percent(&all, |z| z[arrow] * effect < 0.0 && z[arrow].abs() >= CLEAR.archive);
                print!("  {effect:+.2}: {right:.0} / {wrong:.1}");
            }
        }
        println!();
    }
}

fn the_other_arrow(error: [f64; 2], replicates: u64) {
    println!("one arrow of -0.30 is real: told of the other (%), carry-over 0.4 and 0.7");
    for days in [90, 180, 365] {
        print!("  {days:3} days:");
        for carry_over in [0.4, 0.7] {
            for real in 0..2 {
                let mut person = Person { error, ..Person::without_link(days, carry_over) };
                if real == 0 {
                    person.sleep_to_pain = -0.3
                } else {
                    person.pain_to_sleep = -0.3
                }
                let all = cell(person, replicates);
                print!("  {:.1}", percent(&all, |z| z[1 - real].abs() >= CLEAR.archive));
            }
        }
        println!();
    }
}
