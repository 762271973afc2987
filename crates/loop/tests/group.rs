//! Checks the fit of many people: planted populations are found, order and threads change nothing, refusals.

use std::num::NonZeroUsize;

use jiff::civil::date;
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::group::{GroupError, GroupEstimate, GroupMember, GroupSettings, Method, fit_group};
use nightmend_loop::{PainMeasure, Seed, Series, SleepMeasure};

/// Standardised planted population: mean and between-person SD of both arrows; carry-overs 0.2 and 0.3.
struct Planted {
    sleep_to_pain: (f64, f64),
    pain_to_sleep: (f64, f64),
}

fn member(number: u64, days: usize, planted: &Planted) -> GroupMember {
    let mut stream = Stream::new(404, number);
    let mut own = |(mean, sd): (f64, f64)| mean + sd * stream.normal();
    let (b_sp, b_ps) = (own(planted.sleep_to_pain), own(planted.pain_to_sleep));
    let (phi_s, phi_p) = (own((0.2, 0.1)).tanh(), own((0.3, 0.1)).tanh());
    let (level_s, level_p) = (own((7.0, 1.0)), own((4.0, 1.5)));
    let (mut s, mut p) = (0.0, 0.0);
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for day in 0..days + 50 {
        s = phi_s * s + b_ps * p + stream.normal();
        p = phi_p * p + b_sp * s + stream.normal();
        let (hours, score) =
            (level_s + 1.1 * s + 0.4 * stream.normal(), level_p + 1.5 * p + 0.7 * stream.normal());
        let kept = [stream.uniform() > 0.11, stream.uniform() > 0.11];
        if day >= 50 {
            sleep.push(kept[0].then_some(hours));
            pain.push(kept[1].then_some(score));
        }
    }
    series(&format!("person {number:03}"), sleep, pain)
}

fn series(person: &str, sleep: Vec<Option<f64>>, pain: Vec<Option<f64>>) -> GroupMember {
    let first_date = date(2024, 1, 1);
    let weekend = weekend_flags(first_date, sleep.len());
    let columns = Columns { first_date, sleep, pain, weekend };
    let series =
        Series::new(columns, SleepMeasure::HoursDiary, PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
            .expect("a sound series");
    GroupMember { person: person.to_owned(), series, covariates: Vec::new() }
}

fn quick(threads: usize) -> GroupSettings {
    let threads = NonZeroUsize::new(threads).expect("threads");
    let nuts = NutsSettings { chains: 2, warmup: 150, draws: 200, threads, ..NutsSettings::default() };
    GroupSettings { nuts, most_rounds: NonZeroUsize::MIN, ..GroupSettings::default() }
}

fn fit(members: &[GroupMember], threads: usize) -> GroupEstimate {
    fit_group(members, &quick(threads), Seed(3), &NoProgress).expect("a fit")
}

#[test]
fn a_planted_population_is_found_and_persons_are_drawn_towards_it() {
    let planted = Planted { sleep_to_pain: (-0.30, 0.15), pain_to_sleep: (0.0, 0.10) };
    let members: Vec<GroupMember> = (0..60).map(|number| member(number, 40, &planted)).collect();
    let answer = fit(&members, 2);
    // Planted per innovation SD of 1.1 hours and 1.5 points.
    let factor = 1.5 / 1.1;
    let mean = answer.population.sleep_to_pain;
    assert!((mean.mean + 0.30 * factor).abs() < 3.0 * mean.sd && mean.sd < 0.09, "{mean:?}");
    assert!(mean.ci95.high < 0.0, "{mean:?}");
    let back = answer.population.pain_to_sleep;
    assert!(back.mean.abs() < 3.0 * back.sd && back.sd < 0.05, "{back:?}");
    let spread = answer.between_person_sd.sleep_to_pain;
    assert!((spread.mean - 0.15 * factor).abs() < 3.0 * spread.sd, "{spread:?}");
    assert!((answer.population.phi_pain.mean - 0.3_f64.tanh()).abs() < 3.0 * answer.population.phi_pain.sd);
    assert!((0.0..0.15).contains(&answer.share_opposite_sign.sleep_to_pain.mean));
    assert!(answer.share_opposite_sign.pain_to_sleep.mean > 0.2);
    let all: Vec<f64> = answer.persons.iter().map(|one| one.estimates.sleep_to_pain.mean).collect();
    let shrunken = nightmend_infer::draws::standard_deviation(&all);
    assert!(shrunken < spread.mean && shrunken > 0.3 * spread.mean, "{shrunken} {spread:?}");
    assert!(
        answer.diagnostics.rhat_max < 1.1 && answer.diagnostics.divergences == 0,
        "{:?}",
        answer.diagnostics
    );
}

#[test]
fn what_goes_with_a_covariate_is_found_and_a_useless_one_is_refused() {
    // Half of the people are older by a year and have an arrow lower by 0.4 SD of innovation.
    let mut members: Vec<GroupMember> = (0..50)
        .map(|number| {
            let old = f64::from(u8::from(number % 2 == 0));
            let planted = Planted { sleep_to_pain: (-0.1 - 0.4 * old, 0.05), pain_to_sleep: (0.0, 0.05) };
            GroupMember { covariates: vec![40.0 + old], ..member(number, 40, &planted) }
        })
        .collect();
    let answer = fit(&members, 2);
    let effect = answer.covariates[0];
    assert!((effect.covariate.mean - 40.5).abs() < 1e-9, "{effect:?}");
    let planted = -0.4 * effect.covariate.sd * 1.5 / 1.1;
    let found = effect.sleep_to_pain;
    assert!((found.mean - planted).abs() < 3.0 * found.sd && found.ci95.high < 0.0, "{found:?} {planted}");
    assert!(effect.pain_to_sleep.ci95.low < 0.0 && effect.pain_to_sleep.ci95.high > 0.0);
    members[3].covariates.clear();
    let refused = fit_group(&members, &quick(1), Seed(1), &NoProgress);
    assert_eq!(refused, Err(GroupError::Covariates));
}

#[test]
fn two_stages_are_for_hundreds() {
    let planted = Planted { sleep_to_pain: (-0.2, 0.1), pain_to_sleep: (0.0, 0.1) };
    let members: Vec<GroupMember> = (0..8).map(|number| member(number, 25, &planted)).collect();
    let settings = GroupSettings { method: Method::TwoStage, ..quick(1) };
    let refused = fit_group(&members, &settings, Seed(1), &NoProgress);
    assert_eq!(refused, Err(GroupError::TooFewForTwoStages { usable: 8 }));
    let many: Vec<GroupMember> = (0..300).map(|number| member(number, 21, &planted)).collect();
    let settings = GroupSettings { method: Method::TwoStage, ..quick(2) };
    let answer = fit_group(&many, &settings, Seed(1), &NoProgress).expect("a fit");
    let (mean, factor) = (answer.population.sleep_to_pain, 1.5 / 1.1);
    assert!((mean.mean + 0.2 * factor).abs() < 3.5 * mean.sd && mean.sd < 0.06, "{mean:?}");
    let carry = answer.population.phi_pain;
    assert!((carry.mean - 0.3_f64.tanh()).abs() < 3.5 * carry.sd && carry.sd < 0.05, "{carry:?}");
    assert_eq!(answer.method, Method::TwoStage);
}

#[test]
fn order_and_threads_change_nothing_and_the_thin_are_left_out() {
    let planted = Planted { sleep_to_pain: (-0.2, 0.1), pain_to_sleep: (0.0, 0.1) };
    let mut members: Vec<GroupMember> = (0..8).map(|number| member(number, 25, &planted)).collect();
    members.push(series("thin", vec![Some(7.0); 3], vec![Some(2.0); 3]));
    let first = fit(&members, 1);
    members.reverse();
    let second = fit(&members, 3);
    assert_eq!(first, second);
    assert_eq!(first.left_out, ["thin"]);
    assert_eq!(first.persons.len(), 8);
}

#[test]
fn sampling_goes_on_until_the_population_is_known_well_enough_or_says_that_it_is_not() {
    let planted = Planted { sleep_to_pain: (-0.2, 0.1), pain_to_sleep: (0.0, 0.1) };
    let members: Vec<GroupMember> = (0..10).map(|number| member(number, 25, &planted)).collect();
    let with = |draws: usize, most_rounds: usize, threads: usize| {
        let threads = NonZeroUsize::new(threads).expect("threads");
        let as_usual = GroupSettings::default();
        let nuts = NutsSettings { chains: 2, warmup: 150, draws, threads, ..as_usual.nuts };
        let most_rounds = NonZeroUsize::new(most_rounds).expect("rounds");
        let settings = GroupSettings { nuts, most_rounds, ..as_usual };
        fit_group(&members, &settings, Seed(3), &NoProgress).expect("a fit")
    };
    // Twice 40 draws cannot be worth 400.
    let short = with(40, 1, 1);
    assert!(!short.diagnostics.meets_the_standard(), "{:?}", short.diagnostics);
    let still_short = with(40, 2, 2);
    assert!(!still_short.diagnostics.meets_the_standard(), "{:?}", still_short.diagnostics);
    assert_eq!(still_short, with(80, 1, 1), "two rounds are one long run, on any number of threads");
    let long = with(300, 20, 2);
    assert!(long.diagnostics.meets_the_standard(), "{:?}", long.diagnostics);
    assert!(long.diagnostics.ess_bulk_min >= 400.0 && long.diagnostics.rhat_max < 1.01);
    assert!(long.diagnostics.gradient_evaluations > still_short.diagnostics.gradient_evaluations);
}

#[test]
fn too_few_people_are_an_answer_with_a_way_on() {
    let planted = Planted { sleep_to_pain: (-0.2, 0.1), pain_to_sleep: (0.0, 0.1) };
    let members: Vec<GroupMember> = (0..4).map(|number| member(number, 25, &planted)).collect();
    let refused = fit_group(&members, &quick(1), Seed(1), &NoProgress).expect_err("too few");
    assert_eq!(refused, GroupError::TooFewPeople { usable: 4, people: 4 });
    assert!(refused.to_string().contains("add people or days"));
    let same: Vec<GroupMember> =
        (0..6).map(|number| series(&number.to_string(), vec![Some(7.0); 30], vec![Some(2.0); 30])).collect();
    assert_eq!(fit_group(&same, &quick(1), Seed(1), &NoProgress), Err(GroupError::NothingVaries));
}
