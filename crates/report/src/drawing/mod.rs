//! Holds our own drawings for the guides: positions with their pillows, the mattress check, the stretches, the pacer.
//!
//! They are drawn by us, from strokes, and take the colours of the page's theme as figures do
//! (`figure::svg::STYLE`). Each has a title and says in words what it shows. No `id`, no style, no
//! script and no outside reference, so that a strict content policy allows them.

mod bed;
mod breathing;
mod day;
mod pen;
mod positions;
mod stretches;

pub use breathing::{PACER_STYLE, pacer};

use crate::figure::svg::STYLE;

/// A drawing, and the same in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// What it shows, as a heading.
    pub title: String,
    /// The `<svg>` element, to be put into a page that carries the style of figures.
    pub element: String,
    /// What it shows, in a sentence; it stands in the element too.
    pub alternative: String,
}

impl Drawing {
    /// The drawing as a file of its own; it follows the theme of whoever looks.
    #[must_use]
    pub fn standalone(&self) -> String {
        const COLOURS: &str = ".nm-figure{--nightmend-ink:#1c1e21;--nightmend-paper:#ffffff;background:var(--nightmend-paper)}\
            @media (prefers-color-scheme:dark){.nm-figure{--nightmend-ink:#e6dfd3;--nightmend-paper:#000000;\
            --nightmend-sleep:#7fb2e5;--nightmend-pain:#f0916f}}";
        let inside = self.element.find('>').map_or(0, |end| end + 1);
        let (start, rest) = self.element.split_at(inside);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{start}\n<style>{STYLE}{COLOURS}</style>{rest}\n"
        )
    }
}

/// How a drawing is made.
type Draw = fn() -> Drawing;

/// Every drawing with its word.
const DRAWINGS: &[(&str, Draw)] = &[
    ("back_knees", positions::back_knees),
    ("side_knees", positions::side_knees),
    ("stomach_pelvis", positions::stomach_pelvis),
    ("mattress_sag", bed::mattress_sag),
    ("mattress_firmness", bed::mattress_firmness),
    ("pillow_height", bed::pillow_height),
    ("knee_to_chest", stretches::knee_to_chest),
    ("knee_roll", stretches::knee_roll),
    ("figure_four", stretches::figure_four),
    ("cat_cow", stretches::cat_cow),
    ("child_pose", stretches::child_pose),
    ("breathing", breathing::breathing),
    ("screens_off", day::screens_off),
    ("walk", day::walk),
    ("swim", day::swim),
    ("rise_time", day::rise_time),
    ("sleep_window", day::sleep_window),
    ("appointment", day::appointment),
];

/// The words of all drawings.
pub fn words() -> impl Iterator<Item = &'static str> {
    DRAWINGS.iter().map(|(word, _)| *word)
}

/// The drawing of a word.
#[must_use]
pub fn drawing(word: &str) -> Option<Drawing> {
    DRAWINGS.iter().find(|(own, _)| *own == word).map(|(_, draw)| draw())
}
