//! Draws the page "Pair a phone": what is opened, how to reach it, how to trust it, how to end it.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::context::Shell;
use crate::failure::Failure;
use crate::lan::Lan;
use crate::layout::{Page, Tone, notice};
use crate::state::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/pair", get(show)).route("/pair/nightmend-authority.crt", get(authority))
}

async fn show(shell: Shell) -> Markup {
    let body = match shell.app.lan() {
        Some(lan) => open(&lan),
        None => closed(&shell),
    };
    Page::new("Pair a phone", body).style("settings.css").of_shell(&shell)
}

async fn authority(shell: Shell) -> Result<Response, Failure> {
    let lan = shell.app.lan().ok_or_else(|| {
        Failure::not_found("the pages are open to this machine only; start `nightmend serve --lan` first")
    })?;
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], lan.authority).into_response())
}

fn closed(shell: &Shell) -> Markup {
    html! {
        section.card {
            p.big { "At the moment only the machine that runs nightmend can open these pages." }
            ol {
                li { @if shell.has_lock { "A passphrase is set: good." } @else { "Set a passphrase in the " a href="/settings" { "settings" } "." } }
                li { "Stop nightmend and start it as " code { "nightmend serve --lan" } "." }
                li { "Come back to this page on this machine: it shows a code for the camera of your phone." }
            }
            p.soft { "Your records stay on this machine. The phone shows pages, and keeps only check-ins that it could not send yet." }
        }
    }
}

fn open(lan: &Lan) -> Markup {
    html! {
        (notice(Tone::Alert, html! {
            p { strong { "What is open now: " } "every device in this network can reach the page that asks for the passphrase, at " code { (lan.url) } ". Whoever has the passphrase can read and change your records. Nothing is open to the internet." }
            p { "It ends when you stop nightmend." }
        }))
        section.card {
            h2 { "1. Open it on the phone" }
            div.row { (code(&lan.url)) div { p { "Point the camera at the code, or type:" } p.big { code { (lan.url) } } } }
            p { "The browser warns that it does not know this machine: that is so until step 2. Go on (“Advanced”, “Proceed” or “Visit this website”) and give the passphrase. Check-ins can be sent from then on; without step 2 nothing is kept on the phone when it has no connection, and a draft lives in its tab only." }
        }
        section.card {
            h2 { "2. Trust this machine" }
            p { "For check-ins without a connection the phone has to trust an authority that this machine made for itself. It can vouch for addresses of home networks only, and for no site of the internet." }
            p { a.button href="/pair/nightmend-authority.crt" download="nightmend-authority.crt" { "Get the authority" } " (open this page on the phone for it)" }
            ul {
                li { strong { "iPhone, iPad: " } "allow the download; Settings, “Profile downloaded”, Install; then Settings, General, About, Certificate trust settings, and switch “nightmend on your own machine” on." }
                li { strong { "Android: " } "Settings, Security, More, Encryption and credentials, Install a certificate, CA certificate; choose the file." }
                li { strong { "A computer: " } "open the file and add it to the trusted authorities of system or browser." }
            }
            p { "Compare before you trust it. SHA-256 of the authority:" }
            pre.fingerprint tabindex="0" { (lan.authority_fingerprint) }
            p { "and of the certificate that the browser shows:" }
            pre.fingerprint tabindex="0" { (lan.fingerprint) }
        }
        section.card {
            h2 { "3. Put it on the home screen" }
            p { "In the menu of the browser: “Add to home screen” or “Install”. From then on a check-in opens without a connection, waits on the phone and is sent once when nightmend can be reached." }
        }
        section.card {
            h2 { "To end it" }
            p { "Stop nightmend, and remove the authority on the phone where you installed it. “Change the passphrase” in the settings closes every device at once." }
        }
    }
}

/// The address as a code for cameras: black on white in every theme.
fn code(url: &str) -> Markup {
    let Ok(code) = QrCode::new(url) else { return html! {} };
    let svg = code
        .render()
        .min_dimensions(220, 220)
        .dark_color(svg::Color("#000000"))
        .light_color(svg::Color("#ffffff"))
        .build();
    let drawing = svg.split_once("?>").map_or(svg.as_str(), |(_, drawing)| drawing);
    html! { div.qr role="img" aria-label={ "Code with the address " (url) } { (PreEscaped(drawing)) } }
}
