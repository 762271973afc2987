//! Foretells the score of a verdict's test: how much each look will know, and where the score will lie by then.
//!
//! The test takes an effect as lying on top of its night (decision 0049). With the noise of a person's nights as an
//! autoregression of their own spread and carry-over, the levels under their priors (mean, trend, weekend, one for every
//! long block) and the nights that count, the score of the effect is `S = x' K⁻¹ y` and its information `I = x' K⁻¹ x`,
//! where `x` marks the nights with the step and `K` is the covariance of what is written down. That is the model's own
//! view. What happens differs from it in three ways, each of which moves the power of long blocks:
//! - The loop may carry an effect on from night to night, `u_t = φ u_{t-1} + a_t`: within a block it grows, from one night
//!   to the other it shrinks. The mean of the score follows from `u`; of an effect that is gone the next day it is `a_t`.
//! - Blocks need not differ for other reasons, though the model allows for it. The variance of the score is that of the
//!   nights' own noise; and blocks that are alike say so, so that the model comes to allow for less than it began with
//!   ([`LEFT_OF_BLOCKS`]; where the step begins once there are two levels, of which nobody learns whether levels are alike).
//! - Spread and carry-over are estimated from the same nights, by a sceptic, who takes part of an effect for noise: a level
//!   that changes by the week looks like a strong carry-over, and one that changes by the night like none. This is the
//!   share [`TAKEN_FOR_NOISE`], less where the step begins once ([`TAKEN_FOR_NOISE_ONCE`]).
//!
//! These shares are the numbers here that were fitted to simulations (`xtask/examples/step_looks.rs`, other seeds than
//! those of the published table).

use jiff::civil::{Date, date};
use nightmend_domain::plan::{Design, Plan, Rotation};
use nightmend_domain::time::NightDate;
use nightmend_infer::linear::{Square, dot};

use crate::allocation;
use crate::columns::{BLOCK_SD, LEVEL_SD};
use crate::power::{Afterwards, Expected, OwnSpread};
use crate::priors;

/// How the score will lie after one look.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Ahead {
    /// What the model will think to know of the effect: one over a variance.
    pub information: f64,
    /// The mean of the score for an effect of 1.
    pub slope: f64,
    /// The variance of the score.
    pub variance: f64,
}

/// The share of an effect's variance that counts as noise when spread and carry-over are estimated.
const TAKEN_FOR_NOISE: f64 = 0.8;
/// The same where the step begins once.
const TAKEN_FOR_NOISE_ONCE: f64 = 0.5;
/// What is left of the scale of the standard deviation between blocks once half a dozen to a dozen have been alike.
const LEFT_OF_BLOCKS: f64 = 2.0 / 3.0;
/// Lots over which is averaged: one alone may fall well or badly.
const LOTS: u64 = 4;
/// Any Monday.
const FIRST_NIGHT: Date = date(2024, 1, 1);
/// Prior widths of level, trend in 30 nights and weekend, in SD units, as in the model.
const BESIDE_SD: [f64; 3] = [LEVEL_SD, 0.4, 0.4];

/// Returns how the score will lie at each of `looks` when a night with the step changes the outcome by `effect`, on
/// average over lots.
///
/// A design that cannot be drawn has nothing ahead: all zeros.
pub(crate) fn ahead(
    design: &Design,
    spread: OwnSpread,
    expected: Expected,
    (effect, afterwards): (f64, Afterwards),
    looks: &[u16],
) -> Vec<Ahead> {
    let mut sums = vec![Ahead::default(); looks.len()];
    for seed in 1..=LOTS {
        let Ok(plan) = allocation::draw(Design { seed, ..design.clone() }) else { return sums };
        let course = Course::of(&plan, spread, expected, (effect, afterwards));
        for (sum, look) in sums.iter_mut().zip(looks) {
            let Ahead { information, slope, variance } = course.after(*look);
            sum.information += information / LOTS as f64;
            sum.slope += slope / LOTS as f64;
            sum.variance += variance / LOTS as f64;
        }
    }
    sums
}

/// A plan as it will be lived, one row a night.
struct Course {
    /// Places of the nights whose outcome will be known and compared.
    known: Vec<usize>,
    /// The nights with the step, and the effect of 1 as it shows on each night.
    with: Vec<f64>,
    shows: Vec<f64>,
    /// What the model takes off beside the effect: each column in units of its prior's SD.
    beside: Vec<Vec<f64>>,
    /// The noise of the nights, and what the model will take for it.
    noise: Noise,
    taken: Noise,
}

/// An autoregression.
#[derive(Debug, Clone, Copy)]
struct Noise {
    variance: f64,
    carry_over: f64,
}

impl Noise {
    fn between(self, one: usize, other: usize) -> f64 {
        self.variance * self.carry_over.powi(one.abs_diff(other) as i32)
    }

    /// With a part of a course of values mixed in: their variances add, their lagged products as well.
    fn with(self, values: &[f64], share: f64) -> Self {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let off: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let scale = share / values.len().max(1) as f64;
        let variance = self.variance + scale * dot(&off, &off);
        let lagged = self.variance * self.carry_over + scale * dot(&off, off.get(1..).unwrap_or_default());
        Self { variance, carry_over: (lagged / variance).clamp(0.0, 0.95) }
    }
}

impl Course {
    fn of(
        plan: &Plan,
        spread: OwnSpread,
        expected: Expected,
        (effect, afterwards): (f64, Afterwards),
    ) -> Self {
        let design = &plan.design;
        let calendar = allocation::calendar(plan, NightDate::of_waking(FIRST_NIGHT), &[]);
        let nights = calendar.len();
        let of_arm = |arm: usize, unit: f64| -> Vec<f64> {
            calendar.iter().map(|night| if night.arm == arm { unit } else { 0.0 }).collect()
        };
        let with = of_arm(design.judged, 1.0);
        let handed_on = match afterwards {
            Afterwards::CarriedOn => spread.carry_over,
            Afterwards::Gone => 0.0,
        };
        let mut left = 0.0;
        let shows = with.iter().map(|step| {
            left = handed_on * left + step;
            left
        });
        let shows: Vec<f64> = shows.collect();
        let noise = Noise { variance: spread.sd.powi(2), carry_over: spread.carry_over };
        let moved: Vec<f64> = shows.iter().map(|shown| effect * shown).collect();
        // Priors are stated in SDs of what is written down, the effect included.
        let sd = noise.with(&moved, 1.0).variance.sqrt();
        let [mean, trend, weekend] = BESIDE_SD.map(|each| each * sd);
        let middle = (nights as f64 - 1.0) / 2.0;
        let mut beside = vec![
            vec![mean; nights],
            (0..nights).map(|night| trend * (night as f64 - middle) / 30.0).collect(),
            (0..nights).map(|night| if night % 7 >= 5 { weekend } else { 0.0 }).collect(),
        ];
        let others = (1..design.arms.len()).filter(|arm| *arm != design.judged);
        beside.extend(others.map(|arm| of_arm(arm, priors::usual(&design.step, design.outcome).sd)));
        let block_of = |night: usize| match design.rotation {
            Rotation::PermutedBlocks { .. } => None,
            Rotation::LongBlocks { block, .. } => Some(night / usize::from(block)),
            Rotation::RandomStart { .. } => Some(calendar[night].arm),
        };
        let blocks = (0..nights).filter_map(block_of).max().map_or(0, |last| last + 1);
        let (left, share) = match design.rotation {
            Rotation::RandomStart { .. } => (1.0, TAKEN_FOR_NOISE_ONCE),
            Rotation::PermutedBlocks { .. } | Rotation::LongBlocks { .. } => {
                (LEFT_OF_BLOCKS, TAKEN_FOR_NOISE)
            }
        };
        beside.extend((0..blocks).map(|block| {
            let level = |night| if block_of(night) == Some(block) { left * BLOCK_SD * sd } else { 0.0 };
            (0..nights).map(level).collect()
        }));
        // Missed nights lie evenly: every eighth, say.
        let so_far = |night: usize| (night as f64 * expected.missed).floor();
        let known = (0..nights)
            .filter(|night| !calendar[*night].washout && so_far(*night + 1) <= so_far(*night))
            .collect();
        Self { known, with, shows, beside, noise, taken: noise.with(&moved, share) }
    }

    fn after(&self, look: u16) -> Ahead {
        let known: Vec<usize> =
            self.known.iter().copied().filter(|night| *night < usize::from(look)).collect();
        let mut covariance = Square::zero(known.len());
        for (row, one) in known.iter().enumerate() {
            for (column, other) in known.iter().enumerate() {
                let levels: f64 = self.beside.iter().map(|each| each[*one] * each[*other]).sum();
                covariance.set(row, column, self.taken.between(*one, *other) + levels);
            }
        }
        let Some(lower) = covariance.cholesky() else { return Ahead::default() };
        let of = |values: &[f64]| -> Vec<f64> { known.iter().map(|night| values[*night]).collect() };
        let with = of(&self.with);
        let weights = lower.solve_lower_transposed(&lower.solve_lower(&with));
        let variance = known.iter().zip(&weights).map(|(one, weight)| {
            let others = known.iter().zip(&weights);
            weight * others.map(|(other, its)| its * self.noise.between(*one, *other)).sum::<f64>()
        });
        Ahead {
            information: dot(&with, &weights),
            slope: dot(&of(&self.shows), &weights),
            variance: variance.sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_domain::plan::{Arm, Outcome, StepName};

    fn design(rotation: Rotation, nights: u16) -> Design {
        Design {
            step: StepName::new("any_step").expect("a name"),
            arms: vec![
                Arm::new("usual", "usual").expect("an arm"),
                Arm::new("step", "step").expect("an arm"),
            ],
            judged: 1,
            rotation,
            nights,
            seed: 0,
            outcome: Outcome::MorningPain,
            threshold: 0.5,
            expected_benefit: None,
        }
    }

    #[test]
    fn without_carry_over_a_night_knows_a_quarter_of_its_noise() {
        let spread = OwnSpread { sd: 2.0, carry_over: 0.0, days: 30 };
        let expected = Expected { missed: 0.0, adherence: 1.0 };
        let fast = design(Rotation::PermutedBlocks { block: 4 }, 40);
        let look = ahead(&fast, spread, expected, (0.0, Afterwards::CarriedOn), &[40])[0];
        // 40 nights, half of each: 40 / 4 / 2² = 2.5; trend and weekend take some of it.
        assert!((2.3..2.6).contains(&look.information), "{look:?}");
        // What does not carry over shows on its night alone, and the model sees the world as it is but for its priors.
        assert!((look.slope / look.information - 1.0).abs() < 1e-9, "{look:?}");
        assert!(look.variance < look.information, "{look:?}");
    }

    #[test]
    fn a_carried_effect_grows_in_a_block_and_shrinks_night_by_night() {
        let spread = OwnSpread { sd: 1.45, carry_over: 0.24, days: 30 };
        let seen = |rotation, nights, afterwards| {
            let design = design(rotation, nights);
            let look = ahead(&design, spread, Expected::default(), (0.0, afterwards), &[nights])[0];
            look.slope / look.information
        };
        let (long, short) =
            (Rotation::LongBlocks { block: 7, washout: 1 }, Rotation::PermutedBlocks { block: 4 });
        let blocks = seen(long, 84, Afterwards::CarriedOn);
        let fast = seen(short, 42, Afterwards::CarriedOn);
        // In the long run 1 / (1 - 0.24) = 1.32 on nights with it.
        assert!((1.15..1.35).contains(&blocks), "{blocks}");
        assert!((0.85..1.0).contains(&fast), "{fast}");
        for gone in [seen(long, 84, Afterwards::Gone), seen(short, 42, Afterwards::Gone)] {
            assert!((gone - 1.0).abs() < 1e-9, "{gone}");
        }
    }
}
