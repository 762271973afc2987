//! Draws the forms of the check-ins from the values of their fields.

use maud::{Markup, html};

use super::questions::{How, Part, Question};
use super::{body, night};
use crate::context::Fields;

/// What is written over a form beside its questions.
#[derive(Debug, Clone, Default)]
pub struct FormNotes {
    /// Whether the night may be shown at once: pain was answered, or there are no scripts to fold it.
    pub night_is_open: bool,
    /// Whether the optional part is unfolded.
    pub more_is_open: bool,
}

/// The questions of a part with their values. The frame (`<form>`, token, buttons) is the caller's.
#[must_use]
pub fn questions(part: Part, fields: &Fields, notes: &FormNotes) -> Markup {
    html! {
        @for question in part.questions() { div.card.question { (ask(question, fields)) } }
        @if part == Part::Morning { (night::section(fields, notes.night_is_open)) }
        details.card.more open[notes.more_is_open] {
            summary { "More, if you like" }
            @for question in part.more() { div.question { (ask(question, fields)) } }
        }
    }
}

/// What is wrong with a field, where something is: kept among the fields of the form that is shown again.
pub(super) fn problem_of<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(&format!("problem.{name}"))
}

fn ask(question: &Question, fields: &Fields) -> Markup {
    let Question { field, text, hint, how, .. } = question;
    let problem = problem_of(fields, field);
    let value = fields.get(field);
    html! {
        @match how {
            How::Number(unit) => {
                div.field {
                    label for=(field) { (text) }
                    (night::was(fields, field))
                    span.with-unit { input #(field) type="number" min="0" step="any" inputmode="decimal" name=(field) value=(value.unwrap_or_default()); (unit) }
                    (problem_text(field, problem))
                }
            }
            How::Text => {
                div.field {
                    label for=(field) { (text) }
                    (night::was(fields, field))
                    textarea #(field) name=(field) rows="2" maxlength="2000" { (value.unwrap_or_default()) }
                    (problem_text(field, problem))
                }
            }
            _ => {
                fieldset aria-describedby=[problem.map(|_| format!("{field}-problem"))] {
                    legend { (text) }
                    @if !hint.is_empty() { p.hint { (hint) } }
                    (night::was(fields, field))
                    @match how {
                        How::Scores(low, high) => (scores(field, low, high, value)),
                        How::Buttons(buttons) => (buttons_of(field, buttons, value)),
                        How::Amounts(amounts, unit) => (amounts_of(field, text, amounts, unit, fields)),
                        _ => (body::map(field, fields)),
                    }
                    (problem_text(field, problem))
                }
            }
        }
    }
}

fn problem_text(field: &str, problem: Option<&str>) -> Markup {
    html! { @if let Some(problem) = problem { p.problem id={ (field) "-problem" } { (crate::layout::sentence(problem)) } } }
}

/// Eleven buttons and a way to leave it out, as radio inputs: no slider, which fails with screen readers.
fn scores(field: &str, low: &str, high: &str, value: Option<&str>) -> Markup {
    let fits = value.is_some_and(|value| (0..=10).any(|score| score.to_string() == value));
    html! {
        div.choices.scores {
            @for score in 0..=10 {
                label { input type="radio" name=(field) value=(score) checked[value == Some(score.to_string().as_str())]; (score) }
            }
            @if let (Some(value), false) = (value, fits) {
                label { input type="radio" name=(field) value=(value) checked; (value) }
            }
            (skip(field, value.is_none()))
        }
        div.ends aria-hidden="true" { span { (low) } span { (high) } }
        span.unseen { (low) ", " (high) }
    }
}

fn buttons_of(field: &str, buttons: &[(&str, &str)], value: Option<&str>) -> Markup {
    let fits = buttons.iter().any(|(offered, _)| Some(*offered) == value);
    html! {
        div.choices.words {
            @for (offered, words) in buttons {
                label { input type="radio" name=(field) value=(offered) checked[value == Some(*offered)]; (words) }
            }
            @if let (Some(value), false) = (value, fits) {
                label { input type="radio" name=(field) value=(value) checked; (value) }
            }
            (skip(field, value.is_none()))
        }
    }
}

fn amounts_of(field: &str, text: &str, amounts: &[&str], unit: &str, fields: &Fields) -> Markup {
    let (value, other_name) = (fields.get(field), format!("{field}.other"));
    let is_offered = amounts.iter().any(|offered| Some(*offered) == value);
    let other = fields.get(&other_name).or(value.filter(|_| !is_offered)).unwrap_or_default();
    html! {
        div.choices {
            @for offered in amounts {
                label { input type="radio" name=(field) value=(offered) checked[value == Some(*offered) && other.is_empty()]; (offered) }
            }
            (skip(field, !is_offered))
        }
        div.other {
            label for=(other_name) { "or" span.unseen { ": " (text) } }
            span.with-unit { input id=(other_name) type="number" min="0" step="any" inputmode="decimal" name=(other_name) value=(other); (unit) }
        }
    }
}

fn skip(field: &str, is_chosen: bool) -> Markup {
    html! { label.none { input type="radio" name=(field) value="" checked[is_chosen]; "Skip" } }
}
