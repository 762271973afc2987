//! Locks the pages with a passphrase, opens them, and says plainly what the lock does not do.

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::settings::done;
use crate::context::{Context, Fields, Shell};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice};
use crate::lock;
use crate::security::set_cookie;
use crate::session::Session;
use crate::state::{App, blocking};

/// The routes of the lock.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/lock", get(show).post(unlock))
        .route("/settings/lock", post(set_lock))
        .route("/settings/unlock", post(remove_lock))
        .route("/lock/now", post(lock_now))
}

/// What the lock is and is not.
const LIMITS: &str = "The passphrase guards these pages. It does not encrypt the file of your records: whoever can read your files can read it. An encrypted disk guards that.";

/// The card of the settings.
pub(super) fn card(context: &Context) -> Markup {
    html! {
        section.card {
            h2 { "Lock" }
            p.soft { (LIMITS) }
            @if context.has_lock {
                p { "A passphrase is asked for on every device, once in thirty days." }
                form method="post" action="/lock/now" { (csrf_field(context)) button type="submit" { "Lock this browser now" } }
                details {
                    summary { "Change or remove the passphrase" }
                    form method="post" action="/settings/lock" {
                        (csrf_field(context))
                        (user_field())
                        (field("former", "Present passphrase", "current-password"))
                        (new_fields())
                        button type="submit" { "Change it, and lock every other browser" }
                    }
                    form method="post" action="/settings/unlock" {
                        (csrf_field(context))
                        (user_field())
                        (field("remove-former", "Present passphrase", "current-password"))
                        button.danger type="submit" { "Remove the lock" }
                    }
                }
            } @else {
                p { "On a machine that others use under their own names, set one: any of them could open these pages otherwise." }
                form method="post" action="/settings/lock" {
                    (csrf_field(context))
                    (user_field())
                    (new_fields())
                    button type="submit" { "Set the passphrase" }
                }
            }
        }
    }
}

/// Password keepers want a name; there is only one.
fn user_field() -> Markup {
    html! { input.unseen type="text" name="username" value="nightmend" autocomplete="username" tabindex="-1" aria-hidden="true" readonly; }
}

fn new_fields() -> Markup {
    html! {
        (field("passphrase", "New passphrase", "new-password"))
        p.hint { "At least " (lock::SHORTEST) " characters; four words that you can remember make a good one. Nobody can look it up for you: if it is lost, remove the line “passphrase” from the file pages.json beside the store." }
        (field("again", "The same once more", "new-password"))
    }
}

fn field(name: &str, title: &str, kind: &str) -> Markup {
    html! { div.field { label for=(name) { (title) } input type="password" id=(name) name=(name) autocomplete=(kind) required maxlength="256"; } }
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    next: Option<String>,
}

async fn show(shell: Shell, Query(asked): Query<Asked>) -> Response {
    let next = own_path(asked.next.as_deref());
    if shell.session.is_open(&shell.app) {
        return Redirect::to(&next).into_response();
    }
    page(&shell, &next, None).into_response()
}

/// Only an address of these pages is followed.
fn own_path(text: Option<&str>) -> String {
    let path = text.unwrap_or("/");
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r']);
    if is_own { path.to_owned() } else { "/".to_owned() }
}

fn page(shell: &Shell, next: &str, problem: Option<&str>) -> Markup {
    let body = html! {
        @if let Some(problem) = problem { (notice(Tone::Alert, html! { p { (problem) } })) }
        form.card method="post" action="/lock" {
            (csrf_field(shell))
            (user_field())
            input type="hidden" name="next" value=(next);
            (field("passphrase", "Passphrase", "current-password"))
            button.main type="submit" { "Open" }
        }
        p { a href="/offline" { "Check in without opening the pages" } ": the answers wait on this device until you open them." }
    };
    Page::new("Locked", body)
        .lead(html! { "The passphrase opens the pages in this browser for thirty days." })
        .of_shell(shell)
}

async fn unlock(shell: Shell, fields: Fields) -> Result<Response, Failure> {
    let next = own_path(fields.get("next"));
    let passphrase = fields.get("passphrase").unwrap_or_default().to_owned();
    let Some(hash) = shell.app.preferences().passphrase else {
        return Ok(Redirect::to(&next).into_response());
    };
    if let Err(answer) = tried(&shell, &passphrase, hash).await? {
        let (status, text) = answer;
        return Ok((status, page(&shell, &next, Some(&text))).into_response());
    }
    let mut response = Redirect::to(&next).into_response();
    // A new session: whoever had seen the old one gains nothing.
    set_cookie(response.headers_mut(), &Session::unlocked(&shell.app).cookie(&shell.app, shell.is_secure));
    Ok(response)
}

/// Tries a passphrase, counted: the answer to give where it is not the right one.
async fn tried(
    shell: &Shell,
    passphrase: &str,
    hash: String,
) -> Result<Result<(), (StatusCode, String)>, Failure> {
    if let Err(seconds) = shell.app.attempts().begin(shell.app.now()) {
        return Ok(Err((
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Wait {seconds} seconds and try again."),
        )));
    }
    let passphrase = passphrase.to_owned();
    let fits = blocking(move || Ok(lock::fits(&passphrase, &hash))).await?;
    if fits {
        shell.app.attempts().forget();
        Ok(Ok(()))
    } else {
        Ok(Err((StatusCode::FORBIDDEN, "This is not the passphrase. Try again.".to_owned())))
    }
}

/// Refuses a change of the lock by somebody who does not know the passphrase.
async fn check_former(context: &Context, given: Option<&str>) -> Result<(), Failure> {
    let Some(hash) = context.preferences.passphrase.clone() else { return Ok(()) };
    match tried(context, given.unwrap_or_default(), hash).await? {
        Ok(()) => Ok(()),
        Err((status, text)) => Err(Failure::new(status, "The lock was not changed", text)),
    }
}

async fn set_lock(context: Context, fields: Fields) -> Result<Response, Failure> {
    check_former(&context, fields.get("former")).await?;
    let passphrase = fields.get("passphrase").unwrap_or_default().to_owned();
    if fields.get("again").unwrap_or_default() != passphrase {
        return Err(Failure::not_understood("the two passphrases differ; go back and write the same twice"));
    }
    let hash = blocking(move || lock::hash(&passphrase)).await?;
    context.app.change_preferences(|preferences| {
        preferences.passphrase = Some(hash);
        preferences.lock_epoch += 1;
    })?;
    let mut response =
        done(&context, vec!["the lock is set; every other browser is asked for the passphrase".to_owned()]);
    let session = Session::unlocked(&context.app);
    set_cookie(response.headers_mut(), &session.cookie(&context.app, context.is_secure));
    Ok(response)
}

async fn remove_lock(context: Context, fields: Fields) -> Result<Response, Failure> {
    if context.app.lan().is_some() {
        return Err(Failure::refused(
            "the pages are open to other devices; start nightmend without --lan first",
        ));
    }
    check_former(&context, fields.get("remove-former")).await?;
    context.app.change_preferences(|preferences| {
        preferences.passphrase = None;
        preferences.lock_epoch += 1;
    })?;
    let mut response = done(&context, vec!["the lock is removed".to_owned()]);
    let session = Session::fresh();
    set_cookie(response.headers_mut(), &session.cookie(&context.app, context.is_secure));
    Ok(response)
}

async fn lock_now(shell: Shell, _fields: Fields) -> Response {
    let mut response = Redirect::to("/lock").into_response();
    set_cookie(response.headers_mut(), &Session::fresh().cookie(&shell.app, shell.is_secure));
    response
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_way_back_leads_to_these_pages_only() {
        assert_eq!(own_path(Some("/nights?from=2026-01-01")), "/nights?from=2026-01-01");
        for other in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            assert_eq!(own_path(Some(other)), "/", "{other}");
        }
    }
}
