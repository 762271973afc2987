//! Writes times, lengths and lists as people read them in a decision.

use jiff::civil::{Date, Time};
use nightmend_domain::{Decision, Minutes, OffsetTimestamp};

use crate::timeline::Window;

/// A decision from its two parts.
pub(crate) fn decision(about: &str, reason: impl Into<String>) -> Decision {
    Decision { about: about.to_owned(), reason: reason.into() }
}

/// `23:41`, as the clock on the wall showed it.
pub(crate) fn clock(stamp: OffsetTimestamp) -> String {
    time_of_day(stamp.civil().time())
}

/// `23:41`.
pub(crate) fn time_of_day(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `23:41 to 07:02 (7 h 21)`.
pub(crate) fn window(window: &Window) -> String {
    format!("{} to {} ({})", clock(window.start), clock(window.end), length(window.minutes()))
}

/// `2024-03-01 23:41 to 2024-03-02 07:02`, where the dates matter.
pub(crate) fn dated_window(start: OffsetTimestamp, end: OffsetTimestamp) -> String {
    format!("{} {} to {} {}", start.date(), clock(start), end.date(), clock(end))
}

/// `7 h 21`, or `35 min`.
pub(crate) fn length(minutes: f64) -> String {
    Minutes::new(minutes.max(0.0)).map_or_else(|_| "more than seven days".to_owned(), |m| m.to_string())
}

/// What a person types to correct a night.
pub(crate) fn correct_night(date: Date) -> String {
    format!("if that is wrong, correct it with `nightmend log morning --date {date}`")
}
