//! Says why no series can be chosen, and what could be asked instead.

use thiserror::Error;

/// Why the question cannot be put to these records.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// Nothing at all is recorded about nights.
    #[error("no night is recorded yet; take in an export, or check in in the morning")]
    NoSleep,
    /// The measure asked for is nowhere recorded.
    #[error("'{asked}' is not recorded for any night; choose one of: {}", available.join(", "))]
    UnknownSleep {
        /// The word given.
        asked: String,
        /// What could be asked for.
        available: Vec<String>,
    },
    /// Nothing at all is recorded about pain.
    #[error("no pain is recorded yet; check in, or take in a table that holds pain")]
    NoPain,
    /// The pain asked for is nowhere recorded.
    #[error("no tracker is called '{asked}'; choose one of: {}", available.join(", "))]
    UnknownPain {
        /// The word given.
        asked: String,
        /// What could be asked for.
        available: Vec<String>,
    },
    /// Several trackers could be meant.
    #[error("several things could be the pain of the loop; choose one with --pain: {}", names.join(", "))]
    SeveralPains {
        /// The trackers.
        names: Vec<String>,
    },
    /// What is to be taken into account is not recorded, is a tick that is written only when true, or never varies.
    #[error(
        "'{asked}' cannot be taken into account: no tracker of that name has values that differ from day to day; there are: {}",
        if available.is_empty() { "none".to_owned() } else { available.join(", ") }
    )]
    UnknownCovariate {
        /// The word given.
        asked: String,
        /// What is usually taken into account and is recorded.
        available: Vec<String>,
    },
    /// A channel of the night is not recorded.
    #[error(
        "'{asked}' is no channel of the night that is recorded; choose among diary, device, quality and efficiency"
    )]
    UnknownChannel {
        /// The word given.
        asked: String,
    },
    /// The pain is recorded, but never at that moment.
    #[error("'{pain}' is never recorded for {asked}; it is recorded for: {}", available.join(", "))]
    NoSuchMoment {
        /// The tracker.
        pain: String,
        /// The moment asked for.
        asked: String,
        /// The moments at which it is recorded.
        available: Vec<String>,
    },
}
