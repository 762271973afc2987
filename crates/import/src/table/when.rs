//! Finds out on which day, and at which instant, a row of a table was said.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use nightmend_domain::{OffsetTimestamp, Zone, ZoneBasis, ZoneHistory};

use super::map::TimeFrom;
use crate::clock::{self, Written};
use crate::importer::Tally;

/// When a row was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When {
    /// The day it belongs to.
    pub date: Date,
    /// The instant, where the row has a time stamp.
    pub at: Option<OffsetTimestamp>,
    /// The stamp as the clock of the table showed it: the same in every later export.
    pub stamp: Option<DateTime>,
}

/// A date in one of the formats; none means ISO 8601.
///
/// # Errors
/// A sentence for the person where no format fits, or where two fit and disagree.
pub(super) fn date(text: &str, formats: &[String]) -> Result<Date, String> {
    if formats.is_empty() {
        return clock::iso_date(text).ok_or_else(|| {
            format!("'{text}' is not a date like 2024-03-01; correct it, or name its format in the map")
        });
    }
    one_reading(text, formats, |format| match format {
        "iso" => clock::iso_date(text),
        _ => strtime::parse(format, text.trim()).and_then(|time| time.to_date()).ok(),
    })
}

/// A date and time in one of the formats; none means ISO 8601.
///
/// # Errors
/// As [`date`].
pub(super) fn stamp(text: &str, formats: &[String]) -> Result<Written, String> {
    if formats.is_empty() {
        return Written::from_iso(text).ok_or_else(|| {
            format!("'{text}' is not a time like 2024-03-01 21:30; correct it, or name its format in the map")
        });
    }
    one_reading(text, formats, |format| {
        if format == "iso" {
            return Written::from_iso(text);
        }
        let time = strtime::parse(format, text.trim()).ok()?;
        let date = time.to_date().ok()?;
        let clock = time.to_time().unwrap_or_else(|_| jiff::civil::Time::midnight());
        Some(Written { civil: date.to_datetime(clock), offset: time.offset() })
    })
}

fn one_reading<T: Copy + PartialEq + Shown>(
    text: &str,
    formats: &[String],
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    let mut found: Option<T> = None;
    for format in formats {
        match (found, read(format)) {
            (Some(first), Some(other)) if first != other => {
                return Err(format!(
                    "'{text}' can be read as {} and as {}; keep one format in the map, or write this one out",
                    first.shown(),
                    other.shown()
                ));
            }
            (None, reading) => found = reading,
            _ => {}
        }
    }
    found.ok_or_else(|| {
        format!(
            "'{text}' does not fit the format {}; correct it, or the format in the map",
            formats.join(" or ")
        )
    })
}

trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Date {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for Written {
    fn shown(&self) -> String {
        self.civil.to_string()
    }
}

/// A date from a year, a month and a day in three cells.
///
/// # Errors
/// A sentence for the person.
pub(super) fn three_part_date(year: &str, month: &str, day: &str) -> Result<Date, String> {
    let whole = |text: &str| {
        let text = text.trim();
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0).then_some(number as i64)
    };
    let parts = (whole(year), whole(month), whole(day));
    let (Some(year_number), Some(month_number), Some(day_number)) = parts else {
        return Err(format!(
            "'{year}', '{month}', '{day}' are not a year, a month and a day; correct the row"
        ));
    };
    let narrow = |number: i64| i8::try_from(number).unwrap_or(0);
    Date::new(i16::try_from(year_number).unwrap_or(0), narrow(month_number), narrow(day_number))
        .map_err(|_| format!("there is no day {year_number}-{month_number}-{day_number}; correct the row"))
}

/// Places a stamp by the clock of the table, and gives the day it belongs to.
///
/// # Errors
/// A sentence for the person.
pub(super) fn placed(
    written: Written,
    from: &TimeFrom,
    zones: &ZoneHistory,
    tally: &mut Tally<'_>,
    place: &str,
) -> Result<When, String> {
    let lived_in =
        |date: Date| -> Option<Zone> { from.person_zone.clone().or_else(|| zones.on(date).cloned()) };
    let at = match (written.stated(), &from.zone) {
        (Some((timestamp, offset)), _) => match lived_in(written.civil.date()) {
            Some(zone) => OffsetTimestamp::in_zone(timestamp, &zone, ZoneBasis::Stated),
            None => {
                warn_of_unknown_person_zone(tally, place);
                OffsetTimestamp::new(timestamp, offset, ZoneBasis::Stated)
            }
        },
        (None, Some(zone)) => {
            let (stamp, _) =
                OffsetTimestamp::from_civil(written.civil, zone).map_err(|error| error.to_string())?;
            match lived_in(written.civil.date()) {
                Some(zone) => OffsetTimestamp::in_zone(stamp.timestamp(), &zone, ZoneBasis::Stated),
                None => {
                    warn_of_unknown_person_zone(tally, place);
                    OffsetTimestamp::new(stamp.timestamp(), stamp.offset(), ZoneBasis::Stated)
                }
            }
        }
        (None, None) => match lived_in(written.civil.date()) {
            Some(zone) => {
                OffsetTimestamp::from_civil(written.civil, &zone).map_err(|error| error.to_string())?.0
            }
            None => clock::place(written, zones, tally, place)?.0,
        },
    };
    let mut date = at.date();
    if at.civil().time() < from.day_starts {
        date = date.yesterday().map_err(|_| format!("the date {date} cannot be used; correct it"))?;
    }
    Ok(When { date, at: Some(at), stamp: Some(written.civil) })
}

fn warn_of_unknown_person_zone(tally: &mut Tally<'_>, place: &str) {
    tally.warn_once(
        "no person zone",
        place,
        "the zone of the stamps is known but not the zone the person lived in, so days are counted by the clock of \
         the stamps; write person_zone under [time] in the map, or give --tz",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(list: &[&str]) -> Vec<String> {
        list.iter().map(|format| (*format).to_owned()).collect()
    }

    #[test]
    fn dates_are_read_by_the_formats_of_the_map() {
        let iso = |text, list: &[&str]| date(text, &formats(list)).map(|date| date.to_string());
        assert_eq!(iso("2024-03-01", &[]).unwrap(), "2024-03-01");
        assert_eq!(iso("1/3/2024", &["%d/%m/%Y"]).unwrap(), "2024-03-01");
        assert_eq!(iso("04/12/2016", &["%m/%d/%Y"]).unwrap(), "2016-04-12");
        assert_eq!(iso("1 Mar 24", &["%d %b %y"]).unwrap(), "2024-03-01");
        for text in ["2024-03-01", "1/3/2024"] {
            assert_eq!(iso(text, &["iso", "%d/%m/%Y"]).unwrap(), "2024-03-01");
        }
        assert!(iso("12/25/2019", &["%d/%m/%Y"]).unwrap_err().contains("does not fit"));
    }

    #[test]
    fn a_day_and_month_that_can_be_swapped_is_refused_and_one_that_cannot_is_taken() {
        let both = formats(&["%d/%m/%Y", "%m/%d/%Y"]);
        assert!(date("03/04/2020", &both).unwrap_err().contains("2020-04-03 and as 2020-03-04"));
        assert_eq!(date("25/12/2019", &both).unwrap().to_string(), "2019-12-25");
        assert_eq!(date("12/25/2019", &both).unwrap().to_string(), "2019-12-25");
        assert_eq!(date("05/05/2020", &both).unwrap().to_string(), "2020-05-05");
    }

    #[test]
    fn stamps_may_carry_an_american_clock() {
        let read = stamp("4/12/2016 9:05:30 PM", &formats(&["%m/%d/%Y %I:%M:%S %p"])).unwrap();
        assert_eq!(read.civil.to_string(), "2016-04-12T21:05:30");
        let read = stamp("2016-04-12 21:05:30", &formats(&["%m/%d/%Y %H:%M", "iso"])).unwrap();
        assert_eq!(read.civil.to_string(), "2016-04-12T21:05:30");
    }

    #[test]
    fn three_columns_make_a_date() {
        assert_eq!(three_part_date("2015", "11.0", "25").unwrap().to_string(), "2015-11-25");
        assert!(three_part_date("0", "NaN", "0").is_err());
        assert!(three_part_date("2015", "2", "30").is_err());
    }
}
