//! Draws the page "Data": taking in, sources, quality, history, taking out, and deleting.

mod bring;
mod history;
mod import;
mod leave;
mod order;
mod quality;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query};
use axum::routing::{get, post};
use maud::{Markup, html};
use nightmend_app::views::SourceView;
use serde::Deserialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, Tone, counted, dated, notice};
use crate::state::App;

/// The largest upload in bytes: a phone's export of five years is a quarter of it.
const LARGEST_UPLOAD: usize = 1 << 30;

/// Its routes.
pub fn routes() -> Router<App> {
    let uploads = Router::new()
        .route("/data/import", post(bring::receive))
        .route("/data/restore", post(leave::restore))
        .layer(DefaultBodyLimit::max(LARGEST_UPLOAD));
    Router::new()
        .merge(uploads)
        .route("/data", get(show))
        .route("/data/imports/{job}", get(import::show))
        .route("/data/imports/{job}/events", get(import::events))
        .route("/data/imports/{job}/stop", post(import::stop))
        .route("/data/imports/{job}/map", post(import::confirm))
        .route("/data/sources", get(order::show).post(order::change))
        .route("/data/quality", get(quality::show))
        .route("/data/history", get(history::show))
        .route("/data/undo", post(history::undo))
        .route("/data/export.zip", get(leave::export))
        .route("/data/backup.db", get(leave::backup))
        .route("/data/delete", get(leave::ask_to_delete).post(leave::delete))
}

/// What an address may ask for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DoneQuery {
    done: Option<String>,
}

/// What can just have been done.
const DONE: &[(&str, &str)] = &[
    ("undone", "Taken back. The history below brings it back."),
    (
        "restored",
        "The backup stands now. The store that it replaced is kept beside it until the next restore.",
    ),
    ("order", "The order is changed. Every night is put together anew."),
    ("stopped", "Stopped; nothing of it was kept."),
];

/// The notice of what was just done.
fn done(query: &DoneQuery) -> Markup {
    let words = query.done.as_deref().and_then(|done| DONE.iter().find(|(key, _)| *key == done));
    html! { @if let Some((_, words)) = words { (notice(Tone::Done, html! { p { (words) } })) } }
}

async fn show(context: Context, Query(query): Query<DoneQuery>) -> Result<Markup, Failure> {
    let person = context.record.person.clone();
    let acts = context.app.read(move |store| nightmend_app::keep::history(store, &person, 5)).await?.acts;
    let sources = &context.record.sources.sources;
    let body = html! {
        (done(&query))
        section.card aria-labelledby="take-in" {
            h2 #take-in { "Take in an export" }
            (bring::form(&context))
        }
        section.card aria-labelledby="sources" {
            h2 #sources { "Sources" }
            @if sources.is_empty() {
                p { "Nothing is recorded yet." }
            } @else {
                dl.facts.number {
                    @for source in sources {
                        dt { (source.name) }
                        dd { (what_it_told(source)) }
                    }
                }
                p.row {
                    a.button href="/data/sources" { "Which is taken first" }
                    a.button href="/data/quality" { "Gaps and coverage" }
                }
            }
        }
        section.card aria-labelledby="history" {
            h2 #history { "What was done" }
            (history::list(&context, &acts))
            @if !acts.is_empty() { p { a href="/data/history" { "All of it" } } }
        }
        (leave::take_away(&context))
        section.card aria-labelledby="delete" {
            h2 #delete { "Delete everything" }
            p { "For good, with a proof that nothing is left." }
            a.button href="/data/delete" { "Delete …" }
        }
    };
    let lead = html! { "Everything lies in one folder on this machine: " code { (context.app.folder().display()) } "." };
    Ok(Page::new("Data", body).lead(lead).script("import.js").style("records.css").of(&context))
}

/// `42 sleeps, 3 entries, 1 March to 14 April`; what a source never tells is not counted.
fn what_it_told(source: &SourceView) -> String {
    let counts = [(source.sleeps, "sleep", "sleeps"), (source.entries, "entry", "entries")];
    let told = counts.into_iter().filter(|(number, ..)| *number > 0);
    let told = told.map(|(number, one, several)| counted(number, one, several));
    let days = if source.from == source.to {
        dated(&source.from)
    } else {
        format!("{} to {}", dated(&source.from), dated(&source.to))
    };
    told.chain([days]).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_never_tells_is_not_counted() {
        let source = |sleeps, entries, to: &str| SourceView {
            name: "diary".to_owned(),
            from: "2026-03-01".to_owned(),
            to: to.to_owned(),
            sleeps,
            entries,
        };
        assert_eq!(
            what_it_told(&source(42, 1, "2026-04-14")),
            "42 sleeps, 1 entry, 1 March 2026 to 14 April 2026"
        );
        assert_eq!(what_it_told(&source(0, 3, "2026-03-01")), "3 entries, 1 March 2026");
    }
}
