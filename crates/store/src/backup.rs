//! Copies a store into one file, and puts such a file in a store's place.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempPath;

use crate::error::{Failure, Inner, StoreError};
use crate::files;
use crate::migrate::{self, Found};
use crate::open::{DATABASE, Store, connect_for_writing};

/// The store that a restore replaced, within the folder; the next restore replaces it in turn.
pub(crate) const REPLACED: &str = "nightmend-replaced.db";

/// What to do about a file that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overwrite {
    /// Leave it and fail.
    Refuse,
    /// Put the new one in its place.
    Replace,
}

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMade {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A backup that was put in the place of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The store that it replaced, kept beside the new one. It can be restored like any backup, and removed when
    /// the person is content.
    pub replaced: Option<PathBuf>,
}

impl Store {
    /// Copies everything into one file, also while others write: through a temporary file beside it, which takes
    /// the name only when it is whole and on the disk.
    ///
    /// # Errors
    /// A file that is in the way (unless told to replace it), or one that cannot be written.
    pub fn backup(&self, file: impl AsRef<Path>, overwrite: Overwrite) -> Result<BackupMade, StoreError> {
        let file = file.as_ref();
        if is_same(file, &self.file) {
            return Err(StoreError::Exists { path: file.to_owned() });
        }
        if overwrite == Overwrite::Refuse && file.exists() {
            return Err(StoreError::Exists { path: file.to_owned() });
        }
        let temporary = files::temporary_beside(file)?.into_temp_path();
        copy_database(&self.connection, &temporary).map_err(|failure| failure.at(file))?;
        files::put_in_place(temporary, file, overwrite)?;
        let bytes = fs::metadata(file).map_err(|error| files::file_error(file, error))?.len();
        Ok(BackupMade { file: file.to_owned(), bytes })
    }

    /// Puts a backup in the place of the store of a folder, or makes a store from it where there is none. The
    /// backup is checked first, byte by byte, and brought up to date if it is of an older version; it is only
    /// read. Until the new store is in place under its name the old one stays, and afterwards it is kept beside.
    ///
    /// # Errors
    /// A backup that is damaged, no nightmend store or newer than this release; a store that another process has
    /// open. The store is as it was then.
    pub fn restore(folder: impl AsRef<Path>, backup: impl AsRef<Path>) -> Result<Restored, StoreError> {
        let (folder, backup) = (folder.as_ref(), backup.as_ref());
        files::make_folder(folder)?;
        let store = folder.join(DATABASE);
        if is_same(backup, &store) {
            return Err(StoreError::InUse { path: store });
        }
        let checked = checked_copy(backup, &store)?;
        let aside = set_aside(folder, &store)?;
        // Elsewhere than on Unix an open file cannot be replaced.
        #[cfg(not(unix))]
        let aside = Aside { alone: None, ..aside };
        files::put_in_place(checked, &store, Overwrite::Replace)?;
        drop(aside.alone);
        Ok(Restored { replaced: aside.replaced })
    }
}

fn is_same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// Copies a database, as of one moment, into an empty file.
fn copy_database(connection: &Connection, target: &Path) -> Inner<()> {
    let target = target.to_str().ok_or_else(|| Failure::not_understood("a path that is not Unicode"))?;
    connection.execute("VACUUM INTO ?1", [target])?;
    Ok(())
}

/// A checked copy of a backup beside the store, of the newest version and in write-ahead mode.
fn checked_copy(backup: &Path, store: &Path) -> Result<TempPath, StoreError> {
    if let Err(error) = fs::metadata(backup) {
        return Err(files::file_error(backup, error));
    }
    let temporary = files::temporary_beside(store)?.into_temp_path();
    check_and_copy(backup, &temporary).map_err(|failure| failure.at(backup))?;
    let upgrade = || {
        let connection = connect_for_writing(&temporary)?;
        // Leaves no log behind, so that the one file is the whole store.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    };
    upgrade().map_err(|failure: Failure| failure.at(store))?;
    Ok(temporary)
}

fn check_and_copy(backup: &Path, copy: &Path) -> Inner<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(backup, flags)?;
    if migrate::look(&connection, backup)? == Found::Empty {
        return Err(StoreError::NotAStore { path: backup.to_owned() }.into());
    }
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Damaged { path: backup.to_owned(), detail: verdict }.into());
    }
    copy_database(&connection, copy)
}

/// The former store under its other name, and what keeps others from writing to it meanwhile.
struct Aside {
    replaced: Option<PathBuf>,
    alone: Option<Connection>,
}

/// Keeps the present store under another name too, whole in one file.
fn set_aside(folder: &Path, store: &Path) -> Result<Aside, StoreError> {
    if !store.exists() {
        // A log without its store must not be taken for the log of the new one.
        files::remove(&files::with_suffix(store, "-wal"))?;
        files::remove(&files::with_suffix(store, "-shm"))?;
        return Ok(Aside { replaced: None, alone: None });
    }
    let replaced = folder.join(REPLACED);
    files::remove(&replaced)?;
    let alone = match be_alone(store) {
        Ok(alone) => {
            // The store keeps its own name until the new one takes it.
            if fs::hard_link(store, &replaced).is_err() {
                fs::copy(store, &replaced).map_err(|error| files::file_error(&replaced, error))?;
            }
            Some(alone)
        }
        Err(StoreError::Damaged { .. } | StoreError::NotAStore { .. }) => {
            // It cannot be opened, so it is moved away as it is, with its log.
            for suffix in ["-wal", "-shm", ""] {
                let (from, to) = (files::with_suffix(store, suffix), files::with_suffix(&replaced, suffix));
                match fs::rename(&from, &to) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(files::file_error(&from, error));
                    }
                    _ => {}
                }
            }
            None
        }
        Err(other) => return Err(other),
    };
    files::sync_folder(folder)?;
    Ok(Aside { replaced: Some(replaced), alone })
}

/// A connection that nobody else has beside it: the log is folded into the file, and whoever wants to open the
/// store waits. Fails where anybody, in this process or another, has the store open.
pub(crate) fn be_alone(store: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || -> Inner<Connection> {
        let connection = Connection::open_with_flags(store, flags)?;
        migrate::look(&connection, store)?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
        )?;
        // Leaving write-ahead mode is refused as long as another connection exists.
        let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        if mode != "delete" {
            return Err(StoreError::InUse { path: store.to_owned() }.into());
        }
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        Ok(connection)
    };
    connect().map_err(|failure| match failure.at(store) {
        StoreError::Busy { .. } => StoreError::InUse { path: store.to_owned() },
        other => other,
    })
}
