//! Says what an experiment has shown in plain words: what changed, how sure that is, and what it includes.

use nightmend_domain::plan::{Outcome, Rotation};
use nightmend_domain::step_result::{
    Instrumental, InstrumentalRefusal, Interval90, OutcomeResult, StepResult, Verdict,
};

use crate::verdict::{FIRST_LOOK, LEAST_KNOWN, LEAST_KNOWN_EACH};

/// Returns the verdict in a few sentences. Every verdict that states a difference says that it includes what was expected.
pub(crate) fn sentence(result: &StepResult, ended: bool) -> String {
    let StepResult { design, nights, verdict, next_look, .. } = result;
    let outcome = design.outcome;
    let so_far = nights.assigned_on + nights.assigned_off + nights.other_arms;
    let judged = result.outcomes.iter().find(|outcome| outcome.judged);
    let (Some(judged), false) = (judged, *verdict == Verdict::TooEarly) else {
        return early(so_far, design.nights, *next_look, ended);
    };
    let arm = within_sentence(&design.arms[design.judged].title);
    let difference = change(outcome, judged.usual.effect);
    let worlds = worlds(judged.usual.p_benefit);
    let wanted = amount(outcome, judged.threshold);
    let name = capital(outcome.title());
    let said = match verdict {
        Verdict::Helped => format!(
            "On nights with {arm} your {} changed for the better: {difference}. {} of 100 plausible worlds favour it.{}",
            outcome.title(),
            capital(&worlds),
            if judged.usual.p_at_least_threshold < crate::verdict::UNLIKELY {
                format!(" A change of {wanted}, which counts as worth it here, is unlikely.")
            } else {
                String::new()
            }
        ),
        Verdict::Harmed => format!(
            "{name} was worse on nights with {arm}: {difference}. The experiment ends here; leave it out, and if it \
             stays worse, tell someone who can look at it with you."
        ),
        Verdict::DidNotHelp => format!(
            "{} did not help: {} on nights with it was {difference}, which rules out even half of the {wanted} that \
             count as worth it here.",
            capital(&arm),
            outcome.title()
        ),
        Verdict::UnlikelyToReachThreshold => format!(
            "A change of {wanted}, which counts as worth it here, is unlikely: {} of 100 plausible worlds reach it. \
             {name} on nights with {arm} was {difference}.",
            self::worlds(judged.usual.p_at_least_threshold)
        ),
        Verdict::NoClearChange | Verdict::TooEarly => format!(
            "No clear change after {so_far} nights: {} on nights with {arm} was {difference}, and {worlds} of 100 \
             plausible worlds favour it.",
            outcome.title()
        ),
    };
    format!("{said} {INCLUDES_EXPECTATION}")
}

/// Beside every difference that is stated: nobody can be kept from knowing which night is which.
const INCLUDES_EXPECTATION: &str =
    "You knew on which nights you did it, so this includes what you expected of it.";

fn early(so_far: u32, nights: u16, next_look: Option<u16>, ended: bool) -> String {
    if ended && so_far < u32::from(nights) {
        return format!(
            "You ended this after {so_far} of {nights} nights, too early to say anything. That is fine; what you wrote \
             down is kept."
        );
    }
    match next_look {
        Some(night) => format!(
            "Too early to say: {so_far} of {nights} nights so far. The next look is after night {night}."
        ),
        None => format!(
            "Too few nights to say anything: it takes at least {FIRST_LOOK}, with the outcome written down on at least \
             {LEAST_KNOWN} of them and on {LEAST_KNOWN_EACH} of each kind."
        ),
    }
}

/// Returns what else must be said beside the verdict.
pub(crate) fn remarks(result: &StepResult) -> Vec<String> {
    let Some(judged) = result.outcomes.iter().find(|outcome| outcome.judged) else { return Vec::new() };
    let mut remarks = vec![
        format!(
            "Starting from the view that it changes nothing, {} of 100 plausible worlds favour it.",
            worlds(judged.sceptical.p_benefit)
        ),
        format!(
            "By your nights alone, without what is known of other people, it was {}.",
            change(result.design.outcome, judged.alone)
        ),
        expectation(result),
    ];
    if let Some(test) = judged.randomisation {
        remarks.push(format!(
            "If it changed nothing at all, the lot would have made so large a difference in {} of ways{}.",
            percent(test.p),
            if test.smallest_p > 0.05 {
                format!("; no result of this plan could have been below {}", percent(test.smallest_p))
            } else {
                String::new()
            }
        ));
    }
    remarks.extend(adherence(result, judged));
    match result.design.rotation {
        Rotation::PermutedBlocks { .. } => {}
        Rotation::LongBlocks { .. } => remarks.push(
            "The step was kept for days at a time, so other things that last for days can look like it: weaker evidence \
             than nights drawn one by one."
                .to_owned(),
        ),
        Rotation::RandomStart { .. } => remarks.push(
            "There was only one change, so anything else that changed about then can look like it: the weakest of the \
             three forms of experiment."
                .to_owned(),
        ),
    }
    remarks
}

/// What was expected before the start; what the sentence of the verdict says of it is not said twice.
fn expectation(result: &StepResult) -> String {
    let outcome = result.design.outcome;
    let said = result.design.expected_benefit.map_or_else(
        || "You did not say what you expected of it.".to_owned(),
        |expected| {
            let direction = if expected >= 0.0 { "for the better" } else { "for the worse" };
            format!(
                "Before the start you expected a change of {} {direction}.",
                amount(outcome, expected.abs())
            )
        },
    );
    if result.verdict == Verdict::TooEarly { format!("{said} {INCLUDES_EXPECTATION}") } else { said }
}

fn adherence(result: &StepResult, judged: &OutcomeResult) -> Option<String> {
    let known = result.nights.adherence_known;
    if known == 0 {
        return Some(
            "Whether the nights went as assigned was not written down; they are read as assigned.".to_owned(),
        );
    }
    let share = result.nights.as_assigned / f64::from(known);
    if share > 0.9 {
        return None;
    }
    let told = match judged.instrumental {
        Instrumental::Effect { effect, .. } => {
            format!(
                "on nights on which it was done, not only assigned, it was {}",
                change(result.design.outcome, effect)
            )
        }
        Instrumental::Refused(InstrumentalRefusal::AdherenceUnknown) => {
            "too few answers are known to say what doing it would come to".to_owned()
        }
        Instrumental::Refused(InstrumentalRefusal::AdherenceHardlyDiffers) => {
            "nights with and without it hardly differed in what was done, so nothing is said of doing it"
                .to_owned()
        }
    };
    Some(format!("{} of the nights that you answered went as assigned; {told}.", percent(share)))
}

/// Returns a difference with its interval, for example "0.9 points lower (0.4 to 1.4 lower)".
pub(crate) fn change(outcome: Outcome, effect: Interval90) -> String {
    let Interval90 { mean, low, high } = effect;
    let interval = if low * high >= 0.0 {
        let (near, far) = if low >= 0.0 { (low, high) } else { (-high, -low) };
        format!("{near:.1} to {far:.1} {}", direction(low + high))
    } else {
        format!("from {:.1} lower to {high:.1} higher", -low)
    };
    // Rounded to nothing it is neither lower nor higher.
    if mean.abs() < 0.05 {
        return format!("about the same ({interval})");
    }
    format!("{} {} ({interval})", amount(outcome, mean.abs()), direction(mean))
}

fn direction(value: f64) -> &'static str {
    if value < 0.0 { "lower" } else { "higher" }
}

/// Returns an amount with its unit.
pub(crate) fn amount(outcome: Outcome, value: f64) -> String {
    let unit = outcome.unit();
    // "1.0 points": a decimal is always plural.
    format!("{value:.1} {unit}")
}

/// Returns a probability as a number of worlds in a hundred.
pub(crate) fn worlds(probability: f64) -> String {
    let of_hundred = (100.0 * probability).round();
    if of_hundred < 1.0 {
        "fewer than 1".to_owned()
    } else if of_hundred > 99.0 {
        "more than 99".to_owned()
    } else {
        format!("{of_hundred}")
    }
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 0.1 {
        "less than 0.1 %".to_owned()
    } else if percent < 1.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A title as it stands within a sentence: "On the side" becomes "on the side", while "TENS" and "B" stay.
fn within_sentence(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && (second.is_lowercase() || second == ' ') => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => title.to_owned(),
    }
}

/// A text that begins as a sentence does.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
