//! Keeps the facts of experiments in the store and reads them back: begun, answered, paused, stopped, extended.
//!
//! Each fact is one observation whose text is JSON. Nothing is ever edited: a second answer to a night is a newer
//! observation with the same key, and both are kept. The order of events is their number, never a clock, so that a
//! clock set back changes nothing. Whatever is read back is verified against the fingerprint that was written down
//! before the start.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use nightmend_domain::{
    Adherence, Arm, Design, Entry, Fact, Moment, NightAnswer, NightDate, Observation, OffsetTimestamp,
    Outcome, Pause, PersonName, Plan, Provenance, RecordKey, Role, Rotation, Several, SourceName, StepName,
    TrackerName, Value,
};
use nightmend_store::Store;
use nightmend_trial::allocation::{self, Altered};
use nightmend_trial::steps::StepId;
use serde::{Deserialize, Serialize};

use crate::failure::AppError;

/// The source of everything about experiments.
pub const STEPS_SOURCE: &str = "steps";
const TRACKER: &str = "experiment";

/// One fact of an experiment, as it is stored. Words are never renamed: stores hold them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The plan, drawn and hashed before the first night.
    Started(Box<StartedRow>),
    /// What was said of a night.
    Answer {
        /// The night, by its waking date.
        night: String,
        /// The arm that was shown.
        arm: usize,
        /// `yes`, `partly` or `no`: whether it went as assigned.
        answer: String,
    },
    /// It rests from this night on.
    Paused {
        /// The first night that rests.
        from: String,
        /// Why.
        why: String,
        /// `person`, or `pain` where three bad days paused it.
        by: String,
    },
    /// It goes on with this night.
    Resumed {
        /// The first night that counts again.
        from: String,
    },
    /// It is over.
    Stopped {
        /// The last date that belongs to it.
        on: String,
        /// Why.
        why: String,
        /// `person`, `safety` or `harm`.
        by: String,
    },
    /// So sleepy by day that it worries: the window grows at once.
    Sleepy {
        /// The date on which it was said.
        on: String,
    },
    /// It takes more nights; the beginning of the plan stays as it was.
    Extended {
        /// Nights in all.
        nights: u16,
        /// The whole allocation.
        allocation: Vec<usize>,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Whether what it found to help is kept on every night; where nothing was said it is.
    Keeping {
        /// The date on which it was said.
        on: String,
        /// Kept, or let go.
        keeps: bool,
    },
}

/// A plan as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StartedRow {
    step: String,
    arms: Vec<(String, String)>,
    judged: usize,
    rotation: RotationRow,
    nights: u16,
    /// As text: JSON readers lose the last digits of so large a number.
    seed: String,
    outcome: String,
    threshold: f64,
    expected_benefit: Option<f64>,
    allocation: Vec<usize>,
    fingerprint: String,
    first_night: String,
    /// Of the fingerprint and the first night; absent from the first stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_print: Option<String>,
    zone: Option<String>,
    /// The first window, minutes, and the time at which it ends; for the arm with a window only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<WindowRow>,
    /// The time at which the person said they would get up; absent from the first stores, and for steps without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rise: Option<String>,
    /// The steps as they were offered, best first, with score and reason.
    offered: Vec<OfferedRow>,
    /// What earlier experiments changed and is kept on every night of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<KeptRow>,
}

/// A step that is kept beside the one that is tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptRow {
    pub(crate) experiment: u32,
    pub(crate) step: String,
    pub(crate) arm: String,
    pub(crate) arm_title: String,
}

/// A sleep window as it was agreed on at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowRow {
    pub(crate) minutes: f64,
    pub(crate) rise: String,
}

/// A step as it was offered when the person chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OfferedRow {
    pub(crate) step: String,
    pub(crate) arm: Option<String>,
    pub(crate) score: f64,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RotationRow {
    PermutedBlocks { block: u16 },
    LongBlocks { block: u16, washout: u16 },
    RandomStart { earliest: u16, latest: u16, washout: u16 },
}

impl From<Rotation> for RotationRow {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::PermutedBlocks { block } => Self::PermutedBlocks { block },
            Rotation::LongBlocks { block, washout } => Self::LongBlocks { block, washout },
            Rotation::RandomStart { earliest, latest, washout } => {
                Self::RandomStart { earliest, latest, washout }
            }
        }
    }
}

impl From<RotationRow> for Rotation {
    fn from(row: RotationRow) -> Self {
        match row {
            RotationRow::PermutedBlocks { block } => Self::PermutedBlocks { block },
            RotationRow::LongBlocks { block, washout } => Self::LongBlocks { block, washout },
            RotationRow::RandomStart { earliest, latest, washout } => {
                Self::RandomStart { earliest, latest, washout }
            }
        }
    }
}

impl StartedRow {
    pub(crate) fn new(
        plan: &Plan,
        first: NightDate,
        zone: Option<String>,
        window: Option<WindowRow>,
    ) -> Self {
        let Plan { design, allocation, fingerprint } = plan;
        let Design { step, arms, judged, rotation, nights, seed, outcome, threshold, expected_benefit } =
            design;
        Self {
            step: step.to_string(),
            arms: arms.iter().map(|arm| (arm.name.to_string(), arm.title.clone())).collect(),
            judged: *judged,
            rotation: (*rotation).into(),
            nights: *nights,
            seed: seed.to_string(),
            outcome: outcome.as_word().to_owned(),
            threshold: *threshold,
            expected_benefit: *expected_benefit,
            allocation: allocation.clone(),
            fingerprint: fingerprint.clone(),
            first_night: first.to_string(),
            start_print: Some(allocation::start_print(fingerprint, first)),
            zone,
            window,
            rise: None,
            offered: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// With the time at which the person will get up.
    pub(crate) fn rise(mut self, rise: Option<Time>) -> Self {
        self.rise = rise.map(|rise| rise.to_string());
        self
    }

    /// With the steps as they were offered when the person chose.
    pub(crate) fn offered(mut self, offered: Vec<OfferedRow>) -> Self {
        self.offered = offered;
        self
    }

    /// With what is kept on every night.
    pub(crate) fn kept(mut self, kept: Vec<KeptRow>) -> Self {
        self.kept = kept;
        self
    }

    fn plan(&self) -> Option<Plan> {
        let arms = self.arms.iter().map(|(name, title)| Arm::new(name, title).ok());
        Some(Plan {
            design: Design {
                step: StepName::new(&self.step).ok()?,
                arms: arms.collect::<Option<_>>()?,
                judged: self.judged,
                rotation: self.rotation.into(),
                nights: self.nights,
                seed: self.seed.parse().ok()?,
                outcome: Outcome::from_word(&self.outcome)?,
                threshold: self.threshold,
                expected_benefit: self.expected_benefit,
            },
            allocation: self.allocation.clone(),
            fingerprint: self.fingerprint.clone(),
        })
    }
}

/// An experiment as its facts tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its number for this person, from 1.
    pub number: u32,
    /// The step.
    pub step: StepId,
    /// The plan, with the nights of every extension.
    pub plan: Plan,
    /// The nights that the plan had before each extension, in order.
    pub extended_from: Vec<u16>,
    /// The first night, by its waking date.
    pub first: NightDate,
    /// When it was started, as the clock said.
    pub started: Option<OffsetTimestamp>,
    /// The zone in which it was started, where known.
    pub zone: Option<String>,
    /// The nights on which it rested.
    pub pauses: Vec<Pause>,
    /// Why the last pause began, and who wished it (`person` or `pain`).
    pub last_pause: Option<(String, String)>,
    /// How it was ended, if it was.
    pub stop: Option<Stop>,
    /// What was said of nights, the standing answer of each.
    pub answers: Vec<NightAnswer>,
    /// The first sleep window in minutes and the time at which it ends, for the arm with a window.
    pub window: Option<(f64, Time)>,
    /// The time at which the person said they would get up on its days.
    pub rise: Option<Time>,
    /// Dates on which the person said that they were worryingly sleepy by day.
    pub sleepy: Vec<Date>,
    /// The date of the last going-on after a pause.
    pub resumed: Option<NightDate>,
    /// What was found when the plan was verified.
    pub altered: Option<Altered>,
    /// The latest instant at which anything was said of it.
    pub last_said: Option<Timestamp>,
    /// The steps as they were offered when it was chosen.
    pub(crate) offered: Vec<OfferedRow>,
    /// What earlier experiments changed and is kept on every night, as known at the start.
    pub(crate) kept: Vec<KeptRow>,
    /// Which of those the person has let go since, by their experiments.
    pub(crate) let_go: Vec<u32>,
    /// Whether the person keeps what this one found to help; they do where they did not say.
    pub(crate) keeps: bool,
    /// The greatest number of an event, answers left out: the next one gets the number after.
    pub(crate) events: u32,
}

/// How an experiment was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The last date that belongs to it.
    pub on: Date,
    /// Why.
    pub why: String,
    /// `person`, `safety` or `harm`.
    pub by: String,
}

impl Experiment {
    /// The arms' places and dates of all nights that have one.
    #[must_use]
    pub fn calendar(&self) -> Vec<nightmend_domain::Assignment> {
        allocation::calendar(&self.plan, self.first, &self.pauses)
    }

    /// When it was started.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        self.started.map(OffsetTimestamp::timestamp)
    }

    /// As [`Experiment::calendar`], without the nights that fell away when it was stopped.
    #[must_use]
    pub fn nights_told(&self) -> Vec<nightmend_domain::Assignment> {
        let mut nights = self.calendar();
        if let Some(stop) = &self.stop {
            nights.retain(|assigned| assigned.night.date() <= stop.on);
        }
        nights
    }

    /// What was said of a night.
    #[must_use]
    pub fn answer(&self, night: NightDate) -> Option<Adherence> {
        self.answers.iter().rev().find(|answer| answer.night == night).map(|answer| answer.adherence)
    }

    /// Whether it rests now.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pauses.last().is_some_and(|pause| pause.to.is_none())
    }

    /// What is said beside everything about a plan that is not the one that was drawn.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        self.altered.as_ref().map(
            |_| "Warning: this plan was changed after it was drawn, so it is no randomised one any more.",
        )
    }

    /// The arm that is tested.
    #[must_use]
    pub fn arm(&self) -> &Arm {
        &self.plan.design.arms[self.plan.design.judged.min(self.plan.design.arms.len() - 1)]
    }

    /// What earlier experiments changed and is kept still.
    pub(crate) fn still_kept(&self) -> Vec<KeptRow> {
        self.kept.iter().filter(|row| !self.let_go.contains(&row.experiment)).cloned().collect()
    }

    /// The last night that has a date.
    #[must_use]
    pub fn last_night(&self) -> Option<NightDate> {
        self.calendar().last().map(|assigned| assigned.night)
    }
}

/// Everything that is kept of a person's experiments.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The experiments, oldest first.
    pub experiments: Vec<Experiment>,
    /// The keys of facts that could not be read, or whose experiment was taken back.
    pub unread: Vec<String>,
    /// The number of the next experiment.
    pub(crate) next_number: u32,
}

/// All experiments of a person.
///
/// # Errors
/// A store that cannot be read.
pub fn ledger(store: &Store, person: &PersonName) -> Result<Ledger, AppError> {
    let source = SourceName::new(STEPS_SOURCE).expect("a constant name");
    Ok(ledger_of(&store.current_of_source(person, &source)?))
}

/// All experiments among what stands for a person.
pub(crate) fn ledger_of(observations: &[Observation]) -> Ledger {
    let mut by_number: BTreeMap<u32, Vec<(String, Event, Option<OffsetTimestamp>)>> = BTreeMap::new();
    let mut unread = Vec::new();
    for observation in observations {
        let Some(text) = text_of(observation) else { continue };
        let key = observation.key.as_str();
        let number = key.split_once('/').and_then(|(number, _)| number.parse().ok());
        match (number, serde_json::from_str::<Event>(text)) {
            (Some(number), Ok(event)) => {
                by_number.entry(number).or_default().push((key.to_owned(), event, observation.at));
            }
            _ => unread.push(key.to_owned()),
        }
    }
    let next_number = by_number.keys().max().map_or(1, |last| last + 1);
    let mut experiments = Vec::new();
    for (number, mut events) in by_number {
        // Keys carry the numbers of the events, so that their order is the order of the experiment.
        events.sort_by(|a, b| a.0.cmp(&b.0));
        match gathered(number, &events) {
            Some(experiment) => experiments.push(experiment),
            None => unread.extend(events.into_iter().map(|(key, ..)| key)),
        }
    }
    let let_go: Vec<u32> = experiments
        .iter()
        .filter(|experiment| !experiment.keeps)
        .map(|experiment| experiment.number)
        .collect();
    for experiment in &mut experiments {
        let of_kept = experiment.kept.iter().map(|row| row.experiment);
        experiment.let_go = of_kept.filter(|number| let_go.contains(number)).collect();
    }
    Ledger { experiments, unread, next_number }
}

fn text_of(observation: &Observation) -> Option<&str> {
    if observation.provenance.source.as_str() != STEPS_SOURCE {
        return None;
    }
    match &observation.fact {
        Fact::Entry(Entry { role: Role::Plan, value: Value::Text(text), tracker, .. })
            if tracker.as_str() == TRACKER =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// One experiment from its events, in their order; nothing where its start was taken back.
fn gathered(number: u32, events: &[(String, Event, Option<OffsetTimestamp>)]) -> Option<Experiment> {
    let (row, started) = events.iter().find_map(|(_, event, at)| match event {
        Event::Started(row) => Some((row, *at)),
        _ => None,
    })?;
    let plan = row.plan()?;
    let first = night_of(&row.first_night)?;
    let is_moved = row
        .start_print
        .as_ref()
        .is_some_and(|print| *print != allocation::start_print(&row.fingerprint, first));
    let moved = is_moved.then_some(Altered::Start { found: first });
    let mut experiment = Experiment {
        number,
        step: StepId::from_word(&row.step)?,
        altered: allocation::verify(&plan, &row.fingerprint).err().or(moved),
        plan,
        extended_from: Vec::new(),
        first,
        started,
        zone: row.zone.clone(),
        pauses: Vec::new(),
        last_pause: None,
        stop: None,
        answers: Vec::new(),
        window: row.window.as_ref().and_then(|window| Some((window.minutes, window.rise.parse().ok()?))),
        rise: row
            .rise
            .as_ref()
            .or(row.window.as_ref().map(|window| &window.rise))
            .and_then(|rise| rise.parse().ok()),
        sleepy: Vec::new(),
        resumed: None,
        offered: row.offered.clone(),
        kept: row.kept.clone(),
        let_go: Vec::new(),
        keeps: true,
        last_said: events.iter().filter_map(|(.., at)| at.map(OffsetTimestamp::timestamp)).max(),
        events: events.iter().filter_map(|(key, event, _)| number_of(key, event)).max().unwrap_or(1),
    };
    for (_, event, _) in events {
        take(&mut experiment, event);
    }
    Some(experiment)
}

/// The number of an event that is no answer. It is never counted, so that an event taken back leaves its number free
/// and no other loses its own.
fn number_of(key: &str, event: &Event) -> Option<u32> {
    if matches!(event, Event::Answer { .. }) { None } else { key.rsplit('/').next()?.parse().ok() }
}

fn take(experiment: &mut Experiment, event: &Event) {
    match event {
        Event::Started(_) => {}
        Event::Answer { night, arm, answer } => {
            if let (Some(night), Some(adherence)) = (night_of(night), Adherence::from_word(answer)) {
                experiment.answers.push(NightAnswer { night, arm: *arm, adherence });
            }
        }
        Event::Paused { from, why, by } => {
            if let (Some(from), false) = (night_of(from), experiment.is_paused()) {
                experiment.pauses.push(Pause { from, to: None });
                experiment.last_pause = Some((why.clone(), by.clone()));
            }
        }
        Event::Resumed { from } => {
            if let (Some(from), true) = (night_of(from), experiment.is_paused()) {
                close_pause(experiment, from);
            }
        }
        Event::Stopped { on, why, by } => {
            if let Ok(on) = on.parse() {
                experiment.stop = Some(Stop { on, why: why.clone(), by: by.clone() });
            }
        }
        Event::Keeping { keeps, .. } => experiment.keeps = *keeps,
        Event::Sleepy { on } => experiment.sleepy.extend(on.parse::<Date>().ok()),
        Event::Extended { nights, allocation, fingerprint } => {
            let longer = Plan {
                design: Design { nights: *nights, ..experiment.plan.design.clone() },
                allocation: allocation.clone(),
                fingerprint: fingerprint.clone(),
            };
            let begins_alike = allocation.starts_with(&experiment.plan.allocation);
            let altered = allocation::verify(&longer, fingerprint).err();
            if experiment.altered.is_none() {
                experiment.altered = altered.or_else(|| {
                    (!begins_alike).then(|| Altered::Design("its beginning is not the old plan's".to_owned()))
                });
            }
            experiment.extended_from.push(experiment.plan.design.nights);
            experiment.plan = longer;
        }
    }
}

/// Ends the running pause with the night before `from`; one that has no night left is as if it had never been.
fn close_pause(experiment: &mut Experiment, from: NightDate) {
    experiment.resumed = Some(from);
    let Some(pause) = experiment.pauses.last_mut() else { return };
    match from.date().yesterday() {
        Ok(last) if pause.from.date() <= last => pause.to = Some(NightDate::of_waking(last)),
        _ => {
            experiment.pauses.pop();
        }
    }
}

fn night_of(text: &str) -> Option<NightDate> {
    text.parse::<Date>().ok().map(NightDate::of_waking)
}

/// The observation of an event.
pub(crate) fn observation(
    number: u32,
    place: &str,
    date: Date,
    at: OffsetTimestamp,
    event: &Event,
) -> Observation {
    fact_of_steps(TRACKER, &format!("{number:04}/{place}"), (date, at), event)
}

/// A fact about the steps, which tells nothing of a night or a day; `key` is made of numbers and words.
pub(super) fn fact_of_steps(
    tracker: &str,
    key: &str,
    (date, at): (Date, OffsetTimestamp),
    row: &impl Serialize,
) -> Observation {
    let text = serde_json::to_string(row).expect("a row is JSON");
    Observation {
        key: RecordKey::new(key).expect("numbers and words make a valid key"),
        date,
        at: Some(at),
        fact: Fact::Entry(Entry {
            tracker: TrackerName::new(tracker).expect("a constant name"),
            role: Role::Plan,
            moment: Moment::Day,
            several: Several::Replace,
            value: Value::Text(text),
        }),
        provenance: Provenance {
            source: SourceName::new(STEPS_SOURCE).expect("a constant name"),
            place: String::new(),
        },
    }
}

/// The place of an event of an experiment, answers left out: the first, second, … after those that there are.
pub(crate) fn event_place(experiment: &Experiment, after: u32) -> String {
    format!("event/{:04}", experiment.events + after)
}

/// The place of the first event.
pub(crate) const FIRST_PLACE: &str = "event/0001";

/// The place of an answer: one a night, so that a second answer stands in the place of the first.
pub(crate) fn answer_place(night: NightDate) -> String {
    format!("night/{night}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_trial::steps::designs::{Wishes, design};

    fn plan() -> Plan {
        let step = StepId::SleepPosition.step();
        allocation::draw(design(step, &step.arms[0], Wishes::default(), u64::MAX - 1)).unwrap()
    }

    fn started(plan: &Plan) -> Event {
        let first = NightDate::of_waking("2026-03-02".parse().unwrap());
        Event::Started(Box::new(StartedRow::new(plan, first, None, None)))
    }

    fn told(events: Vec<Event>) -> Experiment {
        let events: Vec<_> = events.into_iter().map(|event| (String::new(), event, None)).collect();
        gathered(1, &events).unwrap()
    }

    #[test]
    fn a_plan_comes_back_as_it_was_drawn_and_intact() {
        let plan = plan();
        let text = serde_json::to_string(&started(&plan)).unwrap();
        let experiment = told(vec![serde_json::from_str(&text).unwrap()]);
        assert_eq!((experiment.plan, experiment.altered), (plan, None));
    }

    #[test]
    fn one_flipped_night_is_seen() {
        let plan = plan();
        let mut text = serde_json::to_string(&started(&plan)).unwrap();
        let (here, there) = if plan.allocation[0] == 0 { ("[0,", "[1,") } else { ("[1,", "[0,") };
        text = text.replace(&format!("\"allocation\":{here}"), &format!("\"allocation\":{there}"));
        assert!(told(vec![serde_json::from_str(&text).unwrap()]).altered.is_some());
        let text =
            serde_json::to_string(&started(&plan)).unwrap().replace("\"threshold\":0.5", "\"threshold\":0.1");
        assert!(told(vec![serde_json::from_str(&text).unwrap()]).altered.is_some());
    }

    #[test]
    fn nights_moved_to_other_dates_are_seen() {
        let plan = plan();
        let moved =
            serde_json::to_string(&started(&plan)).unwrap().replace("\"2026-03-02\"", "\"2026-03-03\"");
        let found = told(vec![serde_json::from_str(&moved).unwrap()]).altered;
        assert_eq!(
            found,
            Some(Altered::Start { found: NightDate::of_waking("2026-03-03".parse().unwrap()) })
        );
    }

    #[test]
    fn a_fortnight_of_rest_moves_the_plan_and_loses_nothing() {
        let plan = plan();
        let pause = |from: &str| Event::Paused { from: from.into(), why: "away".into(), by: "person".into() };
        let experiment =
            told(vec![started(&plan), pause("2026-03-10"), Event::Resumed { from: "2026-03-24".into() }]);
        let calendar = experiment.calendar();
        assert_eq!(calendar.len(), plan.allocation.len());
        assert_eq!(calendar[7].night.to_string(), "2026-03-09");
        assert_eq!(calendar[8].night.to_string(), "2026-03-24");
        let arms: Vec<usize> = calendar.iter().map(|assigned| assigned.arm).collect();
        assert_eq!(arms, plan.allocation);
        // Taken back the same evening: no night rested.
        let same =
            told(vec![started(&plan), pause("2026-03-10"), Event::Resumed { from: "2026-03-10".into() }]);
        assert!(same.pauses.is_empty());
    }

    #[test]
    fn an_extension_keeps_the_beginning_and_another_one_is_seen() {
        let step = StepId::SleepPosition.step();
        let wishes = Wishes { nights: Some(28), ..Wishes::default() };
        let short = allocation::draw(design(step, &step.arms[0], wishes, 5)).unwrap();
        let long = allocation::extend(&short, 42).unwrap();
        let extended = |allocation: Vec<usize>| Event::Extended {
            nights: 42,
            allocation,
            fingerprint: long.fingerprint.clone(),
        };
        let good = told(vec![started(&short), extended(long.allocation.clone())]);
        assert_eq!((good.altered, good.plan.allocation.len()), (None, 42));
        let mut other = long.allocation.clone();
        other[0] = 1 - other[0];
        assert!(told(vec![started(&short), extended(other)]).altered.is_some());
    }
}
