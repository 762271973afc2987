//! Reads a person's records for the steps: put together once, when first asked for, or taken from where they are held.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use nightmend_domain::{PersonName, StepResult};
use nightmend_sleep::Assembly;
use nightmend_store::Store;
use nightmend_trial::{AnalysisSettings, Outcomes, Record as Trial, analyse};
use sha2::{Digest, Sha256};

use super::result::outcomes;
use crate::failure::AppError;
use crate::record::Record;
use crate::refresh::assembly;

/// Results held at once; a person has a few experiments, and a running one gives a new result a day.
const HELD: usize = 32;

/// The records of one person as the steps read them.
pub struct Reading<'a> {
    pub(super) store: &'a Store,
    pub(super) person: &'a PersonName,
    held: Option<(&'a Record, &'a Results)>,
    own: OnceCell<Assembly>,
    outcomes: OnceCell<(Outcomes, [u8; 32])>,
}

impl<'a> Reading<'a> {
    /// Reads from a store; nights are put together only if something follows from them.
    #[must_use]
    pub const fn of(store: &'a Store, person: &'a PersonName) -> Self {
        Self { store, person, held: None, own: OnceCell::new(), outcomes: OnceCell::new() }
    }

    /// Takes nights and days from a record that is held, and results from those that were worked out before.
    #[must_use]
    pub fn held(store: &'a Store, record: &'a Record, results: &'a Results) -> Self {
        Self { held: Some((record, results)), ..Self::of(store, &record.person) }
    }

    /// Nights, naps and days.
    pub(super) fn assembly(&self) -> Result<&Assembly, AppError> {
        if let Some((record, _)) = self.held {
            return Ok(&record.assembly);
        }
        if let Some(own) = self.own.get() {
            return Ok(own);
        }
        let read = assembly(self.store, self.person)?;
        Ok(self.own.get_or_init(|| read))
    }

    /// What a trial of the person has shown. The same trial on the same records is worked out once.
    pub(super) fn analysed(
        &self,
        trial: &Trial,
        settings: &AnalysisSettings,
    ) -> Result<Arc<StepResult>, AppError> {
        let assembly = self.assembly()?;
        let (outcomes, digest) = self.outcomes.get_or_init(|| {
            let outcomes = outcomes(assembly);
            let digest = Sha256::digest(format!("{outcomes:?}")).into();
            (outcomes, digest)
        });
        let work = || Arc::new(analyse(trial, outcomes, settings));
        let Some((_, results)) = self.held else { return Ok(work()) };
        let mut key = Sha256::new();
        key.update(digest);
        key.update(format!("{trial:?} {settings:?}"));
        Ok(results.get(key.finalize().into(), work))
    }
}

/// Results by everything that goes into them, so that one is never taken for another; the newest last.
#[derive(Debug, Default)]
pub struct Results(Mutex<VecDeque<([u8; 32], Arc<StepResult>)>>);

impl Results {
    /// Forgets them all: the records that they came from are gone.
    pub fn clear(&self) {
        self.locked().clear();
    }

    fn get(&self, key: [u8; 32], work: impl FnOnce() -> Arc<StepResult>) -> Arc<StepResult> {
        let known = self.locked().iter().find(|(own, _)| *own == key).map(|(_, result)| Arc::clone(result));
        known.unwrap_or_else(|| {
            // Not held meanwhile: others may look up theirs.
            let result = work();
            let mut held = self.locked();
            held.push_back((key, Arc::clone(&result)));
            if held.len() > HELD {
                held.pop_front();
            }
            result
        })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<([u8; 32], Arc<StepResult>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
