//! Prints what simulated people would be told at every look, for choosing the boundaries of a verdict (decision 0031).
//!
//! `cargo run --release -p xtask --example step_looks -- PEOPLE SEED [NIGHTS [BLOCK [KIND...]]]`: one line a person and
//! kind of person (all of them, or those whose names are given; blocks of seven nights and more are long ones whose
//! first night is left out, a block of none is one start; `42+84` nights are a plan of 42 that is carried on to 84), with the probability of any benefit under the sceptical prior and by the nights alone at each look, whether the usual interval and
//! that of the nights alone held the truth at the last one, and how far off the latter's mean was. Seeds must not be
//! those of the published tables (from 61,000 on).

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};

use nightmend_domain::plan::Rotation;
use nightmend_domain::step_result::Interval90;
use nightmend_sim::{Seed, SteppedPerson};
use nightmend_trial::{AnalysisSettings, analysis, draw};
use xtask::validate::lives::{design, told};

fn kinds() -> Vec<(&'static str, SteppedPerson)> {
    let ordinary = SteppedPerson::ordinary();
    let effect = |points: f64| SteppedPerson { direct_effect: -points, ..ordinary };
    let gone = |points: f64| SteppedPerson { effect_is_carried: false, ..effect(points) };
    let strong =
        SteppedPerson { sleep_to_pain: -0.4, pain_to_sleep: -0.3, pain_autoregression: 0.3, ..ordinary };
    vec![
        ("none", ordinary),
        ("1, gone", gone(1.0)),
        ("none, carry-over .6", SteppedPerson { pain_autoregression: 0.6, ..ordinary }),
        ("1, carried on", effect(1.0)),
        (
            "none, trend and weekends",
            SteppedPerson { pain_trend_per_30_days: -1.0, weekend_pain: -0.5, ..ordinary },
        ),
        ("none, strong loop", strong),
        ("none, little pain", SteppedPerson { mean_pain: 1.5, missed_share: 0.15, ..ordinary }),
        ("0.5, carried on", effect(0.5)),
        ("2, carried on", effect(2.0)),
        ("0.5, gone", gone(0.5)),
        ("2, gone", gone(2.0)),
        ("1, adherence .7", SteppedPerson { adherence: 0.7, ..effect(1.0) }),
        ("1, adherence .7, gone", SteppedPerson { adherence: 0.7, ..gone(1.0) }),
        ("none, carry-over .85", SteppedPerson { pain_autoregression: 0.85, ..ordinary }),
    ]
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| words.get(place).and_then(|text| text.parse::<u64>().ok());
    let (Some(people), Some(seed)) = (number(0), number(1)) else {
        eprintln!("usage: step_looks PEOPLE SEED [NIGHTS [BLOCK [KIND...]]]");
        return;
    };
    let nights = words.get(2).map_or("42", String::as_str).split('+');
    let lengths: Vec<u16> = nights.map(|text| text.parse().expect("a number of nights")).collect();
    let block = words.get(3).map_or(4, |text| text.parse().expect("a number of nights"));
    let wanted = words.get(4..).unwrap_or_default();
    for (place, (name, person)) in kinds().into_iter().enumerate() {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        let run = seed + 10_000 * place as u64;
        let next = AtomicU64::new(0);
        let lengths = &lengths;
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= people {
                            return;
                        }
                        println!("{name}\t{number}\t{}", live(&person, lengths, block, run, number));
                    }
                });
            }
        });
    }
}

fn live(person: &SteppedPerson, lengths: &[u16], block: u16, run: u64, number: u64) -> String {
    let (nights, before) = lengths.split_last().expect("a number of nights");
    let nights = *nights;
    let rotation = match block {
        0 => Rotation::RandomStart { earliest: nights / 4 + 1, latest: nights / 2, washout: 3 },
        1..7 => Rotation::PermutedBlocks { block },
        _ => Rotation::LongBlocks { block, washout: 1 },
    };
    let design = design(rotation, nights, run + number).expect("constant names");
    let plan = draw(design).expect("a design that can be drawn");
    let (record, outcomes) = told(&plan, person, Seed::new(run).person(number));
    let settings = AnalysisSettings { extended_from: before.to_vec(), ..AnalysisSettings::default() };
    let looks = analysis::looks(&record, &outcomes, &settings);
    let truth = person.adherence * person.effect_tonight();
    let holds = |interval: &Interval90| interval.low <= truth && truth <= interval.high;
    let at: Vec<String> = looks
        .iter()
        .map(|look| format!("{}:{:.4}:{:.4}", look.night, look.p_benefit_sceptical, look.p_benefit_alone))
        .collect();
    let held = looks
        .last()
        .map(|look| format!("{} {} {:.3}", holds(&look.effect), holds(&look.alone), look.alone.mean - truth));
    format!("{}\t{}", at.join(" "), held.unwrap_or_default())
}
