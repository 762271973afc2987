//! Follows the goal of daytime activity from block to block: how many minutes it is now, and why.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nightmend_domain::Day;
use nightmend_domain::plan::{Adherence, Assignment, Rotation};
use nightmend_trial::goal::{GoalBlock, LEVELS, first_level, next_level};
use nightmend_trial::steps::StepId;

use super::Desk;
use super::ledger::Experiment;
use super::profile::{DAYS_BACK, activity_on_a_bad_day, pain_is_up};

/// Fewer days than this with known pain say nothing of a block.
const KNOWN_DAYS: usize = 3;

/// A goal as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GoalNow {
    /// Minutes a day.
    pub(crate) minutes: u32,
    /// How it came to be so many, a sentence for the start and for each move.
    pub(crate) moves: Vec<String>,
}

/// The goal of an experiment on a date; nothing for steps without one.
pub(crate) fn goal_on(experiment: &Experiment, days: &[Day], today: Date) -> Option<GoalNow> {
    let Rotation::LongBlocks { block, .. } = experiment.plan.design.rotation else { return None };
    if experiment.step != StepId::DaytimeActivity {
        return None;
    }
    // The first day of the step is the one whose evening begins the first night.
    let first = Desk::evening_of(experiment.first);
    let before = first.checked_sub(jiff::Span::new().days(DAYS_BACK)).unwrap_or(Date::MIN);
    let bad_day = activity_on_a_bad_day(days, before, first);
    let mut level = first_level(bad_day);
    let mut moves = vec![match bad_day {
        Some(minutes) if f64::from(LEVELS[level]) > 0.5 * minutes => format!(
            "The goal began at {} minutes, the lowest there is: on a bad day you moved for about {minutes:.0}. Take it in pieces, or do less.",
            LEVELS[level]
        ),
        Some(minutes) => format!(
            "The goal began at {} minutes: on a bad day you moved for about {minutes:.0}, and it asks for half of that at most.",
            LEVELS[level]
        ),
        None => format!(
            "The goal began at {} minutes, the lowest, since how much you move on a bad day is not known.",
            LEVELS[level]
        ),
    }];
    let mut blocks: BTreeMap<u16, Vec<Assignment>> = BTreeMap::new();
    let with_step = |assigned: &Assignment| assigned.arm == experiment.plan.design.judged;
    for assigned in experiment.nights_told().into_iter().filter(with_step) {
        blocks.entry((assigned.number - 1) / block).or_default().push(assigned);
    }
    // A block that a rest or a stop cut short says nothing of its goal.
    let is_over = |nights: &&Vec<Assignment>| {
        nights.len() == usize::from(block) && nights.last().is_some_and(|last| last.night.date() <= today)
    };
    for nights in blocks.values().filter(is_over) {
        let (from, to) = (nights[0].night.date(), nights[nights.len() - 1].night.date());
        let is_met = |assigned: &&Assignment| experiment.answer(assigned.night) == Some(Adherence::Full);
        let over = GoalBlock {
            days: nights.len(),
            met: nights.iter().filter(is_met).count(),
            pain_is_up: pain_is_up(days, (from, to), KNOWN_DAYS),
        };
        let next = next_level(level, over);
        if next != level {
            moves.push(moved(Desk::evening_of(nights[0].night), over, LEVELS[next]));
        }
        level = next;
    }
    Some(GoalNow { minutes: LEVELS[level], moves })
}

fn moved(from: Date, block: GoalBlock, minutes: u32) -> String {
    let GoalBlock { days, met, pain_is_up } = block;
    let why = if pain_is_up {
        "pain stood 2 points or more above your usual".to_owned()
    } else {
        format!("you met it on {met} of {days} days")
    };
    format!("Block from {from}: {why}, so the goal became {minutes} minutes.")
}
