//! Stands in for what is being written.
