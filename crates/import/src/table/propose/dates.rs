//! Finds the format in which a column writes its dates.

use jiff::civil::Date;
use jiff::fmt::strtime;

use crate::clock::Written;
use crate::table::when;

/// Formats of a date alone that are tried, ISO 8601 first; pairs that differ in the order of day and month stand
/// beside each other, day first.
const FORMATS: &[&str] = &[
    "iso",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%m.%d.%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%a %d %b %Y",
    "%a, %d %b %Y",
    "%A %d %B %Y",
    "%A, %B %d, %Y",
    "%a %b %d %Y",
];

/// What may stand after the date: nothing, or a time.
const TIMES: &[&str] = &[
    "",
    " %H:%M:%S",
    " %H:%M",
    " %I:%M:%S %p",
    " %I:%M %p",
    "T%H:%M:%S",
    "T%H:%M",
    ", %H:%M:%S",
    ", %H:%M",
    ", %I:%M:%S %p",
    ", %I:%M %p",
];

/// Cells after which formats that fit less than half of them are given up.
const TRIAL: u64 = 40;
/// Share of cells, in percent, that a format must fit to be the column's.
const ENOUGH: u64 = 90;

/// How many cells of a column each format fits.
#[derive(Debug, Clone, Default)]
pub(super) struct DateFits {
    seen: u64,
    alive: Option<Vec<Candidate>>,
    /// The first cells that two orders of day and month read differently, as (day first, month first) days.
    swaps: Vec<(i32, i32)>,
}

#[derive(Debug, Clone)]
struct Candidate {
    format: String,
    has_time: bool,
    has_offset: bool,
    fits: u64,
}

/// What a column's dates look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateForm {
    /// One format fits.
    One { format: String, has_time: bool, has_offset: bool },
    /// Day first and month first both fit every cell; with the usual step between rows in days, by each, and how many
    /// steps there were to tell it by.
    Ambiguous { day_first: String, month_first: String, has_time: bool, steps: (i32, i32), counted: usize },
    /// Some cells are day first and some month first.
    Mixed { day_first: String, month_first: String, has_time: bool },
}

/// Fewest steps between rows that can decide the order of day and month.
const FEWEST_STEPS: usize = 2;
/// How many times longer the steps of the one order must be for the other to be chosen.
const MUCH_LONGER: i32 = 7;

impl DateForm {
    /// Whether the day comes first, by the order of the rows, or else by its points: 1.3.2024 is 1 March nearly
    /// everywhere. `None` where nothing tells.
    pub(super) fn day_is_first(&self) -> Option<bool> {
        let with_points = matches!(self, Self::Ambiguous { day_first, .. } if day_first.starts_with("%d.%m"))
            .then_some(true);
        self.by_steps().or(with_points)
    }

    /// Whether the order of the rows says that the day comes first, where it says anything.
    pub(super) fn by_steps(&self) -> Option<bool> {
        match self {
            Self::Ambiguous { steps: (by_day, by_month), counted, .. }
                if *counted >= FEWEST_STEPS && *by_day > 0 && *by_month > 0 =>
            {
                if *by_month >= by_day * MUCH_LONGER {
                    Some(true)
                } else {
                    (*by_day >= by_month * MUCH_LONGER).then_some(false)
                }
            }
            _ => None,
        }
    }

    /// The format by which dates are read while the table is looked at.
    pub(super) fn format(&self) -> &str {
        match self {
            Self::One { format, .. } => format,
            Self::Ambiguous { month_first, .. } if self.day_is_first() == Some(false) => month_first,
            Self::Ambiguous { day_first, .. } | Self::Mixed { day_first, .. } => day_first,
        }
    }
}

impl DateFits {
    pub(super) fn add(&mut self, text: &str) {
        self.seen += 1;
        let alive = self.alive.get_or_insert_with(candidates);
        if alive.is_empty() {
            return;
        }
        let mut days: Vec<(String, i32)> = Vec::new();
        for candidate in alive.iter_mut() {
            if let Some((date, has_offset)) = candidate.reads(text) {
                candidate.fits += 1;
                candidate.has_offset |= has_offset;
                days.push((candidate.format.clone(), day_number(date)));
            }
        }
        if self.swaps.len() < 400
            && let Some((day_first, month_first)) = first_swap(&days)
        {
            self.swaps.push((day_first, month_first));
        }
        if self.seen == TRIAL {
            // Mixed orders fit a good part each, so formats are given up late.
            let least = self.seen / 5;
            alive.retain(|candidate| candidate.fits > least);
        }
    }

    /// The form of the column's dates, where it holds dates.
    pub(super) fn form(&self) -> Option<DateForm> {
        let alive = self.alive.as_ref()?;
        let enough = |fits: u64| fits * 100 >= self.seen * ENOUGH;
        let best = alive.iter().filter(|candidate| enough(candidate.fits)).max_by(|a, b| {
            // Of equal fits the earlier in the list stands.
            a.fits.cmp(&b.fits).then(std::cmp::Ordering::Greater)
        });
        match best {
            Some(best) => Some(match twin(best, alive) {
                Some((day_first, month_first)) if day_first.fits == month_first.fits && !self.all_same() => {
                    DateForm::Ambiguous {
                        day_first: day_first.format.clone(),
                        month_first: month_first.format.clone(),
                        has_time: best.has_time,
                        steps: self.steps(),
                        counted: self.swaps.windows(2).filter(|pair| pair[0] != pair[1]).count(),
                    }
                }
                _ => DateForm::One {
                    format: best.format.clone(),
                    has_time: best.has_time,
                    has_offset: best.has_offset,
                },
            }),
            None => self.mixed(alive),
        }
    }

    fn all_same(&self) -> bool {
        self.swaps.iter().all(|(day_first, month_first)| day_first == month_first)
    }

    fn mixed(&self, alive: &[Candidate]) -> Option<DateForm> {
        alive.iter().find_map(|candidate| {
            let (day_first, month_first) = twin(candidate, alive)?;
            let both = self.swaps.len() as u64;
            let union = (day_first.fits + month_first.fits).saturating_sub(both.min(self.seen));
            let plenty = union.max(day_first.fits).max(month_first.fits) * 100 >= self.seen * ENOUGH;
            plenty.then(|| DateForm::Mixed {
                day_first: day_first.format.clone(),
                month_first: month_first.format.clone(),
                has_time: candidate.has_time,
            })
        })
    }

    /// The usual step between rows in days, by day first and by month first.
    fn steps(&self) -> (i32, i32) {
        let usual = |days: Vec<i32>| {
            let mut steps: Vec<i32> =
                days.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0).collect();
            steps.sort_unstable();
            steps.get(steps.len() / 2).copied().unwrap_or(0)
        };
        (
            usual(self.swaps.iter().map(|swap| swap.0).collect()),
            usual(self.swaps.iter().map(|swap| swap.1).collect()),
        )
    }
}

impl Candidate {
    fn reads(&self, text: &str) -> Option<(Date, bool)> {
        if self.format == "iso" {
            if self.has_time {
                let written = Written::from_iso(text)?;
                return Some((written.civil.date(), written.offset.is_some()));
            }
            return when::date(text, &[]).ok().filter(|_| text.trim().len() == 10).map(|date| (date, false));
        }
        let date = strtime::parse(&self.format, text.trim()).and_then(|time| time.to_date()).ok()?;
        // A year of four digits is no year of two; nobody's diary is from before 1900.
        (date.year() >= 1900).then_some((date, false))
    }
}

fn candidates() -> Vec<Candidate> {
    let mut all = Vec::new();
    for format in FORMATS {
        for time in TIMES {
            let (format, has_time) = match (*format, *time) {
                ("iso", "") => ("iso".to_owned(), false),
                ("iso", " %H:%M:%S") => ("iso".to_owned(), true),
                ("iso", _) => continue,
                (date, time) => (format!("{date}{time}"), !time.is_empty()),
            };
            all.push(Candidate { format, has_time, has_offset: false, fits: 0 });
        }
    }
    all
}

/// A format and the one that differs from it in the order of day and month, day first.
fn twin<'a>(candidate: &'a Candidate, alive: &'a [Candidate]) -> Option<(&'a Candidate, &'a Candidate)> {
    let swapped = swapped(&candidate.format)?;
    let other = alive.iter().find(|other| other.format == swapped)?;
    if candidate.format.starts_with("%d") { Some((candidate, other)) } else { Some((other, candidate)) }
}

fn swapped(format: &str) -> Option<String> {
    let mut letters: Vec<char> = format.chars().collect();
    match (letters.get(1), letters.get(4)) {
        (Some('d'), Some('m')) | (Some('m'), Some('d')) => {
            letters.swap(1, 4);
            Some(letters.into_iter().collect())
        }
        _ => None,
    }
}

fn first_swap(days: &[(String, i32)]) -> Option<(i32, i32)> {
    days.iter().find_map(|(format, day)| {
        let other = swapped(format)?;
        let (_, other_day) = days.iter().find(|(format, _)| *format == other)?;
        Some(if format.starts_with("%d") { (*day, *other_day) } else { (*other_day, *day) })
    })
}

/// A date as a count of days.
pub(super) fn day_number(date: Date) -> i32 {
    date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours().div_euclid(24) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(cells: &[&str]) -> Option<DateForm> {
        let mut fits = DateFits::default();
        for cell in cells {
            fits.add(cell);
        }
        fits.form()
    }

    fn one(format: &str, has_time: bool) -> Option<DateForm> {
        Some(DateForm::One { format: format.into(), has_time, has_offset: false })
    }

    #[test]
    fn formats_are_found() {
        assert_eq!(form(&["2024-03-01", "2024-03-02"]), one("iso", false));
        assert_eq!(form(&["2024-03-01 21:30:00"]), one("iso", true));
        assert_eq!(form(&["25/12/2019", "01/02/2020"]), one("%d/%m/%Y", false));
        assert_eq!(form(&["4/13/2016 9:05:00 PM"]), one("%m/%d/%Y %I:%M:%S %p", true));
        assert_eq!(form(&["1 Mar 2024"]), one("%d %b %Y", false));
        assert_eq!(form(&["13.3.24"]), one("%d.%m.%y", false));
        assert_eq!(form(&["5", "7", "8"]), None);
        assert_eq!(form(&["Knee Pain"]), None);
        assert!(matches!(form(&["2024-03-01T21:30:00Z"]), Some(DateForm::One { has_offset: true, .. })));
    }

    #[test]
    fn both_orders_are_an_open_question_with_the_steps_as_evidence() {
        let form = form(&["01/02/2020", "02/02/2020", "03/02/2020", "04/02/2020"]);
        assert_eq!(
            form,
            Some(DateForm::Ambiguous {
                day_first: "%d/%m/%Y".into(),
                month_first: "%m/%d/%Y".into(),
                has_time: false,
                steps: (1, 31),
                counted: 3,
            })
        );
        assert_eq!(form.and_then(|form| form.day_is_first()), Some(true));
    }

    #[test]
    fn a_column_with_both_orders_is_called_mixed() {
        let form = form(&["25/12/2019", "12/26/2019", "27/12/2019", "12/28/2019", "01/02/2020"]);
        assert!(matches!(form, Some(DateForm::Mixed { .. })), "{form:?}");
    }
}
