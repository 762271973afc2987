//! Compares sleeps in time, by instants where the zone is known and by the clock on the wall where it is not.

use nightmend_domain::{OffsetTimestamp, ZoneBasis};

/// Minutes in a day.
pub(crate) const DAY: f64 = 1_440.0;

/// From when to when a sleep is told to have lasted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    /// First asleep, or the nearest thing that is known.
    pub start: OffsetTimestamp,
    /// Last awakening, or the nearest thing that is known.
    pub end: OffsetTimestamp,
}

impl Window {
    /// Its length in minutes of real time.
    pub fn minutes(&self) -> f64 {
        minutes_between(self.start, self.end)
    }

    /// The middle, in minutes after midnight of the clock on the wall.
    pub fn middle_of_day(&self) -> f64 {
        (minute_of_day(self.start) + self.minutes() / 2.0).rem_euclid(DAY)
    }

    /// From the earlier start to the later end.
    pub fn spanning(&self, other: &Self) -> Self {
        Self {
            start: if minutes_between(self.start, other.start) < 0.0 { other.start } else { self.start },
            end: if minutes_between(self.end, other.end) > 0.0 { other.end } else { self.end },
        }
    }

    /// The minutes that both windows cover.
    pub fn overlap(&self, other: &Self) -> f64 {
        let start = if minutes_between(self.start, other.start) > 0.0 { other.start } else { self.start };
        let end = if minutes_between(self.end, other.end) > 0.0 { self.end } else { other.end };
        minutes_between(start, end).max(0.0)
    }
}

/// Minutes from one time to another, negative where the second is earlier.
///
/// Where one of the two has no zone, instants say nothing, and the clocks on the wall are compared.
pub(crate) fn minutes_between(from: OffsetTimestamp, to: OffsetTimestamp) -> f64 {
    let known = |stamp: OffsetTimestamp| stamp.basis() != ZoneBasis::Unknown;
    if known(from) == known(to) {
        // Whole milliseconds: exact, and quicker than durations where thousands are compared.
        let elapsed = to.timestamp().as_millisecond() - from.timestamp().as_millisecond();
        elapsed as f64 / 60_000.0
    } else {
        to.civil().duration_since(from.civil()).as_secs_f64() / 60.0
    }
}

/// Minutes after midnight of the clock on the wall.
pub(crate) fn minute_of_day(stamp: OffsetTimestamp) -> f64 {
    let time = stamp.civil().time();
    f64::from(time.hour()) * 60.0 + f64::from(time.minute()) + f64::from(time.second()) / 60.0
}
