//! Draws one night: what was taken, what each source told, every reason, and the form that corrects it.

use axum::extract::{Path, Query};
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::night_detail::{NightDetail, Telling, night_detail};
use nightmend_app::views::{EntryView, ValueView};
use nightmend_domain::{Minutes, Night, OffsetTimestamp};
use nightmend_report::figure::svg;
use serde::Deserialize;

use super::correct::{Typed, form, not_taken};
use super::span::date_of;
use crate::charts::chart;
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice};

/// What an address may ask for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OneQuery {
    /// The act that was just done.
    act: Option<i64>,
    /// Which of the sentences of [`DONE`] says it.
    done: Option<String>,
}

/// What can just have been done to a night.
const DONE: &[(&str, &str)] = &[
    ("saved", "Saved. Everything that follows from this night is worked out anew."),
    ("left-out", "This record is left out from now on. It stays in the history."),
    ("undone", "Taken back."),
    ("same", "This was known already; nothing changed."),
];

pub(super) async fn show(
    context: Context,
    Path(date): Path<String>,
    Query(query): Query<OneQuery>,
) -> Result<Markup, Failure> {
    let date = date_of(&date)?;
    let detail = detail(&context, date).await?;
    let words = query.done.as_deref().and_then(|done| DONE.iter().find(|(key, _)| *key == done));
    let note = words.map(|(_, words)| match query.act {
        Some(act) => super::done(&context, date, act, words),
        None => notice(Tone::Done, html! { p { (words) } }),
    });
    let overruled = query.done.as_deref().filter(|done| *done == "saved").and_then(|_| not_taken(&detail));
    let note = note.map(|note| html! { (note) @if let Some(overruled) = &overruled { (notice(Tone::Alert, overruled.clone())) } });
    let typed = Typed::of(&detail);
    Ok(page(&context, &detail, note, form(&context, &detail, &typed, None)))
}

pub(super) async fn detail(context: &Context, date: Date) -> Result<NightDetail, Failure> {
    let record = context.record.clone();
    context.app.read(move |store| night_detail(store, &record.person, &record, date)).await
}

/// The page of a night, with its form as it stands.
pub(super) fn page(context: &Context, detail: &NightDetail, note: Option<Markup>, form: Markup) -> Markup {
    let date = detail.date;
    let title = format!("Night to {}", date.strftime("%A %-d %B %Y"));
    let body = html! {
        (note.unwrap_or_default())
        div.through { (neighbours(context, date)) }
        section.card aria-labelledby="night" {
            h2 #night { "As it was taken" }
            @match &detail.night {
                Some(night) => { (facts(context, night)) },
                None if date > context.today() => p { "This night is still to come." },
                None => p { "No sleep is recorded for this date. Say below how it was, or take in a file that holds it." },
            }
            @if !detail.picture.lanes.is_empty() {
                (chart("this night", |width| svg::night(&title, &detail.picture, width)))
            }
        }
        @if !detail.naps.is_empty() { (naps(context, detail)) }
        @if !detail.decisions.is_empty() {
            section.card aria-labelledby="why" {
                h2 #why { "Why it is so" }
                p.soft { "Every decision that made one night of what the sources told, in order." }
                ul.why { @for decision in &detail.decisions { li { strong { (decision.about) } (decision.reason) } } }
            }
        }
        @if !detail.tellings.is_empty() { (tellings(context, detail)) }
        (day_of(context, date))
        @if date <= context.today() {
            section.card #correct aria-labelledby="correct-heading" {
                h2 #correct-heading { (if detail.night.is_some() { "Correct it" } else { "Say how it was" }) }
                (form)
            }
        }
    };
    Page::new(&title, body).style("records.css").of(context)
}

/// To the nights before and after.
fn neighbours(context: &Context, date: Date) -> Markup {
    let nights = &context.record.assembly.nights;
    let before = nights.iter().rev().map(|night| night.date.date()).find(|other| *other < date);
    let after = nights.iter().map(|night| night.date.date()).find(|other| *other > date);
    html! {
        a href={ "/nights?to=" (after.unwrap_or(date)) } { "All nights" }
        div.row {
            @if let Some(before) = before { a.button href={ "/nights/" (before) } rel="prev" { "Night before" } }
            @if let Some(after) = after { a.button href={ "/nights/" (after) } rel="next" { "Night after" } }
        }
    }
}

fn clock(time: Option<OffsetTimestamp>) -> Option<String> {
    time.map(|time| time.civil().strftime("%H:%M").to_string())
}

fn facts(context: &Context, night: &Night) -> Markup {
    let length = |value: Option<Minutes>| value.map(|minutes| context.length(minutes.get()));
    let percent =
        |value: Option<nightmend_domain::Percent>| value.map(|percent| format!("{:.0} %", percent.get()));
    let stages = night.stages.map(|stages| {
        let parts =
            [("deep", stages.deep), ("light", stages.light), ("REM", stages.rem), ("awake", stages.wake)];
        let parts: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", length(value)?)))
            .collect();
        parts.join(", ")
    });
    let quality = night.quality.map(|rating| {
        format!("{} ({} to {})", rating.value(), rating.scale().minimum(), rating.scale().maximum())
    });
    let known: Vec<(&str, String)> = [
        ("Time asleep (TST)", length(night.tst)),
        ("Into bed", clock(night.in_bed)),
        ("Tried to sleep", clock(night.try_sleep)),
        ("Asleep from", clock(night.sleep_onset)),
        ("Awake from", clock(night.final_awakening)),
        ("Out of bed", clock(night.out_of_bed)),
        ("To fall asleep (SOL)", length(night.sol)),
        ("Awake in between (WASO)", length(night.waso)),
        ("Awakenings", night.awakenings.map(|count| count.to_string())),
        ("In bed (TIB)", length(night.tib)),
        ("Asleep of the time in bed (SE)", percent(night.se)),
        ("Asleep of the sleep period (SME)", percent(night.sme)),
        ("Stages", stages),
        ("Quality, as rated", quality),
        ("Time asleep told by", night.tst.map(|_| night.source.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
    .collect();
    html! {
        dl.facts.number { @for (name, value) in known { dt { (name) } dd { (value) } } }
        @if night.recalled {
            p.soft { "Written down more than seven days later, so it is left out of fits and claims." }
        }
    }
}

fn naps(context: &Context, detail: &NightDetail) -> Markup {
    html! {
        section.card aria-labelledby="naps" {
            h2 #naps { "Naps that day" }
            ul {
                @for nap in &detail.naps {
                    li {
                        @if let (Some(from), Some(to)) = (clock(nap.start), clock(nap.end)) { (from) " to " (to) ", " }
                        @if let Some(asleep) = nap.tst { (context.length(asleep.get())) " asleep, " }
                        "told by " (nap.source)
                    }
                }
            }
        }
    }
}

fn tellings(context: &Context, detail: &NightDetail) -> Markup {
    html! {
        section.card aria-labelledby="sources" {
            h2 #sources { "What each source told" }
            @for telling in &detail.tellings { (one_telling(context, detail.date, telling)) }
            p.hint { "Which source is taken first is set in " a href="/data/sources" { "Data" } "." }
        }
    }
}

fn one_telling(context: &Context, date: Date, telling: &Telling) -> Markup {
    let record = &telling.record;
    let from = clock(record.sleep_onset.or(record.try_sleep).or(record.in_bed));
    let to = clock(record.final_awakening.or(record.out_of_bed));
    html! {
        div.source {
            p {
                strong { (telling.source) } " (" (telling.by) ")"
                @if telling.is_taken { ", taken for the time asleep" }
                br;
                span.soft.number {
                    @if let (Some(from), Some(to)) = (from, to) { (from) " to " (to) } @else { "no times" }
                    @if let Some(asleep) = record.total_sleep_time { ", " (context.length(asleep.get())) " asleep" }
                    @if !record.segments.is_empty() { ", " (record.segments.len()) " stretches of stages" }
                }
            }
            @if telling.can_be_left_out {
                form method="post" action={ "/nights/" (date) "/leave-out" } {
                    (csrf_field(context))
                    input type="hidden" name="source" value=(telling.source);
                    input type="hidden" name="key" value=(telling.key.as_str());
                    button.quiet type="submit" { "Leave out" span.unseen { " what " (telling.source) " tells" } }
                }
            }
        }
    }
}

/// What was said about the day after the night.
fn day_of(context: &Context, date: Date) -> Markup {
    let entries: Vec<EntryView> = context
        .record
        .day(date)
        .map(|day| day.entries.iter().map(EntryView::from).collect())
        .unwrap_or_default();
    html! {
        section.card aria-labelledby="day" {
            h2 #day { "The day after it" }
            @if entries.is_empty() {
                p { "Nothing is recorded for the day." }
            } @else {
                dl.facts.number {
                    @for entry in &entries { dt { (entry.tracker) ", " (moment_words(entry.moment)) } dd { (value_words(&entry.value)) } }
                }
            }
        }
    }
}

fn moment_words(moment: &str) -> &str {
    match moment {
        "waking" => "on waking",
        "bedtime" => "at bedtime",
        "worst" => "at its worst",
        "now" => "at some moment",
        _ => "that day",
    }
}

fn value_words(value: &ValueView) -> String {
    match value {
        ValueView::Nrs { score } => format!("{score} of 10"),
        ValueView::Rating { value, minimum, maximum, .. } => format!("{value} ({minimum} to {maximum})"),
        ValueView::Quantity { value, unit } => {
            let one = match unit.as_str() {
                "times" => "time",
                "cups" => "cup",
                "drinks" => "drink",
                "minutes" => "minute",
                other => other,
            };
            format!("{value} {}", if (value - 1.0).abs() < f64::EPSILON { one } else { unit })
        }
        ValueView::Tick { yes, .. } => (if *yes { "yes" } else { "no" }).to_owned(),
        ValueView::Text { text } => text.clone(),
    }
}
