//! Checks the forms with states written out together with what stands beside the loop: covariates, channels, a rating of
//! the same minute, levels that wander.

mod common;

use common::{START, series};
use nightmend_domain::NoProgress;
use nightmend_domain::beside::ActsOn;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, MeanSd, Standardisation};
use nightmend_infer::LogDensity;
use nightmend_infer::linear::Square;
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::beside::{BesideDensity, Channel, Covariate, OnePainForm, Plan, Said};
use nightmend_loop::explicit::model::ExplicitDensity;
use nightmend_loop::explicit::scale::Steps;
use nightmend_loop::methods::methods;
use nightmend_loop::priors::SeriesPriors;
use nightmend_loop::{
    Innovations, Level, LoopSettings, PainModel, Priors, Seed, Series, SleepMeasure, fit, preview,
};

fn covariate(name: &str, said: Said, values: Vec<Option<f64>>) -> Covariate {
    Covariate { name: name.to_owned(), unit: Some("point".to_owned()), said, values }
}

/// A short life of whole scores with `copies` of a known covariate, one that is often blank, a device, and a rating of
/// the night made with the pain; a tenth of everything is missing.
fn life(days: usize, copies: usize, seed: u64) -> Series {
    let mut stream = Stream::new(seed, 0);
    let mut column = |centre: f64, spread: f64, kept: f64| -> Vec<Option<f64>> {
        (0..days)
            .map(|_| {
                let value = centre + spread * stream.normal();
                (stream.uniform() < kept).then_some(value)
            })
            .collect()
    };
    let (sleep, pain) = (column(7.0, 1.1, 0.9), column(3.0, 1.8, 0.9));
    let pain = pain.into_iter().map(|value| value.map(|value| value.round().clamp(0.0, 10.0))).collect();
    let mut covariates = vec![covariate("activity", Said::Day, column(30.0, 15.0, 0.5))];
    covariates.extend(
        (0..copies).map(|copy| covariate(&format!("stress{copy}"), Said::Evening, column(4.0, 2.0, 0.95))),
    );
    let quality = SleepMeasure::Rating { name: "quality".to_owned() };
    let channels = vec![
        Channel { measure: SleepMeasure::HoursDevice, values: column(7.4, 1.2, 0.8) },
        Channel { measure: quality, values: column(3.0, 0.9, 0.8) },
    ];
    series(START, sleep, pain)
        .with_covariates(covariates)
        .and_then(|life| life.with_channels(channels))
        .expect("a sound series")
}

/// The same with the rating as the main channel and nothing else beside.
fn rated(days: usize, seed: u64) -> Series {
    let life = life(days, 0, seed);
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let columns = nightmend_loop::data::Columns {
        first_date: START,
        sleep: life.channels()[1].values.clone(),
        pain: life.pain().to_vec(),
        weekend: life.weekend().to_vec(),
    };
    Series::new(columns, measure, life.pain_measure, "pain".to_owned(), life.moment).expect("sound")
}

fn with_level(level: Level) -> LoopSettings {
    LoopSettings { level, curve: true, ..LoopSettings::default() }
}

fn parts(life: &Series, spread: &Standardisation, settings: &LoopSettings) -> (SeriesPriors, Plan) {
    let error = settings.measurement_error;
    let priors = settings.priors.for_series(&life.sleep_measure, life.pain_measure, spread, error);
    (priors, Plan::new(life, spread, settings, false))
}

fn explicit(life: &Series, settings: &LoopSettings, ordered: bool, student: bool) -> ExplicitDensity {
    let mut spread = life.standardisation().expect("it varies");
    let steps = ordered.then(|| Steps::of(life).expect("whole points"));
    if let Some(steps) = &steps {
        spread.pain = steps.latent;
    }
    let (priors, plan) = parts(life, &spread, settings);
    ExplicitDensity::new(life, &spread, priors, Priors::built_in().explicit(), steps.as_ref(), student)
        .with_beside(plan)
}

fn filter<const S: usize>(life: &Series, settings: &LoopSettings) -> BesideDensity<OnePainForm, 2, S, 6> {
    let spread = life.standardisation().expect("it varies");
    let (priors, plan) = parts(life, &spread, settings);
    BesideDensity::new(life, &spread, plan, &priors.parameters, priors.first_state_sd, true)
}

/// Somewhere that the priors call likely, with states to match.
fn somewhere(priors: &[MeanSd], size: usize, stream: &mut Stream) -> Vec<f64> {
    let mut place: Vec<f64> = (0..size).map(|_| 0.7 * stream.normal()).collect();
    for (place, prior) in place.iter_mut().zip(priors) {
        *place = prior.mean + 0.5 * prior.sd.min(1.0) * stream.normal();
    }
    place
}

#[test]
fn the_gradient_agrees_with_five_point_differences() {
    let mut stream = Stream::new(182, 0);
    // Few covariates; so many that they share a scale; a rating as the main channel.
    let lives = [life(20, 1, 181), life(20, 6, 183), rated(20, 184)];
    for (number, life) in lives.iter().enumerate() {
        for level in [Level::Linear, Level::Local] {
            for (ordered, student) in [(false, false), (false, true), (true, false), (true, true)] {
                let mut density = explicit(life, &with_level(level), ordered, student);
                let mut place = somewhere(&density.all_priors(), density.dimension(), &mut stream);
                if let Some(ln_freedom) = density.ln_freedom() {
                    place[ln_freedom] = 1.5;
                }
                let mut gradient = vec![0.0; place.len()];
                density.value_and_gradient(&place, &mut gradient).expect("inside");
                let mut unused = vec![0.0; place.len()];
                for (index, slope) in gradient.iter().enumerate() {
                    let step = 1e-3;
                    let mut at = |shift: f64| {
                        let mut moved = place.clone();
                        moved[index] += shift * step;
                        density.value_and_gradient(&moved, &mut unused).expect("inside")
                    };
                    let difference = (at(-2.0) - 8.0 * at(-1.0) + 8.0 * at(1.0) - at(2.0)) / (12.0 * step);
                    let off = (slope - difference).abs() / (1.0 + slope.abs());
                    assert!(
                        off < 1e-6,
                        "life {number} {level:?} {ordered} {student} {index}: {slope} {difference}"
                    );
                }
            }
        }
    }
}

/// With Gaussian pain the log-density is a parabola in the states, so that they can be integrated out exactly; what is
/// left must be the filter's density of the same plan.
#[test]
fn with_the_states_integrated_out_it_is_the_filter() {
    for (level, copies) in [(Level::Linear, 1), (Level::Linear, 6), (Level::Local, 1)] {
        let life = life(12, copies, 185);
        let settings = with_level(level);
        match level {
            Level::Linear => agree(&life, &settings, filter::<2>(&life, &settings)),
            Level::Local => agree(&life, &settings, filter::<4>(&life, &settings)),
        }
    }
    let life = rated(12, 186);
    agree(&life, &LoopSettings::default(), filter::<2>(&life, &LoopSettings::default()));
}

fn agree<const S: usize>(
    life: &Series,
    settings: &LoopSettings,
    mut filter: BesideDensity<OnePainForm, 2, S, 6>,
) {
    let mut written = explicit(life, settings, false, false);
    assert_eq!((written.names(), written.parameters()), (filter.names(), filter.dimension()));
    let mut stream = Stream::new(187, 0);
    let mut unused = vec![0.0; filter.dimension()];
    let differences: Vec<f64> = (0..4)
        .map(|_| {
            let parameters = somewhere(filter.priors(), filter.dimension(), &mut stream);
            let filtered = filter.value_and_gradient(&parameters, &mut unused).expect("inside");
            integrated(&mut written, &parameters) - filtered
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

/// Someone whose evenings of stress (0 to 10) shorten nights by 0.15 hours a point and raise pain by 0.3 points a point,
/// with a night that a diary and a device tell; `mean` and `unit` are of pain before it is rounded and cut off.
fn stressed(days: usize, [mean, unit]: [f64; 2], flares: f64, seed: u64) -> Series {
    let mut stream = Stream::new(seed, 0);
    let (mut sleep, mut pain, mut evening) = (0.0, 0.0, 5.0);
    let (mut nights, mut device, mut scores, mut stress) = (vec![], vec![], vec![], vec![]);
    for day in 0..days + 50 {
        let before: f64 = evening;
        evening = (5.0 + 2.0 * stream.normal()).round().clamp(0.0, 10.0);
        sleep = 0.3 * sleep + 0.9 * stream.normal() - 0.15 * (before - 5.0);
        let flare = if stream.uniform() < flares { 5.0_f64.copysign(stream.normal()) } else { 0.0 };
        pain = 0.4 * pain - 0.3 * sleep + 0.8 * (stream.normal() + flare) + 0.3 / unit * (before - 5.0);
        let score = (mean + unit * pain + 0.5 * stream.normal()).round().clamp(0.0, 10.0);
        let hours = [6.8 + sleep + 0.3 * stream.normal(), 7.2 + sleep + 0.4 * stream.normal()];
        let kept = [0.9, 0.8, 0.9, 0.95].map(|share| stream.uniform() < share);
        if day >= 50 {
            nights.push(kept[0].then_some(hours[0]));
            device.push(kept[1].then_some(hours[1]));
            scores.push(kept[2].then_some(score));
            stress.push(kept[3].then_some(evening));
        }
    }
    series(START, nights, scores)
        .with_covariates(vec![covariate("stress", Said::Evening, stress)])
        .and_then(|life| {
            life.with_channels(vec![Channel { measure: SleepMeasure::HoursDevice, values: device }])
        })
        .expect("sound")
}

fn fitted(life: &Series, settings: &LoopSettings) -> LoopEstimate {
    match fit(life, settings, Seed(1), &NoProgress).expect("a fit") {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
    }
}

/// What stress goes with, by what it acts on.
fn effect(estimate: &LoopEstimate, on: ActsOn) -> nightmend_domain::estimate::Summary {
    let mut covariates = estimate.beside.covariates.iter();
    covariates.find(|found| found.name == "stress" && found.on == on).expect("stress").effect
}

#[test]
fn ordered_scores_are_chosen_with_a_covariate_and_a_device_and_all_is_recovered() {
    let life = stressed(200, [0.6, 1.5], 0.0, 188);
    let estimate = fitted(&life, &LoopSettings::default());
    assert!(estimate.model.ordered, "{}", estimate.model.why);
    assert!(estimate.diagnostics.rhat_max < 1.02, "{:?}", estimate.diagnostics);
    assert!(estimate.diagnostics.divergences < 40, "{:?}", estimate.diagnostics);
    let night = effect(&estimate, ActsOn::Night);
    assert!((night.mean - -9.0).abs() < 3.0 * night.sd, "minutes a point: {night:?}");
    // Of the 0.3 points of pain before it is cut off, the expected score moves by the share of days above the end.
    let pain = effect(&estimate, ActsOn::Pain);
    let of_latent = |points: f64| points * estimate.latent.as_ref().expect("ordered").points_per_unit.mean;
    let steps = Steps::of(&life).expect("whole points");
    let truth = of_latent(0.3 / steps.latent.sd);
    assert!((pain.mean - truth).abs() < 3.0 * pain.sd && truth < 0.25, "{pain:?} {truth}");
    assert!(pain.ci90.low > 0.0 && pain.ci90.low < pain.mean && pain.mean < pain.ci90.high, "{pain:?}");
    let device = &estimate.beside.channels[0];
    let offset = device.offset.as_ref().expect("one unit");
    assert!((offset.mean - 0.4).abs() < 3.0 * offset.sd && offset.sd < 0.3, "{offset:?}");
    assert!((device.loading.mean - 1.0).abs() < 3.0 * device.loading.sd, "{:?}", device.loading);
    for name in ["stress_night", "stress_pain", "a2", "l2", "ln_r_s2", "curvature"] {
        let found = estimate.parameters.iter().find(|parameter| parameter.name == name);
        assert!(found.is_some_and(|found| found.prior.sd > 0.0 && found.rhat < 1.02), "{name}: {found:?}");
    }
    let text = methods(&estimate);
    for said in [
        "ordered probit",
        "Covariates (stress) push states",
        "a covariate's effect on pain is given in points",
        "Further channels of the same night (",
        "It was weighed with the covariates in the model",
        "- stress, on the pain of the next date: ",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("wander") && !text.contains("bend"), "{text}");
    // The quick answer looks at the same through the Gaussian form, and says so.
    let LoopOutcome::Estimated(quick) = preview(&life, &LoopSettings::default(), Seed(1)).expect("an answer")
    else {
        return;
    };
    assert!(!quick.model.ordered && quick.model.why.contains("quick answer"), "{}", quick.model.why);
    assert_eq!(quick.sleep_to_pain.z, estimate.sleep_to_pain.z, "claims rest on one statistic");
}

#[test]
fn flares_are_seen_beside_a_covariate() {
    let life = stressed(180, [5.0, 0.9], 0.04, 189);
    let estimate = fitted(&life, &LoopSettings::default());
    assert!(estimate.model.student && !estimate.model.ordered, "{}", estimate.model.why);
    assert!(estimate.diagnostics.rhat_max < 1.02, "{:?}", estimate.diagnostics);
    let (night, pain) = (effect(&estimate, ActsOn::Night), effect(&estimate, ActsOn::Pain));
    assert!((night.mean - -9.0).abs() < 3.0 * night.sd, "{night:?}");
    assert!((pain.mean - 0.3).abs() < 3.0 * pain.sd, "{pain:?}");
}

/// Many scores inside their scale: the ordered form is the Gaussian one with rounding, also in what stands beside it.
#[test]
fn away_from_the_ends_it_agrees_with_the_gaussian_form() {
    let life = stressed(120, [5.0, 1.2], 0.0, 190);
    for level in [Level::Linear, Level::Local] {
        let of = |pain_model| {
            let innovations = Innovations::Gaussian;
            let nuts = NutsSettings { warmup: 300, draws: 500, ..NutsSettings::default() };
            let settings = LoopSettings { pain_model, innovations, level, nuts, ..LoopSettings::default() };
            fitted(&life, &settings)
        };
        let (gaussian, ordered) = (of(PainModel::Gaussian), of(PainModel::Ordinal));
        assert!(ordered.model.ordered && !gaussian.model.ordered);
        let pairs = [
            (effect(&gaussian, ActsOn::Night), effect(&ordered, ActsOn::Night)),
            (effect(&gaussian, ActsOn::Pain), effect(&ordered, ActsOn::Pain)),
            (gaussian.sleep_to_pain.effect, ordered.sleep_to_pain.effect),
            (gaussian.pain_to_sleep.effect, ordered.pain_to_sleep.effect),
            (gaussian.beside.channels[0].loading, ordered.beside.channels[0].loading),
            (gaussian.beside.channels[0].error, ordered.beside.channels[0].error),
        ];
        for (number, (one, other)) in pairs.iter().enumerate() {
            let off = (one.mean - other.mean).abs() / one.sd;
            assert!(off < 0.4, "{level:?} {number}: {one:?} {other:?}");
            assert!((one.sd / other.sd - 1.0).abs() < 0.25, "{level:?} {number}: {one:?} {other:?}");
        }
        if level == Level::Local {
            let (one, other) = (&gaussian.beside.local_level, &ordered.beside.local_level);
            let (one, other) = (one.as_ref().expect("asked for"), other.as_ref().expect("asked for"));
            assert!((one.pain.mean / other.pain.mean - 1.0).abs() < 0.25, "{one:?} {other:?}");
        }
    }
}
