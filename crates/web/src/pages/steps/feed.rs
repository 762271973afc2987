//! Serves tonight's assignments as a calendar: a file, and a feed whose address can be taken back.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nightmend_app::steps::{self, Wording};
use sha2::{Digest, Sha256};

use super::STYLE;
use crate::context::{Context, Fields, Shell};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice};
use crate::preferences::{hex, random};
use crate::session::equal;
use crate::state::App;

fn calendar(file: String, is_download: bool) -> Response {
    let place = if is_download { "attachment; filename=\"nightmend.ics\"" } else { "inline" };
    ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CONTENT_DISPOSITION, place)], file)
        .into_response()
}

pub(super) async fn download(context: Context) -> Result<Response, Failure> {
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    let file =
        context.app.read(move |store| steps::calendar_file(store, &person, Wording::Plain, &when)).await?;
    Ok(calendar(file, true))
}

/// The feed, for a calendar program that knows the address and has no session. It says that something is planned, and
/// what only where the person chose so.
pub(super) async fn serve(Path(name): Path<String>, shell: Shell) -> Result<Response, Failure> {
    let app = &shell.app;
    let token = name.strip_suffix(".ics").unwrap_or(&name);
    let feed = app.preferences().calendar_feed;
    let Some(feed) = feed.filter(|feed| equal(&hex(&Sha256::digest(token)), &feed.hash)) else {
        return Err(Failure::not_found("no calendar has this address; it may have been taken back"));
    };
    let wording = if feed.is_plain { Wording::Plain } else { Wording::Neutral };
    let (person, when) = (app.person().clone(), app.occasion());
    let file = app.read(move |store| steps::calendar_file(store, &person, wording, &when)).await?;
    Ok(calendar(file, false))
}

pub(super) async fn show(context: Context) -> Markup {
    page(&context, html! {})
}

/// The address of a new feed, shown once.
fn made(context: &Context, token: &str, is_plain: bool) -> Markup {
    let address = format!("{}feed/{token}.ics", context.base());
    let is_open_to_phones = context.app.lan().is_some();
    notice(
        Tone::Done,
        html! {
            p { "This is the address of your calendar. It is shown only now: copy it into your calendar program
                (“subscribe to a calendar”, “from a URL”)." }
            p { code.address { (address) } }
            @if is_open_to_phones {
                p.small { "A phone in your home network reaches it while " code { "nightmend serve --lan" } " runs, once it
                    trusts the certificate of this machine (" a href="/pair" { "how" } ")." }
            } @else {
                p.small { "It is an address of this machine: only programs that run here reach it. For a phone start "
                    code { "nightmend serve --lan" } " and make a new address then." }
            }
            p.small { (exposes(is_plain)) }
        },
    )
}

/// What whoever has the address can see.
fn exposes(is_plain: bool) -> &'static str {
    if is_plain {
        "Whoever knows the address sees, without a passphrase: the evenings to come with what is assigned to each (the step in words, or “as usual”), the number of the night, and which are not answered yet. Never what you answered, nor pain, sleep or your name."
    } else {
        "Whoever knows the address sees, without a passphrase: that a program called nightmend has something planned, on which dates to come, and the number of each in the plan. Never what it is or what you answered, nor pain, sleep or your name."
    }
}

fn gone() -> Markup {
    notice(
        Tone::Done,
        html! { p { "The address is taken back; the calendar is no longer to be had there." } },
    )
}

fn page(context: &Context, said: Markup) -> Markup {
    let feed = context.app.preferences().calendar_feed;
    let body = html! {
        (said)
        section.card aria-labelledby="file" {
            h2 #file { "A file" }
            p { "The evenings to come, for the calendar program of this machine or to send to yourself. Nights that are answered are left out." }
            p { a.button href="/steps/calendar.ics" download="nightmend.ics" { "Save the calendar file" } }
        }
        section.card aria-labelledby="feed" {
            h2 #feed { "A feed" }
            p { "Where your phone can reach these pages, it can fetch the calendar by itself, and falls silent about what is done." }
            @if let Some(feed) = &feed {
                p { "A feed is open. Its address is kept nowhere, so it cannot be shown again; a new one takes the place of the old." }
                p { (exposes(feed.is_plain)) }
            } @else {
                p.soft { "The address holds a long secret, which stands in place of a passphrase. Answering is not possible
                    through it, only reading, and you can take it back at any time." }
            }
            form method="post" action="/steps/feed" {
                (csrf_field(context))
                label.check { input type="checkbox" name="plain" value="yes"; "Say what to do (otherwise only that something is planned: calendars are often seen by others, and some are kept on other people’s machines)" }
                div.row {
                    button.main name="what" value="make" { (if feed.is_some() { "Make a new address" } else { "Make an address" }) }
                    @if feed.is_some() { button.danger name="what" value="revoke" { "Take the address back" } }
                }
            }
        }
        section.card aria-labelledby="ntfy" {
            h2 #ntfy { "A push message (ntfy)" }
            p { "nightmend opens no connection by itself. " code { "nightmend steps notify --topic TOPIC" } " prints the command that sends “nightmend: see tonight” to your phone, for a timer of your system to run; it prints nothing once the night is answered. Those words leave your machine and pass through the server that you name." }
        }
        p { a.button href="/steps" { "Back to the steps" } }
    };
    Page::new("Calendar on your phone", body).style(STYLE).of(context)
}

/// Opens or closes the feed. The answer is a page and no redirect, because an address with the secret in it would stay in
/// the history of the browser.
pub(super) async fn change(context: Context, fields: Fields) -> Result<Markup, Failure> {
    let app: &App = &context.app;
    if fields.get("what") == Some("revoke") {
        app.change_preferences(|preferences| preferences.calendar_feed = None)?;
        return Ok(page(&context, gone()));
    }
    let token = hex(&random());
    let is_plain = fields.get("plain").is_some();
    let feed = crate::preferences::CalendarFeed { hash: hex(&Sha256::digest(&token)), is_plain };
    app.change_preferences(move |preferences| preferences.calendar_feed = Some(feed))?;
    Ok(page(&context, made(&context, &token, is_plain)))
}
