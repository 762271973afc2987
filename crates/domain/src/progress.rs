//! Lets long work say how far it is, and be told to stop, without knowing who listens.

/// A listener to long work.
pub trait Progress: Sync {
    /// `done` of `total` units of the named stage are finished.
    fn advance(&self, stage: &str, done: u64, total: u64);

    /// Whether the work should stop at the next convenient point.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Hears nothing and never stops the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _stage: &str, _done: u64, _total: u64) {}
}
