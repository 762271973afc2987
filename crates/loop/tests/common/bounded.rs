//! Draws people from the priors of the form with states written out and ranks the truth among the draws of a fit.

use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{LogDensity, NoProgress};
use nightmend_loop::beside::{Channel, Covariate, Plan, Said};
use nightmend_loop::explicit::model::ExplicitDensity;
use nightmend_loop::explicit::scale::Steps;
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, PARAMETERS, Parameter};
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{LoopSettings, PainMeasure, Priors, Series, SleepMeasure};

use super::{START, series};

/// Which form is calibrated.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub ordered: bool,
    pub student: bool,
    /// With two covariates, one of them unknown on a fifth of the days, and a device beside the diary.
    pub beside: bool,
}

/// The names of what is ranked.
pub fn names(kind: Kind) -> Vec<String> {
    density(kind, &frame(kind, 60, 0), None).names()
}

/// A series of which only the covariates, and which nights the device tells, mean anything yet.
fn frame(kind: Kind, days: usize, replicate: u64) -> Series {
    let values: Vec<Option<f64>> = (0..days).map(|day| Some((day % 5) as f64)).collect();
    let life = series(START, values.clone(), values.clone());
    if !kind.beside {
        return life;
    }
    let mut stream = Stream::new(92, replicate);
    let mut covariate = |name: &str, said, blank: usize| {
        let values = (0..days).map(|day| {
            let value = stream.normal();
            (day % 5 >= blank).then_some(value)
        });
        Covariate { name: name.to_owned(), unit: None, said, values: values.collect() }
    };
    let covariates = vec![covariate("stress", Said::Evening, 0), covariate("activity", Said::Day, 1)];
    let device = Channel { measure: SleepMeasure::HoursDevice, values };
    life.with_covariates(covariates).and_then(|life| life.with_channels(vec![device])).expect("sound")
}

const UNIT: Standardisation =
    Standardisation { sleep: MeanSd { mean: 0.0, sd: 1.0 }, pain: MeanSd { mean: 0.0, sd: 1.0 } };

/// The density of a series on the scale of the priors.
fn density(kind: Kind, life: &Series, steps: Option<&Steps>) -> ExplicitDensity {
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let built_in = Priors::built_in();
    let priors = built_in.for_series(&measure, PainMeasure::Rating, &UNIT, MeasurementError::Prior);
    let known = Steps::known(0.0, 1.0, 6, MeanSd { mean: 1.0, sd: 1.5 });
    let steps = steps.or(kind.ordered.then_some(&known));
    let plan = Plan::new(life, &UNIT, &LoopSettings::default(), false);
    ExplicitDensity::new(life, &UNIT, priors, built_in.explicit(), steps, kind.student).with_beside(plan)
}

/// Draws one person of so many days, fits them with one chain, and returns each truth's place among the draws (0 to 1) and
/// how many trajectories went wrong.
pub fn ranks(kind: Kind, days: usize, replicate: u64, settings: &NutsSettings) -> (Vec<f64>, u64) {
    let built_in = Priors::built_in();
    let frame = frame(kind, days, replicate);
    let plain = density(kind, &frame, None);
    let priors = *plain.priors();
    // Six categories, 0 to 5, around a latent mean of 1 with a spread of 1.5: many at the lower end.
    let steps = kind.ordered.then(|| Steps::known(0.0, 1.0, 6, MeanSd { mean: 1.0, sd: 1.5 }));
    let mut stream = Stream::new(91, replicate);
    let mut truth = loop {
        let draw: Vec<f64> =
            priors.parameters.iter().map(|prior| prior.mean + prior.sd * stream.normal()).collect();
        if Dynamics::of(&draw).spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let mut of_beside = Stream::new(93, replicate);
    let own = PARAMETERS + usize::from(kind.ordered) + usize::from(kind.student);
    let more = plain.parameters() - own;
    let beside_priors = plain.all_priors();
    truth.extend(
        beside_priors[PARAMETERS..PARAMETERS + more]
            .iter()
            .map(|prior| prior.mean + prior.sd * of_beside.normal()),
    );
    let names = plain.names();
    let named =
        |truth: &[f64], name: &str| names.iter().position(|other| other == name).map(|place| truth[place]);
    let first_column = PARAMETERS + more - plain.plan().columns.len();
    let push = |truth: &[f64], state: usize, day: usize| -> f64 {
        let columns = plain.plan().columns.iter().enumerate().filter(|(_, column)| column.state == state);
        columns.map(|(index, column)| truth[first_column + index] * column.values[day]).sum()
    };
    let extra = built_in.explicit();
    let curvature = extra.curvature.mean + extra.curvature.sd * stream.normal();
    // Gamma with shape two: the sum of two exponentials.
    let freedom = -(stream.uniform().ln() + stream.uniform().ln()) / extra.freedom[1];
    if kind.ordered {
        truth.push(curvature);
    }
    if kind.student {
        truth.push(freedom.ln());
    }
    let student = |stream: &mut Stream| {
        let value = stream.normal();
        if !kind.student {
            return value;
        }
        // A chi-square with any degrees of freedom, by Marsaglia and Tsang (2000, 10.1145/358407.358414).
        let shape = 0.5 * freedom + 1.0;
        let (d, c) = (shape - 1.0 / 3.0, 1.0 / (9.0 * (shape - 1.0 / 3.0)).sqrt());
        let gamma = loop {
            let x = stream.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && stream.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                break d * v;
            }
        };
        let gamma = gamma * stream.uniform().powf(2.0 / freedom);
        value / (2.0 * gamma / freedom).sqrt()
    };
    let at = |parameter: Parameter| truth[parameter.index()];
    let dynamics = Dynamics::of(&truth);
    let weekend = nightmend_loop::data::weekend_flags(START, days);
    let first = priors.first_state_sd;
    let (mut s, mut p) = (first * stream.normal(), first * stream.normal());
    // What pushes the first night is handed on to its pain; what the night lacks besides is not.
    p += dynamics.sleep_to_pain * push(&truth, 0, 0) + push(&truth, 1, 0);
    s += push(&truth, 0, 0);
    let (mut sleep, mut pain, mut device) = (Vec::new(), Vec::new(), Vec::new());
    for (day, off) in weekend.iter().enumerate() {
        if day > 0 {
            s = dynamics.phi_sleep * s
                + dynamics.pain_to_sleep * p
                + push(&truth, 0, day)
                + at(Parameter::LnSigmaSleep).exp() * stream.normal();
            p = dynamics.phi_pain * p
                + dynamics.sleep_to_pain * s
                + push(&truth, 1, day)
                + at(Parameter::LnSigmaPain).exp() * student(&mut stream);
        }
        let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(*off));
        let level = |mean, trend, weekend| at(mean) + at(trend) * months + at(weekend) * off;
        let slept = level(Parameter::MeanSleep, Parameter::TrendSleep, Parameter::WeekendSleep) + s;
        if let (Some(offset), Some(loading), Some(ln_error)) =
            (named(&truth, "a2"), named(&truth, "l2"), named(&truth, "ln_r_s2"))
        {
            let told = offset + loading * slept + ln_error.exp() * of_beside.normal();
            device.push((of_beside.uniform() > 0.2).then_some(told));
        }
        let night = slept + at(Parameter::LnErrorSleep).exp() * stream.normal();
        let latent = level(Parameter::MeanPain, Parameter::TrendPain, Parameter::WeekendPain)
            + p
            + at(Parameter::LnErrorPain).exp() * stream.normal();
        let seen = steps.as_ref().map_or(latent, |steps| {
            let bent = |u: f64| if curvature.abs() < 1e-9 { u } else { (curvature * u).exp_m1() / curvature };
            steps.borders().iter().filter(|border| bent(**border) < latent).count() as f64
        });
        sleep.push((stream.uniform() > 0.1).then_some(night));
        pain.push((stream.uniform() > 0.1).then_some(seen));
    }
    let life = series(START, sleep, pain).with_covariates(frame.covariates().to_vec()).expect("sound");
    let channels =
        frame.channels().iter().map(|channel| Channel { values: device.clone(), ..channel.clone() });
    let life = life.with_channels(channels.collect()).expect("sound");
    let density = Unfolded::of_explicit(density(kind, &life, steps.as_ref()));
    let looked_for = || beside_priors[..PARAMETERS + more].iter();
    let mut centre: Vec<f64> = looked_for().map(|prior| prior.mean).collect();
    let mut widths: Vec<f64> = looked_for().map(|prior| prior.sd).collect();
    density.unfold(&mut centre);
    if kind.ordered {
        centre.push(0.0);
        widths.push(0.3);
    }
    if kind.student {
        centre.push(2.7);
        widths.push(0.8);
    }
    centre.resize(density.dimension(), 0.0);
    widths.resize(density.dimension(), 0.9);
    assert_eq!(truth.len(), names.len());
    let whitening = Whitening::diagonal(&centre, &widths);
    let mut draws = sample(&density, &whitening, settings, replicate, &NoProgress).expect("draws");
    draws.transform(|draw| density.fold(draw));
    let total = (draws.chains() * draws.per_chain()) as f64;
    let place = |(index, truth): (usize, &f64)| {
        draws.column(index).iter().filter(|value| *value < truth).count() as f64 / total
    };
    (truth.iter().enumerate().map(place).collect(), draws.divergences)
}
