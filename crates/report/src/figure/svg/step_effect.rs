//! Draws what an experiment says of a step: the plausible changes as a curve, with nothing and the threshold marked.

use nightmend_domain::estimate::Interval;

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, lines_within};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::number::{decimals_for, fixed, place};
use crate::figure::sentence::MINUS;
use crate::figure::table::Table;

const SIDE: f64 = 20.0;
const HIGH: f64 = 120.0;

/// What is known of tonight's effect of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEffect {
    /// What it is, for example "Change of pain on waking on nights with the step".
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// The density under the usual prior: (change, density), in order of the change.
    pub density: Vec<(f64, f64)>,
    /// Its mean.
    pub mean: f64,
    /// Its 90 % interval.
    pub ci90: Interval,
    /// The change that would be worth it, with its sign: below zero for pain.
    pub worth_it: f64,
    /// Probability of a change for the better of any size.
    pub p_benefit: f64,
    /// Probability of a change of at least the threshold.
    pub p_worth_it: f64,
}

impl StepEffect {
    fn is_drawable(&self) -> bool {
        let all = [self.mean, self.ci90.low, self.ci90.high, self.worth_it, self.p_benefit, self.p_worth_it];
        all.iter().all(|value| value.is_finite())
            && self.worth_it != 0.0
            && self.density.len() > 2
            && self.density.iter().all(|(at, height)| at.is_finite() && height.is_finite() && *height >= 0.0)
            && self.density.iter().any(|(_, height)| *height > 0.0)
    }

    /// Whether a change is for the better.
    fn is_better(&self, change: f64) -> bool {
        change * self.worth_it > 0.0
    }
}

/// Draws the density as a curve: what is for the better is filled, what reaches the threshold is filled strongly. The 90 %
/// interval stands under it as a thick line.
#[must_use]
pub fn step_effect(title: &str, effect: &StepEffect, width: Width) -> SvgFigure {
    let (alternative, table) = (sentence(effect), table(effect));
    let width = width.get();
    let mut drawing = Drawing::default();
    let mut y = 0.0;
    for line in lines_within(&format!("{}, {}", effect.label, effect.unit), width, TEXT) {
        y += TEXT + 4.0;
        drawing.text((0.0, y), &line, Lettering::LABEL);
    }
    if !effect.is_drawable() {
        drawing.text((0.0, y + 24.0), "nothing to show yet", Lettering::PLAIN);
        let element = drawing.finish(width, y + 34.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    }
    let ends = effect.density.iter().map(|(at, _)| *at).chain([effect.worth_it]);
    let axis = Axis::around_zero(ends, ((width - 2.0 * SIDE) / 75.0) as usize);
    let plot = Plot { effect, axis, width, top: y + 40.0 };
    plot.draw_fill(0.0, 0.25, &mut drawing);
    plot.draw_fill(effect.worth_it, 0.6, &mut drawing);
    plot.draw_curve(&mut drawing);
    plot.draw_scale(&mut drawing);
    plot.draw_marks(&mut drawing);
    let element = drawing.finish(width, plot.bottom() + SMALL + 20.0, title, &alternative);
    SvgFigure { element, alternative, table }
}

struct Plot<'a> {
    effect: &'a StepEffect,
    axis: Axis,
    width: f64,
    top: f64,
}

impl Plot<'_> {
    fn bottom(&self) -> f64 {
        self.top + HIGH
    }

    fn x(&self, value: f64) -> f64 {
        SIDE + self.axis.share(value) * (self.width - 2.0 * SIDE)
    }

    fn points(&self) -> Vec<(f64, f64)> {
        let tallest = self.effect.density.iter().map(|(_, height)| *height).fold(0.0, f64::max);
        let y = |height: f64| self.bottom() - (HIGH - 6.0) * height / tallest;
        self.effect.density.iter().map(|(at, height)| (self.x(*at), y(*height))).collect()
    }

    /// Fills what lies beyond `from`, on the side of the better.
    fn draw_fill(&self, from: f64, opacity: f64, drawing: &mut Drawing) {
        let edge = self.x(from);
        let to_the_left = self.effect.worth_it < 0.0;
        let points = self.points();
        let mut outline: Vec<(f64, f64)> = Vec::new();
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let within = |x: f64| if to_the_left { x <= edge } else { x >= edge };
            if within(a.0) {
                outline.push(a);
            }
            if within(a.0) != within(b.0) && (b.0 - a.0).abs() > 1e-9 {
                let share = (edge - a.0) / (b.0 - a.0);
                outline.push((edge, a.1 + share * (b.1 - a.1)));
            }
        }
        if let Some(last) =
            points.last().filter(|last| if to_the_left { last.0 <= edge } else { last.0 >= edge })
        {
            outline.push(*last);
        }
        if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
            outline.push((last.0, self.bottom()));
            outline.push((first.0, self.bottom()));
            drawing.polygon(&outline, Paint::Sleep, opacity);
        }
    }

    fn draw_curve(&self, drawing: &mut Drawing) {
        let mut commands = String::new();
        for (x, y) in self.points() {
            commands.push(if commands.is_empty() { 'M' } else { 'L' });
            commands.push_str(&format!("{} {}", place(x), place(y)));
        }
        drawing.path(&commands, Stroke::solid(Paint::Ink, 2.0, 0.9));
    }

    fn draw_scale(&self, drawing: &mut Drawing) {
        let bottom = self.bottom();
        drawing.line((SIDE, bottom), (self.width - SIDE, bottom), Stroke::AXIS);
        for tick in self.axis.ticks() {
            let text = fixed(tick, self.axis.decimals(), MINUS);
            drawing.text((self.x(tick), bottom + SMALL + 10.0), &text, Lettering::SCALE);
        }
        let interval = self.effect.ci90;
        let stroke = Stroke::solid(Paint::Ink, 5.0, 0.9);
        drawing.line((self.x(interval.low), bottom + 3.0), (self.x(interval.high), bottom + 3.0), stroke);
    }

    fn draw_marks(&self, drawing: &mut Drawing) {
        let small = Lettering { size: SMALL, ..Lettering::PLAIN };
        let marks = [(0.0, "no change", false, 0.0), (self.effect.worth_it, "worth it", true, -16.0)];
        for (at, word, dashed, lift) in marks {
            let x = self.x(at);
            let stroke = Stroke { paint: Paint::Ink, width: 1.6, opacity: 0.8, dashed };
            drawing.line((x, self.top + lift), (x, self.bottom()), stroke);
            let anchor = if x < 60.0 {
                Anchor::Start
            } else if x > self.width - 60.0 {
                Anchor::End
            } else {
                Anchor::Middle
            };
            drawing.text((x, self.top + lift - 5.0), word, small.anchored(anchor));
        }
    }
}

fn numbers(effect: &StepEffect) -> impl Fn(f64) -> String + use<> {
    let decimals = decimals_for(effect.ci90.high - effect.ci90.low);
    move |value| fixed(value, decimals, MINUS)
}

fn of_hundred(probability: f64) -> String {
    fixed((100.0 * probability).clamp(0.0, 100.0), 0, MINUS)
}

fn sentence(effect: &StepEffect) -> String {
    if !effect.is_drawable() {
        return format!("{}: nothing to show yet.", effect.label);
    }
    let number = numbers(effect);
    let side = if effect.is_better(-1.0) { "less" } else { "more" };
    format!(
        "{}: {} {} (90 % interval {} to {}). In {} of 100 plausible worlds it is {side}, in {} of 100 by at least the {} that would be worth it.",
        effect.label,
        number(effect.mean),
        effect.unit,
        number(effect.ci90.low),
        number(effect.ci90.high),
        of_hundred(effect.p_benefit),
        of_hundred(effect.p_worth_it),
        fixed(effect.worth_it.abs(), 1, MINUS),
    )
}

fn table(effect: &StepEffect) -> Table {
    let number = numbers(effect);
    let mut table = Table::of(&["What", "Value", "Unit"]);
    let rows = [
        ("mean", number(effect.mean), effect.unit.as_str()),
        (
            "90 % interval",
            format!("{} to {}", number(effect.ci90.low), number(effect.ci90.high)),
            effect.unit.as_str(),
        ),
        ("worth it from", fixed(effect.worth_it, 1, MINUS), effect.unit.as_str()),
        ("any change for the better", of_hundred(effect.p_benefit), "of 100"),
        ("at least the threshold", of_hundred(effect.p_worth_it), "of 100"),
    ];
    for (name, value, unit) in rows {
        table.push(vec![name.to_owned(), value, unit.to_owned()]);
    }
    table
}
