//! Turns times and the values of entries into columns and back, without loss.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use nightmend_domain::{
    Absence, Entry, Moment, Nrs, OffsetTimestamp, Rating, Role, Scale, ScaleDirection, Several, TrackerName,
    Value, ZoneBasis,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use crate::error::{Failure, Inner};
use crate::words::Word;

/// The text of a time: `2024-05-01T07:00:00+01:00 stated`, with seconds of the offset where it has some.
pub(crate) fn time_text(time: OffsetTimestamp) -> Inner<String> {
    let seconds = time.offset().seconds();
    let (sign, size) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
    let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60);
    let civil = time.civil();
    let basis = time.basis().word()?;
    Ok(if rest == 0 {
        format!("{civil}{sign}{hours:02}:{minutes:02} {basis}")
    } else {
        format!("{civil}{sign}{hours:02}:{minutes:02}:{rest:02} {basis}")
    })
}

/// The time of a text written by [`time_text`].
pub(crate) fn time_of(text: &str) -> Inner<OffsetTimestamp> {
    read_time(text).ok_or_else(|| Failure::not_understood(format!("the stored time '{text}'")))
}

fn read_time(text: &str) -> Option<OffsetTimestamp> {
    let (civil, offset, basis) = usual_time(text.as_bytes()).or_else(|| any_time(text))?;
    let offset = Offset::from_seconds(offset).ok()?;
    let basis = ZoneBasis::from_word(text.get(basis..)?).ok()?;
    Some(OffsetTimestamp::new(offset.to_timestamp(civil).ok()?, offset, basis))
}

/// The civil time, the offset in seconds, and where the basis begins.
fn any_time(text: &str) -> Option<(DateTime, i32, usize)> {
    let (stamp, _) = text.split_once(' ')?;
    let (civil, offset) = stamp.split_at(stamp.rfind(['+', '-'])?);
    let mut parts = offset[1..].split(':').map(|part| part.parse::<i32>().ok());
    let size = parts.next()?? * 3600 + parts.next()?? * 60 + parts.next().unwrap_or(Some(0))?;
    let offset = if offset.starts_with('-') { -size } else { size };
    Some((civil.parse().ok()?, offset, stamp.len() + 1))
}

/// Reads `2024-05-01T07:00:00+01:00 …`: five years hold some ten thousands of them, and the parser that also knows
/// every other way of writing a time takes five times as long. `None` sends the text to that parser.
fn usual_time(bytes: &[u8]) -> Option<(DateTime, i32, usize)> {
    let punctuation = [(10, b'T'), (13, b':'), (16, b':'), (22, b':'), (25, b' ')];
    if bytes.len() < 26 || punctuation.iter().any(|(index, byte)| bytes[*index] != *byte) {
        return None;
    }
    let part = |first: usize| two_digits(&bytes[first..first + 2]);
    let sign = match bytes[19] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let offset = sign * (i32::from(part(20)?) * 3600 + i32::from(part(23)?) * 60);
    let time = Time::new(part(11)?, part(14)?, part(17)?, 0).ok()?;
    Some((usual_date(&bytes[..10])?.to_datetime(time), offset, 26))
}

/// The date of a text as SQLite holds it.
pub(crate) fn date_of(text: &str) -> Inner<Date> {
    usual_date(text.as_bytes())
        .or_else(|| text.parse().ok())
        .ok_or_else(|| Failure::not_understood(format!("the stored date '{text}'")))
}

/// Reads `2024-05-01`.
fn usual_date(bytes: &[u8]) -> Option<Date> {
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (century, year) = (two_digits(&bytes[..2])?, two_digits(&bytes[2..4])?);
    let year = i16::from(century) * 100 + i16::from(year);
    Date::new(year, two_digits(&bytes[5..7])?, two_digits(&bytes[8..])?).ok()
}

fn two_digits(bytes: &[u8]) -> Option<i8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| (byte - b'0') as i8);
    Some(digit(bytes[0])? * 10 + digit(bytes[1])?)
}

/// Reads an optional time column.
pub(crate) fn time_column(row: &Row<'_>, index: usize) -> Inner<Option<OffsetTimestamp>> {
    text_column(row, index)?.map(time_of).transpose()
}

/// Reads an optional text column without copying it.
pub(crate) fn text_column<'row>(row: &'row Row<'_>, index: usize) -> Inner<Option<&'row str>> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str().map_err(rusqlite::Error::from)?)),
    }
}

/// Reads a text column that is never empty of a value, without copying it.
pub(crate) fn needed_text<'row>(row: &'row Row<'_>, index: usize) -> Inner<&'row str> {
    text_column(row, index)?.ok_or_else(|| Failure::not_understood("a row without a text it needs"))
}

/// What an entry is but for its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    tracker: TrackerName,
    role: Role,
    moment: Moment,
    several: Several,
    shape: Shape,
}

/// What a value is but for the number or the text.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Nrs,
    Rating(Scale),
    Quantity(String),
    Tick(ScaleDirection, Absence),
    Text,
}

/// The number and the text of a value; a number that is not one is kept as neither.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Content<'text> {
    pub(crate) number: Option<f64>,
    pub(crate) text: Option<&'text str>,
}

/// Takes the number and the text out of a value.
pub(crate) fn content(value: &Value) -> Content<'_> {
    let number = |number: f64| Content { number: (!number.is_nan()).then_some(number), text: None };
    match value {
        Value::Nrs(nrs) => number(nrs.get()),
        Value::Rating(rating) => number(rating.value()),
        Value::Quantity { value, .. } => number(*value),
        Value::Tick { yes, .. } => number(f64::from(*yes)),
        Value::Text(text) => Content { number: None, text: Some(text) },
    }
}

impl Form {
    fn fits(&self, entry: &Entry) -> bool {
        let Entry { tracker: _, role, moment, several, value } = entry;
        self.role == *role
            && self.moment == *moment
            && self.several == *several
            && match (&self.shape, value) {
                (Shape::Nrs, Value::Nrs(_)) | (Shape::Text, Value::Text(_)) => true,
                (Shape::Rating(scale), Value::Rating(rating)) => *scale == rating.scale(),
                (Shape::Quantity(own), Value::Quantity { unit, .. }) => own == unit,
                (Shape::Tick(own, missing), Value::Tick { yes: _, direction, absence }) => {
                    own == direction && missing == absence
                }
                _ => false,
            }
    }

    fn of(entry: &Entry) -> Self {
        let Entry { tracker, role, moment, several, value } = entry.clone();
        let shape = match value {
            Value::Nrs(_) => Shape::Nrs,
            Value::Rating(rating) => Shape::Rating(rating.scale()),
            Value::Quantity { unit, .. } => Shape::Quantity(unit),
            Value::Tick { yes: _, direction, absence } => Shape::Tick(direction, absence),
            Value::Text(_) => Shape::Text,
        };
        Self { tracker, role, moment, several, shape }
    }

    /// The entry with a value; fails where the columns do not hold one of this form.
    pub(crate) fn entry(&self, number: Option<f64>, text: Option<&str>) -> Inner<Entry> {
        let bad = || Failure::not_understood(format!("a stored value of '{}'", self.tracker));
        let needed = || number.ok_or_else(bad);
        let value = match &self.shape {
            Shape::Nrs => Value::Nrs(Nrs::new(needed()?).map_err(|_| bad())?),
            Shape::Rating(scale) => Value::Rating(Rating::new(needed()?, *scale).map_err(|_| bad())?),
            Shape::Quantity(unit) => {
                Value::Quantity { value: number.unwrap_or(f64::NAN), unit: unit.clone() }
            }
            Shape::Tick(direction, absence) => {
                Value::Tick { yes: needed()? != 0.0, direction: *direction, absence: *absence }
            }
            Shape::Text => Value::Text(text.ok_or_else(bad)?.to_owned()),
        };
        let Self { tracker, role, moment, several, shape: _ } = self.clone();
        Ok(Entry { tracker, role, moment, several, value })
    }

    fn insert(&self, connection: &Connection) -> Inner<i64> {
        let Self { tracker, role, moment, several, shape } = self;
        let (value, unit, scale, direction, absence) = match shape {
            Shape::Nrs => ("nrs", None, None, None, None),
            Shape::Rating(scale) => ("rating", None, Some(*scale), Some(scale.direction()), None),
            Shape::Quantity(unit) => ("quantity", Some(unit), None, None, None),
            Shape::Tick(direction, absence) => ("tick", None, None, Some(*direction), Some(*absence)),
            Shape::Text => ("text", None, None, None, None),
        };
        connection
            .prepare_cached(
                "INSERT INTO entry_form
                 (tracker, role, moment, several, value, unit, minimum, maximum, direction, absence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                tracker.as_str(),
                role.word()?,
                moment.word()?,
                several.word()?,
                value,
                unit,
                scale.map(Scale::minimum),
                scale.map(Scale::maximum),
                direction.map(Word::word).transpose()?,
                absence.map(Word::word).transpose()?,
            ])?;
        Ok(connection.last_insert_rowid())
    }

    fn of_row(row: &Row<'_>) -> Inner<Self> {
        let bad = || Failure::not_understood("a stored kind of entry");
        let direction = || ScaleDirection::from_word(needed_text(row, 9)?);
        let shape = match needed_text(row, 5)? {
            "nrs" => Shape::Nrs,
            "rating" => Shape::Rating(Scale::new(row.get(7)?, row.get(8)?, direction()?).map_err(|_| bad())?),
            "quantity" => Shape::Quantity(needed_text(row, 6)?.to_owned()),
            "tick" => Shape::Tick(direction()?, Absence::from_word(needed_text(row, 10)?)?),
            "text" => Shape::Text,
            _ => return Err(bad()),
        };
        Ok(Self {
            tracker: TrackerName::new(needed_text(row, 1)?).map_err(|_| bad())?,
            role: Role::from_word(needed_text(row, 2)?)?,
            moment: Moment::from_word(needed_text(row, 3)?)?,
            several: Several::from_word(needed_text(row, 4)?)?,
            shape,
        })
    }
}

/// All forms of a store, by number and by tracker.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// In order of number: they are few, and each record asks for one.
    by_id: Vec<(i64, Form)>,
    by_tracker: HashMap<TrackerName, Vec<i64>>,
}

impl Forms {
    /// Reads all forms.
    pub(crate) fn load(connection: &Connection) -> Inner<Self> {
        let mut forms = Self::default();
        let mut statement = connection.prepare_cached(
            "SELECT id, tracker, role, moment, several, value, unit, minimum, maximum, direction, absence
             FROM entry_form ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            forms.add(row.get(0)?, Form::of_row(row)?);
        }
        Ok(forms)
    }

    /// The form of that number.
    pub(crate) fn get(&self, id: i64) -> Inner<&Form> {
        let found = self.by_id.binary_search_by_key(&id, |(id, _)| *id);
        found
            .map(|index| &self.by_id[index].1)
            .map_err(|_| Failure::not_understood("an entry without its kind"))
    }

    /// The number of the form of an entry, which is added where it is new.
    pub(crate) fn id_of(&mut self, connection: &Connection, entry: &Entry) -> Inner<i64> {
        let ids = self.by_tracker.get(&entry.tracker).map_or(&[][..], Vec::as_slice);
        for id in ids {
            if self.get(*id)?.fits(entry) {
                return Ok(*id);
            }
        }
        let form = Form::of(entry);
        let id = form.insert(connection)?;
        self.add(id, form);
        Ok(id)
    }

    fn add(&mut self, id: i64, form: Form) {
        self.by_tracker.entry(form.tracker.clone()).or_default().push(id);
        // Numbers are read in order, and a new one is the highest.
        self.by_id.push((id, form));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_were() {
        for (instant, offset, basis) in [
            ("2024-05-01T06:00:00Z", 3_600, ZoneBasis::Stated),
            ("2024-05-01T06:00:00.123456789Z", -12_600, ZoneBasis::Person),
            ("1918-01-01T00:00:00Z", 53 * 60 + 28, ZoneBasis::Unknown),
            ("-000044-03-15T12:00:00Z", -1, ZoneBasis::Person),
        ] {
            let offset = Offset::from_seconds(offset).unwrap();
            let time = OffsetTimestamp::new(instant.parse().unwrap(), offset, basis);
            assert_eq!(time_of(&time_text(time).unwrap()).unwrap(), time);
        }
    }

    #[test]
    fn the_quick_way_reads_what_the_thorough_one_reads() {
        for text in [
            "2024-02-29T23:59:59+05:30 stated",
            "0001-01-01T00:00:00-00:30 person",
            "9999-12-30T12:34:56-12:00 unknown",
        ] {
            assert_eq!(usual_time(text.as_bytes()).unwrap(), any_time(text).unwrap(), "{text}");
            assert_eq!(date_of(&text[..10]).unwrap(), text[..10].parse().unwrap());
        }
        for text in [
            "2023-02-29T00:00:00+00:00 stated",
            "2024-05-01T24:00:00+00:00 stated",
            "2024-05-01T07:00:00.5+00:00 stated",
            "+002024-05-01T07:00:00+00:00 stated",
        ] {
            assert_eq!(usual_time(text.as_bytes()), None, "{text}");
        }
        assert!(time_of("2023-02-29T00:00:00+00:00 stated").is_err());
        assert!(date_of("2023-02-29").is_err());
        assert_eq!(date_of("-000044-03-15").unwrap(), jiff::civil::date(-44, 3, 15));
    }

    #[test]
    fn times_are_readable() {
        let time = OffsetTimestamp::new(
            "2024-05-01T06:00:00Z".parse().unwrap(),
            Offset::from_seconds(3_600).unwrap(),
            ZoneBasis::Stated,
        );
        assert_eq!(time_text(time).unwrap(), "2024-05-01T07:00:00+01:00 stated");
        assert!(time_of("yesterday").is_err());
    }
}
