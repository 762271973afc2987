//! Counts who is told of what over the years of a living record, at all of its looks.

use anyhow::Result;
use nightmend_loop::Priors;
use nightmend_loop::claim::CLEAR;
use nightmend_sim::{PlantedLoop, Seed};

use super::people::{as_series, evidence, for_each, live};
use super::text::{Share, table};
use super::{Effort, Pages};

const CARRY_OVER: [f64; 4] = [0.0, 0.4, 0.6, 0.8];
const EFFECTS: [f64; 2] = [-0.15, -0.30];
const SEED: u64 = 47_000;
/// Error of 0.4 hours in a diary, in SDs of sleep of 1.1 hours.
const DIARY_ERROR: f64 = 0.4 / 1.1;

/// Runs the tables: 1,000 people a row (250 where an arrow is real) in the full form, else 200 (50).
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 1_000 } else { 200 };
    Ok(vec![("living.md", Tables::count(people, effort).page(effort))])
}

/// What `abs(z)` must reach at each look.
fn looks() -> Vec<(usize, f64)> {
    CLEAR.all_looks().collect()
}

/// One kind of people, seen at every look.
struct Row {
    planted: PlantedLoop,
    /// z of both arrows at every look, for every person.
    z: Vec<Vec<[f64; 2]>>,
}

impl Row {
    fn count(planted: PlantedLoop, people: u64, seed: u64, effort: Effort) -> Self {
        let (priors, looks) = (Priors::built_in(), looks());
        let z = for_each(people, effort.threads, |person| {
            let last = looks.last().map_or(0, |(nights, _)| *nights);
            let whole = as_series(&live(&planted, last, Seed::new(seed).person(person)));
            let at = |nights: usize| evidence(&whole.first_days(nights), &priors).unwrap_or([0.0; 2]);
            looks.iter().map(|(nights, _)| at(*nights)).collect()
        });
        Self { planted, z }
    }

    /// Told of an arrow that `counts` at the look of that number or at one before it.
    fn ever_by(&self, look: usize, counts: impl Fn(usize, f64) -> bool) -> Share {
        let looks = looks();
        Share::of(self.z.iter().map(|one| {
            let told = |(z, (_, clear)): (&[f64; 2], &(usize, f64))| {
                (0..2).any(|arrow| z[arrow].abs() >= *clear && counts(arrow, z[arrow]))
            };
            one.iter().zip(&looks).take(look + 1).any(told)
        }))
    }
}

struct Tables {
    no_link: Vec<Row>,
    effects: Vec<Row>,
}

impl Tables {
    fn count(people: u64, effort: Effort) -> Self {
        let mut seeds = SEED..;
        let mut row = |planted: PlantedLoop, people: u64| {
            let row = Row::count(planted, people, seeds.next().expect("seeds do not run out"), effort);
            eprintln!("  carry-over {}: done", planted.sleep_autoregression);
            row
        };
        let exact = CARRY_OVER.map(PlantedLoop::none);
        let noisy = PlantedLoop { sleep_error_sd: DIARY_ERROR, ..PlantedLoop::none(0.8) };
        let no_link = exact.into_iter().chain([noisy]).map(|planted| row(planted, people)).collect();
        let one = |effect| PlantedLoop {
            sleep_to_pain: effect,
            sleep_error_sd: DIARY_ERROR,
            ..PlantedLoop::none(0.4)
        };
        let effects = EFFECTS.into_iter().map(|effect| row(one(effect), people / 4)).collect();
        Self { no_link, effects }
    }

    fn page(&self, effort: Effort) -> String {
        let looks = looks();
        let people = self.no_link.first().map_or(0, |row| row.z.len());
        let listed: Vec<String> =
            looks.iter().map(|(nights, clear)| format!("night {nights} (from {clear})")).collect();
        let last = looks.len() - 1;
        let worst = self.no_link.iter().map(|row| row.ever_by(last, |_, _| true));
        let worst = worst.max_by_key(|share| share.hits).unwrap_or_default();
        format!(
            "# A living record over the years\n\n\
             Written by `cargo xtask validate --only living{}`; the same bytes every time; seeds from {SEED} on. Sleep 7 h (SD \
             1.1), pain 4 (SD 1.5) in whole points, a tenth of either missing. An arrow is told at a look if its data-only \
             `abs(z)` reaches what is asked there: {}. Cells are percentages of people who have been told by then, at that \
             look or an earlier one, with the standard error in brackets.\n\n\
             The largest share of people without a link who are ever told: {} %.\n\n\
             ## People without any link, {people} a row: told of either arrow\n{}\n\
             ## People with one true arrow from sleep to pain, {} a row: told of it\n\
             Carry-over 0.4, a diary wrong by 0.4 h.\n\n{}\n\
             The wrong sign was told to at most {} % by the last look, the other arrow to at most {} %.\n",
            if effort.full { " --full" } else { "" },
            listed.join(", "),
            worst.with_error(),
            Self::text(
                &self.no_link,
                "carry-over",
                |row| {
                    let wrong = if row.planted.sleep_error_sd > 0.0 { ", diary wrong by 0.4 h" } else { "" };
                    format!("{:.1}{wrong}", row.planted.sleep_autoregression)
                },
                |_, _| true
            ),
            people / 4,
            Self::text(
                &self.effects,
                "effect",
                |row| format!("{:+.2}", row.planted.sleep_to_pain),
                |arrow, z| { arrow == 0 && z < 0.0 }
            ),
            self.most(|arrow, z| arrow == 0 && z > 0.0).with_error(),
            self.most(|arrow, _| arrow == 1).with_error(),
        )
    }

    /// The largest share of people with a true arrow who are told something else.
    fn most(&self, counts: impl Fn(usize, f64) -> bool + Copy) -> Share {
        let last = looks().len() - 1;
        let all = self.effects.iter().map(|row| row.ever_by(last, counts));
        all.max_by_key(|share| share.hits).unwrap_or_default()
    }

    fn text(
        rows: &[Row],
        first: &str,
        name: impl Fn(&Row) -> String,
        counts: impl Fn(usize, f64) -> bool + Copy,
    ) -> String {
        let looks = looks();
        let mut head = vec![first.to_owned()];
        head.extend(looks.iter().map(|(nights, _)| format!("by night {nights}")));
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let cells = |row: &Row| {
            let told = (0..looks.len()).map(|look| row.ever_by(look, counts).with_error());
            std::iter::once(name(row)).chain(told).collect()
        };
        table(&head, &rows.iter().map(cells).collect::<Vec<Vec<String>>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn told_once_is_told_for_good_and_rarely_without_a_link() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let row = Row::count(PlantedLoop::none(0.6), 60, 64_000, effort);
        let by: Vec<u64> = (0..looks().len()).map(|look| row.ever_by(look, |_, _| true).hits).collect();
        assert!(by.windows(2).all(|pair| pair[0] <= pair[1]), "{by:?}");
        // 5 % of 60 has a standard error of 2.8 points.
        assert!(*by.last().expect("a look") <= 8, "{by:?}");
    }
}
