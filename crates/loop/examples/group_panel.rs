//! Simulates a panel, fits it and prints what was found: `group_panel PERSONS DAYS SEED [exact|two-stage]`.

use std::num::NonZeroUsize;

use jiff::civil::date;
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::group::{GroupMember, GroupSettings, Method, fit_group};
use nightmend_loop::{PainMeasure, Seed, Series, SleepMeasure};

fn member(number: u64, days: usize, seed: u64) -> GroupMember {
    let mut stream = Stream::new(seed, number);
    let mut own = |mean: f64, sd: f64| mean + sd * stream.normal();
    let (b_sp, b_ps) = (own(-0.16, 0.16), own(0.01, 0.09));
    let (phi_s, phi_p) = (own(0.15, 0.15).tanh(), own(0.35, 0.27).tanh());
    let (level_s, level_p) = (own(6.8, 1.0), own(4.0, 1.6));
    let (sigma_s, sigma_p) = (own(0.0, 0.2).exp(), own(0.0, 0.2).exp());
    let (mut s, mut p) = (0.0, 0.0);
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for day in 0..days + 60 {
        s = phi_s * s + b_ps * p + sigma_s * stream.normal();
        p = phi_p * p + b_sp * s + sigma_p * stream.normal();
        let (hours, score) =
            (level_s + 1.1 * s + 0.4 * stream.normal(), level_p + 1.5 * p + 0.7 * stream.normal());
        let kept = [stream.uniform() > 0.11, stream.uniform() > 0.11];
        if day >= 60 {
            sleep.push(kept[0].then_some(hours));
            pain.push(kept[1].then_some(score));
        }
    }
    let first_date = date(2024, 1, 1);
    let columns = Columns { first_date, sleep, pain, weekend: weekend_flags(first_date, days) };
    let series =
        Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
            .expect("a sound series");
    GroupMember { person: format!("{number:05}"), series, covariates: Vec::new() }
}

#[expect(clippy::disallowed_macros, reason = "an example is run to be read")]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |place: usize, default: u64| {
        arguments.get(place).and_then(|word| word.parse().ok()).unwrap_or(default)
    };
    let (persons, days, seed) = (number(1, 131), number(2, 21) as usize, number(3, 1));
    let members: Vec<GroupMember> = (0..persons).map(|person| member(person, days, seed)).collect();
    let method = match arguments.get(4).map(String::as_str) {
        Some("exact") => Method::Exact,
        Some("two-stage") => Method::TwoStage,
        _ => Method::Automatic,
    };
    let mut settings = GroupSettings { method, ..GroupSettings::default() };
    settings.nuts.threads = NonZeroUsize::new(number(5, 2) as usize).expect("threads");
    settings.nuts.warmup = number(6, settings.nuts.warmup as u64) as usize;
    settings.nuts.draws = number(7, settings.nuts.draws as u64) as usize;
    settings.nuts.chains = number(8, settings.nuts.chains as u64) as usize;
    let answer = fit_group(&members, &settings, Seed(seed), &NoProgress).expect("a fit");
    println!("{:?}", answer.diagnostics);
    for (name, one) in answer.population.named() {
        println!("{name}: {:.3} ({:.3})", one.mean, one.sd);
    }
    for (name, one) in answer.between_person_sd.named() {
        println!("{name} differs by {:.3} ({:.3})", one.mean, one.sd);
    }
}
