//! Gives the numbers of a figure as a table, for those who read rather than look, and for copying.

use super::data::{Curve, IntervalRow, LoopFigure, NightRow};
use super::number::{decimals_for, fixed};
use super::sentence::MINUS;

/// A figure as rows and columns; the first column names the row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`; what is not known is an empty cell.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no row yet.
    pub(crate) fn of(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }
}

/// A length in hours and minutes, as people write it.
pub(crate) fn hours_and_minutes(minutes: f64) -> String {
    if !minutes.is_finite() {
        return String::new();
    }
    let whole = minutes.abs().round() as i64;
    let sign = if minutes < 0.0 && whole > 0 { MINUS } else { "" };
    match (whole / 60, whole % 60) {
        (0, minutes) => format!("{sign}{minutes} min"),
        (hours, 0) => format!("{sign}{hours} h"),
        (hours, minutes) => format!("{sign}{hours} h {minutes:02}"),
    }
}

pub(crate) fn of_intervals(rows: &[IntervalRow]) -> Table {
    let mut table = Table::of(&["What", "Estimate", "50 % interval", "90 % interval", "Unit", "Told"]);
    for row in rows {
        let decimals = decimals_for(row.ci90.high - row.ci90.low);
        let number = |value: f64| fixed(value, decimals, MINUS);
        let interval = |low: f64, high: f64| format!("{} to {}", number(low), number(high));
        let cells = if row.is_drawable() {
            [number(row.mean), interval(row.ci50.low, row.ci50.high), interval(row.ci90.low, row.ci90.high)]
        } else {
            ["not known".to_owned(), String::new(), String::new()]
        };
        let mut whole = vec![row.label.clone()];
        whole.extend(cells);
        whole.extend([row.unit.clone(), row.verdict.words().to_owned()]);
        table.push(whole);
    }
    table
}

pub(crate) fn of_curve(curve: &Curve) -> Table {
    let mut table = Table::of(&["Day", "Estimate", "50 % interval", "90 % interval"]);
    let widest = curve.days.iter().map(|day| day.ci90.high - day.ci90.low).fold(0.0, f64::max);
    let number = |value: f64| fixed(value, decimals_for(widest), MINUS);
    for (index, day) in curve.days.iter().enumerate().filter(|(_, day)| day.mean.is_finite()) {
        table.push(vec![
            (index + 1).to_string(),
            number(day.mean),
            format!("{} to {}", number(day.ci50.low), number(day.ci50.high)),
            format!("{} to {}", number(day.ci90.low), number(day.ci90.high)),
        ]);
    }
    table
}

pub(crate) fn of_nights(rows: &[&NightRow]) -> Table {
    let mut table = Table::of(&["Night", "Asleep from", "Awake from", "Time asleep", "Naps", "Pain"]);
    for row in rows {
        let of = |level| row.spans.iter().filter(move |span| span.level == level);
        let asleep = || of(super::SpanLevel::Asleep);
        let clock = |time: Option<jiff::civil::DateTime>| {
            time.map_or_else(String::new, |time| time.strftime("%H:%M").to_string())
        };
        table.push(vec![
            row.date.to_string(),
            clock(asleep().map(|span| span.from).min()),
            clock(asleep().map(|span| span.to).max()),
            row.minutes_asleep.map_or_else(String::new, hours_and_minutes),
            match of(super::SpanLevel::Nap).count() {
                0 => String::new(),
                naps => naps.to_string(),
            },
            row.pain.map_or_else(String::new, |pain| fixed(pain.value, 0, MINUS)),
        ]);
    }
    table
}

pub(crate) fn of_loop(figure: &LoopFigure) -> Table {
    let mut table = Table::of(&["Arrow", "Effect", "Told", "In standard deviations"]);
    for (name, arrow) in [("Sleep → pain", &figure.sleep_to_pain), ("Pain → sleep", &figure.pain_to_sleep)]
    {
        let number = |value: f64| fixed(value, 2, MINUS);
        table.push(vec![
            name.to_owned(),
            arrow.effect.clone(),
            arrow.verdict.words().to_owned(),
            format!("{} (SD {})", number(arrow.standardised.mean), number(arrow.standardised.sd)),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_people_do() {
        assert_eq!(
            [0.0, 59.6, 61.0, 480.0, -45.0].map(hours_and_minutes),
            ["0 min", "1 h", "1 h 01", "8 h", "−45 min"]
        );
        assert_eq!(hours_and_minutes(f64::NAN), "");
    }
}
