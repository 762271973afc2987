//! Writes a simulated series and its priors for the independent engines, and prints the engine's own posterior.
//!
//! usage: `cargo run --release -p nightmend-loop --example oracle_case -- FOLDER [--days N] [--half-day]` writes
//! FOLDER/series.csv and FOLDER/priors.json and fits with many draws; with `--timed` nothing is written: the series in
//! FOLDER is read back and fitted once with the settings that are shipped, as the peers in `docs/validation/peers` do.
//! Both print one JSON document, of the form that those scripts print.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a tool for the workbench, not part of the crate"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use common::{HalfDayPerson, Person, START, series};
use nightmend_domain::estimate::{LoopOutcome, MeasurementError};
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::nuts::NutsSettings;
use nightmend_loop::{Form, LoopSettings, Priors, Seed, Series, fit, half_day};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut days, mut is_half_day, mut timed) = (".".to_owned(), 90, false, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--days" => days = arguments.next().ok_or("--days needs a number after it")?.parse()?,
            "--half-day" => is_half_day = true,
            "--timed" => timed = true,
            _ => folder = argument,
        }
    }
    let folder = Path::new(&folder);
    let life = if timed { read(folder, is_half_day)? } else { live(days, is_half_day) };
    if !timed {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("series.csv"), table(&life))?;
        std::fs::write(folder.join("priors.json"), priors(&life))?;
    }
    let mut settings = LoopSettings {
        form: if is_half_day { Form::HalfDay } else { Form::OnePain },
        ..LoopSettings::default()
    };
    if !timed {
        // More draws than usual, so that a comparison is limited by the other engine's Monte-Carlo error.
        settings.nuts = NutsSettings { draws: 5_000, ..settings.nuts };
    }
    let LoopOutcome::Estimated(estimate) = fit(&life, &settings, Seed(1), &NoProgress)? else {
        return Err("there is nothing to put a number on".into());
    };
    let rows: Vec<String> = estimate
        .parameters
        .iter()
        .map(|row| {
            let (name, mean, sd, ess, rhat) = (&row.name, row.mean, row.sd, row.ess_bulk, row.rhat);
            format!("\"{name}\": {{\"mean\": {mean}, \"sd\": {sd}, \"ess\": {ess}, \"rhat\": {rhat}}}")
        })
        .collect();
    println!(
        "{{\"engine\": \"nightmend\", \"version\": \"{}\", \"seconds\": {{}}, \"parameters\": {{{}}}}}",
        estimate.provenance.engine,
        rows.join(", ")
    );
    Ok(())
}

/// A strong loop, noisily written down.
fn live(days: usize, is_half_day: bool) -> Series {
    const ERROR: [f64; 2] = [0.3, 0.4];
    if is_half_day {
        let person = HalfDayPerson {
            sleep_to_morning: -0.3,
            sleep_to_day: 0.05,
            pain_to_sleep: -0.1,
            error: ERROR,
            ..HalfDayPerson::without_link(days, 0.35)
        };
        return person.live(2024, 0);
    }
    let person =
        Person { sleep_to_pain: -0.3, pain_to_sleep: -0.1, error: ERROR, ..Person::without_link(days, 0.35) };
    person.live(2024, 0)
}

fn priors(life: &Series) -> String {
    let (built_in, error) = (Priors::built_in(), MeasurementError::Prior);
    let (sleep, pain) = (&life.sleep_measure, life.pain_measure);
    if life.evening().is_empty() {
        let spread = life.standardisation().expect("it varies");
        built_in.for_series(sleep, pain, &spread, error).oracle_json()
    } else {
        let spread = half_day::standardisation(life).expect("it varies");
        built_in.for_half_day(sleep, pain, &spread, error).oracle_json()
    }
}

fn table(life: &Series) -> String {
    let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let head = if life.evening().is_empty() { "sleep,pain,weekend" } else { "sleep,morning,day,weekend" };
    let mut table = format!("{head}\n");
    for day in 0..life.len() {
        let later = life.evening().get(day).map_or(String::new(), |value| format!("{},", cell(*value)));
        let (night, pain) = (cell(life.sleep()[day]), cell(life.pain()[day]));
        let _ = writeln!(table, "{night},{pain},{later}{}", u8::from(life.weekend()[day]));
    }
    table
}

/// Reads back what [`table`] wrote; weekends follow from the first date, which is always the same.
fn read(folder: &Path, is_half_day: bool) -> Result<Series, Box<dyn Error>> {
    let text = std::fs::read_to_string(folder.join("series.csv"))?;
    let mut columns: [Vec<Option<f64>>; 3] = Default::default();
    for line in text.lines().skip(1) {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(if cell.is_empty() { None } else { Some(cell.parse()?) });
        }
    }
    let [sleep, pain, later] = columns;
    let life = series(START, sleep, pain);
    Ok(if is_half_day { life.with_evening(later, Moment::Bedtime)? } else { life })
}
