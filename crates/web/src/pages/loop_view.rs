//! Draws the page "Loop": both arrows, what may be said of them, what is estimated, and how far to trust it.

mod ask;
mod events;
mod parts;
mod trust;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use maud::{Markup, html};
use nightmend_app::estimate::LoopAnswer;
use nightmend_app::jobs::{LoopNow, Step};
use nightmend_domain::estimate::LoopOutcome;
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, Tone, notice};
use crate::preferences::hex;
use crate::state::App;
use ask::LoopQuery;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/loop", get(show)).route("/loop/events", get(events::stream))
}

async fn show(context: Context, Query(query): Query<LoopQuery>) -> Result<Markup, Failure> {
    if context.record.is_empty() {
        return Ok(nothing_yet(&context));
    }
    let request = query.request();
    let (app, record) = (context.app.clone(), context.record.clone());
    let now = context.app.read(move |store| app.jobs().loop_now(store, &record, &request)).await;
    let (inside, id) = match now {
        Ok(now) => (answer(&now), id_of(&now)),
        // Something was asked for that is not recorded: said above the form, which offers what is.
        Err(failure) if failure.status.is_client_error() => {
            let why = crate::layout::sentence(&failure.message);
            (
                notice(Tone::Alert, html! { p { (why) } p { a href="/loop" { "Ask the usual question" } } }),
                String::new(),
            )
        }
        Err(failure) => return Err(failure),
    };
    let body = html! {
        div #answer data-answer=(id) { (inside) }
        (ask::form(&context, &query))
    };
    let lead = html! { "What your own records say of sleep and pain, in both directions." };
    Ok(Page::new("Your loop", body).lead(lead).script("loop.js").style("records.css").of(&context))
}

fn nothing_yet(context: &Context) -> Markup {
    let body = html! {
        div.card {
            h2 { "Nothing to measure yet" }
            p { "The loop needs nights and pain that stand side by side: from about eight pairs on there is a number, from
                about thirty it begins to be yours." }
            p.row {
                a.button.main href="/" { "Check in" }
                a.button href="/data" { "Take in an export" }
            }
        }
    };
    Page::new("Your loop", body).style("records.css").of(context)
}

/// Tells one answer from another, so that a page knows whether it shows the newest.
fn id_of(now: &LoopNow) -> String {
    match now {
        LoopNow::Finished(answer) => {
            let text = serde_json::to_vec(&answer.view).unwrap_or_default();
            let digest: [u8; 32] = Sha256::digest(text).into();
            hex(&digest)[..16].to_owned()
        }
        LoopNow::Working { .. } => "working".to_owned(),
    }
}

fn answer(now: &LoopNow) -> Markup {
    match now {
        LoopNow::Finished(answer) => whole(answer),
        LoopNow::Working { step, preview, before, .. } => {
            let (shown, what) = match (preview, before) {
                (Some(preview), _) => {
                    (Some(preview), "Below is a quick first answer; the numbers may still move a little.")
                }
                (None, Some(before)) => {
                    (Some(before), "Below is the answer as it was before the last change.")
                }
                (None, None) => (None, "The answer appears here when it is ready."),
            };
            html! {
                (working(step, what))
                @if let Some(shown) = shown { (whole(shown)) }
            }
        }
    }
}

fn working(step: &Step, what: &str) -> Markup {
    let stage = if step.stage.is_empty() { "starting" } else { &step.stage };
    html! {
        div.notice.plain.working {
            p { strong { "Being worked out: " } span #stage { (stage) } }
            @if step.total > 0 {
                progress max=(step.total) value=(step.done) aria-label="How far the fit is" {}
            } @else {
                progress aria-label="How far the fit is" {}
            }
            p.hint { (what) " " a href="" { "Look again" } }
        }
    }
}

/// Everything that an answer says.
fn whole(answer: &LoopAnswer) -> Markup {
    match &answer.outcome {
        LoopOutcome::CannotTell(_) => parts::cannot_tell(&answer.view),
        LoopOutcome::Estimated(estimate) => html! {
            (parts::claims(&answer.view, estimate))
            (parts::arrows(estimate))
            (parts::one_night(estimate))
            (parts::what_if(estimate))
            (trust::beliefs(estimate))
            (trust::data_used(&answer.view))
            (trust::checks(&answer.view))
            (trust::hidden(estimate))
            (trust::numbers(&answer.view))
        },
    }
}
