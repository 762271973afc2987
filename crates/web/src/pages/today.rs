//! Draws the page "Today": the check-in of the morning and of the evening.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use crate::context::Context;
use crate::layout::Page;
use crate::state::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(show))
}

async fn show(context: Context) -> Markup {
    Page::new("Today", html! { p { (context.today()) } }).of(&context)
}
