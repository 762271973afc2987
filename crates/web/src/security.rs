//! Stands before every page: who may ask, what a browser may load, and what becomes of failures.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::context::{Secure, Shell};
use crate::failure::Failure;
use crate::layout;
use crate::session::{self, Session};
use crate::state::App;

/// No script, style, picture or connection from anywhere else, none written into the page, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What may be asked for while the pages are locked: nothing that holds a record.
fn is_public(path: &str) -> bool {
    const EXACT: [&str; 7] = [
        "/lock",
        "/sw.js",
        "/manifest.webmanifest",
        "/help/now",
        "/offline",
        "/favicon.ico",
        "/pair/nightmend-authority.crt",
    ];
    // A calendar program has no session: the address of its feed holds a secret that can be taken back.
    EXACT.contains(&path) || path.starts_with("/assets/") || path.starts_with("/feed/")
}

/// Lets a request through to the pages, or refuses it; then puts on the headers that keep the answer safe.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let known = Session::of(&app, &parts.headers);
    let session = known.unwrap_or_else(Session::fresh);
    parts.extensions.insert(session.clone());
    let shell = Shell::of(&app, &parts);
    let refusal = refusal(&app, &shell, &parts.method, &parts.headers, &parts.uri.to_string());
    let is_api = shell.path.starts_with("/api/");
    let method = parts.method.clone();
    let mut response = match refusal {
        Some(refusal) => refusal,
        // On a task of its own, so that a panic becomes a page and not a broken connection.
        None => match tokio::spawn(next.run(Request::from_parts(parts, body))).await {
            Ok(response) => response,
            Err(_) => Failure::broken("the page could not be made").into_response(),
        },
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>().or_else(|| of_the_router(&response))
    {
        response = shown(&shell, &failure, is_api);
    }
    if session.is_new && !is_api && method == Method::GET && !shell.path.starts_with("/assets/") {
        set_cookie(response.headers_mut(), &session.cookie(&app, shell.is_secure));
    }
    protect(response.headers_mut());
    response
}

/// What the router itself refused, in our words: its own are for programmers.
fn of_the_router(response: &Response) -> Option<Failure> {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !(status.is_client_error() || status.is_server_error())
        || kind.is_some_and(|kind| !kind.starts_with("text/plain"))
    {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => {
            Failure::not_found("no page has this address; the menu leads to all there are")
        }
        StatusCode::METHOD_NOT_ALLOWED => Failure::new(
            status,
            "This was not accepted",
            "this address does not take what was sent to it; go back and use the page",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            status,
            "This is too much at once",
            "send smaller files, or take them in with `nightmend import`, which has no limit",
        ),
        status => Failure::new(
            status,
            "This could not be read",
            "the address or what was sent with it has another form than is expected here; /api/v1/openapi.json describes what a script can send",
        ),
    })
}

/// Adds a cookie to a response.
pub(crate) fn set_cookie(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn shown(shell: &Shell, failure: &Failure, is_api: bool) -> Response {
    if is_api { crate::api::failure(failure) } else { layout::failure_page(shell, failure) }
}

fn refusal(app: &App, shell: &Shell, method: &Method, headers: &HeaderMap, uri: &str) -> Option<Response> {
    let Some(host) =
        headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| app.answers_to(host))
    else {
        // A page elsewhere that had its name point here (DNS rebinding) asks under its own name.
        return Some(
            Failure::new(
                StatusCode::MISDIRECTED_REQUEST,
                "This is not the address of these pages",
                "open the address that `nightmend serve` printed",
            )
            .into_response(),
        );
    };
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    if !is_safe && !is_from_here(headers, host, shell.is_secure) {
        return Some(
            Failure::refused("it came from another site; open the page here and send it from there")
                .into_response(),
        );
    }
    let is_api = shell.path.starts_with("/api/");
    if is_api && let Err(refused) = crate::api::may_ask(app, shell, method, headers) {
        return Some(refused.into_response());
    }
    if !is_api && !is_public(&shell.path) && !shell.session.is_open(app) {
        let back = if is_safe { uri } else { "/" };
        return Some(Redirect::to(&format!("/lock?next={}", encoded(back))).into_response());
    }
    None
}

/// Whether a request that changes something was sent by one of our own pages, or by no browser at all. Every browser
/// names the origin of such a request; where it keeps silent, it says at least whether it is another site's.
fn is_from_here(headers: &HeaderMap, host: &str, is_secure: bool) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if is_secure { "https" } else { "http" };
    if let Some(origin) = text(header::ORIGIN) {
        return origin.eq_ignore_ascii_case(&format!("{scheme}://{host}"));
    }
    text(HeaderName::from_static("sec-fetch-site")).is_none_or(|site| ["same-origin", "none"].contains(&site))
}

/// A path as the value of a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn protect(headers: &mut HeaderMap) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What a page holds is nobody else's: neither a cache on the way nor the back button after locking keeps it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Marks every request of a listener with TLS.
pub async fn mark_secure(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Secure);
    // HTTP/1.1 names the host in a header on both listeners; nothing else has to be known here.
    next.run(request).await
}

/// The session of the request, for handlers that have no shell.
#[must_use]
pub fn session_of(request: &axum::http::request::Parts) -> Option<&Session> {
    request.extensions.get::<session::Session>()
}
