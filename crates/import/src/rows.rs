//! Splits lines of text into the cells of a table, with quotation marks and their defects.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::text::{Line, Lines};

/// Most lines that one quoted cell may run over; beyond it the mark is taken for one that was never closed.
const QUOTED_LINES: usize = 1_000;
/// Most bytes that one row may hold.
const ROW_LIMIT: usize = 1 << 20;

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The number of its first line in the file, from 1.
    pub line: u64,
    /// Its cells as written, or why it cannot be used.
    pub cells: Result<Vec<String>, &'static str>,
    /// Whether a line of it was not UTF-8.
    pub recoded: bool,
}

/// The rows of a table, one after the other; blank lines are passed over.
pub(crate) struct Rows<'a> {
    lines: Lines<'a>,
    /// Lines that were read ahead in search of a closing mark, and are to be read as rows after all.
    ahead: VecDeque<Line>,
    /// What stands between cells.
    pub(crate) delimiter: char,
    /// What a line to be passed over begins with.
    pub(crate) comment: Option<String>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(input: &'a mut dyn Read, delimiter: char, comment: Option<String>) -> Self {
        Self { lines: Lines::new(input), ahead: VecDeque::new(), delimiter, comment }
    }

    /// The next line as it is, without splitting it.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    /// Puts a line back in front.
    pub(crate) fn put_back(&mut self, line: Line) {
        self.ahead.push_front(line);
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// What the system says when bytes cannot be had.
    pub(crate) fn next_row(&mut self) -> io::Result<Option<Row>> {
        while let Some(line) = self.next_line()? {
            let Line { number, content, recoded } = line;
            match content {
                Err(defect) => return Ok(Some(Row { line: number, cells: Err(defect.reason()), recoded })),
                Ok(text) if text.trim().is_empty() || self.is_comment(&text) => {}
                Ok(text) => return self.row_from(number, text, recoded).map(Some),
            }
        }
        Ok(None)
    }

    fn is_comment(&self, text: &str) -> bool {
        self.comment.as_ref().is_some_and(|mark| {
            let text = text.trim_start();
            text.starts_with(mark.as_str()) || text.trim_start_matches('"').starts_with(mark.as_str())
        })
    }

    fn row_from(&mut self, number: u64, first: String, mut recoded: bool) -> io::Result<Row> {
        if let Some(cells) = split(&first, self.delimiter) {
            return Ok(Row { line: number, cells: Ok(cells), recoded });
        }
        let mut joined = first;
        let mut taken: Vec<Line> = Vec::new();
        while taken.len() < QUOTED_LINES && joined.len() < ROW_LIMIT {
            let Some(line) = self.next_line()? else { break };
            let Ok(text) = &line.content else {
                taken.push(line);
                break;
            };
            joined.push('\n');
            joined.push_str(text);
            recoded |= line.recoded;
            let closes = text.contains('"');
            taken.push(line);
            if closes && let Some(cells) = split(&joined, self.delimiter) {
                return Ok(Row { line: number, cells: Ok(cells), recoded });
            }
        }
        for line in taken.into_iter().rev() {
            self.ahead.push_front(line);
        }
        let reason = "a quotation mark in this line is never closed; close it or take it out";
        Ok(Row { line: number, cells: Err(reason), recoded })
    }
}

/// The cells of one row, or `None` where a quotation mark is still open at its end.
///
/// A cell is quoted where its first character that is not blank is a mark; a doubled mark inside is one mark.
pub(crate) fn split(text: &str, delimiter: char) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            match letter {
                '"' if letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                '"' => quoted = false,
                _ => cell.push(letter),
            }
        } else if letter == delimiter {
            cells.push(std::mem::take(&mut cell));
        } else if letter == '"' && cell.trim().is_empty() {
            cell.clear();
            quoted = true;
        } else {
            cell.push(letter);
        }
    }
    cells.push(cell);
    (!quoted).then_some(cells)
}

/// The delimiter that gives the steadiest number of cells over the first lines, and at least two.
///
/// Comma, semicolon, tab and bar are tried; a comma where none fits.
pub(crate) fn guess_delimiter(lines: &[&str]) -> char {
    let mut best = (0, ',');
    for delimiter in [',', ';', '\t', '|'] {
        let counts: Vec<usize> =
            lines.iter().filter_map(|line| split(line, delimiter)).map(|cells| cells.len()).collect();
        let steady = |count: usize| count * counts.iter().filter(|&&other| other == count).count();
        let score = counts.iter().filter(|&&count| count > 1).map(|&count| steady(count)).max().unwrap_or(0);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        let mut bytes = text.as_bytes();
        let mut rows = Rows::new(&mut bytes, ',', Some("#".into()));
        std::iter::from_fn(|| rows.next_row().unwrap()).collect()
    }

    #[test]
    fn quoted_cells_may_hold_delimiters_marks_and_line_breaks() {
        let found = rows("# a comment\na, \"b,c\" ,\"d\"\"e\"\n\n1,\"two\nlines\",3\nlast,,\n");
        let cells: Vec<_> = found.iter().map(|row| (row.line, row.cells.clone().unwrap())).collect();
        assert_eq!(cells[0], (2, vec!["a".into(), "b,c ".into(), "d\"e".into()]));
        assert_eq!(cells[1], (4, vec!["1".into(), "two\nlines".into(), "3".into()]));
        assert_eq!(cells[2], (6, vec!["last".into(), String::new(), String::new()]));
    }

    #[test]
    fn a_mark_that_is_never_closed_costs_its_own_line_only() {
        let found = rows("a,b\n1,\"oops\n2,3\n4,5\n");
        assert_eq!(found.len(), 4);
        assert!(found[1].cells.is_err());
        assert_eq!(found[2].cells.as_ref().unwrap(), &["2", "3"]);
        assert_eq!(found[3].line, 4);
    }

    #[test]
    fn delimiters_are_guessed_from_what_is_steady() {
        assert_eq!(guess_delimiter(&["a;b;c", "1,5;2;3", "1,7;2;3"]), ';');
        assert_eq!(guess_delimiter(&["a\tb", "1\t2"]), '\t');
        assert_eq!(guess_delimiter(&["alone"]), ',');
    }

    proptest::proptest! {
        #[test]
        fn splitting_agrees_with_the_csv_crate(cells in proptest::collection::vec("[ab,\" é]{0,4}", 1..6)) {
            // A cell that begins with a blank and a mark reads differently there, so blanks are trimmed first.
            let cells: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            proptest::prop_assert_eq!(split(text.trim_end_matches('\n'), ',').unwrap(), cells);
        }
    }
}
