//! Takes the records of an import into the store as one act that is there as a whole or not at all.

use std::path::Path;

use jiff::Timestamp;
use nightmend_domain::{Observation, PersonName};
use rusqlite::params;

use crate::acts::{ActId, ActKind};
use crate::append::{Counts, FileRow, Naming, NewAct, Outcome, Repeat, Writer};
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;

/// What an import is, for the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDescription {
    /// When it was asked for.
    pub when: Timestamp,
    /// The files and folders as the person named them.
    pub paths: Vec<String>,
}

/// What became of the records of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCounts {
    /// The file, as it was named to [`ImportSession::begin_file`].
    pub path: String,
    /// The format it was read as.
    pub format: String,
    /// The records that reached the store.
    pub counts: Counts,
    /// The records that did not.
    pub refused: u64,
}

impl FileCounts {
    /// All records that were read: kept + known + superseded + unmapped + refused.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.counts.total() + self.refused
    }
}

/// What an import did, or would have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReceipt {
    /// The act, by which it can be undone; `None` where nothing was written.
    pub act: Option<ActId>,
    /// What became of all records that reached the store.
    pub counts: Counts,
    /// The files, in the order in which they were begun.
    pub files: Vec<FileCounts>,
}

/// An import on its way.
///
/// Nothing of it is in the store before [`ImportSession::commit`]; a session that is dropped, or whose process
/// ends, leaves nothing. From its first record on it keeps other writers waiting, so it should not be left open.
#[derive(Debug)]
pub struct ImportSession<'store> {
    store: &'store mut Store,
    act: NewAct,
    writer: Option<Writer>,
    is_broken: bool,
    total: Counts,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    row: FileRow,
    sha256: Option<[u8; 32]>,
    counts: Counts,
    refused: u64,
}

impl Store {
    /// Begins an import. Nothing is locked before its first record.
    ///
    /// # Errors
    /// A store that was opened for reading only.
    pub fn begin_import(&mut self, description: &ImportDescription) -> Result<ImportSession<'_>, StoreError> {
        let ImportDescription { when, paths } = description;
        let act = NewAct { kind: ActKind::Import, when: *when, what: import_words(paths) };
        self.refuse_if_read_only()?;
        Ok(ImportSession {
            store: self,
            act,
            writer: None,
            is_broken: false,
            total: Counts::default(),
            files: Vec::new(),
        })
    }
}

fn import_words(paths: &[String]) -> String {
    match paths {
        [] => "import".to_owned(),
        [only] => format!("import of {only}"),
        [first, rest @ ..] => format!("import of {first} and {} more", rest.len()),
    }
}

impl ImportSession<'_> {
    /// Begins a file (or a member of an archive): the records appended from now on were read from it.
    pub fn begin_file(&mut self, path: &Path, format: &str) {
        self.leave_file();
        let path = path.to_string_lossy().into_owned();
        let position = i64::try_from(self.files.len()).unwrap_or(i64::MAX);
        let row = FileRow { id: None, position, path, format: format.to_owned() };
        if let Some(writer) = &mut self.writer {
            writer.file = Some(row.clone());
        }
        self.files.push(File { row, sha256: None, counts: Counts::default(), refused: 0 });
    }

    /// Ends the file begun last, with the hash of its bytes (where it was read whole) and the number of its
    /// records that were refused; gives what became of its records. Without a file begun it gives `None`.
    pub fn end_file(&mut self, sha256: Option<[u8; 32]>, refused: u64) -> Option<FileCounts> {
        self.leave_file();
        let file = self.files.last_mut()?;
        file.sha256 = sha256;
        file.refused = refused;
        Some(file.counts())
    }

    /// Appends a record of a person.
    ///
    /// # Errors
    /// A store that cannot be written to. The import can only be given up then.
    pub fn append(&mut self, person: &PersonName, observation: &Observation) -> Result<Outcome, StoreError> {
        self.append_named(person, observation, Naming::Mapped)
    }

    /// Appends a record that holds the text of something that no map names.
    ///
    /// # Errors
    /// As [`ImportSession::append`].
    pub fn append_unmapped(
        &mut self,
        person: &PersonName,
        observation: &Observation,
    ) -> Result<Outcome, StoreError> {
        self.append_named(person, observation, Naming::Unmapped)
    }

    /// Writes the import. It is on the disk when this returns. Where nothing in it was new, nothing is written
    /// and there is no act.
    ///
    /// # Errors
    /// A store that cannot be written to; then nothing of the import was kept.
    pub fn commit(mut self) -> Result<ImportReceipt, StoreError> {
        if self.is_broken {
            return Err(StoreError::ImportBroken);
        }
        let act = self.write_end().map_err(|failure| failure.at(&self.store.file))?;
        let mut receipt = self.receipt();
        receipt.act = act.map(ActId);
        Ok(receipt)
    }

    /// Gives the import up and says what it would have done (a dry run).
    #[must_use]
    pub fn abandon(mut self) -> ImportReceipt {
        self.leave_file();
        self.receipt()
    }

    fn append_named(
        &mut self,
        person: &PersonName,
        observation: &Observation,
        naming: Naming,
    ) -> Result<Outcome, StoreError> {
        if self.is_broken {
            return Err(StoreError::ImportBroken);
        }
        match self.try_append(person, observation, naming) {
            Ok(outcome) => {
                self.total.count(outcome);
                if let Some(file) = self.files.last_mut() {
                    file.counts.count(outcome);
                }
                Ok(outcome)
            }
            Err(failure) => {
                self.is_broken = true;
                Err(failure.at(&self.store.file))
            }
        }
    }

    fn try_append(
        &mut self,
        person: &PersonName,
        observation: &Observation,
        naming: Naming,
    ) -> Inner<Outcome> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                self.store.begin_write()?;
                let mut writer = Writer::new(&self.store.connection, self.act.clone())?;
                writer.file = self.files.last().map(|file| file.row.clone());
                self.writer.insert(writer)
            }
        };
        writer.append(&self.store.connection, person, observation, Repeat::OfAny, naming)
    }

    /// Takes back the file's row, which has its number now where a record of it was written.
    fn leave_file(&mut self) {
        let row = self.writer.as_mut().and_then(|writer| writer.file.take());
        if let (Some(row), Some(file)) = (row, self.files.last_mut()) {
            file.row = row;
        }
    }

    fn write_end(&mut self) -> Inner<Option<i64>> {
        self.leave_file();
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let connection = &self.store.connection;
        let Some(act) = writer.act() else { return Ok(None) };
        for File { row, sha256, counts, refused } in &mut self.files {
            let id = row.id(connection, act)?;
            let [kept, known, superseded, unmapped] = counts.columns();
            let refused = i64::try_from(*refused).unwrap_or(i64::MAX);
            connection
                .prepare_cached(
                    "UPDATE import_file SET sha256 = ?2, kept = ?3, known = ?4, superseded = ?5, unmapped = ?6,
                     refused = ?7 WHERE id = ?1",
                )?
                .execute(params![id, sha256.as_ref(), kept, known, superseded, unmapped, refused])?;
        }
        let act = writer.finish(connection)?;
        connection.execute_batch("COMMIT").map_err(Failure::from)?;
        Ok(act)
    }

    fn receipt(&self) -> ImportReceipt {
        let files: Vec<_> = self.files.iter().map(File::counts).collect();
        ImportReceipt { act: None, counts: self.total, files }
    }
}

impl File {
    fn counts(&self) -> FileCounts {
        let Self { row, sha256: _, counts, refused } = self;
        FileCounts { path: row.path.clone(), format: row.format.clone(), counts: *counts, refused: *refused }
    }
}

impl Drop for ImportSession<'_> {
    fn drop(&mut self) {
        self.store.roll_back();
    }
}
