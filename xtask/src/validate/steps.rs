//! Runs experiments with simulated people through the engine: false "helped", power, coverage, and what naive tests say.

use anyhow::Result;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_domain::plan::Rotation;
use nightmend_domain::step_result::{Instrumental, Look, Verdict};
use nightmend_loop::model::{Dynamics, Parameter};
use nightmend_loop::{PainMeasure, Priors, SleepMeasure};
use nightmend_sim::{Seed, SteppedNight, SteppedPerson, Stream};
use nightmend_trial::verdict::{self, helped_above, overall};
use nightmend_trial::{AnalysisSettings, analysis, draw, extend};

use super::lives::{design, told};
use super::people::for_each;
use super::text::{Share, table};
use super::{Effort, Pages};

const FIRST_SEED: u64 = 61_000;
const FAST: Rotation = Rotation::PermutedBlocks { block: 4 };
const PAIRS: Rotation = Rotation::PermutedBlocks { block: 2 };
const SLOW: Rotation = Rotation::LongBlocks { block: 7, washout: 1 };
const ORDINARY: SteppedPerson = SteppedPerson::ordinary();
const LITTLE: SteppedPerson = SteppedPerson { mean_pain: 1.5, missed_share: 0.15, ..ORDINARY };

/// One row of a table: a kind of person and of experiment.
struct Cell {
    name: &'static str,
    person: SteppedPerson,
    rotation: Rotation,
    nights: u16,
    /// To how many nights an experiment without a verdict is carried on, if at all.
    extended: Option<u16>,
    people: [u64; 2],
}

const fn cell(name: &'static str, person: SteppedPerson, people: [u64; 2]) -> Cell {
    Cell { name, person, rotation: FAST, nights: 42, extended: None, people }
}

/// A quick and a full number of people for rows that ask how often something rare happens, and for the others.
const RARE: [u64; 2] = [100, 1_000];
const POWER: [u64; 2] = [40, 600];
const COMMON: [u64; 2] = [40, 200];
const LONG: [u64; 2] = [20, 150];

const NO_EFFECT: &[Cell] = &[
    cell("ordinary: pain SD 1.45, carry-over 0.24, 12 % missed", ORDINARY, RARE),
    cell("carry-over of pain 0.6", SteppedPerson { pain_autoregression: 0.6, ..ORDINARY }, RARE),
    cell(
        "pain falls by 1 point in 30 days; weekends 0.5 better",
        SteppedPerson { pain_trend_per_30_days: -1.0, weekend_pain: -0.5, ..ORDINARY },
        RARE,
    ),
    cell(
        "strong loop: -0.4 points an hour, -0.3 hours a point",
        SteppedPerson { sleep_to_pain: -0.4, pain_to_sleep: -0.3, pain_autoregression: 0.3, ..ORDINARY },
        RARE,
    ),
    cell("little pain (mean 1.5, many zeros), 15 % missed", LITTLE, RARE),
];

const fn effect(points: f64) -> SteppedPerson {
    SteppedPerson { direct_effect: -points, ..ORDINARY }
}

const EFFECTS: &[Cell] = &[
    cell("0.5 points, carried on by the loop", effect(0.5), COMMON),
    cell("1 point, carried on", effect(1.0), POWER),
    cell("2 points, carried on", effect(2.0), COMMON),
    cell("0.5 points, gone the next day", SteppedPerson { effect_is_carried: false, ..effect(0.5) }, COMMON),
    cell("1 point, gone the next day", SteppedPerson { effect_is_carried: false, ..effect(1.0) }, POWER),
    cell("2 points, gone the next day", SteppedPerson { effect_is_carried: false, ..effect(2.0) }, COMMON),
    cell(
        "1 point, and 0.3 left over for the next nights",
        SteppedPerson { left_over: -0.3, ..effect(1.0) },
        COMMON,
    ),
    cell(
        "1 point, pain falls by 1 in 30 days",
        SteppedPerson { pain_trend_per_30_days: -1.0, ..effect(1.0) },
        COMMON,
    ),
    cell("1 point, 15 % missed", SteppedPerson { missed_share: 0.15, ..effect(1.0) }, COMMON),
    cell(
        "1 point when done, done on 70 % of nights",
        SteppedPerson { adherence: 0.7, ..effect(1.0) },
        COMMON,
    ),
    cell(
        "the same, gone the next day",
        SteppedPerson { adherence: 0.7, effect_is_carried: false, ..effect(1.0) },
        POWER,
    ),
    cell(
        "1 point, all of it through 2 hours more sleep",
        SteppedPerson { sleep_to_pain: -0.5, effect_on_sleep: 2.0, ..ORDINARY },
        COMMON,
    ),
];

/// The form of the notes' own simulations (section 3.5): nights in pairs, an effect that is gone the next day.
const AS_IN_THE_NOTES: &[Cell] = &[
    Cell { rotation: PAIRS, ..cell("pairs of nights, no effect", ORDINARY, POWER) },
    Cell {
        rotation: PAIRS,
        ..cell(
            "pairs of nights, 0.5 points, gone the next day (notes: .21 to .23)",
            SteppedPerson { effect_is_carried: false, ..effect(0.5) },
            COMMON,
        )
    },
    Cell {
        rotation: PAIRS,
        ..cell(
            "pairs of nights, 1 point, gone the next day (notes: .64)",
            SteppedPerson { effect_is_carried: false, ..effect(1.0) },
            POWER,
        )
    },
    Cell {
        rotation: PAIRS,
        ..cell(
            "pairs of nights, 2 points, gone the next day (notes: .99)",
            SteppedPerson { effect_is_carried: false, ..effect(2.0) },
            COMMON,
        )
    },
    Cell {
        rotation: PAIRS,
        ..cell(
            "pairs of nights, 1 point, gone, done on 70 % (notes: .36)",
            SteppedPerson { adherence: 0.7, effect_is_carried: false, ..effect(1.0) },
            POWER,
        )
    },
];

const SLOW_CELLS: &[Cell] = &[
    Cell { rotation: PAIRS, nights: 84, ..cell("84 nights in pairs, no effect", ORDINARY, POWER) },
    Cell {
        rotation: PAIRS,
        nights: 84,
        ..cell(
            "84 nights in pairs, 0.5 points, gone the next day (notes: .33)",
            SteppedPerson { effect_is_carried: false, ..effect(0.5) },
            COMMON,
        )
    },
    Cell {
        rotation: PAIRS,
        nights: 84,
        ..cell(
            "84 nights in pairs, 1 point, gone the next day (notes: .88)",
            SteppedPerson { effect_is_carried: false, ..effect(1.0) },
            POWER,
        )
    },
    Cell {
        rotation: PAIRS,
        nights: 84,
        ..cell(
            "84 nights in pairs, 2 points, gone the next day (notes: 1.0)",
            SteppedPerson { effect_is_carried: false, ..effect(2.0) },
            LONG,
        )
    },
    Cell {
        nights: 84,
        ..cell("84 nights in blocks of four, little pain, 15 % missed, no effect", LITTLE, POWER)
    },
    Cell { nights: 84, ..cell("84 nights in blocks of four, 1 point, carried on", effect(1.0), LONG) },
    Cell {
        extended: Some(84),
        ..cell("42 nights, carried on to 84 when nothing is clear, no effect", ORDINARY, [60, 2_000])
    },
    Cell { extended: Some(84), ..cell("the same, little pain, 15 % missed, no effect", LITTLE, POWER) },
    Cell { extended: Some(84), ..cell("42 nights, carried on to 84, 1 point", effect(1.0), LONG) },
    Cell {
        nights: 28,
        extended: Some(42),
        ..cell("28 nights, carried on to 42, little pain, 15 % missed, no effect", LITTLE, POWER)
    },
    Cell {
        nights: 28,
        extended: Some(42),
        ..cell(
            "28 nights, carried on to 42, 1 point, gone the next day",
            SteppedPerson { effect_is_carried: false, ..effect(1.0) },
            COMMON,
        )
    },
    Cell {
        rotation: SLOW,
        nights: 84,
        ..cell("blocks of 7 nights (washout 1), 84 nights, no effect", ORDINARY, LONG)
    },
    Cell {
        rotation: SLOW,
        nights: 84,
        ..cell(
            "the same, carry-over of pain 0.6, no effect",
            SteppedPerson { pain_autoregression: 0.6, ..ORDINARY },
            LONG,
        )
    },
    Cell { rotation: SLOW, nights: 84, ..cell("blocks of 7 nights, 84 nights, 1 point", effect(1.0), LONG) },
    Cell {
        rotation: SLOW,
        nights: 84,
        ..cell(
            "blocks of 7 nights, 84 nights, 1 point, gone the next day",
            SteppedPerson { effect_is_carried: false, ..effect(1.0) },
            LONG,
        )
    },
];

/// Runs the validation of the steps.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let mut seed = FIRST_SEED;
    let mut tables = Vec::new();
    for cells in [NO_EFFECT, EFFECTS, AS_IN_THE_NOTES, SLOW_CELLS] {
        let mut rows = Vec::new();
        for cell in cells {
            let row = live_cell(cell, seed, effort)?;
            eprintln!("  {}: helped {}, held {}", row.name, row.helped.with_error(), row.held.with_error());
            rows.push(row);
            seed += 10_000;
        }
        tables.push(rows);
    }
    let drawn = [drawn_effects(seed, effort)?, drawn_people(seed + 1, effort)?];
    Ok(vec![("steps.md", page(effort, &tables, &drawn))])
}

/// What came of one person's experiment.
struct Lived {
    looks: Vec<Look>,
    verdict: Verdict,
    truth: f64,
    /// Whether the last intervals (usual prior; the nights alone) held the truth of being assigned, and the instrumental
    /// one that of doing.
    held: Option<bool>,
    alone_held: Option<bool>,
    done_held: Option<bool>,
    before_after: bool,
    weeks: bool,
}

/// One row, before it is written.
struct Row {
    name: &'static str,
    helped: Share,
    harmed: Share,
    unlikely: Share,
    did_not: Share,
    held: Share,
    alone_held: Share,
    done_held: Share,
    night_of_helped: f64,
    before_after: Share,
    weeks: Share,
    /// Mean error of the effect under the usual prior, and by the nights alone.
    bias: [f64; 2],
}

fn live_cell(cell: &Cell, seed: u64, effort: Effort) -> Result<Row> {
    live_people(cell, seed, effort, |_| cell.person)
}

/// Lives a cell with a person of its own for each number.
fn live_people(
    cell: &Cell,
    seed: u64,
    effort: Effort,
    person: impl Fn(u64) -> SteppedPerson + Sync,
) -> Result<Row> {
    let people = cell.people[usize::from(effort.full)];
    let lives = for_each(people, effort.threads, |number| live(cell, &person(number), seed, number));
    Ok(row(cell.name, &lives.into_iter().collect::<Result<Vec<Lived>>>()?))
}

fn row(name: &'static str, lives: &[Lived]) -> Row {
    let is = |verdict: Verdict| Share::of(lives.iter().map(|life| life.verdict == verdict));
    let first_helped = lives.iter().filter_map(|life| {
        let look = life.looks.iter().find(|look| look.verdict == Verdict::Helped)?;
        Some(f64::from(look.night))
    });
    let off = |mean: fn(&Look) -> f64| {
        let errors = lives.iter().filter_map(|life| Some(mean(life.looks.last()?) - life.truth));
        nightmend_infer::draws::mean(&errors.collect::<Vec<_>>())
    };
    Row {
        name,
        helped: is(Verdict::Helped),
        harmed: is(Verdict::Harmed),
        unlikely: is(Verdict::UnlikelyToReachThreshold),
        did_not: is(Verdict::DidNotHelp),
        held: Share::of(lives.iter().filter_map(|life| life.held)),
        alone_held: Share::of(lives.iter().filter_map(|life| life.alone_held)),
        done_held: Share::of(lives.iter().filter_map(|life| life.done_held)),
        night_of_helped: nightmend_infer::draws::mean(&first_helped.collect::<Vec<_>>()),
        before_after: Share::of(lives.iter().map(|life| life.before_after)),
        weeks: Share::of(lives.iter().map(|life| life.weeks)),
        bias: [off(|look| look.effect.mean), off(|look| look.alone.mean)],
    }
}

fn live(cell: &Cell, person: &SteppedPerson, run: u64, number: u64) -> Result<Lived> {
    let mut plan = draw(design(cell.rotation, cell.nights, run + number)?)?;
    let seed = Seed::new(run).person(number);
    let mut settings = AnalysisSettings::default();
    let (mut record, mut outcomes) = told(&plan, person, seed);
    let mut looks = analysis::looks(&record, &outcomes, &settings);
    if let Some(nights) = cell.extended
        && !matches!(overall(&looks), Verdict::Helped | Verdict::Harmed)
    {
        settings.extended_from.push(plan.design.nights);
        plan = extend(&plan, nights)?;
        (record, outcomes) = told(&plan, person, seed);
        looks = analysis::looks(&record, &outcomes, &settings);
    }
    let truth = person.adherence * person.effect_tonight();
    let holds = |low: f64, high: f64, truth: f64| low <= truth && truth <= high;
    let held = looks.last().map(|look| holds(look.effect.low, look.effect.high, truth));
    let alone_held = looks.last().map(|look| holds(look.alone.low, look.alone.high, truth));
    let done_held = (person.adherence < 1.0)
        .then(|| analysis::analyse(&record, &outcomes, &settings))
        .and_then(|result| match result.outcomes.first()?.instrumental {
            Instrumental::Effect { effect, .. } => {
                Some(holds(effect.low, effect.high, person.effect_tonight()))
            }
            Instrumental::Refused(_) => None,
        });
    let nights = usize::from(cell.nights);
    let half: Vec<bool> = (0..nights).map(|night| night >= nights / 2).collect();
    let weeks: Vec<bool> = (0..nights).map(|night| night / 7 % 2 == 1).collect();
    Ok(Lived {
        verdict: overall(&looks),
        looks,
        truth,
        held,
        alone_held,
        done_held,
        before_after: naive_helped(&half, &person.course(&half, seed)),
        weeks: naive_helped(&weeks, &person.course(&weeks, seed)),
    })
}

/// Whether Welch's t-test says p < .05 (two-sided) with less pain on nights with the step: what people do by hand.
fn naive_helped(with: &[bool], nights: &[SteppedNight]) -> bool {
    let side = |wanted: bool| -> Vec<f64> {
        nights
            .iter()
            .zip(with)
            .filter(|(_, with)| **with == wanted)
            .filter_map(|(night, _)| night.pain)
            .collect()
    };
    let (on, off) = (side(true), side(false));
    let spread = |values: &[f64]| {
        let sd = nightmend_infer::draws::standard_deviation(values);
        sd * sd / values.len() as f64
    };
    let (a, b) = (spread(&on), spread(&off));
    let freedom = (a + b).powi(2) / (a * a / (on.len() as f64 - 1.0) + b * b / (off.len() as f64 - 1.0));
    // The t quantile by Cornish and Fisher's first two terms, right to .002 from ten degrees of freedom on.
    let z: f64 = 1.959_964;
    let critical = z
        + (z.powi(3) + z) / (4.0 * freedom)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom);
    let difference = nightmend_infer::draws::mean(&off) - nightmend_infer::draws::mean(&on);
    difference / (a + b).sqrt() > critical
}

/// An effect under the usual prior.
fn effect_as_expected(stream: &mut Stream) -> f64 {
    -0.4 + 0.7 * stream.normal()
}

/// People whose effects are drawn as the usual prior has it: the intervals should hold 90 % of them.
fn drawn_effects(seed: u64, effort: Effort) -> Result<Row> {
    let cell = cell("effects drawn from the usual prior, N(-0.4, 0.7)", ORDINARY, RARE);
    live_people(&cell, seed, effort, |number| SteppedPerson {
        direct_effect: effect_as_expected(&mut Stream::new(seed, number)),
        ..ORDINARY
    })
}

/// People who differ in everything as the model has it: carry-overs, arrows, error, drift, weekends, what is left over, and
/// the effect under the usual prior.
fn drawn_people(seed: u64, effort: Effort) -> Result<Row> {
    let name =
        "carry-overs, arrows, errors, trends, what is left over and effects drawn as the model expects them";
    let cell = cell(name, ORDINARY, [100, 2_000]);
    live_people(&cell, seed, effort, |number| as_expected(&mut Stream::new(seed, number)))
}

/// A person drawn from the priors of a step's model, in the units of the ordinary person; loops that hardly settle, or whose
/// parts leave nothing to chance, are drawn again.
fn as_expected(stream: &mut Stream) -> SteppedPerson {
    /// Of what is left over for the next nights, in SDs of pain; its decay is Beta(2, 5).
    const LEFT_OVER_SD: f64 = 0.2;
    const HARDLY_SETTLES: f64 = 0.95;
    let SteppedPerson { pain_sd, sleep_sd, mean_pain, mean_sleep_hours, .. } = ORDINARY;
    let spread = Standardisation {
        sleep: MeanSd { mean: mean_sleep_hours, sd: sleep_sd },
        pain: MeanSd { mean: mean_pain, sd: pain_sd },
    };
    let priors = Priors::built_in().for_series(
        &SleepMeasure::HoursDiary,
        PainMeasure::Nrs,
        &spread,
        MeasurementError::Prior,
    );
    loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        let of = |parameter: Parameter| draw[parameter.index()];
        let left_over = LEFT_OVER_SD * pain_sd * stream.normal();
        let mut ranks: [f64; 6] = std::array::from_fn(|_| stream.uniform());
        ranks.sort_by(f64::total_cmp);
        let person = SteppedPerson {
            sleep_autoregression: of(Parameter::AtanhPhiSleep).tanh(),
            pain_autoregression: of(Parameter::AtanhPhiPain).tanh(),
            sleep_to_pain: of(Parameter::SleepToPain) * pain_sd / sleep_sd,
            pain_to_sleep: of(Parameter::PainToSleep) * sleep_sd / pain_sd,
            pain_trend_per_30_days: of(Parameter::TrendPain) * pain_sd,
            weekend_pain: of(Parameter::WeekendPain) * pain_sd,
            pain_error_sd: of(Parameter::LnErrorPain).exp() * pain_sd,
            left_over,
            // The second of six uniform values is Beta(2, 5).
            left_over_decay: ranks[1],
            direct_effect: effect_as_expected(stream),
            ..ORDINARY
        };
        let noise = 1.0
            - person.pain_autoregression.powi(2)
            - of(Parameter::SleepToPain).powi(2)
            - (person.pain_error_sd / pain_sd).powi(2);
        if Dynamics::of(&draw).spectral_radius() < HARDLY_SETTLES && noise > 0.1 {
            return person;
        }
    }
}

fn rows_of(rows: &[Row]) -> Vec<Vec<String>> {
    let of = |row: &Row| {
        vec![
            row.name.to_owned(),
            row.helped.of.to_string(),
            row.helped.with_error(),
            row.harmed.rough(),
            format!("{} / {}", row.unlikely.rough(), row.did_not.rough()),
            if row.night_of_helped.is_finite() {
                format!("{:.0}", row.night_of_helped)
            } else {
                String::new()
            },
            row.held.with_error(),
            row.alone_held.with_error(),
            format!("{:+.2} / {:+.2}", row.bias[0], row.bias[1]),
            row.before_after.with_error(),
            row.weeks.with_error(),
        ]
    };
    rows.iter().map(of).collect()
}

const HEAD: &[&str] = &[
    "who",
    "people",
    "told it helped",
    "told it harmed",
    "unlikely / did not help",
    "mean night of \"helped\"",
    "90 % interval held the truth: usual prior",
    "the nights alone",
    "bias, points: usual prior / nights alone",
    "before/after t-test: less pain",
    "week on, week off t-test: less pain",
];

fn page(effort: Effort, tables: &[Vec<Row>], drawn: &[Row; 2]) -> String {
    let [no_effect, effects, notes, slow] = tables else { unreachable!("four tables") };
    let pooled = |of: fn(&Row) -> Share| {
        no_effect.iter().chain(effects).fold(Share::default(), |sum, row| Share {
            hits: sum.hits + of(row).hits,
            of: sum.of + of(row).of,
        })
    };
    let worst = no_effect.iter().max_by(|a, b| a.helped.percent().total_cmp(&b.helped.percent()));
    let worst = worst.map_or_else(String::new, |row| format!("{} % ({})", row.helped.with_error(), row.name));
    let all = no_effect.iter().fold(Share::default(), |sum, row| Share {
        hits: sum.hits + row.helped.hits,
        of: sum.of + row.helped.of,
    });
    let done = effects.iter().find(|row| row.done_held.of > 0);
    let done = done.map_or_else(String::new, |row| {
        format!(
            "- Adherence 70 %: the instrumental interval held the effect of doing it in {} %.\n",
            row.done_held.with_error()
        )
    });
    let boundary = |nights: u16| {
        let at = verdict::looks(nights)
            .into_iter()
            .map(|look| format!("{look} ({})", helped_above(look, nights, FAST)));
        at.collect::<Vec<_>>().join(", ")
    };
    format!(
        "# The six steps as experiments: error rates, power, coverage\n\n\
         Written by `cargo xtask validate --only steps{}`; the same bytes every time. Simulated people \
         (`nightmend_sim::SteppedPerson`, which shares no code with the engine), whole points of pain, hours with the \
         loop; every plan drawn, lived, assembled and looked at as the program does it (`nightmend_trial`). Nights one by \
         one in permuted blocks of four, 42 nights, threshold 0.5 points, where the row does not say otherwise. \
         \"Helped\": the probability of any benefit under the sceptical prior N(0, 0.5), by the form of the test, above \
         what is asked at one of the looks after nights {}; where more than 42 nights are planned {}; and by the nights \
         alone above what is asked as well (decision 0031). Shares in percent \
         with their binomial standard error; \"held\" and \"bias\": tonight's effect of being assigned the step at the \
         last look, under the usual prior N(-0.4, 0.7) and by the nights alone (a prior of N(0, 5)).\n\n## In short\n\
         - No effect, told that it helped at any of the looks: at most {worst}; over all five rows {} %.\n\
         - People who differ as the model expects: the 90 % interval held the truth in {} % (usual prior) and {} % (the nights \
         alone).\n\
         - All rows of the first two tables (0, 0.5, 1 and 2 points): nights alone {} %; usual prior {} %, where a prior must \
         miss more often the further off an effect is.\n{done}\n\
         ## People whom the step does not change\n{}\n## People whom it changes\n{}\n\
         ## As the notes simulate it\n{}\n## Longer and slower experiments\n{}\n## Coverage\n{}",
        if effort.full { " --full" } else { "" },
        boundary(42),
        boundary(84),
        all.with_error(),
        drawn[1].held.with_error(),
        drawn[1].alone_held.with_error(),
        pooled(|row| row.alone_held).with_error(),
        pooled(|row| row.held).with_error(),
        table(HEAD, &rows_of(no_effect)),
        table(HEAD, &rows_of(effects)),
        table(HEAD, &rows_of(notes)),
        table(HEAD, &rows_of(slow)),
        table(HEAD, &rows_of(drawn)),
    )
}
