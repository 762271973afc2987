//! Checks the quick first answer against the full fit: the same claim, numbers within stated tolerances, refusal.

mod common;

use common::{HalfDayPerson, Person};
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, Summary};
use nightmend_loop::{LoopSettings, Seed, Series, fit, preview};

fn estimate(outcome: LoopOutcome) -> LoopEstimate {
    match outcome {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
    }
}

fn both(life: &Series) -> (LoopEstimate, LoopEstimate) {
    let settings = LoopSettings::default();
    let quick = preview(life, &settings, Seed(1)).expect("a preview");
    let full = fit(life, &settings, Seed(1), &NoProgress).expect("a fit");
    (estimate(quick), estimate(full))
}

/// Means within 0.15 posterior SD, spreads within 15 %, the ends of 90 % intervals within 0.35 SD.
fn near(what: &str, quick: &Summary, full: &Summary) {
    let off = (quick.mean - full.mean) / full.sd;
    assert!(off.abs() < 0.15, "{what}: mean off by {off:.2} SD");
    assert!((quick.sd / full.sd).ln().abs() < 0.15, "{what}: SD {} against {}", quick.sd, full.sd);
    for (a, b) in [(quick.ci90.low, full.ci90.low), (quick.ci90.high, full.ci90.high)] {
        assert!((a - b).abs() < 0.35 * full.sd, "{what}: an end off by {:.2} SD", (a - b) / full.sd);
    }
}

#[test]
fn a_preview_is_near_the_full_fit_and_says_the_same() {
    let person = |days| Person {
        sleep_to_pain: -0.3,
        pain_to_sleep: -0.15,
        error: [0.3, 0.5],
        ..Person::without_link(days, 0.35)
    };
    let twice = HalfDayPerson { sleep_to_morning: -0.35, ..HalfDayPerson::without_link(120, 0.4) };
    let lives = [
        person(30).live(31, 0),
        person(90).live(31, 1),
        person(365).live(31, 2),
        Person::without_link(60, 0.8).live(31, 3),
        twice.live(31, 4),
    ];
    for life in &lives {
        let (quick, full) = both(life);
        near("sleep to pain", &quick.sleep_to_pain.effect, &full.sleep_to_pain.effect);
        near("pain to sleep", &quick.pain_to_sleep.effect, &full.pain_to_sleep.effect);
        near("carry-over of pain", &quick.pain_carry_over, &full.pain_carry_over);
        near("pulse", &quick.pulse.first_day, &full.pulse.first_day);
        assert_eq!(quick.sleep_to_pain.z, full.sleep_to_pain.z, "evidence has no random part");
        assert_eq!(quick.sleep_to_pain.told, full.sleep_to_pain.told);
        assert_eq!(quick.pain_to_sleep.told, full.pain_to_sleep.told);
        assert_eq!(quick.half_day.is_some(), full.half_day.is_some());
        let figures = quick.preview.expect("marked as a preview");
        assert!(figures.k_hat <= figures.largest_k_hat && figures.effective_draws > 250.0, "{figures:?}");
        assert!(quick.sentences[0].contains("quick first answer"), "{:?}", quick.sentences);
        assert_eq!(quick.sentences.len(), full.sentences.len() + 1);
        assert!(full.preview.is_none() && quick.diagnostics.rhat_max.is_nan());
    }
}

#[test]
fn a_preview_is_the_same_again_and_moves_with_the_seed() {
    let life = Person::without_link(60, 0.4).live(32, 0);
    let with = |seed| estimate(preview(&life, &LoopSettings::default(), Seed(seed)).expect("a preview"));
    assert_eq!(with(1).sleep_to_pain, with(1).sleep_to_pain);
    assert_ne!(with(1).sleep_to_pain.effect, with(2).sleep_to_pain.effect);
}

#[test]
fn too_little_is_an_answer_here_too() {
    let life = Person::without_link(5, 0.4).live(33, 0);
    let outcome = preview(&life, &LoopSettings::default(), Seed(1)).expect("an answer");
    assert!(matches!(outcome, LoopOutcome::CannotTell(_)));
}
