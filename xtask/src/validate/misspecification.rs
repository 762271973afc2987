//! Counts how often intervals hold the truth where the model is wrong, and whether the answer then says so itself.
//!
//! People are drawn from the priors, so that a model that is right covers 90 %; then one thing is done to them that the
//! model does not have. Coverage is judged in natural units (points per hour, hours per point), after standardising by
//! each record's own spread, as the engine is used.

use anyhow::Result;
use jiff::civil::date;
use nightmend_domain::Moment;
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome, MeanSd, MeasurementError, Standardisation};
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::claim::CLEAR;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::model::{Dynamics, LARGEST_SPECTRAL_RADIUS, PARAMETERS, Parameter};
use nightmend_loop::{LoopSettings, PainMeasure, Priors, Seed, Series, SleepMeasure, fit, preview};

use super::people::{evidence, for_each};
use super::text::{Share, table};
use super::{Effort, Pages};

const DAYS: [usize; 2] = [60, 180];
const SEED: u64 = 44_000;
const ARROWS: [Parameter; 2] = [Parameter::SleepToPain, Parameter::PainToSleep];
/// One person in this many is fitted with the draws that are shipped as well.
const SHIPPED_EVERY: u64 = 50;
/// What a person's records are drawn around: hours and points.
const TYPICAL: Standardisation =
    Standardisation { sleep: MeanSd { mean: 7.0, sd: 1.1 }, pain: MeanSd { mean: 4.0, sd: 1.5 } };
const MISSING: f64 = 0.1;

/// What is done to people that the model does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    AsModelled,
    WholePoints,
    Clipped,
    MissingThatDay,
    MissingAfter,
    Break,
    HeavyTails,
    Flares,
    WrongLag,
    Device,
}

const WORLDS: [(World, &str); 10] = [
    (World::AsModelled, "as the model has it"),
    (World::WholePoints, "whole points from 0 to 10"),
    (World::Clipped, "whole points, 2.5 points lower, clipped at 0"),
    (World::MissingThatDay, "half of the days with pain more than an SD above its mean left blank"),
    (World::MissingAfter, "half of the days after such a day left blank, sleep and pain"),
    (World::Break, "pain 2 points higher from the middle on"),
    (World::HeavyTails, "surprises of both with the tails of t with 3 degrees of freedom"),
    (World::Flares, "flares of 4 points on one day in 15"),
    (World::WrongLag, "a night goes with pain a day later than the model has it"),
    (
        World::Device,
        "a device that sees a quarter too little of what a night differs by, and half an hour too much",
    ),
];

/// Runs every world: 60 people of each length, or 200 in the full form.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let people = if effort.full { 200 } else { 60 };
    let cells: Vec<Cell> = WORLDS
        .iter()
        .flat_map(|(world, _)| DAYS.map(|days| (*world, days)))
        .map(|(world, days)| {
            let cell = Cell::count(world, days, people, effort);
            eprintln!("  {world:?}, {days} days: done");
            cell
        })
        .collect();
    Ok(vec![("misspecification.md", page(&cells, people, effort))])
}

/// What one person's answer came to, for both arrows.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    covered: [bool; 2],
    /// The arrow's sentence carries a caution.
    downgraded: [bool; 2],
    told_without_link: bool,
    /// The quick answer would not be given, so that the sampler made it.
    refused: bool,
    /// How far the ends of the quick intervals are from those that are shipped, in standard deviations.
    off: Option<f64>,
}

struct Cell {
    world: World,
    days: usize,
    each: Vec<Verdict>,
}

impl Cell {
    fn count(world: World, days: usize, people: u64, effort: Effort) -> Self {
        let all = for_each(people, effort.threads, |person| judge(world, days, person));
        Self { world, days, each: all.into_iter().flatten().collect() }
    }

    fn covered(&self, arrow: usize) -> Share {
        Share::of(self.each.iter().map(|one| one.covered[arrow]))
    }

    fn downgraded(&self, arrow: usize) -> Share {
        Share::of(self.each.iter().map(|one| one.downgraded[arrow]))
    }

    fn covered_as_is(&self, arrow: usize) -> Share {
        Share::of(self.each.iter().filter(|one| !one.downgraded[arrow]).map(|one| one.covered[arrow]))
    }

    fn downgraded_of_missed(&self, arrow: usize) -> Share {
        Share::of(self.each.iter().filter(|one| !one.covered[arrow]).map(|one| one.downgraded[arrow]))
    }

    /// The promise: intervals cover 80 %, or most of those that miss the truth come with a caution.
    fn holds(&self, arrow: usize) -> bool {
        self.covered(arrow).percent() >= 80.0 || self.downgraded_of_missed(arrow).percent() > 50.0
    }
}

fn judge(world: World, days: usize, person: u64) -> Option<Verdict> {
    let seed = SEED + 10 * days as u64 + world as u64;
    let mut stream = Stream::new(seed, 2 * person);
    let (truth, scale) = draw_truth(world, days, &mut stream);
    let life = live(world, &truth, &scale, days, &mut stream);
    let mut none = truth;
    ARROWS.iter().for_each(|arrow| none[arrow.index()] = 0.0);
    let linkless = live(world, &none, &scale, days, &mut Stream::new(seed, 2 * person + 1));
    let quick = quick(&life);
    let refused = quick.is_none();
    let answer = quick
        .or_else(|| sampled(&life, NutsSettings { chains: 2, draws: 500, ..NutsSettings::default() }))?;
    let intervals = intervals(&answer);
    let expected = expected(world, &truth, &scale);
    let off = (person.is_multiple_of(SHIPPED_EVERY) && !refused)
        .then(|| sampled(&life, NutsSettings::default()))
        .flatten()
        .filter(|shipped| (shipped.model.ordered, shipped.model.student) == (false, false))
        .map(|shipped| distance(&answer, &shipped));
    Some(Verdict {
        covered: [0, 1].map(|arrow| {
            let [low, high] = intervals[arrow];
            (low..=high).contains(&expected[arrow])
        }),
        downgraded: [&answer.sleep_to_pain, &answer.pain_to_sleep]
            .map(|arrow| arrow.sentence.contains("Take it with care")),
        told_without_link: evidence(&linkless, &Priors::built_in())
            .is_some_and(|z| z.iter().any(|z| z.abs() >= CLEAR.archive)),
        refused,
        off,
    })
}

/// The first answer that a person would see.
fn quick(life: &Series) -> Option<Box<LoopEstimate>> {
    match preview(life, &LoopSettings::default(), Seed(1)).ok()? {
        LoopOutcome::Estimated(estimate) => Some(estimate),
        LoopOutcome::CannotTell(_) => None,
    }
}

fn sampled(life: &Series, nuts: NutsSettings) -> Option<Box<LoopEstimate>> {
    match fit(life, &LoopSettings { nuts, ..LoopSettings::default() }, Seed(1), &NoProgress).ok()? {
        LoopOutcome::Estimated(estimate) => Some(estimate),
        LoopOutcome::CannotTell(_) => None,
    }
}

/// The 90 % intervals of both arrows, in points per hour and hours per point.
fn intervals(answer: &LoopEstimate) -> [[f64; 2]; 2] {
    let (there, back) = (answer.sleep_to_pain.effect.ci90, answer.pain_to_sleep.effect.ci90);
    [[there.low, there.high], [back.low / 60.0, back.high / 60.0]]
}

/// What turns standardised arrows into points per hour and hours per point.
fn factors(spread: &Standardisation) -> [f64; 2] {
    let ratio = spread.pain.sd / spread.sleep.sd;
    [ratio, 1.0 / ratio]
}

fn measure(world: World) -> SleepMeasure {
    if world == World::Device { SleepMeasure::HoursDevice } else { SleepMeasure::HoursDiary }
}

/// Draws a person from the priors. The arrows' priors speak of a person's own standard deviations, so the arrows are put
/// on the scale on which both series, with all that makes them vary, have the SD of one.
fn draw_truth(world: World, days: usize, stream: &mut Stream) -> ([f64; PARAMETERS], [f64; 2]) {
    let priors =
        Priors::built_in().for_series(&measure(world), PainMeasure::Nrs, &TYPICAL, MeasurementError::Prior);
    loop {
        let draw = priors.parameters.map(|prior| prior.mean + prior.sd * stream.normal());
        let mut truth = draw;
        let mut spread = [1.0; 2];
        for _ in 0..30 {
            let ratio = spread[1] / spread[0];
            truth[Parameter::SleepToPain.index()] = ratio * draw[Parameter::SleepToPain.index()];
            truth[Parameter::PainToSleep.index()] = draw[Parameter::PainToSleep.index()] / ratio;
            spread = spreads(&truth, days);
        }
        // Beyond what the engine calls settled, and what hardly settles in a record of half a year.
        if Dynamics::of(&truth).spectral_radius() < LARGEST_SPECTRAL_RADIUS
            && spread.iter().all(|sd| *sd < 5.0)
        {
            return (truth, spread);
        }
    }
}

/// The SDs that both series come to in so many days: states, levels, and errors.
fn spreads(truth: &[f64; PARAMETERS], days: usize) -> [f64; 2] {
    let at = |parameter: Parameter| truth[parameter.index()];
    let [row, other] = Dynamics::of(truth).transition();
    let arrow = at(Parameter::SleepToPain);
    let [night, day] = [Parameter::LnSigmaSleep, Parameter::LnSigmaPain].map(|sigma| (2.0 * at(sigma)).exp());
    let (mut ss, mut sp, mut pp) = (0.0, 0.0, 0.0);
    for _ in 0..400 {
        let along =
            |a: [f64; 2], b: [f64; 2]| a[0] * (b[0] * ss + b[1] * sp) + a[1] * (b[0] * sp + b[1] * pp);
        (ss, sp, pp) = (
            along(row, row) + night,
            along(row, other) + arrow * night,
            along(other, other) + arrow * arrow * night + day,
        );
    }
    // Days off are two of seven; days are spread evenly over what is kept, counted in months.
    let months = (days as f64 / 30.0).powi(2) / 12.0;
    let level =
        |trend: Parameter, weekend: Parameter| at(trend).powi(2) * months + at(weekend).powi(2) * 10.0 / 49.0;
    let error = |parameter: Parameter| (2.0 * at(parameter)).exp();
    [
        (ss + level(Parameter::TrendSleep, Parameter::WeekendSleep) + error(Parameter::LnErrorSleep)).sqrt(),
        (pp + level(Parameter::TrendPain, Parameter::WeekendPain) + error(Parameter::LnErrorPain)).sqrt(),
    ]
}

/// The arrows as they should come out, in natural units: where a night acts a day late, nothing at the model's lag.
fn expected(world: World, truth: &[f64; PARAMETERS], scale: &[f64; 2]) -> [f64; 2] {
    let factor = factors(&TYPICAL);
    let own = [scale[0] / scale[1], scale[1] / scale[0]];
    let mut arrows = [0, 1].map(|arrow| factor[arrow] * own[arrow] * truth[ARROWS[arrow].index()]);
    if world == World::WrongLag {
        arrows[0] = 0.0;
    }
    arrows
}

fn live(
    world: World,
    truth: &[f64; PARAMETERS],
    scale: &[f64; 2],
    days: usize,
    stream: &mut Stream,
) -> Series {
    let at = |parameter: Parameter| truth[parameter.index()];
    let dynamics = Dynamics::of(truth);
    let first_date = date(2024, 1, 1);
    let weekend = weekend_flags(first_date, days);
    let settle = 100;
    let (mut s, mut p) = (0.0, 0.0);
    let (mut sleep, mut pain): (Vec<Option<f64>>, Vec<Option<f64>>) = (Vec::new(), Vec::new());
    let mut was_bad = false;
    for step in 0..days + settle {
        let surprise =
            |stream: &mut Stream| if world == World::HeavyTails { t3(stream) } else { stream.normal() };
        let before = s;
        s = dynamics.phi_sleep * s
            + dynamics.pain_to_sleep * p
            + at(Parameter::LnSigmaSleep).exp() * surprise(stream);
        let night = if world == World::WrongLag { before } else { s };
        p = dynamics.phi_pain * p
            + dynamics.sleep_to_pain * night
            + at(Parameter::LnSigmaPain).exp() * surprise(stream);
        let Some(day) = step.checked_sub(settle) else { continue };
        let months = (day as f64 - (days as f64 - 1.0) / 2.0) / 30.0;
        let off = f64::from(u8::from(weekend[day]));
        let level = |mean, trend, weekend| at(mean) + at(trend) * months + at(weekend) * off;
        let slept = s + level(Parameter::MeanSleep, Parameter::TrendSleep, Parameter::WeekendSleep);
        let felt = p + level(Parameter::MeanPain, Parameter::TrendPain, Parameter::WeekendPain);
        let noise = [Parameter::LnErrorSleep, Parameter::LnErrorPain].map(|r| at(r).exp() * stream.normal());
        let hours = hours(world, slept / scale[0], noise[0] / scale[0]);
        let score = score(world, (felt + noise[1]) / scale[1], day >= days / 2, stream);
        let is_bad = p > (at(Parameter::LnSigmaPain).exp() / (1.0 - dynamics.phi_pain.powi(2)).sqrt());
        let blank = [stream.uniform(), stream.uniform(), stream.uniform()];
        let skips = blank[2] < 0.5
            && match world {
                World::MissingThatDay => is_bad,
                World::MissingAfter => was_bad,
                _ => false,
            };
        let night_too = world == World::MissingAfter;
        sleep.push((blank[0] > MISSING && !(skips && night_too)).then_some(hours));
        pain.push((blank[1] > MISSING && !skips).then_some(score));
        was_bad = is_bad;
    }
    let columns = Columns { first_date, sleep, pain, weekend };
    Series::new(columns, measure(world), PainMeasure::Nrs, "pain".to_owned(), Moment::Waking)
        .expect("simulated columns are of one length and finite")
}

fn hours(world: World, slept: f64, noise: f64) -> f64 {
    let MeanSd { mean, sd } = TYPICAL.sleep;
    if world == World::Device {
        mean + 0.5 + sd * (0.75 * slept + noise)
    } else {
        mean + sd * (slept + noise)
    }
}

fn score(world: World, felt: f64, is_later: bool, stream: &mut Stream) -> f64 {
    let score = TYPICAL.pain.mean + TYPICAL.pain.sd * felt;
    match world {
        World::WholePoints => score.round().clamp(0.0, 10.0),
        World::Clipped => (score - 2.5).round().clamp(0.0, 10.0),
        World::Break if is_later => score + 2.0,
        World::Flares if stream.uniform() < 1.0 / 15.0 => score + 4.0,
        _ => score,
    }
}

/// Student's t with 3 degrees of freedom, with variance 1.
fn t3(stream: &mut Stream) -> f64 {
    let chi: f64 = (0..3).map(|_| stream.normal().powi(2)).sum();
    stream.normal() / chi.sqrt()
}

/// How far the ends of two answers' intervals are apart, in posterior SDs, at most.
fn distance(quick: &LoopEstimate, shipped: &LoopEstimate) -> f64 {
    let arrows =
        [(&quick.sleep_to_pain, &shipped.sleep_to_pain), (&quick.pain_to_sleep, &shipped.pain_to_sleep)];
    let ends = arrows.iter().flat_map(|(quick, shipped)| {
        let (quick, sd, shipped) = (quick.effect.ci90, shipped.effect.sd, shipped.effect.ci90);
        [(quick.low - shipped.low).abs() / sd, (quick.high - shipped.high).abs() / sd]
    });
    ends.fold(0.0, f64::max)
}

fn page(cells: &[Cell], people: u64, effort: Effort) -> String {
    let rows: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| {
            let name = WORLDS.iter().find(|(world, _)| *world == cell.world).map_or("", |(_, name)| *name);
            let mut row = vec![name.to_owned(), cell.days.to_string()];
            for arrow in 0..2 {
                let mark = if cell.holds(arrow) { "" } else { " **no**" };
                row.push(format!("{}{mark}", cell.covered(arrow).rough()));
                row.push(cell.downgraded(arrow).rough());
                row.push(cell.covered_as_is(arrow).rough());
            }
            row.push(Share::of(cell.each.iter().map(|one| one.told_without_link)).with_error());
            row
        })
        .collect();
    let head = [
        "what is done to them",
        "days",
        "sleep to pain: covered",
        "downgraded",
        "covered where not",
        "pain to sleep: covered",
        "downgraded",
        "covered where not",
        "no link: told of one",
    ];
    let all = || cells.iter().flat_map(|cell| [(cell, 0), (cell, 1)]);
    let broken = all().filter(|(cell, arrow)| !cell.holds(*arrow)).count();
    let under: Vec<_> = all().filter(|(cell, arrow)| cell.covered(*arrow).percent() < 80.0).collect();
    let missed = under
        .iter()
        .map(|(cell, arrow)| cell.downgraded_of_missed(*arrow))
        .fold(Share::default(), |sum, share| Share { hits: sum.hits + share.hits, of: sum.of + share.of });
    let mut off: Vec<f64> =
        cells.iter().flat_map(|cell| cell.each.iter().filter_map(|one| one.off)).collect();
    off.sort_by(f64::total_cmp);
    let refused = Share::of(cells.iter().flat_map(|cell| cell.each.iter().map(|one| one.refused)));
    let middle = |sorted: &[f64]| sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    let of_missed = if under.is_empty() {
        "No cell covers under 80 %.".to_owned()
    } else {
        format!(
            "{} of {} arrows by cell cover under 80 %; in these, {} of {} intervals that miss the truth ({:.0} %) come \
             with an answer that is downgraded.",
            under.len(),
            2 * cells.len(),
            missed.hits,
            missed.of,
            missed.percent()
        )
    };
    let command = if effort.full { " --full" } else { "" };
    format!(
        "# Where the model is wrong\n\n\
         Written by `cargo xtask validate --only misspecification{command}`; the same bytes every time. {people} people a \
         row, drawn from the built-in priors for diary hours and the 0 to 10 scale (around 7 h, SD 1.1, and 4 points, SD \
         1.5), a tenth of either missing, and then spoilt in one way. Seeds from {SEED} on.\n\n\
         *Covered*: in how many people (in %) the central 90 % of the posterior held the true arrow, in natural units; the \
         standard error is {:.1} points at 90 % and {:.1} at 80 %. *Downgraded*: the arrow's sentence carries a \
         caution, because a check failed or because it is still mostly what is known from other people. *Covered where not*: among the answers without a caution. *No link: told of one*: the same people without either arrow, one look, by the claim rule.\n\n\
         What counts: a row keeps the promise for an arrow if at least 80 % are covered, or if of the intervals that miss the \
         truth more than half come with a caution. **no**: neither.\n\n{}\n\
         - Rows and arrows where the promise is broken: {broken} of {}.\n\
         - {of_missed}\n\
         - The true arrow of a device is per hour of sleep, not per hour shown. Where a night acts a day late, the true \
         arrow at the model's lag is nil.\n\
         - Engine: the quick first answer (`preview`, importance sampling), with the form of the model and the checks that \
         it chooses by itself; where it declines ({}), 2 × 500 draws of the sampler. In one person of {SHIPPED_EVERY} the \
         draws that are shipped (4 × 1,000) were made too. Where they have the Gaussian form as well (where not, the quick answer \
         says so), the farthest of the four ends of the intervals is {:.2} posterior \
         SDs off in the middle of {} people, {:.2} at most.\n",
        100.0 * (0.09 / people as f64).sqrt(),
        100.0 * (0.16 / people as f64).sqrt(),
        table(&head, &rows),
        2 * cells.len(),
        refused.rough() + " % of all",
        middle(&off),
        off.len(),
        off.last().copied().unwrap_or(f64::NAN),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn the_right_model_covers_and_a_small_form_notices_what_is_wrong() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let right = Cell::count(World::AsModelled, 60, 60, effort);
        // 90 % of 60 has a standard error of 4 points.
        for arrow in 0..2 {
            assert!(right.covered(arrow).percent() >= 78.0, "{}", right.covered(arrow).with_error());
        }
        // From pain to sleep half of the answers of 60 days are still mostly the prior, and say so.
        assert!(right.downgraded(0).percent() <= 15.0, "{}", right.downgraded(0).with_error());
        let clipped = Cell::count(World::Clipped, 60, 30, effort);
        let downgraded = clipped.downgraded(0).percent();
        assert!(downgraded > right.downgraded(0).percent() + 20.0, "{downgraded}");
    }

    #[test]
    fn quick_intervals_are_near_those_that_are_shipped() {
        let verdict = judge(World::AsModelled, 60, 0).expect("a person");
        // Both have a Monte-Carlo error of about 0.06 posterior SD at the ends, and the farthest of four counts.
        assert!(verdict.off.is_some_and(|off| off < 0.5), "{:?}", verdict.off);
    }
}
