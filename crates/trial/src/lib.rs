//! Holds the six steps; designs and analyses n-of-1 experiments with the loop model inside.
//!
//! The road of an experiment: a [`Design`](nightmend_domain::Design) is checked and drawn into a plan
//! ([`allocation::draw`]), hashed before the start; a calendar gives each night its date
//! ([`allocation::calendar`]); what the person answered is put beside it ([`record::assemble`]); and the whole is
//! analysed ([`analysis::analyse`]), with a verdict at looks fixed before the start ([`mod@verdict`]).

pub mod allocation;
pub mod analysis;
pub mod choose;
mod columns;
mod density;
pub mod design;
pub mod goal;
mod posterior;
pub mod power;
pub mod priors;
pub mod randomisation;
pub mod record;
pub mod schedule;
mod score;
pub mod steps;
pub mod verdict;
mod words;

pub use allocation::{calendar, draw, extend, verify};
pub use analysis::{AnalysisSettings, analyse};
pub use design::DesignError;
pub use record::{NightRecord, Outcomes, Record, assemble};
pub use words::capital;
