//! Draws which source tells of which weeks, one lane a source, so that gaps are seen.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::{days_between, monday_of};
use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, text_width};
use super::{SvgFigure, Width};
use crate::figure::number::{dated, place};
use crate::figure::table::Table;

const BAR: f64 = 12.0;
/// Shades of a week: the part of its seven days that is told.
const SHADES: usize = 7;

/// One source and the days it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageLane {
    /// Its name.
    pub label: String,
    /// Whether it is about pain.
    pub is_pain: bool,
    /// The days.
    pub days: BTreeSet<Date>,
}

/// Draws a lane a source over all weeks from the first to the last of any; a week is the fuller the more of its days
/// are told, and empty where none is.
#[must_use]
pub fn coverage(title: &str, lanes: &[CoverageLane], width: Width) -> SvgFigure {
    let (alternative, table) = (sentence(lanes), table(lanes));
    let width = width.get();
    let mut drawing = Drawing::default();
    let all = || lanes.iter().flat_map(|lane| &lane.days).copied();
    let (Some(first), Some(last)) = (all().min(), all().max()) else {
        drawing.text((0.0, 20.0), "nothing is recorded yet", Lettering::PLAIN);
        let element = drawing.finish(width, 30.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    };
    let monday = monday_of(first);
    let weeks = days_between(monday, last) / 7 + 1;
    let wide = width / weeks as f64;
    let mut y = 0.0;
    for lane in lanes {
        let baseline = y + TEXT + 2.0;
        drawing.text((0.0, baseline), &lane.label, Lettering::PLAIN);
        let small = Lettering { size: SMALL, opacity: 0.8, ..Lettering::PLAIN };
        drawing.text((width, baseline), &days_in_words(lane), small.anchored(Anchor::End));
        let top = baseline + 6.0;
        let mut counts = vec![0_usize; weeks as usize];
        for day in &lane.days {
            counts[(days_between(monday, *day) / 7) as usize] += 1;
        }
        let mut shades: [String; SHADES] = Default::default();
        for (week, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (x, side) =
                (place(week as f64 * wide), place((wide - if wide > 4.0 { 1.0 } else { 0.0 }).max(0.4)));
            let _ = write!(shades[(count - 1).min(SHADES - 1)], "M{x} {}h{side}v{BAR}h-{side}z", place(top));
        }
        drawing.line((0.0, top + BAR), (width, top + BAR), Stroke::GRID);
        let paint = if lane.is_pain { Paint::Pain } else { Paint::Sleep };
        for (shade, commands) in shades.iter().enumerate().filter(|(_, commands)| !commands.is_empty()) {
            drawing.filled_path(commands, paint, 0.2 + 0.8 * (shade + 1) as f64 / SHADES as f64);
        }
        y = top + BAR + 10.0;
    }
    draw_dates(monday, last, weeks, width, y + SMALL, &mut drawing);
    let element = drawing.finish(width, y + SMALL + 8.0, title, &alternative);
    SvgFigure { element, alternative, table }
}

fn days_in_words(lane: &CoverageLane) -> String {
    if lane.days.len() == 1 { "1 day".to_owned() } else { format!("{} days", lane.days.len()) }
}

/// The first and the last date, and New Years between them where there is room.
fn draw_dates(monday: Date, last: Date, weeks: i64, width: f64, baseline: f64, drawing: &mut Drawing) {
    let x = |date: Date| days_between(monday, date) as f64 / (weeks * 7) as f64 * width;
    let (from, to) = (monday.strftime("%-d %b %Y").to_string(), last.strftime("%-d %b %Y").to_string());
    drawing.text((0.0, baseline), &from, Lettering::SCALE.anchored(Anchor::Start));
    drawing.text((width, baseline), &to, Lettering::SCALE.anchored(Anchor::End));
    let (mut free, end) = (text_width(&from, SMALL) + 10.0, width - text_width(&to, SMALL) - 10.0);
    let mut date = monday.last_of_year().saturating_add(1.day());
    while date < last {
        let text = date.strftime("%Y").to_string();
        let half = 0.5 * text_width(&text, SMALL);
        if x(date) - half >= free && x(date) + half <= end {
            drawing.text((x(date), baseline), &text, Lettering::SCALE);
            free = x(date) + half + 10.0;
        }
        date = date.saturating_add(1.year());
    }
}

/// The longest run of days without a record between the first and the last.
fn longest_gap(days: &BTreeSet<Date>) -> i64 {
    let gaps = days.iter().zip(days.iter().skip(1)).map(|(day, next)| days_between(*day, *next) - 1);
    gaps.max().unwrap_or(0)
}

fn sentence(lanes: &[CoverageLane]) -> String {
    let parts: Vec<String> = lanes
        .iter()
        .map(|lane| match (lane.days.first(), lane.days.last()) {
            (Some(first), Some(last)) => {
                format!(
                    "{} tells of {} from {} to {}",
                    lane.label,
                    days_in_words(lane),
                    dated(*first),
                    dated(*last)
                )
            }
            _ => format!("{} tells of nothing", lane.label),
        })
        .collect();
    if parts.is_empty() { "Nothing is recorded yet.".to_owned() } else { format!("{}.", parts.join("; ")) }
}

fn table(lanes: &[CoverageLane]) -> Table {
    let mut table =
        Table::of(&["Source", "First day", "Last day", "Days told", "Days between", "Longest gap"]);
    for lane in lanes {
        let (Some(first), Some(last)) = (lane.days.first(), lane.days.last()) else { continue };
        let gap = longest_gap(&lane.days);
        table.push(vec![
            lane.label.clone(),
            first.to_string(),
            last.to_string(),
            lane.days.len().to_string(),
            (days_between(*first, *last) + 1).to_string(),
            if gap == 1 { "1 day".to_owned() } else { format!("{gap} days") },
        ]);
    }
    table
}
