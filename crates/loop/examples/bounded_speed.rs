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
use nightmend_infer::random::Stream;
use nightmend_loop::beside::{Channel, Covariate, Said};
use nightmend_loop::{Innovations, Level, LoopSettings, PainModel, Seed, Series, SleepMeasure, fit};

fn main() {
    println!(
        "| form | beside the loop | days | seconds | rhat | smallest bulk and tail ESS of 4,000 | divergences |"
    );
    println!("|---|---|---|---|---|---|---|");
    for days in [30, 90, 180, 365] {
        let person = Person { sleep_to_pain: -0.3, error: [0.3, 0.5], ..Person::without_link(days, 0.4) };
        let life = person.live(61, 0);
        line("nothing", &life, &LoopSettings::default());
        let life = with_much_beside(life);
        line("5 covariates and a device", &life, &LoopSettings::default());
        if days == 90 {
            let local = LoopSettings { level: Level::Local, ..LoopSettings::default() };
            line("5 covariates, a device and levels that wander", &life, &local);
        }
    }
}

/// Adds five covariates that say nothing, known on nine days of ten, and a device that errs by 0.4 hours.
fn with_much_beside(life: Series) -> Series {
    let mut stream = Stream::new(62, 0);
    let days = life.len();
    let covariates = ["stress", "alcohol", "caffeine", "painkiller", "activity"].map(|name| Covariate {
        name: name.to_owned(),
        unit: Some("point".to_owned()),
        said: if name == "activity" { Said::Day } else { Said::Evening },
        values: (0..days)
            .map(|_| {
                let value = (4.0 + 2.0 * stream.normal()).round();
                (stream.uniform() > 0.1).then_some(value)
            })
            .collect(),
    });
    let told = life.sleep().iter().map(|hours| hours.map(|hours| hours + 0.3 + 0.4 * stream.normal()));
    let device = Channel { measure: SleepMeasure::HoursDevice, values: told.collect() };
    life.with_covariates(covariates.to_vec())
        .and_then(|life| life.with_channels(vec![device]))
        .expect("a sound series")
}

fn line(beside: &str, life: &Series, settings: &LoopSettings) {
    for (name, pain_model, innovations) in [
        ("Gaussian", PainModel::Gaussian, Innovations::Gaussian),
        ("ordered", PainModel::Ordinal, Innovations::Gaussian),
        ("Student-t", PainModel::Gaussian, Innovations::Student),
        ("both", PainModel::Ordinal, Innovations::Student),
    ] {
        let settings = LoopSettings { pain_model, innovations, ..settings.clone() };
        let start = Instant::now();
        let LoopOutcome::Estimated(estimate) = fit(life, &settings, Seed(1), &NoProgress).expect("a fit")
        else {
            panic!("no number");
        };
        let (seconds, days) = (start.elapsed().as_secs_f64(), life.len());
        let d = &estimate.diagnostics;
        println!(
            "| {name} | {beside} | {days} | {seconds:.2} | {:.3} | {:.0}, {:.0} | {} |",
            d.rhat_max, d.ess_bulk_min, d.ess_tail_min, d.divergences
        );
    }
}
