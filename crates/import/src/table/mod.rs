//! Reads any table by a map, and proposes a map for a table that it has not seen before.

use std::io::Read;

use thiserror::Error;

use crate::importer::{Account, ImportSettings, Item, ReadError};

/// What a person says about a table: where its dates, its persons and its values stand and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct TableMap {}

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct MapError {
    /// What is wrong, on which line, and what to do.
    pub message: String,
}

impl TableMap {
    /// A map from its TOML text.
    ///
    /// # Errors
    /// What is wrong, with its line and what to do.
    pub fn parse(_text: &str) -> Result<Self, MapError> {
        Ok(Self {})
    }
}

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

pub(crate) fn read(
    _: &mut dyn Read,
    _: &TableMap,
    _: &ImportSettings,
    _: &mut dyn FnMut(Item),
) -> Result<Account, ReadError> {
    Err(ReadError::NeedsMap)
}
