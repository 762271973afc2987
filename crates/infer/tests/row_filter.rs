//! Checks the filter of weighted observations against a dense normal density written in dual numbers: the likelihood,
//! and the hand-derived adjoint with it, to 1e-10; and the adjoint against finite differences to 1e-6.

#![expect(clippy::needless_range_loop, reason = "indices read like the matrix formulas that they check")]

use std::ops::{Add, Div, Mul, Sub};

use nightmend_infer::random::Stream;
use nightmend_infer::state_space::{Filter, LinearGaussian, RowFilter, RowGradient, RowModel};

const DAYS: usize = 14;

/// A value with its derivative in one direction.
#[derive(Debug, Clone, Copy, Default)]
struct Dual(f64, f64);

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.0 + self.0 * other.1)
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.0 / other.0;
        Self(value, (self.1 - value * other.1) / other.0)
    }
}

impl Dual {
    fn sqrt(self) -> Self {
        let root = self.0.sqrt();
        Self(root, self.1 / (2.0 * root))
    }

    fn ln(self) -> Self {
        Self(self.0.ln(), self.1 / self.0)
    }
}

fn sum(terms: impl Iterator<Item = Dual>) -> Dual {
    terms.fold(Dual::default(), Dual::add)
}

#[derive(Clone)]
struct Case<const N: usize, const M: usize> {
    model: RowModel<N, M>,
    residuals: Vec<[f64; M]>,
    seen: Vec<[bool; M]>,
}

impl<const N: usize, const M: usize> Case<N, M> {
    /// A random system; the last state starts exactly known, as a level does.
    fn random(seed: u64) -> Self {
        let mut stream = Stream::new(seed, 0);
        let mut square = |off: f64, on: f64| -> [[f64; N]; N] {
            let mut matrix = [[0.0; N]; N];
            for row in 0..N {
                for column in 0..N {
                    matrix[row][column] = off * stream.normal() + if row == column { on } else { 0.0 };
                }
            }
            matrix
        };
        let (transition, factor) = (square(0.2, 0.4), square(0.3, 1.0));
        let innovation_covariance = std::array::from_fn(|row| {
            std::array::from_fn(|column| (0..N).map(|k| factor[row][k] * factor[column][k]).sum())
        });
        let mut first_covariance = [[0.0; N]; N];
        (0..N - 1).for_each(|state| first_covariance[state][state] = 4.0);
        let model = RowModel {
            transition,
            innovation_covariance,
            rows: std::array::from_fn(|_| std::array::from_fn(|_| stream.normal())),
            observation_variance: std::array::from_fn(|_| 0.2 + stream.uniform()),
            first_covariance,
        };
        let residuals = (0..DAYS).map(|_| std::array::from_fn(|_| stream.normal())).collect();
        let seen = (0..DAYS).map(|_| std::array::from_fn(|_| stream.uniform() > 0.3)).collect();
        Self { model, residuals, seen }
    }

    fn evaluate(&self) -> f64 {
        RowFilter::new(DAYS).log_likelihood(&self.model, &self.residuals, &self.seen)
    }

    /// Builds the covariance of everything seen and evaluates the normal density in one go, in dual numbers.
    fn dense(&self, direction: &Self) -> Dual {
        let entries = |value: &[[f64; N]; N], slope: &[[f64; N]; N]| -> [[Dual; N]; N] {
            std::array::from_fn(|i| std::array::from_fn(|j| Dual(value[i][j], slope[i][j])))
        };
        let a = entries(&self.model.transition, &direction.model.transition);
        let q = entries(&self.model.innovation_covariance, &direction.model.innovation_covariance);
        let times = |x: &[[Dual; N]; N], y: &[[Dual; N]; N]| -> [[Dual; N]; N] {
            std::array::from_fn(|i| std::array::from_fn(|j| sum((0..N).map(|k| x[i][k] * y[k][j]))))
        };
        let turned = |x: &[[Dual; N]; N]| -> [[Dual; N]; N] {
            std::array::from_fn(|i| std::array::from_fn(|j| x[j][i]))
        };
        let mut variances = vec![entries(&self.model.first_covariance, &[[0.0; N]; N])];
        for day in 1..DAYS {
            let mut next = times(&times(&a, &variances[day - 1]), &turned(&a));
            for i in 0..N {
                for j in 0..N {
                    next[i][j] = next[i][j] + q[i][j];
                }
            }
            variances.push(next);
        }
        let cells: Vec<(usize, usize)> = (0..DAYS)
            .flat_map(|day| (0..M).map(move |channel| (day, channel)))
            .filter(|(day, channel)| self.seen[*day][*channel])
            .collect();
        let row = |channel: usize| -> [Dual; N] {
            std::array::from_fn(|i| Dual(self.model.rows[channel][i], direction.model.rows[channel][i]))
        };
        let mut lower: Vec<Vec<Dual>> = Vec::new();
        let mut total = Dual(0.0, 0.0);
        let mut white: Vec<Dual> = Vec::new();
        for (index, (late, channel)) in cells.iter().copied().enumerate() {
            let mut line: Vec<Dual> = Vec::new();
            for (other_index, (early, other)) in cells.iter().copied().enumerate().take(index + 1) {
                let mut carried = variances[early];
                (early..late).for_each(|_| carried = times(&a, &carried));
                let (left, right) = (row(channel), row(other));
                let mut value = sum((0..N).map(|i| left[i] * sum((0..N).map(|j| carried[i][j] * right[j]))));
                if other_index == index {
                    let noise = &self.model.observation_variance;
                    value = value + Dual(noise[channel], direction.model.observation_variance[channel]);
                    value = (value - sum(line.iter().map(|entry| *entry * *entry))).sqrt();
                } else {
                    let shared = sum(line.iter().zip(&lower[other_index]).map(|(x, y)| *x * *y));
                    value = (value - shared) / lower[other_index][other_index];
                }
                line.push(value);
            }
            let observed = Dual(self.residuals[late][channel], direction.residuals[late][channel]);
            let known = sum(line.iter().zip(&white).map(|(x, y)| *x * *y));
            white.push((observed - known) / line[index]);
            total = total - line[index].ln() - Dual(0.5 * (2.0 * std::f64::consts::PI).ln(), 0.0);
            lower.push(line);
        }
        total - Dual(0.5, 0.0) * sum(white.iter().map(|value| *value * *value))
    }

    fn moved(&self, direction: &Self, step: f64) -> Self {
        let mut moved = self.clone();
        let (to, by) = (&mut moved.model, &direction.model);
        for i in 0..N {
            for j in 0..N {
                to.transition[i][j] += step * by.transition[i][j];
                to.innovation_covariance[i][j] += step * by.innovation_covariance[i][j];
            }
        }
        for channel in 0..M {
            to.observation_variance[channel] += step * by.observation_variance[channel];
            (0..N).for_each(|i| to.rows[channel][i] += step * by.rows[channel][i]);
            for day in 0..DAYS {
                moved.residuals[day][channel] += step * direction.residuals[day][channel];
            }
        }
        moved
    }

    fn adjoint_slope(&self, direction: &Self) -> f64 {
        let mut filter = RowFilter::new(DAYS);
        filter.log_likelihood(&self.model, &self.residuals, &self.seen);
        let mut gradient = RowGradient::zero();
        filter.gradient(&self.model, &mut gradient);
        let mut slope = 0.0;
        for i in 0..N {
            for j in 0..N {
                slope += gradient.transition[i][j] * direction.model.transition[i][j];
                slope += gradient.innovation_covariance[i][j] * direction.model.innovation_covariance[i][j];
            }
        }
        for channel in 0..M {
            slope += gradient.observation_variance[channel] * direction.model.observation_variance[channel];
            slope +=
                (0..N).map(|i| gradient.rows[channel][i] * direction.model.rows[channel][i]).sum::<f64>();
            slope += (0..DAYS)
                .map(|day| filter.residual_gradient()[day][channel] * direction.residuals[day][channel])
                .sum::<f64>();
        }
        slope
    }
}

fn check<const N: usize, const M: usize>() {
    for seed in 0..15 {
        let case = Case::<N, M>::random(seed);
        let mut direction = Case::<N, M>::random(1_000 + seed);
        direction.seen.clone_from(&case.seen);
        let (adjoint, dense) = (case.adjoint_slope(&direction), case.dense(&direction));
        assert!((case.evaluate() / dense.0 - 1.0).abs() < 1e-10, "value of case {seed}");
        assert!(
            (adjoint - dense.1).abs() <= 1e-10 * dense.1.abs().max(1.0),
            "{adjoint} {dense:?}, case {seed}"
        );
        let step = 1e-5;
        let difference = (case.moved(&direction, step).evaluate() - case.moved(&direction, -step).evaluate())
            / (2.0 * step);
        assert!((adjoint - difference).abs() <= 1e-6 * difference.abs().max(1.0), "difference, case {seed}");
    }
}

#[test]
fn likelihood_and_adjoint_agree_with_a_dense_density_in_dual_numbers() {
    check::<2, 3>();
    check::<3, 4>();
    check::<5, 7>();
}

#[test]
fn rows_that_pick_one_state_give_the_plain_filter() {
    let case = Case::<2, 2>::random(4);
    let mut model = case.model.clone();
    model.rows = [[1.0, 0.0], [0.0, 1.0]];
    let plain = LinearGaussian {
        transition: model.transition,
        innovation_covariance: model.innovation_covariance,
        observed_state: [0, 1],
        observation_variance: model.observation_variance,
        first_covariance: model.first_covariance,
    };
    let rows = RowFilter::new(DAYS).log_likelihood(&model, &case.residuals, &case.seen);
    let expected = Filter::new(DAYS).log_likelihood(&plain, &case.residuals, &case.seen);
    assert!((rows / expected - 1.0).abs() < 1e-13);
}
