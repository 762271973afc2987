//! Chooses which dates a page of nights shows, and leads to those before and after.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::record::Record;
use nightmend_domain::{Day, Night};
use serde::Deserialize;

use crate::failure::Failure;

/// Weeks shown unless told otherwise.
const WEEKS: i64 = 12;
/// Most weeks of one actogram: more lines could not be told apart, and would be heavy. Beyond it there is the year.
const MOST_WEEKS: i64 = 26;

/// What an address may ask for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SpanQuery {
    /// The last date.
    to: Option<String>,
    /// The first date.
    from: Option<String>,
    /// How many weeks, where no first date is given.
    weeks: Option<String>,
}

impl SpanQuery {
    pub(super) fn is_empty(&self) -> bool {
        let none = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        none(&self.to) && none(&self.from) && none(&self.weeks)
    }
}

/// The dates of a page, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Date,
    pub(super) to: Date,
}

/// First and last date of anything that the pages of nights show.
pub(super) fn extent(record: &Record) -> Option<(Date, Date)> {
    let nights = &record.assembly.nights;
    Some((nights.first()?.date.date(), nights.last()?.date.date()))
}

pub(super) fn nights_between(record: &Record, from: Date, to: Date) -> &[Night] {
    let nights = &record.assembly.nights;
    let first = nights.partition_point(|night| night.date.date() < from);
    let end = nights.partition_point(|night| night.date.date() <= to);
    &nights[first..end.max(first)]
}

pub(super) fn days_between(record: &Record, from: Date, to: Date) -> &[Day] {
    let days = &record.assembly.days;
    let first = days.partition_point(|day| day.date < from);
    let end = days.partition_point(|day| day.date <= to);
    &days[first..end.max(first)]
}

/// A date as an address has it.
pub(super) fn date_of(text: &str) -> Result<Date, Failure> {
    text.trim()
        .parse()
        .map_err(|_| Failure::not_found(format!("“{}” is not a date; write it as 2025-03-30", text.trim())))
}

impl Span {
    /// The dates asked for, brought within what can be shown at once.
    pub(super) fn of(query: &SpanQuery, first: Date, last: Date) -> Result<Self, Failure> {
        let date = |text: &Option<String>| {
            text.as_deref().filter(|text| !text.trim().is_empty()).map(date_of).transpose()
        };
        let (from, to) = (date(&query.from)?, date(&query.to)?.unwrap_or(last));
        let weeks = query.weeks.as_deref().and_then(|text| text.trim().parse().ok()).unwrap_or(WEEKS);
        let weeks: i64 = i64::clamp(weeks, 1, 520);
        let from = from.unwrap_or_else(|| to.saturating_sub((7 * weeks - 1).days())).max(first);
        if to < from {
            // A range before the first record, or with its ends swapped.
            return Ok(Self { from: to.min(from), to: from.max(to) });
        }
        Ok(Self { from, to })
    }

    fn days(self) -> i64 {
        self.from.duration_until(self.to).as_hours() / 24 + 1
    }

    /// The latest of it that one actogram holds.
    pub(super) fn within_an_actogram(self) -> Self {
        let earliest = self.to.saturating_sub((7 * MOST_WEEKS - 1).days());
        Self { from: self.from.max(earliest), to: self.to }
    }

    pub(super) fn nights(self, record: &Record) -> &[Night] {
        nights_between(record, self.from, self.to)
    }

    pub(super) fn words(self) -> String {
        let long = |date: Date| date.strftime("%-d %B %Y").to_string();
        if self.from.year() == self.to.year() {
            format!("{} to {}", self.from.strftime("%-d %B"), long(self.to))
        } else {
            format!("{} to {}", long(self.from), long(self.to))
        }
    }

    /// To the weeks before and after.
    pub(super) fn links(self, first: Date, last: Date) -> Markup {
        let days = self.days();
        let at = |from: Date, to: Date| format!("/nights?from={from}&to={to}");
        let before = (first < self.from).then(|| {
            let to = self.from.saturating_sub(1.day());
            at(to.saturating_sub((days - 1).days()).max(first), to)
        });
        let after = (self.to < last).then(|| {
            let from = self.to.saturating_add(1.day());
            at(from, from.saturating_add((days - 1).days()).min(last))
        });
        html! {
            @if let Some(path) = before { a.button href=(path) rel="prev" { "Earlier" } }
            @if let Some(path) = after { a.button href=(path) rel="next" { "Later" } }
        }
    }

    /// Which dates to show.
    pub(super) fn form(self, first: Date, last: Date) -> Markup {
        html! {
            details {
                summary { "Show other dates" }
                p.row { (last_weeks("/nights", last, &[(6, "Last 6 weeks"), (12, "Last 12 weeks"), (26, "Last 26 weeks")])) }
                form.range method="get" action="/nights" {
                    div.field {
                        label for="from" { "From" }
                        input #from type="date" name="from" value=(self.from) min=(first) max=(last);
                    }
                    div.field {
                        label for="to" { "To" }
                        input #to type="date" name="to" value=(self.to) min=(first) max=(last);
                    }
                    button type="submit" { "Show" }
                }
                p.hint { "At most " (MOST_WEEKS) " weeks are drawn at once; a whole year is in " a href="/nights/year" { "Year" } "." }
            }
        }
    }
}

/// Links to the last so many weeks.
pub(super) fn last_weeks(path: &str, last: Date, choices: &[(i64, &str)]) -> Markup {
    html! { @for (weeks, text) in choices { a.button href={ (path) "?weeks=" (weeks) "&to=" (last) } { (text) } } }
}

/// The years that the records touch.
pub(super) fn years(first: Date, last: Date, present: i16) -> Markup {
    let links: Vec<(String, String)> =
        (first.year()..=last.year()).map(|year| (format!("/nights/year/{year}"), year.to_string())).collect();
    let links: Vec<(String, &str)> = links.iter().map(|(path, text)| (path.clone(), text.as_str())).collect();
    crate::charts::views("Years", &links, &present.to_string())
}
