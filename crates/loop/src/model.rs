//! States the one-pain-a-day loop as a log-posterior with its gradient.
//!
//! On standardised series, with night `t` before day `t`:
//! ```text
//! s_t = φ_s s_{t-1} + b_ps p_{t-1} + e_s        e_s ~ N(0, σ_s²)
//! p_t = φ_p p_{t-1} + b_sp s_t     + e_p        e_p ~ N(0, σ_p²)
//! ```
//! Putting the first line into the second gives one step a day, `x_t = A x_{t-1} + e_t` with
//! `A = [[φ_s, b_ps], [b_sp φ_s, φ_p + b_sp b_ps]]` and `Q = [[σ_s², b_sp σ_s²], [·, σ_p² + b_sp² σ_s²]]`. Both are
//! observed with noise around a level (mean, trend per 30 days around the middle, weekend). The first day's state
//! is N(0, 2²) in each part. Parameter vectors in which the spectral radius of `A` reaches 0.995 have density zero.

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::state_space::{Filter, LinearGaussian, LinearGaussianGradient, Surprise};
use nightmend_infer::{DensityError, LogDensity};

use crate::data::Series;
use crate::priors::{self, SeriesPriors};

/// How many parameters the model has.
pub const PARAMETERS: usize = 14;

/// The parameters, in the order of every parameter vector here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
#[expect(missing_docs, reason = "each is described by its entry in NAMES and in priors.toml")]
pub enum Parameter {
    MeanSleep,
    MeanPain,
    AtanhPhiSleep,
    AtanhPhiPain,
    SleepToPain,
    PainToSleep,
    LnSigmaSleep,
    LnSigmaPain,
    LnErrorSleep,
    LnErrorPain,
    TrendSleep,
    TrendPain,
    WeekendSleep,
    WeekendPain,
}

impl Parameter {
    /// Every parameter in order.
    pub const ALL: [Self; PARAMETERS] = [
        Self::MeanSleep,
        Self::MeanPain,
        Self::AtanhPhiSleep,
        Self::AtanhPhiPain,
        Self::SleepToPain,
        Self::PainToSleep,
        Self::LnSigmaSleep,
        Self::LnSigmaPain,
        Self::LnErrorSleep,
        Self::LnErrorPain,
        Self::TrendSleep,
        Self::TrendPain,
        Self::WeekendSleep,
        Self::WeekendPain,
    ];

    /// Returns its place in a parameter vector.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The names of the parameters, as in the file of priors and in the oracle.
pub const NAMES: [&str; PARAMETERS] = [
    "mean_s",
    "mean_p",
    "atanh_phi_s",
    "atanh_phi_p",
    "b_sp",
    "b_ps",
    "ln_sigma_s",
    "ln_sigma_p",
    "ln_r_s",
    "ln_r_p",
    "trend_s",
    "trend_p",
    "weekend_s",
    "weekend_p",
];

/// A loop whose spectral radius reaches this is not stationary and is ruled out.
pub const LARGEST_SPECTRAL_RADIUS: f64 = 0.995;

/// The dynamics of one parameter vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynamics {
    /// Carry-over of sleep, φ_s.
    pub phi_sleep: f64,
    /// Carry-over of pain, φ_p.
    pub phi_pain: f64,
    /// Sleep to pain, b_sp.
    pub sleep_to_pain: f64,
    /// Pain to sleep, b_ps.
    pub pain_to_sleep: f64,
}

impl Dynamics {
    /// Reads the dynamics off a parameter vector.
    #[must_use]
    pub fn of(parameters: &[f64]) -> Self {
        Self {
            phi_sleep: parameters[Parameter::AtanhPhiSleep.index()].tanh(),
            phi_pain: parameters[Parameter::AtanhPhiPain.index()].tanh(),
            sleep_to_pain: parameters[Parameter::SleepToPain.index()],
            pain_to_sleep: parameters[Parameter::PainToSleep.index()],
        }
    }

    /// Returns the one-day transition `A`.
    #[must_use]
    pub fn transition(&self) -> [[f64; 2]; 2] {
        let Self { phi_sleep, phi_pain, sleep_to_pain, pain_to_sleep } = *self;
        [[phi_sleep, pain_to_sleep], [sleep_to_pain * phi_sleep, phi_pain + sleep_to_pain * pain_to_sleep]]
    }

    /// Returns the largest absolute eigenvalue of the transition.
    ///
    /// The trace is φ_s + φ_p + b_sp b_ps and the determinant φ_s φ_p.
    #[must_use]
    pub fn spectral_radius(&self) -> f64 {
        let trace = self.phi_sleep + self.phi_pain + self.sleep_to_pain * self.pain_to_sleep;
        let determinant = self.phi_sleep * self.phi_pain;
        let discriminant = trace * trace - 4.0 * determinant;
        if discriminant >= 0.0 { 0.5 * (trace.abs() + discriminant.sqrt()) } else { determinant.sqrt() }
    }

    /// Returns what pain comes to in the long run if sleep is held one unit higher, whatever pain does.
    #[must_use]
    pub fn press_held(&self) -> f64 {
        self.sleep_to_pain / (1.0 - self.phi_pain)
    }

    /// Returns what sleep comes to in the long run if it is pushed by one unit a night and the loop responds.
    #[must_use]
    pub fn sleep_responding(&self) -> f64 {
        1.0 / ((1.0 - self.phi_sleep) * (1.0 - self.loop_gain()))
    }

    /// Returns what pain comes to in the long run if sleep is pushed by one unit a night and the loop responds.
    #[must_use]
    pub fn press_responding(&self) -> f64 {
        self.press_held() * self.sleep_responding()
    }

    /// Returns what a lasting unit push to pain returns after one full circuit.
    #[must_use]
    pub fn loop_gain(&self) -> f64 {
        self.sleep_to_pain * self.pain_to_sleep / ((1.0 - self.phi_sleep) * (1.0 - self.phi_pain))
    }
}

/// The log-posterior of one standardised series; keeps its workspace, so an evaluation allocates nothing.
#[derive(Debug, Clone)]
pub struct LoopDensity {
    priors: SeriesPriors,
    observed: Vec<[f64; 2]>,
    seen: Vec<[bool; 2]>,
    months: Vec<f64>,
    weekend: Vec<f64>,
    innovation_correlation: f64,
    residuals: Vec<[f64; 2]>,
    filter: Filter<2, 2>,
    gradient: LinearGaussianGradient<2, 2>,
}

impl LoopDensity {
    /// Prepares the posterior of `series`, standardised by `spread`, under `priors`.
    ///
    /// A prior standard deviation of infinity is a flat prior.
    #[must_use]
    pub fn new(series: &Series, spread: &Standardisation, priors: SeriesPriors) -> Self {
        let days = series.len();
        let standard =
            |value: Option<f64>, scale: MeanSd| value.map_or(0.0, |value| (value - scale.mean) / scale.sd);
        let pairs = || series.sleep().iter().zip(series.pain());
        let observed =
            pairs().map(|(night, day)| [standard(*night, spread.sleep), standard(*day, spread.pain)]);
        let middle = (days as f64 - 1.0) / 2.0;
        Self {
            priors,
            observed: observed.collect(),
            seen: pairs().map(|(night, day)| [night.is_some(), day.is_some()]).collect(),
            months: (0..days).map(|day| (day as f64 - middle) / 30.0).collect(),
            weekend: series.weekend().iter().map(|off| f64::from(u8::from(*off))).collect(),
            innovation_correlation: 0.0,
            residuals: vec![[0.0; 2]; days],
            filter: Filter::new(days),
            gradient: LinearGaussianGradient::zero(),
        }
    }

    /// Supposes that something unseen moves a night and the day after it together: a correlation between `e_s` and
    /// `e_p` of the same index, which adds `c = ρ σ_s σ_p` to their covariance and is zero in the loop itself.
    #[must_use]
    pub fn with_innovation_correlation(mut self, correlation: f64) -> Self {
        self.innovation_correlation = correlation;
        self
    }

    /// Returns the priors that are in use.
    #[must_use]
    pub fn priors(&self) -> &SeriesPriors {
        &self.priors
    }

    /// Returns the log-likelihood of a parameter vector, without the priors and without its gradient.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub fn log_likelihood(&mut self, parameters: &[f64]) -> Result<f64, DensityError> {
        let model = self.state_space(parameters)?;
        self.take_levels_off(parameters);
        Ok(self.filter.log_likelihood(&model, &self.residuals, &self.seen))
    }

    /// Returns how every night (first) and every day (second) surprised, given everything before it.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub fn surprises(&mut self, parameters: &[f64]) -> Result<Vec<[Option<Surprise>; 2]>, DensityError> {
        self.log_likelihood(parameters)?;
        let of = |day| [self.filter.surprise(day, 0), self.filter.surprise(day, 1)];
        Ok((0..self.observed.len()).map(of).collect())
    }

    /// Returns the inverse covariance of everything seen, times a column of the same shape (zero where nothing was).
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub(crate) fn precision_times(
        &mut self,
        parameters: &[f64],
        column: &[[f64; 2]],
    ) -> Result<Vec<[f64; 2]>, DensityError> {
        let model = self.state_space(parameters)?;
        // The log-likelihood is -y'Σ⁻¹y/2 and a constant, so its derivative by y is -Σ⁻¹y.
        self.filter.log_likelihood(&model, column, &self.seen);
        self.filter.gradient(&model, &mut self.gradient);
        Ok(self.filter.residual_gradient().iter().map(|slopes| slopes.map(|slope| -slope)).collect())
    }

    /// Returns the standardised values, with anything where nothing was seen.
    pub(crate) fn observed(&self) -> &[[f64; 2]] {
        &self.observed
    }

    /// Returns which nights and which days there is a value of.
    pub(crate) fn seen(&self) -> &[[bool; 2]] {
        &self.seen
    }

    /// Returns what the level of each day is made of: one, months from the middle, day off or not.
    pub(crate) fn level_columns(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        self.months.iter().zip(&self.weekend).map(|(months, off)| [1.0, *months, *off])
    }

    /// Returns the posterior that the first `days` days alone give, on the same scale and around the same middle.
    #[must_use]
    pub fn knowing_only(mut self, days: usize) -> Self {
        self.seen.iter_mut().skip(days).for_each(|seen| *seen = [false; 2]);
        self
    }

    fn state_space(&self, parameters: &[f64]) -> Result<LinearGaussian<2, 2>, DensityError> {
        let dynamics = Dynamics::of(parameters);
        let variance = |parameter: Parameter| (2.0 * parameters[parameter.index()]).exp();
        let (sleep, pain) = (variance(Parameter::LnSigmaSleep), variance(Parameter::LnSigmaPain));
        let noise = f64::from(u8::from(self.priors.with_measurement_error));
        let sleep_noise = noise * variance(Parameter::LnErrorSleep);
        let pain_noise = noise * variance(Parameter::LnErrorPain);
        // Written so that NaN is refused as well; far-out variances would only breed infinities.
        let sane = [sleep, pain, sleep_noise + 1e-12, pain_noise + 1e-12]
            .iter()
            .all(|value| (1e-12..1e12).contains(value));
        if !(sane && dynamics.spectral_radius() < LARGEST_SPECTRAL_RADIUS) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        let b = dynamics.sleep_to_pain;
        let first = self.priors.first_state_sd * self.priors.first_state_sd;
        let shared = self.innovation_correlation * (sleep * pain).sqrt();
        let across = b * sleep + shared;
        Ok(LinearGaussian {
            transition: dynamics.transition(),
            innovation_covariance: [[sleep, across], [across, pain + b * b * sleep + 2.0 * b * shared]],
            observed_state: [0, 1],
            observation_variance: [sleep_noise, pain_noise],
            first_covariance: [[first, 0.0], [0.0, first]],
        })
    }

    fn take_levels_off(&mut self, parameters: &[f64]) {
        let at = |parameter: Parameter| parameters[parameter.index()];
        let mean = [at(Parameter::MeanSleep), at(Parameter::MeanPain)];
        let trend = [at(Parameter::TrendSleep), at(Parameter::TrendPain)];
        let weekend = [at(Parameter::WeekendSleep), at(Parameter::WeekendPain)];
        let days = self.residuals.iter_mut().zip(&self.observed).zip(self.months.iter().zip(&self.weekend));
        for ((residual, observed), (months, off)) in days {
            for channel in 0..2 {
                residual[channel] =
                    observed[channel] - mean[channel] - trend[channel] * months - weekend[channel] * off;
            }
        }
    }

    /// Adds the log-likelihood's gradient, by the chain rule from the filter's entries to the parameters.
    fn add_likelihood_gradient(
        &self,
        parameters: &[f64],
        model: &LinearGaussian<2, 2>,
        gradient: &mut [f64],
    ) {
        let Dynamics { phi_sleep, phi_pain, sleep_to_pain: b_sp, pain_to_sleep: b_ps } =
            Dynamics::of(parameters);
        let [[a00, a01], [a10, a11]] = self.gradient.transition;
        let [[q00, q01], [q10, q11]] = self.gradient.innovation_covariance;
        let sleep = model.innovation_covariance[0][0];
        let pain = (2.0 * parameters[Parameter::LnSigmaPain.index()]).exp();
        let shared = self.innovation_correlation * (sleep * pain).sqrt();
        let by_shared = shared * (q01 + q10 + 2.0 * b_sp * q11);
        let mut add = |parameter: Parameter, slope: f64| gradient[parameter.index()] += slope;
        add(Parameter::AtanhPhiSleep, (a00 + b_sp * a10) * (1.0 - phi_sleep * phi_sleep));
        add(Parameter::AtanhPhiPain, a11 * (1.0 - phi_pain * phi_pain));
        add(
            Parameter::SleepToPain,
            phi_sleep * a10 + b_ps * a11 + sleep * (q01 + q10) + 2.0 * (b_sp * sleep + shared) * q11,
        );
        add(Parameter::PainToSleep, a01 + b_sp * a11);
        let by_sleep = q00 + b_sp * (q01 + q10) + b_sp * b_sp * q11;
        add(Parameter::LnSigmaSleep, 2.0 * sleep * by_sleep + by_shared);
        add(Parameter::LnSigmaPain, 2.0 * pain * q11 + by_shared);
        let noise = self.gradient.observation_variance;
        add(Parameter::LnErrorSleep, 2.0 * model.observation_variance[0] * noise[0]);
        add(Parameter::LnErrorPain, 2.0 * model.observation_variance[1] * noise[1]);
        // A level is taken off the observation, so its derivative is minus the residual's.
        let mut levels = [[0.0; 2]; 3];
        let days = self.filter.residual_gradient().iter().zip(self.months.iter().zip(&self.weekend));
        for (slopes, (months, off)) in days {
            for channel in 0..2 {
                levels[0][channel] -= slopes[channel];
                levels[1][channel] -= slopes[channel] * months;
                levels[2][channel] -= slopes[channel] * off;
            }
        }
        add(Parameter::MeanSleep, levels[0][0]);
        add(Parameter::MeanPain, levels[0][1]);
        add(Parameter::TrendSleep, levels[1][0]);
        add(Parameter::TrendPain, levels[1][1]);
        add(Parameter::WeekendSleep, levels[2][0]);
        add(Parameter::WeekendPain, levels[2][1]);
    }
}

impl LogDensity for LoopDensity {
    fn dimension(&self) -> usize {
        PARAMETERS
    }

    fn value(&mut self, parameters: &[f64]) -> Result<f64, DensityError> {
        Ok(priors::log_prior(&self.priors.parameters, parameters) + self.log_likelihood(parameters)?)
    }

    fn value_and_gradient(&mut self, parameters: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let model = self.state_space(parameters)?;
        self.take_levels_off(parameters);
        let value = self.filter.log_likelihood(&model, &self.residuals, &self.seen);
        self.filter.gradient(&model, &mut self.gradient);
        let value = priors::weigh_in(value, &self.priors.parameters, parameters, gradient);
        self.add_likelihood_gradient(parameters, &model, gradient);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(DensityError::OutsideSupport("the likelihood overflowed"))
        }
    }
}
