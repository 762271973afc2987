//! Writes times, lengths and lists as people read them in a decision.

use std::fmt::{self, Display};

use jiff::civil::{Date, Time};
use nightmend_domain::{Decision, Minutes, OffsetTimestamp};

use crate::timeline::Window;

/// A decision from its two parts.
pub(crate) fn decision(about: &str, reason: impl Into<String>) -> Decision {
    Decision { about: about.to_owned(), reason: reason.into() }
}

/// `23:41`, as the clock on the wall showed it.
pub(crate) fn clock(stamp: OffsetTimestamp) -> impl Display {
    time_of_day(stamp.civil().time())
}

/// `23:41`.
pub(crate) fn time_of_day(time: Time) -> impl Display {
    fmt::from_fn(move |f| write!(f, "{:02}:{:02}", time.hour(), time.minute()))
}

/// `23:41 to 07:02 (7 h 21)`.
pub(crate) fn window(window: &Window) -> impl Display + use<> {
    let (start, end, minutes) = (window.start, window.end, window.minutes());
    fmt::from_fn(move |f| write!(f, "{} to {} ({})", clock(start), clock(end), length(minutes)))
}

/// `2024-03-01 23:41 to 2024-03-02 07:02`, where the dates matter.
pub(crate) fn dated_window(start: OffsetTimestamp, end: OffsetTimestamp) -> impl Display {
    fmt::from_fn(move |f| write!(f, "{} {} to {} {}", start.date(), clock(start), end.date(), clock(end)))
}

/// `7 h 21`, or `35 min`.
pub(crate) fn length(minutes: f64) -> impl Display {
    fmt::from_fn(move |f| match Minutes::new(minutes.max(0.0)) {
        Ok(minutes) => minutes.fmt(f),
        Err(_) => f.write_str("more than seven days"),
    })
}

/// What a person types to correct a night.
pub(crate) fn correct_night(date: Date) -> impl Display {
    fmt::from_fn(move |f| {
        write!(f, "if that is wrong, correct it with `nightmend log morning --date {date}`")
    })
}
