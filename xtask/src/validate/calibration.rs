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
use nightmend_infer::{LogDensity, NoProgress, find_mode};
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
    let cells = DAYS.iter().map(|days| count(*days, people, effort)).collect::<Result<Vec<Cell>>>()?;
    Ok(vec![("calibration.md", page(&cells, people))])
}

/// All people of one length.
pub(super) struct Cell {
    days: usize,
    /// For every quantity, every person's rank among the thinned draws.
    ranks: Vec<Vec<usize>>,
    /// For every quantity, in how many people the central 90 % of all draws held the truth.
    covered: Vec<Share>,
    divergences: u64,
}

impl Cell {
    /// Gathers what `place` made of every person.
    pub(super) fn count(
        days: usize,
        people: u64,
        effort: Effort,
        place: impl Fn(u64) -> Result<Placed> + Sync,
    ) -> Result<Self> {
        let each = for_each(people, effort.threads, place).into_iter().collect::<Result<Vec<Placed>>>()?;
        eprintln!("  {days} days: done");
        let quantities = each.first().map_or(0, |one| one.ranks.len());
        Ok(Self {
            days,
            ranks: (0..quantities).map(|q| each.iter().map(|one| one.ranks[q]).collect()).collect(),
            covered: (0..quantities).map(|q| Share::of(each.iter().map(|one| one.covered[q]))).collect(),
            divergences: each.iter().map(|one| one.divergences).sum(),
        })
    }

    /// How far the ranks of the worst quantity stray, as a p-value, and the mean coverage in percent.
    #[cfg(test)]
    pub(super) fn smallest_p(&self, excursions: &Excursions) -> (f64, f64) {
        let smallest = self.ranks.iter().map(|ranks| excursions.p_value(ranks)).fold(1.0, f64::min);
        let covered = self.covered.iter().map(|share| share.percent()).sum::<f64>();
        (smallest, covered / self.covered.len() as f64)
    }
}

/// Where one person's truths lie among their posterior draws.
pub(super) struct Placed {
    ranks: Vec<usize>,
    covered: Vec<bool>,
    divergences: u64,
}

/// Samples a posterior and places the truth of every quantity in it.
pub(super) fn place<D: LogDensity>(
    mut density: Unfolded<D>,
    priors: &[MeanSd],
    truth: &[f64],
    quantities: impl Fn(&[f64]) -> Vec<f64>,
    seed: u64,
) -> Result<Placed> {
    let mut start: Vec<f64> = priors.iter().map(|prior| prior.mean).collect();
    density.unfold(&mut start);
    let scale: Vec<f64> = priors.iter().map(|prior| prior.sd).collect();
    let whitening = find_mode(&mut density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode));
    let settings =
        NutsSettings { chains: 1, warmup: WARM_UP, draws: THIN * (RANKS - 1), ..NutsSettings::default() };
    let mut draws = sample(&density, &whitening, &settings, seed, &NoProgress).context("sampling")?;
    draws.transform(|draw| density.fold(draw));
    let truths = quantities(truth);
    let all: Vec<Vec<f64>> = draws.iter().map(quantities).collect();
    let below = |q: usize, every: usize| all.iter().step_by(every).filter(|draw| draw[q] < truths[q]).count();
    Ok(Placed {
        ranks: (0..truths.len()).map(|q| below(q, THIN)).collect(),
        covered: (0..truths.len())
            .map(|q| {
                let share = below(q, 1) as f64 / all.len() as f64;
                (0.05..0.95).contains(&share)
            })
            .collect(),
        divergences: draws.divergences,
    })
}

fn count(days: usize, people: u64, effort: Effort) -> Result<Cell> {
    Cell::count(days, people, effort, |person| place_truth(days, SEED + days as u64, person))
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
    let density = Unfolded::new(LoopDensity::new(&life, &unit, priors));
    place(
        density,
        &priors.parameters,
        &truth,
        |draw| quantities(draw).to_vec(),
        seed + 1_000_000 * (person + 1),
    )
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

/// What all pages of this kind say of their columns.
pub(super) fn how_to_read(people: u64) -> String {
    format!(
        "\"In 90 %\": in how many people (in %) the central 90 % of the draws held the truth; one cell has a standard \
         error of {:.1} points. \"p\": how often uniform ranks wander as far from the diagonal (simultaneous bands for \
         the empirical distribution by simulation, Säilynoja et al. 2022, 10.1007/s11222-022-10090-6; 20,000 \
         simulations). One chain of {WARM_UP} + {} draws a person, every {THIN}th for the ranks (0 to {}).",
        100.0 * (0.09 / people as f64).sqrt(),
        THIN * (RANKS - 1),
        RANKS - 1,
    )
}

/// The table of all quantities, and what follows from it.
pub(super) fn results(cells: &[Cell], people: u64, name: impl Fn(usize) -> &'static str) -> String {
    let excursions = Excursions::simulate(people as usize, 43_000);
    let quantities = cells.first().map_or(0, |cell| cell.ranks.len());
    let tests = cells.len() * quantities;
    let p_values: Vec<Vec<f64>> =
        cells.iter().map(|cell| cell.ranks.iter().map(|ranks| excursions.p_value(ranks)).collect()).collect();
    let smallest = p_values.iter().flatten().copied().fold(1.0, f64::min);
    let together = (smallest * tests as f64).min(1.0);
    let rows: Vec<Vec<String>> = (0..quantities)
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
    let mut head = vec!["quantity".to_owned()];
    head.extend(cells.iter().flat_map(|cell| [format!("{} d: in 90 %", cell.days), "p".to_owned()]));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let verdict = if together >= 0.05 { "inside" } else { "**outside**" };
    let divergences: u64 = cells.iter().map(|cell| cell.divergences).sum();
    format!(
        "{}\n\
         - Smallest p of {tests} cells: {smallest:.5}; times {tests} (Bonferroni): {together:.3}. All ranks together \
         are {verdict} the simultaneous 95 % bands.\n\
         - Pooled coverage of 90 % intervals: {:.2} % ({}). Quantities of one person hang together, so no standard \
         error is given for the pooled figure.\n\
         - Divergent trajectories: {divergences}.\n",
        table(&head, &rows),
        pooled(&mut cells.iter()).percent(),
        by_days.join(", "),
    )
}

fn page(cells: &[Cell], people: u64) -> String {
    format!(
        "# Calibration: do the intervals hold what they promise?\n\n\
         Written by `cargo xtask validate --only calibration{}`; the same bytes every time. {people} people of each \
         length, drawn from the built-in priors for ratings (loops that do not settle are drawn again), a tenth of \
         either series missing, series taken as already standardised; seeds {SEED} + days.\n\n\
         {} Gain: what a lasting push to pain returns after one circuit; pulse: all the pain that one unit of sleep on \
         one night leads to.\n\n{}\
         - Not tested here: standardising by the sample's own spread, whole-point pain (both in `misspecification.md`), and \
         anything the priors call impossible.\n",
        if people >= 1_000 { " --full" } else { "" },
        how_to_read(people),
        results(cells, people, name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn a_small_form_is_not_far_off() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let cell = count(30, 40, effort).expect("forty people");
        let (p, covered) = cell.smallest_p(&Excursions::simulate(40, 1));
        // Sixteen quantities: by chance once in sixty runs or so, and the seed is fixed.
        assert!(p > 0.001, "{p}");
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
