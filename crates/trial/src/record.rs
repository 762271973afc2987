//! Puts what a person answered and measured beside what each night was assigned to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use nightmend_domain::plan::{Adherence, Assignment, NightAnswer, Outcome, Pause, Plan};
use nightmend_domain::step_result::TrialIssue;
use nightmend_domain::time::NightDate;

use crate::allocation;

/// One night of an experiment: what was assigned, and whether it went so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightRecord {
    /// What was assigned.
    pub assigned: Assignment,
    /// Whether it went so; `None` where nothing was said.
    pub done: Option<Adherence>,
}

/// The outcomes of a person by date; the value of date D belongs to the night of waking date D and the day after it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcomes {
    values: BTreeMap<Outcome, BTreeMap<Date, f64>>,
}

impl Outcomes {
    /// Takes one value in; a later one of the same outcome and date stands in its place. Numbers that are not finite
    /// are not taken.
    pub fn insert(&mut self, outcome: Outcome, date: Date, value: f64) {
        if value.is_finite() {
            self.values.entry(outcome).or_default().insert(date, value);
        }
    }

    /// Returns the value of a date, where there is one.
    #[must_use]
    pub fn get(&self, outcome: Outcome, date: Date) -> Option<f64> {
        self.values.get(&outcome)?.get(&date).copied()
    }

    /// Returns the outcomes of which there is at least one value, in the order of [`Outcome::ALL`]: pain first.
    pub fn known(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.values.iter().filter(|(_, values)| !values.is_empty()).map(|(outcome, _)| *outcome)
    }
}

/// An experiment as it went: every night that has a date, with what was said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The plan.
    pub plan: Plan,
    /// The nights up to `as_of`, in order of date.
    pub nights: Vec<NightRecord>,
    /// What was met on the way.
    pub issues: Vec<TrialIssue>,
}

/// Puts answers beside the calendar of a plan, up to and with the night that ended on `as_of`.
///
/// The lot decides, not the answer: where a person was shown another arm than the plan's, the plan's stands and an issue
/// says so. Of several answers about one night the last in order stands. Answers about nights that are not part of the
/// plan are left out and named.
#[must_use]
pub fn assemble(
    plan: &Plan,
    first: NightDate,
    pauses: &[Pause],
    answers: &[NightAnswer],
    as_of: Date,
) -> Record {
    let calendar = allocation::calendar(plan, first, pauses);
    let mut issues = Vec::new();
    let mut said: BTreeMap<NightDate, NightAnswer> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for answer in answers {
        if said.insert(answer.night, *answer).is_some_and(|before| before != *answer) {
            twice.insert(answer.night);
        }
    }
    for night in twice {
        issue(&mut issues, night, "was answered more than once; the last answer stands");
    }
    for answer in said.values() {
        match calendar.iter().find(|assigned| assigned.night == answer.night) {
            None => issue(
                &mut issues,
                answer.night,
                "is not a night of the plan; the answer is kept but not used",
            ),
            Some(assigned) if assigned.arm != answer.arm => issue(
                &mut issues,
                answer.night,
                "was answered for another arm than the plan's; the plan's stands, and whether it was followed is not known",
            ),
            Some(_) => {}
        }
    }
    let nights = calendar.into_iter().filter(|assigned| assigned.night.date() <= as_of).map(|assigned| {
        let answer = said.get(&assigned.night).filter(|answer| answer.arm == assigned.arm);
        NightRecord { assigned, done: answer.map(|answer| answer.adherence) }
    });
    Record { plan: plan.clone(), nights: nights.collect(), issues }
}

fn issue(issues: &mut Vec<TrialIssue>, night: NightDate, text: &str) {
    issues.push(TrialIssue { night: Some(night.date()), text: format!("The night of {night} {text}.") });
}
