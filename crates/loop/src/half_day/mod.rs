//! Fits the half-day form, in which a bad night can show in the morning and fade by the evening.

pub mod claim;
mod fit;
pub mod model;

pub(crate) use fit::fit;
use nightmend_domain::estimate::Standardisation;

use crate::data::{Series, centre_and_spread};

/// Days with the night and both reports from which on the half-day form is used.
pub const DAYS_FOR_HALF_DAY: usize = 60;

/// Returns centre and spread of sleep, and of both pain reports taken together, so that they stay comparable.
#[must_use]
pub fn standardisation(series: &Series) -> Option<Standardisation> {
    let both: Vec<Option<f64>> = series.pain().iter().chain(series.evening()).copied().collect();
    Some(Standardisation { sleep: centre_and_spread(series.sleep())?, pain: centre_and_spread(&both)? })
}
