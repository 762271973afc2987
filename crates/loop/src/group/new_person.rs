//! Says what a group leads to expect of one more person, on that person's own standardised series.
//!
//! A person is drawn from every draw of the population, and brought from the group's scale to the person's own: the
//! standard deviations of both series in the long run follow from the person's loop and errors.

use nightmend_domain::estimate::MeanSd;
use nightmend_infer::draws::{mean, standard_deviation};
use nightmend_infer::random::Stream;

use super::population::{Population, VARIABILITY, half_log_sum, place_in_vector};
use super::small::Vector;
use crate::Seed;
use crate::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, PARAMETERS, Parameter};
use crate::pack::{NewPerson, PARAMETERS_HELD};

/// Persons drawn from every draw of the population.
const PERSONS_EACH: usize = 4;
/// Steps after which a loop that may be told from a random walk has settled: 0.995 to this power is under 1e-2.
const STEPS: usize = 1_000;

/// Mean and standard deviation of a new person's parameters; `None` where no draw settles.
pub(super) fn expect(populations: &[Population], with_error: bool, seed: Seed) -> Option<NewPerson> {
    // Streams of chains and of persons lie elsewhere.
    let mut stream = Stream::new(seed.0, 1_800_000);
    let mut columns: [Vec<f64>; PARAMETERS_HELD.len()] = Default::default();
    for population in populations {
        for _ in 0..PERSONS_EACH {
            let noise: Vector = std::array::from_fn(|_| stream.normal());
            let covariates: Vec<f64> = population.slopes.iter().map(|_| stream.normal()).collect();
            let (mean, away) = (population.mean_of(&covariates), population.deviation(&noise));
            let own: Vector = std::array::from_fn(|index| mean[index] + away[index]);
            let Some(own) = on_their_own_scale(&own, population, with_error) else { continue };
            columns.iter_mut().zip(own).for_each(|(column, value)| column.push(value));
        }
    }
    (columns[0].len() > 1)
        .then(|| columns.map(|column| MeanSd { mean: mean(&column), sd: standard_deviation(&column) }))
}

/// The parameters of [`PARAMETERS_HELD`] in the person's own standard deviations; `None` for a loop that never settles.
fn on_their_own_scale(
    own: &Vector,
    population: &Population,
    with_error: bool,
) -> Option<[f64; PARAMETERS_HELD.len()]> {
    let at = |parameter: Parameter| own[place_in_vector(parameter)];
    let [sleep, pain] = [0, 1].map(|side| {
        let (variability, ratio) = (own[VARIABILITY[side]], population.shared[side]);
        let innovation = if with_error { variability - half_log_sum(ratio) } else { variability };
        let error = if with_error { innovation + ratio } else { f64::NEG_INFINITY };
        (innovation, (2.0 * innovation).exp(), (2.0 * error).exp())
    });
    let mut parameters = [0.0; PARAMETERS];
    for parameter in PARAMETERS_HELD {
        parameters[parameter.index()] = at(parameter);
    }
    let dynamics = Dynamics::of(&parameters);
    let [in_sleep, in_pain] = long_run_variances(&dynamics, sleep.1, pain.1)?;
    let (sd_sleep, sd_pain) = ((in_sleep + sleep.2).sqrt(), (in_pain + pain.2).sqrt());
    Some([
        dynamics.sleep_to_pain * sd_sleep / sd_pain,
        dynamics.pain_to_sleep * sd_pain / sd_sleep,
        at(Parameter::AtanhPhiSleep),
        at(Parameter::AtanhPhiPain),
        sleep.0 - sd_sleep.ln(),
        pain.0 - sd_pain.ln(),
    ])
}

/// Variances of the states of sleep and pain once the loop has settled, from its innovations' variances.
fn long_run_variances(dynamics: &Dynamics, sleep: f64, pain: f64) -> Option<[f64; 2]> {
    if dynamics.spectral_radius() >= LARGEST_SPECTRAL_RADIUS {
        return None;
    }
    let (a, b) = (dynamics.transition(), dynamics.sleep_to_pain);
    let added = [sleep, b * sleep, pain + b * b * sleep];
    let mut now = added;
    for _ in 0..STEPS {
        let [ss, sp, pp] = now;
        let turned = |row: usize, column: usize| {
            a[row][0] * (a[column][0] * ss + a[column][1] * sp)
                + a[row][1] * (a[column][0] * sp + a[column][1] * pp)
        };
        let next = [turned(0, 0) + added[0], turned(0, 1) + added[1], turned(1, 1) + added[2]];
        let still = (0..3).all(|index| (next[index] - now[index]).abs() < 1e-9 * (1.0 + next[index].abs()));
        now = next;
        if still {
            break;
        }
    }
    Some([now[0], now[2]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carry_over_alone_has_the_variance_of_an_autoregression() {
        let dynamics = Dynamics { phi_sleep: 0.6, phi_pain: 0.0, sleep_to_pain: -0.5, pain_to_sleep: 0.0 };
        let [sleep, pain] = long_run_variances(&dynamics, 1.0, 2.0).expect("it settles");
        assert!((sleep - 1.0 / (1.0 - 0.36)).abs() < 1e-7);
        assert!((pain - (2.0 + 0.25 * sleep)).abs() < 1e-7);
        let wild = Dynamics { phi_sleep: 0.999, ..dynamics };
        assert!(long_run_variances(&wild, 1.0, 2.0).is_none());
    }
}
