//! Draws the guide of one step, with its drawings, its limits and what is known of it.

use axum::extract::Path;
use maud::{Markup, html};
use nightmend_app::steps;
use nightmend_app::views::{MoveView, ReferenceView, SectionView, StepGuideView, measured};

use super::{STYLE, linked, picture, step_of, unnamed_picture, with_links};
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::Page;

pub(super) async fn show(Path(step): Path<String>, context: Context) -> Result<Markup, Failure> {
    let view = steps::guide(step_of(&step)?);
    Ok(Page::new(view.title, body(&view)).lead(html! { (view.what) }).style(STYLE).of(&context))
}

fn body(view: &StepGuideView) -> Markup {
    // Where each variant has a drawing of its own, it stands beside it, and not once more in the text.
    let first: Vec<&str> = view.arms.iter().filter_map(|arm| arm.drawings.first().copied()).collect();
    let shows_arms =
        first.len() == view.arms.len() && (1..first.len()).all(|at| !first[..at].contains(&first[at]));
    let shown: &[&str] = if shows_arms { &first } else { &[] };
    html! {
        p.row {
            a.button.main href={ "/steps/plan/" (view.step) } { "Plan an experiment" }
            @if !view.sequence.is_empty() { a.button href="/steps/wind-down" { "Do it now, with a timer" } }
            a.button href="/steps" { "All steps" }
        }
        section.card aria-labelledby="variants" {
            h2 #variants { "Variants" }
            ul.plain { @for arm in &view.arms {
                li { strong { (arm.title) } p { (arm.what) }
                    @if let Some(word) = arm.drawings.first().filter(|_| shows_arms) { (unnamed_picture(word)) }
                    p { a href={ "/steps/plan/" (view.step) "?arm=" (arm.arm) } { "Plan this one" span.unseen { ": " (arm.title) } } }
                }
            } }
        }
        @for part in &view.sections { (section(part, shown)) }
        @if !view.sequence.is_empty() { (sequence(&view.sequence)) }
        section.card aria-labelledby="stop" {
            h2 #stop { "When to stop" }
            ul { @for rule in &view.stop_rules { li { (rule) } } }
        }
        section.card aria-labelledby="notfor" {
            h2 #notfor { "Not for everybody" }
            ul { @for each in &view.not_for { li { (each) } } }
        }
        section.card aria-labelledby="cost" {
            h2 #cost { "What it takes" }
            p { (view.burden) }
            p { "Asked on every night of the plan: " (view.question) }
            p { (view.carry_over) }
            p.soft { "Worth it, unless you say otherwise: " (measured(view.worth_it, "points")) " of 10." }
        }
        section.card aria-labelledby="read" {
            h2 #read { "What was read" }
            ul.references { @for each in &view.references { (reference(each)) } }
            p { (with_links(view.context)) }
        }
    }
}

fn section(part: &SectionView, shown: &[&str]) -> Markup {
    html! {
        section.card {
            h2 { (part.heading) }
            p { (part.text) }
            @if !part.points.is_empty() { ul { @for point in &part.points { li { (point) } } } }
            div.pictures { @for word in part.drawings.iter().filter(|word| !shown.contains(word)) { (picture(word)) } }
        }
    }
}

fn sequence(moves: &[MoveView]) -> Markup {
    html! {
        section.card aria-labelledby="sequence" {
            h2 #sequence { "The sequence" }
            ol { @for each in moves { li { strong { (each.title) } ", " (duration(each)) ". " (each.how) } } }
        }
    }
}

/// How long a movement takes, in words.
pub(super) fn duration(each: &MoveView) -> String {
    let one = if each.seconds.is_multiple_of(60) && each.seconds >= 120 {
        format!("{} minutes", each.seconds / 60)
    } else {
        format!("{} seconds", each.seconds)
    };
    if each.seconds < each.total_seconds { format!("{one} on each side") } else { one }
}

fn reference(each: &ReferenceView) -> Markup {
    html! {
        li {
            abbr.grade title=(each.grade_words) { (each.grade) } " "
            (each.citation)
            ", " (locator_link(each.locator))
            ". " (each.found) " "
            span.soft { "(" (each.grade) ": " (each.grade_words) ")" }
        }
    }
}

fn locator_link(locator: &str) -> Markup {
    if locator.starts_with("10.") {
        linked(locator)
    } else {
        html! { (locator) }
    }
}
