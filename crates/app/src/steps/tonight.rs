//! Says what is on tonight, and which question about the step is open.

use jiff::civil::Date;
use nightmend_domain::{Assignment, NightDate, PersonName};
use nightmend_store::Store;
use nightmend_trial::schedule::DRIVING_WARNING;
use nightmend_trial::steps::check::openness;
use nightmend_trial::steps::{Asked, GOAL, PaceKind, RISE_TIME, StepId};

use super::describe::kept_sentence;
use super::goal::goal_on;
use super::ledger::Experiment;
use super::reading::Reading;
use super::safety::safety_answers;
use super::window::window_on;
use super::{Desk, Occasion, State, active, ledger, state};
use crate::failure::AppError;
use crate::views::{QuestionView, TonightView};

/// What is on tonight.
///
/// # Errors
/// A store that cannot be read.
pub fn tonight(reading: &Reading, occasion: &Occasion) -> Result<TonightView, AppError> {
    let (store, person) = (reading.store, reading.person);
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let mut view = TonightView::nothing(person.as_str(), Desk::evening_of(desk.tonight));
    let Some(experiment) = active(&ledger, desk.tonight) else {
        view.sentence = "No experiment is running, so tonight is a night like any other.".to_owned();
        return Ok(view);
    };
    fill(&mut view, reading, experiment, &desk)?;
    view.question = question(experiment, &desk);
    Ok(view)
}

fn fill(
    view: &mut TonightView,
    reading: &Reading,
    experiment: &Experiment,
    desk: &Desk,
) -> Result<(), AppError> {
    view.experiment = Some(experiment.number);
    view.step = Some(experiment.step.as_word());
    view.title = Some(experiment.step.step().title);
    if let Some(altered) = &experiment.altered {
        view.remarks.push(format!("{}.", nightmend_trial::capital(&altered.to_string())));
    }
    if let Some(why) = halted(reading.store, reading.person, experiment)? {
        view.sentence = format!("The experiment stops here. {why}");
        return Ok(());
    }
    if state(experiment, desk.tonight) == State::Paused {
        let why = experiment.last_pause.as_ref().map_or("", |(why, _)| why.as_str());
        view.sentence = format!(
            "The experiment rests ({}); nothing is assigned. Go on with `nightmend steps resume`, or stop it.",
            why.trim_end_matches('.')
        );
        return Ok(());
    }
    let Some(assigned) = experiment.calendar().into_iter().find(|each| each.night == desk.tonight) else {
        view.sentence =
            format!("The experiment begins on the evening of {}.", Desk::evening_of(experiment.first));
        return Ok(());
    };
    assign(view, experiment, &assigned);
    // Putting all nights together takes long, and only a graded goal and a sleep window follow from them.
    if experiment.step == StepId::DaytimeActivity
        && assigned.arm == experiment.plan.design.judged
        && let Some(goal) = goal_on(experiment, &reading.assembly()?.days, desk.today)
    {
        view.sentence = step_sentence(experiment, Some(goal.minutes));
        view.remarks.extend(goal.moves.into_iter().next_back());
    }
    if experiment.window.is_some()
        && let Some(window) = window_on(experiment, reading.assembly()?, desk.today)
        && assigned.arm == experiment.plan.design.judged
    {
        view.sentence = format!(
            "{} Your window: from {} to {} ({}).",
            view.sentence,
            window.bed.strftime("%H:%M"),
            window.rise.strftime("%H:%M"),
            window.length
        );
        view.remarks.extend(window.moves);
        if window.warns {
            view.remarks.push(DRIVING_WARNING.to_owned());
        }
    }
    if let Some(warning) = experiment.warning() {
        view.sentence = format!("{warning} {}", view.sentence);
    }
    Ok(())
}

fn assign(view: &mut TonightView, experiment: &Experiment, assigned: &Assignment) {
    let step = experiment.step.step();
    let design = &experiment.plan.design;
    let is_step = assigned.arm == design.judged;
    let arm = step.arm(experiment.arm().name.as_str());
    view.night = Some(assigned.night.to_string());
    view.number = Some(assigned.number);
    view.of = Some(design.nights);
    view.is_step = Some(is_step);
    view.arm = design.arms.get(assigned.arm).map(|arm| arm.name.to_string());
    view.washout = assigned.washout;
    view.sentence = match (is_step, arm) {
        (true, arm) => {
            view.drawings = arm.map_or_else(Vec::new, |arm| arm.drawings.to_vec());
            step_sentence(experiment, None)
        }
        (false, _) => usual_sentence(step.pace.kind, step.question.asked).to_owned(),
    };
    view.remarks.extend(kept_sentence(&experiment.still_kept()));
    if assigned.washout {
        view.remarks.push(
            "This night belongs to the first of its block: do as assigned; it is left out of the comparison."
                .to_owned(),
        );
    }
}

/// What to do on a night with the step, with the rise time that the person named and the minutes of a goal.
pub(crate) fn step_sentence(experiment: &Experiment, goal: Option<u32>) -> String {
    let step = experiment.step.step();
    let sentence = step.arm(experiment.arm().name.as_str()).map_or(step.tonight, |arm| arm.tonight);
    match (experiment.rise, goal) {
        (Some(rise), _) => sentence.replace(RISE_TIME, &rise.strftime("%H:%M").to_string()),
        (None, Some(minutes)) => sentence.replace(GOAL, &format!("for {minutes} minutes")),
        (None, None) => sentence.to_owned(),
    }
}

const fn usual_sentence(pace: PaceKind, asked: Asked) -> &'static str {
    match (pace, asked) {
        (PaceKind::Once, _) => "The step has not begun yet: go on as you usually do.",
        (_, Asked::Evening) => {
            "A usual day: go about it as you did before this experiment, without the step."
        }
        (_, Asked::NextMorning) => {
            "A usual night: sleep as you did before this experiment, without the step."
        }
    }
}

/// Why a running experiment may not go on for this person, where something they answered since closes it.
pub(crate) fn halted(
    store: &Store,
    person: &PersonName,
    experiment: &Experiment,
) -> Result<Option<&'static str>, AppError> {
    let answers = safety_answers(store, person)?;
    Ok(openness(experiment.step.step(), &answers).why_closed(experiment.arm().name.as_str()))
}

/// The question about the step that can be answered now, answered or not; nothing where no night of it is over.
///
/// What happens in bed is asked the next morning, what happens by day the same evening.
///
/// # Errors
/// A store that cannot be read.
pub fn open_question(
    store: &Store,
    person: &PersonName,
    occasion: &Occasion,
) -> Result<Option<QuestionView>, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let latest = ledger.experiments.iter().rev().find(|experiment| experiment.stop.is_none());
    Ok(latest.and_then(|experiment| question(experiment, &desk)))
}

/// The date by whose night the question is put now: the latest night that is over, or for what is done by day the night
/// that comes. Until four in the morning the night of the evening before is still going on.
pub(crate) fn asked_night(experiment: &Experiment, desk: &Desk) -> NightDate {
    match experiment.step.step().question.asked {
        Asked::NextMorning => NightDate::of_waking(Desk::evening_of(desk.tonight)),
        Asked::Evening => desk.tonight,
    }
}

pub(crate) fn question(experiment: &Experiment, desk: &Desk) -> Option<QuestionView> {
    let night = asked_night(experiment, desk);
    let assigned = experiment.calendar().into_iter().find(|each| each.night == night)?;
    Some(question_of(experiment, &assigned))
}

/// The question about one night of the plan.
pub(crate) fn question_of(experiment: &Experiment, assigned: &Assignment) -> QuestionView {
    let step = experiment.step.step();
    let is_step = assigned.arm == experiment.plan.design.judged;
    let asked = step.question.asked;
    let text = match (is_step, asked) {
        (true, _) => step.question.text,
        (false, Asked::NextMorning) => "It was a night without the step. Did you leave it out?",
        (false, Asked::Evening) => "It is a day without the step. Did you leave it out?",
    };
    QuestionView {
        experiment: experiment.number,
        night: assigned.night.to_string(),
        is_step,
        text: text.to_owned(),
        asked: match asked {
            Asked::NextMorning => "morning",
            Asked::Evening => "evening",
        },
        answer: experiment.answer(assigned.night).map(|answer| answer.as_word()),
    }
}

/// Whether a date may be answered about now: its night is over, or its day is today.
pub(crate) fn may_answer(experiment: &Experiment, night: NightDate, desk: &Desk) -> bool {
    night <= asked_night(experiment, desk)
}

/// The date of the evening in words of a person, for messages.
pub(crate) fn evening_words(night: NightDate) -> Date {
    Desk::evening_of(night)
}
