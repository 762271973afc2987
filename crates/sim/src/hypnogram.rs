//! Makes the run of stages that a wrist device would report for a sleep of known length.

use jiff::{SignedDuration, Timestamp};

use crate::random::Stream;

/// What a device says the sleeper was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Awake.
    Wake,
    /// Light sleep.
    Light,
    /// Deep sleep.
    Deep,
    /// REM sleep.
    Rem,
}

/// A run of one level, in half minutes from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Half minutes from the start of the sleep to the start of the run.
    pub start: usize,
    /// Half minutes that it lasts.
    pub length: usize,
    /// What it is.
    pub level: Level,
}

/// One sleep as a device reports it: long runs, and short wakes laid over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypnogram {
    /// When it begins.
    pub start: Timestamp,
    /// The level of each half minute, short wakes left out.
    levels: Vec<Level>,
    /// Wakes of three minutes or less, in order, apart from each other and from the long wakes.
    short_wakes: Vec<Run>,
}

/// Half minutes in one sleep cycle, shortest and longest.
const CYCLE: (f64, f64) = (160.0, 220.0);
/// A short wake lasts at most three minutes, as in the device's own format.
const LONGEST_SHORT_WAKE: usize = 6;

impl Hypnogram {
    /// A sleep from `start` with about `asleep` and `awake` half minutes; exactly `asleep + awake` in all.
    ///
    /// Where the short wakes do not all find a place, the sleep is a little longer than asked for.
    #[must_use]
    pub fn new(start: Timestamp, asleep: usize, awake: usize, stream: &mut Stream) -> Self {
        let wanted = short_wake_lengths(awake * 3 / 5, stream);
        let long_wake = awake - wanted.iter().sum::<usize>();
        let stages = stages(asleep + awake - long_wake, stream);
        let levels = with_long_wakes(&stages, long_wake, stream);
        let short_wakes = placed(&levels, &wanted, stream);
        Self { start, levels, short_wakes }
    }

    /// Half minutes from start to end.
    #[must_use]
    pub fn length(&self) -> usize {
        self.levels.len()
    }

    /// Half minutes asleep, short wakes taken off.
    #[must_use]
    pub fn asleep(&self) -> usize {
        let asleep = self.levels.iter().filter(|level| **level != Level::Wake).count();
        asleep - self.short_wakes.iter().map(|wake| wake.length).sum::<usize>()
    }

    /// The long runs, in order, without gaps.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        runs(&self.levels)
    }

    /// The short wakes that are laid over the long runs, in order.
    #[must_use]
    pub fn short_wakes(&self) -> &[Run] {
        &self.short_wakes
    }

    /// The runs that are left when the short wakes are cut in.
    #[must_use]
    pub fn merged_runs(&self) -> Vec<Run> {
        let mut levels = self.levels.clone();
        for wake in &self.short_wakes {
            levels[wake.start..wake.start + wake.length].fill(Level::Wake);
        }
        runs(&levels)
    }

    /// The instant that many half minutes after the start.
    #[must_use]
    pub fn instant(&self, half_minutes: usize) -> Timestamp {
        self.start + SignedDuration::from_secs(30 * half_minutes as i64)
    }
}

fn runs(levels: &[Level]) -> Vec<Run> {
    let mut start = 0;
    levels
        .chunk_by(|a, b| a == b)
        .map(|chunk| {
            let run = Run { start, length: chunk.len(), level: chunk[0] };
            start += chunk.len();
            run
        })
        .collect()
}

fn short_wake_lengths(most: usize, stream: &mut Stream) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut left = most;
    while left > 0 {
        let length = (1 + stream.count(1.2) as usize).min(LONGEST_SHORT_WAKE).min(left);
        lengths.push(length);
        left -= length;
    }
    lengths
}

/// Cycles of light, deep, light and REM sleep: deep sleep early in the night, REM late.
fn stages(length: usize, stream: &mut Stream) -> Vec<Level> {
    let mut levels = Vec::with_capacity(length);
    let mut cycle = 0.0_f64;
    while levels.len() < length {
        let half_minutes = stream.between(CYCLE.0, CYCLE.1);
        let deep = (0.36 - 0.1 * cycle).max(0.0) * half_minutes;
        let rem = (0.06 + 0.08 * cycle).min(0.36) * half_minutes;
        let light = half_minutes - deep - rem;
        let before = stream.between(0.35, 0.65) * light;
        for (level, share) in
            [(Level::Light, before), (Level::Deep, deep), (Level::Light, light - before), (Level::Rem, rem)]
        {
            levels.extend(std::iter::repeat_n(level, share.round() as usize));
        }
        cycle += 1.0;
    }
    levels.truncate(length);
    levels
}

fn with_long_wakes(stages: &[Level], awake: usize, stream: &mut Stream) -> Vec<Level> {
    let count = (1 + stream.count(1.5) as usize).min(awake / 7 + 1);
    let mut cuts: Vec<usize> =
        (0..count).map(|_| stream.between(0.0, stages.len() as f64) as usize).collect();
    cuts.sort_unstable();
    let mut levels = Vec::with_capacity(stages.len() + awake);
    let mut taken = 0;
    for (index, cut) in cuts.iter().enumerate() {
        levels.extend_from_slice(&stages[taken..*cut]);
        taken = *cut;
        let share = awake / count + usize::from(index < awake % count);
        levels.extend(std::iter::repeat_n(Level::Wake, share));
    }
    levels.extend_from_slice(&stages[taken..]);
    levels
}

fn placed(levels: &[Level], wanted: &[usize], stream: &mut Stream) -> Vec<Run> {
    // One half minute more on either side keeps each wake apart from the next.
    let mut free: Vec<bool> = levels.iter().map(|level| *level != Level::Wake).collect();
    let mut wakes = Vec::with_capacity(wanted.len());
    for &length in wanted {
        for _ in 0..50 {
            let start = 1 + stream.between(0.0, levels.len() as f64) as usize;
            let around = start - 1..start + length + 1;
            if around.end <= free.len() && free[around.clone()].iter().all(|free| *free) {
                free[around].fill(false);
                wakes.push(Run { start, length, level: Level::Wake });
                break;
            }
        }
    }
    wakes.sort_by_key(|wake| wake.start);
    wakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up_and_short_wakes_lie_in_sleep() {
        let mut stream = Stream::new(3, 0);
        for (asleep, awake) in [(840, 90), (600, 0), (60, 7), (1, 0), (900, 200)] {
            let sleep = Hypnogram::new(Timestamp::UNIX_EPOCH, asleep, awake, &mut stream);
            assert_eq!(sleep.length(), asleep + awake);
            assert_eq!(sleep.runs().iter().map(|run| run.length).sum::<usize>(), asleep + awake);
            assert!(sleep.asleep() >= asleep, "{} {asleep}", sleep.asleep());
            let in_merged: usize =
                sleep.merged_runs().iter().filter(|run| run.level != Level::Wake).map(|run| run.length).sum();
            assert_eq!(in_merged, sleep.asleep());
        }
    }

    #[test]
    fn an_ordinary_night_keeps_to_what_was_asked() {
        let mut stream = Stream::new(4, 0);
        let sleep = Hypnogram::new(Timestamp::UNIX_EPOCH, 840, 90, &mut stream);
        assert_eq!(sleep.asleep(), 840);
        assert!(sleep.short_wakes().len() > 10);
        let early = |range: std::ops::Range<usize>| {
            sleep.levels[range].iter().filter(|level| **level == Level::Deep).count()
        };
        assert!(early(0..465) > early(465..930));
    }
}
