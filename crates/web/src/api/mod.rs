//! Offers the JSON of the command line below `/api/v1`.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::context::Shell;
use crate::failure::Failure;
use crate::state::App;

/// The routes below `/api/v1`.
pub fn routes() -> Router<App> {
    Router::new()
}

/// Whether a request may use the API.
pub(crate) fn may_ask(app: &App, shell: &Shell, _headers: &HeaderMap) -> Result<(), Failure> {
    if shell.session.is_open(app) {
        Ok(())
    } else {
        Err(Failure::refused("the pages are locked; unlock them first"))
    }
}

/// A failure as JSON.
pub(crate) fn failure(failure: &Failure) -> Response {
    let body =
        json!({ "schema": "nightmend.failure/1", "error": failure.heading, "message": failure.message });
    (failure.status, axum::Json(body)).into_response()
}
