//! Runs long work in the background: fits of the loop and imports, with progress, cancelling, and the newest winning.
//!
//! A finished fit is kept in memory and in the store, under the hash of the records and of the settings that it follows
//! from, so that it is served at once for as long as nothing changes. Whoever listens hears of every step.

mod import;
mod loops;
mod progress;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use import::{ImportDone, ImportNow, ImportWork, NightStretch, UnknownTable};
pub use loops::LoopNow;
pub use progress::{JobEvent, JobState, Step};

use import::ImportJob;
use loops::Loops;

/// The number of a job, unique within the process.
pub type JobId = u64;

/// Hears of every step of every job; called from the thread that does the work.
pub type Listener = Box<dyn Fn(&JobEvent) + Send + Sync>;

/// The background work of one store. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    listener: Listener,
    numbers: AtomicU64,
    loops: Mutex<Loops>,
    imports: Mutex<Vec<Arc<ImportJob>>>,
    /// Held while a fit runs: one at a time, because each uses all cores.
    one_fit: Mutex<()>,
    /// Held while an import runs: a store has one writer.
    one_import: Mutex<()>,
}

impl Jobs {
    /// The background work of the store in `folder`; nothing runs yet.
    #[must_use]
    pub fn new(folder: &Path, listener: Listener) -> Self {
        Self(Arc::new(Shared {
            folder: folder.to_path_buf(),
            listener,
            numbers: AtomicU64::new(1),
            loops: Mutex::default(),
            imports: Mutex::default(),
            one_fit: Mutex::default(),
            one_import: Mutex::default(),
        }))
    }

    /// What is known of a job; nothing of one that never was or was forgotten.
    #[must_use]
    pub fn event(&self, job: JobId) -> Option<JobEvent> {
        let import = locked(&self.0.imports).iter().find(|import| import.work.id() == job).cloned();
        import.map(|import| import.work.event()).or_else(|| locked(&self.0.loops).event(job))
    }

    /// Asks a job to stop at the next convenient point; nothing of it is kept.
    pub fn cancel(&self, job: JobId) {
        if let Some(import) = locked(&self.0.imports).iter().find(|import| import.work.id() == job) {
            import.work.cancel();
        }
        locked(&self.0.loops).cancel(job);
    }

    /// Stops everything and forgets every answer: before a restore or an erasure, and before the program ends.
    pub fn stop_all(&self) {
        let mut imports = locked(&self.0.imports);
        imports.iter().for_each(|import| import.work.cancel());
        imports.clear();
        drop(imports);
        locked(&self.0.loops).stop_all();
        // Whoever holds these is on its way out.
        drop(locked(&self.0.one_import));
        drop(locked(&self.0.one_fit));
    }

    fn next_number(&self) -> JobId {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
