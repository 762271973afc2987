//! Analyses an experiment: the effect on every outcome, the looks, the verdict.

use nightmend_domain::estimate::MeanSd;
use nightmend_domain::plan::{Adherence, Design, Outcome};
use nightmend_domain::step_result::{
    Belief, CarryOver, EveryNight, Instrumental, InstrumentalRefusal, Interval90, Look, NightCounts,
    OutcomeResult, RandomisationTest, StepResult,
};
use nightmend_infer::laplace;
use nightmend_infer::random::Stream;
use nightmend_loop::SleepMeasure;

use crate::columns::{self, Dose, Layout};
use crate::density::{Side, StepDensity};
use crate::posterior::{Mixture, Posterior};
use crate::priors;
use crate::randomisation::randomisation_test;
use crate::record::{Outcomes, Record};
use crate::verdict::{self, Figures, PlannedLook};
use crate::words;

/// How to analyse an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisSettings {
    /// Who counted the hours slept.
    pub hours: SleepMeasure,
    /// Whether the person ended the experiment before its last night: no further look will come.
    pub ended: bool,
    /// Where the experiment was run.
    pub origin: Origin,
    /// The nights that its plan had before each time that it was made longer, in order.
    pub extended_from: Vec<u16>,
}

impl AnalysisSettings {
    fn planned_looks(&self, design: &Design) -> Vec<PlannedLook> {
        let lengths: Vec<u16> = self.extended_from.iter().copied().chain([design.nights]).collect();
        verdict::planned_looks(&lengths, design.rotation)
    }
}

/// Where an experiment was run, which decides what can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Here: drawn by our lot, looked at as planned.
    Here,
    /// Elsewhere, and looked at once, at its end.
    Elsewhere {
        /// Whether it is known how the lot was drawn; without that there is no randomisation test.
        lot_known: bool,
    },
}

impl Default for AnalysisSettings {
    /// Returns hours from a diary and an experiment of ours that goes on.
    fn default() -> Self {
        Self {
            hours: SleepMeasure::HoursDiary,
            ended: false,
            origin: Origin::Here,
            extended_from: Vec::new(),
        }
    }
}

/// Analyses an experiment as it stands. The same record gives the same answer: nothing here is drawn anew.
///
/// The verdict comes from the looks alone, each on the nights up to it; the figures of the outcomes are those of all
/// nights so far.
#[must_use]
pub fn analyse(record: &Record, outcomes: &Outcomes, settings: &AnalysisSettings) -> StepResult {
    let design = &record.plan.design;
    let looks = looks(record, outcomes, settings);
    let last = record.nights.last().map_or(0, |night| night.assigned.number);
    let mut order: Vec<Outcome> = vec![design.outcome];
    order.extend(outcomes.known().filter(|outcome| *outcome != design.outcome));
    let mut results = Vec::new();
    let mut carry_over = None;
    for outcome in order {
        for arm in judged_first(design.judged, design.arms.len()) {
            if let Some(found) = weigh(record, outcomes, settings, outcome, arm, last) {
                if found.result.judged {
                    carry_over = Some(found.carry_over);
                }
                results.push(found.result);
            }
        }
    }
    let nights = settings.planned_looks(design).into_iter().map(|look| look.night);
    let next_look = nights.filter(|night| *night > last).min().filter(|_| !settings.ended);
    let mut result = StepResult {
        design: design.clone(),
        fingerprint: record.plan.fingerprint.clone(),
        nights: count(record, outcomes),
        outcomes: results,
        carry_over,
        verdict: verdict::overall(&looks),
        looks,
        next_look,
        sentence: String::new(),
        remarks: Vec::new(),
        issues: record.issues.clone(),
    };
    result.sentence = words::sentence(&result, settings.ended);
    result.remarks = words::remarks(&result);
    result
}

/// Returns the looks that have come due: what each saw, and its verdict.
#[must_use]
pub fn looks(record: &Record, outcomes: &Outcomes, settings: &AnalysisSettings) -> Vec<Look> {
    let design = &record.plan.design;
    let last = record.nights.last().map_or(0, |night| night.assigned.number);
    let planned = match settings.origin {
        Origin::Here => settings.planned_looks(design),
        Origin::Elsewhere { .. } => vec![PlannedLook::after(last, design.nights, design.rotation)],
    };
    let due = planned.into_iter().filter(|look| look.night <= last);
    due.filter_map(|planned| look(record, outcomes, settings, &planned)).collect()
}

fn look(
    record: &Record,
    outcomes: &Outcomes,
    settings: &AnalysisSettings,
    planned: &PlannedLook,
) -> Option<Look> {
    let night = planned.night;
    let design = &record.plan.design;
    let layout = Layout::of(record, outcomes, &settings.hours, design.outcome, night, Dose::Assigned)?;
    let fitted = Fitted::of(&layout, layout.usual_prior(design), design.judged - 1)?;
    let usual = fitted.belief(&layout, layout.usual_prior(design), design.threshold);
    let better = design.outcome.better();
    let [p_benefit_sceptical, p_benefit_alone] =
        p_any_benefit(&layout, layout.usual_prior(design), design.judged - 1)?;
    let figures = Figures {
        p_benefit_sceptical,
        p_benefit_alone,
        p_at_least_threshold: usual.p_at_least_threshold,
        best_case: (better * usual.effect.low).max(better * usual.effect.high),
        p_harm: usual.p_harm,
        known: layout.known_of(design.judged),
    };
    Some(Look {
        night,
        p_benefit_sceptical,
        needed: planned.sceptical,
        p_benefit_alone,
        needed_alone: planned.alone,
        p_at_least_threshold: usual.p_at_least_threshold,
        effect: usual.effect,
        alone: fitted.alone(&layout),
        p_harm: usual.p_harm,
        verdict: verdict::judge(&figures, design.threshold, planned),
    })
}

/// Returns the probability of any benefit for a sceptic and by the nights alone, by the form of the test: an effect on top
/// of the night (decision 0049).
fn p_any_benefit(layout: &Layout, usual: MeanSd, arm: usize) -> Option<[f64; 2]> {
    let mut density = StepDensity::new(layout.on_top(), layout.priors(usual));
    let (outcome, unit) = (layout.outcome, layout.scale.sd);
    let sceptical = scaled(priors::sceptical(outcome), unit);
    let posterior = Posterior::explore(&mut density, arm, sceptical).ok()?;
    Some(
        [sceptical, scaled(priors::alone(outcome), unit)]
            .map(|prior| posterior.effect(prior).at_least(outcome.better(), 0.0)),
    )
}

fn judged_first(judged: usize, arms: usize) -> impl Iterator<Item = usize> {
    std::iter::once(judged).chain((1..arms).filter(move |arm| *arm != judged))
}

/// A fitted outcome: the posterior of tonight's effect of one arm.
struct Fitted {
    posterior: Posterior,
    usual: Mixture,
}

impl Fitted {
    /// Fits the model; `None` where no mode is found, which the caller says as "cannot tell".
    fn of(layout: &Layout, prior: MeanSd, arm: usize) -> Option<Self> {
        let mut density = StepDensity::new(layout.columns.clone(), layout.priors(prior));
        let prior = scaled(prior, layout.scale.sd);
        let posterior = Posterior::explore(&mut density, arm, prior).ok()?;
        let usual = posterior.effect(prior);
        usual.mean().is_finite().then_some(Self { posterior, usual })
    }

    fn alone(&self, layout: &Layout) -> Interval90 {
        let unit = layout.scale.sd;
        natural(self.posterior.effect(scaled(priors::alone(layout.outcome), unit)).interval(), unit)
    }

    fn belief(&self, layout: &Layout, prior: MeanSd, threshold: f64) -> Belief {
        let (better, unit) = (layout.outcome.better(), layout.scale.sd);
        let mixture = self.posterior.effect(scaled(prior, unit));
        let at_least = |benefit: f64| mixture.at_least(better, benefit / unit);
        let important = priors::minimal_important_change(layout.outcome, layout.usual_level());
        Belief {
            prior,
            effect: natural(mixture.interval(), unit),
            sd: unit * mixture.sd(),
            p_benefit: at_least(0.0),
            p_at_least_threshold: at_least(threshold),
            p_minimal_important: important.map(at_least),
            p_harm: 1.0 - at_least(-priors::harm_margin(layout.outcome)),
        }
    }
}

struct Weighed {
    result: OutcomeResult,
    carry_over: CarryOver,
}

/// Weighs one outcome and arm on all nights up to `last`; `None` where there is too little of it.
fn weigh(
    record: &Record,
    outcomes: &Outcomes,
    settings: &AnalysisSettings,
    outcome: Outcome,
    arm: usize,
    last: u16,
) -> Option<Weighed> {
    let design = &record.plan.design;
    let layout = Layout::of(record, outcomes, &settings.hours, outcome, last, Dose::Assigned)?;
    let known = layout.known_of(arm);
    if known.iter().any(|side| *side < verdict::LEAST_KNOWN_EACH) {
        return None;
    }
    let judged = outcome == design.outcome && arm == design.judged;
    let threshold =
        if outcome == design.outcome { design.threshold } else { priors::customary_threshold(outcome) };
    let prior = layout.usual_prior(design);
    let fitted = Fitted::of(&layout, prior, arm - 1)?;
    let unit = layout.scale.sd;
    let scaled_prior = scaled(prior, unit);
    let (spread, centre) = (unit * fitted.usual.sd(), unit * fitted.usual.mean());
    let density = (0..=80).map(|step| centre + spread * (f64::from(step) / 10.0 - 4.0));
    let result = OutcomeResult {
        outcome,
        arm: design.arms[arm].name.clone(),
        judged,
        threshold,
        nights_known: known.iter().sum(),
        usual: fitted.belief(&layout, prior, threshold),
        sceptical: fitted.belief(&layout, priors::sceptical(outcome), threshold),
        alone: fitted.alone(&layout),
        randomisation: (settings.origin != Origin::Elsewhere { lot_known: false })
            .then(|| test_of_the_lot(record, &layout, arm))
            .flatten(),
        density: density.map(|effect| (effect, fitted.usual.density(effect / unit) / unit)).collect(),
        instrumental: instrumental(record, &layout, &fitted.usual, arm),
        as_done: as_done(record, outcomes, settings, outcome, arm, last),
        every_night: every_night(&fitted.posterior, scaled_prior, layout.columns.judged, arm - 1, unit),
    };
    let carry_over = carry_over(&fitted.posterior, scaled_prior, layout.columns.judged, arm - 1, unit);
    Some(Weighed { result, carry_over })
}

fn scaled(prior: MeanSd, unit: f64) -> MeanSd {
    MeanSd { mean: prior.mean / unit, sd: prior.sd / unit }
}

fn natural(interval: Interval90, unit: f64) -> Interval90 {
    let Interval90 { mean, low, high } = interval;
    Interval90 { mean: unit * mean, low: unit * low, high: unit * high }
}

/// Runs the randomisation test of one arm against the first.
fn test_of_the_lot(record: &Record, layout: &Layout, arm: usize) -> Option<RandomisationTest> {
    let mut density = StepDensity::new(layout.without_step(), layout.priors(MeanSd { mean: 0.0, sd: 1.0 }));
    let (start, scale) = density.start();
    let side = layout.columns.judged as usize;
    // Without a mode the standardised values themselves do: the test stays exact and loses some power.
    let residuals = laplace::climb(&mut density, &start, &scale)
        .ok()
        .and_then(|(mode, _)| density.surprises(&mode).ok())
        .unwrap_or_else(|| layout.columns.observed.iter().map(|row| row[side]).collect());
    let of_plan = layout.nights.iter().zip(&residuals);
    let (allocation, residuals): (Vec<usize>, Vec<Option<f64>>) = of_plan
        .filter_map(|(night, residual)| night.as_ref().map(|night| (night.assigned.arm, *residual)))
        .unzip();
    let design = Design { judged: arm, ..record.plan.design.clone() };
    randomisation_test(&design, &allocation, &residuals, layout.outcome.better())
}

/// Fewer answers about adherence than this on either side say nothing.
const LEAST_ANSWERS: usize = 5;
/// A difference in adherence whose lower end is below this is too little to divide by.
const LEAST_DIFFERENCE: f64 = 0.2;
/// Draws for the ratio of effect and difference in adherence.
const RATIO_DRAWS: usize = 2_000;

/// Divides the assigned effect by the difference in adherence (Angrist, Imbens and Rubin 1996,
/// 10.1080/01621459.1996.10476902): the effect of doing it on nights on which the lot decided whether it was done.
fn instrumental(record: &Record, layout: &Layout, effect: &Mixture, arm: usize) -> Instrumental {
    let design = &record.plan.design;
    let share = |assigned: usize| {
        let nights = layout.nights.iter().flatten().filter(|night| night.assigned.arm == assigned);
        let doses: Vec<f64> = nights.filter_map(|night| columns::exposure(design, night, arm)).collect();
        // Jeffreys' prior keeps a share of none or all from being certain.
        let count = doses.len() as f64;
        let mean = (doses.iter().sum::<f64>() + 0.5) / (count + 1.0);
        (doses.len() >= LEAST_ANSWERS).then_some((mean, (mean * (1.0 - mean) / (count + 2.0)).sqrt()))
    };
    let (Some(with), Some(without)) = (share(arm), share(0)) else {
        return Instrumental::Refused(InstrumentalRefusal::AdherenceUnknown);
    };
    let (difference, sd) = (with.0 - without.0, with.1.hypot(without.1));
    let (low, high) = (difference - 1.645 * sd, (difference + 1.645 * sd).min(1.0));
    if low < LEAST_DIFFERENCE {
        return Instrumental::Refused(InstrumentalRefusal::AdherenceHardlyDiffers);
    }
    let mut stream = Stream::new(1, 0xADE);
    let ratio = |effect: f64| {
        let divisor = (difference + sd * stream.normal()).clamp(0.5 * LEAST_DIFFERENCE, 1.0);
        layout.scale.sd * effect / divisor
    };
    let ratios: Vec<f64> = effect.draws(RATIO_DRAWS).into_iter().map(ratio).collect();
    let ascending = nightmend_infer::draws::sorted(&ratios);
    let at = |probability| nightmend_infer::draws::quantile(&ascending, probability);
    Instrumental::Effect {
        // The median: a ratio's mean is moved by a few small divisors.
        effect: Interval90 { mean: at(0.5), low: at(0.05), high: at(0.95) },
        adherence_difference: Interval90 { mean: difference, low, high },
    }
}

/// Refits with what was done in place of what was assigned; `None` where every known night went as assigned.
fn as_done(
    record: &Record,
    outcomes: &Outcomes,
    settings: &AnalysisSettings,
    outcome: Outcome,
    arm: usize,
    last: u16,
) -> Option<Interval90> {
    let layout = Layout::of(record, outcomes, &settings.hours, outcome, last, Dose::Done)?;
    let strayed = |night: &crate::record::NightRecord| night.done.is_some_and(|done| done != Adherence::Full);
    layout.nights.iter().flatten().any(strayed).then_some(())?;
    let fitted = Fitted::of(&layout, layout.usual_prior(&record.plan.design), arm - 1)?;
    Some(natural(fitted.usual.interval(), layout.scale.sd))
}

/// Above this probability that the loop's gain exceeds a half, nothing is said of the long run.
const GAIN_DOUBT: f64 = 0.1;

/// Projects to the step every night: `(I - A)⁻¹ (B + K / (1 - ρ))`, the judged side.
fn every_night(posterior: &Posterior, prior: MeanSd, side: Side, arm: usize, unit: f64) -> EveryNight {
    let gain = posterior.derive(prior, |position| StepDensity::dynamics(position).loop_gain());
    let p_gain_above_half = gain.above(0.5);
    if p_gain_above_half > GAIN_DOUBT {
        return EveryNight::LoopTooStrong { p_gain_above_half };
    }
    let press = posterior.derive(prior, |position| {
        let [[a, b], [c, d]] = StepDensity::dynamics(position).transition();
        let left = 1.0 / (1.0 - StepDensity::rho(position));
        let push = [Side::Sleep, Side::Pain].map(|side| {
            position[StepDensity::effect(arm, side)] + left * position[StepDensity::left_over(arm, side)]
        });
        let determinant = (1.0 - a) * (1.0 - d) - b * c;
        match side {
            Side::Sleep => ((1.0 - d) * push[0] + b * push[1]) / determinant,
            Side::Pain => (c * push[0] + (1.0 - a) * push[1]) / determinant,
        }
    });
    EveryNight::Projected(natural(press.interval(), unit))
}

fn carry_over(posterior: &Posterior, prior: MeanSd, side: Side, arm: usize, unit: f64) -> CarryOver {
    let next_night = posterior.derive(prior, |position| {
        let row = StepDensity::dynamics(position).transition()[side as usize];
        let effect = |side| position[StepDensity::effect(arm, side)];
        row[0] * effect(Side::Sleep)
            + row[1] * effect(Side::Pain)
            + position[StepDensity::left_over(arm, side)]
    });
    let half_life = posterior.derive(prior, |position| 0.5_f64.ln() / StepDensity::rho(position).ln());
    CarryOver { next_night: natural(next_night.interval(), unit), half_life_nights: half_life.interval() }
}

/// Counts how the nights went.
fn count(record: &Record, outcomes: &Outcomes) -> NightCounts {
    let design = &record.plan.design;
    let mut counts = NightCounts::default();
    for night in &record.nights {
        if night.assigned.arm == design.judged {
            counts.assigned_on += 1;
        } else if night.assigned.arm == 0 {
            counts.assigned_off += 1;
        } else {
            counts.other_arms += 1;
            continue;
        }
        counts.missed += u32::from(outcomes.get(design.outcome, night.assigned.night.date()).is_none());
        counts.washout += u32::from(night.assigned.washout);
        if let Some(done) = night.done {
            counts.adherence_known += 1;
            counts.as_assigned += match done {
                Adherence::Full => 1.0,
                Adherence::Partly => 0.5,
                Adherence::Not => 0.0,
            };
        }
    }
    counts
}
