//! Writes a simulated 90-day series and its priors for the independent oracle, and prints the engine's own posterior.
//!
//! usage: `cargo run --release -p nightmend-loop --example oracle_case -- FOLDER`, then
//! `oracle_numpyro.py FOLDER/series.csv FOLDER/priors.json`

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a tool for the workbench, not part of the crate"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::Person;
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{LoopOutcome, MeasurementError};
use nightmend_infer::nuts::NutsSettings;
use nightmend_loop::{LoopSettings, Priors, Seed, fit};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let person = Person {
        sleep_to_pain: -0.3,
        pain_to_sleep: -0.1,
        error: [0.3, 0.4],
        ..Person::without_link(90, 0.35)
    };
    let series = person.live(2024, 0);
    let spread = series.standardisation().expect("it varies");
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&series.sleep_measure, series.pain_measure, &spread, error);
    let mut table = "sleep,pain,weekend\n".to_owned();
    for ((night, day), off) in series.sleep().iter().zip(series.pain()).zip(series.weekend()) {
        let cell = |value: &Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let _ = writeln!(table, "{},{},{}", cell(night), cell(day), u8::from(*off));
    }
    std::fs::write(Path::new(&folder).join("series.csv"), table)?;
    std::fs::write(Path::new(&folder).join("priors.json"), priors.oracle_json())?;
    // More draws than usual, so that the comparison is limited by the oracle's Monte-Carlo error.
    let settings = LoopSettings {
        nuts: NutsSettings { draws: 5_000, ..NutsSettings::default() },
        ..LoopSettings::default()
    };
    if let LoopOutcome::Estimated(estimate) = fit(&series, &settings, Seed(1), &NoProgress).expect("a fit") {
        for row in &estimate.parameters {
            println!("{:12} mean {:8.4}  sd {:.4}", row.name, row.mean, row.sd);
        }
    }
    Ok(())
}
