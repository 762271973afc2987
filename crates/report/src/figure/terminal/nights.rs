//! Draws one line a night, from noon to noon, with the hours slept and the pain of the day.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

use super::paper::{Ink, Paper};
use super::{Terminal, TextFigure};
use crate::figure::data::{NightRow, SleepSpan, SpanLevel};
use crate::figure::number::fixed;
use crate::figure::sentence;

/// Columns for the date and the day of the week.
const DATES: usize = 15;
/// Columns for hours and pain.
const NUMBERS: usize = 15;

/// Draws the nights in order of their dates; a date without a record between two others gets a line of its own, for
/// what is missing is part of the picture. Each column stands for 20 minutes in the widest terminal, an hour in a
/// narrow one.
#[must_use]
pub fn nights(rows: &[NightRow], terminal: Terminal) -> TextFigure {
    let alternative = terminal.words(sentence::of_nights(rows));
    let mut sorted: Vec<&NightRow> = rows.iter().collect();
    sorted.sort_by_key(|row| row.date);
    let mut paper = Paper::new(terminal);
    let strip = Strip::of(terminal);
    if sorted.is_empty() {
        let line = paper.row();
        paper.write(line, 0, "no nights to show yet", Ink::Plain);
        return TextFigure { picture: paper.text(), alternative };
    }
    strip.draw_clock(&mut paper);
    let mut before: Option<Date> = None;
    for row in sorted {
        if let Some(before) = before {
            strip.draw_missing(before, row.date, &mut paper);
        }
        strip.draw_night(row, &mut paper);
        before = Some(row.date);
    }
    TextFigure { picture: paper.text(), alternative }
}

struct Strip {
    terminal: Terminal,
    per_hour: usize,
}

impl Strip {
    fn of(terminal: Terminal) -> Self {
        let per_hour = ((terminal.width().saturating_sub(DATES + NUMBERS)) / 24).clamp(1, 3);
        Self { terminal, per_hour }
    }

    fn end(&self) -> usize {
        DATES + 24 * self.per_hour
    }

    fn has_numbers(&self) -> bool {
        self.end() + NUMBERS <= self.terminal.width()
    }

    fn draw_clock(&self, paper: &mut Paper) {
        let row = paper.row();
        for (hours, text) in [(0, "12"), (6, "18"), (12, "00"), (18, "06")] {
            paper.write(row, DATES + hours * self.per_hour, text, Ink::Faint);
        }
        if self.has_numbers() {
            paper.write_before(row, self.end() + 9, "asleep", Ink::Faint);
            paper.write_before(row, self.end() + 15, "pain", Ink::Faint);
        }
    }

    fn draw_missing(&self, before: Date, after: Date, paper: &mut Paper) {
        let missing = before.until(after).map_or(0, |span: Span| span.get_days()) - 1;
        if missing <= 0 {
            return;
        }
        let row = paper.row();
        let text = match missing {
            1 => "1 night without a record".to_owned(),
            more => format!("{more} nights without a record"),
        };
        paper.write(row, DATES, &text, Ink::Faint);
    }

    fn draw_night(&self, night: &NightRow, paper: &mut Paper) {
        let row = paper.row();
        paper.write(row, 0, &night.date.to_string(), Ink::Plain);
        paper.write(row, 11, &night.date.strftime("%a").to_string(), Ink::Faint);
        let noon = (night.date - 1.day()).at(12, 0, 0, 0);
        for column in 0..24 * self.per_hour {
            let (from, to) = (self.minutes(column), self.minutes(column + 1));
            if let Some((character, ink)) = self.cell(&night.spans, noon, from, to) {
                paper.put(row, DATES + column, character, ink);
            } else if column == 12 * self.per_hour {
                paper.put(row, DATES + column, self.terminal.pick('┊', '.'), Ink::Faint);
            }
        }
        if self.has_numbers() {
            self.draw_numbers(night, row, paper);
        }
    }

    fn draw_numbers(&self, night: &NightRow, row: usize, paper: &mut Paper) {
        let hours = night.minutes_asleep.filter(|minutes| minutes.is_finite()).map_or_else(
            || "?".to_owned(),
            |minutes| {
                let whole = minutes.round() as i64;
                format!("{} h {:02}", whole / 60, whole % 60)
            },
        );
        paper.write_before(row, self.end() + 9, &hours, Ink::Plain);
        let pain = night.pain.filter(|pain| pain.value.is_finite());
        let decimals = usize::from(pain.is_some_and(|pain| pain.value.fract() != 0.0));
        let text =
            pain.map_or_else(|| "?".to_owned(), |pain| fixed(pain.value, decimals, self.terminal.minus()));
        let ink = if pain.is_some() { Ink::Pain } else { Ink::Faint };
        paper.write_before(row, self.end() + 15, &text, ink);
    }

    fn minutes(&self, column: usize) -> f64 {
        60.0 * column as f64 / self.per_hour as f64
    }

    /// What stands in one column: asleep by how much of it is slept, otherwise a nap, otherwise in bed.
    fn cell(&self, spans: &[SleepSpan], noon: DateTime, from: f64, to: f64) -> Option<(char, Ink)> {
        let covered = |level: SpanLevel| {
            let overlaps = spans.iter().filter(|span| span.level == level).map(|span| {
                let minutes = |time: DateTime| time.duration_since(noon).as_secs_f64() / 60.0;
                (minutes(span.to).min(to) - minutes(span.from).max(from)).max(0.0)
            });
            overlaps.sum::<f64>() / (to - from)
        };
        let pick = |unicode, ascii| self.terminal.pick(unicode, ascii);
        let asleep = covered(SpanLevel::Asleep);
        match asleep {
            asleep if asleep >= 0.85 => Some((pick('█', '#'), Ink::Sleep)),
            asleep if asleep >= 0.5 => Some((pick('▓', '+'), Ink::Sleep)),
            _ if covered(SpanLevel::Nap) >= 0.3 => Some((pick('▄', 'n'), Ink::Sleep)),
            _ if covered(SpanLevel::InBed) + asleep >= 0.5 => Some((pick('░', '-'), Ink::Sleep)),
            _ => None,
        }
    }
}
