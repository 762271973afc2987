//! Lists the persons of a store and the sources that a person's facts come from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use nightmend_domain::{FactKind, PersonName, SourceName};

use crate::acts::person_name;
use crate::current::told;
use crate::error::StoreError;
use crate::open::Store;

/// What one source says about a person, by what stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// Its name.
    pub source: SourceName,
    /// The first date it speaks of.
    pub first: Date,
    /// The last date it speaks of.
    pub last: Date,
    /// Its sleeps and naps.
    pub sleeps: u64,
    /// Its entries.
    pub entries: u64,
}

impl Store {
    /// The persons of whom anything is in force (records or settings), by name. Somebody of whom everything was
    /// undone is not listed, until that is brought back.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn persons(&self) -> Result<Vec<PersonName>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT p.name FROM person p WHERE EXISTS
                 (SELECT 1 FROM act_person ap JOIN act a ON a.id = ap.act
                  WHERE ap.person = p.id AND a.undone_by IS NULL AND a.kind NOT IN ('undo', 'redo'))
                 ORDER BY p.name",
            )?;
            let mut rows = statement.query([])?;
            let mut persons = Vec::new();
            while let Some(row) = rows.next()? {
                persons.push(person_name(row, 0)?);
            }
            Ok(persons)
        })
    }

    /// The sources of a person, by name, counting what stands now. Nobody of that name: none.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn sources(&self, person: &PersonName) -> Result<Vec<SourceSummary>, StoreError> {
        let mut summaries: BTreeMap<SourceName, SourceSummary> = BTreeMap::new();
        self.visit_told(person, |source, kind, date| {
            if !summaries.contains_key(source) {
                let new =
                    SourceSummary { source: source.clone(), first: date, last: date, sleeps: 0, entries: 0 };
                summaries.insert(source.clone(), new);
            }
            let Some(summary) = summaries.get_mut(source) else { return };
            summary.first = summary.first.min(date);
            summary.last = summary.last.max(date);
            match kind {
                FactKind::Sleep => summary.sleeps += 1,
                FactKind::Entry => summary.entries += 1,
            }
        })?;
        Ok(summaries.into_values().collect())
    }

    /// The dates of which each source tells something that stands, by source and kind of fact.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn days_told(
        &self,
        person: &PersonName,
    ) -> Result<BTreeMap<(SourceName, FactKind), BTreeSet<Date>>, StoreError> {
        let mut told: BTreeMap<(SourceName, FactKind), BTreeSet<Date>> = BTreeMap::new();
        self.visit_told(person, |source, kind, date| {
            told.entry((source.clone(), kind)).or_default().insert(date);
        })?;
        Ok(told)
    }

    fn visit_told(
        &self,
        person: &PersonName,
        mut visit: impl FnMut(&SourceName, FactKind, Date),
    ) -> Result<(), StoreError> {
        self.read(|connection| told(connection, person, &mut visit))
    }
}
