//! Draws numbers over the dates they belong to, one panel a number, all on one calendar.

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::days_between;
use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, text_width};
use super::{SvgFigure, Width};
use crate::figure::axis::round_step;
use crate::figure::number::{dated, fixed, place};
use crate::figure::sentence::MINUS;
use crate::figure::table::{Table, hours_and_minutes};

/// Between the numbers of a scale and its lines.
const BESIDE: f64 = 7.0;
const RIGHT: f64 = 12.0;
const HIGH: f64 = 84.0;

/// How the numbers of a panel are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrendForm {
    /// As they are, with so many decimals.
    Number(usize),
    /// Minutes, written as hours and minutes.
    Length,
    /// Minutes after midnight, below zero for the evening before, written as a clock time.
    Clock,
}

impl TrendForm {
    fn words(self, value: f64) -> String {
        match self {
            Self::Number(decimals) => fixed(value, decimals, MINUS),
            Self::Length => hours_and_minutes(value),
            Self::Clock => {
                let minutes = (value.round() as i64).rem_euclid(1_440);
                format!("{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }

    fn step(self, least: f64) -> f64 {
        match self {
            Self::Number(_) => round_step(least),
            Self::Length | Self::Clock => [5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0]
                .into_iter()
                .find(|step| *step >= least)
                .unwrap_or(720.0),
        }
    }
}

/// One number over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// What it is, for example "Regularity (SRI)".
    pub label: String,
    /// What its scale means, for example "100: the same every day".
    pub hint: String,
    /// How it is written.
    pub form: TrendForm,
    /// Its colour: pain where `true`, sleep otherwise.
    pub is_pain: bool,
    /// The values in order of their dates.
    pub points: Vec<(Date, f64)>,
    /// Days between two points beyond which the line is broken.
    pub gap_days: i64,
}

/// Draws the panels one below the other over one calendar. A panel without a value says so.
#[must_use]
pub fn trends(title: &str, panels: &[Trend], width: Width) -> SvgFigure {
    let (alternative, table) = (sentence(title, panels), table(panels));
    let mut drawing = Drawing::default();
    let dates = || panels.iter().flat_map(|panel| &panel.points).map(|(date, _)| *date);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
        drawing.text((0.0, 20.0), "not enough is recorded for this yet", Lettering::PLAIN);
        let element = drawing.finish(width.get(), 30.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    };
    // All panels share one calendar, so the widest number of any scale says where it begins.
    let widest = panels
        .iter()
        .filter_map(Scale::of)
        .flat_map(|scale| scale.texts())
        .map(|text| text_width(&text, SMALL));
    // Letters of some fonts are wider than reckoned.
    let left = (1.15 * widest.fold(26.0, f64::max) + BESIDE).ceil();
    let calendar = Dates { first, days: days_between(first, last).max(1), left, width: width.get() };
    let mut y = 0.0;
    for panel in panels {
        y = draw_panel(panel, &calendar, y, &mut drawing);
    }
    calendar.draw_names(y + SMALL, &mut drawing);
    let height = y + SMALL + 8.0;
    SvgFigure { element: drawing.finish(width.get(), height, title, &alternative), alternative, table }
}

/// Dates along the width.
pub(crate) struct Dates {
    first: Date,
    days: i64,
    left: f64,
    width: f64,
}

/// The numbers beside a panel.
struct Scale {
    form: TrendForm,
    lowest: f64,
    highest: f64,
    step: f64,
}

impl Scale {
    /// A scale that holds every value of a panel; none where it has no value.
    fn of(panel: &Trend) -> Option<Self> {
        let values = || panel.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
        let spread = (high - low).max(if panel.form == TrendForm::Number(0) { 4.0 } else { 20.0 });
        let step = panel.form.step(spread / 3.0);
        let (lowest, highest) =
            ((low / step).floor() * step, ((low + spread).max(high) / step).ceil() * step);
        Some(Self { form: panel.form, lowest, highest, step })
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<'_> {
        let count = ((self.highest - self.lowest) / self.step).round() as i64;
        (0..=count).map(|index| self.lowest + index as f64 * self.step)
    }

    fn texts(&self) -> Vec<String> {
        self.ticks().map(|value| self.form.words(value)).collect()
    }
}

impl Dates {
    fn x(&self, date: Date) -> f64 {
        self.left
            + days_between(self.first, date) as f64 / self.days as f64 * (self.width - self.left - RIGHT)
    }

    /// Firsts of months (or of every so many) with their names, far enough apart.
    fn marks(&self) -> Vec<(Date, String)> {
        let months = self.days as f64 / 30.4;
        let room = (self.width - self.left - RIGHT) / months.max(1.0);
        let every =
            [1_i16, 2, 3, 6, 12].into_iter().find(|every| room * f64::from(*every) >= 58.0).unwrap_or(24);
        let mut marks = Vec::new();
        let mut date = self.first.first_of_month();
        let last = self.first.saturating_add(self.days.days());
        while date <= last {
            let number = date.year() * 12 + i16::from(date.month()) - 1;
            if date >= self.first && number % every == 0 {
                let text = if date.month() == 1 || every >= 12 { "%Y" } else { "%b" };
                marks.push((date, date.strftime(text).to_string()));
            }
            date = date.saturating_add(1.month());
        }
        if marks.is_empty() {
            marks.push((self.first, self.first.strftime("%-d %b").to_string()));
            if self.days > 7 {
                marks.push((last, last.strftime("%-d %b").to_string()));
            }
        }
        marks
    }

    fn draw_names(&self, baseline: f64, drawing: &mut Drawing) {
        for (date, text) in self.marks() {
            let half = 0.5 * text_width(&text, SMALL);
            let x = self.x(date).clamp(half, self.width - half);
            drawing.text((x, baseline), &text, Lettering::SCALE);
        }
    }

    fn draw_lines(&self, top: f64, bottom: f64, drawing: &mut Drawing) {
        for (date, _) in self.marks() {
            drawing.line((self.x(date), top), (self.x(date), bottom), Stroke::GRID);
        }
    }
}

fn draw_panel(panel: &Trend, dates: &Dates, top: f64, drawing: &mut Drawing) -> f64 {
    let baseline = top + TEXT + 2.0;
    drawing.text((0.0, baseline), &panel.label, Lettering::LABEL);
    let after = text_width(&panel.label, TEXT) + 16.0;
    let hint = Lettering { size: SMALL, opacity: 0.8, ..Lettering::PLAIN };
    let mut top = baseline + 10.0;
    if !panel.hint.is_empty() && after + text_width(&panel.hint, SMALL) <= dates.width {
        drawing.text((dates.width, baseline), &panel.hint, hint.anchored(Anchor::End));
    } else if !panel.hint.is_empty() {
        drawing.text((0.0, baseline + SMALL + 4.0), &panel.hint, hint);
        top += SMALL + 6.0;
    }
    let Some(scale) = Scale::of(panel) else {
        drawing.text((dates.left, top + 14.0), "cannot tell yet", Lettering::PLAIN);
        return top + 30.0;
    };
    let y = |value: f64| top + (scale.highest - value) / (scale.highest - scale.lowest) * HIGH;
    dates.draw_lines(top, top + HIGH, drawing);
    for (value, text) in scale.ticks().zip(scale.texts()) {
        drawing.line((dates.left, y(value)), (dates.width - RIGHT, y(value)), Stroke::GRID);
        drawing.text((dates.left - BESIDE, y(value) + 4.0), &text, Lettering::SCALE.anchored(Anchor::End));
    }
    draw_line(panel, dates, &y, drawing);
    top + HIGH + 14.0
}

fn draw_line(panel: &Trend, dates: &Dates, y: &impl Fn(f64) -> f64, drawing: &mut Drawing) {
    let paint = if panel.is_pain { Paint::Pain } else { Paint::Sleep };
    let mut commands = String::new();
    let mut before: Option<Date> = None;
    for (date, value) in panel.points.iter().filter(|(_, value)| value.is_finite()) {
        let joined = before.is_some_and(|before| days_between(before, *date) <= panel.gap_days);
        commands.push(if joined { 'L' } else { 'M' });
        commands.push_str(&format!("{} {}", place(dates.x(*date)), place(y(*value))));
        before = Some(*date);
    }
    drawing.path(&commands, Stroke::solid(paint, 2.0, 0.9));
    if panel.points.len() <= 120 {
        for (date, value) in panel.points.iter().filter(|(_, value)| value.is_finite()) {
            drawing.circle((dates.x(*date), y(*value)), 2.6, paint);
        }
    }
}

fn sentence(title: &str, panels: &[Trend]) -> String {
    let parts: Vec<String> = panels
        .iter()
        .map(|panel| match (panel.points.first(), panel.points.last()) {
            (Some((from, first)), Some((to, last))) if from != to => format!(
                "{} {} on {} and {} on {}",
                panel.label,
                panel.form.words(*first),
                dated(*from),
                panel.form.words(*last),
                dated(*to)
            ),
            (Some((date, value)), _) => {
                format!("{} {} on {}", panel.label, panel.form.words(*value), dated(*date))
            }
            _ => format!("{}: cannot tell yet", panel.label),
        })
        .collect();
    if parts.is_empty() {
        format!("{title}: nothing to show yet.")
    } else {
        format!("{title}: {}.", parts.join("; "))
    }
}

fn table(panels: &[Trend]) -> Table {
    let mut columns = vec!["Date"];
    columns.extend(panels.iter().map(|panel| panel.label.as_str()));
    let mut table = Table::of(&columns);
    let mut rows = std::collections::BTreeMap::<Date, Vec<String>>::new();
    for (index, panel) in panels.iter().enumerate() {
        for (date, value) in &panel.points {
            let row = rows.entry(*date).or_insert_with(|| vec![String::new(); panels.len()]);
            row[index] = panel.form.words(*value);
        }
    }
    for (date, mut cells) in rows {
        cells.insert(0, date.to_string());
        table.push(cells);
    }
    table
}
