//! Draws one number a day as a calendar: a column a week, a row a weekday, fuller where there is more.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::Date;

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, text_width};
use super::{SvgFigure, Width};
use crate::figure::number::{dated, fixed, place};
use crate::figure::sentence::MINUS;
use crate::figure::table::Table;

const LEFT: f64 = 28.0;
const TOP: f64 = 20.0;
/// Steps from the lowest to the highest shade: more than the eye can tell apart in a small square are of no use.
const SHADES: usize = 6;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What a calendar is about, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarOf {
    /// Something of the night.
    Sleep,
    /// Pain.
    Pain,
    /// How much is recorded.
    Records,
}

/// One number a day, and how to shade it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar<'a> {
    /// What it shows, for example "Hours of sleep".
    pub title: &'a str,
    /// Its colour.
    pub of: CalendarOf,
    /// The first date drawn.
    pub from: Date,
    /// The last date drawn; at most 54 weeks after the first.
    pub to: Date,
    /// The first and last date that the sentence counts: a year that goes on is no year with gaps.
    pub counted: (Date, Date),
    /// The values that are known; others are drawn as a dot.
    pub values: &'a BTreeMap<Date, f64>,
    /// The value of the lightest shade; lower ones get it too.
    pub low: f64,
    /// The value of the fullest shade; higher ones get it too.
    pub high: f64,
    /// Decimals of the numbers in the table.
    pub decimals: usize,
}

/// Draws the calendar. A day without a value is a small dot, never the lightest shade: missing is not zero.
#[must_use]
pub fn calendar(calendar: &Calendar<'_>, width: Width) -> SvgFigure {
    let grid = Grid::of(calendar, width.get());
    let mut drawing = Drawing::default();
    grid.draw_frame(&mut drawing);
    let mut shades: [String; SHADES] = Default::default();
    let mut dots = String::new();
    for date in grid.dates() {
        let (x, y) = grid.corner(date);
        match calendar.values.get(&date).filter(|value| value.is_finite()) {
            Some(value) => {
                let (side, shade) = (place(grid.inner()), shade_of(*value, calendar));
                let _ = write!(shades[shade], "M{} {}h{side}v{side}h-{side}z", place(x), place(y));
            }
            None => {
                let (dot, middle) = (grid.inner().min(2.0), 0.5 * (grid.inner() - grid.inner().min(2.0)));
                let (side, x, y) = (place(dot), place(x + middle), place(y + middle));
                let _ = write!(dots, "M{x} {y}h{side}v{side}h-{side}z");
            }
        }
    }
    for (shade, commands) in shades.iter().enumerate().filter(|(_, commands)| !commands.is_empty()) {
        drawing.filled_path(commands, paint_of(calendar.of), opacity_of(shade));
    }
    if !dots.is_empty() {
        drawing.filled_path(&dots, Paint::Ink, 0.45);
    }
    let bottom = grid.draw_key(calendar, width.get(), &mut drawing);
    let alternative = sentence(calendar);
    SvgFigure {
        element: drawing.finish(width.get(), bottom, calendar.title, &alternative),
        alternative,
        table: table(calendar),
    }
}

fn paint_of(of: CalendarOf) -> Paint {
    match of {
        CalendarOf::Sleep => Paint::Sleep,
        CalendarOf::Pain => Paint::Pain,
        CalendarOf::Records => Paint::Ink,
    }
}

fn shade_of(value: f64, calendar: &Calendar<'_>) -> usize {
    let share = ((value - calendar.low) / (calendar.high - calendar.low)).clamp(0.0, 1.0);
    if share.is_finite() { (share * (SHADES - 1) as f64).round() as usize } else { 0 }
}

fn opacity_of(shade: usize) -> f64 {
    0.16 + 0.84 * shade as f64 / (SHADES - 1) as f64
}

struct Grid {
    from: Date,
    to: Date,
    monday: Date,
    cell: f64,
}

impl Grid {
    fn of(calendar: &Calendar<'_>, width: f64) -> Self {
        let monday = monday_of(calendar.from);
        let weeks = days_between(monday, calendar.to) / 7 + 1;
        let cell = ((width - LEFT - 2.0) / weeks.max(1) as f64).clamp(3.0, 17.0);
        Self { from: calendar.from, to: calendar.to, monday, cell }
    }

    /// The side of a square; the rest of the cell keeps squares apart.
    fn inner(&self) -> f64 {
        (self.cell - if self.cell > 8.0 { 2.0 } else { 1.0 }).max(2.0)
    }

    fn dates(&self) -> impl Iterator<Item = Date> + use<> {
        let to = self.to;
        self.from.series(1.day()).take_while(move |date| *date <= to)
    }

    fn corner(&self, date: Date) -> (f64, f64) {
        let days = days_between(self.monday, date);
        (LEFT + (days / 7) as f64 * self.cell, TOP + (days % 7) as f64 * self.cell)
    }

    fn draw_frame(&self, drawing: &mut Drawing) {
        // Months are named at one distance, so that no two names touch.
        let every =
            [1_i8, 2, 3].into_iter().find(|every| 4.3 * self.cell * f64::from(*every) >= 36.0).unwrap_or(6);
        let is_named = |date: &Date| date.day() == 1 && (date.month() - 1) % every == 0;
        let mut free_from = 0.0;
        for date in self.dates().filter(|date| is_named(date) || *date == self.from) {
            let (x, _) = self.corner(date);
            let is_one_year = self.from.year() == self.to.year();
            let names_the_year = !is_one_year && (date.month() == 1 || date == self.from);
            let text = date.strftime(if names_the_year { "%b %Y" } else { "%b" }).to_string();
            let text_end = x + text_width(&text, SMALL);
            if x >= free_from {
                drawing.text((x, TOP - 7.0), &text, Lettering::SCALE.anchored(Anchor::Start));
                free_from = text_end + 6.0;
            }
        }
        let every = if self.cell >= SMALL { 2 } else { 6 };
        for (row, name) in WEEKDAYS.iter().enumerate().step_by(every) {
            let baseline = TOP + row as f64 * self.cell + 0.5 * self.inner() + 0.36 * SMALL;
            drawing.text((0.0, baseline), name, Lettering::SCALE.anchored(Anchor::Start));
        }
    }

    /// Draws what a shade and a dot mean; gives the height of the figure.
    fn draw_key(&self, calendar: &Calendar<'_>, width: f64, drawing: &mut Drawing) -> f64 {
        let (side, top) = (11.0, TOP + 7.0 * self.cell + 10.0);
        let number = |value: f64| fixed(value, calendar.decimals.min(1), MINUS);
        let baseline = top + side - 1.0;
        let mut x = LEFT;
        drawing.text((x, baseline), &number(calendar.low), Lettering::SCALE.anchored(Anchor::Start));
        x += text_width(&number(calendar.low), SMALL) + 5.0;
        for shade in 0..SHADES {
            let opacity = opacity_of(shade);
            drawing.rectangle((x, x + side), (top, top + side), paint_of(calendar.of), opacity);
            x += side + 2.0;
        }
        drawing.text((x + 3.0, baseline), &number(calendar.high), Lettering::SCALE.anchored(Anchor::Start));
        x += text_width(&number(calendar.high), SMALL) + 24.0;
        if x + 70.0 < width {
            drawing.rectangle((x, x + 2.0), (top + 4.0, top + 6.0), Paint::Ink, 0.6);
            drawing.text((x + 8.0, baseline), "no record", Lettering::SCALE.anchored(Anchor::Start));
        }
        top + side + 6.0
    }
}

/// The Monday of the week of a date.
pub(crate) fn monday_of(date: Date) -> Date {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap_or(date)
}

pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn sentence(calendar: &Calendar<'_>) -> String {
    let Calendar { title, counted: (from, to), values, .. } = calendar;
    let known: Vec<f64> =
        values.range(*from..=*to).map(|(_, value)| *value).filter(|v| v.is_finite()).collect();
    let days = days_between(*from, *to) + 1;
    let span = format!("{} to {}", dated(*from), dated(*to));
    if known.is_empty() {
        return format!("{title}, {span}: nothing is recorded.");
    }
    let number = |value: f64| fixed(value, calendar.decimals, MINUS);
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let least = known.iter().copied().fold(f64::INFINITY, f64::min);
    let most = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "{title}, {span}: known on {} of {days} days, {} on average, from {} to {}.",
        known.len(),
        fixed(mean, calendar.decimals.max(1), MINUS),
        number(least),
        number(most)
    )
}

fn table(calendar: &Calendar<'_>) -> Table {
    let mut table = Table::of(&["Week from", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
    let mut monday = monday_of(calendar.from);
    while monday <= calendar.to {
        let mut cells = vec![monday.to_string()];
        cells.extend((0..7_i64).map(|day| {
            let date = monday.saturating_add(day.days());
            let value = calendar.values.get(&date).filter(|value| value.is_finite());
            match value {
                Some(value) if calendar.from <= date && date <= calendar.to => {
                    fixed(*value, calendar.decimals, MINUS)
                }
                _ => String::new(),
            }
        }));
        table.push(cells);
        let next = monday.saturating_add(7.days());
        if next == monday {
            break;
        }
        monday = next;
    }
    table
}
