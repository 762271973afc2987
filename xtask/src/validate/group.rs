//! Checks the fit of many people: planted populations, how near the estimates come, how often intervals hold them.

use std::num::NonZeroUsize;

use anyhow::{Context, Result};
use jiff::civil::date;
use nightmend_domain::estimate::Interval;
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::draws::{mean, standard_deviation};
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::group::{GroupEstimate, GroupMember, GroupSettings, fit_group};
use nightmend_loop::{PainMeasure, Seed, Series, SleepMeasure};
use nightmend_sim::Stream;

use super::people::for_each;
use super::text::{Share, table};
use super::{Effort, Pages};

const PERSONS: u64 = 131;
const DAYS: usize = 21;
const MISSING: f64 = 0.11;
const FIRST_SEED: u64 = 44_000;
/// Innovations of sleep and of pain of the typical person, in hours and points.
const HOURS: f64 = 1.1;
const POINTS: f64 = 1.5;

/// Runs the recovery of planted populations.
pub(super) fn run(effort: Effort) -> Result<Pages> {
    let panels = if effort.full { 6 } else { 2 };
    let (mut sections, mut all) = (Vec::new(), Share::default());
    for (index, population) in POPULATIONS.iter().enumerate() {
        let seed = FIRST_SEED + 1_000 * index as u64;
        let recovery = recover(population, panels, seed, effort)?;
        for held in recovery.lines.iter().filter(|line| !line.at_the_edge()).map(Line::held) {
            all = Share { hits: all.hits + held.hits, of: all.of + held.of };
        }
        sections.push(section(population, &recovery));
        eprintln!("  {}: done", population.name);
    }
    let text = format!(
        "# Many people: are planted populations found?\n\n\
         Written by `cargo xtask validate --only group{}`; the same bytes every time. {panels} panels of {PERSONS} \
         people and {DAYS} days, {:.0} % of either series missing, fitted by `nightmend_loop::group::fit_group` \
         with everyone sampled together (the exact form), with as many draws as an answer has. Every person has their own arrows, carry-overs, levels and variability, normal around the population's \
         (carry-overs on the atanh scale, variability on the log scale). Arrows in points per hour and hours per point. \
         \"Off\": mean error over panels, with its standard error; \"in 95 %\": how often the interval held the truth.\n\n\
         **In short:** over all quantities and panels the 95 % intervals held {} %.\n\n{IN_SHORT}\n\n{}",
        if effort.full { " --full" } else { "" },
        100.0 * MISSING,
        all.with_error(),
        sections.join("\n")
    );
    Ok(vec![("group.md", text)])
}

/// What the tables come to, in words that whoever changes the form or the seeds must read again.
const IN_SHORT: &str = "**How to read it.** A share of 95 % over so few panels is known to nine points, so a single cell between 70 \
    and 100 says nothing; all cells together do. Everyone in a panel is drawn towards the same population found, so that persons' \
    shares go up and down with panels (by seven points in the plainest model, decision 0027): their standard errors, in brackets, are \
    those of panels. The first population is the fit's own model, but for its priors, which are weak and not what panels were drawn \
    from; in the others everyone has the same error however much they vary. Where nobody differs, 100 % is what intervals that \
    allow for differences hold.";

/// A planted population: means and between-person SDs, effects in SDs of innovations.
struct Population {
    name: &'static str,
    sleep_to_pain: (f64, f64),
    pain_to_sleep: (f64, f64),
    atanh_phi_sleep: (f64, f64),
    atanh_phi_pain: (f64, f64),
    /// What is written down around what was: hours and points.
    error: [f64; 2],
    whose_error: WhoseError,
}

/// How errors differ between persons.
#[derive(Clone, Copy)]
enum WhoseError {
    /// Everyone's error is the same share of their variability, as the fit has it.
    Share,
    /// Everyone's error is the same in hours and points, however much they vary.
    Same,
}

const POPULATIONS: [Population; 4] = [
    Population {
        name: "An average and differing effect, errors as the fit has them (0.4 h and 0.7 points of who varies as most do, in \
               proportion of others)",
        sleep_to_pain: (-0.16, 0.16),
        pain_to_sleep: (0.01, 0.09),
        atanh_phi_sleep: (0.15, 0.15),
        atanh_phi_pain: (0.35, 0.27),
        error: [0.4, 0.7],
        whose_error: WhoseError::Share,
    },
    Population {
        name: "The same effect, errors of 0.4 h and 0.7 points for everyone",
        sleep_to_pain: (-0.16, 0.16),
        pain_to_sleep: (0.01, 0.09),
        atanh_phi_sleep: (0.15, 0.15),
        atanh_phi_pain: (0.35, 0.27),
        error: [0.4, 0.7],
        whose_error: WhoseError::Same,
    },
    Population {
        name: "No link in anybody, errors of 0.4 h and 0.7 points for everyone",
        sleep_to_pain: (0.0, 0.0),
        pain_to_sleep: (0.0, 0.0),
        atanh_phi_sleep: (0.15, 0.15),
        atanh_phi_pain: (0.35, 0.27),
        error: [0.4, 0.7],
        whose_error: WhoseError::Same,
    },
    Population {
        name: "A strong loop both ways, measured without error (the fit expects some)",
        sleep_to_pain: (-0.35, 0.15),
        pain_to_sleep: (-0.20, 0.10),
        atanh_phi_sleep: (0.15, 0.15),
        atanh_phi_pain: (0.35, 0.20),
        error: [0.0, 0.0],
        whose_error: WhoseError::Same,
    },
];

/// One line of a section: what was planted, and what each panel found.
struct Line {
    name: String,
    truth: f64,
    found: Vec<(f64, Interval)>,
}

impl Line {
    /// An SD of exactly zero lies at the edge, which no interval of an SD can hold.
    fn at_the_edge(&self) -> bool {
        self.truth == 0.0 && self.name.ends_with("SD")
    }

    fn held(&self) -> Share {
        Share::of(self.found.iter().map(|(_, ci)| (ci.low..=ci.high).contains(&self.truth)))
    }
}

struct Recovery {
    lines: Vec<Line>,
    /// Of both arrows.
    persons: [OfPersons; 2],
    /// Panels whose sampling met the standard of an answer.
    met: Share,
    divergences: u64,
    rhat_max: f64,
    ess_bulk_min: f64,
}

fn recover(population: &Population, panels: u64, seed: u64, effort: Effort) -> Result<Recovery> {
    let fits = for_each(panels, effort.threads, |panel| fit_panel(population, PERSONS, DAYS, seed + panel));
    let fits = fits.into_iter().collect::<Result<Vec<Fit>>>()?;
    let mut lines = Vec::new();
    for (kind, truths) in [("mean", population.means()), ("between-person SD", population.spreads())] {
        for (place, truth) in truths.into_iter().enumerate() {
            let found = fits.iter().map(|fit| {
                let quantity =
                    if kind == "mean" { fit.answer.population } else { fit.answer.between_person_sd };
                let (_, summary) = quantity.named()[place];
                (summary.mean, summary.ci95)
            });
            let name = fits.first().map_or("", |fit| fit.answer.population.named()[place].0);
            lines.push(Line { name: format!("{name}, {kind}"), truth, found: found.collect() });
        }
    }
    let diagnostics = || fits.iter().map(|fit| fit.answer.diagnostics);
    Ok(Recovery {
        lines,
        persons: [0, 1]
            .map(|arrow| OfPersons { held: fits.iter().map(|fit| fit.persons_held[arrow]).collect() }),
        met: Share::of(diagnostics().map(|one| one.meets_the_standard())),
        divergences: diagnostics().map(|one| one.divergences).sum(),
        rhat_max: diagnostics().map(|one| one.rhat_max).fold(f64::NAN, f64::max),
        ess_bulk_min: diagnostics().map(|one| one.ess_bulk_min).fold(f64::NAN, f64::min),
    })
}

/// In how many persons the 90 % interval of their own arrow held it, panel after panel.
struct OfPersons {
    held: Vec<Share>,
}

impl OfPersons {
    /// The percentage over all panels with its standard error; persons of a panel share its population, so that panels
    /// count and not persons.
    fn with_error(&self) -> String {
        let percent: Vec<f64> = self.held.iter().map(|held| held.percent()).collect();
        let error = standard_deviation(&percent) / (percent.len() as f64).sqrt();
        format!("{:.1} ({error:.1})", mean(&percent))
    }

    fn persons(&self) -> u64 {
        self.held.iter().map(|held| held.of).sum()
    }
}

/// One panel's answer, and in how many persons the 90 % interval of their own sleep-to-pain and pain-to-sleep arrow held
/// it.
struct Fit {
    answer: GroupEstimate,
    persons_held: [Share; 2],
}

fn fit_panel(population: &Population, persons: u64, days: usize, seed: u64) -> Result<Fit> {
    let lives: Vec<(GroupMember, [f64; 2])> =
        (0..persons).map(|person| population.live(days, seed, person)).collect::<Result<_>>()?;
    let members: Vec<GroupMember> = lives.iter().map(|(member, _)| member.clone()).collect();
    let mut settings = GroupSettings::default();
    // Panels share the threads, not chains.
    settings.nuts.threads = NonZeroUsize::MIN;
    let answer = fit_group(&members, &settings, Seed(seed), &NoProgress).context("fitting a panel")?;
    // Names are numbered with leading zeros, so that the answer is in the order of the lives.
    let persons_held = [0, 1].map(|arrow| {
        Share::of(answer.persons.iter().zip(&lives).map(|(one, (_, truth))| {
            let Interval { low, high } =
                [one.estimates.sleep_to_pain, one.estimates.pain_to_sleep][arrow].ci90;
            (low..=high).contains(&truth[arrow])
        }))
    });
    Ok(Fit { answer, persons_held })
}

impl Population {
    /// Sleep to pain, pain to sleep, carry-over of pain and of sleep, in natural units.
    fn means(&self) -> [f64; 4] {
        let carry = |scale| carry_over(scale).0;
        let per_hour = POINTS / HOURS;
        let Self { sleep_to_pain, pain_to_sleep, atanh_phi_pain, atanh_phi_sleep, .. } = self;
        [
            sleep_to_pain.0 * per_hour,
            pain_to_sleep.0 / per_hour,
            carry(*atanh_phi_pain),
            carry(*atanh_phi_sleep),
        ]
    }

    fn spreads(&self) -> [f64; 4] {
        let carry = |scale| carry_over(scale).1;
        let per_hour = POINTS / HOURS;
        let Self { sleep_to_pain, pain_to_sleep, atanh_phi_pain, atanh_phi_sleep, .. } = self;
        [
            sleep_to_pain.1 * per_hour,
            pain_to_sleep.1 / per_hour,
            carry(*atanh_phi_pain),
            carry(*atanh_phi_sleep),
        ]
    }

    /// One person's record and true arrows, sleep to pain in points per hour and pain to sleep in hours per point; 60 days
    /// to settle go before.
    fn live(&self, days: usize, seed: u64, person: u64) -> Result<(GroupMember, [f64; 2])> {
        let mut stream = Stream::new(seed, person);
        let mut own = |(mean, sd): (f64, f64)| mean + sd * stream.normal();
        let (b_sp, b_ps) = (own(self.sleep_to_pain), own(self.pain_to_sleep));
        let (phi_s, phi_p) = (own(self.atanh_phi_sleep).tanh(), own(self.atanh_phi_pain).tanh());
        let (mean_s, mean_p) = (own((6.8, 1.0)), own((4.0, 1.6)));
        // Variability of persons differs by a fifth or so. Effects are per innovation SD of the typical person.
        let (sigma_s, sigma_p) = (own((0.0, 0.2)).exp(), own((0.0, 0.2)).exp());
        let error = match self.whose_error {
            WhoseError::Share => [self.error[0] * sigma_s, self.error[1] * sigma_p],
            WhoseError::Same => self.error,
        };
        let (mut s, mut p) = (0.0, 0.0);
        let (mut sleep, mut pain) = (Vec::new(), Vec::new());
        for day in 0..days + 60 {
            s = phi_s * s + b_ps * p + sigma_s * stream.normal();
            p = phi_p * p + b_sp * s + sigma_p * stream.normal();
            let night = mean_s + HOURS * s + error[0] * stream.normal();
            let score = mean_p + POINTS * p + error[1] * stream.normal();
            let (night_kept, day_kept) = (!stream.chance(MISSING), !stream.chance(MISSING));
            if day >= 60 {
                sleep.push(night_kept.then_some(night));
                pain.push(day_kept.then_some(score));
            }
        }
        let first_date = date(2024, 1, 1);
        let columns = Columns { first_date, sleep, pain, weekend: weekend_flags(first_date, days) };
        let (name, measure) = ("pain".to_owned(), SleepMeasure::HoursDiary);
        let series = Series::new(columns, measure, PainMeasure::Nrs, name, Moment::Waking)
            .context("a simulated series")?;
        let member = GroupMember { person: format!("{person:05}"), series, covariates: Vec::new() };
        Ok((member, [b_sp * POINTS / HOURS, b_ps * HOURS / POINTS]))
    }
}

/// Mean and SD of tanh of a normal, by a sum over a fine grid.
fn carry_over((mean, sd): (f64, f64)) -> (f64, f64) {
    let (mut weight, mut first, mut second) = (0.0, 0.0, 0.0);
    for step in -600..=600 {
        let z = f64::from(step) / 100.0;
        let (density, value) = ((-0.5 * z * z).exp(), (mean + sd * z).tanh());
        (weight, first, second) =
            (weight + density, first + density * value, second + density * value * value);
    }
    (first / weight, (second / weight - (first / weight).powi(2)).max(0.0).sqrt())
}

fn section(population: &Population, recovery: &Recovery) -> String {
    let rows: Vec<Vec<String>> = recovery
        .lines
        .iter()
        .map(|line| {
            let count = line.found.len() as f64;
            let off: Vec<f64> = line.found.iter().map(|(mean, _)| mean - line.truth).collect();
            let bias = off.iter().sum::<f64>() / count;
            let sd = (off.iter().map(|one| (one - bias).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
            let width = line.found.iter().map(|(_, ci)| ci.high - ci.low).sum::<f64>() / count;
            vec![
                line.name.clone(),
                format!("{:+.3}", line.truth),
                format!("{bias:+.3} ({:.3})", sd / count.sqrt()),
                format!("{sd:.3}"),
                format!("{width:.3}"),
                if line.at_the_edge() { "at the edge".to_owned() } else { line.held().with_error() },
            ]
        })
        .collect();
    let [sleep_to_pain, pain_to_sleep] = &recovery.persons;
    let head = ["quantity", "planted", "off", "SD over panels", "width of 95 % interval", "in 95 %"];
    format!(
        "## {}\n{}\n\
         A person's own 90 % interval held their own arrow in {} % of {} persons from sleep to pain, in {} % from pain to \
         sleep. Sampling met its standard in {} of {} panels: largest R-hat {:.4}, smallest effective number of draws \
         {:.0}; divergent trajectories {}.\n",
        population.name,
        table(&head, &rows),
        sleep_to_pain.with_error(),
        sleep_to_pain.persons(),
        pain_to_sleep.with_error(),
        recovery.met.hits,
        recovery.met.of,
        recovery.rhat_max,
        recovery.ess_bulk_min,
        recovery.divergences
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_panel_finds_what_was_planted() {
        let fit = fit_panel(&POPULATIONS[0], 60, 21, 62_000).expect("a panel");
        let truths = POPULATIONS[0].means();
        for ((name, found), truth) in fit.answer.population.named().into_iter().zip(truths) {
            assert!((found.mean - truth).abs() < 3.5 * found.sd, "{name}: {found:?}, planted {truth}");
        }
        // Sixty persons at 90 %: a standard error of 4 points.
        for held in fit.persons_held {
            assert!((78.0..=100.0).contains(&held.percent()), "{held:?}");
        }
    }

    #[test]
    fn carry_overs_without_spread_are_themselves() {
        let (mean, sd) = carry_over((0.3, 0.0));
        assert!((mean - 0.3_f64.tanh()).abs() < 1e-12 && sd < 1e-6);
    }
}
