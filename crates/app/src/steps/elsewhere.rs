//! Reads an experiment that was run elsewhere from a table, by the map language of imports, and analyses it.
//!
//! Besides what every map can say (date, pain, sleep), two columns are looked for by the name that the map gives them in
//! the store: `arm`, the arm of the night or day, and, where there is one, `done`: `yes`, `partly` or `no`. A row's date
//! is that of waking after the night that was assigned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use nightmend_domain::plan::{Adherence, Arm, Assignment, Design, Plan, Rotation, StepName};
use nightmend_domain::{
    Entry, Fact, NightDate, Observation, Outcome, SleepSettings, Value, Zone, ZoneHistory,
};
use nightmend_import::table::TableMap;
use nightmend_import::{ImportSettings, Item, PlausibleDates, importers};
use nightmend_loop::SleepMeasure;
use nightmend_sleep::{Assembly, assemble as assemble_nights};
use nightmend_trial::analysis::Origin;
use nightmend_trial::{AnalysisSettings, NightRecord, Record, analyse};

use super::result::{ResultAnswer, outcomes};
use crate::failure::AppError;
use crate::views::StepResultView;

/// The name in the store of the column with the arm, and of the one with what was done.
const ARM: &str = "arm";
const DONE: &str = "done";
/// What the arm without a step is usually called.
const USUAL_NAMES: [&str; 8] = ["usual", "control", "off", "no", "0", "baseline", "placebo", "a"];

/// An experiment in a table, and what a person says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRequest {
    /// The table.
    pub path: PathBuf,
    /// What its columns mean.
    pub map: TableMap,
    /// The person whose rows are read, where the table holds several.
    pub person: Option<String>,
    /// The arm that the other is compared with, where its name does not say so.
    pub usual: Option<String>,
    /// The arm that gets the verdict, where there are several.
    pub arm: Option<String>,
    /// The outcome that gets the verdict; pain on waking, or the first that is known, where it is left out.
    pub outcome: Option<Outcome>,
    /// The change for the better that would be worth it.
    pub threshold: Option<f64>,
    /// The change for the better that was expected before the start.
    pub expected_benefit: Option<f64>,
    /// How the lot was drawn, where it is known.
    pub rotation: Option<Rotation>,
    /// The zone of local times.
    pub zone: Option<Zone>,
}

/// Analyses an experiment in a table. Nothing is kept.
///
/// # Errors
/// A file that cannot be read, a table without arms, or one that does not say what is compared with what.
pub fn analyse_table(request: &TableRequest, today: Date) -> Result<ResultAnswer, AppError> {
    let (assembly, arms, done, mut issues) = read(request, today)?;
    let names: BTreeSet<&String> = arms.values().collect();
    if names.len() < 2 {
        return Err(AppError::Refused(format!(
            "{} names {} in its column of arms; two are needed. The map must give the column with the arm `as = \"arm\"` \
             and `role = \"note\"`",
            request.path.display(),
            if names.is_empty() { "no arm".to_owned() } else { "only one arm".to_owned() }
        )));
    }
    let order = order_of(&names, request)?;
    let outcomes = outcomes(&assembly);
    let known: Vec<Outcome> = outcomes.known().collect();
    let Some(first) = known.first() else {
        return Err(AppError::Refused(format!(
            "{} holds no outcome: the map must name back pain (`as = \"back pain\"`, `nrs = true`) or sleep",
            request.path.display()
        )));
    };
    let outcome = request.outcome.unwrap_or(*first);
    if !known.contains(&outcome) {
        let words: Vec<&str> = known.iter().map(|one| one.as_word()).collect();
        return Err(AppError::Refused(format!(
            "{} does not hold {}; with this map it holds: {}",
            request.path.display(),
            outcome.as_word(),
            words.join(", ")
        )));
    }
    let nights: Vec<(Date, usize)> = arms
        .iter()
        .filter_map(|(date, name)| Some((*date, order.iter().position(|one| one == name)?)))
        .collect();
    let design = design(request, &order, outcome, nights.len())?;
    let allocation: Vec<usize> = nights.iter().map(|(_, arm)| *arm).collect();
    let misfit = request.rotation.and_then(|rotation| misfit(rotation, &allocation, order.len()));
    let record = record(design, &nights, &done, &mut issues);
    let settings = AnalysisSettings {
        hours: SleepMeasure::HoursDiary,
        ended: true,
        origin: Origin::Elsewhere { lot_known: request.rotation.is_some() && misfit.is_none() },
        extended_from: Vec::new(),
    };
    let mut result = analyse(&record, &outcomes, &settings);
    if request.rotation.is_none() {
        result.remarks.push(
            "How the lot was drawn was not said (--block or --long-block), so there is no randomisation test.".to_owned(),
        );
    }
    result.remarks.extend(misfit);
    let view = StepResultView::new(request.person.as_deref().unwrap_or("table"), None, &result);
    Ok(ResultAnswer { view, result: std::sync::Arc::new(result) })
}

type Read = (
    Assembly,
    BTreeMap<Date, String>,
    BTreeMap<Date, Adherence>,
    Vec<nightmend_domain::step_result::TrialIssue>,
);

/// Reads the rows of one person.
fn read(request: &TableRequest, today: Date) -> Result<Read, AppError> {
    let TableRequest { path, map, person, zone, .. } = request;
    let what = || format!("reading {}", path.display());
    let mut file = std::fs::File::open(path).map_err(|source| AppError::File { what: what(), source })?;
    let zones = zone.clone().map_or_else(ZoneHistory::default, ZoneHistory::always);
    let settings = ImportSettings {
        zones: zones.clone(),
        path_parts: path_parts(path),
        map: Some(map.clone()),
        plausible_dates: PlausibleDates::until_tomorrow(today),
    };
    let table = importers()
        .iter()
        .find(|importer| importer.id() == "table")
        .ok_or_else(|| AppError::Engine("the reader of tables is missing; report this".to_owned()))?;
    let (mut observations, mut persons, mut issues) = (Vec::new(), BTreeSet::new(), Vec::new());
    let account = table.read(&mut file, &settings, &mut |item| match item {
        Item::Record(record) => {
            let name = record.person.as_ref().map(ToString::to_string);
            if person.is_none() || name.is_none() || name == *person {
                persons.insert(name);
                observations.push(record.observation);
            }
        }
        Item::Refused(issue) | Item::Warning(issue) => {
            issues.push(nightmend_domain::step_result::TrialIssue {
                night: None,
                text: format!("{}: {}", issue.place, issue.reason),
            });
        }
    });
    account.map_err(|error| AppError::Refused(format!("{}: {error}", path.display())))?;
    if persons.len() > 1 {
        let names: Vec<String> = persons.into_iter().flatten().collect();
        return Err(AppError::Usage(format!(
            "{} holds several people ({}); say whose experiment with --person",
            path.display(),
            names.join(", ")
        )));
    }
    let assembly = assemble_nights(&observations, &SleepSettings { zones, ..SleepSettings::default() });
    let arms = texts(&observations, ARM, &mut issues);
    let done = texts(&observations, DONE, &mut issues);
    let mut answers = BTreeMap::new();
    for (date, text) in done {
        match Adherence::from_word(&text.to_lowercase()) {
            Some(answer) => drop(answers.insert(date, answer)),
            None => issues.push(nightmend_domain::step_result::TrialIssue {
                night: Some(date),
                text: format!(
                    "\"{text}\" is not yes, partly or no; whether that night went as assigned is not known."
                ),
            }),
        }
    }
    Ok((assembly, arms, answers, issues))
}

/// What a column says of each date. A date of which it says two things says neither: nobody can tell which was meant.
fn texts(
    observations: &[Observation],
    name: &str,
    issues: &mut Vec<nightmend_domain::step_result::TrialIssue>,
) -> BTreeMap<Date, String> {
    let mut said: BTreeMap<Date, BTreeSet<String>> = BTreeMap::new();
    for observation in observations {
        if let Fact::Entry(Entry { tracker, value: Value::Text(text), .. }) = &observation.fact
            && tracker.as_str() == name
        {
            said.entry(observation.date).or_default().insert(text.trim().to_owned());
        }
    }
    said.into_iter()
        .filter_map(|(date, mut texts)| {
            let text = texts.pop_first()?;
            if texts.is_empty() {
                return Some((date, text));
            }
            let all: Vec<String> = std::iter::once(text).chain(texts).collect();
            issues.push(nightmend_domain::step_result::TrialIssue {
                night: Some(date),
                text: format!(
                    "{date} is told more than once, with different words for {name} ({}); none of them is used.",
                    all.join(", ")
                ),
            });
            None
        })
        .collect()
}

/// Where the arms of a table are not what the lot that was named could have given, a sentence that says so. A lot cannot be
/// cast again for an allocation that it did not give.
fn misfit(rotation: Rotation, allocation: &[usize], arms: usize) -> Option<String> {
    let block = match rotation {
        Rotation::PermutedBlocks { block } | Rotation::LongBlocks { block, .. } => usize::from(block),
        Rotation::RandomStart { .. } => return None,
    };
    let is_possible = |nights: &[usize]| match rotation {
        Rotation::PermutedBlocks { .. } => {
            (0..arms).all(|arm| nights.iter().filter(|one| **one == arm).count() * arms == nights.len())
        }
        _ => nights.iter().all(|arm| Some(arm) == nights.first()),
    };
    let odd = allocation.chunks_exact(block).position(|nights| !is_possible(nights))?;
    Some(format!(
        "Nights {} to {} of the table are not what blocks of {block} could have given, so there is no randomisation test; a row that is missing or told twice moves the blocks too.",
        odd * block + 1,
        (odd + 1) * block
    ))
}

fn path_parts(path: &Path) -> Vec<String> {
    path.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// Returns the names of the arms, the one that is compared with first, the judged one second.
fn order_of(names: &BTreeSet<&String>, request: &TableRequest) -> Result<Vec<String>, AppError> {
    let listed = || names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let find = |wanted: &str| {
        names.iter().find(|name| name.eq_ignore_ascii_case(wanted)).map(|name| (*name).clone())
    };
    let usual = match &request.usual {
        Some(wanted) => find(wanted).ok_or_else(|| {
            AppError::Usage(format!("there is no arm '{wanted}'; the table has: {}", listed()))
        })?,
        None => USUAL_NAMES.iter().find_map(|name| find(name)).ok_or_else(|| {
            AppError::Usage(format!("say with --usual which of these is compared with: {}", listed()))
        })?,
    };
    let mut others: Vec<String> =
        names.iter().filter(|name| ***name != usual).map(|name| (*name).clone()).collect();
    if let Some(wanted) = &request.arm {
        let judged = find(wanted).ok_or_else(|| {
            AppError::Usage(format!("there is no arm '{wanted}'; the table has: {}", listed()))
        })?;
        others.retain(|name| *name != judged);
        others.insert(0, judged);
    } else if others.len() > 1 {
        return Err(AppError::Usage(format!(
            "say with --arm which of these gets the verdict: {}",
            others.join(", ")
        )));
    }
    Ok(std::iter::once(usual).chain(others).collect())
}

fn design(
    request: &TableRequest,
    order: &[String],
    outcome: Outcome,
    nights: usize,
) -> Result<Design, AppError> {
    if order.len() > nightmend_trial::design::MOST_ARMS {
        return Err(AppError::Refused(format!(
            "{} arms are more than can be told apart; at most four",
            order.len()
        )));
    }
    let arms = order.iter().enumerate().map(|(place, title)| {
        let (name, title) = (format!("arm_{place}"), harmless(title));
        Arm::new(&name, if title.trim().is_empty() { &name } else { &title })
            .map_err(|error| AppError::Engine(error.to_string()))
    });
    let threshold =
        request.threshold.unwrap_or_else(|| nightmend_trial::priors::customary_threshold(outcome));
    if !(threshold > 0.0 && threshold.is_finite()) {
        return Err(AppError::Usage("--worth-it must be above zero".to_owned()));
    }
    if let Some(Rotation::PermutedBlocks { block }) = request.rotation
        && usize::from(block) % order.len() != 0
    {
        return Err(AppError::Usage(format!(
            "a block of {block} nights cannot hold {} arms equally often; give the block that was used with --block",
            order.len()
        )));
    }
    let block = 2 * order.len() as u16;
    Ok(Design {
        step: StepName::new("elsewhere").map_err(|error| AppError::Engine(error.to_string()))?,
        arms: arms.collect::<Result<_, _>>()?,
        judged: 1,
        rotation: request.rotation.unwrap_or(Rotation::PermutedBlocks { block }),
        nights: u16::try_from(nights)
            .map_err(|_| AppError::Refused("so long a table is no experiment".to_owned()))?,
        seed: 0,
        outcome,
        threshold,
        expected_benefit: request.expected_benefit,
    })
}

/// A title of a foreign table without what steers a terminal: whole sequences of colours go, not only their first character.
fn harmless(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    let mut letters = title.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' && letters.next_if_eq(&'[').is_some() {
            while letters.next_if(|each| (' '..='?').contains(each)).is_some() {}
            letters.next_if(|each| ('@'..='~').contains(each));
        } else if !letter.is_control() {
            plain.push(letter);
        }
    }
    plain
}

/// Puts the nights in a row; dates without an arm are rests.
fn record(
    design: Design,
    nights: &[(Date, usize)],
    done: &BTreeMap<Date, Adherence>,
    issues: &mut Vec<nightmend_domain::step_result::TrialIssue>,
) -> Record {
    let allocation: Vec<usize> = nights.iter().map(|(_, arm)| *arm).collect();
    let of = |(place, (date, arm)): (usize, &(Date, usize))| NightRecord {
        assigned: Assignment {
            night: NightDate::of_waking(*date),
            number: place as u16 + 1,
            arm: *arm,
            washout: nightmend_trial::allocation::is_washout(&design, &allocation, place),
        },
        done: done.get(date).copied(),
    };
    let nights = nights.iter().enumerate().map(of).collect();
    let plan = Plan { design, allocation, fingerprint: String::new() };
    Record { plan, nights, issues: std::mem::take(issues) }
}
