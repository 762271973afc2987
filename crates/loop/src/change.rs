//! Finds the largest lasting step in the level of a series, beside level, trend and weekend.

use nightmend_infer::linear::{Square, dot};

use crate::model::LoopDensity;

/// How many days are tried for a step.
const TRIED: usize = 24;
/// The share of the days at either end on which no step is looked for.
const MARGIN: f64 = 0.15;
/// Fewer days than this allow no look.
const FEWEST_DAYS: usize = 30;

/// Returns the largest absolute z of a step in one side, over days spread evenly through the record.
///
/// Given the dynamics, the likelihood is that of a linear regression with correlated errors, so that the z of a step
/// beside the six columns of both levels is generalised least squares, with the filter as the inverse covariance.
pub(crate) fn largest_step(density: &mut LoopDensity, parameters: &[f64], side: usize) -> Option<f64> {
    let days = density.observed().len();
    if days < FEWEST_DAYS {
        return None;
    }
    let levels: Vec<[f64; 3]> = density.level_columns().collect();
    let mut columns: Vec<Vec<[f64; 2]>> = Vec::new();
    for channel in 0..2 {
        for part in 0..3 {
            columns.push(levels.iter().map(|row| on_side(channel, row[part])).collect());
        }
    }
    let weighted: Vec<Vec<[f64; 2]>> = columns
        .iter()
        .map(|column| density.precision_times(parameters, column).ok())
        .collect::<Option<_>>()?;
    let mut information = Square::zero(columns.len());
    for (row, left) in weighted.iter().enumerate() {
        for (place, right) in columns.iter().enumerate() {
            information.set(row, place, inner(left, right));
        }
    }
    let factor = information.cholesky()?;
    let observed = density.observed().to_vec();
    let explain = |values: &[[f64; 2]]| {
        let products: Vec<f64> = weighted.iter().map(|column| inner(column, values)).collect();
        factor.solve_lower(&products)
    };
    let of_observed = explain(&observed);
    let mut largest = 0.0_f64;
    for day in tried(days) {
        let step: Vec<[f64; 2]> =
            (0..days).map(|other| on_side(side, f64::from(u8::from(other >= day)))).collect();
        let weighted_step = density.precision_times(parameters, &step).ok()?;
        let of_step = explain(&step);
        let square = inner(&weighted_step, &step) - dot(&of_step, &of_step);
        let along = inner(&weighted_step, &observed) - dot(&of_step, &of_observed);
        if square > 1e-9 {
            largest = largest.max(along.abs() / square.sqrt());
        }
    }
    largest.is_finite().then_some(largest)
}

fn on_side(side: usize, value: f64) -> [f64; 2] {
    std::array::from_fn(|channel| if channel == side { value } else { 0.0 })
}

fn inner(left: &[[f64; 2]], right: &[[f64; 2]]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a[0] * b[0] + a[1] * b[1]).sum()
}

/// Returns the days on which a step is tried, without the margins.
fn tried(days: usize) -> impl Iterator<Item = usize> {
    let (first, span) = (MARGIN * days as f64, (1.0 - 2.0 * MARGIN) * days as f64);
    (0..=TRIED).map(move |place| (first + span * place as f64 / TRIED as f64).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Columns, PainMeasure, Series, SleepMeasure, weekend_flags};
    use crate::priors::Priors;
    use nightmend_domain::Moment;
    use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
    use nightmend_infer::random::Stream;

    #[test]
    fn without_dynamics_the_step_is_that_of_ordinary_least_squares() {
        // No carry-over, no arrows, unit innovations, no error: the filter's covariance is diagonal, four on day one.
        let mut stream = Stream::new(3, 0);
        let days = 60;
        let mut values = || (0..days).map(|_| Some(stream.normal())).collect::<Vec<Option<f64>>>();
        let (sleep, pain) = (values(), values());
        let first_date = jiff::civil::date(2024, 1, 1);
        let weekend = weekend_flags(first_date, days);
        let columns = Columns { first_date, sleep, pain: pain.clone(), weekend: weekend.clone() };
        let series = Series::new(
            columns,
            SleepMeasure::HoursDiary,
            PainMeasure::Nrs,
            "back pain".to_owned(),
            Moment::Waking,
        )
        .expect("a sound series");
        let unit = MeanSd { mean: 0.0, sd: 1.0 };
        let spread = Standardisation { sleep: unit, pain: unit };
        let error = MeasurementError::None;
        let priors =
            Priors::built_in().for_series(&series.sleep_measure, series.pain_measure, &spread, error);
        let mut density = LoopDensity::new(&series, &spread, priors);
        let found = largest_step(&mut density, &[0.0; crate::model::PARAMETERS], 1).expect("a step");
        let by_hand = tried(days)
            .map(|day| {
                let rows: Vec<[f64; 4]> = (0..days)
                    .map(|row| {
                        let months = (row as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
                        let flag = |yes: bool| f64::from(u8::from(yes));
                        [1.0, months, flag(weekend[row]), flag(row >= day)]
                    })
                    .collect();
                let weight = |row: usize| if row == 0 { 0.25 } else { 1.0 };
                let mut normal = Square::zero(4);
                let mut right = [0.0; 4];
                for (row, parts) in rows.iter().enumerate() {
                    for i in 0..4 {
                        right[i] += weight(row) * parts[i] * pain[row].expect("seen");
                        for j in 0..4 {
                            normal.set(i, j, normal.get(i, j) + weight(row) * parts[i] * parts[j]);
                        }
                    }
                }
                let inverse = normal.cholesky().expect("regular").inverse_from_cholesky();
                dot(inverse.row(3), &right).abs() / inverse.get(3, 3).sqrt()
            })
            .fold(0.0, f64::max);
        assert!((found - by_hand).abs() < 1e-9, "{found} {by_hand}");
    }
}
