//! Says why a use case could not be carried out, and what to do about it.

use thiserror::Error;

/// Why a use case could not be carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// Several people are in the store and none was named.
    #[error("this store holds several people: {}; say whose records with --person NAME", names.join(", "))]
    SeveralPersons {
        /// The people.
        names: Vec<String>,
    },
    /// The person named is not in the store.
    #[error("nobody called '{name}' is in this store{}", known(names))]
    UnknownPerson {
        /// The name given.
        name: String,
        /// The people there are.
        names: Vec<String>,
    },
    /// A word of the command line or a field cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// Nothing in the input could be taken.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] nightmend_store::StoreError),
    /// A file could not be read or written.
    #[error("{what}: {source}; check that it exists and that you may use it")]
    File {
        /// What was being done.
        what: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The person asked to stop; nothing was kept.
    #[error("stopped, as you asked; nothing was kept")]
    Cancelled,
    /// The engine failed on data that it should have coped with.
    #[error("the loop could not be fitted: {0}; please report this")]
    Engine(String),
}

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "; import something or check in first".to_owned()
    } else {
        format!("; there are: {}", names.join(", "))
    }
}
