//! Draws the page "Today": the check-in of the morning and of the evening, for today or any past day.

pub mod answers;
pub mod body;
pub mod form;
pub mod night;
pub mod questions;
pub(crate) mod save;
pub mod summary;

use axum::Router;
use axum::extract::Query;
use axum::routing::{get, post};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use maud::{Markup, html};
use nightmend_app::checkin::{check_date, evening_date};
use serde::Deserialize;

use self::answers::{field_text, standing};
use self::form::{FormNotes, questions};
use self::questions::Part;
use self::summary::{long_date, summary};
use crate::context::{Context, Fields, Shell};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice, sentence};
use crate::pages::steps::tonight_card;
use crate::preferences::{hex, random};
use crate::state::{App, Flash};

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(show))
        .route("/check-in", post(save::check_in))
        .route("/undo", post(save::undo))
        .route("/offline", get(offline))
}

/// What an address may ask for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// The date that the check-in speaks of.
    date: Option<String>,
    /// `morning` or `evening`.
    part: Option<String>,
    /// The number of what was just done.
    done: Option<u64>,
}

async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let (date, part) = meant(&context, &asked)?;
    let flash = asked.done.and_then(|number| context.app.flash(number));
    let fields = prefilled(&context, date, part);
    let step = if asked.date.is_none() { tonight_card(&context).await? } else { None };
    Ok(page(&context, date, part, &View { fields, flash, step, ..View::default() }))
}

/// Which check-in of which date is meant.
fn meant(context: &Context, asked: &Asked) -> Result<(Date, Part), Failure> {
    let clock = context.wall_clock;
    let part = match asked.part.as_deref() {
        None => part_of(clock, usual_waking(context)),
        Some(word) => Part::of_word(word)
            .ok_or_else(|| Failure::not_found("there is a check-in of the morning and one of the evening"))?,
    };
    let date = match asked.date.as_deref().filter(|text| !text.is_empty()) {
        None => default_date(clock, part),
        Some(text) => text.parse().map_err(|_| {
            Failure::not_understood(format!("“{text}” is not a date; write it as {}", context.today()))
        })?,
    };
    check_date(date, context.today())?;
    Ok((date, part))
}

fn default_date(clock: DateTime, part: Part) -> Date {
    match part {
        Part::Morning => clock.date(),
        Part::Evening => evening_date(clock.date(), clock.time()),
    }
}

/// The check-in of the hour: from three hours before the usual waking until eight after it that of the morning.
fn part_of(clock: DateTime, waking: Time) -> Part {
    let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let since = (minutes(clock.time()) - minutes(waking) + 180).rem_euclid(1_440);
    if since < 660 { Part::Morning } else { Part::Evening }
}

fn usual_waking(context: &Context) -> Time {
    let learned = night::usual_waking(&context.record, context.today());
    let set = context.preferences.usual_waking.as_deref().and_then(|text| answers::time(text).ok());
    learned.or(set).unwrap_or(jiff::civil::time(7, 0, 0, 0))
}

/// The fields of a form as they are shown at first.
pub(crate) fn prefilled(context: &Context, date: Date, part: Part) -> Fields {
    let mut fields = vec![("seen".to_owned(), "1".to_owned())];
    for question in part.all() {
        // A remark is added to the earlier ones and not written over them.
        let is_note = question.field == "note";
        let entry = standing(&context.record, date, &question.tracker).filter(|_| !is_note);
        let value = entry.map(|entry| field_text(&entry.value)).unwrap_or_default();
        fields.push((format!("was.{}", question.field), value.clone()));
        fields.push((question.field.to_owned(), value));
    }
    if part == Part::Morning {
        fields.extend(night::fields_of(&night::prefill(context, date)));
    }
    Fields::unchecked(fields)
}

/// What a form is drawn with.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// The values of its fields.
    pub fields: Fields,
    /// What was just done.
    pub flash: Option<Flash>,
    /// What has to be looked at before it is saved.
    pub question: Option<Markup>,
    /// Tonight's assignment, where an experiment is running.
    pub step: Option<Markup>,
}

pub(crate) fn page(context: &Context, date: Date, part: Part, view: &View) -> Markup {
    let is_today = date == default_date(context.wall_clock, part);
    let title = if is_today { "Today".to_owned() } else { long_date(date) };
    let is_done = is_answered(context, date, part) && view.question.is_none();
    let shows_nights = part == Part::Evening || is_answered(context, date, Part::Morning) || !is_today;
    let body = html! {
        @if let Some(flash) = &view.flash { (said(context, flash, date, part)) }
        @if let Some(question) = &view.question { (question) }
        (switch(date, part, is_today))
        @if is_recalled(context, date) {
            (notice(Tone::Plain, html! { "More than seven days ago: what is written down so late is marked as recalled and, unless you ask for it, left out of fits and claims." }))
        }
        @if is_done {
            @if let Some(step) = &view.step { (step) }
            @if shows_nights { (summary(context, context.today())) }
            details.card.change { summary { "Change or add to this check-in" } (check_in_form(context, date, part, view)) }
        } @else {
            @if is_today && view.question.is_none() { (bad_day(context, date, part)) }
            (check_in_form(context, date, part, view))
            @if let Some(step) = &view.step { (step) }
            @if shows_nights { (summary(context, context.today())) }
        }
        (other_day(context, date, part))
    };
    Page::new(&title, body)
        .lead(lead(date, part, is_today))
        .script("queue.js")
        .script("checkin.js")
        .style("checkin.css")
        .style("steps.css")
        .of(context)
}

fn lead(date: Date, part: Part, is_today: bool) -> Markup {
    let when = if is_today { long_date(date) } else { "A past day, to fill in or to correct".to_owned() };
    let what = match part {
        Part::Morning => "Any question may be skipped.",
        Part::Evening => "Before bed. Any question may be skipped.",
    };
    html! { (when) ". " (what) }
}

fn is_answered(context: &Context, date: Date, part: Part) -> bool {
    standing(&context.record, date, part.pain()).is_some()
}

fn is_recalled(context: &Context, date: Date) -> bool {
    const LATE: i32 = 7;
    context.today().since(date).is_ok_and(|span| span.get_days() > LATE)
}

fn switch(date: Date, part: Part, is_today: bool) -> Markup {
    let link = |of: Part, words: &str| {
        let path = if is_today { format!("/?part={}", of.word()) } else { address(date, of) };
        html! { a href=(path) aria-current=[(of == part).then_some("true")] { (words) } }
    };
    html! { nav.switch aria-label="Which check-in" { (link(Part::Morning, "Morning")) (link(Part::Evening, "Evening")) } }
}

/// The address of a check-in.
#[must_use]
pub fn address(date: Date, part: Part) -> String {
    format!("/?date={date}&part={}", part.word())
}

fn hidden(shell: &Shell, date: &str, part: Part) -> Markup {
    html! {
        (csrf_field(shell))
        input type="hidden" name="date" value=(date);
        input type="hidden" name="part" value=(part.word());
        input type="hidden" name="key" value=(hex(&random()[..16]));
    }
}

/// One tap: pain and nothing else.
fn bad_day(shell: &Shell, date: Date, part: Part) -> Markup {
    html! {
        details.card.bad-day {
            summary { "A bad day? One tap, pain only" }
            form method="post" action="/check-in" {
                (hidden(shell, &date.to_string(), part))
                p.hint #only-hint { "Back pain now. A tap saves it, and that is all." }
                div.choices.scores.taps role="group" aria-labelledby="only-hint" {
                    @for score in 0..=10 { button type="submit" name="pain" value=(score) { (score) } }
                }
            }
        }
    }
}

fn check_in_form(shell: &Shell, date: Date, part: Part, view: &View) -> Markup {
    let is_answered = view.fields.get("pain").is_some();
    let notes = FormNotes { night_is_open: is_answered || view.question.is_some(), more_is_open: false };
    html! {
        form #check-in .check-in method="post" action="/check-in" data-part=(part.word()) {
            (hidden(shell, &date.to_string(), part))
            input type="hidden" name="seen" value="1";
            (questions(part, &view.fields, &notes))
            div.save { button.main type="submit" { "Save" } }
        }
    }
}

fn other_day(context: &Context, date: Date, part: Part) -> Markup {
    let today = context.today();
    let (before, after) =
        (date.checked_sub(1.day()).ok(), date.checked_add(1.day()).ok().filter(|after| *after <= today));
    html! {
        section.card.other-day aria-labelledby="other-day" {
            h2 #other-day { "Another day" }
            form method="get" action="/" {
                input type="hidden" name="part" value=(part.word());
                div.row {
                    label.unseen for="date" { "Date" }
                    input #date type="date" name="date" value=(date) max=(today) required;
                    button type="submit" { "Go to it" }
                    @if let Some(before) = before { a.button href=(address(before, part)) { "The day before" } }
                    @if let Some(after) = after { a.button href=(address(after, part)) { "The day after" } }
                }
            }
        }
    }
}

fn said(shell: &Shell, flash: &Flash, date: Date, part: Part) -> Markup {
    notice(
        Tone::Done,
        html! {
            @for (at, text) in flash.sentences.iter().enumerate() {
                p { @if at == 0 { strong { (sentence(text)) } } @else { (sentence(text)) } }
            }
            @if let Some(act) = flash.act {
                form method="post" action="/undo" {
                    (csrf_field(shell))
                    input type="hidden" name="act" value=(act);
                    input type="hidden" name="back" value=(address(date, part));
                    button type="submit" { "Undo" }
                }
            }
        },
    )
}

/// The check-in for when the server cannot be reached. It holds nothing of the record, so that it can be kept on the
/// device; the script puts in the date and keeps the answers until they are sent.
async fn offline(shell: Shell, Query(asked): Query<Asked>) -> Markup {
    let part = asked.part.as_deref().and_then(Part::of_word).unwrap_or(Part::Morning);
    let notes = FormNotes { night_is_open: false, more_is_open: false };
    let body = html! {
        div #waiting aria-live="polite" {}
        nav.switch aria-label="Which check-in" {
            @for (of, words) in [(Part::Morning, "Morning"), (Part::Evening, "Evening")] {
                a href={ "/offline?part=" (of.word()) } aria-current=[(of == part).then_some("true")] { (words) }
            }
        }
        noscript { p { "Without scripts a check-in cannot be kept on this device. Try the page again when nightmend can be reached." } }
        form.check-in.offline method="post" action="/check-in" data-part=(part.word()) {
            input type="hidden" name="part" value=(part.word());
            input type="hidden" name="date" value="";
            (questions(part, &Fields::default(), &notes))
            div.save { button.main type="submit" { "Keep and send later" } }
        }
        p { a.button href="/" { "Try to reach nightmend" } }
    };
    Page::new("Check in offline", body)
        .lead(html! { "nightmend cannot be reached from here at the moment. Your answers stay on this device and are sent once when it can." })
        .script("queue.js")
        .script("checkin.js")
        .script("offline.js")
        .style("checkin.css")
        .of_shell(&shell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_says_which_check_in() {
        let seven = jiff::civil::time(7, 0, 0, 0);
        let at = |hour| jiff::civil::date(2026, 3, 10).at(hour, 0, 0, 0);
        for (hour, part) in [
            (3, Part::Evening),
            (4, Part::Morning),
            (14, Part::Morning),
            (15, Part::Evening),
            (23, Part::Evening),
        ] {
            assert_eq!(part_of(at(hour), seven), part, "{hour}");
        }
        let shift = jiff::civil::time(15, 0, 0, 0);
        assert_eq!((part_of(at(16), shift), part_of(at(6), shift)), (Part::Morning, Part::Evening));
    }
}
