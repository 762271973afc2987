//! Checks calibration with something beside the loop: the rank of the truth among posterior draws is uniform, for all
//! parameters, both arrows among them.
//!
//! The small form (Talts et al. 2018, arXiv 1804.06788), of two sets of people drawn from the priors, 60 days each, a tenth
//! missing: rated nights whose error is correlated with that of the pain, two covariates (one of them unknown on a fifth of
//! the days), levels that wander; and hours of a diary beside those of a device that is known on four nights of five.

mod common;

use common::{START, in_parallel};
use nightmend_domain::Moment;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{NoProgress, find_mode};
use nightmend_loop::beside::{BesideDensity, Channel, Covariate, OnePainForm, Plan, Said};
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, Parameter};
use nightmend_loop::{Level, LoopSettings, PainMeasure, Priors, Series, SleepMeasure};

const PEOPLE: u64 = 40;
const DAYS: usize = 60;
const BINS: usize = 4;
const UNIT: Standardisation =
    Standardisation { sleep: MeanSd { mean: 0.0, sd: 1.0 }, pain: MeanSd { mean: 0.0, sd: 1.0 } };

#[test]
fn ratings_covariates_and_wandering_levels_are_calibrated() {
    let ranks = in_parallel(PEOPLE, |person| {
        let mut stream = Stream::new(501, person);
        let mut covariate = |name: &str, said, blank: usize| {
            let value = |day: usize| {
                let value = stream.normal();
                (day % 5 >= blank).then_some(value)
            };
            Covariate { name: name.to_owned(), unit: None, said, values: (0..DAYS).map(value).collect() }
        };
        let covariates = vec![covariate("stress", Said::Evening, 0), covariate("activity", Said::Day, 1)];
        let life = empty(SleepMeasure::Rating { name: "quality".to_owned() })
            .with_covariates(covariates)
            .expect("sound");
        let settings = LoopSettings { level: Level::Local, ..LoopSettings::default() };
        ranks_of_one::<4>(&life, &settings, &mut stream, person)
    });
    check(&ranks);
}

#[test]
fn two_channels_of_the_night_are_calibrated() {
    let ranks = in_parallel(PEOPLE, |person| {
        let mut stream = Stream::new(502, person);
        let device = Channel { measure: SleepMeasure::HoursDevice, values: vec![Some(0.0); DAYS] };
        let life = empty(SleepMeasure::HoursDiary).with_channels(vec![device]).expect("sound");
        ranks_of_one::<2>(&life, &LoopSettings::default(), &mut stream, person)
    });
    check(&ranks);
}

/// A series of which only the frame is wanted: every value is there and means nothing.
fn empty(measure: SleepMeasure) -> Series {
    let values: Vec<Option<f64>> = (0..DAYS).map(|day| Some((day % 5) as f64 - 2.0)).collect();
    let weekend = weekend_flags(START, DAYS);
    let columns = Columns { first_date: START, sleep: values.clone(), pain: values, weekend };
    Series::new(columns, measure, PainMeasure::Rating, "pain".to_owned(), Moment::Waking).expect("sound")
}

fn density<const S: usize>(life: &Series, settings: &LoopSettings) -> BesideDensity<OnePainForm, 2, S, 6> {
    let error = MeasurementError::Prior;
    let priors = Priors::built_in().for_series(&life.sleep_measure, life.pain_measure, &UNIT, error);
    let plan = Plan::new(life, &UNIT, settings, false);
    BesideDensity::new(life, &UNIT, plan, &priors.parameters, priors.first_state_sd, true)
}

/// Draws a truth from the priors, lives it, fits it, and returns each truth's place among the draws with its name.
fn ranks_of_one<const S: usize>(
    frame: &Series,
    settings: &LoopSettings,
    stream: &mut Stream,
    person: u64,
) -> Vec<(String, f64)> {
    let plain = density::<S>(frame, settings);
    let names = plain.names();
    let truth = loop {
        let draw: Vec<f64> =
            plain.priors().iter().map(|prior| prior.mean + prior.sd * stream.normal()).collect();
        if Dynamics::of(&draw).spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let life = live(frame, plain.plan(), &names, &truth, stream);
    let mut density = density::<S>(&life, settings);
    let start: Vec<f64> = density.priors().iter().map(|prior| prior.mean).collect();
    let scale: Vec<f64> = density.priors().iter().map(|prior| prior.sd).collect();
    let whitening = find_mode(&mut density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode));
    let nuts = NutsSettings {
        chains: 1,
        warmup: 250,
        draws: 400,
        threads: std::num::NonZero::<usize>::MIN,
        ..NutsSettings::default()
    };
    let draws = sample(&density, &whitening, &nuts, person, &NoProgress).expect("draws");
    let share = |index: usize| {
        draws.iter().filter(|draw| draw[index] < truth[index]).count() as f64 / draws.per_chain() as f64
    };
    names.into_iter().enumerate().map(|(index, name)| (name, share(index))).collect()
}

/// Lives the two equations themselves, with everything beside them.
fn live(frame: &Series, plan: &Plan, names: &[String], truth: &[f64], stream: &mut Stream) -> Series {
    let named = |name: &str| names.iter().position(|other| other == name).map_or(0.0, |place| truth[place]);
    let at = |parameter: Parameter| truth[parameter.index()];
    let dynamics = Dynamics::of(truth);
    let wanders = plan.local.is_some();
    let first_column = names.len() - plan.columns.len();
    let (mut night, mut day_pain, mut level_s, mut level_p) = (0.0, 0.0, 0.0, 0.0);
    let (mut sleep, mut pain, mut device) = (Vec::new(), Vec::new(), Vec::new());
    for day in 0..DAYS {
        let push = |state: usize| -> f64 {
            let columns = plan.columns.iter().enumerate().filter(|(_, column)| column.state == state);
            columns.map(|(index, column)| truth[first_column + index] * column.values[day]).sum()
        };
        if day == 0 {
            night = push(0) + 2.0 * stream.normal();
            day_pain = dynamics.sleep_to_pain * push(0) + push(1) + 2.0 * stream.normal();
        } else {
            night = dynamics.phi_sleep * night
                + dynamics.pain_to_sleep * day_pain
                + push(0)
                + at(Parameter::LnSigmaSleep).exp() * stream.normal();
            day_pain = dynamics.phi_pain * day_pain
                + dynamics.sleep_to_pain * night
                + push(1)
                + at(Parameter::LnSigmaPain).exp() * stream.normal();
            if wanders {
                level_s += named("ln_omega_s").exp() / 30_f64.sqrt() * stream.normal();
                level_p += named("ln_omega_p").exp() / 30_f64.sqrt() * stream.normal();
            }
        }
        let months = (day as f64 - (DAYS as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(frame.weekend()[day]));
        let of_sleep = at(Parameter::MeanSleep)
            + at(Parameter::TrendSleep) * months
            + at(Parameter::WeekendSleep) * off
            + level_s
            + night;
        let of_pain = at(Parameter::MeanPain)
            + at(Parameter::TrendPain) * months
            + at(Parameter::WeekendPain) * off
            + level_p
            + day_pain;
        let (rho, mood, own) = (named("rho_minute"), stream.normal(), stream.normal());
        let mut kept = |share: f64, value: f64| (stream.uniform() < share).then_some(value);
        sleep.push(kept(0.9, of_sleep + at(Parameter::LnErrorSleep).exp() * mood));
        let own = rho * mood + (1.0 - rho * rho).sqrt() * own;
        pain.push(kept(0.9, of_pain + at(Parameter::LnErrorPain).exp() * own));
        let other = named("a2") + named("l2") * of_sleep;
        device.push((kept(0.8, other), stream.normal()));
    }
    let error = named("ln_r_s2").exp();
    let device: Vec<Option<f64>> =
        device.into_iter().map(|(value, noise)| value.map(|value| value + error * noise)).collect();
    let weekend = frame.weekend().to_vec();
    let columns = Columns { first_date: START, sleep, pain, weekend };
    let (measure, name) = (frame.sleep_measure.clone(), frame.pain_name.clone());
    let life = Series::new(columns, measure, frame.pain_measure, name, frame.moment).expect("sound");
    let life = life.with_covariates(frame.covariates().to_vec()).expect("sound");
    let channels =
        frame.channels().iter().map(|channel| Channel { values: device.clone(), ..channel.clone() });
    life.with_channels(channels.collect()).expect("sound")
}

fn check(ranks: &[Vec<(String, f64)>]) {
    for quantity in 0..ranks[0].len() {
        let name = &ranks[0][quantity].0;
        let shares: Vec<f64> = ranks.iter().map(|row| row[quantity].1).collect();
        let mut bins = [0.0; BINS];
        shares.iter().for_each(|share| bins[((share * BINS as f64) as usize).min(BINS - 1)] += 1.0);
        let expected = PEOPLE as f64 / BINS as f64;
        let chi_square: f64 = bins.iter().map(|count| (count - expected).powi(2) / expected).sum();
        // Three degrees of freedom: 21.1 is passed by chance once in 10,000.
        assert!(chi_square < 21.1, "{name}: {bins:?}");
        // The mean of 40 uniform shares has a standard error of 0.046.
        let mean = nightmend_infer::draws::mean(&shares);
        assert!((mean - 0.5).abs() < 0.183, "{name}: mean rank {mean}");
    }
}
