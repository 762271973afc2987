//! Writes data to standard output and everything else to standard error, in colour only where someone looks.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nightmend_domain::Progress;
use nightmend_report::figure::terminal::{Characters, Colour, Terminal};
use serde::Serialize;

use crate::args::ColorChoice;
use crate::failure::Outcome;

/// How to write for whoever reads.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colour may be used.
    pub colour: bool,
    /// Columns that a line may take.
    pub width: usize,
}

impl Style {
    /// The style for standard output, as asked for and as the terminal is.
    pub fn of_stdout(choice: ColorChoice) -> Self {
        let terminal = io::stdout().is_terminal();
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !unwanted,
        };
        let stated = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let columns =
            stated.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
        Self { colour, width: columns.unwrap_or(80).clamp(60, 120) }
    }

    /// What figures may use.
    pub fn terminal(self) -> Terminal {
        let colour = if self.colour { Colour::Ansi } else { Colour::None };
        // A locale that names another encoding than UTF-8 gets plain letters; none at all is taken for UTF-8.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok());
        let plain = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            !locale.is_empty() && locale.contains('.') && !locale.contains("utf")
        });
        let characters = if plain { Characters::Ascii } else { Characters::Unicode };
        Terminal { columns: self.width, characters, colour }
    }

    /// `text` in bold, where colour is used.
    pub fn bold(self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `text` held back, where colour is used.
    pub fn dim(self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Standard output, buffered.
pub fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Writes one JSON document to standard output.
pub fn json(document: &impl Serialize) -> Outcome {
    let mut out = stdout();
    serde_json::to_writer_pretty(&mut out, document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Writes text to standard output.
pub fn text(text: &str) -> Outcome {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Says something to whoever runs the command, on standard error.
pub fn say(message: &str) {
    eprintln!("{message}");
}

/// Warns on standard error.
pub fn warn(message: &str) {
    eprintln!("warning: {message}");
}

/// A line break every `width` columns, at spaces, each further line indented.
pub fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{indent}{word}"));
        } else {
            if !line.trim().is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Set when the person pressed Ctrl-C.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C stop long work at the next safe point.
pub fn listen_for_interrupts() {
    // Without a handler Ctrl-C ends the process at once, which loses nothing either: the store is transactional.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
}

/// Whether the person asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Shows progress as one line on a terminal, and nothing elsewhere.
pub struct TerminalProgress {
    shown: bool,
    last: Mutex<(String, u64)>,
}

impl TerminalProgress {
    /// Progress on standard error where that is a terminal.
    pub fn new() -> Self {
        Self { shown: io::stderr().is_terminal(), last: Mutex::new((String::new(), u64::MAX)) }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}

impl Progress for TerminalProgress {
    fn advance(&self, stage: &str, done: u64, total: u64) {
        if !self.shown {
            return;
        }
        let percent = if total == 0 { 0 } else { (100 * done / total).min(100) };
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.0 != stage || last.1 != percent {
            let count = if total == 0 { format!("{done}") } else { format!("{percent} %") };
            eprint!("\r\x1b[K{stage} … {count}");
            *last = (stage.to_owned(), percent);
        }
    }

    fn cancelled(&self) -> bool {
        interrupted()
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_break_at_spaces_and_are_indented() {
        assert_eq!(wrapped("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrapped("", 8, "  "), "");
    }
}
