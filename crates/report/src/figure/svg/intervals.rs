//! Draws intervals: a dot at the mean, thick for 50 %, thin for 90 %, a line at zero, a scale with numbers.

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, text_width};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::data::{IntervalRow, Verdict};
use crate::figure::number::fixed;
use crate::figure::sentence::{self, MINUS};
use crate::figure::table;

/// Free on either side, so that the outermost numbers fit.
const MARGIN: f64 = 20.0;

/// Draws the rows; those of one unit that follow each other share a scale. A row whose numbers are not all finite is
/// named and marked "not known".
#[must_use]
pub fn intervals(title: &str, rows: &[IntervalRow], width: Width) -> SvgFigure {
    let mut drawing = Drawing::default();
    let mut y = 4.0;
    for group in rows.chunk_by(|a, b| a.unit == b.unit) {
        y = draw_group(group, width.get(), y, &mut drawing) + 16.0;
    }
    let alternative = sentence::of_intervals(rows);
    let element = drawing.finish(width.get(), y.max(20.0), title, &alternative);
    SvgFigure { element, alternative, table: table::of_intervals(rows) }
}

fn draw_group(group: &[IntervalRow], width: f64, top: f64, drawing: &mut Drawing) -> f64 {
    let drawable = || group.iter().filter(|row| row.is_drawable());
    let ticks = ((width - 2.0 * MARGIN) / 75.0) as usize;
    let axis = Axis::around_zero(drawable().flat_map(|row| [row.ci90.low, row.ci90.high, row.mean]), ticks);
    let x = |value: f64| MARGIN + axis.share(value) * (width - 2.0 * MARGIN);
    let mut y = top;
    let mut bars = Vec::new();
    for row in group {
        y = draw_heading(row, width, y, drawing);
        if row.is_drawable() {
            bars.push((row, y + 14.0));
            y += 30.0;
        }
    }
    if bars.is_empty() {
        return y;
    }
    let bottom = y + 2.0;
    for tick in axis.ticks() {
        let stroke = if tick == 0.0 { Stroke::AXIS } else { Stroke::GRID };
        // Grid lines stand only where bars are, so that none runs through a text.
        for (_, middle) in &bars {
            drawing.line((x(tick), middle - 12.0), (x(tick), middle + 12.0), stroke);
        }
        let text = fixed(tick, axis.decimals(), MINUS);
        drawing.text((x(tick), bottom + SMALL + 4.0), &text, Lettering::SCALE);
    }
    drawing.line((MARGIN, bottom), (width - MARGIN, bottom), Stroke::AXIS);
    for (row, middle) in bars {
        draw_bar(row, &x, middle, drawing);
    }
    bottom + SMALL + 8.0
}

fn draw_heading(row: &IntervalRow, width: f64, y: f64, drawing: &mut Drawing) -> f64 {
    let baseline = y + TEXT;
    drawing.text((0.0, baseline), &row.label, Lettering::LABEL);
    let value = if row.is_drawable() {
        format!("{} {}", sentence::value_words(row, MINUS), row.unit)
    } else {
        "not known".to_owned()
    };
    let verdict = row.verdict.words();
    let lettering = Lettering { bold: row.verdict == Verdict::Clear, ..Lettering::PLAIN };
    drawing.text((width, baseline), verdict, lettering.anchored(Anchor::End));
    let after_label = text_width(&row.label, TEXT) + 16.0;
    if after_label + text_width(&value, TEXT) + text_width(verdict, TEXT) + 16.0 <= width {
        drawing.text((after_label, baseline), &value, Lettering::PLAIN);
        baseline + 8.0
    } else {
        drawing.text((0.0, baseline + TEXT + 5.0), &value, Lettering::PLAIN);
        baseline + TEXT + 13.0
    }
}

fn draw_bar(row: &IntervalRow, x: &impl Fn(f64) -> f64, middle: f64, drawing: &mut Drawing) {
    let paint = if row.verdict == Verdict::CannotTellYet { Paint::Ink } else { Paint::Sleep };
    let faint = if row.verdict == Verdict::CannotTellYet { 0.55 } else { 1.0 };
    let (thin, thick) = (Stroke::solid(paint, 2.5, faint), Stroke::solid(paint, 8.0, faint));
    drawing.line((x(row.ci90.low), middle), (x(row.ci90.high), middle), thin);
    drawing.line((x(row.ci50.low), middle), (x(row.ci50.high), middle), thick);
    drawing.circle((x(row.mean), middle), 6.5, paint);
}
