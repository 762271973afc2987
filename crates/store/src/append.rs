//! Appends observations: what is new is kept, what is known is left, what differs stands from then on.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use jiff::Timestamp;
use nightmend_domain::{Fact, Observation, PersonName, SourceName};
use rusqlite::{Connection, OptionalExtension, params};

use crate::acts::{self, ActId, ActKind};
use crate::content::{ContentHash, content_hash};
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;
use crate::rows::{Content, Forms, content, time_text};
use crate::sleep_rows;
use crate::standing::{Arrival, Order, Standing};

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is new and was kept.
    Kept,
    /// The same was said before, with the same key; nothing was written.
    Known,
    /// Something else was said before with the same key. Both are kept; the newer stands.
    Superseded,
    /// It is new and was kept, as a text that no map names.
    Unmapped,
}

/// How many records came to which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Counts {
    /// New and kept.
    pub kept: u64,
    /// Said before; nothing was written.
    pub known: u64,
    /// Kept in the place of an earlier value.
    pub superseded: u64,
    /// New and kept as a text that no map names.
    pub unmapped: u64,
}

impl Counts {
    /// All records.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.kept + self.known + self.superseded + self.unmapped
    }

    /// The records that were written: all but the known ones.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.total() - self.known
    }

    /// Kept, known, superseded, unmapped as SQLite's whole numbers.
    pub(crate) fn columns(self) -> [i64; 4] {
        let Self { kept, known, superseded, unmapped } = self;
        [kept, known, superseded, unmapped].map(|count| i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The counts of four columns in the order of [`Counts::columns`].
    pub(crate) fn of_columns(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let count =
            |index: usize| row.get::<_, i64>(first + index).map(|count| count.try_into().unwrap_or(0));
        Ok(Self { kept: count(0)?, known: count(1)?, superseded: count(2)?, unmapped: count(3)? })
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Kept => &mut self.kept,
            Outcome::Known => &mut self.known,
            Outcome::Superseded => &mut self.superseded,
            Outcome::Unmapped => &mut self.unmapped,
        } += 1;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.known += other.known;
        self.superseded += other.superseded;
        self.unmapped += other.unmapped;
    }
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The act, by which it can be undone; `None` where all was known and nothing was written.
    pub act: Option<ActId>,
    /// What became of the records.
    pub counts: Counts,
}

/// What became of a check-in that was sent under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It was written now.
    Now(Receipt),
    /// It arrived before: nothing was written.
    Before {
        /// The act of the first sending; `None` where all of it was known then.
        act: Option<ActId>,
    },
}

impl Store {
    /// Appends the answers of one check-in as one act. They are on the disk when this returns: neither a killed
    /// process nor a power cut takes them away.
    ///
    /// An answer that is the same as the one standing (with the same time of saying) is known; any other stands
    /// from now on.
    ///
    /// # Errors
    /// A store that cannot be written to; then nothing of the check-in was kept.
    pub fn append_check_in(
        &mut self,
        person: &PersonName,
        observations: &[Observation],
        when: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let what = check_in_words(observations);
        self.append_act(person, observations, NewAct { kind: ActKind::CheckIn, when, what })
    }

    /// As [`Store::append_check_in`], for a sender that may not learn whether an earlier sending arrived: what was
    /// sent under the same key before is not written again, even if it was undone meanwhile.
    ///
    /// # Errors
    /// As [`Store::append_check_in`].
    pub fn append_check_in_once(
        &mut self,
        person: &PersonName,
        observations: &[Observation],
        when: Timestamp,
        key: &str,
    ) -> Result<Sending, StoreError> {
        let what = check_in_words(observations);
        self.write(|connection| {
            if let Some(act) = sent_before(connection, person, key)? {
                return Ok(Sending::Before { act });
            }
            let mut writer = Writer::new(connection, NewAct { kind: ActKind::CheckIn, when, what })?;
            for observation in observations {
                writer.append(connection, person, observation, Repeat::OfTheNewest, Naming::Mapped)?;
            }
            let counts = writer.counts();
            let sender = writer.person(connection, person)?;
            let act = writer.finish(connection)?;
            connection
                .prepare_cached("INSERT INTO request (person, key, act) VALUES (?1, ?2, ?3)")?
                .execute(params![sender, key, act])?;
            Ok(Sending::Now(Receipt { act: act.map(ActId), counts }))
        })
    }

    /// Appends newer observations in the place of earlier ones (same source and key) as one act; one with
    /// [`Fact::Withdrawn`] takes the earlier away. What was said before remains in the history.
    ///
    /// # Errors
    /// As [`Store::append_check_in`].
    pub fn append_correction(
        &mut self,
        person: &PersonName,
        observations: &[Observation],
        when: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let what = correction_words(observations);
        self.append_act(person, observations, NewAct { kind: ActKind::Correction, when, what })
    }

    /// Appends facts about the steps as one act, which `what` names in words: of an experiment ([`ActKind::Step`]), or what was
    /// offered ([`ActKind::Offer`]), which [`Store::undo`] passes over.
    ///
    /// # Errors
    /// As [`Store::append_check_in`].
    pub fn append_step(
        &mut self,
        person: &PersonName,
        observations: &[Observation],
        (kind, what): (ActKind, &str),
        when: Timestamp,
    ) -> Result<Receipt, StoreError> {
        self.append_act(person, observations, NewAct { kind, when, what: what.to_owned() })
    }

    fn append_act(
        &mut self,
        person: &PersonName,
        observations: &[Observation],
        act: NewAct,
    ) -> Result<Receipt, StoreError> {
        self.write(|connection| {
            let mut writer = Writer::new(connection, act)?;
            for observation in observations {
                writer.append(connection, person, observation, Repeat::OfTheNewest, Naming::Mapped)?;
            }
            let counts = writer.counts();
            Ok(Receipt { act: writer.finish(connection)?.map(ActId), counts })
        })
    }
}

/// The act under which a key was sent; `None` where it never was.
fn sent_before(connection: &Connection, person: &PersonName, key: &str) -> Inner<Option<Option<ActId>>> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(None) };
    let act = connection
        .prepare_cached("SELECT act FROM request WHERE person = ?1 AND key = ?2")?
        .query_row(params![person, key], |row| row.get::<_, Option<i64>>(0))
        .optional()?;
    Ok(act.map(|act| act.map(ActId)))
}

fn check_in_words(observations: &[Observation]) -> String {
    let answers = match observations.len() {
        1 => "1 answer".to_owned(),
        count => format!("{count} answers"),
    };
    format!("check-in{}: {answers}", days_words(observations))
}

fn correction_words(observations: &[Observation]) -> String {
    let withdrawn = observations.iter().filter(|each| each.fact == Fact::Withdrawn).count();
    let changed = observations.len() - withdrawn;
    format!("correction{}: {changed} changed, {withdrawn} withdrawn", days_words(observations))
}

fn days_words(observations: &[Observation]) -> String {
    let days = observations.iter().map(|each| each.date);
    match (days.clone().min(), days.max()) {
        (Some(first), Some(last)) if first == last => format!(" for {first}"),
        (Some(first), Some(last)) => format!(" for {first} to {last}"),
        _ => String::new(),
    }
}

/// Which earlier statement makes a record a known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Any that stands: an old export says again what was corrected since.
    OfAny,
    /// The newest: a person who says a former value again means it.
    OfTheNewest,
}

/// Whether a map names what a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Mapped,
    Unmapped,
}

/// An act to be written with its first record.
#[derive(Debug, Clone)]
pub(crate) struct NewAct {
    pub(crate) kind: ActKind,
    pub(crate) when: Timestamp,
    pub(crate) what: String,
}

/// An imported file to be written with its first record.
#[derive(Debug, Clone)]
pub(crate) struct FileRow {
    pub(crate) id: Option<i64>,
    pub(crate) position: i64,
    pub(crate) path: String,
    pub(crate) format: String,
}

impl FileRow {
    /// The number of the file in the store, which is written where it is not yet.
    pub(crate) fn id(&mut self, connection: &Connection, act: i64) -> Inner<i64> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        connection
            .prepare_cached("INSERT INTO import_file (act, position, path, format) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![act, self.position, self.path, self.format])?;
        let id = connection.last_insert_rowid();
        self.id = Some(id);
        Ok(id)
    }
}

/// Appends the records of one act within one transaction. The act is written with the first record that is not
/// known, so that an import of known things changes no byte.
#[derive(Debug)]
pub(crate) struct Writer {
    new_act: NewAct,
    act: Option<i64>,
    pub(crate) file: Option<FileRow>,
    standing: Standing,
    forms: Forms,
    persons: HashMap<PersonName, i64>,
    sources: HashMap<SourceName, i64>,
    next_observation: i64,
    tallies: BTreeMap<i64, Tally>,
}

/// What an act brought for one person.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    sighted: Vec<i64>,
}

/// An earlier observation of the same key that stands.
struct Earlier {
    id: i64,
    act: i64,
    file: Option<i64>,
    place: String,
    hash: ContentHash,
}

impl Earlier {
    fn arrival(&self) -> Arrival<'_> {
        let Self { id: _, act, file, place, hash } = self;
        Arrival { act: *act, file: *file, place, hash: *hash }
    }
}

impl Writer {
    pub(crate) fn new(connection: &Connection, new_act: NewAct) -> Inner<Self> {
        let last: i64 = connection.query_row(
            "SELECT coalesce(max((SELECT max(id) FROM observation o WHERE o.person = p.id)), 0) FROM person p",
            [],
            |row| row.get(0),
        )?;
        Ok(Self {
            new_act,
            act: None,
            file: None,
            standing: Standing::load(connection)?,
            forms: Forms::load(connection)?,
            persons: HashMap::new(),
            sources: HashMap::new(),
            next_observation: last + 1,
            tallies: BTreeMap::new(),
        })
    }

    /// Appends one record.
    pub(crate) fn append(
        &mut self,
        connection: &Connection,
        person: &PersonName,
        observation: &Observation,
        repeat: Repeat,
        naming: Naming,
    ) -> Inner<Outcome> {
        let person = self.person(connection, person)?;
        let source = self.source(connection, &observation.provenance.source)?;
        let hash = content_hash(observation)?;
        let (earlier, is_contested) = self.earlier(connection, person, source, observation.key.as_str())?;
        let known = match repeat {
            Repeat::OfAny => earlier.iter().find(|each| each.hash == hash),
            Repeat::OfTheNewest => newest(connection, &earlier)?.filter(|each| each.hash == hash),
        };
        let outcome = match (known, naming) {
            (Some(known), _) => {
                if Some(known.act) != self.act {
                    self.tallies.entry(person).or_default().sighted.push(known.id);
                } else if let Repeat::OfAny = repeat {
                    self.move_to_later_place(connection, person, known, observation)?;
                }
                Outcome::Known
            }
            (None, _) if !earlier.is_empty() => Outcome::Superseded,
            (None, Naming::Unmapped) => Outcome::Unmapped,
            (None, Naming::Mapped) => Outcome::Kept,
        };
        self.tallies.entry(person).or_default().counts.count(outcome);
        if outcome != Outcome::Known {
            self.insert(connection, Place { person, source, naming, hash }, observation)?;
            if is_contested {
                connection
                    .prepare_cached(
                        "INSERT OR IGNORE INTO contested (person, source, key) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![person, source, observation.key.as_str()])?;
            }
        }
        Ok(outcome)
    }

    /// What became of all records so far.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.tallies.values().for_each(|tally| sum += tally.counts);
        sum
    }

    /// Writes what is known at the end; gives the act, where anything was written.
    pub(crate) fn finish(self, connection: &Connection) -> Inner<Option<i64>> {
        let Some(act) = self.act else { return Ok(None) };
        for (person, Tally { counts, sighted }) in self.tallies {
            let [kept, known, superseded, unmapped] = counts.columns();
            connection
                .prepare_cached(
                    "INSERT INTO act_person (act, person, kept, known, superseded, unmapped)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![act, person, kept, known, superseded, unmapped])?;
            for (first, last) in runs(sighted) {
                connection
                    .prepare_cached(
                        "INSERT INTO sighting (act, person, first, last) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![act, person, first, last])?;
            }
        }
        Ok(Some(act))
    }

    /// The act, where anything was written.
    pub(crate) fn act(&self) -> Option<i64> {
        self.act
    }

    /// The earlier observations of a key that stand, and whether there are any at all.
    fn earlier(
        &self,
        connection: &Connection,
        person: i64,
        source: i64,
        key: &str,
    ) -> Inner<(Vec<Earlier>, bool)> {
        // The index is named because SQLite, not knowing how the keys are spread, would read the whole person.
        let mut statement = connection.prepare_cached(
            "SELECT id, act, file, place, content_hash FROM observation INDEXED BY observation_by_key
             WHERE person = ?1 AND source = ?2 AND key = ?3",
        )?;
        let mut rows = statement.query(params![person, source, key])?;
        let (mut earlier, mut any) = (Vec::new(), false);
        while let Some(row) = rows.next()? {
            any = true;
            let (id, act) = (row.get(0)?, row.get(1)?);
            if self.standing.stands(person, act, id) {
                earlier.push(Earlier { id, act, file: row.get(2)?, place: row.get(3)?, hash: row.get(4)? });
            }
        }
        Ok((earlier, any))
    }

    /// Of a statement that an import repeats, the last place counts, so that it does not matter which was met
    /// first. The row is of this act and not committed yet.
    fn move_to_later_place(
        &mut self,
        connection: &Connection,
        person: i64,
        known: &Earlier,
        observation: &Observation,
    ) -> Inner<()> {
        let act = known.act;
        let file = self.file.as_mut().map(|file| file.id(connection, act)).transpose()?;
        let place = &observation.provenance.place;
        let again = Arrival { act, file, place, hash: known.hash };
        if Order::new(connection).compare(again, known.arrival())?.is_gt() {
            connection
                .prepare_cached("UPDATE observation SET file = ?3, place = ?4 WHERE person = ?1 AND id = ?2")?
                .execute(params![person, known.id, file, place])?;
        }
        Ok(())
    }

    fn insert(&mut self, connection: &Connection, place: Place, observation: &Observation) -> Inner<()> {
        let Place { person, source, naming, hash } = place;
        let Observation { key, date, at, fact, provenance } = observation;
        let act = self.begun_act(connection)?;
        let file = self.file.as_mut().map(|file| file.id(connection, act)).transpose()?;
        let none = Content { number: None, text: None };
        let (kind, form, content) = match fact {
            Fact::Sleep(_) => ("sleep", None, none),
            Fact::Entry(entry) => {
                ("entry", Some(self.forms.id_of(connection, entry)?), content(&entry.value))
            }
            Fact::Withdrawn => ("withdrawn", None, none),
        };
        let id = self.next_observation;
        self.next_observation += 1;
        connection
            .prepare_cached(
                "INSERT INTO observation
                 (person, id, act, file, source, key, date, at, kind, form, number, text, place, unmapped,
                  content_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                person,
                id,
                act,
                file,
                source,
                key.as_str(),
                date.to_string(),
                at.map(time_text).transpose()?,
                kind,
                form,
                content.number,
                content.text,
                provenance.place,
                naming == Naming::Unmapped,
                hash,
            ])?;
        match fact {
            Fact::Sleep(sleep) => sleep_rows::insert(connection, id, sleep),
            Fact::Entry(_) | Fact::Withdrawn => Ok(()),
        }
    }

    fn begun_act(&mut self, connection: &Connection) -> Inner<i64> {
        if let Some(act) = self.act {
            return Ok(act);
        }
        let NewAct { kind, when, what } = &self.new_act;
        let act = acts::insert(connection, *kind, *when, what, None)?;
        self.act = Some(act);
        Ok(act)
    }

    fn person(&mut self, connection: &Connection, name: &PersonName) -> Inner<i64> {
        if let Some(id) = self.persons.get(name) {
            return Ok(*id);
        }
        let id = person_to_write(connection, name)?;
        self.persons.insert(name.clone(), id);
        Ok(id)
    }

    fn source(&mut self, connection: &Connection, name: &SourceName) -> Inner<i64> {
        if let Some(id) = self.sources.get(name) {
            return Ok(*id);
        }
        let found = connection
            .prepare_cached("SELECT id FROM source WHERE name = ?1")?
            .query_row([name.as_str()], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => {
                connection
                    .prepare_cached("INSERT INTO source (name) VALUES (?1)")?
                    .execute([name.as_str()])?;
                connection.last_insert_rowid()
            }
        };
        self.sources.insert(name.clone(), id);
        Ok(id)
    }
}

/// Whose an observation is, and what the writer found out about it.
struct Place {
    person: i64,
    source: i64,
    naming: Naming,
    hash: ContentHash,
}

fn newest<'earlier>(
    connection: &Connection,
    earlier: &'earlier [Earlier],
) -> Inner<Option<&'earlier Earlier>> {
    let order = Order::new(connection);
    let mut newest: Option<&Earlier> = None;
    for each in earlier {
        let is_newer = match newest {
            Some(best) => order.compare(each.arrival(), best.arrival())?.is_gt(),
            None => true,
        };
        if is_newer {
            newest = Some(each);
        }
    }
    Ok(newest)
}

/// The number of a person, who is added where they are new.
pub(crate) fn person_to_write(connection: &Connection, name: &PersonName) -> Inner<i64> {
    if let Some(id) = person_to_read(connection, name)? {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO person (name) VALUES (?1)")?.execute([name.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// The number of a person, where the store knows them.
pub(crate) fn person_to_read(connection: &Connection, name: &PersonName) -> Inner<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM person WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()
        .map_err(Failure::from)
}

/// Runs of consecutive numbers: a second export of the same data makes very few.
fn runs(mut numbers: Vec<i64>) -> Vec<(i64, i64)> {
    numbers.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if number <= *last + 1 => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_numbers_become_runs() {
        assert_eq!(runs(vec![]), []);
        assert_eq!(runs(vec![5, 3, 4, 4, 9, 10, 1]), [(1, 1), (3, 5), (9, 10)]);
    }
}
