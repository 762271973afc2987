//! Samples posteriors and filters linear-Gaussian state spaces, knowing nothing of sleep or pain.
//!
//! Three layers, each usable alone: a log-density with its gradient ([`LogDensity`]), what can be done with one
//! ([`find_mode`], [`sample`]) and what can be said of the result ([`Draws`], [`diagnostics`]). The
//! [`state_space`] module provides the likelihood that this project feeds into them.

pub mod density;
pub mod diagnostics;
pub mod draws;
pub mod importance;
pub mod lanes;
pub mod laplace;
pub mod linear;
pub mod normal;
pub mod nuts;
pub mod ordered;
pub mod progress;
pub mod random;
pub mod state_space;

pub use density::{DensityError, LogDensity};
pub use draws::Draws;
pub use laplace::{Mode, ModeError, find_mode};
pub use nuts::{NutsSettings, SampleError, sample};
pub use progress::{NoProgress, Progress};
