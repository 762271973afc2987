//! Draws what an experiment has shown: the verdict in plain words, the plausible changes as a curve, the other outcomes.

use axum::extract::Path;
use maud::{Markup, html};
use nightmend_app::steps::{self, ResultAnswer};
use nightmend_app::views::{LookView, StepOutcomeView, StepResultView};
use nightmend_domain::Outcome;
use nightmend_domain::estimate::Interval;
use nightmend_domain::step_result::OutcomeResult;
use nightmend_report::figure::Table;
use nightmend_report::figure::svg::{StepEffect, Width, step_effect};

use super::{STYLE, with_links};
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, Tone, figure, notice};

pub(super) async fn show(Path(number): Path<u32>, context: Context) -> Result<Markup, Failure> {
    let answer =
        context.app.read_steps(move |reading, when| steps::result(reading, Some(number), when)).await?;
    let title = format!("Verdict: {}", answer.view.arm);
    Ok(Page::new(&title, body(&answer, number)).style(STYLE).of(&context))
}

fn body(answer: &ResultAnswer, number: u32) -> Markup {
    let ResultAnswer { view, result } = answer;
    html! {
        @for issue in &view.issues { (notice(Tone::Alert, html! { p { (issue.text) } })) }
        section.card aria-labelledby="verdict" {
            h2 #verdict { @if view.intact == Some(false) { "The plan was changed: not a randomised result" } @else { (verdict_words(view.verdict)) } }
            p.big { (view.sentence) }
            @if let Some(judged) = result.outcomes.iter().find(|each| each.judged) { (picture(judged)) }
            p { "Compared with: " (view.compared_with) "." }
            @if let Some(night) = view.next_look { p.soft { "The next look is due after night " (night) " of the plan; looks were fixed before the start." } }
        }
        @if !view.remarks.is_empty() {
            section.card aria-labelledby="said" {
                h2 #said { "To be said with it" }
                ul { @for remark in &view.remarks { li { (with_links(remark)) } } }
            }
        }
        @if !view.outcomes.is_empty() {
            section.card aria-labelledby="outcomes" {
                h2 #outcomes { "All outcomes" }
                p.soft { "Only the one declared before the start is judged; the others are shown and tell nothing by themselves." }
                (scrolled("outcomes", &outcomes(&view.outcomes)))
            }
        }
        @if view.nights.assigned_on + view.nights.assigned_off > 0 {
            section.card aria-labelledby="nights" {
                h2 #nights { "The nights" }
                (nights(view))
            }
        }
        @if !view.looks.is_empty() {
            section.card aria-labelledby="looks" {
                h2 #looks { "The looks so far" }
                (scrolled("looks", &looks(&view.looks)))
            }
        }
        p.row { a.button href={ "/steps/experiment/" (number) } { "The calendar" } a.button href="/steps" { "All steps" } }
    }
}

fn verdict_words(verdict: &str) -> &'static str {
    match verdict {
        "helped" => "It changed for the better",
        "harmed" => "It changed for the worse",
        "did_not_help" => "It did not change by what you wanted",
        "unlikely_to_reach_threshold" => "Unlikely to reach what counts as worth it",
        "no_clear_change" => "No clear change",
        _ => "Too early to tell",
    }
}

/// The plausible changes of the judged outcome.
fn picture(judged: &OutcomeResult) -> Markup {
    let (outcome, belief) = (judged.outcome, &judged.usual);
    let effect = StepEffect {
        label: format!("Change of {} on nights with the step", outcome.title()),
        unit: outcome.unit().to_owned(),
        density: judged.density.clone(),
        mean: belief.effect.mean,
        ci90: Interval { low: belief.effect.low, high: belief.effect.high },
        worth_it: outcome.better() * judged.threshold,
        p_benefit: belief.p_benefit,
        p_worth_it: belief.p_at_least_threshold,
    };
    let drawn = step_effect("What the step changed", &effect, Width::pixels(480));
    figure(&drawn.element, &drawn.alternative, numbers(&drawn.table))
}

fn numbers(table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for name in &table.columns { th scope="col" { (name) } } } }
            tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
        }
    }
}

/// A table that may be wider than a phone, in a box that scrolls and that a keyboard can reach.
fn scrolled(name: &str, inside: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label={ "Table: " (name) } { (inside) } }
}

fn outcomes(outcomes: &[StepOutcomeView]) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Outcome" } th scope="col" { "Change" } th scope="col" { "90 % interval" }
                th scope="col" { "By your nights alone" }
                th scope="col" { "Better, of 100" } th scope="col" { "By the threshold, of 100" }
                th scope="col" { "A sceptic: better, of 100" } th scope="col" { "Lot test, p" }
            } }
            tbody { @for each in outcomes { (outcome(each)) } }
        }
    }
}

fn outcome(each: &StepOutcomeView) -> Markup {
    let name = Outcome::from_word(each.outcome).map_or(each.outcome, Outcome::title);
    html! {
        tr {
            th scope="row" { (name) @if each.judged { " (judged)" } }
            td { (number(each.mean)) " " (each.unit) }
            td { (number(each.ci90[0])) " to " (number(each.ci90[1])) }
            td { (number(each.nights_alone.ci90[0])) " to " (number(each.nights_alone.ci90[1])) }
            td { (of_hundred(each.p_benefit)) }
            td { (of_hundred(each.p_at_least_threshold)) " (" (each.threshold) ")" }
            td { (of_hundred(each.sceptical.p_benefit)) }
            td { @match each.randomisation_p { Some(p) => (format!("{p:.3}")), None => "–" } }
        }
    }
}

fn number(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

fn of_hundred(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

/// A boundary, of 100, with its half.
fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn nights(view: &StepResultView) -> Markup {
    let nights = &view.nights;
    html! {
        dl.facts {
            dt { "With the step" } dd { (nights.assigned_on) }
            dt { "As usual" } dd { (nights.assigned_off) }
            dt { "Without the outcome" } dd { (nights.missed) }
            @if nights.washout > 0 { dt { "Left out (first of a block)" } dd { (nights.washout) } }
            dt { "As assigned" } dd { (nights.as_assigned) " of " (nights.adherence_known) " that were answered" }
        }
        p.soft { "Nights count as they were assigned, whether they went so or not: who does a step on which night is not drawn by lot." }
    }
}

fn looks(looks: &[LookView]) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "After night" } th scope="col" { "A sceptic: better, of 100 (needed)" }
                th scope="col" { "Your nights alone (needed)" }
                th scope="col" { "Change" } th scope="col" { "90 % interval" } th scope="col" { "Said" }
            } }
            tbody { @for look in looks {
                tr {
                    td { (look.night) } td { (of_hundred(look.p_benefit_sceptical)) " (" (percent(look.needed)) ")" }
                    td { (of_hundred(look.p_benefit_alone)) " (" (percent(look.needed_alone)) ")" }
                    td { (number(look.mean)) } td { (number(look.ci90[0])) " to " (number(look.ci90[1])) }
                    td { (verdict_words(look.verdict)) }
                }
            } }
        }
    }
}
