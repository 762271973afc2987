//! Works out the thresholds of the looks at a living record: how far z spreads at every look in people without any link,
//! and what is let through over the life of the record.
//!
//! The engine weighs the looks of some hundred people; their z are taken as normal with the spread found and the
//! correlation √(n/m) between nights n < m, and four million lives are drawn from that, which a few hundred people could
//! not show: what passes at the later looks is one in a thousand.
//!
//! usage: `cargo run --release -p nightmend-loop --example looks -- one-pain|half-day PEOPLE CARRY_OVER [HOURS POINTS]`
//! (HOURS and POINTS: the error of what is written down, in truth)

#![expect(clippy::disallowed_macros, reason = "a tool for the workbench, not part of the crate")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{HalfDayPerson, Person, in_parallel};
use nightmend_domain::estimate::MeasurementError;
use nightmend_infer::random::Stream;
use nightmend_loop::half_day::{self, standardisation};
use nightmend_loop::{Priors, Series, claim};

/// The looks, in nights.
const LOOKS: [usize; 5] = [90, 180, 365, 730, 1_460];
/// Lives drawn from the normal process.
const LIVES: u64 = 4_000_000;

fn main() {
    let mut words = std::env::args().skip(1);
    let half_day = words.next().as_deref() == Some("half-day");
    let mut number = |default: f64| words.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (people, carry_over) = (number(200.0) as u64, number(0.8));
    let error = [number(0.0), number(0.0)];
    let last = LOOKS[LOOKS.len() - 1];
    let all = in_parallel(people, |replicate| {
        let seed = 7_700 + (carry_over * 10.0) as u64;
        let life = if half_day {
            HalfDayPerson { error, ..HalfDayPerson::without_link(last, carry_over) }.live(seed, replicate)
        } else {
            Person { error, ..Person::without_link(last, carry_over) }.live(seed, replicate)
        };
        LOOKS.map(|look| z(&life.known_at_look(look), half_day))
    });
    let spread: [[f64; 2]; 5] = std::array::from_fn(|look| {
        std::array::from_fn(|arrow| {
            (all.iter().map(|looks| looks[look][arrow].powi(2)).sum::<f64>() / all.len() as f64).sqrt()
        })
    });
    println!("{people} people, carry-over {carry_over}, errors {error:?}, looks {LOOKS:?}");
    println!("root mean square of z, sleep to pain and pain to sleep: {spread:.3?}");
    let told = |thresholds: &[f64]| {
        let past = |looks: &&[[f64; 2]; 5]| {
            looks.iter().zip(thresholds).any(|(z, c)| z.iter().any(|z| z.abs() >= *c))
        };
        100.0 * all.iter().filter(past).count() as f64 / all.len() as f64
    };
    for (first, later) in [(2.7, 2.7), (2.7, 3.0), (2.7, 3.3), (2.8, 2.9), (2.8, 3.0), (2.8, 3.1), (2.8, 3.2)]
    {
        let thresholds = [first, first, later, later, later];
        let ever = lives(&spread, &thresholds);
        println!(
            "{first} at nights 90 and 180, told by the engine's z {:.1} %; then {later}: ever told by the engine's z {:.1} %, of the normal lives by each look {ever:.2?} %",
            told(&thresholds[..2]),
            told(&thresholds)
        );
    }
}

/// Returns the share of normal lives (in %) that are told by each look.
fn lives(spread: &[[f64; 2]; 5], thresholds: &[f64; 5]) -> [f64; 5] {
    let mut stream = Stream::new(1, 0);
    let mut by_look = [0_u64; 5];
    for _ in 0..LIVES {
        let mut sums = [0.0; 2];
        let mut before = 0.0;
        let mut told = false;
        for (look, nights) in LOOKS.iter().enumerate() {
            let nights = *nights as f64;
            for arrow in 0..2 {
                sums[arrow] += (nights - before).sqrt() * stream.normal();
                told |= (spread[look][arrow] * sums[arrow] / nights.sqrt()).abs() >= thresholds[look];
            }
            before = nights;
            by_look[look] += u64::from(told);
        }
    }
    by_look.map(|count| 100.0 * count as f64 / LIVES as f64)
}

/// Returns z of both arrows.
fn z(series: &Series, half_day: bool) -> [f64; 2] {
    let error = MeasurementError::Prior;
    let (sleep, pain) = (&series.sleep_measure, series.pain_measure);
    let both = if half_day {
        standardisation(series).and_then(|spread| {
            let priors = Priors::built_in().for_half_day(sleep, pain, &spread, error);
            half_day::claim::weigh(series, priors).ok()
        })
    } else {
        series.standardisation().and_then(|spread| {
            claim::weigh(series, Priors::built_in().for_series(sleep, pain, &spread, error)).ok()
        })
    };
    both.map_or([0.0; 2], |both| [both.sleep_to_pain.z, both.pain_to_sleep.z])
}
