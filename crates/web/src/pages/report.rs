//! Keeps the place of the page "Report", which this release does not have.

use axum::Router;

use crate::state::App;

/// Its routes: none yet.
pub fn routes() -> Router<App> {
    Router::new()
}
