//! Holds what was written down beside nights and pain, by the date on which it was said.

use crate::data::SleepMeasure;

/// The hour of the day that a covariate belongs to, which decides what it stands before.
///
/// | said | the night of waking date `t` takes | one pain a day, on waking | one pain a day, later | half-day form |
/// |---|---|---|---|---|
/// | [`Evening`](Self::Evening) | `t - 1` | `t - 1` | `t - 1` | pain on waking takes `t - 1` |
/// | [`Day`](Self::Day) | `t - 1` | `t - 1` | `t` | the later report takes `t` |
/// | [`Night`](Self::Night) | `t` | `t` | `t` | pain on waking takes `t` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    /// In the evening, before the night of the next date: stress at bedtime, alcohol, late caffeine, a painkiller.
    Evening,
    /// In the course of the day, after its night and before its evening: activity.
    Day,
    /// Of the night that ended on this date: a step that was assigned to it.
    Night,
}

/// One thing beside sleep and pain, by day of the series; a day without a value is unknown, not zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariate {
    /// What it is called.
    pub name: String,
    /// What one more of it is, for example "point" or "drink"; `None` where it is a yes or a no.
    pub unit: Option<String>,
    /// The hour that it belongs to.
    pub said: Said,
    /// The values, by the date on which they were said: as many as the series has days.
    pub values: Vec<Option<f64>>,
}

/// Another channel of the same nights, in natural units, turned so that more is more or better sleep.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// What it measures, which decides its error.
    pub measure: SleepMeasure,
    /// The values, one a night.
    pub values: Vec<Option<f64>>,
}
