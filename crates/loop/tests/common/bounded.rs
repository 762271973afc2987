//! Draws people from the priors of the form with states written out and ranks the truth among the draws of a fit.

use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{LogDensity, NoProgress};
use nightmend_loop::explicit::model::ExplicitDensity;
use nightmend_loop::explicit::scale::Steps;
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, PARAMETERS, Parameter};
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{PainMeasure, Priors, SleepMeasure};

use super::{START, series};

/// Which form is calibrated.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub ordered: bool,
    pub student: bool,
}

/// The names of what is ranked.
pub fn names(kind: Kind) -> Vec<&'static str> {
    let more = [kind.ordered.then_some("curvature"), kind.student.then_some("ln_nu")];
    nightmend_loop::model::NAMES.into_iter().chain(more.into_iter().flatten()).collect()
}

/// Draws one person of so many days, fits them with one chain, and returns each truth's place among the draws (0 to 1) and
/// how many trajectories went wrong.
pub fn ranks(kind: Kind, days: usize, replicate: u64, settings: &NutsSettings) -> (Vec<f64>, u64) {
    let unit = MeanSd { mean: 0.0, sd: 1.0 };
    let spread = Standardisation { sleep: unit, pain: unit };
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let built_in = Priors::built_in();
    let priors = built_in.for_series(&measure, PainMeasure::Rating, &spread, MeasurementError::Prior);
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
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for (day, off) in weekend.iter().enumerate() {
        if day > 0 {
            s = dynamics.phi_sleep * s
                + dynamics.pain_to_sleep * p
                + at(Parameter::LnSigmaSleep).exp() * stream.normal();
            p = dynamics.phi_pain * p
                + dynamics.sleep_to_pain * s
                + at(Parameter::LnSigmaPain).exp() * student(&mut stream);
        }
        let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(*off));
        let level = |mean, trend, weekend| at(mean) + at(trend) * months + at(weekend) * off;
        let night = level(Parameter::MeanSleep, Parameter::TrendSleep, Parameter::WeekendSleep)
            + s
            + at(Parameter::LnErrorSleep).exp() * stream.normal();
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
    let life = series(START, sleep, pain);
    let density = ExplicitDensity::new(&life, &spread, priors, extra, steps.as_ref(), kind.student);
    let density = Unfolded::of_explicit(density);
    let mut centre: Vec<f64> = priors.parameters.iter().map(|prior| prior.mean).collect();
    let mut widths: Vec<f64> = priors.parameters.iter().map(|prior| prior.sd).collect();
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
    assert_eq!(truth.len() - PARAMETERS, usize::from(kind.ordered) + usize::from(kind.student));
    let whitening = Whitening::diagonal(&centre, &widths);
    let mut draws = sample(&density, &whitening, settings, replicate, &NoProgress).expect("draws");
    draws.transform(|draw| density.fold(draw));
    let total = (draws.chains() * draws.per_chain()) as f64;
    let place = |(index, truth): (usize, &f64)| {
        draws.column(index).iter().filter(|value| *value < truth).count() as f64 / total
    };
    (truth.iter().enumerate().map(place).collect(), draws.divergences)
}
