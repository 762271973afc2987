//! Holds how far one job is, tells its listener, and carries the wish to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nightmend_domain::Progress;

use super::{JobId, Jobs, locked};

/// The shortest time between two reports of progress of one job: a page cannot show more.
const PAUSE: Duration = Duration::from_millis(120);

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// What is being done.
    pub stage: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 where nobody knows.
    pub total: u64,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It waits or runs.
    Running,
    /// It is through.
    Finished,
    /// It could not be done, and why.
    Failed(String),
    /// Somebody stopped it, or newer records made it needless.
    Stopped,
}

/// One report of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEvent {
    /// Which job.
    pub job: JobId,
    /// How far.
    pub step: Step,
    /// What became of it.
    pub state: JobState,
}

/// One job on its way.
pub(super) struct Work {
    id: JobId,
    jobs: Jobs,
    cancelled: AtomicBool,
    now: Mutex<(Step, JobState)>,
    told: Mutex<Option<Instant>>,
}

impl Work {
    pub(super) fn new(jobs: &Jobs, stage: &str) -> Arc<Self> {
        let step = Step { stage: stage.to_owned(), done: 0, total: 0 };
        Arc::new(Self {
            id: jobs.next_number(),
            jobs: jobs.clone(),
            cancelled: AtomicBool::new(false),
            now: Mutex::new((step, JobState::Running)),
            told: Mutex::new(None),
        })
    }

    pub(super) const fn id(&self) -> JobId {
        self.id
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn state(&self) -> JobState {
        locked(&self.now).1.clone()
    }

    pub(super) fn event(&self) -> JobEvent {
        let (step, state) = locked(&self.now).clone();
        JobEvent { job: self.id, step, state }
    }

    /// Says what became of it, and tells everybody.
    pub(super) fn end(&self, state: JobState) {
        locked(&self.now).1 = state;
        (self.jobs.0.listener)(&self.event());
    }
}

impl Progress for Work {
    fn advance(&self, stage: &str, done: u64, total: u64) {
        locked(&self.now).0 = Step { stage: stage.to_owned(), done, total };
        let mut told = locked(&self.told);
        if told.is_none_or(|told| told.elapsed() >= PAUSE) {
            *told = Some(Instant::now());
            drop(told);
            (self.jobs.0.listener)(&self.event());
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
