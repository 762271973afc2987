//! Says in one honest sentence what an arrow came to: things go with each other, and no more than that.

use nightmend_domain::Moment;
use nightmend_domain::estimate::{ArrowEstimate, CannotTellReason, Dominant, Preview, Summary, Told};

use crate::data::{Series, SleepMeasure};
use crate::explain::is_nrs;

/// A unit in the singular and in the plural.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    pub one: String,
    pub many: String,
}

/// Returns the unit of sleep.
pub(crate) fn sleep_unit(series: &Series) -> Unit {
    match &series.sleep_measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => unit("hour", "hours"),
        SleepMeasure::Rating { name } | SleepMeasure::PoorNightTick { name } => points_of(&mid(name)),
        SleepMeasure::Index { name, unit: of } => {
            let both = format!("{of} of {}", mid(name));
            unit(&both, &both)
        }
    }
}

/// Returns the unit of pain.
pub(crate) fn pain_unit(series: &Series) -> Unit {
    if is_nrs(series.pain_measure) { unit("point", "points") } else { points_of(&mid(&series.pain_name)) }
}

fn unit(one: &str, many: &str) -> Unit {
    Unit { one: one.to_owned(), many: many.to_owned() }
}

fn points_of(name: &str) -> Unit {
    Unit { one: format!("point of {name}"), many: format!("points of {name}") }
}

/// Returns what stands for sleep, in words.
pub(crate) fn sleep_label(measure: &SleepMeasure) -> String {
    match measure {
        SleepMeasure::HoursDiary => "hours (diary)".to_owned(),
        SleepMeasure::HoursDevice => "hours (device)".to_owned(),
        SleepMeasure::Rating { name }
        | SleepMeasure::PoorNightTick { name }
        | SleepMeasure::Index { name, .. } => name.clone(),
    }
}

/// Returns the change of the pulse in words.
pub(crate) fn pulse_change(series: &Series, change: f64) -> String {
    match &series.sleep_measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => {
            format!("a night {} hours short", plain(change.abs()))
        }
        SleepMeasure::Rating { name }
        | SleepMeasure::PoorNightTick { name }
        | SleepMeasure::Index { name, .. } => {
            format!(
                "a night {} lower in {} (two of your own standard deviations)",
                plain(change.abs()),
                mid(name)
            )
        }
    }
}

/// Returns the lasting change of the press in words.
pub(crate) fn press_change(series: &Series) -> String {
    match series.sleep_measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => "one hour more every night".to_owned(),
        _ => format!("one {} more every night", sleep_unit(series).one),
    }
}

/// Returns the sentence of the arrow from sleep to pain.
pub(crate) fn sleep_to_pain(series: &Series, arrow: &ArrowEstimate) -> String {
    let (fewer, more) = nights(&series.sleep_measure);
    let pain = mid(&series.pain_name);
    let when = after_the_night(series.moment);
    let subject = if arrow.effect.mean <= 0.0 { fewer } else { more };
    let claim = format!("{subject} go with more {pain} {when}");
    let topic = format!("{fewer} and {pain} {when}");
    sentence(&claim, &topic, arrow)
}

/// Returns the sentence of the arrow from pain to sleep.
pub(crate) fn pain_to_sleep(series: &Series, arrow: &ArrowEstimate) -> String {
    let (fewer, more) = nights(&series.sleep_measure);
    let pain = mid(&series.pain_name);
    let when = during_the_day(series.moment);
    let object = if arrow.effect.mean <= 0.0 { fewer } else { more }.to_lowercase();
    let claim = format!("More {pain} {when} goes with {object} after it");
    let topic = format!("{} {when} and the night after it", capitalised(&pain));
    sentence(&claim, &topic, arrow)
}

fn sentence(claim: &str, topic: &str, arrow: &ArrowEstimate) -> String {
    let mut text = match arrow.told {
        Told::Clear => {
            let (low, high) = (arrow.effect.ci90.low.abs(), arrow.effect.ci90.high.abs());
            let same_side = arrow.effect.ci90.low * arrow.effect.ci90.high > 0.0;
            let interval = if same_side {
                format!("{} to {}", number(low.min(high)), number(low.max(high)))
            } else {
                // The claim rests on the data; the estimate, which leans on others, may still touch zero.
                let sign = arrow.effect.mean.signum();
                let (a, b) = (sign * arrow.effect.ci90.low, sign * arrow.effect.ci90.high);
                format!("{} to {}", number(a.min(b)), number(a.max(b)))
            };
            format!(
                "{claim}: clear, {} {} (90 % {interval}; {} pairs).",
                number(arrow.effect.mean.abs()),
                arrow.unit,
                arrow.pairs
            )
        }
        Told::CannotTellYet => format!(
            "{topic}: cannot tell yet; {} {} (90 % {} to {}; {} pairs); {}.",
            number(arrow.effect.mean),
            arrow.unit,
            number(arrow.effect.ci90.low),
            number(arrow.effect.ci90.high),
            arrow.pairs,
            arrow.outlook()
        ),
    };
    if !arrow.cautions.is_empty() {
        text.push_str(&format!(" Take it with care: {}.", arrow.cautions.join("; ")));
    }
    text
}

/// Returns the sentence on how a night shows in the morning and later on the day: an estimate, never a claim.
pub(crate) fn half_day(series: &Series, later: Moment, morning: &ArrowEstimate, rest: &Summary) -> String {
    format!(
        "One more {} goes with {} {} on waking and {} {} (90 % {} to {}): an estimate, not a claim.",
        sleep_unit(series).one,
        number(morning.effect.mean),
        pain_unit(series).many,
        number(rest.mean),
        during_the_day(later),
        number(rest.ci90.low),
        number(rest.ci90.high)
    )
}

/// Returns which arrow is the stronger, in words.
pub(crate) fn dominant(series: &Series, dominant: Dominant, larger: f64) -> String {
    let pain = mid(&series.pain_name);
    let stronger = |there: &str, probability: f64| {
        let percent = (100.0 * probability).floor().min(99.0);
        format!(
            "The arrow {there} is the stronger one ({percent:.0} % sure, in your own standard deviations)."
        )
    };
    match dominant {
        Dominant::SleepToPain => stronger(&format!("from sleep to {pain}"), larger),
        Dominant::PainToSleep => stronger(&format!("from {pain} to sleep"), 1.0 - larger),
        Dominant::Neither => "Neither arrow is large enough to matter.".to_owned(),
        Dominant::CannotTellYet => "Which arrow is the stronger one: cannot tell yet.".to_owned(),
    }
}

/// Returns how many more bad days a short night goes with, in words.
pub(crate) fn bad_days(
    series: &Series,
    at: f64,
    share: f64,
    change: &str,
    extra: &Summary,
    horizon: usize,
) -> String {
    let percent = 100.0 * share;
    format!(
        "Bad days ({} at {} or more, {percent:.0} % of yours): {change} goes with {} more of them over the next {horizon} \
         days (90 % {} to {}); an estimate, not a claim.",
        mid(&series.pain_name),
        plain(at),
        number(extra.mean),
        number(extra.ci90.low),
        number(extra.ci90.high)
    )
}

/// Returns the sentence that marks a quick first answer as one.
pub(crate) fn preview(_: &Preview) -> String {
    "This is a quick first answer; the full fit may still move the numbers a little.".to_owned()
}

/// Returns the sentence on a bend in hours slept whose sign is sure: an estimate, never a claim.
pub(crate) fn curve(series: &Series, around: f64, bend: &Summary) -> String {
    let more = if bend.mean > 0.0 { "more" } else { "less" };
    let (low, high) = (bend.ci90.low.abs(), bend.ci90.high.abs());
    format!(
        "Nights shorter and nights longer than your usual {} hours both go with {more} {} {} than a straight line says: \
         {} {} per squared hour (90 % {} to {}): an estimate, not a claim.",
        plain((10.0 * around).round() / 10.0),
        mid(&series.pain_name),
        after_the_night(series.moment),
        number(bend.mean.abs()),
        pain_unit(series).many,
        number(low.min(high)),
        number(low.max(high))
    )
}

/// Returns the sentence of an answer without a number.
pub(crate) fn cannot_tell(series: &Series, reason: &CannotTellReason) -> String {
    let pain = mid(&series.pain_name);
    match (reason, &series.sleep_measure) {
        (CannotTellReason::NoSleep, _) => {
            "Cannot tell: no night is recorded; write down or bring in nights beside the days.".to_owned()
        }
        (CannotTellReason::NoPain, _) => {
            format!("Cannot tell: no day has a value for {pain}; write one down each day, good days too.")
        }
        (CannotTellReason::SleepNeverVaries { .. }, SleepMeasure::PoorNightTick { .. }) => {
            "Cannot tell: no night is recorded as good, so there is nothing to compare with; note good nights too."
                .to_owned()
        }
        (CannotTellReason::SleepNeverVaries { value }, _) => format!(
            "Cannot tell: every night has the same value ({}), so there is nothing to compare; use a finer measure.",
            plain(*value)
        ),
        (CannotTellReason::PainNeverVaries { value }, _) => format!(
            "Cannot tell: {pain} has the same value every day ({}), so there is nothing to compare; note good and \
             bad days alike.",
            plain(*value)
        ),
        (CannotTellReason::TooFewPairs { pairs, needed }, _) => format!(
            "Cannot tell: nights and {pain} stand side by side on {pairs} days and {needed} are needed for a first \
             number; go on with both."
        ),
        (CannotTellReason::PreviewRefused { .. }, _) => {
            "No quick first answer can be given for this record; the full one takes a moment longer.".to_owned()
        }
        (_, _) => "Cannot tell from this record; go on writing down nights and days.".to_owned(),
    }
}

fn nights(measure: &SleepMeasure) -> (&'static str, &'static str) {
    match measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => ("Shorter nights", "Longer nights"),
        SleepMeasure::Rating { .. } | SleepMeasure::PoorNightTick { .. } => {
            ("Poorer nights", "Better nights")
        }
        SleepMeasure::Index { .. } => ("Nights with a lower figure", "Nights with a higher figure"),
    }
}

fn after_the_night(moment: Moment) -> &'static str {
    match moment {
        Moment::Waking => "the next morning",
        Moment::Bedtime => "the following evening",
        Moment::Worst => "at the worst of the next day",
        Moment::Day | Moment::Now => "the next day",
    }
}

fn during_the_day(moment: Moment) -> &'static str {
    match moment {
        Moment::Waking => "in the morning",
        Moment::Bedtime => "at bedtime",
        Moment::Worst => "at its worst",
        Moment::Day | Moment::Now => "during the day",
    }
}

/// Returns a name as it stands in the middle of a sentence: ordinary capitalised words in small letters, and all
/// others (IBS, iPad, L5) as they are.
pub(crate) fn mid(name: &str) -> String {
    let word = |word: &str| {
        let mut rest = word.chars().skip(1).peekable();
        let ordinary =
            rest.peek().is_some() && rest.all(|letter| letter.is_lowercase() || !letter.is_alphanumeric());
        if ordinary { word.to_lowercase() } else { word.to_owned() }
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Prints an estimate with as many places as a person can use, the same for numbers of one size.
fn number(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 9.95 => 0,
        size if size >= 0.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    // Rounding may leave "-0.00", which says nothing that "0.00" does not.
    let nothing = text.chars().all(|letter| matches!(letter, '-' | '0' | '.'));
    if nothing { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// Prints a given quantity, such as three hours, without places that say nothing.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_places_that_a_person_can_use() {
        assert_eq!(number(0.4), "0.40");
        assert_eq!(number(-0.004), "0.00");
        assert_eq!(number(-12.6), "−13");
        assert_eq!(number(1.25), "1.2");
        assert_eq!(plain(3.0), "3");
        assert_eq!(plain(1.333), "1.33");
    }

    #[test]
    fn names_stand_in_sentences_as_words_do() {
        assert_eq!(mid("Headache"), "headache");
        assert_eq!(mid("Lower Back pain"), "lower back pain");
        assert_eq!(mid("IBS flare"), "IBS flare");
        assert_eq!(mid("L5 pain"), "L5 pain");
        assert_eq!(mid("Übelkeit"), "übelkeit");
        assert_eq!(capitalised(&mid("Headache")), "Headache");
    }
}
