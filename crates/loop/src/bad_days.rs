//! Says how many more bad days a short night goes with: days on which pain is at or above the person's own threshold.
//!
//! A night that is short by itself (not because pain made it so) moves the expectation of every later day by the impulse
//! response and leaves its spread alone. So the expected number of extra bad days is a sum over days of two areas under a
//! normal curve, one with the night and one without; nothing needs to be simulated, and there is no seed. The test of this
//! file simulates it all the same and finds the same numbers.

use nightmend_domain::estimate::{BadDays, Standardisation};
use nightmend_infer::Draws;
use nightmend_infer::normal;

use crate::data::Series;
use crate::explain::{PULSE_HORIZON_DAYS, summarise};
use crate::words;

/// The share of a person's days that are bad unless they set a threshold themselves.
const BAD_SHARE: f64 = 0.2;
/// Fewer days of pain than this give no threshold of one's own.
const FEWEST_DAYS: usize = 20;
/// Every so many-th draw is used: 400 of 4,000 place an expectation within a twentieth of its spread.
const DRAWS_USED: usize = 400;

/// How pain lies around its level under one draw, standardised: its level now, the spread of a single report around it, and
/// what a change of one night does to the days after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlook {
    pub level: f64,
    pub spread: f64,
    pub response: [f64; PULSE_HORIZON_DAYS],
}

/// Returns the value at or above which a day is bad: the one set, or the one that comes nearest to a fifth of the days.
pub(crate) fn threshold(column: &[Option<f64>], set: Option<f64>) -> Option<f64> {
    let mut known: Vec<f64> = column.iter().flatten().copied().collect();
    if known.len() < FEWEST_DAYS {
        return None;
    }
    known.sort_by(f64::total_cmp);
    let share = |at: f64| share_at_or_above(&known, at);
    let mut candidates = known.clone();
    candidates.dedup();
    // Every day would be bad from the lowest value on.
    let own = candidates
        .into_iter()
        .skip(1)
        .min_by(|a, b| (share(*a) - BAD_SHARE).abs().total_cmp(&(share(*b) - BAD_SHARE).abs()));
    set.or(own)
}

fn share_at_or_above(known: &[f64], at: f64) -> f64 {
    known.iter().filter(|value| **value >= at).count() as f64 / known.len() as f64
}

/// Puts the answer together. `border` is where, on the scale of `outlook`, a report becomes a bad one; `change` the change
/// of the night in standard deviations.
pub(crate) fn bad_days(
    series: &Series,
    at: f64,
    change_in_words: &str,
    draws: &Draws,
    border: impl Fn(&[f64]) -> f64,
    mut outlook: impl FnMut(&[f64]) -> Option<Outlook>,
) -> Option<BadDays> {
    let every = (draws.iter().count() / DRAWS_USED).max(1);
    let (mut extra, mut usual) = (Vec::new(), Vec::new());
    for draw in draws.iter().step_by(every) {
        let Some(outlook) = outlook(draw) else { continue };
        let (share, more) = expected(&outlook, border(draw));
        usual.push(share);
        extra.push(more);
    }
    let known: Vec<f64> = series.pain().iter().flatten().copied().collect();
    let (extra, usual) = (summarise(&extra), summarise(&usual));
    // A share that no model of a day reproduces would make nonsense of what a night adds to it.
    let observed_share = share_at_or_above(&known, at);
    extra.mean.is_finite().then(|| BadDays {
        at,
        unit: words::pain_unit(series).many,
        observed_share,
        modelled_share: usual,
        extra,
        horizon_days: PULSE_HORIZON_DAYS as u32,
        sentence: words::bad_days(series, at, observed_share, change_in_words, &extra, PULSE_HORIZON_DAYS),
    })
}

/// Returns the usual share of bad days, and how many more there are to be expected over the horizon.
fn expected(outlook: &Outlook, border: f64) -> (f64, f64) {
    let above = |shift: f64| normal::cumulative((outlook.level + shift - border) / outlook.spread);
    let usual = above(0.0);
    (usual, outlook.response.iter().map(|shift| above(*shift) - usual).sum())
}

/// Returns the border of a bad report half a step below it, standardised.
pub(crate) fn border(at: f64, step: f64, spread: &Standardisation) -> f64 {
    (at - 0.5 * step - spread.pain.mean) / spread.pain.sd
}

/// Returns the stationary covariance of `x = A x + e`, `e ~ N(0, Q)`, by doubling: `S ← S + A S A'`, `A ← A A`.
pub(crate) fn stationary(transition: [[f64; 2]; 2], innovations: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let (mut power, mut sum) = (transition, innovations);
    for _ in 0..16 {
        let step = times(times(power, sum), transposed(power));
        for row in 0..2 {
            for column in 0..2 {
                sum[row][column] += step[row][column];
            }
        }
        power = times(power, power);
    }
    sum
}

fn times(left: [[f64; 2]; 2], right: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let at = |row: usize, column: usize| (0..2).map(|inner| left[row][inner] * right[inner][column]).sum();
    [[at(0, 0), at(0, 1)], [at(1, 0), at(1, 1)]]
}

fn transposed(matrix: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[matrix[0][0], matrix[1][0]], [matrix[0][1], matrix[1][1]]]
}

/// The share of the seven days that are days off, for a level that is that of no day in particular.
pub(crate) const DAYS_OFF: f64 = 2.0 / 7.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Dynamics;
    use nightmend_infer::random::Stream;

    #[test]
    fn the_expectation_is_what_simulation_finds() {
        let dynamics = Dynamics { phi_sleep: 0.2, phi_pain: 0.4, sleep_to_pain: -0.4, pain_to_sleep: -0.2 };
        let (sigma, error, level, border) = ([0.9, 0.8], 0.5, 0.1, 0.9);
        let b = dynamics.sleep_to_pain;
        let (qs, qp) = (sigma[0] * sigma[0], sigma[1] * sigma[1]);
        let around = stationary(dynamics.transition(), [[qs, b * qs], [b * qs, qp + b * b * qs]])[1][1]
            + error * error;
        let response = crate::explain::impulse_response(&dynamics, -2.5);
        let found = expected(&Outlook { level, spread: f64::sqrt(around), response }, border);
        let mut stream = Stream::new(12, 0);
        let (lives, mut usual, mut with) = (30_000, 0.0, 0.0);
        for _ in 0..lives {
            let mut states = [[0.0; 2]; 2];
            for day in -25..PULSE_HORIZON_DAYS as i32 {
                let noise = [stream.normal(), stream.normal(), stream.normal()];
                for (life, state) in states.iter_mut().enumerate() {
                    let short = if life == 1 && day == 0 { -2.5 } else { 0.0 };
                    let sleep = dynamics.phi_sleep * state[0]
                        + dynamics.pain_to_sleep * state[1]
                        + sigma[0] * noise[0]
                        + short;
                    let pain = dynamics.phi_pain * state[1] + b * sleep + sigma[1] * noise[1];
                    *state = [sleep, pain];
                    if day >= 0 && level + pain + error * noise[2] >= border {
                        *(if life == 0 { &mut usual } else { &mut with }) += 1.0;
                    }
                }
            }
        }
        let (usual, with) = (usual / f64::from(lives), with / f64::from(lives));
        assert!((found.0 - usual / PULSE_HORIZON_DAYS as f64).abs() < 0.004, "{found:?} {usual}");
        assert!((found.1 - (with - usual)).abs() < 0.03, "{found:?} {}", with - usual);
        assert!(found.1 > 0.3);
    }

    #[test]
    fn the_threshold_is_ones_own_or_the_one_set() {
        let days: Vec<Option<f64>> = (0..40).map(|day| Some(f64::from(day % 10))).collect();
        assert_eq!(threshold(&days, None), Some(8.0));
        assert_eq!(threshold(&days, Some(5.0)), Some(5.0));
        assert_eq!(threshold(&days[..10], None), None);
        let ticks: Vec<Option<f64>> = (0..40).map(|day| Some(f64::from(u8::from(day % 3 == 0)))).collect();
        assert_eq!(threshold(&ticks, None), Some(1.0));
    }
}
