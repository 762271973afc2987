//! Copies a store into one file, and puts such a file in a store's place.

/// What to do about a file that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overwrite {
    /// Leave it and fail.
    Refuse,
    /// Put the new one in its place.
    Replace,
}
