//! Prints how long a fit with its states written out takes and how well it mixes.
//!
//! `cargo run --release -p nightmend-loop --example bounded_speed`

#![expect(clippy::disallowed_macros, reason = "an example prints its table")]
#![expect(clippy::disallowed_methods, reason = "an example looks at the clock")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::Person;
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::LoopOutcome;
use nightmend_loop::{Innovations, LoopSettings, PainModel, Seed, fit};

fn main() {
    println!("| form | days | seconds | rhat | smallest bulk and tail ESS of 4,000 | divergences |");
    println!("|---|---|---|---|---|---|");
    for days in [30, 90, 180, 365] {
        let person = Person { sleep_to_pain: -0.3, error: [0.3, 0.5], ..Person::without_link(days, 0.4) };
        let life = person.live(61, 0);
        for (name, pain_model, innovations) in [
            ("Gaussian", PainModel::Gaussian, Innovations::Gaussian),
            ("ordered", PainModel::Ordinal, Innovations::Gaussian),
            ("Student-t", PainModel::Gaussian, Innovations::Student),
            ("both", PainModel::Ordinal, Innovations::Student),
        ] {
            let settings = LoopSettings { pain_model, innovations, ..LoopSettings::default() };
            let start = Instant::now();
            let LoopOutcome::Estimated(estimate) =
                fit(&life, &settings, Seed(1), &NoProgress).expect("a fit")
            else {
                panic!("no number");
            };
            let seconds = start.elapsed().as_secs_f64();
            let d = &estimate.diagnostics;
            println!(
                "| {name} | {days} | {seconds:.2} | {:.3} | {:.0}, {:.0} | {} |",
                d.rhat_max, d.ess_bulk_min, d.ess_tail_min, d.divergences
            );
        }
    }
}
