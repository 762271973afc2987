//! Frames every page: head, header with "Get help now", menu, and the words at the foot.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::asset;
use crate::context::{CSRF_FIELD, Context, Shell, Theme};
use crate::failure::Failure;
use crate::pages::{MENU, MenuEntry};
use crate::words::for_pages;

/// A page: a title and what stands below it. The frame comes by itself.
///
/// ```ignore
/// Ok(Page::new("Nights", html! { p { "…" } }).of(&context))
/// ```
#[derive(Debug, Clone)]
pub struct Page {
    title: String,
    lead: Option<Markup>,
    body: Markup,
    scripts: Vec<&'static str>,
    styles: Vec<&'static str>,
    is_wide: bool,
}

impl Page {
    /// A page with its one `<h1>`.
    #[must_use]
    pub fn new(title: &str, body: Markup) -> Self {
        Self {
            title: title.to_owned(),
            lead: None,
            body,
            scripts: Vec::new(),
            styles: Vec::new(),
            is_wide: false,
        }
    }

    /// A sentence or two below the heading.
    #[must_use]
    pub fn lead(mut self, lead: Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// A script of the page, by its name in [`crate::assets::ASSETS`]: a module, loaded last. The page must be
    /// readable and its forms must be sendable without it.
    #[must_use]
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// A style sheet of the page beside `app.css`, by its name in [`crate::assets::ASSETS`].
    #[must_use]
    pub fn style(mut self, name: &'static str) -> Self {
        self.styles.push(name);
        self
    }

    /// Gives the page the whole width of a desktop screen, for wide figures.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// The page, drawn for whoever asks, with the note that the records are simulated where they are.
    #[must_use]
    pub fn of(self, context: &Context) -> Markup {
        let note = context.record.is_simulated().then(simulated_note);
        self.framed(context, note)
    }

    /// The page without a look at any record: for pages that must be readable when nothing else is.
    #[must_use]
    pub fn of_shell(self, shell: &Shell) -> Markup {
        self.framed(shell, None)
    }

    fn framed(self, shell: &Shell, note: Option<Markup>) -> Markup {
        let Self { title, lead, body, scripts, styles, is_wide } = self;
        let body = PreEscaped(for_pages(body.into_string()));
        html! {
            (DOCTYPE)
            html lang="en-GB" data-theme=(shell.theme().word()) data-chosen=(shell.chosen_theme.word()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    title { (title) " · nightmend" }
                    meta name="color-scheme" content=(color_scheme(shell.theme()));
                    // What is kept on a device for later holds nothing of a session.
                    @if shell.path != "/offline" { meta name="csrf-token" content=(shell.csrf()); }
                    link rel="stylesheet" href=(asset("app.css"));
                    @for name in styles { link rel="stylesheet" href=(asset(name)); }
                    link rel="icon" type="image/svg+xml" href=(asset("icons/icon.svg"));
                    link rel="apple-touch-icon" href=(asset("icons/touch-180.png"));
                    link rel="manifest" href="/manifest.webmanifest";
                    script type="module" src=(asset("app.js")) {}
                    @for name in scripts { script type="module" src=(asset(name)) {} }
                }
                body {
                    a.skip href="#main" { "Skip to the page" }
                    (header(shell))
                    main #main tabindex="-1" class=[is_wide.then_some("wide")] {
                        (note.unwrap_or_default())
                        div.heading {
                            h1 { (title) }
                            @if let Some(lead) = lead { p.lead { (lead) } }
                        }
                        (body)
                    }
                    (footer())
                    (tabs(shell))
                }
            }
        }
    }
}

/// The field that every form that changes something must hold.
#[must_use]
pub fn csrf_field(shell: &Shell) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(shell.csrf()); }
}

/// A number with the word for one or for several.
#[must_use]
pub fn counted(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// A box that says something at the head of a page: what was saved, what needs a look.
#[must_use]
pub fn notice(tone: Tone, body: Markup) -> Markup {
    let role = if tone == Tone::Alert { "alert" } else { "status" };
    html! { div class={ "notice " (tone.word()) } role=(role) { (body) } }
}

/// How urgent a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something to know.
    Plain,
    /// Something was done.
    Done,
    /// Something has to be looked at.
    Alert,
}

impl Tone {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Done => "done",
            Self::Alert => "alert",
        }
    }
}

/// An SVG that `nightmend_report::figure` drew, with the sentence that says the same and the table behind it. A figure
/// holds presentation attributes only: the policy of the pages allows no styles inside.
#[must_use]
pub fn figure(svg: &str, sentence: &str, table: Markup) -> Markup {
    html! {
        figure {
            div.drawing { (PreEscaped(svg)) }
            figcaption { (sentence) }
            details.table { summary { "The numbers as a table" } div.scroll tabindex="0" role="region" aria-label="Table" { (table) } }
        }
    }
}

fn simulated_note() -> Markup {
    notice(
        Tone::Plain,
        html! { strong { "Simulated. " } "These are nobody’s records: they were made up to show what yours would look like." },
    )
}

fn header(shell: &Shell) -> Markup {
    html! {
        header.top {
            a.brand href="/" aria-label="nightmend: today" { (PreEscaped(MARK)) span { "nightmend" } }
            nav.menu aria-label="Pages" {
                ul { @for entry in MENU { li { (link(entry, shell)) } } }
            }
            a.help-now href="/help/now" aria-current=[current("/help/now", shell)] { "Get help now" }
        }
    }
}

/// The menu of a phone: the pages of every day at the thumb, the others behind "More".
fn tabs(shell: &Shell) -> Markup {
    let is_elsewhere = !MENU.iter().any(|entry| entry.is_daily && is_current(entry.path, shell));
    html! {
        nav.tabs aria-label="Pages of every day" {
            ul {
                @for entry in MENU.iter().filter(|entry| entry.is_daily) { li { (link(entry, shell)) } }
                li { a href="/more" aria-current=[is_elsewhere.then_some("true")] { (PreEscaped(MORE)) span { "More" } } }
            }
        }
    }
}

fn link(entry: &MenuEntry, shell: &Shell) -> Markup {
    html! { a href=(entry.path) aria-current=[current(entry.path, shell)] { (PreEscaped(entry.icon)) span { (entry.title) } } }
}

fn is_current(path: &str, shell: &Shell) -> bool {
    shell.path == path
        || (path != "/" && shell.path.starts_with(&format!("{path}/")) && shell.path != "/help/now")
}

fn current(path: &str, shell: &Shell) -> Option<&'static str> {
    is_current(path, shell).then_some("page")
}

fn footer() -> Markup {
    html! {
        footer {
            p { "nightmend describes your own records, on your own machine. It does not diagnose. "
                strong { "No alert is not an all-clear." } }
            p { a href="/help" { "Help and evidence" } " · " a href="/help/intended-use" { "Intended use" } }
        }
    }
}

const fn color_scheme(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "light dark",
        Theme::Light => "light",
        Theme::Dark | Theme::Night => "dark",
    }
}

/// A date in a sentence, 3 May 2026; what is no date stays as it is.
#[must_use]
pub fn dated(date: impl std::fmt::Display) -> String {
    let text = date.to_string();
    text.parse::<jiff::civil::Date>().map_or(text, |date| date.strftime("%-d %B %Y").to_string())
}

/// The page of a failure: what happened and what to do, and no word about the inside.
pub(crate) fn failure_page(shell: &Shell, failure: &Failure) -> Response {
    let body = html! {
        p.big { (sentence(&failure.message)) }
        p.row {
            // What was refused below one of the pages is best tried again from there.
            @for entry in MENU.iter().filter(|entry| entry.path != "/" && shell.path.starts_with(entry.path)) {
                a.button href=(entry.path) { "Back to " (entry.title) }
            }
            a.button href="/" { "To today" }
        }
    };
    let page = Page::new(&failure.heading, body).of_shell(shell);
    let mut response = (failure.status, page).into_response();
    no_store(response.headers_mut());
    response
}

/// A message as a sentence: our errors begin small and end without a stop.
#[must_use]
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if message.ends_with(['.', '!', '?', '”']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

fn no_store(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// The mark of the program: a night with a mended seam.
const MARK: &str = r##"<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><path d="M21.5 3.6A13 13 0 1 0 28.4 21 10.4 10.4 0 0 1 21.5 3.6Z" fill="currentColor"/><path d="M6 17.5q5-4.5 9.5 0t9.5 0" fill="none" stroke="var(--paper)" stroke-width="2.2" stroke-linecap="round"/></svg>"##;
const MORE: &str = r##"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle cx="5" cy="12" r="1.8"/><circle cx="12" cy="12" r="1.8"/><circle cx="19" cy="12" r="1.8"/></svg>"##;

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the disk is full; free some space"), "The disk is full; free some space.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }
}
