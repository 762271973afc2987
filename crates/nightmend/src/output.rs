//! Writes data to standard output and everything else to standard error, in colour only where someone looks.

use std::borrow::Cow;
use std::io::{self, BufRead, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nightmend_domain::Progress;
use nightmend_report::figure::terminal::{Characters, Colour, Terminal};
use serde::Serialize;

use crate::args::ColorChoice;
use crate::failure::{Failure, Outcome};

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
        let unwanted = no_colour() || is_dumb();
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
        let characters = if ascii_only() { Characters::Ascii } else { Characters::Unicode };
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

fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal can do nothing but print.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb")
}

/// Whether the locale has plain letters only: C, POSIX, or an encoding other than UTF-8. No locale at all is taken for
/// UTF-8.
pub fn ascii_only() -> bool {
    let stated = |name: &&str| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(stated).is_some_and(|locale| is_plain_locale(&locale))
}

fn is_plain_locale(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    matches!(locale.as_str(), "c" | "posix") || (locale.contains('.') && !locale.contains("utf"))
}

/// `text` in the characters that the locale has: the typographic ones become plain letters, names stay as they are.
pub fn edge(text: &str) -> Cow<'_, str> {
    if ascii_only() { Cow::Owned(in_plain_letters(text)) } else { Cow::Borrowed(text) }
}

fn in_plain_letters(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '→' => plain.push_str("->"),
            '×' => plain.push('x'),
            '±' => plain.push_str("+-"),
            '·' => plain.push(';'),
            '–' | '—' | '−' | '─' => plain.push('-'),
            '━' => plain.push('='),
            '“' | '”' | '„' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '…' => plain.push_str("..."),
            '≤' => plain.push_str("<="),
            '≥' => plain.push_str(">="),
            '\u{a0}' | '\u{202f}' => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
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

/// Writes text for people to standard output.
pub fn text(text: &str) -> Outcome {
    verbatim(&edge(&harmless(text)))
}

/// `text` without the characters that steer a terminal, which a note or a file name may hold: only line breaks, tabs
/// and the colours of our own styles pass.
fn harmless(text: &str) -> Cow<'_, str> {
    let steers = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_colour = || {
            let rest = text[at..].strip_prefix("\x1b[");
            rest.is_some_and(|rest| {
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
            })
        };
        harmless.push(if steers(character) && !is_colour() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        });
    }
    Cow::Owned(harmless)
}

/// Writes text that a program may read to standard output, as it is.
pub fn verbatim(text: &str) -> Outcome {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Says something to whoever runs the command, on standard error.
pub fn say(message: &str) {
    eprintln!("{}", edge(&harmless(message)));
}

/// Warns on standard error.
pub fn warn(message: &str) {
    eprintln!("warning: {}", edge(&harmless(message)));
}

/// `1 record`, `2 records`: the count with its word.
pub fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Columns that a word takes: escape sequences take none.
fn columns(word: &str) -> usize {
    let mut columns = 0;
    let mut in_escape = false;
    for character in word.chars() {
        match character {
            '\x1b' => in_escape = true,
            'm' if in_escape => in_escape = false,
            _ if in_escape => {}
            _ => columns += 1,
        }
    }
    columns
}

/// A line break every `width` columns, at spaces, each further line indented.
pub fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.trim().is_empty() && columns(line) + 1 + columns(word) > width {
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

/// Set while a question waits for its answer.
static AT_PROMPT: AtomicBool = AtomicBool::new(false);

/// What is said where a question was left unanswered for good.
const STOPPED: &str = "stopped; nothing was saved";

/// Puts a question and waits for a line. Ctrl-C and the end of input stop the command: they are no answer.
pub fn asked(question: &str) -> Result<String, Failure> {
    eprint!("{}", edge(question));
    io::stderr().flush()?;
    let mut line = String::new();
    AT_PROMPT.store(true, Ordering::SeqCst);
    let read = if interrupted() { Ok(0) } else { io::stdin().lock().read_line(&mut line) };
    AT_PROMPT.store(false, Ordering::SeqCst);
    if read? == 0 {
        eprintln!();
        return Err(Failure::Failed(anyhow::anyhow!(STOPPED)));
    }
    Ok(line.trim().to_owned())
}

/// Asks a question that is answered with yes or no; anything but a yes is a no.
pub fn confirmed(question: &str) -> Result<bool, Failure> {
    let answer = asked(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Whether there is somebody to ask.
pub fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// Lets Ctrl-C stop long work at the next safe point.
pub fn listen_for_interrupts() {
    // Without a handler Ctrl-C ends the process at once, which loses nothing either: the store is transactional.
    let _ = ctrlc::set_handler(|| {
        if AT_PROMPT.load(Ordering::SeqCst) {
            // A reader of a line is not woken by the flag: at a prompt there is nothing to finish.
            eprintln!("\nnightmend: {STOPPED}");
            std::process::exit(1);
        }
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
    /// Whether the line may be cleared by an escape sequence; blanks do it otherwise.
    escapes: bool,
    last: Mutex<(String, u64)>,
}

impl TerminalProgress {
    /// Progress on standard error where that is a terminal.
    pub fn new() -> Self {
        Self {
            shown: io::stderr().is_terminal() && !is_dumb(),
            escapes: !no_colour(),
            last: Mutex::new((String::new(), u64::MAX)),
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if self.shown {
            self.write("");
        }
    }

    fn write(&self, line: &str) {
        /// A line is cut and padded to this, so that the next one covers it.
        const COLUMNS: usize = 78;
        let line: String = edge(line).chars().take(COLUMNS).collect();
        if self.escapes {
            eprint!("\r\x1b[K{line}");
        } else {
            eprint!("\r{line:COLUMNS$}\r{line}");
        }
    }
}

impl Progress for TerminalProgress {
    fn advance(&self, stage: &str, done: u64, total: u64) {
        if !self.shown {
            return;
        }
        let percent = done.saturating_mul(100).checked_div(total).map(|percent| percent.min(100));
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let step = percent.unwrap_or(0);
        if last.0 != stage || last.1 != step {
            let count = percent.map_or_else(|| done.to_string(), |percent| format!("{percent} %"));
            self.write(&format!("{stage} … {count}"));
            *last = (stage.to_owned(), step);
        }
    }

    fn cancelled(&self) -> bool {
        interrupted()
    }
}

#[cfg(test)]
mod tests {
    use super::{harmless, in_plain_letters, is_plain_locale, wrapped};

    #[test]
    fn a_note_cannot_steer_the_terminal_and_colours_stay() {
        assert_eq!(harmless("a\nb\tc"), "a\nb\tc");
        assert_eq!(harmless("\x1b[1mbold\x1b[0m \x1b[38;5;12mblue"), "\x1b[1mbold\x1b[0m \x1b[38;5;12mblue");
        assert_eq!(
            harmless("\x1b]0;title\x07 \x1b[2J \u{9b}2J \r"),
            "\u{fffd}]0;title\u{fffd} \u{fffd}[2J \u{fffd}2J \u{fffd}"
        );
    }

    #[test]
    fn lines_break_at_spaces_and_are_indented() {
        assert_eq!(wrapped("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrapped("", 8, "  "), "");
        assert_eq!(wrapped("\x1b[2mone two\x1b[0m three", 8, ""), "\x1b[2mone two\x1b[0m\nthree");
    }

    #[test]
    fn a_locale_without_these_characters_gets_plain_letters_and_names_are_kept() {
        for plain in ["C", "POSIX", "en_GB.ISO-8859-1"] {
            assert!(is_plain_locale(plain), "{plain}");
        }
        for rich in ["C.UTF-8", "en_GB.utf8", "en_GB"] {
            assert!(!is_plain_locale(rich), "{rich}");
        }
        assert_eq!(in_plain_letters("“é” → 0–3 × −1 · …"), "\"é\" -> 0-3 x -1 ; ...");
    }
}
