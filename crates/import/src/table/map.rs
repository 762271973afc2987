//! Holds what a person says about a table, read from TOML and checked as a whole.

use std::collections::BTreeMap;

use jiff::civil::Time;
use nightmend_domain::{
    Moment, PersonName, Role, Scale, ScaleDirection, Several, SleepKind, SleepMethod, SourceName,
    TrackerName, Zone,
};
use thiserror::Error;

use super::map_text::{self, TextColumn, TextMap};

/// What a person says about a table: where its dates, its persons and its values stand and what they mean.
///
/// The language is taught in `docs/reference/map.md`.
///
/// ```
/// let map = nightmend_import::table::TableMap::parse(r#"
///     source = "my spreadsheet"
///     date = { column = "day", format = "%d.%m.%Y" }
///     [[column]]
///     name = "back"
///     as = "back pain"
///     role = "pain"
///     moment = "bedtime"
///     nrs = true
/// "#)?;
/// assert_eq!(map.source().as_str(), "my spreadsheet");
/// # Ok::<(), nightmend_import::table::MapError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TableMap {
    pub(super) source: SourceName,
    pub(super) file: FileForm,
    pub(super) person: Option<PersonFrom>,
    pub(super) date: Option<DateFrom>,
    pub(super) time: Option<TimeFrom>,
    pub(super) long: Option<LongForm>,
    pub(super) sleep: Option<SleepColumns>,
    /// What is followed: columns of a wide table, trackers of a long one.
    pub(super) columns: Vec<Tracked>,
    pub(super) trackers: Vec<Tracked>,
}

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct MapError {
    /// What is wrong, on which line, and what to do.
    pub message: String,
}

/// Whether a map is meant for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Its name and its columns are those of the map.
    Fits,
    /// The map names files that are called otherwise.
    OtherName,
    /// The map names columns that the table does not have.
    ColumnsMissing {
        /// Columns that the map names and the table lacks.
        missing: Vec<String>,
        /// Columns that the table has.
        present: Vec<String>,
    },
}

/// How the file is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FileForm {
    pub names: Vec<String>,
    pub delimiter: Option<char>,
    pub skip_lines: u64,
    pub comment: Option<String>,
    pub header: Option<Vec<String>>,
    pub numbers: NumberForm,
    pub missing: Vec<String>,
    pub fill_down: Vec<String>,
    pub ignore: Vec<String>,
    pub ragged: Ragged,
}

/// How numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberForm {
    pub decimal: char,
    pub thousands: Option<char>,
}

/// What to do with a row that has more or fewer cells than the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ragged {
    /// Refuse the row.
    Refuse,
    /// Missing cells are empty; further cells are passed over.
    Fill,
    /// Further cells belong to the last column: a text with delimiters in it.
    Join,
}

/// Where the person's name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PersonFrom {
    Column(String),
    /// A pattern for a part of the path: `*` for anything, `?` for a letter, `#` for a digit.
    Path(String),
}

/// Where the date stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateFrom {
    Column { name: String, formats: Vec<String> },
    Columns { year: String, month: String, day: String },
}

/// Where a time stamp stands, and by which clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimeFrom {
    pub column: String,
    /// Empty for ISO 8601.
    pub formats: Vec<String>,
    /// `None`: the stamps are local times of the person.
    pub zone: Option<Zone>,
    pub person_zone: Option<Zone>,
    pub day_starts: Time,
}

/// A table with one value a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LongForm {
    pub tracker: Vec<String>,
    pub value: String,
}

/// The columns that tell a night, and what their dates mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SleepColumns {
    pub method: SleepMethod,
    pub kind: SleepKind,
    pub dated_by_evening: bool,
    /// In bed, tried to sleep, asleep, awake, out of bed.
    pub clocks: [Option<String>; 5],
    pub clock_formats: Vec<String>,
    pub lengths: Vec<(SleepPart, String)>,
    pub missing: Vec<String>,
}

/// A number that tells a part of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SleepPart {
    HoursAsleep,
    MinutesAsleep,
    HoursInBed,
    MinutesInBed,
    MinutesToFallAsleep,
    MinutesAwake,
    Awakenings,
    Efficiency,
}

/// One thing that is followed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tracked {
    /// What the table calls it, now or at other times.
    pub names: Vec<String>,
    pub optional: bool,
    /// What the store calls it; `None` for the name in the table (of a group, each its own).
    pub tracker: Option<TrackerName>,
    pub role: Role,
    pub moment: Moment,
    pub several: Several,
    pub kind: ValueKind,
    pub missing: Vec<String>,
    /// Words that stand for numbers, in lower case.
    pub words: BTreeMap<String, f64>,
}

/// How the values of a thing are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueKind {
    Nrs,
    Rating(Scale),
    Quantity { unit: String, minimum: f64, maximum: f64 },
    Tick { yes: Vec<String>, no: Vec<String>, direction: ScaleDirection },
    List { separator: char, items: BTreeMap<String, String>, direction: ScaleDirection },
    Text,
    Sleep(SleepPart),
}

impl TableMap {
    /// A map from its TOML text.
    ///
    /// # Errors
    /// What is wrong, with its line and what to do.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let written: TextMap = toml::from_str(text).map_err(|error| map_text::syntax_error(text, &error))?;
        map_text::check(written, text)
    }

    /// The name that the map gives its table in the store.
    #[must_use]
    pub fn source(&self) -> &SourceName {
        &self.source
    }

    /// The person that a path names by the map's pattern; `None` where the map has none or no part is like it.
    ///
    /// For the other files of the same folder too, so that a whole study can be imported at once.
    ///
    /// ```
    /// let map = nightmend_import::table::TableMap::parse(
    ///     "source = \"x\"\ndate = { column = \"day\", format = \"iso\" }\nperson = { path = \"p##\" }\n",
    /// )?;
    /// let parts = ["study", "p07", "sleep.json"].map(str::to_owned);
    /// assert_eq!(map.person_of_path(&parts).unwrap().as_str(), "p07");
    /// # Ok::<(), nightmend_import::table::MapError>(())
    /// ```
    #[must_use]
    pub fn person_of_path(&self, path_parts: &[String]) -> Option<PersonName> {
        let Some(PersonFrom::Path(pattern)) = &self.person else { return None };
        let stem = |part: &str| part.rsplit_once('.').map_or(part, |(stem, _)| stem).to_owned();
        path_parts
            .iter()
            .find_map(|part| [part.clone(), stem(part)].into_iter().find(|name| like(pattern, name)))
            .and_then(|name| PersonName::new(&name).ok())
    }

    /// Whether the map says where the person's name stands.
    #[must_use]
    pub fn names_people(&self) -> bool {
        self.person.is_some()
    }

    /// Whether the map is meant for a file of that name which begins with those bytes.
    ///
    /// For a folder of many files: those whose name or columns differ are not meant and no defect.
    #[must_use]
    pub fn fit(&self, head: &[u8], file_name: &str) -> Fit {
        if !self.file.names.is_empty() && !self.file.names.iter().any(|name| like(name, file_name)) {
            return Fit::OtherName;
        }
        let mut bytes = head;
        match super::header::read(&mut super::header::rows(&mut bytes, self), self) {
            Ok(header) => match header.lacking(self) {
                missing if missing.is_empty() => Fit::Fits,
                missing => Fit::ColumnsMissing { missing, present: header.names },
            },
            Err(_) => Fit::ColumnsMissing { missing: self.required_columns(), present: Vec::new() },
        }
    }

    /// The columns that the table must have.
    pub(super) fn required_columns(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some(PersonFrom::Column(name)) = &self.person {
            names.push(name.clone());
        }
        match &self.date {
            Some(DateFrom::Column { name, .. }) => names.push(name.clone()),
            Some(DateFrom::Columns { year, month, day }) => {
                names.extend([year, month, day].map(Clone::clone))
            }
            None => {}
        }
        names.extend(self.time.iter().map(|time| time.column.clone()));
        if let Some(long) = &self.long {
            names.extend(long.tracker.iter().cloned());
            names.push(long.value.clone());
        }
        if let Some(sleep) = &self.sleep {
            names.extend(sleep.clocks.iter().flatten().cloned());
            names.extend(sleep.lengths.iter().map(|(_, name)| name.clone()));
        }
        names.extend(self.file.fill_down.iter().cloned());
        names.dedup();
        names
    }
}

/// Whether a name is like a pattern: `*` for anything, `?` for one letter, `#` for one digit; case is ignored.
pub(super) fn like(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut at, mut name_at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while name_at < name.len() {
        let fits = match pattern.get(at) {
            Some('*') => {
                star = Some((at, name_at));
                at += 1;
                continue;
            }
            Some('?') => true,
            Some('#') => name[name_at].is_ascii_digit(),
            Some(letter) => *letter == name[name_at],
            None => false,
        };
        if fits {
            at += 1;
            name_at += 1;
        } else if let Some((star_at, from)) = star {
            star = Some((star_at, from + 1));
            at = star_at + 1;
            name_at = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

impl TextColumn {
    /// How people call this entry in a message.
    pub(super) fn label(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.names.first().cloned())
            .unwrap_or_else(|| "(without a name)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_letters_digits_and_anything() {
        assert!(like("p##", "P01"));
        assert!(!like("p##", "p1"));
        assert!(!like("p##", "pmsys"));
        assert!(like("*pain*.csv", "Participant8PainNew.csv"));
        assert!(like("*", ""));
        assert!(!like("a?c", "ac"));
    }
}
