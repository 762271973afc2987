//! Hands each page what it needs: who asks, in which theme, at what hour, and the record as it stands.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jiff::civil::{Date, DateTime};
use nightmend_app::record::Record;
use nightmend_domain::Zone;

use crate::failure::Failure;
use crate::preferences::Preferences;
use crate::session::{self, Session};
use crate::state::{App, civil, zone_of};

/// How a page looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device is set by day, black and warm by night.
    #[default]
    Auto,
    /// Dark letters on light paper.
    Light,
    /// Light letters on dark paper.
    Dark,
    /// Warm letters on black.
    Night,
}

impl Theme {
    /// Every theme that can be chosen.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Light, Self::Dark, Self::Night];

    /// The word for it in cookies and in the page.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Night => "night",
        }
    }

    /// The theme of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

/// The cookie that holds the theme: it belongs to the device, not to the person.
pub(crate) const THEME_COOKIE: &str = "nightmend-theme";

/// What the frame of every page needs; known without reading the store.
#[derive(Clone)]
pub struct Shell {
    /// What all requests share.
    pub app: App,
    /// Whose browser it is.
    pub session: Session,
    /// The theme that was chosen on this device.
    pub chosen_theme: Theme,
    /// Whether a lock is set.
    pub has_lock: bool,
    /// The path that was asked for.
    pub path: String,
    /// Whether the request came over an encrypted connection.
    pub is_secure: bool,
    /// The name under which the browser asked, e.g. `127.0.0.1:8642`.
    pub host: String,
}

impl Shell {
    /// The shell of a request.
    #[must_use]
    pub fn of(app: &App, parts: &Parts) -> Self {
        let session = parts.extensions.get::<Session>().cloned().unwrap_or_else(Session::fresh);
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Self {
            app: app.clone(),
            session,
            chosen_theme: chosen_theme(&parts.headers),
            has_lock: app.preferences().passphrase.is_some(),
            path: parts.uri.path().to_owned(),
            is_secure: parts.extensions.get::<Secure>().is_some(),
            host: host.unwrap_or_default().to_owned(),
        }
    }

    /// The address of these pages as another program has to write it: the one that is open to phones where there is
    /// one, otherwise the one that the browser used.
    #[must_use]
    pub fn base(&self) -> String {
        match self.app.lan() {
            Some(lan) => lan.url,
            None => format!("{}://{}/", if self.is_secure { "https" } else { "http" }, self.host),
        }
    }

    /// The token for a form: put [`crate::layout::csrf_field`] into every form that changes something.
    #[must_use]
    pub fn csrf(&self) -> String {
        self.session.csrf(&self.app)
    }

    /// The theme to draw in: the chosen one; by night, where none was chosen, the black and warm one.
    #[must_use]
    pub fn theme(&self) -> Theme {
        /// From this hour of the evening on, and until that hour of the morning.
        const NIGHT: (i8, i8) = (21, 7);
        let hour = self.app.wall_clock().hour();
        match self.chosen_theme {
            Theme::Auto if hour >= NIGHT.0 || hour < NIGHT.1 => Theme::Night,
            chosen => chosen,
        }
    }
}

fn chosen_theme(headers: &HeaderMap) -> Theme {
    session::cookie(headers, THEME_COOKIE).and_then(|word| Theme::of_word(&word)).unwrap_or_default()
}

/// Marks requests that came over TLS.
#[derive(Debug, Clone, Copy)]
pub struct Secure;

impl FromRequestParts<App> for Shell {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Ok(Self::of(app, parts))
    }
}

/// What a page is drawn from. It derefs to its [`Shell`].
#[derive(Clone)]
pub struct Context {
    shell: Shell,
    /// The record of the person as it stands.
    pub record: Arc<Record>,
    /// What was chosen for the pages.
    pub preferences: Preferences,
    /// The zone where the person lives today, where known.
    pub zone: Option<Zone>,
    /// The clock on their wall.
    pub wall_clock: DateTime,
}

impl Context {
    /// The date on the wall.
    #[must_use]
    pub fn today(&self) -> Date {
        self.wall_clock.date()
    }

    /// A length in minutes, as the person likes it written.
    #[must_use]
    pub fn length(&self, minutes: f64) -> String {
        self.preferences.lengths.words(minutes)
    }
}

impl Deref for Context {
    type Target = Shell;

    fn deref(&self) -> &Shell {
        &self.shell
    }
}

impl FromRequestParts<App> for Context {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let record = app.record().await?;
        let now = app.now();
        let utc_date = civil(now, None).date();
        let zone = zone_of(&record, utc_date).or_else(|| app.machine_zone()).cloned();
        Ok(Self {
            shell: Shell::of(app, parts),
            preferences: app.preferences(),
            wall_clock: civil(now, zone.as_ref()),
            record,
            zone,
        })
    }
}

/// The fields of a form, checked to come from one of our pages in this session.
///
/// ```text
/// async fn save(context: Context, fields: Fields) -> Result<Response, Failure> {
///     let pain = fields.get("pain");          // None where the field is missing or empty
///     let places = fields.all("where");       // of checkboxes with one name
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Fields of the given names and values, without a check: for tests and for texts that came as JSON.
    #[must_use]
    pub fn unchecked(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The value of a field; none where it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// All values of one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Whether the form had the field at all, filled in or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// All fields in order, but the token.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(key, _)| key != CSRF_FIELD).map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// The name of the field that holds the token.
pub(crate) const CSRF_FIELD: &str = "csrf";
/// The header that holds the token where there is no form (uploads, scripts of our pages).
pub const CSRF_HEADER: &str = "x-csrf-token";

impl FromRequest<App> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let session = request.extensions().get::<Session>().cloned();
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Failure::not_understood(
                "a form was expected here; go back and send the form of the page",
            ));
        }
        let axum::Form(pairs) = axum::Form::<Vec<(String, String)>>::from_request(request, app)
            .await
            .map_err(|_| Failure::not_understood("the form could not be read; go back and send it again"))?;
        let fields = Self(pairs);
        let token = fields.get(CSRF_FIELD).unwrap_or_default();
        check_csrf(app, session.as_ref(), token)?;
        Ok(fields)
    }
}

/// Checks a token that came with an upload: take it from the header `x-csrf-token`.
///
/// # Errors
/// A token of another session, or none.
pub fn check_csrf(app: &App, session: Option<&Session>, token: &str) -> Result<(), Failure> {
    if session.is_some_and(|session| session::equal(token, &session.csrf(app))) {
        Ok(())
    } else {
        Err(Failure::refused(
            "this form was opened before the pages were locked or started anew; go back, load the page again and send the form from there. What you wrote is still in it",
        ))
    }
}
