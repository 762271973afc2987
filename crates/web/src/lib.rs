//! Serves the local pages and forms over the use cases, and the API beside them.
//!
//! # How to add or change a page
//! One module in `src/pages/`, with `pub fn routes() -> Router<App>`, merged in [`pages::routes`]; a line in
//! [`pages::MENU`] if it belongs into the menu. A page is a function that takes what it needs and gives markup:
//!
//! ```
//! use maud::{Markup, html};
//! use nightmend_web::context::Context;
//! use nightmend_web::failure::Failure;
//! use nightmend_web::layout::Page;
//!
//! async fn show(context: Context) -> Result<Markup, Failure> {
//!     let nights = context.record.assembly.nights.len();
//!     Ok(Page::new("Nights", html! { p { (nights) " nights" } }).of(&context))
//! }
//! ```
//!
//! - [`context::Context`] holds the [record](nightmend_app::record::Record) (nights, naps, days, settings, sources:
//!   assembled once and shared until something is written), the date and clock of the person, and the choices of the
//!   pages. [`context::Shell`] is the same without the record, for pages that must be readable when the store is not.
//! - Reads and writes of the store go through [`state::App::read`] and [`state::App::write`]
//!   (`context.app.write(|store| …).await?`), which run on threads that may wait. Long work (imports, fits) takes
//!   [`state::App::store_of_its_own`] on a thread of its own, and tells of its progress by events.
//! - A form that changes something is a POST with [`layout::csrf_field`] inside, read by the extractor
//!   [`context::Fields`], answered by a redirect (303) to a page that shows what was done. Uploads carry the token in the
//!   header `x-csrf-token` (from `<meta name="csrf-token">`) and call [`context::check_csrf`]; set a bound with
//!   `axum::extract::DefaultBodyLimit` on their route (2 MB otherwise).
//! - Failures are [`failure::Failure`] (or an `AppError` with `?`); the outermost layer makes a page of them.
//! - Styles are in `assets/app.css` (those of one page in a file of its own, put on by [`layout::Page::style`]), by custom properties (`--paper --card --ink --soft --line --accent --sleep --pain`)
//!   that every theme sets: never write a colour elsewhere. The policy of the pages allows **no `style=` attribute, no
//!   `<style>`, no `<script>` inside a page**, in SVG neither: use classes and presentation attributes (`fill="…"`).
//! - Scripts are modules in `assets/`, listed in [`assets::ASSETS`], put on a page by [`layout::Page::script`]. Reading
//!   and saving must be possible without them.
//! - Every figure goes through [`layout::figure`]: drawing, sentence, table.
//!
//! # How to test
//! `tests/support/mod.rs` opens an `App` on a folder of its own with a clock that stands still, and sends
//! requests to the router without a socket: `site.get("/nights").await`. `tests/browser.rs` drives Chromium; it passes
//! over, saying so, where `/usr/bin/chromedriver` is missing, unless `NIGHTMEND_BROWSER=required`; `=skip` leaves it
//! out. `Browser::no_violations(path, theme)` runs axe-core on a page.

pub mod api;
pub mod assets;
pub mod charts;
pub mod context;
pub mod failure;
pub mod lan;
pub mod layout;
pub mod lock;
pub mod pages;
pub mod phone;
pub mod preferences;
pub mod security;
pub mod server;
pub mod session;
pub mod state;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tower_http::compression::CompressionLayer;

use crate::state::App;

/// The largest request, in bytes, where a route sets no bound of its own.
const LARGEST_REQUEST: usize = 2 * 1_024 * 1_024;

/// Everything that is served, behind the guard.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(assets::routes())
        .merge(phone::routes())
        .nest("/api/v1", api::routes())
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(from_fn_with_state(app.clone(), security::guard))
        .layer(CompressionLayer::new())
        .with_state(app)
}
