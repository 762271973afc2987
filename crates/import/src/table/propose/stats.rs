//! Gathers, row by row, what can be known of a column without keeping it.

use std::collections::BTreeMap;

use super::dates::DateFits;
use crate::table::value::MISSING;

/// Most different values of one column that are remembered.
const MOST_DISTINCT: usize = 200;
/// Most numbers of one column that are kept with their day, for looking at what goes with what.
const MOST_SERIES: usize = 20_000;

/// What is known of the values of one column or tracker.
#[derive(Debug, Clone, Default)]
pub(super) struct Stats {
    /// Cells that state something.
    pub filled: u64,
    /// Cells with a usual code for missing.
    pub coded_missing: u64,
    /// Numbers written with a point or whole, e.g. `3`, `3.5`.
    pub plain_numbers: u64,
    /// Numbers written with a decimal comma, e.g. `3,5`.
    pub comma_numbers: u64,
    /// Numbers with commas between thousands, e.g. `1,773`.
    pub grouped_numbers: u64,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub whole_numbers: u64,
    pub zeros: u64,
    /// The smallest number that is not 0.
    pub least_above_zero: Option<f64>,
    /// Times such as 23:10.
    pub clock_times: u64,
    /// Cells in square brackets.
    pub bracketed: u64,
    pub longest: usize,
    /// Different values with their counts, up to a limit.
    pub distinct: BTreeMap<String, u64>,
    pub more_distinct: bool,
    pub dates: DateFits,
    /// Day and number.
    pub series: Vec<(i32, f64)>,
    pub first_day: Option<i32>,
    pub last_day: Option<i32>,
    /// What stands in a column beside it (for a tracker: its category), with counts.
    pub beside: BTreeMap<String, u64>,
}

impl Stats {
    /// Looks at one cell, which may be empty.
    pub(super) fn add(&mut self, text: &str, looks_at_dates: bool) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if MISSING.contains(&text.to_lowercase().as_str()) {
            self.coded_missing += 1;
            return;
        }
        self.filled += 1;
        self.longest = self.longest.max(text.chars().count());
        self.bracketed += u64::from(text.starts_with('[') && text.ends_with(']'));
        self.add_distinct(text);
        if let Some(number) = self.count_number(text) {
            self.add_number(number);
        } else if crate::formats::clock_time(text).is_some() {
            self.clock_times += 1;
        }
        if looks_at_dates {
            self.dates.add(text);
        }
    }

    /// Keeps a number with its day.
    pub(super) fn add_on_day(&mut self, day: i32, text: &str) {
        self.first_day = Some(self.first_day.map_or(day, |first| first.min(day)));
        self.last_day = Some(self.last_day.map_or(day, |last| last.max(day)));
        if self.series.len() < MOST_SERIES
            && let Some((_, number)) = written_number(text.trim())
        {
            self.series.push((day, number));
        }
    }

    fn add_distinct(&mut self, text: &str) {
        if let Some(count) = self.distinct.get_mut(text) {
            *count += 1;
        } else if self.distinct.len() < MOST_DISTINCT {
            self.distinct.insert(text.chars().take(80).collect(), 1);
        } else {
            self.more_distinct = true;
        }
    }

    fn count_number(&mut self, text: &str) -> Option<f64> {
        let (form, number) = written_number(text)?;
        match form {
            Written::Plain => self.plain_numbers += 1,
            Written::Comma => self.comma_numbers += 1,
            Written::Grouped => self.grouped_numbers += 1,
        }
        Some(number)
    }

    fn add_number(&mut self, number: f64) {
        self.minimum = Some(self.minimum.map_or(number, |least| least.min(number)));
        self.maximum = Some(self.maximum.map_or(number, |most| most.max(number)));
        self.whole_numbers += u64::from(number.fract() == 0.0);
        if number == 0.0 {
            self.zeros += 1;
        } else if number > 0.0 {
            self.least_above_zero = Some(self.least_above_zero.map_or(number, |least| least.min(number)));
        }
    }

    /// Adds what is known of the same thing under another name.
    pub(super) fn absorb(&mut self, other: &Self) {
        let least = |one: Option<f64>, two: Option<f64>| one.into_iter().chain(two).reduce(f64::min);
        self.filled += other.filled;
        self.coded_missing += other.coded_missing;
        self.plain_numbers += other.plain_numbers;
        self.comma_numbers += other.comma_numbers;
        self.grouped_numbers += other.grouped_numbers;
        self.minimum = least(self.minimum, other.minimum);
        self.maximum = self.maximum.into_iter().chain(other.maximum).reduce(f64::max);
        self.whole_numbers += other.whole_numbers;
        self.zeros += other.zeros;
        self.least_above_zero = least(self.least_above_zero, other.least_above_zero);
        self.clock_times += other.clock_times;
        self.bracketed += other.bracketed;
        self.longest = self.longest.max(other.longest);
        for (value, count) in &other.distinct {
            *self.distinct.entry(value.clone()).or_default() += count;
        }
        self.more_distinct |= other.more_distinct;
        self.series.extend(&other.series);
        self.first_day = self.first_day.into_iter().chain(other.first_day).min();
        self.last_day = self.last_day.into_iter().chain(other.last_day).max();
        for (value, count) in &other.beside {
            *self.beside.entry(value.clone()).or_default() += count;
        }
    }

    /// Numbers in any form.
    pub(super) fn numbers(&self) -> u64 {
        self.plain_numbers + self.comma_numbers + self.grouped_numbers
    }

    /// The numbers in order, as far as they were kept.
    pub(super) fn in_order(&self) -> Vec<f64> {
        let mut numbers: Vec<f64> = if self.more_distinct {
            self.series.iter().map(|(_, number)| *number).collect()
        } else {
            let mut numbers = Vec::new();
            for (text, count) in &self.distinct {
                if let Some((_, number)) = written_number(text) {
                    numbers.extend(std::iter::repeat_n(number, *count as usize));
                }
            }
            numbers
        };
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    }

    /// How many of 100 clock times lie after 19:00, when people go to bed and no sleep is that long.
    pub(super) fn percent_of_evening(&self) -> u64 {
        let hour = |text: &String| crate::formats::clock_time(text).map(|time| time.hour());
        let hours: Vec<(i8, u64)> =
            self.distinct.iter().filter_map(|(text, count)| Some((hour(text)?, *count))).collect();
        let all: u64 = hours.iter().map(|(_, count)| count).sum();
        let evening: u64 = hours.iter().filter(|(hour, _)| *hour >= 19).map(|(_, count)| count).sum();
        evening * 100 / all.max(1)
    }

    /// Whether nearly every cell is a clock time.
    pub(super) fn is_clock(&self) -> bool {
        self.filled > 0 && self.clock_times * 10 >= self.filled * 9
    }

    /// Whether most cells are clock times: enough where the name of the column says so too.
    pub(super) fn is_mostly_clock(&self) -> bool {
        self.clock_times * 2 > self.filled
    }

    /// Different values of a column of clock times that are none, as far as they were kept.
    pub(super) fn no_clock_times(&self) -> Vec<&str> {
        let is_none = |text: &&str| crate::formats::clock_time(text).is_none();
        self.distinct.keys().map(String::as_str).filter(is_none).collect()
    }

    /// Whether nearly every cell is a number.
    pub(super) fn is_numeric(&self) -> bool {
        self.filled > 0 && self.numbers() * 100 >= self.filled * 95
    }

    /// Whether every number is whole.
    pub(super) fn is_whole(&self) -> bool {
        self.numbers() > 0 && self.whole_numbers == self.numbers()
    }

    /// The values of a column with few of them, in lower case.
    pub(super) fn few_values(&self, most: usize) -> Option<Vec<String>> {
        if self.more_distinct || self.distinct.len() > most {
            return None;
        }
        let mut values: Vec<String> = self.distinct.keys().map(|value| value.to_lowercase()).collect();
        values.dedup();
        Some(values)
    }
}

/// The share, from 0 to 1, of numbers that lie within two ends.
pub(super) fn share_within(numbers: &[f64], least: f64, most: f64) -> f64 {
    let within = numbers.iter().filter(|number| (least..=most).contains(*number)).count();
    within as f64 / numbers.len().max(1) as f64
}

/// The middle of numbers in order; 0 where there are none.
pub(super) fn middle(numbers: &[f64]) -> f64 {
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

/// The form in which a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Plain,
    Comma,
    Grouped,
}

/// A number and its form; a comma before exactly three digits is taken for a thousand.
pub(super) fn written_number(text: &str) -> Option<(Written, f64)> {
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    if !text.contains(',') {
        return text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(|number| (Written::Plain, number));
    }
    let whole = digits.split('.').next().unwrap_or(digits);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let grouped = (1..=3).contains(&first.len()) && first != "0" && groups.all(|group| group.len() == 3);
    let plain = if grouped { text.replace(',', "") } else { text.replace(',', ".") };
    let number: f64 = plain.parse().ok()?;
    Some((if grouped { Written::Grouped } else { Written::Comma }, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_by_their_form() {
        assert_eq!(written_number("3.5"), Some((Written::Plain, 3.5)));
        assert_eq!(written_number("1,773"), Some((Written::Grouped, 1773.0)));
        assert_eq!(written_number("1,773.25"), Some((Written::Grouped, 1773.25)));
        assert_eq!(written_number("1,49"), Some((Written::Comma, 1.49)));
        assert_eq!(written_number("0,123"), Some((Written::Comma, 0.123)));
        for text in ["nan", "1,2,3", "2024-03-01", "", "four"] {
            assert_eq!(written_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_is_counted_without_being_kept() {
        let mut stats = Stats::default();
        for text in ["0", "2", "5", "", "NA", "3"] {
            stats.add(text, false);
        }
        assert_eq!((stats.filled, stats.coded_missing, stats.zeros), (4, 1, 1));
        assert_eq!((stats.minimum, stats.maximum, stats.least_above_zero), (Some(0.0), Some(5.0), Some(2.0)));
        assert!(stats.is_numeric() && stats.is_whole());
    }
}
