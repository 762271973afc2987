//! Names what every importer takes and gives: bytes and settings in, records, issues and an account out.

use std::io::{self, Read};

use jiff::civil::Date;
use nightmend_domain::{Issue, Observation, PersonName, ZoneHistory};
use thiserror::Error;

use crate::table::TableMap;

/// One fact read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The person, where the file or its path names one; otherwise the reader of the file says whose it is.
    pub person: Option<PersonName>,
    /// The fact.
    pub observation: Observation,
    /// Whether nothing says what the fact means: it is kept as text.
    pub unmapped: bool,
}

/// What an importer hands over while it reads, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A fact.
    Record(Record),
    /// One record that was not taken, with its place and what to do.
    Refused(Issue),
    /// A decision or a doubt that cost no record.
    Warning(Issue),
}

/// The dates that a record may carry; everything else is taken for a slip of a clock or a pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlausibleDates {
    /// The first date allowed.
    pub earliest: Date,
    /// The last date allowed.
    pub latest: Date,
}

impl PlausibleDates {
    /// From 1970 to the day after `today` (a phone east of here may be a day ahead).
    #[must_use]
    pub fn until_tomorrow(today: Date) -> Self {
        Self { earliest: jiff::civil::date(1970, 1, 1), latest: today.tomorrow().unwrap_or(today) }
    }

    /// Whether the date may stand.
    ///
    /// # Errors
    /// A sentence for the person, where it may not.
    pub fn check(&self, date: Date) -> Result<Date, String> {
        if (self.earliest..=self.latest).contains(&date) {
            Ok(date)
        } else {
            Err(format!(
                "the date {date} lies outside {} to {}; correct the year in the file",
                self.earliest, self.latest
            ))
        }
    }
}

/// What an importer may be told; destructured whole by whoever builds on it, so that nothing is forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportSettings {
    /// The zones in which local times are read; may be empty, and then one warning says how to set them.
    pub zones: ZoneHistory,
    /// Folder names and file name as given, outermost first, for maps that take the person from the path.
    pub path_parts: Vec<String>,
    /// The map of a table; only the table importer looks at it.
    pub map: Option<TableMap>,
    /// The dates that a record may carry.
    pub plausible_dates: PlausibleDates,
}

/// How sure an importer is that a file is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It is something else.
    No,
    /// It is a table that can be read once a map says what its columns are.
    NeedsMap,
    /// It is this format.
    Certain,
}

/// A reader of one outside format.
pub trait Importer: Sync {
    /// Its name on the command line, in golden tests and in checklists.
    fn id(&self) -> &'static str;

    /// One line for a list of formats.
    fn title(&self) -> &'static str;

    /// Whether the file is of this format, judged by its first bytes (64 KiB are enough) and its name.
    fn recognises(&self, head: &[u8], file_name: &str) -> Confidence;

    /// Reads to the end, handing over every record, refusal and warning in the order of the file.
    ///
    /// A bad record costs one record. Memory stays bounded whatever the bytes are.
    ///
    /// # Errors
    /// Only where nothing at all can be taken from the file: see [`ReadError`].
    fn read(
        &self,
        input: &mut dyn Read,
        settings: &ImportSettings,
        emit: &mut dyn FnMut(Item),
    ) -> Result<Account, ReadError>;
}

/// Counts of one file, in records.
///
/// A record is the smallest unit that states a fact: a sleep log; the night of a diary line; every other filled
/// cell of a wide table that is not a key (date, time, person); a row of a long table; an item of a list cell.
/// A refused cell counts as one record. Cells that are empty or hold a code for "missing" state nothing.
///
/// Law: `read` is the number of records handed over plus `refused`; `unmapped` of those handed over carry
/// [`Record::unmapped`]. The store later splits the rest: read = kept + known + superseded + refused + unmapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Records met.
    pub read: u64,
    /// Of these, not taken.
    pub refused: u64,
    /// Of these, kept as text because nothing says what they mean.
    pub unmapped: u64,
    /// Cells that hold a code for "missing", and rows of a long table without a value; not in `read`.
    pub missing: u64,
}

/// Why nothing could be taken from a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file holds no bytes.
    #[error("the file is empty; export it again")]
    Empty,
    /// The bytes are of another format.
    #[error("this is not {expected}; choose another format with --as, or leave --as out")]
    NotThisFormat {
        /// What was expected, in words.
        expected: &'static str,
    },
    /// The bytes could not be had.
    #[error("the file cannot be read ({source}); check it and try again")]
    Unreadable {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Everything in the file was looked at and nothing could be used.
    #[error("{reason}")]
    NothingUsable {
        /// What is wrong and what to do.
        reason: String,
    },
    /// The table needs a map.
    #[error(
        "this is a table that nightmend does not know; run `nightmend map` on it, correct the proposed map, \
         and import it with --map"
    )]
    NeedsMap,
    /// The map names columns that the table does not have.
    #[error(
        "the map names {} that the table does not have: {}; the table has: {}; correct the map",
        if missing.len() == 1 { "a column" } else { "columns" },
        quoted(missing),
        quoted(present)
    )]
    ColumnsMissing {
        /// Columns that the map names and the table lacks.
        missing: Vec<String>,
        /// Columns that the table has.
        present: Vec<String>,
    },
}

fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(60).map(|name| format!("'{name}'")).collect();
    let more = if names.len() > 60 { format!(" and {} more", names.len() - 60) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Hands items over and counts them, so that no importer can forget to.
pub(crate) struct Tally<'a> {
    emit: &'a mut dyn FnMut(Item),
    account: Account,
    warned: Vec<&'static str>,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(emit: &'a mut dyn FnMut(Item)) -> Self {
        Self { emit, account: Account::default(), warned: Vec::new() }
    }

    pub(crate) fn record(&mut self, record: Record) {
        self.account.read += 1;
        self.account.unmapped += u64::from(record.unmapped);
        (self.emit)(Item::Record(record));
    }

    pub(crate) fn refuse(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.account.read += 1;
        self.account.refused += 1;
        (self.emit)(Item::Refused(Issue { place: place.into(), reason: reason.into() }));
    }

    pub(crate) fn warn(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        (self.emit)(Item::Warning(Issue { place: place.into(), reason: reason.into() }));
    }

    /// A warning that is given once a file, however often its cause is met.
    pub(crate) fn warn_once(&mut self, about: &'static str, place: &str, reason: &str) {
        if !self.warned.contains(&about) {
            self.warned.push(about);
            self.warn(place, reason);
        }
    }

    pub(crate) fn missing(&mut self) {
        self.account.missing += 1;
    }

    pub(crate) fn account(&self) -> Account {
        self.account
    }

    /// The account, or an error with that reason where not one record was met.
    pub(crate) fn finish(self, nothing: &str) -> Result<Account, ReadError> {
        if self.account.read == 0 && self.account.missing == 0 {
            return Err(ReadError::NothingUsable { reason: nothing.to_owned() });
        }
        Ok(self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_another_century_are_refused_with_something_to_do() {
        let plausible = PlausibleDates::until_tomorrow("2024-05-01".parse().unwrap());
        assert!(plausible.check("2024-05-02".parse().unwrap()).is_ok());
        for odd in ["1918-11-11", "2024-05-03", "2099-01-01"] {
            let message = plausible.check(odd.parse().unwrap()).unwrap_err();
            assert!(message.contains(odd) && message.contains("correct the year"), "{message}");
        }
    }

    #[test]
    fn a_map_that_does_not_fit_lists_the_columns_that_are_there() {
        let error = ReadError::ColumnsMissing {
            missing: vec!["sorenes".into()],
            present: vec!["date".into(), "soreness".into()],
        };
        let text = error.to_string();
        assert!(text.contains("a column that the table does not have: 'sorenes'"), "{text}");
        assert!(text.contains("'date', 'soreness'"), "{text}");
    }
}
