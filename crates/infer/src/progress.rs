//! Lets a long computation say how far it is and be asked to stop, without knowing who listens.

/// Receives progress and answers whether to stop. Shared between the threads of one computation.
pub trait Progress: Sync {
    /// Is told that `done` of `total` pieces of work are finished; may be called from several threads.
    fn advance(&self, done: u64, total: u64);

    /// Returns whether the computation should stop as soon as it can.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Listens to nothing and never stops anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _done: u64, _total: u64) {}
}
