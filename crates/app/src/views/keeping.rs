//! Shapes the JSON of what keeps the store: history, undo, sources, people, maps, check-ins, erasing.

use schemars::JsonSchema;
use serde::Serialize;

use super::days::EntryView;
use super::nights::NightView;

/// `nightmend.history/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HistoryView {
    /// Always `nightmend.history/1`.
    pub schema: &'static str,
    /// Whose history.
    pub person: String,
    /// What was done, newest first.
    pub acts: Vec<ActView>,
}

/// One thing done to the store.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActView {
    /// Its number, for `undo`.
    pub act: i64,
    /// When (RFC 3339).
    pub when: String,
    /// What kind of act.
    pub kind: String,
    /// What it was, in words.
    pub what: String,
    /// Observations it added.
    pub observations: u64,
    /// Whether it was taken back.
    pub undone: bool,
}

/// `nightmend.undo/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UndoView {
    /// Always `nightmend.undo/1`.
    pub schema: &'static str,
    /// Whose act.
    pub person: String,
    /// What was taken back.
    pub undone: ActView,
}

/// `nightmend.sources/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SourcesView {
    /// Always `nightmend.sources/1`.
    pub schema: &'static str,
    /// Whose sources.
    pub person: String,
    /// The sources.
    pub sources: Vec<SourceView>,
    /// Orders that the person set.
    pub priorities: Vec<PriorityView>,
    /// Zones, in order of time.
    pub zones: Vec<ZoneView>,
    /// Usual middle of sleep, where set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual_mid_sleep: Option<String>,
}

/// One source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// First date it speaks of.
    pub from: String,
    /// Last date it speaks of.
    pub to: String,
    /// Sleeps it tells.
    pub sleeps: u64,
    /// Entries it tells.
    pub entries: u64,
}

/// An order of sources for one kind of fact.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PriorityView {
    /// `sleep` or `entry`.
    pub kind: &'static str,
    /// Most trusted first.
    pub order: Vec<String>,
}

/// A zone and its first date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ZoneView {
    /// First date; absent for "from the beginning".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// IANA name.
    pub zone: String,
}

/// `nightmend.persons/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PersonsView {
    /// Always `nightmend.persons/1`.
    pub schema: &'static str,
    /// The people in the store.
    pub persons: Vec<PersonView>,
}

/// One person of the store.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PersonView {
    /// Their name in the store.
    pub person: String,
}

/// `nightmend.map/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MapView {
    /// Always `nightmend.map/1`.
    pub schema: &'static str,
    /// The table.
    pub path: String,
    /// The proposed map, as TOML.
    pub map: String,
    /// Why each part was proposed.
    pub reasons: Vec<String>,
}

/// `nightmend.check-in/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SavedView {
    /// Always `nightmend.check-in/1`.
    pub schema: &'static str,
    /// Whose check-in.
    pub person: String,
    /// The date it speaks of.
    pub date: String,
    /// The number of the act, for `undo`; absent where all of it was said before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<i64>,
    /// The entries saved.
    pub entries: Vec<EntryView>,
    /// The night as it stands now, where the check-in told of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<NightView>,
    /// What looked unusual, in words.
    pub remarks: Vec<String>,
}

/// `nightmend.erase/1`: what was deleted, and the proof that it is gone.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EraseView {
    /// Always `nightmend.erase/1`.
    pub schema: &'static str,
    /// Whose records.
    pub persons: Vec<ErasedPersonView>,
    /// Files that are removed.
    pub files: Vec<String>,
    /// Rows that are still in the store: none.
    pub rows_left: u64,
    /// Files that were read byte by byte afterwards.
    pub files_read: Vec<String>,
    /// How many texts of the erased records were looked for in them.
    pub samples: usize,
    /// Those that were found: none.
    pub samples_left: Vec<String>,
    /// Whether nothing is left.
    pub holds: bool,
}

/// What was known of one person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErasedPersonView {
    /// Who.
    pub person: String,
    /// Observations, superseded and undone ones included.
    pub observations: u64,
    /// Acts that touched them.
    pub acts: u64,
    /// Changes of settings.
    pub settings: u64,
}
