//! Puts the arrows of the house in a row: ingest, assemble, estimate, and keep.
//!
//! The use cases behind the command line and the pages. The clock, the seed, the zone and the store are supplied here;
//! [`views`] are the public JSON.

mod answer_bytes;
pub mod checkin;
pub mod course;
pub mod demo;
pub mod estimate;
pub mod failure;
pub mod figures;
pub mod group;
pub mod group_figure;
mod group_persons;
mod group_table;
pub mod hand_out;
pub mod ingest;
pub mod jobs;
pub mod keep;
pub mod night_detail;
pub mod prereg;
pub mod record;
pub mod refresh;
pub mod steps;
pub mod upload;
pub mod views;
pub mod walk;

pub use failure::AppError;
pub use nightmend_import::table::{MapError, Proposal, TableMap, propose};
pub use nightmend_import::{diary_template, importers};
pub use nightmend_loop::methods::methods;
pub use nightmend_loop::pack::{PackError, PriorPack};
pub use nightmend_loop::select::{ChannelChoice, CovariateChoice, Question, SleepChoice};
pub use nightmend_loop::{Innovations, Level, PainModel};
pub use nightmend_sleep::Assembly;
pub use nightmend_store::{Overwrite, Revision, Store, StoreError};

/// Whose records they are unless told otherwise.
pub const DEFAULT_PERSON: &str = "me";
