//! Turns draws of standardised parameters into the numbers that a person reads, in natural units.

use nightmend_domain::estimate::{
    ArrowEstimate, BadDays, DaysNeeded, Dominant, Interval, LoopEstimate, LoopProvenance, Maturity, MeanSd,
    ParameterSummary, Press, Pulse, Record, Standardisation, Summary, Told,
};
use nightmend_infer::diagnostics::Convergence;
use nightmend_infer::{Draws, draws};

use crate::bad_days::{self, DAYS_OFF, Outlook};
use crate::checks::{self, Concern, Finding};
use crate::claim::{self, CLEAR, Clear, Evidence};
use crate::data::{PainMeasure, Series, SleepMeasure};
use crate::fit::{Fitted, LoopSettings, Seed, summarise_diagnostics};
use crate::hidden;
use crate::model::{Dynamics, NAMES, Parameter};
use crate::wait::Wait;
use crate::words;

/// Nights from which on a half-life and a spectral radius mean something.
pub(crate) const NIGHTS_FOR_DYNAMICS: u32 = 90;
/// How many days the impulse response runs over.
pub(crate) const PULSE_HORIZON_DAYS: usize = 14;
/// The short night of the pulse, in hours.
const SHORT_BY_HOURS: f64 = 3.0;
/// The poor night of the pulse where sleep is not in hours, in within-person standard deviations.
const POOR_BY_SD: f64 = 2.0;
/// Above this ratio of posterior to prior standard deviation an estimate is still mostly the prior.
const MOSTLY_PRIOR: f64 = 0.85;
/// An arrow within this many standard deviations of zero is as good as none.
const NEGLIGIBLE: f64 = 0.05;

/// Puts everything that a fit found into the form that leaves the crate.
pub(crate) fn estimate(fitted: &Fitted<'_>) -> LoopEstimate {
    let data = fitted.series.account();
    let mut sleep_to_pain = arrow(fitted, Parameter::SleepToPain);
    let mut pain_to_sleep = arrow(fitted, Parameter::PainToSleep);
    let findings = findings(fitted, &sleep_to_pain, &pain_to_sleep);
    sleep_to_pain.take_with(checks::cautions(fitted.series, &findings, Concern::SleepToPain));
    pain_to_sleep.take_with(checks::cautions(fitted.series, &findings, Concern::PainToSleep));
    sleep_to_pain.sentence = words::sleep_to_pain(fitted.series, &sleep_to_pain);
    pain_to_sleep.sentence = words::pain_to_sleep(fitted.series, &pain_to_sleep);
    let of = |quantity: fn(&Dynamics) -> f64| {
        summarise(&fitted.draws.derive(|draw| quantity(&Dynamics::of(draw))))
    };
    let long_enough = data.nights >= NIGHTS_FOR_DYNAMICS;
    let pairs: Vec<[f64; 2]> = fitted
        .draws
        .iter()
        .map(|draw| [draw[Parameter::SleepToPain.index()], draw[Parameter::PainToSleep.index()]])
        .collect();
    let (dominant, larger) = dominant(&pairs, fitted.told);
    let factor = natural_unit(fitted.series, &fitted.spread, Parameter::SleepToPain).0;
    let posterior = sleep_to_pain.standardised;
    let hidden_influence =
        hidden::influence(fitted.looked_at(), &fitted.spread, fitted.priors, posterior, factor);
    let mut sentences: Vec<String> = fitted.preview.iter().map(words::preview).collect();
    sentences.extend([&sleep_to_pain.sentence, &pain_to_sleep.sentence].map(String::clone));
    if sleep_to_pain.told == Told::Clear {
        sentences.extend(hidden_influence.as_ref().map(|hidden| hidden.sentence.clone()));
    }
    let beside = fitted.beside.as_ref().map(|found| found.beside.clone()).unwrap_or_default();
    sentences.extend(beside.curve.as_ref().and_then(|curve| curve.sentence.clone()));
    LoopEstimate {
        data,
        loop_gain: of(Dynamics::loop_gain),
        sleep_carry_over: of(|dynamics| dynamics.phi_sleep),
        pain_carry_over: of(|dynamics| dynamics.phi_pain),
        spectral_radius: long_enough.then(|| of(Dynamics::spectral_radius)),
        half_life_days: long_enough.then(|| of(half_life_days)),
        half_day: None,
        beside,
        pulse: pulse(fitted.series, &fitted.spread, &fitted.draws, |draw, change| {
            impulse_response(&Dynamics::of(draw), change)
        }),
        press: press(
            fitted.series,
            &fitted.spread,
            &fitted.draws,
            |draw| Dynamics::of(draw).press_held(),
            |draw| Dynamics::of(draw).press_responding(),
        ),
        bad_days: fitted.bad_days(),
        model: fitted.choice.clone(),
        latent: None,
        dominant,
        dominant_sentence: words::dominant(fitted.series, dominant, larger),
        p_sleep_to_pain_larger: larger,
        maturity: sleep_to_pain.maturity.min(pain_to_sleep.maturity),
        preview: fitted.preview,
        diagnostics: summarise_diagnostics(&fitted.draws, &fitted.convergence),
        standardisation: fitted.spread,
        hidden_influence,
        checks: findings.into_iter().map(|finding| finding.check).collect(),
        parameters: match &fitted.beside {
            Some(found) => parameters(&found.names, &found.priors, &fitted.draws, &fitted.convergence),
            None => parameters(&NAMES, &fitted.priors.parameters, &fitted.draws, &fitted.convergence),
        },
        sentences,
        provenance: provenance(fitted.series, fitted.settings, fitted.seed, "one pain a day"),
        sleep_to_pain,
        pain_to_sleep,
    }
}

impl Fitted<'_> {
    fn bad_days(&self) -> Option<BadDays> {
        let Self { series, spread, draws, settings, .. } = self;
        let at = bad_days::threshold(series.pain(), settings.bad_day)?;
        let border = bad_days::border(at, checks::step_of(series.pain()), spread);
        let change = pulse_change(series, spread);
        let words = words::pulse_change(series, change);
        bad_days::bad_days(
            series,
            at,
            &words,
            draws,
            |_| border,
            |draw| Some(outlook(draw, change / spread.sleep.sd, self.priors.with_measurement_error)),
        )
    }
}

/// Returns how pain lies around its level, and what a change of one night does to it, under one draw.
pub(crate) fn outlook(draw: &[f64], change: f64, with_measurement_error: bool) -> Outlook {
    let at = |parameter: Parameter| draw[parameter.index()];
    let dynamics = Dynamics::of(draw);
    let variance = |parameter: Parameter| (2.0 * at(parameter)).exp();
    let (sleep, pain) = (variance(Parameter::LnSigmaSleep), variance(Parameter::LnSigmaPain));
    let error = if with_measurement_error { variance(Parameter::LnErrorPain) } else { 0.0 };
    let b = dynamics.sleep_to_pain;
    let innovations = [[sleep, b * sleep], [b * sleep, pain + b * b * sleep]];
    Outlook {
        level: at(Parameter::MeanPain) + DAYS_OFF * at(Parameter::WeekendPain),
        spread: (bad_days::stationary(dynamics.transition(), innovations)[1][1] + error).sqrt(),
        response: impulse_response(&dynamics, change),
    }
}

/// Looks at what the posterior mean leaves over, and at how far the data are from the priors.
fn findings(fitted: &Fitted<'_>, there: &ArrowEstimate, back: &ArrowEstimate) -> Vec<Finding> {
    let mut findings = fitted.findings.clone().unwrap_or_else(|| {
        let centre: Vec<f64> =
            (0..NAMES.len()).map(|index| draws::mean(&fitted.draws.column(index))).collect();
        checks::inspect_less(fitted.looked_at(), fitted.series, &fitted.spread, fitted.priors, &centre)
    });
    findings.extend(checks::sampler(summarise_diagnostics(&fitted.draws, &fitted.convergence).rhat_max));
    findings.extend(checks::prior_conflict(there, Concern::SleepToPain));
    findings.extend(checks::prior_conflict(back, Concern::PainToSleep));
    findings
}

fn arrow(fitted: &Fitted<'_>, parameter: Parameter) -> ArrowEstimate {
    let data = fitted.series.account();
    let (evidence, told, pairs, outcomes) = match parameter {
        Parameter::PainToSleep => {
            (fitted.evidence.pain_to_sleep, fitted.told[1], data.pairs_pain_to_sleep, data.nights)
        }
        _ => (fitted.evidence.sleep_to_pain, fitted.told[0], data.pairs_sleep_to_pain, data.pain_days),
    };
    arrow_of(ArrowParts {
        natural: natural_unit(fitted.series, &fitted.spread, parameter),
        column: &fitted.draws.column(parameter.index()),
        prior: fitted.priors.parameters[parameter.index()],
        evidence,
        told,
        clear: CLEAR,
        pairs,
        outcomes,
        fitted: claim::FITTED_PER_SIDE,
        record: fitted.settings.record,
        days: fitted.series.days_of_both(),
    })
}

/// What an arrow is put together from, in whatever form of the model.
pub(crate) struct ArrowParts<'a> {
    /// What a standardised effect is multiplied by, and the unit it is then in.
    pub natural: (f64, String),
    /// The draws, standardised.
    pub column: &'a [f64],
    /// The prior, standardised.
    pub prior: MeanSd,
    pub evidence: Evidence,
    pub told: Told,
    /// What `abs(z)` must reach.
    pub clear: Clear,
    pub pairs: u32,
    /// How many values the arrow's outcome has, and how many things the evidence fits to them.
    pub outcomes: u32,
    pub fitted: f64,
    pub record: Record,
    /// Days since both series began.
    pub days: usize,
}

pub(crate) fn arrow_of(parts: ArrowParts<'_>) -> ArrowEstimate {
    let ArrowParts {
        natural: (factor, unit),
        column,
        prior,
        evidence: Evidence { z, effect },
        told,
        clear,
        pairs,
        outcomes,
        fitted,
        record,
        days,
    } = parts;
    let standardised = MeanSd { mean: draws::mean(column), sd: draws::standard_deviation(column) };
    let prior_share = (standardised.sd / prior.sd).powi(2).min(1.0);
    let mostly_prior = standardised.sd > MOSTLY_PRIOR * prior.sd;
    let data_only = claim::prior_divided_out(standardised, prior);
    let (outcomes, days) = (f64::from(outcomes.max(1)), days as f64);
    let unknown = MeanSd { mean: 0.0, sd: claim::WEAK_ARROW_SD };
    let wait = claim::prior_divided_out(effect, unknown).map(|weighed| Wait {
        z,
        weighed_to: weighed.sd,
        posterior: standardised,
        outcomes,
        fitted,
        days,
    });
    let days_needed = match (told, wait) {
        (Told::Clear, _) => DaysNeeded { more_days: Some(0), at_best: Some(0), at_worst: Some(0) },
        (Told::CannotTellYet, Some(wait)) => wait.days_needed(&clear, record),
        (Told::CannotTellYet, None) => DaysNeeded { more_days: None, at_best: None, at_worst: None },
    };
    ArrowEstimate {
        unit,
        effect: summarise(&column.iter().map(|value| value * factor).collect::<Vec<_>>()),
        p_negative: share(&column.iter().map(|value| -value).collect::<Vec<_>>()),
        standardised,
        prior: scaled(prior, factor),
        data_only: data_only.map(|data_only| scaled(data_only, factor)),
        z,
        clear: clear.at(record, days as usize),
        told,
        prior_share,
        mostly_prior,
        maturity: maturity(pairs, prior_share, mostly_prior),
        pairs,
        days_needed,
        cautions: Vec::new(),
        sentence: String::new(),
    }
}

fn maturity(pairs: u32, prior_share: f64, mostly_prior: bool) -> Maturity {
    if pairs < 30 || mostly_prior {
        Maturity::Prior
    } else if pairs >= 90 && prior_share < 0.5 {
        Maturity::Measured
    } else {
        Maturity::Emerging
    }
}

/// Returns by what a standardised effect is multiplied, and the unit it is then in.
pub(crate) fn natural_unit(series: &Series, spread: &Standardisation, parameter: Parameter) -> (f64, String) {
    let ratio = spread.pain.sd / spread.sleep.sd;
    let (sleep, pain) = (words::sleep_unit(series), words::pain_unit(series));
    let hours = is_hours(&series.sleep_measure);
    match (parameter, hours) {
        (Parameter::PainToSleep, true) => (60.0 / ratio, format!("minutes per {}", pain.one)),
        (Parameter::PainToSleep, false) => (1.0 / ratio, format!("{} per {}", sleep.many, pain.one)),
        _ => (ratio, format!("{} per {}", pain.many, sleep.one)),
    }
}

fn is_hours(measure: &SleepMeasure) -> bool {
    matches!(measure, SleepMeasure::HoursDiary | SleepMeasure::HoursDevice)
}

pub(crate) fn half_life_days(dynamics: &Dynamics) -> f64 {
    0.5_f64.ln() / dynamics.spectral_radius().ln()
}

/// Returns the change of the one short or poor night, in the unit of sleep.
pub(crate) fn pulse_change(series: &Series, spread: &Standardisation) -> f64 {
    if is_hours(&series.sleep_measure) { -SHORT_BY_HOURS } else { -POOR_BY_SD * spread.sleep.sd }
}

/// Follows one short night through every draw; `response` gives pain on each day after a standardised change.
pub(crate) fn pulse(
    series: &Series,
    spread: &Standardisation,
    draws: &Draws,
    response: impl Fn(&[f64], f64) -> [f64; PULSE_HORIZON_DAYS],
) -> Pulse {
    let change = pulse_change(series, spread);
    let mut by_day = vec![Vec::new(); PULSE_HORIZON_DAYS];
    let mut totals = Vec::new();
    for draw in draws.iter() {
        let natural = response(draw, change / spread.sleep.sd).map(|value| value * spread.pain.sd);
        totals.push(natural.iter().sum());
        by_day.iter_mut().zip(natural).for_each(|(column, value)| column.push(value));
    }
    let curve: Vec<Summary> = by_day.iter().map(|column| summarise(column)).collect();
    Pulse {
        change,
        change_unit: words::sleep_unit(series).many,
        change_in_words: words::pulse_change(series, change),
        unit: words::pain_unit(series).many,
        first_day: curve[0],
        total: summarise(&totals),
        horizon_days: PULSE_HORIZON_DAYS as u32,
        days_to_nine_tenths: days_to_nine_tenths(&curve),
        curve,
    }
}

/// Returns pain on the day after a night that differed by `change`, and on the days after that.
pub(crate) fn impulse_response(dynamics: &Dynamics, change: f64) -> [f64; PULSE_HORIZON_DAYS] {
    let transition = dynamics.transition();
    let mut state = [change, dynamics.sleep_to_pain * change];
    std::array::from_fn(|_| {
        let pain = state[1];
        state = [
            transition[0][0] * state[0] + transition[0][1] * state[1],
            transition[1][0] * state[0] + transition[1][1] * state[1],
        ];
        pain
    })
}

fn days_to_nine_tenths(curve: &[Summary]) -> u32 {
    let whole: f64 = curve.iter().map(|day| day.median.abs()).sum();
    let mut sum = 0.0;
    let reached = curve.iter().position(|day| {
        sum += day.median.abs();
        sum >= 0.9 * whole
    });
    reached.map_or(curve.len(), |day| day + 1) as u32
}

/// Says what a lasting change of sleep goes with, from the standardised long-run answers of every draw.
pub(crate) fn press(
    series: &Series,
    spread: &Standardisation,
    draws: &Draws,
    held: impl Fn(&[f64]) -> f64,
    responding: impl Fn(&[f64]) -> f64,
) -> Press {
    let factor = spread.pain.sd / spread.sleep.sd;
    Press {
        change_in_words: words::press_change(series),
        unit: words::pain_unit(series).many,
        held: summarise(&draws.derive(|draw| factor * held(draw))),
        responding: summarise(&draws.derive(|draw| factor * responding(draw))),
    }
}

/// Says which arrow is the stronger, from each draw's standardised pair of arrows.
pub(crate) fn dominant(pairs: &[[f64; 2]], told: [Told; 2]) -> (Dominant, f64) {
    let of = |quantity: fn(&[f64; 2]) -> f64| share(&pairs.iter().map(quantity).collect::<Vec<_>>());
    let larger = of(|[there, back]| there.abs() - back.abs());
    let both_negligible = of(|[there, back]| NEGLIGIBLE - there.abs().max(back.abs()));
    let dominant = if told[0] == Told::Clear && larger > 0.95 {
        Dominant::SleepToPain
    } else if told[1] == Told::Clear && larger < 0.05 {
        Dominant::PainToSleep
    } else if both_negligible > 0.8 {
        Dominant::Neither
    } else {
        Dominant::CannotTellYet
    };
    (dominant, larger)
}

pub(crate) fn parameters(
    names: &[impl AsRef<str>],
    priors: &[MeanSd],
    draws: &Draws,
    convergence: &[Convergence],
) -> Vec<ParameterSummary> {
    let row = |index: usize| {
        let column = draws.column(index);
        ParameterSummary {
            name: names[index].as_ref().to_owned(),
            mean: draws::mean(&column),
            sd: draws::standard_deviation(&column),
            prior: priors[index],
            rhat: convergence[index].rhat,
            ess_bulk: convergence[index].ess_bulk,
        }
    };
    (0..names.len()).map(row).collect()
}

pub(crate) fn provenance(series: &Series, settings: &LoopSettings, seed: Seed, form: &str) -> LoopProvenance {
    LoopProvenance {
        sleep: words::sleep_label(&series.sleep_measure),
        pain: series.pain_name.clone(),
        moment: series.moment,
        record: settings.record,
        measurement_error: settings.measurement_error,
        seed: seed.0,
        priors: match &settings.pack {
            None => settings.priors.label(),
            Some(pack) => format!("{}, {}", pack.label(), settings.priors.label()),
        },
        engine: format!("nightmend-loop {}, {form}", env!("CARGO_PKG_VERSION")),
    }
}

fn scaled(value: MeanSd, factor: f64) -> MeanSd {
    MeanSd { mean: value.mean * factor, sd: value.sd * factor }
}

/// Returns the share of values above zero.
fn share(values: &[f64]) -> f64 {
    values.iter().filter(|value| **value > 0.0).count() as f64 / values.len() as f64
}

/// Summarises draws of one quantity.
pub(crate) fn summarise(values: &[f64]) -> Summary {
    let ascending = draws::sorted(values);
    let at = |probability: f64| draws::quantile(&ascending, probability);
    Summary {
        mean: draws::mean(values),
        median: at(0.5),
        sd: draws::standard_deviation(values),
        ci50: Interval { low: at(0.25), high: at(0.75) },
        ci90: Interval { low: at(0.05), high: at(0.95) },
    }
}

/// Whether pain is the numeric rating scale, whose points need no further name.
pub(crate) fn is_nrs(measure: PainMeasure) -> bool {
    measure == PainMeasure::Nrs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loop_of(phi_sleep: f64, phi_pain: f64, sleep_to_pain: f64, pain_to_sleep: f64) -> Dynamics {
        Dynamics { phi_sleep, phi_pain, sleep_to_pain, pain_to_sleep }
    }

    #[test]
    fn a_night_three_hours_short_gives_the_worked_figures() {
        // Section 2.5 of the notes: 1.05 at first and 2.3 in all; 1.8 and 16.9 within 14 days.
        let strong = impulse_response(&loop_of(0.15, 0.38, -0.35, -0.20), -3.0);
        assert!((strong[0] - 1.05).abs() < 0.01);
        assert!((strong.iter().sum::<f64>() - 2.3).abs() < 0.03);
        let extreme = impulse_response(&loop_of(0.3, 0.5, -0.6, -0.45), -3.0);
        assert!((extreme[0] - 1.8).abs() < 0.01);
        assert!((extreme.iter().sum::<f64>() - 16.9).abs() < 0.1);
    }

    #[test]
    fn half_of_a_disturbance_is_gone_after_the_half_life() {
        // Without arrows the radius is the larger carry-over: 0.5 halves in one day.
        assert!((half_life_days(&loop_of(0.2, 0.5, 0.0, 0.0)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn maturity_needs_pairs_and_data_that_dominate() {
        assert_eq!(maturity(29, 0.2, false), Maturity::Prior);
        assert_eq!(maturity(200, 0.8, true), Maturity::Prior);
        assert_eq!(maturity(60, 0.3, false), Maturity::Emerging);
        assert_eq!(maturity(90, 0.5, false), Maturity::Emerging);
        assert_eq!(maturity(90, 0.49, false), Maturity::Measured);
    }

    #[test]
    fn a_summary_is_read_off_the_sorted_draws() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let summary = summarise(&values);
        assert_eq!((summary.mean, summary.median), (50.0, 50.0));
        assert_eq!((summary.ci90.low, summary.ci90.high), (5.0, 95.0));
        assert_eq!((summary.ci50.low, summary.ci50.high), (25.0, 75.0));
        assert_eq!(share(&[-1.0, 2.0, 3.0, 0.0]), 0.5);
    }
}
