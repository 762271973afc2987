//! Assembles nights and days from observations of many sources and measures them.
//!
//! The rules of the merge, and why, are in `docs/decisions/0004-merging-sources.md`.

mod account;
mod assemble;
mod circular;
mod clock_change;
mod compose;
mod days;
mod main_sleep;
mod one_source;
mod order;
mod sleeps;
mod telling;
mod timeline;
mod words;

pub use account::{DatedDecision, SleepAccount, UsualMidSleep};
pub use assemble::{Assembly, assemble};
