//! Draws one experiment with the calendar of its nights, and takes answers and changes.

use axum::extract::{Path, Query};
use axum::response::Redirect;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::steps;
use nightmend_app::views::{CalendarNightView, ExperimentView, measured};
use nightmend_domain::{Adherence, NightDate};
use serde::Deserialize;

use super::{STYLE, done, question_form};
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, dated, notice};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: Option<String>,
}

pub(super) async fn show(
    Path(number): Path<u32>,
    Query(asked): Query<Asked>,
    context: Context,
) -> Result<Markup, Failure> {
    let view =
        context.app.read_steps(move |reading, when| steps::experiment(reading, Some(number), when)).await?;
    let title = format!("{}: {}", view.title, view.arm_title);
    Ok(Page::new(&title, body(&context, &view, asked.done.as_deref()))
        .lead(html! { (state_words(&view)) })
        .style(STYLE)
        .of(&context))
}

fn state_words(view: &ExperimentView) -> String {
    let so_far =
        format!("{} of {} nights are over, {} answered", view.nights_over, view.nights, view.nights_answered);
    match view.state {
        "running" => format!("Running: {so_far}."),
        "paused" => format!("Resting: {so_far}."),
        "stopped" => format!("Stopped: {so_far}."),
        _ => format!("All {} nights are over, {} answered.", view.nights, view.nights_answered),
    }
}

fn body(context: &Context, view: &ExperimentView, what_was_done: Option<&str>) -> Markup {
    let words = what_was_done.and_then(|word| match word {
        "started" => Some("Started. The lot is drawn and written down."),
        "answered" => Some("Saved."),
        "changed" => Some("Done."),
        _ => None,
    });
    let is_over = !["running", "paused"].contains(&view.state);
    html! {
        (done(words))
        @for remark in &view.remarks {
            @if remark.starts_with("Warning") || remark.starts_with("It may not") {
                (notice(Tone::Alert, html! { p { (remark) } }))
            } @else {
                (notice(Tone::Plain, html! { p { (remark) } }))
            }
        }
        @if let Some(stop) = &view.stopped { (notice(Tone::Plain, html! { p { "Stopped on " (dated(&stop.on)) ": " (stop.why) } })) }
        @if let Some(question) = &view.question {
            section.card aria-label="The open question" { (question_form(context, question)) }
        }
        section.card aria-labelledby="calendar" {
            h2 #calendar { "The nights" }
            p { (summary(view)) }
            (calendar(view))
            details.table { summary { "The nights as a table" } div.scroll tabindex="0" role="region" aria-label="Nights" { (table(view)) } }
        }
        section.card aria-labelledby="fixed" {
            h2 #fixed { "Fixed before the start" }
            dl.facts {
                dt { "Order" } dd { (view.rotation) }
                dt { "Judged" } dd { (view.outcome_words) }
                dt { "Worth it" } dd { (measured(view.threshold, view.unit)) }
                dt { "Expected" } dd { @match view.expected_benefit { Some(value) => { (measured(value, view.unit)) " for the better" } None => "not said" } }
                @if let Some(goal) = view.goal_min { dt { "Goal now" } dd { (goal) " minutes on a day with the step" } }
                @if let Some(rise) = &view.rise { dt { "Rise time" } dd { (rise) } }
                @if let Some(window) = view.window_min { dt { "Window now" } dd { (context.length(window)) } }
            }
            p { (view.integrity) }
            details { summary { "Fingerprint and seed" } p.small { code { (view.fingerprint) } } p.small { "seed " code { (view.seed) } } }
        }
        @if !is_over { (changes(context, view)) }
        p.row { a.button.main href={ "/steps/verdict/" (view.number) } { (if is_over { "The verdict" } else { "What it shows so far" }) } a.button href="/steps" { "All steps" } a.button href={ "/steps/guide/" (view.step) } { "The guide" } }
    }
}

fn summary(view: &ExperimentView) -> String {
    let steps = view.calendar.iter().filter(|night| night.is_step).count();
    let tonight = view.calendar.iter().find(|night| night.is_tonight);
    let now = match tonight {
        Some(night) if night.is_step => " Tonight is a night with the step.",
        Some(_) => " Tonight is a usual night.",
        None => "",
    };
    format!("{steps} of {} nights are with the step, the others as usual.{now}", view.calendar.len())
}

/// The calendar as rows of seven, in the order of the nights: a mark for the step, one for the answer.
fn calendar(view: &ExperimentView) -> Markup {
    html! {
        (weekdays(view))
        ol.nights aria-label="Nights in their order" {
            @for (place, night) in view.calendar.iter().enumerate() {
                li class=(classes(night)) {
                    span.day aria-hidden="true" { (day_of(&night.evening, place == 0)) }
                    span.mark aria-hidden="true" { (mark(night)) }
                    span.unseen { (spoken(night)) }
                }
            }
        }
        p.key.small {
            span.swatch.step {} " with the step " span.swatch.usual {} " as usual · "
            "✓ as assigned, ~ in part, ✗ not, ? not answered"
        }
    }
}

/// The days of the week over the columns of the calendar, which begins with the first evening; none where a rest lies
/// between two nights, since the columns are no days of the week then.
fn weekdays(view: &ExperimentView) -> Markup {
    let evenings: Vec<Date> = view.calendar.iter().filter_map(|night| night.evening.parse().ok()).collect();
    let in_a_row = evenings.windows(2).all(|pair| pair[0].tomorrow().is_ok_and(|next| next == pair[1]));
    html! {
        @if let (Some(first), true) = (evenings.first(), in_a_row) {
            div.weekdays aria-hidden="true" {
                @for day in first.series(1.day()).take(7) { span { (day.strftime("%a").to_string()) } }
            }
        }
    }
}

/// The day of an evening, with the month where one begins.
fn day_of(evening: &str, is_first: bool) -> String {
    let Ok(date) = evening.parse::<Date>() else { return evening.to_owned() };
    date.strftime(if is_first || date.day() == 1 { "%-d %b" } else { "%-d" }).to_string()
}

fn classes(night: &CalendarNightView) -> String {
    let mut classes = String::from(if night.is_step { "step" } else { "usual" });
    for (is, class) in [(night.washout, " washout"), (night.is_tonight, " tonight"), (night.is_over, " over")]
    {
        if is {
            classes.push_str(class);
        }
    }
    classes
}

fn mark(night: &CalendarNightView) -> &'static str {
    match (night.answer, night.is_over) {
        (Some("yes"), _) => "✓",
        (Some("partly"), _) => "~",
        (Some(_), _) => "✗",
        (None, true) => "?",
        (None, false) => "\u{a0}",
    }
}

fn spoken(night: &CalendarNightView) -> String {
    let kind = if night.is_step { "with the step" } else { "as usual" };
    let left = if night.washout { ", left out of the comparison" } else { "" };
    let answer = match (night.answer, night.is_over) {
        (Some(answer), _) => format!(", as assigned: {answer}"),
        (None, true) => ", not answered".to_owned(),
        (None, false) => String::new(),
    };
    let now = if night.is_tonight { ", tonight" } else { "" };
    format!("Evening of {}: {kind}{left}{answer}{now}", dated(&night.evening))
}

fn table(view: &ExperimentView) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Night" } th scope="col" { "Evening" } th scope="col" { "Woke on" } th scope="col" { "Assigned" } th scope="col" { "As assigned" } } }
            tbody {
                @for night in &view.calendar {
                    tr {
                        td { (night.number) } td { (night.evening) } td { (night.night) }
                        td { (if night.is_step { "step" } else { "usual" }) @if night.washout { ", left out" } }
                        td { (night.answer.unwrap_or(if night.is_over { "not answered" } else { "–" })) }
                    }
                }
            }
        }
    }
}

fn changes(context: &Context, view: &ExperimentView) -> Markup {
    html! {
        section.card aria-labelledby="changes" {
            h2 #changes { "Changes" }
            p.soft { "Nothing here can change what a night is assigned to. You may stop whenever you like, and nobody asks why." }
            div.changes {
                @if view.state == "paused" {
                    (change(context, view, "resume", "Go on tonight", html! {}))
                } @else {
                    (change(context, view, "pause", "Let it rest from tonight", why("pause-why")))
                }
                (change(context, view, "extend", "Take more nights", html! {
                    div.field { label for="extend-nights" { "Nights in all" } input #extend-nights type="number" name="nights" min=(view.nights + 1) max="84" required; }
                }))
                @if view.window_min.is_some() {
                    (change(context, view, "sleepy", "I am worryingly sleepy by day", html! { p.hint { "The window grows by half an hour at once. Do not drive." } }))
                }
                (change(context, view, "stop", "Stop it for good", why("stop-why")))
            }
        }
    }
}

fn why(id: &str) -> Markup {
    html! { div.field { label for=(id) { "Why (may be left empty)" } input id=(id) type="text" name="why" maxlength="300"; } }
}

fn change(context: &Context, view: &ExperimentView, what: &str, label: &str, fields: Markup) -> Markup {
    html! {
        details {
            summary { (label) }
            form method="post" action="/steps/change" {
                (csrf_field(context))
                input type="hidden" name="what" value=(what);
                input type="hidden" name="number" value=(view.number);
                (fields)
                button class=[(what == "stop").then_some("danger")] { (label) }
            }
        }
    }
}

pub(super) async fn answer(context: Context, fields: Fields) -> Result<Redirect, Failure> {
    let adherence = Adherence::from_word(fields.get("answer").unwrap_or_default())
        .ok_or_else(|| Failure::not_understood("answer with yes, partly or no"))?;
    let night = match fields.get("night") {
        None => None,
        Some(text) => Some(NightDate::of_waking(text.parse::<Date>().map_err(|_| {
            Failure::not_understood(
                "the date of the night could not be read; go back and answer from the page",
            )
        })?)),
    };
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    let view = context.app.write(move |store| steps::answer(store, &person, night, adherence, &when)).await?;
    // Back only to a page of ours.
    Ok(match fields.get("back") {
        Some("/") => Redirect::to("/"),
        Some("/steps") => Redirect::to("/steps"),
        _ => Redirect::to(&format!("/steps/experiment/{}?done=answered", view.experiment)),
    })
}

pub(super) async fn take_change(context: Context, fields: Fields) -> Result<Redirect, Failure> {
    let what = fields.get("what").unwrap_or_default().to_owned();
    let why = fields.get("why").unwrap_or_default().to_owned();
    let nights = fields.get("nights").and_then(|text| text.parse::<u16>().ok());
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    let view = context
        .app
        .write(move |store| match what.as_str() {
            "pause" => steps::pause(store, &person, &why, &when),
            "resume" => steps::resume(store, &person, &when),
            "stop" => steps::stop(store, &person, &why, &when),
            "sleepy" => steps::sleepy(store, &person, &when),
            "extend" => match nights {
                Some(nights) => steps::extend(store, &person, nights, &when),
                None => Err(nightmend_app::AppError::Usage("give the number of nights in all".to_owned())),
            },
            _ => Err(nightmend_app::AppError::Usage(
                "this change is not known; go back and use the page".to_owned(),
            )),
        })
        .await?;
    Ok(Redirect::to(&format!("/steps/experiment/{}?done=changed", view.number)))
}
