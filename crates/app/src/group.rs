//! Measures the loop of many people from tables, without the store, and shapes the answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::estimate::{Interval, MeasurementError};
use nightmend_domain::{Progress, Zone};
use nightmend_import::table::TableMap;
pub use nightmend_loop::group::Method;
use nightmend_loop::group::{
    ByQuantity, ENOUGH_DRAWS, GroupDiagnostics, GroupError, GroupEstimate, GroupMember, GroupSettings,
    GroupSummary, LevelEstimate, PersonSummary, RHAT_BELOW, fit_group,
};
use nightmend_loop::select::{Question, select};
use nightmend_loop::{PainMeasure, Seed, SleepMeasure};
use nightmend_store::Store;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::AppError;
use crate::group_persons::Sheet;
use crate::group_table::{self, PlainTables};
use crate::ingest::{self, ImportRequest};
use crate::refresh::assembly;

/// What is asked of a group.
#[derive(Debug, Clone)]
pub struct GroupRequest {
    /// The tables.
    pub paths: Vec<PathBuf>,
    /// Maps for tables that are not simply person, date, sleep, pain.
    pub maps: Vec<TableMap>,
    /// Which sleep and which pain, for tables read through a map.
    pub question: Question,
    /// The zone of times that carry none.
    pub zone: Option<Zone>,
    /// A table with one row a person: what is known of them beside the records.
    pub persons: Option<PathBuf>,
    /// Which columns of it, or, without it, of the tables themselves, are covariates. None named: all of `persons`.
    pub covariates: Vec<String>,
    /// How much error is allowed for in each value.
    pub measurement_error: MeasurementError,
    /// How the posterior is found.
    pub method: Method,
    /// The name of the prior pack to make of it.
    pub pack: Option<String>,
    /// The seed of the sampler.
    pub seed: u64,
}

/// The answer, for print and for pictures.
#[derive(Debug, Clone)]
pub struct GroupAnswer {
    /// Its public shape.
    pub view: GroupView,
    /// The numbers behind it.
    pub estimate: GroupEstimate,
    /// The text of the prior pack, where one was asked for.
    pub pack: Option<String>,
}

/// Measures the loop of everyone in the tables. Nothing is kept: the person's own store is not opened.
///
/// # Errors
/// Tables that cannot be read or meant, too few people with enough days, or the wish to stop.
pub fn measure(
    request: &GroupRequest,
    now: Timestamp,
    today: Date,
    progress: &dyn Progress,
) -> Result<GroupAnswer, AppError> {
    let is_plain = request.maps.is_empty() && request.paths.iter().all(|path| path.is_file());
    let in_tables: &[String] = if request.persons.is_none() { &request.covariates } else { &[] };
    let PlainTables { mut members, sheet, mut remarks, mut left_out } = if is_plain {
        group_table::read(&request.paths, in_tables)?
    } else if in_tables.is_empty() {
        through_import(request, now, today, progress)?
    } else {
        return Err(AppError::Usage(
            "with a map, give covariates in a table of their own: --persons FILE".to_owned(),
        ));
    };
    let sheet = match &request.persons {
        Some(path) => Some(Sheet::read(path)?.keep(&request.covariates)?),
        None => sheet,
    };
    let mut traits = sheet.map(|sheet| sheet.traits(&mut remarks)).unwrap_or_default();
    traits.give(&mut members, &mut left_out, &mut remarks)?;
    if let Some(first) = members.first() {
        remarks.push(what_was_read(first));
    }
    let settings = GroupSettings {
        measurement_error: request.measurement_error,
        method: request.method,
        ..GroupSettings::default()
    };
    let estimate =
        fit_group(&members, &settings, Seed(request.seed), progress).map_err(|error| match error {
            GroupError::Cancelled => AppError::Cancelled,
            GroupError::TooFewPeople { .. }
            | GroupError::TooFewForTwoStages { .. }
            | GroupError::NothingVaries
            | GroupError::Covariates => AppError::Refused(error.to_string()),
            other => AppError::Engine(other.to_string()),
        })?;
    let too_few = |person: &String| LeftOutView {
        person: person.clone(),
        why: "fewer than seven nights with pain beside them".to_owned(),
    };
    left_out.extend(estimate.left_out.iter().map(too_few));
    if estimate.method == Method::TwoStage {
        remarks.push(HOW_FAR.to_owned());
    } else if !estimate.diagnostics.meets_the_standard() {
        remarks.push(below_the_standard(estimate.diagnostics));
    }
    let view = GroupView::new(&estimate, &traits.names, left_out, remarks);
    let pack = request.pack.as_ref().zip(members.first()).map(|(name, first)| {
        nightmend_loop::pack::text(name, &first.series, &estimate, &settings, Seed(request.seed))
    });
    Ok(GroupAnswer { view, estimate, pack })
}

/// What two stages leave out, for everyone who reads an answer that was found that way.
const HOW_FAR: &str = "So many people are not sampled together: every record is looked at by itself and the population found in \
    turn. Intervals of persons do not carry what is not known of the population; `--method exact` samples everyone.";

/// Said where the chains were carried on as far as is allowed and still tell the population less well than is asked for.
fn below_the_standard(found: GroupDiagnostics) -> String {
    format!(
        "Sampling fell short of its standard (at least {ENOUGH_DRAWS:.0} independent draws and an R-hat below {RHAT_BELOW} of everything \
         about the population; here {:.0} and {:.3}): the last digits of the population would move with another --seed. Try one.",
        found.ess_bulk_min, found.rhat_max
    )
}

fn what_was_read(member: &GroupMember) -> String {
    let sleep = match &member.series.sleep_measure {
        SleepMeasure::HoursDiary => "hours from a diary".to_owned(),
        SleepMeasure::HoursDevice => "hours from a device".to_owned(),
        SleepMeasure::Rating { name } | SleepMeasure::PoorNightTick { name } => format!("a rating ({name})"),
        SleepMeasure::Index { name, unit } => format!("{name} in {unit}"),
    };
    let pain = match member.series.pain_measure {
        PainMeasure::Nrs => "0 to 10 scores",
        PainMeasure::Rating => "a rating on its own scale",
    };
    format!(
        "Sleep is taken as {sleep} and pain as {pain}; this decides how much measurement error is expected."
    )
}

/// Reads tables through the ordinary import, into a store of its own that is thrown away.
fn through_import(
    request: &GroupRequest,
    now: Timestamp,
    today: Date,
    progress: &dyn Progress,
) -> Result<PlainTables, AppError> {
    let scratch = Scratch::make()?;
    let mut store = Store::open(&scratch.folder)?;
    let import = ImportRequest {
        paths: request.paths.clone(),
        format: None,
        maps: request.maps.clone(),
        zone: request.zone.clone(),
        person: None,
        source: None,
        dry_run: false,
        below: None,
    };
    let account = ingest::import(&mut store, &import, now, today, progress)?;
    let refused: u64 = account.files.iter().map(|file| file.refused_total).sum();
    let (mut members, mut left_out, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    if refused > 0 {
        remarks.push(format!(
            "{refused} records could not be read and were left out; `nightmend import --dry-run` lists them."
        ));
    }
    for person in store.persons()? {
        let assembly = assembly(&store, &person)?;
        match select(&assembly.nights, &assembly.days, &request.question) {
            Ok(selection) => {
                let series = selection.series().map_err(|error| AppError::Engine(error.to_string()))?;
                members.push(GroupMember { person: person.to_string(), series, covariates: Vec::new() });
            }
            Err(error) => left_out.push(LeftOutView { person: person.to_string(), why: error.to_string() }),
        }
    }
    keep_the_commonest(&mut members, &mut left_out);
    Ok(PlainTables { members, sheet: None, remarks, left_out })
}

/// Keeps those whose sleep and pain mean the same as most people's: different things have no common effect.
fn keep_the_commonest(members: &mut Vec<GroupMember>, left_out: &mut Vec<LeftOutView>) {
    let meaning = |member: &GroupMember| {
        let series = &member.series;
        format!(
            "{:?}, {:?}, {}, {:?}",
            series.sleep_measure, series.pain_measure, series.pain_name, series.moment
        )
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for member in members.iter() {
        *counts.entry(meaning(member)).or_default() += 1;
    }
    // Of equally common ones the last by name, so that nothing depends on the order of the table.
    let Some((commonest, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return };
    members.retain(|member| {
        let same = meaning(member) == commonest;
        if !same {
            left_out.push(LeftOutView {
                person: member.person.clone(),
                why: "sleep or pain is recorded in another way than for most; choose with --sleep and --pain"
                    .to_owned(),
            });
        }
        same
    });
}

/// A folder that is gone when it is let go of.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn make() -> Result<Self, AppError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let name =
            format!("nightmend-group-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let failed = |source| AppError::File { what: format!("making {}", folder.display()), source };
        // A folder that is there already is somebody's: it is not taken over.
        std::fs::create_dir(&folder).map_err(failed)?;
        Ok(Self { folder })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The answer for a group: `nightmend.group/1`. Numbers are in the units of the table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupView {
    /// `nightmend.group/1`
    pub schema: &'static str,
    /// People used.
    pub people: usize,
    /// Days with a sleep or a pain value, over all people used.
    pub days: usize,
    /// Means over the population.
    pub population: QuantitiesView<PopulationView>,
    /// Standard deviations between persons.
    pub between_person_sd: QuantitiesView<SpreadView>,
    /// Share of the population whose own effect has the sign opposite to the mean.
    pub share_opposite_sign: QuantitiesView<SpreadView>,
    /// Levels of sleep and of pain.
    pub levels: LevelsView,
    /// How arrows, carry-overs and levels go together between persons.
    pub between_person_correlations: Vec<CorrelationView>,
    /// What goes with each covariate of persons; means, differences and shares above are then for persons with average
    /// covariates.
    pub covariates: Vec<CovariateView>,
    /// Every person used, by name, drawn towards the population.
    pub persons: Vec<PersonView>,
    /// How well the sampling went.
    pub diagnostics: DiagnosticsView,
    /// Standard deviations within persons, pooled: what to multiply or divide by for standardised effects.
    pub within_person_sd: WithinView,
    /// People who were not used, and why.
    pub left_out: Vec<LeftOutView>,
    /// What was decided while reading.
    pub remarks: Vec<String>,
    /// `exact` (everyone sampled together) or `two_stage` (an approximation for many people).
    pub method: &'static str,
    /// The form of the model, and version and hash of its priors.
    pub model: String,
}

/// Levels of sleep and of pain, in the units of the table.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct LevelsView {
    /// Of sleep.
    pub sleep: LevelView,
    /// Of pain.
    pub pain: LevelView,
}

/// One level.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct LevelView {
    /// Mean over the population.
    pub mean: PopulationView,
    /// Standard deviation between persons.
    pub between_person_sd: SpreadView,
}

/// A correlation between persons.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct CorrelationView {
    /// The one: `sleep_to_pain`, `pain_to_sleep`, `phi_pain`, `phi_sleep`, `level_sleep` or `level_pain`.
    pub one: &'static str,
    /// The other.
    pub other: &'static str,
    /// Posterior mean.
    pub mean: f64,
    /// 95 % interval.
    pub ci95: [f64; 2],
}

/// By how much an arrow differs for one standard deviation more of a covariate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CovariateView {
    /// The column's name; `column=word` for words.
    pub name: String,
    /// Its mean over the persons used.
    pub mean: f64,
    /// Its standard deviation over the persons used: divide by it for an effect per unit.
    pub sd: f64,
    /// On points of pain per unit of sleep.
    pub sleep_to_pain: PopulationView,
    /// On units of sleep per point of pain.
    pub pain_to_sleep: PopulationView,
}

/// One number for each of the four quantities.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuantitiesView<T> {
    /// Points of pain per unit of sleep.
    pub sleep_to_pain: T,
    /// Units of sleep per point of pain on the day before.
    pub pain_to_sleep: T,
    /// Carry-over of pain from one day to the next.
    pub phi_pain: T,
    /// Carry-over of sleep from one night to the next.
    pub phi_sleep: T,
}

/// A mean over the population.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct PopulationView {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// 95 % interval.
    pub ci95: [f64; 2],
}

/// A spread or a share.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct SpreadView {
    /// Posterior mean.
    pub mean: f64,
    /// 95 % interval.
    pub ci95: [f64; 2],
}

/// One person, drawn towards the population as far as their own data leave room.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PersonView {
    /// The name in the table.
    pub person: String,
    /// Days with a sleep or a pain value.
    pub days: usize,
    /// The estimates.
    #[serde(flatten)]
    pub estimates: QuantitiesView<PersonNumberView>,
}

/// One number of a person.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct PersonNumberView {
    /// Posterior mean.
    pub mean: f64,
    /// 90 % interval.
    pub ci90: [f64; 2],
}

/// How well the sampling went.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct DiagnosticsView {
    /// The largest R-hat of the population's parameters.
    pub rhat_max: f64,
    /// The smallest bulk effective sample size of the population's parameters.
    pub ess_bulk_min: f64,
    /// Divergent trajectories.
    pub divergences: u64,
}

/// How far values vary within persons.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct WithinView {
    /// Of sleep.
    pub sleep: f64,
    /// Of pain.
    pub pain: f64,
}

/// A person who was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOutView {
    /// The name in the table.
    pub person: String,
    /// Why.
    pub why: String,
}

impl GroupView {
    fn new(
        estimate: &GroupEstimate,
        covariates: &[String],
        left_out: Vec<LeftOutView>,
        remarks: Vec<String>,
    ) -> Self {
        let diagnostics = estimate.diagnostics;
        let [sleep, pain] = estimate.levels.map(level);
        Self {
            schema: "nightmend.group/1",
            people: estimate.persons.len(),
            days: estimate.days,
            population: quantities(estimate.population.map(population)),
            between_person_sd: quantities(estimate.between_person_sd.map(spread)),
            share_opposite_sign: quantities(estimate.share_opposite_sign.map(spread)),
            levels: LevelsView { sleep, pain },
            between_person_correlations: estimate
                .correlations
                .iter()
                .map(|one| CorrelationView {
                    one: one.one,
                    other: one.other,
                    mean: one.summary.mean,
                    ci95: pair(one.summary.ci95),
                })
                .collect(),
            covariates: covariates
                .iter()
                .zip(&estimate.covariates)
                .map(|(name, one)| CovariateView {
                    name: name.clone(),
                    mean: one.covariate.mean,
                    sd: one.covariate.sd,
                    sleep_to_pain: population(one.sleep_to_pain),
                    pain_to_sleep: population(one.pain_to_sleep),
                })
                .collect(),
            persons: estimate
                .persons
                .iter()
                .map(|one| PersonView {
                    person: one.person.clone(),
                    days: one.days,
                    estimates: quantities(one.estimates.map(|summary: PersonSummary| PersonNumberView {
                        mean: summary.mean,
                        ci90: pair(summary.ci90),
                    })),
                })
                .collect(),
            diagnostics: DiagnosticsView {
                rhat_max: diagnostics.rhat_max,
                ess_bulk_min: diagnostics.ess_bulk_min,
                divergences: diagnostics.divergences,
            },
            within_person_sd: WithinView { sleep: estimate.scale.sleep.sd, pain: estimate.scale.pain.sd },
            left_out,
            remarks,
            method: if estimate.method == Method::Exact { "exact" } else { "two_stage" },
            model: estimate.model.clone(),
        }
    }

    /// The same as one tidy table: a line for every number, with the interval it has.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = "what,person,quantity,mean,sd,low,high,interval\n".to_owned();
        for (name, one) in self.population.named() {
            let [low, high] = one.ci95;
            let _ = writeln!(text, "population,,{name},{},{},{low},{high},95", one.mean, one.sd);
        }
        for (what, group) in [
            ("between_person_sd", &self.between_person_sd),
            ("share_opposite_sign", &self.share_opposite_sign),
        ] {
            for (name, one) in group.named() {
                let [low, high] = one.ci95;
                let _ = writeln!(text, "{what},,{name},{},,{low},{high},95", one.mean);
            }
        }
        for (name, one) in [("sleep", self.levels.sleep), ("pain", self.levels.pain)] {
            let ([low, high], [least, most]) = (one.mean.ci95, one.between_person_sd.ci95);
            let _ = writeln!(text, "level,,{name},{},{},{low},{high},95", one.mean.mean, one.mean.sd);
            let _ = writeln!(
                text,
                "level_between_person_sd,,{name},{},,{least},{most},95",
                one.between_person_sd.mean
            );
        }
        for one in &self.between_person_correlations {
            let [low, high] = one.ci95;
            let _ = writeln!(
                text,
                "between_person_correlation,,{} with {},{},,{low},{high},95",
                one.one, one.other, one.mean
            );
        }
        for covariate in &self.covariates {
            for (name, one) in
                [("sleep_to_pain", covariate.sleep_to_pain), ("pain_to_sleep", covariate.pain_to_sleep)]
            {
                let [low, high] = one.ci95;
                let what = quoted(&format!("{name} by {}", covariate.name));
                let _ = writeln!(text, "covariate_per_sd,,{what},{},{},{low},{high},95", one.mean, one.sd);
            }
        }
        for person in &self.persons {
            for (name, one) in person.estimates.named() {
                let [low, high] = one.ci90;
                let _ =
                    writeln!(text, "person,{},{name},{},,{low},{high},90", quoted(&person.person), one.mean);
            }
        }
        text
    }
}

impl<T> QuantitiesView<T> {
    /// The four with their names.
    pub fn named(&self) -> [(&'static str, &T); 4] {
        let Self { sleep_to_pain, pain_to_sleep, phi_pain, phi_sleep } = self;
        [
            ("sleep_to_pain", sleep_to_pain),
            ("pain_to_sleep", pain_to_sleep),
            ("phi_pain", phi_pain),
            ("phi_sleep", phi_sleep),
        ]
    }
}

fn quantities<T>(by: ByQuantity<T>) -> QuantitiesView<T> {
    let ByQuantity { sleep_to_pain, pain_to_sleep, phi_pain, phi_sleep } = by;
    QuantitiesView { sleep_to_pain, pain_to_sleep, phi_pain, phi_sleep }
}

fn population(summary: GroupSummary) -> PopulationView {
    PopulationView { mean: summary.mean, sd: summary.sd, ci95: pair(summary.ci95) }
}

fn spread(summary: GroupSummary) -> SpreadView {
    SpreadView { mean: summary.mean, ci95: pair(summary.ci95) }
}

fn level(level: LevelEstimate) -> LevelView {
    LevelView { mean: population(level.mean), between_person_sd: spread(level.between_person_sd) }
}

const fn pair(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
