//! Checks the half-day form: its likelihood and gradient against an independent filter in half-steps with dual
//! numbers and against a dense normal density, its stationarity, recovery, calibration and rate of false findings.

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they are")]

mod common;

use common::{HalfDayPerson, START, in_parallel, series};
use nightmend_domain::Moment;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, Told};
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_infer::linear::{Square, dot};
use nightmend_infer::nuts::{NutsSettings, Whitening, sample};
use nightmend_infer::random::Stream;
use nightmend_infer::{LogDensity, find_mode};
use nightmend_loop::half_day::claim::{self, CLEAR_HALF_DAY};
use nightmend_loop::half_day::model::{
    HALF_DAY_NAMES, HALF_DAY_PARAMETERS, HalfDayDensity, HalfDayDynamics, HalfDayParameter as P,
    HalfDayPriors,
};
use nightmend_loop::half_day::standardisation;
use nightmend_loop::model::LARGEST_SPECTRAL_RADIUS;
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{Form, LoopSettings, Seed, fit};
use nightmend_loop::{Priors, Series};

fn priors(series: &Series, spread: &Standardisation, error: MeasurementError) -> HalfDayPriors {
    Priors::built_in().for_half_day(&series.sleep_measure, series.pain_measure, spread, error)
}

fn density(series: &Series, error: MeasurementError) -> HalfDayDensity {
    let spread = standardisation(series).expect("it varies");
    HalfDayDensity::new(series, &spread, priors(series, &spread, error))
}

fn some_parameters(priors: &HalfDayPriors, seed: u64) -> [f64; HALF_DAY_PARAMETERS] {
    let mut stream = Stream::new(seed, 0);
    priors.parameters.map(|prior| prior.mean + 0.5 * prior.sd * stream.normal())
}

/// A number with its derivatives with respect to every parameter.
#[derive(Clone, Copy)]
struct Dual {
    value: f64,
    slopes: [f64; HALF_DAY_PARAMETERS],
}

impl Dual {
    fn constant(value: f64) -> Self {
        Self { value, slopes: [0.0; HALF_DAY_PARAMETERS] }
    }

    fn map(self, value: f64, slope: f64) -> Self {
        Self { value, slopes: self.slopes.map(|own| own * slope) }
    }

    fn exp(self) -> Self {
        self.map(self.value.exp(), self.value.exp())
    }

    fn tanh(self) -> Self {
        let value = self.value.tanh();
        self.map(value, 1.0 - value * value)
    }

    fn ln(self) -> Self {
        self.map(self.value.ln(), 1.0 / self.value)
    }

    fn join(self, other: Self, value: f64, own: f64, others: f64) -> Self {
        Self {
            value,
            slopes: std::array::from_fn(|index| own * self.slopes[index] + others * other.slopes[index]),
        }
    }
}

impl std::ops::Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.join(other, self.value + other.value, 1.0, 1.0)
    }
}

impl std::ops::Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.join(other, self.value - other.value, 1.0, -1.0)
    }
}

impl std::ops::Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.join(other, self.value * other.value, other.value, self.value)
    }
}

impl std::ops::Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let ratio = self.value / other.value;
        self.join(other, ratio, 1.0 / other.value, -ratio / other.value)
    }
}

/// Mean and covariance of (s, m, d), moved one half-step or one observation at a time.
struct HalfSteps {
    mean: [Dual; 3],
    covariance: [[Dual; 3]; 3],
    total: Dual,
}

impl HalfSteps {
    /// Replaces one state by a weighted sum of all of them plus an innovation: one line of the model.
    fn replace(&mut self, state: usize, weights: [Dual; 3], variance: Dual) {
        let sum =
            |values: [Dual; 3]| weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2];
        let across: [Dual; 3] = std::array::from_fn(|other| sum(self.covariance[other]));
        let own = sum(across) + variance;
        self.mean[state] = sum(self.mean);
        for other in 0..3 {
            self.covariance[state][other] = across[other];
            self.covariance[other][state] = across[other];
        }
        self.covariance[state][state] = own;
    }

    fn see(&mut self, state: usize, value: Dual, noise: Dual) {
        let variance = self.covariance[state][state] + noise;
        let off = value - self.mean[state];
        let column = self.covariance[state];
        self.total = self.total
            - Dual::constant(0.5)
                * (Dual::constant((2.0 * std::f64::consts::PI).ln()) + variance.ln() + off * off / variance);
        for row in 0..3 {
            let gain = column[row] / variance;
            self.mean[row] = self.mean[row] + gain * off;
            for other in 0..3 {
                self.covariance[row][other] = self.covariance[row][other] - gain * column[other];
            }
        }
    }
}

/// Returns each day's values without their levels.
fn off_level<T>(life: &Series, of: impl Fn(usize, usize, f64, f64, f64) -> T) -> Vec<[Option<T>; 3]> {
    let spread = standardisation(life).expect("it varies");
    let days = life.len();
    (0..days)
        .map(|day| {
            let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
            let off = f64::from(u8::from(life.weekend()[day]));
            let values = [life.sleep()[day], life.pain()[day], life.evening()[day]];
            std::array::from_fn(|channel| {
                let scale = if channel == 0 { spread.sleep } else { spread.pain };
                values[channel].map(|value| of(day, channel, (value - scale.mean) / scale.sd, months, off))
            })
        })
        .collect()
}

/// The log-likelihood and its gradient, night, morning and day one after the other; no A, no Q, no adjoint.
fn in_half_steps(life: &Series, place: &[f64; HALF_DAY_PARAMETERS]) -> Dual {
    let at = |parameter: P| {
        let mut dual = Dual::constant(place[parameter.index()]);
        dual.slopes[parameter.index()] = 1.0;
        dual
    };
    let zero = Dual::constant(0.0);
    let square = |parameter: P| {
        let value = at(parameter).exp();
        value * value
    };
    let seen = off_level(life, |_, channel, value, months, off| {
        let (mean, trend, weekend) = if channel == 0 {
            (at(P::MeanSleep), at(P::TrendSleep), at(P::WeekendSleep))
        } else {
            (at(P::MeanPain), at(P::TrendPain), at(P::WeekendPain))
        };
        let extra = if channel == 1 { at(P::MorningOffset) } else { zero };
        Dual::constant(value) - mean - extra - trend * Dual::constant(months) - weekend * Dual::constant(off)
    });
    let four = Dual::constant(4.0);
    let mut steps = HalfSteps {
        mean: [zero; 3],
        covariance: [[four, zero, zero], [zero, four, zero], [zero, zero, four]],
        total: zero,
    };
    let noise = [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay].map(square);
    for (day, values) in seen.iter().enumerate() {
        let lines = [
            ([at(P::AtanhPhiSleep).tanh(), zero, at(P::PainToSleep)], square(P::LnSigmaSleep)),
            ([at(P::SleepToMorning), zero, at(P::AtanhLambda).tanh()], square(P::LnSigmaMorning)),
            ([at(P::SleepToDay), at(P::AtanhPhiPain).tanh(), zero], square(P::LnSigmaDay)),
        ];
        for (state, (weights, variance)) in lines.into_iter().enumerate() {
            if day > 0 {
                steps.replace(state, weights, variance);
            }
        }
        for state in 0..3 {
            if let Some(value) = values[state] {
                steps.see(state, value, noise[state]);
            }
        }
    }
    steps.total
}

#[test]
fn the_gradient_agrees_with_dual_numbers_in_half_steps() {
    let person = HalfDayPerson { sleep_to_morning: -0.3, ..HalfDayPerson::without_link(50, 0.4) };
    let life = person.live(1, 0);
    let mut density = density(&life, MeasurementError::Prior);
    for seed in 0..12 {
        let place = some_parameters(density.priors(), seed);
        let mut gradient = [0.0; HALF_DAY_PARAMETERS];
        let value = density.value_and_gradient(&place, &mut gradient).expect("inside");
        let expected = in_half_steps(&life, &place);
        let prior = density.priors().parameters;
        let mut whole = expected.value;
        for (index, name) in HALF_DAY_NAMES.iter().enumerate() {
            let off = (place[index] - prior[index].mean) / prior[index].sd;
            whole -= 0.5 * off * off;
            let slope = expected.slopes[index] - off / prior[index].sd;
            let allowed = 1e-10 * slope.abs().max(1.0);
            assert!((gradient[index] - slope).abs() < allowed, "{name}: {} {slope}", gradient[index]);
        }
        assert!((value / whole - 1.0).abs() < 1e-12, "{value} {whole}");
    }
}

#[test]
fn the_likelihood_is_that_of_a_dense_normal_density() {
    let life = HalfDayPerson { pain_to_sleep: -0.2, ..HalfDayPerson::without_link(30, 0.4) }.live(2, 0);
    let mut density = density(&life, MeasurementError::Prior);
    for seed in 0..4 {
        let q = some_parameters(density.priors(), seed);
        let value = density.log_likelihood(&q).expect("inside");
        assert!((value / dense(&life, &q) - 1.0).abs() < 1e-10, "seed {seed}");
    }
}

/// Every state as a sum of independent innovations, the covariance of what was seen as their inner products.
fn dense(life: &Series, q: &[f64; HALF_DAY_PARAMETERS]) -> f64 {
    let at = |parameter: P| q[parameter.index()];
    let d = HalfDayDynamics::of(q);
    let days = life.len();
    let mut states = vec![[(); 3].map(|()| vec![0.0; 3 * days]); days];
    for (channel, state) in states[0].iter_mut().enumerate() {
        state[channel] = 2.0;
    }
    let sigma = [P::LnSigmaSleep, P::LnSigmaMorning, P::LnSigmaDay].map(|parameter| at(parameter).exp());
    for t in 1..days {
        for k in 0..3 * days {
            let own = |channel: usize| if k == 3 * t + channel { sigma[channel] } else { 0.0 };
            let [before_s, _, before_d] = [0, 1, 2].map(|channel| states[t - 1][channel][k]);
            let s = d.phi_sleep * before_s + d.pain_to_sleep * before_d + own(0);
            let m = d.lambda * before_d + d.sleep_to_morning * s + own(1);
            let e = d.phi_pain * m + d.sleep_to_day * s + own(2);
            (states[t][0][k], states[t][1][k], states[t][2][k]) = (s, m, e);
        }
    }
    let noise = [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay].map(|parameter| at(parameter).exp());
    let seen = off_level(life, |day, channel, value, months, off| {
        let level = if channel == 0 {
            at(P::MeanSleep) + at(P::TrendSleep) * months + at(P::WeekendSleep) * off
        } else {
            let offset = if channel == 1 { at(P::MorningOffset) } else { 0.0 };
            at(P::MeanPain) + offset + at(P::TrendPain) * months + at(P::WeekendPain) * off
        };
        (states[day][channel].clone(), noise[channel], value - level)
    });
    let cells: Vec<_> = seen.into_iter().flatten().flatten().collect();
    let mut covariance = Square::zero(cells.len());
    for (i, (left, noise, _)) in cells.iter().enumerate() {
        for (j, (right, _, _)) in cells.iter().enumerate() {
            covariance.set(i, j, dot(left, right) + if i == j { noise * noise } else { 0.0 });
        }
    }
    let lower = covariance.cholesky().expect("positive definite");
    let white = lower.solve_lower(&cells.iter().map(|cell| cell.2).collect::<Vec<_>>());
    let logarithms: f64 = (0..cells.len()).map(|row| lower.get(row, row).ln()).sum();
    -0.5 * dot(&white, &white) - logarithms - 0.5 * cells.len() as f64 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn people_without_a_link_are_rarely_told_of_one() {
    for (days, carry_over) in [(70, 0.6), (90, 0.8)] {
        let told = in_parallel(300, |replicate| {
            let life = HalfDayPerson::without_link(days, carry_over).live(17, replicate);
            let spread = standardisation(&life).expect("it varies");
            let both =
                claim::weigh(&life, priors(&life, &spread, MeasurementError::Prior)).expect("a best fit");
            [both.sleep_to_pain.z, both.pain_to_sleep.z].iter().any(|z| z.abs() >= CLEAR_HALF_DAY.archive)
        });
        let share = told.iter().filter(|told| **told).count() as f64 / told.len() as f64;
        assert!(share <= 0.07, "{days} days, carry-over {carry_over}: {share}");
    }
}

fn fitted(life: &Series, settings: &LoopSettings) -> LoopEstimate {
    match fit(life, settings, Seed(1), &nightmend_domain::NoProgress).expect("a fit") {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(answer) => panic!("no number: {}", answer.sentence),
    }
}

#[test]
fn a_known_half_day_loop_is_recovered_and_told() {
    let person = HalfDayPerson {
        sleep_to_morning: -0.45,
        sleep_to_day: 0.1,
        pain_to_sleep: -0.3,
        ..HalfDayPerson::without_link(300, 0.3)
    };
    let estimate = fitted(&person.live(4, 0), &LoopSettings::default());
    let half = estimate.half_day.as_ref().expect("both reports");
    assert!(half.days_with_both_reports > 180 && half.later_moment == Moment::Bedtime);
    let near =
        |mean: f64, sd: f64, truth: f64| assert!((mean - truth).abs() < 3.0 * sd, "{mean} {sd} {truth}");
    let (sp, ps) = (&estimate.sleep_to_pain, &estimate.pain_to_sleep);
    near(sp.effect.mean, sp.effect.sd, -0.45 * 1.5 / 1.1);
    near(ps.effect.mean, ps.effect.sd, -0.3 * 66.0 / 1.5);
    near(half.sleep_to_rest_of_day.mean, half.sleep_to_rest_of_day.sd, 0.1 * 1.5 / 1.1);
    near(half.morning_to_day.mean, half.morning_to_day.sd, 0.3_f64.sqrt());
    near(half.day_to_morning.mean, half.day_to_morning.sd, 0.3_f64.sqrt());
    near(half.morning_offset.mean, half.morning_offset.sd, 0.3);
    assert_eq!((sp.told, ps.told), (Told::Clear, Told::Clear));
    assert!(estimate.diagnostics.rhat_max < 1.015 && estimate.diagnostics.divergences == 0);
    assert!(
        estimate.sentences[0].starts_with("Shorter nights go with more back pain the next morning: clear")
    );
    assert!(
        estimate.sentences[1]
            .starts_with("More back pain at bedtime goes with shorter nights after it: clear")
    );
    assert!(estimate.sentences[2].contains("an estimate, not a claim"), "{}", estimate.sentences[2]);
    assert!((estimate.pulse.first_day.mean + 3.0 * sp.effect.mean).abs() < 1e-9);
    assert!(estimate.provenance.engine.ends_with("half-day") && estimate.hidden_influence.is_some());
    assert!(estimate.checks.len() >= 10);
}

#[test]
fn the_form_is_chosen_by_itself_and_can_be_overridden() {
    let life = HalfDayPerson { sleep_to_morning: -0.3, ..HalfDayPerson::without_link(100, 0.3) }.live(5, 0);
    let form = |life: &Series, form: Form| {
        let nuts = NutsSettings { warmup: 200, draws: 200, ..NutsSettings::default() };
        fitted(life, &LoopSettings { form, nuts, ..LoopSettings::default() }).half_day.is_some()
    };
    assert!(life.days_with_both_reports() >= 60);
    assert!(form(&life, Form::Automatic) && form(&life, Form::HalfDay) && !form(&life, Form::OnePain));
    let short = life.first_days(60);
    assert!(short.days_with_both_reports() < 60);
    assert!(!form(&short, Form::Automatic) && form(&short, Form::HalfDay));
    let one_report = series(START, life.sleep().to_vec(), life.pain().to_vec());
    assert!(!form(&one_report, Form::Automatic) && !form(&one_report, Form::HalfDay));
}

const PEOPLE: u64 = 80;
const UNIT: MeanSd = MeanSd { mean: 0.0, sd: 1.0 };

/// The small form of simulation-based calibration, as for the one-pain form (`tests/calibration.rs`): 80 people of 60
/// days drawn from the priors, a tenth missing, series taken as already standardised.
#[test]
fn truths_rank_evenly_among_posterior_draws() {
    let spread = Standardisation { sleep: UNIT, pain: UNIT };
    let some = HalfDayPerson::without_link(60, 0.3).live(1, 0);
    // One point of error would be the whole spread here: the errors of half a standard deviation are set by hand.
    let mut all = priors(&some, &spread, MeasurementError::Prior);
    for error in [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay] {
        all.parameters[error.index()].mean = 0.5_f64.ln();
    }
    let ranks = in_parallel(PEOPLE, |person| ranks_of_one(&all, &spread, person));
    for (quantity, name) in HALF_DAY_NAMES.iter().enumerate() {
        let shares: Vec<f64> = ranks.iter().map(|row| row[quantity]).collect();
        let mut bins = [0.0; 4];
        shares.iter().for_each(|share| bins[((share * 4.0) as usize).min(3)] += 1.0);
        let expected = PEOPLE as f64 / 4.0;
        let chi_square: f64 = bins.iter().map(|count| (count - expected).powi(2) / expected).sum();
        // Three degrees of freedom: 21.1 is passed by chance once in 10,000; a mean rank has an error of 0.032.
        assert!(chi_square < 21.1, "{name}: {bins:?}");
        let mean = nightmend_infer::draws::mean(&shares);
        assert!((mean - 0.5).abs() < 0.13, "{name}: mean rank {mean}");
    }
}

fn ranks_of_one(priors: &HalfDayPriors, spread: &Standardisation, person: u64) -> [f64; HALF_DAY_PARAMETERS] {
    let mut stream = Stream::new(78, person);
    let truth = loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        if HalfDayDynamics::of(&draw).day_to_day().spectral_radius() < LARGEST_SPECTRAL_RADIUS {
            break draw;
        }
    };
    let life = lived(&truth, priors.first_state_sd, &mut stream);
    let mut density = Unfolded::of_half_day(HalfDayDensity::new(&life, spread, *priors));
    let mut start = priors.parameters.map(|prior| prior.mean);
    density.unfold(&mut start);
    let scale = priors.parameters.map(|prior| prior.sd);
    let whitening = find_mode(&mut density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode));
    let settings = NutsSettings { chains: 2, warmup: 250, draws: 300, ..NutsSettings::default() };
    let mut draws =
        sample(&density, &whitening, &settings, person, &nightmend_infer::NoProgress).expect("draws");
    draws.transform(|draw| density.fold(draw));
    std::array::from_fn(|index| {
        let below = draws.iter().filter(|draw| draw[index] < truth[index]).count();
        below as f64 / (draws.chains() * draws.per_chain()) as f64
    })
}

/// Lives the three lines of the model themselves, with levels and what is written down.
fn lived(truth: &[f64; HALF_DAY_PARAMETERS], first_state_sd: f64, stream: &mut Stream) -> Series {
    const DAYS: usize = 60;
    let at = |parameter: P| truth[parameter.index()];
    let dynamics = HalfDayDynamics::of(truth);
    let mut state = [(); 3].map(|()| first_state_sd * stream.normal());
    let mut columns = [const { Vec::new() }; 3];
    for (day, off) in nightmend_loop::data::weekend_flags(START, DAYS).into_iter().enumerate() {
        if day > 0 {
            let mut new = |parameter: P| at(parameter).exp() * stream.normal();
            let s = dynamics.phi_sleep * state[0] + dynamics.pain_to_sleep * state[2] + new(P::LnSigmaSleep);
            let m = dynamics.lambda * state[2] + dynamics.sleep_to_morning * s + new(P::LnSigmaMorning);
            let d = dynamics.phi_pain * m + dynamics.sleep_to_day * s + new(P::LnSigmaDay);
            state = [s, m, d];
        }
        let months = (day as f64 - (DAYS as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(off));
        let pain = at(P::MeanPain) + at(P::TrendPain) * months + at(P::WeekendPain) * off;
        let sleep = at(P::MeanSleep) + at(P::TrendSleep) * months + at(P::WeekendSleep) * off;
        let levels = [sleep, pain + at(P::MorningOffset), pain];
        let errors = [P::LnErrorSleep, P::LnErrorMorning, P::LnErrorDay];
        for channel in 0..3 {
            let value = levels[channel] + state[channel] + at(errors[channel]).exp() * stream.normal();
            columns[channel].push((stream.uniform() > 0.1).then_some(value));
        }
    }
    let [sleep, morning, evening] = columns;
    series(START, sleep, morning).with_evening(evening, Moment::Bedtime).expect("a sound series")
}
