//! Draws intervals in characters: thick for 50 %, thin for 90 %, a line at zero, a scale with numbers.

use super::paper::{Ink, Paper};
use super::{Terminal, TextFigure};
use crate::figure::axis::Axis;
use crate::figure::data::{IntervalRow, Verdict};
use crate::figure::number::fixed;
use crate::figure::sentence;

/// Columns left free on either side of the scale, so that the outermost numbers fit.
const MARGIN: usize = 3;

/// Draws the rows; those of one unit that follow each other share a scale.
///
/// A row whose numbers are not all finite is named and marked "not known".
#[must_use]
pub fn intervals(rows: &[IntervalRow], terminal: Terminal) -> TextFigure {
    let mut paper = Paper::new(terminal);
    for (index, group) in rows.chunk_by(|a, b| a.unit == b.unit).enumerate() {
        if index > 0 {
            paper.row();
        }
        draw_group(group, terminal, &mut paper);
    }
    TextFigure { picture: paper.text(), alternative: terminal.words(sentence::of_intervals(rows)) }
}

fn draw_group(group: &[IntervalRow], terminal: Terminal, paper: &mut Paper) {
    let plot = Plot::of(group, terminal);
    for row in group {
        draw_heading(row, terminal, paper);
        if row.is_drawable() {
            plot.draw_bar(row, paper);
        }
    }
    if group.iter().any(IntervalRow::is_drawable) {
        plot.draw_scale(paper);
    }
}

fn draw_heading(row: &IntervalRow, terminal: Terminal, paper: &mut Paper) {
    let line = paper.row();
    paper.write(line, 0, &row.label, Ink::Strong);
    let mut column = row.label.chars().count() + 2;
    let value = if row.is_drawable() {
        format!("{} {}", sentence::value_words(row, terminal.minus()), row.unit)
    } else {
        "not known".to_owned()
    };
    let verdict = row.verdict.words();
    let needed = value.chars().count() + verdict.chars().count() + 2;
    if column + needed > terminal.width() {
        // A narrow terminal: the numbers get a line of their own.
        paper.write_before(line, terminal.width(), verdict, verdict_ink(row.verdict));
        let next = paper.row();
        paper.write(next, 2, &value, Ink::Plain);
        return;
    }
    paper.write(line, column, &value, Ink::Plain);
    column += value.chars().count();
    let end = terminal.width().max(column + 2);
    paper.write_before(line, end, verdict, verdict_ink(row.verdict));
}

const fn verdict_ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Clear => Ink::Strong,
        Verdict::CannotTellYet => Ink::Faint,
        Verdict::ClearWithCare | Verdict::Plain => Ink::Plain,
    }
}

struct Plot {
    terminal: Terminal,
    axis: Axis,
    columns: usize,
}

impl Plot {
    fn of(group: &[IntervalRow], terminal: Terminal) -> Self {
        let columns = terminal.width() - 2 * MARGIN;
        let drawable = group.iter().filter(|row| row.is_drawable());
        let values = drawable.flat_map(|row| [row.ci90.low, row.ci90.high, row.mean]);
        Self { terminal, axis: Axis::around_zero(values, columns / 11), columns }
    }

    fn column(&self, value: f64) -> usize {
        MARGIN + (self.axis.share(value) * (self.columns - 1) as f64).round() as usize
    }

    fn draw_bar(&self, row: &IntervalRow, paper: &mut Paper) {
        let line = paper.row();
        let pick = |unicode, ascii| self.terminal.pick(unicode, ascii);
        let zero = self.column(0.0);
        paper.put(line, zero, pick('│', '|'), Ink::Faint);
        let ink = if row.verdict == Verdict::CannotTellYet { Ink::Plain } else { Ink::Sleep };
        for column in self.column(row.ci90.low)..=self.column(row.ci90.high) {
            let thin = if column == zero { pick('┼', '+') } else { pick('─', '-') };
            paper.put(line, column, thin, ink);
        }
        for column in self.column(row.ci50.low)..=self.column(row.ci50.high) {
            let thick = if column == zero { pick('╋', '#') } else { pick('━', '=') };
            paper.put(line, column, thick, ink);
        }
        paper.put(line, self.column(row.mean), pick('●', 'o'), ink);
    }

    fn draw_scale(&self, paper: &mut Paper) {
        let (line, numbers) = (paper.row(), paper.row());
        for column in MARGIN..MARGIN + self.columns {
            paper.put(line, column, self.terminal.pick('─', '-'), Ink::Faint);
        }
        for tick in self.axis.ticks() {
            let column = self.column(tick);
            paper.put(line, column, self.terminal.pick('┴', '+'), Ink::Faint);
            let text = fixed(tick, self.axis.decimals(), self.terminal.minus());
            let length = text.chars().count();
            // The sign does not count, so that a number stands under its tick.
            let digits = length - usize::from(tick < 0.0);
            let start = (column + 1).saturating_sub(length - digits / 2);
            if paper
                .is_free(numbers, start.saturating_sub(1)..(start + length + 1).min(self.terminal.width()))
            {
                paper.write(numbers, start, &text, Ink::Plain);
            }
        }
    }
}
