//! Says in plain words what could not be done and what to do about it, as a page or as JSON.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nightmend_app::AppError;

/// Why a request could not be answered. Handlers return it; the page (or, below `/api/`, the JSON) is made by the
/// outermost layer, in the theme of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The status of HTTP.
    pub status: StatusCode,
    /// What happened, as a heading.
    pub heading: String,
    /// What happened and what to do, in a sentence or two.
    pub message: String,
}

impl Failure {
    /// A failure of any status.
    #[must_use]
    pub fn new(status: StatusCode, heading: &str, message: impl Into<String>) -> Self {
        Self { status, heading: heading.to_owned(), message: message.into() }
    }

    /// There is no such page or record.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing here", message)
    }

    /// An answer or an address that cannot be meant.
    #[must_use]
    pub fn not_understood(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "This could not be taken", message)
    }

    /// Something that came from elsewhere than these pages, or too late.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "This was not accepted", message)
    }

    /// A fault of ours. The details are for whoever mends it and never shown.
    #[must_use]
    pub fn broken(what: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something broke on our side",
            format!(
                "{what}; nothing that was saved before is lost. Go back and try again, and if it happens again please report it"
            ),
        )
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::Usage(_) | AppError::Refused(_) => Self::not_understood(message),
            AppError::SeveralPersons { .. } | AppError::UnknownPerson { .. } => Self::not_found(message),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "This could not be done", message),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // The text stands for the case that no layer makes a page of it.
        let mut response = (self.status, format!("{}: {}", self.heading, self.message)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
