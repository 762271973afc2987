//! Lists what was done to the store, and undoes it: an undo is an act like any other.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use nightmend_domain::PersonName;
use rusqlite::{Connection, Row, params};

use crate::append::{Counts, person_to_read};
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;
use crate::rows::needed_text;
use crate::words::Word;

/// The number of an act, by which a person can undo it. Never given twice within a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId(pub(crate) i64);

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ActId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

impl ActId {
    /// The number, from 1.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What kind of thing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActKind {
    /// Files were read.
    Import,
    /// Questions were answered.
    CheckIn,
    /// Something said before was changed or withdrawn.
    Correction,
    /// Something about an experiment with a step: begun, answered, paused, stopped, extended.
    Step,
    /// Steps were offered. Nobody did anything, so an undo without a number passes it over.
    Offer,
    /// A setting of the person was changed.
    Setting,
    /// An act was taken back.
    Undo,
    /// An undo was taken back.
    Redo,
}

impl Word for ActKind {
    const TABLE: &'static [(Self, &'static str)] = &[
        (Self::Import, "import"),
        (Self::CheckIn, "check-in"),
        (Self::Correction, "correction"),
        (Self::Step, "step"),
        (Self::Offer, "offer"),
        (Self::Setting, "setting"),
        (Self::Undo, "undo"),
        (Self::Redo, "redo"),
    ];
}

impl fmt::Display for ActKind {
    /// Writes the kind as one word: `import`, `check-in`, …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word().unwrap_or("act"))
    }
}

/// One thing that was done to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its number.
    pub id: ActId,
    /// What kind of thing it was.
    pub kind: ActKind,
    /// When it was done, as the caller said.
    pub when: Timestamp,
    /// What was done, in words: `check-in for 2024-05-01: 5 answers`.
    pub what: String,
    /// Everybody it touched, by name.
    pub persons: Vec<PersonName>,
    /// What became of the records it brought, for everybody together.
    pub counts: Counts,
    /// The files it read, for an import.
    pub files: Vec<ImportedFile>,
    /// The act that it took back, for an undo or a redo.
    pub undoes: Option<ActId>,
    /// The act that took it back; `None` while it is in force.
    pub undone_by: Option<ActId>,
}

/// A file that an import read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// As the person gave it.
    pub path: String,
    /// The format it was read as.
    pub format: String,
    /// The SHA-256 of its bytes, where it was read whole.
    pub sha256: Option<[u8; 32]>,
    /// What became of its records.
    pub counts: Counts,
    /// Its records that were refused.
    pub refused: u64,
}

/// What an undo (or the undo of an undo) did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The act that was taken back, or brought back.
    pub act: Act,
    /// The new act that did so; undoing that one restores the former state.
    pub by: Act,
}

impl Store {
    /// The acts that touched a person, newest first, at most `limit` of them. Nobody of that name: none.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn history(&self, person: &PersonName, limit: usize) -> Result<Vec<Act>, StoreError> {
        self.read(|connection| {
            let Some(person) = person_to_read(connection, person)? else { return Ok(Vec::new()) };
            let mut statement = connection
                .prepare_cached("SELECT act FROM act_person WHERE person = ?1 ORDER BY act DESC LIMIT ?2")?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![person, limit])?;
            let mut acts = Vec::new();
            while let Some(row) = rows.next()? {
                acts.push(load(connection, row.get(0)?)?);
            }
            Ok(acts)
        })
    }

    /// The act of that number.
    ///
    /// # Errors
    /// No such act, or a store that cannot be read.
    pub fn act(&self, act: ActId) -> Result<Act, StoreError> {
        self.read(|connection| load(connection, act.0))
    }

    /// Takes back the latest act of a person that is in force; again, the one before. An import is taken back
    /// whole, for everybody whom it touched ([`Act::persons`] says whom).
    ///
    /// What another import said as well stays: it stands as long as one of the acts that told it.
    ///
    /// # Errors
    /// Nothing left to undo, or a store that cannot be written to.
    pub fn undo(&mut self, person: &PersonName, when: Timestamp) -> Result<Undone, StoreError> {
        self.write(|connection| {
            let latest: Option<i64> = connection.query_row(
                "SELECT max(a.id) FROM act a
                 JOIN act_person ap ON ap.act = a.id JOIN person p ON p.id = ap.person
                 WHERE p.name = ?1 AND a.undone_by IS NULL AND a.kind NOT IN ('undo', 'redo', 'offer')",
                [person.as_str()],
                |row| row.get(0),
            )?;
            match latest {
                Some(act) => take_back(connection, ActId(act), when),
                None => Err(StoreError::NothingToUndo { person: person.to_string() }.into()),
            }
        })
    }

    /// Takes back one act, wherever it stands in the history. Of an undo that means to bring back what it undid.
    ///
    /// # Errors
    /// No such act, one that is undone already, or a store that cannot be written to.
    pub fn undo_act(&mut self, act: ActId, when: Timestamp) -> Result<Undone, StoreError> {
        self.write(|connection| take_back(connection, act, when))
    }
}

fn take_back(connection: &Connection, id: ActId, when: Timestamp) -> Inner<Undone> {
    let act = load(connection, id.0)?;
    if let Some(by) = act.undone_by {
        return Err(StoreError::AlreadyUndone { act: id, by }.into());
    }
    let (target, kind) = match (act.kind, act.undoes) {
        (ActKind::Undo, Some(undone)) => (undone, ActKind::Redo),
        // A redo has left the act it brought back in force, so that one is taken back again.
        (ActKind::Redo, Some(undo)) => {
            let brought_back = load(connection, undo.0)?.undoes.unwrap_or(undo);
            return take_back(connection, brought_back, when);
        }
        _ => (id, ActKind::Undo),
    };
    let target_act = load(connection, target.0)?;
    let verb = if kind == ActKind::Undo { "undo of" } else { "brought back:" };
    let what = format!("{verb} {} (act {target})", target_act.what);
    let by = insert(connection, kind, when, &what, Some(id))?;
    connection.execute(
        "INSERT INTO act_person (act, person) SELECT ?1, person FROM act_person WHERE act = ?2",
        [by, target.0],
    )?;
    let set = "UPDATE act SET undone_by = ?2 WHERE id = ?1";
    if kind == ActKind::Undo {
        connection.execute(set, params![target.0, by])?;
    } else {
        connection.execute(set, params![target.0, None::<i64>])?;
        connection.execute(set, params![id.0, by])?;
    }
    Ok(Undone { act: load(connection, target.0)?, by: load(connection, by)? })
}

/// Writes an act.
pub(crate) fn insert(
    connection: &Connection,
    kind: ActKind,
    when: Timestamp,
    what: &str,
    undoes: Option<ActId>,
) -> Inner<i64> {
    connection
        .prepare_cached("INSERT INTO act (kind, at, note, undoes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kind.word()?, when.to_string(), what, undoes.map(|act| act.0)])?;
    Ok(connection.last_insert_rowid())
}

/// Reads an act with its persons and files.
pub(crate) fn load(connection: &Connection, id: i64) -> Inner<Act> {
    let mut statement =
        connection.prepare_cached("SELECT id, kind, at, note, undoes, undone_by FROM act WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Err(StoreError::UnknownAct { act: ActId(id) }.into()) };
    let (persons, counts) = persons(connection, id)?;
    let when = needed_text(row, 2)?;
    Ok(Act {
        id: ActId(id),
        kind: ActKind::from_word(needed_text(row, 1)?)?,
        when: when.parse().map_err(|_| Failure::not_understood(format!("the stored time '{when}'")))?,
        what: row.get(3)?,
        persons,
        counts,
        files: files(connection, id)?,
        undoes: row.get::<_, Option<i64>>(4)?.map(ActId),
        undone_by: row.get::<_, Option<i64>>(5)?.map(ActId),
    })
}

fn persons(connection: &Connection, act: i64) -> Inner<(Vec<PersonName>, Counts)> {
    let mut statement = connection.prepare_cached(
        "SELECT p.name, ap.kept, ap.known, ap.superseded, ap.unmapped
         FROM act_person ap JOIN person p ON p.id = ap.person WHERE ap.act = ?1 ORDER BY p.name",
    )?;
    let mut rows = statement.query([act])?;
    let (mut persons, mut counts) = (Vec::new(), Counts::default());
    while let Some(row) = rows.next()? {
        persons.push(person_name(row, 0)?);
        counts += Counts::of_columns(row, 1)?;
    }
    Ok((persons, counts))
}

fn files(connection: &Connection, act: i64) -> Inner<Vec<ImportedFile>> {
    let mut statement = connection.prepare_cached(
        "SELECT path, format, sha256, refused, kept, known, superseded, unmapped
         FROM import_file WHERE act = ?1 ORDER BY position",
    )?;
    let files = statement.query_map([act], |row| {
        Ok(ImportedFile {
            path: row.get(0)?,
            format: row.get(1)?,
            sha256: row.get(2)?,
            refused: row.get::<_, i64>(3)?.try_into().unwrap_or(0),
            counts: Counts::of_columns(row, 4)?,
        })
    })?;
    files.collect::<Result<_, _>>().map_err(Failure::from)
}

/// Reads the name of a person.
pub(crate) fn person_name(row: &Row<'_>, index: usize) -> Inner<PersonName> {
    let text = needed_text(row, index)?;
    PersonName::new(text).map_err(|_| Failure::not_understood(format!("the stored name '{text}'")))
}
