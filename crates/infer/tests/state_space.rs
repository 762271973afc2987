//! Checks the filter against a dense normal density, and its hand-derived gradient against dual numbers and
//! finite differences. Dates, gaps and levels are invented; nothing here knows what the channels mean.

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they check")]

use std::ops::{Add, Div, Mul, Sub};

use nightmend_infer::linear::Square;
use nightmend_infer::random::Stream;
use nightmend_infer::state_space::{Filter, LinearGaussian, LinearGaussianGradient};

const DAYS: usize = 25;

/// A value with its derivative in one direction.
#[derive(Debug, Clone, Copy)]
struct Dual {
    value: f64,
    slope: f64,
}

fn constant(value: f64) -> Dual {
    Dual { value, slope: 0.0 }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

/// Every number that goes into a likelihood, in one list: A, Q (lower triangle), R, residuals.
#[derive(Clone)]
struct Case<const N: usize, const M: usize> {
    model: LinearGaussian<N, M>,
    residuals: Vec<[f64; M]>,
    seen: Vec<[bool; M]>,
}

impl<const N: usize, const M: usize> Case<N, M> {
    fn random(observed_state: [usize; M], seed: u64) -> Self {
        let mut stream = Stream::new(seed, 0);
        let mut transition = [[0.0; N]; N];
        let mut factor = [[0.0; N]; N];
        for row in 0..N {
            for column in 0..N {
                transition[row][column] = 0.25 * stream.normal() + if row == column { 0.3 } else { 0.0 };
                factor[row][column] = if column <= row { 0.3 * stream.normal() } else { 0.0 }
                    + f64::from(u8::from(row == column));
            }
        }
        let mut innovation_covariance = [[0.0; N]; N];
        for row in 0..N {
            for column in 0..N {
                innovation_covariance[row][column] =
                    (0..N).map(|inner| factor[row][inner] * factor[column][inner]).sum();
            }
        }
        let mut first_covariance = [[0.0; N]; N];
        (0..N).for_each(|state| first_covariance[state][state] = 4.0);
        let observation_variance = std::array::from_fn(|_| 0.2 + stream.uniform());
        let model = LinearGaussian {
            transition,
            innovation_covariance,
            observed_state,
            observation_variance,
            first_covariance,
        };
        let residuals = (0..DAYS).map(|_| std::array::from_fn(|_| stream.normal())).collect();
        let seen = (0..DAYS).map(|_| std::array::from_fn(|_| stream.uniform() > 0.2)).collect();
        Self { model, residuals, seen }
    }

    fn evaluate(&self) -> f64 {
        Filter::new(DAYS).log_likelihood(&self.model, &self.residuals, &self.seen)
    }

    /// The plain textbook filter in dual numbers, written independently of the crate's.
    fn evaluate_dual(&self, direction: &Case<N, M>) -> Dual {
        let pair = |value: f64, slope: f64| Dual { value, slope };
        let a: [[Dual; N]; N] = std::array::from_fn(|i| {
            std::array::from_fn(|j| pair(self.model.transition[i][j], direction.model.transition[i][j]))
        });
        let q: [[Dual; N]; N] = std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                pair(self.model.innovation_covariance[i][j], direction.model.innovation_covariance[i][j])
            })
        });
        let mut x = [constant(0.0); N];
        let mut p = self.model.first_covariance.map(|row| row.map(constant));
        let mut total = constant(0.0);
        for day in 0..DAYS {
            if day > 0 {
                let sum = |terms: &mut dyn Iterator<Item = Dual>| terms.fold(constant(0.0), Dual::add);
                let ap: [[Dual; N]; N] = std::array::from_fn(|i| {
                    std::array::from_fn(|j| sum(&mut (0..N).map(|k| a[i][k] * p[k][j])))
                });
                x = std::array::from_fn(|i| sum(&mut (0..N).map(|k| a[i][k] * x[k])));
                p = std::array::from_fn(|i| {
                    std::array::from_fn(|j| sum(&mut (0..N).map(|k| ap[i][k] * a[j][k])) + q[i][j])
                });
            }
            for channel in 0..M {
                if !self.seen[day][channel] {
                    continue;
                }
                let state = self.model.observed_state[channel];
                let noise = pair(
                    self.model.observation_variance[channel],
                    direction.model.observation_variance[channel],
                );
                let y = pair(self.residuals[day][channel], direction.residuals[day][channel]);
                let (v, f) = (y - x[state], p[state][state] + noise);
                let gain: [Dual; N] = std::array::from_fn(|i| p[i][state] / f);
                let row: [Dual; N] = p[state];
                x = std::array::from_fn(|i| x[i] + gain[i] * v);
                p = std::array::from_fn(|i| std::array::from_fn(|j| p[i][j] - gain[i] * row[j]));
                let logarithm = pair(f.value.ln() + (2.0 * std::f64::consts::PI).ln(), f.slope / f.value);
                total = total - constant(0.5) * (logarithm + v * v / f);
            }
        }
        total
    }

    fn gradient(&self) -> (LinearGaussianGradient<N, M>, Vec<[f64; M]>) {
        let mut filter = Filter::new(DAYS);
        filter.log_likelihood(&self.model, &self.residuals, &self.seen);
        let mut gradient = LinearGaussianGradient::zero();
        filter.gradient(&self.model, &mut gradient);
        (gradient, filter.residual_gradient().to_vec())
    }

    /// A random direction in everything that may move; Q moves symmetrically.
    fn direction(&self, seed: u64) -> Self {
        let mut direction = Self::random(self.model.observed_state, seed);
        direction.seen.clone_from(&self.seen);
        direction
    }

    fn moved(&self, direction: &Self, step: f64) -> Self {
        let mut moved = self.clone();
        for i in 0..N {
            for j in 0..N {
                moved.model.transition[i][j] += step * direction.model.transition[i][j];
                moved.model.innovation_covariance[i][j] += step * direction.model.innovation_covariance[i][j];
            }
        }
        for channel in 0..M {
            moved.model.observation_variance[channel] += step * direction.model.observation_variance[channel];
            for day in 0..DAYS {
                moved.residuals[day][channel] += step * direction.residuals[day][channel];
            }
        }
        moved
    }

    fn adjoint_slope(&self, direction: &Self) -> f64 {
        let (gradient, residual) = self.gradient();
        let mut slope = 0.0;
        for i in 0..N {
            for j in 0..N {
                slope += gradient.transition[i][j] * direction.model.transition[i][j];
                slope += gradient.innovation_covariance[i][j] * direction.model.innovation_covariance[i][j];
            }
        }
        for channel in 0..M {
            slope += gradient.observation_variance[channel] * direction.model.observation_variance[channel];
            slope += (0..DAYS).map(|d| residual[d][channel] * direction.residuals[d][channel]).sum::<f64>();
        }
        slope
    }
}

fn check_gradient<const N: usize, const M: usize>(observed_state: [usize; M]) {
    for seed in 0..20 {
        let case = Case::<N, M>::random(observed_state, seed);
        let direction = case.direction(1_000 + seed);
        let (adjoint, dual) = (case.adjoint_slope(&direction), case.evaluate_dual(&direction));
        assert!((case.evaluate() / dual.value - 1.0).abs() < 1e-12, "value of case {seed}");
        assert!((adjoint - dual.slope).abs() <= 1e-10 * dual.slope.abs().max(1.0), "dual, case {seed}");
        let step = 1e-5;
        let above = case.moved(&direction, step).evaluate();
        let below = case.moved(&direction, -step).evaluate();
        let difference = (above - below) / (2.0 * step);
        assert!((adjoint - difference).abs() <= 1e-6 * difference.abs().max(1.0), "difference, case {seed}");
    }
}

#[test]
fn the_adjoint_agrees_with_dual_numbers_and_differences() {
    check_gradient::<2, 2>([0, 1]);
    check_gradient::<3, 4>([0, 0, 1, 2]);
}

#[test]
fn the_filter_agrees_with_a_dense_normal_density() {
    for seed in 0..10 {
        let case = Case::<2, 2>::random([0, 1], seed);
        let expected = dense_log_density(&case);
        assert!((case.evaluate() / expected - 1.0).abs() < 1e-10, "case {seed}");
    }
}

#[test]
fn an_unseen_day_changes_nothing_but_the_clock() {
    let mut case = Case::<2, 2>::random([0, 1], 3);
    case.seen[7] = [false, false];
    let before = case.evaluate();
    case.residuals[7] = [1e6, f64::NAN];
    assert_eq!(before, case.evaluate());
}

/// Builds the covariance of all seen values day by day and evaluates the normal density in one go.
fn dense_log_density(case: &Case<2, 2>) -> f64 {
    let a = case.model.transition;
    let multiply = |x: &[[f64; 2]; 2], y: &[[f64; 2]; 2]| -> [[f64; 2]; 2] {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..2).map(|k| x[i][k] * y[k][j]).sum()))
    };
    let transposed =
        |x: &[[f64; 2]; 2]| -> [[f64; 2]; 2] { std::array::from_fn(|i| std::array::from_fn(|j| x[j][i])) };
    let mut variances = vec![case.model.first_covariance];
    for day in 1..DAYS {
        let mut next = multiply(&multiply(&a, &variances[day - 1]), &transposed(&a));
        for i in 0..2 {
            for j in 0..2 {
                next[i][j] += case.model.innovation_covariance[i][j];
            }
        }
        variances.push(next);
    }
    let cells: Vec<(usize, usize)> = (0..DAYS)
        .flat_map(|day| (0..2).map(move |channel| (day, channel)))
        .filter(|(day, channel)| case.seen[*day][*channel])
        .collect();
    let mut covariance = Square::zero(cells.len());
    for (row, (late, channel)) in cells.iter().enumerate() {
        for (column, (early, other)) in cells.iter().enumerate().take(row + 1) {
            let mut carried = variances[*early];
            (*early..*late).for_each(|_| carried = multiply(&a, &carried));
            let noise = if row == column { case.model.observation_variance[*channel] } else { 0.0 };
            covariance.set(row, column, carried[*channel][*other] + noise);
        }
    }
    let lower = covariance.cholesky().expect("positive definite");
    let values: Vec<f64> = cells.iter().map(|(day, channel)| case.residuals[*day][*channel]).collect();
    let white = lower.solve_lower(&values);
    let logarithms: f64 = (0..cells.len()).map(|row| lower.get(row, row).ln()).sum();
    let squares: f64 = white.iter().map(|value| value * value).sum();
    -0.5 * squares - logarithms - 0.5 * cells.len() as f64 * (2.0 * std::f64::consts::PI).ln()
}
