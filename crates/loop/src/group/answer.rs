//! Turns the draws of a population into the numbers of a paper's table, in the table's own units.

use nightmend_domain::estimate::Interval;
use nightmend_infer::draws::{Draws, mean, quantile, sorted, standard_deviation};
use nightmend_infer::{diagnostics, normal};

use super::new_person;
use super::population::{Population, VARYING, place_in_vector};
use super::stages::{self, FittedGroup, KEPT};
use super::two_stage::Seen;
use super::{
    ByQuantity, Correlation, CovariateEffect, GroupDiagnostics, GroupError, GroupEstimate, GroupMember,
    GroupSettings, GroupSummary, LevelEstimate, Method, PersonEstimate, PersonSummary,
};
use crate::Seed;
use crate::model::Parameter;

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
) -> Result<GroupEstimate, GroupError> {
    let dimension = fitted.priors.dimension();
    let unpacked = fitted.draws.iter().map(|draw| Population::unpack(&draw[..dimension], &fitted.priors));
    let populations: Vec<Population> = unpacked
        .collect::<Option<_>>()
        .ok_or_else(|| GroupError::Unfit { reason: "a draw of the population cannot be read".to_owned() })?;
    let quantities = quantities(fitted);
    let over = |of: &dyn Fn(Quantity, f64, f64) -> f64| {
        quantities.map(|quantity| {
            let place = quantity.place();
            summarise(populations.iter().map(|one| of(quantity, one.means[place], one.spreads[place])))
        })
    };
    let persons: Vec<PersonEstimate> = members
        .iter()
        .enumerate()
        .map(|(index, member)| PersonEstimate {
            person: member.person.clone(),
            days: days_of(member),
            estimates: person(fitted, index, quantities),
        })
        .collect();
    Ok(GroupEstimate {
        days: persons.iter().map(|one| one.days).sum(),
        scale: fitted.scale,
        population: over(&|quantity, centre, spread| quantity.moments(centre, spread).0),
        between_person_sd: over(&|quantity, centre, spread| quantity.moments(centre, spread).1),
        share_opposite_sign: over(&|_, centre, spread| normal::cumulative(-centre.abs() / spread)),
        levels: levels(fitted, &populations),
        correlations: correlations(&populations),
        covariates: covariates(members, &populations, quantities),
        new_person: new_person::expect(&populations, fitted.priors.with_error, seed).ok_or_else(|| {
            GroupError::Unfit { reason: "nothing can be said of one more person".to_owned() }
        })?,
        persons,
        left_out,
        diagnostics: diagnostics_of(&fitted.draws, dimension),
        method: fitted.method,
        model: format!(
            "one-pain-a-day loop, {}, {} persons, priors {}",
            if fitted.method == Method::Exact { "everyone sampled together" } else { "two-stage" },
            members.len(),
            settings.priors.label()
        ),
    })
}

fn days_of(member: &GroupMember) -> usize {
    let days = member.series.sleep().iter().zip(member.series.pain());
    days.filter(|(sleep, pain)| sleep.is_some() || pain.is_some()).count()
}

/// How well the first so many parameters, the population's, were sampled.
pub(super) fn diagnostics_of(draws: &Draws, dimension: usize) -> GroupDiagnostics {
    let convergence: Vec<_> =
        (0..dimension).map(|place| diagnostics::convergence(&draws.column(place), draws.chains())).collect();
    GroupDiagnostics {
        rhat_max: convergence.iter().map(|one| one.rhat).fold(f64::NAN, f64::max),
        ess_bulk_min: convergence.iter().map(|one| one.ess_bulk).fold(f64::NAN, f64::min),
        divergences: draws.divergences,
        gradient_evaluations: draws.gradient_evaluations,
    }
}

fn levels(fitted: &FittedGroup, populations: &[Population]) -> [LevelEstimate; 2] {
    let scales = [fitted.scale.sleep, fitted.scale.pain];
    [Parameter::MeanSleep, Parameter::MeanPain].map(|parameter| {
        let (place, scale) = (place_in_vector(parameter), scales[place_in_vector(parameter)]);
        LevelEstimate {
            mean: summarise(populations.iter().map(|one| scale.mean + scale.sd * one.means[place])),
            between_person_sd: summarise(populations.iter().map(|one| scale.sd * one.spreads[place])),
        }
    })
}

/// What may go together between persons, with the names of the public JSON.
const NAMED: [(&str, Parameter); 6] = [
    ("sleep_to_pain", Parameter::SleepToPain),
    ("pain_to_sleep", Parameter::PainToSleep),
    ("phi_pain", Parameter::AtanhPhiPain),
    ("phi_sleep", Parameter::AtanhPhiSleep),
    ("level_sleep", Parameter::MeanSleep),
    ("level_pain", Parameter::MeanPain),
];

fn correlations(populations: &[Population]) -> Vec<Correlation> {
    let pairs =
        (0..NAMED.len()).flat_map(|one| (one + 1..NAMED.len()).map(move |other| (NAMED[one], NAMED[other])));
    pairs
        .map(|((one, first), (other, second))| Correlation {
            one,
            other,
            summary: summarise(
                populations.iter().map(|population| {
                    population.correlation(place_in_vector(first), place_in_vector(second))
                }),
            ),
        })
        .collect()
}

fn covariates(
    members: &[&GroupMember],
    populations: &[Population],
    quantities: ByQuantity<Quantity>,
) -> Vec<CovariateEffect> {
    let slope = |column: usize, quantity: Quantity| {
        let place = quantity.place();
        summarise(populations.iter().map(|one| quantity.natural(one.slopes[column][place])))
    };
    (0..members[0].covariates.len())
        .map(|column| CovariateEffect {
            covariate: stages::covariate_scale(members, column),
            sleep_to_pain: slope(column, quantities.sleep_to_pain),
            pain_to_sleep: slope(column, quantities.pain_to_sleep),
        })
        .collect()
}

fn quantities(fitted: &FittedGroup) -> ByQuantity<Quantity> {
    let place = place_in_vector;
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

/// One person's estimates: from everyone's draws, or from the person's own at the population found.
fn person(fitted: &FittedGroup, index: usize, quantities: ByQuantity<Quantity>) -> ByQuantity<PersonSummary> {
    let draws: Vec<[f64; KEPT.len()]> = match fitted.method {
        Method::Exact => {
            let at = fitted.priors.dimension() + KEPT.len() * index;
            fitted.draws.iter().map(|draw| std::array::from_fn(|place| draw[at + place])).collect()
        }
        _ => fitted.seen[index].as_ref().map(Seen::even_draws).unwrap_or_default(),
    };
    let column = |parameter: Parameter| KEPT.iter().position(|kept| *kept == parameter).unwrap_or(0);
    quantities.map(|quantity| {
        let place = column(VARYING[quantity.place()]);
        let values: Vec<f64> = draws.iter().map(|draw| quantity.natural(draw[place])).collect();
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
