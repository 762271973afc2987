//! Holds the six steps; designs and analyses n-of-1 experiments with the loop model inside.
//!
//! The road of an experiment: a [`Design`](nightmend_domain::Design) is checked and drawn into a plan
//! ([`allocation::draw`]), hashed before the start; a calendar gives each night its date
//! ([`allocation::calendar`]); what the person answered is put beside it ([`record::assemble`]).

pub mod allocation;
pub mod choose;
pub mod design;
pub mod record;
pub mod schedule;
pub mod steps;

pub use allocation::{calendar, draw, extend, verify};
pub use design::DesignError;
pub use record::{NightRecord, Outcomes, Record, assemble};
