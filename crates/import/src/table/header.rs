//! Finds the header of a table and the places of its columns.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::map::TableMap;
use crate::importer::ReadError;
use crate::rows::{Rows, guess_delimiter};

/// The names of the columns, trimmed; a name that stands twice gets a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub names: Vec<String>,
    /// The cells as they were read, for passing over a header that is repeated further down.
    pub as_read: Vec<String>,
}

impl Header {
    /// A header from its cells.
    pub(super) fn new(cells: Vec<String>) -> Self {
        let mut names: Vec<String> = Vec::with_capacity(cells.len());
        // A line of nothing but delimiters makes half a million names, too many to look through for each.
        let mut taken: HashSet<String> = HashSet::with_capacity(cells.len());
        let mut next_numbers: HashMap<String, usize> = HashMap::new();
        for (index, cell) in cells.iter().enumerate() {
            let name = on_one_line(cell);
            let base = if name.is_empty() { format!("column {}", index + 1) } else { name };
            let mut unique = base.clone();
            while !taken.insert(unique.clone()) {
                let number = next_numbers.entry(base.clone()).or_insert(2);
                unique = format!("{base} ({number})");
                *number += 1;
            }
            names.push(unique);
        }
        Self { names, as_read: cells.iter().map(|cell| cell.trim().to_owned()).collect() }
    }

    /// Where a column stands: by its exact name, else without regard to case.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let name = name.trim();
        self.names
            .iter()
            .position(|other| other == name)
            .or_else(|| self.names.iter().position(|other| other.to_lowercase() == name.to_lowercase()))
    }

    /// The columns that the map needs and the table does not have.
    pub(super) fn lacking(&self, map: &TableMap) -> Vec<String> {
        let mut lacking: Vec<String> = map
            .required_columns()
            .into_iter()
            .chain(
                map.columns
                    .iter()
                    .filter(|tracked| !tracked.optional)
                    // A thing that was renamed needs one of its names only; a group needs all of them.
                    .flat_map(|tracked| {
                        let renamed = tracked.tracker.is_some() || tracked.names.len() == 1;
                        if renamed && tracked.names.iter().any(|name| self.position(name).is_some()) {
                            Vec::new()
                        } else if renamed {
                            tracked.names[..1].to_vec()
                        } else {
                            tracked.names.clone()
                        }
                    }),
            )
            .filter(|name| self.position(name).is_none())
            .collect();
        lacking.dedup();
        lacking
    }
}

/// A name without line breaks and other control characters, which spreadsheets allow in a header.
fn on_one_line(name: &str) -> String {
    let parts = name.split(|letter: char| letter.is_whitespace() || letter.is_control());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The rows of a table after the lines that the map passes over.
pub(super) fn rows<'a>(input: &'a mut dyn Read, map: &TableMap) -> Rows<'a> {
    Rows::new(input, map.file.delimiter.unwrap_or(','), map.file.comment.clone())
}

/// Reads up to the header, and settles the delimiter where the map leaves it open.
pub(super) fn read(rows: &mut Rows<'_>, map: &TableMap) -> Result<Header, ReadError> {
    let unreadable = |source| ReadError::Unreadable { source };
    let mut any = false;
    for _ in 0..map.file.skip_lines {
        if rows.next_line().map_err(unreadable)?.is_none() {
            break;
        }
        any = true;
    }
    if map.file.delimiter.is_none() {
        rows.delimiter = delimiter_ahead(rows)?;
    }
    if let Some(names) = &map.file.header {
        return Ok(Header::new(names.clone()));
    }
    match rows.next_row().map_err(unreadable)? {
        Some(row) => match row.cells {
            Ok(cells) => Ok(Header::new(cells)),
            Err(reason) => {
                Err(ReadError::NothingUsable { reason: format!("the header cannot be read: {reason}") })
            }
        },
        None if any => Err(ReadError::NothingUsable {
            reason: "the table holds no header; check skip_lines in the map, or export the file again"
                .to_owned(),
        }),
        None => Err(ReadError::Empty),
    }
}

/// Guesses the delimiter by the next lines, which stay to be read.
pub(super) fn delimiter_ahead(rows: &mut Rows<'_>) -> Result<char, ReadError> {
    let mut ahead = Vec::new();
    while ahead.len() < 30 {
        match rows.next_line().map_err(|source| ReadError::Unreadable { source })? {
            Some(line) => ahead.push(line),
            None => break,
        }
    }
    let texts: Vec<&str> = ahead
        .iter()
        .filter_map(|line| line.content.as_deref().ok())
        .filter(|text| !text.trim().is_empty())
        .collect();
    let delimiter = guess_delimiter(&texts);
    for line in ahead.into_iter().rev() {
        rows.put_back(line);
    }
    Ok(delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_made_different() {
        let header = Header::new(vec![
            " date ".into(),
            "pain".into(),
            String::new(),
            "pain".into(),
            "back\npain".into(),
        ]);
        assert_eq!(header.names, ["date", "pain", "column 3", "pain (2)", "back pain"]);
        assert_eq!(header.position("Pain"), Some(1));
        assert_eq!(header.position("sleep"), None);
        let header = Header::new(["a", "a (2)", "a", "a"].map(str::to_owned).to_vec());
        assert_eq!(header.names, ["a", "a (2)", "a (3)", "a (4)"]);
        for name in ["", "same"] {
            assert_eq!(Header::new(vec![name.to_owned(); 300_000]).names.len(), 300_000);
        }
    }
}
