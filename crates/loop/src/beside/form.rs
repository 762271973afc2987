//! States what the two forms of the loop have in common, so that one density can carry what stands beside either.

use crate::half_day::model::{HALF_DAY_NAMES, HALF_DAY_PARAMETERS, HalfDayDynamics, HalfDayParameter as H};
use crate::model::{Dynamics, NAMES, PARAMETERS, Parameter as O};
use crate::unfold::{HALF_DAY_SIDES, SIDES};

/// The dynamics of one parameter vector: `x_t = L (M x_{t-1} + …)`, and how fast the whole dies out.
#[derive(Debug, Clone, Copy)]
pub struct Parts<const N: usize> {
    /// `M`: what yesterday brings.
    pub carried: [[f64; N]; N],
    /// `L`: what is handed on within the day, ones on its diagonal.
    pub handed_on: [[f64; N]; N],
    /// The largest growth factor a day.
    pub spectral_radius: f64,
}

/// A form of the loop with `N` states, the first of which is the night and the second the first pain after it.
pub trait Form<const N: usize>: std::fmt::Debug + Clone + Copy + Send + Sync + 'static {
    /// Its name in answers.
    const NAME: &'static str;
    /// How many parameters it has by itself.
    const PARAMETERS: usize;
    /// Their names.
    const NAMES: &'static [&'static str];
    /// The places of the mean of each state.
    const MEAN: [usize; N];
    /// What is added to the mean of each state, where anything is.
    const OFFSET: [Option<usize>; N];
    /// The places of the trends.
    const TREND: [usize; N];
    /// The places of the weekends.
    const WEEKEND: [usize; N];
    /// The places of the logarithms of the innovations.
    const SIGMA: [usize; N];
    /// The places of the logarithms of the errors.
    const ERROR: [usize; N];
    /// The places of (ln σ, ln r) that are sampled as sum and ratio.
    const SIDES: &'static [(usize, usize)];
    /// The arrow from sleep to (the first) pain and the one from pain to sleep: the two that may be told.
    const ARROWS: [usize; 2];
    /// All arrows, which have weak priors while evidence is weighed.
    const ALL_ARROWS: &'static [usize];
    /// All carry-overs on the atanh scale, likewise.
    const CARRY_OVERS: &'static [usize];
    /// What one side fits besides its variances, for the small-sample correction of the evidence.
    const FITTED_PER_SIDE: f64;

    /// Reads the dynamics off a parameter vector.
    fn parts(parameters: &[f64]) -> Parts<N>;

    /// Adds to `gradient` what the derivatives by `M` and by `L` say about the parameters.
    fn add_gradient(
        parameters: &[f64],
        by_carried: &[[f64; N]; N],
        by_handed_on: &[[f64; N]; N],
        gradient: &mut [f64],
    );
}

/// One pain a day.
#[derive(Debug, Clone, Copy)]
pub struct OnePainForm;

impl Form<2> for OnePainForm {
    const NAME: &'static str = "one pain a day";
    const PARAMETERS: usize = PARAMETERS;
    const NAMES: &'static [&'static str] = &NAMES;
    const MEAN: [usize; 2] = [O::MeanSleep.index(), O::MeanPain.index()];
    const OFFSET: [Option<usize>; 2] = [None; 2];
    const TREND: [usize; 2] = [O::TrendSleep.index(), O::TrendPain.index()];
    const WEEKEND: [usize; 2] = [O::WeekendSleep.index(), O::WeekendPain.index()];
    const SIGMA: [usize; 2] = [O::LnSigmaSleep.index(), O::LnSigmaPain.index()];
    const ERROR: [usize; 2] = [O::LnErrorSleep.index(), O::LnErrorPain.index()];
    const SIDES: &'static [(usize, usize)] = &SIDES;
    const ARROWS: [usize; 2] = [O::SleepToPain.index(), O::PainToSleep.index()];
    const ALL_ARROWS: &'static [usize] = &[O::SleepToPain.index(), O::PainToSleep.index()];
    const CARRY_OVERS: &'static [usize] = &[O::AtanhPhiSleep.index(), O::AtanhPhiPain.index()];
    const FITTED_PER_SIDE: f64 = crate::claim::FITTED_PER_SIDE;

    fn parts(parameters: &[f64]) -> Parts<2> {
        let dynamics = Dynamics::of(parameters);
        Parts {
            carried: [[dynamics.phi_sleep, dynamics.pain_to_sleep], [0.0, dynamics.phi_pain]],
            handed_on: [[1.0, 0.0], [dynamics.sleep_to_pain, 1.0]],
            spectral_radius: dynamics.spectral_radius(),
        }
    }

    fn add_gradient(
        parameters: &[f64],
        by_carried: &[[f64; 2]; 2],
        by_handed_on: &[[f64; 2]; 2],
        gradient: &mut [f64],
    ) {
        let dynamics = Dynamics::of(parameters);
        let curve = |value: f64| 1.0 - value * value;
        gradient[O::AtanhPhiSleep.index()] += by_carried[0][0] * curve(dynamics.phi_sleep);
        gradient[O::AtanhPhiPain.index()] += by_carried[1][1] * curve(dynamics.phi_pain);
        gradient[O::SleepToPain.index()] += by_handed_on[1][0];
        gradient[O::PainToSleep.index()] += by_carried[0][1];
    }
}

/// Pain on waking and a later report.
#[derive(Debug, Clone, Copy)]
pub struct HalfDayForm;

impl Form<3> for HalfDayForm {
    const NAME: &'static str = "half-day";
    const PARAMETERS: usize = HALF_DAY_PARAMETERS;
    const NAMES: &'static [&'static str] = &HALF_DAY_NAMES;
    const MEAN: [usize; 3] = [H::MeanSleep.index(), H::MeanPain.index(), H::MeanPain.index()];
    const OFFSET: [Option<usize>; 3] = [None, Some(H::MorningOffset.index()), None];
    const TREND: [usize; 3] = [H::TrendSleep.index(), H::TrendPain.index(), H::TrendPain.index()];
    const WEEKEND: [usize; 3] = [H::WeekendSleep.index(), H::WeekendPain.index(), H::WeekendPain.index()];
    const SIGMA: [usize; 3] = [H::LnSigmaSleep.index(), H::LnSigmaMorning.index(), H::LnSigmaDay.index()];
    const ERROR: [usize; 3] = [H::LnErrorSleep.index(), H::LnErrorMorning.index(), H::LnErrorDay.index()];
    const SIDES: &'static [(usize, usize)] = &HALF_DAY_SIDES;
    const ARROWS: [usize; 2] = [H::SleepToMorning.index(), H::PainToSleep.index()];
    const ALL_ARROWS: &'static [usize] =
        &[H::SleepToMorning.index(), H::SleepToDay.index(), H::PainToSleep.index()];
    const CARRY_OVERS: &'static [usize] =
        &[H::AtanhPhiSleep.index(), H::AtanhLambda.index(), H::AtanhPhiPain.index()];
    const FITTED_PER_SIDE: f64 = crate::half_day::claim::FITTED_PER_SIDE;

    fn parts(parameters: &[f64]) -> Parts<3> {
        let dynamics = HalfDayDynamics::of(parameters);
        Parts {
            carried: dynamics.carried(),
            handed_on: dynamics.handed_on(),
            spectral_radius: dynamics.day_to_day().spectral_radius(),
        }
    }

    fn add_gradient(
        parameters: &[f64],
        by_carried: &[[f64; 3]; 3],
        by_handed_on: &[[f64; 3]; 3],
        gradient: &mut [f64],
    ) {
        let dynamics = HalfDayDynamics::of(parameters);
        let curve = |value: f64| 1.0 - value * value;
        let [_, by_morning, by_day] = by_handed_on;
        gradient[H::AtanhPhiSleep.index()] += by_carried[0][0] * curve(dynamics.phi_sleep);
        gradient[H::AtanhLambda.index()] += by_carried[1][2] * curve(dynamics.lambda);
        gradient[H::AtanhPhiPain.index()] +=
            (by_day[1] + dynamics.sleep_to_morning * by_day[0]) * curve(dynamics.phi_pain);
        gradient[H::SleepToMorning.index()] += by_morning[0] + dynamics.phi_pain * by_day[0];
        gradient[H::SleepToDay.index()] += by_day[0];
        gradient[H::PainToSleep.index()] += by_carried[0][2];
    }
}
