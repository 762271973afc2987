//! Prints what is known of the steps and of experiments: the list, a guide, a plan, tonight, the calendar.

use std::fmt::Write as _;
use std::fs;

use nightmend_app::steps::{self, Reading, Wishes, Wording};
use nightmend_app::views::{
    CalendarNightView, ExperimentView, KeptView, OffersView, PlanView, QuestionView, StepGuideView,
    StepsView, TonightView, measured,
};
use nightmend_app::{AppError, Store};
use nightmend_domain::PersonName;

use super::{occasion, outcome_named, paragraph, point, step_named, typed};
use crate::args::JsonFlag;
use crate::args_steps::{CalendarArgs, GuideArgs, IcsArgs, NotifyArgs, PlanArgs, WishArgs};
use crate::commands::Context;
use crate::failure::{Failure, Outcome};
use crate::output;

/// The store to read from, or a new one: whoever looks at the steps first has no records yet.
fn store_and_person(context: &Context) -> Result<(Store, PersonName), Failure> {
    let store = match context.store_to_read() {
        Ok(store) => store,
        Err(Failure::Usage(_)) => context.store()?,
        Err(other) => return Err(other),
    };
    let person = context.person(&store)?;
    Ok((store, person))
}

/// What was wished on the command line.
pub(super) fn wishes(args: &WishArgs) -> Result<Wishes, Failure> {
    let outcome = outcome_named(args.outcome.as_deref())?;
    Ok(Wishes { nights: args.nights, outcome, threshold: args.worth_it, expected_benefit: args.expect })
}

pub(super) fn list(context: &Context, json: &JsonFlag) -> Outcome {
    let (store, person) = store_and_person(context)?;
    let occasion = occasion();
    let view = steps::overview(&Reading::of(&store, &person), &occasion)?;
    drop(store);
    // What was offered is noted beside what is chosen. A store that cannot be written to can still be looked at.
    if let Ok(mut store) = context.store() {
        let _ = steps::note_offers(&mut store, &person, &view, &occasion);
    }
    if json.json { output::json(&view) } else { output::text(&list_text(&view, context)) }
}

pub(super) fn offers(context: &Context, json: &JsonFlag) -> Outcome {
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let view = steps::offers_log(&store, &person)?;
    if json.json { output::json(&view) } else { output::text(&offers_text(&view, context)) }
}

fn offers_text(view: &OffersView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    if view.offers.is_empty() {
        return "No step was offered yet; `nightmend steps` offers them, and what it offers is noted once there are records.\n".to_owned();
    }
    let mut text = String::new();
    for offer in &view.offers {
        let _ = writeln!(text, "{}", style.bold(&offer.date));
        for (place, step) in (1..).zip(&offer.steps) {
            let arm = step
                .arm
                .as_deref()
                .map_or_else(|| " (closed)".to_owned(), |arm| format!(" --arm {}", typed(arm)));
            paragraph(
                &mut text,
                &format!("{place}. {}{arm}: {}", typed(&step.step), step.reason),
                width,
                "   ",
            );
        }
        match &offer.chosen {
            Some(chosen) => paragraph(
                &mut text,
                &format!(
                    "Chosen: {} ({}), experiment {}.",
                    typed(chosen.step),
                    chosen.arm_title,
                    chosen.experiment
                ),
                width,
                "",
            ),
            None => text.push_str("Looked at.\n"),
        }
    }
    text
}

pub(super) fn list_text(view: &StepsView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let mut text = String::new();
    if !view.waits_for.is_empty() {
        let _ = writeln!(text, "{}", style.bold("This comes before any experiment"));
        for first in &view.waits_for {
            point(&mut text, first.why, width);
        }
        text.push_str("Nothing is offered until then. Changed since? `nightmend steps safety` asks again.\n");
        return text;
    }
    match &view.running {
        Some(running) => {
            let _ = writeln!(
                text,
                "{}",
                style.bold(&format!("Experiment {}: {}", running.number, running.title))
            );
            experiment_lines(&mut text, running, width);
            text.push('\n');
        }
        None => text.push_str("No experiment is running.\n\n"),
    }
    let heading = style.bold("What changed things for you, to be kept");
    kept_lines(&mut text, &heading, &view.kept, (" --no", "lets it go"), width);
    let heading = style.bold("What changed things for you, and you let go");
    kept_lines(&mut text, &heading, &view.let_go, ("", "keeps it again"), width);
    let _ = writeln!(text, "{}", style.bold("What may come next (you choose)"));
    for offer in &view.next {
        let arm = offer.arm.map_or(String::new(), |arm| format!(" --arm {}", typed(arm)));
        let name =
            if offer.open { typed(offer.step) + &arm } else { format!("{} (closed)", typed(offer.step)) };
        let _ = writeln!(text, "{}. {}: {name}", offer.rank, style.bold(offer.title));
        paragraph(&mut text, &offer.reason, width, "   ");
    }
    if !view.earlier.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("Tried before"));
        for earlier in &view.earlier {
            let _ = writeln!(
                text,
                "{}. {} ({}): {}, {} nights answered",
                earlier.number, earlier.title, earlier.arm_title, earlier.state, earlier.answered
            );
        }
    }
    if !view.unread.is_empty() {
        let _ = writeln!(
            text,
            "\n{} kept facts belong to no experiment that stands, or could not be read; they are kept as they are.",
            view.unread.len()
        );
    }
    text.push('\n');
    paragraph(&mut text, view.context, width, "");
    text.push_str("\nNext: nightmend steps guide STEP, then nightmend steps plan STEP\n");
    text
}

/// What helped, each with the command that keeps it or lets it go; nothing where nothing did.
fn kept_lines(
    text: &mut String,
    heading: &str,
    rows: &[KeptView],
    (option, does): (&str, &str),
    width: usize,
) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "{heading}");
    for row in rows {
        let how = format!("`nightmend steps keep {}{option}` {does}", row.experiment);
        point(text, &format!("{} (experiment {}; {how})", row.arm_title, row.experiment), width);
    }
    text.push('\n');
}

/// The day or the night that a question is about: what is done by day is asked in the evening, before its night.
fn asked_about(question: &QuestionView) -> String {
    match question.asked {
        "evening" => format!("the day before the night to {}", question.night),
        _ => format!("the night that ended on {}", question.night),
    }
}

fn experiment_lines(text: &mut String, view: &ExperimentView, width: usize) {
    let _ = writeln!(
        text,
        "{}: {}, night {} of {} ({} answered)",
        view.state, view.arm_title, view.nights_over, view.nights, view.nights_answered
    );
    if let Some(question) = view.question.as_ref().filter(|question| question.answer.is_none()) {
        paragraph(text, &format!("Open: {} nightmend steps answer yes|partly|no", question.text), width, "");
    }
    for remark in &view.remarks {
        paragraph(text, remark, width, "");
    }
    paragraph(text, &view.integrity, width, "");
}

pub(super) fn guide(context: &Context, args: &GuideArgs) -> Outcome {
    let view = steps::guide(step_named(&args.step)?);
    if args.json.json { output::json(&view) } else { output::text(&guide_text(&view, context)) }
}

fn guide_text(view: &StepGuideView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let mut text = format!("{}\n", style.bold(view.title));
    paragraph(&mut text, view.what, width, "");
    let heading = |text: &mut String, words: &str| {
        let _ = writeln!(text, "\n{}", style.bold(words));
    };
    heading(&mut text, "Variants");
    for arm in &view.arms {
        point(&mut text, &format!("{} ({}): {}", arm.title, typed(arm.arm), arm.what), width);
    }
    for section in &view.sections {
        heading(&mut text, section.heading);
        paragraph(&mut text, section.text, width, "");
        for each in &section.points {
            point(&mut text, each, width);
        }
    }
    if !view.sequence.is_empty() {
        heading(&mut text, "The timed sequence");
        for each in &view.sequence {
            let seconds = match (each.seconds, each.total_seconds) {
                (600, _) => "10 minutes".to_owned(),
                (one, all) if one < all => format!("{one} s each side"),
                (one, _) => format!("{one} s"),
            };
            point(&mut text, &format!("{} ({seconds}): {}", each.title, each.how), width);
        }
    }
    heading(&mut text, "What is asked");
    paragraph(&mut text, view.question, width, "");
    heading(&mut text, "What is left over");
    paragraph(&mut text, view.carry_over, width, "");
    heading(&mut text, "Stop rules");
    view.stop_rules.iter().for_each(|each| point(&mut text, each, width));
    heading(&mut text, "Not for everybody");
    view.not_for.iter().for_each(|each| point(&mut text, each, width));
    heading(&mut text, "What was read");
    for reference in &view.references {
        point(
            &mut text,
            &format!(
                "[{}: {}] {}, {}. {}",
                reference.grade,
                reference.grade_words,
                reference.citation,
                reference.locator,
                reference.found
            ),
            width,
        );
    }
    text.push('\n');
    paragraph(&mut text, view.context, width, "");
    let _ = writeln!(
        text,
        "\nThe drawings are on the pages: nightmend serve, then Steps. Next: nightmend steps plan {}",
        typed(view.step)
    );
    text
}

pub(super) fn plan(context: &Context, args: &PlanArgs) -> Outcome {
    let (store, person) = store_and_person(context)?;
    let step = step_named(&args.step)?;
    let view = steps::plan(
        &Reading::of(&store, &person),
        step,
        args.wishes.arm.as_deref(),
        wishes(&args.wishes)?,
        &occasion(),
    )?;
    if args.json.json { output::json(&view) } else { output::text(&plan_text(&view, context)) }
}

pub(super) fn plan_text(view: &PlanView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let mut text = format!("{}\n", style.bold(&format!("{}: {}", view.title, view.arm_title)));
    paragraph(&mut text, view.what, width, "");
    let last = view.last_night.as_deref().unwrap_or("not known");
    let _ = writeln!(
        text,
        "\n{} nights, from the evening of {} to the morning of {last}.",
        view.nights, view.first_evening
    );
    paragraph(&mut text, &format!("Nights: {}.", view.rotation), width, "");
    paragraph(
        &mut text,
        &format!("Judged: {}. Worth it: {}.", view.outcome_words, measured(view.threshold, view.unit)),
        width,
        "",
    );
    if let Some(expected) = view.expected_benefit {
        let _ = writeln!(text, "You expect: {expected} {} for the better.", view.unit);
    }
    paragraph(&mut text, &format!("What it costs: {}", view.burden), width, "");
    paragraph(&mut text, &format!("Left over: {}", view.carry_over), width, "");
    let _ = writeln!(text, "\n{}", style.bold("What it can show"));
    view.can_show.iter().for_each(|each| point(&mut text, each, width));
    if let Some(window) = view.window_min {
        let _ = writeln!(text, "The window would be {} h {:02}.", window as i64 / 60, window as i64 % 60);
    }
    let _ = writeln!(text, "\n{}", style.bold("Stop rules"));
    view.stop_rules.iter().for_each(|each| point(&mut text, each, width));
    if !view.against.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("Against starting it now"));
        view.against.iter().for_each(|each| point(&mut text, each, width));
    }
    if !view.unanswered.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("To be answered first (nightmend steps safety)"));
        for question in &view.unanswered {
            point(&mut text, &format!("{}: {}", question.condition, question.question), width);
        }
    }
    text.push('\n');
    view.remarks.iter().for_each(|each| point(&mut text, each, width));
    let rise = if view.needs_rise { " --rise 06:45" } else { "" };
    let _ =
        writeln!(text, "\nNext: nightmend steps start {} --arm {}{rise}", typed(view.step), typed(view.arm));
    text
}

pub(super) fn tonight(context: &Context, json: &JsonFlag) -> Outcome {
    let (store, person) = store_and_person(context)?;
    let view = steps::tonight(&Reading::of(&store, &person), &occasion())?;
    if json.json { output::json(&view) } else { output::text(&tonight_text(&view, context)) }
}

pub(super) fn tonight_text(view: &TonightView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let mut text = String::new();
    if let (Some(title), Some(number), Some(of)) = (view.title, view.number, view.of) {
        let kind = if view.is_step == Some(true) { "with the step" } else { "as usual" };
        let _ = writeln!(text, "{}", style.bold(&format!("{title}, night {number} of {of}: {kind}")));
    }
    paragraph(&mut text, &view.sentence, width, "");
    view.remarks.iter().for_each(|each| paragraph(&mut text, each, width, ""));
    if let Some(question) = view.question.as_ref().filter(|question| question.answer.is_none()) {
        let _ = writeln!(text);
        paragraph(&mut text, &format!("Open, for {}: {}", asked_about(question), question.text), width, "");
        text.push_str("nightmend steps answer yes|partly|no\n");
    }
    text
}

pub(super) fn calendar(context: &Context, args: &CalendarArgs) -> Outcome {
    let (store, person) = store_and_person(context)?;
    let view = steps::experiment(&Reading::of(&store, &person), args.number, &occasion())?;
    if args.json.json { output::json(&view) } else { output::text(&calendar_text(&view, context)) }
}

pub(super) fn calendar_text(view: &ExperimentView, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let title = format!("Experiment {}: {} ({})", view.number, view.title, view.arm_title);
    let mut text = format!("{}\n", style.bold(&title));
    experiment_lines(&mut text, view, width);
    paragraph(
        &mut text,
        &format!("Judged: {}. Worth it: {}.", view.outcome_words, measured(view.threshold, view.unit)),
        width,
        "",
    );
    if let Some(goal) = view.goal_min {
        let _ = writeln!(text, "Goal now: {goal} minutes on a day with the step.");
    }
    if let Some(rise) = &view.rise {
        let _ = writeln!(text, "Rise time: {rise}.");
    }
    if let Some(stop) = &view.stopped {
        paragraph(&mut text, &format!("Stopped on {}: {}", stop.on, stop.why), width, "");
    }
    if !view.calendar.is_empty() {
        text.push_str("\nnight       evening\n");
    }
    for night in &view.calendar {
        let line = calendar_line(night);
        let _ = writeln!(text, "{}", if night.is_over { style.dim(&line) } else { line });
    }
    let told = view.calendar.len();
    if view.stopped.is_some() && told < usize::from(view.nights) {
        let _ = writeln!(text, "The other {} nights of the plan fell away.", usize::from(view.nights) - told);
    }
    let _ = writeln!(text, "\nfingerprint {}", view.fingerprint);
    text
}

fn calendar_line(night: &CalendarNightView) -> String {
    let kind = if night.is_step { "step" } else { "usual" };
    let washout = if night.washout { ", left out" } else { "" };
    let answer = match (night.answer, night.is_over) {
        (Some(answer), _) => format!("as assigned: {answer}"),
        (None, true) => "not answered".to_owned(),
        (None, false) => String::new(),
    };
    let here = if night.is_tonight { "  <- tonight" } else { "" };
    format!("{}  {}  {:<18}{answer}{here}", night.night, night.evening, format!("{kind}{washout}"))
        .trim_end()
        .to_owned()
}

pub(super) fn ics(context: &Context, args: &IcsArgs) -> Outcome {
    let (store, person) = store_and_person(context)?;
    let wording = if args.neutral { Wording::Neutral } else { Wording::Plain };
    let file = steps::calendar_file(&store, &person, wording, &occasion())?;
    if args.file.as_os_str() == "-" {
        return output::verbatim(&file);
    }
    if args.file.exists() && !args.overwrite {
        return Err(Failure::Usage(format!(
            "{} is there already; give another name, or --overwrite",
            args.file.display()
        )));
    }
    fs::write(&args.file, &file).map_err(|source| {
        Failure::from(AppError::File { what: format!("writing {}", args.file.display()), source })
    })?;
    let nights = file.matches("BEGIN:VEVENT").count();
    output::say(&format!(
        "Wrote {nights} evenings to {}. Nights that are answered are left out, so write it again now and then.",
        args.file.display()
    ));
    Ok(())
}

/// Prints a command instead of sending: the program opens no connection, and the person sees what would leave.
pub(super) fn notify(context: &Context, args: &NotifyArgs) -> Outcome {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if args.topic.is_empty() || args.topic.len() > 64 || !args.topic.chars().all(plain) {
        return Err(Failure::Usage(
            "a topic is made of up to 64 letters, digits, hyphens and underscores; choose a long one that nobody guesses".to_owned(),
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/".contains(c);
    let is_address = args.server.starts_with("https://") || args.server.starts_with("http://");
    if !is_address || !args.server.chars().all(plain) {
        return Err(Failure::Usage(format!(
            "'{}' is no address of a server; write it as https://ntfy.sh",
            args.server
        )));
    }
    let (store, person) = store_and_person(context)?;
    let view = steps::tonight(&Reading::of(&store, &person), &occasion())?;
    let is_answered = view
        .question
        .as_ref()
        .is_some_and(|question| question.answer.is_some() && Some(&question.night) == view.night.as_ref());
    if view.night.is_none() || is_answered {
        output::say("Nothing is open tonight, so there is nothing to send.");
        return Ok(());
    }
    output::say(
        "This line is for you to run: it leaves your machine, in neutral words, through the server it names.",
    );
    output::text(&format!(
        "curl --silent --show-error --output /dev/null --data 'nightmend: see tonight' {}/{}\n",
        args.server.trim_end_matches('/'),
        args.topic
    ))
}
