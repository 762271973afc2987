//! Draws people in beds and on mats from round strokes, in the colours of the page's theme.

use std::fmt::Write;

use super::Drawing;
use crate::figure::number::place;
use crate::figure::svg::drawing::{PAIN, SLEEP, escaped};

/// A place on the sheet.
pub(super) type Point = (f64, f64);

/// How a shape is toned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// The body, and what is near.
    Ink,
    /// The far arm and leg, or a former place.
    Far,
    /// Pillows and cloth.
    Cloth,
    /// Mattress and furniture.
    Furniture,
    /// What the drawing points at.
    Mark,
    /// The colour of the page, to set two shapes apart.
    Paper,
}

impl Tone {
    const fn paint(self) -> (&'static str, &'static str, f64) {
        match self {
            Self::Ink => ("", "currentColor", 1.0),
            Self::Far => ("", "currentColor", 0.38),
            Self::Cloth => ("nm-sleep", SLEEP, 0.55),
            Self::Furniture => ("", "currentColor", 0.14),
            Self::Mark => ("nm-pain", PAIN, 1.0),
            Self::Paper => ("nm-paper", "#ffffff", 1.0),
        }
    }

    fn attributes(self, property: &str) -> String {
        let (class, colour, opacity) = self.paint();
        let line = if property == "stroke" && !class.is_empty() { "-line" } else { "" };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}{line}\"") };
        let opacity =
            if opacity < 1.0 { format!(" {property}-opacity=\"{}\"", place(opacity)) } else { String::new() };
        format!("{class} {property}=\"{colour}\"{opacity}")
    }
}

/// The room around a limb that lies over the body.
const GAP: f64 = 7.0;

/// A sheet that is drawn on.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    body: String,
}

impl Sheet {
    /// A stroke along a path of commands.
    pub(super) fn stroke(&mut self, commands: &str, width: f64, tone: Tone) {
        let _ = write!(
            self.body,
            "<path d=\"{commands}\" fill=\"none\"{} stroke-width=\"{}\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/>",
            tone.attributes("stroke"),
            place(width)
        );
    }

    /// A dashed stroke along a path of commands.
    pub(super) fn dashes(&mut self, commands: &str, width: f64, tone: Tone) {
        let _ = write!(
            self.body,
            "<path d=\"{commands}\" fill=\"none\"{} stroke-width=\"{}\" stroke-linecap=\"round\" \
             stroke-dasharray=\"1 7\"/>",
            tone.attributes("stroke"),
            place(width)
        );
    }

    /// A filled shape.
    pub(super) fn shape(&mut self, commands: &str, tone: Tone) {
        let _ = write!(self.body, "<path d=\"{commands}\"{}/>", tone.attributes("fill"));
    }

    /// An arm or a leg from joint to joint.
    pub(super) fn limb(&mut self, joints: &[Point], width: f64, tone: Tone) {
        self.stroke(&through(joints), width, tone);
    }

    /// An arm or a leg that lies over the body, with a thin line of paper around it.
    pub(super) fn limb_over(&mut self, joints: &[Point], width: f64) {
        self.limb(joints, width + GAP, Tone::Paper);
        self.limb(joints, width, Tone::Ink);
    }

    /// A bent body from end to end through a control point.
    pub(super) fn back(&mut self, from: Point, over: Point, to: Point, width: f64) {
        self.stroke(&bend(from, over, to), width, Tone::Ink);
    }

    /// A head.
    pub(super) fn head(&mut self, centre: Point, radius: f64) {
        self.disc(centre, radius, Tone::Ink);
    }

    /// A disc.
    pub(super) fn disc(&mut self, centre: Point, radius: f64, tone: Tone) {
        let _ = write!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>",
            place(centre.0),
            place(centre.1),
            place(radius),
            tone.attributes("fill")
        );
    }

    /// A closed eye: a small arc in the colour of the page, open to the side of `towards`.
    pub(super) fn closed_eye(&mut self, centre: Point, towards: Point) {
        let (x, y) = centre;
        let (dx, dy) = towards;
        let (from, to) = ((x - dy * 4.0, y + dx * 4.0), (x + dy * 4.0, y - dx * 4.0));
        self.stroke(&bend(from, (x + dx * 4.5, y + dy * 4.5), to), 2.2, Tone::Paper);
    }

    /// A box with round corners.
    pub(super) fn block(&mut self, x: Point, y: Point, radius: f64, tone: Tone) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"{}/>",
            place(x.0),
            place(y.0),
            place(x.1 - x.0),
            place(y.1 - y.0),
            place(radius),
            tone.attributes("fill")
        );
    }

    /// A mattress on a base, its upper side at `top`.
    pub(super) fn mattress(&mut self, x: Point, top: f64) {
        self.block(x, (top, top + 26.0), 9.0, Tone::Furniture);
        self.stroke(&through(&[(x.0 + 4.0, top + 33.0), (x.1 - 4.0, top + 33.0)]), 3.0, Tone::Far);
    }

    /// The floor or a mat.
    pub(super) fn floor(&mut self, x: Point, y: f64) {
        self.block(x, (y, y + 8.0), 4.0, Tone::Furniture);
    }

    /// An arrow along a bend, its head at the end.
    pub(super) fn arrow(&mut self, from: Point, over: Point, to: Point) {
        self.stroke(&bend(from, over, to), 3.0, Tone::Mark);
        let (dx, dy) = (to.0 - over.0, to.1 - over.1);
        let length = dx.hypot(dy).max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let wing = |side: f64| (to.0 - 9.0 * ux - side * 6.0 * uy, to.1 - 9.0 * uy + side * 6.0 * ux);
        self.stroke(&through(&[wing(1.0), to, wing(-1.0)]), 3.0, Tone::Mark);
    }

    /// A word at a place, held at its middle.
    pub(super) fn word(&mut self, at: Point, text: &str) {
        self.lettering(at, text, "middle", "");
    }

    /// A word that names what the drawing points at.
    pub(super) fn mark_word(&mut self, at: Point, text: &str) {
        self.lettering(at, text, "middle", " font-weight=\"600\"");
    }

    /// As [`Sheet::mark_word`], beginning at a place.
    pub(super) fn mark_word_from(&mut self, at: Point, text: &str) {
        self.lettering(at, text, "start", " font-weight=\"600\"");
    }

    /// A word that begins at a place.
    pub(super) fn word_from(&mut self, at: Point, text: &str) {
        self.lettering(at, text, "start", "");
    }

    fn lettering(&mut self, at: Point, text: &str, anchor: &str, weight: &str) {
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"14\" text-anchor=\"{anchor}\"{weight}>{}</text>",
            place(at.0),
            place(at.1),
            escaped(text)
        );
    }

    /// The drawing of that size, with its title and what it shows in words.
    pub(super) fn finish(self, size: (u32, u32), title: &str, description: &str) -> Drawing {
        let (width, height) = size;
        let (named, said) = (escaped(title), escaped(description));
        let element = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nm-figure nm-drawing\" role=\"img\" \
             aria-label=\"{named}. {said}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"system-ui, sans-serif\" fill=\"currentColor\">\
             <title>{named}</title><desc>{said}</desc>{}</svg>",
            self.body
        );
        Drawing { title: title.to_owned(), element, alternative: description.to_owned() }
    }
}

/// A path through points.
pub(super) fn through(points: &[Point]) -> String {
    let mut commands = String::new();
    for (x, y) in points {
        let _ =
            write!(commands, "{}{} {}", if commands.is_empty() { 'M' } else { 'L' }, place(*x), place(*y));
    }
    commands
}

/// A path from end to end, bent by a control point.
pub(super) fn bend(from: Point, over: Point, to: Point) -> String {
    let [a, b, c, d, e, f] = [from.0, from.1, over.0, over.1, to.0, to.1].map(place);
    format!("M{a} {b}Q{c} {d} {e} {f}")
}
