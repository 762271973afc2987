//! Opens the store of a folder for writing or for reading only.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::error::{Failure, Inner, StoreError};
use crate::files;
use crate::migrate::{self, Found};

/// The database within the folder.
pub(crate) const DATABASE: &str = "nightmend.db";
/// The file whose lock keeps two processes from migrating at once.
pub(crate) const LOCK: &str = "nightmend.lock";
/// How long a write waits for another process's: longer than any import we know of.
const WAIT: Duration = Duration::from_secs(30);
/// Statements kept ready; more than the store has.
const STATEMENTS: usize = 64;

/// All that is known of some persons, kept in one folder.
///
/// A store may be open in several processes and several times in one process. Writes wait for each other (up to
/// 30 s), reads wait for nobody.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) folder: PathBuf,
    pub(crate) file: PathBuf,
    /// Taken before the connection was made, so that a file replaced meanwhile is noticed.
    pub(crate) identity: Option<(u64, u64)>,
    read_only: bool,
}

impl Store {
    /// Opens the store of a folder for reading and writing; makes folder (mode 0700) and store (mode 0600) where
    /// there are none, and brings an older store up to date.
    ///
    /// # Errors
    /// A folder that cannot be made or written to, a damaged file, or one that a newer release wrote.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        files::make_folder(folder)?;
        let file = folder.join(DATABASE);
        let is_new = files::make_file(&file)?;
        let identity = files::identity(&file);
        let connection = connect_for_writing(&file).map_err(|failure| failure.at(&file))?;
        if is_new {
            files::sync_folder(folder)?;
        }
        Ok(Self { connection, folder: folder.to_owned(), file, identity, read_only: false }.ready())
    }

    /// Opens the store of a folder for reading. It is only ever written to where it is of an older version and
    /// has to be brought up to date first.
    ///
    /// # Errors
    /// A folder without a store, a damaged file, or one that a newer release wrote.
    pub fn open_read_only(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        let file = folder.join(DATABASE);
        let missing = || StoreError::Missing { folder: folder.to_owned() };
        match std::fs::metadata(&file) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(missing());
            }
            Err(error) => return Err(files::file_error(&file, error)),
            Ok(metadata) if metadata.len() == 0 && !files::with_suffix(&file, "-wal").exists() => {
                return Err(missing());
            }
            Ok(_) => {}
        }
        let (connection, found) = connect_for_reading(&file).map_err(|failure| failure.at(&file))?;
        match found {
            Found::Empty => Err(missing()),
            Found::Version(migrate::NEWEST) => {
                let folder = folder.to_owned();
                Ok(Self { connection, folder, file, identity: None, read_only: true }.ready())
            }
            Found::Version(_) => {
                drop(connection);
                drop(Self::open(folder)?);
                Self::open_read_only(folder)
            }
        }
    }

    /// The folder of the store.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn ready(self) -> Self {
        self.connection.set_prepared_statement_cache_capacity(STATEMENTS);
        self
    }

    /// Runs reads that all see the same state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Inner<T>) -> Result<T, StoreError> {
        let run = || {
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|failure: Failure| failure.at(&self.file))
    }

    /// Runs writes as one: all of them are on the disk when this returns, or none.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Inner<T>,
    ) -> Result<T, StoreError> {
        self.refuse_if_read_only()?;
        let Self { connection, file, identity, .. } = self;
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            refuse_if_replaced(file, *identity)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|failure: Failure| failure.at(&self.file))
    }

    /// Begins a write that outlives this call; whoever calls must end it with `COMMIT` or `ROLLBACK`.
    pub(crate) fn begin_write(&self) -> Inner<()> {
        self.refuse_if_read_only()?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        refuse_if_replaced(&self.file, self.identity).inspect_err(|_| self.roll_back())?;
        Ok(())
    }

    /// Gives up a write begun by [`Store::begin_write`].
    pub(crate) fn roll_back(&self) {
        // SQLite may have rolled back by itself (a full disk); then there is nothing left to give up, and an
        // error here has no consequence: the transaction ends with the connection at the latest.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    pub(crate) fn refuse_if_read_only(&self) -> Result<(), StoreError> {
        if self.read_only { Err(StoreError::ReadOnly { path: self.file.clone() }) } else { Ok(()) }
    }
}

/// Refuses to write into a file that was renamed away or removed (by a restore or an erasure) since it was opened:
/// what is written there would be lost.
fn refuse_if_replaced(file: &Path, identity: Option<(u64, u64)>) -> Result<(), StoreError> {
    if identity.is_some() && files::identity(file) != identity {
        return Err(StoreError::Replaced { path: file.to_owned() });
    }
    Ok(())
}

/// A connection on a file that exists, brought up to date and in write-ahead mode.
pub(crate) fn connect_for_writing(file: &Path) -> Inner<Connection> {
    let mut connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(WAIT)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -32768;
         PRAGMA foreign_keys = ON;",
    )?;
    if !is_ready(&connection, file)? {
        let lock = files::open_lock_file(&files::folder_of(file).join(LOCK))?;
        match lock.lock() {
            // A file system without locks: SQLite's own still keep the file whole, and the loser of a race
            // for the first opening gets an error instead of a wait.
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            locked => locked.map_err(|error| files::file_error(file, error))?,
        }
        if !is_ready(&connection, file)? {
            connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            connection.set_transaction_behavior(TransactionBehavior::Immediate);
            migrate::bring_up_to_date(&mut connection)?;
            connection.set_transaction_behavior(TransactionBehavior::Deferred);
        }
    }
    Ok(connection)
}

/// Whether a database is of the newest version and in write-ahead mode.
fn is_ready(connection: &Connection, file: &Path) -> Inner<bool> {
    let found = migrate::look(connection, file)?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    Ok(found == Found::Version(migrate::NEWEST) && mode == "wal")
}

/// A connection that cannot write, and what it found.
fn connect_for_reading(file: &Path) -> Inner<(Connection, Found)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let look = |connection: Connection| -> Inner<(Connection, Found)> {
        connection.busy_timeout(WAIT)?;
        connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;")?;
        let found = migrate::look(&connection, file)?;
        Ok((connection, found))
    };
    let first = Connection::open_with_flags(file, flags).map_err(Failure::from).and_then(look);
    let is_refused = matches!(&first, Err(Failure::Sqlite(error))
        if matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)));
    if is_refused && std::fs::metadata(files::with_suffix(file, "-wal")).map_or(0, |wal| wal.len()) == 0 {
        // In a folder without permission to write, SQLite cannot lay its shared memory beside the file. Nobody
        // else can write there either, and no log is waiting: the file may be read as it is.
        let unchanging = Connection::open_with_flags(uri(file), flags | OpenFlags::SQLITE_OPEN_URI)?;
        return look(unchanging);
    }
    first
}

fn uri(file: &Path) -> String {
    let mut encoded = String::from("file:");
    for character in file.to_string_lossy().chars() {
        match character {
            '%' => encoded.push_str("%25"),
            '?' => encoded.push_str("%3f"),
            '#' => encoded.push_str("%23"),
            other => encoded.push(other),
        }
    }
    encoded + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use nightmend_domain::{Fact, Observation, PersonName, Provenance, RecordKey, SourceName, trackers};

    use super::*;
    use crate::import_session::ImportDescription;

    fn note(number: usize) -> Observation {
        Observation {
            key: RecordKey::new(&format!("note/{number}")).unwrap(),
            date: "2024-05-01".parse().unwrap(),
            at: None,
            fact: Fact::Entry(trackers::NOTE.text(&"long ".repeat(200))),
            provenance: Provenance { source: SourceName::new("diary").unwrap(), place: String::new() },
        }
    }

    #[test]
    fn a_locked_store_asks_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Store::open(folder.path()).unwrap();
        let mut second = Store::open(folder.path()).unwrap();
        second.connection.busy_timeout(Duration::from_millis(20)).unwrap();
        let me = PersonName::new("me").unwrap();
        let description = ImportDescription { when: jiff::Timestamp::UNIX_EPOCH, paths: vec![] };
        let mut session = first.begin_import(&description).unwrap();
        session.append(&me, &note(1)).unwrap();
        let error = second.append_check_in(&me, &[note(2)], description.when).unwrap_err();
        assert!(matches!(error, StoreError::Busy { .. }), "{error}");
        assert!(error.to_string().contains("wait until it has finished"), "{error}");
        session.commit().unwrap();
        second.append_check_in(&me, &[note(2)], description.when).unwrap();
        assert_eq!(second.current(&me, ..).unwrap().len(), 2);
    }

    #[test]
    fn a_full_disk_keeps_what_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let me = PersonName::new("me").unwrap();
        let when = jiff::Timestamp::UNIX_EPOCH;
        store.append_check_in(&me, &[note(0)], when).unwrap();
        let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        // SQLite answers a limit on pages as it answers a disk without room.
        store
            .connection
            .query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(()))
            .unwrap();
        let mut session = store.begin_import(&ImportDescription { when, paths: vec![] }).unwrap();
        let mut full = (1..999).map(|number| session.append(&me, &note(number)));
        let error = full.find_map(Result::err).unwrap();
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
        assert!(error.to_string().contains("free some space"), "{error}");
        assert!(matches!(session.append(&me, &note(0)), Err(StoreError::ImportBroken)));
        assert!(session.commit().is_err());
        assert_eq!(store.current(&me, ..).unwrap(), [note(0)]);
        store.connection.query_row("PRAGMA max_page_count = 99999", [], |_| Ok(())).unwrap();
        store.append_check_in(&me, &[note(1)], when).unwrap();
    }

    #[test]
    fn writes_wait_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let pragma = |name: &str| -> String {
            let sql = format!("PRAGMA {name}");
            store
                .connection
                .query_row(&sql, [], |row| {
                    row.get::<_, rusqlite::types::Value>(0).map(|value| format!("{value:?}"))
                })
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), "Text(\"wal\")");
        assert_eq!(pragma("synchronous"), "Integer(2)");
        assert_eq!(pragma("secure_delete"), "Integer(1)");
        assert_eq!(pragma("foreign_keys"), "Integer(1)");
    }
}
