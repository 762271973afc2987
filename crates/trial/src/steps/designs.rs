//! Makes the design of an experiment from a step, one of its arms, and what the person wishes.

use nightmend_domain::plan::{Arm as PlannedArm, Design, Outcome, Rotation, StepName};

use super::{Arm, PaceKind, Step};
use crate::design::{FAST_BLOCK, MOST_NIGHTS, MOST_NIGHTS_FAST};
use crate::priors::customary_threshold;

/// The id of the arm that every step is compared with.
pub const USUAL: &str = "usual";

/// What the person wishes of an experiment; what they leave open follows from the step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Wishes {
    /// How many nights.
    pub nights: Option<u16>,
    /// The outcome that gets the verdict.
    pub outcome: Option<Outcome>,
    /// The change for the better that would be worth it, in the outcome's unit.
    pub threshold: Option<f64>,
    /// The change for the better that they expect, in the outcome's unit.
    pub expected_benefit: Option<f64>,
}

/// Nights that an experiment with the step takes unless the person wishes otherwise.
#[must_use]
pub const fn usual_nights(step: &Step) -> u16 {
    match step.pace.kind {
        PaceKind::Fast => MOST_NIGHTS_FAST,
        PaceKind::Slow | PaceKind::Once => 56,
    }
}

/// Nights that an experiment with the step can take at most.
#[must_use]
pub const fn most_nights(step: &Step) -> u16 {
    match step.pace.kind {
        PaceKind::Fast => MOST_NIGHTS_FAST,
        PaceKind::Slow | PaceKind::Once => MOST_NIGHTS,
    }
}

/// What would be worth it unless the person says otherwise: points of pain by the burden of the step, for sleep what is
/// customary.
#[must_use]
pub fn usual_threshold(step: &Step, outcome: Outcome) -> f64 {
    if outcome.is_pain() { step.burden.kind.worth_it() } else { customary_threshold(outcome) }
}

/// The design that compares `arm` of `step` with the usual way. It is checked when it is drawn
/// ([`draw`](crate::allocation::draw)).
///
/// # Panics
/// Never: the words of steps and arms are ids, which a test holds.
#[must_use]
pub fn design(step: &Step, arm: &Arm, wishes: Wishes, seed: u64) -> Design {
    let Wishes { nights, outcome, threshold, expected_benefit } = wishes;
    let outcome = outcome.unwrap_or(step.first_outcome);
    let nights = nights.unwrap_or_else(|| usual_nights(step));
    Design {
        step: StepName::new(step.id.as_word()).expect("a step's word is an id"),
        arms: vec![
            PlannedArm::new(USUAL, usual_title(step)).expect("a constant id"),
            PlannedArm::new(arm.id, arm.title).expect("an arm's word is an id"),
        ],
        judged: 1,
        rotation: rotation(step, nights),
        nights,
        seed,
        outcome,
        threshold: threshold.unwrap_or_else(|| usual_threshold(step, outcome)),
        expected_benefit,
    }
}

/// What the arm without the step is called.
#[must_use]
pub const fn usual_title(step: &Step) -> &'static str {
    match step.pace.kind {
        PaceKind::Fast => "as usual, without the step",
        PaceKind::Slow => "as usual, without the step, for a whole block",
        PaceKind::Once => "as usual, before the step begins",
    }
}

fn rotation(step: &Step, nights: u16) -> Rotation {
    let small = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
    let (block, washout) = (small(step.pace.block_nights), small(step.pace.washout_nights));
    match step.pace.kind {
        PaceKind::Fast => Rotation::PermutedBlocks { block: FAST_BLOCK },
        PaceKind::Slow => Rotation::LongBlocks { block, washout },
        // The start falls into the middle third, so that both sides have nights enough to compare.
        PaceKind::Once => Rotation::RandomStart { earliest: nights / 4 + 1, latest: nights / 2, washout },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocation::{draw, verify};
    use crate::steps::{ALL, BurdenKind, StepId};

    #[test]
    fn every_arm_of_every_step_can_be_drawn_and_gets_about_half_of_the_nights() {
        for step in ALL {
            for arm in step.arms {
                let plan = draw(design(step, arm, Wishes::default(), 7)).expect("a design that can be drawn");
                let on = plan.allocation.iter().filter(|arm| **arm == 1).count();
                let share = on as f64 / f64::from(usual_nights(step));
                let fair = if step.pace.kind == PaceKind::Once { 0.4..=0.8 } else { 0.45..=0.55 };
                assert!(fair.contains(&share), "{} {share}", step.id.as_word());
                assert_eq!(verify(&plan, &plan.fingerprint), Ok(()));
                assert_eq!(plan.design.arms[0].name.as_str(), USUAL);
            }
        }
    }

    #[test]
    fn what_would_be_worth_it_follows_the_burden_and_the_person_may_say_otherwise() {
        let position = StepId::SleepPosition.step();
        let arm = position.arm("side_knees").unwrap();
        assert_eq!(design(position, arm, Wishes::default(), 1).threshold, 0.5);
        let mattress = StepId::MattressPillow.step();
        assert_eq!(mattress.burden.kind, BurdenKind::Burdensome);
        assert_eq!(usual_threshold(mattress, Outcome::MorningPain), 1.0);
        let wishes = Wishes { threshold: Some(2.0), nights: Some(28), ..Wishes::default() };
        let design = design(position, arm, wishes, 1);
        assert_eq!((design.threshold, design.nights), (2.0, 28));
    }
}
