//! Looks, after a fit, at whether the model fits the records; what fails adds a caution and never takes one away.
//!
//! Limits are near the 1 % points: each check fails by chance in about one of a hundred people whom the model describes
//! (measured in `docs/validation/engine.md`, with what it finds in others). Everything is computed at one parameter vector, the posterior mean, and has
//! no random part but the fixed stream that spreads whole numbers out.

use nightmend_domain::estimate::{ArrowEstimate, LoopCheck, Standardisation};
use nightmend_infer::laplace::Mode;
use nightmend_infer::random::Stream;
use nightmend_infer::state_space::Surprise;
use nightmend_infer::{laplace, normal};

use crate::change;
use crate::data::{PainMeasure, Series, SleepMeasure};
use crate::held::Held;
use crate::model::{LoopDensity, PARAMETERS, Parameter};
use crate::priors::SeriesPriors;
use crate::words;

/// Which arrow a check speaks of. What spoils a series by jumps or odd days spoils the arrow that starts from it as well
/// (`docs/validation/misspecification.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The arrow from sleep to pain: whatever spoils the side of pain.
    SleepToPain,
    /// The arrow from pain to sleep: whatever spoils the side of sleep.
    PainToSleep,
    /// Both.
    Both,
}

/// A check with what follows if it failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The check.
    pub check: LoopCheck,
    /// Which arrow it speaks of.
    pub concerns: Concern,
    /// What is added to the arrow's sentence where it failed.
    pub caution: String,
}

/// The two-sided 1 % point of the standard normal distribution.
const ONE_PERCENT: f64 = 2.576;
/// Fewer values than this allow no look at what is left over.
const FEWEST_VALUES: usize = 20;
/// Fewer blanks, or fewer days kept, than this allow no look at what goes missing.
const FEWEST_BLANKS: usize = 5;
/// What the largest z of a step, over all days on which a change may have been, exceeds in one of a hundred people
/// without a change; by simulation (`examples/check_rates.rs`).
const CHANGE_LIMIT: f64 = 3.3;
/// What excess kurtosis times the root of the number of values exceeds in about one of a hundred normal samples, of 50 to
/// 500 values (13 to 14; fewer values exceed it more rarely).
const STANDING_OUT: f64 = 14.0;
/// What the largest of seven independent z exceeds in one of a hundred.
const ONE_PERCENT_OF_SEVEN: f64 = 3.19;
/// More than this share of 0 to 10 scores at 0 or 10, or of ratings at one end, and the bound matters.
const AT_BOUND: [f64; 2] = [0.10, 0.50];

/// Looks at everything that one parameter vector leaves over. What too few records allow is left out.
#[must_use]
pub fn inspect(
    series: &Series,
    spread: &Standardisation,
    priors: SeriesPriors,
    parameters: &[f64],
) -> Vec<Finding> {
    inspect_less(series, series, spread, priors, parameters)
}

/// The same for a series from which something has been taken off: whether scores are whole numbers or stand at a bound is
/// seen only in those that were written down.
#[must_use]
pub(crate) fn inspect_less(
    series: &Series,
    written: &Series,
    spread: &Standardisation,
    priors: SeriesPriors,
    parameters: &[f64],
) -> Vec<Finding> {
    let mut density = LoopDensity::new(series, spread, priors);
    let mut findings = Vec::new();
    if let Ok(surprises) = density.surprises(parameters) {
        for side in [Side::Sleep, Side::Pain] {
            let left: Vec<Option<Surprise>> = surprises.iter().map(|day| day[side as usize]).collect();
            let (column, scale) = match side {
                Side::Sleep => (written.sleep(), spread.sleep.sd),
                Side::Pain => (written.pain(), spread.pain.sd),
            };
            findings.extend(autocorrelation(side, &left));
            findings.extend(spread_evenly(side, &left, coarseness(column) / scale));
            findings.extend(standing_out(side, &left));
            findings.extend(change_of_level(side, &mut density, parameters));
        }
    }
    findings.extend(scores(&density, parameters));
    findings.extend(missing_after_pain(series, spread));
    findings.extend(at_bound(written));
    in_their_words(&mut findings, series);
    findings
}

/// Calls pain what the person calls it.
fn in_their_words(findings: &mut [Finding], series: &Series) {
    let name = words::mid(&series.pain_name);
    for finding in findings {
        finding.check.sentence = finding.check.sentence.replace("pain", &name);
        finding.caution = finding.caution.replace("pain", &name);
    }
}

/// Looks at a fit whose states are written out: at nights, levels, foresight and blanks through the Gaussian form, and at
/// pain through the innovations of one draw, which are what the model says they are if it is right. The end of the scale
/// is part of the ordered form. `less` is the series without what was found beside the loop.
#[must_use]
pub(crate) fn written_out(
    [less, series]: [&Series; 2],
    spread: &Standardisation,
    priors: SeriesPriors,
    innovations: &[Option<f64>],
    freedom: Option<f64>,
    ordered: bool,
) -> Vec<Finding> {
    let mut density = LoopDensity::new(less, spread, priors);
    let (start, scale) = (priors.parameters.map(|prior| prior.mean), priors.parameters.map(|prior| prior.sd));
    let mut findings = laplace::climb(&mut density, &start, &scale)
        .map_or_else(|_| Vec::new(), |(mode, _)| inspect_less(less, series, spread, priors, &mode));
    const OWN: [&str; 3] = ["pit_pain", "residual_autocorrelation_pain", "tails_pain"];
    findings.retain(|finding| !OWN.contains(&finding.check.name));
    let scored = |value: f64| {
        let place =
            freedom.map_or_else(|| normal::cumulative(value), |freedom| student_cumulative(value, freedom));
        Surprise { standardised: normal::quantile(place), spread: 1.0, log_density: 0.0 }
    };
    let left: Vec<Option<Surprise>> = innovations.iter().map(|value| value.map(scored)).collect();
    let mut own: Vec<Finding> = autocorrelation(Side::Pain, &left)
        .into_iter()
        .chain(spread_evenly(Side::Pain, &left, 0.0))
        .chain(standing_out(Side::Pain, &left))
        .collect();
    in_their_words(&mut own, series);
    findings.extend(own);
    if ordered {
        for finding in findings.iter_mut().filter(|finding| finding.check.name == "pain_at_bound") {
            finding.check.passed = true;
            finding.check.sentence.push_str(" This form knows that.");
        }
    }
    findings
}

/// Returns the distribution function of Student-t, by Simpson's rule after `x = √ν tan θ`.
fn student_cumulative(x: f64, freedom: f64) -> f64 {
    const PIECES: usize = 400;
    let area = |end: f64| {
        let width = end / PIECES as f64;
        let height = |piece: usize| (width * piece as f64).cos().max(0.0).powf(freedom - 1.0);
        let inner =
            (1..PIECES).map(|piece| if piece % 2 == 1 { 4.0 } else { 2.0 } * height(piece)).sum::<f64>();
        (height(0) + inner + if freedom > 1.0 { height(PIECES) } else { height(PIECES - 1) }) * width / 3.0
    };
    let half = area((x.abs() / freedom.sqrt()).atan()) / area(std::f64::consts::FRAC_PI_2);
    (0.5 + 0.5 * half.min(1.0).copysign(x)).clamp(1e-12, 1.0 - 1e-12)
}

/// Returns the step of a column, as [`coarseness`] has it.
pub(crate) fn step_of(column: &[Option<f64>]) -> f64 {
    let step = coarseness(column);
    if step < 1e200 { step } else { 0.0 }
}

/// The largest R-hat at which chains are taken to agree. Under 1.01 is good; claims rest on no draws at all.
const SETTLED: f64 = 1.04;

/// Looks at whether the chains agree; nothing where there are none, as in a quick first answer.
#[must_use]
pub(crate) fn sampler(rhat_max: f64) -> Option<Finding> {
    let found = finding("sampler_settled", rhat_max < SETTLED, rhat_max, Concern::Both, |passed| {
        let so = if passed { "agree" } else { "do not agree" };
        format!("The chains of the sampler {so} (largest R-hat {rhat_max:.3}).")
    });
    rhat_max.is_finite().then(|| found.with("the sampler has not settled, so that the interval may be off"))
}

/// Compares what the data alone say about an arrow with its prior.
#[must_use]
pub(crate) fn prior_conflict(arrow: &ArrowEstimate, concerns: Concern) -> Option<Finding> {
    let data = arrow.data_only?;
    let value = (data.mean - arrow.prior.mean) / data.sd.hypot(arrow.prior.sd);
    let name = match concerns {
        Concern::PainToSleep => "prior_conflict_pain_to_sleep",
        _ => "prior_conflict_sleep_to_pain",
    };
    let which = if concerns == Concern::PainToSleep { "pain to sleep" } else { "sleep to pain" };
    Some(finding(name, value.abs() < ONE_PERCENT, value, concerns, |passed| {
        let relation = if passed { "within reach of" } else { "far from" };
        format!("From {which}, these records are {relation} what is known of other people ({value:.1} standard errors).")
    })
    .with("it is far from what is known of other people"))
}

/// Returns what an arrow is to be taken with: what the hours of a device are, and the cautions of failed checks, the first
/// two in full.
pub(crate) fn cautions(series: &Series, findings: &[Finding], arrow: Concern) -> Vec<String> {
    hours_of_a_device(series).into_iter().chain(of_failed(findings, arrow)).collect()
}

fn of_failed(findings: &[Finding], arrow: Concern) -> Vec<String> {
    let failed = findings.iter().filter(|finding| {
        !finding.check.passed && (finding.concerns == arrow || finding.concerns == Concern::Both)
    });
    let mut texts: Vec<String> = failed.map(|finding| finding.caution.clone()).collect();
    if texts.len() > 2 {
        let more = texts.len() - 2;
        texts.truncate(2);
        texts.push(format!("{more} more of the checks failed"));
    }
    texts
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Sleep,
    Pain,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Pain => "pain",
        }
    }

    /// The arrow whose outcome this side is.
    fn concerns(self) -> Concern {
        match self {
            Self::Sleep => Concern::PainToSleep,
            Self::Pain => Concern::SleepToPain,
        }
    }

    fn pick(self, sleep: &'static str, pain: &'static str) -> &'static str {
        match self {
            Self::Sleep => sleep,
            Self::Pain => pain,
        }
    }
}

fn finding(
    name: &'static str,
    passed: bool,
    value: f64,
    concerns: Concern,
    sentence: impl Fn(bool) -> String,
) -> Finding {
    let check = LoopCheck { name, passed, value, sentence: sentence(passed) };
    Finding { check, concerns, caution: String::new() }
}

impl Finding {
    fn with(mut self, caution: &str) -> Self {
        caution.clone_into(&mut self.caution);
        self
    }
}

/// Looks at whether what is left over of one day foretells what is left over up to a week later.
fn autocorrelation(side: Side, left: &[Option<Surprise>]) -> Option<Finding> {
    let at_lag = |lag: usize| {
        let pairs = left.iter().zip(&left[lag.min(left.len())..]);
        let products: Vec<f64> =
            pairs.filter_map(|(day, later)| Some((*day)?.standardised * (*later)?.standardised)).collect();
        let enough = products.len() >= FEWEST_VALUES;
        enough.then(|| {
            let correlation = nightmend_infer::draws::mean(&products);
            (lag, correlation, correlation.abs() * (products.len() as f64).sqrt())
        })
    };
    let (lag, value, z) = (1..=7).filter_map(at_lag).reduce(|a, b| if b.2 > a.2 { b } else { a })?;
    let name = side.pick("residual_autocorrelation_sleep", "residual_autocorrelation_pain");
    let word = side.word();
    let apart = if lag == 1 { "one day apart".to_owned() } else { format!("{lag} days apart") };
    Some(
        finding(name, z < ONE_PERCENT_OF_SEVEN, value, side.concerns(), |passed| {
            let so = if passed { "has no rhythm" } else { "still has a rhythm" };
            format!("What the model leaves over of {word} {so} (largest correlation {value:.2}, {apart}).")
        })
        .with(side.pick(
            "sleep has a rhythm over the days that the model does not have",
            "pain has a rhythm over the days that the model does not have",
        )),
    )
}

/// Looks at whether the values fall where the model expects them: probability integral transforms against the
/// uniform distribution, with Lilliefors' 1 % point for a fitted mean and spread (Stephens 1974,
/// 10.1080/01621459.1974.10480196). Whole numbers are spread out over the step that they stand for.
fn spread_evenly(side: Side, left: &[Option<Surprise>], step: f64) -> Option<Finding> {
    let mut stream = Stream::new(0, side as u64);
    let mut places: Vec<f64> = left
        .iter()
        .flatten()
        .map(|surprise| surprise.standardised + step / surprise.spread * (stream.uniform() - 0.5))
        .map(normal::cumulative)
        .collect();
    if places.len() < FEWEST_VALUES {
        return None;
    }
    places.sort_by(f64::total_cmp);
    let count = places.len() as f64;
    let off = |(rank, place): (usize, &f64)| {
        (place - rank as f64 / count).abs().max(((rank + 1) as f64 / count - place).abs())
    };
    let value = places.iter().enumerate().map(off).fold(0.0, f64::max);
    let passed = value * (count.sqrt() - 0.01 + 0.85 / count.sqrt()) < 1.035;
    let name = side.pick("pit_sleep", "pit_pain");
    let word = side.word();
    Some(
        finding(name, passed, value, Concern::Both, |passed| {
            let so = if passed { "falls" } else { "does not fall" };
            format!("Day by day, {word} {so} where the model expects it (largest gap {value:.2}).")
        })
        .with(side.pick(
            "nights differ in ways that the model does not expect",
            "pain moves in ways that the model does not expect",
        )),
    )
}

/// Looks at whether single days stand out more than the model expects: the excess kurtosis of what is left over, which
/// sees a few flares long before the places of all days do. A day that stands out pulls at both arrows.
fn standing_out(side: Side, left: &[Option<Surprise>]) -> Option<Finding> {
    let values: Vec<f64> = left.iter().flatten().map(|surprise| surprise.standardised).collect();
    if values.len() < FEWEST_VALUES {
        return None;
    }
    let value = excess_kurtosis(&values);
    let passed = value * (values.len() as f64).sqrt() < STANDING_OUT;
    let what = side.pick("nights", "days of pain");
    Some(
        finding(side.pick("tails_sleep", "tails_pain"), passed, value, Concern::Both, |passed| {
            let so = if passed { "no more than" } else { "more than" };
            format!("Single {what} stand out {so} the model expects (excess kurtosis {value:.1}).")
        })
        .with(side.pick(
            "single nights stand out more than the model expects",
            "single days of pain stand out more than the model expects",
        )),
    )
}

/// Returns the excess kurtosis: nothing for a normal sample, more where a few values stand out.
pub(crate) fn excess_kurtosis(values: &[f64]) -> f64 {
    let mean = nightmend_infer::draws::mean(values);
    let moment =
        |power: i32| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / values.len() as f64;
    moment(4) / moment(2).powi(2) - 3.0
}

/// What an arrow in hours is to be taken with where a device alone counted the hours: its size speaks of the device's
/// hours, whatever the evidence. Of the time awake in bed wrist devices see a third and count the rest as sleep (96.5 % of
/// sleep and 32.9 % of wakefulness were seen as such, Marino 2013, 10.5665/sleep.3142), so that nights differ by less on the
/// device than in truth.
pub(crate) fn hours_of_a_device(series: &Series) -> Option<String> {
    let is_device = series.sleep_measure == SleepMeasure::HoursDevice;
    let diary = series.channels().iter().any(|channel| channel.measure == SleepMeasure::HoursDiary);
    (is_device && !diary).then(|| {
        "its size is in hours as the device counts them, which take much of the time awake in bed for sleep"
            .to_owned()
    })
}

/// Returns the step of a column of few values (whole points, half points), and zero where values are fine-grained.
fn coarseness(column: &[Option<f64>]) -> f64 {
    let mut values: Vec<f64> = column.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.len() > 25 {
        return 0.0;
    }
    values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min).min(1e300)
}

/// Looks for a lasting change of level that level, trend and weekend do not follow.
fn change_of_level(side: Side, density: &mut LoopDensity, parameters: &[f64]) -> Option<Finding> {
    let value = change::largest_step(density, parameters, side as usize)?;
    let name = side.pick("change_point_sleep", "change_point_pain");
    let word = side.word();
    Some(
        finding(name, value < CHANGE_LIMIT, value, Concern::Both, |passed| {
            let so = if passed { "shows no" } else { "seems to have had a" };
            format!("The level of {word} {so} lasting change beside its trend (largest z {value:.1}).")
        })
        .with(side.pick(
            "the level of sleep seems to have changed along the way",
            "the level of pain seems to have changed along the way",
        )),
    )
}

const ARROWS: [Parameter; 2] = [Parameter::SleepToPain, Parameter::PainToSleep];
const LEVELS: [Parameter; 4] =
    [Parameter::TrendSleep, Parameter::TrendPain, Parameter::WeekendSleep, Parameter::WeekendPain];

/// Fits the first two thirds with and without the arrows and lets each foresee the last third, a step at a time.
fn scores(density: &LoopDensity, start: &[f64]) -> Vec<Finding> {
    let none: Vec<(usize, f64)> = ARROWS.iter().map(|arrow| (arrow.index(), 0.0)).collect();
    let own_past: Vec<(usize, f64)> =
        ARROWS.iter().chain(&LEVELS).map(|parameter| (parameter.index(), 0.0)).collect();
    let Some((taught, whole)) = foresight(density, start) else { return Vec::new() };
    let compare = |name, held: &[(usize, f64)], without: &'static str, caution: &str| {
        let other = taught.foresight(held)?;
        let gains: Vec<f64> = whole.iter().zip(&other).map(|(with, without)| with - without).collect();
        let gain: f64 = gains.iter().sum();
        let error = nightmend_infer::draws::standard_deviation(&gains) * (gains.len() as f64).sqrt();
        // What is fitted beside costs about one log unit of foresight each, in people to whom it does not apply.
        let passed = gain + held.len() as f64 > -2.0 * error;
        Some(
            finding(name, passed, gain, Concern::Both, |_| {
                let so = if gain >= 0.0 { "better" } else { "worse" };
                let size = gain.abs();
                format!(
                    "The last third is foreseen {size:.1} log units {so} than {without} (standard error {error:.1})."
                )
            })
            .with(caution),
        )
    };
    let against_none = compare(
        "score_against_no_arrows",
        &none,
        "without the arrows",
        "the last third was foreseen better without the arrows",
    );
    let against_own_past = compare(
        "score_against_own_past",
        &own_past,
        "by each side's own past alone",
        "the last third was foreseen better by each side's own past alone",
    );
    against_none.into_iter().chain(against_own_past).collect()
}

/// What the first two thirds of a record taught.
struct Taught {
    whole: LoopDensity,
    known: LoopDensity,
    days: usize,
    mode: Mode,
    scale: [f64; PARAMETERS],
}

impl Taught {
    /// Returns the log-density of every value of the last third, foreseen by what the first two thirds teach with some
    /// parameters held.
    fn foresight(&self, held: &[(usize, f64)]) -> Option<Vec<f64>> {
        let (taught, _) = Held::new(self.known.clone(), held).climb_nearby(&self.mode, &self.scale).ok()?;
        let surprises = self.whole.clone().surprises(&taught).ok()?;
        Some(self.later(&surprises))
    }

    fn later(&self, surprises: &[[Option<Surprise>; 2]]) -> Vec<f64> {
        surprises[self.days..].iter().flatten().flatten().map(|surprise| surprise.log_density).collect()
    }
}

/// Lets the first two thirds teach everything, and returns that with how they foresee the last third.
fn foresight(density: &LoopDensity, start: &[f64]) -> Option<(Taught, Vec<f64>)> {
    let scale: [f64; PARAMETERS] = density.priors().parameters.map(|prior| prior.sd);
    let mut whole = density.clone();
    let seen = whole.surprises(start).ok()?;
    let days = 2 * seen.len() / 3;
    let count =
        |days: &[[Option<Surprise>; 2]], side: usize| days.iter().filter(|day| day[side].is_some()).count();
    let enough = [0, 1].iter().all(|side| {
        count(&seen[..days], *side) >= FEWEST_VALUES && count(&seen[days..], *side) >= FEWEST_VALUES / 2
    });
    if !enough {
        return None;
    }
    let mut known = density.clone().knowing_only(days);
    let mode = laplace::find_mode(&mut known, start, &scale).ok()?;
    let surprises = whole.surprises(&mode.position).ok()?;
    let taught = Taught { whole, known, days, mode, scale };
    let foreseen = taught.later(&surprises);
    Some((taught, foreseen))
}

/// Looks at whether a day of pain is more often left blank after a day with more (or less) pain: a logistic line.
fn missing_after_pain(series: &Series, spread: &Standardisation) -> Option<Finding> {
    let last = series.pain().iter().rposition(Option::is_some)?;
    let days: Vec<(f64, bool)> = series.pain()[..=last]
        .windows(2)
        .filter_map(|pair| Some(((pair[0]? - spread.pain.mean) / spread.pain.sd, pair[1].is_none())))
        .collect();
    let blank = days.iter().filter(|(_, blank)| *blank).count();
    if blank < FEWEST_BLANKS || days.len() - blank < FEWEST_BLANKS {
        return None;
    }
    let value = logistic_slope_z(&days)?;
    let passed = value.abs() < ONE_PERCENT;
    let direction = if value > 0.0 { "more" } else { "less" };
    Some(
        finding("missing_after_pain", passed, value, Concern::Both, |passed| {
            if passed {
                format!("Days are left blank about as often after much pain as after little (z {value:.1}).")
            } else {
                format!("Days are left blank more often after days with {direction} pain (z {value:.1}).")
            }
        })
        .with(&format!("days are left blank more often after {direction} pain")),
    )
}

/// Fits ln odds = a + b x by Newton's method, a and b held gently (N(0, 5²)), and returns b over its error.
fn logistic_slope_z(days: &[(f64, bool)]) -> Option<f64> {
    let (mut level, mut slope) = (0.0_f64, 0.0_f64);
    let gentle = 1.0 / 25.0;
    for _ in 0..50 {
        let (mut by_level, mut by_slope) = (-gentle * level, -gentle * slope);
        let (mut ll, mut ls, mut ss) = (gentle, 0.0, gentle);
        for (x, blank) in days {
            let chance = 1.0 / (1.0 + (-(level + slope * x)).exp());
            let off = f64::from(u8::from(*blank)) - chance;
            let weight = chance * (1.0 - chance);
            by_level += off;
            by_slope += off * x;
            ll += weight;
            ls += weight * x;
            ss += weight * x * x;
        }
        let determinant = ll * ss - ls * ls;
        let step =
            ((ss * by_level - ls * by_slope) / determinant, (ll * by_slope - ls * by_level) / determinant);
        level += step.0.clamp(-2.0, 2.0);
        slope += step.1.clamp(-2.0, 2.0);
        if step.0.abs() + step.1.abs() < 1e-10 {
            return Some(slope / (ll / determinant).sqrt());
        }
    }
    None
}

/// Looks at whether scores pile up at an end of their scale, where this form takes them to be able to go on.
fn at_bound(series: &Series) -> Option<Finding> {
    let values: Vec<f64> = series.pain().iter().flatten().copied().collect();
    let (lowest, highest) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let (ends, limit) = match series.pain_measure {
        PainMeasure::Nrs => ([0.0, 10.0], AT_BOUND[0]),
        PainMeasure::Rating => ([lowest, highest], AT_BOUND[1]),
    };
    if values.len() < FEWEST_VALUES {
        return None;
    }
    let share = |end: f64| values.iter().filter(|value| **value == end).count() as f64 / values.len() as f64;
    let value = share(ends[0]).max(share(ends[1]));
    let percent = 100.0 * value;
    Some(
        finding("pain_at_bound", value <= limit, value, Concern::Both, |_| {
            format!("On {percent:.0} % of days pain is at one end of its scale.")
        })
        .with("pain is often at the end of its scale, which this model does not know"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Columns, weekend_flags};
    use nightmend_domain::Moment;

    #[test]
    fn bounds_and_whole_points_are_seen_in_what_was_written_down() {
        let first_date = jiff::civil::date(2024, 1, 1);
        let series = |taken_off: f64| {
            let value = |day: usize, step: usize| Some((day * step % 7).saturating_sub(2) as f64);
            let less = |day: usize| value(day, 3).map(|value| value - taken_off * (day as f64).sin());
            let columns = Columns {
                first_date,
                sleep: (0..60).map(|day| value(day, 5)).collect(),
                pain: (0..60).map(less).collect(),
                weekend: weekend_flags(first_date, 60),
            };
            let (sleep, pain) = (SleepMeasure::HoursDiary, PainMeasure::Nrs);
            Series::new(columns, sleep, pain, "pain".to_owned(), Moment::Waking).expect("sound")
        };
        let (written, less) = (series(0.0), series(0.4));
        let spread = written.standardisation().expect("varies");
        let error = nightmend_domain::estimate::MeasurementError::Prior;
        let priors =
            crate::Priors::built_in().for_series(&less.sleep_measure, less.pain_measure, &spread, error);
        let centre = priors.parameters.map(|prior| prior.mean);
        let fails = |findings: &[Finding]| {
            findings.iter().any(|one| one.check.name == "pain_at_bound" && !one.check.passed)
        };
        assert!(fails(&inspect_less(&less, &written, &spread, priors, &centre)));
        assert!(!fails(&inspect(&less, &spread, priors, &centre)));
    }

    #[test]
    fn a_logistic_line_agrees_with_a_two_by_two_table() {
        // With x = 0 or 1 the slope is the log odds ratio: 30/70 against 10/90; its error is √(Σ 1/n).
        let cell = |x: f64, blank: bool, count: usize| vec![(x, blank); count];
        let days =
            [cell(1.0, true, 30), cell(1.0, false, 70), cell(0.0, true, 10), cell(0.0, false, 90)].concat();
        let error = (1.0 / 30.0 + 1.0 / 70.0 + 1.0 / 10.0 + 1.0 / 90.0_f64).sqrt();
        let expected = (30.0 * 90.0 / (70.0 * 10.0_f64)).ln() / error;
        let z = logistic_slope_z(&days).expect("a slope");
        assert!((z - expected).abs() < 0.05, "{z} {expected}");
    }

    #[test]
    fn the_distribution_of_student_is_known() {
        // One degree: atan; two: closed form; t(5) at 2.015 is its 95 % point.
        assert!((student_cumulative(1.0, 1.0) - 0.75).abs() < 1e-6);
        assert!((student_cumulative(-1.0, 2.0) - (0.5 - 0.5 / 3.0_f64.sqrt())).abs() < 1e-6);
        assert!((student_cumulative(2.015_048, 5.0) - 0.95).abs() < 1e-6);
        assert!((student_cumulative(1.0, 1e3) - normal::cumulative(1.0)).abs() < 1e-3);
    }

    #[test]
    fn steps_are_seen_and_fine_grained_values_have_none() {
        let column = |values: &[f64]| values.iter().map(|value| Some(*value)).collect::<Vec<_>>();
        assert_eq!(coarseness(&column(&[1.0, 4.0, 2.0, 2.0])), 1.0);
        assert_eq!(coarseness(&column(&(0..40).map(|n| f64::from(n) * 0.01).collect::<Vec<_>>())), 0.0);
    }

    #[test]
    fn more_than_two_cautions_are_counted() {
        let failed = |caution: &str| finding("a", false, 0.0, Concern::Both, |_| String::new()).with(caution);
        let all = [failed("one"), failed("two"), failed("three"), failed("four")];
        assert_eq!(of_failed(&all, Concern::SleepToPain), ["one", "two", "2 more of the checks failed"]);
        let mut passed = failed("one");
        passed.check.passed = true;
        assert!(of_failed(&[passed], Concern::PainToSleep).is_empty());
    }
}
