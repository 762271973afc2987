//! Draws which arm each night gets, writes it down, hashes it, and finds out when it was changed afterwards.
//!
//! The lot is cast by SHA-256 in counter mode, so that anybody can cast it again with no more than a hash program: draw
//! number `n` (from 0) of seed `s` is the first eight bytes, big-endian, of the SHA-256 of the ASCII text
//! `nightmend allocation 1 seed s draw n`. A number below `k` is that draw modulo `k`; a draw of the last, incomplete
//! multiple of `k` is passed over. Orders are shuffled by Fisher and Yates from the last place down. Nights are drawn
//! from the first on, so that a longer plan of the same design begins like the shorter one.

use sha2::{Digest, Sha256};

use nightmend_domain::plan::{Assignment, Design, Pause, Plan, Rotation};
use nightmend_domain::time::NightDate;

use crate::design::{self, DesignError};

/// Draws a plan from a design: the same design gives the same plan, whoever draws it.
///
/// # Errors
/// [`DesignError`] for a design that cannot be used.
pub fn draw(design: Design) -> Result<Plan, DesignError> {
    design::check(&design)?;
    let allocation = arms_by_lot(&design);
    let fingerprint = fingerprint(&design, &allocation);
    Ok(Plan { design, allocation, fingerprint })
}

/// Draws the plan that goes on for `nights` nights in all; its beginning is the old plan's.
///
/// # Errors
/// [`DesignError`] for a number of nights that cannot be used or is not above the old one.
pub fn extend(plan: &Plan, nights: u16) -> Result<Plan, DesignError> {
    if nights <= plan.design.nights || matches!(plan.design.rotation, Rotation::RandomStart { .. }) {
        return Err(DesignError::Nights(nights));
    }
    draw(Design { nights, ..plan.design.clone() })
}

/// What is wrong with a plan that was read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Altered {
    /// The text no longer has the hash that was kept.
    #[error(
        "the plan was changed after it was drawn (kept {kept}, found {found}); its result cannot be trusted as a \
         randomised one: start a new experiment"
    )]
    Fingerprint {
        /// The fingerprint that was kept.
        kept: String,
        /// The fingerprint of what is there now.
        found: String,
    },
    /// The hash fits, but the lot would have fallen otherwise.
    #[error(
        "night {number} of the plan does not have the arm that its seed gives; its result cannot be trusted as a \
         randomised one: start a new experiment"
    )]
    Lot {
        /// The first night that differs, from 1.
        number: u16,
    },
    /// The nights were moved: another first night gives every night another arm.
    #[error(
        "the first night is not the one that was written down at the start (now {found}); the result cannot be trusted \
         as a randomised one: start a new experiment"
    )]
    Start {
        /// The first night that is there now.
        found: NightDate,
    },
    /// The design itself could not have been drawn.
    #[error("the plan could not have been drawn: {0}")]
    Design(String),
}

/// Returns what was changed in a plan since it was drawn, if anything.
///
/// `kept` is the fingerprint that was written down before the start, from wherever it was kept.
///
/// # Errors
/// [`Altered`].
pub fn verify(plan: &Plan, kept: &str) -> Result<(), Altered> {
    design::check(&plan.design).map_err(|error| Altered::Design(error.to_string()))?;
    let found = fingerprint(&plan.design, &plan.allocation);
    if found != kept || plan.fingerprint != kept {
        return Err(Altered::Fingerprint { kept: kept.to_owned(), found });
    }
    let drawn = arms_by_lot(&plan.design);
    let differs = (0..drawn.len().max(plan.allocation.len()))
        .find(|night| drawn.get(*night) != plan.allocation.get(*night));
    differs.map_or(Ok(()), |night| Err(Altered::Lot { number: night as u16 + 1 }))
}

/// Returns the canonical text of a design and its allocation: what the fingerprint is the SHA-256 of.
#[must_use]
pub fn canonical_text(design: &Design, allocation: &[usize]) -> String {
    let Design { step, arms, judged, rotation, nights, seed, outcome, threshold, expected_benefit } = design;
    let rotation = match rotation {
        Rotation::PermutedBlocks { block } => format!("permuted blocks of {block}"),
        Rotation::LongBlocks { block, washout } => format!("long blocks of {block}, washout {washout}"),
        Rotation::RandomStart { earliest, latest, washout } => {
            format!("random start from {earliest} to {latest}, washout {washout}")
        }
    };
    let mut text = format!("nightmend plan 1\nstep: {step}\n");
    for arm in arms {
        text += &format!("arm: {} {}\n", arm.name, arm.title);
    }
    let expected = expected_benefit.map_or_else(|| "not said".to_owned(), |value| value.to_string());
    text += &format!(
        "judged: {}\nrotation: {rotation}\nnights: {nights}\nseed: {seed}\noutcome: {}\nthreshold: {threshold}\n\
         expected: {expected}\nallocation:",
        arms.get(*judged).map_or("none", |arm| arm.name.as_str()),
        outcome.as_word()
    );
    for arm in allocation {
        text += &format!(" {arm}");
    }
    text + "\n"
}

/// Returns the SHA-256 of the canonical text, as 64 hex digits.
#[must_use]
pub fn fingerprint(design: &Design, allocation: &[usize]) -> String {
    hex(&canonical_text(design, allocation))
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the SHA-256 of a plan's fingerprint and its first night, as 64 hex digits. Written down at the start, it shows
/// whether the nights were moved since.
#[must_use]
pub fn start_print(fingerprint: &str, first: NightDate) -> String {
    hex(&format!("nightmend start 1\nplan: {fingerprint}\nfirst night: {first}\n"))
}

/// Gives every night of a plan its date: from the first night on, leaving out the nights of pauses.
///
/// It depends on waking dates alone, so that a clock set back or another zone changes nothing. While a pause has no
/// end, the nights after its beginning have no date and are left out.
#[must_use]
pub fn calendar(plan: &Plan, first: NightDate, pauses: &[Pause]) -> Vec<Assignment> {
    let mut date = first.date();
    let mut nights = Vec::with_capacity(plan.allocation.len());
    for (place, arm) in plan.allocation.iter().enumerate() {
        loop {
            let night = NightDate::of_waking(date);
            let resting =
                pauses.iter().find(|pause| pause.from <= night && pause.to.is_none_or(|to| night <= to));
            match resting.map(|pause| pause.to) {
                None => break,
                Some(None) => return nights,
                Some(Some(_)) => match date.tomorrow() {
                    Ok(next) => date = next,
                    Err(_) => return nights,
                },
            }
        }
        nights.push(Assignment {
            night: NightDate::of_waking(date),
            number: place as u16 + 1,
            arm: *arm,
            washout: is_washout(&plan.design, &plan.allocation, place),
        });
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    nights
}

/// Whether the night at `place` (from 0) is left out of the comparison.
#[must_use]
pub fn is_washout(design: &Design, allocation: &[usize], place: usize) -> bool {
    match design.rotation {
        Rotation::PermutedBlocks { .. } => false,
        Rotation::LongBlocks { block, washout } => {
            // The first block follows nothing that would have to be washed out unless the step was already done;
            // it is treated like the others, so that all are alike.
            place % usize::from(block) < usize::from(washout)
        }
        Rotation::RandomStart { washout, .. } => {
            let start = allocation.iter().position(|arm| *arm != 0);
            start.is_some_and(|start| (start..start + usize::from(washout)).contains(&place))
        }
    }
}

/// The draws of one seed, as the head of this file describes.
struct Lot {
    seed: u64,
    drawn: u64,
}

impl Lot {
    fn next(&mut self) -> u64 {
        let text = format!("nightmend allocation 1 seed {} draw {}", self.seed, self.drawn);
        self.drawn += 1;
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn below(&mut self, limit: u64) -> u64 {
        let complete = u64::MAX - u64::MAX % limit;
        loop {
            let number = self.next();
            if number < complete {
                return number % limit;
            }
        }
    }

    fn shuffle(&mut self, arms: &mut [usize]) {
        for last in (1..arms.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            arms.swap(last, other);
        }
    }
}

/// Returns the arm of each night.
fn arms_by_lot(design: &Design) -> Vec<usize> {
    let mut lot = Lot { seed: design.seed, drawn: 0 };
    let (arms, nights) = (design.arms.len(), usize::from(design.nights));
    let mut allocation = Vec::with_capacity(nights);
    match design.rotation {
        Rotation::PermutedBlocks { block } => {
            while allocation.len() < nights {
                let mut order: Vec<usize> = (0..usize::from(block)).map(|place| place % arms).collect();
                lot.shuffle(&mut order);
                allocation.extend(order);
            }
        }
        Rotation::LongBlocks { block, .. } => {
            while allocation.len() < nights {
                let mut order: Vec<usize> = (0..arms).collect();
                lot.shuffle(&mut order);
                allocation
                    .extend(order.into_iter().flat_map(|arm| std::iter::repeat_n(arm, usize::from(block))));
            }
        }
        Rotation::RandomStart { earliest, latest, .. } => {
            let start = usize::from(earliest) + lot.below(u64::from(latest - earliest) + 1) as usize;
            allocation.extend((1..=nights).map(|number| usize::from(number >= start)));
        }
    }
    allocation.truncate(nights);
    allocation
}
