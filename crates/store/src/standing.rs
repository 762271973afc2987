//! Tells which observations stand after undoing, and which of several with one key is the newest.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::Connection;

use crate::content::ContentHash;
use crate::error::Inner;

/// Which acts are undone, and what other acts told of the observations of those.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    undone: HashSet<i64>,
    /// Of each person the runs of observations that an act in force met again.
    sighted: BTreeMap<i64, Vec<(i64, i64)>>,
}

impl Standing {
    /// Reads what is undone.
    pub(crate) fn load(connection: &Connection) -> Inner<Self> {
        let mut standing = Self::default();
        let mut statement = connection.prepare_cached("SELECT id FROM act WHERE undone_by IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            standing.undone.insert(row.get(0)?);
        }
        if standing.undone.is_empty() {
            return Ok(standing);
        }
        let mut statement = connection.prepare_cached(
            "SELECT s.person, s.first, s.last FROM sighting s JOIN act a ON a.id = s.act
             WHERE a.undone_by IS NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            standing.sighted.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
        }
        Ok(standing)
    }

    /// Whether an observation stands: the act that brought it, or one that met it again, is in force.
    pub(crate) fn stands(&self, person: i64, act: i64, observation: i64) -> bool {
        !self.undone.contains(&act)
            || self
                .sighted
                .get(&person)
                .is_some_and(|runs| runs.iter().any(|(first, last)| (*first..=*last).contains(&observation)))
    }
}

/// When an observation came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'place> {
    pub(crate) act: i64,
    pub(crate) file: Option<i64>,
    pub(crate) place: &'place str,
    pub(crate) hash: ContentHash,
}

/// Puts observations of one key in order of arrival.
///
/// A later act is newer. Within one act it is the place in the files that counts and not the order of appending,
/// so that the answer does not depend on the order in which a folder is walked: the later file by its path, then
/// the later place (of what is repeated its last place); where even the place is the same, the contents decide.
pub(crate) struct Order<'connection> {
    connection: &'connection Connection,
    paths: RefCell<HashMap<i64, String>>,
}

impl<'connection> Order<'connection> {
    pub(crate) fn new(connection: &'connection Connection) -> Self {
        Self { connection, paths: RefCell::default() }
    }

    /// Which of two came first.
    pub(crate) fn compare(&self, left: Arrival<'_>, right: Arrival<'_>) -> Inner<Ordering> {
        let by_act = left.act.cmp(&right.act);
        if by_act.is_ne() {
            return Ok(by_act);
        }
        let by_file = if left.file == right.file {
            Ordering::Equal
        } else {
            natural(&self.path(left.file)?, &self.path(right.file)?)
        };
        Ok(by_file.then_with(|| natural(left.place, right.place)).then_with(|| left.hash.cmp(&right.hash)))
    }

    fn path(&self, file: Option<i64>) -> Inner<String> {
        let Some(file) = file else { return Ok(String::new()) };
        if let Some(path) = self.paths.borrow().get(&file) {
            return Ok(path.clone());
        }
        let path: String = self
            .connection
            .prepare_cached("SELECT path FROM import_file WHERE id = ?1")?
            .query_row([file], |row| row.get(0))?;
        self.paths.borrow_mut().insert(file, path.clone());
        Ok(path)
    }
}

/// Compares texts with their numbers as numbers: `line 9` is before `line 12`.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        let (left_part, right_part) = (next_part(&mut left_rest), next_part(&mut right_rest));
        if left_part.is_empty() && right_part.is_empty() {
            // `line 1` and `line 01` are the same number; they must still have an order.
            return left.cmp(right);
        }
        let is_number = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
        let order = if is_number(left_part) && is_number(right_part) {
            let (left, right) = (left_part.trim_start_matches('0'), right_part.trim_start_matches('0'));
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        } else {
            left_part.cmp(right_part)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the run of digits, or of anything else, that a text begins with.
fn next_part<'text>(text: &mut &'text str) -> &'text str {
    let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let end = text.find(|next: char| next.is_ascii_digit() != starts_with_digit).unwrap_or(text.len());
    let (part, rest) = text.split_at(end);
    *text = rest;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(natural("line 9", "line 12"), Ordering::Less);
        assert_eq!(natural("record 3, row 2", "record 3, row 10"), Ordering::Less);
        assert_eq!(natural("b/line 1", "a/line 2"), Ordering::Greater);
        assert_eq!(natural("line 1", "line 1"), Ordering::Equal);
        assert_eq!(natural("line 01", "line 1"), Ordering::Less);
        assert_eq!(natural("", "line 1"), Ordering::Less);
        let huge = "9".repeat(60);
        assert_eq!(natural(&huge, "10"), Ordering::Greater);
    }
}
