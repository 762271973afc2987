//! Evaluates the likelihood of small linear-Gaussian state spaces and its gradient, without allocating.

mod adjoint;
mod filter;
mod lane_filter;
mod model;
mod rows;

pub use filter::{Along, Filter, Surprise};
pub use lane_filter::LaneFilter;
pub use model::{LinearGaussian, LinearGaussianGradient};
pub use rows::{RowFilter, RowGradient, RowModel};
