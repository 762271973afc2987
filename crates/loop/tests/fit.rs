//! Checks whole fits: recovery of a known loop, laws (shifted dates, threads, seeds), answers without a number.

mod common;

use std::num::NonZeroUsize;

use common::{Person, START, series};
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{CannotTellReason, LoopEstimate, LoopOutcome, Maturity, Record, Told};
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::{FitError, LoopSettings, Seed, Series, SleepMeasure, fit};

fn fitted(series: &Series, settings: &LoopSettings, seed: u64) -> LoopEstimate {
    match fit(series, settings, Seed(seed), &NoProgress).expect("a fit") {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
    }
}

fn on_threads(threads: usize) -> LoopSettings {
    let threads = NonZeroUsize::new(threads).expect("at least one");
    LoopSettings { nuts: NutsSettings { threads, ..NutsSettings::default() }, ..LoopSettings::default() }
}

fn strong() -> Person {
    Person { sleep_to_pain: -0.4, pain_to_sleep: -0.3, ..Person::without_link(300, 0.3) }
}

#[test]
fn a_known_loop_is_recovered_and_told() {
    let estimate = fitted(&strong().live(4, 0), &LoopSettings::default(), 1);
    // In natural units: -0.4 x 1.5 / 1.1 points per hour, -0.3 x 1.1 / 1.5 hours per point.
    let (sp, ps) = (&estimate.sleep_to_pain, &estimate.pain_to_sleep);
    assert!((sp.effect.mean + 0.545).abs() < 3.0 * sp.effect.sd, "{sp:?}");
    assert!((ps.effect.mean + 13.2).abs() < 3.0 * ps.effect.sd, "{ps:?}");
    assert_eq!((sp.unit.as_str(), ps.unit.as_str()), ("points per hour", "minutes per point"));
    assert_eq!((sp.told, ps.told), (Told::Clear, Told::Clear));
    assert!(sp.z < -2.6 && sp.p_negative > 0.99 && sp.prior_share < 0.5);
    assert_eq!(estimate.maturity, Maturity::Measured);
    assert!(estimate.diagnostics.rhat_max < 1.01 && estimate.diagnostics.ess_bulk_min > 800.0);
    assert_eq!(estimate.diagnostics.divergences, 0);
    assert!(estimate.loop_gain.mean > 0.0);
    assert!(estimate.half_life_days.is_some());
    assert!(
        estimate.sentences[0].starts_with("Shorter nights go with more back pain the next morning: clear")
    );
    // A short night comes with more pain, and the curve starts with the effect times three hours.
    assert!((estimate.pulse.first_day.mean + 3.0 * sp.effect.mean).abs() < 1e-9);
    assert!(estimate.pulse.total.mean > estimate.pulse.first_day.mean);
}

#[test]
fn little_data_is_mostly_prior_and_says_so() {
    let estimate = fitted(&Person::without_link(20, 0.3).live(5, 0), &LoopSettings::default(), 1);
    assert_eq!(estimate.maturity, Maturity::Prior);
    assert!(estimate.sentences[0].contains("this is still mostly what is known from other people"));
    assert!(estimate.sentences[0].contains("cannot tell yet"));
    assert!(estimate.spectral_radius.is_none() && estimate.half_life_days.is_none());
}

#[test]
fn the_answer_does_not_depend_on_threads_or_on_the_week() {
    let life = strong().live(6, 0).first_days(60);
    let alone = fitted(&life, &on_threads(1), 9);
    assert_eq!(alone, fitted(&life, &on_threads(4), 9));
    let later = START.checked_add(jiff::Span::new().weeks(1)).expect("a date");
    let mut shifted = fitted(&series(later, life.sleep().to_vec(), life.pain().to_vec()), &on_threads(2), 9);
    assert_ne!(shifted.data.from, alone.data.from);
    (shifted.data.from, shifted.data.to) = (alone.data.from, alone.data.to);
    assert_eq!(alone, shifted);
    assert_ne!(alone.sleep_to_pain.effect.mean, fitted(&life, &on_threads(2), 10).sleep_to_pain.effect.mean);
}

#[test]
fn a_living_record_is_told_nothing_before_its_first_look() {
    let living = LoopSettings { record: Record::Living, ..LoopSettings::default() };
    let strong = Person { sleep_to_pain: -0.7, ..Person::without_link(200, 0.2) };
    let life = strong.live(8, 0);
    let early = fitted(&life.first_days(80), &living, 1);
    assert!(early.sleep_to_pain.z < -2.7, "{}", early.sleep_to_pain.z);
    assert_eq!(early.sleep_to_pain.told, Told::CannotTellYet);
    assert_eq!(early.sleep_to_pain.days_needed.more_days.map(|days| days >= 10), Some(true));
    assert_eq!(fitted(&life, &living, 1).sleep_to_pain.told, Told::Clear);
}

#[test]
fn years_of_nights_do_not_bring_a_living_record_to_its_look() {
    let living = LoopSettings { record: Record::Living, ..LoopSettings::default() };
    let life = Person { sleep_to_pain: -0.8, ..Person::without_link(300, 0.2) }.live(8, 0);
    let pain_from = |first: usize| {
        let pain = life.pain().iter().enumerate().map(|(day, value)| value.filter(|_| day >= first));
        series(START, life.sleep().to_vec(), pain.collect())
    };
    // 240 nights are there, and pain for the last 60 of 300 days only: no look is due.
    let two_months = pain_from(240);
    assert!((58..=60).contains(&two_months.days_of_both()), "{}", two_months.days_of_both());
    let early = fitted(&two_months, &living, 1).sleep_to_pain;
    assert!(early.z < -2.7, "{}", early.z);
    assert_eq!(early.told, Told::CannotTellYet);
    // With pain for the last 130, the look at night 90 has been, and it saw nothing later than that night.
    let longer = pain_from(170);
    assert_eq!(longer.known_at_look(90).len(), longer.len() - longer.days_of_both() + 90);
    assert_eq!(fitted(&longer, &living, 1).sleep_to_pain.told, Told::Clear);
}

#[test]
fn a_hidden_influence_that_makes_the_arrow_is_named_by_its_size() {
    // No link at all, but nights and the days after them share a part: innovations correlate at -0.2.
    let mut stream = Stream::new(41, 0);
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for _ in 0..400 {
        let (night, own) = (stream.normal(), stream.normal());
        sleep.push(Some(6.8 + 1.1 * night));
        pain.push(Some((4.0 + 1.5 * (0.96_f64.sqrt() * own - 0.2 * night)).round().clamp(0.0, 10.0)));
    }
    let estimate = fitted(&series(START, sleep, pain), &LoopSettings::default(), 1);
    let hidden = estimate.hidden_influence.expect("refits");
    assert_eq!(hidden.points.len(), 17);
    assert!((hidden.points[0].correlation + 0.4).abs() < 1e-12);
    // At no correlation the refit is the estimate; a falling correlation lifts the arrow, which is below zero.
    let none = hidden.points[8];
    assert_eq!(none.correlation, 0.0);
    assert!((none.effect.mean - estimate.sleep_to_pain.effect.mean).abs() < 1e-9, "{none:?}");
    assert!(hidden.points.windows(2).all(|pair| pair[1].effect.mean < pair[0].effect.mean));
    let explains = hidden.explains.expect("inside the range");
    // 0.2, made larger by the error that the model takes off both series; the standard error is about 0.06.
    assert!((-0.4..=-0.1).contains(&explains), "{explains}");
    assert!(hidden.sentence.contains(&format!("a correlation of {:.2}", -explains)), "{}", hidden.sentence);
    assert_eq!(estimate.sleep_to_pain.told, Told::Clear);
    assert_eq!(estimate.sentences[2], hidden.sentence);
}

#[test]
fn what_the_data_alone_say_never_contradicts_the_posterior() {
    for (seed, days) in [(11, 40), (12, 60), (13, 90), (14, 120)] {
        let estimate = fitted(&Person::without_link(days, 0.5).live(seed, 0), &LoopSettings::default(), 1);
        for arrow in [&estimate.sleep_to_pain, &estimate.pain_to_sleep] {
            let Some(data) = arrow.data_only else { continue };
            // The posterior lies between its prior and the data alone, and is sharper than either.
            let (low, high) = (data.mean.min(arrow.prior.mean), data.mean.max(arrow.prior.mean));
            assert!((low..=high).contains(&arrow.effect.mean), "{arrow:?}");
            assert!(arrow.effect.sd < data.sd.min(arrow.prior.sd), "{arrow:?}");
        }
    }
}

#[test]
fn too_little_is_an_answer_without_a_number() {
    let days = |count: usize| (0..count).map(|day| Some(day as f64 % 3.0)).collect::<Vec<_>>();
    let reason = |sleep: Vec<Option<f64>>, pain: Vec<Option<f64>>| match fit(
        &series(START, sleep, pain),
        &LoopSettings::default(),
        Seed(1),
        &NoProgress,
    )
    .expect("an answer")
    {
        LoopOutcome::CannotTell(answer) => {
            assert!(answer.sentence.starts_with("Cannot tell"));
            answer.reason
        }
        LoopOutcome::Estimated(_) => panic!("a number"),
    };
    assert_eq!(reason(vec![], vec![]), CannotTellReason::NoSleep);
    assert_eq!(reason(days(9), vec![None; 9]), CannotTellReason::NoPain);
    assert_eq!(reason(vec![Some(7.0); 9], days(9)), CannotTellReason::SleepNeverVaries { value: 7.0 });
    assert_eq!(reason(days(9), vec![Some(0.0); 9]), CannotTellReason::PainNeverVaries { value: 0.0 });
    assert_eq!(reason(days(5), days(5)), CannotTellReason::TooFewPairs { pairs: 5, needed: 7 });
}

#[test]
fn a_tick_for_poor_nights_alone_tells_nothing() {
    let mut life = series(START, vec![Some(-1.0); 60], (0..60).map(|day| Some(f64::from(day % 4))).collect());
    life.sleep_measure = SleepMeasure::PoorNightTick { name: "poor sleep".to_owned() };
    match fit(&life, &LoopSettings::default(), Seed(1), &NoProgress).expect("an answer") {
        LoopOutcome::CannotTell(answer) => assert!(answer.sentence.contains("no night is recorded as good")),
        LoopOutcome::Estimated(_) => panic!("a number"),
    }
}

#[test]
fn a_fit_can_be_stopped() {
    struct Stop;
    impl nightmend_domain::Progress for Stop {
        fn advance(&self, _stage: &str, _done: u64, _total: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let life = strong().live(4, 0).first_days(30);
    assert_eq!(fit(&life, &LoopSettings::default(), Seed(1), &Stop), Err(FitError::Cancelled));
}

#[test]
fn no_sentence_claims_more_than_it_may() {
    let mut texts = Vec::new();
    for person in [strong(), Person::without_link(60, 0.3), Person { sleep_to_pain: 0.5, ..strong() }] {
        texts.extend(fitted(&person.live(4, 0), &LoopSettings::default(), 1).sentences);
    }
    for text in texts {
        for word in ["cause", "work", "effective", "diagnos", "detect", "normal", "predict"] {
            assert!(!text.to_lowercase().contains(word), "{text}");
        }
        assert!(text.ends_with('.'), "{text}");
        // Two lines of a page, and what is said about other people on a third.
        assert!(text.split_inclusive(". ").all(|sentence| sentence.chars().count() <= 180), "{text}");
    }
}
