//! Fits a person's two-way sleep-pain loop and says how far to trust it.
//!
//! Estimates and claims are two things. [`fit()`] gives the posterior under informative priors (`priors.toml`); an
//! arrow is *told* only by the claim rule in [`claim`], which looks at the data alone.

mod bad_days;
pub mod beside;
mod change;
pub mod checks;
pub mod claim;
pub mod data;
mod explain;
pub mod explicit;
pub mod fit;
pub mod group;
pub mod half_day;
mod held;
mod hidden;
pub mod methods;
pub mod model;
pub mod pack;
mod preview;
pub mod priors;
pub mod select;
pub mod unfold;
mod wait;
mod words;

pub use data::{PainMeasure, Series, SeriesError, SleepMeasure};
pub use explicit::{Innovations, PainModel};
pub use fit::{FitError, Form, Level, LoopSettings, Method, Seed, fit};
pub use pack::PriorPack;
pub use preview::preview;
pub use priors::Priors;
