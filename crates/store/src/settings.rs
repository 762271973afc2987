//! Keeps what a person sets about their own records; each change is an act and can be undone.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use nightmend_domain::{
    FactKind, PersonName, SleepSettings, SourceName, SourcePriority, Zone, ZoneChange, ZoneHistory,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::acts::{self, ActId, ActKind};
use crate::append::{person_to_read, person_to_write};
use crate::error::{Failure, Inner, StoreError};
use crate::open::Store;
use crate::words::Word;

const ZONES: &str = "zones";
const USUAL_MID_SLEEP: &str = "usual mid-sleep";

/// How a zone and its first date are stored.
#[derive(Serialize, Deserialize)]
struct ZoneRow {
    from: Option<String>,
    zone: String,
}

impl Store {
    /// All settings of a person; those never set are empty. Nobody of that name: all empty.
    ///
    /// # Errors
    /// A store that cannot be read, or a zone that this release does not know.
    pub fn sleep_settings(&self, person: &PersonName) -> Result<SleepSettings, StoreError> {
        self.read(|connection| {
            let Some(person) = person_to_read(connection, person)? else {
                return Ok(SleepSettings::default());
            };
            let mut priorities = Vec::new();
            for (kind, _) in FactKind::TABLE {
                if let Some(names) = load::<Vec<String>>(connection, person, &priority_name(*kind)?)? {
                    let order = names.iter().map(|name| source_of(name)).collect::<Inner<_>>()?;
                    priorities.push(SourcePriority { kind: *kind, order });
                }
            }
            let zones = load::<Vec<ZoneRow>>(connection, person, ZONES)?.unwrap_or_default();
            let changes = zones.into_iter().map(change_of).collect::<Inner<_>>()?;
            let usual = load::<Option<String>>(connection, person, USUAL_MID_SLEEP)?.flatten();
            Ok(SleepSettings {
                priorities,
                usual_mid_sleep: usual.map(|text| time_of_day(&text)).transpose()?,
                zones: ZoneHistory::new(changes),
            })
        })
    }

    /// Sets the order of sources for one kind of fact; an empty order means the default one again. Gives the act,
    /// or `None` where it was set so already.
    ///
    /// # Errors
    /// A store that cannot be written to.
    pub fn set_source_priority(
        &mut self,
        person: &PersonName,
        priority: &SourcePriority,
        when: Timestamp,
    ) -> Result<Option<ActId>, StoreError> {
        let SourcePriority { kind, order } = priority;
        let names: Vec<&str> = order.iter().map(SourceName::as_str).collect();
        self.write(|connection| {
            let list = if names.is_empty() { "the default".to_owned() } else { names.join(", ") };
            let what = format!("order of sources for {}: {list}", kind.word()?);
            save(connection, person, &priority_name(*kind)?, &names, Change { what, when })
        })
    }

    /// Sets the zones that a person lived in. Gives the act, or `None` where they were set so already.
    ///
    /// # Errors
    /// A store that cannot be written to.
    pub fn set_zones(
        &mut self,
        person: &PersonName,
        zones: &ZoneHistory,
        when: Timestamp,
    ) -> Result<Option<ActId>, StoreError> {
        let rows: Vec<ZoneRow> = zones
            .changes()
            .iter()
            .map(|ZoneChange { from, zone }| ZoneRow {
                from: from.map(|date| date.to_string()),
                zone: zone.name().to_owned(),
            })
            .collect();
        let words = rows.iter().map(|row| match &row.from {
            Some(from) => format!("{} from {from}", row.zone),
            None => row.zone.clone(),
        });
        let list: Vec<String> = words.collect();
        let what =
            format!("time zones: {}", if list.is_empty() { "none".to_owned() } else { list.join(", ") });
        self.write(|connection| save(connection, person, ZONES, &rows, Change { what, when }))
    }

    /// Sets a person's usual middle of sleep; `None` means to learn it from their nights. Gives the act, or
    /// `None` where it was set so already.
    ///
    /// # Errors
    /// A store that cannot be written to.
    pub fn set_usual_mid_sleep(
        &mut self,
        person: &PersonName,
        usual: Option<Time>,
        when: Timestamp,
    ) -> Result<Option<ActId>, StoreError> {
        let text = usual.map(|time| time.to_string());
        let what = format!("usual mid-sleep: {}", text.as_deref().unwrap_or("learned from the nights"));
        self.write(|connection| save(connection, person, USUAL_MID_SLEEP, &text, Change { what, when }))
    }
}

fn priority_name(kind: FactKind) -> Inner<String> {
    Ok(format!("source order: {}", kind.word()?))
}

fn bad(text: &str) -> Failure {
    Failure::not_understood(format!("the stored setting '{text}'"))
}

fn source_of(name: &str) -> Inner<SourceName> {
    SourceName::new(name).map_err(|_| bad(name))
}

fn time_of_day(text: &str) -> Inner<Time> {
    text.parse().map_err(|_| bad(text))
}

fn change_of(row: ZoneRow) -> Inner<ZoneChange> {
    let from = row.from.map(|text| text.parse::<Date>().map_err(|_| bad(&text))).transpose()?;
    Ok(ZoneChange { from, zone: Zone::named(&row.zone).map_err(|_| bad(&row.zone))? })
}

/// What is in force of a setting, as it is stored.
fn stored(connection: &Connection, person: i64, name: &str) -> Inner<Option<String>> {
    connection
        .prepare_cached(
            "SELECT s.value FROM setting s JOIN act a ON a.id = s.act
             WHERE s.person = ?1 AND s.name = ?2 AND a.undone_by IS NULL ORDER BY s.id DESC LIMIT 1",
        )?
        .query_row(params![person, name], |row| row.get(0))
        .optional()
        .map_err(Failure::from)
}

fn load<T: for<'text> Deserialize<'text>>(
    connection: &Connection,
    person: i64,
    name: &str,
) -> Inner<Option<T>> {
    let text = stored(connection, person, name)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| bad(&text))).transpose()
}

/// What is written of a change of a setting beside its value.
struct Change {
    what: String,
    when: Timestamp,
}

fn save(
    connection: &Connection,
    person: &PersonName,
    name: &str,
    value: &impl Serialize,
    change: Change,
) -> Inner<Option<ActId>> {
    let value = serde_json::to_string(value).map_err(|error| Failure::not_understood(error.to_string()))?;
    if let Some(person) = person_to_read(connection, person)?
        && stored(connection, person, name)?.as_ref() == Some(&value)
    {
        return Ok(None);
    }
    let person = person_to_write(connection, person)?;
    let act = acts::insert(connection, ActKind::Setting, change.when, &change.what, None)?;
    connection.execute("INSERT INTO act_person (act, person) VALUES (?1, ?2)", [act, person])?;
    connection.execute(
        "INSERT INTO setting (act, person, name, value) VALUES (?1, ?2, ?3, ?4)",
        params![act, person, name, value],
    )?;
    Ok(Some(ActId(act)))
}
