//! Lays an experiment out as the model sees it: one row a night, standardised, with gaps for pauses and washouts.

use jiff::civil::Weekday;
use nightmend_domain::estimate::{MeanSd, MeasurementError, Standardisation};
use nightmend_domain::plan::{Adherence, Design, Outcome, Rotation};
use nightmend_infer::draws;
use nightmend_loop::model::Parameter;
use nightmend_loop::{PainMeasure, Priors, SleepMeasure};

use crate::density::{Columns, Course, Side, StepPriors};
use crate::priors;
use crate::record::{NightRecord, Outcomes, Record};

/// What is left of a step for the next night beside what sleep and pain carry over anyway, in SD units.
const LEFT_OVER_SD: f64 = 0.2;
/// Prior width of the level of each series without the step, in SD units: it decides nothing. The loop's own prior (1) is
/// centred on the mean of all nights, of which part had the step; in an experiment it drew the level towards that mean and
/// the effect towards none (decision 0033).
pub(crate) const LEVEL_SD: f64 = 10.0;
/// Prior widths of the ln of the innovations' and of the errors' standard deviation. The loop's own priors (0.35; 0.4 to
/// 0.5) are as narrow as people are alike, which is what weeks of a strong carry-over or of precise answers contradict:
/// an effect's interval was then too wide, since the spread between nights is what it rests on. Here they only say the
/// order of magnitude: e² to either side holds 95 % (decision 0031).
const LN_SIGMA_SD: f64 = 1.0;
/// See [`LN_SIGMA_SD`].
const LN_ERROR_SD: f64 = 0.8;
/// Scale of how much long blocks differ for other reasons, in SD units: what the notes fix it at (section 3.2) is the
/// scale of a half-normal prior here, so that blocks that are alike may say so.
pub(crate) const BLOCK_SD: f64 = 0.3;
/// The prior width of the step's effect on the series that is not judged, in SD units.
const OTHER_EFFECT_SD: f64 = 0.5;

/// One outcome of an experiment, up to some night, ready for the model.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub outcome: Outcome,
    /// One row a date from the first night on; `None` where the experiment rested.
    pub nights: Vec<Option<NightRecord>>,
    pub columns: Columns,
    /// Centre and spread of the judged outcome.
    pub scale: MeanSd,
    /// Known nights of every arm.
    known: Vec<u32>,
    loop_priors: [MeanSd; nightmend_loop::model::PARAMETERS],
    first_state_sd: f64,
}

/// What the step column of the model holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dose {
    /// What the lot gave.
    Assigned,
    /// What was done, as far as it is known.
    Done,
}

impl Layout {
    /// Lays out `outcome` for the nights of the plan up to number `last`; `None` where the outcome never varies.
    pub fn of(
        record: &Record,
        outcomes: &Outcomes,
        hours: &SleepMeasure,
        outcome: Outcome,
        last: u16,
        dose: Dose,
    ) -> Option<Self> {
        let design = &record.plan.design;
        let nights = rows(record, last);
        let partner = partner_of(outcome, outcomes, &nights);
        let values = |outcome: Outcome| column(outcomes, outcome, &nights);
        let judged_values = values(outcome);
        let scale = spread(&judged_values)?;
        let other_values = partner.map_or_else(|| vec![None; nights.len()], values);
        // A partner that is unknown or never varies says nothing and is left out.
        let (other_values, other_scale) = spread(&other_values).map_or_else(
            || (vec![None; nights.len()], MeanSd { mean: 0.0, sd: 1.0 }),
            |scale| (other_values, scale),
        );
        let judged = if outcome.is_pain() { Side::Pain } else { Side::Sleep };
        let standard = |value: Option<f64>, scale: MeanSd| value.map(|value| (value - scale.mean) / scale.sd);
        let observed = judged_values.iter().zip(&other_values).map(|(mine, other)| {
            let (mine, other) = (standard(*mine, scale), standard(*other, other_scale));
            if judged == Side::Pain { [other, mine] } else { [mine, other] }
        });
        let sleep_outcome = if outcome.is_pain() { partner.unwrap_or(Outcome::SleepHours) } else { outcome };
        let (sleep, pain) = if outcome.is_pain() { (other_scale, scale) } else { (scale, other_scale) };
        let loop_priors = Priors::built_in().for_series(
            &measure(sleep_outcome, hours),
            PainMeasure::Nrs,
            &Standardisation { sleep, pain },
            MeasurementError::Prior,
        );
        let columns = Columns {
            observed: observed.collect(),
            weekend: weekend(record, nights.len()),
            inputs: (1..design.arms.len()).map(|arm| input(design, &nights, arm, dose)).collect(),
            course: Course::Carried,
            blocks: blocks(record, &nights),
            judged,
        };
        let known = (0..design.arms.len()).map(|arm| known(&nights, &judged_values, arm)).collect();
        Some(Self {
            outcome,
            nights,
            columns,
            scale,
            known,
            loop_priors: loop_priors.parameters,
            first_state_sd: loop_priors.first_state_sd,
        })
    }

    /// Returns the priors of the model with `effect` (in the outcome's unit) as that of tonight's effect.
    pub fn priors(&self, effect: MeanSd) -> StepPriors {
        let of = |parameter: Parameter| self.loop_priors[parameter.index()];
        let mine = MeanSd { mean: effect.mean / self.scale.sd, sd: effect.sd / self.scale.sd };
        let other = MeanSd { mean: 0.0, sd: OTHER_EFFECT_SD };
        let open = |parameter: Parameter, sd: f64| MeanSd { sd, ..of(parameter) };
        StepPriors {
            mean: MeanSd { mean: 0.0, sd: LEVEL_SD },
            atanh_phi: [of(Parameter::AtanhPhiSleep), of(Parameter::AtanhPhiPain)],
            sleep_to_pain: of(Parameter::SleepToPain),
            pain_to_sleep: of(Parameter::PainToSleep),
            ln_sigma: [Parameter::LnSigmaSleep, Parameter::LnSigmaPain].map(|each| open(each, LN_SIGMA_SD)),
            ln_error: [Parameter::LnErrorSleep, Parameter::LnErrorPain].map(|each| open(each, LN_ERROR_SD)),
            trend: of(Parameter::TrendPain),
            weekend: of(Parameter::WeekendPain),
            effect: if self.columns.judged == Side::Pain { [other, mine] } else { [mine, other] },
            left_over: MeanSd { mean: 0.0, sd: LEFT_OVER_SD },
            block_sd: BLOCK_SD,
            first_state_sd: self.first_state_sd,
        }
    }

    /// Returns the columns with an effect that is gone the next day, for the test of any change.
    pub fn on_top(&self) -> Columns {
        Columns { course: Course::OnTop, ..self.columns.clone() }
    }

    /// Returns the columns without the step, for the residuals of the randomisation test: nothing in them depends on
    /// the lot.
    pub fn without_step(&self) -> Columns {
        Columns { inputs: Vec::new(), blocks: None, ..self.columns.clone() }
    }

    /// Returns the known nights of an arm, and of the first.
    pub fn known_of(&self, arm: usize) -> [u32; 2] {
        [self.known[arm], self.known[0]]
    }

    /// Returns the mean of the outcome on nights of the first arm, in its unit.
    pub fn usual_level(&self) -> f64 {
        let side = self.columns.judged as usize;
        let nights = self.nights.iter().zip(&self.columns.observed);
        let of_first = nights.filter(|(night, _)| night.is_some_and(|night| night.assigned.arm == 0));
        let values: Vec<f64> = of_first.filter_map(|(_, row)| row[side]).collect();
        self.scale.mean + self.scale.sd * if values.is_empty() { 0.0 } else { draws::mean(&values) }
    }

    /// Returns the usual prior of tonight's effect of the plan's step.
    pub fn usual_prior(&self, design: &Design) -> MeanSd {
        priors::usual(&design.step, self.outcome)
    }
}

/// Returns one row a date from the first night to night `last` of the plan.
fn rows(record: &Record, last: u16) -> Vec<Option<NightRecord>> {
    let mut rows = Vec::new();
    let mut before: Option<jiff::civil::Date> = None;
    for night in record.nights.iter().filter(|night| night.assigned.number <= last) {
        let date = night.assigned.night.date();
        if let Some(before) = before {
            let rested = (date - before).get_days().saturating_sub(1);
            rows.extend(std::iter::repeat_n(None, usize::try_from(rested).unwrap_or(0)));
        }
        rows.push(Some(*night));
        before = Some(date);
    }
    rows
}

/// Returns the values of an outcome; a night of a washout or a rest has none.
fn column(outcomes: &Outcomes, outcome: Outcome, nights: &[Option<NightRecord>]) -> Vec<Option<f64>> {
    let of = |night: &NightRecord| {
        (!night.assigned.washout).then(|| outcomes.get(outcome, night.assigned.night.date())).flatten()
    };
    nights.iter().map(|night| night.as_ref().and_then(of)).collect()
}

/// Returns the series that stands on the other side of the loop: the one with the most values.
fn partner_of(outcome: Outcome, outcomes: &Outcomes, nights: &[Option<NightRecord>]) -> Option<Outcome> {
    let candidates: &[Outcome] = if outcome.is_pain() {
        &[Outcome::SleepHours, Outcome::SleepQuality, Outcome::SleepEfficiency]
    } else {
        &[Outcome::MorningPain, Outcome::DayPain]
    };
    let count = |one: &Outcome| column(outcomes, *one, nights).iter().flatten().count();
    // The first of equals: `max_by_key` takes the last, so the list is walked from its end.
    candidates.iter().copied().rev().max_by_key(count).filter(|best| count(best) > 0)
}

fn spread(values: &[Option<f64>]) -> Option<MeanSd> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let (mean, sd) = (draws::mean(&known), draws::standard_deviation(&known));
    (sd > 1e-9 && sd.is_finite()).then_some(MeanSd { mean, sd })
}

fn measure(outcome: Outcome, hours: &SleepMeasure) -> SleepMeasure {
    match outcome {
        Outcome::SleepEfficiency => {
            SleepMeasure::Index { name: "sleep efficiency".to_owned(), unit: "percent".to_owned() }
        }
        Outcome::SleepQuality => SleepMeasure::Rating { name: "sleep quality".to_owned() },
        Outcome::SleepHours | Outcome::MorningPain | Outcome::DayPain => hours.clone(),
    }
}

fn weekend(record: &Record, rows: usize) -> Vec<bool> {
    let first = record.nights.first().map(|night| night.assigned.night.date().weekday());
    let first = first.map_or(0, |day| day.to_monday_zero_offset() as usize);
    let saturday = Weekday::Saturday.to_monday_zero_offset() as usize;
    (0..rows).map(|row| (first + row) % 7 >= saturday).collect()
}

/// Returns how much of an arm each night got.
fn input(design: &Design, nights: &[Option<NightRecord>], arm: usize, dose: Dose) -> Vec<f64> {
    let of = |night: &Option<NightRecord>| {
        let Some(night) = night else { return 0.0 };
        match dose {
            Dose::Assigned => f64::from(u8::from(night.assigned.arm == arm)),
            Dose::Done => {
                exposure(design, night, arm).unwrap_or(f64::from(u8::from(night.assigned.arm == arm)))
            }
        }
    };
    nights.iter().map(of).collect()
}

/// Returns how much of `arm` a night got in truth, from 0 to 1; `None` where nothing was said. A night of the first arm
/// that did not go as assigned was a night with the step where there is only one other arm; with several, which one is
/// not known.
pub(crate) fn exposure(design: &Design, night: &NightRecord, arm: usize) -> Option<f64> {
    let followed = match night.done? {
        Adherence::Full => 1.0,
        Adherence::Partly => 0.5,
        Adherence::Not => 0.0,
    };
    if night.assigned.arm == arm {
        Some(followed)
    } else if night.assigned.arm == 0 && design.arms.len() == 2 {
        Some(1.0 - followed)
    } else {
        (followed >= 1.0).then_some(0.0)
    }
}

/// Returns the long block of every row, where the design has any; a rest belongs to the block before it.
fn blocks(record: &Record, nights: &[Option<NightRecord>]) -> Option<Vec<usize>> {
    let block_of = |night: &NightRecord| match record.plan.design.rotation {
        Rotation::PermutedBlocks { .. } => None,
        Rotation::LongBlocks { block, .. } => Some(usize::from((night.assigned.number - 1) / block)),
        Rotation::RandomStart { .. } => Some(usize::from(night.assigned.arm != 0)),
    };
    let mut last = 0;
    nights
        .iter()
        .map(|night| {
            last = night.as_ref().map_or(Some(last), block_of)?;
            Some(last)
        })
        .collect()
}

fn known(nights: &[Option<NightRecord>], values: &[Option<f64>], arm: usize) -> u32 {
    let of_arm = nights
        .iter()
        .zip(values)
        .filter(|(night, value)| value.is_some() && night.is_some_and(|night| night.assigned.arm == arm));
    of_arm.count() as u32
}
