//! Draws one import: how far it is while it is read, then the account, and the tables that wait for a map.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Redirect, Response, Sse};
use jiff::civil::date;
use maud::{Markup, html};
use nightmend_app::TableMap;
use nightmend_app::jobs::{ImportDone, ImportNow, JobId, NightStretch, Step, UnknownTable};
use nightmend_app::views::{FileView, ImportView, PassedOverView, RefusedView};
use tokio_stream::wrappers::ReceiverStream;

use crate::context::{Context, Fields, Shell};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice, sentence};
use crate::state::App;

/// The pause between two reports to the page.
const PAUSE: Duration = Duration::from_millis(150);
/// Lines of one kind that are listed at once; a broken export has thousands.
const MOST_LISTED: usize = 50;

fn gone() -> Failure {
    Failure::not_found("this import is not remembered any more; what it brought stands in the history")
}

pub(super) async fn show(context: Context, Path(job): Path<JobId>) -> Result<Markup, Failure> {
    let now = context.app.jobs().import_now(job).ok_or_else(gone)?;
    Ok(match now {
        ImportNow::Reading(step) => reading(&context, job, &step),
        ImportNow::Finished(done) => finished(&context, job, &done),
        ImportNow::Failed(why) => ended(&context, &sentence(&why)),
        ImportNow::Stopped => ended(&context, "Stopped; nothing of it was kept."),
    })
}

fn reading(context: &Context, job: JobId, step: &Step) -> Markup {
    let body = html! {
        section.card #reading data-events={ "/data/imports/" (job) "/events" } aria-labelledby="growing" {
            h2 #growing { "Your nights, as they are read" }
            canvas.growing role="img" aria-label="The nights that were read so far, a line each, noon to noon" {}
            p.row.spread { span #count role="status" { "Reading" } span.soft #stage { (step.stage) } }
            p.hint { "Nothing stands before all of it is read: it is one thing, and can be undone as one. "
                a href={ "/data/imports/" (job) } { "Look again" } }
            form method="post" action={ "/data/imports/" (job) "/stop" } {
                (csrf_field(context))
                button type="submit" { "Stop" }
            }
        }
    };
    Page::new("Taking in", body).script("import.js").style("records.css").of(context)
}

fn ended(context: &Context, why: &str) -> Markup {
    let body = html! {
        (notice(Tone::Alert, html! { p { (why) } }))
        a.button href="/data" { "Back to Data" }
    };
    Page::new("Not taken in", body).style("records.css").of(context)
}

fn finished(context: &Context, job: JobId, done: &ImportDone) -> Markup {
    let view = &done.view;
    let kept: u64 = view.files.iter().map(|file| file.kept + file.superseded).sum();
    let known: u64 = view.files.iter().map(|file| file.known).sum();
    let body = html! {
        @if let Some(act) = view.act {
            (notice(Tone::Done, html! {
                div.row.spread {
                    p { strong { "Taken in. " } (kept) " new records. " a href="/nights" { "See the nights" } " or "
                        a href="/loop" { "your loop" } "." }
                    (super::history::undo_form(context, act, "/data"))
                }
            }))
        } @else if known > 0 && view.files.iter().all(|file| file.problem.is_none() && file.refused_total == 0) {
            (notice(Tone::Done, html! { p { "All of it was known already; nothing changed." } }))
        } @else if view.files.iter().any(|file| file.refused_total > 0) {
            (notice(Tone::Alert, html! { p { "Nothing new was kept. What was refused is named below, with what to correct." } }))
        }
        (waiting(context, job, &done.tables))
        (account(view))
        @if view.act.is_some() { (merged(context)) }
        p { a.button href="/data" { "Back to Data" } }
    };
    let title = match view.act {
        Some(_) => "What was taken in",
        None if !done.tables.is_empty() => "Not taken in yet",
        None => "Nothing was taken in",
    };
    Page::new(title, body).style("records.css").of(context)
}

/// The account: every record stands in exactly one column.
fn account(view: &ImportView) -> Markup {
    let sum = |part: fn(&FileView) -> u64| view.files.iter().map(part).sum::<u64>();
    html! {
        @if !view.files.is_empty() {
            section.card aria-labelledby="account" {
                h2 #account { "The account" }
                p.account {
                    "read " b { (sum(|file| file.read)) } " = kept " b { (sum(|file| file.kept)) }
                    " + already known " b { (sum(|file| file.known)) }
                    " + superseded " b { (sum(|file| file.superseded)) }
                    " + refused " b { (sum(|file| file.refused_total)) }
                    " + unmapped " b { (sum(|file| file.unmapped)) }
                }
                p.hint { "Superseded: a newer value took the place of an older one, which stays in the history. Unmapped: kept
                    as text, used for nothing." }
                @for file in &view.files { (one_file(file)) }
            }
        }
        @if !view.passed_over.is_empty() { (passed_over(&view.passed_over)) }
    }
}

fn one_file(file: &FileView) -> Markup {
    html! {
        details open[file.problem.is_some() || file.refused_total > 0] {
            summary { span { (file.path) " " span.soft { (file.format) } } }
            @if let Some(problem) = &file.problem { (notice(Tone::Alert, html! { p { (sentence(problem)) } })) }
            p.number { "read " (file.read) " = kept " (file.kept) " + already known " (file.known) " + superseded "
                (file.superseded) " + refused " (file.refused_total) " + unmapped " (file.unmapped) }
            (lines("Refused, and why", &file.refused, file.refused_total))
            (lines("Notes", &file.warnings, file.warnings.len() as u64))
        }
    }
}

fn lines(heading: &str, records: &[RefusedView], total: u64) -> Markup {
    html! {
        @if !records.is_empty() {
            h3 { (heading) }
            ul { @for record in records.iter().take(MOST_LISTED) { li { strong { (record.place) } ": " (record.why) } } }
            @if total > MOST_LISTED as u64 { p.hint { "and " (total - MOST_LISTED as u64) " more" } }
        }
    }
}

fn passed_over(files: &[PassedOverView]) -> Markup {
    html! {
        section.card aria-labelledby="passed" {
            h2 #passed { "Passed over" }
            p.soft { "Exports hold many files that say nothing of sleep or pain." }
            details {
                summary { (files.len()) (if files.len() == 1 { " file" } else { " files" }) ", and why" }
                ul { @for file in files.iter().take(200) { li { strong { (file.path) } ": " (file.why) } } }
            }
        }
    }
}

/// What became of the records: how several sources were put together.
fn merged(context: &Context) -> Markup {
    let account = &context.record.assembly.account;
    html! {
        section.card aria-labelledby="merged" {
            h2 #merged { "How it was put together" }
            dl.facts.number {
                dt { "Nights" } dd { (account.nights) }
                dt { "Naps and second sleeps" } dd { (account.naps) }
                dt { "Sleeps that a second source tells too" } dd { (account.told_again) }
                dt { "Pieces of one night joined" } dd { (account.pieces_joined) }
                dt { "Records told twice by one source" } dd { (account.duplicates) }
                dt { "Impossible numbers left out" } dd { (account.numbers_left_out) }
            }
            p.hint { "Nothing is averaged over sources; each night says which one it took and why. "
                a href="/data/sources" { "Which source is taken first" } }
        }
    }
}

/// Tables that nobody knows, each with the map that is proposed.
fn waiting(context: &Context, job: JobId, tables: &[UnknownTable]) -> Markup {
    html! {
        @if !tables.is_empty() {
            section.card aria-labelledby="tables" {
                h2 #tables { "A table that needs a word from you" }
                p { "A map says what its columns mean. Below is what is proposed; correct it where it is wrong, then take it in." }
                form method="post" action={ "/data/imports/" (job) "/map" } {
                    (csrf_field(context))
                    @for (index, table) in tables.iter().enumerate() { (one_table(index, table)) }
                    @if tables.iter().any(|table| table.proposal.is_ok()) {
                        button.main type="submit" { "Take it in with this map" }
                    }
                }
                p.hint { a href="/help/map" { "What the words of a map mean" } "." }
            }
        }
    }
}

fn one_table(index: usize, table: &UnknownTable) -> Markup {
    let name = format!("map-{index}");
    html! {
        h3 { (table.path) }
        @match &table.proposal {
            Ok(proposal) => {
                @if !proposal.questions.is_empty() {
                    (notice(Tone::Plain, html! { ul { @for question in &proposal.questions { li { (question) } } } }))
                }
                div.field {
                    label for=(name) { "The map" }
                    textarea.map id=(name) name="map" spellcheck="false" { (proposal.toml_text) }
                }
                @if !proposal.reasons.is_empty() {
                    details {
                        summary { "Why it is proposed so" }
                        ul { @for reason in &proposal.reasons { li { (reason) } } }
                    }
                }
            }
            Err(why) => p { (sentence(why)) },
        }
    }
}

pub(super) async fn confirm(
    context: Context,
    Path(job): Path<JobId>,
    fields: Fields,
) -> Result<Response, Failure> {
    let maps: Result<Vec<TableMap>, _> =
        fields.all("map").filter(|text| !text.is_empty()).map(TableMap::parse).collect();
    let maps =
        maps.map_err(|error| Failure::not_understood(format!("{error}. Go back: the map is still there")))?;
    if maps.is_empty() {
        return Err(Failure::not_understood(
            "there is no map in the form; go back and leave the proposed one in it",
        ));
    }
    let next = context.app.jobs().import_again(job, maps, context.app.now(), context.today())?;
    Ok(Redirect::to(&format!("/data/imports/{next}")).into_response())
}

pub(super) async fn stop(shell: Shell, Path(job): Path<JobId>, _: Fields) -> Redirect {
    shell.app.jobs().cancel(job);
    Redirect::to("/data?done=stopped")
}

/// Sends what was read so far, and the end.
pub(super) async fn events(State(app): State<App>, Path(job): Path<JobId>) -> impl IntoResponse {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(8);
    tokio::spawn(async move {
        let mut sent = 0;
        loop {
            let now = app.jobs().import_now(job);
            let seen = app.jobs().import_seen(job, sent);
            if !seen.is_empty() {
                sent += seen.len();
                let event = Event::default().event("nights").data(numbers(&seen));
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            let Some(ImportNow::Reading(step)) = now else {
                let _ = sender.send(Ok(Event::default().event("done").data("done"))).await;
                return;
            };
            let text = serde_json::json!({ "stage": step.stage, "done": step.done }).to_string();
            if sender.send(Ok(Event::default().event("reading").data(text))).await.is_err() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

/// Stretches as a list of lists: day, minutes from noon, minutes from noon.
fn numbers(seen: &[NightStretch]) -> String {
    let zero = date(1970, 1, 1);
    let one = |stretch: &NightStretch| {
        let day = zero.duration_until(stretch.date).as_hours() / 24;
        format!("[{day},{},{}]", stretch.from, stretch.to)
    };
    format!("[{}]", seen.iter().map(one).collect::<Vec<_>>().join(","))
}
