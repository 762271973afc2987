//! Shapes what is known of the steps and of experiments for print, pages and programs.

use std::collections::BTreeMap;

use nightmend_domain::step_result::Verdict;
use nightmend_domain::{Condition, Outcome, PersonName, Rotation};
use nightmend_store::{ActKind, Store};
use nightmend_trial::choose::{Earlier, Offer, offers};
use nightmend_trial::steps::check::{everything_waits_for, openness};
use nightmend_trial::steps::{ALL, HONEST_CONTEXT, NOT_FOR_ANYBODY_WHILE, Step, StepId};

use super::goal::goal_on;
use super::ledger::{Experiment, KeptRow, Ledger};
use super::profile::profile;
use super::reading::Reading;
use super::result::result_of;
use super::safety::safety_answers;
use super::tonight::{halted, question};
use super::window::window_on;
use super::{Desk, Occasion, State, active, found, ledger, state};
use crate::failure::AppError;
use crate::views::{
    ArmView, CalendarNightView, ExperimentSummaryView, ExperimentView, KeptView, MoveView, OfferView,
    PauseView, ReferenceView, SafetyQuestionView, SafetyView, SectionView, StepGuideView, StepSummaryView,
    StepsView, StopView, WaitsForView, rounded,
};

/// The six steps, what runs, what was tried, and what may come next with its reasons.
///
/// # Errors
/// A store that cannot be read.
pub fn overview(reading: &Reading, occasion: &Occasion) -> Result<StepsView, AppError> {
    let (store, person) = (reading.store, reading.person);
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let answers = safety_answers(store, person)?;
    let running = active(&ledger, desk.tonight);
    let steps = ALL
        .iter()
        .map(|step| {
            let looked = openness(step, &answers);
            let runs = running.is_some_and(|running| running.step == step.id);
            StepSummaryView {
                step: step.id.as_word(),
                title: step.title,
                what: step.tonight,
                pace: step.pace.kind.as_word(),
                minutes_a_day: step.burden.minutes,
                state: match (runs, looked.is_open()) {
                    (true, _) => "running",
                    (false, true) => "open",
                    (false, false) => "closed",
                },
                closed_by: looked.closed_by.iter().map(|each| each.why).collect(),
            }
        })
        .collect();
    let (offers, tried) = offers_of(reading, &desk, &ledger)?;
    let next = offers
        .iter()
        .filter(|offer| running.is_none_or(|running| running.step != offer.step))
        .enumerate()
        .map(|(place, offer)| offer_view(place, offer))
        .collect();
    let kept = kept(&tried).iter().filter_map(kept_view).collect();
    let let_go = let_go(&tried).iter().filter_map(kept_view).collect();
    let running = running.map(|experiment| view_of(reading, experiment, &desk)).transpose()?;
    let earlier = ledger
        .experiments
        .iter()
        .filter(|experiment| !state(experiment, desk.tonight).is_active())
        .map(|experiment| summary(experiment, &desk))
        .collect();
    Ok(StepsView {
        schema: "nightmend.steps/1",
        person: person.to_string(),
        steps,
        running,
        earlier,
        kept,
        let_go,
        waits_for: everything_waits_for(&answers)
            .iter()
            .map(|each| WaitsForView { condition: each.condition.as_word(), why: each.why })
            .collect(),
        next,
        context: HONEST_CONTEXT,
        unread: ledger.unread.clone(),
    })
}

fn offer_view(place: usize, offer: &Offer) -> OfferView {
    OfferView {
        rank: place + 1,
        step: offer.step.as_word(),
        title: offer.step.step().title,
        arm: offer.arm.map(|arm| arm.id),
        arm_title: offer.arm.map(|arm| arm.title),
        open: offer.is_open(),
        score: rounded(offer.score()),
        reason: offer.reason.clone(),
    }
}

/// An experiment that is over, and what is learned from it.
pub(crate) struct Tried {
    step: StepId,
    keeps: bool,
    pub(super) row: KeptRow,
    learned: Earlier,
}

/// What experiments changed for the better, the latest with each step: it is kept, unless the person let it go.
pub(crate) fn kept(tried: &[Tried]) -> Vec<KeptRow> {
    helped(tried).filter(|each| each.keeps).map(|each| each.row.clone()).collect()
}

/// What helped and was let go.
fn let_go(tried: &[Tried]) -> Vec<KeptRow> {
    helped(tried).filter(|each| !each.keeps).map(|each| each.row.clone()).collect()
}

/// The latest experiment with each step, where it helped.
pub(super) fn helped(tried: &[Tried]) -> impl Iterator<Item = &Tried> {
    let latest: BTreeMap<StepId, &Tried> = tried.iter().map(|each| (each.step, each)).collect();
    latest.into_values().filter(|each| each.learned.verdict == Some(Verdict::Helped))
}

fn kept_view(row: &KeptRow) -> Option<KeptView> {
    let step = StepId::from_word(&row.step)?;
    Some(KeptView {
        experiment: row.experiment,
        step: step.as_word(),
        title: step.step().title,
        arm: row.arm.clone(),
        arm_title: row.arm_title.clone(),
    })
}

/// The sentence about what is kept; nothing where nothing is.
pub(crate) fn kept_sentence(rows: &[KeptRow]) -> Option<String> {
    let titles: Vec<&str> = rows.iter().map(|row| row.arm_title.as_str()).collect();
    let verb = if titles.len() == 1 { "It changed" } else { "They changed" };
    (!titles.is_empty()).then(|| {
        format!(
            "Kept on every night, with the step and without it: {}. {verb} things for you before; what stays the same every night does not blur the comparison.",
            titles.join("; ")
        )
    })
}

/// The steps in the order in which they are offered to the person, and what was learned from earlier experiments.
pub(super) fn offers_of(
    reading: &Reading,
    desk: &Desk,
    ledger: &Ledger,
) -> Result<(Vec<Offer>, Vec<Tried>), AppError> {
    let answers = safety_answers(reading.store, reading.person)?;
    let tried = tried(reading, ledger, desk)?;
    let earlier = tried.iter().map(|each| (each.step, each.learned)).collect();
    Ok((offers(&profile(reading.assembly()?, desk.today), &answers, &earlier), tried))
}

/// What earlier experiments leave to learn from, oldest first: the verdict and, where pain was judged, the change that it
/// showed. What was altered is not learned from.
pub(super) fn tried(reading: &Reading, ledger: &Ledger, desk: &Desk) -> Result<Vec<Tried>, AppError> {
    ledger
        .experiments
        .iter()
        .filter(|experiment| !state(experiment, desk.tonight).is_active() && experiment.altered.is_none())
        .map(|experiment| {
            let result = result_of(experiment, reading, desk)?;
            let judged = result.outcomes.iter().find(|each| each.judged && each.outcome.is_pain());
            let benefit = judged.map(|each| each.outcome.better() * each.usual.effect.mean);
            Ok(Tried {
                step: experiment.step,
                keeps: experiment.keeps,
                row: KeptRow {
                    experiment: experiment.number,
                    step: experiment.step.as_word().to_owned(),
                    arm: experiment.arm().name.to_string(),
                    arm_title: experiment.arm().title.clone(),
                },
                learned: Earlier { verdict: Some(result.verdict), benefit },
            })
        })
        .collect()
}

fn summary(experiment: &Experiment, desk: &Desk) -> ExperimentSummaryView {
    ExperimentSummaryView {
        number: experiment.number,
        step: experiment.step.as_word(),
        title: experiment.step.step().title,
        arm: experiment.arm().name.to_string(),
        arm_title: experiment.arm().title.clone(),
        state: state(experiment, desk.tonight).as_word(),
        first_night: experiment.first.to_string(),
        last_night: last_date(experiment),
        answered: experiment.answers.len(),
        intact: experiment.altered.is_none(),
    }
}

fn last_date(experiment: &Experiment) -> Option<String> {
    match &experiment.stop {
        Some(stop) => Some(stop.on.to_string()),
        None => experiment.last_night().map(|night| night.to_string()),
    }
}

/// One experiment: the one of that number, or the latest.
///
/// # Errors
/// No such experiment, or a store that cannot be read.
pub fn experiment(
    reading: &Reading,
    number: Option<u32>,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(reading.store, reading.person, occasion)?;
    let ledger = ledger(reading.store, reading.person)?;
    view_of(reading, found(&ledger, desk.tonight, number)?, &desk)
}

fn view_of(reading: &Reading, experiment: &Experiment, desk: &Desk) -> Result<ExperimentView, AppError> {
    let (store, person) = (reading.store, reading.person);
    let design = &experiment.plan.design;
    let calendar = experiment.nights_told();
    let window = window_on(experiment, reading.assembly()?, desk.today);
    let goal = goal_on(experiment, &reading.assembly()?.days, desk.today);
    let nights = calendar
        .iter()
        .map(|assigned| CalendarNightView {
            number: assigned.number,
            night: assigned.night.to_string(),
            evening: Desk::evening_of(assigned.night).to_string(),
            arm: design.arms.get(assigned.arm).map_or_else(String::new, |arm| arm.name.to_string()),
            is_step: assigned.arm == design.judged,
            washout: assigned.washout,
            is_tonight: assigned.night == desk.tonight,
            is_over: assigned.night < desk.tonight,
            answer: experiment.answer(assigned.night).map(|answer| answer.as_word()),
        })
        .collect();
    let over = calendar.iter().filter(|assigned| assigned.night < desk.tonight).count();
    Ok(ExperimentView {
        schema: "nightmend.experiment/1",
        person: person.to_string(),
        number: experiment.number,
        step: experiment.step.as_word(),
        title: experiment.step.step().title,
        arm: experiment.arm().name.to_string(),
        arm_title: experiment.arm().title.clone(),
        state: state(experiment, desk.tonight).as_word(),
        first_night: experiment.first.to_string(),
        last_night: last_date(experiment),
        nights: design.nights,
        nights_over: over,
        nights_answered: experiment.answers.len(),
        rotation: rotation_words(design.rotation),
        outcome: design.outcome.as_word(),
        outcome_words: outcome_words(design.outcome),
        unit: design.outcome.unit(),
        threshold: design.threshold,
        expected_benefit: design.expected_benefit,
        seed: design.seed.to_string(),
        fingerprint: experiment.plan.fingerprint.clone(),
        intact: experiment.altered.is_none(),
        integrity: match &experiment.altered {
            None => format!(
                "The allocation is as it was drawn (fingerprint {}).",
                experiment.plan.fingerprint.get(..12).unwrap_or_default()
            ),
            Some(altered) => format!("Warning: {altered}."),
        },
        pauses: experiment
            .pauses
            .iter()
            .map(|pause| PauseView { from: pause.from.to_string(), to: pause.to.map(|to| to.to_string()) })
            .collect(),
        stopped: experiment.stop.as_ref().map(|stop| StopView {
            on: stop.on.to_string(),
            why: stop.why.clone(),
            by: stop.by.clone(),
        }),
        window_min: window.as_ref().map(|window| window.length.get()),
        goal_min: goal.as_ref().map(|goal| goal.minutes),
        rise: experiment.rise.map(|rise| rise.strftime("%H:%M").to_string()),
        question: if state(experiment, desk.tonight) == State::Stopped {
            None
        } else {
            question(experiment, desk)
        },
        kept: experiment.kept.iter().filter_map(kept_view).collect(),
        calendar: nights,
        remarks: remarks(store, person, experiment, desk)?
            .into_iter()
            .chain(goal.into_iter().flat_map(|goal| goal.moves))
            .collect(),
    })
}

/// What else must be said of an experiment: an altered plan, a clock set back, another zone, an earlier start taken back.
fn remarks(
    store: &Store,
    person: &PersonName,
    experiment: &Experiment,
    desk: &Desk,
) -> Result<Vec<String>, AppError> {
    let mut remarks = Vec::new();
    if let Some(altered) = &experiment.altered {
        remarks.push(format!("Warning: {altered}."));
    }
    let is_active = state(experiment, desk.tonight).is_active();
    if is_active && let Some(why) = halted(store, person, experiment)? {
        remarks.push(format!("It may not go on. {why}"));
    }
    if let Some((why, by)) = experiment.last_pause.as_ref().filter(|_| experiment.is_paused()) {
        let who = if by == "pain" { "It rests by itself" } else { "It rests" };
        remarks.push(format!("{who}: {}.", why.trim_end_matches('.')));
    }
    if is_active && experiment.last_said.is_some_and(|last| desk.at.timestamp() < last) {
        remarks.push(
            "The clock of this machine stands before the time of your last answer. Nights go by the date on which you wake, so nothing in the plan has moved; set the clock right before you answer."
                .to_owned(),
        );
    }
    if is_active
        && let (Some(then), Some(now)) = (&experiment.zone, &desk.zone)
        && then != now
    {
        remarks.push(format!(
            "It was started in {then}, and you are in {now} now. Nights go by the date on which you wake, so nothing in the plan has moved."
        ));
    }
    remarks.extend(kept_sentence(&experiment.still_kept()).filter(|_| is_active));
    remarks.extend(let_go_since(experiment).filter(|_| is_active));
    remarks.extend(taken_back(store, person, experiment)?);
    Ok(remarks)
}

/// What was kept at the start and is not any more changed in the middle of the comparison.
fn let_go_since(experiment: &Experiment) -> Option<String> {
    let gone = experiment.kept.iter().filter(|row| experiment.let_go.contains(&row.experiment));
    let titles: Vec<&str> = gone.map(|row| row.arm_title.as_str()).collect();
    (!titles.is_empty()).then(|| {
        format!(
            "Let go since the start: {}. That happens to nights with the step and without it alike, so the lot still compares fairly; it makes the nights before and after differ.",
            titles.join("; ")
        )
    })
}

/// Starts of the same step that were taken back before this one: whoever draws twice may have drawn for luck.
fn taken_back(store: &Store, person: &PersonName, experiment: &Experiment) -> Result<Vec<String>, AppError> {
    let title = experiment.step.step().title;
    let until = experiment.started.map(|at| at.timestamp());
    Ok(store
        .history(person, usize::MAX)?
        .iter()
        .filter(|act| act.kind == ActKind::Step && act.undone_by.is_some())
        .filter(|act| act.what.starts_with("started experiment") && act.what.contains(title))
        .filter(|act| until.is_none_or(|until| act.when < until))
        .map(|act| {
            format!(
                "An experiment with this step was started on {} and taken back; its lot is not this one’s.",
                act.when.to_zoned(jiff::tz::TimeZone::UTC).date()
            )
        })
        .collect())
}

/// How nights are shared out, for a person.
pub(crate) fn rotation_words(rotation: Rotation) -> String {
    match rotation {
        Rotation::PermutedBlocks { block } => {
            format!("drawn night by night: in every {block} nights, {} with the step", block / 2)
        }
        Rotation::LongBlocks { block, washout } => format!(
            "blocks of {block} nights in an order drawn by lot; the first {washout} of each are left out of the comparison"
        ),
        Rotation::RandomStart { earliest, latest, washout } => format!(
            "as usual until a night drawn by lot between the {earliest}th and the {latest}th, then with the step to the end; the first {washout} nights with it are left out"
        ),
    }
}

/// What an outcome is called, with its direction.
pub(crate) fn outcome_words(outcome: Outcome) -> String {
    let direction = if outcome.is_pain() { "less is better" } else { "more is better" };
    format!("{}, {} ({direction})", outcome.title(), outcome.unit())
}

/// The guide of a step, as it may be shown to anybody.
#[must_use]
pub fn guide(step: StepId) -> StepGuideView {
    let step = step.step();
    StepGuideView {
        schema: "nightmend.step-guide/1",
        step: step.id.as_word(),
        title: step.title,
        what: step.tonight,
        arms: step
            .arms
            .iter()
            .map(|arm| ArmView {
                arm: arm.id,
                title: arm.title,
                what: arm.tonight,
                drawings: arm.drawings.to_vec(),
            })
            .collect(),
        sections: step
            .guide
            .iter()
            .map(|section| SectionView {
                heading: section.heading,
                text: section.text,
                points: section.points.to_vec(),
                drawings: section.drawings.to_vec(),
            })
            .collect(),
        sequence: moves(step),
        question: step.question.text,
        pace: step.pace.kind.as_word(),
        carry_over: step.pace.carry_over,
        burden: step.burden.words,
        minutes_a_day: step.burden.minutes,
        worth_it: step.burden.kind.worth_it(),
        stop_rules: step.stop_rules.to_vec(),
        not_for: std::iter::once(NOT_FOR_ANYBODY_WHILE)
            .chain(step.contraindications.iter().map(|each| each.why))
            .collect(),
        references: step
            .references
            .iter()
            .map(|reference| ReferenceView {
                citation: reference.citation,
                locator: reference.locator,
                grade: reference.grade.letter(),
                grade_words: reference.grade.words(),
                found: reference.found,
            })
            .collect(),
        context: HONEST_CONTEXT,
    }
}

fn moves(step: &Step) -> Vec<MoveView> {
    step.sequence
        .iter()
        .map(|each| MoveView {
            id: each.id,
            title: each.title,
            how: each.how,
            seconds: each.seconds,
            total_seconds: each.total_seconds(),
            drawing: each.drawing,
        })
        .collect()
}

/// Every safety question with what was answered.
///
/// # Errors
/// A store that cannot be read.
pub fn safety_view(store: &Store, person: &PersonName) -> Result<SafetyView, AppError> {
    let answers = safety_answers(store, person)?;
    let questions = Condition::all()
        .map(|condition| SafetyQuestionView {
            condition: condition.as_word(),
            question: condition.question(),
            answer: answers.iter().find(|(own, _)| *own == condition).map(|(_, answer)| answer.as_word()),
        })
        .collect();
    Ok(SafetyView { schema: "nightmend.safety/1", person: person.to_string(), questions })
}
