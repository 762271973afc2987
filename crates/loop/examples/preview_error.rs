//! Prints how far the quick first answer lies from the full fit, and how often it is refused: decision 0015.
//!
//! `cargo run --release -p nightmend-loop --example preview_error -- 100`

#![expect(clippy::disallowed_macros, reason = "an example prints its table")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{HalfDayPerson, Person, in_parallel};
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{CannotTellReason, LoopEstimate, LoopOutcome};
use nightmend_loop::{LoopSettings, Seed, Series, fit, preview};

fn main() {
    let people: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    println!(
        "| person | days | refused | k-hat: median, 95 % | worth: median, 5 % | mean off in SD: 50 %, 95 % | SD off in %: 50 %, 95 % | end of 90 % off in SD: 95 % |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for days in [14, 30, 60, 90, 180, 365] {
        for (name, carry_over, effect) in
            [("no link, 0.4", 0.4, 0.0), ("-0.3 and -0.15, 0.4", 0.4, -0.3), ("no link, 0.8", 0.8, 0.0)]
        {
            let person = Person {
                sleep_to_pain: effect,
                pain_to_sleep: effect / 2.0,
                error: [0.3, 0.5],
                ..Person::without_link(days, carry_over)
            };
            row(name, days, people, |replicate| person.live(7_000 + days as u64, replicate));
        }
    }
    for days in [90, 365] {
        let person = HalfDayPerson { sleep_to_morning: -0.3, ..HalfDayPerson::without_link(days, 0.4) };
        row("twice a day, -0.3, 0.4", days, people, |replicate| person.live(7_500 + days as u64, replicate));
    }
}

fn row(name: &str, days: usize, people: u64, live: impl Fn(u64) -> Series + Sync) {
    let found = in_parallel(people, |replicate| compare(&live(replicate)));
    let refused = found.iter().filter(|found| found.is_none()).count();
    let of = |quantity: fn(&Compared) -> f64, probability: f64| {
        let mut values: Vec<f64> = found.iter().flatten().map(quantity).collect();
        values.sort_by(f64::total_cmp);
        nightmend_infer::draws::quantile(&values, probability)
    };
    println!(
        "| {name} | {days} | {refused} of {people} | {:.2}, {:.2} | {:.0}, {:.0} | {:.3}, {:.3} | {:.1}, {:.1} | {:.2} |",
        of(|c| c.k_hat, 0.5),
        of(|c| c.k_hat, 0.95),
        of(|c| c.worth, 0.5),
        of(|c| c.worth, 0.05),
        of(|c| c.mean, 0.5),
        of(|c| c.mean, 0.95),
        of(|c| c.sd, 0.5),
        of(|c| c.sd, 0.95),
        of(|c| c.end, 0.95),
    );
}

struct Compared {
    k_hat: f64,
    worth: f64,
    mean: f64,
    sd: f64,
    end: f64,
}

/// Compares the arrow from sleep to pain; `None` where the preview is refused.
fn compare(life: &Series) -> Option<Compared> {
    let settings = LoopSettings::default();
    let quick = estimate(preview(life, &settings, Seed(1)).expect("a preview"))?;
    let full = estimate(fit(life, &settings, Seed(1), &NoProgress).expect("a fit"))?;
    let figures = quick.preview.expect("a preview");
    let (a, b) = (&quick.sleep_to_pain.effect, &full.sleep_to_pain.effect);
    Some(Compared {
        k_hat: figures.k_hat,
        worth: figures.effective_draws,
        mean: (a.mean - b.mean).abs() / b.sd,
        sd: 100.0 * (a.sd / b.sd - 1.0).abs(),
        end: (a.ci90.low - b.ci90.low).abs().max((a.ci90.high - b.ci90.high).abs()) / b.sd,
    })
}

fn estimate(outcome: LoopOutcome) -> Option<LoopEstimate> {
    match outcome {
        LoopOutcome::Estimated(estimate) => Some(*estimate),
        LoopOutcome::CannotTell(answer) => {
            assert!(matches!(answer.reason, CannotTellReason::PreviewRefused { .. }), "{}", answer.sentence);
            None
        }
    }
}
