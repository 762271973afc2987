//! Reads outside formats from bytes into observations and issues.
//!
//! Every importer takes a [`std::io::Read`] and settings, and hands over records, refusals and warnings one by
//! one: it never sees a path, a clock or a screen, and its memory stays bounded whatever the bytes are.

mod clock;
mod formats;
mod importer;
mod json_elements;
mod rows;
pub mod table;
mod text;

pub use importer::{Account, Confidence, ImportSettings, Importer, Item, PlausibleDates, ReadError, Record};

use nightmend_domain::{Entry, Moment, Role, Several, TrackerName, Value};

/// Every importer, in the order in which they are listed for people.
///
/// ```
/// let ids: Vec<&str> = nightmend_import::importers().iter().map(|importer| importer.id()).collect();
/// assert_eq!(ids, ["diary-csv", "fitbit-sleep", "table"]);
/// ```
#[must_use]
pub fn importers() -> &'static [&'static dyn Importer] {
    formats::ALL
}

/// The importer that claims a file by its first bytes (64 KiB are enough) and its name, and how sure it is.
///
/// At most one importer claims a file. `None` where nobody does: the file is "not recognised", which is no defect.
///
/// ```
/// use nightmend_import::{Confidence, recognise};
/// let (importer, confidence) = recognise(b"day;pain\n2024-03-01;4\n", "pain.csv").unwrap();
/// assert_eq!((importer.id(), confidence), ("table", Confidence::NeedsMap));
/// assert!(recognise(&[0x89, b'P', b'N', b'G', 0, 0, 0], "photo.png").is_none());
/// ```
#[must_use]
pub fn recognise(head: &[u8], file_name: &str) -> Option<(&'static dyn Importer, Confidence)> {
    importers()
        .iter()
        .map(|importer| (*importer, importer.recognises(head, file_name)))
        .filter(|(_, confidence)| *confidence > Confidence::No)
        .max_by_key(|(_, confidence)| *confidence)
}

/// The importer with that id, for `--as`.
#[must_use]
pub fn importer_by_id(id: &str) -> Option<&'static dyn Importer> {
    importers().iter().copied().find(|importer| importer.id() == id)
}

/// An empty diary to fill in: a header that teaches each column, its unit and an example, and no lines.
///
/// ```
/// let template = nightmend_import::diary_template();
/// assert!(template.lines().last().unwrap().starts_with("date,in_bed,tried_to_sleep,"));
/// ```
#[must_use]
pub fn diary_template() -> String {
    formats::diary_template()
}

/// Most characters of a text that is kept as a note.
const LONGEST_NOTE: usize = 10_000;

/// A text that nothing says the meaning of.
pub(crate) fn note(name: &str, text: &str) -> Result<Entry, String> {
    let text = bounded_text(text)?;
    Ok(Entry {
        tracker: TrackerName::new(name).map_err(|error| format!("the column's name: {error}"))?,
        role: Role::Note,
        moment: Moment::Day,
        several: Several::Replace,
        value: Value::Text(text),
    })
}

pub(crate) fn bounded_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_NOTE {
        return Err(format!("the text is longer than {LONGEST_NOTE} characters; shorten it"));
    }
    Ok(text.to_owned())
}

/// What to say where a file breaks off because its bytes cannot be had.
pub(crate) fn unreadable_from_here(error: &std::io::Error) -> String {
    format!(
        "the file cannot be read from here on ({error}); everything before is taken; check the file and import it again"
    )
}

#[cfg(test)]
pub(crate) fn test_settings() -> ImportSettings {
    let zone = nightmend_domain::Zone::named("Europe/London").unwrap();
    ImportSettings {
        zones: nightmend_domain::ZoneHistory::always(zone),
        path_parts: Vec::new(),
        map: None,
        plausible_dates: PlausibleDates::until_tomorrow(jiff::civil::date(2025, 12, 31)),
    }
}
