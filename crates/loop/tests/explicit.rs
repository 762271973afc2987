//! Checks the forms with states written out: density, gradient, recovery, a small calibration, the choice of the form.

mod common;

use common::bounded::{Kind, names, ranks};
use common::{Person, START, in_parallel, series};
use nightmend_domain::Moment;
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, MeasurementError, Standardisation};
use nightmend_infer::LogDensity;
use nightmend_infer::linear::Square;
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::explicit::model::ExplicitDensity;
use nightmend_loop::explicit::scale::Steps;
use nightmend_loop::model::{LoopDensity, PARAMETERS};
use nightmend_loop::priors::SeriesPriors;
use nightmend_loop::{
    Innovations, LoopSettings, PainMeasure, PainModel, Priors, Seed, Series, SleepMeasure, fit,
};

fn priors(life: &Series, spread: &Standardisation, error: MeasurementError) -> SeriesPriors {
    Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, spread, error)
}

fn density(life: &Series, ordered: bool, student: bool, error: MeasurementError) -> ExplicitDensity {
    let mut spread = life.standardisation().expect("it varies");
    let steps = ordered.then(|| Steps::of(life).expect("whole points"));
    if let Some(steps) = &steps {
        spread.pain = steps.latent;
    }
    let of = priors(life, &spread, error);
    ExplicitDensity::new(life, &spread, of, Priors::built_in().explicit(), steps.as_ref(), student)
}

/// Somewhere that the priors call likely, with states to match.
fn somewhere(size: usize, of: &SeriesPriors, stream: &mut Stream) -> Vec<f64> {
    let mut place: Vec<f64> = (0..size).map(|_| 0.7 * stream.normal()).collect();
    for (place, prior) in place.iter_mut().zip(&of.parameters) {
        *place = prior.mean + 0.5 * prior.sd * stream.normal();
    }
    place
}

#[test]
fn the_gradient_agrees_with_five_point_differences() {
    let life = Person::without_link(25, 0.5).live(81, 0);
    let mut stream = Stream::new(82, 0);
    for error in [MeasurementError::Prior, MeasurementError::None] {
        for (ordered, student) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut density = density(&life, ordered, student, error);
            for _ in 0..3 {
                let mut place = somewhere(density.dimension(), density.priors(), &mut stream);
                if let Some(ln_freedom) = density.ln_freedom() {
                    place[ln_freedom] = 1.5;
                }
                let mut gradient = vec![0.0; place.len()];
                density.value_and_gradient(&place, &mut gradient).expect("inside");
                for (index, slope) in gradient.iter().enumerate() {
                    let step = 1e-3;
                    let mut at = |shift: f64| {
                        let mut moved = place.clone();
                        moved[index] += shift * step;
                        let mut unused = vec![0.0; moved.len()];
                        density.value_and_gradient(&moved, &mut unused).expect("inside")
                    };
                    let difference = (at(-2.0) - 8.0 * at(-1.0) + 8.0 * at(1.0) - at(2.0)) / (12.0 * step);
                    let off = (slope - difference).abs() / (1.0 + slope.abs());
                    assert!(off < 1e-6, "{ordered} {student} {error:?} {index}: {slope} {difference}");
                }
            }
        }
    }
}

/// With Gaussian pain the log-density is a parabola in the states, so that they can be integrated out exactly; what is
/// left must be the likelihood of the filter.
#[test]
fn with_the_states_integrated_out_it_is_the_filter() {
    let life = Person::without_link(12, 0.4).live(83, 0);
    let spread = life.standardisation().expect("it varies");
    let of = priors(&life, &spread, MeasurementError::Prior);
    let mut explicit = density(&life, false, false, MeasurementError::Prior);
    let mut filter = LoopDensity::new(&life, &spread, of);
    let mut stream = Stream::new(84, 0);
    let mut unused = [0.0; PARAMETERS];
    let differences: Vec<f64> = (0..4)
        .map(|_| {
            let parameters = &somewhere(PARAMETERS, &of, &mut stream)[..];
            let filtered = filter.value_and_gradient(parameters, &mut unused).expect("inside");
            integrated(&mut explicit, parameters) - filtered
        })
        .collect();
    for difference in &differences {
        assert!((difference - differences[0]).abs() < 1e-7, "{differences:?}");
    }
}

fn integrated(density: &mut ExplicitDensity, parameters: &[f64]) -> f64 {
    let (size, first) = (density.dimension(), parameters.len());
    let states = size - first;
    let mut at = |whites: &[f64]| {
        let place = [parameters, whites].concat();
        let mut gradient = vec![0.0; size];
        let value = density.value_and_gradient(&place, &mut gradient).expect("inside");
        (value, gradient[first..].to_vec())
    };
    let (_, start) = at(&vec![0.0; states]);
    let mut curvature = Square::zero(states);
    for row in 0..states {
        let mut unit = vec![0.0; states];
        unit[row] = 1.0;
        let (_, slopes) = at(&unit);
        (0..states).for_each(|column| curvature.set(row, column, start[column] - slopes[column]));
    }
    let factor = curvature.cholesky().expect("a peak");
    let peak = factor.solve_lower_transposed(&factor.solve_lower(&start));
    let log_root: f64 = (0..states).map(|row| factor.get(row, row).ln()).sum();
    at(&peak).0 - log_root
}

/// Someone whose latent pain is cut off at the lower end; the standardised effect is on the latent
/// scale of 1.5 points.
fn at_the_end(days: usize, mean: f64, effect: f64, seed: u64) -> Series {
    lived(days, [mean, 1.5], effect, 0.0, seed)
}

/// The same with a mean, a latent unit in points, and a share of days with a flare.
fn lived(days: usize, [mean, unit]: [f64; 2], effect: f64, flares: f64, seed: u64) -> Series {
    let mut stream = Stream::new(seed, 0);
    let (mut sleep, mut pain) = (0.0, 0.0);
    let (mut nights, mut scores) = (Vec::new(), Vec::new());
    for day in 0..days + 50 {
        sleep = 0.3 * sleep + 0.95 * stream.normal();
        let flare = if stream.uniform() < flares { 4.0_f64.copysign(stream.normal()) } else { 0.0 };
        pain = 0.4 * pain + effect * sleep + 0.9 * stream.normal() + flare;
        let score = (mean + unit * pain + 0.6 * stream.normal()).round().clamp(0.0, 10.0);
        if day >= 50 {
            nights.push((stream.uniform() > 0.1).then_some(6.8 + 1.1 * sleep));
            scores.push((stream.uniform() > 0.1).then_some(score));
        }
    }
    series(START, nights, scores)
}

fn fitted(life: &Series, settings: &LoopSettings) -> LoopEstimate {
    match fit(life, settings, Seed(1), &NoProgress).expect("a fit") {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
    }
}

#[test]
fn scores_at_the_end_of_the_scale_are_taken_as_ordered_and_recovered() {
    let life = at_the_end(200, 0.8, -0.5, 85);
    let estimate = fitted(&life, &LoopSettings::default());
    assert!(estimate.model.ordered && !estimate.model.student, "{}", estimate.model.why);
    let latent = estimate.latent.expect("a latent scale");
    // One hour moves latent pain by -0.5 x 1.5 / 1.1 points.
    let steps = Steps::of(&life).expect("whole points");
    let truth = -0.5 * 1.5 / steps.latent.sd * life.standardisation().expect("varies").sleep.sd / 1.1;
    let off = (latent.sleep_to_pain.mean - truth) / latent.sleep_to_pain.sd;
    assert!(off.abs() < 3.0, "{latent:?} {truth}");
    // Points of the score move less than the latent pain does, as part of it is below the end.
    let points = latent.points_per_unit.mean / steps.latent.sd;
    assert!((0.4..0.9).contains(&points), "{points}");
    assert!(
        estimate.diagnostics.rhat_max < 1.02 && estimate.diagnostics.ess_bulk_min > 300.0,
        "{estimate:#?}"
    );
    assert!(estimate.diagnostics.divergences < 20, "{:?}", estimate.diagnostics);
    assert!(estimate.checks.iter().any(|check| check.name == "pain_at_bound" && check.passed));
    assert_eq!(estimate.sleep_to_pain.unit, "points per hour");
    assert!(estimate.bad_days.as_ref().is_some_and(|bad| bad.extra.mean > 0.0));
    assert!(estimate.parameters.iter().any(|parameter| parameter.name == "curvature"));
}

#[test]
fn flares_are_seen_and_leave_the_rest_alone() {
    let life = lived(180, [5.0, 1.0], -0.3, 0.04, 86);
    let estimate = fitted(&life, &LoopSettings::default());
    assert!(estimate.model.student && !estimate.model.ordered, "{}", estimate.model.why);
    let ln_nu = estimate.parameters.iter().find(|parameter| parameter.name == "ln_nu").expect("a parameter");
    assert!(ln_nu.mean < 2.0, "{ln_nu:?}");
    assert!(estimate.diagnostics.rhat_max < 1.02, "{:?}", estimate.diagnostics);
    let truth = -0.3 / 1.1;
    let effect = &estimate.sleep_to_pain.effect;
    assert!((effect.mean - truth).abs() < 3.0 * effect.sd, "{effect:?}");
}

#[test]
fn the_choice_follows_the_data_and_can_be_overridden() {
    let quick = NutsSettings { chains: 1, warmup: 100, draws: 50, ..NutsSettings::default() };
    let of = |life: &Series, pain_model, innovations| {
        fitted(life, &LoopSettings { pain_model, innovations, nuts: quick, ..LoopSettings::default() }).model
    };
    let (calm, low) = (Person::without_link(60, 0.4).live(87, 0), at_the_end(60, 0.5, 0.0, 88));
    let auto = (PainModel::Automatic, Innovations::Automatic);
    assert!(!of(&calm, auto.0, auto.1).ordered && of(&low, auto.0, auto.1).ordered);
    assert!(of(&low, auto.0, auto.1).why.contains("% of scores are at one end of the scale"));
    let gaussian = of(&low, PainModel::Gaussian, auto.1);
    assert!(!gaussian.ordered && gaussian.why.contains("as asked"), "{}", gaussian.why);
    let both = of(&calm, PainModel::Ordinal, Innovations::Student);
    assert!(both.ordered && both.student);
    let ratings: Vec<Option<f64>> = (0..50).map(|day| Some(f64::from(day * day % 4))).collect();
    let columns = Columns {
        first_date: START,
        sleep: (0..50).map(|day| Some(6.5 + f64::from(day * 7 % 5) * 0.3)).collect(),
        pain: ratings,
        weekend: weekend_flags(START, 50),
    };
    let rated = Series::new(
        columns,
        SleepMeasure::HoursDiary,
        PainMeasure::Rating,
        "headache".to_owned(),
        Moment::Day,
    );
    let why = of(&rated.expect("sound"), auto.0, auto.1).why;
    assert!(why.contains("values only"), "{why}");
}

/// People drawn from the priors: the share of draws below the truth must be uniform. Small; the larger form is
/// `examples/bounded_calibration.rs`.
#[test]
fn posteriors_are_calibrated_in_the_small() {
    let settings = NutsSettings { chains: 1, warmup: 200, draws: 250, ..NutsSettings::default() };
    let ordered = Kind { ordered: true, student: false, beside: false };
    let kinds =
        [ordered, Kind { beside: true, ..ordered }, Kind { ordered: false, student: true, ..ordered }];
    for kind in kinds {
        let found = in_parallel(40, |replicate| ranks(kind, 40, replicate, &settings).0);
        for (index, name) in names(kind).iter().enumerate() {
            let of: Vec<f64> = found.iter().map(|ranks| ranks[index]).collect();
            let mean = of.iter().sum::<f64>() / of.len() as f64;
            // The standard error of the mean of 40 uniform values is 0.046; passed by chance once in some thousands.
            assert!((mean - 0.5).abs() < 0.17, "{kind:?} {name}: mean rank {mean}");
            let inside = of.iter().filter(|rank| (0.05..0.95).contains(*rank)).count();
            assert!((27..=40).contains(&inside), "{kind:?} {name}: {inside} of 40 within 90 %");
        }
    }
}
