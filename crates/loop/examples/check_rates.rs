//! Prints how often each check that travels with an answer fails, for people whom the model describes and for others.
//!
//! usage: `cargo run --release -p nightmend-loop --example check_rates -- REPLICATES`

#![expect(clippy::disallowed_macros, reason = "a tool for the workbench, not part of the crate")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::collections::BTreeMap;

use common::{Person, START, in_parallel, series};
use nightmend_domain::estimate::MeasurementError;
use nightmend_infer::laplace;
use nightmend_infer::random::Stream;
use nightmend_loop::model::LoopDensity;
use nightmend_loop::{Priors, Series, checks};

fn main() {
    let replicates = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    for (name, spoil) in SPOILT {
        for days in [60, 90, 180] {
            print(&format!("{name}, {days} days"), days, spoil, replicates);
        }
    }
}

type Spoil = fn(&Series, &mut Stream) -> Series;

const SPOILT: [(&str, Spoil); 5] = [
    ("as the model has it", |life, _| life.clone()),
    ("pain 2 points higher from the middle on", |life, _| {
        let half = life.len() / 2;
        with_pain(life, |day, value| value.map(|value| if day < half { value } else { value + 2.0 }))
    }),
    ("half of the days blank after pain above 5", |life, stream| {
        let blank: Vec<bool> = (0..life.len())
            .map(|day| {
                let before = day.checked_sub(1).and_then(|before| life.pain()[before]);
                before.is_some_and(|value| value > 5.0) && stream.uniform() < 0.5
            })
            .collect();
        with_pain(life, |day, value| value.filter(|_| !blank[day]))
    }),
    ("flares of 4 points on one day in 15", |life, stream| {
        let flare: Vec<bool> = (0..life.len()).map(|_| stream.uniform() < 1.0 / 15.0).collect();
        with_pain(life, |day, value| value.map(|value| if flare[day] { value + 4.0 } else { value }))
    }),
    ("pain three points lower, clipped at 0", |life, _| {
        with_pain(life, |_, value| value.map(|value| (value - 3.0).max(0.0)))
    }),
];

fn with_pain(life: &Series, change: impl Fn(usize, Option<f64>) -> Option<f64>) -> Series {
    let pain = life.pain().iter().enumerate().map(|(day, value)| change(day, *value)).collect();
    series(START, life.sleep().to_vec(), pain)
}

fn print(title: &str, days: usize, spoil: Spoil, replicates: u64) {
    let all = in_parallel(replicates, |replicate| {
        let person = Person { sleep_to_pain: -0.15, ..Person::without_link(days, 0.4) };
        let life = spoil(&person.live(31, replicate), &mut Stream::new(32, replicate));
        failed(&life)
    });
    let mut counts: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for (name, passed) in all.iter().flatten() {
        let [failed, seen] = counts.entry(name).or_default();
        *failed += u32::from(!passed);
        *seen += 1;
    }
    println!("## {title}");
    for (name, [failed, seen]) in counts {
        println!("  {name}: {:.1} % of {seen}", 100.0 * f64::from(failed) / f64::from(seen));
    }
}

/// Inspects a life at the mode, which stands in for the posterior mean.
fn failed(life: &Series) -> Vec<(&'static str, bool)> {
    let spread = life.standardisation().expect("it varies");
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, &spread, error);
    let mut density = LoopDensity::new(life, &spread, priors);
    let (start, scale) = (priors.parameters.map(|prior| prior.mean), priors.parameters.map(|prior| prior.sd));
    let Ok((mode, _)) = laplace::climb(&mut density, &start, &scale) else { return Vec::new() };
    let findings = checks::inspect(life, &spread, priors, &mode);
    findings.into_iter().map(|finding| (finding.check.name, finding.check.passed)).collect()
}
