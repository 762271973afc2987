//! States the loop with a step inside it as a log-posterior with its gradient.
//!
//! On standardised series, with night `t` before day `t`, `a_t` the step (1 on a night with it) and `C_t` what is left of
//! earlier nights with it:
//! ```text
//! x_t = A x_{t-1} + e_t + Σ_j (B_j a_{j,t} + K_j C_{j,t})        C_{j,t} = ρ C_{j,t-1} + a_{j,t-1}
//! A = [[φ_s, b_ps], [b_sp φ_s, φ_p + b_sp b_ps]]     Q = [[σ_s², b_sp σ_s²], [·, σ_p² + b_sp² σ_s²]]
//! ```
//! `x = (sleep, pain)`; both are observed with noise around a level (mean, trend per 30 nights around the middle,
//! weekend, and one effect for every long block where there are blocks). `B_j` is *tonight's effect* of arm `j` in
//! reduced form: its second part holds the direct way and the way through tonight's sleep (`δ_p + b_sp δ_s` of the notes,
//! section 3.2), so that the quantity that is judged is one parameter and enters linearly.
//!
//! That is the form in which effects are estimated. A verdict's *test* uses a second one, in which the step's effect lies
//! on top of the night and nothing is left over (`Course::OnTop`, decision 0049).
//!
//! The step's path `u_t = A u_{t-1} + B a_t + K C_t` is taken off the observations before the filter sees them. With bars
//! for derivatives of the log-likelihood and `g_t` the derivative by the residual of day `t`,
//! ```text
//! ū_t = -g_t + A' ū_{t+1}      Ā += ū_t u_{t-1}'      B̄_j = Σ ū_t a_{j,t}      K̄_j = Σ ū_t C_{j,t}
//! C̄_{j,t} = K_j·ū_t + ρ C̄_{j,t+1}      ρ̄ = Σ_j Σ_t C̄_{j,t} C_{j,t-1}
//! ```
//! Innovation and error enter as `ln(σ² + r²)/2` and `ln(r/σ)`, whose change of variables has determinant one (see
//! `nightmend_loop::unfold`).

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they are")]

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::linear::{Square, dot};
use nightmend_infer::state_space::{Along, Filter, LinearGaussian, LinearGaussianGradient};
use nightmend_infer::{DensityError, LogDensity};
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS};

/// Which of the two series, and which part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Side {
    Sleep = 0,
    Pain = 1,
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Self::Sleep => Self::Pain,
            Self::Pain => Self::Sleep,
        }
    }
}

/// What becomes of the step's effect after its night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// It enters the state: the loop carries it on like any other pain, and the step itself may leave something over.
    Carried,
    /// It lies on top of that night's values and is gone the next day: `u_t = B a_t`.
    OnTop,
}

/// Places of the parameters; two by two, sleep before pain.
const MEAN: usize = 0;
const ATANH_PHI: usize = 2;
const SLEEP_TO_PAIN: usize = 4;
const PAIN_TO_SLEEP: usize = 5;
const LN_TOTAL: usize = 6;
const LN_RATIO: usize = 8;
const TREND: usize = 10;
const WEEKEND: usize = 12;
const LOGIT_RHO: usize = 14;
const STEPS: usize = 15;
/// Parameters of each arm: tonight's effect on sleep and pain, what is left over for sleep and pain.
const PER_ARM: usize = 4;

/// Shape of the prior of ρ, Beta(2, 5): what is left of a step halves within about a night.
const RHO_PRIOR: (f64, f64) = (2.0, 5.0);

/// The mean of a half-normal distribution of scale one, √(2/π).
const MEAN_OF_HALF_NORMAL: f64 = 0.797_884_560_8;

/// Blocks are never taken to differ by less than this share of their scale: nothing would be left to divide by.
const LEAST_BLOCK_SD: f64 = 1e-3;

/// The priors of the model, on standardised series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepPriors {
    pub mean: MeanSd,
    /// Of sleep, of pain.
    pub atanh_phi: [MeanSd; 2],
    pub sleep_to_pain: MeanSd,
    pub pain_to_sleep: MeanSd,
    /// Of the innovations, ln σ.
    pub ln_sigma: [MeanSd; 2],
    /// Of the errors, ln r.
    pub ln_error: [MeanSd; 2],
    pub trend: MeanSd,
    pub weekend: MeanSd,
    /// Tonight's effect on sleep and on pain, of every arm.
    pub effect: [MeanSd; 2],
    /// What is left over for the next night, beside what sleep and pain carry over anyway.
    pub left_over: MeanSd,
    /// Scale of the half-normal prior of the standard deviation between the levels of long blocks.
    pub block_sd: f64,
    /// Standard deviation of the first night's state.
    pub first_state_sd: f64,
}

impl StepPriors {
    /// Returns the normal priors in the order of the parameters, with ln σ and ln r in the places of their sum and ratio
    /// and a stand-in for logit ρ. The levels of blocks have the mean of their standard deviation's prior for one.
    fn listed(&self, arms: usize, blocks: usize) -> Vec<MeanSd> {
        let Self {
            mean,
            atanh_phi,
            sleep_to_pain,
            pain_to_sleep,
            ln_sigma,
            ln_error,
            trend,
            weekend,
            effect,
            left_over,
            block_sd,
            first_state_sd: _,
        } = self;
        let mut priors = vec![*mean, *mean, atanh_phi[0], atanh_phi[1], *sleep_to_pain, *pain_to_sleep];
        priors.extend([ln_sigma[0], ln_sigma[1], ln_error[0], ln_error[1]]);
        priors.extend([*trend, *trend, *weekend, *weekend, MeanSd { mean: -1.0, sd: 1.0 }]);
        for _ in 0..arms {
            priors.extend([effect[0], effect[1], *left_over, *left_over]);
        }
        priors.extend(std::iter::repeat_n(MeanSd { mean: 0.0, sd: block_sd * MEAN_OF_HALF_NORMAL }, blocks));
        priors
    }
}

/// The columns of an experiment as the model sees them: one row a night, in a row without gaps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    /// Standardised sleep and pain; `None` where unknown or left out.
    pub observed: Vec<[Option<f64>; 2]>,
    /// Whether the waking date is a day off.
    pub weekend: Vec<bool>,
    /// The step on each night, one column an arm.
    pub inputs: Vec<Vec<f64>>,
    /// What becomes of the step's effect after its night.
    pub course: Course,
    /// The long block of each night, where there are blocks: each has its own level on the judged side.
    pub blocks: Option<Vec<usize>>,
    /// The series that is judged; its observation is taken in first, so that its surprise does not know the other's.
    pub judged: Side,
}

/// The log-posterior of one experiment; keeps its workspace, so an evaluation allocates nothing.
#[derive(Debug, Clone)]
pub(crate) struct StepDensity {
    /// In the order of the parameters, with ln σ and ln r in the places of their sum and ratio.
    priors: Vec<MeanSd>,
    first_state_sd: f64,
    block_scale: f64,
    columns: Columns,
    /// In the order of channels: the judged side first.
    observed: Vec<[f64; 2]>,
    seen: Vec<[bool; 2]>,
    months: Vec<f64>,
    residuals: Vec<[f64; 2]>,
    /// The places of what enters linearly, and what one of each adds to the observations, in the order of channels.
    linear: Vec<usize>,
    directions: Vec<Vec<[f64; 2]>>,
    /// `u_t` by night, sleep before pain, and `C_{j,t}` by arm and night.
    path: Vec<[f64; 2]>,
    left: Vec<Vec<f64>>,
    natural: Vec<f64>,
    filter: Filter<2, 2>,
    gradient: LinearGaussianGradient<2, 2>,
}

impl StepDensity {
    pub fn new(columns: Columns, priors: StepPriors) -> Self {
        let nights = columns.observed.len();
        let order = Self::order_of(columns.judged);
        let value = |row: &[Option<f64>; 2], channel: usize| row[order[channel]];
        let observed = columns.observed.iter();
        let middle = (nights as f64 - 1.0) / 2.0;
        let block_count =
            columns.blocks.as_ref().map_or(0, |blocks| blocks.iter().max().map_or(0, |last| last + 1));
        let blocks_at = STEPS + PER_ARM * columns.inputs.len();
        let dimension = blocks_at + block_count;
        let months: Vec<f64> = (0..nights).map(|night| (night as f64 - middle) / 30.0).collect();
        let carried = columns.course == Course::Carried;
        let enters = |place: &usize| carried || *place < STEPS || (place - STEPS) % PER_ARM < 2;
        let steps = (STEPS..blocks_at).filter(enters);
        let levels = [MEAN, MEAN + 1, TREND, TREND + 1, WEEKEND, WEEKEND + 1];
        let linear: Vec<usize> = levels.into_iter().chain(steps).chain(blocks_at..dimension).collect();
        let adds = |place: usize, night: usize| {
            let on = |side: usize, value: f64| order.map(|each| if each == side { value } else { 0.0 });
            match place {
                MEAN..ATANH_PHI => on(place - MEAN, 1.0),
                TREND..WEEKEND => on(place - TREND, months[night]),
                WEEKEND..LOGIT_RHO => on(place - WEEKEND, f64::from(u8::from(columns.weekend[night]))),
                _ => {
                    let block = columns.blocks.as_ref().map(|blocks| blocks_at + blocks[night]);
                    [f64::from(u8::from(block == Some(place))), 0.0]
                }
            }
        };
        let directions: Vec<Vec<[f64; 2]>> =
            linear.iter().map(|place| (0..nights).map(|night| adds(*place, night)).collect()).collect();
        Self {
            first_state_sd: priors.first_state_sd,
            block_scale: priors.block_sd,
            priors: priors.listed(columns.inputs.len(), block_count),
            observed: observed.clone().map(|row| [0, 1].map(|at| value(row, at).unwrap_or(0.0))).collect(),
            seen: observed.map(|row| [0, 1].map(|at| value(row, at).is_some())).collect(),
            months,
            residuals: vec![[0.0; 2]; nights],
            linear,
            directions,
            path: vec![[0.0; 2]; nights],
            left: vec![vec![0.0; nights]; columns.inputs.len()],
            natural: vec![0.0; dimension],
            filter: Filter::new(nights),
            gradient: LinearGaussianGradient::zero(),
            columns,
        }
    }

    const fn order_of(judged: Side) -> [usize; 2] {
        [judged as usize, judged.other() as usize]
    }

    /// Returns the place of tonight's effect of an arm on the judged side.
    pub const fn judged_effect(&self, arm: usize) -> usize {
        Self::effect(arm, self.columns.judged)
    }

    /// Returns the place of tonight's effect of an arm on a side.
    pub const fn effect(arm: usize, side: Side) -> usize {
        STEPS + PER_ARM * arm + side as usize
    }

    /// Returns the place of what an arm leaves over for a side.
    pub const fn left_over(arm: usize, side: Side) -> usize {
        STEPS + PER_ARM * arm + 2 + side as usize
    }

    /// Returns ρ of a parameter vector.
    pub fn rho(position: &[f64]) -> f64 {
        1.0 / (1.0 + (-position[LOGIT_RHO]).exp())
    }

    /// Returns the dynamics of a parameter vector.
    pub fn dynamics(position: &[f64]) -> Dynamics {
        Dynamics {
            phi_sleep: position[ATANH_PHI].tanh(),
            phi_pain: position[ATANH_PHI + 1].tanh(),
            sleep_to_pain: position[SLEEP_TO_PAIN],
            pain_to_sleep: position[PAIN_TO_SLEEP],
        }
    }

    /// Returns where to begin the search for the mode, and each parameter's width.
    pub fn start(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut start, scale): (Vec<f64>, Vec<f64>) =
            self.priors.iter().map(|prior| (prior.mean, prior.sd)).unzip();
        for side in 0..2 {
            let ratio = start[LN_RATIO + side] - start[LN_TOTAL + side];
            start[LN_TOTAL + side] += half_log_sum(ratio);
            start[LN_RATIO + side] = ratio;
        }
        start[LOGIT_RHO] = -0.9;
        (start, scale)
    }

    /// Returns the log prior density of what does not enter linearly, up to a constant.
    pub fn log_prior_of_drawn(&mut self, position: &[f64]) -> f64 {
        self.fold(position);
        let of = |place: &usize| {
            if *place == LOGIT_RHO {
                self.log_prior_of_rho()
            } else {
                let off = (self.natural[*place] - self.priors[*place].mean) / self.priors[*place].sd;
                -0.5 * off * off
            }
        };
        self.drawn().iter().map(of).sum()
    }

    fn log_prior_of_rho(&self) -> f64 {
        let logit = self.natural[LOGIT_RHO];
        // ln ρ and ln(1 - ρ) without overflow; the Jacobian of the logit raises each exponent by one.
        let ln_one_plus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        -RHO_PRIOR.0 * ln_one_plus(-logit) - RHO_PRIOR.1 * ln_one_plus(logit)
    }

    /// Returns the places of the parameters that do not enter linearly. What is left over, and its rate, do not enter at all
    /// where the effect lies on top of its night.
    pub const fn drawn(&self) -> &'static [usize] {
        match self.columns.course {
            Course::Carried => &[2, 3, 4, 5, 6, 7, 8, 9, LOGIT_RHO],
            Course::OnTop => &[2, 3, 4, 5, 6, 7, 8, 9],
        }
    }

    /// Returns the log-likelihood of a parameter vector.
    pub fn log_likelihood(&mut self, position: &[f64]) -> Result<f64, DensityError> {
        self.fold(position);
        let model = self.state_space()?;
        self.take_levels_and_step_off();
        Ok(self.filter.log_likelihood(&model, &self.residuals, &self.seen))
    }

    /// Returns what the observations say of tonight's effect of `arm` on the judged side at one place of what does not enter
    /// linearly: levels, trends, other effects, what is left over and the levels of blocks (normal, with `block_sd` in units
    /// of their scale) are integrated out under their priors. What `position` has for them does not matter.
    pub fn given(&mut self, position: &[f64], arm: usize, block_sd: f64) -> Result<Given, DensityError> {
        self.fold(position);
        for place in &self.linear {
            self.natural[*place] = 0.0;
        }
        let model = self.state_space()?;
        self.take_levels_and_step_off();
        self.fill_paths(&model.transition);
        let along = self.filter.log_likelihood_along(&model, &self.residuals, &self.directions, &self.seen);
        let judged = self.judged_effect(arm);
        let (mut first, mut others) = (0, Vec::with_capacity(self.linear.len()));
        for (at, place) in self.linear.iter().enumerate() {
            if *place == judged {
                first = at;
            } else {
                others.push(at);
            }
        }
        let blocks_at = STEPS + PER_ARM * self.columns.inputs.len();
        let block = MeanSd { mean: 0.0, sd: self.block_scale * block_sd.max(LEAST_BLOCK_SD) };
        let prior = |at: usize| {
            let place = self.linear[at];
            if place < blocks_at { self.priors[place] } else { block }
        };
        integrated(&along, first, &others, prior)
    }

    /// Returns the whole parameter vector of a draw and one of what was integrated out, given the effect.
    pub fn completed(
        &self,
        position: &[f64],
        arm: usize,
        given: &Given,
        effect: f64,
        white: impl FnMut() -> f64,
    ) -> Vec<f64> {
        let judged = self.judged_effect(arm);
        let mut whole = position.to_vec();
        whole[judged] = effect;
        let others = self.linear.iter().filter(|place| **place != judged);
        others.zip(given.others(effect, white)).for_each(|(place, value)| whole[*place] = value);
        whole
    }

    /// Fills what an effect of one, and one left over, adds to the observations.
    fn fill_paths(&mut self, transition: &[[f64; 2]; 2]) {
        let order = Self::order_of(self.columns.judged);
        let carried = self.columns.course == Course::Carried;
        let rho = Self::rho(&self.natural);
        let paths = self.linear.iter().zip(&mut self.directions);
        let blocks_at = STEPS + PER_ARM * self.columns.inputs.len();
        for (place, direction) in paths.filter(|(place, _)| (STEPS..blocks_at).contains(*place)) {
            let (arm, part) = ((place - STEPS) / PER_ARM, (place - STEPS) % PER_ARM);
            let (mut before, mut left, mut last) = ([0.0; 2], 0.0, 0.0);
            for (shown, step) in direction.iter_mut().zip(&self.columns.inputs[arm]) {
                left = rho * left + last;
                last = *step;
                let mut now = transition.map(|[one, other]| one * before[0] + other * before[1]);
                now[part % 2] += if part < 2 { *step } else { left };
                *shown = order.map(|side| now[side]);
                if carried {
                    before = now;
                }
            }
        }
    }

    /// Returns how each night's judged observation surprised, given everything of the nights before it, in standard
    /// deviations; `None` where there was none.
    pub fn surprises(&mut self, position: &[f64]) -> Result<Vec<Option<f64>>, DensityError> {
        self.log_likelihood(position)?;
        let of = |night| self.filter.surprise(night, 0).map(|surprise| surprise.standardised);
        Ok((0..self.observed.len()).map(of).collect())
    }

    /// Writes the parameters with ln σ and ln r in place of their sum and ratio.
    fn fold(&mut self, position: &[f64]) {
        self.natural.copy_from_slice(position);
        for side in 0..2 {
            let ratio = position[LN_RATIO + side];
            self.natural[LN_TOTAL + side] -= half_log_sum(ratio);
            self.natural[LN_RATIO + side] = self.natural[LN_TOTAL + side] + ratio;
        }
    }

    fn state_space(&self) -> Result<LinearGaussian<2, 2>, DensityError> {
        let variance = |place: usize| (2.0 * self.natural[place]).exp();
        let (sleep, pain) = (variance(LN_TOTAL), variance(LN_TOTAL + 1));
        let errors = [variance(LN_RATIO), variance(LN_RATIO + 1)];
        let dynamics = Self::dynamics(&self.natural);
        // Written so that NaN is refused as well; far-out variances would only breed infinities.
        let sane = [sleep, pain, errors[0], errors[1]].iter().all(|value| (1e-12..1e12).contains(value));
        if !(sane && dynamics.spectral_radius() < LARGEST_SPECTRAL_RADIUS) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        let (b, first) = (dynamics.sleep_to_pain, self.first_state_sd.powi(2));
        let order = Self::order_of(self.columns.judged);
        Ok(LinearGaussian {
            transition: dynamics.transition(),
            innovation_covariance: [[sleep, b * sleep], [b * sleep, pain + b * b * sleep]],
            observed_state: order,
            observation_variance: order.map(|side| errors[side]),
            first_covariance: [[first, 0.0], [0.0, first]],
        })
    }

    /// Fills residuals, the step's path and what is left of it.
    fn take_levels_and_step_off(&mut self) {
        let natural = &self.natural;
        let transition = Self::dynamics(natural).transition();
        let rho = Self::rho(natural);
        let order = Self::order_of(self.columns.judged);
        let blocks_at = STEPS + PER_ARM * self.columns.inputs.len();
        let carried = self.columns.course == Course::Carried;
        let mut before = [0.0; 2];
        for night in 0..self.observed.len() {
            let mut now = [0, 1].map(|row| transition[row][0] * before[0] + transition[row][1] * before[1]);
            for (arm, input) in self.columns.inputs.iter().enumerate() {
                let left = if night == 0 { 0.0 } else { rho * self.left[arm][night - 1] + input[night - 1] };
                self.left[arm][night] = left;
                let at = STEPS + PER_ARM * arm;
                for side in 0..2 {
                    now[side] += natural[at + side] * input[night];
                    if carried {
                        now[side] += natural[at + 2 + side] * left;
                    }
                }
            }
            self.path[night] = now;
            if carried {
                before = now;
            }
            let off = f64::from(u8::from(self.columns.weekend[night]));
            for channel in 0..2 {
                let side = order[channel];
                let mut level = natural[MEAN + side]
                    + natural[TREND + side] * self.months[night]
                    + natural[WEEKEND + side] * off;
                if channel == 0
                    && let Some(blocks) = &self.columns.blocks
                {
                    level += natural[blocks_at + blocks[night]];
                }
                self.residuals[night][channel] = self.observed[night][channel] - level - now[side];
            }
        }
    }

    /// Adds the log-likelihood's gradient by the natural parameters (ln σ, ln r).
    fn add_likelihood_gradient(&self, model: &LinearGaussian<2, 2>, gradient: &mut [f64]) {
        let order = Self::order_of(self.columns.judged);
        let by_transition = self.add_step_gradient(model, order, gradient);
        let [[a00, a01], [a10, a11]] = by_transition;
        let [[q00, q01], [q10, q11]] = self.gradient.innovation_covariance;
        let Dynamics { phi_sleep, phi_pain, sleep_to_pain: b_sp, pain_to_sleep: b_ps } =
            Self::dynamics(&self.natural);
        let sleep = model.innovation_covariance[0][0];
        let pain = (2.0 * self.natural[LN_TOTAL + 1]).exp();
        gradient[ATANH_PHI] += (a00 + b_sp * a10) * (1.0 - phi_sleep * phi_sleep);
        gradient[ATANH_PHI + 1] += a11 * (1.0 - phi_pain * phi_pain);
        gradient[SLEEP_TO_PAIN] +=
            phi_sleep * a10 + b_ps * a11 + sleep * (q01 + q10) + 2.0 * b_sp * sleep * q11;
        gradient[PAIN_TO_SLEEP] += a01 + b_sp * a11;
        gradient[LN_TOTAL] += 2.0 * sleep * (q00 + b_sp * (q01 + q10) + b_sp * b_sp * q11);
        gradient[LN_TOTAL + 1] += 2.0 * pain * q11;
        for (channel, side) in order.into_iter().enumerate() {
            gradient[LN_RATIO + side] +=
                2.0 * model.observation_variance[channel] * self.gradient.observation_variance[channel];
        }
        let blocks_at = STEPS + PER_ARM * self.columns.inputs.len();
        for (night, slopes) in self.filter.residual_gradient().iter().enumerate() {
            let off = f64::from(u8::from(self.columns.weekend[night]));
            // A level is taken off the observation, so its derivative is minus the residual's.
            for (channel, side) in order.into_iter().enumerate() {
                gradient[MEAN + side] -= slopes[channel];
                gradient[TREND + side] -= slopes[channel] * self.months[night];
                gradient[WEEKEND + side] -= slopes[channel] * off;
            }
            if let Some(blocks) = &self.columns.blocks {
                gradient[blocks_at + blocks[night]] -= slopes[0];
            }
        }
    }

    /// Goes back along the step's path; adds the derivatives of its parameters and returns those by `A`.
    fn add_step_gradient(
        &self,
        model: &LinearGaussian<2, 2>,
        order: [usize; 2],
        gradient: &mut [f64],
    ) -> [[f64; 2]; 2] {
        let transition = &model.transition;
        let rho = Self::rho(&self.natural);
        let mut by_transition = self.gradient.transition;
        if self.columns.course == Course::OnTop {
            for (night, slopes) in self.filter.residual_gradient().iter().enumerate() {
                for (arm, input) in self.columns.inputs.iter().enumerate() {
                    for (channel, side) in order.into_iter().enumerate() {
                        gradient[STEPS + PER_ARM * arm + side] -= slopes[channel] * input[night];
                    }
                }
            }
            return by_transition;
        }
        let mut path_bar = [0.0; 2];
        let mut left_bar = [0.0; crate::design::MOST_ARMS];
        for (night, slopes) in self.filter.residual_gradient().iter().enumerate().rev() {
            let later = path_bar;
            for side in 0..2 {
                path_bar[side] = transition[0][side] * later[0] + transition[1][side] * later[1];
            }
            for (channel, side) in order.into_iter().enumerate() {
                path_bar[side] -= slopes[channel];
            }
            for (arm, input) in self.columns.inputs.iter().enumerate() {
                let at = STEPS + PER_ARM * arm;
                let left = self.left[arm][night];
                let mut bar = rho * left_bar[arm];
                for side in 0..2 {
                    gradient[at + side] += path_bar[side] * input[night];
                    gradient[at + 2 + side] += path_bar[side] * left;
                    bar += self.natural[at + 2 + side] * path_bar[side];
                }
                left_bar[arm] = bar;
                if night > 0 {
                    gradient[LOGIT_RHO] += bar * self.left[arm][night - 1] * rho * (1.0 - rho);
                }
            }
            if night > 0 {
                for row in 0..2 {
                    for column in 0..2 {
                        by_transition[row][column] += path_bar[row] * self.path[night - 1][column];
                    }
                }
            }
        }
        by_transition
    }
}

impl LogDensity for StepDensity {
    fn dimension(&self) -> usize {
        self.natural.len()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        self.fold(position);
        let model = self.state_space()?;
        self.take_levels_and_step_off();
        let mut value = self.filter.log_likelihood(&model, &self.residuals, &self.seen);
        self.filter.gradient(&model, &mut self.gradient);
        for (place, prior) in self.priors.iter().enumerate() {
            let off = (self.natural[place] - prior.mean) / prior.sd;
            if place == LOGIT_RHO {
                let rho = Self::rho(&self.natural);
                value += self.log_prior_of_rho();
                gradient[place] = RHO_PRIOR.0 * (1.0 - rho) - RHO_PRIOR.1 * rho;
            } else {
                value -= 0.5 * off * off;
                gradient[place] = -off / prior.sd;
            }
        }
        self.add_likelihood_gradient(&model, gradient);
        for side in 0..2 {
            let share = 1.0 / (1.0 + (-2.0 * position[LN_RATIO + side]).exp());
            let both = gradient[LN_TOTAL + side] + gradient[LN_RATIO + side];
            gradient[LN_RATIO + side] -= share * both;
            gradient[LN_TOTAL + side] = both;
        }
        if value.is_finite() {
            Ok(value)
        } else {
            Err(DensityError::OutsideSupport("the likelihood overflowed"))
        }
    }
}

/// What the observations say of one effect when all else that enters linearly is integrated out, and what they then say of
/// that.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// The log-likelihood in the effect: `c0 + c1 x + c2 x²`.
    pub quadratic: [f64; 3],
    /// The others given the effect `x` are normal with precision `L L'` and mean `(L L')⁻¹ (pull - x lean)`.
    lower: Square,
    pull: Vec<f64>,
    lean: Vec<f64>,
}

impl Given {
    fn others(&self, effect: f64, mut white: impl FnMut() -> f64) -> Vec<f64> {
        let pulled = self.pull.iter().zip(&self.lean).map(|(pull, lean)| pull - effect * lean);
        let half: Vec<f64> = self.lower.solve_lower(&pulled.collect::<Vec<f64>>());
        let half: Vec<f64> = half.into_iter().map(|each| each + white()).collect();
        self.lower.solve_lower_transposed(&half)
    }
}

/// Integrates all directions but `first` out. With precision `G` and slopes `g` of the others, priors N(m, V),
/// `H = G + V⁻¹` and `h = g + V⁻¹ m`, `∫ exp(g'b - b'Gb/2) N(b; m, V) db = |V H|^(-1/2) exp(h' H⁻¹ h / 2 - m' V⁻¹ m / 2)`,
/// where `g` is linear in the first.
fn integrated(
    along: &Along,
    first: usize,
    others: &[usize],
    prior: impl Fn(usize) -> MeanSd,
) -> Result<Given, DensityError> {
    let mut sharp = Square::zero(others.len());
    let (mut pull, mut lean) = (Vec::with_capacity(others.len()), Vec::with_capacity(others.len()));
    let mut c0 = along.value;
    for (row, at) in others.iter().enumerate() {
        for (column, other) in others.iter().enumerate() {
            sharp.set(row, column, along.precision.get(*at, *other));
        }
        let MeanSd { mean, sd } = prior(*at);
        let weight = sd.powi(-2);
        sharp.set(row, row, sharp.get(row, row) + weight);
        pull.push(along.slopes[*at] + weight * mean);
        lean.push(along.precision.get(*at, first));
        c0 -= sd.ln() + 0.5 * weight * mean * mean;
    }
    let lower = sharp.cholesky().ok_or(DensityError::OutsideSupport("the levels overflowed"))?;
    let (still, moved) = (lower.solve_lower(&pull), lower.solve_lower(&lean));
    c0 += 0.5 * dot(&still, &still) - (0..others.len()).map(|row| lower.get(row, row).ln()).sum::<f64>();
    let c1 = along.slopes[first] - dot(&still, &moved);
    let c2 = -0.5 * (along.precision.get(first, first) - dot(&moved, &moved));
    Ok(Given { quadratic: [c0, c1, c2], lower, pull, lean })
}

/// Returns ln(1 + e^(2w)) / 2 without overflow.
fn half_log_sum(ratio: f64) -> f64 {
    ratio.max(0.0) + 0.5 * (-2.0 * ratio.abs()).exp().ln_1p()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::columns::LEVEL_SD;
    use nightmend_infer::random::Stream;

    const fn normal(mean: f64, sd: f64) -> MeanSd {
        MeanSd { mean, sd }
    }

    pub fn priors() -> StepPriors {
        StepPriors {
            mean: normal(0.0, LEVEL_SD),
            atanh_phi: [normal(0.25, 0.5), normal(0.35, 0.5)],
            sleep_to_pain: normal(-0.08, 0.15),
            pain_to_sleep: normal(-0.03, 0.13),
            ln_sigma: [normal(-0.15, 0.35); 2],
            ln_error: [normal(-1.0, 0.4), normal(-0.7, 0.4)],
            trend: normal(0.0, 0.4),
            weekend: normal(0.0, 0.4),
            effect: [normal(0.0, 0.5), normal(-0.28, 0.48)],
            left_over: normal(0.0, 0.2),
            block_sd: 0.3,
            first_state_sd: 2.0,
        }
    }

    /// A made-up experiment with everything in it: gaps, weekends, arms, blocks.
    pub fn columns(nights: usize, arms: usize, blocks: Option<usize>, judged: Side) -> Columns {
        let mut stream = Stream::new(11, nights as u64);
        let mut inputs = vec![vec![0.0; nights]; arms];
        let mut observed = Vec::new();
        for night in 0..nights {
            let arm = (stream.uniform() * (arms + 1) as f64) as usize;
            if arm > 0 {
                inputs[arm - 1][night] = 1.0;
            }
            let effect = -0.7 * f64::from(u8::from(arm == 1));
            let value = |shift: f64, stream: &mut Stream| {
                let value = shift + stream.normal();
                (stream.uniform() > 0.15).then_some(value)
            };
            observed.push([value(0.0, &mut stream), value(effect, &mut stream)]);
        }
        Columns {
            observed,
            weekend: (0..nights).map(|night| night % 7 >= 5).collect(),
            inputs,
            course: Course::Carried,
            blocks: blocks.map(|length| (0..nights).map(|night| night / length).collect()),
            judged,
        }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let carried = [(1, None, Side::Pain), (2, Some(7), Side::Sleep), (0, None, Side::Pain)];
        let forms = carried.map(|form| (form, Course::Carried));
        for ((arms, blocks, judged), course) in forms.into_iter().chain([(carried[1], Course::OnTop)]) {
            let columns = Columns { course, ..columns(40, arms, blocks, judged) };
            let mut density = StepDensity::new(columns, priors());
            let (mut position, _) = density.start();
            let mut stream = Stream::new(5, arms as u64);
            position.iter_mut().for_each(|place| *place += 0.2 * stream.normal());
            let mut gradient = vec![0.0; density.dimension()];
            let mut scrap = gradient.clone();
            density.value_and_gradient(&position, &mut gradient).expect("inside the support");
            for place in 0..position.len() {
                let mut at = |step: f64| {
                    let mut moved = position.clone();
                    moved[place] += step;
                    density.value_and_gradient(&moved, &mut scrap).expect("inside the support")
                };
                let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
                let error = (gradient[place] - numeric).abs() / (1.0 + numeric.abs());
                assert!(
                    error < 1e-6,
                    "{arms} arms, parameter {place}: {} against {numeric}",
                    gradient[place]
                );
            }
        }
    }

    /// Nights with the step moved by two SDs and everything centred again, as a layout does it: the level is that of the
    /// other nights, and a prior that holds it near the mean of all would take part of the effect off.
    #[test]
    fn an_effect_is_not_drawn_towards_the_mean_of_all_nights() {
        for course in [Course::Carried, Course::OnTop] {
            let still = Columns { course, ..columns(42, 1, None, Side::Pain) };
            let mut paths = StepDensity::new(still.clone(), priors());
            let (position, _) = paths.start();
            paths.given(&position, 0, 1.0).expect("inside the support");
            let place = paths.linear.iter().position(|place| *place == paths.judged_effect(0));
            let path = paths.directions[place.expect("an effect")].clone();
            let shift = -2.0;
            let mean_path = path.iter().map(|[pain, _]| pain).sum::<f64>() / path.len() as f64;
            let mut moved = still.clone();
            for ([sleep, pain], [on_pain, on_sleep]) in moved.observed.iter_mut().zip(&path) {
                *pain = pain.map(|pain| pain + shift * (on_pain - mean_path));
                *sleep = sleep.map(|sleep| sleep + shift * on_sleep);
            }
            let effect = |columns: Columns| {
                let given = StepDensity::new(columns, priors()).given(&position, 0, 1.0);
                let [_, c1, c2] = given.expect("inside the support").quadratic;
                -c1 / (2.0 * c2)
            };
            let found = effect(moved) - effect(still);
            assert!((found / shift - 1.0).abs() < 0.005, "{course:?}: {found}");
        }
    }

    /// The integral over what enters linearly, against that of a fine grid over the trend, all else held by its prior.
    #[test]
    fn what_enters_linearly_is_integrated_out() {
        for course in [Course::Carried, Course::OnTop] {
            let mut held = priors();
            let nothing = normal(0.0, 1e-4);
            (held.mean, held.weekend, held.left_over) = (nothing, nothing, nothing);
            held.effect[0] = normal(0.3, 1e-4);
            let columns = Columns { course, ..columns(40, 1, None, Side::Pain) };
            let mut density = StepDensity::new(columns, held);
            let (mut position, _) = density.start();
            for place in [MEAN, MEAN + 1, WEEKEND, WEEKEND + 1, STEPS + 2, STEPS + 3] {
                position[place] = 0.0;
            }
            position[STEPS] = 0.3;
            let [c0, c1, c2] = density.given(&position, 0, 1.0).expect("inside the support").quadratic;
            let step = 0.05;
            for effect in [-2.3, 0.4, 3.0] {
                position[StepDensity::effect(0, Side::Pain)] = effect;
                let mut sum = 0.0;
                for (one, other) in (-40..=40).flat_map(|one| (-40..=40).map(move |other| (one, other))) {
                    (position[TREND], position[TREND + 1]) = (step * f64::from(one), step * f64::from(other));
                    let squares = (position[TREND] / 0.4).powi(2) + (position[TREND + 1] / 0.4).powi(2);
                    let prior = (-0.5 * squares).exp() / (2.0 * std::f64::consts::PI * 0.16);
                    let value = density.log_likelihood(&position).expect("inside the support");
                    sum += step * step * prior * (value - c0).exp();
                }
                let exact = c0 + c1 * effect + c2 * effect * effect;
                assert!((c0 + sum.ln() - exact).abs() < 1e-3, "{effect}: {} {exact}", c0 + sum.ln());
            }
        }
    }
}
