//! Places what stands beside the loop among the parameters, with names, priors and what the columns push.
//!
//! It is the same for the densities whose filter integrates the states out and for the one that writes them out: the
//! form's own parameters come first, then everything of a [`Plan`] in one order.

use nightmend_domain::estimate::MeanSd;

use super::plan::Plan;

/// Days over which the wandering of a level is counted.
pub(crate) const DAYS_OF_WANDERING: f64 = 30.0;
/// A correlation of residuals beyond this is ruled out: six prior standard deviations away.
pub(crate) const LARGEST_CORRELATION: f64 = 0.95;

/// Where each thing that stands beside the loop has its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// ln ω of sleep, then of pain.
    pub local: Option<usize>,
    /// Offset, loading, ln r of each other channel in turn.
    pub channels: usize,
    /// ρ.
    pub correlation: Option<usize>,
    /// The coefficients of the columns.
    pub columns: usize,
    /// ln τ.
    pub shrinkage: Option<usize>,
    /// How many parameters there are.
    pub size: usize,
}

impl Layout {
    pub fn new(base: usize, plan: &Plan) -> Self {
        let mut next = base;
        let mut take = |count: usize| {
            next += count;
            next - count
        };
        let local = plan.local.is_some().then(|| take(2));
        let channels = take(3 * plan.channels.len());
        let correlation = plan.rated.is_some().then(|| take(1));
        let columns = take(plan.columns.len());
        let shrinkage = plan.shrunk.is_some().then(|| take(1));
        Self { local, channels, correlation, columns, shrinkage, size: take(0) }
    }

    /// Returns the names of all parameters, those of the form first.
    pub fn names(&self, base: &[&str], plan: &Plan) -> Vec<String> {
        let mut names: Vec<String> = base.iter().map(|name| (*name).to_owned()).collect();
        if self.local.is_some() {
            names.extend(["ln_omega_s".to_owned(), "ln_omega_p".to_owned()]);
        }
        for place in 2..plan.channels.len() + 2 {
            names.extend(["a", "l", "ln_r_s"].map(|name| format!("{name}{place}")));
        }
        names.extend(self.correlation.map(|_| "rho_minute".to_owned()));
        names.extend(plan.columns.iter().map(|column| column.name.clone()));
        names.extend(self.shrinkage.map(|_| "ln_tau".to_owned()));
        names
    }

    /// Weighs in the priors of everything: independent normal ones, and that of ln τ.
    pub fn weigh_in(
        &self,
        value: f64,
        plan: &Plan,
        priors: &[MeanSd],
        parameters: &[f64],
        gradient: &mut [f64],
    ) -> f64 {
        let normal = self.shrinkage.unwrap_or(self.size);
        let mut value =
            crate::priors::weigh_in(value, &priors[..normal], &parameters[..normal], &mut gradient[..normal]);
        if let (Some(place), Some(scale)) = (self.shrinkage, plan.shrunk) {
            // Half-t with 3 degrees of freedom on τ, and the Jacobian of its logarithm.
            let ratio = (parameters[place].exp() / scale).powi(2) / 3.0;
            value += parameters[place] - 2.0 * ratio.ln_1p();
            gradient[place] = 1.0 - 4.0 * ratio / (1.0 + ratio);
        }
        value
    }

    /// Turns what is sampled into the coefficients themselves, where they are shrunk together.
    pub fn unshrink(&self, plan: &Plan, draw: &mut [f64]) {
        let Some(place) = self.shrinkage else { return };
        let width = width(plan, draw[place]);
        for (index, column) in plan.columns.iter().enumerate() {
            if column.kind.is_shrunk() {
                draw[self.columns + index] *= width;
            }
        }
    }

    /// The way back of [`unshrink`](Self::unshrink).
    pub fn shrink(&self, plan: &Plan, draw: &mut [f64]) {
        let Some(place) = self.shrinkage else { return };
        let width = width(plan, draw[place]);
        for (index, column) in plan.columns.iter().enumerate() {
            if column.kind.is_shrunk() {
                draw[self.columns + index] /= width;
            }
        }
    }

    /// Works out what the columns push each state by on each day, from parameters as they are sampled.
    pub fn push<const N: usize>(&self, plan: &Plan, parameters: &[f64], pushes: &mut [[f64; N]]) {
        let shared = self.shrinkage.map(|place| width(plan, parameters[place]));
        pushes.iter_mut().for_each(|push| *push = [0.0; N]);
        for (index, column) in plan.columns.iter().enumerate() {
            let width = shared.filter(|_| column.kind.is_shrunk()).unwrap_or(1.0);
            let coefficient = parameters[self.columns + index] * width;
            for (push, value) in pushes.iter_mut().zip(&column.values) {
                push[column.state] += coefficient * value;
            }
        }
    }

    /// Adds what the derivatives by the pushes say of the coefficients and their common scale.
    pub fn add_push_gradient<const N: usize>(
        &self,
        plan: &Plan,
        parameters: &[f64],
        by_pushes: &[[f64; N]],
        gradient: &mut [f64],
    ) {
        let shrinkage = self.shrinkage.map(|place| (place, width(plan, parameters[place])));
        for (index, column) in plan.columns.iter().enumerate() {
            let along: f64 =
                by_pushes.iter().zip(&column.values).map(|(push, value)| push[column.state] * value).sum();
            let at = self.columns + index;
            match shrinkage {
                Some((place, width)) if column.kind.is_shrunk() => {
                    gradient[at] += along * width;
                    // d ln width / d ln τ = widest² / (τ² + widest²) = (width / τ)².
                    let share = (width / parameters[place].exp()).powi(2);
                    gradient[place] += along * parameters[at] * width * share;
                }
                _ => gradient[at] += along,
            }
        }
    }
}

/// Returns the standard deviation of the shrunk coefficients: τ, but never more than the widest (the slab of a
/// regularised horseshoe, Piironen and Vehtari 2017, 10.1214/17-EJS1337SI, with one scale for all).
fn width(plan: &Plan, ln_tau: f64) -> f64 {
    let (tau, widest) = (ln_tau.exp(), plan.widest);
    tau * widest / tau.hypot(widest)
}

/// Returns the priors of everything, in the order of [`Layout`]. That of ln τ is for its start and its scale only.
pub(crate) fn priors_of(base: &[MeanSd], plan: &Plan) -> Vec<MeanSd> {
    let mut priors = base.to_vec();
    priors.extend(plan.local.into_iter().flatten());
    priors.extend(plan.channels.iter().flat_map(|channel| channel.priors));
    priors.extend(plan.rated.map(|(_, prior)| prior));
    let standard = MeanSd { mean: 0.0, sd: 1.0 };
    priors.extend(plan.columns.iter().map(|column| {
        if plan.shrunk.is_some() && column.kind.is_shrunk() { standard } else { column.prior }
    }));
    priors.extend(plan.shrunk.map(|scale| MeanSd { mean: scale.ln(), sd: 1.0 }));
    priors
}
