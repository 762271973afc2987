//! Decides whether a person is told of an arrow, from the data alone.
//!
//! The evidence is the signed root of the likelihood ratio between "this arrow is free" and "this arrow is zero",
//! everything else fitted to the data in both (with the same weak priors in both), scaled down for what was fitted
//! besides. It has no random part: the same data give the same claim. Why this statistic and which threshold, with
//! the measured rates: `docs/decisions/0003-claim-statistic.md`.
//!
//! Measurement error stays in, as the settings have it: without it, one real arrow makes the other appear (in up to
//! 18 % of people with a year of noisy data, measured there).

use nightmend_domain::estimate::{MeanSd, Record, Told};
use nightmend_infer::laplace::{self, ModeError};

use crate::data::Series;
use crate::held::Held;
use crate::model::{LoopDensity, Parameter};
use crate::priors::SeriesPriors;

/// What `abs(z)` must reach for an arrow to be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clear {
    /// For one analysis of a finished record.
    pub archive: f64,
    /// At each of the first looks at a living record.
    pub living: f64,
    /// The first looks at a living record, in nights from the first date by which both series have begun.
    pub looks: [usize; 2],
    /// At each of the later looks.
    pub later: f64,
    /// The later looks; after the last of them nothing new is told.
    pub later_looks: [usize; 3],
}

/// The one threshold of the one-pain-a-day form; sentences, pictures, days needed and power tables use it.
///
/// The later looks come each time the record has doubled. What they may let through is what the first two leave of five
/// in a hundred over the life of the record, by simulation (`examples/looks.rs`, decision 0014).
pub const CLEAR: Clear =
    Clear { archive: 2.6, living: 2.8, looks: [90, 180], later: 3.4, later_looks: [365, 730, 1_460] };

impl Clear {
    /// Returns the threshold for a form of record.
    #[must_use]
    pub fn threshold(&self, record: Record) -> f64 {
        match record {
            Record::Archive => self.archive,
            Record::Living => self.living,
        }
    }

    /// Returns every look at a living record: after how many nights, and what `abs(z)` must reach there.
    pub fn all_looks(&self) -> impl Iterator<Item = (usize, f64)> {
        let first = self.looks.map(|look| (look, self.living));
        first.into_iter().chain(self.later_looks.map(|look| (look, self.later)))
    }

    /// Returns what `abs(z)` must reach in a record of so many nights: at once, or at the look that is next (the last
    /// one where there is none any more).
    #[must_use]
    pub fn at(&self, record: Record, nights: usize) -> f64 {
        match record {
            Record::Archive => self.archive,
            Record::Living => {
                self.all_looks().find(|(look, _)| *look >= nights).map_or(self.later, |(_, clear)| clear)
            }
        }
    }
}

/// What the data alone say about one arrow, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The evidence, signed like the effect.
    pub z: f64,
    /// The effect at the joint mode under weak priors, with its standard deviation there; it gives z its sign and
    /// is not shown to people (see [`prior_divided_out`]).
    pub effect: MeanSd,
}

/// The evidence for both arrows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BothArrows {
    /// Sleep to pain.
    pub sleep_to_pain: Evidence,
    /// Pain to sleep.
    pub pain_to_sleep: Evidence,
}

/// Returns a posterior with its own normal prior divided out: what the data alone say, beside all other priors.
///
/// `None` where the posterior is no sharper than the prior by a twentieth in precision: draws cannot tell so little
/// from nothing (the spread of a few thousand draws is known to two or three per cent).
#[must_use]
pub fn prior_divided_out(posterior: MeanSd, prior: MeanSd) -> Option<MeanSd> {
    let (sharpness, before) = (posterior.sd.powi(-2), prior.sd.powi(-2));
    let precision = sharpness - before;
    (precision > 0.05 * before && precision.is_finite()).then(|| MeanSd {
        mean: (posterior.mean * sharpness - prior.mean * before) / precision,
        sd: precision.powf(-0.5),
    })
}

/// Decides whether an arrow is told.
///
/// `judged` is z at each look that counts, with what it must reach there, `today` z on everything, `posterior` the
/// posterior mean. The arrow is told if one look cleared its threshold and today's data and today's posterior both point the way that the look did.
#[must_use]
pub fn decide(judged: &[(f64, f64)], today: f64, posterior: f64) -> Told {
    let cleared = |(z, clear): &(f64, f64)| z.abs() >= *clear && z * today > 0.0 && z * posterior > 0.0;
    if judged.iter().any(cleared) { Told::Clear } else { Told::CannotTellYet }
}

/// How wide the arrows' own priors are while evidence is weighed: four times any effect ever reported within
/// people, so that they decide nothing and only keep a handful of days from running off.
pub const WEAK_ARROW_SD: f64 = 1.0;

/// Weighs the evidence for both arrows in `series`.
///
/// # Errors
/// [`ModeError`] where no best fit is found, which happens on a handful of days at most.
pub fn weigh(series: &Series, priors: SeriesPriors) -> Result<BothArrows, ModeError> {
    let Some(spread) = series.standardisation() else {
        return Err(ModeError::NotAPeak);
    };
    let data = series.account();
    let weak = weaken(priors);
    let mut density = LoopDensity::new(series, &spread, weak);
    let start = weak.parameters.map(|prior| prior.mean);
    let scale = weak.parameters.map(|prior| prior.sd.min(1.0));
    let mode = laplace::find_mode(&mut density, &start, &scale)?;
    let evidence = |arrow: Parameter, outcomes: u32| -> Result<Evidence, ModeError> {
        let index = arrow.index();
        let without = Held::new(density.clone(), &[(index, 0.0)]);
        let (_, value) = without.climb_nearby(&mode, &scale)?;
        let ratio = (2.0 * (mode.value - value)).max(0.0);
        let effect = MeanSd { mean: mode.position[index], sd: mode.covariance.get(index, index).sqrt() };
        Ok(Evidence { z: (ratio.sqrt() * small_sample(outcomes)).copysign(effect.mean), effect })
    };
    Ok(BothArrows {
        sleep_to_pain: evidence(Parameter::SleepToPain, data.pain_days)?,
        pain_to_sleep: evidence(Parameter::PainToSleep, data.nights)?,
    })
}

/// What one side of the loop fits besides its variances: level, trend, weekend, carry-over, arrow, first state.
pub(crate) const FITTED_PER_SIDE: f64 = 6.0;

/// Returns what a likelihood-ratio z is multiplied by in small samples: Bartlett's form, one over the root of
/// 1 + c/n, with c the number of things fitted. Without it people with 30 days would be told twice as often.
fn small_sample(outcomes: u32) -> f64 {
    (1.0 + FITTED_PER_SIDE / f64::from(outcomes.max(1))).powf(-0.5)
}

/// The carry-overs' priors while evidence is weighed, on the atanh scale: wide enough that a true carry-over of 0.8
/// is not pulled down, which would turn what it leaves over into an arrow.
pub(crate) const WEAK_CARRY_OVER: MeanSd = MeanSd { mean: 0.5, sd: 1.0 };

/// Replaces the priors of both arrows by weak ones centred on no effect, and widens those of the carry-overs.
fn weaken(mut priors: SeriesPriors) -> SeriesPriors {
    for arrow in [Parameter::SleepToPain, Parameter::PainToSleep] {
        priors.parameters[arrow.index()] = MeanSd { mean: 0.0, sd: WEAK_ARROW_SD };
    }
    for carry_over in [Parameter::AtanhPhiSleep, Parameter::AtanhPhiPain] {
        priors.parameters[carry_over.index()] = WEAK_CARRY_OVER;
    }
    priors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prior_is_divided_out_as_by_hand() {
        // Prior N(-1, 2²), data N(3, 1²): precision 1.25, mean (3 - 0.25) / 1.25.
        let posterior = MeanSd { mean: 2.75 / 1.25, sd: 1.25_f64.powf(-0.5) };
        let data = prior_divided_out(posterior, MeanSd { mean: -1.0, sd: 2.0 }).expect("data");
        assert!((data.mean - 3.0).abs() < 1e-12 && (data.sd - 1.0).abs() < 1e-12, "{data:?}");
    }

    #[test]
    fn a_posterior_no_sharper_than_its_prior_has_no_data_in_it() {
        let prior = MeanSd { mean: -0.1, sd: 0.13 };
        assert_eq!(prior_divided_out(MeanSd { mean: 0.0, sd: 0.13 }, prior), None);
        assert_eq!(prior_divided_out(MeanSd { mean: 0.0, sd: 0.129 }, prior), None);
        assert_eq!(prior_divided_out(MeanSd { mean: 0.0, sd: 0.14 }, prior), None);
        assert!(prior_divided_out(MeanSd { mean: 0.0, sd: 0.12 }, prior).is_some());
    }

    #[test]
    fn an_arrow_is_told_only_where_evidence_and_posterior_point_the_same_way() {
        let looks = |all: &[f64]| all.iter().map(|z| (*z, 2.7)).collect::<Vec<_>>();
        assert_eq!(decide(&looks(&[-2.8]), -2.8, -0.2), Told::Clear);
        assert_eq!(decide(&looks(&[-2.8]), -2.8, 0.01), Told::CannotTellYet);
        assert_eq!(decide(&looks(&[-2.8]), 0.4, -0.2), Told::CannotTellYet);
        assert_eq!(decide(&looks(&[-2.6]), -3.5, -0.2), Told::CannotTellYet);
        assert_eq!(decide(&looks(&[-2.8, -1.0]), -1.0, -0.2), Told::Clear);
        assert_eq!(decide(&[], -5.0, -0.2), Told::CannotTellYet);
        // A later look asks for more.
        assert_eq!(decide(&[(-2.5, 2.7), (-2.5, 2.7), (-2.9, 3.0)], -2.9, -0.2), Told::CannotTellYet);
    }

    #[test]
    fn a_living_record_is_looked_at_each_time_it_has_doubled() {
        let looks: Vec<usize> = CLEAR.all_looks().map(|(look, _)| look).collect();
        assert_eq!(looks, [90, 180, 365, 730, 1_460]);
        assert_eq!(CLEAR.at(Record::Living, 20), CLEAR.living);
        assert_eq!(CLEAR.at(Record::Living, 180), CLEAR.living);
        assert_eq!(CLEAR.at(Record::Living, 181), CLEAR.later);
        assert_eq!(CLEAR.at(Record::Living, 5_000), CLEAR.later);
        assert_eq!(CLEAR.at(Record::Archive, 5_000), CLEAR.archive);
    }
}
