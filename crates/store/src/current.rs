//! Reads what stands now, what stood before, and a hash that tells whether anything changed.

use std::collections::{HashMap, HashSet};
use std::ops::{Bound, RangeBounds};

use jiff::civil::Date;
use nightmend_domain::{
    Fact, FactKind, Observation, PersonName, Provenance, RecordKey, SleepKind, SleepMethod, SleepRecord,
    SourceName,
};
use rusqlite::{Connection, Row, Rows, params};
use sha2::{Digest, Sha256};

use crate::acts::ActId;
use crate::append::person_to_read;
use crate::content::ContentHash;
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;
use crate::rows::{Forms, date_of, needed_text, text_column, time_column};
use crate::sleep_rows;
use crate::standing::{Arrival, Order, Standing};

/// Whether an observation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is the newest of its key. A withdrawal can be that too; then nothing of the key counts.
    Current,
    /// A newer one stands in its place.
    Superseded,
    /// The act that brought it is undone.
    Undone,
}

/// One observation of a key among all that were ever made.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What was said.
    pub observation: Observation,
    /// The act that brought it.
    pub act: ActId,
    /// Whether it counts.
    pub status: Status,
    /// Whether no map named it.
    pub is_unmapped: bool,
}

impl Store {
    /// What stands for a person on the dates of a range, without the runs of sleep stages (which most readers do
    /// not need, and which are most of the bytes). Of each source and key the newest, and nothing that was
    /// withdrawn or undone. In order of date, source and key, whatever the order in which it came in. Nobody of
    /// that name: nothing.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn current(
        &self,
        person: &PersonName,
        range: impl RangeBounds<Date>,
    ) -> Result<Vec<Observation>, StoreError> {
        self.read(|connection| Ok(current(connection, person, &range)?.0))
    }

    /// As [`Store::current`], with the runs of sleep stages.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn current_with_segments(
        &self,
        person: &PersonName,
        range: impl RangeBounds<Date>,
    ) -> Result<Vec<Observation>, StoreError> {
        self.read(|connection| {
            let (mut observations, ids) = current(connection, person, &range)?;
            for (observation, id) in observations.iter_mut().zip(ids) {
                load_segments(connection, id, observation)?;
            }
            Ok(observations)
        })
    }

    /// As [`Store::current`], of one source alone and of all dates: in a fraction of the time that everything takes.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn current_of_source(
        &self,
        person: &PersonName,
        source: &SourceName,
    ) -> Result<Vec<Observation>, StoreError> {
        self.read(|connection| current_of_source(connection, person, source))
    }

    /// Everything that was ever said of a key, oldest first, undone acts included.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn versions(
        &self,
        person: &PersonName,
        source: &SourceName,
        key: &RecordKey,
    ) -> Result<Vec<Version>, StoreError> {
        let mut versions = self.all_versions(person)?;
        versions.retain(|(_, version)| {
            let Observation { key: own_key, provenance, .. } = &version.observation;
            own_key == key && provenance.source == *source
        });
        versions.sort_by_key(|(id, _)| *id);
        Ok(versions.into_iter().map(|(_, version)| version).collect())
    }

    /// A hash over everything that stands for a person (not over their settings): equal as long as
    /// [`Store::current_with_segments`] gives the same contents under the same keys. Places in files are left out, and so
    /// is what was offered ([`ActKind::Offer`](crate::ActKind::Offer)): no answer follows from it, and looking at an offer changes nothing.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn inputs_hash(&self, person: &PersonName) -> Result<[u8; 32], StoreError> {
        self.read(|connection| inputs_hash(connection, person))
    }

    /// Everything that was ever said of a person, with numbers in order of arrival; in order of date, source, key
    /// and arrival.
    pub(crate) fn all_versions(&self, person: &PersonName) -> Result<Vec<(i64, Version)>, StoreError> {
        self.read(|connection| all_versions(connection, person))
    }
}

/// What stands, and the numbers of the observations.
fn current(
    connection: &Connection,
    person: &PersonName,
    range: &impl RangeBounds<Date>,
) -> Inner<(Vec<Observation>, Vec<i64>)> {
    let Some(person) = person_to_read(connection, person)? else { return Ok((Vec::new(), Vec::new())) };
    let judge = Judge::load(connection, person)?;
    let reader = Reader::load(connection)?;
    // A date is stored as ISO text, whose order is that of time, so that a short range is read in a fraction of the
    // time that everything takes. What the ends leave open is decided below.
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, act, {OBSERVATION} FROM observation
         WHERE person = ?1 AND date >= ?2 AND date <= ?3 ORDER BY id"
    ))?;
    let rows = statement.query(params![
        person,
        end_text(range.start_bound(), ""),
        end_text(range.end_bound(), "~")
    ])?;
    standing(connection, (&judge, &reader), rows, range)
}

/// What stands of one source; found by the index of keys, whose first columns are person and source.
fn current_of_source(
    connection: &Connection,
    person: &PersonName,
    source: &SourceName,
) -> Inner<Vec<Observation>> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(Vec::new()) };
    let judge = Judge::load(connection, person)?;
    let reader = Reader::load(connection)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, act, {OBSERVATION} FROM observation INDEXED BY observation_by_key
         WHERE person = ?1 AND source = (SELECT id FROM source WHERE name = ?2) ORDER BY id"
    ))?;
    let rows = statement.query(params![person, source.as_str()])?;
    Ok(standing(connection, (&judge, &reader), rows, &..)?.0)
}

/// What stands among rows in the order of their arrival, within a range of dates, and the numbers of the observations.
fn standing(
    connection: &Connection,
    (judge, reader): (&Judge, &Reader),
    mut rows: Rows<'_>,
    range: &impl RangeBounds<Date>,
) -> Inner<(Vec<Observation>, Vec<i64>)> {
    let (mut observations, mut ids) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, act) = (row.get(0)?, row.get(1)?);
        if judge.status(id, act) != Status::Current {
            continue;
        }
        let observation = reader.observation(row, 2)?;
        if observation.fact != Fact::Withdrawn && range.contains(&observation.date) {
            observations.push(observation);
            ids.push(id);
        }
    }
    fill_sleeps(connection, &ids, &mut observations, |observation| observation)?;
    let order = sorted(&observations, |observation| observation);
    Ok((in_that_order(observations, &order), in_that_order(ids, &order)))
}

/// Source, kind and date of everything that stands, without its contents.
pub(crate) fn told(
    connection: &Connection,
    person: &PersonName,
    mut visit: impl FnMut(&SourceName, FactKind, Date),
) -> Inner<()> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(()) };
    let judge = Judge::load(connection, person)?;
    let names = source_names(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, act, source, kind = 'sleep', date FROM observation
         WHERE person = ?1 AND kind <> 'withdrawn' ORDER BY id",
    )?;
    let mut rows = statement.query([person])?;
    while let Some(row) = rows.next()? {
        if judge.status(row.get(0)?, row.get(1)?) == Status::Current {
            let kind = if row.get(3)? { FactKind::Sleep } else { FactKind::Entry };
            visit(source_name(&names, row.get(2)?)?, kind, date_of(needed_text(row, 4)?)?);
        }
    }
    Ok(())
}

/// The end of a range as text; `open` for one that is open or lies before the year 0, whose text is of another form.
fn end_text(end: Bound<&Date>, open: &str) -> String {
    match end {
        Bound::Included(date) | Bound::Excluded(date) if date.year() >= 0 => date.to_string(),
        _ => open.to_owned(),
    }
}

pub(crate) fn all_versions(connection: &Connection, person: &PersonName) -> Inner<Vec<(i64, Version)>> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(Vec::new()) };
    let judge = Judge::load(connection, person)?;
    let reader = Reader::load(connection)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, act, {OBSERVATION}, unmapped FROM observation WHERE person = ?1 ORDER BY id"
    ))?;
    let mut rows = statement.query([person])?;
    let (mut versions, mut ids) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, act) = (row.get(0)?, row.get(1)?);
        ids.push(id);
        versions.push(Version {
            observation: reader.observation(row, 2)?,
            act: ActId(act),
            status: judge.status(id, act),
            is_unmapped: row.get(OBSERVATION_COLUMNS + 2)?,
        });
    }
    fill_sleeps(connection, &ids, &mut versions, |version| &mut version.observation)?;
    for (version, id) in versions.iter_mut().zip(&ids) {
        load_segments(connection, *id, &mut version.observation)?;
    }
    let order = sorted(&versions, |version| &version.observation);
    Ok(in_that_order(ids.into_iter().zip(versions).collect(), &order))
}

fn inputs_hash(connection: &Connection, person: &PersonName) -> Inner<[u8; 32]> {
    let names = source_names(connection)?;
    let mut parts: Vec<(&str, String, ContentHash)> = Vec::new();
    if let Some(person) = person_to_read(connection, person)? {
        let judge = Judge::load(connection, person)?;
        let mut statement = connection.prepare_cached(
            "SELECT id, act, source, key, content_hash FROM observation
             WHERE person = ?1 AND kind <> 'withdrawn' AND act NOT IN (SELECT id FROM act WHERE kind = 'offer')
             ORDER BY id",
        )?;
        let mut rows = statement.query([person])?;
        while let Some(row) = rows.next()? {
            if judge.status(row.get(0)?, row.get(1)?) == Status::Current {
                parts.push((source_name(&names, row.get(2)?)?.as_str(), row.get(3)?, row.get(4)?));
            }
        }
    }
    parts.sort_unstable();
    let mut hasher = Sha256::new_with_prefix(b"nightmend inputs 1");
    for (source, key, hash) in parts {
        for text in [source, &key] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
        hasher.update(hash);
    }
    Ok(hasher.finalize().into())
}

/// The places of items in order of date, source and key; equal ones stay in the order in which they are.
fn sorted<T>(items: &[T], observation: impl Fn(&T) -> &Observation) -> Vec<usize> {
    let mut order: Vec<(Date, usize)> =
        items.iter().enumerate().map(|(index, item)| (observation(item).date, index)).collect();
    let rest = |index: usize| {
        let Observation { key, provenance, .. } = observation(&items[index]);
        (&provenance.source, key)
    };
    // Most comparisons end with the date, which lies beside the index.
    order.sort_by(|left, right| left.0.cmp(&right.0).then_with(|| rest(left.1).cmp(&rest(right.1))));
    order.into_iter().map(|(_, index)| index).collect()
}

/// The items in that order: large items are moved once instead of at every step of a sort.
fn in_that_order<T>(items: Vec<T>, order: &[usize]) -> Vec<T> {
    if order.is_sorted() {
        return items;
    }
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|index| items[*index].take()).collect()
}

/// Fills in the sleeps of observations whose numbers ascend.
fn fill_sleeps<T>(
    connection: &Connection,
    ids: &[i64],
    items: &mut [T],
    observation: impl Fn(&mut T) -> &mut Observation,
) -> Inner<()> {
    let mut wanted = Vec::new();
    let mut sleeps = Vec::new();
    for (id, item) in ids.iter().zip(items) {
        if let Fact::Sleep(sleep) = &mut observation(item).fact {
            wanted.push(*id);
            sleeps.push(sleep);
        }
    }
    sleep_rows::load(connection, &wanted, |index, sleep| **sleeps[index] = sleep)
}

fn load_segments(connection: &Connection, id: i64, observation: &mut Observation) -> Inner<()> {
    if let Fact::Sleep(sleep) = &mut observation.fact {
        sleep.segments = sleep_rows::load_segments(connection, id)?;
    }
    Ok(())
}

/// Tells which observations of a person count.
struct Judge {
    person: i64,
    standing: Standing,
    superseded: HashSet<i64>,
}

impl Judge {
    fn load(connection: &Connection, person: i64) -> Inner<Self> {
        let standing = Standing::load(connection)?;
        let order = Order::new(connection);
        let mut superseded = HashSet::new();
        let mut newest: HashMap<(i64, String), Contender> = HashMap::new();
        let mut statement = connection.prepare_cached(
            "SELECT o.id, o.act, o.file, o.source, o.key, o.place, o.content_hash
             FROM contested c CROSS JOIN observation o INDEXED BY observation_by_key
             ON o.person = c.person AND o.source = c.source AND o.key = c.key
             WHERE c.person = ?1",
        )?;
        let mut rows = statement.query(params![person])?;
        while let Some(row) = rows.next()? {
            let contender = Contender {
                id: row.get(0)?,
                act: row.get(1)?,
                file: row.get(2)?,
                place: row.get(5)?,
                hash: row.get(6)?,
            };
            if !standing.stands(person, contender.act, contender.id) {
                continue;
            }
            let key = (row.get(3)?, row.get(4)?);
            let loser = match newest.remove(&key) {
                None => {
                    newest.insert(key, contender);
                    continue;
                }
                Some(best) if order.compare(contender.arrival(), best.arrival())?.is_gt() => {
                    newest.insert(key, contender);
                    best
                }
                Some(best) => {
                    newest.insert(key, best);
                    contender
                }
            };
            superseded.insert(loser.id);
        }
        Ok(Self { person, standing, superseded })
    }

    fn status(&self, id: i64, act: i64) -> Status {
        if !self.standing.stands(self.person, act, id) {
            Status::Undone
        } else if !self.superseded.is_empty() && self.superseded.contains(&id) {
            Status::Superseded
        } else {
            Status::Current
        }
    }
}

/// One of several observations of a key.
struct Contender {
    id: i64,
    act: i64,
    file: Option<i64>,
    place: String,
    hash: ContentHash,
}

impl Contender {
    fn arrival(&self) -> Arrival<'_> {
        let Self { id: _, act, file, place, hash } = self;
        Arrival { act: *act, file: *file, place, hash: *hash }
    }
}

/// The columns that [`Reader::observation`] reads, in its order.
const OBSERVATION: &str = "source, key, date, at, place, form, number, text, kind";
const OBSERVATION_COLUMNS: usize = 9;

/// Turns rows into observations.
struct Reader {
    forms: Forms,
    names: Names,
}

impl Reader {
    fn load(connection: &Connection) -> Inner<Self> {
        Ok(Self { forms: Forms::load(connection)?, names: source_names(connection)? })
    }

    /// The observation whose columns begin at `first`; its sleep is filled in later.
    fn observation(&self, row: &Row<'_>, first: usize) -> Inner<Observation> {
        let source = source_name(&self.names, row.get(first)?)?.clone();
        let (key, date) = (needed_text(row, first + 1)?, needed_text(row, first + 2)?);
        Ok(Observation {
            key: RecordKey::new(key)
                .map_err(|_| Failure::not_understood(format!("the stored key '{key}'")))?,
            date: date_of(date)?,
            at: time_column(row, first + 3)?,
            fact: self.fact(row, first + 5)?,
            provenance: Provenance { source, place: row.get(first + 4)? },
        })
    }

    fn fact(&self, row: &Row<'_>, first: usize) -> Inner<Fact> {
        if let Some(form) = row.get(first)? {
            let entry = self.forms.get(form)?.entry(row.get(first + 1)?, text_column(row, first + 2)?)?;
            return Ok(Fact::Entry(entry));
        }
        match needed_text(row, first + 3)? {
            "sleep" => {
                let unknown = SleepRecord::unknown(SleepMethod::Unstated, SleepKind::Unstated);
                Ok(Fact::Sleep(Box::new(unknown)))
            }
            "withdrawn" => Ok(Fact::Withdrawn),
            other => Err(Failure::not_understood(format!("the stored kind of fact '{other}'"))),
        }
    }
}

/// The names of all sources, in order of number.
type Names = Vec<(i64, SourceName)>;

fn source_names(connection: &Connection) -> Inner<Names> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM source ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        let text = needed_text(row, 1)?;
        let name = SourceName::new(text)
            .map_err(|_| Failure::not_understood(format!("the stored name '{text}'")))?;
        names.push((row.get(0)?, name));
    }
    Ok(names)
}

fn source_name(names: &Names, source: i64) -> Inner<&SourceName> {
    let found = names.binary_search_by_key(&source, |(id, _)| *id);
    found.map(|index| &names[index].1).map_err(|_| Failure::not_understood("an observation without a source"))
}
