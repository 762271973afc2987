//! Keeps instants with the clock on the wall, and nights by the date of waking.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::units::Minutes;

/// Why a time was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The name is not in the bundled database of zones.
    #[error("there is no time zone called '{name}'; give one such as Europe/London")]
    UnknownZone {
        /// The name given.
        name: String,
    },
    /// The time lies outside the years that can be represented.
    #[error("the time {time} cannot be placed; check its year")]
    OutOfRange {
        /// The time given.
        time: String,
    },
}

/// The date of the morning on which a person woke: the name of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NightDate(Date);

impl NightDate {
    /// The night from which the person woke on `waking`.
    #[must_use]
    pub const fn of_waking(waking: Date) -> Self {
        Self(waking)
    }

    /// The date of waking.
    #[must_use]
    pub const fn date(self) -> Date {
        self.0
    }
}

impl fmt::Display for NightDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the offset of a time came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ZoneBasis {
    /// The record carried its own offset or zone.
    Stated,
    /// A civil time was read in the zone that the person named.
    Person,
    /// No zone is known: the civil time is kept as if at offset zero, and a length that spans a clock change
    /// may be an hour off.
    Unknown,
}

/// A named time zone of the bundled database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone of that IANA name, from the bundled database only.
    ///
    /// # Errors
    /// A name that the database does not know.
    pub fn named(name: &str) -> Result<Self, TimeError> {
        TimeZone::get(name.trim())
            .ok()
            .and_then(|zone| {
                zone.iana_name().map(str::to_owned).map(|name| Self { name, zone: zone.clone() })
            })
            .ok_or_else(|| TimeError::UnknownZone { name: name.trim().to_owned() })
    }

    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// The IANA name, e.g. `Europe/Oslo`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules of the zone.
    #[must_use]
    pub const fn rules(&self) -> &TimeZone {
        &self.zone
    }
}

/// What had to be decided when a civil time was placed in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disambiguation {
    /// The civil time happened once.
    Plain,
    /// It happened twice (clocks went back); the earlier was taken.
    EarlierOfTwo,
    /// It never happened (clocks went forward); it was moved forward by the gap.
    MovedForward,
}

/// An instant together with the offset of the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OffsetTimestamp {
    timestamp: Timestamp,
    offset: Offset,
    basis: ZoneBasis,
}

impl OffsetTimestamp {
    /// An instant whose offset is stated.
    #[must_use]
    pub const fn new(timestamp: Timestamp, offset: Offset, basis: ZoneBasis) -> Self {
        Self { timestamp, offset, basis }
    }

    /// The instant as the clocks of `zone` show it.
    #[must_use]
    pub fn in_zone(timestamp: Timestamp, zone: &Zone, basis: ZoneBasis) -> Self {
        Self { timestamp, offset: zone.rules().to_offset(timestamp), basis }
    }

    /// A civil time read in the person's zone; the earlier where it happened twice, moved forward where it never
    /// happened.
    ///
    /// ```
    /// use nightmend_domain::{Disambiguation, OffsetTimestamp, Zone};
    /// let oslo = Zone::named("Europe/Oslo")?;
    /// let (stamp, how) = OffsetTimestamp::from_civil("2020-03-29T02:30".parse().unwrap(), &oslo)?;
    /// assert_eq!(how, Disambiguation::MovedForward);
    /// assert_eq!(stamp.civil().to_string(), "2020-03-29T03:30:00");
    /// # Ok::<(), nightmend_domain::time::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// A time outside the years that can be represented.
    pub fn from_civil(civil: DateTime, zone: &Zone) -> Result<(Self, Disambiguation), TimeError> {
        let ambiguous = zone.rules().to_ambiguous_timestamp(civil);
        let how = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => Disambiguation::Plain,
            AmbiguousOffset::Fold { .. } => Disambiguation::EarlierOfTwo,
            AmbiguousOffset::Gap { .. } => Disambiguation::MovedForward,
        };
        let timestamp =
            ambiguous.compatible().map_err(|_| TimeError::OutOfRange { time: civil.to_string() })?;
        Ok((Self::in_zone(timestamp, zone, ZoneBasis::Person), how))
    }

    /// The later of the two instants of a civil time that happened twice; as [`OffsetTimestamp::from_civil`]
    /// otherwise.
    ///
    /// # Errors
    /// As [`OffsetTimestamp::from_civil`].
    pub fn from_civil_later(civil: DateTime, zone: &Zone) -> Result<Self, TimeError> {
        let timestamp = zone
            .rules()
            .to_ambiguous_timestamp(civil)
            .later()
            .map_err(|_| TimeError::OutOfRange { time: civil.to_string() })?;
        Ok(Self::in_zone(timestamp, zone, ZoneBasis::Person))
    }

    /// A civil time whose zone nobody knows.
    ///
    /// # Errors
    /// A time outside the years that can be represented.
    pub fn from_civil_without_zone(civil: DateTime) -> Result<Self, TimeError> {
        let timestamp =
            Offset::UTC.to_timestamp(civil).map_err(|_| TimeError::OutOfRange { time: civil.to_string() })?;
        Ok(Self { timestamp, offset: Offset::UTC, basis: ZoneBasis::Unknown })
    }

    /// The instant.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// The offset of the clock on the wall from UTC.
    #[must_use]
    pub const fn offset(self) -> Offset {
        self.offset
    }

    /// How the offset came to be known.
    #[must_use]
    pub const fn basis(self) -> ZoneBasis {
        self.basis
    }

    /// What the clock on the wall showed.
    #[must_use]
    pub fn civil(self) -> DateTime {
        self.offset.to_datetime(self.timestamp)
    }

    /// The date on the wall.
    #[must_use]
    pub fn date(self) -> Date {
        self.civil().date()
    }

    /// The time from this instant to a later one; `None` where it is not later or longer than seven days.
    #[must_use]
    pub fn minutes_until(self, later: Self) -> Option<Minutes> {
        let elapsed = later.timestamp.duration_since(self.timestamp);
        Minutes::new(elapsed.as_secs_f64() / 60.0).ok()
    }

    /// The instant that many minutes later, with the same offset; `None` outside the representable years.
    #[must_use]
    pub fn plus(self, minutes: Minutes) -> Option<Self> {
        self.shifted(minutes.get())
    }

    /// The instant that many minutes earlier, with the same offset; `None` outside the representable years.
    #[must_use]
    pub fn minus(self, minutes: Minutes) -> Option<Self> {
        self.shifted(-minutes.get())
    }

    fn shifted(self, minutes: f64) -> Option<Self> {
        let seconds = SignedDuration::try_from_secs_f64((minutes * 60.0).round()).ok()?;
        self.timestamp.checked_add(seconds).ok().map(|timestamp| Self { timestamp, ..self })
    }
}

impl fmt::Display for OffsetTimestamp {
    /// Writes RFC 3339 with the offset, or the civil time alone where the zone is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        match self.basis {
            ZoneBasis::Unknown => write!(f, "{civil}"),
            ZoneBasis::Stated | ZoneBasis::Person => {
                let seconds = self.offset.seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                write!(f, "{civil}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_over_the_spring_change_is_an_hour_shorter() {
        let london = Zone::named("Europe/London").unwrap();
        let (start, _) = OffsetTimestamp::from_civil(civil("2021-03-27T23:00"), &london).unwrap();
        let (end, _) = OffsetTimestamp::from_civil(civil("2021-03-28T07:00"), &london).unwrap();
        assert_eq!(start.minutes_until(end).unwrap().get(), 420.0);
        assert_eq!(end.to_string(), "2021-03-28T07:00:00+01:00");
    }

    #[test]
    fn a_time_that_happened_twice_has_two_readings() {
        let london = Zone::named("Europe/London").unwrap();
        let (earlier, how) = OffsetTimestamp::from_civil(civil("2021-10-31T01:30"), &london).unwrap();
        let later = OffsetTimestamp::from_civil_later(civil("2021-10-31T01:30"), &london).unwrap();
        assert_eq!(how, Disambiguation::EarlierOfTwo);
        assert_eq!(earlier.minutes_until(later).unwrap().get(), 60.0);
        assert_eq!(earlier.civil(), later.civil());
    }

    #[test]
    fn zone_names_come_from_the_bundle() {
        assert!(Zone::named("Europe/Oslo").is_ok());
        assert!(Zone::named("Mars/Olympus").unwrap_err().to_string().contains("give one such as"));
    }
}
