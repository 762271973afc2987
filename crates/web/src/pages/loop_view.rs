//! Draws the page "Loop".

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use crate::context::Context;
use crate::layout::Page;
use crate::state::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/loop", get(show))
}

async fn show(context: Context) -> Markup {
    let nights = context.record.assembly.nights.len();
    Page::new("Loop", html! { p { (nights) " nights are in the record." } }).of(&context)
}
