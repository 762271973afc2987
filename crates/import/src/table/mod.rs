//! Reads any table by a map, and proposes a map for a table that it has not seen before.

mod header;
mod map;
mod map_text;
mod night;
mod propose;
mod read;
mod value;
mod when;

pub use map::{Fit, MapError, TableMap};
pub use propose::{Proposal, propose};
pub(crate) use read::read;
