//! Says before the start how often an experiment would find a change, and how many nights that takes.
//!
//! How the score of the test will lie at each look follows from the person's own spread and carry-over, from missed
//! nights and from the form of the design (`score`); the rule of the verdict turns it into a boundary for the score, and
//! the chance of crossing one is summed over the looks by recursive integration (Armitage, McPherson and Rowe 1969,
//! 10.2307/2343787). It is an approximation: `docs/validation/step-power.md` has the simulated rates beside it.

use nightmend_domain::plan::{Design, Outcome, Rotation};
use nightmend_infer::{draws, normal};

use crate::design::{MOST_NIGHTS, MOST_NIGHTS_FAST};
use crate::priors;
use crate::randomisation;
use crate::score::{self, Ahead};
use crate::verdict;

/// What is known of a person before the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnSpread {
    /// SD of the outcome from day to day, in its unit.
    pub sd: f64,
    /// How much of a day's deviation is left the next day, from 0 to 1.
    pub carry_over: f64,
    /// Days that this rests on; 0 where nothing is known and figures of other people stand in.
    pub days: usize,
}

/// Days of a record from which on a person's own spread is used.
const DAYS_FOR_OWN_SPREAD: usize = 14;

impl OwnSpread {
    /// Returns what a person's record of an outcome says, one value a day, or what is usual in other people where there
    /// are fewer than 14 values. Within-person SDs: pain 1.45 points (131 adults with chronic pain over 21 days), sleep
    /// 1.1 h; efficiency 8 and quality 0.9 are our judgement.
    #[must_use]
    pub fn of(outcome: Outcome, values: &[Option<f64>]) -> Self {
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let sd = draws::standard_deviation(&known);
        if known.len() < DAYS_FOR_OWN_SPREAD || !(sd > 0.0 && sd.is_finite()) {
            let sd = match outcome {
                Outcome::MorningPain | Outcome::DayPain => 1.45,
                Outcome::SleepHours => 1.1,
                Outcome::SleepEfficiency => 8.0,
                Outcome::SleepQuality => 0.9,
            };
            return Self { sd, carry_over: 0.24, days: 0 };
        }
        let centre = draws::mean(&known);
        let pairs: Vec<f64> =
            values.windows(2).filter_map(|pair| Some((pair[0]? - centre) * (pair[1]? - centre))).collect();
        let lagged = if pairs.is_empty() { 0.0 } else { draws::mean(&pairs) / (sd * sd) };
        // A few weeks tell little of it: half-way to what is usual until there are as many pairs as that is worth.
        let weight = pairs.len() as f64 / (pairs.len() as f64 + 20.0);
        let carry_over = (weight * lagged + (1.0 - weight) * 0.24).clamp(0.0, 0.9);
        Self { sd, carry_over, days: known.len() }
    }
}

/// What is expected of how the nights will go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Share of nights without the outcome.
    pub missed: f64,
    /// Share of step nights on which it is done.
    pub adherence: f64,
}

impl Default for Expected {
    /// Returns an eighth missed and every step night done.
    fn default() -> Self {
        Self { missed: 0.12, adherence: 1.0 }
    }
}

/// What becomes of a change after its night, which nobody knows before the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It lasts into the next nights, as any other pain or sleep does.
    CarriedOn,
    /// It is gone the next day.
    Gone,
}

/// How often an experiment would find a change of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// The true change for the better, in the outcome's unit.
    pub change: f64,
    /// Share of such experiments that would say "helped", over all looks, if it lasts into the next nights.
    pub helped: f64,
    /// The same if it is gone the next day.
    pub helped_if_gone: f64,
}

impl Power {
    /// Returns the lower of the two shares: what can be relied on.
    #[must_use]
    pub const fn at_least(&self) -> f64 {
        self.helped.min(self.helped_if_gone)
    }
}

/// What to know before committing to a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanPower {
    /// For the person's threshold, and for changes of half, one and two times the customary one beside it, ascending.
    pub powers: Vec<Power>,
    /// How often it would say "helped" of a step that changes nothing.
    pub false_helped: f64,
    /// The fewest nights, in whole weeks (more than the plan's own where those are too few), with which a change as large as the threshold would be found in eight of ten
    /// such experiments, whether it lasts or not; `None` where 84 are not enough.
    pub nights_for_threshold: Option<u16>,
    /// The smallest p that the randomisation test could give.
    pub smallest_p: f64,
    /// The spread that this rests on.
    pub spread: OwnSpread,
    /// All that in sentences.
    pub sentences: Vec<String>,
}

/// Two shares that differ by less are one figure.
const WORTH_SAYING: f64 = 0.03;
/// The share of experiments that should find what they look for.
const ENOUGH: f64 = 0.8;

/// Works out what a design can show in a person.
#[must_use]
pub fn plan_power(design: &Design, spread: OwnSpread, expected: Expected) -> PlanPower {
    let customary = priors::customary_threshold(design.outcome);
    let mut changes = vec![design.threshold, customary, 2.0 * customary, 4.0 * customary];
    changes.sort_unstable_by(f64::total_cmp);
    changes.dedup();
    // What is found of a change is found of a greater one: beyond some points a sceptic takes more and more of it for noise,
    // and the approximation would go down.
    let helped = |design: &Design, change: f64, afterwards: Afterwards| {
        let smaller = changes.iter().filter(|each| **each <= change);
        let chances = smaller.map(|each| chance_of_helped(design, spread, expected, *each, afterwards));
        chances.fold(0.0, f64::max)
    };
    let power = |design: &Design, change: f64| Power {
        change,
        helped: helped(design, change, Afterwards::CarriedOn),
        helped_if_gone: helped(design, change, Afterwards::Gone),
    };
    let powers: Vec<Power> = changes.iter().map(|change| power(design, *change)).collect();
    // From 43 nights on there are other looks and another bound, so that a somewhat longer plan can find less: what is
    // enough for others says nothing of this one.
    let finds = |design: &Design| power(design, design.threshold).at_least() >= ENOUGH;
    let is_enough = finds(design);
    let lengths = (14..=84).step_by(7).map(|nights| Design { nights, ..design.clone() });
    let nights_for_threshold = lengths
        .filter(|other| crate::design::check(other).is_ok() && (is_enough || other.nights > design.nights))
        .find(finds)
        .map(|longer| longer.nights);
    let smallest_p = randomisation::smallest_p(design);
    let sentences = sentences(design, &powers, nights_for_threshold, smallest_p, spread);
    PlanPower {
        powers,
        false_helped: chance_of_helped(design, spread, expected, 0.0, Afterwards::CarriedOn),
        nights_for_threshold,
        smallest_p,
        spread,
        sentences,
    }
}

fn sentences(
    design: &Design,
    powers: &[Power],
    nights_for_threshold: Option<u16>,
    smallest_p: f64,
    spread: OwnSpread,
) -> Vec<String> {
    let unit = design.outcome.unit();
    let of_hundred = |share: f64| (100.0 * share).round();
    let both = powers.iter().any(|power| (power.helped - power.helped_if_gone).abs() >= WORTH_SAYING);
    let listed: Vec<String> = powers
        .iter()
        .map(|power| {
            let (amount, lasting) = (amount(power.change, unit), of_hundred(power.helped));
            if both {
                format!("{amount}: in about {lasting} of 100 ({})", of_hundred(power.helped_if_gone))
            } else {
                format!("{amount}: in about {:.0} of 100", of_hundred(power.at_least()))
            }
        })
        .collect();
    let mut sentences = vec![format!(
        "With {} nights a true change for the better would be told as \"helped\" like this: {}.",
        design.nights,
        listed.join("; ")
    )];
    let is_fast = matches!(design.rotation, Rotation::PermutedBlocks { .. });
    let threshold = amount(design.threshold, unit);
    sentences.push(match nights_for_threshold {
        Some(nights) if nights <= design.nights => {
            format!("That is enough nights for the change of {threshold} that counts as worth it.")
        }
        Some(nights) if !is_fast || nights <= MOST_NIGHTS_FAST => format!(
            "To find the change of {threshold} that counts as worth it in 8 of 10 such experiments takes about {nights} nights."
        ),
        found => {
            let (most, step) = if is_fast {
                (MOST_NIGHTS_FAST, ", the most for a step that changes by the night,")
            } else {
                (MOST_NIGHTS, ", the most for any step,")
            };
            let longer = found.map_or_else(String::new, |nights| format!(" (it would take about {nights})"));
            format!(
                "{most} nights{step} are not enough to find the change of {threshold} that counts as worth it in 8 of 10 such \
                 experiments{longer}: a \"no clear change\" would then not mean that there is none."
            )
        }
    });
    if both {
        let how = "The first figures hold for a step whose effect lasts into the next nights, those in brackets for one whose effect is \
                   gone the next day; which of them yours is nobody knows before the start.";
        sentences.push(how.to_owned());
    }
    if smallest_p > 0.05 {
        let lots = match design.rotation {
            Rotation::LongBlocks { block, .. } => {
                format!("{} rounds of blocks", usize::from(design.nights / block) / design.arms.len())
            }
            Rotation::RandomStart { earliest, latest, .. } => {
                format!("{} possible starts", latest - earliest + 1)
            }
            Rotation::PermutedBlocks { .. } => "so few nights".to_owned(),
        };
        sentences.push(format!(
            "The randomisation test cannot reach 5 %: {lots} can give no less than {:.0} %, however large the change.",
            100.0 * smallest_p
        ));
    }
    sentences.push(if spread.days == 0 {
        format!(
            "This takes other people's day-to-day spread ({:.1} {unit}), since yours is not known yet.",
            spread.sd
        )
    } else {
        format!(
            "This takes your own day-to-day spread of {:.1} {unit}, from {} days.",
            spread.sd, spread.days
        )
    });
    sentences
}

/// An amount with its unit: `1 point`, `0.5 points`, `0.25 hours`.
fn amount(value: f64, unit: &str) -> String {
    let unit = if value == 1.0 { unit.strip_suffix('s').unwrap_or(unit) } else { unit };
    format!("{} {unit}", (value * 100.0).round() / 100.0)
}

/// Returns how often "helped" would be said at one of the looks, if the step changes the outcome for the better by
/// `change` when done.
#[must_use]
pub fn chance_of_helped(
    design: &Design,
    spread: OwnSpread,
    expected: Expected,
    change: f64,
    afterwards: Afterwards,
) -> f64 {
    let effect = change * expected.adherence;
    let sceptical = priors::sceptical(design.outcome).sd.powi(-2);
    let looks = verdict::looks(design.nights);
    let ahead = score::ahead(design, spread, expected, (effect, afterwards), &looks);
    let boundary = |(night, look): (u16, Ahead)| {
        let Ahead { information, slope, variance } = look;
        let needed = normal::quantile(verdict::helped_above(night, design.nights, design.rotation));
        let alone = normal::quantile(verdict::helped_alone_above(night, design.nights));
        // "Helped" when Φ(S / sqrt(I + 1/s²)) exceeds what is needed, S being the score; and Φ(S / sqrt(I)) as well.
        let least = (needed * (information + sceptical).sqrt()).max(alone * information.sqrt());
        let told = slope / variance;
        // In the units in which the score's variance is its information.
        (slope * told, least * told)
    };
    let looks: Vec<(f64, f64)> =
        looks.iter().copied().zip(ahead).filter(|(_, look)| look.variance > 0.0).map(boundary).collect();
    crossing(&looks, effect)
}

/// Points of the grid on which the score is followed.
const GRID: usize = 201;

/// A look gains at least this share of what was known before it, its boundary moved along, since it may ask for less than
/// the one before it: late nights of a step that begins once add next to nothing.
const LEAST_GAINED: f64 = 0.02;

/// Returns the chance that a score with `effect` per information crosses a boundary at one of the looks, each given by
/// its information and boundary. A look that knows nothing is passed over.
fn crossing(looks: &[(f64, f64)], effect: f64) -> f64 {
    let mut crossed = 0.0;
    // The density of the score of those who have not crossed, on a grid.
    let mut before: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    let mut known = 0.0;
    for (information, boundary) in looks {
        if *information <= 0.0 {
            continue;
        }
        let gained = (information - known).max(LEAST_GAINED * known);
        known += gained;
        let boundary = effect * known + (boundary - effect * information) * (known / information).sqrt();
        let sd = gained.sqrt();
        let drift = effect * gained;
        crossed += before
            .iter()
            .map(|(score, weight)| weight * (1.0 - normal::cumulative((boundary - score - drift) / sd)))
            .sum::<f64>();
        let centre = effect * known;
        let low = centre - 6.0 * known.sqrt();
        if low >= boundary {
            return crossed.min(1.0);
        }
        let high = boundary.min(centre + 6.0 * known.sqrt());
        let width = (high - low) / (GRID - 1) as f64;
        before = (0..GRID)
            .map(|place| {
                let score = low + width * place as f64;
                let density: f64 = before
                    .iter()
                    .map(|(from, weight)| {
                        let off = (score - from - drift) / sd;
                        weight * (-0.5 * off * off).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt())
                    })
                    .sum();
                let end = if place == 0 || place == GRID - 1 { 0.5 } else { 1.0 };
                (score, density * width * end)
            })
            .collect();
    }
    crossed.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_is_a_normal_tail() {
        for (information, boundary, effect) in [(4.0_f64, 4.66, 1.0), (9.0, 3.0, 0.0), (2.0, 5.0, -1.0)] {
            let closed = 1.0 - normal::cumulative((boundary - effect * information) / information.sqrt());
            assert!((crossing(&[(information, boundary)], effect) - closed).abs() < 1e-12);
        }
    }

    #[test]
    fn several_looks_have_their_known_error() {
        // Five equally spaced one-sided looks at z = 1.96: about 7.1 % in all (Armitage, McPherson and Rowe 1969 give
        // 14.2 % two-sided, whose sides hardly overlap).
        let looks: Vec<(f64, f64)> =
            (1..=5).map(|look| (f64::from(look), 1.96 * f64::from(look).sqrt())).collect();
        let error = crossing(&looks, 0.0);
        assert!((error - 0.071).abs() < 0.001, "{error}");
    }

    #[test]
    fn a_late_look_that_adds_nothing_and_asks_for_less_counts() {
        // The second boundary alone would tell of all that it lets through; who crossed the first crosses it as well.
        for second in [4.0, 3.6] {
            let alone = 1.0 - normal::cumulative((2.5 - second) / f64::sqrt(second));
            let both = crossing(&[(4.0, 5.0), (second, 2.5)], 1.0);
            assert!((alone - 1e-3..alone + 0.02).contains(&both), "{second}: {both} {alone}");
        }
        assert_eq!(crossing(&[(4.0, 5.0), (0.0, 0.0)], 1.0), crossing(&[(4.0, 5.0)], 1.0));
    }

    #[test]
    fn a_persons_own_spread_is_used_when_it_is_known() {
        let few = OwnSpread::of(Outcome::MorningPain, &[Some(3.0); 5]);
        assert_eq!((few.sd, few.days), (1.45, 0));
        let values: Vec<Option<f64>> = (0..40).map(|day| Some(f64::from(day % 2) * 2.0)).collect();
        let own = OwnSpread::of(Outcome::MorningPain, &values);
        assert!((own.sd - 1.0127).abs() < 1e-3 && own.days == 40 && own.carry_over == 0.0, "{own:?}");
    }
}
