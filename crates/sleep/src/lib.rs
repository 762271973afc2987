//! Assembles nights and days from observations of many sources and measures them.
//!
//! The rules of the merge, and why, are in `docs/decisions/0004-merging-sources.md`.

mod account;
mod assemble;
mod circular;
mod clock_change;
mod compose;
mod days;
pub mod diary;
mod main_sleep;
mod one_source;
mod order;
mod regularity;
mod sleeps;
mod statistics;
mod telling;
mod timeline;
mod words;

pub use account::{DatedDecision, SleepAccount, UsualMidSleep};
pub use assemble::{Assembly, assemble};
pub use order::source_order;
pub use regularity::{FEWEST_DAYS_FOR_REGULARITY, Regularity, sleep_regularity};
pub use statistics::{
    DateRange, FEWEST_FREE_NIGHTS, FEWEST_WORK_NIGHTS, FreeDays, RangeSummary, SocialJetLag, Spread,
    TimeSpread, summarise,
};
