//! Keeps observations for good in SQLite, and lets none be lost.
//!
//! One folder is one store: `nightmend.db` and, while in use, SQLite's two files beside it. What is written is
//! never edited: a correction is a newer observation of the same key, an undo is a further act. A write is on the
//! disk when its function returns (write-ahead log, `synchronous = FULL`), and an import is one act: it is there
//! as a whole or not at all. Two processes may use one store at once. The store never looks at a clock: the
//! caller passes the time.
//!
//! ```
//! use nightmend_domain::{Fact, Observation, PersonName, Provenance, RecordKey, SourceName, trackers};
//! use nightmend_store::Store;
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("store");
//! let mut store = Store::open(&folder)?;
//! let me = PersonName::new("me")?;
//! let pain = Observation {
//!     key: RecordKey::new("2024-05-01/waking/back pain")?,
//!     date: "2024-05-01".parse()?,
//!     at: None,
//!     fact: Fact::Entry(trackers::PAIN_WAKING.number(4.0)?),
//!     provenance: Provenance { source: SourceName::new("check-in")?, place: String::new() },
//! };
//! let when = "2024-05-01T07:00:00Z".parse()?;
//! let receipt = store.append_check_in(&me, std::slice::from_ref(&pain), when)?;
//! assert_eq!(receipt.counts.kept, 1);
//! assert_eq!(store.current(&me, ..)?, [pain]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acts;
mod append;
mod backup;
mod content;
mod current;
mod derived;
mod erase;
mod error;
mod export;
mod export_twins;
mod files;
mod import_session;
mod migrate;
mod open;
mod revision;
mod rows;
mod segments;
mod settings;
mod sleep_rows;
mod sources;
mod standing;
mod words;

pub use acts::{Act, ActId, ActKind, ImportedFile, Undone};
pub use append::{Counts, Outcome, Receipt, Sending};
pub use backup::{BackupMade, Overwrite, Restored};
pub use current::{Status, Version};
pub use derived::DerivedKey;
pub use erase::{ErasePreview, EraseScope, ErasureProof, PersonCounts};
pub use error::StoreError;
pub use export::{EXPORT_FILES, ExportMade};
pub use import_session::{FileCounts, ImportDescription, ImportReceipt, ImportSession};
pub use open::Store;
pub use revision::Revision;
pub use sources::SourceSummary;
