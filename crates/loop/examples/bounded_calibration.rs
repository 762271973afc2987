//! Prints how often 90 % intervals of the forms with states written out hold the truth, for people drawn from the priors.
//!
//! `cargo run --release -p nightmend-loop --example bounded_calibration -- 200 60`

#![expect(clippy::disallowed_macros, reason = "an example prints its table")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::bounded::{Kind, names, ranks};
use common::in_parallel;
use nightmend_infer::nuts::NutsSettings;

fn main() {
    let argument = |place: usize| std::env::args().nth(place).and_then(|text| text.parse::<u64>().ok());
    let (people, days) = (argument(1).unwrap_or(50), argument(2).unwrap_or(60));
    let settings = NutsSettings { chains: 1, warmup: 400, draws: 600, ..NutsSettings::default() };
    let wanted = std::env::args().nth(3);
    let ordered = Kind { ordered: true, student: false, beside: false };
    let kinds = [
        ("ordered", ordered),
        ("Student-t", Kind { ordered: false, student: true, ..ordered }),
        ("both", Kind { student: true, ..ordered }),
        ("ordered with covariates and a device", Kind { beside: true, ..ordered }),
    ];
    for (title, kind) in kinds {
        if wanted.as_ref().is_some_and(|wanted| wanted != title) {
            continue;
        }
        let found = in_parallel(people, |replicate| ranks(kind, days as usize, 5_000 + replicate, &settings));
        let divergences: u64 = found.iter().map(|(_, divergences)| divergences).sum();
        println!(
            "## {title}: {people} people of {days} days, {divergences} of {} trajectories diverged\n",
            people * 600
        );
        println!("| parameter | in 90 % | mean rank | largest gap of the ranks, times root n |");
        println!("|---|---|---|---|");
        let (mut pooled, count) = (0.0, names(kind).len() as f64);
        for (index, name) in names(kind).iter().enumerate() {
            let mut of: Vec<f64> = found.iter().map(|(ranks, _)| ranks[index]).collect();
            of.sort_by(f64::total_cmp);
            let inside = of.iter().filter(|rank| (0.05..0.95).contains(*rank)).count();
            let share = 100.0 * inside as f64 / people as f64;
            pooled += share / count;
            let mean = of.iter().sum::<f64>() / people as f64;
            let gap = of.iter().enumerate().map(|(place, rank)| {
                let (below, above) = (place as f64 / people as f64, (place as f64 + 1.0) / people as f64);
                (rank - below).abs().max((above - rank).abs())
            });
            println!(
                "| {name} | {share:.1} | {mean:.3} | {:.2} |",
                gap.fold(0.0, f64::max) * (people as f64).sqrt()
            );
        }
        println!("\nPooled: {pooled:.1} %.\n");
    }
}
