//! States the loop with its states written out, for pain scores with an end (ordered probit) and for flares (Student-t).
//!
//! The equations are those of [`crate::model`]; what is added is how pain is seen and how its innovations are spread:
//! ```text
//! score = c  where  τ_{c-1} < level + p_t + r η < τ_c,  η ~ N(0, 1)      (ordered)     or level + p_t + r η (Gaussian)
//! e_t = σ_p ε_t,  ε_t ~ N(0, 1)  or  Student-t with ν degrees of freedom, ν ~ Gamma(2, 0.1)
//! ```
//! Neither can be integrated out by a filter, so every state is a parameter. Each is written as what the day before
//! foresees, drawn towards what was seen by the gain that one step of a filter would have, plus a standard value:
//! ```text
//! x = m + k (a - m) + s z,   k = σ²/(σ² + R),   s² = k R,   R = r² + c
//! ```
//! with `a` the value seen (of a category: its middle) and `c` the width of what it leaves open. That is a change of
//! variables with slope `s`, exact whatever `a` and `c` are, and makes the posterior of `z` nearly standard normal
//! whether errors are large or small; `c` is zero where pain is Gaussian. The first day's states are N(0, 2²).
//!
//! What stands beside the loop (a [`Plan`]) is what it is beside the filter (`beside::density`), with the same parameters
//! in the same order:
//! - columns push what is foreseen of a night or of a pain; on the first day a push of the night goes on to its pain;
//! - another channel of the night is one more Gaussian value `y_k = a_k + l_k (level + s) + r_k` of the state that is
//!   written out; `a` is then the mean of all of the night's values, each `(y_k - a_k)/l_k` with the weight `l_k²/r_k²`, and
//!   `R` the inverse of the sum of the weights;
//! - where a night was rated in the minute of its pain, the error of pain has the mean `c (y - what was rated)` with
//!   `c = ρ r_p / r_s` and the variance `r_p² (1 - ρ²)`;
//! - a level that wanders is a sum of standard values times `ω/√30`, zero on the first day, one value a day and side.
//!
//! The gradient runs once backwards over the days (reverse accumulation, derived by hand; the local derivatives stand
//! at `Step::back`) and allocates nothing.

mod beside;
mod tails;

use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::ordered::{ln_gamma, log_interval};
use nightmend_infer::{DensityError, LogDensity};

use super::scale::{Steps, threshold};
use crate::beside::{Layout, Plan, priors_of};
use crate::data::Series;
use crate::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, NAMES, PARAMETERS, Parameter};
use crate::priors::SeriesPriors;
use tails::Tails;

/// The error that stands for "as good as none", in SD units: states written out need a little, and ordered scores more, as
/// hard thresholds are walls that no sampler climbs (at 0.15 a year of ratings had an R-hat of 1.12).
const HARDLY_ANY_ERROR: [f64; 2] = [0.05, 0.3];
/// The priors of what the explicit form has beside the fourteen parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtraPriors {
    /// Curvature of the thresholds.
    pub curvature: MeanSd,
    /// Shape and rate of the Gamma distribution of ν.
    pub freedom: [f64; 2],
}

/// Ordered scores: what each category is taken for.
#[derive(Debug, Clone, PartialEq)]
struct Ordered {
    borders: Vec<f64>,
    /// The middle of each category and the variance that it leaves open, on the scale without curvature.
    taken_for: Vec<[f64; 2]>,
    thresholds: Vec<f64>,
    by_curvature: Vec<f64>,
    threshold_slopes: Vec<f64>,
    points_per_step: f64,
}

impl Ordered {
    fn new(steps: &Steps) -> Self {
        let borders = steps.borders();
        let width = steps.step() / steps.latent.sd;
        let inside = [0.0, width * width / 12.0];
        let last = borders.len();
        let taken_for = (0..=last).map(|category| match category {
            // An end holds everything beyond it: about a spread's worth.
            0 => [borders[0] - 0.5, 0.5],
            end if end == last => [borders[last - 1] + 0.5, 0.5],
            middle => [0.5 * (borders[middle - 1] + borders[middle]), inside[1]],
        });
        let none = vec![0.0; last];
        Self {
            taken_for: taken_for.collect(),
            thresholds: none.clone(),
            by_curvature: none.clone(),
            threshold_slopes: none,
            borders,
            points_per_step: steps.step(),
        }
    }

    fn bend(&mut self, curvature: f64) {
        for (index, border) in self.borders.iter().enumerate() {
            (self.thresholds[index], self.by_curvature[index]) = threshold(*border, curvature);
        }
        self.threshold_slopes.fill(0.0);
    }
}

/// What was seen of one side on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Value(f64),
    Category(usize),
}

/// How one state came about, kept for the way back.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    spread: f64,
    gain: f64,
    scale: f64,
    /// What the value leaves open, R, and the part of it that is measurement error, r².
    open: f64,
    error: f64,
    gap: f64,
    white: f64,
    innovation: f64,
    state: f64,
    /// The mean of the error, and its variance, given the error of a night that was rated in the same minute.
    shift: f64,
    noise: f64,
    /// The slope of what was seen of the main channel by its place, and of all channels by level or state.
    by_place: f64,
    by_level: f64,
}

/// The derivatives by what one state was made of.
struct Back {
    foreseen: f64,
    taken_for: f64,
    white: f64,
    ln_spread: f64,
    ln_error: f64,
    /// By half the logarithm of R.
    ln_open: f64,
}

impl Step {
    /// Writes a state from what was foreseen; returns the log slope of the change of variables over the spread.
    fn forward(&mut self, foreseen: f64, taken_for: Option<f64>) -> f64 {
        let variance = self.spread * self.spread;
        let Some(taken_for) = taken_for else {
            (self.gain, self.scale, self.gap) = (0.0, self.spread, 0.0);
            self.innovation = self.white;
            self.state = foreseen + self.spread * self.white;
            return 0.0;
        };
        let left = self.open / (variance + self.open);
        self.gain = 1.0 - left;
        self.scale = self.spread * left.sqrt();
        self.gap = taken_for - foreseen;
        let moved = self.gain * self.gap + self.scale * self.white;
        self.innovation = moved / self.spread;
        self.state = foreseen + moved;
        0.5 * left.ln()
    }

    /// Goes back through [`Self::forward`]: `by_state` is the slope of everything later and of what was seen, and
    /// `by_innovation` that of the log density of the innovation.
    ///
    /// With `w = by_innovation/σ + by_state` the slopes by k and s are `w (a - m)` and `w z`;
    /// `∂k/∂ln σ = 2 k (1 - k)`, `∂ln s/∂ln σ = 1 - k`, `∂k/∂ln r = -2 k r²/(σ² + R)`, `∂ln s/∂ln r = k r²/R`, and the
    /// log slope `ln(1 - k)/2` gives `-k` and `k r²/R`.
    fn back(&self, by_state: f64, by_innovation: f64) -> Back {
        let Self { spread, gain, scale, open, error, gap, white, innovation, .. } = *self;
        let by_move = by_innovation / spread + by_state;
        let left = 1.0 - gain;
        let by_scale = by_move * white * scale;
        let share = if gain > 0.0 { gain * error / open } else { 0.0 };
        Back {
            foreseen: by_state - by_move * gain,
            taken_for: by_move * gain,
            white: by_move * scale,
            ln_spread: by_move * gap * 2.0 * gain * left + by_scale * left
                - by_innovation * innovation
                - gain,
            // r²/(σ² + R) = (1 - k) r²/R.
            ln_error: by_move * gap * -2.0 * left * share + by_scale * share + share,
            ln_open: by_move * gap * -2.0 * left * gain + by_scale * gain + gain,
        }
    }
}

/// The log-posterior of one standardised series with its states written out; keeps its workspace.
#[derive(Debug, Clone)]
pub struct ExplicitDensity {
    priors: SeriesPriors,
    extra: ExtraPriors,
    seen: Vec<[Seen; 2]>,
    months: Vec<f64>,
    weekend: Vec<f64>,
    ordered: Option<Ordered>,
    student: bool,
    plan: Plan,
    layout: Layout,
    /// The priors of the fourteen parameters and of everything beside the loop.
    all_priors: Vec<MeanSd>,
    steps: Vec<[Step; 2]>,
    pushes: Vec<[f64; 2]>,
    wander: Vec<[f64; 2]>,
}

impl ExplicitDensity {
    /// Prepares the posterior of `series`, standardised by `spread`: ordered where `steps` are given (`spread.pain` is
    /// then their latent scale), with Student-t innovations of pain where `student`.
    #[must_use]
    pub fn new(
        series: &Series,
        spread: &Standardisation,
        priors: SeriesPriors,
        extra: ExtraPriors,
        steps: Option<&Steps>,
        student: bool,
    ) -> Self {
        let days = series.len();
        let night = |value: Option<f64>| {
            value.map_or(Seen::Nothing, |value| Seen::Value((value - spread.sleep.mean) / spread.sleep.sd))
        };
        let day = |value: Option<f64>| match (value, steps) {
            (None, _) => Seen::Nothing,
            (Some(value), Some(steps)) => Seen::Category(steps.category(value)),
            (Some(value), None) => Seen::Value((value - spread.pain.mean) / spread.pain.sd),
        };
        let middle = (days as f64 - 1.0) / 2.0;
        let plan = Plan::nothing();
        Self {
            layout: Layout::new(PARAMETERS, &plan),
            all_priors: priors_of(&priors.parameters, &plan),
            plan,
            pushes: vec![[0.0; 2]; days],
            wander: vec![[0.0; 2]; days],
            priors,
            extra,
            seen: series.sleep().iter().zip(series.pain()).map(|(s, p)| [night(*s), day(*p)]).collect(),
            months: (0..days).map(|day| (day as f64 - middle) / 30.0).collect(),
            weekend: series.weekend().iter().map(|off| f64::from(u8::from(*off))).collect(),
            ordered: steps.map(Ordered::new),
            student,
            steps: vec![[Step::default(); 2]; days],
        }
    }

    /// Puts something beside the loop; the plan must be of the same series and spread, for one report a day.
    #[must_use]
    pub fn with_beside(mut self, plan: Plan) -> Self {
        self.layout = Layout::new(PARAMETERS, &plan);
        self.all_priors = priors_of(&self.priors.parameters, &plan);
        self.plan = plan;
        self
    }

    /// Returns the priors of the fourteen parameters of the loop.
    #[must_use]
    pub fn priors(&self) -> &SeriesPriors {
        &self.priors
    }

    /// Returns the priors of all parameters before the states, those that are shrunk together as they are sampled.
    #[must_use]
    pub fn all_priors(&self) -> Vec<MeanSd> {
        self.all_priors.iter().copied().chain(self.extra_priors()).collect()
    }

    /// Returns what stands beside the loop.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Turns what is sampled into the coefficients themselves, where they are shrunk together.
    pub fn unshrink(&self, draw: &mut [f64]) {
        self.layout.unshrink(&self.plan, draw);
    }

    /// Returns mean and standard deviation of the priors of the curvature and of ln ν, where they are there.
    #[must_use]
    fn extra_priors(&self) -> Vec<MeanSd> {
        let [shape, rate] = self.extra.freedom;
        // The logarithm of a Gamma value has mean ψ(shape) - ln rate and variance ψ'(shape).
        let digamma = |at: f64| ln_gamma(at).1;
        let variance = (digamma(shape + 1e-4) - digamma(shape - 1e-4)) / 2e-4;
        let freedom = MeanSd { mean: digamma(shape) - rate.ln(), sd: variance.sqrt() };
        let curvature = self.curvature().map(|_| self.extra.curvature);
        curvature.into_iter().chain(self.ln_freedom().map(|_| freedom)).collect()
    }

    /// Returns how many parameters stand before the states: fourteen, those beside the loop, the curvature and ln ν, where
    /// they are there.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layout.size + usize::from(self.ordered.is_some()) + usize::from(self.student)
    }

    /// Returns how many standard values follow the parameters: two states a day, and two of the levels where they wander.
    #[must_use]
    pub fn states(&self) -> usize {
        2 * self.seen.len() + if self.plan.local.is_some() { 2 * (self.seen.len() - 1) } else { 0 }
    }

    /// Returns the place of the curvature.
    #[must_use]
    pub fn curvature(&self) -> Option<usize> {
        self.ordered.as_ref().map(|_| self.layout.size)
    }

    /// Returns the place of ln ν.
    #[must_use]
    pub fn ln_freedom(&self) -> Option<usize> {
        self.student.then_some(self.layout.size + usize::from(self.ordered.is_some()))
    }

    /// Returns the names of the parameters before the states.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.layout.names(&NAMES, &self.plan);
        let more = [self.curvature().map(|_| "curvature"), self.ln_freedom().map(|_| "ln_nu")];
        names.extend(more.into_iter().flatten().map(str::to_owned));
        names
    }

    /// Returns how many points the expected score rises by one latent unit of pain, averaged over the days of one draw;
    /// `None` where scores are not ordered.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the draw lies outside the support.
    pub fn points_per_unit(&mut self, position: &[f64]) -> Result<Option<f64>, DensityError> {
        self.forward(position)?;
        let error = self.errors(position)[1].sqrt();
        let Some(ordered) = &self.ordered else { return Ok(None) };
        let mut sum = 0.0;
        for (day, steps) in self.steps.iter().enumerate() {
            let place = self.level(position, day, 1) + steps[1].state;
            let heights = ordered.thresholds.iter().map(|at| (-0.5 * ((place - at) / error).powi(2)).exp());
            sum += heights.sum::<f64>();
        }
        let density = ordered.points_per_step / (error * (2.0 * std::f64::consts::PI).sqrt());
        Ok(Some(density * sum / self.steps.len() as f64))
    }

    /// Returns the innovations of pain of one draw as normal scores, from the second day on, where pain was seen.
    ///
    /// # Errors
    /// [`DensityError::OutsideSupport`] where the draw lies outside the support.
    pub fn innovations_of_pain(&mut self, position: &[f64]) -> Result<Vec<Option<f64>>, DensityError> {
        self.forward(position)?;
        let seen = |day: usize| day > 0 && self.seen[day][1] != Seen::Nothing;
        let of = |day: usize| seen(day).then(|| self.steps[day][1].innovation);
        Ok((0..self.steps.len()).map(of).collect())
    }

    /// Returns the measurement-error variances of both sides.
    fn errors(&self, position: &[f64]) -> [f64; 2] {
        let exact = [HARDLY_ANY_ERROR[0], HARDLY_ANY_ERROR[usize::from(self.ordered.is_some())]];
        let places = [Parameter::LnErrorSleep, Parameter::LnErrorPain];
        std::array::from_fn(|side| {
            if self.priors.with_measurement_error {
                (2.0 * position[places[side].index()]).exp()
            } else {
                exact[side] * exact[side]
            }
        })
    }

    fn level(&self, position: &[f64], day: usize, side: usize) -> f64 {
        let [mean, trend, weekend] = LEVELS[side].map(|parameter| position[parameter.index()]);
        mean + trend * self.months[day] + weekend * self.weekend[day] + self.wander[day][side]
    }

    /// Runs over the days and returns the log-density without the priors of the parameters.
    fn forward(&mut self, position: &[f64]) -> Result<f64, DensityError> {
        let dynamics = Dynamics::of(position);
        let spreads = [Parameter::LnSigmaSleep, Parameter::LnSigmaPain].map(|p| position[p.index()].exp());
        let errors = self.errors(position);
        let sane = spreads.iter().chain(&errors).all(|value| (1e-6..1e6).contains(value));
        if !(sane && self.is_sane(position) && dynamics.spectral_radius() < LARGEST_SPECTRAL_RADIUS) {
            return Err(DensityError::OutsideSupport("the loop would not be stationary"));
        }
        if let (Some(place), Some(ordered)) = (self.curvature(), self.ordered.as_mut()) {
            let curvature = position[place];
            if curvature.abs() > 3.0 {
                return Err(DensityError::OutsideSupport("the thresholds would bend out of reach"));
            }
            ordered.bend(curvature);
        }
        let tails = Tails::of(self.ln_freedom().map(|place| position[place]))?;
        if !self.plan.columns.is_empty() {
            self.layout.push(&self.plan, position, &mut self.pushes);
        }
        let wandering = self.let_wander(position);
        let whites = &position[self.parameters()..];
        let (mut value, mut sleep, mut pain) = (wandering, 0.0, 0.0);
        for day in 0..self.seen.len() {
            let foreseen_sleep = dynamics.phi_sleep * sleep + dynamics.pain_to_sleep * pain;
            let (before, push) = (pain, self.pushes[day]);
            for side in 0..2 {
                let first = day == 0;
                let foreseen = match (side, first) {
                    (0, true) => push[0],
                    (_, true) => dynamics.sleep_to_pain * push[0] + push[1],
                    (0, false) => foreseen_sleep + push[0],
                    (_, false) => dynamics.phi_pain * before + dynamics.sleep_to_pain * sleep + push[1],
                };
                let level = self.level(position, day, side);
                let (taken_for, open) = self.drawn_towards(position, day, side, level, errors);
                let mut step = Step {
                    spread: if first { self.priors.first_state_sd } else { spreads[side] },
                    open,
                    error: errors[side],
                    noise: errors[side],
                    white: whites[2 * day + side],
                    ..Step::default()
                };
                if side == 1 {
                    self.know_rating(&mut step, position, day, sleep, errors);
                }
                value += step.forward(foreseen, taken_for);
                value += if side == 1 && !first {
                    tails.log_density(step.innovation)
                } else {
                    -0.5 * step.innovation * step.innovation
                };
                value += self.seen_given(&mut step, day, side, level);
                if side == 0 {
                    value += self.others_given(&mut step, position, day, level);
                }
                if side == 0 {
                    sleep = step.state;
                } else {
                    pain = step.state;
                }
                self.steps[day][side] = step;
            }
        }
        Ok(value + tails.constant * (self.seen.len() as f64 - 1.0))
    }

    /// Returns the value that a state is drawn towards, if any was seen, and the variance R that it leaves open.
    fn drawn_towards(
        &self,
        position: &[f64],
        day: usize,
        side: usize,
        level: f64,
        errors: [f64; 2],
    ) -> (Option<f64>, f64) {
        match (self.seen[day][side], &self.ordered) {
            _ if side == 0 && !self.plan.channels.is_empty() => {
                let all = self.together(position, day, errors[0]);
                (all.map(|all| all.sum / all.weight - level), all.map_or(1.0, |all| all.weight.recip()))
            }
            (Seen::Value(seen), _) => (Some(seen - level), errors[side]),
            (Seen::Category(category), Some(ordered)) => {
                let [middle, width] = ordered.taken_for[category];
                (Some(middle - level), errors[side] + width)
            }
            _ => (None, errors[side]),
        }
    }

    /// Returns the log-density of what was seen, and notes its slope by level and state.
    fn seen_given(&self, step: &mut Step, day: usize, side: usize, level: f64) -> f64 {
        let place = level + step.state + step.shift;
        let value = match (self.seen[day][side], &self.ordered) {
            (Seen::Value(seen), _) => {
                let off = seen - place;
                step.by_place = off / step.noise;
                -0.5 * off * step.by_place - 0.5 * step.noise.ln()
            }
            (Seen::Category(category), Some(ordered)) => {
                let error = step.noise.sqrt();
                let (low, high) = ends(&ordered.thresholds, category);
                let found = log_interval((low - place) / error, (high - place) / error);
                step.by_place = -(found.by_low + found.by_high) / error;
                found.value
            }
            _ => 0.0,
        };
        step.by_level = step.by_place;
        value
    }

    /// Adds everything that the days have to say of the gradient.
    fn backward(&mut self, position: &[f64], gradient: &mut [f64]) {
        let dynamics = Dynamics::of(position);
        let tails = Tails::of(self.ln_freedom().map(|place| position[place])).expect("forward refused it");
        let states = self.parameters();
        let errors = self.errors(position);
        let mut by_levels = [0.0; 2];
        let (mut by_sleep, mut by_pain) = (0.0, 0.0);
        let mut by = [0.0; PARAMETERS];
        let mut by_freedom = tails.constant_slope * (self.seen.len() as f64 - 1.0);
        for day in (0..self.seen.len()).rev() {
            let first = day == 0;
            self.hand_rating_back(day, position, errors, &mut by, gradient);
            let [sleep, pain] = self.steps[day];
            let before = if first { [0.0; 2] } else { self.steps[day - 1].map(|step| step.state) };
            let innovation = if first { -pain.innovation } else { tails.slope(pain.innovation) };
            if !first {
                by_freedom += tails.slope_by_ln_freedom(pain.innovation);
            }
            let back = pain.back(by_pain + pain.by_level, innovation);
            by_levels[1] += self.gather(&back, day, 1, position, &mut by, gradient);
            gradient[states + 2 * day + 1] = back.white;
            let push = self.pushes[day];
            let mut by_push = [0.0, back.foreseen];
            let mut later = [0.0; 2];
            if first {
                by[Parameter::SleepToPain.index()] += back.foreseen * push[0];
                by_push[0] = dynamics.sleep_to_pain * back.foreseen;
            } else {
                by[Parameter::AtanhPhiPain.index()] += back.foreseen * before[1];
                by[Parameter::SleepToPain.index()] += back.foreseen * sleep.state;
                by_sleep += dynamics.sleep_to_pain * back.foreseen;
                later[1] += dynamics.phi_pain * back.foreseen;
            }
            let back = sleep.back(by_sleep + sleep.by_level, -sleep.innovation);
            by_levels[0] += self.gather(&back, day, 0, position, &mut by, gradient);
            gradient[states + 2 * day] = back.white;
            by_push[0] += back.foreseen;
            // The pushes are not wanted any more: their place holds their derivatives.
            if !self.plan.columns.is_empty() {
                self.pushes[day] = by_push;
            }
            self.hand_wandering_back(day, by_levels, position, gradient);
            if !first {
                by[Parameter::AtanhPhiSleep.index()] += back.foreseen * before[0];
                by[Parameter::PainToSleep.index()] += back.foreseen * before[1];
                later[0] += dynamics.phi_sleep * back.foreseen;
                later[1] += dynamics.pain_to_sleep * back.foreseen;
            }
            [by_sleep, by_pain] = later;
        }
        by[Parameter::AtanhPhiSleep.index()] *= 1.0 - dynamics.phi_sleep.powi(2);
        by[Parameter::AtanhPhiPain.index()] *= 1.0 - dynamics.phi_pain.powi(2);
        gradient.iter_mut().zip(by).for_each(|(slope, more)| *slope += more);
        self.layout.add_push_gradient(&self.plan, position, &self.pushes, gradient);
        if let (Some(place), Some(ordered)) = (self.curvature(), &self.ordered) {
            let slopes = ordered.threshold_slopes.iter().zip(&ordered.by_curvature);
            gradient[place] += slopes.map(|(slope, bend)| slope * bend).sum::<f64>();
        }
        if let Some(place) = self.ln_freedom() {
            gradient[place] += by_freedom;
        }
    }

    /// Adds what one state says of levels, spread, errors, channels and thresholds; returns its slope by the level.
    fn gather(
        &mut self,
        back: &Back,
        day: usize,
        side: usize,
        position: &[f64],
        by: &mut [f64; PARAMETERS],
        gradient: &mut [f64],
    ) -> f64 {
        let step = self.steps[day][side];
        let by_level = step.by_level - back.taken_for;
        let columns = [1.0, self.months[day], self.weekend[day]];
        for (parameter, column) in LEVELS[side].iter().zip(columns) {
            by[parameter.index()] += by_level * column;
        }
        let sides = [
            (Parameter::LnSigmaSleep, Parameter::LnErrorSleep),
            (Parameter::LnSigmaPain, Parameter::LnErrorPain),
        ];
        let (spread, error) = sides[side];
        if day > 0 {
            by[spread.index()] += back.ln_spread;
        }
        // By the logarithm of the error through what was seen, and through what the state was drawn towards.
        let mut drawn = back.ln_error;
        if side == 0 && !self.plan.channels.is_empty() {
            drawn = self.gather_channels(back, day, position, gradient);
        }
        let place = self.level(position, day, side) + step.state + step.shift;
        let by_error = match (self.seen[day][side], &mut self.ordered) {
            (Seen::Value(_), _) => drawn + step.by_place * step.by_place * step.noise - 1.0,
            (Seen::Category(category), Some(ordered)) => {
                let error = step.noise.sqrt();
                let (low, high) = ends(&ordered.thresholds, category);
                let (low, high) = ((low - place) / error, (high - place) / error);
                let found = log_interval(low, high);
                let mut slope = drawn;
                if category > 0 {
                    ordered.threshold_slopes[category - 1] += found.by_low / error;
                    slope -= found.by_low * low;
                }
                if category < ordered.thresholds.len() {
                    ordered.threshold_slopes[category] += found.by_high / error;
                    slope -= found.by_high * high;
                }
                slope
            }
            _ => 0.0,
        };
        if let (true, Some(correlation)) = (step.noise < step.error, self.layout.correlation) {
            let rho = position[correlation];
            gradient[correlation] -= (by_error - drawn) * rho / (1.0 - rho * rho);
        }
        if self.priors.with_measurement_error {
            by[error.index()] += by_error;
        }
        by_level
    }

    /// Adds the priors of what stands beside the fourteen parameters.
    fn weigh_extra(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        if let Some(place) = self.curvature() {
            let off = (position[place] - self.extra.curvature.mean) / self.extra.curvature.sd;
            value -= 0.5 * off * off;
            gradient[place] = -off / self.extra.curvature.sd;
        }
        if let Some(place) = self.ln_freedom() {
            // The density of ν times ν, for its logarithm.
            let [shape, rate] = self.extra.freedom;
            let freedom = position[place].exp();
            value += shape * position[place] - rate * freedom;
            gradient[place] = shape - rate * freedom;
        }
        value
    }
}

const LEVELS: [[Parameter; 3]; 2] = [
    [Parameter::MeanSleep, Parameter::TrendSleep, Parameter::WeekendSleep],
    [Parameter::MeanPain, Parameter::TrendPain, Parameter::WeekendPain],
];

/// Returns the thresholds around a category.
fn ends(thresholds: &[f64], category: usize) -> (f64, f64) {
    let low = if category == 0 { f64::NEG_INFINITY } else { thresholds[category - 1] };
    (low, thresholds.get(category).copied().unwrap_or(f64::INFINITY))
}

impl LogDensity for ExplicitDensity {
    fn dimension(&self) -> usize {
        self.parameters() + self.states()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, DensityError> {
        let value = self.forward(position)?;
        let value = self.layout.weigh_in(value, &self.plan, &self.all_priors, position, gradient);
        let value = value + self.weigh_extra(position, gradient);
        self.backward(position, gradient);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(DensityError::OutsideSupport("the likelihood overflowed"))
        }
    }
}
