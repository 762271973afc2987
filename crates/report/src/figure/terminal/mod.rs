//! Draws figures in characters, for terminals from 40 to 120 columns, in colour only where asked.

mod curve;
mod intervals;
mod nights;
mod paper;
mod small;

pub use curve::curve;
pub use intervals::intervals;
pub use nights::nights;
pub use small::{share_bar, sparkline};

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns; held within 40 to 120.
    pub columns: usize,
    /// Which characters it has.
    pub characters: Characters,
    /// Whether it shows colour.
    pub colour: Colour,
}

/// Which characters a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// Lines and blocks.
    Unicode,
    /// The 95 printable characters of ASCII.
    Ascii,
}

/// Whether colour may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// No escape sequence is written at all.
    None,
    /// ANSI colours.
    Ansi,
}

/// A picture in characters, and the same in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFigure {
    /// The lines, each ended by a line break and without blanks at its end.
    pub picture: String,
    /// One sentence that says what the picture shows.
    pub alternative: String,
}

impl Terminal {
    /// Unicode without colour in that many columns.
    #[must_use]
    pub const fn plain(columns: usize) -> Self {
        Self { columns, characters: Characters::Unicode, colour: Colour::None }
    }

    pub(crate) fn width(self) -> usize {
        self.columns.clamp(40, 120)
    }

    pub(crate) const fn minus(self) -> &'static str {
        match self.characters {
            Characters::Unicode => "−",
            Characters::Ascii => "-",
        }
    }

    /// A sentence in the characters that the terminal has.
    pub(crate) fn words(self, sentence: String) -> String {
        paper::fitted(&sentence, usize::MAX, self)
    }

    /// The one or the other character.
    pub(crate) const fn pick(self, unicode: char, ascii: char) -> char {
        match self.characters {
            Characters::Unicode => unicode,
            Characters::Ascii => ascii,
        }
    }
}
