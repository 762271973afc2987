//! Lays a plan before the person, and starts it when they say so.

use axum::extract::{Path, Query};
use axum::response::Redirect;
use maud::{Markup, html};
use nightmend_app::AppError;
use nightmend_app::steps::catalogue::Step;
use nightmend_app::steps::{self, StartRequest, Wishes};
use nightmend_app::views::{PlanView, measured};
use nightmend_domain::Outcome;
use serde::Deserialize;

use super::{STYLE, step_of, unnamed_picture, with_links};
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, dated, notice};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    arm: Option<String>,
    nights: Option<String>,
    outcome: Option<String>,
    worth: Option<String>,
    expect: Option<String>,
}

impl Asked {
    fn wishes(&self) -> Result<Wishes, Failure> {
        Ok(Wishes {
            nights: number(self.nights.as_deref(), "nights")?,
            outcome: self.outcome.as_deref().and_then(Outcome::from_word),
            threshold: number(self.worth.as_deref(), "what would be worth it")?,
            expected_benefit: number(self.expect.as_deref(), "what you expect")?,
        })
    }
}

/// A number of a field, with a point or a comma; nothing where it is empty.
fn number<T: std::str::FromStr>(text: Option<&str>, what: &str) -> Result<Option<T>, Failure> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.replace(',', ".").parse().map(Some).map_err(|_| {
        Failure::not_understood(format!(
            "the number of {what} could not be read; go back and write it as 0.5 or 28"
        ))
    })
}

pub(super) async fn show(
    Path(step): Path<String>,
    Query(asked): Query<Asked>,
    context: Context,
) -> Result<Markup, Failure> {
    let id = step_of(&step)?;
    let (wishes, arm) = (asked.wishes()?, asked.arm.clone());
    let view = context
        .app
        .read_steps(move |reading, when| steps::plan(reading, id, arm.as_deref(), wishes, when))
        .await?;
    Ok(Page::new(&format!("Plan: {}", view.title), body(&context, id.step(), &view))
        .lead(html! { "Nothing has started yet. This is what it takes and what it can show." })
        .style(STYLE)
        .of(&context))
}

fn body(context: &Context, step: &Step, view: &PlanView) -> Markup {
    html! {
        @if !view.against.is_empty() {
            (notice(Tone::Alert, html! {
                p { strong { "Against starting it now" } }
                ul { @for each in &view.against { li { (each) } } }
            }))
        }
        @if !view.unanswered.is_empty() {
            (notice(Tone::Plain, html! {
                p { (view.unanswered.len()) " safety questions that concern this step are not answered yet. " a href="/steps/safety" { "Answer them" } ", then come back." }
            }))
        }
        section.card aria-labelledby="what" {
            h2 #what { (view.arm_title) }
            p { (view.what) }
            @for word in view.drawings.iter().take(1) { (unnamed_picture(word)) }
            dl.facts {
                dt { "Nights" } dd { (view.nights) ", from the evening of " (dated(&view.first_evening)) @if let Some(last) = &view.last_night { " to the morning of " (dated(last)) } }
                dt { "Order" } dd { (view.rotation) }
                dt { "Judged" } dd { (view.outcome_words) }
                dt { "Worth it" } dd { (measured(view.threshold, view.unit)) }
                @if let Some(expected) = view.expected_benefit { dt { "You expect" } dd { (measured(expected, view.unit)) " for the better" } }
                dt { "It costs" } dd { (view.burden) }
                dt { "Left over" } dd { (view.carry_over) }
                @if let Some(window) = view.window_min { dt { "Window" } dd { (context.length(window)) " in bed" } }
            }
        }
        section.card aria-labelledby="show" {
            h2 #show { "What it can show" }
            ul { @for each in &view.can_show { li { (each) } } }
            details.table { summary { "The figures as a table" } div.scroll tabindex="0" role="region" aria-label="Figures" { (power(view)) } }
            ul { @for remark in &view.remarks { li { (with_links(remark)) } } }
        }
        section.card aria-labelledby="stop" {
            h2 #stop { "When to stop" }
            ul { @for rule in &view.stop_rules { li { (rule) } } }
        }
        (form(context, step, view))
    }
}

fn power(view: &PlanView) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "True change for the better, " (view.unit) } th scope="col" { "Experiments of 100 that would say so, if it lasts into the next nights" } th scope="col" { "if it is gone the next day" } } }
            tbody {
                tr { td { "none" } td { (of_hundred(view.false_helped)) " (in error)" } td { (of_hundred(view.false_helped)) " (in error)" } }
                @for each in &view.power {
                    tr { td { (each.change) } td { (of_hundred(each.helped)) } td { (of_hundred(each.helped_if_gone)) } }
                }
            }
        }
    }
}

fn of_hundred(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

fn form(context: &Context, step: &Step, view: &PlanView) -> Markup {
    let is_blocked = !view.against.is_empty() || !view.unanswered.is_empty();
    html! {
        section.card aria-labelledby="wishes" {
            h2 #wishes { "Your wishes" }
            form method="get" action={ "/steps/plan/" (view.step) } {
                (fields(step, view))
                p { button { "Show the plan anew" } }
            }
        }
        section.card aria-labelledby="begin" {
            h2 #begin { "Begin" }
            p { "The lot is drawn now, written down and hashed. You can stop whenever you like." }
            form method="post" action="/steps/start" {
                (csrf_field(context))
                input type="hidden" name="step" value=(view.step);
                input type="hidden" name="arm" value=(view.arm);
                input type="hidden" name="nights" value=(view.nights);
                input type="hidden" name="outcome" value=(view.outcome);
                input type="hidden" name="worth" value=(view.threshold);
                @if let Some(expected) = view.expected_benefit { input type="hidden" name="expect" value=(expected); }
                @if view.needs_rise {
                    div.field { label for="rise" { "Rise time, every day" } input #rise type="text" inputmode="numeric" autocomplete="off" placeholder="--:--" size="6" maxlength="9" name="rise" required; }
                }
                p { button.main disabled[is_blocked] { "Draw the lot and begin tonight" } }
                @if is_blocked { p.hint { "What stands at the head of this page comes first." } }
            }
        }
    }
}

fn fields(step: &Step, view: &PlanView) -> Markup {
    html! {
        div.field {
            label for="arm" { "Variant" }
            select #arm name="arm" {
                @for arm in step.arms { option value=(arm.id) selected[arm.id == view.arm] { (arm.title) } }
            }
        }
        div.field {
            label for="nights" { "Nights" }
            span.with-unit { input #nights type="number" name="nights" min=(view.least_nights) max=(view.most_nights) value=(view.nights); "at most " (view.most_nights) }
        }
        div.field {
            label for="outcome" { "The one outcome that gets the verdict" }
            select #outcome name="outcome" {
                @for outcome in Outcome::ALL { option value=(outcome.as_word()) selected[outcome.as_word() == view.outcome] { (outcome.title()) } }
            }
        }
        div.field {
            label for="worth" { "The change that would be worth it to you" }
            span.with-unit { input #worth type="text" inputmode="decimal" name="worth" value=(view.threshold); (view.unit) }
        }
        div.field {
            label for="expect" { "The change that you expect (may be left empty)" }
            p.hint { "Written down now and shown beside the verdict, because you will know which night is which." }
            span.with-unit { input #expect type="text" inputmode="decimal" name="expect" value=[view.expected_benefit]; (view.unit) }
        }
    }
}

pub(super) async fn start(context: Context, fields: Fields) -> Result<Redirect, Failure> {
    let text = |name: &str| fields.get(name).map(str::to_owned);
    let asked = Asked {
        arm: text("arm"),
        nights: text("nights"),
        outcome: text("outcome"),
        worth: text("worth"),
        expect: text("expect"),
    };
    let rise = text("rise")
        .map(|time| {
            crate::pages::today::answers::time(&time)
                .map_err(|why| Failure::not_understood(format!("the rise time: {why}")))
        })
        .transpose()?;
    let request = StartRequest {
        step: step_of(fields.get("step").unwrap_or_default())?,
        wishes: asked.wishes()?,
        arm: asked.arm,
        rise,
        evenings_from_now: 0,
        seed: None,
    };
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    let started = context
        .app
        .write(move |store| -> Result<_, AppError> { steps::start(store, &person, &request, &when) })
        .await?;
    Ok(Redirect::to(&format!("/steps/experiment/{}?done=started", started.number)))
}
