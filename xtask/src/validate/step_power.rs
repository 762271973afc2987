//! Sets what a plan says of itself before the start beside what the engine then finds in simulated people.

use anyhow::Result;
use nightmend_domain::plan::Rotation;
use nightmend_domain::step_result::Verdict;
use nightmend_sim::{Seed, SteppedPerson};
use nightmend_trial::power::{Afterwards, Expected, OwnSpread, chance_of_helped};
use nightmend_trial::verdict::overall;
use nightmend_trial::{AnalysisSettings, analysis, draw};

use super::lives::{design, told};
use super::people::for_each;
use super::text::{Share, table};
use super::{Effort, Pages};

const FIRST_SEED: u64 = 91_000;

const fn blocks(washout: u16) -> Rotation {
    Rotation::LongBlocks { block: 7, washout }
}

const fn start(nights: u16) -> Rotation {
    Rotation::RandomStart { earliest: nights / 4 + 1, latest: nights / 2, washout: 3 }
}

/// The designs of the six steps, at their usual length and around it.
const DESIGNS: &[(&str, Rotation, u16)] = &[
    ("nights one by one", Rotation::PermutedBlocks { block: 4 }, 42),
    ("blocks of 7, the first left out", blocks(1), 42),
    ("blocks of 7, the first left out", blocks(1), 56),
    ("blocks of 7, the first left out", blocks(1), 84),
    ("blocks of 7, the first two left out", blocks(2), 56),
    ("one start, three nights left out", start(56), 56),
    ("one start, three nights left out", start(84), 84),
];

/// Effects on the night, points, and whether the loop carries them on.
const EFFECTS: &[(f64, bool)] = &[(1.0, true), (1.0, false), (0.5, true), (2.0, true), (0.0, true)];

/// Runs the validation of what a plan shows.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 200 } else { 20 };
    let person = SteppedPerson::ordinary();
    let spread = OwnSpread { sd: person.pain_sd, carry_over: person.pain_autoregression, days: 60 };
    let (mut rows, mut seed) = (Vec::new(), FIRST_SEED);
    for (name, rotation, nights) in DESIGNS {
        for (effect, effect_is_carried) in EFFECTS {
            let stepped =
                SteppedPerson { direct_effect: -effect, effect_is_carried: *effect_is_carried, ..person };
            let lived =
                for_each(people, effort.threads, |number| helped(&stepped, *rotation, *nights, seed, number));
            let share = Share::of(lived.into_iter().collect::<Result<Vec<bool>>>()?);
            let (afterwards, carried) = if *effect_is_carried {
                (Afterwards::CarriedOn, "carried on")
            } else {
                (Afterwards::Gone, "gone the next day")
            };
            let design = design(*rotation, *nights, 0)?;
            let shown = chance_of_helped(&design, spread, Expected::default(), *effect, afterwards);
            eprintln!(
                "  {name}, {nights} nights, {effect} {carried}: {}, shown {:.0}",
                share.with_error(),
                100.0 * shown
            );
            rows.push(vec![
                (*name).to_owned(),
                nights.to_string(),
                effect.to_string(),
                if *effect == 0.0 { String::new() } else { carried.to_owned() },
                format!("{:.0}", 100.0 * shown),
                share.with_error(),
            ]);
            seed += 10_000;
        }
    }
    Ok(vec![("step-power.md", page(effort, people, &rows))])
}

fn helped(person: &SteppedPerson, rotation: Rotation, nights: u16, run: u64, number: u64) -> Result<bool> {
    let plan = draw(design(rotation, nights, run + number)?)?;
    let (record, outcomes) = told(&plan, person, Seed::new(run).person(number));
    Ok(overall(&analysis::looks(&record, &outcomes, &AnalysisSettings::default())) == Verdict::Helped)
}

fn page(effort: Effort, people: u64, rows: &[Vec<String>]) -> String {
    format!(
        "# What a plan says of itself before the start\n\n\
         Written by `cargo xtask validate --only step-power{}`; the same bytes every time. Left what `nightmend_trial::power` \
         shows before the start for a person with a spread of 1.45 points, a carry-over of 0.24 and an eighth of nights \
         missed; right in how many of {people} such simulated people (`nightmend_sim::SteppedPerson`) the engine then said \
         \"helped\" at one of its looks, in percent with the binomial standard error. Threshold 0.5 points; the effect is \
         tonight's, either carried on by the loop or gone the next day; a plan shows both figures where they differ.\n\n{}",
        if effort.full { " --full" } else { "" },
        table(&["design", "nights", "true change, points", "afterwards", "shown", "simulated"], rows),
    )
}
