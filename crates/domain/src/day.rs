//! Describes a day as assembled from all entries that belong to it.

use jiff::civil::Date;

use crate::observation::{Moment, Role, TrackerName, Value};
use crate::provenance::SourceName;
use crate::time::OffsetTimestamp;

/// The day from waking on `date` to the next sleep. Derived: may be thrown away and rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// The date of waking.
    pub date: Date,
    /// What was said about it: one entry per tracker and moment, after the rule for several, sorted by tracker
    /// and moment.
    pub entries: Vec<DayEntry>,
}

/// One tracker at one moment of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayEntry {
    /// What is followed.
    pub tracker: TrackerName,
    /// What it is to nightmend.
    pub role: Role,
    /// The moment it speaks of.
    pub moment: Moment,
    /// The value after the rule for several values.
    pub value: Value,
    /// How many values went into it.
    pub count: u32,
    /// The source it was taken from.
    pub source: SourceName,
    /// When it was said, where one value was taken and its time is known.
    pub at: Option<OffsetTimestamp>,
    /// Whether it was written down more than seven days after the day: left out of fits and claims by default.
    pub recalled: bool,
}
