//! Checks calibration: for people drawn from the priors, the rank of the truth among posterior draws is uniform.
//!
//! The small form of simulation-based calibration (Talts et al. 2018, arXiv 1804.06788): 100 people of 60 days, a
//! tenth missing, every parameter and the loop gain. Series are taken as already standardised, so that prior and
//! data-generating process are the same thing; what standardising by the sample's own spread does to a posterior is
//! not tested here. Bands are wide enough to be passed by chance once in thousands of runs, and the seed is fixed.

mod common;

use common::{START, in_parallel, series};
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{NoProgress, find_mode};
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, LoopDensity, NAMES, PARAMETERS, Parameter};
use nightmend_loop::priors::SeriesPriors;
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};

const PEOPLE: u64 = 100;
const DAYS: usize = 60;
const QUANTITIES: usize = PARAMETERS + 1;
const BINS: usize = 5;

const UNIT: Standardisation =
    Standardisation { sleep: MeanSd { mean: 0.0, sd: 1.0 }, pain: MeanSd { mean: 0.0, sd: 1.0 } };

#[test]
fn truths_rank_evenly_among_posterior_draws() {
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let priors = Priors::built_in().for_series(&measure, PainMeasure::Rating, &UNIT, MeasurementError::Prior);
    let ranks = in_parallel(PEOPLE, |person| ranks_of_one(&priors, person));
    for quantity in 0..QUANTITIES {
        let name = NAMES.get(quantity).unwrap_or(&"loop gain");
        let shares: Vec<f64> = ranks.iter().map(|row| row[quantity]).collect();
        let mut bins = [0.0; BINS];
        shares.iter().for_each(|share| bins[((share * BINS as f64) as usize).min(BINS - 1)] += 1.0);
        let expected = PEOPLE as f64 / BINS as f64;
        let chi_square: f64 = bins.iter().map(|count| (count - expected).powi(2) / expected).sum();
        // Four degrees of freedom: 23.5 is passed by chance once in 10,000.
        assert!(chi_square < 23.5, "{name}: {bins:?}");
        // The mean of 100 uniform shares has a standard error of 0.029.
        let mean = nightmend_infer::draws::mean(&shares);
        assert!((mean - 0.5).abs() < 0.115, "{name}: mean rank {mean}");
    }
}

/// Draws a person from the priors, fits them, and returns each truth's place among the draws, from 0 to 1.
fn ranks_of_one(priors: &SeriesPriors, person: u64) -> [f64; QUANTITIES] {
    let mut stream = Stream::new(77, person);
    let truth = loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        if Dynamics::of(&draw).spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let life = live(&truth, priors.first_state_sd, &mut stream);
    let mut density = Unfolded::new(LoopDensity::new(&life, &UNIT, *priors));
    let mut start = priors.parameters.map(|prior| prior.mean);
    density.unfold(&mut start);
    let scale = priors.parameters.map(|prior| prior.sd);
    let whitening = find_mode(&mut density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode));
    let settings = NutsSettings { chains: 2, warmup: 250, draws: 400, ..NutsSettings::default() };
    let mut draws = sample(&density, &whitening, &settings, person, &NoProgress).expect("draws");
    draws.transform(|draw| density.fold(draw));
    std::array::from_fn(|quantity| {
        let of = |values: &[f64]| {
            values.get(quantity).copied().unwrap_or_else(|| Dynamics::of(values).loop_gain())
        };
        let below = draws.iter().filter(|draw| of(draw) < of(&truth)).count();
        below as f64 / (draws.chains() * draws.per_chain()) as f64
    })
}

/// Lives the two equations themselves, with levels and what is written down.
fn live(truth: &[f64; PARAMETERS], first_state_sd: f64, stream: &mut Stream) -> Series {
    let at = |parameter: Parameter| truth[parameter.index()];
    let dynamics = Dynamics::of(truth);
    let flags = nightmend_loop::data::weekend_flags(START, DAYS);
    let (mut s, mut p) = (first_state_sd * stream.normal(), first_state_sd * stream.normal());
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for (day, off) in flags.iter().enumerate() {
        if day > 0 {
            s = dynamics.phi_sleep * s
                + dynamics.pain_to_sleep * p
                + at(Parameter::LnSigmaSleep).exp() * stream.normal();
            p = dynamics.phi_pain * p
                + dynamics.sleep_to_pain * s
                + at(Parameter::LnSigmaPain).exp() * stream.normal();
        }
        let months = (day as f64 - (DAYS as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(*off));
        let level_s =
            at(Parameter::MeanSleep) + at(Parameter::TrendSleep) * months + at(Parameter::WeekendSleep) * off;
        let level_p =
            at(Parameter::MeanPain) + at(Parameter::TrendPain) * months + at(Parameter::WeekendPain) * off;
        let night = level_s + s + at(Parameter::LnErrorSleep).exp() * stream.normal();
        let score = level_p + p + at(Parameter::LnErrorPain).exp() * stream.normal();
        sleep.push((stream.uniform() > 0.1).then_some(night));
        pain.push((stream.uniform() > 0.1).then_some(score));
    }
    series(START, sleep, pain)
}
