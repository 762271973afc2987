//! Lists what was done to the records, and takes it back.

use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nightmend_app::keep;
use nightmend_app::views::ActView;

use super::DoneQuery;
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, counted, csrf_field};

/// Acts that are listed at once.
const MOST_LISTED: usize = 200;

pub(super) async fn show(context: Context, Query(query): Query<DoneQuery>) -> Result<Markup, Failure> {
    let person = context.record.person.clone();
    let acts = context.app.read(move |store| keep::history(store, &person, MOST_LISTED)).await?.acts;
    let body = html! {
        (super::done(&query))
        section.card aria-labelledby="acts" {
            h2 #acts { "Newest first" }
            (list(&context, &acts))
            @if acts.len() == MOST_LISTED { p.hint { "Older ones: " code { "nightmend history" } } }
        }
        p { a href="/data" { "Back to Data" } }
    };
    let lead = html! { "Nothing is ever overwritten: what was said before stays, and everything can be taken back." };
    Ok(Page::new("History", body).lead(lead).style("records.css").of(&context))
}

/// The acts with a way back for each.
pub(super) fn list(context: &Context, acts: &[ActView]) -> Markup {
    html! {
        @if acts.is_empty() { p { "Nothing was done yet." } }
        ul.acts {
            @for act in acts {
                li {
                    p {
                        span.undone[act.undone] { (act.what) }
                        @if act.undone { span.unseen { " (taken back)" } }
                        br;
                        span.soft.small.number { (when(context, &act.when)) @if act.observations > 0 { " · " (counted(act.observations, "record", "records")) } }
                    }
                    @if !act.undone { (undo_form(context, act.act, "/data/history")) }
                }
            }
        }
    }
}

/// The instant on the wall of the person.
fn when(context: &Context, stamp: &str) -> String {
    let stamp_of = stamp.parse::<jiff::Timestamp>();
    stamp_of.map_or_else(
        |_| stamp.to_owned(),
        |instant| {
            crate::state::civil(instant, context.zone.as_ref()).strftime("%-d %b %Y, %H:%M").to_string()
        },
    )
}

/// A button that takes one act back.
pub(super) fn undo_form(context: &Context, act: i64, back: &str) -> Markup {
    html! {
        form method="post" action="/data/undo" {
            (csrf_field(context))
            input type="hidden" name="act" value=(act);
            input type="hidden" name="back" value=(back);
            button type="submit" { "Undo" span.unseen { " act " (act) } }
        }
    }
}

pub(super) async fn undo(context: Context, fields: Fields) -> Result<Response, Failure> {
    let act = fields.get("act").and_then(|act| act.parse::<i64>().ok());
    let act = act.ok_or_else(|| Failure::not_understood("this button belongs to something that was done"))?;
    let (person, now) = (context.record.person.clone(), context.app.now());
    context.app.write(move |store| keep::undo(store, &person, Some(act), now).map(|_| ())).await?;
    // Only pages of ours are gone back to.
    let back = if fields.get("back") == Some("/data/history") { "/data/history" } else { "/data" };
    Ok(Redirect::to(&format!("{back}?done=undone")).into_response())
}
