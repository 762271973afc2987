//! Finds the ends of the scale on which a column is rated, and says how sure they are.

use nightmend_domain::Role;

use super::guess::{Guess, Item};
use super::meaning::{self, Direction};
use super::stats::{Stats, middle, share_within};

/// Share of numbers that must lie on a scale that stands in the name of the column.
const NAMED: f64 = 0.5;
/// Share of numbers that must lie from 0 to 10 for a pain to be rated so.
const NEARLY_ALL: f64 = 0.8;
/// Highest pain up to which a shorter scale than 0 to 10 is as likely.
const LOW: f64 = 5.0;

/// Where the ends of a scale come from.
pub(super) fn ends(item: &Item<'_>, guess: &mut Guess) -> Option<(f64, f64)> {
    let numbers = item.stats.in_order();
    let (first, last) = (numbers.first().copied()?, numbers.last().copied()?);
    if let Some((low, high)) = meaning::scale_in(item.name) {
        let share = share_within(&numbers, low, high);
        if share >= NAMED {
            guess.reasons.push(format!("its name says that it runs from {low} to {high}"));
            tell_outside(&numbers, (low, high), guess);
            return Some((low, high));
        }
        if low <= first && first < last {
            guess.ask(format!(
                "is '{}' rated from {low} to {high}? Its name says so, but most values are outside (up to {last}); correct scale below",
                item.name
            ));
        }
    }
    if let Some((low, high)) = item.fellows.filter(|(low, high)| *low <= first && last <= *high) {
        guess.scale_is_guessed = true;
        return Some((low, high));
    }
    is_pain(item, guess).then(|| pain_ends(item.name, &numbers, guess)).flatten()
}

/// Whether the name leaves no doubt that it is a pain; soreness is asked on scales of all kinds.
fn is_pain(item: &Item<'_>, guess: &Guess) -> bool {
    guess.role == Role::Pain && matches!(meaning::of(item.name).direction, Direction::Sure(_))
}

fn pain_ends(name: &str, numbers: &[f64], guess: &mut Guess) -> Option<(f64, f64)> {
    let last = numbers.last().copied()?;
    let within = numbers.iter().copied().filter(|number| (0.0..=10.0).contains(number)).fold(0.0, f64::max);
    let outside = numbers.iter().filter(|number| !(0.0..=10.0).contains(*number)).count();
    if share_within(numbers, 0.0, 10.0) >= NEARLY_ALL || (outside == 1 && numbers.len() > 2) {
        if within <= LOW {
            guess.ask(format!(
                "is '{name}' rated from 0 to 10? Pain mostly is, but the highest value is {within}; if the scale is shorter, write scale = [0, 5] (or what it is) and higher = \"worse\" in the place of nrs"
            ));
        } else {
            guess.reasons.push("pain is mostly rated from 0 to 10, and its values fit".to_owned());
        }
        tell_outside(numbers, (0.0, 10.0), guess);
        return Some((0.0, 10.0));
    }
    if share_within(numbers, 0.0, 100.0) >= NEARLY_ALL {
        guess.ask(format!(
            "is '{name}' rated from 0 to 100? Many values are above 10 (up to {last}); if not, correct scale below"
        ));
        tell_outside(numbers, (0.0, 100.0), guess);
        return Some((0.0, 100.0));
    }
    None
}

/// Asks about the values that will be refused.
fn tell_outside(numbers: &[f64], (low, high): (f64, f64), guess: &mut Guess) {
    let outside: Vec<f64> = numbers.iter().copied().filter(|number| !(low..=high).contains(number)).collect();
    if let Some(one) = outside.first() {
        let name = guess.name.clone();
        guess.ask(format!(
            "look at {} of {} values of '{name}', such as {one}: what is outside {low} to {high} is refused one by one; correct it in the table, or the scale below",
            outside.len(),
            numbers.len()
        ));
    }
}

/// Whether numbers under an open name such as "Sleep" look like hours rather than a rating.
pub(super) fn like_hours(stats: &Stats) -> bool {
    let numbers = stats.in_order();
    let (middle, last) = (middle(&numbers), numbers.last().copied().unwrap_or(0.0));
    let nights = share_within(&numbers, 2.0, 14.0);
    let ratings = share_within(&numbers, 0.0, 10.0) >= 1.0 && stats.is_whole();
    if ratings {
        // Whole numbers up to 10 may be either; nobody rates every night from 4 up, and few sleep less.
        return last > LOW && middle >= 5.5 && share_within(&numbers, 4.0, 10.0) >= 0.95;
    }
    (4.5..=10.5).contains(&middle) && last > LOW && nights >= 0.6
}
