//! Reads dates and times as written and places them in the zones the person lived in.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use nightmend_domain::{Disambiguation, OffsetTimestamp, ZoneBasis, ZoneHistory};

use crate::importer::Tally;

/// What to say once about a file whose local times no zone is known for.
pub(crate) const NO_ZONE: &str = "the times carry no time zone, and none is set: a night over a clock change may be an hour off; give \
     --tz (for example --tz Europe/London), or set your zone once with `nightmend sources`";

/// A date and time as written, with the offset where it carries one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub civil: DateTime,
    pub offset: Option<Offset>,
}

impl Written {
    /// Reads ISO 8601: a `T` or a blank between date and time, fractions of seconds, `Z` or an offset.
    pub(crate) fn from_iso(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text.trim()).ok()?;
        let offset = match pieces.offset() {
            Some(PiecesOffset::Zulu) => Some(Offset::UTC),
            Some(PiecesOffset::Numeric(numeric)) => Some(numeric.offset()),
            _ => None,
        };
        Some(Self { civil: pieces.date().to_datetime(pieces.time()?), offset })
    }

    /// The instant, where the text carries an offset.
    pub(crate) fn stated(self) -> Option<(Timestamp, Offset)> {
        let offset = self.offset?;
        offset.to_timestamp(self.civil).ok().map(|timestamp| (timestamp, offset))
    }
}

/// Places a written time: by its own offset, else in the person's zone, else without one (warned of once).
///
/// # Errors
/// A sentence for the person where the time lies outside the years that can be represented.
pub(crate) fn place(
    written: Written,
    zones: &ZoneHistory,
    tally: &mut Tally<'_>,
    place: &str,
) -> Result<(OffsetTimestamp, Disambiguation), String> {
    if let Some((timestamp, offset)) = written.stated() {
        let stamp = OffsetTimestamp::new(timestamp, offset, ZoneBasis::Stated);
        return Ok((stamp, Disambiguation::Plain));
    }
    match zones.on(written.civil.date()) {
        Some(zone) => OffsetTimestamp::from_civil(written.civil, zone).map_err(|error| error.to_string()),
        None => {
            tally.warn_once("no zone", place, NO_ZONE);
            OffsetTimestamp::from_civil_without_zone(written.civil)
                .map(|stamp| (stamp, Disambiguation::Plain))
                .map_err(|error| error.to_string())
        }
    }
}

/// The later reading of a civil time that happened twice in the person's zone, where it did.
pub(crate) fn later_reading(civil: DateTime, zones: &ZoneHistory) -> Option<OffsetTimestamp> {
    OffsetTimestamp::from_civil_later(civil, zones.on(civil.date())?).ok()
}

/// The instant so many seconds after `start`, as the clocks on the wall showed it.
pub(crate) fn seconds_after(
    start: OffsetTimestamp,
    seconds: i64,
    zones: &ZoneHistory,
) -> Option<OffsetTimestamp> {
    let timestamp = start.timestamp().checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    Some(match (start.basis(), zones.on(start.date())) {
        (ZoneBasis::Person, Some(zone)) => OffsetTimestamp::in_zone(timestamp, zone, ZoneBasis::Person),
        _ => OffsetTimestamp::new(timestamp, start.offset(), start.basis()),
    })
}

/// Reads a date written as `YYYY-MM-DD`, alone or at the head of a stamp.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    let text = text.trim();
    let head = text.get(..10)?;
    let rest = &text[10..];
    (rest.is_empty() || rest.starts_with(['T', ' '])).then(|| head.parse().ok()).flatten()
}

/// Whole seconds from one civil time to another, by the clock on the wall alone.
pub(crate) fn wall_seconds(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_in_the_forms_that_exports_use() {
        let civil: DateTime = "2019-11-02T00:09:30".parse().unwrap();
        for text in ["2019-11-02 00:09:30", "2019-11-02T00:09:30.000", " 2019-11-02T00:09:30 "] {
            assert_eq!(Written::from_iso(text), Some(Written { civil, offset: None }), "{text}");
        }
        let zulu = Written::from_iso("2019-11-02T00:09:30Z").unwrap();
        assert_eq!(zulu.offset, Some(Offset::UTC));
        let east = Written::from_iso("2019-11-02T00:09:30+02:00").unwrap();
        assert_eq!(east.stated().unwrap().0.to_string(), "2019-11-01T22:09:30Z");
        assert_eq!(Written::from_iso("2019-11-02"), None);
        assert_eq!(Written::from_iso("soon"), None);
    }

    #[test]
    fn dates_stand_alone_or_before_a_time() {
        assert!(iso_date("2024-02-29").is_some());
        assert!(iso_date("2024-02-29 10:00").is_some());
        assert!(iso_date("2024-02-30").is_none());
        assert!(iso_date("2024-02-291").is_none());
        assert!(iso_date("é024-02-29").is_none());
    }
}
