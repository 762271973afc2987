//! Refuses designs that could not be run or could not be read afterwards.

use nightmend_domain::plan::{Design, Rotation};

/// The least number of nights of an experiment: before the 14th no verdict is given.
pub const LEAST_NIGHTS: u16 = 14;
/// The greatest number of nights of an experiment.
pub const MOST_NIGHTS: u16 = 84;
/// The number of nights up to which the rule for fast steps holds.
pub const MOST_NIGHTS_FAST: u16 = 42;
/// Nights in a block of a fast step with two arms.
pub const FAST_BLOCK: u16 = 4;

/// More arms than this leave too few nights to each.
pub const MOST_ARMS: usize = 4;

/// Why a design is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// Too few arms.
    #[error("an experiment compares at least two arms; add the usual way or a variant of the step")]
    TooFewArms,
    /// More arms than nights could tell apart.
    #[error("an experiment compares at most {MOST_ARMS} arms, not {0}; leave some for the next one")]
    TooManyArms(usize),
    /// Two arms of one name.
    #[error("two arms are both called '{0}'; give each its own name")]
    SameArmTwice(String),
    /// The judged arm is not one of those compared with the first.
    #[error("arm {0} cannot get the verdict; choose one of the arms after the first")]
    NoSuchArm(usize),
    /// Too few or too many nights.
    #[error(
        "an experiment takes from {LEAST_NIGHTS} to {MOST_NIGHTS} nights, not {0}; choose another number"
    )]
    Nights(u16),
    /// The nights cannot be shared out in these blocks.
    #[error(
        "blocks of {block} nights cannot be shared out to {arms} arms; use a multiple of the number of arms"
    )]
    Block {
        /// Nights in a block.
        block: u16,
        /// Number of arms.
        arms: usize,
    },
    /// A long block without a night that counts.
    #[error("a washout of {washout} nights leaves nothing of a block of {block}; make the block longer")]
    Washout {
        /// Nights left out.
        washout: u16,
        /// Nights in a block.
        block: u16,
    },
    /// Fewer rounds of long blocks than can show anything.
    #[error(
        "{nights} nights hold fewer than two blocks of {block} nights for each arm; take more nights or shorter blocks"
    )]
    TooFewBlocks {
        /// Nights.
        nights: u16,
        /// Nights in a block.
        block: u16,
    },
    /// The night of change cannot be drawn.
    #[error(
        "the night on which the step begins cannot be drawn between night {earliest} and night {latest} of {nights}; leave at least seven nights before and after"
    )]
    Start {
        /// The earliest night.
        earliest: u16,
        /// The latest night.
        latest: u16,
        /// Nights.
        nights: u16,
    },
    /// A threshold that is no amount.
    #[error("what would be worth it must be a number above zero, not {0}; give an amount such as 0.5 points")]
    Threshold(f64),
    /// An expectation that is no number.
    #[error("the expected benefit must be a number; leave it out if nothing is expected")]
    Expectation,
    /// A title with a line break would make the canonical text ambiguous.
    #[error("the title of arm '{0}' holds a line break; put it on one line")]
    Title(String),
}

/// Nights before and after a step that cannot be undone begins.
const LEAST_NIGHTS_EACH_SIDE: u16 = 7;

/// Returns why a design cannot be used, if so.
///
/// # Errors
/// [`DesignError`].
pub fn check(design: &Design) -> Result<(), DesignError> {
    let Design { step: _, arms, judged, rotation, nights, seed: _, outcome: _, threshold, expected_benefit } =
        design;
    if arms.len() < 2 {
        return Err(DesignError::TooFewArms);
    }
    if arms.len() > MOST_ARMS {
        return Err(DesignError::TooManyArms(arms.len()));
    }
    for (place, arm) in arms.iter().enumerate() {
        if arms[..place].iter().any(|other| other.name == arm.name) {
            return Err(DesignError::SameArmTwice(arm.name.to_string()));
        }
        if arm.title.chars().any(char::is_control) {
            return Err(DesignError::Title(arm.name.to_string()));
        }
    }
    if *judged == 0 || *judged >= arms.len() {
        return Err(DesignError::NoSuchArm(*judged));
    }
    if !(LEAST_NIGHTS..=MOST_NIGHTS).contains(nights) {
        return Err(DesignError::Nights(*nights));
    }
    check_rotation(*rotation, *nights, arms.len())?;
    if !(*threshold > 0.0 && threshold.is_finite()) {
        return Err(DesignError::Threshold(*threshold));
    }
    if expected_benefit.is_some_and(|expected| !expected.is_finite()) {
        return Err(DesignError::Expectation);
    }
    Ok(())
}

fn check_rotation(rotation: Rotation, nights: u16, arms: usize) -> Result<(), DesignError> {
    match rotation {
        Rotation::PermutedBlocks { block } => {
            if block == 0 || !usize::from(block).is_multiple_of(arms) || block > 8 {
                return Err(DesignError::Block { block, arms });
            }
        }
        Rotation::LongBlocks { block, washout } => {
            if block < 2 || block > nights {
                return Err(DesignError::Block { block, arms });
            }
            if washout >= block {
                return Err(DesignError::Washout { washout, block });
            }
            if usize::from(nights / block) < 2 * arms {
                return Err(DesignError::TooFewBlocks { nights, block });
            }
        }
        Rotation::RandomStart { earliest, latest, washout } => {
            let before = earliest.saturating_sub(1) >= LEAST_NIGHTS_EACH_SIDE;
            let after = latest.saturating_add(LEAST_NIGHTS_EACH_SIDE).saturating_add(washout) <= nights + 1;
            if arms != 2 || earliest >= latest || !before || !after {
                return Err(DesignError::Start { earliest, latest, nights });
            }
        }
    }
    Ok(())
}
