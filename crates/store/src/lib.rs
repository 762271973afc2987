//! Keeps observations for good in SQLite, and lets none be lost.
