//! Asks how strong a hidden influence on a night and the day after it would have to be to explain the arrow between.
//!
//! A night and the pain after it may move together because of something that nobody wrote down (a quarrel, a flu).
//! Such an influence is a correlation between what is left over of both; the records cannot tell it from the arrow
//! (section 2.2 of the notes), so that the arrow is fitted again for a range of correlations that are supposed.

use nightmend_domain::estimate::{HiddenInfluence, HiddenInfluencePoint, MeanSd, Standardisation};
use nightmend_infer::laplace;
use nightmend_infer::linear::Square;

use crate::data::Series;
use crate::model::{LoopDensity, Parameter};
use crate::priors::SeriesPriors;

/// The largest correlation that is supposed, either way.
pub const LARGEST_CORRELATION: f64 = 0.4;
/// How many refits lie on either side of none.
const PER_SIDE: i32 = 8;

/// Refits the arrow from sleep to pain, at the mode, for every supposed correlation. What the mode misses is taken
/// from `posterior`, the standardised estimate without a hidden influence: the refits say by how much it moves.
///
/// `factor` turns a standardised effect into natural units. `None` where a refit finds no mode.
#[must_use]
pub(crate) fn influence(
    series: &Series,
    spread: &Standardisation,
    priors: SeriesPriors,
    posterior: MeanSd,
    factor: f64,
) -> Option<HiddenInfluence> {
    let mut density = LoopDensity::new(series, spread, priors);
    let arrow = Parameter::SleepToPain.index();
    let scale = priors.parameters.map(|prior| prior.sd);
    let centre = laplace::find_mode(&mut density, &priors.parameters.map(|prior| prior.mean), &scale).ok()?;
    let of = |correlation: f64, position: &[f64], covariance: &Square| Refit {
        correlation,
        effect: MeanSd { mean: position[arrow], sd: covariance.get(arrow, arrow).sqrt() },
    };
    let none = of(0.0, &centre.position, &centre.covariance);
    // Each refit starts from its neighbour's mode and curvature, from none outwards.
    let outwards = |direction: i32| {
        let (mut position, mut covariance) = (centre.position.clone(), centre.covariance.clone());
        let mut refits = Vec::new();
        for step in 1..=PER_SIDE {
            let correlation = LARGEST_CORRELATION * f64::from(direction * step) / f64::from(PER_SIDE);
            let mut supposed = density.clone().with_innovation_correlation(correlation);
            (position, _) = laplace::climb_nearby(&mut supposed, &position, &scale, &covariance).ok()?;
            covariance = laplace::covariance_in_short(&mut supposed, &position, &scale).ok()?;
            refits.push(of(correlation, &position, &covariance));
        }
        Some(refits)
    };
    let (below, above) = std::thread::scope(|scope| {
        let below = scope.spawn(|| outwards(-1));
        let above = outwards(1);
        (below.join().ok().flatten(), above)
    });
    let (mut refits, above) = (below?, above?);
    refits.reverse();
    refits.push(none);
    refits.extend(above);
    let (shift, widening) = (posterior.mean - none.effect.mean, posterior.sd / none.effect.sd);
    for refit in &mut refits {
        refit.effect = MeanSd { mean: refit.effect.mean + shift, sd: refit.effect.sd * widening };
    }
    let explains = smallest_that_explains(&refits, priors.parameters[arrow]);
    let point = |refit: &Refit| HiddenInfluencePoint {
        correlation: refit.correlation,
        effect: MeanSd { mean: factor * refit.effect.mean, sd: factor.abs() * refit.effect.sd },
    };
    Some(HiddenInfluence {
        points: refits.iter().map(point).collect(),
        explains,
        sentence: sentence(explains),
    })
}

/// The arrow under one supposed correlation, standardised.
#[derive(Debug, Clone, Copy)]
struct Refit {
    correlation: f64,
    effect: MeanSd,
}

impl Refit {
    /// Returns what the data alone say, times its precision: zero where they say that there is nothing.
    fn pull(&self, prior: MeanSd) -> f64 {
        self.effect.mean * self.effect.sd.powi(-2) - prior.mean * prior.sd.powi(-2)
    }
}

/// Returns the correlation nearest none at which the data alone would say zero, on a line between two refits.
///
/// The prior is divided out first: otherwise what is known of other people would hold the arrow up.
fn smallest_that_explains(refits: &[Refit], prior: MeanSd) -> Option<f64> {
    let crossings = refits.windows(2).filter_map(|pair| {
        let (from, to) = (pair[0].pull(prior), pair[1].pull(prior));
        let share = from / (from - to);
        (from * to <= 0.0 && share.is_finite())
            .then(|| pair[0].correlation + share * (pair[1].correlation - pair[0].correlation))
    });
    crossings.reduce(|nearest, next| if next.abs() < nearest.abs() { next } else { nearest })
}

fn sentence(explains: Option<f64>) -> String {
    match explains.map(f64::abs) {
        Some(size) if size < 0.05 => {
            "Even a weak hidden influence on night and day alike would explain what sleep and pain share here."
                .to_owned()
        }
        Some(size) => format!(
            "A hidden influence on night and day alike, as strong as a correlation of {size:.2}, would explain what \
             sleep and pain share here."
        ),
        None => format!(
            "A hidden influence on night and day alike would have to be stronger than a correlation of \
             {LARGEST_CORRELATION} to explain what sleep and pain share here."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_crossing_of_what_the_data_say_is_found() {
        let refit = |correlation: f64, mean: f64| Refit { correlation, effect: MeanSd { mean, sd: 0.1 } };
        let flat = MeanSd { mean: 0.0, sd: f64::INFINITY };
        let line = |zero: f64| {
            (-4..=4)
                .map(|step| refit(f64::from(step) / 10.0, zero - f64::from(step) / 10.0))
                .collect::<Vec<_>>()
        };
        assert!((smallest_that_explains(&line(-0.23), flat).expect("inside") + 0.23).abs() < 1e-12);
        assert_eq!(smallest_that_explains(&line(-0.5), flat), None);
        // A prior as sharp as the posterior is divided out: mean x 2 - prior mean is what the data say.
        let prior = MeanSd { mean: -0.2, sd: 0.1 };
        let crossing = smallest_that_explains(&line(-0.23), prior).expect("inside");
        assert!((crossing + 0.03).abs() < 1e-12, "{crossing}");
    }
}
