//! Holds what all requests share: the stores in use, the assembled record, the clock, and what the person chose.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, Zoned};
use nightmend_app::jobs::Jobs;
use nightmend_app::record::Record;
use nightmend_app::steps::{Occasion, Reading, Results};
use nightmend_app::{AppError, Store};
use nightmend_domain::{PersonName, Zone};

use crate::failure::Failure;
use crate::lan::Lan;
use crate::lock::Attempts;
use crate::preferences::{self, Preferences};

/// Gives the present instant; tests give one that stands still.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the pages are opened with.
#[derive(Clone)]
pub struct Config {
    /// The folder of the store.
    pub folder: PathBuf,
    /// Whose records they are; resolve it with [`nightmend_app::keep::person`] first.
    pub person: PersonName,
    /// The zone of the machine, for people who set none.
    pub machine_zone: Option<Zone>,
    /// The present instant.
    pub clock: Clock,
}

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    config: Config,
    stores: Mutex<Vec<Store>>,
    record: Mutex<Option<Arc<Record>>>,
    /// What experiments have shown, worked out before.
    results: Results,
    preferences: RwLock<Preferences>,
    secret: [u8; 32],
    api_token: String,
    attempts: Attempts,
    jobs: Jobs,
    /// Moves with every step of every job, so that whoever waits for one wakes up.
    pulse: tokio::sync::watch::Sender<u64>,
    /// What browsers may call this server: `127.0.0.1:8642`, ….
    hosts: RwLock<Vec<String>>,
    /// What a phone needs to know, while the pages are open to one.
    lan: RwLock<Option<Lan>>,
    /// What was done lately, for the page that follows.
    flashes: Mutex<VecDeque<(u64, Flash)>>,
}

/// Puts a record together, and gives the store back; no store where the work broke off.
///
/// The allocator keeps for each thread what it once needed. A thread of its own that ends takes nothing with it: what the
/// work threw away goes back to the system (`docs/validation/web.md`).
fn assembled(store: Store, person: &PersonName) -> (Option<Store>, Result<Record, AppError>) {
    let person = person.clone();
    let work = move || {
        let record = Record::read(&store, &person);
        store.release_memory();
        (store, record)
    };
    let thread = match std::thread::Builder::new().name("records".to_owned()).spawn(work) {
        Ok(thread) => thread,
        Err(source) => return (None, Err(AppError::File { what: "starting a thread".to_owned(), source })),
    };
    match thread.join() {
        Ok((store, record)) => (Some(store), record),
        Err(_) => {
            let why = "the records could not be put together; start the program again and, if it happens again, please report it";
            (None, Err(AppError::Refused(why.to_owned())))
        }
    }
}

/// What was just done, to be said on the page that follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flash {
    /// The act, by which it can be undone.
    pub act: Option<i64>,
    /// What to say; the first is the heading.
    pub sentences: Vec<String>,
}

/// More than anybody has open; older ones are forgotten.
const FLASHES: usize = 64;

/// Connections kept open while nobody needs them. Each holds a cache of pages of its own.
const IDLE_STORES: usize = 1;

impl App {
    /// Opens the store (made where there is none) and what was chosen for its pages.
    ///
    /// # Errors
    /// A store or a file of preferences that cannot be used.
    pub fn open(config: Config) -> Result<Self, AppError> {
        let store = Store::open(&config.folder)?;
        let preferences = preferences::load(&config.folder)?;
        let secret = preferences::secret(&config.folder)?;
        let api_token = preferences::api_token(&config.folder)?;
        let pulse = tokio::sync::watch::Sender::new(0);
        let beat = pulse.clone();
        let jobs = Jobs::new(&config.folder, Box::new(move |_| beat.send_modify(|beats| *beats += 1)));
        Ok(Self(Arc::new(Shared {
            config,
            stores: Mutex::new(vec![store]),
            record: Mutex::new(None),
            results: Results::default(),
            preferences: RwLock::new(preferences),
            secret,
            api_token,
            attempts: Attempts::default(),
            jobs,
            pulse,
            hosts: RwLock::new(Vec::new()),
            lan: RwLock::new(None),
            flashes: Mutex::new(VecDeque::new()),
        })))
    }

    /// The folder of the store.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.config.folder
    }

    /// Whose records they are.
    #[must_use]
    pub fn person(&self) -> &PersonName {
        &self.0.config.person
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0.config.clock)()
    }

    /// The zone of the machine.
    #[must_use]
    pub fn machine_zone(&self) -> Option<&Zone> {
        self.0.config.machine_zone.as_ref()
    }

    /// The wall clock where the person lives, by what is known without reading the store: their zone as last read, or
    /// the machine's.
    #[must_use]
    pub fn wall_clock(&self) -> DateTime {
        let now = self.now();
        let utc_date = Zoned::new(now, jiff::tz::TimeZone::UTC).date();
        let own = locked(&self.0.record).as_ref().and_then(|record| zone_of(record, utc_date).cloned());
        civil(now, own.as_ref().or(self.machine_zone()))
    }

    /// Runs work that reads, on a thread that may wait for the disk.
    ///
    /// # Errors
    /// What the work gives, or a store that cannot be opened.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, Failure> {
        self.write(|store| work(store)).await
    }

    /// Runs work that may write, on a thread that may wait for the disk. Writes of other processes are waited for.
    ///
    /// # Errors
    /// As [`App::read`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = self.clone();
        blocking(move || {
            let mut store = app.checked_out()?;
            let result = work(&mut store);
            app.put_back(store);
            result
        })
        .await
    }

    /// The record of the person as it stands now: assembled anew only where something was written since.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub async fn record(&self) -> Result<Arc<Record>, Failure> {
        let app = self.clone();
        blocking(move || app.record_now()).await
    }

    /// As [`App::record`], for work that runs on a thread of its own.
    ///
    /// # Errors
    /// As [`App::record`].
    pub fn record_now(&self) -> Result<Arc<Record>, AppError> {
        let mut store = self.checked_out()?;
        // Held while assembling: of several requests after a write one does it, the others wait for its result.
        let mut held = locked(&self.0.record);
        let current = match held.as_ref() {
            Some(record) if record.is_current(&store)? => record.clone(),
            _ => {
                // The old one goes first: two of them would be the largest thing in memory.
                *held = None;
                let (given_back, record) = assembled(store, self.person());
                store = given_back.map_or_else(|| self.checked_out(), Ok)?;
                let record = Arc::new(record?);
                *held = Some(record.clone());
                record
            }
        };
        drop(held);
        self.put_back(store);
        Ok(current)
    }

    /// The present occasion, of which everything about the steps is asked and said.
    #[must_use]
    pub fn occasion(&self) -> Occasion {
        Occasion { now: self.now(), machine_zone: self.machine_zone().cloned() }
    }

    /// Runs work that reads the person's steps as of now, from the record that is held.
    ///
    /// # Errors
    /// As [`App::record`], and what the work gives.
    pub async fn read_steps<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reading, &Occasion) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, Failure> {
        let record = self.record().await?;
        let app = self.clone();
        self.read(move |store| work(&Reading::held(store, &record, &app.0.results), &app.occasion())).await
    }

    /// The work in the background: imports and fits.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Something that changes with every step of every job.
    #[must_use]
    pub fn pulse(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.pulse.subscribe()
    }

    /// Runs work that needs the store alone: background work is stopped, no connection of the pages is left open, and
    /// what was assembled is forgotten.
    ///
    /// # Errors
    /// What the work gives.
    pub async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = self.clone();
        blocking(move || {
            app.jobs().stop_all();
            let mut stores = locked(&app.0.stores);
            let mut record = locked(&app.0.record);
            stores.clear();
            *record = None;
            app.0.results.clear();
            // Held meanwhile: a request that finds no idle connection opens its own, which the work then reports as
            // another program; asked again it goes through.
            work(app.folder())
        })
        .await
    }

    /// As [`App::read`], for work that runs on a thread that may wait already.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn read_now<T>(&self, work: impl FnOnce(&Store) -> Result<T, AppError>) -> Result<T, AppError> {
        let store = self.checked_out()?;
        let result = work(&store);
        self.put_back(store);
        result
    }

    /// A store of one's own, for work that needs it long (an import) or alone (an erasure): no idle connection of the
    /// pages is left open beside it.
    ///
    /// # Errors
    /// A store that cannot be opened.
    pub fn store_of_its_own(&self) -> Result<Store, AppError> {
        locked(&self.0.stores).clear();
        Ok(Store::open(self.folder())?)
    }

    fn checked_out(&self) -> Result<Store, AppError> {
        let idle = locked(&self.0.stores).pop();
        match idle {
            Some(store) if !store.is_replaced() => Ok(store),
            _ => Ok(Store::open(self.folder())?),
        }
    }

    fn put_back(&self, store: Store) {
        let mut stores = locked(&self.0.stores);
        if stores.len() < IDLE_STORES {
            stores.push(store);
        }
    }

    /// What was chosen for the pages.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        self.0.preferences.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what was chosen, on the disk first.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn change_preferences(&self, change: impl FnOnce(&mut Preferences)) -> Result<(), AppError> {
        let mut held = self.0.preferences.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = held.clone();
        change(&mut changed);
        preferences::save(self.folder(), &changed)?;
        *held = changed;
        Ok(())
    }

    /// The key that sessions and forms are signed with.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.0.secret
    }

    /// The token that scripts show to the API.
    pub(crate) fn api_token(&self) -> &str {
        &self.0.api_token
    }

    /// The attempts at the passphrase.
    pub fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    /// Says under which names browsers reach this server, e.g. `127.0.0.1:8642`; requests for any other are refused.
    pub fn answer_to(&self, hosts: impl IntoIterator<Item = String>) {
        let mut held = self.0.hosts.write().unwrap_or_else(PoisonError::into_inner);
        held.extend(hosts.into_iter().map(|host| host.to_ascii_lowercase()));
    }

    pub(crate) fn answers_to(&self, host: &str) -> bool {
        let held = self.0.hosts.read().unwrap_or_else(PoisonError::into_inner);
        held.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// What a phone needs to know, while the pages are open to one.
    #[must_use]
    pub fn lan(&self) -> Option<Lan> {
        self.0.lan.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that the pages are open to phones.
    pub fn open_to_lan(&self, lan: Lan) {
        *self.0.lan.write().unwrap_or_else(PoisonError::into_inner) = Some(lan);
    }

    /// Keeps what is to be said on the page that follows; put the number into its address. A reload says it again.
    #[must_use]
    pub fn keep_flash(&self, flash: Flash) -> u64 {
        let random = crate::preferences::random();
        let number =
            u64::from_be_bytes([0, 0, random[0], random[1], random[2], random[3], random[4], random[5]]);
        let mut held = locked(&self.0.flashes);
        held.push_back((number, flash));
        if held.len() > FLASHES {
            held.pop_front();
        }
        number
    }

    /// What was kept under that number, if it is not forgotten.
    #[must_use]
    pub fn flash(&self, number: u64) -> Option<Flash> {
        locked(&self.0.flashes).iter().find(|(kept, _)| *kept == number).map(|(_, flash)| flash.clone())
    }
}

/// The zone in which the person lived on a date, where they said so.
#[must_use]
pub fn zone_of(record: &Record, date: Date) -> Option<&Zone> {
    record.settings.zones.on(date)
}

/// The wall clock of a zone; of UTC where none is known.
#[must_use]
pub fn civil(now: Timestamp, zone: Option<&Zone>) -> DateTime {
    zone.map_or(jiff::tz::TimeZone::UTC, |zone| zone.rules().clone()).to_datetime(now)
}

/// Runs work that may wait for the disk.
///
/// # Errors
/// What the work gives.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Failure::from),
        Err(_) => Err(Failure::broken("the work broke off")),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
