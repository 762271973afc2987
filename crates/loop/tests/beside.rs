//! Checks the density with everything beside the loop against its equations written out, its gradient against
//! differences, and that it is the plain loop where nothing stands beside it.

mod common;

use common::{HalfDayPerson, Person, series};
use nightmend_domain::Moment;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::LogDensity;
use nightmend_infer::linear::Square;
use nightmend_infer::random::Stream;
use nightmend_loop::beside::{BesideDensity, Channel, Covariate, Form, HalfDayForm, OnePainForm, Plan, Said};
use nightmend_loop::half_day::model::HalfDayDensity;
use nightmend_loop::model::LoopDensity;
use nightmend_loop::{Level, LoopSettings, Priors, Series, SleepMeasure, half_day};

/// A short life with two covariates (one often unknown), a device, and a rating of the night.
fn life(days: usize, seed: u64) -> Series {
    let mut stream = Stream::new(seed, 0);
    let mut column = |centre: f64, spread: f64, kept: f64| -> Vec<Option<f64>> {
        (0..days)
            .map(|_| {
                let value = centre + spread * stream.normal();
                (stream.uniform() < kept).then_some(value)
            })
            .collect()
    };
    let (sleep, pain, evening) = (column(7.0, 1.1, 0.9), column(4.3, 1.5, 0.9), column(4.0, 1.5, 0.9));
    let covariate = |name: &str, said, values| Covariate {
        name: name.to_owned(),
        unit: Some("point".to_owned()),
        said,
        values,
    };
    let covariates = vec![
        covariate("stress", Said::Evening, column(4.0, 2.0, 0.95)),
        covariate("activity", Said::Day, column(30.0, 15.0, 0.5)),
    ];
    let channels = vec![
        Channel { measure: SleepMeasure::HoursDevice, values: column(7.4, 1.2, 0.8) },
        Channel {
            measure: SleepMeasure::Rating { name: "quality".to_owned() },
            values: column(3.0, 0.9, 0.8),
        },
    ];
    series(common::START, sleep, pain)
        .with_evening(evening, Moment::Bedtime)
        .and_then(|life| life.with_covariates(covariates))
        .and_then(|life| life.with_channels(channels))
        .expect("a sound series")
}

fn everything(level: Level) -> LoopSettings {
    LoopSettings { level, curve: true, ..LoopSettings::default() }
}

fn one_pain<const S: usize>(life: &Series, settings: &LoopSettings) -> BesideDensity<OnePainForm, 2, S, 6> {
    let spread = life.standardisation().expect("it varies");
    let error = settings.measurement_error;
    let priors = settings.priors.for_series(&life.sleep_measure, life.pain_measure, &spread, error);
    let plan = Plan::new(life, &spread, settings, false);
    BesideDensity::new(
        life,
        &spread,
        plan,
        &priors.parameters,
        priors.first_state_sd,
        priors.with_measurement_error,
    )
}

fn with_both<const S: usize>(life: &Series, settings: &LoopSettings) -> BesideDensity<HalfDayForm, 3, S, 7> {
    let spread = half_day::standardisation(life).expect("it varies");
    let error = settings.measurement_error;
    let priors = settings.priors.for_half_day(&life.sleep_measure, life.pain_measure, &spread, error);
    let plan = Plan::new(life, &spread, settings, true);
    BesideDensity::new(
        life,
        &spread,
        plan,
        &priors.parameters,
        priors.first_state_sd,
        priors.with_measurement_error,
    )
}

/// A place near the centre of the priors.
fn somewhere(priors: &[MeanSd], seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, 1);
    priors.iter().map(|prior| prior.mean + 0.5 * prior.sd.min(1.0) * stream.normal()).collect()
}

fn check_gradient(density: &mut impl LogDensity, place: &[f64]) {
    let mut gradient = vec![0.0; place.len()];
    density.value_and_gradient(place, &mut gradient).expect("inside");
    let mut ignored = vec![0.0; place.len()];
    for index in 0..place.len() {
        let step = 1e-3;
        let mut at = |times: f64| {
            let mut moved = place.to_vec();
            moved[index] += times * step;
            density.value_and_gradient(&moved, &mut ignored).expect("inside")
        };
        let difference = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step);
        let off = (gradient[index] - difference).abs() / difference.abs().max(1.0);
        assert!(off < 1e-6, "parameter {index}: {} against {difference}", gradient[index]);
    }
}

#[test]
fn the_gradient_agrees_with_differences() {
    for seed in 0..3 {
        let life = life(40, seed);
        for level in [Level::Linear, Level::Local] {
            let settings = everything(level);
            if level == Level::Local {
                let mut density = one_pain::<4>(&life, &settings);
                let place = somewhere(density.priors(), seed);
                check_gradient(&mut density, &place);
                let mut density = with_both::<5>(&life, &settings);
                let place = somewhere(density.priors(), seed);
                check_gradient(&mut density, &place);
            } else {
                let mut density = one_pain::<2>(&life, &settings);
                let place = somewhere(density.priors(), seed);
                check_gradient(&mut density, &place);
                let mut density = with_both::<3>(&life, &settings);
                let place = somewhere(density.priors(), seed);
                check_gradient(&mut density, &place);
            }
        }
    }
}

#[test]
fn the_gradient_of_a_rated_main_channel_and_of_many_covariates_agrees_too() {
    let plain = life(40, 9);
    let mut rated = plain.clone();
    rated.sleep_measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let rated = rated.with_channels(Vec::new()).expect("none");
    let mut density = with_both::<3>(&rated, &LoopSettings::default());
    assert!(density.names().contains(&"rho_minute".to_owned()));
    let place = somewhere(density.priors(), 9);
    check_gradient(&mut density, &place);
    // Seven covariates share a scale.
    let copies = (0..7).map(|copy| Covariate {
        name: format!("number {copy}"),
        values: life(40, 20 + copy).covariates()[0].values.clone(),
        ..plain.covariates()[0].clone()
    });
    let many = plain.clone().with_covariates(copies.collect()).expect("sound");
    let mut density = one_pain::<2>(&many, &LoopSettings::default());
    assert_eq!(density.names().last().map(String::as_str), Some("ln_tau"));
    let place = somewhere(density.priors(), 10);
    check_gradient(&mut density, &place);
}

#[test]
fn with_nothing_beside_it_is_the_plain_loop() {
    let one = Person::without_link(50, 0.5).live(3, 0);
    let settings = LoopSettings::default();
    let spread = one.standardisation().expect("it varies");
    let priors =
        Priors::built_in().for_series(&one.sleep_measure, one.pain_measure, &spread, MeasurementError::Prior);
    let place = somewhere(&priors.parameters, 4);
    let plain = LoopDensity::new(&one, &spread, priors).log_likelihood(&place).expect("inside");
    let beside = one_pain::<2>(&one, &settings).log_likelihood(&place).expect("inside");
    assert!((plain / beside - 1.0).abs() < 1e-12);
    let two = HalfDayPerson::without_link(70, 0.5).live(3, 0);
    let spread = half_day::standardisation(&two).expect("it varies");
    let priors = Priors::built_in().for_half_day(
        &two.sleep_measure,
        two.pain_measure,
        &spread,
        MeasurementError::Prior,
    );
    let place = somewhere(&priors.parameters, 4);
    let plain = HalfDayDensity::new(&two, &spread, priors).log_likelihood(&place).expect("inside");
    let beside = with_both::<3>(&two, &settings).log_likelihood(&place).expect("inside");
    assert!((plain / beside - 1.0).abs() < 1e-12);
}

/// The half-day equations written out: what every channel shows of every day, given every random part.
///
/// `random` holds, a day after the other: three first states or innovations, two steps of the levels, then six errors.
struct WrittenOut<'a> {
    life: &'a Series,
    names: Vec<String>,
    place: &'a [f64],
    columns: Vec<(usize, Vec<f64>)>,
}

const RANDOM: usize = 11;

impl WrittenOut<'_> {
    fn at(&self, name: &str) -> f64 {
        self.place[self.names.iter().position(|other| other == name).expect(name)]
    }

    fn run(&self, random: &[f64]) -> Vec<[f64; 5]> {
        let days = self.life.len();
        let at = |name: &str| self.at(name);
        let (mut night, mut day) = (0.0, 0.0);
        let (mut level_s, mut level_p) = (0.0, 0.0);
        let mut shown = Vec::new();
        for t in 0..days {
            let of_day = &random[t * RANDOM..(t + 1) * RANDOM];
            let push = |state: usize| -> f64 {
                let first = self.names.len() - self.columns.len();
                let of_state = self.columns.iter().enumerate().filter(|(_, column)| column.0 == state);
                of_state.map(|(index, column)| self.place[first + index] * column.1[t]).sum()
            };
            let (b_sm, b_sd) = (at("b_sm"), at("b_sd"));
            let (lambda, phi_p) = (at("atanh_lambda").tanh(), at("atanh_phi_p").tanh());
            let morning;
            if t == 0 {
                // The first day's states are N(0, 2²) each; only what pushes them is handed on.
                let (g_s, g_m, g_d) = (push(0), push(1), push(2));
                let pushed_m = b_sm * g_s + g_m;
                night = g_s + 2.0 * of_day[0];
                morning = pushed_m + 2.0 * of_day[1];
                day = phi_p * pushed_m + b_sd * g_s + g_d + 2.0 * of_day[2];
            } else {
                night = at("atanh_phi_s").tanh() * night
                    + at("b_ps") * day
                    + push(0)
                    + at("ln_sigma_s").exp() * of_day[0];
                morning = lambda * day + b_sm * night + push(1) + at("ln_sigma_m").exp() * of_day[1];
                day = phi_p * morning + b_sd * night + push(2) + at("ln_sigma_d").exp() * of_day[2];
                level_s += at("ln_omega_s").exp() / 30_f64.sqrt() * of_day[3];
                level_p += at("ln_omega_p").exp() / 30_f64.sqrt() * of_day[4];
            }
            let months = (t as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
            let off = f64::from(u8::from(self.life.weekend()[t]));
            let sleep = at("mean_s") + at("trend_s") * months + at("weekend_s") * off + level_s + night;
            let pain = at("mean_p") + at("trend_p") * months + at("weekend_p") * off + level_p;
            // The rating's error and the morning's are correlated.
            let rho = at("rho_minute");
            let of_morning = rho * of_day[9] + (1.0 - rho * rho).sqrt() * of_day[6];
            shown.push([
                sleep + at("ln_r_s").exp() * of_day[5],
                pain + at("delta_am") + morning + at("ln_r_m").exp() * of_morning,
                pain + day + at("ln_r_d").exp() * of_day[7],
                at("a2") + at("l2") * sleep + at("ln_r_s2").exp() * of_day[8],
                at("a3") + at("l3") * sleep + at("ln_r_s3").exp() * of_day[9],
            ]);
        }
        shown
    }
}

#[test]
fn the_likelihood_is_that_of_the_equations_written_out() {
    for seed in 0..3 {
        let life = life(18, 30 + seed);
        let settings = everything(Level::Local);
        let mut density = with_both::<5>(&life, &settings);
        let place = somewhere(density.priors(), seed);
        let columns =
            density.plan().columns.iter().map(|column| (column.state, column.values.clone())).collect();
        let written = WrittenOut { life: &life, names: density.names(), place: &place, columns };
        let mean = written.run(&vec![0.0; life.len() * RANDOM]);
        let spread = half_day::standardisation(&life).expect("it varies");
        let cells = seen(&life, &spread);
        // One column for each random part: what it moves.
        let moved: Vec<Vec<f64>> = (0..life.len() * RANDOM)
            .map(|part| {
                let mut random = vec![0.0; life.len() * RANDOM];
                random[part] = 1.0;
                let shown = written.run(&random);
                cells.iter().map(|(day, channel, _)| shown[*day][*channel] - mean[*day][*channel]).collect()
            })
            .collect();
        let mut covariance = Square::zero(cells.len());
        for row in 0..cells.len() {
            for column in 0..cells.len() {
                covariance.set(row, column, moved.iter().map(|part| part[row] * part[column]).sum());
            }
        }
        let off: Vec<f64> = cells.iter().map(|(day, channel, value)| value - mean[*day][*channel]).collect();
        let lower = covariance.cholesky().expect("positive definite");
        let white = lower.solve_lower(&off);
        let logarithms: f64 = (0..cells.len()).map(|row| lower.get(row, row).ln()).sum();
        let expected = -0.5 * white.iter().map(|value| value * value).sum::<f64>()
            - logarithms
            - 0.5 * cells.len() as f64 * (2.0 * std::f64::consts::PI).ln();
        let found = density.log_likelihood(&place).expect("inside");
        assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
    }
}

/// Everything that was seen, standardised: day, channel, value.
fn seen(life: &Series, spread: &Standardisation) -> Vec<(usize, usize, f64)> {
    let own = |values: &[Option<f64>]| {
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let square: f64 = known.iter().map(|value| (value - mean).powi(2)).sum();
        MeanSd { mean, sd: (square / (known.len() as f64 - 1.0)).sqrt() }
    };
    let [device, rating] = life.channels() else { panic!("two channels") };
    let all = [
        (life.sleep(), spread.sleep),
        (life.pain(), spread.pain),
        (life.evening(), spread.pain),
        (&device.values[..], spread.sleep),
        (&rating.values[..], own(&rating.values)),
    ];
    (0..life.len())
        .flat_map(|day| {
            all.iter().enumerate().filter_map(move |(channel, (values, scale))| {
                values[day].map(|value| (day, channel, (value - scale.mean) / scale.sd))
            })
        })
        .collect()
}

#[test]
fn a_covariate_acts_where_its_hour_says() {
    let life = life(40, 2);
    let states = |half_day: bool, moment: Moment| {
        let mut life = life.clone();
        life.moment = moment;
        let spread = life.standardisation().expect("it varies");
        let plan = Plan::new(&life, &spread, &LoopSettings::default(), half_day);
        plan.columns.iter().map(|column| (column.name.clone(), column.state)).collect::<Vec<_>>()
    };
    let named = |list: &[(&str, usize)]| {
        list.iter().map(|(name, state)| ((*name).to_owned(), *state)).collect::<Vec<_>>()
    };
    // Activity is unknown on half of the days, and says so by terms of its own.
    let one = [
        ("stress_night", 0),
        ("stress_pain", 1),
        ("activity_night", 0),
        ("activity_unknown_night", 0),
        ("activity_pain", 1),
        ("activity_unknown_pain", 1),
    ];
    assert_eq!(states(false, Moment::Day), named(&one));
    let both = [
        ("stress_night", 0),
        ("stress_pain", 1),
        ("activity_night", 0),
        ("activity_unknown_night", 0),
        ("activity_pain", 2),
        ("activity_unknown_pain", 2),
    ];
    assert_eq!(states(true, Moment::Waking), named(&both));
    // The evening before stands before the night; the day's activity before the day's pain, but not before its morning.
    let value = |moment: Moment, name: &str, day: usize| {
        let mut life = life.clone();
        life.moment = moment;
        let spread = life.standardisation().expect("it varies");
        let plan = Plan::new(&life, &spread, &LoopSettings::default(), false);
        plan.columns.iter().find(|column| column.name == name).expect(name).values[day]
    };
    let said = |index: usize, day: usize| life.covariates()[index].values[day].is_some();
    let day = (1..39).find(|day| said(1, *day) && !said(1, day - 1)).expect("one");
    assert_ne!(value(Moment::Day, "activity_pain", day), 0.0);
    assert_eq!(value(Moment::Waking, "activity_pain", day), 0.0);
    assert_eq!(value(Moment::Day, "activity_night", day), 0.0);
    assert_ne!(value(Moment::Day, "activity_night", day + 1), 0.0);
}

#[test]
fn forms_agree_about_their_own_arrows() {
    assert_eq!(<OnePainForm as Form<2>>::NAMES[<OnePainForm as Form<2>>::ARROWS[0]], "b_sp");
    assert_eq!(<HalfDayForm as Form<3>>::NAMES[<HalfDayForm as Form<3>>::ARROWS[0]], "b_sm");
    assert_eq!(<HalfDayForm as Form<3>>::NAMES[<HalfDayForm as Form<3>>::ARROWS[1]], "b_ps");
}
