//! Lists every format that can be read; a new one is one `mod` and one line here.

mod diary_csv;
mod diary_night;
mod fitbit_sleep;
mod fitbit_stages;
mod mapped_table;

pub(crate) use diary_csv::template as diary_template;
pub(crate) use diary_night::{
    ClockAsked, ClockCell, around_waking, clock_cell, clock_time, doubt_length, warn_of_clock_change,
};

use crate::importer::Importer;

/// Every importer, in the order in which they are listed for people.
pub(crate) const ALL: &[&dyn Importer] =
    &[&diary_csv::DiaryCsv, &fitbit_sleep::FitbitSleep, &mapped_table::MappedTable];
