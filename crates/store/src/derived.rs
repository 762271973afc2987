//! Keeps derived results for speed; they may be dropped at any time and are rebuilt identically.

use rusqlite::{OptionalExtension, params};

use crate::error::{Failure, StoreError};
use crate::open::Store;

/// Results kept of one algorithm; older ones make room.
const KEPT_PER_ALGORITHM: i64 = 24;

/// What a derived result follows from, and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerivedKey<'text> {
    /// The observations it was made from, e.g. [`Store::inputs_hash`].
    pub inputs_hash: [u8; 32],
    /// The algorithm's name.
    pub algorithm: &'text str,
    /// The algorithm's version.
    pub version: &'text str,
    /// The settings it was made with (seed included).
    pub settings_hash: [u8; 32],
}

impl Store {
    /// The bytes kept under a key, if any.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn derived(&self, key: &DerivedKey<'_>) -> Result<Option<Vec<u8>>, StoreError> {
        let DerivedKey { inputs_hash, algorithm, version, settings_hash } = key;
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT bytes FROM derived
                     WHERE inputs_hash = ?1 AND algorithm = ?2 AND version = ?3 AND settings_hash = ?4",
                )?
                .query_row(params![inputs_hash, algorithm, version, settings_hash], |row| row.get(0))
                .optional()
                .map_err(Failure::from)
        })
    }

    /// Keeps bytes under a key, and drops the oldest ones of the same algorithm beyond 24.
    ///
    /// # Errors
    /// A store that cannot be written to; the caller can go on without.
    pub fn put_derived(&mut self, key: &DerivedKey<'_>, bytes: &[u8]) -> Result<(), StoreError> {
        let DerivedKey { inputs_hash, algorithm, version, settings_hash } = key;
        self.write(|connection| {
            connection.execute(
                "INSERT OR REPLACE INTO derived (inputs_hash, algorithm, version, settings_hash, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![inputs_hash, algorithm, version, settings_hash, bytes],
            )?;
            connection.execute(
                "DELETE FROM derived WHERE algorithm = ?1 AND id NOT IN
                 (SELECT id FROM derived WHERE algorithm = ?1 ORDER BY id DESC LIMIT ?2)",
                params![algorithm, KEPT_PER_ALGORITHM],
            )?;
            Ok(())
        })
    }

    /// Drops every derived result.
    ///
    /// # Errors
    /// A store that cannot be written to.
    pub fn drop_derived(&mut self) -> Result<(), StoreError> {
        self.write(|connection| {
            connection.execute("DELETE FROM derived", [])?;
            Ok(())
        })
    }
}
