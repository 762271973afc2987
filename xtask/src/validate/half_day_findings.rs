//! Counts who is told of what among people who report pain twice a day, in the half-day form.

use anyhow::Result;
use nightmend_infer::random::Stream;
use nightmend_loop::Priors;
use nightmend_loop::half_day::claim::CLEAR_HALF_DAY;

use super::half_day_life::{HalfDayLife, evidence};
use super::people::for_each;
use super::text::{Share, table};
use super::{Effort, Pages};

const DAYS: [usize; 3] = [60, 90, 180];
const CARRY_OVER: [f64; 4] = [0.0, 0.4, 0.6, 0.8];
const EFFECTS: [f64; 4] = [-0.30, 0.30, -0.15, 0.15];
const HIDDEN: [f64; 2] = [-0.15, -0.30];
const SEED: u64 = 48_000;

/// Runs the tables: 1,000 people a cell without a link (500 where one is real) in the full form, else 100 (50).
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 1_000 } else { 100 };
    let tables = Tables::count(people, effort);
    Ok(vec![("half-day-findings.md", tables.page(effort))])
}

/// One kind of people at every length.
struct Row {
    life: HalfDayLife,
    /// z at each of `DAYS`, for every person; the same people at every length.
    z: Vec<[[f64; 2]; DAYS.len()]>,
}

impl Row {
    fn count(life: HalfDayLife, people: u64, seed: u64, effort: Effort) -> Self {
        let priors = Priors::built_in();
        let z = for_each(people, effort.threads, |person| {
            let whole = life.live(DAYS[DAYS.len() - 1], &mut Stream::new(seed, person));
            DAYS.map(|days| evidence(&whole.first_days(days), &priors).unwrap_or([0.0; 2]))
        });
        Self { life, z }
    }

    fn share(&self, told: impl Fn(&[[f64; 2]; DAYS.len()]) -> bool) -> Share {
        Share::of(self.z.iter().map(told))
    }

    fn either(&self, day: usize) -> Share {
        self.share(|z| z[day].iter().any(|z| z.abs() >= CLEAR_HALF_DAY.archive))
    }

    /// Told at a look on night 90 or 180 of a living record.
    fn ever(&self) -> Share {
        self.share(|z| z[1..].iter().flatten().any(|z| z.abs() >= CLEAR_HALF_DAY.living))
    }
}

struct Tables {
    no_link: Vec<Row>,
    effects: Vec<(usize, f64, Row)>,
    hidden: Vec<Row>,
}

impl Tables {
    fn count(people: u64, effort: Effort) -> Self {
        let mut seeds = SEED..;
        let mut row = |life: HalfDayLife, people: u64| {
            let row = Row::count(life, people, seeds.next().expect("seeds do not run out"), effort);
            eprintln!("  carry-over {}, hidden {}: done", life.carry_over, life.hidden);
            row
        };
        let exact = |carry_over| HalfDayLife { error: [0.0; 2], ..HalfDayLife::without_link(carry_over) };
        let no_link = CARRY_OVER
            .into_iter()
            .flat_map(|carry_over| [exact(carry_over), HalfDayLife::without_link(carry_over)])
            .map(|life| row(life, people))
            .collect();
        let mut effects = Vec::new();
        for (arrow, effect) in [0, 1].into_iter().flat_map(|arrow| EFFECTS.map(|effect| (arrow, effect))) {
            let mut life = HalfDayLife::without_link(0.4);
            *[&mut life.sleep_to_morning, &mut life.pain_to_sleep][arrow] = effect;
            effects.push((arrow, effect, row(life, people / 2)));
        }
        let hidden = HIDDEN
            .map(|hidden| row(HalfDayLife { hidden, ..HalfDayLife::without_link(0.4) }, people / 2))
            .into();
        Self { no_link, effects, hidden }
    }

    fn page(&self, effort: Effort) -> String {
        let people = self.no_link.first().map_or(0, |row| row.z.len());
        let command = if effort.full { " --full" } else { "" };
        format!(
            "# Two reports a day: who is told of what\n\n\
             Written by `cargo xtask validate --only half-day-findings{command}`; the same bytes every time. People who \
             report pain on waking and at bedtime, in whole points (SD 1.5, mornings a third of a point worse), with diary \
             hours (SD 1.1), a tenth of each missing; {people} a cell without a link, {} where one is real; seeds from \
             {SEED} on, the same people at every length. Cells are percentages of people with the standard error in \
             brackets. An arrow is told if its data-only `abs(z)` reaches {} in one look, or {} on night 90 or 180 of a living \
             record (`half_day::claim`). The arrow from sleep to the rest of the day is never told.\n\n{}\n{}\n{}\n{}",
            people / 2,
            CLEAR_HALF_DAY.archive,
            CLEAR_HALF_DAY.living,
            self.verdict(),
            self.no_link_text(),
            self.effects_text(),
            self.hidden_text(),
        )
    }

    fn verdict(&self) -> String {
        let most = |shares: &mut dyn Iterator<Item = Share>| {
            shares.max_by_key(|share| share.hits).unwrap_or_default().with_error()
        };
        let cells = || self.no_link.iter().flat_map(|row| (0..DAYS.len()).map(|day| row.either(day)));
        let above =
            cells().chain(self.no_link.iter().map(Row::ever)).filter(|share| share.percent() > 5.0).count();
        let wrong = |(arrow, effect, row): &(usize, f64, Row)| {
            let worst = (0..DAYS.len())
                .map(|day| row.share(|z| z[day][*arrow] * effect.signum() <= -CLEAR_HALF_DAY.archive));
            worst.max_by_key(|share| share.hits).unwrap_or_default()
        };
        let other = |(arrow, _, row): &(usize, f64, Row)| {
            let worst =
                (0..DAYS.len()).map(|day| row.share(|z| z[day][1 - arrow].abs() >= CLEAR_HALF_DAY.archive));
            worst.max_by_key(|share| share.hits).unwrap_or_default()
        };
        format!(
            "## In short\n- No link, one look: at most {} %; ever in six months of a living record: at most {} %; cells above \
             5 %: {above}.\n- One true arrow, told with the wrong sign: at most {} %; told of the other arrow: at most {} %.\n",
            most(&mut cells()),
            most(&mut self.no_link.iter().map(Row::ever)),
            most(&mut self.effects.iter().map(wrong)),
            most(&mut self.effects.iter().map(other)),
        )
    }

    fn no_link_text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .no_link
            .iter()
            .map(|row| {
                let mut cells = vec![format!("{:.1}", row.life.carry_over), errors(&row.life)];
                cells.extend((0..DAYS.len()).map(|day| row.either(day).with_error()));
                cells.push(row.ever().with_error());
                cells
            })
            .collect();
        let head =
            ["carry-over", "written down", "60 d", "90 d", "180 d", "living record, ever by night 180"];
        format!("## People without any link who are told of either\n{}", table(&head, &rows))
    }

    fn effects_text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .effects
            .iter()
            .map(|(arrow, effect, row)| {
                let mut cells =
                    vec![["sleep to morning", "day to sleep"][*arrow].to_owned(), format!("{effect:+.2}")];
                cells.extend((0..DAYS.len()).map(|day| {
                    let toward = |z: &[[f64; 2]; DAYS.len()]| z[day][*arrow] * effect.signum();
                    let right = row.share(|z| toward(z) >= CLEAR_HALF_DAY.archive);
                    let wrong = row.share(|z| toward(z) <= -CLEAR_HALF_DAY.archive);
                    format!("{} / {}", right.rough(), wrong.rough())
                }));
                cells
            })
            .collect();
        let head = ["true arrow", "effect", "60 d: right / wrong sign", "90 d", "180 d"];
        format!(
            "## People with one true arrow\nCarry-over 0.4, errors of 0.4 h and 0.7 points.\n\n{}",
            table(&head, &rows)
        )
    }

    fn hidden_text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .hidden
            .iter()
            .map(|row| {
                let mut cells = vec![format!("{:+.2}", row.life.hidden)];
                cells.extend((0..DAYS.len()).map(|day| row.either(day).with_error()));
                cells
            })
            .collect();
        let head = ["correlation of the surprises of night and morning", "60 d", "90 d", "180 d"];
        format!(
            "## Something hidden moves both\nNo arrow, carry-over 0.4, errors as above: told of either. Nothing that only \
             watches can tell this from an arrow.\n\n{}",
            table(&head, &rows)
        )
    }
}

fn errors(life: &HalfDayLife) -> String {
    if life.error == [0.0; 2] {
        "exactly".to_owned()
    } else {
        format!("wrong by {} h and {} points", life.error[0], life.error[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn a_small_form_tells_rarely_without_a_link_and_finds_a_strong_one() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let row = Row::count(HalfDayLife::without_link(0.6), 60, 63_000, effort);
        // 5 % of 60 has a standard error of 2.8 points.
        assert!((0..DAYS.len()).all(|day| row.either(day).percent() <= 12.0));
        let life = HalfDayLife { sleep_to_morning: -0.5, ..HalfDayLife::without_link(0.4) };
        let row = Row::count(life, 20, 63_001, effort);
        assert!(row.share(|z| z[2][0] <= -CLEAR_HALF_DAY.archive).percent() > 70.0);
    }
}
