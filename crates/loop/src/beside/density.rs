//! States the log-posterior of a loop with everything that stands beside it, and its gradient, without allocating.
//!
//! States are the form's own and, where levels wander, one of sleep and one of pain (random walks from zero on the
//! first day). Channels are the form's own, up to three others of the night, and one that takes the place of the first
//! pain on days on which the night was rated in the same minute: with `c = ρ r_p / r_s` the difference of the two
//! residuals `r_p - c r_s` does not know `r_s` and has the variance `r_p² (1 - ρ²)`, so that the pair is taken one after
//! the other, the second as `y_p - c y_s`.

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they are")]

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::state_space::{RowFilter, RowGradient, RowModel};
use nightmend_infer::{DensityError, LogDensity};

use super::form::Form;
use super::layout::{DAYS_OF_WANDERING, LARGEST_CORRELATION, Layout, priors_of};
use super::plan::{OTHER_CHANNELS, Plan, Rated};
use crate::data::Series;
use crate::model::LARGEST_SPECTRAL_RADIUS;

/// The log-posterior of one standardised series: `N` states of the form `F`, `S` with wandering levels, and
/// `C = N + 4` channels.
#[derive(Debug, Clone)]
pub struct BesideDensity<F, const N: usize, const S: usize, const C: usize> {
    form: std::marker::PhantomData<F>,
    plan: Plan,
    layout: Layout,
    priors: Vec<MeanSd>,
    first_state_sd: f64,
    with_error: bool,
    observed: Vec<[f64; C]>,
    seen: Vec<[bool; C]>,
    months: Vec<f64>,
    weekend: Vec<f64>,
    pushes: Vec<[f64; N]>,
    response: Vec<[f64; N]>,
    residuals: Vec<[f64; C]>,
    filter: RowFilter<S, C>,
    gradient: RowGradient<S, C>,
}

/// What one parameter vector says beside the filter's own model.
struct Reading<const N: usize, const S: usize, const C: usize> {
    model: RowModel<S, C>,
    carried: [[f64; N]; N],
    handed_on: [[f64; N]; N],
    /// `A = L M`.
    transition: [[f64; N]; N],
    variances: [f64; N],
    /// What of the rated channel's residual is taken off the pain's.
    taken_off: f64,
}

impl<F: Form<N>, const N: usize, const S: usize, const C: usize> BesideDensity<F, N, S, C> {
    /// The channel of pain beside a rating of the same minute.
    const TOGETHER: usize = N + OTHER_CHANNELS;

    /// Prepares the posterior of `series`, standardised by `spread`; `base` are the priors of the form by itself.
    ///
    /// # Panics
    /// Panics where the sizes do not belong together, or `base` is not as long as the form has parameters.
    #[must_use]
    pub fn new(
        series: &Series,
        spread: &Standardisation,
        plan: Plan,
        base: &[MeanSd],
        first_state_sd: f64,
        with_error: bool,
    ) -> Self {
        assert_eq!(base.len(), F::PARAMETERS, "the priors of the form");
        assert_eq!(C, N + OTHER_CHANNELS + 1, "one place for every channel");
        assert_eq!(S, N + if plan.local.is_some() { 2 } else { 0 }, "one place for every state");
        let days = series.len();
        let layout = Layout::new(F::PARAMETERS, &plan);
        let (mut observed, mut seen) = (vec![[0.0; C]; days], vec![[false; C]; days]);
        let mut put = |day: usize, channel: usize, value: Option<f64>, scale: MeanSd| {
            if let Some(value) = value {
                observed[day][channel] = (value - scale.mean) / scale.sd;
                seen[day][channel] = true;
            }
        };
        let already = MeanSd { mean: 0.0, sd: 1.0 };
        for day in 0..days {
            put(day, 0, series.sleep()[day], spread.sleep);
            put(day, 1, series.pain()[day], spread.pain);
            if N > 2 {
                put(day, 2, series.evening().get(day).copied().flatten(), spread.pain);
            }
            for (place, channel) in plan.channels.iter().enumerate() {
                put(day, N + place, channel.values[day], already);
            }
        }
        if let Some((rated, _)) = plan.rated {
            for seen in &mut seen {
                if seen[Self::channel_of(rated)] && seen[1] {
                    (seen[1], seen[Self::TOGETHER]) = (false, true);
                }
            }
        }
        let middle = (days as f64 - 1.0) / 2.0;
        Self {
            form: std::marker::PhantomData,
            layout,
            priors: priors_of(base, &plan),
            plan,
            first_state_sd,
            with_error,
            observed,
            seen,
            months: (0..days).map(|day| (day as f64 - middle) / 30.0).collect(),
            weekend: series.weekend().iter().map(|off| f64::from(u8::from(*off))).collect(),
            pushes: vec![[0.0; N]; days],
            response: vec![[0.0; N]; days],
            residuals: vec![[0.0; C]; days],
            filter: RowFilter::new(days),
            gradient: RowGradient::zero(),
        }
    }

    fn channel_of(rated: Rated) -> usize {
        match rated {
            Rated::Main => 0,
            Rated::Other(place) => N + place,
        }
    }

    /// Returns the priors of all parameters, those that are shrunk together as they are sampled (standard normal).
    #[must_use]
    pub fn priors(&self) -> &[MeanSd] {
        &self.priors
    }

    /// Returns what stands beside the loop.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the names of all parameters.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.layout.names(F::NAMES, &self.plan)
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Replaces the priors of some parameters of the form by others.
    pub(super) fn with_prior(mut self, places: &[usize], prior: MeanSd) -> Self {
        places.iter().for_each(|place| self.priors[*place] = prior);
        self
    }

    /// Turns what is sampled into the coefficients themselves, where they are shrunk together.
    pub fn unshrink(&self, draw: &mut [f64]) {
        self.layout.unshrink(&self.plan, draw);
    }

    /// The way back of [`unshrink`](Self::unshrink).
    pub(super) fn shrink(&self, draw: &mut [f64]) {
        self.layout.shrink(&self.plan, draw);
    }

    /// Returns the log-likelihood of a parameter vector, without the priors.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub fn log_likelihood(&mut self, parameters: &[f64]) -> Result<f64, DensityError> {
        let reading = self.read(parameters)?;
        self.respond(parameters, &reading);
        self.take_means_off(parameters, &reading);
        Ok(self.filter.log_likelihood(&reading.model, &self.residuals, &self.seen))
    }

    /// Returns what of each state on each day is explained by the columns and, where levels wander, by their smoothed
    /// course: what is taken off a series before the checks of the plain loop look at it.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub(super) fn explained(&mut self, parameters: &[f64]) -> Result<Vec<[f64; N]>, DensityError> {
        let reading = self.read(parameters)?;
        self.respond(parameters, &reading);
        self.take_means_off(parameters, &reading);
        let mut explained = self.response.clone();
        if let Some(place) = self.layout.local {
            self.filter.log_likelihood(&reading.model, &self.residuals, &self.seen);
            self.filter.gradient(&reading.model, &mut self.gradient);
            for (level, state) in [N, N + 1].into_iter().enumerate() {
                let variance = (2.0 * parameters[place + level]).exp() / DAYS_OF_WANDERING;
                // The weight of each day's residuals on the level: H'Σ⁻¹y, the derivative with its sign turned.
                let days = self.filter.residual_gradient();
                let weights: Vec<f64> = days
                    .iter()
                    .map(|slopes| {
                        (0..C).map(|channel| -slopes[channel] * reading.model.rows[channel][state]).sum()
                    })
                    .collect();
                // A random walk from zero: cov(level_t, level_u) = variance min(t, u).
                let (mut later, mut sums): (f64, f64) = (weights.iter().sum(), 0.0);
                for (day, weight) in weights.iter().enumerate() {
                    if day > 0 {
                        sums += later;
                    }
                    later -= weight;
                    for own in 0..N {
                        if (own == 0) == (level == 0) {
                            explained[day][own] += variance * sums;
                        }
                    }
                }
            }
        }
        Ok(explained)
    }

    fn read(&self, parameters: &[f64]) -> Result<Reading<N, S, C>, DensityError> {
        let parts = F::parts(parameters);
        let noise = f64::from(u8::from(self.with_error));
        let variances: [f64; N] = F::SIGMA.map(|place| (2.0 * parameters[place]).exp());
        let errors: [f64; N] = F::ERROR.map(|place| noise * (2.0 * parameters[place]).exp());
        let wandering = self.layout.local.map_or([0.0; 2], |place| {
            [place, place + 1].map(|place| (2.0 * parameters[place]).exp() / DAYS_OF_WANDERING)
        });
        let other = |place: usize| (2.0 * parameters[self.layout.channels + 3 * place + 2]).exp();
        let correlation = self.layout.correlation.map_or(0.0, |place| parameters[place]);
        // Written so that NaN is refused as well; far-out variances would only breed infinities.
        let sane = variances.iter().all(|value| (1e-12..1e12).contains(value))
            && errors.iter().chain(&wandering).all(|value| (0.0..1e12).contains(value))
            && (0..self.plan.channels.len()).all(|place| (1e-12..1e12).contains(&other(place)))
            && correlation.abs() < LARGEST_CORRELATION;
        if !(sane && parts.spectral_radius < LARGEST_SPECTRAL_RADIUS) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        let (carried, handed_on) = (parts.carried, parts.handed_on);
        let (mut transition, mut whole) = ([[0.0; N]; N], [[0.0; S]; S]);
        let (mut covariance, mut first) = ([[0.0; S]; S], [[0.0; S]; S]);
        for row in 0..N {
            for column in 0..N {
                for inner in 0..N {
                    transition[row][column] += handed_on[row][inner] * carried[inner][column];
                    covariance[row][column] +=
                        handed_on[row][inner] * variances[inner] * handed_on[column][inner];
                }
                whole[row][column] = transition[row][column];
            }
            first[row][row] = self.first_state_sd * self.first_state_sd;
        }
        for level in 0..S - N {
            whole[N + level][N + level] = 1.0;
            covariance[N + level][N + level] = wandering[level];
        }
        let (mut rows, mut noises) = ([[0.0; S]; C], [1.0; C]);
        let mut see = |channel: usize, state: usize, weight: f64| {
            rows[channel][state] = weight;
            if S > N {
                rows[channel][N + usize::from(state > 0)] = weight;
            }
        };
        for state in 0..N {
            see(state, state, 1.0);
            noises[state] = errors[state];
        }
        for place in 0..self.plan.channels.len() {
            see(N + place, 0, parameters[self.layout.channels + 3 * place + 1]);
            noises[N + place] = other(place);
        }
        let mut taken_off = 0.0;
        if let Some((rated, _)) = self.plan.rated {
            let rated = Self::channel_of(rated);
            taken_off = correlation * (errors[1] / noises[rated]).sqrt();
            for state in 0..S {
                rows[Self::TOGETHER][state] = rows[1][state] - taken_off * rows[rated][state];
            }
            noises[Self::TOGETHER] = errors[1] * (1.0 - correlation * correlation);
        }
        let model = RowModel {
            transition: whole,
            innovation_covariance: covariance,
            rows,
            observation_variance: noises,
            first_covariance: first,
        };
        Ok(Reading { model, carried, handed_on, transition, variances, taken_off })
    }

    /// Works out what the columns do to every state: `m_t = A m_{t-1} + L g_t`.
    fn respond(&mut self, parameters: &[f64], reading: &Reading<N, S, C>) {
        if self.plan.columns.is_empty() {
            return;
        }
        self.layout.push(&self.plan, parameters, &mut self.pushes);
        let mut before = [0.0; N];
        for (response, push) in self.response.iter_mut().zip(&self.pushes) {
            let mut now = [0.0; N];
            for row in 0..N {
                for inner in 0..N {
                    now[row] += reading.transition[row][inner] * before[inner]
                        + reading.handed_on[row][inner] * push[inner];
                }
            }
            *response = now;
            before = now;
        }
    }

    fn level(&self, parameters: &[f64], day: usize, state: usize) -> f64 {
        parameters[F::MEAN[state]]
            + F::OFFSET[state].map_or(0.0, |place| parameters[place])
            + parameters[F::TREND[state]] * self.months[day]
            + parameters[F::WEEKEND[state]] * self.weekend[day]
            + self.response[day][state]
    }

    fn take_means_off(&mut self, parameters: &[f64], reading: &Reading<N, S, C>) {
        for day in 0..self.observed.len() {
            let levels: [f64; N] = std::array::from_fn(|state| self.level(parameters, day, state));
            let (observed, residual) = (&self.observed[day], &mut self.residuals[day]);
            for state in 0..N {
                residual[state] = observed[state] - levels[state];
            }
            for place in 0..self.plan.channels.len() {
                let at = self.layout.channels + 3 * place;
                residual[N + place] = observed[N + place] - parameters[at] - parameters[at + 1] * levels[0];
            }
            if let Some((rated, _)) = self.plan.rated {
                residual[Self::TOGETHER] =
                    residual[1] - reading.taken_off * residual[Self::channel_of(rated)];
            }
        }
    }

    /// Adds the log-likelihood's gradient, by the chain rule from the filter's entries to the parameters.
    fn add_likelihood_gradient(
        &mut self,
        parameters: &[f64],
        reading: &Reading<N, S, C>,
        gradient: &mut [f64],
    ) {
        let (mut by_transition, mut by_handed_on) = ([[0.0; N]; N], [[0.0; N]; N]);
        for row in 0..N {
            by_transition[row].copy_from_slice(&self.gradient.transition[row][..N]);
        }
        let by_taken_off =
            self.add_mean_gradient(parameters, reading, gradient, (&mut by_transition, &mut by_handed_on));
        self.add_observation_gradient(parameters, reading, by_taken_off, gradient);
        let (mut by_carried, mut by_variance) = ([[0.0; N]; N], [0.0; N]);
        let by_covariance = &self.gradient.innovation_covariance;
        for row in 0..N {
            for column in 0..N {
                for inner in 0..N {
                    by_carried[row][column] += reading.handed_on[inner][row] * by_transition[inner][column];
                    by_handed_on[row][column] += by_transition[row][inner] * reading.carried[column][inner]
                        + (by_covariance[row][inner] + by_covariance[inner][row])
                            * reading.handed_on[inner][column]
                            * reading.variances[column];
                    by_variance[column] += reading.handed_on[row][column]
                        * by_covariance[row][inner]
                        * reading.handed_on[inner][column];
                }
            }
        }
        F::add_gradient(parameters, &by_carried, &by_handed_on, gradient);
        for state in 0..N {
            gradient[F::SIGMA[state]] += 2.0 * reading.variances[state] * by_variance[state];
        }
        if let Some(place) = self.layout.local {
            for level in 0..S - N {
                let state = N + level;
                gradient[place + level] +=
                    2.0 * reading.model.innovation_covariance[state][state] * by_covariance[state][state];
            }
        }
    }

    /// Adds what levels, offsets, loadings of levels and columns say, and what the columns' response says of `A` and
    /// `L`; returns the derivative by what is taken off the pain of a rated minute.
    fn add_mean_gradient(
        &mut self,
        parameters: &[f64],
        reading: &Reading<N, S, C>,
        gradient: &mut [f64],
        (by_transition, by_handed_on): (&mut [[f64; N]; N], &mut [[f64; N]; N]),
    ) -> f64 {
        let mut by_taken_off = 0.0;
        let mut carried_back = [0.0; N];
        let has_columns = !self.plan.columns.is_empty();
        for day in (0..self.observed.len()).rev() {
            let mut slopes = self.filter.residual_gradient()[day];
            if let Some((rated, _)) = self.plan.rated {
                let (rated, together) = (Self::channel_of(rated), slopes[Self::TOGETHER]);
                slopes[1] += together;
                slopes[rated] -= reading.taken_off * together;
                if self.seen[day][Self::TOGETHER] {
                    by_taken_off -= together * self.residuals[day][rated];
                }
            }
            let mut by_level: [f64; N] = std::array::from_fn(|state| -slopes[state]);
            if !self.plan.channels.is_empty() {
                let level = self.level(parameters, day, 0);
                for place in 0..self.plan.channels.len() {
                    let (at, slope) = (self.layout.channels + 3 * place, slopes[N + place]);
                    gradient[at] -= slope;
                    gradient[at + 1] -= slope * level;
                    by_level[0] -= slope * parameters[at + 1];
                }
            }
            for state in 0..N {
                gradient[F::MEAN[state]] += by_level[state];
                if let Some(place) = F::OFFSET[state] {
                    gradient[place] += by_level[state];
                }
                gradient[F::TREND[state]] += by_level[state] * self.months[day];
                gradient[F::WEEKEND[state]] += by_level[state] * self.weekend[day];
            }
            if !has_columns {
                continue;
            }
            // The response runs forwards, so its derivative runs backwards: with m̄ that of the day, ḡ = L' m̄.
            let mut by_response = by_level;
            for state in 0..N {
                for later in 0..N {
                    by_response[state] += reading.transition[later][state] * carried_back[later];
                }
            }
            let (push, before) = (self.pushes[day], day.checked_sub(1).map(|day| self.response[day]));
            let mut by_push = [0.0; N];
            for row in 0..N {
                for column in 0..N {
                    by_push[column] += reading.handed_on[row][column] * by_response[row];
                    by_handed_on[row][column] += by_response[row] * push[column];
                    if let Some(before) = before {
                        by_transition[row][column] += by_response[row] * before[column];
                    }
                }
            }
            // The pushes are not wanted any more: their place holds their derivatives.
            self.pushes[day] = by_push;
            carried_back = by_response;
        }
        if has_columns {
            self.layout.add_push_gradient(&self.plan, parameters, &self.pushes, gradient);
        }
        by_taken_off
    }

    /// Adds what errors, loadings of states and the correlation of a rated minute say.
    fn add_observation_gradient(
        &self,
        parameters: &[f64],
        reading: &Reading<N, S, C>,
        mut by_taken_off: f64,
        gradient: &mut [f64],
    ) {
        let (noise, by_noise) = (&reading.model.observation_variance, &self.gradient.observation_variance);
        for state in 0..N {
            if self.with_error {
                gradient[F::ERROR[state]] += 2.0 * noise[state] * by_noise[state];
            }
        }
        let by_rows = &self.gradient.rows;
        let along_sleep = |row: &[f64; S]| row[0] + if S > N { row[N] } else { 0.0 };
        for place in 0..self.plan.channels.len() {
            let at = self.layout.channels + 3 * place;
            gradient[at + 1] += along_sleep(&by_rows[N + place]);
            gradient[at + 2] += 2.0 * noise[N + place] * by_noise[N + place];
        }
        let (Some((rated, _)), Some(place)) = (self.plan.rated, self.layout.correlation) else { return };
        let channel = Self::channel_of(rated);
        let together = &by_rows[Self::TOGETHER];
        by_taken_off -= (0..S).map(|state| together[state] * reading.model.rows[channel][state]).sum::<f64>();
        if let Rated::Other(other) = rated {
            let at = self.layout.channels + 3 * other;
            gradient[at + 1] -= reading.taken_off * along_sleep(together);
            gradient[at + 2] -= by_taken_off * reading.taken_off;
        } else {
            gradient[F::ERROR[0]] -= by_taken_off * reading.taken_off;
        }
        let correlation = parameters[place];
        gradient[F::ERROR[1]] +=
            by_taken_off * reading.taken_off + 2.0 * noise[Self::TOGETHER] * by_noise[Self::TOGETHER];
        gradient[place] += by_taken_off * (noise[1] / noise[channel]).sqrt()
            - 2.0 * correlation * noise[1] * by_noise[Self::TOGETHER];
    }
}

impl<F: Form<N>, const N: usize, const S: usize, const C: usize> LogDensity for BesideDensity<F, N, S, C> {
    fn dimension(&self) -> usize {
        self.layout.size
    }

    fn value_and_gradient(&mut self, parameters: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let reading = self.read(parameters)?;
        self.respond(parameters, &reading);
        self.take_means_off(parameters, &reading);
        let mut value = self.filter.log_likelihood(&reading.model, &self.residuals, &self.seen);
        self.filter.gradient(&reading.model, &mut self.gradient);
        value = self.layout.weigh_in(value, &self.plan, &self.priors, parameters, gradient);
        self.add_likelihood_gradient(parameters, &reading, gradient);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(DensityError::OutsideSupport("the likelihood overflowed"))
        }
    }
}
