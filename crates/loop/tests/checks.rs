//! Checks the checks: people whom the model describes pass nearly all, and people spoilt on purpose are found out.

mod common;

use common::{Person, START, in_parallel, series};
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, MeasurementError};
use nightmend_infer::laplace;
use nightmend_loop::model::LoopDensity;
use nightmend_loop::{LoopSettings, PainModel, Priors, Seed, Series, checks, fit};

fn lives(replicate: u64) -> Series {
    Person { sleep_to_pain: -0.15, ..Person::without_link(120, 0.4) }.live(31, replicate)
}

fn with_pain(life: &Series, change: impl Fn(usize, Option<f64>) -> Option<f64>) -> Series {
    let pain = life.pain().iter().enumerate().map(|(day, value)| change(day, *value)).collect();
    series(START, life.sleep().to_vec(), pain)
}

/// The share of 150 lives in which each named check fails, inspected at the mode.
fn failing(spoil: impl Fn(&Series) -> Series + Sync, names: &[&str]) -> Vec<f64> {
    let all = in_parallel(150, |replicate| {
        let life = spoil(&lives(replicate));
        let spread = life.standardisation().expect("it varies");
        let error = MeasurementError::Prior;
        let priors = Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, &spread, error);
        let mut density = LoopDensity::new(&life, &spread, priors);
        let start = priors.parameters.map(|prior| prior.mean);
        let scale = priors.parameters.map(|prior| prior.sd);
        let (mode, _) = laplace::climb(&mut density, &start, &scale).expect("a mode");
        checks::inspect(&life, &spread, priors, &mode)
    });
    let failed = |name: &&str| {
        let is = |finding: &checks::Finding| finding.check.name == *name && !finding.check.passed;
        all.iter().filter(|findings| findings.iter().any(is)).count() as f64 / all.len() as f64
    };
    names.iter().map(failed).collect()
}

const ALL: [&str; 10] = [
    "residual_autocorrelation_sleep",
    "residual_autocorrelation_pain",
    "pit_sleep",
    "pit_pain",
    "change_point_sleep",
    "change_point_pain",
    "score_against_no_arrows",
    "score_against_own_past",
    "missing_after_pain",
    "pain_at_bound",
];

#[test]
fn people_whom_the_model_describes_seldom_fail_a_check() {
    for (name, share) in ALL.iter().zip(failing(Clone::clone, &ALL)) {
        assert!(share <= 0.06, "{name}: {share}");
    }
}

#[test]
fn what_is_spoilt_is_found() {
    // A cycle of six days, two points up and down.
    let cycle = |life: &Series| {
        with_pain(life, |day, value| {
            value.map(|value| value + 2.0 * (day as f64 * std::f64::consts::PI / 3.0).sin())
        })
    };
    assert!(failing(cycle, &["residual_autocorrelation_pain"])[0] > 0.5);
    // Nothing is written down after pain above 5, two times in three.
    let silent = |life: &Series| {
        let blank =
            |day: usize| day > 0 && !day.is_multiple_of(3) && life.pain()[day - 1].is_some_and(|v| v > 5.0);
        with_pain(life, |day, value| value.filter(|_| !blank(day)))
    };
    assert!(failing(silent, &["missing_after_pain"])[0] > 0.5);
    // Three points lower, and no lower than nothing.
    let clipped = |life: &Series| with_pain(life, |_, value| value.map(|value| (value - 3.0).max(0.0)));
    assert!(failing(clipped, &["pain_at_bound"])[0] > 0.9);
    // Three days of five points more in every thirty: hardly a normal curve.
    let flares = |life: &Series| {
        with_pain(life, |day, value| {
            value.map(|value| if day.is_multiple_of(10) { value + 5.0 } else { value })
        })
    };
    assert!(failing(flares, &["pit_pain"])[0] > 0.5);
}

#[test]
fn a_failed_check_adds_a_caution_and_nothing_else() {
    let fitted = |life: &Series| -> LoopEstimate {
        // By the rule, scores at the end of their scale would be taken as ordered, which answers the check.
        let settings = LoopSettings { pain_model: PainModel::Gaussian, ..LoopSettings::default() };
        match fit(life, &settings, Seed(1), &NoProgress).expect("a fit") {
            LoopOutcome::Estimated(estimate) => *estimate,
            LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
        }
    };
    let life = Person { sleep_to_pain: -0.35, ..Person::without_link(150, 0.3) }.live(6, 0);
    let sound = fitted(&life);
    assert!(sound.checks.len() >= 10, "{:?}", sound.checks);
    assert!(sound.checks.iter().all(|check| check.passed), "{:?}", sound.checks);
    assert!(!sound.sentences[0].contains("care"), "{}", sound.sentences[0]);
    let spoilt = fitted(&with_pain(&life, |_, value| value.map(|value| (value - 3.0).max(0.0))));
    let bound = spoilt.checks.iter().find(|check| check.name == "pain_at_bound").expect("the check");
    assert!(!bound.passed && bound.value > 0.1 && bound.sentence.starts_with("On "));
    assert!(spoilt.sentences[0].contains("Take it with care:"), "{}", spoilt.sentences[0]);
    assert!(sound.sleep_to_pain.cautions.is_empty() && !spoilt.sleep_to_pain.cautions.is_empty());
    assert!(!spoilt.pain_to_sleep.cautions.is_empty(), "the end of the scale concerns both arrows");
    // Whatever failed is said of the arrow that it concerns, in full or counted.
    for check in spoilt.checks.iter().filter(|check| !check.passed) {
        let concerned = [&spoilt.sleep_to_pain, &spoilt.pain_to_sleep];
        assert!(concerned.iter().any(|arrow| !arrow.cautions.is_empty()), "{}", check.name);
    }
    assert!(
        spoilt.sentences[0].contains("back pain is often at the end of its scale"),
        "{}",
        spoilt.sentences[0]
    );
}

#[test]
fn too_few_days_are_not_checked() {
    let life = lives(0).first_days(15);
    let spread = life.standardisation().expect("it varies");
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, &spread, error);
    let centre = priors.parameters.map(|prior| prior.mean);
    assert!(checks::inspect(&life, &spread, priors, &centre).is_empty());
}
