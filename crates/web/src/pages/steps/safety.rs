//! Asks the safety questions and keeps what is answered. No answer is not a no.

use axum::extract::Query;
use axum::response::Redirect;
use maud::{Markup, html};
use nightmend_app::steps;
use nightmend_app::views::SafetyView;
use nightmend_domain::{Condition, SafetyAnswer};
use serde::Deserialize;

use super::{STYLE, done};
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice};
use crate::pages::help::crisis_lines;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    saved: Option<String>,
    stopped: Option<String>,
}

pub(super) async fn show(Query(asked): Query<Asked>, context: Context) -> Result<Markup, Failure> {
    let person = context.app.person().clone();
    let view = context.app.read(move |store| steps::safety_view(store, &person)).await?;
    let body = html! {
        (help_first(&not_denied(&view)))
        (done(asked.saved.as_ref().map(|_| "Saved. Answers can be changed at any time.")))
        @if asked.stopped.is_some() {
            (notice(Tone::Alert, html! { p { "An experiment was stopped, because an answer closes it. " a href="/steps" { "The page Steps" } " says why." } }))
        }
        (form(&context, &view))
    };
    Ok(Page::new("Safety questions", body)
        .lead(html! { "They decide what is open to you. “Not sure” counts as a yes, and no answer is not a no." })
        .style(STYLE)
        .of(&context))
}

fn not_denied(view: &SafetyView) -> Vec<&'static str> {
    let answered = view.questions.iter().filter(|each| matches!(each.answer, Some("yes" | "not_sure")));
    answered.map(|question| question.condition).collect()
}

/// Where help is to be had, before anything else, for whoever did not say no to these conditions.
pub(super) fn help_first(not_denied: &[&str]) -> Markup {
    let is_open = |condition: Condition| not_denied.contains(&condition.as_word());
    html! {
        @if is_open(Condition::Suicidal) {
            (notice(Tone::Alert, html! {
                p { strong { "Help is there at any hour." } " " (crisis_lines()) }
                p { a.button href="/help/now" { "Get help now" } }
            }))
        }
        @if is_open(Condition::RedFlag) {
            (notice(Tone::Alert, html! {
                p { strong { "What you said needs somebody to look at it, some of it at once." } " Do not wait for anything on these pages." }
                p { a.button href="/help/now" { "Which signs, and whom to call" } }
            }))
        }
    }
}

fn form(context: &Context, view: &SafetyView) -> Markup {
    html! {
        form method="post" action="/steps/safety" {
            (csrf_field(context))
            @for question in &view.questions {
                fieldset.field {
                    legend { (question.question) }
                    div.choices.words {
                        @for (word, label) in [("yes", "Yes"), ("no", "No"), ("not_sure", "Not sure")] {
                            label { input type="radio" name=(question.condition) value=(word) checked[question.answer == Some(word)]; (label) }
                        }
                    }
                }
            }
            p.row { button.main { "Save" } a.button href="/steps" { "Back to the steps" } }
            p.soft { "No alert is not an all-clear: with new weakness or numbness, trouble with bladder or bowel, fever or an injury " a href="/help/now" { "get help now" } ", whatever a program says." }
        }
    }
}

pub(super) async fn save(context: Context, fields: Fields) -> Result<Redirect, Failure> {
    let answers: Vec<(Condition, SafetyAnswer)> = fields
        .pairs()
        .filter_map(|(name, value)| Some((Condition::from_word(name)?, SafetyAnswer::from_word(value)?)))
        .collect();
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    let stopped = context.app.write(move |store| steps::set_safety(store, &person, &answers, &when)).await?;
    let more = if stopped.is_some() { "&stopped=1" } else { "" };
    Ok(Redirect::to(&format!("/steps/safety?saved=1{more}")))
}
