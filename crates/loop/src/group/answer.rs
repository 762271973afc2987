//! Turns the draws of a population into the numbers of a paper's table, in the table's own units.

use nightmend_domain::estimate::Interval;
use nightmend_infer::draws::{mean, quantile, sorted, standard_deviation};
use nightmend_infer::random::Stream;
use nightmend_infer::{diagnostics, normal};

use super::population::{Conditional, split};
use super::small::{K, Vector};
use super::stages::FittedGroup;
use super::{
    ByQuantity, GroupDiagnostics, GroupEstimate, GroupMember, GroupSettings, GroupSummary, PersonEstimate,
    PersonSummary,
};
use crate::Seed;
use crate::model::Parameter;

/// Draws of the population that persons are drawn under: enough for a 90 % interval.
const PERSON_DRAWS: usize = 1_000;
/// Points at which a population of carry-overs is looked at, equally likely.
const POINTS: usize = 41;

/// Where one of the four quantities stands among the varying parameters, and how it becomes natural.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    Arrow { place: usize, factor: f64 },
    CarryOver { place: usize },
}

impl Quantity {
    fn place(self) -> usize {
        match self {
            Self::Arrow { place, .. } | Self::CarryOver { place } => place,
        }
    }

    fn natural(self, value: f64) -> f64 {
        match self {
            Self::Arrow { factor, .. } => factor * value,
            Self::CarryOver { .. } => value.tanh(),
        }
    }

    /// Mean and standard deviation over a population that is normal on the model's scale.
    fn moments(self, centre: f64, spread: f64) -> (f64, f64) {
        match self {
            Self::Arrow { factor, .. } => (factor * centre, factor * spread),
            Self::CarryOver { .. } => {
                let at = |point: usize| {
                    let share = (point as f64 + 0.5) / POINTS as f64;
                    (centre + spread * normal::quantile(share)).tanh()
                };
                let first = (0..POINTS).map(at).sum::<f64>() / POINTS as f64;
                let second =
                    (0..POINTS).map(|point| (at(point) - first).powi(2)).sum::<f64>() / POINTS as f64;
                (first, second.sqrt())
            }
        }
    }
}

impl<T> ByQuantity<T> {
    /// Does the same for all four.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> ByQuantity<U> {
        ByQuantity {
            sleep_to_pain: change(self.sleep_to_pain),
            pain_to_sleep: change(self.pain_to_sleep),
            phi_pain: change(self.phi_pain),
            phi_sleep: change(self.phi_sleep),
        }
    }

    /// The four with the names they have in JSON.
    pub fn named(self) -> [(&'static str, T); 4] {
        [
            ("sleep_to_pain", self.sleep_to_pain),
            ("pain_to_sleep", self.pain_to_sleep),
            ("phi_pain", self.phi_pain),
            ("phi_sleep", self.phi_sleep),
        ]
    }
}

/// Puts the answer together.
pub(super) fn estimate(
    members: &[&GroupMember],
    left_out: Vec<String>,
    fitted: &FittedGroup,
    settings: &GroupSettings,
    seed: Seed,
) -> GroupEstimate {
    let quantities = quantities(fitted);
    let populations: Vec<(Vector, Vector)> = fitted.draws.iter().map(split).collect();
    let over = |of: &dyn Fn(Quantity, f64, f64) -> f64| {
        quantities.map(|quantity| {
            let place = quantity.place();
            summarise(populations.iter().map(|(means, spreads)| of(quantity, means[place], spreads[place])))
        })
    };
    let convergence = diagnostics::of_draws(&fitted.draws);
    let days = |member: &GroupMember| {
        member
            .series
            .sleep()
            .iter()
            .zip(member.series.pain())
            .filter(|(s, p)| s.is_some() || p.is_some())
            .count()
    };
    let persons: Vec<PersonEstimate> = members
        .iter()
        .enumerate()
        .map(|(index, member)| PersonEstimate {
            person: member.person.clone(),
            days: days(member),
            estimates: person(fitted, &populations, index, seed, quantities),
        })
        .collect();
    GroupEstimate {
        days: persons.iter().map(|one| one.days).sum(),
        scale: fitted.scale,
        population: over(&|quantity, centre, spread| quantity.moments(centre, spread).0),
        between_person_sd: over(&|quantity, centre, spread| quantity.moments(centre, spread).1),
        share_opposite_sign: over(&|_, centre, spread| normal::cumulative(-centre.abs() / spread)),
        persons,
        left_out,
        diagnostics: GroupDiagnostics {
            rhat_max: convergence.iter().map(|one| one.rhat).fold(f64::NAN, f64::max),
            ess_bulk_min: convergence.iter().map(|one| one.ess_bulk).fold(f64::NAN, f64::min),
            divergences: fitted.draws.divergences + fitted.first_stage_divergences,
        },
        model: format!(
            "two-stage one-pain-a-day loop, {} persons, priors {}",
            members.len(),
            settings.priors.label()
        ),
    }
}

fn quantities(fitted: &FittedGroup) -> ByQuantity<Quantity> {
    let place = |parameter: Parameter| {
        super::person::VARYING.iter().position(|varying| *varying == parameter).unwrap_or(K - 1)
    };
    let per_sleep = fitted.scale.pain.sd / fitted.scale.sleep.sd;
    ByQuantity {
        sleep_to_pain: Quantity::Arrow { place: place(Parameter::SleepToPain), factor: per_sleep },
        pain_to_sleep: Quantity::Arrow { place: place(Parameter::PainToSleep), factor: 1.0 / per_sleep },
        phi_pain: Quantity::CarryOver { place: place(Parameter::AtanhPhiPain) },
        phi_sleep: Quantity::CarryOver { place: place(Parameter::AtanhPhiSleep) },
    }
}

fn summarise(values: impl Iterator<Item = f64>) -> GroupSummary {
    let values: Vec<f64> = values.collect();
    let ascending = sorted(&values);
    GroupSummary {
        mean: mean(&values),
        sd: standard_deviation(&values),
        ci95: Interval { low: quantile(&ascending, 0.025), high: quantile(&ascending, 0.975) },
    }
}

/// One person's estimates over the population's draws, thinned evenly.
fn person(
    fitted: &FittedGroup,
    populations: &[(Vector, Vector)],
    index: usize,
    seed: Seed,
    quantities: ByQuantity<Quantity>,
) -> ByQuantity<PersonSummary> {
    // Streams of the second stage's chains are far below this number.
    let mut stream = Stream::new(seed.0, 1_000_000 + index as u64);
    let every = populations.len().div_ceil(PERSON_DRAWS).max(1);
    let draws: Vec<Vector> = populations
        .iter()
        .step_by(every)
        .filter_map(|(means, spreads)| {
            let inverse_variances = spreads.map(|spread| spread.powi(-2));
            Some(Conditional::new(&fitted.likelihoods[index], means, &inverse_variances)?.draw(&mut stream))
        })
        .collect();
    quantities.map(|quantity| {
        let values: Vec<f64> = draws.iter().map(|draw| quantity.natural(draw[quantity.place()])).collect();
        let ascending = sorted(&values);
        PersonSummary {
            mean: mean(&values),
            ci90: Interval { low: quantile(&ascending, 0.05), high: quantile(&ascending, 0.95) },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_of_carry_overs_is_averaged_and_not_bent() {
        let carry = Quantity::CarryOver { place: 0 };
        let (centre, spread) = carry.moments(0.4, 1e-6);
        assert!((centre - 0.4_f64.tanh()).abs() < 1e-9 && spread < 1e-5);
        // A wide population: checked by summing over a fine grid of the density.
        let (mut first, mut second, mut weight) = (0.0, 0.0, 0.0);
        for step in -8_000..=8_000 {
            let z = f64::from(step) / 1_000.0;
            let density = (-0.5 * z * z).exp();
            let value = (0.4 + 0.5 * z).tanh();
            (first, second, weight) =
                (first + density * value, second + density * value * value, weight + density);
        }
        let (expected, expected_sd) = (first / weight, (second / weight - (first / weight).powi(2)).sqrt());
        let (centre, spread) = carry.moments(0.4, 0.5);
        assert!((centre - expected).abs() < 0.002 && (spread / expected_sd - 1.0).abs() < 0.02);
    }
}
