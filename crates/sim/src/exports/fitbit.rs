//! Writes simulated device sleeps as Fitbit's sleep JSON, with its habits: local times without a zone, short
//! wakes apart from the stages, and a running average in every summary.

use std::collections::VecDeque;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::Zone;

use crate::hypnogram::{Hypnogram, Level, Run};
use crate::observe::{DeviceSleep, ObservedDay};

/// In which of its two formats the device writes main sleeps; naps are always "classic".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Light, deep and REM sleep, and wake.
    Stages,
    /// Asleep, restless and awake, by the minute.
    Classic,
}

/// The number of the first sleep; those after it count up by [`LOG_ID_STEP`].
const FIRST_LOG_ID: u64 = 90_000_000_017;
const LOG_ID_STEP: u64 = 10_403_927;

/// All sleeps of those days as one JSON file, newest first as the device's maker writes them.
#[must_use]
pub fn sleep_json(days: &[ObservedDay], zone: &Zone, format: Format) -> Vec<u8> {
    in_one_file(records(days, zone, format).into_iter().map(|(_, record)| record).collect())
}

/// The same sleeps in files of that many days, each with its first date, as in an account export.
#[must_use]
pub fn sleep_files(
    days: &[ObservedDay],
    zone: &Zone,
    format: Format,
    days_per_file: usize,
) -> Vec<(Date, Vec<u8>)> {
    let records = records(days, zone, format);
    days.chunks(days_per_file.max(1))
        .map(|chunk| {
            let dates = chunk[0].date..=chunk[chunk.len() - 1].date;
            let own = records.iter().filter(|(date, _)| dates.contains(date));
            (chunk[0].date, in_one_file(own.map(|(_, record)| record.clone()).collect()))
        })
        .collect()
}

fn in_one_file(mut records: Vec<String>) -> Vec<u8> {
    records.reverse();
    format!("[{}]", records.join(",\n")).into_bytes()
}

/// One record a sleep, oldest first.
fn records(days: &[ObservedDay], zone: &Zone, format: Format) -> Vec<(Date, String)> {
    let mut averages = Averages::default();
    days.iter()
        .flat_map(|day| &day.device)
        .enumerate()
        .map(|(index, sleep)| {
            let log_id = FIRST_LOG_ID + LOG_ID_STEP * index as u64;
            let record = match format {
                Format::Stages if sleep.is_main => stages_record(sleep, zone, log_id, &mut averages),
                Format::Stages | Format::Classic => classic_record(sleep, zone, log_id),
            };
            (sleep.date, record)
        })
        .collect()
}

fn stages_record(sleep: &DeviceSleep, zone: &Zone, log_id: u64, averages: &mut Averages) -> String {
    let hypnogram = &sleep.hypnogram;
    let minutes = Minutes::of_stages(hypnogram);
    let merged = hypnogram.merged_runs();
    let mut summary = String::new();
    let by_name = [
        ("deep", Level::Deep, minutes.deep),
        ("wake", Level::Wake, minutes.awake),
        ("light", Level::Light, minutes.light),
        ("rem", Level::Rem, minutes.rem),
    ];
    for (index, (name, level, minutes)) in by_name.into_iter().enumerate() {
        let count = merged.iter().filter(|run| run.level == level).count();
        let average = averages.with(index, minutes);
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(
            summary,
            "{comma}\"{name}\": {{\"count\": {count}, \"minutes\": {minutes}, \"thirtyDayAvgMinutes\": {average}}}"
        );
    }
    let name = |level| match level {
        Level::Wake => "wake",
        Level::Light => "light",
        Level::Deep => "deep",
        Level::Rem => "rem",
    };
    let mut data = segments(hypnogram, &hypnogram.runs(), zone, name);
    data.push_str(&filler(hypnogram, zone));
    let short = segments(hypnogram, hypnogram.short_wakes(), zone, name);
    let levels = format!("{{\"summary\": {{{summary}}}, \"data\": [{data}], \"shortData\": [{short}]}}");
    record(sleep, zone, log_id, &minutes, "stages", 0, &levels)
}

/// A classic record is told by the minute: every run is rounded up to whole minutes in the file's own way, by
/// taking each minute as it is at its start.
fn classic_record(sleep: &DeviceSleep, zone: &Zone, log_id: u64) -> String {
    let hypnogram = &sleep.hypnogram;
    let runs = classic_runs(hypnogram);
    let in_minutes =
        |level| runs.iter().filter(|run| run.level == level).map(|run| run.length / 2).sum::<usize>();
    let restless_runs = runs.iter().filter(|run| run.level == Level::Wake).count();
    let (asleep, restless) = (in_minutes(Level::Light), in_minutes(Level::Wake));
    let minutes = Minutes { in_bed: asleep + restless, awake: restless, deep: 0, light: asleep, rem: 0 };
    let data =
        segments(hypnogram, &runs, zone, |level| if level == Level::Wake { "restless" } else { "asleep" });
    let levels = format!(
        "{{\"summary\": {{\"restless\": {{\"count\": {restless_runs}, \"minutes\": {restless}}}, \"awake\": \
         {{\"count\": 0, \"minutes\": 0}}, \"asleep\": {{\"count\": 0, \"minutes\": {asleep}}}}}, \"data\": [{data}]}}"
    );
    record(sleep, zone, log_id, &minutes, "classic", 2, &levels)
}

fn classic_runs(hypnogram: &Hypnogram) -> Vec<Run> {
    let merged = hypnogram.merged_runs();
    let awake_at = |half_minute: usize| {
        merged
            .iter()
            .any(|run| run.level == Level::Wake && (run.start..run.start + run.length).contains(&half_minute))
    };
    let mut runs: Vec<Run> = Vec::new();
    for minute in 0..hypnogram.length() / 2 {
        let level = if awake_at(2 * minute) { Level::Wake } else { Level::Light };
        match runs.last_mut() {
            Some(last) if last.level == level => last.length += 2,
            _ => runs.push(Run { start: 2 * minute, length: 2, level }),
        }
    }
    runs
}

fn record(
    sleep: &DeviceSleep,
    zone: &Zone,
    log_id: u64,
    minutes: &Minutes,
    kind: &str,
    info_code: u8,
    levels: &str,
) -> String {
    let hypnogram = &sleep.hypnogram;
    // Whole minutes, so that a sleep that ends on a half minute lasts 30 s less than its times say, as in life.
    let milliseconds = minutes.in_bed * 60_000;
    let asleep = minutes.in_bed - minutes.awake;
    let efficiency = (100 * asleep).checked_div(minutes.in_bed).unwrap_or(0);
    format!(
        "{{\"logId\": {log_id}, \"dateOfSleep\": \"{}\", \"startTime\": \"{}\", \"endTime\": \"{}\", \
         \"duration\": {milliseconds}, \"minutesToFallAsleep\": 0, \"minutesAsleep\": {asleep}, \
         \"minutesAwake\": {}, \"minutesAfterWakeup\": 0, \"timeInBed\": {}, \"efficiency\": {efficiency}, \
         \"type\": \"{kind}\", \"infoCode\": {info_code}, \"levels\": {levels}, \"mainSleep\": {}}}",
        sleep.date,
        stamp(hypnogram.start, zone),
        stamp(hypnogram.instant(hypnogram.length()), zone),
        minutes.awake,
        minutes.in_bed,
        sleep.is_main,
    )
}

/// What stands at the end of a night in which clocks went forward: Fitbit's levels run on by the clock of the start,
/// and the hour that did not happen is added as unknown (seen in seven of ten exports of one spring night).
fn filler(hypnogram: &Hypnogram, zone: &Zone) -> String {
    let (start, end) = (hypnogram.start, hypnogram.instant(hypnogram.length()));
    let gained = zone.rules().to_offset(end).seconds() - zone.rules().to_offset(start).seconds();
    if gained <= 0 {
        return String::new();
    }
    let at = stamp_by_the_clock_of(start, end, zone);
    format!(", {{\"dateTime\": \"{at}\", \"level\": \"unknown\", \"seconds\": {gained}}}")
}

fn segments(
    hypnogram: &Hypnogram,
    runs: &[Run],
    zone: &Zone,
    name: impl Fn(Level) -> &'static str,
) -> String {
    let written: Vec<String> = runs
        .iter()
        .map(|run| {
            format!(
                "{{\"dateTime\": \"{}\", \"level\": \"{}\", \"seconds\": {}}}",
                stamp_by_the_clock_of(hypnogram.start, hypnogram.instant(run.start), zone),
                name(run.level),
                30 * run.length
            )
        })
        .collect();
    written.join(", ")
}

fn stamp(instant: Timestamp, zone: &Zone) -> String {
    stamp_by_the_clock_of(instant, instant, zone)
}

/// An instant as a clock shows it that was right at `start` and is not changed afterwards.
fn stamp_by_the_clock_of(start: Timestamp, instant: Timestamp, zone: &Zone) -> String {
    let local = zone.rules().to_offset(start).to_datetime(instant);
    format!("{}T{:02}:{:02}:{:02}.000", local.date(), local.hour(), local.minute(), local.second())
}

/// Whole minutes of one sleep; light takes what rounding leaves, so that the parts add up.
struct Minutes {
    in_bed: usize,
    awake: usize,
    deep: usize,
    light: usize,
    rem: usize,
}

impl Minutes {
    fn of_stages(hypnogram: &Hypnogram) -> Self {
        let merged = hypnogram.merged_runs();
        let whole =
            |level| merged.iter().filter(|run| run.level == level).map(|run| run.length).sum::<usize>() / 2;
        let in_bed = hypnogram.length() / 2;
        let awake = (hypnogram.length() - hypnogram.asleep()).div_ceil(2).min(in_bed);
        let (deep, rem) = (whole(Level::Deep), whole(Level::Rem));
        Self { in_bed, awake, deep, rem, light: (in_bed - awake).saturating_sub(deep + rem) }
    }
}

/// The running means of the last thirty sleeps: a part of the file that is not content.
#[derive(Default)]
struct Averages {
    last: [VecDeque<usize>; 4],
}

impl Averages {
    fn with(&mut self, index: usize, minutes: usize) -> usize {
        let last = &mut self.last[index];
        let mean = last.iter().sum::<usize>().checked_div(last.len()).unwrap_or(0);
        last.push_back(minutes);
        if last.len() > 30 {
            last.pop_front();
        }
        mean
    }
}
