//! Fits the half-day form and puts what it found into the form that leaves the crate.

use nightmend_domain::Progress;
use nightmend_domain::estimate::{
    ArrowEstimate, BadDays, HalfDay, LoopData, LoopEstimate, MeanSd, ModelChoice, Preview, Standardisation,
    Summary, Told,
};
use nightmend_infer::diagnostics::Convergence;
use nightmend_infer::{Draws, draws, laplace};

use super::claim::{self, CLEAR_HALF_DAY, FITTED_PER_SIDE};
use super::model::{HALF_DAY_NAMES, HalfDayDensity, HalfDayDynamics, HalfDayParameter as P, HalfDayPriors};
use crate::bad_days::{self, DAYS_OFF, Outlook};
use crate::beside::{self, Found, Run};
use crate::checks::{self, Concern, Finding};
use crate::claim::{BothArrows, Evidence};
use crate::data::Series;
use crate::explain::{self, ArrowParts, NIGHTS_FOR_DYNAMICS, PULSE_HORIZON_DAYS, summarise};
use crate::fit::{Drawn, FitError, LoopSettings, Seed, draw, summarise_diagnostics, tell};
use crate::hidden;
use crate::model::{Dynamics, LoopDensity, Parameter};
use crate::unfold::Unfolded;
use crate::words;

/// What a fit of the half-day form found, on standardised series.
struct Fitted<'a> {
    series: &'a Series,
    settings: &'a LoopSettings,
    seed: Seed,
    spread: Standardisation,
    priors: HalfDayPriors,
    draws: Draws,
    convergence: Vec<Convergence>,
    preview: Option<Preview>,
    evidence: BothArrows,
    told: [Told; 2],
    /// What was found beside the plain loop.
    beside: Option<Found>,
    choice: ModelChoice,
}

/// Fits the half-day form to a series whose spread (of both reports together) is known.
///
/// # Errors
/// [`FitError`] when stopped or when the sampler fails.
pub(crate) fn fit(
    series: &Series,
    spread: Standardisation,
    choice: ModelChoice,
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<LoopEstimate, FitError> {
    let LoopSettings { priors, record, measurement_error, .. } = settings;
    let of = |series: &Series, spread: &Standardisation| {
        priors.for_half_day(&series.sleep_measure, series.pain_measure, spread, *measurement_error)
    };
    let half_priors = of(series, &spread);
    if let Some(run) = beside::run_half_day(series, &spread, &half_priors, settings, seed, progress)? {
        let Run { drawn, evidence, told, found } = run;
        let (Drawn { draws, convergence, preview }, priors, beside) = (drawn, half_priors, Some(found));
        return Ok(estimate(&Fitted {
            series,
            settings,
            seed,
            spread,
            priors,
            draws,
            convergence,
            preview,
            evidence,
            told,
            beside,
            choice,
        }));
    }
    let mut density = Unfolded::of_half_day(HalfDayDensity::new(series, &spread, half_priors));
    let Drawn { draws, convergence, preview } =
        draw(&mut density, &half_priors.parameters, settings, seed, progress)?;
    let nothing = Evidence { z: 0.0, effect: MeanSd { mean: 0.0, sd: 1.0 } };
    let evidence = claim::weigh(series, half_priors)
        .unwrap_or(BothArrows { sleep_to_pain: nothing, pain_to_sleep: nothing });
    let posterior =
        [P::SleepToMorning, P::PainToSleep].map(|arrow| draws::mean(&draws.column(arrow.index())));
    let told = tell(series, &evidence, posterior, *record, &CLEAR_HALF_DAY, |life| {
        let spread = super::standardisation(life)?;
        claim::weigh(life, of(life, &spread)).ok()
    });
    let (priors, beside) = (half_priors, None);
    let fitted = Fitted {
        series,
        settings,
        seed,
        spread,
        priors,
        draws,
        convergence,
        preview,
        evidence,
        told,
        beside,
        choice,
    };
    Ok(estimate(&fitted))
}

impl Fitted<'_> {
    /// Looks at mornings, of which pulse and press speak.
    fn bad_days(&self) -> Option<BadDays> {
        let Self { series, spread, draws, settings, .. } = self;
        let at = bad_days::threshold(series.pain(), settings.bad_day)?;
        let border = bad_days::border(at, checks::step_of(series.pain()), spread);
        let change = explain::pulse_change(series, spread);
        let words = words::pulse_change(series, change);
        let with_error = self.priors.with_measurement_error;
        bad_days::bad_days(
            series,
            at,
            &words,
            draws,
            |_| border,
            |draw| Some(outlook(draw, change / spread.sleep.sd, with_error)),
        )
    }
}

/// Returns how mornings lie around their level: `m = (λ + b_sm b_ps) d + b_sm φ_s s + b_sm e_s + e_m`, with `s` and `d` of
/// the day before.
fn outlook(draw: &[f64], change: f64, with_measurement_error: bool) -> Outlook {
    let at = |parameter: P| draw[parameter.index()];
    let variance = |parameter: P| (2.0 * at(parameter)).exp();
    let dynamics = HalfDayDynamics::of(draw);
    let (night, morning, day) =
        (variance(P::LnSigmaSleep), variance(P::LnSigmaMorning), variance(P::LnSigmaDay));
    let whole = dynamics.sleep_to_whole_day();
    let rest = dynamics.phi_pain.powi(2) * morning + day;
    let innovations = [[night, whole * night], [whole * night, rest + whole * whole * night]];
    let around = bad_days::stationary(dynamics.day_to_day().transition(), innovations);
    let by_sleep = dynamics.sleep_to_morning * dynamics.phi_sleep;
    let by_pain = dynamics.lambda + dynamics.sleep_to_morning * dynamics.pain_to_sleep;
    let handed_on = by_sleep * by_sleep * around[0][0]
        + 2.0 * by_sleep * by_pain * around[0][1]
        + by_pain * by_pain * around[1][1];
    let error = if with_measurement_error { variance(P::LnErrorMorning) } else { 0.0 };
    let new = dynamics.sleep_to_morning.powi(2) * night + morning + error;
    Outlook {
        level: at(P::MeanPain) + at(P::MorningOffset) + DAYS_OFF * at(P::WeekendPain),
        spread: (handed_on + new).sqrt(),
        response: mornings_after(&dynamics, change),
    }
}

fn estimate(fitted: &Fitted<'_>) -> LoopEstimate {
    let Fitted { series, spread, draws, .. } = fitted;
    let later = later_series(series);
    let rated =
        series.pain().iter().zip(series.evening()).filter(|(morning, day)| morning.or(**day).is_some());
    // Pain is rated twice a day here, and the way back starts from the later report.
    let data = LoopData {
        pain_days: rated.count() as u32,
        pairs_pain_to_sleep: later.account().pairs_pain_to_sleep,
        ..series.account()
    };
    let mut sleep_to_pain = arrow(fitted, P::SleepToMorning);
    let mut pain_to_sleep = arrow(fitted, P::PainToSleep);
    let (findings, hidden_influence) = from_the_mornings(fitted, &sleep_to_pain, &pain_to_sleep);
    sleep_to_pain.take_with(checks::cautions(series, &findings, Concern::SleepToPain));
    pain_to_sleep.take_with(checks::cautions(series, &findings, Concern::PainToSleep));
    sleep_to_pain.sentence = words::sleep_to_pain(series, &sleep_to_pain);
    pain_to_sleep.sentence = words::pain_to_sleep(&later, &pain_to_sleep);
    let half_day = half_day(fitted, &sleep_to_pain);
    let mut sentences: Vec<String> = fitted.preview.iter().map(words::preview).collect();
    sentences
        .extend([&sleep_to_pain.sentence, &pain_to_sleep.sentence, &half_day.sentence].map(String::clone));
    if sleep_to_pain.told == Told::Clear {
        sentences.extend(hidden_influence.as_ref().map(|hidden| hidden.sentence.clone()));
    }
    let beside = fitted.beside.as_ref().map(|found| found.beside.clone()).unwrap_or_default();
    sentences.extend(beside.curve.as_ref().and_then(|curve| curve.sentence.clone()));
    let of = |quantity: fn(&Dynamics) -> f64| {
        summarise(&draws.derive(|draw| quantity(&HalfDayDynamics::of(draw).day_to_day())))
    };
    let long_enough = data.nights >= NIGHTS_FOR_DYNAMICS;
    let pairs: Vec<[f64; 2]> =
        draws.iter().map(|draw| [draw[P::SleepToMorning.index()], draw[P::PainToSleep.index()]]).collect();
    let (dominant, larger) = explain::dominant(&pairs, fitted.told);
    LoopEstimate {
        data,
        loop_gain: of(Dynamics::loop_gain),
        sleep_carry_over: of(|dynamics| dynamics.phi_sleep),
        pain_carry_over: of(|dynamics| dynamics.phi_pain),
        spectral_radius: long_enough.then(|| of(Dynamics::spectral_radius)),
        half_life_days: long_enough.then(|| of(explain::half_life_days)),
        half_day: Some(half_day),
        beside,
        pulse: explain::pulse(series, spread, draws, |draw, change| {
            mornings_after(&HalfDayDynamics::of(draw), change)
        }),
        press: explain::press(
            series,
            spread,
            draws,
            |draw| mornings_held(&HalfDayDynamics::of(draw)),
            |draw| mornings_responding(&HalfDayDynamics::of(draw)),
        ),
        bad_days: fitted.bad_days(),
        model: fitted.choice.clone(),
        latent: None,
        dominant,
        dominant_sentence: words::dominant(series, dominant, larger),
        p_sleep_to_pain_larger: larger,
        maturity: sleep_to_pain.maturity.min(pain_to_sleep.maturity),
        preview: fitted.preview,
        diagnostics: summarise_diagnostics(draws, &fitted.convergence),
        standardisation: *spread,
        hidden_influence,
        checks: findings.into_iter().map(|finding| finding.check).collect(),
        parameters: match &fitted.beside {
            Some(found) => explain::parameters(&found.names, &found.priors, draws, &fitted.convergence),
            None => {
                explain::parameters(&HALF_DAY_NAMES, &fitted.priors.parameters, draws, &fitted.convergence)
            }
        },
        sentences,
        provenance: explain::provenance(series, fitted.settings, fitted.seed, "half-day"),
        sleep_to_pain,
        pain_to_sleep,
    }
}

/// Returns the series with the later report in place of the one on waking: what the way back starts from.
fn later_series(series: &Series) -> Series {
    let mut later = series.clone().with_pain_of_the_evening();
    later.moment = series.evening_moment();
    later
}

fn arrow(fitted: &Fitted<'_>, parameter: P) -> ArrowEstimate {
    let data = fitted.series.account();
    let (evidence, told, pairs, outcomes, one_pain) = match parameter {
        P::PainToSleep => {
            let pairs = later_series(fitted.series).account().pairs_pain_to_sleep;
            (fitted.evidence.pain_to_sleep, fitted.told[1], pairs, data.nights, Parameter::PainToSleep)
        }
        _ => {
            let pairs = data.pairs_sleep_to_pain;
            (fitted.evidence.sleep_to_pain, fitted.told[0], pairs, data.pain_days, Parameter::SleepToPain)
        }
    };
    explain::arrow_of(ArrowParts {
        natural: explain::natural_unit(fitted.series, &fitted.spread, one_pain),
        column: &fitted.draws.column(parameter.index()),
        prior: fitted.priors.parameters[parameter.index()],
        evidence,
        told,
        clear: CLEAR_HALF_DAY,
        pairs,
        outcomes,
        fitted: FITTED_PER_SIDE,
        record: fitted.settings.record,
        days: fitted.series.days_of_both(),
    })
}

/// Makes the checks and the refits for a hidden influence with nights and mornings alone, in the one-pain-a-day form.
fn from_the_mornings(
    fitted: &Fitted<'_>,
    there: &ArrowEstimate,
    back: &ArrowEstimate,
) -> (Vec<Finding>, Option<nightmend_domain::estimate::HiddenInfluence>) {
    let series = fitted.beside.as_ref().map_or(fitted.series, |found| &found.less);
    let conflicts = || {
        let settled = checks::sampler(summarise_diagnostics(&fitted.draws, &fitted.convergence).rhat_max);
        let there = checks::prior_conflict(there, Concern::SleepToPain);
        settled
            .into_iter()
            .chain(there)
            .chain(checks::prior_conflict(back, Concern::PainToSleep))
            .collect::<Vec<_>>()
    };
    let Some(spread) = fitted.series.standardisation() else { return (conflicts(), None) };
    let LoopSettings { priors, measurement_error, .. } = fitted.settings;
    let priors = priors.for_series(&series.sleep_measure, series.pain_measure, &spread, *measurement_error);
    let mut density = LoopDensity::new(series, &spread, priors);
    let (start, scale) = (priors.parameters.map(|prior| prior.mean), priors.parameters.map(|prior| prior.sd));
    let mut findings = laplace::climb(&mut density, &start, &scale).map_or_else(
        |_| Vec::new(),
        |(mode, _)| checks::inspect_less(series, fitted.series, &spread, priors, &mode),
    );
    findings.extend(conflicts());
    // The two forms standardise pain by different spreads.
    let factor = explain::natural_unit(series, &spread, Parameter::SleepToPain).0;
    let own = fitted.spread.pain.sd / fitted.spread.sleep.sd / factor;
    let posterior = MeanSd { mean: there.standardised.mean * own, sd: there.standardised.sd * own };
    (findings, hidden::influence(series, &spread, priors, posterior, factor))
}

fn half_day(fitted: &Fitted<'_>, morning: &ArrowEstimate) -> HalfDay {
    let Fitted { series, spread, draws, .. } = fitted;
    let factor = explain::natural_unit(series, spread, Parameter::SleepToPain).0;
    let of = |factor: f64, quantity: fn(&HalfDayDynamics) -> f64| -> Summary {
        summarise(&draws.derive(|draw| factor * quantity(&HalfDayDynamics::of(draw))))
    };
    let later = of(factor, HalfDayDynamics::sleep_to_whole_day);
    let offset = P::MorningOffset.index();
    HalfDay {
        days_with_both_reports: series.days_with_both_reports() as u32,
        later_moment: series.evening_moment(),
        sleep_to_rest_of_day: of(factor, |dynamics| dynamics.sleep_to_day),
        sleep_to_later_report: later,
        morning_to_day: of(1.0, |dynamics| dynamics.phi_pain),
        day_to_morning: of(1.0, |dynamics| dynamics.lambda),
        morning_offset: summarise(&draws.derive(|draw| spread.pain.sd * draw[offset])),
        sentence: words::half_day(series, series.evening_moment(), morning, &later),
    }
}

/// Returns pain on the morning after a night that differed by `change`, and on the mornings after that.
fn mornings_after(dynamics: &HalfDayDynamics, change: f64) -> [f64; PULSE_HORIZON_DAYS] {
    let (mut sleep, mut day) = (change, 0.0);
    std::array::from_fn(|_| {
        let morning = dynamics.lambda * day + dynamics.sleep_to_morning * sleep;
        day = dynamics.phi_pain * morning + dynamics.sleep_to_day * sleep;
        sleep = dynamics.phi_sleep * sleep + dynamics.pain_to_sleep * day;
        morning
    })
}

/// Returns what mornings come to in the long run if sleep is held one unit higher: `m = λ d + b_sm s`.
fn mornings_held(dynamics: &HalfDayDynamics) -> f64 {
    dynamics.lambda * dynamics.day_to_day().press_held() + dynamics.sleep_to_morning
}

/// Returns what mornings come to if sleep is pushed by one unit a night and the loop responds.
fn mornings_responding(dynamics: &HalfDayDynamics) -> f64 {
    mornings_held(dynamics) * dynamics.day_to_day().sleep_responding()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: HalfDayDynamics = HalfDayDynamics {
        phi_sleep: 0.2,
        lambda: 0.6,
        phi_pain: 0.5,
        sleep_to_morning: -0.3,
        sleep_to_day: -0.05,
        pain_to_sleep: -0.1,
    };

    #[test]
    fn a_night_shows_in_the_morning_and_fades() {
        let after = mornings_after(&SOME, -1.0);
        assert!((after[0] - 0.3).abs() < 1e-12);
        // The day: 0.5 x 0.3 + 0.05 = 0.2; the next night: -0.2 - 0.02; the next morning: 0.6 x 0.2 + 0.3 x 0.22.
        assert!((after[1] - 0.186).abs() < 1e-12, "{after:?}");
        assert!(after.windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn a_press_is_the_sum_of_all_pulses() {
        // A lasting push by one unit a night is a pulse every night: in the long run each morning holds them all.
        let mut dynamics = SOME;
        let sum = |dynamics: &HalfDayDynamics| {
            let (mut sleep, mut day, mut total) = (1.0, 0.0, 0.0);
            for _ in 0..500 {
                let morning = dynamics.lambda * day + dynamics.sleep_to_morning * sleep;
                day = dynamics.phi_pain * morning + dynamics.sleep_to_day * sleep;
                sleep = dynamics.phi_sleep * sleep + dynamics.pain_to_sleep * day;
                total += morning;
            }
            total
        };
        assert!((mornings_responding(&dynamics) - sum(&dynamics)).abs() < 1e-12);
        // Sleep that is held neither lasts by itself nor hears from pain.
        let held = mornings_held(&dynamics);
        (dynamics.phi_sleep, dynamics.pain_to_sleep) = (0.0, 0.0);
        assert!((held - sum(&dynamics)).abs() < 1e-12);
    }
}
