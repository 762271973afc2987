//! Deletes what is known of a person, or everything, and proves that it is gone.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use nightmend_domain::PersonName;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::acts::person_name;
use crate::append::person_to_read;
use crate::backup::{REPLACED, be_alone};
use crate::error::{Failure, Inner, StoreError};
use crate::files;
use crate::open::{DATABASE, LOCK, Store};

/// What to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EraseScope {
    /// One person.
    Person(PersonName),
    /// Everybody: the store itself.
    Everything,
}

/// What is known of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCounts {
    /// Who.
    pub person: PersonName,
    /// Their observations, superseded and undone ones included.
    pub observations: u64,
    /// Acts that touched them.
    pub acts: u64,
    /// Changes of settings.
    pub settings: u64,
}

/// What an erasure would delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasePreview {
    /// Whose records, by name.
    pub persons: Vec<PersonCounts>,
    /// Derived results, which are dropped whole in either case.
    pub derived: u64,
    /// Files that would be removed, with their sizes in bytes. For one person only what stands beside the store:
    /// a store that a restore replaced, and unfinished files.
    pub files: Vec<(PathBuf, u64)>,
}

/// What was found after an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureProof {
    /// What was deleted.
    pub deleted: ErasePreview,
    /// Rows of the erased persons that are still in the store: none.
    pub rows_left: u64,
    /// Files of the folder that were read byte by byte, with their sizes.
    pub files_read: Vec<(PathBuf, u64)>,
    /// Of the sample texts those that are still in one of these files.
    pub samples_left: Vec<String>,
}

impl ErasureProof {
    /// Whether nothing is left.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows_left == 0 && self.samples_left.is_empty()
    }
}

impl Store {
    /// What an erasure would delete: nothing is changed. Backups and exports elsewhere are not touched by an
    /// erasure and are not listed here; the person should be told so.
    ///
    /// # Errors
    /// Nobody of that name, or a store that cannot be read.
    pub fn erase_preview(&self, scope: &EraseScope) -> Result<ErasePreview, StoreError> {
        let (persons, derived) = self.read(|connection| {
            let persons = match scope {
                EraseScope::Person(person) => vec![counts(connection, person)?],
                EraseScope::Everything => all_counts(connection)?,
            };
            Ok((persons, count(connection, "SELECT count(*) FROM derived", [])?))
        })?;
        let mut files = Vec::new();
        for (path, bytes) in files_of(&self.folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_live = [DATABASE, LOCK].contains(&&*name) || name.starts_with("nightmend.db-");
            if *scope == EraseScope::Everything || !is_live {
                files.push((path, bytes));
            }
        }
        Ok(ErasePreview { persons, derived, files })
    }

    /// Deletes, and looks whether anything is left: rows, and in all files of the folder the bytes of the sample
    /// texts (a note of the person, say; not one that others wrote too). The store has to be opened again.
    ///
    /// Freed pages are overwritten, the file is rebuilt and the log emptied. What a disk or a file system keeps
    /// of former blocks by itself, and backups elsewhere, are out of reach.
    ///
    /// # Errors
    /// Nobody of that name, or a store that another process has open; then nothing was deleted.
    pub fn erase(self, scope: &EraseScope, samples: &[&str]) -> Result<ErasureProof, StoreError> {
        self.refuse_if_read_only()?;
        let deleted = self.erase_preview(scope)?;
        let Self { connection, folder, file, .. } = self;
        drop(connection);
        let mut alone = be_alone(&file)?;
        let run = |alone: &mut Connection| -> Inner<u64> {
            delete(alone, scope)?;
            alone.execute_batch("VACUUM")?;
            rows_left(alone, scope)
        };
        let rows_left = run(&mut alone).map_err(|failure| failure.at(&file))?;
        for (path, _) in &deleted.files {
            if *path != file {
                files::remove(path)?;
            }
        }
        if *scope == EraseScope::Everything {
            files::remove(&file)?;
        }
        drop(alone);
        files::remove(&files::with_suffix(&file, "-journal"))?;
        files::sync_folder(&folder)?;
        let files_read = files_of(&folder)?;
        let samples_left = samples_in(&files_read, samples)?;
        Ok(ErasureProof { deleted, rows_left, files_read, samples_left })
    }
}

fn counts(connection: &Connection, name: &PersonName) -> Inner<PersonCounts> {
    let Some(person) = person_to_read(connection, name)? else {
        return Err(StoreError::UnknownPerson { person: name.to_string() }.into());
    };
    let of = |sql: &str| count(connection, sql, [person]);
    Ok(PersonCounts {
        person: name.clone(),
        observations: of("SELECT count(*) FROM observation WHERE person = ?1")?,
        acts: of("SELECT count(*) FROM act_person WHERE person = ?1")?,
        settings: of("SELECT count(*) FROM setting WHERE person = ?1")?,
    })
}

fn all_counts(connection: &Connection) -> Inner<Vec<PersonCounts>> {
    let mut statement = connection.prepare("SELECT name FROM person ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut persons = Vec::new();
    while let Some(row) = rows.next()? {
        persons.push(counts(connection, &person_name(row, 0)?)?);
    }
    Ok(persons)
}

fn count(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Inner<u64> {
    let count: i64 = connection.query_row(sql, params, |row| row.get(0))?;
    Ok(count.try_into().unwrap_or(0))
}

/// Every table that names a person, in an order in which rows can go.
const OF_PERSON: &[&str] = &["request", "sighting", "contested", "setting", "observation", "act_person"];

/// What goes once nothing refers to it any more, innermost first. An import that others share stays without the
/// paths of files that only the erased person had.
const UNREFERRED: &[&str] = &[
    "DELETE FROM derived",
    "DELETE FROM sleep WHERE observation NOT IN (SELECT id FROM observation)",
    "DELETE FROM sleep_segments WHERE observation NOT IN (SELECT id FROM observation)",
    "DELETE FROM import_file WHERE id NOT IN (SELECT file FROM observation WHERE file IS NOT NULL)
     AND act IN (SELECT act FROM touched)",
    "UPDATE act SET note = 'import' WHERE kind = 'import' AND id IN (SELECT act FROM touched)",
    "UPDATE act SET note = kind || ' of an import' WHERE undoes IN (SELECT act FROM touched)",
    "DELETE FROM import_file WHERE act NOT IN (SELECT act FROM act_person)",
    "DELETE FROM act WHERE id NOT IN (SELECT act FROM act_person)",
    "DELETE FROM source WHERE id NOT IN (SELECT source FROM observation)",
    "DELETE FROM entry_form WHERE id NOT IN (SELECT form FROM observation WHERE form IS NOT NULL)",
];

fn delete(connection: &mut Connection, scope: &EraseScope) -> Inner<()> {
    // The tables are emptied in an order of their own; what refers to what is checked at the end.
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    match scope {
        EraseScope::Everything => {
            let everything =
                ["sleep", "sleep_segments", "import_file", "act", "source", "entry_form", "derived"];
            for table in OF_PERSON.iter().chain(&everything).chain(&["person"]) {
                transaction.execute(&format!("DELETE FROM {table}"), [])?;
            }
        }
        EraseScope::Person(name) => delete_person(&transaction, name)?,
    }
    let dangling = count(&transaction, "SELECT count(*) FROM pragma_foreign_key_check", [])?;
    if dangling > 0 {
        return Err(Failure::not_understood("a row that refers to an erased one"));
    }
    transaction.commit()?;
    Ok(())
}

fn delete_person(transaction: &Transaction<'_>, name: &PersonName) -> Inner<()> {
    let Some(person) = person_to_read(transaction, name)? else {
        return Err(StoreError::UnknownPerson { person: name.to_string() }.into());
    };
    transaction.execute_batch("CREATE TEMP TABLE touched (act INTEGER PRIMARY KEY)")?;
    transaction.execute("INSERT INTO touched SELECT act FROM act_person WHERE person = ?1", [person])?;
    for table in OF_PERSON {
        transaction.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [person])?;
    }
    transaction.execute("DELETE FROM person WHERE id = ?1", [person])?;
    for statement in UNREFERRED {
        transaction.execute(statement, [])?;
    }
    transaction.execute_batch("DROP TABLE touched")?;
    Ok(())
}

fn rows_left(connection: &Connection, scope: &EraseScope) -> Inner<u64> {
    match scope {
        EraseScope::Everything => {
            let tables = OF_PERSON.iter().chain(&["sleep", "sleep_segments", "import_file", "act", "person"]);
            let mut left = 0;
            for table in tables {
                left += count(connection, &format!("SELECT count(*) FROM {table}"), [])?;
            }
            Ok(left)
        }
        EraseScope::Person(name) => {
            let persons = count(connection, "SELECT count(*) FROM person WHERE name = ?1", [name.as_str()])?;
            let strays = count(
                connection,
                "SELECT count(*) FROM observation WHERE person NOT IN (SELECT id FROM person)",
                [],
            )?;
            Ok(persons + strays)
        }
    }
}

/// The files of ours in a folder, with their sizes: the store, its companions, one that a restore replaced, and
/// what a killed process left unfinished.
fn files_of(folder: &Path) -> Result<Vec<(PathBuf, u64)>, StoreError> {
    let failed = |error: io::Error| files::file_error(folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = name == LOCK
            || name.starts_with(DATABASE)
            || name.starts_with(REPLACED)
            || name.starts_with(files::TEMPORARY_PREFIX);
        if is_ours {
            found.push((entry.path(), entry.metadata().map_err(failed)?.len()));
        }
    }
    found.sort();
    Ok(found)
}

/// Which of the sample texts are in one of the files.
fn samples_in(files_read: &[(PathBuf, u64)], samples: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut left = Vec::new();
    for sample in samples {
        for (path, _) in files_read {
            if contains(path, sample.as_bytes()).map_err(|error| files::file_error(path, error))? {
                left.push((*sample).to_owned());
                break;
            }
        }
    }
    Ok(left)
}

/// Whether a file holds these bytes; read in pieces that overlap, so that a large file needs little memory.
fn contains(path: &Path, wanted: &[u8]) -> io::Result<bool> {
    if wanted.is_empty() {
        return Ok(false);
    }
    let mut reader = BufReader::new(File::open(path)?);
    let mut window = Vec::new();
    loop {
        let kept = window.len();
        let read = reader.by_ref().take(1 << 20).read_to_end(&mut window)?;
        if window.windows(wanted.len()).any(|part| part == wanted) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        debug_assert!(window.len() >= kept);
        let tail = window.len().saturating_sub(wanted.len() - 1);
        window.drain(..tail);
    }
}
