//! Checks the calibration of the half-day form, as `calibration` does for one pain a day.

use anyhow::Result;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::random::Stream;
use nightmend_loop::data::weekend_flags;
use nightmend_loop::half_day::model::{
    HALF_DAY_NAMES, HALF_DAY_PARAMETERS, HalfDayDensity, HalfDayDynamics, HalfDayParameter as P,
    HalfDayPriors,
};
use nightmend_loop::model::LARGEST_SPECTRAL_RADIUS;
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};

use super::calibration::{Cell, Placed, how_to_read, place, results};
use super::half_day_life::series;
use super::{Effort, Pages};

const DAYS: [usize; 2] = [60, 90];
const SEED: u64 = 45_000;
const DERIVED: [&str; 2] = ["loop gain", "sleep to the later report"];

/// Runs it: 60 people of each length, or 1,000 in the full form.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 1_000 } else { 60 };
    let cells = DAYS.iter().map(|days| count(*days, people, effort)).collect::<Result<Vec<Cell>>>()?;
    Ok(vec![("half-day-calibration.md", page(&cells, people, effort))])
}

fn count(days: usize, people: u64, effort: Effort) -> Result<Cell> {
    Cell::count(days, people, effort, |person| place_truth(days, SEED + days as u64, person))
}

const ONE: MeanSd = MeanSd { mean: 0.0, sd: 1.0 };
const UNIT: Standardisation = Standardisation { sleep: ONE, pain: ONE };

/// A rating's error is relative to its spread, which is one here.
fn priors() -> HalfDayPriors {
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    Priors::built_in().for_half_day(&measure, PainMeasure::Rating, &UNIT, MeasurementError::Prior)
}

fn place_truth(days: usize, seed: u64, person: u64) -> Result<Placed> {
    let priors = priors();
    let mut stream = Stream::new(seed, person);
    let truth = loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        if HalfDayDynamics::of(&draw).day_to_day().spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let life = live(&truth, days, priors.first_state_sd, &mut stream);
    let density = Unfolded::of_half_day(HalfDayDensity::new(&life, &UNIT, priors));
    place(density, &priors.parameters, &truth, quantities, seed + 1_000_000 * (person + 1))
}

fn quantities(parameters: &[f64]) -> Vec<f64> {
    let dynamics = HalfDayDynamics::of(parameters);
    let derived = [dynamics.day_to_day().loop_gain(), dynamics.sleep_to_whole_day()];
    parameters.iter().copied().chain(derived).collect()
}

fn name(quantity: usize) -> &'static str {
    HALF_DAY_NAMES.get(quantity).copied().unwrap_or_else(|| DERIVED[quantity - HALF_DAY_PARAMETERS])
}

/// Lives the three equations themselves; a tenth of each column is missing. Nothing is standardised: the engine is
/// given the spread of one.
fn live(truth: &[f64; HALF_DAY_PARAMETERS], days: usize, first_sd: f64, stream: &mut Stream) -> Series {
    let at = |parameter: P| truth[parameter.index()];
    let noise = |parameter: P, stream: &mut Stream| at(parameter).exp() * stream.normal();
    let dynamics = HalfDayDynamics::of(truth);
    let weekend = weekend_flags(jiff::civil::date(2024, 1, 1), days);
    let mut state = [0.0; 3];
    let [mut sleep, mut mornings, mut later]: [Vec<Option<f64>>; 3] = Default::default();
    for (day, is_off) in weekend.iter().enumerate() {
        state = if day == 0 {
            std::array::from_fn(|_| first_sd * stream.normal())
        } else {
            let [night, _, evening] = state;
            let night = dynamics.phi_sleep * night
                + dynamics.pain_to_sleep * evening
                + noise(P::LnSigmaSleep, stream);
            let morning = dynamics.lambda * evening
                + dynamics.sleep_to_morning * night
                + noise(P::LnSigmaMorning, stream);
            let evening =
                dynamics.phi_pain * morning + dynamics.sleep_to_day * night + noise(P::LnSigmaDay, stream);
            [night, morning, evening]
        };
        let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(*is_off));
        let slept = at(P::MeanSleep) + at(P::TrendSleep) * months + at(P::WeekendSleep) * off;
        let felt = at(P::MeanPain) + at(P::TrendPain) * months + at(P::WeekendPain) * off;
        let levels = [slept, felt + at(P::MorningOffset), felt];
        let errors = [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay].map(|error| noise(error, stream));
        for (channel, column) in [&mut sleep, &mut mornings, &mut later].into_iter().enumerate() {
            let value = levels[channel] + state[channel] + errors[channel];
            column.push((stream.uniform() > 0.1).then_some(value));
        }
    }
    series(sleep, mornings, later)
}

fn page(cells: &[Cell], people: u64, effort: Effort) -> String {
    format!(
        "# Calibration of the half-day form\n\n\
         Written by `cargo xtask validate --only half-day-calibration{}`; the same bytes every time. {people} people of each \
         length, drawn from the built-in priors for ratings, a tenth of each of the three series missing, series taken as already standardised; seeds {SEED} + days.\n\n\
         {}\n\n{}",
        if effort.full { " --full" } else { "" },
        how_to_read(people),
        results(cells, people, name),
    )
}

#[cfg(test)]
mod tests {
    use super::super::ranks::Excursions;
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn a_small_form_is_not_far_off() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let cell = count(60, 20, effort).expect("twenty people");
        let (p, covered) = cell.smallest_p(&Excursions::simulate(20, 1));
        assert!(p > 0.001, "{p}");
        assert!((82.0..97.0).contains(&covered), "{covered}");
    }
}
