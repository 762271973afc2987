//! Writes the elements of a drawing, with all text escaped and all numbers in one form.

use std::fmt::Write;

use crate::figure::number::place;

/// The colour of a viewer that knows no theme.
pub(crate) const SLEEP: &str = "#2b6cb0";
pub(crate) const PAIN: &str = "#b7472a";

/// Size of running text, CSS pixels.
pub(crate) const TEXT: f64 = 14.0;
/// Size of the numbers at a scale, CSS pixels.
pub(crate) const SMALL: f64 = 12.0;

/// What a shape is painted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Ink,
    Sleep,
    Pain,
    /// The colour of the page.
    Paper,
}

impl Paint {
    const fn colour(self) -> &'static str {
        match self {
            Self::Ink => "currentColor",
            Self::Sleep => SLEEP,
            Self::Pain => PAIN,
            Self::Paper => "#ffffff",
        }
    }

    const fn class(self, is_line: bool) -> &'static str {
        match (self, is_line) {
            (Self::Ink, _) => "",
            (Self::Sleep, false) => " class=\"nm-sleep\"",
            (Self::Pain, false) => " class=\"nm-pain\"",
            (Self::Sleep, true) => " class=\"nm-sleep-line\"",
            (Self::Pain, true) => " class=\"nm-pain-line\"",
            (Self::Paper, _) => " class=\"nm-paper\"",
        }
    }
}

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How strongly a text is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lettering {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) opacity: f64,
    pub(crate) anchor: Anchor,
}

impl Lettering {
    pub(crate) const LABEL: Self = Self { size: TEXT, bold: true, opacity: 1.0, anchor: Anchor::Start };
    pub(crate) const PLAIN: Self = Self { size: TEXT, bold: false, opacity: 1.0, anchor: Anchor::Start };
    pub(crate) const SCALE: Self = Self { size: SMALL, bold: false, opacity: 0.75, anchor: Anchor::Middle };

    pub(crate) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// A line to be stroked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) paint: Paint,
    pub(crate) width: f64,
    pub(crate) opacity: f64,
    pub(crate) dashed: bool,
}

impl Stroke {
    pub(crate) const GRID: Self = Self { paint: Paint::Ink, width: 1.0, opacity: 0.22, dashed: false };
    pub(crate) const AXIS: Self = Self { paint: Paint::Ink, width: 1.0, opacity: 0.6, dashed: false };

    pub(crate) const fn solid(paint: Paint, width: f64, opacity: f64) -> Self {
        Self { paint, width, opacity, dashed: false }
    }

    fn attributes(self) -> String {
        let Self { paint, width, opacity, dashed } = self;
        let dashes = if dashed { " stroke-dasharray=\"5 5\"" } else { "" };
        format!(
            "{} fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-opacity=\"{}\"{dashes}",
            paint.class(true),
            paint.colour(),
            place(width),
            place(opacity)
        )
    }
}

/// A drawing that grows by elements and is closed with its size.
#[derive(Default)]
pub(crate) struct Drawing {
    body: String,
}

impl Drawing {
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let _ = write!(
            self.body,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>",
            place(from.0),
            place(from.1),
            place(to.0),
            place(to.1),
            stroke.attributes()
        );
    }

    pub(crate) fn rectangle(&mut self, x: (f64, f64), y: (f64, f64), paint: Paint, opacity: f64) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{} fill=\"{}\" fill-opacity=\"{}\"/>",
            place(x.0),
            place(y.0),
            place((x.1 - x.0).max(0.0)),
            place((y.1 - y.0).max(0.0)),
            paint.class(false),
            paint.colour(),
            place(opacity)
        );
    }

    pub(crate) fn circle(&mut self, centre: (f64, f64), radius: f64, paint: Paint) {
        let _ = write!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{} fill=\"{}\"/>",
            place(centre.0),
            place(centre.1),
            place(radius),
            paint.class(false),
            paint.colour()
        );
    }

    pub(crate) fn polygon(&mut self, points: &[(f64, f64)], paint: Paint, opacity: f64) {
        let places: Vec<String> =
            points.iter().map(|point| format!("{},{}", place(point.0), place(point.1))).collect();
        let _ = write!(
            self.body,
            "<polygon points=\"{}\"{} fill=\"{}\" fill-opacity=\"{}\"/>",
            places.join(" "),
            paint.class(false),
            paint.colour(),
            place(opacity)
        );
    }

    /// A path of commands that the caller has put together with [`place`].
    pub(crate) fn path(&mut self, commands: &str, stroke: Stroke) {
        let _ = write!(self.body, "<path d=\"{commands}\"{}/>", stroke.attributes());
    }

    /// A filled path of commands that the caller has put together with [`place`].
    pub(crate) fn filled_path(&mut self, commands: &str, paint: Paint, opacity: f64) {
        let _ = write!(
            self.body,
            "<path d=\"{commands}\"{} fill=\"{}\" fill-opacity=\"{}\"/>",
            paint.class(false),
            paint.colour(),
            place(opacity)
        );
    }

    /// A box with round corners, in the colour of the page with an outline.
    pub(crate) fn outlined_box(&mut self, x: (f64, f64), y: (f64, f64), paint: Paint) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"{} fill=\"none\" stroke=\"{}\" \
             stroke-width=\"2\"/>",
            place(x.0),
            place(y.0),
            place(x.1 - x.0),
            place(y.1 - y.0),
            paint.class(true),
            paint.colour()
        );
    }

    pub(crate) fn text(&mut self, at: (f64, f64), text: &str, lettering: Lettering) {
        let Lettering { size, bold, opacity, anchor } = lettering;
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        let opacity =
            if opacity < 1.0 { format!(" fill-opacity=\"{}\"", place(opacity)) } else { String::new() };
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{weight}{opacity}>{}</text>",
            place(at.0),
            place(at.1),
            place(size),
            escaped(text)
        );
    }

    /// The whole element, for people who see it and for those who hear it.
    pub(crate) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        self.finish_with(width, height, title, description, "")
    }

    /// As [`Drawing::finish`], with attributes that the caller has put together of numbers and dates alone.
    pub(crate) fn finish_with(
        self,
        width: f64,
        height: f64,
        title: &str,
        description: &str,
        attributes: &str,
    ) -> String {
        let (width, height) = (place(width), place(height));
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nm-figure\"{attributes} role=\"img\" \
             aria-label=\"{title}. {description}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"system-ui, sans-serif\" fill=\"currentColor\">\
             <title>{title}</title><desc>{description}</desc>{}</svg>",
            self.body
        )
    }
}

/// Text that can stand in an element or an attribute; characters that XML does not know become blanks.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => safe.push(' '),
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

/// About how wide a text is; fonts differ, so room is left.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    0.56 * size * text.chars().count() as f64
}

/// The text broken at blanks so that no line is wider than `room`, a single long word apart.
pub(crate) fn lines_within(text: &str, room: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + 0.56 * size <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escaped("<a b=\"c\">&'\u{0}\u{8}"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;  ");
    }

    #[test]
    fn long_text_is_broken_at_blanks() {
        assert_eq!(lines_within("one two three", 8.0 * 0.56 * 10.0, 10.0), ["one two", "three"]);
        assert_eq!(lines_within("unbreakable", 1.0, 10.0), ["unbreakable"]);
        assert!(lines_within("  ", 10.0, 10.0).is_empty());
    }
}
