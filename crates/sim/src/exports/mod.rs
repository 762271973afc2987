//! Writes simulated records as the files that a person could have in hand.

pub mod diary_csv;
pub mod fitbit;
pub mod tables;

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path inside the export, with `/` between folders.
    pub path: String,
    /// The source that its facts are to be filed under; always says that it is simulated.
    pub source: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A cell that may be empty: what is not known is written as nothing, never as zero.
fn cell<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
