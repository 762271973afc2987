//! Measures the loop and prints it, honestly.

use std::fmt::Write as _;

use nightmend_app::estimate::{LoopAnswer, LoopRequest, measure};
use nightmend_app::figures;
use nightmend_app::refresh::DateRange;
use nightmend_app::views::LoopView;
use nightmend_app::{Question, SleepChoice};
use nightmend_domain::Moment;
use nightmend_domain::estimate::{
    ArrowEstimate, LoopEstimate, LoopOutcome, Maturity, MeasurementError, Summary,
};
use nightmend_report::figure::{Curve, terminal};

use super::Context;
use crate::args::{LoopArgs, LoopMoment, MeasurementErrorChoice};
use crate::failure::Outcome;
use crate::output::{self, Style, TerminalProgress, wrapped};

/// Runs `nightmend loop`.
pub fn run(context: &Context, args: &LoopArgs) -> Outcome {
    let range = DateRange::checked(args.range.from, args.range.to)?;
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let request = LoopRequest {
        question: Question {
            sleep: args.sleep.as_deref().map_or(SleepChoice::Automatic, SleepChoice::from_word),
            pain: args.pain.clone(),
            moment: args.moment.map(|moment| match moment {
                LoopMoment::Waking => Moment::Waking,
                LoopMoment::Bedtime => Moment::Bedtime,
                LoopMoment::Day => Moment::Day,
            }),
            include_recalled: args.include_recalled,
        },
        range,
        measurement_error: match args.measurement_error {
            MeasurementErrorChoice::None => MeasurementError::None,
            MeasurementErrorChoice::Prior => MeasurementError::Prior,
            MeasurementErrorChoice::Twice => MeasurementError::Twice,
        },
        seed: args.seed,
    };
    let progress = TerminalProgress::new();
    let answer = measure(&store, &person, &request, &progress);
    progress.finish();
    let answer = answer?;
    if args.json { output::json(&answer.view) } else { output::text(&text(&answer, context.style)) }
}

/// The answer as a person reads it.
pub(super) fn text(answer: &LoopAnswer, style: Style) -> String {
    let view = &answer.view;
    let mut text = heading(view, style);
    for remark in &view.remarks {
        paragraph(&mut text, &style.dim(remark), style);
    }
    text.push('\n');
    match &answer.outcome {
        LoopOutcome::CannotTell(_) => {
            for sentence in &view.sentences {
                paragraph(&mut text, sentence, style);
            }
        }
        LoopOutcome::Estimated(estimate) => estimated(&mut text, view, estimate, style),
    }
    text
}

fn heading(view: &LoopView, style: Style) -> String {
    let data = &view.data;
    let simulated = if view.simulated { " (simulated)" } else { "" };
    let mut text = String::new();
    let title =
        format!("The loop of {}{simulated}: {} and {}", view.person, view.settings.sleep, view.settings.pain);
    let _ = writeln!(text, "{}", style.bold(&title));
    let span = match (&data.from, &data.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "{} nights, {} days with pain{span}; pairs: {} sleep → pain, {} pain → sleep",
        data.nights, data.pain_days, data.pairs_sleep_to_pain, data.pairs_pain_to_sleep
    );
    text
}

fn estimated(text: &mut String, view: &LoopView, estimate: &LoopEstimate, style: Style) {
    for sentence in &view.sentences {
        paragraph(text, sentence, style);
    }
    let terminal = style.terminal();
    let _ = write!(text, "\n{}\n", terminal::intervals(&figures::arrow_rows(estimate), terminal).picture);
    for (label, arrow) in arrows(estimate) {
        text.push_str(&terminal::share_bar(label, arrow.prior_share, terminal).picture);
    }
    let _ = write!(text, "\n{}\n", terminal::curve(&Curve::from(&estimate.pulse), terminal).picture);
    numbers(text, estimate, style);
}

fn arrows(estimate: &LoopEstimate) -> [(&'static str, &ArrowEstimate); 2] {
    [("Sleep → pain", &estimate.sleep_to_pain), ("Pain → sleep", &estimate.pain_to_sleep)]
}

fn numbers(text: &mut String, estimate: &LoopEstimate, style: Style) {
    for (label, arrow) in arrows(estimate) {
        let _ = writeln!(
            text,
            "{label}: {}, P(below zero) {:.2}, evidence of the data alone z = {:.2} (told from {:.1})",
            maturity(arrow.maturity),
            arrow.p_negative,
            arrow.z,
            arrow.clear
        );
    }
    let gain = &estimate.loop_gain;
    let _ =
        writeln!(text, "Loop gain: {} (above zero feeds itself, below zero corrects itself)", interval(gain));
    match &estimate.half_life_days {
        Some(half_life) => {
            let _ = writeln!(text, "Half-life of a disturbance: {} days", interval(half_life));
        }
        None => text.push_str("Half-life of a disturbance: shown from 90 nights on\n"),
    }
    let diagnostics = &estimate.diagnostics;
    let line = format!(
        "{} chains × {} draws, rhat {:.3}, ess_bulk {:.0}, {} divergences",
        diagnostics.chains,
        diagnostics.draws_per_chain,
        diagnostics.rhat_max,
        diagnostics.ess_bulk_min,
        diagnostics.divergences
    );
    let _ = writeln!(text, "{}", style.dim(&line));
    paragraph(
        text,
        &style.dim(
            "\"Goes with\" is not \"comes from\": something unrecorded may explain both. This describes your own records; it is not medical advice.",
        ),
        style,
    );
}

const fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Prior => "prior (mostly what is known from other people)",
        Maturity::Emerging => "emerging",
        Maturity::Measured => "measured",
    }
}

fn interval(summary: &Summary) -> String {
    format!("{:.2} (90 % interval {:.2} to {:.2})", summary.median, summary.ci90.low, summary.ci90.high)
}

fn paragraph(text: &mut String, sentence: &str, style: Style) {
    let _ = writeln!(text, "{}", wrapped(sentence, style.width, "  "));
}
