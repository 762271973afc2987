//! Draws many effects one below the other on one scale: name, interval, number.

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, text_width};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::data::{IntervalRow, Verdict};
use crate::figure::number::fixed;
use crate::figure::sentence::{self, MINUS};
use crate::figure::table;

const ROW: f64 = 26.0;
const SIDE: f64 = 14.0;

/// Draws the rows on one scale, so that they should share a unit. Where the page is wide, name, bar and number stand
/// side by side; on a phone the name and the number stand above the bar.
#[must_use]
pub fn forest(title: &str, rows: &[IntervalRow], width: Width) -> SvgFigure {
    let (alternative, table) = (sentence::of_intervals(rows), table::of_intervals(rows));
    let plan = Plan::of(rows, width.get());
    let mut drawing = Drawing::default();
    let values = rows.iter().filter(|row| row.is_drawable()).flat_map(|row| [row.ci90.low, row.ci90.high]);
    let axis = Axis::around_zero(values, (plan.room() / 75.0).max(2.0) as usize);
    let x = |value: f64| plan.left + axis.share(value) * plan.room();
    let bottom = 4.0 + plan.high * rows.len() as f64;
    if !rows.is_empty() {
        for tick in axis.ticks() {
            let stroke = if tick == 0.0 { Stroke::AXIS } else { Stroke::GRID };
            for index in 0..rows.len() {
                let middle = plan.middle(index);
                drawing.line((x(tick), middle - 9.0), (x(tick), middle + 9.0), stroke);
            }
            let text = fixed(tick, axis.decimals(), MINUS);
            drawing.text((x(tick), bottom + SMALL + 4.0), &text, Lettering::SCALE);
        }
        drawing.line((plan.left, bottom), (plan.right, bottom), Stroke::AXIS);
    }
    for (index, row) in rows.iter().enumerate() {
        plan.draw_words(row, index, &mut drawing);
        if row.is_drawable() {
            draw_bar(row, &x, plan.middle(index), &mut drawing);
        }
    }
    let height = if rows.is_empty() { 20.0 } else { bottom + SMALL + 10.0 };
    SvgFigure { element: drawing.finish(width.get(), height, title, &alternative), alternative, table }
}

/// Where names, bars and numbers stand.
struct Plan {
    width: f64,
    left: f64,
    right: f64,
    high: f64,
    form: Form,
}

/// How a row is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Name, bar and number side by side.
    Beside,
    /// Name and number above the bar.
    Above,
    /// Name, number and bar below each other: they are too long for one line.
    Stacked,
}

impl Plan {
    fn of(rows: &[IntervalRow], width: f64) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            texts.map(|text| text_width(&text, TEXT)).fold(0.0, f64::max)
        };
        let names = widest(&mut rows.iter().map(|row| row.label.clone())) + 16.0;
        let numbers = widest(&mut rows.iter().map(words)) + 16.0;
        if width - names - numbers >= 200.0 {
            return Self {
                width,
                left: names + SIDE,
                right: width - numbers - SIDE,
                high: ROW,
                form: Form::Beside,
            };
        }
        let fits =
            |row: &IntervalRow| text_width(&row.label, TEXT) + text_width(&words(row), TEXT) + 12.0 <= width;
        let (form, high) = if rows.iter().all(fits) {
            (Form::Above, 2.0 * ROW + 4.0)
        } else {
            (Form::Stacked, 2.0 * ROW + 22.0)
        };
        Self { width, left: SIDE, right: width - SIDE, high, form }
    }

    fn room(&self) -> f64 {
        self.right - self.left
    }

    fn middle(&self, index: usize) -> f64 {
        let top = 4.0 + self.high * index as f64;
        match self.form {
            Form::Beside => top + 0.5 * self.high,
            Form::Above | Form::Stacked => top + self.high - 14.0,
        }
    }

    fn draw_words(&self, row: &IntervalRow, index: usize, drawing: &mut Drawing) {
        let middle = self.middle(index);
        let (name_at, number_at) = match self.form {
            Form::Beside => (middle + 5.0, middle + 5.0),
            Form::Above => (middle - 18.0, middle - 18.0),
            Form::Stacked => (middle - 36.0, middle - 18.0),
        };
        let name = Lettering { bold: row.verdict == Verdict::Clear, ..Lettering::PLAIN };
        drawing.text((0.0, name_at), &row.label, name);
        let number = Lettering { opacity: 0.85, ..Lettering::PLAIN };
        if self.form == Form::Stacked {
            drawing.text((0.0, number_at), &words(row), number);
        } else {
            drawing.text((self.width, number_at), &words(row), number.anchored(Anchor::End));
        }
    }
}

fn words(row: &IntervalRow) -> String {
    if row.is_drawable() { sentence::value_words(row, MINUS) } else { "not known".to_owned() }
}

fn draw_bar(row: &IntervalRow, x: &impl Fn(f64) -> f64, middle: f64, drawing: &mut Drawing) {
    let paint = if row.verdict == Verdict::CannotTellYet { Paint::Ink } else { Paint::Sleep };
    let faint = if row.verdict == Verdict::CannotTellYet { 0.55 } else { 1.0 };
    drawing.line((x(row.ci90.low), middle), (x(row.ci90.high), middle), Stroke::solid(paint, 2.0, faint));
    drawing.line((x(row.ci50.low), middle), (x(row.ci50.high), middle), Stroke::solid(paint, 6.0, faint));
    drawing.circle((x(row.mean), middle), 5.0, paint);
}
