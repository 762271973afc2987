//! Draws the page "Settings": time zone, usual sleep, theme, lock, the phone.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use crate::context::Context;
use crate::layout::Page;
use crate::state::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/settings", get(show))
}

async fn show(context: Context) -> Markup {
    Page::new("Settings", html! { p { "Theme: " (context.chosen_theme.word()) } }).of(&context)
}
