//! Draws the loop as two arrows: as wide as the effect, as blurred as it is uncertain.

use super::drawing::{Anchor, Drawing, Lettering, Paint, Stroke, TEXT, lines_within};
use super::{SvgFigure, Width};
use crate::figure::data::{ArrowFigure, LoopFigure, Verdict};
use crate::figure::number::place;
use crate::figure::{sentence, table};

/// Pixels of width per SD of effect (an effect of half an SD is a very strong one), and the widest arrow.
const PIXELS_PER_SD: f64 = 52.0;
const WIDEST: f64 = 40.0;
/// Quantiles of the normal distribution that the layers of an arrow end at.
const LAYERS: [(f64, f64); 3] = [(1.644_853_6, 0.16), (0.674_489_8, 0.26), (0.0, 0.42)];

/// Draws both arrows with their effects in words.
///
/// An arrow is laid in layers: the widest that the 90 % interval allows very faint, the 50 % interval less so, the
/// mean strong; the narrowest that the 90 % interval allows is the solid core, and there is none where the interval
/// holds zero. An arrow that is not told has no colour and a dashed spine.
#[must_use]
pub fn loop_arrows(title: &str, figure: &LoopFigure, width: Width) -> SvgFigure {
    let alternative = sentence::of_loop(figure);
    let mut drawing = Drawing::default();
    let frame = Frame::of(figure, width.get());
    frame.draw_words(&figure.sleep_to_pain, "Sleep → pain", 0.0, &mut drawing);
    frame.draw_arrow(&figure.sleep_to_pain, Way::Forth, &mut drawing);
    frame.draw_arrow(&figure.pain_to_sleep, Way::Back, &mut drawing);
    frame.draw_nodes(&mut drawing);
    frame.draw_words(&figure.pain_to_sleep, "Pain → sleep", frame.below(), &mut drawing);
    let height = frame.below() + frame.words_height(&figure.pain_to_sleep) + 10.0;
    let element = drawing.finish(width.get(), height, title, &alternative);
    SvgFigure { element, alternative, table: table::of_loop(figure) }
}

fn pixels(effect: f64) -> f64 {
    (PIXELS_PER_SD * effect).clamp(1.5, WIDEST)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forth,
    Back,
}

struct Frame {
    width: f64,
    /// The middle of the two boxes.
    middle: f64,
    node: (f64, f64),
}

impl Frame {
    /// How far the control points of an arc lie from its ends; the arc itself reaches three quarters as far.
    const REACH: f64 = 76.0;
    /// From an end of an arc to the middle of the boxes.
    const LIFT: f64 = 31.0;
    /// From the middle of the boxes to the words above or below an arrow of the greatest width.
    const ROOM: f64 = Self::LIFT + 0.75 * Self::REACH + 0.5 * WIDEST + 6.0;

    fn of(figure: &LoopFigure, width: f64) -> Self {
        let mut frame = Self { width, middle: 0.0, node: (if width < 480.0 { 84.0 } else { 120.0 }, 52.0) };
        frame.middle = frame.words_height(&figure.sleep_to_pain) + Self::ROOM;
        frame
    }

    fn below(&self) -> f64 {
        self.middle + Self::ROOM
    }

    fn lines(&self, arrow: &ArrowFigure, name: &str) -> Vec<String> {
        let text = match arrow.verdict.words() {
            "" => arrow.effect.clone(),
            words => format!("{words} · {}", arrow.effect),
        };
        lines_within(&format!("{name}: {text}"), self.width - 20.0, TEXT)
    }

    fn words_height(&self, arrow: &ArrowFigure) -> f64 {
        (TEXT + 5.0) * self.lines(arrow, "Sleep → pain").len() as f64
    }

    fn draw_words(&self, arrow: &ArrowFigure, name: &str, top: f64, drawing: &mut Drawing) {
        let lettering =
            Lettering { bold: arrow.verdict == Verdict::Clear, ..Lettering::PLAIN }.anchored(Anchor::Middle);
        for (index, line) in self.lines(arrow, name).iter().enumerate() {
            let baseline = top + (TEXT + 5.0) * (index + 1) as f64;
            drawing.text((0.5 * self.width, baseline), line, lettering);
        }
    }

    fn left(&self) -> f64 {
        0.5 * self.width - (0.36 * self.width).min(210.0)
    }

    fn draw_nodes(&self, drawing: &mut Drawing) {
        for (name, centre, paint) in
            [("Sleep", self.left(), Paint::Sleep), ("Pain", self.width - self.left(), Paint::Pain)]
        {
            let (half_width, half_height) = (0.5 * self.node.0, 0.5 * self.node.1);
            drawing.outlined_box(
                (centre - half_width, centre + half_width),
                (self.middle - half_height, self.middle + half_height),
                paint,
            );
            let lettering = Lettering { size: 17.0, ..Lettering::LABEL }.anchored(Anchor::Middle);
            drawing.text((centre, self.middle + 6.0), name, lettering);
        }
    }

    fn draw_arrow(&self, arrow: &ArrowFigure, way: Way, drawing: &mut Drawing) {
        let (mean, sd) = (arrow.standardised.mean, arrow.standardised.sd);
        if !mean.is_finite() || !sd.is_finite() {
            return;
        }
        let told = arrow.verdict != Verdict::CannotTellYet;
        let paint = match (told, way) {
            (false, _) => Paint::Ink,
            (true, Way::Forth) => Paint::Sleep,
            (true, Way::Back) => Paint::Pain,
        };
        // One head for all layers, so that they differ in width alone.
        let head = 14.0 + 0.5 * pixels(mean.abs());
        let stroke = |effect: f64, opacity: f64| Stroke::solid(paint, pixels(effect), opacity);
        for (times, opacity) in LAYERS {
            let widest = (mean - times * sd).abs().max((mean + times * sd).abs());
            self.draw_layer(stroke(widest, opacity), head, way, drawing);
        }
        let core = mean.abs() - LAYERS[0].0 * sd;
        if core > 0.0 && told {
            self.draw_layer(stroke(core, 1.0), head, way, drawing);
        }
        if !told {
            let spine = Stroke { paint: Paint::Ink, width: 1.5, opacity: 0.9, dashed: true };
            drawing.path(&self.spine(head, way), spine);
        }
    }

    fn draw_layer(&self, stroke: Stroke, head: f64, way: Way, drawing: &mut Drawing) {
        drawing.path(&self.spine(head, way), stroke);
        let (tip, direction) = self.tip(way);
        let across = (-direction.1, direction.0);
        let base = (tip.0 - head * direction.0, tip.1 - head * direction.1);
        let half = 0.5 * stroke.width + 7.0;
        let corners = [
            tip,
            (base.0 + half * across.0, base.1 + half * across.1),
            (base.0 - half * across.0, base.1 - half * across.1),
        ];
        drawing.polygon(&corners, stroke.paint, stroke.opacity);
    }

    /// The point of the arrow, above or below its box, and the direction in which it comes in.
    fn tip(&self, way: Way) -> ((f64, f64), (f64, f64)) {
        // The last stretch of the spine comes in steeply; this is its direction, of length 1.
        let (inwards, downwards) = (0.6, 0.8);
        match way {
            Way::Forth => ((self.width - self.left(), self.middle - Self::LIFT), (inwards, downwards)),
            Way::Back => ((self.left(), self.middle + Self::LIFT), (-inwards, -downwards)),
        }
    }

    /// The line that an arrow follows, ended `head` before its point.
    fn spine(&self, head: f64, way: Way) -> String {
        let (tip, direction) = self.tip(way);
        let end = (tip.0 - head * direction.0, tip.1 - head * direction.1);
        let up = if way == Way::Forth { -1.0 } else { 1.0 };
        let start = (self.width - tip.0, self.middle + up * Self::LIFT);
        let reach = Self::REACH;
        let first = (start.0 + 0.6 / 0.8 * reach * -up, start.1 + up * reach);
        let last = (end.0 - 0.6 / 0.8 * (reach - 0.8 * head) * -up, end.1 + up * (reach - 0.8 * head));
        // Control points lie on the tangents, so that the head sits straight on its line.
        let point = |(x, y): (f64, f64)| format!("{} {}", place(x), place(y));
        format!("M{}C{} {} {}", point(start), point(first), point(last), point(end))
    }
}
