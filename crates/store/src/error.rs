//! Names what can go wrong with a store, each message ending in what to do.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::acts::ActId;

/// Why the store could not do what was asked. Nothing was written unless the message says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds no store.
    #[error("there is no store in {}; import a file or log a check-in to begin one, or name another folder", folder.display())]
    Missing {
        /// The folder looked into.
        folder: PathBuf,
    },
    /// The file is no SQLite database, or SQLite finds it broken.
    #[error("{} is damaged ({detail}); restore another backup with `nightmend restore FILE`, or move the damaged file away to begin anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// A database, but not one of nightmend's.
    #[error("{} is not a nightmend store; name the folder or the backup that nightmend wrote", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later release.
    #[error("{} was written by a newer nightmend (store version {found}, this one knows {known}); install the newer nightmend and run the command again", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: i64,
        /// Newest version that this release knows.
        known: i64,
    },
    /// Another process kept the store locked for longer than the waiting time.
    #[error("another nightmend is writing to {}; wait until it has finished (or end it) and run the command again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another process has the store open, and the work needs it alone.
    #[error("another nightmend has {} open, and this needs the store alone; close it and run the command again", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file, folder or opening does not allow writing.
    #[error("{} cannot be written to; give yourself permission to write there, or name another folder", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
    },
    /// No room is left.
    #[error("the disk of {} is full, and nothing of this was kept; free some space and run the command again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The store was replaced or removed while it was open.
    #[error("{} was replaced or erased by another nightmend meanwhile; run the command again", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder could not be read, made or written.
    #[error("{}: {source}; check that the path exists and that you may use it", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is in the way.
    #[error("{} exists already and was left as it is; give another name, or say that it may be overwritten", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The person has nothing that could be undone.
    #[error("there is nothing to undo for {person}; see `nightmend history --person {person}`")]
    NothingToUndo {
        /// The person.
        person: String,
    },
    /// No act has that number.
    #[error("there is no act {act}; see `nightmend history` for the numbers")]
    UnknownAct {
        /// The number.
        act: ActId,
    },
    /// The act was undone before.
    #[error("act {act} is undone already, by act {by}; to bring it back, undo act {by}")]
    AlreadyUndone {
        /// The act.
        act: ActId,
        /// The act that undid it.
        by: ActId,
    },
    /// Nobody of that name is in the store.
    #[error(
        "there is nobody called {person} in the store; check the name, or leave --person out to see all names"
    )]
    UnknownPerson {
        /// The name.
        person: String,
    },
    /// A record of an import failed half-way, so the import can only be given up.
    #[error(
        "an earlier record of this import could not be written, so nothing of it was kept; solve that and import again"
    )]
    ImportBroken,
    /// A row that this release cannot read, or a fact that it cannot write.
    #[error("{what} is not understood by this nightmend; install the newest one and run the command again")]
    NotUnderstood {
        /// What it is.
        what: String,
    },
    /// Anything else that SQLite says.
    #[error("the store {} could not be used ({source}); run the command again, and if that does not help restore a backup", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

/// A failure inside a read or a write, before the path of the store is put to it.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// A row or a fact that this release does not understand.
    pub(crate) fn not_understood(what: impl Into<String>) -> Self {
        Self::Store(StoreError::NotUnderstood { what: what.into() })
    }

    /// The error for the store at `path`.
    pub(crate) fn at(self, path: &std::path::Path) -> StoreError {
        let source = match self {
            Self::Store(error) => return error,
            Self::Sqlite(source) => source,
        };
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, detail: source.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StoreError::ReadOnly { path }
            }
            Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
            _ => StoreError::Sqlite { path, source },
        }
    }
}

/// What reads and writes inside the store give back.
pub(crate) type Inner<T> = Result<T, Failure>;
