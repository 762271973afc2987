//! Prints how often people without a link are told of one when scores sit at an end of their scale or pain flares, and how
//! often a true arrow is found.
//!
//! `cargo run --release -p nightmend-loop --example bounded_rates -- 1000`

#![expect(clippy::disallowed_macros, reason = "an example prints its table")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{START, in_parallel};
use nightmend_domain::Moment;
use nightmend_domain::estimate::MeasurementError;
use nightmend_infer::random::Stream;
use nightmend_loop::claim::{CLEAR, weigh};
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};

/// What is written down of latent pain (standard normal).
#[derive(Clone, Copy)]
struct Scores {
    name: &'static str,
    measure: PainMeasure,
    /// Turns latent pain into a score.
    written: fn(f64) -> f64,
    /// The share of days with a flare of four standard deviations, and how large it is.
    flares: f64,
}

const KINDS: [Scores; 4] = [
    Scores {
        name: "0-3 rating, evenly used",
        measure: PainMeasure::Rating,
        written: |pain| {
            f64::from(u8::from(pain > -0.7))
                + f64::from(u8::from(pain > 0.0))
                + f64::from(u8::from(pain > 0.7))
        },
        flares: 0.0,
    },
    Scores {
        name: "0-3 rating, 70 % zero",
        measure: PainMeasure::Rating,
        written: |pain| {
            f64::from(u8::from(pain > 0.52))
                + f64::from(u8::from(pain > 1.1))
                + f64::from(u8::from(pain > 1.7))
        },
        flares: 0.0,
    },
    Scores {
        name: "0-10, about half of it zero",
        measure: PainMeasure::Nrs,
        written: |pain| (0.5 + 1.8 * pain).round().clamp(0.0, 10.0),
        flares: 0.0,
    },
    Scores {
        name: "0-10, flares on one day in 20",
        measure: PainMeasure::Nrs,
        written: |pain| (3.5 + 1.3 * pain).round().clamp(0.0, 10.0),
        flares: 0.05,
    },
];

fn main() {
    let people: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    println!(
        "| scores | carry-over | days | no link: told of either | largest z without a link, 95 % | sleep to pain -0.30: right / wrong sign | pain to sleep -0.30: right / wrong sign |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (number, kind) in KINDS.iter().enumerate() {
        for carry_over in [0.4, 0.8] {
            for days in [60, 90, 180] {
                let seed = 9_100 + number as u64;
                let z = |effects: [f64; 2]| {
                    in_parallel(people, |replicate| {
                        evidence(kind, days, carry_over, effects, seed, replicate)
                    })
                };
                let none = z([0.0, 0.0]);
                let mut largest: Vec<f64> = none.iter().map(|z| z[0].abs().max(z[1].abs())).collect();
                largest.sort_by(f64::total_cmp);
                let told = share(&none, |z| z[0].abs().max(z[1].abs()) >= CLEAR.archive);
                let at95 = nightmend_infer::draws::quantile(&largest, 0.95);
                let mut found = String::new();
                if carry_over < 0.5 {
                    let (there, back) = (z([-0.3, 0.0]), z([0.0, -0.3]));
                    let of = |z: &[[f64; 2]], arrow: usize| {
                        let right = share(z, |z| z[arrow] <= -CLEAR.archive);
                        format!("{right:.0} / {:.1}", share(z, |z| z[arrow] >= CLEAR.archive))
                    };
                    found = format!("{} | {}", of(&there, 0), of(&back, 1));
                } else {
                    found.push_str(" | ");
                }
                println!("| {} | {carry_over} | {days} | {told:.1} | {at95:.2} | {found} |", kind.name);
            }
        }
    }
}

fn share(z: &[[f64; 2]], of: impl Fn(&[f64; 2]) -> bool) -> f64 {
    100.0 * z.iter().filter(|z| of(z)).count() as f64 / z.len() as f64
}

/// Lives the days, a tenth of either missing, and weighs the evidence as the claim does.
fn evidence(
    kind: &Scores,
    days: usize,
    carry_over: f64,
    effects: [f64; 2],
    seed: u64,
    replicate: u64,
) -> [f64; 2] {
    let mut stream = Stream::new(seed, replicate);
    let fresh = (1.0 - carry_over * carry_over).sqrt();
    let (mut s, mut p) = (0.0, 0.0);
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for day in 0..days + 100 {
        s = carry_over * s + effects[1] * p + fresh * stream.normal();
        let flare = if stream.uniform() < kind.flares { 4.0_f64.copysign(stream.normal()) } else { 0.0 };
        p = carry_over * p + effects[0] * s + fresh * (stream.normal() + flare);
        let kept = [stream.uniform() > 0.1, stream.uniform() > 0.1];
        if day >= 100 {
            sleep.push(kept[0].then_some(7.0 + 1.1 * s));
            pain.push(kept[1].then_some((kind.written)(p)));
        }
    }
    let columns = Columns { first_date: START, sleep, pain, weekend: weekend_flags(START, days) };
    let name = "pain".to_owned();
    let life =
        Series::new(columns, SleepMeasure::HoursDiary, kind.measure, name, Moment::Day).expect("sound");
    z_of(&life).unwrap_or([0.0; 2])
}

fn z_of(life: &Series) -> Option<[f64; 2]> {
    let spread = life.standardisation()?;
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, &spread, error);
    let both = weigh(life, priors).ok()?;
    Some([both.sleep_to_pain.z, both.pain_to_sleep.z])
}
