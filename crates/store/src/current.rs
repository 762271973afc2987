//! Reads what stands now, what stood before, and a hash that tells whether anything changed.

use std::collections::HashMap;
use std::ops::RangeBounds;

use jiff::civil::Date;
use nightmend_domain::{
    Fact, Observation, PersonName, Provenance, RecordKey, SleepKind, SleepMethod, SleepRecord, SourceName,
};
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use crate::acts::ActId;
use crate::append::person_to_read;
use crate::content::ContentHash;
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;
use crate::rows::{Forms, needed_text, text_column, time_column};
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
        self.read(|connection| {
            Ok(current(connection, person, &range)?.into_iter().map(|found| found.observation).collect())
        })
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
            let mut found = current(connection, person, &range)?;
            found.iter_mut().try_for_each(|found| found.load_segments(connection))?;
            Ok(found.into_iter().map(|found| found.observation).collect())
        })
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
        self.read(|connection| {
            let mut versions: Vec<_> = all_versions(connection, person)?
                .into_iter()
                .filter(|(found, _)| {
                    found.observation.key == *key && found.observation.provenance.source == *source
                })
                .collect();
            versions.sort_by_key(|(found, _)| found.id);
            versions.into_iter().map(|(found, status)| found.version(connection, status)).collect()
        })
    }

    /// A hash over everything that stands for a person (not over their settings): equal as long as
    /// [`Store::current_with_segments`] gives the same contents under the same keys. Places in files are left out.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn inputs_hash(&self, person: &PersonName) -> Result<[u8; 32], StoreError> {
        self.read(|connection| {
            let names = source_names(connection)?;
            let mut parts = Vec::new();
            if let Some(person) = person_to_read(connection, person)? {
                let heads = load_heads(connection, person)?;
                let statuses = statuses(connection, person, &heads)?;
                for (head, status) in heads.iter().zip(statuses) {
                    if status == Status::Current && !head.is_withdrawn {
                        parts.push((source_name(&names, head.source)?.as_str(), head.key.clone(), head.hash));
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
        })
    }
}

/// An observation with what the store knows of it. The sleep of one is filled in later, where it is wanted.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) id: i64,
    pub(crate) act: i64,
    pub(crate) file: Option<i64>,
    pub(crate) is_unmapped: bool,
    pub(crate) observation: Observation,
    source: i64,
    hash: ContentHash,
}

impl Found {
    fn load_sleep(&mut self, connection: &Connection) -> Inner<()> {
        if let Fact::Sleep(sleep) = &mut self.observation.fact {
            **sleep = sleep_rows::load(connection, self.id, self.observation.date)?;
        }
        Ok(())
    }

    pub(crate) fn load_segments(&mut self, connection: &Connection) -> Inner<()> {
        if let Fact::Sleep(sleep) = &mut self.observation.fact {
            sleep.segments = sleep_rows::load_segments(connection, self.id)?;
        }
        Ok(())
    }

    fn version(mut self, connection: &Connection, status: Status) -> Inner<Version> {
        self.load_segments(connection)?;
        let Self { act, observation, is_unmapped, .. } = self;
        Ok(Version { observation, act: ActId(act), status, is_unmapped })
    }
}

/// What decides which observation of a key is the newest.
trait Keyed {
    fn key(&self) -> (i64, &str);
    fn id(&self) -> i64;
    fn arrival(&self) -> Arrival<'_>;
}

impl Keyed for Found {
    fn key(&self) -> (i64, &str) {
        (self.source, self.observation.key.as_str())
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn arrival(&self) -> Arrival<'_> {
        let place = &self.observation.provenance.place;
        Arrival { act: self.act, file: self.file, place, hash: self.hash }
    }
}

/// As much of an observation as a hash over all of them needs.
struct Head {
    id: i64,
    act: i64,
    file: Option<i64>,
    source: i64,
    key: String,
    place: String,
    hash: ContentHash,
    is_withdrawn: bool,
}

impl Keyed for Head {
    fn key(&self) -> (i64, &str) {
        (self.source, &self.key)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn arrival(&self) -> Arrival<'_> {
        Arrival { act: self.act, file: self.file, place: &self.place, hash: self.hash }
    }
}

fn current(
    connection: &Connection,
    person: &PersonName,
    range: &impl RangeBounds<Date>,
) -> Inner<Vec<Found>> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(Vec::new()) };
    let found = load_all(connection, person)?;
    let statuses = statuses(connection, person, &found)?;
    let mut current: Vec<Found> = found
        .into_iter()
        .zip(statuses)
        .filter(|(found, status)| {
            *status == Status::Current
                && found.observation.fact != Fact::Withdrawn
                && range.contains(&found.observation.date)
        })
        .map(|(found, _)| found)
        .collect();
    current.sort_by(|left, right| in_order(&left.observation, &right.observation));
    current.iter_mut().try_for_each(|found| found.load_sleep(connection))?;
    Ok(current)
}

/// Everything that was ever said of a person, with the sleeps but without their runs of stages; in order of date,
/// source, key and arrival.
pub(crate) fn all_versions(connection: &Connection, person: &PersonName) -> Inner<Vec<(Found, Status)>> {
    let Some(person) = person_to_read(connection, person)? else { return Ok(Vec::new()) };
    let mut found = load_all(connection, person)?;
    found.iter_mut().try_for_each(|found| found.load_sleep(connection))?;
    let statuses = statuses(connection, person, &found)?;
    let mut versions: Vec<_> = found.into_iter().zip(statuses).collect();
    versions.sort_by(|(left, _), (right, _)| {
        in_order(&left.observation, &right.observation).then(left.id.cmp(&right.id))
    });
    Ok(versions)
}

fn in_order(left: &Observation, right: &Observation) -> std::cmp::Ordering {
    (left.date, &left.provenance.source, &left.key).cmp(&(right.date, &right.provenance.source, &right.key))
}

fn statuses(connection: &Connection, person: i64, items: &[impl Keyed]) -> Inner<Vec<Status>> {
    let standing = Standing::load(connection)?;
    let order = Order::new(connection);
    let mut statuses = vec![Status::Current; items.len()];
    let mut newest: HashMap<(i64, &str), usize> = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let arrival = item.arrival();
        if !standing.stands(person, arrival.act, item.id()) {
            statuses[index] = Status::Undone;
            continue;
        }
        let best = newest.entry(item.key()).or_insert(index);
        if *best == index {
            continue;
        }
        if order.compare(arrival, items[*best].arrival())?.is_gt() {
            statuses[*best] = Status::Superseded;
            *best = index;
        } else {
            statuses[index] = Status::Superseded;
        }
    }
    Ok(statuses)
}

fn load_all(connection: &Connection, person: i64) -> Inner<Vec<Found>> {
    let forms = Forms::load(connection)?;
    let names = source_names(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, act, file, source, key, date, at, kind, form, number, text, place, unmapped, content_hash
         FROM observation WHERE person = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([person])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let source = row.get(3)?;
        let source_name = source_name(&names, source)?;
        all.push(Found {
            id: row.get(0)?,
            act: row.get(1)?,
            file: row.get(2)?,
            is_unmapped: row.get(12)?,
            observation: observation(row, source_name, &forms)?,
            source,
            hash: row.get(13)?,
        });
    }
    Ok(all)
}

fn observation(row: &Row<'_>, source: &SourceName, forms: &Forms) -> Inner<Observation> {
    let (key, date) = (needed_text(row, 4)?, needed_text(row, 5)?);
    let fact = match needed_text(row, 7)? {
        "sleep" => Fact::Sleep(Box::new(SleepRecord::unknown(SleepMethod::Unstated, SleepKind::Unstated))),
        "entry" => Fact::Entry(forms.get(row.get(8)?)?.entry(row.get(9)?, text_column(row, 10)?)?),
        "withdrawn" => Fact::Withdrawn,
        other => return Err(Failure::not_understood(format!("the stored kind of fact '{other}'"))),
    };
    Ok(Observation {
        key: RecordKey::new(key).map_err(|_| Failure::not_understood(format!("the stored key '{key}'")))?,
        date: date.parse().map_err(|_| Failure::not_understood(format!("the stored date '{date}'")))?,
        at: time_column(row, 6)?,
        fact,
        provenance: Provenance { source: source.clone(), place: row.get(11)? },
    })
}

fn load_heads(connection: &Connection, person: i64) -> Inner<Vec<Head>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, act, file, source, key, place, content_hash, kind = 'withdrawn'
         FROM observation WHERE person = ?1 ORDER BY id",
    )?;
    let heads = statement.query_map(params![person], |row| {
        Ok(Head {
            id: row.get(0)?,
            act: row.get(1)?,
            file: row.get(2)?,
            source: row.get(3)?,
            key: row.get(4)?,
            place: row.get(5)?,
            hash: row.get(6)?,
            is_withdrawn: row.get(7)?,
        })
    })?;
    heads.collect::<Result<_, _>>().map_err(Failure::from)
}

/// The names of all sources by number.
pub(crate) fn source_names(connection: &Connection) -> Inner<HashMap<i64, SourceName>> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM source")?;
    let mut rows = statement.query([])?;
    let mut names = HashMap::new();
    while let Some(row) = rows.next()? {
        let text = needed_text(row, 1)?;
        let name = SourceName::new(text)
            .map_err(|_| Failure::not_understood(format!("the stored name '{text}'")))?;
        names.insert(row.get(0)?, name);
    }
    Ok(names)
}

fn source_name(names: &HashMap<i64, SourceName>, source: i64) -> Inner<&SourceName> {
    names.get(&source).ok_or_else(|| Failure::not_understood("an observation without a source"))
}
