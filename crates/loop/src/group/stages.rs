//! Finds where the population lies, then samples it: everyone together and exactly, or with persons integrated out.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use nightmend_domain::Progress;
use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::Draws;
use nightmend_infer::nuts::{self, Keep, Rounds, Whitening};

use super::answer;
use super::joint::JointDensity;
use super::marginal::{self, MarginalDensity};
use super::person::{self, Person, Shared, Site};
use super::population::{HyperPriors, Population, SHARED, VARYING, place_in_vector};
use super::small::{K, Vector};
use super::two_stage::{self, Seen};
use super::{GroupError, GroupMember, GroupSettings, Method};
use crate::Seed;
use crate::data::{MINIMUM_PAIRS, Series};
use crate::model::Parameter;
use crate::priors::SeriesPriors;

/// Rounds of modes at most; they stop when the population stands still.
const ROUNDS: usize = 12;
/// Steps of expectation-maximisation before every search.
const EM_STEPS: usize = 20;
/// The population stands still when no coordinate moves by more than this share of its posterior width.
const STILL: f64 = 0.1;

/// What was found.
pub(super) struct FittedGroup {
    pub(super) scale: Standardisation,
    pub(super) priors: HyperPriors,
    /// The population's coordinates, and, where everyone was sampled, [`KEPT`] parameters of every person.
    pub(super) draws: Draws,
    pub(super) method: Method,
    /// Every person by themselves, where not everyone was sampled together.
    pub(super) seen: Vec<Option<Seen>>,
}

/// The parameters of every person that are kept, in this order.
pub(super) const KEPT: [Parameter; 4] =
    [Parameter::SleepToPain, Parameter::PainToSleep, Parameter::AtanhPhiPain, Parameter::AtanhPhiSleep];

/// Picks them out.
pub(super) fn kept(parameters: &Vector) -> [f64; KEPT.len()] {
    KEPT.map(|parameter| parameters[place_in_vector(parameter)])
}

/// Whether a record has enough pairs to be worth a likelihood. A series that never varies says something too.
pub(super) fn has_enough(series: &Series) -> bool {
    let data = series.account();
    data.pairs_sleep_to_pain.max(data.pairs_pain_to_sleep) >= MINIMUM_PAIRS
}

/// Fits everyone.
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
    let covariates = standardised_covariates(members)?;
    let priors = hyper_priors(&built_in, covariates.first().map_or(0, Vec::len));
    let persons: Vec<Person> = members
        .iter()
        .zip(covariates)
        .map(|(member, covariates)| Person::new(&member.series, &scale, &built_in, covariates))
        .collect();
    let method = settings.method.for_people(persons.len());
    if method == Method::Exact {
        let (sites, origin, place) = find_population(&persons, priors, settings, progress)?;
        let mode = marginal(&persons, (&sites, origin), priors, &place)?
            .around(place)
            .map_err(|error| GroupError::Unfit { reason: error.to_string() })?;
        let density = JointDensity::new(&persons, (&sites, origin), priors, &mode).ok_or_else(vanished)?;
        let width = priors.dimension() + KEPT.len() * persons.len();
        let map = |density: &mut JointDensity<'_>, position: &[f64], target: &mut [f64]| {
            density.write(position, target, kept);
        };
        let size = priors.dimension() + K * persons.len();
        let whitening = Whitening::diagonal(&vec![0.0; size], &vec![1.0; size]);
        let listener = Listener { progress };
        let keep = Keep { width, map };
        let dimension = priors.dimension();
        let enough = |draws: &Draws| answer::diagnostics_of(draws, dimension).meets_the_standard();
        let rounds = Rounds { most: settings.most_rounds, enough };
        let nuts = &settings.nuts;
        let draws = nuts::sample_in_rounds(&density, &whitening, nuts, seed.0, &listener, &keep, &rounds)?;
        return Ok(FittedGroup { scale, priors, draws, method, seen: Vec::new() });
    }
    let mut round = 0;
    let mut find = |persons: &[Person], place| {
        two_stage::find(place, &priors, |population, modes| {
            round += 1;
            let stage = format!("population, round {round}");
            each_person(persons, settings, (progress, &stage), |person, index| {
                let start = modes.get(index).and_then(Option::as_ref);
                two_stage::look(person, population, &priors, start, (seed.0, index))
            })
        })
    };
    let every = |step: usize| -> Vec<Person> { persons.iter().step_by(step).cloned().collect() };
    let mut step = coarsest(persons.len());
    let mut place = find_population(&every(step), priors, settings, progress)?.2;
    while step > 1 {
        place = match find(&every(step), place.clone()) {
            Ok(found) => found.place,
            Err(GroupError::Cancelled) => return Err(GroupError::Cancelled),
            // Some of the people may not come to rest where all of them do.
            Err(_) => place,
        };
        step /= FINER;
    }
    let found = find(&persons, place)?;
    let draws = two_stage::draws_of(&found, settings.nuts.chains, settings.nuts.draws, seed.0);
    Ok(FittedGroup { scale, priors, draws, method, seen: found.seen })
}

/// Each time four times as many people are looked at, so that the population moves by about two of its widths.
const FINER: usize = 4;
/// Fewer people than this say too little of a population to begin with.
const ENOUGH: usize = 500;

/// The population is narrower the more people there are, and rounds move it by widths: from the same start ten thousand
/// people would take more rounds than five hundred. So every so manieth person is looked at first, then more.
fn coarsest(persons: usize) -> usize {
    let mut step = 1;
    while persons / (step * FINER) >= ENOUGH {
        step *= FINER;
    }
    step
}

fn vanished() -> GroupError {
    GroupError::Unfit { reason: "the spread between persons vanishes".to_owned() }
}

fn marginal<'a>(
    persons: &'a [Person],
    sites: (&'a [Site], Shared),
    priors: HyperPriors,
    place: &[f64],
) -> Result<MarginalDensity<'a>, GroupError> {
    let covariates = persons.iter().map(|person| person.covariates.as_slice()).collect();
    MarginalDensity::new(sites, covariates, priors, place).ok_or_else(vanished)
}

/// Looks at every person from the population found so far, and at the population that they make, in turn.
fn find_population(
    persons: &[Person],
    priors: HyperPriors,
    settings: &GroupSettings,
    progress: &dyn Progress,
) -> Result<(Vec<Site>, Shared, Vec<f64>), GroupError> {
    let widths = priors.widths(persons.len());
    let mut place = priors.start();
    let mut modes: Vec<Option<Vector>> = vec![None; persons.len()];
    let (mut sites, mut origin) = (Vec::new(), [0.0; SHARED]);
    for round in 1..=ROUNDS {
        let population = Population::unpack(&place, &priors).ok_or_else(vanished)?;
        origin = population.shared;
        let looked = each_person(
            persons,
            settings,
            (progress, &format!("people, round {round}")),
            |person, index| person::at_the_mode(person, &population, &priors, modes[index].as_ref()),
        )?;
        modes = looked.iter().map(|one| one.map(|(mode, _)| mode)).collect();
        sites = looked.iter().map(|one| one.map_or(Site::SILENT, |(_, site)| site)).collect();
        let covariates: Vec<&[f64]> = persons.iter().map(|person| person.covariates.as_slice()).collect();
        let begin = marginal::towards_the_mode((&sites, &origin), &covariates, &priors, &place, EM_STEPS)
            .unwrap_or(place.clone());
        let mut density = marginal(persons, (&sites, origin), priors, &begin)?;
        // A search that is lost is no harm: the sampler, or the second stage, finds the way from here.
        let next = density.climb(&begin).unwrap_or_else(|_| begin.clone());
        let still = place.iter().zip(&next).zip(&widths).all(|((a, b), width)| (a - b).abs() < STILL * width);
        place = next;
        if still {
            break;
        }
    }
    Ok((sites, origin, place))
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

/// Every covariate in standard deviations around its mean over the persons.
fn standardised_covariates(members: &[&GroupMember]) -> Result<Vec<Vec<f64>>, GroupError> {
    let count = members[0].covariates.len();
    if members.iter().any(|member| member.covariates.len() != count) {
        return Err(GroupError::Covariates);
    }
    let scales: Vec<MeanSd> = (0..count).map(|column| covariate_scale(members, column)).collect();
    if scales.iter().any(|scale| !(scale.sd > 0.0 && scale.sd.is_finite())) {
        return Err(GroupError::Covariates);
    }
    let standard = |member: &&GroupMember| {
        member.covariates.iter().zip(&scales).map(|(value, scale)| (value - scale.mean) / scale.sd).collect()
    };
    Ok(members.iter().map(standard).collect())
}

/// Mean and standard deviation of a covariate over the persons.
pub(super) fn covariate_scale(members: &[&GroupMember], column: usize) -> MeanSd {
    let values: Vec<f64> = members.iter().map(|member| member.covariates[column]).collect();
    MeanSd {
        mean: nightmend_infer::draws::mean(&values),
        sd: nightmend_infer::draws::standard_deviation(&values),
    }
}

/// What is assumed of a population: weak and even in sign for the arrows; the literature's priors of single persons
/// are not used. Measurement error keeps its prior, because few days tell it from innovation only barely. Scales of
/// spreads are in units of the spread within persons (atanh and ln where a parameter is so).
fn hyper_priors(built_in: &SeriesPriors, covariates: usize) -> HyperPriors {
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
        // Of these a few weeks tell hardly anything: what is assumed stays, and is to be modest.
        Parameter::TrendSleep | Parameter::TrendPain | Parameter::WeekendSleep | Parameter::WeekendPain => {
            0.2
        }
        _ => 0.3,
    });
    let errors = [Parameter::LnErrorSleep, Parameter::LnErrorPain]
        .map(|parameter| built_in.parameters[parameter.index()]);
    HyperPriors { means, spreads, covariates, errors, with_error: built_in.with_measurement_error }
}

/// Does one piece of work for every person on the threads allowed, in order of persons.
fn each_person<T: Send>(
    persons: &[Person],
    settings: &GroupSettings,
    (progress, stage): (&dyn Progress, &str),
    work: impl Fn(&Person, usize) -> Option<T> + Sync,
) -> Result<Vec<Option<T>>, GroupError> {
    let (next, finished) = (AtomicUsize::new(0), AtomicU64::new(0));
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= persons.len() || progress.cancelled() {
                return done;
            }
            done.push((index, work(&persons[index], index)));
            progress.advance(stage, finished.fetch_add(1, Ordering::Relaxed) + 1, persons.len() as u64);
        }
    };
    let mut all: Vec<(usize, Option<T>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.nuts.threads.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if progress.cancelled() {
        return Err(GroupError::Cancelled);
    }
    if all.len() < persons.len() {
        return Err(GroupError::Unfit { reason: "a thread broke off".to_owned() });
    }
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, found)| found).collect())
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
