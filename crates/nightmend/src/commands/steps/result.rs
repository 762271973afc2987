//! Prints what an experiment has shown: the verdict in plain words, a picture of what is plausible, the other outcomes.

use std::fmt::Write as _;

use nightmend_app::steps::{self, Reading, ResultAnswer, TableRequest};
use nightmend_domain::Rotation;
use nightmend_domain::estimate::Interval;
use nightmend_domain::step_result::{EveryNight, Instrumental, Interval90, OutcomeResult, StepResult};
use nightmend_report::figure::{IntervalRow, Verdict, terminal};

use super::{occasion, outcome_named, paragraph, point};
use crate::args_steps::{AnalyseArgs, ResultArgs};
use crate::commands::{Context, machine_zone, today};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn result(context: &Context, args: &ResultArgs) -> Outcome {
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let answer = steps::result(&Reading::of(&store, &person), args.number, &occasion())?;
    print(context, &answer, args.details, args.json.json)
}

pub(super) fn analyse(context: &Context, args: &AnalyseArgs) -> Outcome {
    let rotation = match (args.block, args.long_block) {
        (Some(0), _) | (_, Some(0)) => {
            return Err(Failure::Usage("a block has at least one night; give another number".to_owned()));
        }
        (Some(block), _) => Some(Rotation::PermutedBlocks { block }),
        (None, Some(block)) if args.washout >= block => {
            return Err(Failure::Usage(format!(
                "--washout leaves out the first nights of a block, so it must be below its {block} nights"
            )));
        }
        (None, Some(block)) => Some(Rotation::LongBlocks { block, washout: args.washout }),
        (None, None) => None,
    };
    let outcome = outcome_named(args.outcome.as_deref())?;
    crate::commands::existing(&args.table)?;
    crate::commands::existing(&args.map)?;
    let request = TableRequest {
        path: args.table.clone(),
        map: crate::commands::import::read_map(&args.map)?,
        person: context.named_person().map(ToString::to_string),
        usual: args.usual.clone(),
        arm: args.arm.clone(),
        outcome,
        threshold: args.worth_it,
        expected_benefit: args.expect,
        rotation,
        zone: machine_zone(),
    };
    let answer = steps::analyse_table(&request, today())?;
    print(context, &answer, true, args.json.json)
}

fn print(context: &Context, answer: &ResultAnswer, details: bool, json: bool) -> Outcome {
    if json { output::json(&answer.view) } else { output::text(&text(&answer.result, details, context)) }
}

/// The result as a person reads it.
fn text(result: &StepResult, details: bool, context: &Context) -> String {
    let (style, width) = (context.style, context.style.width);
    let design = &result.design;
    let arms = (&design.arms[design.judged].title, &design.arms[0].title);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}",
        style.bold(&output::wrapped(&format!("{}, against: {}", arms.0, arms.1), width, "  "))
    );
    paragraph(&mut text, &result.sentence, width, "");
    notes(&mut text, result, width);
    if !result.outcomes.is_empty() {
        text.push('\n');
        pictures(&mut text, result, context);
    }
    text.push('\n');
    for remark in &result.remarks {
        point(&mut text, remark, width);
    }
    if details {
        numbers(&mut text, result, width);
    }
    paragraph(&mut text, &style.dim("This describes your own records; it is not medical advice."), width, "");
    text
}

/// Notes shown in full; whoever wants all of them has --json.
const MOST_NOTES: usize = 8;

/// What is to be known of the records, each text once.
fn notes(text: &mut String, result: &StepResult, width: usize) {
    let mut notes: Vec<(&str, usize)> = Vec::new();
    for issue in &result.issues {
        match notes.iter_mut().find(|(said, _)| *said == issue.text) {
            Some((_, times)) => *times += 1,
            None => notes.push((&issue.text, 1)),
        }
    }
    for (said, times) in notes.iter().take(MOST_NOTES) {
        let often = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        paragraph(text, &format!("Note{often}: {said}"), width, "");
    }
    if let Some(more) = notes.len().checked_sub(MOST_NOTES).filter(|more| *more > 0) {
        paragraph(text, &format!("Note: there are {more} more notes; --json lists all."), width, "");
    }
}

/// The density of the judged outcome, and every outcome with its interval.
fn pictures(text: &mut String, result: &StepResult, context: &Context) {
    let terminal = context.style.terminal();
    if let Some(judged) = result.outcomes.iter().find(|outcome| outcome.judged) {
        text.push_str(&hill(judged, context.style.width));
        text.push('\n');
    }
    let rows: Vec<IntervalRow> = result.outcomes.iter().map(row).collect();
    let _ = writeln!(text, "{}", terminal::intervals(&rows, terminal).picture);
    paragraph(
        text,
        &context.style.dim(
            "Tonight's effect, as assigned: ━ half of what is plausible, ─ 90 %. Only the first is judged.",
        ),
        context.style.width,
        "",
    );
}

fn row(outcome: &OutcomeResult) -> IntervalRow {
    let Interval90 { mean, low, high } = outcome.usual.effect;
    // Half of what is plausible, by the spread: the posterior is close to a normal one.
    let half = 0.674_5 * outcome.usual.sd;
    IntervalRow {
        label: outcome.outcome.title().to_owned(),
        unit: outcome.outcome.unit().to_owned(),
        mean,
        ci50: Interval { low: mean - half, high: mean + half },
        ci90: Interval { low, high },
        verdict: Verdict::Plain,
    }
}

/// Rows of the picture of the density.
const HILL_ROWS: usize = 6;

/// Draws the density of the effect with blocks: what is for the better is filled, the rest is dotted.
fn hill(outcome: &OutcomeResult, width: usize) -> String {
    let columns = width.clamp(40, 72);
    let ascii = output::ascii_only();
    let (low, high) = match (outcome.density.first(), outcome.density.last()) {
        (Some(first), Some(last)) if last.0 > first.0 => (first.0.min(0.0), last.0.max(0.0)),
        _ => return String::new(),
    };
    let at = |column: usize| low + (high - low) * (column as f64 + 0.5) / columns as f64;
    let height = |effect: f64| {
        let after = outcome.density.partition_point(|(place, _)| *place < effect);
        match (
            after.checked_sub(1).and_then(|before| outcome.density.get(before)),
            outcome.density.get(after),
        ) {
            (Some(before), Some(after)) => {
                before.1 + (after.1 - before.1) * (effect - before.0) / (after.0 - before.0)
            }
            _ => 0.0,
        }
    };
    let top = outcome.density.iter().map(|(_, height)| *height).fold(0.0, f64::max);
    let better = outcome.outcome.better();
    let (full, dotted) = if ascii { ('#', '.') } else { ('█', '░') };
    let mut text = String::new();
    for row in (0..HILL_ROWS).rev() {
        let line: String = (0..columns)
            .map(|column| {
                let effect = at(column);
                let filled = height(effect) / top * HILL_ROWS as f64 > row as f64 + 0.5;
                match (filled, effect * better > 0.0) {
                    (false, _) => ' ',
                    (true, true) => full,
                    (true, false) => dotted,
                }
            })
            .collect();
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let place = |effect: f64| {
        (((effect - low) / (high - low) * columns as f64) as usize).min(columns.saturating_sub(1))
    };
    let worth_it = better * outcome.threshold;
    let mut scale: Vec<char> = vec![if ascii { '-' } else { '─' }; columns];
    if (low..=high).contains(&worth_it) {
        scale[place(worth_it)] = if ascii { '^' } else { '▲' };
    }
    scale[place(0.0)] = if ascii { '|' } else { '┼' };
    let _ = writeln!(text, "{}", scale.into_iter().collect::<String>());
    let unit = outcome.outcome.unit();
    let mark = if ascii { '^' } else { '▲' };
    let zero = if ascii { '|' } else { '┼' };
    let _ = writeln!(
        text,
        "{low:+.1} to {high:+.1} {unit}; {zero} no change, {mark} worth it ({worth_it:+.1}); {full} for the better"
    );
    text
}

fn numbers(text: &mut String, result: &StepResult, width: usize) {
    let nights = &result.nights;
    text.push('\n');
    point(
        text,
        &format!(
            "Nights: {} with, {} without, {} of them without the judged outcome, {} in a washout.",
            nights.assigned_on, nights.assigned_off, nights.missed, nights.washout
        ),
        width,
    );
    for look in &result.looks {
        point(
            text,
            &format!(
                "Look after night {}: benefit {:.3} for a sceptic (needed {:.3}) and {:.3} by the nights alone (needed {:.3}), threshold reached {:.2}, harm {:.2}; {}.",
                look.night,
                look.p_benefit_sceptical,
                look.needed,
                look.p_benefit_alone,
                look.needed_alone,
                look.p_at_least_threshold,
                look.p_harm,
                look.verdict.as_word().replace('_', " ")
            ),
            width,
        );
    }
    for outcome in &result.outcomes {
        point(text, &outcome_line(outcome), width);
    }
    let unit = result.design.outcome.unit();
    if let Some(carry_over) = &result.carry_over {
        point(
            text,
            &format!("The night after one with the step: {}.", interval(carry_over.next_night, unit)),
            width,
        );
    }
    if !result.fingerprint.is_empty() {
        point(text, &format!("Plan, fixed before the start: SHA-256 {}.", result.fingerprint), width);
    }
}

fn outcome_line(outcome: &OutcomeResult) -> String {
    let unit = outcome.outcome.unit();
    let mut line = format!(
        "{}: {}; the nights alone: {}; any benefit {:.2}, at least {} {unit} {:.2}; a sceptic: {}, benefit {:.2}",
        outcome.outcome.title(),
        interval(outcome.usual.effect, unit),
        interval(outcome.alone, unit),
        outcome.usual.p_benefit,
        outcome.threshold,
        outcome.usual.p_at_least_threshold,
        interval(outcome.sceptical.effect, unit),
        outcome.sceptical.p_benefit
    );
    if let Some(test) = outcome.randomisation {
        let _ = write!(line, "; the lot alone: p {:.4}", test.p);
    }
    if let Instrumental::Effect { effect, .. } = outcome.instrumental {
        let _ = write!(line, "; for doing it: {}", interval(effect, unit));
    }
    if let Some(done) = outcome.as_done {
        let _ = write!(line, "; by what was done (exploratory): {}", interval(done, unit));
    }
    match outcome.every_night {
        EveryNight::Projected(press) => {
            let _ = write!(line, "; if done every night (a wide projection): {}", interval(press, unit));
        }
        EveryNight::LoopTooStrong { .. } => line.push_str("; nothing can be said of doing it every night"),
    }
    line + "."
}

fn interval(interval: Interval90, unit: &str) -> String {
    let Interval90 { mean, low, high } = interval;
    format!("{mean:+.2} {unit} ({low:+.2} to {high:+.2})")
}
