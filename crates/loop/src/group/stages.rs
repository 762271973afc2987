//! Runs the two stages in turn until the first sees the population that the second finds, then samples.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use nightmend_domain::Progress;
use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::laplace;
use nightmend_infer::nuts::{self, NutsSettings, Whitening};
use nightmend_infer::{Draws, Mode};

use super::person::{self, Likelihood, Moments, VARYING};
use super::population::{HyperPriors, PopulationDensity, split};
use super::small::K;
use super::{GroupError, GroupMember, GroupSettings};
use crate::Seed;
use crate::data::{MINIMUM_PAIRS, Series};
use crate::model::{PARAMETERS, Parameter};
use crate::priors::SeriesPriors;

/// Rounds of modes before the round of draws; the population moves by less than a tenth of its SD in the last.
const ROUNDS: usize = 4;
/// How much wider than the population the prior of the first stage's draws is, so that its normal form also holds
/// for the wider populations that the second stage considers.
const WIDER: f64 = 1.25;
/// The first stage's prior is never narrower than this share of what is assumed of the spread between persons: under
/// a narrow prior a posterior says nearly nothing of the likelihood, and dividing it out would leave noise.
const NARROWEST: f64 = 0.5;
/// The same for trend and weekend, in the pooled spread.
const NARROWEST_HELD: f64 = 0.1;
/// Draws that tune each person's sampler.
const PERSON_WARM_UP: usize = 200;

/// What both stages found.
pub(super) struct FittedGroup {
    pub(super) scale: Standardisation,
    pub(super) likelihoods: Vec<Likelihood>,
    pub(super) draws: Draws,
    pub(super) first_stage_divergences: u64,
}

/// Whether a record has enough pairs to be worth a likelihood. A series that never varies says something too.
pub(super) fn has_enough(series: &Series) -> bool {
    let data = series.account();
    data.pairs_sleep_to_pain.max(data.pairs_pain_to_sleep) >= MINIMUM_PAIRS
}

/// Fits both stages.
pub(super) fn fit(
    members: &[&GroupMember],
    settings: &GroupSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<FittedGroup, GroupError> {
    let scale = pooled_scale(members).ok_or(GroupError::NothingVaries)?;
    let first = &members[0].series;
    let built_in = settings.priors.for_series(
        &first.sleep_measure,
        first.pain_measure,
        &scale,
        settings.measurement_error,
    );
    let hyper = hyper_priors(&built_in);
    let mut population = starting_population(&built_in, &hyper);
    let mut mode = None;
    for _ in 0..ROUNDS {
        let moments = each_person(members, settings, progress, |member, _| {
            person::at_the_mode(&member.series, &scale, &population)
        })?;
        let likelihoods = divide_out(&moments, &population)?;
        let found = find_population(&likelihoods, hyper)?;
        population = next_population(population, &found, &moments, &hyper);
        mode = Some(found);
    }
    let wide = widened(population);
    let one_chain =
        NutsSettings { chains: 1, warmup: PERSON_WARM_UP, draws: settings.person_draws, ..settings.nuts };
    let moments = each_person(members, settings, progress, |member, index| {
        let own_seed = seed.0.wrapping_add(1 + index as u64);
        person::from_draws(&member.series, &scale, &wide, &one_chain, own_seed)
    })?;
    let likelihoods = divide_out(&moments, &wide)?;
    let mode = find_population(&likelihoods, hyper).or_else(|error| mode.ok_or(error))?;
    let density = PopulationDensity { persons: &likelihoods, priors: hyper };
    let listener = Listener { progress };
    let draws = nuts::sample(&density, &Whitening::from_mode(&mode), &settings.nuts, seed.0, &listener)?;
    let first_stage_divergences = moments.iter().map(|one| one.divergences).sum();
    Ok(FittedGroup { scale, likelihoods, draws, first_stage_divergences })
}

/// Grand mean and pooled within-person standard deviation of both columns; `None` where nothing varies.
fn pooled_scale(members: &[&GroupMember]) -> Option<Standardisation> {
    let pooled = |column: fn(&Series) -> &[Option<f64>]| {
        let (mut squares, mut degrees, mut means) = (0.0, 0.0, Vec::new());
        for member in members {
            let known: Vec<f64> = column(&member.series).iter().flatten().copied().collect();
            if known.is_empty() {
                continue;
            }
            let mean = nightmend_infer::draws::mean(&known);
            squares += known.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            degrees += known.len() as f64 - 1.0;
            means.push(mean);
        }
        let sd = (squares / degrees).sqrt();
        (sd > 1e-9 && sd.is_finite()).then(|| MeanSd { mean: nightmend_infer::draws::mean(&means), sd })
    };
    Some(Standardisation { sleep: pooled(Series::sleep)?, pain: pooled(Series::pain)? })
}

/// What is assumed of a population: weak and even in sign for the arrows; the literature's priors of single persons
/// are not used. Measurement error keeps its prior, because few days tell it from innovation only barely.
fn hyper_priors(built_in: &SeriesPriors) -> HyperPriors {
    let means = VARYING.map(|parameter| match parameter {
        Parameter::SleepToPain | Parameter::PainToSleep => MeanSd { mean: 0.0, sd: 0.5 },
        Parameter::AtanhPhiSleep | Parameter::AtanhPhiPain => MeanSd { mean: 0.3, sd: 0.5 },
        Parameter::LnSigmaSleep | Parameter::LnSigmaPain => MeanSd { mean: -0.15, sd: 0.5 },
        other => built_in.parameters[other.index()],
    });
    let spreads = VARYING.map(|parameter| match parameter {
        // Persons differ in level by more than a person varies.
        Parameter::MeanSleep | Parameter::MeanPain => 2.0,
        Parameter::AtanhPhiSleep | Parameter::AtanhPhiPain => 0.5,
        Parameter::LnErrorSleep | Parameter::LnErrorPain => 0.2,
        _ => 0.3,
    });
    HyperPriors { means, spreads }
}

fn starting_population(built_in: &SeriesPriors, hyper: &HyperPriors) -> SeriesPriors {
    let mut population = *built_in;
    for (place, parameter) in VARYING.iter().enumerate() {
        let spread = hyper.spreads[place].max(0.2);
        population.parameters[parameter.index()] = MeanSd { mean: hyper.means[place].mean, sd: spread };
    }
    population
}

fn divide_out(moments: &[Moments], priors: &SeriesPriors) -> Result<Vec<Likelihood>, GroupError> {
    let unfit = || GroupError::Unfit { reason: "a person's covariance is singular".to_owned() };
    moments.iter().map(|one| one.without(priors).ok_or_else(unfit)).collect()
}

fn find_population(likelihoods: &[Likelihood], hyper: HyperPriors) -> Result<Mode, GroupError> {
    let mut density = PopulationDensity { persons: likelihoods, priors: hyper };
    let mut start: Vec<f64> = hyper.means.iter().map(|prior| prior.mean).collect();
    start.extend(hyper.spreads.iter().map(|spread| (0.5 * spread).ln()));
    // Population means are known to about the persons' spread over the root of their number.
    let root = (likelihoods.len() as f64).sqrt();
    let mut scale: Vec<f64> = hyper.spreads.iter().map(|spread| spread / root).collect();
    scale.extend([1.5 / root; K]);
    laplace::find_mode(&mut density, &start, &scale)
        .map_err(|error| GroupError::Unfit { reason: error.to_string() })
}

/// The population as a prior of the next round: the mode for what varies, and one step of expectation-maximisation
/// for trend and weekend, whose spread is held in the second stage.
fn next_population(
    before: SeriesPriors,
    mode: &Mode,
    moments: &[Moments],
    hyper: &HyperPriors,
) -> SeriesPriors {
    let mut population = before;
    for index in (0..PARAMETERS).filter(|index| !VARYING.iter().any(|varying| varying.index() == *index)) {
        let count = moments.len() as f64;
        let mean = moments.iter().map(|one| one.mean[index]).sum::<f64>() / count;
        let squares =
            moments.iter().map(|one| (one.mean[index] - mean).powi(2) + one.covariance[index][index]);
        population.parameters[index] =
            MeanSd { mean, sd: (squares.sum::<f64>() / count).sqrt().max(NARROWEST_HELD) };
    }
    let (means, spreads) = split(&mode.position);
    for (place, parameter) in VARYING.iter().enumerate() {
        population.parameters[parameter.index()] =
            MeanSd { mean: means[place], sd: spreads[place].max(NARROWEST * hyper.spreads[place]) };
    }
    population
}

fn widened(mut population: SeriesPriors) -> SeriesPriors {
    for parameter in VARYING {
        population.parameters[parameter.index()].sd *= WIDER;
    }
    population
}

/// Does one piece of work for every person on the threads allowed, in order of persons.
fn each_person(
    members: &[&GroupMember],
    settings: &GroupSettings,
    progress: &dyn Progress,
    work: impl Fn(&GroupMember, usize) -> Option<Moments> + Sync,
) -> Result<Vec<Moments>, GroupError> {
    let (next, finished) = (AtomicUsize::new(0), AtomicU64::new(0));
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= members.len() || progress.cancelled() {
                return done;
            }
            done.push((index, work(members[index], index)));
            progress.advance("people", finished.fetch_add(1, Ordering::Relaxed) + 1, members.len() as u64);
        }
    };
    let mut all: Vec<(usize, Option<Moments>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.nuts.threads.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if progress.cancelled() {
        return Err(GroupError::Cancelled);
    }
    all.sort_by_key(|(index, _)| *index);
    let broken = |index: usize| GroupError::Unfit {
        reason: format!("no fit for {}", members.get(index).map_or("a person", |member| &member.person)),
    };
    if all.len() < members.len() {
        return Err(broken(members.len()));
    }
    all.into_iter().map(|(index, moments)| moments.ok_or_else(|| broken(index))).collect()
}

/// Passes the sampler's progress on under a name.
struct Listener<'a> {
    progress: &'a dyn Progress,
}

impl nightmend_infer::Progress for Listener<'_> {
    fn advance(&self, done: u64, total: u64) {
        self.progress.advance("population", done, total);
    }

    fn is_cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}
