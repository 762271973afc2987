//! Checks calibration: for people drawn from the priors, the rank of the truth among posterior draws is uniform.
//!
//! Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788). Ranks are judged by the largest excursion of
//! their empirical distribution, with the simulation method of Säilynoja, Bürkner and Vehtari (2022,
//! 10.1007/s11222-022-10090-6), corrected by Bonferroni for all cells together. Series are taken as already
//! standardised, so that prior and data-generating process are the same thing.

use anyhow::{Context, Result};
use jiff::civil::date;
use nightmend_domain::Moment;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{NoProgress, find_mode};
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, LoopDensity, NAMES, PARAMETERS, Parameter};
use nightmend_loop::priors::SeriesPriors;
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{PainMeasure, Priors, Series, SleepMeasure};

use super::people::for_each;
use super::ranks::{Excursions, RANKS};
use super::text::{Share, table};
use super::{Effort, Pages};

const DAYS: [usize; 3] = [30, 60, 90];
/// The parameters, and two quantities that follow from them.
const QUANTITIES: usize = PARAMETERS + 2;
const DERIVED: [&str; 2] = ["loop gain", "pulse"];
const SEED: u64 = 42_000;
const WARM_UP: usize = 400;
/// Every sixth draw is kept, so that ranks hardly feel autocorrelation.
const THIN: usize = 6;

/// Runs simulation-based calibration: 200 people of each length, or 1,000 in the full form.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 1_000 } else { 200 };
    let cells = DAYS.iter().map(|days| Cell::count(*days, people, effort)).collect::<Result<Vec<Cell>>>()?;
    Ok(vec![("calibration.md", page(&cells, people))])
}

/// All people of one length.
struct Cell {
    days: usize,
    /// For every quantity, every person's rank among the thinned draws.
    ranks: Vec<Vec<usize>>,
    /// For every quantity, in how many people the central 90 % of all draws held the truth.
    covered: Vec<Share>,
    divergences: u64,
}

impl Cell {
    fn count(days: usize, people: u64, effort: Effort) -> Result<Self> {
        let each = for_each(people, effort.threads, |person| place_truth(days, SEED + days as u64, person));
        let each = each.into_iter().collect::<Result<Vec<Placed>>>()?;
        eprintln!("  {days} days: done");
        Ok(Self {
            days,
            ranks: (0..QUANTITIES).map(|q| each.iter().map(|one| one.ranks[q]).collect()).collect(),
            covered: (0..QUANTITIES).map(|q| Share::of(each.iter().map(|one| one.covered[q]))).collect(),
            divergences: each.iter().map(|one| one.divergences).sum(),
        })
    }
}

/// Where one person's truths lie among their posterior draws.
struct Placed {
    ranks: [usize; QUANTITIES],
    covered: [bool; QUANTITIES],
    divergences: u64,
}

/// What a series of ratings is given: a rating's error is relative to its spread, which is one here.
fn priors() -> SeriesPriors {
    let one = MeanSd { mean: 0.0, sd: 1.0 };
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    let unit = Standardisation { sleep: one, pain: one };
    Priors::built_in().for_series(&measure, PainMeasure::Rating, &unit, MeasurementError::Prior)
}

fn place_truth(days: usize, seed: u64, person: u64) -> Result<Placed> {
    let priors = priors();
    let mut stream = Stream::new(seed, person);
    let truth = loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        if Dynamics::of(&draw).spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let life = live(&truth, days, priors.first_state_sd, &mut stream)?;
    let one = MeanSd { mean: 0.0, sd: 1.0 };
    let unit = Standardisation { sleep: one, pain: one };
    let mut density = Unfolded::new(LoopDensity::new(&life, &unit, priors));
    let mut start = priors.parameters.map(|prior| prior.mean);
    density.unfold(&mut start);
    let scale = priors.parameters.map(|prior| prior.sd);
    let whitening = find_mode(&mut density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode));
    let settings =
        NutsSettings { chains: 1, warmup: WARM_UP, draws: THIN * (RANKS - 1), ..NutsSettings::default() };
    let mut draws = sample(&density, &whitening, &settings, seed + 1_000_000 * (person + 1), &NoProgress)
        .context("sampling")?;
    draws.transform(|draw| density.fold(draw));
    let truths = quantities(&truth);
    let all: Vec<[f64; QUANTITIES]> = draws.iter().map(quantities).collect();
    let below = |q: usize, every: usize| all.iter().step_by(every).filter(|draw| draw[q] < truths[q]).count();
    Ok(Placed {
        ranks: std::array::from_fn(|q| below(q, THIN)),
        covered: std::array::from_fn(|q| {
            let share = below(q, 1) as f64 / all.len() as f64;
            (0.05..0.95).contains(&share)
        }),
        divergences: draws.divergences,
    })
}

/// The parameters, the loop gain, and the pulse: all the pain that one unit of sleep on one night leads to.
fn quantities(parameters: &[f64]) -> [f64; QUANTITIES] {
    let dynamics = Dynamics::of(parameters);
    let gain = dynamics.loop_gain();
    let own = (1.0 - dynamics.phi_sleep) * (1.0 - dynamics.phi_pain);
    let pulse = dynamics.sleep_to_pain / (own * (1.0 - gain));
    std::array::from_fn(|index| match index.checked_sub(PARAMETERS) {
        None => parameters[index],
        Some(0) => gain,
        Some(_) => pulse,
    })
}

/// Lives the two equations themselves, with levels and what is written down; a tenth of either is missing.
fn live(truth: &[f64; PARAMETERS], days: usize, first_state_sd: f64, stream: &mut Stream) -> Result<Series> {
    let at = |parameter: Parameter| truth[parameter.index()];
    let noise = |parameter: Parameter, stream: &mut Stream| at(parameter).exp() * stream.normal();
    let dynamics = Dynamics::of(truth);
    let first_date = date(2024, 1, 1);
    let weekend = weekend_flags(first_date, days);
    let (mut s, mut p) = (first_state_sd * stream.normal(), first_state_sd * stream.normal());
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for (day, is_off) in weekend.iter().enumerate() {
        if day > 0 {
            s = dynamics.phi_sleep * s + dynamics.pain_to_sleep * p + noise(Parameter::LnSigmaSleep, stream);
            p = dynamics.phi_pain * p + dynamics.sleep_to_pain * s + noise(Parameter::LnSigmaPain, stream);
        }
        let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(*is_off));
        let level = |mean, trend, weekend| at(mean) + at(trend) * months + at(weekend) * off;
        let level_s = level(Parameter::MeanSleep, Parameter::TrendSleep, Parameter::WeekendSleep);
        let level_p = level(Parameter::MeanPain, Parameter::TrendPain, Parameter::WeekendPain);
        let night = level_s + s + noise(Parameter::LnErrorSleep, stream);
        let score = level_p + p + noise(Parameter::LnErrorPain, stream);
        sleep.push((stream.uniform() > 0.1).then_some(night));
        pain.push((stream.uniform() > 0.1).then_some(score));
    }
    let columns = Columns { first_date, sleep, pain, weekend };
    let measure = SleepMeasure::Rating { name: "quality".to_owned() };
    Series::new(columns, measure, PainMeasure::Rating, "pain".to_owned(), Moment::Waking)
        .context("a simulated series")
}

fn name(quantity: usize) -> &'static str {
    NAMES.get(quantity).copied().unwrap_or_else(|| DERIVED[quantity - PARAMETERS])
}

fn page(cells: &[Cell], people: u64) -> String {
    let excursions = Excursions::simulate(people as usize, 43_000);
    let tests = cells.len() * QUANTITIES;
    let p_values: Vec<Vec<f64>> =
        cells.iter().map(|cell| cell.ranks.iter().map(|ranks| excursions.p_value(ranks)).collect()).collect();
    let smallest = p_values.iter().flatten().copied().fold(1.0, f64::min);
    let together = (smallest * tests as f64).min(1.0);
    let rows: Vec<Vec<String>> = (0..QUANTITIES)
        .map(|quantity| {
            let mut row = vec![name(quantity).to_owned()];
            for (cell, p_values) in cells.iter().zip(&p_values) {
                row.push(format!("{:.1}", cell.covered[quantity].percent()));
                row.push(format!("{:.3}", p_values[quantity]));
            }
            row
        })
        .collect();
    let pooled = |cells: &mut dyn Iterator<Item = &Cell>| {
        cells
            .flat_map(|cell| &cell.covered)
            .fold(Share::default(), |sum, share| Share { hits: sum.hits + share.hits, of: sum.of + share.of })
    };
    let by_days: Vec<String> = cells
        .iter()
        .map(|cell| format!("{:.2} % at {} days", pooled(&mut std::iter::once(cell)).percent(), cell.days))
        .collect();
    let head = ["quantity", "30 d: in 90 %", "p", "60 d: in 90 %", "p", "90 d: in 90 %", "p"];
    let verdict = if together >= 0.05 { "inside" } else { "**outside**" };
    let divergences: u64 = cells.iter().map(|cell| cell.divergences).sum();
    format!(
        "# Calibration: do the intervals hold what they promise?\n\n\
         Written by `cargo xtask validate --only calibration{}`; the same bytes every time. {people} people of each \
         length, drawn from the built-in priors for ratings (loops that do not settle are drawn again), a tenth of \
         either series missing, series taken as already standardised; seeds {SEED} + days. One chain of {WARM_UP} + {} \
         draws a person, every {THIN}th for the ranks (0 to {}).\n\n\
         \"In 90 %\": in how many people (in %) the central 90 % of the draws held the truth; one cell has a standard \
         error of {:.1} points. \"p\": how often uniform ranks wander as far from the diagonal (simultaneous bands for \
         the empirical distribution by simulation, Säilynoja et al. 2022, 10.1007/s11222-022-10090-6; 20,000 \
         simulations). Gain: what a lasting push to pain returns after one circuit; pulse: all the pain that one unit of \
         sleep on one night leads to.\n\n{}\n\
         - Smallest p of {tests} cells: {smallest:.5}; times {tests} (Bonferroni): {together:.3}. All ranks together \
         are {verdict} the simultaneous 95 % bands.\n\
         - Pooled coverage of 90 % intervals: {:.2} % ({}). Quantities of one person hang together, so no standard \
         error is given for the pooled figure.\n\
         - Divergent trajectories: {divergences}.\n\
         - Not tested here: standardising by the sample's own spread, whole-point pain, and anything the priors call \
         impossible.\n",
        if people >= 1_000 { " --full" } else { "" },
        THIN * (RANKS - 1),
        RANKS - 1,
        100.0 * (0.09 / people as f64).sqrt(),
        table(&head, &rows),
        pooled(&mut cells.iter()).percent(),
        by_days.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn a_small_form_is_not_far_off() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let cell = Cell::count(30, 40, effort).expect("forty people");
        let excursions = Excursions::simulate(40, 1);
        for (quantity, ranks) in cell.ranks.iter().enumerate() {
            let p = excursions.p_value(ranks);
            // Sixteen cells: by chance once in sixty runs or so, and the seed is fixed.
            assert!(p > 0.001, "{}: {p}", name(quantity));
        }
        let covered: f64 = cell.covered.iter().map(|share| share.percent()).sum::<f64>() / QUANTITIES as f64;
        assert!((84.0..96.0).contains(&covered), "{covered}");
    }

    #[test]
    fn the_pulse_is_the_sum_of_its_days() {
        let mut parameters = [0.0; PARAMETERS];
        parameters[Parameter::AtanhPhiSleep.index()] = 0.2;
        parameters[Parameter::AtanhPhiPain.index()] = 0.4;
        parameters[Parameter::SleepToPain.index()] = -0.5;
        parameters[Parameter::PainToSleep.index()] = -0.3;
        let (phi_s, phi_p) = (0.2_f64.tanh(), 0.4_f64.tanh());
        let (mut s, mut p) = (1.0, -0.5);
        let mut total = p;
        for _ in 0..500 {
            s = phi_s * s - 0.3 * p;
            p = phi_p * p - 0.5 * s;
            total += p;
        }
        assert!((quantities(&parameters)[PARAMETERS + 1] - total).abs() < 1e-9);
    }
}
