//! Finds trackers of a long table that seem to be one thing under two names, one after the other.

use std::collections::BTreeMap;

use super::meaning;
use super::stats::Stats;

/// Longest pause between the last day of one name and the first day of the next.
const LONGEST_PAUSE: i32 = 21;
/// Most renames that are followed.
const MOST_ROUNDS: usize = 50;
/// Fewest values that either name must have.
const FEWEST: u64 = 5;

/// One name that seems to go on under another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rename {
    pub old: String,
    pub new: String,
    /// Days from the last of the old to the first of the new.
    pub pause: i32,
    /// The old name and names that it had before.
    pub names_before: Vec<String>,
    /// Whether the names are so alike that the proposal may say so; else it only asks.
    pub alike: bool,
}

impl Rename {
    /// What was seen, without its full stop.
    pub(super) fn told(&self) -> String {
        let days = if self.pause == 1 { "day" } else { "days" };
        format!("'{}' begins {} {days} after '{}' stops, and no day has both", self.new, self.pause, self.old)
    }
}

/// Puts trackers whose names are alike together under the newest name; the others are left to be asked about.
pub(super) fn merge(trackers: &mut BTreeMap<String, Stats>) -> (Vec<Rename>, Vec<Rename>) {
    let mut merged: Vec<Rename> = Vec::new();
    // A name may have changed more than once; each round puts the pairs together that are there.
    for _ in 0..MOST_ROUNDS {
        let alike: Vec<Rename> = renames(trackers).into_iter().filter(|rename| rename.alike).collect();
        let Some(mut rename) = alike.into_iter().next_back() else { break };
        if let (Some(old), Some(new)) = (trackers.remove(&rename.old), trackers.get_mut(&rename.new)) {
            new.absorb(&old);
        }
        if let Some(at) = merged.iter().position(|earlier| earlier.new == rename.old) {
            rename.names_before.extend(merged.remove(at).names_before);
        }
        merged.push(rename);
    }
    let asked = renames(trackers).into_iter().filter(|rename| !rename.alike).collect();
    (merged, asked)
}

/// Every pair of which one stops where the other begins, with names that are alike or the same category and no other
/// partner that fits as well.
pub(super) fn renames(trackers: &BTreeMap<String, Stats>) -> Vec<Rename> {
    let mut found = Vec::new();
    for (old, old_stats) in trackers {
        let mut partners: Vec<Rename> =
            trackers.iter().filter_map(|(new, new_stats)| pair(old, old_stats, new, new_stats)).collect();
        if partners.iter().any(|rename| rename.alike) {
            partners.retain(|rename| rename.alike);
        }
        if let [only] = partners.as_slice() {
            found.push(only.clone());
        }
    }
    let taken: Vec<String> = found.iter().map(|rename: &Rename| rename.new.clone()).collect();
    found.retain(|rename| taken.iter().filter(|new| **new == rename.new).count() == 1);
    found
}

fn pair(old: &str, old_stats: &Stats, new: &str, new_stats: &Stats) -> Option<Rename> {
    if old == new
        || old_stats.filled < FEWEST
        || new_stats.filled < FEWEST
        || old_stats.is_numeric() != new_stats.is_numeric()
    {
        return None;
    }
    let pause = new_stats.first_day? - old_stats.last_day?;
    if !(1..=LONGEST_PAUSE).contains(&pause) {
        return None;
    }
    let alike = likeness(old, new) >= 0.5;
    let category = |stats: &Stats| stats.beside.keys().next().cloned();
    let same_category = category(old_stats).is_some() && category(old_stats) == category(new_stats);
    let same_role = meaning::of(old).role == meaning::of(new).role;
    (alike || (same_category && same_role && pause <= 3)).then(|| Rename {
        old: old.to_owned(),
        new: new.to_owned(),
        pause,
        names_before: vec![old.to_owned()],
        alike,
    })
}

/// How alike two names are, 0 to 1: the share of common words by their beginnings, or of common pairs of letters.
fn likeness(one: &str, other: &str) -> f64 {
    let stems = |name: &str| -> Vec<String> {
        meaning::words(name).iter().map(|word| word.chars().take(5).collect::<String>()).collect()
    };
    dice(&stems(one), &stems(other)).max(dice(&letter_pairs(one), &letter_pairs(other)))
}

fn letter_pairs(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn dice(one: &[String], other: &[String]) -> f64 {
    let mut left: Vec<&String> = other.iter().collect();
    let common = one
        .iter()
        .filter(|item| left.iter().position(|other| other == item).map(|at| left.remove(at)).is_some())
        .count();
    if one.is_empty() || other.is_empty() {
        0.0
    } else {
        2.0 * common as f64 / (one.len() + other.len()) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(days: std::ops::Range<i32>) -> Stats {
        let mut stats = Stats::default();
        for day in days {
            stats.add("1", false);
            stats.add_on_day(day, "1");
        }
        stats
    }

    #[test]
    fn a_name_that_stops_where_a_like_one_begins_is_a_rename() {
        let trackers = BTreeMap::from([
            ("Muscle aches".to_owned(), stats(0..100)),
            ("Aching muscles".to_owned(), stats(100..200)),
            ("Headache".to_owned(), stats(0..200)),
            ("Nausea".to_owned(), stats(100..200)),
        ]);
        let found = renames(&trackers);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].old.as_str(), found[0].new.as_str()), ("Muscle aches", "Aching muscles"));
        assert!(found[0].alike);
    }

    #[test]
    fn names_that_stand_on_the_same_days_are_two_things() {
        let trackers = BTreeMap::from([
            ("Joint pain".to_owned(), stats(0..100)),
            ("Joint pains".to_owned(), stats(50..150)),
        ]);
        assert_eq!(renames(&trackers), []);
    }
}
