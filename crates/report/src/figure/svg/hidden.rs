//! Draws how an arrow would look if something hidden moved a night and the day after it together.

use nightmend_domain::estimate::HiddenInfluence;

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, lines_within};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::number::{decimals_for, fixed, place};
use crate::figure::sentence::MINUS;
use crate::figure::table::Table;

const LEFT: f64 = 52.0;
const RIGHT: f64 = 16.0;
const HIGH: f64 = 150.0;
/// Half of a 90 % interval, in SDs.
const NINETY: f64 = 1.644_853_6;

/// Draws the arrow against the strength of the hidden influence supposed, with its 90 % band; the answer as it stands
/// is the one at no influence.
#[must_use]
pub fn hidden_influence(title: &str, unit: &str, hidden: &HiddenInfluence, width: Width) -> SvgFigure {
    let table = table(unit, hidden);
    let alternative = hidden.sentence.clone();
    let width = width.get();
    let mut drawing = Drawing::default();
    let mut y = 0.0;
    for line in lines_within(&format!("{title}, {unit}"), width, TEXT) {
        y += TEXT + 4.0;
        drawing.text((0.0, y), &line, Lettering::LABEL);
    }
    let points: Vec<(f64, f64, f64)> = hidden
        .points
        .iter()
        .map(|point| (point.correlation, point.effect.mean, point.effect.sd))
        .filter(|(correlation, mean, sd)| correlation.is_finite() && mean.is_finite() && sd.is_finite())
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        drawing.text((0.0, y + 24.0), "nothing to show yet", Lettering::PLAIN);
        let element = drawing.finish(width, y + 34.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    };
    let top = y + 14.0;
    let values = points.iter().flat_map(|(_, mean, sd)| [mean - NINETY * sd, mean + NINETY * sd]);
    let axis = Axis::around_zero(values, 5);
    let range = (last.0 - first.0).max(1e-9);
    let x = |correlation: f64| LEFT + (correlation - first.0) / range * (width - LEFT - RIGHT);
    let y = |value: f64| top + (1.0 - axis.share(value)) * HIGH;
    for tick in axis.ticks() {
        let stroke = if tick == 0.0 { Stroke::AXIS } else { Stroke::GRID };
        drawing.line((LEFT, y(tick)), (width - RIGHT, y(tick)), stroke);
        let text = fixed(tick, axis.decimals(), MINUS);
        drawing.text((LEFT - 8.0, y(tick) + 4.0), &text, Lettering::SCALE.anchored(Anchor::End));
    }
    let upper = points.iter().map(|(at, mean, sd)| (x(*at), y(mean + NINETY * sd)));
    let lower = points.iter().rev().map(|(at, mean, sd)| (x(*at), y(mean - NINETY * sd)));
    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
    drawing.polygon(&outline, Paint::Sleep, 0.22);
    let mut commands = String::new();
    for (at, mean, _) in &points {
        commands.push(if commands.is_empty() { 'M' } else { 'L' });
        commands.push_str(&format!("{} {}", place(x(*at)), place(y(*mean))));
    }
    drawing.path(&commands, Stroke::solid(Paint::Sleep, 2.5, 1.0));
    for (at, mean, _) in points.iter().filter(|(at, ..)| at.abs() < 1e-9) {
        drawing.circle((x(*at), y(*mean)), 5.0, Paint::Sleep);
    }
    if let Some(explains) = hidden.explains.filter(|explains| first.0 <= *explains && *explains <= last.0) {
        let stroke = Stroke { paint: Paint::Ink, width: 1.5, opacity: 0.8, dashed: true };
        drawing.line((x(explains), top), (x(explains), top + HIGH), stroke);
    }
    let bottom = top + HIGH + SMALL + 6.0;
    for tick in [-0.4, -0.2, 0.0, 0.2, 0.4] {
        if first.0 - 1e-9 <= tick && tick <= last.0 + 1e-9 {
            drawing.text((x(tick), bottom), &fixed(tick, 1, MINUS), Lettering::SCALE);
        }
    }
    let middle = 0.5 * (LEFT + width - RIGHT);
    drawing.text((middle, bottom + SMALL + 5.0), "hidden influence supposed (correlation)", Lettering::SCALE);
    let element = drawing.finish(width, bottom + SMALL + 12.0, title, &alternative);
    SvgFigure { element, alternative, table }
}

fn table(unit: &str, hidden: &HiddenInfluence) -> Table {
    let mut table = Table::of(&["Correlation supposed", "The arrow then", "90 % interval", "Unit"]);
    for point in &hidden.points {
        let (mean, half) = (point.effect.mean, NINETY * point.effect.sd);
        let number = |value: f64| fixed(value, decimals_for(2.0 * half), MINUS);
        table.push(vec![
            fixed(point.correlation, 2, MINUS),
            number(mean),
            format!("{} to {}", number(mean - half), number(mean + half)),
            unit.to_owned(),
        ]);
    }
    table
}
