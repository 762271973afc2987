//! Changes experiments: start, answer, pause, go on, stop, extend, and what safety stops by itself.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use jiff::civil::Time;
use nightmend_domain::step_result::Verdict;
use nightmend_domain::{Adherence, Condition, NightDate, PersonName, SafetyAnswer};
use nightmend_store::{ActKind, Store};
use nightmend_trial::allocation;
use nightmend_trial::choose::Offer;
use nightmend_trial::schedule::{Gate, schedule_gate};
use nightmend_trial::steps::check::{openness, questions};
use nightmend_trial::steps::designs::{Wishes, design, most_nights};
use nightmend_trial::steps::{Arm, Step, StepId};
use nightmend_trial::verdict;

use super::describe::{self, helped, kept, offers_of, tried};
use super::ledger::{
    Event, Experiment, FIRST_PLACE, Ledger, StartedRow, WindowRow, answer_place, event_place, observation,
};
use super::offers;
use super::profile::{diary_averages, three_bad_days};
use super::reading::Reading;
use super::result::result_of;
use super::safety::{observations, safety_answers};
use super::tonight::{asked_night, evening_words, halted, may_answer, question_of};
use super::{Desk, Occasion, State, active, found, ledger, state};
use crate::failure::AppError;
use crate::refresh::assembly;
use crate::views::{AnswerView, ExperimentView, StepsView};

/// An alarm about days that lie further back than this would come too late to be one.
const LATE_DAYS: i64 = 2;

/// What a person wishes to start.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRequest {
    /// The step.
    pub step: StepId,
    /// Its arm, by word; the one that suits the person best where none is named.
    pub arm: Option<String>,
    /// Nights, outcome, threshold, expectation.
    pub wishes: Wishes,
    /// The time at which the person will get up on days of the step, for steps that need one.
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
    let (desk, ledger) = opened(store, person, occasion)?;
    refuse_a_second(&ledger, desk.tonight)?;
    let step = request.step.step();
    let (offers, tried) = offers_of(&Reading::of(store, person), &desk, &ledger)?;
    let arm = match &request.arm {
        Some(word) => arm_named(step, word)?,
        None => offered_arm(&offers, step),
    };
    refuse_unsafe(store, person, step, arm)?;
    let rise = rise_of(step, request.rise)?;
    let window = window_of(store, person, arm, rise, &desk)?;
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
    let mut kept = kept(&tried);
    kept.retain(|row| row.step != step.id.as_word());
    let row = StartedRow::new(&plan, first, desk.zone.clone(), window)
        .rise(rise)
        .offered(offers::rows(&offers))
        .kept(kept);
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
    store.append_step(person, &[fact], (ActKind::Step, &what), occasion.now)?;
    describe::experiment(&Reading::of(store, person), Some(number), occasion)
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

/// The arm of a step that is offered to the person; the first one where all are closed.
pub(super) fn offered_arm(offers: &[Offer], step: &'static Step) -> &'static Arm {
    offers.iter().find(|offer| offer.step == step.id).and_then(|offer| offer.arm).unwrap_or(&step.arms[0])
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

/// The rise time of a step that needs one, and of no other: without it the nights of the step would say nothing.
fn rise_of(step: &Step, rise: Option<Time>) -> Result<Option<Time>, AppError> {
    match (step.needs_rise_time(), rise) {
        (true, None) => Err(AppError::Usage(
            "this step needs the time at which you will get up every day; give it with --rise 06:45"
                .to_owned(),
        )),
        (false, Some(_)) => {
            Err(AppError::Usage(format!("the step {} has no rise time; leave --rise out", step.id.as_word())))
        }
        (_, rise) => Ok(rise),
    }
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
        Gate::GentleWindow(length) => {
            Ok(rise.map(|rise| WindowRow { minutes: length.get(), rise: rise.to_string() }))
        }
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
    let (desk, ledger) = opened(store, person, occasion)?;
    let latest =
        ledger.experiments.last().ok_or_else(|| refused("no experiment was started yet; nothing is open"))?;
    let night = night.unwrap_or_else(|| asked_night(active(&ledger, desk.tonight).unwrap_or(latest), &desk));
    // The last night can be answered when the plan is over, and the last one before a stop after the stop.
    let found = ledger.experiments.iter().rev().find_map(|experiment| {
        let assigned = experiment.nights_told().into_iter().find(|each| each.night == night)?;
        Some((experiment, assigned))
    });
    let (experiment, assigned) = found.ok_or_else(|| {
        let told = latest.nights_told();
        let range = match (told.first(), told.last()) {
            (Some(first), Some(last)) => format!("its nights run from {} to {}", first.night, last.night),
            _ => "it was stopped before its first night was over".to_owned(),
        };
        refused(format!("the night that ends on {night} is not one of experiment {}; {range}", latest.number))
    })?;
    if !may_answer(experiment, night, &desk) {
        return Err(refused(format!(
            "the night that ends on {night} is not over yet, so nobody can say how it went; if the clock of this machine is wrong, set it right first"
        )));
    }
    let before = experiment.answer(night);
    let event =
        Event::Answer { night: night.to_string(), arm: assigned.arm, answer: adherence.as_word().to_owned() };
    let what =
        format!("experiment {}: night of {night} answered: {}", experiment.number, adherence.as_word());
    let fact = observation(experiment.number, &answer_place(night), night.date(), desk.at, &event);
    let receipt = store.append_step(person, &[fact], (ActKind::Step, &what), occasion.now)?;
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

/// A person's clock and experiments, as every change begins by reading them.
fn opened(store: &Store, person: &PersonName, occasion: &Occasion) -> Result<(Desk, Ledger), AppError> {
    Ok((Desk::of(store, person, occasion)?, ledger(store, person)?))
}

/// Writes events of an experiment as one act.
fn record(
    store: &mut Store,
    person: &PersonName,
    experiment: &Experiment,
    desk: &Desk,
    (events, what): (&[Event], &str),
) -> Result<(), AppError> {
    let what = format!("experiment {}: {what}", experiment.number);
    let facts: Vec<_> = (1..)
        .zip(events)
        .map(|(after, event)| {
            observation(experiment.number, &event_place(experiment, after), desk.today, desk.at, event)
        })
        .collect();
    store.append_step(person, &facts, (ActKind::Step, &what), desk.at.timestamp())?;
    Ok(())
}

/// Writes one event about the experiment that runs or rests, as `say` makes it of how things stand, and shows the
/// experiment after it.
fn change(
    store: &mut Store,
    person: &PersonName,
    occasion: &Occasion,
    say: impl FnOnce(&Store, &Experiment, &Desk) -> Result<(Event, String), AppError>,
) -> Result<ExperimentView, AppError> {
    let (desk, ledger) = opened(store, person, occasion)?;
    let experiment = running(&ledger, &desk)?;
    let (event, what) = say(store, experiment, &desk)?;
    record(store, person, experiment, &desk, (&[event], &what))?;
    describe::experiment(&Reading::of(store, person), Some(experiment.number), occasion)
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
    change(store, person, occasion, |_, experiment, desk| {
        if experiment.is_paused() {
            return Err(refused("the experiment rests already; `nightmend steps resume` goes on"));
        }
        Ok(rest(experiment, desk, (why, "person")))
    })
}

/// The rest from tonight on, and what is said of it.
fn rest(experiment: &Experiment, desk: &Desk, (why, by): (&str, &str)) -> (Event, String) {
    let from = desk.tonight.max(experiment.first);
    let why = reason(why);
    let event = Event::Paused { from: from.to_string(), why: why.to_owned(), by: by.to_owned() };
    (event, format!("rests from the evening of {} on: {why}", evening_words(from)))
}

/// A reason as it is kept; nobody has to give one.
fn reason(why: &str) -> &str {
    if why.trim().is_empty() { "no reason given" } else { why.trim() }
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
    change(store, person, occasion, |store, experiment, desk| {
        if !experiment.is_paused() {
            return Err(refused("the experiment does not rest; there is nothing to go on with"));
        }
        if let Some(why) = halted(store, person, experiment)? {
            return Err(refused(format!("the experiment cannot go on. {why}")));
        }
        let event = Event::Resumed { from: desk.tonight.to_string() };
        Ok((event, format!("goes on from the evening of {}", evening_words(desk.tonight))))
    })
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
    change(store, person, occasion, |_, _, desk| Ok(end(desk, (why, "person"))))
}

/// The end today, and what is said of it.
fn end(desk: &Desk, (why, by): (&str, &str)) -> (Event, String) {
    let why = reason(why);
    // After midnight the night that goes on belongs to the evening before, and to this experiment no more.
    let on = Desk::evening_of(desk.tonight);
    let event = Event::Stopped { on: on.to_string(), why: why.to_owned(), by: by.to_owned() };
    (event, format!("stopped: {why}"))
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
    let (desk, ledger) = opened(store, person, occasion)?;
    // One that has just run out can be made longer, as long as no other one was started since.
    let experiment = ledger
        .experiments
        .last()
        .filter(|experiment| state(experiment, desk.tonight) != State::Stopped)
        .ok_or_else(|| refused("there is no experiment to extend"))?;
    if let Some(altered) = &experiment.altered {
        return Err(refused(altered.to_string()));
    }
    let (step, now) = (experiment.step.step(), experiment.plan.design.nights);
    if nights <= now {
        return Err(refused(format!("the experiment has {now} nights already; give a greater number")));
    }
    if nights > most_nights(step) {
        return Err(refused(format!(
            "this step takes at most {} nights; the error rates of the verdict are known up to there",
            most_nights(step)
        )));
    }
    let plan = allocation::extend(&experiment.plan, nights).map_err(|error| refused(error.to_string()))?;
    let mut events = gap(experiment, &desk);
    events.push(Event::Extended { nights, allocation: plan.allocation, fingerprint: plan.fingerprint });
    let what = format!("extended from {now} to {nights} nights");
    record(store, person, experiment, &desk, (&events, &what))?;
    describe::experiment(&Reading::of(store, person), Some(experiment.number), occasion)
}

/// The nights between the last one of the plan and tonight, as a rest: nobody was told what to do on them, so that the
/// nights that are added begin tonight.
fn gap(experiment: &Experiment, desk: &Desk) -> Vec<Event> {
    let after =
        experiment.last_night().and_then(|last| last.date().tomorrow().ok()).map(NightDate::of_waking);
    match after.filter(|after| *after < desk.tonight && !experiment.is_paused()) {
        Some(after) => vec![
            Event::Paused {
                from: after.to_string(),
                why: "the plan had run out".to_owned(),
                by: "person".to_owned(),
            },
            Event::Resumed { from: desk.tonight.to_string() },
        ],
        None => Vec::new(),
    }
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
    change(store, person, occasion, |_, experiment, desk| {
        if experiment.window.is_none() {
            return Err(refused(
                "the running experiment has no sleep window; if you nod off where you should not, see your GP and do not drive",
            ));
        }
        Ok((Event::Sleepy { on: desk.today.to_string() }, "worryingly sleepy by day".to_owned()))
    })
}

/// Keeps what an experiment found to help, or lets it go: what is kept is done on every night, and later experiments say
/// so. Nobody has to keep anything.
///
/// # Errors
/// No such experiment, one that found nothing to keep, what is said already, or a store that cannot be written to.
pub fn keep(
    store: &mut Store,
    person: &PersonName,
    (number, keeps): (u32, bool),
    occasion: &Occasion,
) -> Result<StepsView, AppError> {
    let (desk, ledger) = opened(store, person, occasion)?;
    let experiment = found(&ledger, desk.tonight, Some(number))?;
    let tried = tried(&Reading::of(store, person), &ledger, &desk)?;
    let row = helped(&tried).map(|each| &each.row).find(|row| row.experiment == number).ok_or_else(|| {
        refused(format!(
            "experiment {number} found nothing to keep; `nightmend steps` lists what changed things for you"
        ))
    })?;
    if experiment.keeps == keeps {
        let how = if keeps { "is kept already" } else { "is not kept any more already" };
        return Err(refused(format!("{}: it {how}", row.arm_title)));
    }
    let what = format!("{}: {}", if keeps { "kept again" } else { "let go" }, row.arm_title);
    let event = Event::Keeping { on: desk.today.to_string(), keeps };
    record(store, person, experiment, &desk, (&[event], &what))?;
    describe::overview(&Reading::of(store, person), occasion)
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
    store.append_step(person, &facts, (ActKind::Step, &what), occasion.now)?;
    watch(store, person, occasion)
}

/// Looks whether a running experiment has to stop (a safety answer closes it, or its verdict is that it harmed) or to rest (pain is up by 2 points on three
/// days in a row), does so, and says why. To be called after anything was checked in.
///
/// # Errors
/// A store that cannot be written to.
pub fn watch(
    store: &mut Store,
    person: &PersonName,
    occasion: &Occasion,
) -> Result<Option<String>, AppError> {
    let (desk, ledger) = opened(store, person, occasion)?;
    let Some(experiment) = active(&ledger, desk.tonight) else { return Ok(None) };
    if let Some(why) = halted(store, person, experiment)? {
        let (event, what) = end(&desk, (why, "safety"));
        record(store, person, experiment, &desk, (&[event], &what))?;
        return Ok(Some(format!("Experiment {} was stopped. {why}", experiment.number)));
    }
    if experiment.is_paused() {
        return Ok(None);
    }
    let reading = Reading::of(store, person);
    // A plan that was altered is judged by nobody without a warning, and ends nothing by itself.
    if experiment.altered.is_none()
        && a_look_is_past(experiment, &desk)
        && result_of(experiment, &reading, &desk)?.verdict == Verdict::Harmed
    {
        let why = format!(
            "on nights with it your {} was worse than on the others",
            experiment.plan.design.outcome.title()
        );
        let (event, what) = end(&desk, (&why, "harm"));
        record(store, person, experiment, &desk, (&[event], &what))?;
        return Ok(Some(format!(
            "Experiment {} was stopped: {why}. Leave it out; `nightmend steps result` shows by how much. If it stays worse, tell someone who can look at it with you.",
            experiment.number
        )));
    }
    // After the person went on, the count begins anew.
    let from = experiment.resumed.unwrap_or(experiment.first).date();
    let Some(bad) = three_bad_days(&reading.assembly()?.days, from, desk.today) else { return Ok(None) };
    // Days that are filled in a little later count as well; an alarm about last month would come too late to be one.
    if desk.today.duration_since(bad.last).as_hours() / 24 > LATE_DAYS {
        return Ok(None);
    }
    let why = format!("{} stood 2 points or more above your usual on three days in a row", bad.pain);
    let (event, what) = rest(experiment, &desk, (&why, "pain"));
    record(store, person, experiment, &desk, (&[event], &what))?;
    Ok(Some(format!(
        "Experiment {} rests from tonight: {why}. This happens by chance in about one experiment of ten. Go on with `nightmend steps resume` when you wish, or stop it; if something is new about the pain, have it looked at.",
        experiment.number
    )))
}

/// Whether its first look is past: before that no verdict can be "harmed", and working it out would be for nothing.
fn a_look_is_past(experiment: &Experiment, desk: &Desk) -> bool {
    let begun_with = experiment.extended_from.first().copied().unwrap_or(experiment.plan.design.nights);
    let first = verdict::looks(begun_with).first().copied();
    let over = |assigned: &nightmend_domain::Assignment| assigned.night < desk.tonight;
    experiment.nights_told().iter().any(|assigned| over(assigned) && Some(assigned.number) >= first)
}
