//! Says what the assembly did to the facts: what was merged, set aside, left out or overruled.

use jiff::civil::{Date, Time};
use nightmend_domain::Decision;

/// What the assembly did, in numbers, with the decisions that no night could carry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SleepAccount {
    /// Sleep records read.
    pub sleep_records: u32,
    /// Sleep records in which nothing was known; they make no night.
    pub empty_records: u32,
    /// Sleep records whose clock times were impossible or in dispute and were left out (other parts were kept).
    pub records_without_their_times: u32,
    /// Single numbers left out because they were impossible (a TST longer than the sleep period, a 30-hour nap).
    pub numbers_left_out: u32,
    /// Sleep records set aside because their own source tells the same time twice.
    pub duplicates: u32,
    /// Pieces of one interrupted sleep that were joined.
    pub pieces_joined: u32,
    /// Sleep records that tell a sleep which another source tells too.
    pub told_again: u32,
    /// Main/nap marks of a source that the content overruled.
    pub marks_overruled: u32,
    /// Nights assembled.
    pub nights: u32,
    /// Of them, nights of which only a rating of quality is known.
    pub nights_of_quality_alone: u32,
    /// Naps and second sleeps.
    pub naps: u32,
    /// Entries read.
    pub entries: u32,
    /// Entries not taken because a source earlier in the order tells the same thing.
    pub entries_of_later_sources: u32,
    /// The person's usual middle of sleep, where one is set or could be learned.
    pub usual_mid_sleep: Option<UsualMidSleep>,
    /// Decisions about dates that have no night, and about days, in order of date.
    pub notes: Vec<DatedDecision>,
}

/// A decision with the date it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedDecision {
    /// The date.
    pub date: Date,
    /// What was decided and why.
    pub decision: Decision,
}

/// The usual middle of sleep and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualMidSleep {
    /// The time of day.
    pub time: Time,
    /// How many sleeps it was learned from; `None` where the person set it.
    pub learned_from: Option<u32>,
}
