//! Offers the JSON of the command line below `/api/v1`.
//!
//! A script shows the token of the file `api-token` beside the store (`Authorization: Bearer …`); our own pages ask by
//! the session of the browser, which must be unlocked where there is a lock.

mod check_ins;
mod openapi;
mod reads;
mod steps;

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use schemars::{Schema, SchemaGenerator};
use serde_json::json;

pub use self::openapi::document;

use crate::context::Shell;
use crate::failure::Failure;
use crate::session::equal;
use crate::state::App;

/// One address of the API: the router and the document are both made from the list of these.
pub(crate) struct Endpoint {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// Parameters of the query: name and meaning.
    query: &'static [(&'static str, &'static str)],
    /// The shape of what is sent.
    takes: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The shape of what comes back.
    gives: fn(&mut SchemaGenerator) -> Schema,
    serve: MethodRouter<App>,
}

const RANGE: &[(&str, &str)] = &[
    ("from", "First date, e.g. 2026-03-01; open where absent"),
    ("to", "Last date, included; open where absent"),
];

/// Every address.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = reads::endpoints();
    all.extend(check_ins::endpoints());
    all.extend(steps::endpoints());
    all
}

/// The routes below `/api/v1`.
pub fn routes() -> Router<App> {
    let router = Router::new().route("/openapi.json", axum::routing::get(async || axum::Json(document())));
    endpoints().into_iter().fold(router, |router, endpoint| router.route(endpoint.path, endpoint.serve))
}

/// Whether a request may use the API.
pub(crate) fn may_ask(app: &App, shell: &Shell, method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    if shell.path == "/api/v1/openapi.json" {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = text("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
        return if equal(token.trim(), app.api_token()) {
            Ok(())
        } else {
            Err(unknown("the token is not the one in the file `api-token` beside the store; read it anew"))
        };
    }
    if shell.session.is_new {
        return Err(unknown(
            "show the token of the file `api-token` beside the store: Authorization: Bearer TOKEN",
        ));
    }
    if !shell.session.is_open(app) {
        return Err(unknown("the pages are locked; unlock them, or show the token of the file `api-token`"));
    }
    // A header that no form of another site can send.
    if ![Method::GET, Method::HEAD].contains(method) && text("x-nightmend") != Some("1") {
        return Err(Failure::refused("send the header `x-nightmend: 1` with it"));
    }
    Ok(())
}

fn unknown(message: &str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "Who asks is not known", message)
}

/// A failure as JSON: `nightmend.failure/1`.
pub(crate) fn failure(failure: &Failure) -> Response {
    let body =
        json!({ "schema": "nightmend.failure/1", "error": failure.heading, "message": failure.message });
    let mut response = (failure.status, axum::Json(body)).into_response();
    if failure.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}
