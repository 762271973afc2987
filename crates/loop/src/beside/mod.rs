//! Fits what stands beside the plain loop: covariates, several channels of one night, a correlated residual of ratings
//! made in one minute, a level that wanders, a bend in hours.
//!
//! Either form of the loop is, with `x` the states of a day, `M` what yesterday brings and `L` what is handed on within
//! the day (`half_day::model` has both for three states),
//! ```text
//! x_t = L (M x_{t-1} + g_t + e_t)      g_t = Σ γ_j u_{j,t}      y_k = a_k + l_k (level_t + x_t) + r_k
//! ```
//! Covariates `u` push the night, or the pain, of their day and the push then travels like any other (decision 0010).
//! Their part is a mean that the filter need not know: `m_t = A m_{t-1} + L g_t` is taken off before it, and its
//! derivative runs backwards in the same way. Nothing of this module is used where nothing stands beside the loop.

mod answer;
mod claim;
mod density;
mod fit;
mod form;
mod layout;
mod mode;
mod plan;
mod said;

pub(crate) use answer::{Found, beside as in_natural_units};
pub use claim::{weigh_half_day, weigh_one_pain};
pub use density::BesideDensity;
pub(crate) use fit::{Run, run_half_day, run_one_pain};
pub use form::{Form, HalfDayForm, OnePainForm};
pub(crate) use layout::{DAYS_OF_WANDERING, LARGEST_CORRELATION, Layout, priors_of};
pub(crate) use mode::{less_one_pain, start_one_pain};
pub use plan::{Plan, Rated, SHRUNK_BEYOND};
pub use said::{Channel, Covariate, Said};
