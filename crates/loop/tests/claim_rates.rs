//! Checks the claim rule on simulated people: how often someone without a link is told of one, how often a true
//! effect is found, and with which sign. The small form; `examples/claim_rates.rs` prints the whole table.

mod common;

use common::{Person, in_parallel};
use nightmend_domain::estimate::{MeasurementError, Record};
use nightmend_loop::claim::{self, BothArrows, CLEAR};
use nightmend_loop::{Priors, Series};

fn evidence(series: &Series, error: MeasurementError) -> BothArrows {
    let spread = series.standardisation().expect("it varies");
    let priors = Priors::built_in().for_series(&series.sleep_measure, series.pain_measure, &spread, error);
    claim::weigh(series, priors).expect("a best fit")
}

/// z of both arrows for `count` lives of one person.
fn all_z(person: Person, seed: u64, count: u64) -> Vec<[f64; 2]> {
    in_parallel(count, |replicate| {
        let both = evidence(&person.live(seed, replicate), MeasurementError::Prior);
        [both.sleep_to_pain.z, both.pain_to_sleep.z]
    })
}

fn share(all: &[[f64; 2]], told: impl Fn(&[f64; 2]) -> bool) -> f64 {
    all.iter().filter(|z| told(z)).count() as f64 / all.len() as f64
}

#[test]
fn people_without_a_link_are_rarely_told_of_one() {
    // The hardest cells of the whole table; 400 a cell have a standard error of 1.1 points at 5 %.
    for (days, carry_over) in [(30, 0.8), (60, 0.8), (90, 0.6), (90, 0.8), (60, 0.0)] {
        let all = all_z(Person::without_link(days, carry_over), 17, 400);
        let told = share(&all, |z| z.iter().any(|z| z.abs() >= CLEAR.archive));
        assert!(told <= 0.065, "{days} days, carry-over {carry_over}: {told}");
    }
}

#[test]
fn true_effects_are_found_with_either_sign_alike_and_never_upside_down() {
    let cell = |effect: f64| {
        let person = Person { sleep_to_pain: effect, ..Person::without_link(90, 0.4) };
        let all = all_z(person, 23, 400);
        let right = share(&all, |z| z[0] * effect > 0.0 && z[0].abs() >= CLEAR.archive);
        let wrong = share(&all, |z| z[0] * effect < 0.0 && z[0].abs() >= CLEAR.archive);
        (right, wrong)
    };
    let (negative, positive) = (cell(-0.3), cell(0.3));
    assert!(negative.0 > 0.42 && positive.0 > 0.42, "{negative:?} {positive:?}");
    assert!((negative.0 - positive.0).abs() < 0.11, "{negative:?} {positive:?}");
    assert!(negative.1 <= 0.005 && positive.1 <= 0.005, "{negative:?} {positive:?}");
}

#[test]
fn one_real_arrow_does_not_make_the_other_appear() {
    let person = Person { pain_to_sleep: -0.3, error: [0.4, 0.7], ..Person::without_link(180, 0.7) };
    let told = share(&all_z(person, 29, 300), |z| z[0].abs() >= CLEAR.archive);
    assert!(told <= 0.03, "{told}");
}

#[test]
fn the_threshold_follows_the_form_of_the_record() {
    assert_eq!((CLEAR.threshold(Record::Archive), CLEAR.threshold(Record::Living)), (2.6, 2.8));
    assert_eq!(CLEAR.looks, [90, 180]);
}
