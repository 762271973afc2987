//! Says where a fact came from, whose it is, and what was wrong with a record that was not taken.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("a name must not be empty; give it at least one letter")]
    Empty,
    /// Longer than the limit.
    #[error("a name may have at most {maximum} characters; shorten it")]
    TooLong {
        /// Most characters allowed.
        maximum: usize,
    },
    /// A line break or another control character stands in it.
    #[error("a name must not hold control characters; remove line breaks and tabs")]
    Control,
}

fn checked_name(text: &str, maximum: usize) -> Result<Arc<str>, NameError> {
    let text = text.trim();
    if text.is_empty() {
        Err(NameError::Empty)
    } else if text.chars().count() > maximum {
        Err(NameError::TooLong { maximum })
    } else if text.chars().any(char::is_control) {
        Err(NameError::Control)
    } else {
        Ok(text.into())
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $maximum:expr) => {
        $(#[$doc])*
        ///
        /// Shared: tens of thousands of facts name a few sources and trackers.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// A trimmed name.
            ///
            /// # Errors
            /// An empty or too long text, or one with control characters.
            pub fn new(text: &str) -> Result<Self, NameError> {
                checked_name(text, $maximum).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The person a fact is about, as the owner of the store calls them (`me` unless told otherwise).
    PersonName,
    100
);
name!(
    /// Where facts come from: `check-in`, `diary`, `fitbit`, or the name that a map gives its table.
    SourceName,
    100
);
name!(
    /// What makes two records the same fact within one source, e.g. `sleep/24486013387`.
    ///
    /// Built by whoever reads the record; stable between two exports of the same data.
    RecordKey,
    1_000
);
name!(
    /// What a table or a person calls a thing that is followed, e.g. `back pain`, `Headache`.
    TrackerName,
    300
);

/// Where one fact was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Provenance {
    /// The source of the fact; priorities are set per source.
    pub source: SourceName,
    /// The record's place in what was read: `line 12`, `record 3`; empty for a check-in.
    pub place: String,
}

/// A defect met while reading, which costs one record and no more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issue {
    /// The record's place: `line 12`, `record 3, startTime`.
    pub place: String,
    /// What is wrong and what to do about it, in words.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        assert_eq!(PersonName::new("  me ").unwrap().as_str(), "me");
        assert_eq!(SourceName::new("  "), Err(NameError::Empty));
        assert_eq!(TrackerName::new("a\nb"), Err(NameError::Control));
        assert_eq!(PersonName::new(&"x".repeat(101)), Err(NameError::TooLong { maximum: 100 }));
    }
}
