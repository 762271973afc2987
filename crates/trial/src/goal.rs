//! Grades the goal of daytime activity: where it begins, and by how much it may move from one block to the next.
//!
//! House rules in the manner of graded activity, for somebody who does this alone: begin below what is possible on a bad
//! day, go up by one level at most, and only after a block that went well; go down by one after a flare. The levels are
//! those that the guide names.

/// Minutes a day, from the lowest level to the highest.
pub const LEVELS: [u32; 5] = [10, 15, 20, 30, 40];
/// No goal begins above this level, counted from 0: 20 minutes.
const HIGHEST_START: usize = 2;

/// A block with the step that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoalBlock {
    /// Its days.
    pub days: usize,
    /// Days on which the goal was met, as they were answered; what was not answered is not among them.
    pub met: usize,
    /// Whether pain of the block stood 2 points or more above the usual.
    pub pain_is_up: bool,
}

/// The level at which to begin, from the minutes of movement on a bad day where they are known: the highest one that asks for
/// no more than half of them, at most 20 minutes; else the lowest.
///
/// ```
/// use nightmend_trial::goal::{LEVELS, first_level};
/// assert_eq!(LEVELS[first_level(Some(35.0))], 15);
/// assert_eq!(LEVELS[first_level(Some(300.0))], 20);
/// assert_eq!(LEVELS[first_level(None)], 10);
/// ```
#[must_use]
pub fn first_level(minutes_on_a_bad_day: Option<f64>) -> usize {
    let half = 0.5 * minutes_on_a_bad_day.unwrap_or(0.0);
    let fits = LEVELS.iter().take(HIGHEST_START + 1).rposition(|minutes| f64::from(*minutes) <= half);
    fits.unwrap_or(0)
}

/// The level after a block: one down after a flare, one up where the goal was met on most of its days, else the same.
///
/// ```
/// use nightmend_trial::goal::{GoalBlock, next_level};
/// assert_eq!(next_level(1, GoalBlock { days: 7, met: 4, pain_is_up: false }), 2);
/// assert_eq!(next_level(1, GoalBlock { days: 7, met: 3, pain_is_up: false }), 1);
/// assert_eq!(next_level(1, GoalBlock { days: 7, met: 7, pain_is_up: true }), 0);
/// ```
#[must_use]
pub fn next_level(level: usize, block: GoalBlock) -> usize {
    let GoalBlock { days, met, pain_is_up } = block;
    if pain_is_up {
        level.saturating_sub(1)
    } else if 2 * met > days {
        (level + 1).min(LEVELS.len() - 1)
    } else {
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_never_jumps_and_stays_within_its_levels() {
        for level in 0..LEVELS.len() {
            for met in 0..=7 {
                for pain_is_up in [false, true] {
                    let next = next_level(level, GoalBlock { days: 7, met, pain_is_up });
                    assert!(next.abs_diff(level) <= 1 && next < LEVELS.len());
                    assert!(!pain_is_up || next <= level);
                }
            }
        }
        for minutes in 0..200 {
            let start = f64::from(LEVELS[first_level(Some(f64::from(minutes)))]);
            assert!(start <= 20.0 && (start <= 0.5 * f64::from(minutes) || start == 10.0));
        }
    }
}
