//! Lays Fitbit's short wakes over its longer levels and measures the run that results.

use jiff::civil::DateTime;
use nightmend_domain::{Minutes, OffsetTimestamp, Stage, StageSegment, ZoneHistory};

use crate::clock::{Written, wall_seconds};
use crate::formats::fitbit_sleep::{Level, Levels, segment, stage};

/// Longest time after the start of a log at which a level may end, in seconds.
const LATEST: i64 = 24 * 3_600;

/// A wake counts as an awakening where it lasts longer than this many seconds: Fitbit's own line between a wake
/// among the levels and a short wake.
pub(crate) const SHORT_WAKE: i64 = 180;

/// A run of one stage, in seconds after the start of the log, as the device counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub start: i64,
    pub end: i64,
    pub stage: Stage,
}

impl Run {
    const fn seconds(self) -> i64 {
        self.end - self.start
    }

    /// Fitbit's "minutes asleep" count neither wakes nor restless minutes.
    const fn is_asleep(self) -> bool {
        !matches!(self.stage, Stage::Wake | Stage::Restless)
    }
}

/// The run of stages with the short wakes laid over it, in time order and without overlaps.
///
/// Levels that say nothing (`unknown`, as Fitbit fills the lost hour of a spring night) leave a gap. `None`
/// where a time cannot be read or lies outside the day after the start.
pub(crate) fn runs(levels: &Levels, start: DateTime) -> Option<Vec<Run>> {
    let placed = |level: &Level| -> Option<Option<Run>> {
        let from = wall_seconds(start, Written::from_iso(&level.date_time)?.civil);
        let length = level.seconds;
        if !(0.0..=LATEST as f64).contains(&length) || !(0..=LATEST).contains(&from) {
            return None;
        }
        let end = from + length.round() as i64;
        Some(stage(&level.level).map(|stage| Run { start: from, end, stage }))
    };
    let mut base: Vec<Run> =
        levels.data.iter().map(placed).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    let mut short: Vec<Run> =
        levels.short_data.iter().map(placed).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    base.sort_by_key(|run| (run.start, run.end));
    short.sort_by_key(|run| (run.start, run.end));
    Some(joined(overlaid(&without_overlaps(&base), &without_overlaps(&short))))
}

fn without_overlaps(sorted: &[Run]) -> Vec<Run> {
    let mut clean: Vec<Run> = Vec::with_capacity(sorted.len());
    for &run in sorted {
        let from = clean.last().map_or(run.start, |last| run.start.max(last.end));
        if from < run.end {
            clean.push(Run { start: from, ..run });
        }
    }
    clean
}

/// `over` wins wherever it lies on `base`; parts of `over` outside `base` are dropped.
fn overlaid(base: &[Run], over: &[Run]) -> Vec<Run> {
    let mut laid = Vec::with_capacity(base.len() + 2 * over.len());
    let mut next = 0;
    for &run in base {
        let mut at = run.start;
        while next < over.len() && over[next].end <= at {
            next += 1;
        }
        let mut index = next;
        while index < over.len() && over[index].start < run.end {
            let (from, to) = (over[index].start.max(at), over[index].end.min(run.end));
            if at < from {
                laid.push(Run { start: at, end: from, stage: run.stage });
            }
            laid.push(Run { start: from, end: to, stage: over[index].stage });
            at = to;
            index += 1;
        }
        if at < run.end {
            laid.push(Run { start: at, ..run });
        }
    }
    laid
}

fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match joined.last_mut() {
            Some(last) if last.end == run.start && last.stage == run.stage => last.end = run.end,
            _ => joined.push(run),
        }
    }
    joined
}

/// From the first to the last second asleep.
pub(crate) fn asleep_span(runs: &[Run]) -> Option<(i64, i64)> {
    let first = runs.iter().find(|run| run.is_asleep())?.start;
    let last = runs.iter().rfind(|run| run.is_asleep())?.end;
    Some((first, last))
}

fn within_sleep(runs: &[Run]) -> Option<impl Iterator<Item = &Run>> {
    let (first, last) = asleep_span(runs)?;
    Some(runs.iter().filter(move |run| run.start >= first && run.end <= last))
}

/// WASO: minutes awake or restless between the first and the last second asleep.
pub(crate) fn wake_within(runs: &[Run]) -> Option<Minutes> {
    let seconds: i64 = within_sleep(runs)?.filter(|run| !run.is_asleep()).map(|run| run.seconds()).sum();
    Minutes::new(seconds as f64 / 60.0).ok()
}

/// Minutes asleep by the levels.
pub(crate) fn asleep_within(runs: &[Run]) -> Option<Minutes> {
    let seconds: i64 = within_sleep(runs)?.filter(|run| run.is_asleep()).map(|run| run.seconds()).sum();
    Minutes::new(seconds as f64 / 60.0).ok()
}

/// Awakenings between the first and the last second asleep: wakes longer than [`SHORT_WAKE`]; in a "classic"
/// log, which knows no short wakes, every run called awake. Restless runs are none.
pub(crate) fn awakenings(runs: &[Run]) -> Option<u32> {
    let classic = runs.iter().any(|run| matches!(run.stage, Stage::Asleep | Stage::Restless));
    let count = within_sleep(runs)?
        .filter(|run| run.stage == Stage::Wake && (classic || run.seconds() > SHORT_WAKE))
        .count();
    u32::try_from(count).ok()
}

/// The runs as segments of a night.
pub(crate) fn segments(runs: &[Run], start: OffsetTimestamp, zones: &ZoneHistory) -> Vec<StageSegment> {
    runs.iter().filter_map(|&run| segment(run, start, zones)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn run(start: i64, end: i64, stage: Stage) -> Run {
        Run { start, end, stage }
    }

    fn level(time: &str, level: &str, seconds: f64) -> Level {
        Level { date_time: format!("2024-01-01T{time}.000"), level: level.into(), seconds }
    }

    #[test]
    fn short_wakes_cut_the_levels_they_lie_on() {
        use Stage::{Deep, Light, Wake};
        let levels = Levels {
            data: vec![
                level("00:00:00", "wake", 30.0),
                level("00:00:30", "light", 570.0),
                level("00:10:00", "deep", 600.0),
                level("00:20:00", "unknown", 3600.0),
            ],
            short_data: vec![level("00:00:00", "wake", 60.0), level("00:09:00", "wake", 120.0)],
            ..Levels::default()
        };
        let found = runs(&levels, "2024-01-01T00:00".parse().unwrap()).unwrap();
        assert_eq!(
            found,
            [run(0, 60, Wake), run(60, 540, Light), run(540, 660, Wake), run(660, 1200, Deep),]
        );
        assert_eq!(asleep_span(&found), Some((60, 1200)));
        assert_eq!(wake_within(&found).unwrap().get(), 2.0);
        assert_eq!(awakenings(&found), Some(0));
    }

    #[test]
    fn only_wakes_longer_than_three_minutes_are_awakenings_of_a_staged_night() {
        let night = |wake: i64| {
            [run(0, 600, Stage::Light), run(600, 600 + wake, Stage::Wake), run(600 + wake, 2000, Stage::Rem)]
        };
        assert_eq!(awakenings(&night(180)), Some(0));
        assert_eq!(awakenings(&night(210)), Some(1));
        let classic = [
            run(0, 600, Stage::Asleep),
            run(600, 660, Stage::Wake),
            run(660, 720, Stage::Restless),
            run(720, 900, Stage::Asleep),
        ];
        assert_eq!(awakenings(&classic), Some(1));
        assert_eq!(wake_within(&classic).unwrap().get(), 2.0);
    }

    #[test]
    fn a_level_that_cannot_be_placed_gives_no_run_at_all() {
        for odd in [
            level("00:00:00", "light", -5.0),
            level("99:00:00", "light", 5.0),
            level("00:00:00", "deep", 1e9),
        ] {
            let levels = Levels { data: vec![odd], ..Levels::default() };
            assert!(runs(&levels, "2024-01-01T00:00".parse().unwrap()).is_none());
        }
    }
}
