//! Serves styles, scripts and pictures from the binary, under addresses that change with their content.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::preferences::hex;
use crate::state::App;

/// One file that is served as it is.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name below the version, e.g. `app.css`.
    pub name: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $media_type:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../assets/", $name)),
        }),*]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// Every file that is served. A new one is a file in `assets/` and a line here.
pub const ASSETS: &[Asset] = assets! {
    "app.css": CSS,
    "app.js": JS,
    "steps.css": CSS,
    "steps.js": JS,
    "checkin.css": CSS,
    "checkin.js": JS,
    "offline.js": JS,
    "queue.js": JS,
    "settings.css": CSS,
    "records.css": CSS,
    "nights.js": JS,
    "loop.js": JS,
    "import.js": JS,
    "icons/icon.svg": SVG,
    "icons/icon-192.png": PNG,
    "icons/icon-512.png": PNG,
    "icons/maskable-512.png": PNG,
    "icons/touch-180.png": PNG,
};

/// Twelve digits of the SHA-256 of all files: the folder of their addresses. Scripts find each other beside
/// themselves (`import "./queue.js"`).
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in ASSETS {
        digest.update(asset.name);
        digest.update(asset.bytes);
    }
    hex(&digest.finalize())[..12].to_owned()
});

/// The address of a file, e.g. `/assets/0123456789ab/app.css`. The browser keeps it for a year.
///
/// # Panics
/// A name that is not in [`ASSETS`].
#[must_use]
pub fn asset(name: &str) -> String {
    assert!(ASSETS.iter().any(|asset| asset.name == name), "there is no asset {name}; see ASSETS");
    format!("/assets/{}/{name}", *VERSION)
}

/// The routes of the files.
pub fn routes() -> Router<App> {
    Router::new().route("/assets/{version}/{*name}", get(serve))
}

async fn serve(Path((version, name)): Path<(String, String)>) -> Result<Response, Failure> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| Failure::not_found("no file has this address"))?;
    // A page of an older binary may still be open: it gets the file of today, but does not keep it.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, keep)], asset.bytes)
        .into_response())
}
