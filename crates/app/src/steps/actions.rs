//! Changes experiments: start, answer, pause, go on, stop, extend, and what safety stops by itself.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use jiff::civil::Time;
use nightmend_domain::{Adherence, Condition, NightDate, PersonName, SafetyAnswer};
use nightmend_store::Store;
use nightmend_trial::allocation;
use nightmend_trial::schedule::{Gate, schedule_gate};
use nightmend_trial::steps::check::{openness, questions};
use nightmend_trial::steps::designs::{Wishes, design, most_nights};
use nightmend_trial::steps::{Arm, Step, StepId};

use super::describe::{experiment_view, offers_of};
use super::ledger::{
    Event, Experiment, FIRST_PLACE, Ledger, OfferedRow, StartedRow, WindowRow, answer_place, next_place,
    observation,
};
use super::profile::{diary_averages, three_bad_days};
use super::safety::{observations, safety_answers};
use super::tonight::{asked_night, evening_words, halted, may_answer, question_of};
use super::{Desk, Occasion, State, active, ledger, state};
use crate::failure::AppError;
use crate::refresh::assembly;
use crate::views::{AnswerView, ExperimentView};

/// What a person wishes to start.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRequest {
    /// The step.
    pub step: StepId,
    /// Its arm, by word; the one that suits the person best where none is named.
    pub arm: Option<String>,
    /// Nights, outcome, threshold, expectation.
    pub wishes: Wishes,
    /// The rise time of a sleep window.
    pub rise: Option<Time>,
    /// The first night begins this many evenings from now; 0 for tonight.
    pub evenings_from_now: u16,
    /// The seed of the lot; one that nobody knows where none is given.
    pub seed: Option<u64>,
}

/// A number that nobody knew before: the standard library seeds its hash tables from the system's random source.
fn fresh_seed() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write(b"nightmend lot");
    hasher.finish()
}

fn refused(text: impl Into<String>) -> AppError {
    AppError::Refused(text.into())
}

/// Starts an experiment: draws the plan, writes it down with its fingerprint, and what was offered beside it.
///
/// # Errors
/// Another experiment that runs, a safety question that is open or closes the step, a window whose gate is shut, a
/// design that cannot be drawn, or a store that cannot be written to.
pub fn start(
    store: &mut Store,
    person: &PersonName,
    request: &StartRequest,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    refuse_a_second(&ledger, desk.tonight)?;
    let step = request.step.step();
    let offers = offers_of(store, person, &desk, &ledger)?;
    let arm = match &request.arm {
        Some(word) => arm_named(step, word)?,
        None => offers
            .iter()
            .find(|offer| offer.step == step.id)
            .and_then(|offer| offer.arm)
            .unwrap_or(&step.arms[0]),
    };
    refuse_unsafe(store, person, step, arm)?;
    let window = window_of(store, person, arm, request.rise, &desk)?;
    let seed = request.seed.unwrap_or_else(fresh_seed);
    let plan = allocation::draw(design(step, arm, request.wishes, seed))
        .map_err(|error| refused(error.to_string()))?;
    if plan.design.nights > most_nights(step) {
        return Err(refused(format!(
            "an experiment with this step takes at most {} nights; its error rates are known up to there",
            most_nights(step)
        )));
    }
    let first = later(desk.tonight, request.evenings_from_now)?;
    let offered = offers
        .iter()
        .map(|offer| OfferedRow {
            step: offer.step.as_word().to_owned(),
            arm: offer.arm.map(|arm| arm.id.to_owned()),
            score: (offer.score() * 100.0).round() / 100.0,
            reason: offer.reason.clone(),
        })
        .collect();
    let row = StartedRow::new(&plan, first, desk.zone.clone(), window).offered(offered);
    let number = ledger.next_number;
    let event = Event::Started(Box::new(row));
    let what = format!(
        "started experiment {number}: {} ({}), {} nights from the evening of {}",
        step.title,
        arm.title,
        plan.design.nights,
        evening_words(first)
    );
    let fact = observation(number, FIRST_PLACE, desk.today, desk.at, &event);
    store.append_step(person, &[fact], &what, occasion.now)?;
    experiment_view(store, person, Some(number), occasion)
}

fn later(night: NightDate, evenings: u16) -> Result<NightDate, AppError> {
    night
        .date()
        .checked_add(jiff::Span::new().days(i64::from(evenings)))
        .map(NightDate::of_waking)
        .map_err(|_| AppError::Usage("the first evening lies too far ahead; choose a nearer one".to_owned()))
}

fn refuse_a_second(ledger: &Ledger, tonight: NightDate) -> Result<(), AppError> {
    let Some(running) = active(ledger, tonight) else { return Ok(()) };
    Err(refused(format!(
        "experiment {} ({}) is {}; two at once could not be told apart, because each would be a hidden influence on the other. Let it end, or stop it with `nightmend steps stop`",
        running.number,
        running.step.step().title,
        state(running, tonight).as_word()
    )))
}

/// The arm of a word, or the list of those there are.
pub(crate) fn arm_named(step: &Step, word: &str) -> Result<&'static Arm, AppError> {
    step.arm(word).ok_or_else(|| {
        let arms: Vec<&str> = step.arms.iter().map(|arm| arm.id).collect();
        AppError::Usage(format!(
            "the step {} has no variant called '{word}'; there are: {}",
            step.id.as_word(),
            arms.join(", ")
        ))
    })
}

fn refuse_unsafe(store: &Store, person: &PersonName, step: &'static Step, arm: &Arm) -> Result<(), AppError> {
    let answers = safety_answers(store, person)?;
    let looked = openness(step, &answers);
    if let Some(why) = looked.why_closed(arm.id) {
        let others: Vec<&str> = looked.open.iter().map(|arm| arm.id).collect();
        let open =
            if others.is_empty() { String::new() } else { format!(" Open to you: {}.", others.join(", ")) };
        return Err(refused(format!("this is not for you as things stand. {why}{open}")));
    }
    let open: Vec<&str> = questions(step, arm.id)
        .into_iter()
        .filter(|condition| answers.answer(*condition).is_none())
        .map(Condition::as_word)
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(refused(format!(
        "some safety questions are not answered yet: {}. Answer them with `nightmend steps safety` (no answer is not a no), then start again",
        open.join(", ")
    )))
}

/// The first window of the arm that has one, once its gate is open.
fn window_of(
    store: &Store,
    person: &PersonName,
    arm: &Arm,
    rise: Option<Time>,
    desk: &Desk,
) -> Result<Option<WindowRow>, AppError> {
    if arm.id != "gentle_window" {
        return Ok(None);
    }
    let averages = diary_averages(&assembly(store, person)?, desk.today);
    match schedule_gate(averages, &safety_answers(store, person)?) {
        Gate::GentleWindow(length) => match rise {
            Some(rise) => Ok(Some(WindowRow { minutes: length.get(), rise: rise.to_string() })),
            None => Err(AppError::Usage(
                "a window needs the time at which you will get up every day; give it with --rise 06:45"
                    .to_owned(),
            )),
        },
        other => Err(refused(super::plan::gate_sentence(&other))),
    }
}

/// The experiment that a change is about: the one that runs or rests.
fn running<'a>(ledger: &'a Ledger, desk: &Desk) -> Result<&'a Experiment, AppError> {
    active(ledger, desk.tonight).ok_or_else(|| {
        refused("no experiment is running; `nightmend steps` lists the six steps and what may come next")
    })
}

/// Answers whether a night went as assigned. A second answer to the same night stands in the place of the first, which
/// is kept.
///
/// # Errors
/// No such night in the plan, one that is not over yet, or a store that cannot be written to.
pub fn answer(
    store: &mut Store,
    person: &PersonName,
    night: Option<NightDate>,
    adherence: Adherence,
    occasion: &Occasion,
) -> Result<AnswerView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    // The last night of an experiment can be answered when its plan is over, so any that was not stopped is meant.
    let experiment = ledger
        .experiments
        .iter()
        .rev()
        .find(|experiment| state(experiment, desk.tonight) != State::Stopped)
        .ok_or_else(|| refused("no experiment is running, so there is no night to answer for"))?;
    let night = night.unwrap_or_else(|| asked_night(experiment, &desk));
    let assigned = experiment.calendar().into_iter().find(|each| each.night == night).ok_or_else(|| {
        refused(format!(
            "the night that ends on {night} is not one of experiment {}; its nights run from {} to {}",
            experiment.number,
            experiment.first,
            experiment.last_night().unwrap_or(experiment.first)
        ))
    })?;
    if !may_answer(experiment, night, &desk) {
        return Err(refused(format!(
            "the night that ends on {night} is still to come, so nobody can say yet how it went; if the clock of this machine is wrong, set it right first"
        )));
    }
    let before = experiment.answer(night);
    let event =
        Event::Answer { night: night.to_string(), arm: assigned.arm, answer: adherence.as_word().to_owned() };
    let what =
        format!("experiment {}: night of {night} answered: {}", experiment.number, adherence.as_word());
    let fact = observation(experiment.number, &answer_place(night), night.date(), desk.at, &event);
    let receipt = store.append_step(person, &[fact], &what, occasion.now)?;
    Ok(AnswerView {
        schema: "nightmend.step-answer/1",
        person: person.to_string(),
        experiment: experiment.number,
        night: night.to_string(),
        question: question_of(experiment, &assigned).text,
        answer: adherence.as_word(),
        before: before.map(Adherence::as_word),
        act: receipt.act.map(|act| act.get()),
    })
}

/// Writes one event of the running experiment.
fn record(
    store: &mut Store,
    person: &PersonName,
    experiment: &Experiment,
    desk: &Desk,
    (event, what): (&Event, &str),
) -> Result<(), AppError> {
    let what = format!("experiment {}: {what}", experiment.number);
    let fact = observation(experiment.number, &next_place(experiment), desk.today, desk.at, event);
    store.append_step(person, &[fact], &what, desk.at.timestamp())?;
    Ok(())
}

/// Lets the experiment rest from tonight on. Nights that are over stay as they were: whoever could take them out
/// afterwards could choose which nights count.
///
/// # Errors
/// Nothing that runs, or a store that cannot be written to.
pub fn pause(
    store: &mut Store,
    person: &PersonName,
    why: &str,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let experiment = running(&ledger, &desk)?;
    if experiment.is_paused() {
        return Err(refused("the experiment rests already; `nightmend steps resume` goes on"));
    }
    rest(store, person, experiment, &desk, (why, "person"))?;
    experiment_view(store, person, Some(experiment.number), occasion)
}

fn rest(
    store: &mut Store,
    person: &PersonName,
    experiment: &Experiment,
    desk: &Desk,
    (why, by): (&str, &str),
) -> Result<(), AppError> {
    let from = desk.tonight.max(experiment.first);
    let why = if why.trim().is_empty() { "no reason given" } else { why.trim() };
    let event = Event::Paused { from: from.to_string(), why: why.to_owned(), by: by.to_owned() };
    let what = format!("rests from the evening of {} on: {why}", evening_words(from));
    record(store, person, experiment, desk, (&event, &what))
}

/// Goes on after a rest: the plan continues tonight where it stopped.
///
/// # Errors
/// Nothing that rests, something that stops the experiment by now, or a store that cannot be written to.
pub fn resume(
    store: &mut Store,
    person: &PersonName,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let experiment = running(&ledger, &desk)?;
    if !experiment.is_paused() {
        return Err(refused("the experiment does not rest; there is nothing to go on with"));
    }
    if let Some(why) = halted(store, person, experiment)? {
        return Err(refused(format!("the experiment cannot go on. {why}")));
    }
    let event = Event::Resumed { from: desk.tonight.to_string() };
    let what = format!("goes on from the evening of {}", evening_words(desk.tonight));
    record(store, person, experiment, &desk, (&event, &what))?;
    experiment_view(store, person, Some(experiment.number), occasion)
}

/// Ends the experiment for good. What was recorded stays, and is analysed as far as it goes.
///
/// # Errors
/// Nothing that runs, or a store that cannot be written to.
pub fn stop(
    store: &mut Store,
    person: &PersonName,
    why: &str,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let experiment = running(&ledger, &desk)?;
    let why = if why.trim().is_empty() { "no reason given" } else { why.trim() };
    end(store, person, experiment, &desk, (why, "person"))?;
    experiment_view(store, person, Some(experiment.number), occasion)
}

fn end(
    store: &mut Store,
    person: &PersonName,
    experiment: &Experiment,
    desk: &Desk,
    (why, by): (&str, &str),
) -> Result<(), AppError> {
    let event = Event::Stopped { on: desk.today.to_string(), why: why.to_owned(), by: by.to_owned() };
    record(store, person, experiment, desk, (&event, &format!("stopped: {why}")))
}

/// Adds nights. The nights so far keep their arms: a longer plan of the same seed begins like the shorter one.
///
/// # Errors
/// Nothing to extend, too many nights, a plan that was altered, or a store that cannot be written to.
pub fn extend(
    store: &mut Store,
    person: &PersonName,
    nights: u16,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    // One that has just run out can be made longer, as long as no other one was started since.
    let experiment = ledger
        .experiments
        .last()
        .filter(|experiment| state(experiment, desk.tonight) != State::Stopped)
        .ok_or_else(|| refused("there is no experiment to extend"))?;
    if let Some(altered) = &experiment.altered {
        return Err(refused(altered.to_string()));
    }
    let step = experiment.step.step();
    if nights > most_nights(step) {
        return Err(refused(format!(
            "this step takes at most {} nights; the error rates of the verdict are known up to there",
            most_nights(step)
        )));
    }
    let plan = allocation::extend(&experiment.plan, nights).map_err(|error| refused(error.to_string()))?;
    let event = Event::Extended { nights, allocation: plan.allocation, fingerprint: plan.fingerprint };
    let what = format!("extended from {} to {nights} nights", experiment.plan.design.nights);
    record(store, person, experiment, &desk, (&event, &what))?;
    experiment_view(store, person, Some(experiment.number), occasion)
}

/// Notes that the person is worryingly sleepy by day: a sleep window grows at once.
///
/// # Errors
/// No window that runs, or a store that cannot be written to.
pub fn sleepy(
    store: &mut Store,
    person: &PersonName,
    occasion: &Occasion,
) -> Result<ExperimentView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let experiment = running(&ledger, &desk)?;
    if experiment.window.is_none() {
        return Err(refused(
            "the running experiment has no sleep window; if you nod off where you should not, see your GP and do not drive",
        ));
    }
    let event = Event::Sleepy { on: desk.today.to_string() };
    record(store, person, experiment, &desk, (&event, "worryingly sleepy by day"))?;
    experiment_view(store, person, Some(experiment.number), occasion)
}

/// Keeps safety answers, and stops a running experiment that they close: gives the reason if they do.
///
/// # Errors
/// A store that cannot be written to.
pub fn set_safety(
    store: &mut Store,
    person: &PersonName,
    answers: &[(Condition, SafetyAnswer)],
    occasion: &Occasion,
) -> Result<Option<String>, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let facts = observations(answers, desk.today, desk.at);
    let what = match answers {
        [(condition, answer)] => format!("safety: {} answered: {}", condition.as_word(), answer.as_word()),
        several => format!("safety: {} questions answered", several.len()),
    };
    store.append_step(person, &facts, &what, occasion.now)?;
    watch(store, person, occasion)
}

/// Looks whether a running experiment has to stop (a safety answer closes it) or to rest (pain is up by 2 points on three
/// days in a row), does so, and says why. To be called after anything was checked in.
///
/// # Errors
/// A store that cannot be written to.
pub fn watch(
    store: &mut Store,
    person: &PersonName,
    occasion: &Occasion,
) -> Result<Option<String>, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let Some(experiment) = active(&ledger, desk.tonight) else { return Ok(None) };
    if let Some(why) = halted(store, person, experiment)? {
        end(store, person, experiment, &desk, (why, "safety"))?;
        return Ok(Some(format!("Experiment {} was stopped. {why}", experiment.number)));
    }
    if experiment.is_paused() {
        return Ok(None);
    }
    let days = assembly(store, person)?.days;
    // After the person went on, the count begins anew.
    let from = experiment.resumed.unwrap_or(experiment.first).date();
    if three_bad_days(&days, from, desk.today) != Some(desk.today) {
        return Ok(None);
    }
    let why = "pain on waking stood 2 points or more above your usual on three days in a row";
    rest(store, person, experiment, &desk, (why, "pain"))?;
    Ok(Some(format!(
        "Experiment {} rests from tonight: {why}. This happens by chance in about one experiment of ten. Go on with `nightmend steps resume` when you wish, or stop it; if something is new about the pain, have it looked at.",
        experiment.number
    )))
}
