//! Draws what was known beforehand beside what is known now, as bell curves over one scale.

use nightmend_domain::estimate::{ArrowEstimate, Interval, MeanSd};

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, lines_within, text_width};
use super::{SvgFigure, Width};
use crate::figure::axis::Axis;
use crate::figure::data::Verdict;
use crate::figure::number::{decimals_for, fixed, place};
use crate::figure::sentence::MINUS;
use crate::figure::table::Table;

const SIDE: f64 = 20.0;
const HIGH: f64 = 110.0;
const POINTS: usize = 72;

/// What is known of one quantity: of other people beforehand, and of this person now.
#[derive(Debug, Clone, PartialEq)]
pub struct Beliefs {
    /// What it is, for example "Sleep → pain".
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// Before this person's records.
    pub prior: MeanSd,
    /// With them.
    pub posterior: MeanSd,
    /// Its 90 % interval.
    pub ci90: Interval,
    /// What may be said of it.
    pub verdict: Verdict,
}

impl Beliefs {
    /// The beliefs about an arrow.
    #[must_use]
    pub fn of_arrow(label: &str, arrow: &ArrowEstimate) -> Self {
        Self {
            label: label.to_owned(),
            unit: arrow.unit.clone(),
            prior: arrow.prior,
            posterior: MeanSd { mean: arrow.effect.mean, sd: arrow.effect.sd },
            ci90: arrow.effect.ci90,
            verdict: arrow.into(),
        }
    }

    fn is_drawable(&self) -> bool {
        let finite = |value: MeanSd| value.mean.is_finite() && value.sd.is_finite() && value.sd > 0.0;
        finite(self.prior)
            && finite(self.posterior)
            && self.ci90.low.is_finite()
            && self.ci90.high.is_finite()
    }
}

/// Draws the prior as a dashed outline and the posterior as a filled curve, each a bell of its mean and SD, with the
/// 90 % interval as a thick line under them. The narrower a curve, the higher: both hold the same area.
#[must_use]
pub fn beliefs(title: &str, beliefs: &Beliefs, width: Width) -> SvgFigure {
    let (alternative, table) = (sentence(beliefs), table(beliefs));
    let width = width.get();
    let mut drawing = Drawing::default();
    let mut y = 0.0;
    for line in lines_within(&format!("{}, {}", beliefs.label, beliefs.unit), width, TEXT) {
        y += TEXT + 4.0;
        drawing.text((0.0, y), &line, Lettering::LABEL);
    }
    if !beliefs.is_drawable() {
        drawing.text((0.0, y + 24.0), "not known", Lettering::PLAIN);
        let element = drawing.finish(width, y + 34.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    }
    y = draw_key(beliefs, width, y + 18.0, &mut drawing) + 8.0;
    let ends = |value: MeanSd| [value.mean - 2.6 * value.sd, value.mean + 2.6 * value.sd];
    let values = ends(beliefs.prior).into_iter().chain(ends(beliefs.posterior));
    let axis = Axis::around_zero(values, ((width - 2.0 * SIDE) / 75.0) as usize);
    let x = |value: f64| SIDE + axis.share(value) * (width - 2.0 * SIDE);
    let bottom = y + HIGH;
    let tallest = (1.0 / beliefs.prior.sd).max(1.0 / beliefs.posterior.sd);
    let curve = |value: MeanSd| -> Vec<(f64, f64)> {
        (0..=POINTS)
            .map(|index| {
                let at = axis.low + (axis.high - axis.low) * index as f64 / POINTS as f64;
                let z = (at - value.mean) / value.sd;
                (x(at), bottom - (HIGH - 6.0) * (-0.5 * z * z).exp() / value.sd / tallest)
            })
            .collect()
    };
    for tick in axis.ticks() {
        let stroke = if tick == 0.0 { Stroke::AXIS } else { Stroke::GRID };
        drawing.line((x(tick), y), (x(tick), bottom), stroke);
        let text = fixed(tick, axis.decimals(), MINUS);
        drawing.text((x(tick), bottom + SMALL + 10.0), &text, Lettering::SCALE);
    }
    let paint = paint_of(beliefs.verdict);
    let mut outline = curve(beliefs.posterior);
    outline.push((x(axis.high), bottom));
    outline.push((x(axis.low), bottom));
    drawing.polygon(&outline, paint, 0.45);
    drawing.path(&commands(&curve(beliefs.posterior)), Stroke::solid(paint, 2.0, 0.95));
    let dashes = Stroke { paint: Paint::Ink, width: 1.8, opacity: 0.75, dashed: true };
    drawing.path(&commands(&curve(beliefs.prior)), dashes);
    let under = bottom + 4.0;
    drawing.line((x(axis.low), bottom), (x(axis.high), bottom), Stroke::AXIS);
    drawing.line(
        (x(beliefs.ci90.low), under),
        (x(beliefs.ci90.high), under),
        Stroke::solid(paint, 5.0, 0.95),
    );
    let element = drawing.finish(width, bottom + SMALL + 16.0, title, &alternative);
    SvgFigure { element, alternative, table }
}

fn paint_of(verdict: Verdict) -> Paint {
    if verdict == Verdict::CannotTellYet { Paint::Ink } else { Paint::Sleep }
}

fn commands(points: &[(f64, f64)]) -> String {
    let mut commands = String::new();
    for (x, y) in points {
        commands.push(if commands.is_empty() { 'M' } else { 'L' });
        commands.push_str(&format!("{} {}", place(*x), place(*y)));
    }
    commands
}

fn draw_key(beliefs: &Beliefs, width: f64, baseline: f64, drawing: &mut Drawing) -> f64 {
    let middle = baseline - 4.0;
    let small = Lettering { size: SMALL, ..Lettering::PLAIN };
    let dashes = Stroke { paint: Paint::Ink, width: 1.8, opacity: 0.75, dashed: true };
    drawing.line((0.0, middle), (24.0, middle), dashes);
    let before = "known of other people";
    drawing.text((30.0, baseline), before, small.anchored(Anchor::Start));
    let next = 30.0 + text_width(before, SMALL) + 18.0;
    let with = "with your records";
    let (x, baseline) = if next + 30.0 + text_width(with, SMALL) <= width {
        (next, baseline)
    } else {
        (0.0, baseline + 18.0)
    };
    let paint = paint_of(beliefs.verdict);
    drawing.rectangle((x, x + 24.0), (baseline - 9.0, baseline), paint, 0.5);
    drawing.text((x + 30.0, baseline), with, small.anchored(Anchor::Start));
    baseline
}

fn numbers(beliefs: &Beliefs) -> impl Fn(f64) -> String + use<> {
    let decimals = decimals_for(beliefs.ci90.high - beliefs.ci90.low);
    move |value| fixed(value, decimals, MINUS)
}

fn sentence(beliefs: &Beliefs) -> String {
    if !beliefs.is_drawable() {
        return format!("{}: not known.", beliefs.label);
    }
    let number = numbers(beliefs);
    format!(
        "{}: beforehand, from other people, {} with an SD of {}; with your records {} with an SD of {}, 90 % between \
         {} and {} {}.",
        beliefs.label,
        number(beliefs.prior.mean),
        number(beliefs.prior.sd),
        number(beliefs.posterior.mean),
        number(beliefs.posterior.sd),
        number(beliefs.ci90.low),
        number(beliefs.ci90.high),
        beliefs.unit
    )
}

fn table(beliefs: &Beliefs) -> Table {
    let number = numbers(beliefs);
    let mut table = Table::of(&["What", "Mean", "SD", "90 % interval", "Unit"]);
    let of_prior =
        [beliefs.prior.mean - 1.6449 * beliefs.prior.sd, beliefs.prior.mean + 1.6449 * beliefs.prior.sd];
    let rows = [
        ("known of other people", beliefs.prior, of_prior),
        ("with your records", beliefs.posterior, [beliefs.ci90.low, beliefs.ci90.high]),
    ];
    for (name, value, [low, high]) in rows {
        table.push(vec![
            name.to_owned(),
            number(value.mean),
            number(value.sd),
            format!("{} to {}", number(low), number(high)),
            beliefs.unit.clone(),
        ]);
    }
    table
}
