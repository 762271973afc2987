//! Makes the pages installable: the manifest, and the service worker that keeps the shell for offline check-ins.
//!
//! What is kept on a device: styles, scripts, icons and the two empty check-in forms. No page with a record is ever
//! kept. Check-ins made offline wait in IndexedDB until the server says that they are on its disk; then they leave the
//! device (see `assets/queue.js` and docs/decisions/0042).

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;

use crate::assets::{ASSETS, VERSION, asset};
use crate::state::App;

/// The routes of manifest and worker.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/manifest.webmanifest", get(manifest))
        .route("/sw.js", get(worker))
        .route("/favicon.ico", get(|| async { Redirect::to(&asset("icons/icon-192.png")) }))
}

async fn manifest() -> Response {
    let icon = |name: &str, sizes: &str, purpose: &str| json!({ "src": asset(name), "sizes": sizes, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/",
        "name": "nightmend",
        "short_name": "nightmend",
        "description": "Your own sleep and pain, on your own machine",
        "lang": "en-GB",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#000000",
        "theme_color": "#000000",
        "icons": [
            icon("icons/icon-192.png", "192x192", "any"),
            icon("icons/icon-512.png", "512x512", "any"),
            icon("icons/maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            { "name": "Morning check-in", "url": "/?part=morning" },
            { "name": "Evening check-in", "url": "/?part=evening" },
        ],
    });
    (
        [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")],
        manifest.to_string(),
    )
        .into_response()
}

/// The worker with the addresses of this version: a new version is another script, so that the browser takes it.
async fn worker() -> Response {
    const BODY: &str = include_str!("../assets/worker.js");
    let mut shell: Vec<String> =
        ASSETS.iter().map(|file| asset(file.name)).filter(|path| !path.ends_with(".png")).collect();
    shell.extend(["/offline?part=morning".to_owned(), "/offline?part=evening".to_owned()]);
    let script = format!("const VERSION = {};\nconst SHELL = {};\n{BODY}", json!(*VERSION), json!(shell));
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], script)
        .into_response()
}
