//! Shows which source is taken first, and moves sources up and down.

use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nightmend_app::keep;
use nightmend_domain::{FactKind, SourceName};

use super::DoneQuery;
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, csrf_field};

const KINDS: [(FactKind, &str, &str, &str); 2] = [
    (
        FactKind::Sleep,
        "sleep",
        "Sleep",
        "The first source that knows how long a night was is taken for it; the others fill in what it does not know.",
    ),
    (
        FactKind::Entry,
        "entry",
        "Everything else",
        "Of one thing at one moment of a day the first source is taken; what later ones say of it is kept and not used.",
    ),
];

pub(super) async fn show(context: Context, Query(query): Query<DoneQuery>) -> Result<Markup, Failure> {
    let person = context.record.person.clone();
    let orders = context
        .app
        .read(move |store| {
            KINDS
                .iter()
                .map(|kind| keep::sources_in_order(store, &person, kind.0))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let body = html! {
        (super::done(&query))
        @for ((_, word, title, what), order) in KINDS.iter().zip(&orders) {
            section.card aria-labelledby=(word) {
                h2 id=(word) { (title) }
                p.soft { (what) }
                (list(&context, word, order))
            }
        }
        p { a href="/data" { "Back to Data" } }
    };
    Ok(Page::new("Which source is taken first", body).style("records.css").of(&context))
}

fn list(context: &Context, kind: &str, order: &[SourceName]) -> Markup {
    let is_stated =
        context.record.sources.priorities.iter().any(|set| set.kind == kind && !set.order.is_empty());
    html! {
        @if order.is_empty() { p { "Nothing of this kind is recorded yet." } }
        ol.order {
            @for (index, source) in order.iter().enumerate() {
                li {
                    span.name { (source) }
                    form.row method="post" action="/data/sources" {
                        (csrf_field(context))
                        input type="hidden" name="kind" value=(kind);
                        input type="hidden" name="source" value=(source);
                        button type="submit" name="way" value="up" disabled[index == 0] aria-label={ "Take " (source) " earlier" } { "↑" }
                        button type="submit" name="way" value="down" disabled[index + 1 == order.len()] aria-label={ "Take " (source) " later" } { "↓" }
                    }
                }
            }
        }
        @if is_stated {
            form method="post" action="/data/sources" {
                (csrf_field(context))
                input type="hidden" name="kind" value=(kind);
                button.quiet type="submit" name="way" value="usual" { "Back to the usual order" }
            }
        } @else if order.len() > 1 {
            p.hint { "This is the usual order: devices, your own check-ins, diaries, tables." }
        }
    }
}

pub(super) async fn change(context: Context, fields: Fields) -> Result<Response, Failure> {
    let unknown = || Failure::not_understood("this button belongs to a list of sources; load the page again");
    let kind =
        fields.get("kind").and_then(|word| KINDS.iter().find(|kind| kind.1 == word)).ok_or_else(unknown)?;
    let (kind, word) = (kind.0, kind.1);
    let way = fields.get("way").ok_or_else(unknown)?.to_owned();
    let source = fields.get("source").unwrap_or_default().to_owned();
    let (person, now) = (context.record.person.clone(), context.app.now());
    context
        .app
        .write(move |store| {
            if way == "usual" {
                keep::set_priority(store, &person, &format!("{word}="), now)
            } else {
                keep::move_source(store, &person, kind, &source, way == "up", now).map(|_| ())
            }
        })
        .await?;
    Ok(Redirect::to("/data/sources?done=order").into_response())
}
