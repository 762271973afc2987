//! Draws nights one below the other, each line showing two days, with the pain of the day as a margin.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, text_width};
use super::{SvgFigure, Width};
use crate::figure::data::{NightRow, SleepSpan, SpanLevel};
use crate::figure::number::place;
use crate::figure::{sentence, table};

const DATES: f64 = 58.0;
/// Height of the key above the clock.
const KEY: f64 = 22.0;
const TOP: f64 = KEY + 24.0;

/// Draws the nights in order of their dates. A line runs from the noon before a waking date over 48 hours, so that
/// every night is seen twice, at the right of its own line and at the left of the next: drifting bedtimes show as
/// slanted edges. A date without a record keeps its line, dashed; a weekend has a mark at its left. The margin shows
/// pain as the length of a bar, within the scale of each score; no bar means no score, a short one none or little pain.
///
/// The element tells its first date, and the top and height of its lines, in `data-` attributes, so that a page can
/// find the night that somebody points at.
#[must_use]
pub fn actogram(title: &str, rows: &[NightRow], width: Width) -> SvgFigure {
    let alternative = sentence::of_nights(rows);
    let mut sorted: Vec<&NightRow> = rows.iter().collect();
    sorted.sort_by_key(|row| row.date);
    let table = table::of_nights(&sorted);
    let mut drawing = Drawing::default();
    let (Some(first), Some(last)) = (sorted.first().map(|row| row.date), sorted.last().map(|row| row.date))
    else {
        drawing.text((0.0, 20.0), "no nights to show yet", Lettering::PLAIN);
        let element = drawing.finish(width.get(), 30.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    };
    let dates: Vec<Date> = first.series(1.day()).take_while(|date| *date <= last).collect();
    let grid = Grid::of(dates.len(), width.get());
    grid.draw_key(&sorted, &mut drawing);
    grid.draw_clock(dates.len(), &mut drawing);
    grid.draw_sleep(&dates, &sorted, &mut drawing);
    grid.draw_weekends(&dates, &mut drawing);
    let mut next_label = 0.0;
    for (index, date) in dates.iter().enumerate() {
        next_label = grid.draw_date(index, *date, next_label, &mut drawing);
        let row = sorted.binary_search_by_key(date, |row| row.date).ok().map(|at| sorted[at]);
        grid.draw_margin(index, row, &mut drawing);
    }
    let height = TOP + grid.row * dates.len() as f64 + 8.0;
    let attributes = format!(" data-first=\"{first}\" data-top=\"{TOP}\" data-row=\"{}\"", place(grid.row));
    let element = drawing.finish_with(width.get(), height, title, &alternative, &attributes);
    SvgFigure { element, alternative, table }
}

struct Grid {
    width: f64,
    row: f64,
    margin: f64,
}

impl Grid {
    fn of(nights: usize, width: f64) -> Self {
        // Lines grow thinner with their number, but never so thin that they cannot be told apart.
        let row = (1_100.0 / nights as f64).clamp(4.0, 16.0);
        Self { width, row, margin: (0.13 * width).clamp(40.0, 90.0) }
    }

    fn end(&self) -> f64 {
        self.width - self.margin - 10.0
    }

    fn x(&self, hours: f64) -> f64 {
        DATES + hours / 48.0 * (self.end() - DATES)
    }

    fn y(&self, index: usize) -> f64 {
        TOP + self.row * index as f64
    }

    /// Draws what the shades mean, those that occur.
    fn draw_key(&self, rows: &[&NightRow], drawing: &mut Drawing) {
        let occurs = |level| rows.iter().flat_map(|row| &row.spans).any(|span| span.level == level);
        let mut x = DATES;
        for (level, name) in
            [(SpanLevel::InBed, "in bed"), (SpanLevel::Asleep, "asleep"), (SpanLevel::Nap, "nap")]
        {
            if occurs(level) {
                drawing.rectangle((x, x + 12.0), (2.0, 12.0), Paint::Sleep, opacity_of(level));
                drawing.text((x + 17.0, 12.0), name, Lettering::SCALE.anchored(Anchor::Start));
                x += 17.0 + text_width(name, SMALL) + 14.0;
            }
        }
        if rows.iter().any(|row| row.spans.is_empty()) && x + 80.0 < self.end() {
            let stroke = Stroke { dashed: true, opacity: 0.6, ..Stroke::GRID };
            drawing.line((x, 7.0), (x + 14.0, 7.0), stroke);
            drawing.text((x + 19.0, 12.0), "no times", Lettering::SCALE.anchored(Anchor::Start));
        }
    }

    /// Marks Saturdays and Sundays at the left, where they can be told apart.
    fn draw_weekends(&self, dates: &[Date], drawing: &mut Drawing) {
        use jiff::civil::Weekday::{Saturday, Sunday};
        let mut commands = String::new();
        for (index, _) in
            dates.iter().enumerate().filter(|(_, date)| matches!(date.weekday(), Saturday | Sunday))
        {
            let (x, y, high) = (place(DATES - 4.0), place(self.y(index)), place(self.row));
            commands.push_str(&format!("M{x} {y}h2.5v{high}h-2.5z"));
        }
        if !commands.is_empty() {
            drawing.filled_path(&commands, Paint::Ink, 0.35);
        }
    }

    fn draw_clock(&self, nights: usize, drawing: &mut Drawing) {
        let bottom = self.y(nights);
        let every = if self.x(6.0) - self.x(0.0) >= 30.0 { 6 } else { 12 };
        for hours in (0..=48).step_by(every) {
            let (x, clock) = (self.x(f64::from(hours)), (12 + hours) % 24);
            let stroke = if clock == 0 { Stroke { opacity: 0.4, ..Stroke::GRID } } else { Stroke::GRID };
            drawing.line((x, TOP), (x, bottom), stroke);
            drawing.text((x, TOP - 8.0), &format!("{clock:02}"), Lettering::SCALE);
        }
        let middle = self.width - 0.5 * self.margin;
        drawing.text((middle, TOP - 8.0), "pain", Lettering::SCALE);
        drawing.line((self.width - self.margin, TOP), (self.width - self.margin, bottom), Stroke::AXIS);
    }

    /// Writes the date where there is room for it: the first of a month, else a Monday. Returns where the next may be.
    fn draw_date(&self, index: usize, date: Date, free_from: f64, drawing: &mut Drawing) -> f64 {
        let wanted = index == 0 || date.day() == 1 || date.weekday() == jiff::civil::Weekday::Monday;
        let y = self.y(index);
        if !wanted || y < free_from {
            return free_from;
        }
        let is_new_year = date.month() == 1 && date.day() == 1;
        let text = date.strftime(if is_new_year { "%Y" } else { "%-d %b" }).to_string();
        let baseline = y + 0.5 * self.row + 0.35 * SMALL;
        drawing.text((DATES - 8.0, baseline), &text, Lettering::SCALE.anchored(Anchor::End));
        y + SMALL + 4.0
    }

    /// Paints all sleep as one path a level, time in bed first, so that sleep lies over it.
    fn draw_sleep(&self, dates: &[Date], rows: &[&NightRow], drawing: &mut Drawing) {
        for level in [SpanLevel::InBed, SpanLevel::Asleep, SpanLevel::Nap] {
            let stretches = joined(rows.iter().flat_map(|row| &row.spans).filter(|span| span.level == level));
            let mut commands = String::new();
            for (index, date) in dates.iter().enumerate() {
                let noon = (*date - 1.day()).at(12, 0, 0, 0);
                let hours = |time: DateTime| time.duration_since(noon).as_secs_f64() / 3_600.0;
                for (from, to) in &stretches {
                    let (from, to) = (hours(*from).max(0.0), hours(*to).min(48.0));
                    if from < to {
                        let (left, wide) = (place(self.x(from)), place(self.x(to) - self.x(from)));
                        let (top, high) = (place(self.y(index) + 0.08 * self.row), place(0.84 * self.row));
                        commands.push_str(&format!("M{left} {top}h{wide}v{high}h-{wide}z"));
                    }
                }
            }
            if !commands.is_empty() {
                drawing.filled_path(&commands, Paint::Sleep, opacity_of(level));
            }
        }
    }

    fn draw_margin(&self, index: usize, row: Option<&NightRow>, drawing: &mut Drawing) {
        let (top, bottom) = (self.y(index) + 0.08 * self.row, self.y(index) + 0.92 * self.row);
        if row.is_none_or(|row| row.spans.is_empty()) {
            let middle = 0.5 * (top + bottom);
            let stroke = Stroke { dashed: true, opacity: 0.45, ..Stroke::GRID };
            drawing.line((self.x(9.0), middle), (self.x(20.0), middle), stroke);
        }
        if let Some(pain) = row.and_then(|row| row.pain).filter(|pain| pain.value.is_finite()) {
            let from = self.width - self.margin;
            let length = 2.0 + pain.share() * (self.margin - 4.0);
            drawing.rectangle((from, from + length), (top, bottom), Paint::Pain, 0.45 + 0.55 * pain.share());
        }
    }
}

const fn opacity_of(level: SpanLevel) -> f64 {
    match level {
        SpanLevel::InBed => 0.25,
        SpanLevel::Asleep => 0.85,
        SpanLevel::Nap => 0.6,
    }
}

/// Stretches of one level in order, those that touch or overlap made one.
fn joined<'a>(spans: impl Iterator<Item = &'a SleepSpan>) -> Vec<(DateTime, DateTime)> {
    let mut stretches: Vec<(DateTime, DateTime)> = spans.map(|span| (span.from, span.to)).collect();
    stretches.sort();
    let mut joined: Vec<(DateTime, DateTime)> = Vec::with_capacity(stretches.len());
    for (from, to) in stretches {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}
