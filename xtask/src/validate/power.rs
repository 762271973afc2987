//! Counts who is told of a true arrow by how long they kept the record, and whether the days said to be needed come true.

use anyhow::Result;
use nightmend_domain::NoProgress;
use nightmend_domain::estimate::{ArrowEstimate, LoopEstimate, LoopOutcome, Told};
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::claim::CLEAR;
use nightmend_loop::{Form, LoopSettings, Priors, Seed as FitSeed, Series, fit, preview};
use nightmend_sim::{PlantedLoop, Seed};

use super::drawing::{Line, Panel, panels};
use super::people::{as_series, evidence, for_each, live};
use super::text::{Share, table};
use super::{Effort, Pages};

const DAYS: [usize; 8] = [30, 45, 60, 90, 120, 180, 270, 365];
const SEED: u64 = 46_000;
/// Error of 0.4 hours in a diary, in SDs of sleep of 1.1 hours.
const DIARY_ERROR: f64 = 0.4 / 1.1;
/// The days on which people ask how long they still need.
const ASKED_AT: [usize; 2] = [60, 120];
/// No wait that is said is longer than this.
const LONGEST_WAIT: usize = 1_095;

/// A loop by name: sleep to pain, pain to sleep, both standardised.
struct Planted {
    name: &'static str,
    arrows: [f64; 2],
}

const LOOPS: [Planted; 3] = [
    Planted { name: "typical", arrows: [-0.16, -0.03] },
    Planted { name: "strong", arrows: [-0.30, -0.20] },
    Planted { name: "very strong", arrows: [-0.45, -0.30] },
];

impl Planted {
    /// Carry-overs as in the panel fit; hours kept with an error of 0.4, whole points, a tenth of either missing.
    fn person(&self) -> PlantedLoop {
        PlantedLoop {
            sleep_autoregression: 0.15,
            pain_autoregression: 0.30,
            sleep_to_pain: self.arrows[0],
            pain_to_sleep: self.arrows[1],
            sleep_error_sd: DIARY_ERROR,
            ..PlantedLoop::none(0.0)
        }
    }
}

/// Runs both tables: 200 people a loop, or 500 in the full form.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let (people, asking) = if effort.full { (500, 250) } else { (200, 60) };
    let curves: Vec<Curve> = (0..LOOPS.len())
        .map(|index| {
            let curve = Curve::count(index, people, effort);
            eprintln!("  {} loop: done", LOOPS[index].name);
            curve
        })
        .collect();
    let waits: Vec<Waits> = ASKED_AT
        .iter()
        .map(|asked_at| {
            let waits = Waits::count(*asked_at, asking, effort);
            eprintln!("  asked at night {asked_at}: done");
            waits
        })
        .collect();
    Ok(vec![("power.md", page(&curves, &waits, people, asking, effort)), ("power.svg", figure(&curves))])
}

/// Who of one kind of loop is told by how many days.
struct Curve {
    planted: &'static Planted,
    /// For each of `DAYS`: told with the right sign, for both arrows, and told of either with the wrong one.
    right: Vec<[Share; 2]>,
    wrong: Vec<Share>,
    /// At nights 90 and 180 of a living record, either of them.
    living: [Share; 2],
}

impl Curve {
    fn count(index: usize, people: u64, effort: Effort) -> Self {
        let (planted, priors) = (&LOOPS[index], Priors::built_in());
        let person = planted.person();
        let seed = SEED + index as u64;
        let each: Vec<Vec<[f64; 2]>> = for_each(people, effort.threads, |number| {
            let whole = as_series(&live(&person, DAYS[DAYS.len() - 1], Seed::new(seed).person(number)));
            DAYS.iter()
                .map(|days| evidence(&whole.first_days(*days), &priors).unwrap_or([0.0; 2]))
                .map(|z| [0, 1].map(|arrow| z[arrow] * planted.arrows[arrow].signum()))
                .collect()
        });
        let at = |day: usize, arrow: usize| each.iter().map(move |one| one[day][arrow]);
        let looks =
            CLEAR.looks.map(|look| DAYS.iter().position(|days| *days == look).expect("a look is a row"));
        Self {
            planted,
            right: (0..DAYS.len())
                .map(|day| [0, 1].map(|arrow| Share::of(at(day, arrow).map(|z| z >= CLEAR.archive))))
                .collect(),
            wrong: (0..DAYS.len())
                .map(|day| Share::of(each.iter().map(|one| one[day].iter().any(|z| *z <= -CLEAR.archive))))
                .collect(),
            living: [0, 1].map(|arrow| {
                Share::of(each.iter().map(|one| {
                    // Told at a look, and today's data (the last look) still point the same way.
                    one[looks[1]][arrow] > 0.0 && looks.iter().any(|look| one[*look][arrow] >= CLEAR.living)
                }))
            }),
        }
    }
}

/// One arrow of somebody who was told how many more days it would need.
#[derive(Debug, Clone, Copy)]
struct Wait {
    more: usize,
    /// Clear by the days said, in one look: at best, as said, at worst; `None` where no number was said.
    clear: [Option<bool>; 3],
}

/// What came of everybody who asked on one day.
struct Waits {
    asked_at: usize,
    already: u64,
    unsaid: u64,
    /// Of those without a number: clear within three years all the same.
    unsaid_clear: Share,
    waits: Vec<Wait>,
}

/// What one arrow was told, before it is known what comes of it.
enum Answer {
    Already,
    Unsaid { clear_in_the_end: bool },
    Said(Wait),
}

impl Waits {
    fn count(asked_at: usize, people: u64, effort: Effort) -> Self {
        let each = for_each(people, effort.threads, |person| ask(asked_at, person));
        let mut waits =
            Self { asked_at, already: 0, unsaid: 0, unsaid_clear: Share::default(), waits: Vec::new() };
        let mut unsaid = Vec::new();
        for answer in each.into_iter().flatten().flatten() {
            match answer {
                Answer::Already => waits.already += 1,
                Answer::Unsaid { clear_in_the_end } => unsaid.push(clear_in_the_end),
                Answer::Said(wait) => waits.waits.push(wait),
            }
        }
        waits.unsaid = unsaid.len() as u64;
        waits.unsaid_clear = Share::of(unsaid);
        waits
    }

    fn came_true(&self, from: usize, to: usize, which: usize) -> Share {
        let within = self.waits.iter().filter(|wait| (from..to).contains(&wait.more));
        Share::of(within.filter_map(|wait| wait.clear[which]))
    }
}

/// Somebody drawn from the priors asks on a day; then the record goes on.
fn ask(asked_at: usize, person: u64) -> Option<Vec<Answer>> {
    let seed = SEED + 1_000 + asked_at as u64;
    let mut stream = Stream::new(seed, person);
    let (whole, arrows) = loop {
        let arrows = [-0.08 + 0.15 * stream.normal(), -0.03 + 0.13 * stream.normal()];
        let planted = PlantedLoop {
            sleep_autoregression: (0.25 + 0.3 * stream.normal()).tanh(),
            pain_autoregression: (0.35 + 0.3 * stream.normal()).tanh(),
            sleep_to_pain: arrows[0],
            pain_to_sleep: arrows[1],
            sleep_error_sd: DIARY_ERROR,
            ..PlantedLoop::none(0.0)
        };
        if let Ok(record) = planted.series(asked_at + LONGEST_WAIT, Seed::new(seed).person(person)) {
            break (as_series(&record), arrows);
        }
    };
    let estimate = answer(&whole.first_days(asked_at), FitSeed(person))?;
    let both = [&estimate.sleep_to_pain, &estimate.pain_to_sleep];
    Some((0..2).map(|arrow| follow(&whole, asked_at, both[arrow], arrow, arrows[arrow])).collect())
}

/// The quick first answer, or the sampler's where it declines.
fn answer(series: &Series, seed: FitSeed) -> Option<Box<LoopEstimate>> {
    let mut settings = LoopSettings { form: Form::OnePain, ..LoopSettings::default() };
    if let LoopOutcome::Estimated(estimate) = preview(series, &settings, seed).ok()? {
        return Some(estimate);
    }
    settings.nuts = NutsSettings { chains: 2, draws: 500, ..settings.nuts };
    match fit(series, &settings, seed, &NoProgress).ok()? {
        LoopOutcome::Estimated(estimate) => Some(estimate),
        LoopOutcome::CannotTell(_) => None,
    }
}

/// Looks at the record again after the days that were said.
fn follow(whole: &Series, asked_at: usize, estimate: &ArrowEstimate, arrow: usize, truth: f64) -> Answer {
    let priors = Priors::built_in();
    let is_clear_after = |more: usize| {
        evidence(&whole.first_days(asked_at + more), &priors)
            .is_some_and(|z| z[arrow] * truth.signum() >= CLEAR.archive)
    };
    if estimate.told == Told::Clear {
        return Answer::Already;
    }
    let needed = estimate.days_needed;
    let Some(more) = needed.more_days else {
        return Answer::Unsaid { clear_in_the_end: is_clear_after(LONGEST_WAIT) };
    };
    let after = |days: Option<u32>| days.map(|days| is_clear_after((days as usize).min(LONGEST_WAIT)));
    Answer::Said(Wait {
        more: more as usize,
        clear: [after(needed.at_best), after(needed.more_days), after(needed.at_worst)],
    })
}

const BINS: [(usize, usize); 4] = [(0, 61), (61, 181), (181, 366), (366, LONGEST_WAIT + 1)];

fn page(curves: &[Curve], waits: &[Waits], people: u64, asking: u64, effort: Effort) -> String {
    let command = if effort.full { " --full" } else { "" };
    format!(
        "# Power: how long until an arrow is told?\n\n\
         Written by `cargo xtask validate --only power{command}`; the same bytes every time; seeds from {SEED} on. Sleep 7 h \
         (SD 1.1) kept in a diary that is wrong by 0.4 h, pain 4 (SD 1.5) in whole points, a tenth of either missing, \
         carry-over 0.15 of sleep and 0.30 of pain. Effects are standardised. Cells are percentages of {people} people who \
         are told of the arrow with its true sign in one look at the finished record (`abs(z)` from {} on); the standard \
         error is {:.1} points at 50 %. The same people at every length.\n\n{}\n\
         ![Who is told of a true arrow](power.svg)\n\n{}\n{}",
        CLEAR.archive,
        100.0 * (0.25 / people as f64).sqrt(),
        curves_text(curves),
        living_text(curves),
        waits_text(waits, asking),
    )
}

fn curves_text(curves: &[Curve]) -> String {
    let mut head = vec!["loop".to_owned(), "arrow".to_owned(), "effect".to_owned()];
    head.extend(DAYS.map(|days| format!("{days} d")));
    let mut rows = Vec::new();
    for curve in curves {
        for arrow in 0..2 {
            let mut row = vec![
                curve.planted.name.to_owned(),
                ["sleep to pain", "pain to sleep"][arrow].to_owned(),
                format!("{:+.2}", curve.planted.arrows[arrow]),
            ];
            row.extend(curve.right.iter().map(|right| right[arrow].rough()));
            rows.push(row);
        }
        let mut row = vec![curve.planted.name.to_owned(), "either, wrong sign".to_owned(), String::new()];
        row.extend(curve.wrong.iter().map(|share| share.rough()));
        rows.push(row);
    }
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&head, &rows)
}

fn living_text(curves: &[Curve]) -> String {
    let rows: Vec<String> = curves
        .iter()
        .map(|curve| {
            let [there, back] = curve.living;
            format!("{} {} and {}", curve.planted.name, there.rough(), back.rough())
        })
        .collect();
    format!(
        "A living record, looked at on nights {} and {} (from {}): told of sleep to pain and of pain to sleep after night \
         {} (%): {}.\n",
        CLEAR.looks[0],
        CLEAR.looks[1],
        CLEAR.living,
        CLEAR.looks[1],
        rows.join("; ")
    )
}

fn waits_text(all: &[Waits], asking: u64) -> String {
    let mut rows = Vec::new();
    for waits in all {
        for (from, to) in BINS {
            let as_said = waits.came_true(from, to, 1);
            if as_said.of == 0 {
                continue;
            }
            rows.push(vec![
                waits.asked_at.to_string(),
                format!("{from} to {}", to - 1),
                as_said.of.to_string(),
                waits.came_true(from, to, 0).with_error(),
                as_said.with_error(),
                waits.came_true(from, to, 2).with_error(),
            ]);
        }
        let (whole, to) = (waits.came_true(0, usize::MAX, 1), usize::MAX);
        rows.push(vec![
            waits.asked_at.to_string(),
            "all".to_owned(),
            whole.of.to_string(),
            waits.came_true(0, to, 0).with_error(),
            whole.with_error(),
            waits.came_true(0, to, 2).with_error(),
        ]);
    }
    let head = [
        "asked on night",
        "days said",
        "arrows",
        "clear at the best figure",
        "clear as said",
        "clear at the worst",
    ];
    let unsaid: Vec<String> = all
        .iter()
        .map(|waits| {
            format!(
                "on night {}, {} arrows were already clear and {} got no number; of these {} % were clear three years on",
                waits.asked_at,
                waits.already,
                waits.unsaid,
                waits.unsaid_clear.rough()
            )
        })
        .collect();
    format!(
        "## Do the days said to be needed come true?\n\
         {asking} people for each night, arrows and carry-overs drawn from the priors for hours, ask how many more days \
         each arrow needs (finished record, the quick first answer); the same record then goes on. *Clear as said*: in how many (in %) the arrow was \
         clear, with its true sign, after the days said. The figures are foretold from today's evidence and what is believed \
         of the arrow (decision 0023): 25 of 100 should be clear by the best figure, 50 as said and 75 by the worst. \
         That should hold in every row. An arrow counts in a column only if it was told that figure. In brackets the standard error.\n\n{}\n- {}.\n",
        table(&head, &rows),
        unsaid.join("; ")
    )
}

fn figure(curves: &[Curve]) -> String {
    let line = |name: &str, is_ours: bool, values: Vec<f64>| Line { name: name.to_owned(), is_ours, values };
    let all: Vec<Panel> = curves
        .iter()
        .map(|curve| {
            let of = |arrow: usize| curve.right.iter().map(|right| right[arrow].percent()).collect();
            let [there, back] = curve.planted.arrows;
            Panel {
                title: format!("{}: {there:+.2}, {back:+.2}", curve.planted.name),
                lines: vec![line("sleep to pain", true, of(0)), line("pain to sleep", false, of(1))],
            }
        })
        .collect();
    panels(
        "People told of a true arrow (%)",
        "by days kept, one look; the dashed line is 5 %",
        &DAYS.map(|days| days.to_string()),
        &all,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn longer_records_tell_more_and_strong_loops_sooner() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let curve = Curve::count(1, 60, effort);
        let told = |day: usize| curve.right[day][0].percent();
        assert!(told(7) > told(3) && told(3) >= told(0), "{} {} {}", told(0), told(3), told(7));
        assert!(told(7) > 80.0 && curve.wrong.iter().all(|share| share.hits <= 1));
    }

    #[test]
    fn a_few_people_ask_and_get_an_answer() {
        let effort = Effort { full: false, threads: NonZeroUsize::MIN };
        let waits = Waits::count(60, 8, effort);
        assert_eq!(waits.already + waits.unsaid + waits.waits.len() as u64, 16);
        // The best figure is never later than the one said.
        for wait in &waits.waits {
            assert!(wait.clear[0].is_some() && wait.clear[1].is_some() && wait.more >= 1);
        }
    }
}
