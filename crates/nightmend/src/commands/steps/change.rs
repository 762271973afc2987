//! Changes experiments from the command line: safety answers, start, answers, rest, end, more nights.

use nightmend_app::Store;
use nightmend_app::steps::{self, Reading, StartRequest};
use nightmend_app::views::{AnswerView, ExperimentView, QuestionView};
use nightmend_domain::{Adherence, Condition, NightDate, PersonName, SafetyAnswer};

use super::show::{calendar_text, list_text, plan_text, tonight_text, wishes};
use super::{occasion, step_named};
use crate::args::JsonFlag;
use crate::args_steps::{AnswerArgs, AnswerWord, ExtendArgs, KeepArgs, SafetyArgs, StartArgs, WhyArgs};
use crate::commands::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{self, asked, can_ask, confirmed};

fn desk(context: &Context) -> Result<(Store, PersonName), Failure> {
    let store = context.store()?;
    let person = context.person(&store)?;
    Ok((store, person))
}

pub(super) fn safety(context: &Context, args: &SafetyArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let mut answers = answers_given(args)?;
    let gave = !answers.is_empty() || args.no_to_rest;
    if args.no_to_rest {
        let rest: Vec<Condition> =
            Condition::all().filter(|each| !answers.iter().any(|(given, _)| given == each)).collect();
        answers.extend(rest.into_iter().map(|each| (each, SafetyAnswer::No)));
    }
    if !gave && !args.json.json && can_ask() {
        answers = ask_all(&store, &person)?;
    }
    if !answers.is_empty() {
        let stopped = steps::set_safety(&mut store, &person, &answers, &occasion())?;
        if let Some(why) = stopped {
            output::say(&why);
        }
    }
    let view = steps::safety_view(&store, &person)?;
    if args.json.json {
        return output::json(&view);
    }
    let mut text = String::new();
    for question in &view.questions {
        let answer =
            question.answer.map_or_else(|| "not answered".to_owned(), |answer| answer.replace('_', " "));
        text.push_str(&format!("{:<14}{}\n", answer, question.condition));
        super::paragraph(&mut text, question.question, context.style.width, "              ");
    }
    text.push('\n');
    super::paragraph(
        &mut text,
        "No alert is not an all-clear: with new weakness or numbness, trouble with bladder or bowel, fever or an injury see a doctor, whatever a program says.",
        context.style.width,
        "",
    );
    output::text(&text)
}

fn answers_given(args: &SafetyArgs) -> Result<Vec<(Condition, SafetyAnswer)>, Failure> {
    let mut answers = Vec::new();
    let lists = [
        (&args.yes, SafetyAnswer::Yes),
        (&args.no, SafetyAnswer::No),
        (&args.not_sure, SafetyAnswer::NotSure),
    ];
    for (words, answer) in lists {
        for word in words {
            let word = word.trim().to_lowercase().replace('-', "_");
            let condition = Condition::from_word(&word).ok_or_else(|| {
                let words: Vec<&str> = Condition::all().map(Condition::as_word).collect();
                Failure::Usage(format!(
                    "there is no safety question '{word}'; there are: {}",
                    words.join(", ")
                ))
            })?;
            if answers.iter().any(|(given, other)| *given == condition && *other != answer) {
                return Err(Failure::Usage(format!("{word} is answered in two ways; give one")));
            }
            answers.push((condition, answer));
        }
    }
    Ok(answers)
}

fn ask_all(store: &Store, person: &PersonName) -> Result<Vec<(Condition, SafetyAnswer)>, Failure> {
    output::say(
        "Safety questions: y yes, n no, ? not sure; Enter leaves the answer as it is. Nothing is saved before the end.",
    );
    let mut answers = Vec::new();
    for question in steps::safety_view(store, person)?.questions {
        let Some(condition) = Condition::from_word(question.condition) else { continue };
        let former = question.answer.map_or(String::new(), |answer| format!(" [{answer}]"));
        loop {
            let said = asked(&format!("{}{former} ", question.question))?;
            let answer = match said.to_lowercase().as_str() {
                "" => break,
                "y" | "yes" => SafetyAnswer::Yes,
                "n" | "no" => SafetyAnswer::No,
                "?" | "not sure" | "not_sure" => SafetyAnswer::NotSure,
                _ => {
                    output::say("y, n or ? (Enter skips)");
                    continue;
                }
            };
            answers.push((condition, answer));
            break;
        }
    }
    Ok(answers)
}

pub(super) fn start(context: &Context, args: &StartArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let step = step_named(&args.step)?;
    let mut wishes = wishes(&args.wishes)?;
    let mut rise = args.rise;
    let occasion = occasion();
    if !args.yes && !args.json.json && can_ask() {
        let plan =
            steps::plan(&Reading::of(&store, &person), step, args.wishes.arm.as_deref(), wishes, &occasion)?;
        output::say(&plan_text(&plan, context));
        if plan.against.is_empty() && plan.unanswered.is_empty() {
            if wishes.expected_benefit.is_none() {
                wishes.expected_benefit = expectation(plan.unit)?;
            }
            if plan.needs_rise && rise.is_none() {
                rise = Some(rise_time()?);
            }
            if !confirmed("Draw the lot and begin?")? {
                return Err(Failure::Failed(anyhow::anyhow!("nothing was started")));
            }
        }
    }
    let request = StartRequest {
        step,
        arm: args.wishes.arm.clone(),
        wishes,
        rise,
        evenings_from_now: args.in_evenings,
        seed: args.seed,
    };
    let view = steps::start(&mut store, &person, &request, &occasion)?;
    if args.json.json {
        return output::json(&view);
    }
    output::text(&calendar_text(&view, context))?;
    output::text(&format!(
        "\nStarted. The lot is drawn and written down; keep the fingerprint if you want to check it yourself.\n{}",
        tonight_text(&steps::tonight(&Reading::of(&store, &person), &occasion)?, context)
    ))
}

/// What the person expects of it, asked before the lot is drawn; nothing where they would rather not say.
fn expectation(unit: &str) -> Result<Option<f64>, Failure> {
    loop {
        let said = asked(&format!(
            "What change for the better do you expect, in {unit}? (0 for none, Enter leaves it open) "
        ))?;
        if said.is_empty() {
            return Ok(None);
        }
        match crate::reading::parse_number(&said) {
            Ok(number) => return Ok(Some(number)),
            Err(why) => output::say(&why.to_string()),
        }
    }
}

/// The time at which the person will get up, asked until it is one.
fn rise_time() -> Result<jiff::civil::Time, Failure> {
    loop {
        let said = asked("At what time will you get up every day, such as 06:45? ")?;
        match crate::reading::parse_time(&said) {
            Ok(time) => return Ok(time),
            Err(why) => output::say(&why.to_string()),
        }
    }
}

const fn adherence(word: AnswerWord) -> Adherence {
    match word {
        AnswerWord::Yes => Adherence::Full,
        AnswerWord::Partly => Adherence::Partly,
        AnswerWord::No => Adherence::Not,
    }
}

pub(super) fn answer(context: &Context, args: &AnswerArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let night = args.night.map(NightDate::of_waking);
    let view = steps::answer(&mut store, &person, night, adherence(args.answer), &occasion())?;
    if args.json.json { output::json(&view) } else { output::text(&answer_text(&view)) }
}

fn answer_text(view: &AnswerView) -> String {
    let before = match view.before {
        Some(before) if before != view.answer => format!(" (before: {before}; both are kept)"),
        _ => String::new(),
    };
    match view.act {
        Some(act) => format!(
            "Saved for the night to {}: {}{before}. `nightmend undo {act}` takes it back.\n",
            view.night, view.answer
        ),
        None => format!("The same was saved before: {} for {}.\n", view.answer, view.night),
    }
}

pub(super) fn pause(context: &Context, args: &WhyArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::pause(&mut store, &person, &args.why, &occasion())?;
    said(
        context,
        &args.json,
        &view,
        "The experiment rests; `nightmend steps resume` goes on, whenever that is.",
    )
}

pub(super) fn resume(context: &Context, json: &JsonFlag) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::resume(&mut store, &person, &occasion())?;
    said(context, json, &view, "The experiment goes on tonight where it stopped.")
}

pub(super) fn stop(context: &Context, args: &WhyArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::stop(&mut store, &person, &args.why, &occasion())?;
    said(context, &args.json, &view, "Stopped. What you recorded stays and counts as far as it goes.")
}

pub(super) fn extend(context: &Context, args: &ExtendArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::extend(&mut store, &person, args.nights, &occasion())?;
    said(context, &args.json, &view, "Extended; the nights so far keep what they were assigned to.")
}

pub(super) fn sleepy(context: &Context, json: &JsonFlag) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::sleepy(&mut store, &person, &occasion())?;
    output::say(steps::schedule::DRIVING_WARNING);
    said(context, json, &view, "Noted; your window is longer from tonight on.")
}

pub(super) fn keep(context: &Context, args: &KeepArgs) -> Outcome {
    let (mut store, person) = desk(context)?;
    let view = steps::keep(&mut store, &person, (args.number, !args.no), &occasion())?;
    if args.json.json {
        return output::json(&view);
    }
    let sentence = if args.no {
        "Let go. Later experiments do not count on it; `nightmend undo` takes this back."
    } else {
        "Kept again, on every night."
    };
    output::text(&format!("{sentence}\n\n{}", list_text(&view, context)))
}

fn said(context: &Context, json: &JsonFlag, view: &ExperimentView, sentence: &str) -> Outcome {
    if json.json {
        return output::json(view);
    }
    output::text(&format!("{sentence}\n\n{}", calendar_text(view, context)))
}

/// After a check-in: lets safety stop or rest the experiment, and puts the question about the step if it is its time.
/// Where nobody is to be asked, it says which command answers.
pub(crate) fn ask_about_the_step(
    store: &mut Store,
    person: &PersonName,
    (moment, date): (&str, jiff::civil::Date),
    may_ask: bool,
) -> Outcome {
    let occasion = occasion();
    if let Some(why) = steps::watch(store, person, &occasion)? {
        output::say(&why);
    }
    let open = |question: &QuestionView| question.asked == moment && question.answer.is_none();
    let Some(question) = steps::open_question(store, person, &occasion)?.filter(open) else {
        return Ok(());
    };
    // A check-in of another day is no moment to ask about last night.
    let asked_for = if moment == "morning" { Some(date) } else { date.tomorrow().ok() };
    if asked_for.is_none_or(|date| date.to_string() != question.night) {
        return Ok(());
    }
    if !may_ask {
        output::say(&format!(
            "Your step: {} Answer with `nightmend steps answer yes|partly|no`.",
            question.text
        ));
        return Ok(());
    }
    loop {
        let said = asked(&format!("Your step: {} [y/p/n, Enter skips] ", question.text))?;
        let adherence = match said.to_lowercase().as_str() {
            "" => return Ok(()),
            "y" | "yes" => Adherence::Full,
            "p" | "partly" => Adherence::Partly,
            "n" | "no" => Adherence::Not,
            _ => {
                output::say("y for yes, p for partly, n for no (Enter skips)");
                continue;
            }
        };
        let night = question.night.parse().ok().map(NightDate::of_waking);
        let view = steps::answer(store, person, night, adherence, &occasion)?;
        output::say(answer_text(&view).trim_end());
        return Ok(());
    }
}
