//! Reads Fitbit sleep logs, "classic" and "stages", from account exports and answers of the web interface.

use std::io::Read;

use jiff::civil::Date;
use nightmend_domain::{
    Disambiguation, Fact, Minutes, Observation, OffsetTimestamp, Percent, Provenance, RecordKey, SleepKind,
    SleepMethod, SleepRecord, SourceName, Stage, StageMinutes, StageSegment,
};
use serde::Deserialize;

use crate::clock::{self, Written};
use crate::formats::fitbit_stages::{self, Run};
use crate::importer::{Account, Confidence, ImportSettings, Importer, Item, ReadError, Record, Tally};
use crate::json_elements::{Element, Elements};
use crate::text::head_as_text;

/// Longest time from start to end of one log; a longer one is a slip.
const LONGEST: f64 = 24.0 * 60.0;

/// A file shorter than this, in bytes, may have lost the fields by which a sleep log is known.
const SHORT_HEAD: usize = 256;

/// The importer of Fitbit sleep logs.
pub(crate) struct FitbitSleep;

/// One sleep log as Fitbit writes it; fields that are not read are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    log_id: Option<serde_json::Value>,
    date_of_sleep: Option<String>,
    start_time: String,
    end_time: Option<String>,
    /// Milliseconds.
    pub(crate) duration: Option<f64>,
    minutes_asleep: Option<f64>,
    minutes_to_fall_asleep: Option<f64>,
    minutes_after_wakeup: Option<f64>,
    efficiency: Option<f64>,
    #[serde(alias = "isMainSleep")]
    main_sleep: Option<bool>,
    log_type: Option<String>,
    #[serde(default)]
    pub(crate) levels: Levels,
}

/// The run of levels through one sleep.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Levels {
    #[serde(default)]
    pub(crate) summary: Summary,
    #[serde(default)]
    pub(crate) data: Vec<Level>,
    #[serde(default)]
    pub(crate) short_data: Vec<Level>,
}

/// One level and how long it lasted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Level {
    pub(crate) date_time: String,
    pub(crate) level: String,
    pub(crate) seconds: f64,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Summary {
    deep: Option<Total>,
    light: Option<Total>,
    rem: Option<Total>,
    wake: Option<Total>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Total {
    minutes: Option<f64>,
}

impl Importer for FitbitSleep {
    fn id(&self) -> &'static str {
        "fitbit-sleep"
    }

    fn title(&self) -> &'static str {
        "Fitbit sleep logs (JSON), classic and stages"
    }

    fn recognises(&self, head: &[u8], _file_name: &str) -> Confidence {
        let Some(text) = head_as_text(head) else { return Confidence::No };
        let starts = text.trim_start().starts_with(['[', '{']);
        let has = |name: &str| text.contains(&format!("\"{name}\""));
        // A log of exercise has a number and a start too, and a file may be cut off after its first lines.
        let of_sleep = has("dateOfSleep") || has("minutesAsleep");
        let is_cut_short = text.len() < SHORT_HEAD && has("logId") && !has("activityName");
        if starts && (of_sleep || is_cut_short) { Confidence::Certain } else { Confidence::No }
    }

    fn read(
        &self,
        input: &mut dyn Read,
        settings: &ImportSettings,
        emit: &mut dyn FnMut(Item),
    ) -> Result<Account, ReadError> {
        let mut tally = Tally::new(emit);
        let mut elements = Elements::new(input, "sleep");
        let mut number = 0_u64;
        loop {
            let element = match elements.next_element() {
                Ok(Some(element)) => element,
                Ok(None) => break,
                Err(source) if number == 0 => return Err(ReadError::Unreadable { source }),
                Err(error) => {
                    tally.refuse(format!("after record {number}"), crate::unreadable_from_here(&error));
                    break;
                }
            };
            number += 1;
            read_element(number, element, settings, &mut tally);
        }
        if !elements.any_bytes() {
            return Err(ReadError::Empty);
        }
        if !elements.found() {
            return Err(ReadError::NotThisFormat { expected: "a list of Fitbit sleep logs" });
        }
        tally.finish("the list of sleep logs is empty; choose a longer span of time in the export")
    }
}

fn read_element(number: u64, element: Element, settings: &ImportSettings, tally: &mut Tally<'_>) {
    let place = format!("record {number}");
    match element {
        Element::Truncated => tally.refuse(
            place,
            "the file ends in the middle of this record; everything before it is taken; export the file again for the rest",
        ),
        Element::TooLong => {
            tally.refuse(place, "the record is longer than 16 MiB; export the file again, or take the record out");
        }
        Element::Complete(bytes) => match serde_json::from_slice::<Log>(&bytes) {
            Err(error) => tally.refuse(
                place,
                format!("this is not a Fitbit sleep log ({error}); export the file again, or take the record out"),
            ),
            Ok(log) => {
                let place = match log.id() {
                    Some(id) => format!("{place} (logId {id})"),
                    None => place,
                };
                match observation(&log, &place, settings, tally) {
                    Ok(observation) => {
                        tally.record(Record { person: None, observation, unmapped: false });
                    }
                    Err(reason) => tally.refuse(place, reason),
                }
            }
        },
    }
}

impl Log {
    fn id(&self) -> Option<String> {
        match self.log_id.as_ref()? {
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn is_manual(&self) -> bool {
        self.log_type.as_deref() == Some("manual")
    }
}

/// One log as a fact, or the reason why it cannot be one.
fn observation(
    log: &Log,
    place: &str,
    settings: &ImportSettings,
    tally: &mut Tally<'_>,
) -> Result<Observation, String> {
    let window = Window::of(log, place, settings, tally)?;
    let date = waking_date(log, &window, place, tally);
    settings.plausible_dates.check(date)?;
    let key = match log.id() {
        Some(id) => format!("sleep/{id}"),
        None => format!("sleep/{}", window.written_start.civil),
    };
    let sleep = sleep_record(log, &window, place, settings, tally)?;
    Ok(Observation {
        key: RecordKey::new(&key).map_err(|error| error.to_string())?,
        date,
        at: None,
        fact: Fact::Sleep(Box::new(sleep)),
        provenance: Provenance {
            source: SourceName::new("fitbit").map_err(|error| error.to_string())?,
            place: place.to_owned(),
        },
    })
}

/// Start and end of a log, placed in the person's zone.
struct Window {
    written_start: Written,
    start: OffsetTimestamp,
    end: OffsetTimestamp,
    runs: Vec<Run>,
}

impl Window {
    fn of(log: &Log, place: &str, settings: &ImportSettings, tally: &mut Tally<'_>) -> Result<Self, String> {
        let zones = &settings.zones;
        let read = |name: &str, text: &str| {
            Written::from_iso(text)
                .ok_or_else(|| format!("{name} '{text}' is not a date and time; export the file again"))
        };
        let written_start = read("startTime", &log.start_time)?;
        let runs = fitbit_stages::runs(&log.levels, written_start.civil).unwrap_or_else(|| {
            tally.warn(
                place,
                "the run of stages cannot be read and is left out; export the file again for it",
            );
            Vec::new()
        });
        let (mut start, how_start) = clock::place(written_start, zones, tally, place)?;
        let Some(end_text) = &log.end_time else {
            return Err("endTime is not there; export the file again".to_owned());
        };
        let written_end = read("endTime", end_text)?;
        let (mut end, how_end) = clock::place(written_end, zones, tally, place)?;
        if how_start == Disambiguation::EarlierOfTwo || how_end == Disambiguation::EarlierOfTwo {
            (start, end) = settle_fold(log, &runs, (written_start, start), (written_end, end), zones);
            tally.warn(
                place,
                format!(
                    "the clocks went back in this night; it was read as {start} to {end} by its recorded length; \
                     correct the night if that is wrong"
                ),
            );
        }
        if how_start == Disambiguation::MovedForward || how_end == Disambiguation::MovedForward {
            tally.warn(
                place,
                "a time of this night did not happen (the clocks went forward); it was moved forward by the gap; \
                 check --tz if you were elsewhere",
            );
        }
        if end.timestamp() <= start.timestamp() {
            return Err(format!(
                "the sleep ends ({end}) before it starts ({start}); correct or remove it in the app"
            ));
        }
        match start.minutes_until(end) {
            Some(length) if length.get() <= LONGEST => Ok(Self { written_start, start, end, runs }),
            _ => Err("the sleep is longer than 24 hours; correct or remove it in the app".to_owned()),
        }
    }

    fn minutes(&self) -> f64 {
        self.start.minutes_until(self.end).map_or(0.0, Minutes::get)
    }
}

/// Chooses between the two readings of a start and an end that happened twice: the pair whose length is nearest
/// to what was recorded. The sum of the levels counts before `duration`, which Fitbit takes from the wall clock.
fn settle_fold(
    log: &Log,
    runs: &[Run],
    (written_start, start): (Written, OffsetTimestamp),
    (written_end, end): (Written, OffsetTimestamp),
    zones: &nightmend_domain::ZoneHistory,
) -> (OffsetTimestamp, OffsetTimestamp) {
    let recorded = match runs.last() {
        Some(last) => last.end as f64 / 60.0,
        None => log.duration.unwrap_or(0.0) / 60_000.0,
    };
    let readings = |written: Written, earlier: OffsetTimestamp| {
        let later = if written.offset.is_some() { None } else { clock::later_reading(written.civil, zones) };
        [Some(earlier), later].into_iter().flatten().collect::<Vec<_>>()
    };
    let mut best = (f64::INFINITY, (start, end));
    for from in readings(written_start, start) {
        for to in readings(written_end, end) {
            let Some(length) = from.minutes_until(to) else { continue };
            let distance = (length.get() - recorded).abs();
            if distance < best.0 {
                best = (distance, (from, to));
            }
        }
    }
    best.1
}

/// `dateOfSleep`, checked against the end of the sleep, which decides.
fn waking_date(log: &Log, window: &Window, place: &str, tally: &mut Tally<'_>) -> Date {
    let by_end = window.end.date();
    if let Some(text) = &log.date_of_sleep
        && clock::iso_date(text) != Some(by_end)
    {
        tally.warn(
            place,
            format!(
                "dateOfSleep says {text} but the sleep ends on {by_end}; it counts for {by_end}; correct it in the app \
                 if that is wrong"
            ),
        );
    }
    by_end
}

fn sleep_record(
    log: &Log,
    window: &Window,
    place: &str,
    settings: &ImportSettings,
    tally: &mut Tally<'_>,
) -> Result<SleepRecord, String> {
    let minutes = |name: &str, value: f64| Minutes::new(value).map_err(|error| format!("{name}: {error}"));
    let asleep = log.minutes_asleep.map(|value| minutes("minutesAsleep", value)).transpose()?;
    // Half a minute is what Fitbit's own rounding can add at either end.
    if asleep.is_some_and(|asleep| asleep.get() > window.minutes() + 1.0) {
        return Err(format!(
            "minutesAsleep ({}) is more than the {} from start to end; correct or remove it in the app",
            log.minutes_asleep.unwrap_or_default(),
            Minutes::new(window.minutes()).map_or_else(|_| "time".to_owned(), |length| length.to_string()),
        ));
    }
    let (method, kind) = (
        if log.is_manual() { SleepMethod::Diary } else { SleepMethod::Device },
        match log.main_sleep {
            Some(true) => SleepKind::Main,
            Some(false) => SleepKind::Nap,
            None => SleepKind::Unstated,
        },
    );
    let (onset, awakening) = asleep_between(log, window, settings)?;
    warn_of_contradiction(asleep, window, place, tally);
    let segments = fitbit_stages::segments(&window.runs, window.start, &settings.zones);
    Ok(SleepRecord {
        sleep_onset: Some(onset),
        final_awakening: Some(awakening),
        total_sleep_time: asleep,
        wake_after_sleep_onset: fitbit_stages::wake_within(&window.runs),
        awakenings: fitbit_stages::awakenings(&window.runs),
        stated_efficiency: stated_efficiency(log, place, tally),
        stages: stages(&log.levels.summary)?,
        segments,
        ..SleepRecord::unknown(method, kind)
    })
}

/// Where the levels and the stated minutes asleep lie apart, the stated minutes stand and the person is told.
fn warn_of_contradiction(asleep: Option<Minutes>, window: &Window, place: &str, tally: &mut Tally<'_>) {
    const ALLOWED: f64 = 5.0;
    if let (Some(stated), Some(levels)) = (asleep, fitbit_stages::asleep_within(&window.runs))
        && (stated.get() - levels.get()).abs() > ALLOWED
    {
        tally.warn(
            place,
            format!(
                "minutesAsleep says {stated} asleep, the levels {levels}; minutesAsleep stands; correct the log in the \
                 app if that is wrong"
            ),
        );
    }
}

/// First and last asleep: from the levels where they are, else from the stated minutes at either end.
fn asleep_between(
    log: &Log,
    window: &Window,
    settings: &ImportSettings,
) -> Result<(OffsetTimestamp, OffsetTimestamp), String> {
    if let Some((from, to)) = fitbit_stages::asleep_span(&window.runs) {
        let at = |seconds| clock::seconds_after(window.start, seconds, &settings.zones);
        if let (Some(from), Some(to)) = (at(from), at(to)) {
            return Ok((from, to));
        }
    }
    let trimmed = |value: Option<f64>| Minutes::new(value.unwrap_or(0.0)).map_err(|error| error.to_string());
    let onset = window.start.plus(trimmed(log.minutes_to_fall_asleep)?);
    let awakening = window.end.minus(trimmed(log.minutes_after_wakeup)?);
    match (onset, awakening) {
        (Some(onset), Some(awakening)) if onset.timestamp() < awakening.timestamp() => Ok((onset, awakening)),
        _ => {
            Err("no time is left between falling asleep and waking; correct or remove it in the app"
                .to_owned())
        }
    }
}

fn stated_efficiency(log: &Log, place: &str, tally: &mut Tally<'_>) -> Option<Percent> {
    let value = log.efficiency?;
    match Percent::new(value) {
        Ok(percent) => Some(percent),
        Err(error) => {
            tally.warn(place, format!("efficiency is left out: {error}"));
            None
        }
    }
}

fn stages(summary: &Summary) -> Result<Option<StageMinutes>, String> {
    let Summary { deep, light, rem, wake } = summary;
    if deep.is_none() && light.is_none() && rem.is_none() {
        return Ok(None);
    }
    let minutes = |total: &Option<Total>| {
        total
            .as_ref()
            .and_then(|total| total.minutes)
            .map(|value| Minutes::new(value).map_err(|error| format!("levels.summary: {error}")))
            .transpose()
    };
    Ok(Some(StageMinutes {
        deep: minutes(deep)?,
        light: minutes(light)?,
        rem: minutes(rem)?,
        wake: minutes(wake)?,
    }))
}

/// A name for each level; `None` for a level that says nothing.
pub(crate) fn stage(level: &str) -> Option<Stage> {
    Some(match level {
        "wake" | "awake" => Stage::Wake,
        "restless" => Stage::Restless,
        "asleep" => Stage::Asleep,
        "light" => Stage::Light,
        "deep" => Stage::Deep,
        "rem" => Stage::Rem,
        _ => return None,
    })
}

/// A segment from seconds after the start.
pub(crate) fn segment(
    run: Run,
    start: OffsetTimestamp,
    zones: &nightmend_domain::ZoneHistory,
) -> Option<StageSegment> {
    Some(StageSegment {
        start: clock::seconds_after(start, run.start, zones)?,
        length: Minutes::new((run.end - run.start) as f64 / 60.0).ok()?,
        stage: run.stage,
    })
}
