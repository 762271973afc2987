//! Shapes `import --json`: the account of every file.

use schemars::JsonSchema;
use serde::Serialize;

/// `nightmend.import/1`. In every file read = kept + known + superseded + unmapped + refused_total.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImportView {
    /// Always `nightmend.import/1`.
    pub schema: &'static str,
    /// Whether nothing was kept because it was only a trial run.
    pub dry_run: bool,
    /// The number of the act, for `undo`; absent where nothing was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<i64>,
    /// The people whose records were read.
    pub persons: Vec<String>,
    /// The files, in the order in which they were read.
    pub files: Vec<FileView>,
    /// Files that were passed over, and why: no importer knows them, or no map is meant for them.
    pub passed_over: Vec<PassedOverView>,
}

/// A file that was passed over.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PassedOverView {
    /// The file.
    pub path: String,
    /// Why.
    pub why: String,
}

/// The account of one file.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FileView {
    /// The file, as given; inside an archive `archive.zip/inner/path`.
    pub path: String,
    /// The format it was read as.
    pub format: String,
    /// Records read.
    pub read: u64,
    /// New facts.
    pub kept: u64,
    /// Records whose content was already held.
    pub known: u64,
    /// Records that replaced an earlier value, which stays in the history.
    pub superseded: u64,
    /// Values that no map names, kept as text.
    pub unmapped: u64,
    /// Records that could not be taken; at most 10,000 are listed, `refused_total` counts all.
    pub refused: Vec<RefusedView>,
    /// How many records could not be taken.
    pub refused_total: u64,
    /// Why nothing at all could be taken from the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What was decided while reading and what to look at.
    pub warnings: Vec<RefusedView>,
}

/// A place in a file and what is the matter with it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RefusedView {
    /// The record's place.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong and what to do.
    pub why: String,
}

impl FileView {
    /// Whether every record read stands in exactly one column.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.read == self.kept + self.known + self.superseded + self.unmapped + self.refused_total
    }
}
