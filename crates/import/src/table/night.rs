//! Puts together the night that the columns of one row tell.

use jiff::civil::Date;
use nightmend_domain::{Fact, OffsetTimestamp, SleepRecord, ZoneHistory};

use super::map::SleepColumns;
use super::read::{RowContext, Table};
use super::value::{self, is_missing};
use super::when::{self, When};
use crate::clock::{self, Written};
use crate::formats::{ClockAsked, ClockCell, around_waking, clock_cell, doubt_length, warn_of_clock_change};
use crate::importer::Tally;

/// Hands over the night of one row, where its columns tell one.
pub(super) fn read(
    table: &mut Table<'_>,
    sleep: &SleepColumns,
    cells: &[String],
    context: &RowContext,
    tally: &mut Tally<'_>,
) {
    let waking = match waking_date(sleep, context.when.date) {
        Ok(date) => date,
        Err(reason) => return tally.refuse(context.place.clone(), reason),
    };
    let empty = SleepRecord::unknown(sleep.method, sleep.kind);
    let mut record = lengths(table, sleep, cells, empty.clone(), context, tally);
    let clocks = match clocks(table, sleep, cells, waking, context, tally) {
        Ok(clocks) => clocks,
        Err(reason) => return tally.refuse(format!("{}, night", context.place), reason),
    };
    [record.in_bed, record.try_sleep, record.sleep_onset, record.final_awakening, record.out_of_bed] = clocks;
    if let Err(reason) = fits(&record) {
        return tally.refuse(format!("{}, night", context.place), reason);
    }
    doubt_length(&record, &context.place, tally);
    if record == empty {
        return;
    }
    // A table with clock times may tell several sleeps of one date; without them one night a date is expected.
    let key = match clocks.iter().flatten().next() {
        Some(first) => format!("night/{waking}/{}", first.civil()),
        None => format!("night/{waking}"),
    };
    let context = RowContext {
        person: context.person.clone(),
        when: When { date: waking, at: None, stamp: None },
        place: context.place.clone(),
    };
    table.keep(&key, Fact::Sleep(Box::new(record)), &context, &context.place, false, tally);
}

fn waking_date(sleep: &SleepColumns, date: Date) -> Result<Date, String> {
    if sleep.dated_by_evening {
        date.tomorrow().map_err(|_| format!("the date {date} cannot be used; correct it"))
    } else {
        Ok(date)
    }
}

fn lengths(
    table: &Table<'_>,
    sleep: &SleepColumns,
    cells: &[String],
    mut record: SleepRecord,
    context: &RowContext,
    tally: &mut Tally<'_>,
) -> SleepRecord {
    let file = &table.map.file;
    for (part, column) in &sleep.lengths {
        let text = table.cell(cells, column);
        if text.is_empty() {
            continue;
        }
        if is_missing(text, &[&sleep.missing, &file.missing], &file.numbers) {
            tally.missing();
            continue;
        }
        let set = value::sleep_number(*part, text, &file.numbers)
            .and_then(|number| value::set_part(&mut record, *part, number));
        if let Err(reason) = set {
            tally.refuse(format!("{}, {column}", context.place), reason);
        }
    }
    record
}

fn clocks(
    table: &Table<'_>,
    sleep: &SleepColumns,
    cells: &[String],
    waking: Date,
    context: &RowContext,
    tally: &mut Tally<'_>,
) -> Result<[Option<OffsetTimestamp>; 5], String> {
    let file = &table.map.file;
    let mut asked = Vec::with_capacity(5);
    for (index, column) in sleep.clocks.iter().enumerate() {
        let name = column.as_deref().unwrap_or("");
        let mut cell = None;
        let text = if name.is_empty() { "" } else { table.cell(cells, name) };
        if !text.is_empty() && is_missing(text, &[&sleep.missing, &file.missing], &file.numbers) {
            tally.missing();
        } else if !text.is_empty() {
            match clock(text, &sleep.clock_formats) {
                Ok(found) => cell = Some(found),
                Err(reason) => tally.refuse(format!("{}, {name}", context.place), reason),
            }
        }
        asked.push(ClockAsked { name, cell, is_end: index >= 3 });
    }
    let placed = around_waking(waking, &asked)?;
    if placed.guessed_evening {
        tally.warn(
            context.place.clone(),
            "no time of waking is given, so the beginning of the night was placed in the 24 hours before noon of the \
             date; correct the night if that is wrong",
        );
    }
    let person_zone = table.map.time.as_ref().and_then(|time| time.person_zone.clone());
    let zones = person_zone.map_or_else(|| table.settings.zones.clone(), ZoneHistory::always);
    let mut stamps = [None; 5];
    for (slot, civil) in stamps.iter_mut().zip(placed.times) {
        let Some(civil) = civil else { continue };
        let (stamp, how) = clock::place(Written { civil, offset: None }, &zones, tally, &context.place)?;
        warn_of_clock_change(how, stamp, &context.place, tally);
        *slot = Some(stamp);
    }
    Ok(stamps)
}

fn clock(text: &str, formats: &[String]) -> Result<ClockCell, String> {
    if formats.is_empty() {
        return clock_cell(text).ok_or_else(|| {
            format!(
                "'{text}' is not a time like 23:10; correct it, or name its format under [sleep] in the map"
            )
        });
    }
    if formats.iter().any(|format| format == "iso")
        && let Some(cell) = clock_cell(text)
    {
        return Ok(cell);
    }
    if formats.iter().any(|format| ["%d", "%j", "%F", "%D"].iter().any(|day| format.contains(day))) {
        return when::stamp(text, formats).map(|written| ClockCell::Stamp(written.civil));
    }
    formats
        .iter()
        .find_map(|format| jiff::fmt::strtime::parse(format, text).and_then(|time| time.to_time()).ok())
        .map(ClockCell::Time)
        .ok_or_else(|| {
            format!(
                "'{text}' does not fit the format {}; correct it, or the format in the map",
                formats.join(" or ")
            )
        })
}

/// Whether what is stated can all be true of one night.
fn fits(record: &SleepRecord) -> Result<(), String> {
    let span = record.span().and_then(|(from, to)| from.minutes_until(to)).or(record.time_in_bed);
    if let (Some(asleep), Some(span)) = (record.total_sleep_time, span)
        && asleep.get() > span.get() + 1.0
    {
        return Err(format!("{asleep} asleep do not fit into {span} from beginning to end; correct the row"));
    }
    Ok(())
}
