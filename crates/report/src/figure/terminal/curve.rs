//! Draws what follows one night, day by day, with its bands.

use nightmend_domain::estimate::Summary;

use super::paper::{Ink, Paper};
use super::{Terminal, TextFigure};
use crate::figure::axis::round_step;
use crate::figure::data::Curve;
use crate::figure::number::fixed;
use crate::figure::sentence;

/// Rows from the lowest to the highest value at most, give or take one.
const ROWS: f64 = 14.0;
/// Columns for the numbers of the scale.
const SCALE: usize = 8;

/// Draws the curve: the mean as a line, the 50 % band dark, the 90 % band light. Days that do not fit the width are
/// left off, and the last line says so.
#[must_use]
pub fn curve(curve: &Curve, terminal: Terminal) -> TextFigure {
    let alternative = terminal.words(sentence::of_curve(curve));
    let mut paper = Paper::new(terminal);
    let title = paper.row();
    paper.write(title, 0, &format!("{}, {}", curve.title, curve.unit), Ink::Strong);
    let days: Vec<&Summary> = curve.days.iter().filter(|day| is_drawable(day)).collect();
    if days.is_empty() {
        let line = paper.row();
        paper.write(line, 2, "nothing to show yet", Ink::Plain);
        return TextFigure { picture: paper.text(), alternative };
    }
    let plot = Plot::of(&days, terminal);
    for level in (plot.lowest..=plot.highest).rev() {
        plot.draw_level(level, &mut paper);
    }
    plot.draw_days(&mut paper);
    if plot.days.len() < days.len() {
        let line = paper.row();
        let left_off = format!("({} more days do not fit this width)", days.len() - plot.days.len());
        paper.write(line, SCALE, &left_off, Ink::Faint);
    }
    TextFigure { picture: paper.text(), alternative }
}

fn is_drawable(day: &Summary) -> bool {
    [day.mean, day.ci50.low, day.ci50.high, day.ci90.low, day.ci90.high].iter().all(|value| value.is_finite())
}

struct Plot<'a> {
    terminal: Terminal,
    days: &'a [&'a Summary],
    /// Columns a day.
    wide: usize,
    /// Height of a row; a row stands for the values around a whole multiple of it.
    step: f64,
    lowest: i64,
    highest: i64,
}

impl<'a> Plot<'a> {
    fn of(days: &'a [&'a Summary], terminal: Terminal) -> Self {
        let room = terminal.width() - SCALE;
        let wide = (room / days.len()).clamp(2, 6);
        let days = &days[..days.len().min(room / wide)];
        let low = days.iter().map(|day| day.ci90.low).fold(0.0, f64::min);
        let high = days.iter().map(|day| day.ci90.high).fold(0.0, f64::max);
        let step = if high > low { round_step((high - low) / ROWS) } else { 1.0 };
        let (lowest, highest) = ((low / step).round() as i64, (high / step).round() as i64);
        Self { terminal, days, wide, step, lowest, highest }
    }

    fn draw_level(&self, level: i64, paper: &mut Paper) {
        let row = paper.row();
        let value = level as f64 * self.step;
        if level % 2 == 0 {
            let decimals = (-self.step.log10()).ceil().clamp(0.0, 6.0) as usize;
            paper.write_before(row, SCALE - 2, &fixed(value, decimals, self.terminal.minus()), Ink::Plain);
        }
        let edge = if level == 0 { self.terminal.pick('┼', '+') } else { self.terminal.pick('│', '|') };
        paper.put(row, SCALE - 1, edge, Ink::Faint);
        for (index, day) in self.days.iter().enumerate() {
            let (character, ink) = self.cell(day, level);
            let start = SCALE + index * self.wide;
            // The last column of a day stays free where there is room, so that days can be told apart.
            let free = usize::from(self.wide > 2);
            for column in start..start + self.wide {
                let between = column + free >= start + self.wide;
                if !between {
                    paper.put(row, column, character, ink);
                } else if level == 0 {
                    paper.put(row, column, self.terminal.pick('─', '-'), Ink::Faint);
                }
            }
        }
    }

    fn cell(&self, day: &Summary, level: i64) -> (char, Ink) {
        let touches = |low: f64, high: f64| {
            (low / self.step).round() as i64 <= level && level <= (high / self.step).round() as i64
        };
        let pick = |unicode, ascii| self.terminal.pick(unicode, ascii);
        if touches(day.mean, day.mean) {
            let within = day.mean / self.step - level as f64;
            let line = match within {
                within if within > 1.0 / 6.0 => '▔',
                within if within < -1.0 / 6.0 => '▁',
                _ => '━',
            };
            (pick(line, '='), Ink::Pain)
        } else if touches(day.ci50.low, day.ci50.high) {
            (pick('▒', '%'), Ink::Pain)
        } else if touches(day.ci90.low, day.ci90.high) {
            (pick('░', ':'), Ink::Pain)
        } else if level == 0 {
            (pick('─', '-'), Ink::Faint)
        } else {
            (' ', Ink::Plain)
        }
    }

    fn draw_days(&self, paper: &mut Paper) {
        let row = paper.row();
        paper.write(row, 0, "day", Ink::Plain);
        for index in 0..self.days.len() {
            let text = (index + 1).to_string();
            let column = SCALE + index * self.wide;
            let needed = text.len() + 1;
            if paper.is_free(row, column..(column + needed).min(self.terminal.width())) {
                paper.write(row, column, &text, Ink::Plain);
            }
        }
    }
}
