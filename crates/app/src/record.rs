//! Holds everything that is known of one person in one piece, and says whether it is still the newest.

use jiff::civil::Date;
use nightmend_domain::{Day, Night, NightDate, PersonName, SleepSettings};
use nightmend_loop::select::TellersHours;
use nightmend_sleep::{Assembly, assemble};
use nightmend_store::{Revision, Store};

use crate::estimate::hours_of_tellers;
use crate::failure::AppError;
use crate::steps::ledger::{Experiment, ledger_of};
use crate::views::SourcesView;

/// What stands for a person, assembled once and shared by everybody who reads it.
///
/// Five years take about 90 ms to read and assemble and 30 MB to hold; asking whether a record
/// [is current](Record::is_current) takes well under a millisecond.
#[derive(Debug)]
pub struct Record {
    /// Whose record.
    pub person: PersonName,
    /// Nights, naps and days, and what was decided about them; each in the order of dates.
    pub assembly: Assembly,
    /// The hours as a diary alone and as a device alone tells them, where both do: the channels of a night.
    pub tellers: TellersHours,
    /// The experiments, oldest first.
    pub experiments: Vec<Experiment>,
    /// What the person set: zones, usual sleep, the order of sources.
    pub settings: SleepSettings,
    /// The sources, and the settings as they are shown.
    pub sources: SourcesView,
    revision: Revision,
}

impl Record {
    /// Reads and assembles what stands for a person; of somebody nobody knows, an empty record.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn read(store: &Store, person: &PersonName) -> Result<Self, AppError> {
        // Taken first: what is written while this reads makes the record an old one, never an unnoticed one.
        let revision = store.revision()?;
        let observations = store.current(person, ..)?;
        let settings = store.sleep_settings(person)?;
        Ok(Self {
            person: person.clone(),
            experiments: ledger_of(&observations).experiments,
            assembly: assemble(&observations, &settings),
            tellers: hours_of_tellers(observations, &settings),
            sources: crate::keep::sources(store, person)?,
            settings,
            revision,
        })
    }

    /// Whether nothing was written since.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn is_current(&self, store: &Store) -> Result<bool, AppError> {
        Ok(store.revision()? == self.revision)
    }

    /// The state of the store at which it was read: a key for what is derived from it.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The night from which the person woke on `date`.
    #[must_use]
    pub fn night(&self, date: Date) -> Option<&Night> {
        let nights = &self.assembly.nights;
        nights
            .binary_search_by_key(&NightDate::of_waking(date), |night| night.date)
            .ok()
            .map(|at| &nights[at])
    }

    /// What was said about the day of `date`.
    #[must_use]
    pub fn day(&self, date: Date) -> Option<&Day> {
        let days = &self.assembly.days;
        days.binary_search_by_key(&date, |day| day.date).ok().map(|at| &days[at])
    }

    /// Whether nothing at all is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Assembly { nights, naps, days, .. } = &self.assembly;
        nights.is_empty() && naps.is_empty() && days.iter().all(|day| day.entries.is_empty())
    }

    /// Whether any of it was made up by the simulator.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.sources.sources.iter().any(|source| source.name.starts_with("simulated"))
    }
}
