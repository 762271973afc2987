//! Draws the pages of help: the terms, what is known, and where to turn now.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use crate::context::Shell;
use crate::layout::Page;
use crate::state::App;

/// Their routes.
pub fn routes() -> Router<App> {
    Router::new().route("/help", get(show)).route("/help/now", get(now))
}

async fn show(shell: Shell) -> Markup {
    Page::new("Help", html! { p { "The words of the pages." } }).of_shell(&shell)
}

async fn now(shell: Shell) -> Markup {
    Page::new(
        "Get help now",
        html! { p { "In an emergency call 999 or 112, or the emergency number of the place you are in." } },
    )
    .of_shell(&shell)
}
