//! Holds a grid of characters with inks, and writes it out.

use super::{Characters, Colour, Terminal};

/// What a character is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    Faint,
    Sleep,
    Pain,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "\x1b[0m",
            Self::Strong => "\x1b[0;1m",
            Self::Faint => "\x1b[0;2m",
            Self::Sleep => "\x1b[0;36m",
            Self::Pain => "\x1b[0;35m",
        }
    }
}

/// A grid as wide as the terminal that grows downwards.
pub(crate) struct Paper {
    terminal: Terminal,
    rows: Vec<Vec<(char, Ink)>>,
}

impl Paper {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self { terminal, rows: Vec::new() }
    }

    /// Adds an empty row and returns its number.
    pub(crate) fn row(&mut self) -> usize {
        self.rows.push(vec![(' ', Ink::Plain); self.terminal.width()]);
        self.rows.len() - 1
    }

    /// Puts one character; what lies outside the paper is lost.
    pub(crate) fn put(&mut self, row: usize, column: usize, character: char, ink: Ink) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *cell = (character, ink);
        }
    }

    /// Writes text from a column on; what does not fit ends in an ellipsis.
    pub(crate) fn write(&mut self, row: usize, column: usize, text: &str, ink: Ink) {
        let room = self.terminal.width().saturating_sub(column);
        for (offset, character) in fitted(text, room, self.terminal).chars().enumerate() {
            self.put(row, column + offset, character, ink);
        }
    }

    /// Writes text that ends before a column.
    pub(crate) fn write_before(&mut self, row: usize, column: usize, text: &str, ink: Ink) {
        let length = text.chars().count().min(column);
        self.write(row, column - length, text, ink);
    }

    pub(crate) fn is_free(&self, row: usize, columns: std::ops::Range<usize>) -> bool {
        self.rows[row].get(columns).is_some_and(|cells| cells.iter().all(|(character, _)| *character == ' '))
    }

    pub(crate) fn text(self) -> String {
        let mut text = String::new();
        for cells in &self.rows {
            let used = cells.iter().rposition(|(character, _)| *character != ' ').map_or(0, |last| last + 1);
            let mut ink = Ink::Plain;
            for (character, next) in &cells[..used] {
                if self.terminal.colour == Colour::Ansi && *next != ink && *character != ' ' {
                    text.push_str(next.code());
                    ink = *next;
                }
                text.push(*character);
            }
            if ink != Ink::Plain {
                text.push_str(Ink::Plain.code());
            }
            text.push('\n');
        }
        text
    }
}

/// `text` within `room` characters, without control characters; in ASCII where that is all there is.
pub(crate) fn fitted(text: &str, room: usize, terminal: Terminal) -> String {
    let shown = |character: char| match character {
        character if character.is_control() => ' ',
        '−' | '–' | '—' if terminal.characters == Characters::Ascii => '-',
        '→' if terminal.characters == Characters::Ascii => '>',
        character if terminal.characters == Characters::Ascii && !character.is_ascii() => '?',
        character => character,
    };
    let length = text.chars().count();
    if length <= room {
        return text.chars().map(shown).collect();
    }
    let ellipsis = terminal.pick('…', '~');
    text.chars().take(room.saturating_sub(1)).map(shown).chain(std::iter::once(ellipsis)).collect()
}
