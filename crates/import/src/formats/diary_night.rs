//! Places the clock times of a diary night around its date of waking.

use jiff::civil::{Date, DateTime, Time};
use nightmend_domain::{
    Disambiguation, Minutes, OffsetTimestamp, SleepKind, SleepMethod, SleepRecord, ZoneHistory,
};

use crate::clock::{self, Written};
use crate::importer::Tally;

/// The columns of the night: name, what they ask, an example.
pub(crate) const NIGHT_COLUMNS: &[(&str, &str, &str)] = &[
    ("in_bed", "when you got into bed, on a 24-hour clock", "22:45"),
    ("tried_to_sleep", "when you first tried to sleep", "23:10"),
    ("minutes_to_fall_asleep", "minutes until you fell asleep", "20"),
    ("awakenings", "how often you woke, not counting the last time", "2"),
    ("minutes_awake", "how long these awakenings lasted together, in minutes", "25"),
    ("final_awakening", "when you woke for the last time", "06:40"),
    ("out_of_bed", "when you got out of bed for the day", "07:05"),
];

const CLOCK_COLUMNS: [&str; 4] = ["in_bed", "tried_to_sleep", "final_awakening", "out_of_bed"];
const ENDS: [&str; 2] = ["final_awakening", "out_of_bed"];
/// Longest time from the first to the last clock time of a night.
const LONGEST_HOURS: f64 = 24.0;
/// Beyond this a morning and an evening may have been mixed up, and the person is asked to look.
const DOUBTFUL_HOURS: f64 = 16.0;

/// A cell by its column name; `None` where it is empty or not there.
pub(crate) type CellOf<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

/// The night of one line, or `None` where nothing about it is stated or what is stated was refused.
pub(crate) fn night<'a>(
    date: Date,
    cell: &CellOf<'a>,
    place: &str,
    zones: &ZoneHistory,
    tally: &mut Tally<'_>,
) -> Option<SleepRecord> {
    let mut asked = CLOCK_COLUMNS.map(|name| ClockAsked { name, cell: None, is_end: ENDS.contains(&name) });
    for asked in &mut asked {
        let name = asked.name;
        let Some(text) = cell(name) else { continue };
        match clock_cell(text) {
            Some(time) => asked.cell = Some(time),
            None => tally.refuse(
                format!("{place}, {name}"),
                format!("'{text}' is not a time; write it on a 24-hour clock, e.g. 23:10, or leave it empty"),
            ),
        }
    }
    let placed = match around_waking(date, &asked) {
        Ok(placed) => placed,
        Err(reason) => {
            tally.refuse(format!("{place}, night"), reason);
            return None;
        }
    };
    if placed.guessed_evening {
        tally.warn(
            place,
            "no time of waking or rising is given, so the time in bed was placed in the 24 hours before noon of \
             the date; fill in final_awakening or out_of_bed to be sure",
        );
    }
    let record = measured(SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main), cell, place, tally);
    let record = with_times(record, &placed.times, place, zones, tally)?;
    (record != SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main)).then_some(record)
}

/// A clock time alone or a full stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockCell {
    Time(Time),
    Stamp(DateTime),
}

pub(crate) fn clock_cell(text: &str) -> Option<ClockCell> {
    if let Some(written) = Written::from_iso(text) {
        return Some(ClockCell::Stamp(written.civil));
    }
    clock_time(text).map(ClockCell::Time)
}

/// A time such as `23:10`, `7:05`, `23:10:30`, `23h10` or `11:10 pm`.
pub(crate) fn clock_time(text: &str) -> Option<Time> {
    let text = text.trim().to_lowercase();
    let (text, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim().to_owned(), Some(0)),
        (_, Some(rest)) => (rest.trim().to_owned(), Some(12)),
        _ => (text, None),
    };
    let parts: Vec<&str> = text.split([':', 'h']).collect();
    if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty() || part.len() > 2) {
        return None;
    }
    let numbers: Vec<i8> = parts.iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let hour = match half {
        None => numbers[0],
        Some(add) if (1..=12).contains(&numbers[0]) => numbers[0] % 12 + add,
        Some(_) => return None,
    };
    Time::new(hour, numbers[1], numbers.get(2).copied().unwrap_or(0), 0).ok()
}

/// The clock times of a night, placed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub times: Vec<Option<DateTime>>,
    /// Whether no end of the night was known, so that the evening is a guess.
    pub guessed_evening: bool,
}

/// One clock time of a night as written, in the order of the night.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClockAsked<'a> {
    pub name: &'a str,
    pub cell: Option<ClockCell>,
    /// Whether it tells the end of the night.
    pub is_end: bool,
}

/// Places the times so that each is no earlier than the one before, the last of the ends falls on `waking`, and
/// the whole is as short as it can be. A shift worker's 08:00 to 15:00 comes out on one date without a rule of its
/// own.
pub(crate) fn around_waking(waking: Date, asked: &[ClockAsked<'_>]) -> Result<Placed, String> {
    let mut times: Vec<Option<DateTime>> = vec![None; asked.len()];
    let known_end = asked.iter().any(|asked| asked.is_end && asked.cell.is_some());
    let mut after: Option<(usize, DateTime)> = None;
    for index in (0..asked.len()).rev() {
        let Some(cell) = asked[index].cell else { continue };
        let noon = || waking.to_datetime(jiff::civil::time(12, 0, 0, 0));
        let placed = match (cell, after) {
            (ClockCell::Stamp(stamp), None) if known_end && stamp.date() != waking => {
                return Err(format!(
                    "{} is {stamp}, but the line is of {waking}; the date of a line is the date of waking: correct one \
                     of them",
                    asked[index].name
                ));
            }
            (ClockCell::Stamp(stamp), _) => stamp,
            (ClockCell::Time(time), None) if known_end => waking.to_datetime(time),
            (ClockCell::Time(time), None) => latest_before(time, noon())?,
            (ClockCell::Time(time), Some((_, next))) => latest_before(time, next)?,
        };
        if let Some((later, next)) = after
            && (placed > next || out_of_order(&asked[index], &asked[later], placed, next))
        {
            return Err(format!(
                "{} ({}) comes after {} ({}); correct one of them",
                asked[index].name,
                placed.time(),
                asked[later].name,
                next.time()
            ));
        }
        times[index] = Some(placed);
        after = Some((index, placed));
    }
    check_span(&times, asked)?;
    Ok(Placed { times, guessed_evening: !known_end && after.is_some() })
}

/// Whether two times of one side of the night (into it, or out of it) stand so far apart that they must have changed
/// places: 07:30 awake and 07:00 up would otherwise be a day in bed.
fn out_of_order(earlier: &ClockAsked<'_>, later: &ClockAsked<'_>, from: DateTime, to: DateTime) -> bool {
    const FARTHEST_HOURS: i64 = 16;
    earlier.is_end == later.is_end && clock::wall_seconds(from, to) > FARTHEST_HOURS * 3_600
}

/// The latest moment at that time of day that is not after `limit`.
fn latest_before(time: Time, limit: DateTime) -> Result<DateTime, String> {
    let same = limit.date().to_datetime(time);
    if same <= limit {
        return Ok(same);
    }
    limit
        .date()
        .yesterday()
        .map(|day| day.to_datetime(time))
        .map_err(|_| format!("the date {} cannot be used; correct it", limit.date()))
}

fn check_span(times: &[Option<DateTime>], asked: &[ClockAsked<'_>]) -> Result<(), String> {
    let known: Vec<(usize, DateTime)> =
        times.iter().enumerate().filter_map(|(index, time)| time.map(|time| (index, time))).collect();
    let (Some(&(first, from)), Some(&(last, to))) = (known.first(), known.last()) else { return Ok(()) };
    let hours = clock::wall_seconds(from, to) as f64 / 3_600.0;
    if hours < LONGEST_HOURS {
        return Ok(());
    }
    Err(format!(
        "the night would last {hours:.0} hours, from {} ({}) to {} ({}); correct the time that is wrong or out of order",
        asked[first].name,
        from.time(),
        asked[last].name,
        to.time()
    ))
}

fn with_times(
    mut record: SleepRecord,
    times: &[Option<DateTime>],
    place: &str,
    zones: &ZoneHistory,
    tally: &mut Tally<'_>,
) -> Option<SleepRecord> {
    let mut placed: [Option<OffsetTimestamp>; 4] = [None; 4];
    for (slot, civil) in placed.iter_mut().zip(times) {
        let Some(civil) = civil else { continue };
        match clock::place(Written { civil: *civil, offset: None }, zones, tally, place) {
            Ok((stamp, how)) => {
                warn_of_clock_change(how, stamp, place, tally);
                *slot = Some(stamp);
            }
            Err(reason) => {
                tally.refuse(format!("{place}, night"), reason);
                return None;
            }
        }
    }
    [record.in_bed, record.try_sleep, record.final_awakening, record.out_of_bed] = placed;
    doubt_length(&record, place, tally);
    awake_longer_than_night(&mut record, place, tally);
    Some(record)
}

pub(crate) fn warn_of_clock_change(
    how: Disambiguation,
    stamp: OffsetTimestamp,
    place: &str,
    tally: &mut Tally<'_>,
) {
    match how {
        Disambiguation::Plain => {}
        Disambiguation::EarlierOfTwo => tally.warn(
            place,
            format!("the clocks went back in this night and the time {} happened twice; the earlier was taken; correct the night if it was the later", stamp.civil().time()),
        ),
        Disambiguation::MovedForward => tally.warn(
            place,
            format!("a time of this night did not happen (the clocks went forward); it was moved to {}; correct it if that is wrong", stamp.civil().time()),
        ),
    }
}

pub(crate) fn doubt_length(record: &SleepRecord, place: &str, tally: &mut Tally<'_>) {
    let span = record.span().and_then(|(from, to)| from.minutes_until(to));
    if let Some(length) = span.filter(|length| length.hours() > DOUBTFUL_HOURS) {
        tally.warn(
            place,
            format!("in bed for {length}; if an evening time was written as a morning time (11:10 for 23:10), correct it and import again"),
        );
    }
}

/// Refuses the stated minutes awake where they cannot fit between trying to sleep and the last awakening.
fn awake_longer_than_night(record: &mut SleepRecord, place: &str, tally: &mut Tally<'_>) {
    let Some((from, to)) =
        record.try_sleep.or(record.in_bed).zip(record.final_awakening.or(record.out_of_bed))
    else {
        return;
    };
    let Some(length) = from.minutes_until(to) else { return };
    let latency = record.sleep_onset_latency.unwrap_or(Minutes::ZERO);
    if latency > length {
        record.sleep_onset_latency = None;
        let reason = format!(
            "{latency} to fall asleep do not fit into a night of {length}; correct it or leave it empty"
        );
        tally.refuse(format!("{place}, minutes_to_fall_asleep"), reason);
        return;
    }
    let awake = record.wake_after_sleep_onset.unwrap_or(Minutes::ZERO);
    if latency.get() + awake.get() > length.get() {
        record.wake_after_sleep_onset = None;
        let reason =
            format!("{awake} awake do not fit into a night of {length}; correct it or leave it empty");
        tally.refuse(format!("{place}, minutes_awake"), reason);
    }
}

/// The numbers of the night; a number that cannot be costs its own cell.
fn measured<'a>(
    mut record: SleepRecord,
    cell: &CellOf<'a>,
    place: &str,
    tally: &mut Tally<'_>,
) -> SleepRecord {
    let mut minutes = |name: &str| {
        let value = number(cell(name)?)
            .and_then(|value| Minutes::new(value).map_err(|error| error.to_string()))
            .and_then(|value| {
                let fits = value.hours() <= LONGEST_HOURS;
                fits.then_some(value)
                    .ok_or_else(|| format!("{value} is longer than a night; correct it or leave it empty"))
            });
        match value {
            Ok(value) => Some(value),
            Err(reason) => {
                tally.refuse(format!("{place}, {name}"), reason);
                None
            }
        }
    };
    record.sleep_onset_latency = minutes("minutes_to_fall_asleep");
    record.wake_after_sleep_onset = minutes("minutes_awake");
    record.awakenings = match cell("awakenings").map(count) {
        None => None,
        Some(Ok(count)) => Some(count),
        Some(Err(reason)) => {
            tally.refuse(format!("{place}, awakenings"), reason);
            None
        }
    };
    record
}

fn number(text: &str) -> Result<f64, String> {
    text.replace(',', ".")
        .parse()
        .map_err(|_| format!("'{text}' is not a number; write a number or leave it empty"))
}

fn count(text: &str) -> Result<u32, String> {
    let value = number(text)?;
    if value.fract() == 0.0 && (0.0..=200.0).contains(&value) {
        Ok(value as u32)
    } else {
        Err(format!("{text} is not a count from 0 to 200; correct it or leave it empty"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(cells: [&str; 4]) -> [ClockAsked<'static>; 4] {
        let mut asked =
            CLOCK_COLUMNS.map(|name| ClockAsked { name, cell: None, is_end: ENDS.contains(&name) });
        for (asked, text) in asked.iter_mut().zip(cells) {
            asked.cell = (!text.is_empty()).then(|| clock_cell(text).unwrap());
        }
        asked
    }

    fn placed(date: &str, cells: [&str; 4]) -> Result<Vec<String>, String> {
        let text =
            |time: Option<DateTime>| time.map_or(String::new(), |time| time.strftime("%d %H:%M").to_string());
        around_waking(date.parse().unwrap(), &asked(cells))
            .map(|placed| placed.times.into_iter().map(text).collect())
    }

    #[test]
    fn an_evening_belongs_to_the_day_before_waking() {
        assert_eq!(
            placed("2024-03-02", ["22:45", "23:10", "06:40", "07:05"]).unwrap(),
            ["01 22:45", "01 23:10", "02 06:40", "02 07:05"]
        );
        assert_eq!(placed("2024-03-02", ["23:50", "00:10", "06:40", ""]).unwrap()[1], "02 00:10");
    }

    #[test]
    fn a_shift_worker_sleeps_on_one_date() {
        assert_eq!(
            placed("2024-03-02", ["08:00", "08:20", "14:50", "15:00"]).unwrap(),
            ["02 08:00", "02 08:20", "02 14:50", "02 15:00"]
        );
    }

    #[test]
    fn times_out_of_order_are_refused_with_what_to_do() {
        let message = placed("2024-03-02", ["23:20", "23:10", "06:40", "07:05"]).unwrap_err();
        assert!(message.contains("correct"), "{message}");
        let message = placed("2024-03-02", ["", "", "2024-03-02 07:30", "2024-03-02 07:00"]).unwrap_err();
        assert!(message.contains("final_awakening"), "{message}");
        let message = placed("2024-03-02", ["", "", "", "2024-03-01 07:00"]).unwrap_err();
        assert!(message.contains("date of waking"), "{message}");
    }

    #[test]
    fn a_night_without_an_end_is_a_guess_and_called_one() {
        let found = around_waking("2024-03-02".parse().unwrap(), &asked(["23:10", "", "", ""])).unwrap();
        assert!(found.guessed_evening);
        assert_eq!(found.times[0].unwrap().to_string(), "2024-03-01T23:10:00");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let time = |text| clock_time(text).map(|time| time.strftime("%H:%M").to_string());
        assert_eq!(time("7:05").as_deref(), Some("07:05"));
        assert_eq!(time("23h10").as_deref(), Some("23:10"));
        assert_eq!(time("11:10 PM").as_deref(), Some("23:10"));
        assert_eq!(time("12:00 am").as_deref(), Some("00:00"));
        for odd in ["24:00", "7", "13:00 pm", "1:2:3:4", "", ":"] {
            assert_eq!(time(odd), None, "{odd}");
        }
    }
}
