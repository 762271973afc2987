//! States the half-day loop as a log-posterior with its gradient: night, then morning pain, then pain of the day.
//!
//! On standardised series (both pain reports by one centre and spread), section 2.2 of the notes:
//! ```text
//! s_t = φ_s s_{t-1} + b_ps d_{t-1} + e_s      m_t = λ d_{t-1} + b_sm s_t + e_m      d_t = φ_p m_t + b_sd s_t + e_d
//! ```
//! In one step a day, with `M` what yesterday brings to each line and `L` what each line hands on within the day,
//! ```text
//! M = [[φ_s, 0, b_ps], [0, 0, λ], [0, 0, 0]]     L = [[1, 0, 0], [b_sm, 1, 0], [φ_p b_sm + b_sd, φ_p, 1]]
//! x_t = A x_{t-1} + L e_t,     A = L M,     Q = L D L',     D = diag(σ_s², σ_m², σ_d²)
//! ```
//! so that, with bars for derivatives and `Q̄` symmetric, `L̄ = Ā M' + 2 Q̄ L D`, `M̄ = L' Ā` and `D̄ = diag(L' Q̄ L)`.
//! Nights and pain of the day by themselves are the one-pain-a-day loop with carry-over `φ_p λ` and arrow
//! `b_sd + φ_p b_sm`, which is what stationarity and the gain of the loop are judged by.

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::state_space::{Filter, LinearGaussian, LinearGaussianGradient};
use nightmend_infer::{DensityError, LogDensity};

use crate::data::Series;
use crate::model::{Dynamics, LARGEST_SPECTRAL_RADIUS};
use crate::priors;

/// How many parameters the half-day form has.
pub const HALF_DAY_PARAMETERS: usize = 19;

/// The parameters of the half-day form, in the order of every parameter vector here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
#[expect(missing_docs, reason = "each is described by its entry in HALF_DAY_NAMES and in priors.toml")]
pub enum HalfDayParameter {
    MeanSleep,
    MeanPain,
    MorningOffset,
    AtanhPhiSleep,
    AtanhLambda,
    AtanhPhiPain,
    SleepToMorning,
    SleepToDay,
    PainToSleep,
    LnSigmaSleep,
    LnSigmaMorning,
    LnSigmaDay,
    LnErrorSleep,
    LnErrorMorning,
    LnErrorDay,
    TrendSleep,
    TrendPain,
    WeekendSleep,
    WeekendPain,
}

use HalfDayParameter as P;

impl HalfDayParameter {
    /// Returns its place in a parameter vector.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The names of the parameters, as in the file of priors.
pub const HALF_DAY_NAMES: [&str; HALF_DAY_PARAMETERS] = [
    "mean_s",
    "mean_p",
    "delta_am",
    "atanh_phi_s",
    "atanh_lambda",
    "atanh_phi_p",
    "b_sm",
    "b_sd",
    "b_ps",
    "ln_sigma_s",
    "ln_sigma_m",
    "ln_sigma_d",
    "ln_r_s",
    "ln_r_m",
    "ln_r_d",
    "trend_s",
    "trend_p",
    "weekend_s",
    "weekend_p",
];

/// The priors of the half-day form, in the order of [`HALF_DAY_NAMES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfDayPriors {
    /// Mean and standard deviation of each parameter.
    pub parameters: [MeanSd; HALF_DAY_PARAMETERS],
    /// Standard deviation of the first day's states.
    pub first_state_sd: f64,
    /// Whether measurement error is part of the model at all.
    pub with_measurement_error: bool,
}

/// The dynamics of one parameter vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfDayDynamics {
    /// Carry-over of sleep, φ_s.
    pub phi_sleep: f64,
    /// Pain of the day to the next morning, λ.
    pub lambda: f64,
    /// Morning pain to the rest of the day, φ_p.
    pub phi_pain: f64,
    /// Sleep to the morning, b_sm.
    pub sleep_to_morning: f64,
    /// Sleep to the rest of the day beside what the morning hands on, b_sd.
    pub sleep_to_day: f64,
    /// Pain of the day to the night, b_ps.
    pub pain_to_sleep: f64,
}

impl HalfDayDynamics {
    /// Reads the dynamics off a parameter vector.
    #[must_use]
    pub fn of(parameters: &[f64]) -> Self {
        let at = |parameter: P| parameters[parameter.index()];
        Self {
            phi_sleep: at(P::AtanhPhiSleep).tanh(),
            lambda: at(P::AtanhLambda).tanh(),
            phi_pain: at(P::AtanhPhiPain).tanh(),
            sleep_to_morning: at(P::SleepToMorning),
            sleep_to_day: at(P::SleepToDay),
            pain_to_sleep: at(P::PainToSleep),
        }
    }

    /// Returns everything that a night hands on to the pain of its day: by the morning and beside it.
    #[must_use]
    pub fn sleep_to_whole_day(&self) -> f64 {
        self.sleep_to_day + self.phi_pain * self.sleep_to_morning
    }

    /// Returns the loop of nights and pain of the day, which is the one-pain-a-day form exactly.
    #[must_use]
    pub fn day_to_day(&self) -> Dynamics {
        Dynamics {
            phi_sleep: self.phi_sleep,
            phi_pain: self.phi_pain * self.lambda,
            sleep_to_pain: self.sleep_to_whole_day(),
            pain_to_sleep: self.pain_to_sleep,
        }
    }

    /// Returns `M`: what yesterday brings.
    pub(crate) fn carried(&self) -> [[f64; 3]; 3] {
        [[self.phi_sleep, 0.0, self.pain_to_sleep], [0.0, 0.0, self.lambda], [0.0; 3]]
    }

    /// Returns `L`: what is handed on within the day.
    pub(crate) fn handed_on(&self) -> [[f64; 3]; 3] {
        [[1.0, 0.0, 0.0], [self.sleep_to_morning, 1.0, 0.0], [self.sleep_to_whole_day(), self.phi_pain, 1.0]]
    }
}

/// The log-posterior of one standardised series with two pain reports a day; allocates nothing per evaluation.
#[derive(Debug, Clone)]
pub struct HalfDayDensity {
    priors: HalfDayPriors,
    observed: Vec<[f64; 3]>,
    seen: Vec<[bool; 3]>,
    months: Vec<f64>,
    weekend: Vec<f64>,
    residuals: Vec<[f64; 3]>,
    filter: Filter<3, 3>,
    gradient: LinearGaussianGradient<3, 3>,
}

impl HalfDayDensity {
    /// Prepares the posterior of `series` (its pain is the morning's), standardised by `spread`, under `priors`.
    #[must_use]
    pub fn new(series: &Series, spread: &Standardisation, priors: HalfDayPriors) -> Self {
        let days = series.len();
        let standard =
            |value: Option<f64>, scale: MeanSd| value.map_or(0.0, |value| (value - scale.mean) / scale.sd);
        let later = |day: usize| series.evening().get(day).copied().flatten();
        let values = |day: usize| [series.sleep()[day], series.pain()[day], later(day)];
        let middle = (days as f64 - 1.0) / 2.0;
        let scales = [spread.sleep, spread.pain, spread.pain];
        let observed = |day| {
            let known = values(day);
            std::array::from_fn(|channel| standard(known[channel], scales[channel]))
        };
        Self {
            priors,
            observed: (0..days).map(observed).collect(),
            seen: (0..days).map(|day| values(day).map(|value| value.is_some())).collect(),
            months: (0..days).map(|day| (day as f64 - middle) / 30.0).collect(),
            weekend: series.weekend().iter().map(|off| f64::from(u8::from(*off))).collect(),
            residuals: vec![[0.0; 3]; days],
            filter: Filter::new(days),
            gradient: LinearGaussianGradient::zero(),
        }
    }

    /// Returns the priors that are in use.
    #[must_use]
    pub fn priors(&self) -> &HalfDayPriors {
        &self.priors
    }

    /// Returns the log-likelihood of a parameter vector, without the priors.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the dynamics are not stationary.
    pub fn log_likelihood(&mut self, parameters: &[f64]) -> Result<f64, DensityError> {
        let model = self.state_space(parameters)?;
        self.take_levels_off(parameters);
        Ok(self.filter.log_likelihood(&model, &self.residuals, &self.seen))
    }

    fn variances(parameters: &[f64]) -> [f64; 3] {
        [P::LnSigmaSleep, P::LnSigmaMorning, P::LnSigmaDay]
            .map(|parameter| (2.0 * parameters[parameter.index()]).exp())
    }

    fn state_space(&self, parameters: &[f64]) -> Result<LinearGaussian<3, 3>, DensityError> {
        let dynamics = HalfDayDynamics::of(parameters);
        let variances = Self::variances(parameters);
        let noise = f64::from(u8::from(self.priors.with_measurement_error));
        let errors = [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay]
            .map(|parameter| noise * (2.0 * parameters[parameter.index()]).exp());
        // Written so that NaN is refused as well; far-out variances would only breed infinities.
        let sane = variances.iter().all(|value| (1e-12..1e12).contains(value))
            && errors.iter().all(|value| (0.0..1e12).contains(value));
        if !(sane && dynamics.day_to_day().spectral_radius() < LARGEST_SPECTRAL_RADIUS) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        let (carried, handed_on) = (dynamics.carried(), dynamics.handed_on());
        let (mut transition, mut covariance) = ([[0.0; 3]; 3], [[0.0; 3]; 3]);
        for row in 0..3 {
            for column in 0..3 {
                for inner in 0..3 {
                    transition[row][column] += handed_on[row][inner] * carried[inner][column];
                    covariance[row][column] +=
                        handed_on[row][inner] * variances[inner] * handed_on[column][inner];
                }
            }
        }
        let first = self.priors.first_state_sd * self.priors.first_state_sd;
        Ok(LinearGaussian {
            transition,
            innovation_covariance: covariance,
            observed_state: [0, 1, 2],
            observation_variance: errors,
            first_covariance: [[first, 0.0, 0.0], [0.0, first, 0.0], [0.0, 0.0, first]],
        })
    }

    fn take_levels_off(&mut self, parameters: &[f64]) {
        let at = |parameter: P| parameters[parameter.index()];
        let mean = [at(P::MeanSleep), at(P::MeanPain) + at(P::MorningOffset), at(P::MeanPain)];
        let trend = [at(P::TrendSleep), at(P::TrendPain), at(P::TrendPain)];
        let weekend = [at(P::WeekendSleep), at(P::WeekendPain), at(P::WeekendPain)];
        let days = self.residuals.iter_mut().zip(&self.observed).zip(self.months.iter().zip(&self.weekend));
        for ((residual, observed), (months, off)) in days {
            for channel in 0..3 {
                residual[channel] =
                    observed[channel] - mean[channel] - trend[channel] * months - weekend[channel] * off;
            }
        }
    }

    /// Adds the log-likelihood's gradient, by the chain rule in this file's head.
    fn add_likelihood_gradient(
        &self,
        parameters: &[f64],
        model: &LinearGaussian<3, 3>,
        gradient: &mut [f64],
    ) {
        let dynamics = HalfDayDynamics::of(parameters);
        let variances = Self::variances(parameters);
        let (carried, handed_on) = (dynamics.carried(), dynamics.handed_on());
        let (by_transition, by_covariance) =
            (&self.gradient.transition, &self.gradient.innovation_covariance);
        let (mut by_carried, mut by_handed_on, mut by_variance) = ([[0.0; 3]; 3], [[0.0; 3]; 3], [0.0; 3]);
        for row in 0..3 {
            for column in 0..3 {
                for inner in 0..3 {
                    by_carried[row][column] += handed_on[inner][row] * by_transition[inner][column];
                    by_handed_on[row][column] += by_transition[row][inner] * carried[column][inner]
                        + (by_covariance[row][inner] + by_covariance[inner][row])
                            * handed_on[inner][column]
                            * variances[column];
                    by_variance[column] +=
                        handed_on[row][column] * by_covariance[row][inner] * handed_on[inner][column];
                }
            }
        }
        let mut add = |parameter: P, slope: f64| gradient[parameter.index()] += slope;
        let curve = |value: f64| 1.0 - value * value;
        let [_, by_morning, by_day] = by_handed_on;
        add(P::AtanhPhiSleep, by_carried[0][0] * curve(dynamics.phi_sleep));
        add(P::AtanhLambda, by_carried[1][2] * curve(dynamics.lambda));
        add(P::AtanhPhiPain, (by_day[1] + dynamics.sleep_to_morning * by_day[0]) * curve(dynamics.phi_pain));
        add(P::SleepToMorning, by_morning[0] + dynamics.phi_pain * by_day[0]);
        add(P::SleepToDay, by_day[0]);
        add(P::PainToSleep, by_carried[0][2]);
        let sides = [
            (P::LnSigmaSleep, P::LnErrorSleep),
            (P::LnSigmaMorning, P::LnErrorMorning),
            (P::LnSigmaDay, P::LnErrorDay),
        ];
        for (channel, (sigma, error)) in sides.into_iter().enumerate() {
            add(sigma, 2.0 * variances[channel] * by_variance[channel]);
            add(
                error,
                2.0 * model.observation_variance[channel] * self.gradient.observation_variance[channel],
            );
        }
        self.add_level_gradient(&mut add);
    }

    /// A level is taken off the observation, so its derivative is minus the residual's.
    fn add_level_gradient(&self, add: &mut impl FnMut(P, f64)) {
        let mut levels = [[0.0; 3]; 3];
        let days = self.filter.residual_gradient().iter().zip(self.months.iter().zip(&self.weekend));
        for (slopes, (months, off)) in days {
            for channel in 0..3 {
                levels[0][channel] -= slopes[channel];
                levels[1][channel] -= slopes[channel] * months;
                levels[2][channel] -= slopes[channel] * off;
            }
        }
        let [mean, trend, weekend] = levels;
        add(P::MeanSleep, mean[0]);
        add(P::MeanPain, mean[1] + mean[2]);
        add(P::MorningOffset, mean[1]);
        add(P::TrendSleep, trend[0]);
        add(P::TrendPain, trend[1] + trend[2]);
        add(P::WeekendSleep, weekend[0]);
        add(P::WeekendPain, weekend[1] + weekend[2]);
    }
}

impl LogDensity for HalfDayDensity {
    fn dimension(&self) -> usize {
        HALF_DAY_PARAMETERS
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
