//! Draws what follows one night, day by day: the mean as a line within a 50 % and a 90 % band.

use nightmend_domain::estimate::{Interval, Summary};

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, lines_within};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::data::Curve;
use crate::figure::number::{fixed, place};
use crate::figure::sentence::{self, MINUS};
use crate::figure::table;

const LEFT: f64 = 44.0;
const RIGHT: f64 = 14.0;
const PLOT_HEIGHT: f64 = 190.0;

/// Draws the curve. Days whose numbers are not all finite are left off; without any there is a sentence instead.
#[must_use]
pub fn curve(curve: &Curve, width: Width) -> SvgFigure {
    let alternative = sentence::of_curve(curve);
    let mut drawing = Drawing::default();
    let mut y = 0.0;
    for line in lines_within(&format!("{}, {}", curve.title, curve.unit), width.get(), TEXT) {
        y += TEXT + 4.0;
        drawing.text((0.0, y), &line, Lettering::LABEL);
    }
    let days: Vec<(usize, &Summary)> =
        curve.days.iter().enumerate().filter(|(_, day)| is_drawable(day)).collect();
    if days.is_empty() {
        drawing.text((0.0, y + 24.0), "nothing to show yet", Lettering::PLAIN);
        let element = drawing.finish(width.get(), y + 34.0, &curve.title, &alternative);
        return SvgFigure { element, alternative, table: table::of_curve(curve) };
    }
    let plot = Plot::of(&days, curve.days.len(), width.get(), y + 16.0);
    plot.draw_scales(&mut drawing);
    plot.draw_band(&days, |day| day.ci90, 0.18, &mut drawing);
    plot.draw_band(&days, |day| day.ci50, 0.34, &mut drawing);
    plot.draw_mean(&days, &mut drawing);
    let height = plot.top + PLOT_HEIGHT + 42.0;
    let element = drawing.finish(width.get(), height, &curve.title, &alternative);
    SvgFigure { element, alternative, table: table::of_curve(curve) }
}

fn is_drawable(day: &Summary) -> bool {
    [day.mean, day.ci50.low, day.ci50.high, day.ci90.low, day.ci90.high].iter().all(|value| value.is_finite())
}

struct Plot {
    axis: Axis,
    days: usize,
    width: f64,
    top: f64,
}

impl Plot {
    fn of(days: &[(usize, &Summary)], count: usize, width: f64, top: f64) -> Self {
        let values = days.iter().flat_map(|(_, day)| [day.ci90.low, day.ci90.high, day.mean]);
        Self { axis: Axis::around_zero(values, 5), days: count, width, top }
    }

    fn x(&self, day: usize) -> f64 {
        let share = if self.days > 1 { day as f64 / (self.days - 1) as f64 } else { 0.5 };
        LEFT + 10.0 + share * (self.width - LEFT - RIGHT - 20.0)
    }

    fn y(&self, value: f64) -> f64 {
        self.top + (1.0 - self.axis.share(value)) * PLOT_HEIGHT
    }

    fn draw_scales(&self, drawing: &mut Drawing) {
        for tick in self.axis.ticks() {
            let y = self.y(tick);
            let stroke = if tick == 0.0 { Stroke::AXIS } else { Stroke::GRID };
            drawing.line((LEFT, y), (self.width - RIGHT, y), stroke);
            let text = fixed(tick, self.axis.decimals(), MINUS);
            drawing.text((LEFT - 8.0, y + 4.0), &text, Lettering::SCALE.anchored(Anchor::End));
        }
        // A number every so many days, so that numbers stay apart.
        let room = (self.width - LEFT - RIGHT) / self.days as f64;
        let every =
            [1, 2, 5, 7, 10, 14, 30].into_iter().find(|every| room * *every as f64 >= 26.0).unwrap_or(60);
        let bottom = self.top + PLOT_HEIGHT + SMALL + 6.0;
        for day in (0..self.days).step_by(every) {
            drawing.text((self.x(day), bottom), &(day + 1).to_string(), Lettering::SCALE);
        }
        let middle = 0.5 * (LEFT + self.width - RIGHT);
        drawing.text((middle, bottom + SMALL + 5.0), "days after the night", Lettering::SCALE);
    }

    fn draw_band(
        &self,
        days: &[(usize, &Summary)],
        interval: impl Fn(&Summary) -> Interval,
        opacity: f64,
        drawing: &mut Drawing,
    ) {
        let upper = days.iter().map(|(index, day)| (self.x(*index), self.y(interval(day).high)));
        let lower = days.iter().rev().map(|(index, day)| (self.x(*index), self.y(interval(day).low)));
        let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
        drawing.polygon(&outline, Paint::Pain, opacity);
    }

    fn draw_mean(&self, days: &[(usize, &Summary)], drawing: &mut Drawing) {
        let mut commands = String::new();
        for (index, day) in days {
            commands.push(if commands.is_empty() { 'M' } else { 'L' });
            commands.push_str(&format!("{} {}", place(self.x(*index)), place(self.y(day.mean))));
        }
        drawing.path(&commands, Stroke::solid(Paint::Pain, 2.5, 1.0));
        for (index, day) in days {
            drawing.circle((self.x(*index), self.y(day.mean)), 3.5, Paint::Pain);
        }
    }
}
