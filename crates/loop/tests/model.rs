//! Checks the model's gradient by finite differences, its likelihood against the equations written out day by day,
//! and the laws of stationarity.

mod common;

use common::Person;
use nightmend_domain::estimate::MeasurementError;
use nightmend_infer::linear::Square;
use nightmend_infer::random::Stream;
use nightmend_infer::{DensityError, LogDensity};
use nightmend_loop::model::{Dynamics, LoopDensity, PARAMETERS, Parameter};
use nightmend_loop::unfold::Unfolded;
use nightmend_loop::{Priors, Series};

fn density(series: &Series, error: MeasurementError) -> LoopDensity {
    let spread = series.standardisation().expect("it varies");
    let priors = Priors::built_in().for_series(&series.sleep_measure, series.pain_measure, &spread, error);
    LoopDensity::new(series, &spread, priors)
}

fn some_parameters(density: &LoopDensity, seed: u64) -> [f64; PARAMETERS] {
    let mut stream = Stream::new(seed, 0);
    density.priors().parameters.map(|prior| prior.mean + 0.5 * prior.sd * stream.normal())
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    let series = Person { sleep_to_pain: -0.3, ..Person::without_link(60, 0.4) }.live(1, 0);
    for error in [MeasurementError::None, MeasurementError::Prior, MeasurementError::Twice] {
        for seed in 0..10 {
            let correlation = [0.0, -0.3, 0.4][seed as usize % 3];
            let mut density = density(&series, error).with_innovation_correlation(correlation);
            let place = some_parameters(&density, seed);
            let (mut gradient, mut unused) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
            density.value_and_gradient(&place, &mut gradient).expect("inside");
            for index in 0..PARAMETERS {
                let mut at = |step: f64| {
                    let mut moved = place;
                    moved[index] += step;
                    density.value_and_gradient(&moved, &mut unused).expect("inside")
                };
                // Five points, so that the comparison is limited by rounding and not by curvature.
                let step = 1e-3;
                let difference =
                    (8.0 * (at(step) - at(-step)) - (at(2.0 * step) - at(-2.0 * step))) / (12.0 * step);
                let allowed = 1e-6 * gradient[index].abs().max(1.0);
                assert!(
                    (gradient[index] - difference).abs() < allowed,
                    "{index}: {} {difference}",
                    gradient[index]
                );
            }
        }
    }
}

#[test]
fn unfolded_coordinates_lead_back_and_keep_value_and_gradient() {
    let series = Person { sleep_to_pain: -0.3, ..Person::without_link(60, 0.4) }.live(1, 0);
    for error in [MeasurementError::None, MeasurementError::Prior] {
        let mut plain = density(&series, error);
        let mut unfolded = Unfolded::new(plain.clone());
        for seed in 0..10 {
            let place = some_parameters(&plain, seed);
            let (mut gradient, mut unused) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
            let mut there = place;
            unfolded.unfold(&mut there);
            let value = unfolded.value_and_gradient(&there, &mut gradient).expect("inside");
            assert!((value - plain.value_and_gradient(&place, &mut unused).expect("inside")).abs() < 1e-9);
            for index in 0..PARAMETERS {
                let mut at = |step: f64| {
                    let mut moved = there;
                    moved[index] += step;
                    unfolded.value_and_gradient(&moved, &mut unused).expect("inside")
                };
                let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
                let allowed = 1e-6 * gradient[index].abs().max(1.0);
                assert!((gradient[index] - difference).abs() < allowed, "{index}");
            }
            unfolded.fold(&mut there);
            assert!(there.iter().zip(&place).all(|(back, from)| (back - from).abs() < 1e-12));
        }
    }
}

/// The likelihood from the two equations themselves: every state written as a sum of independent innovations, the
/// covariance of what was seen as their inner products. Neither the matrices A and Q nor a filter appear here.
fn written_out(series: &Series, q: &[f64; PARAMETERS], correlation: f64) -> f64 {
    let at = |parameter: Parameter| q[parameter.index()];
    let spread = series.standardisation().expect("it varies");
    let (phi_s, phi_p) = (at(Parameter::AtanhPhiSleep).tanh(), at(Parameter::AtanhPhiPain).tanh());
    let (b_sp, b_ps) = (at(Parameter::SleepToPain), at(Parameter::PainToSleep));
    let (sd_s, sd_p) = (at(Parameter::LnSigmaSleep).exp(), at(Parameter::LnSigmaPain).exp());
    let own = sd_p * (1.0 - correlation * correlation).sqrt();
    let days = series.len();
    let mut nights = vec![vec![0.0; 2 * days]; days];
    let mut pains = vec![vec![0.0; 2 * days]; days];
    nights[0][0] = 2.0;
    pains[0][1] = 2.0;
    for t in 1..days {
        for k in 0..2 * days {
            nights[t][k] =
                phi_s * nights[t - 1][k] + b_ps * pains[t - 1][k] + if k == 2 * t { sd_s } else { 0.0 };
            pains[t][k] =
                phi_p * pains[t - 1][k] + b_sp * nights[t][k] + if k == 2 * t + 1 { own } else { 0.0 };
            pains[t][k] += if k == 2 * t { correlation * sd_p } else { 0.0 };
        }
    }
    let (noise_s, noise_p) = (at(Parameter::LnErrorSleep).exp(), at(Parameter::LnErrorPain).exp());
    let mut cells = Vec::new();
    for t in 0..days {
        let months = (t as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(series.weekend()[t]));
        if let Some(hours) = series.sleep()[t] {
            let level = at(Parameter::MeanSleep)
                + at(Parameter::TrendSleep) * months
                + at(Parameter::WeekendSleep) * off;
            cells.push((nights[t].clone(), noise_s, (hours - spread.sleep.mean) / spread.sleep.sd - level));
        }
        if let Some(score) = series.pain()[t] {
            let level = at(Parameter::MeanPain)
                + at(Parameter::TrendPain) * months
                + at(Parameter::WeekendPain) * off;
            cells.push((pains[t].clone(), noise_p, (score - spread.pain.mean) / spread.pain.sd - level));
        }
    }
    let mut covariance = Square::zero(cells.len());
    for (i, (left, noise, _)) in cells.iter().enumerate() {
        for (j, (right, _, _)) in cells.iter().enumerate() {
            let own = if i == j { noise * noise } else { 0.0 };
            covariance.set(i, j, nightmend_infer::linear::dot(left, right) + own);
        }
    }
    let lower = covariance.cholesky().expect("positive definite");
    let white = lower.solve_lower(&cells.iter().map(|cell| cell.2).collect::<Vec<_>>());
    let logarithms: f64 = (0..cells.len()).map(|row| lower.get(row, row).ln()).sum();
    let constant = 0.5 * cells.len() as f64 * (2.0 * std::f64::consts::PI).ln();
    -0.5 * white.iter().map(|value| value * value).sum::<f64>() - logarithms - constant
}

#[test]
fn the_likelihood_is_that_of_the_equations_written_out() {
    let series = Person { pain_to_sleep: -0.2, ..Person::without_link(40, 0.4) }.live(2, 0);
    let mut density = density(&series, MeasurementError::Prior);
    for seed in 0..5 {
        let place = some_parameters(&density, seed);
        let value = density.log_likelihood(&place).expect("inside");
        assert!((value / written_out(&series, &place, 0.0) - 1.0).abs() < 1e-10, "seed {seed}");
        let mut hidden = density.clone().with_innovation_correlation(-0.3);
        let value = hidden.log_likelihood(&place).expect("inside");
        assert!((value / written_out(&series, &place, -0.3) - 1.0).abs() < 1e-10, "seed {seed}");
    }
}

#[test]
fn dynamics_that_do_not_settle_are_outside_the_support() {
    let series = Person::without_link(30, 0.0).live(3, 0);
    let mut density = density(&series, MeasurementError::Prior);
    let mut place = density.priors().parameters.map(|prior| prior.mean);
    place[Parameter::AtanhPhiPain.index()] = 3.5;
    let result = density.value_and_gradient(&place, &mut [0.0; PARAMETERS]);
    assert!(matches!(result, Err(DensityError::OutsideSupport(_))));
}

#[test]
fn the_spectral_radius_is_the_growth_of_a_long_run() {
    for (b_sp, b_ps) in [(-0.3, -0.2), (0.5, -0.6), (0.1, 0.1)] {
        let dynamics = Dynamics { phi_sleep: 0.4, phi_pain: 0.3, sleep_to_pain: b_sp, pain_to_sleep: b_ps };
        let a = dynamics.transition();
        let mut product = [[1.0, 0.0], [0.0, 1.0]];
        let mut logarithm = 0.0;
        for _ in 0..2_000 {
            product = std::array::from_fn(|i| {
                std::array::from_fn(|j| (0..2).map(|k: usize| a[i][k] * product[k][j]).sum::<f64>())
            });
            let size = product.iter().flatten().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
            product.iter_mut().flatten().for_each(|entry| *entry /= size);
            logarithm += size.ln();
        }
        assert!(
            ((logarithm / 2_000.0).exp() / dynamics.spectral_radius() - 1.0).abs() < 2e-3,
            "{b_sp} {b_ps}"
        );
    }
}

#[test]
fn the_loop_gain_of_the_worked_example_is_0_13() {
    // Section 2.5 of the notes: strong loop, b_sp -0.35, b_ps -0.20, carry-over 0.15 and 0.38.
    let dynamics = Dynamics { phi_sleep: 0.15, phi_pain: 0.38, sleep_to_pain: -0.35, pain_to_sleep: -0.20 };
    assert!((dynamics.loop_gain() - 0.13).abs() < 0.005);
}
