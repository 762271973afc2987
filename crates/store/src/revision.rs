//! Tells in one cheap look whether anything was written since an earlier look.

use crate::error::StoreError;
use crate::files;
use crate::open::Store;

/// The state of a store: equal as long as nothing was written, by this process or another.
///
/// Every write of records or settings is an act, so the acts tell; the file tells of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision {
    file: Option<(u64, u64)>,
    last_act: i64,
    acts: i64,
}

impl Store {
    /// The present state, for caches: what was derived at an equal revision still holds.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn revision(&self) -> Result<Revision, StoreError> {
        self.read(|connection| {
            let (last_act, acts) = connection
                .prepare_cached("SELECT coalesce(max(id), 0), count(*) FROM act")?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Revision { file: files::identity(&self.file), last_act, acts })
        })
    }

    /// Gives back the memory that reading took, as far as SQLite can do without it: for a store that is kept open idle.
    pub fn release_memory(&self) {
        // It is only a wish: where it is not granted, nothing is lost but the memory.
        let _ = self.connection.execute_batch("PRAGMA shrink_memory");
    }

    /// Whether another file stands in the place of the one that was opened (after a restore or an erasure): then the
    /// store has to be opened again.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.identity.is_some() && files::identity(&self.file) != self.identity
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::time;
    use nightmend_domain::PersonName;

    use super::*;

    #[test]
    fn every_write_of_any_process_changes_it_and_reading_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let here = Store::open(folder.path()).unwrap();
        let mut elsewhere = Store::open(folder.path()).unwrap();
        let me = PersonName::new("me").unwrap();
        let first = here.revision().unwrap();
        here.current(&me, ..).unwrap();
        assert_eq!(here.revision().unwrap(), first);
        elsewhere.set_usual_mid_sleep(&me, Some(time(3, 0, 0, 0)), Timestamp::UNIX_EPOCH).unwrap();
        let second = here.revision().unwrap();
        assert_ne!(second, first);
        elsewhere.undo(&me, Timestamp::UNIX_EPOCH).unwrap();
        assert_ne!(here.revision().unwrap(), second);
        assert!(!here.is_replaced());
        std::fs::rename(folder.path().join("nightmend.db"), folder.path().join("away")).unwrap();
        assert!(here.is_replaced());
    }
}
