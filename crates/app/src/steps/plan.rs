//! Lays a plan before the person before they commit: what it takes, what it can show, what speaks against it.

use nightmend_domain::{NightDate, PersonName, Rotation};
use nightmend_store::Store;
use nightmend_trial::schedule::{Gate, schedule_gate};
use nightmend_trial::steps::check::{openness, questions};
use nightmend_trial::steps::designs::{Wishes, design, most_nights};
use nightmend_trial::steps::{Arm, PaceKind, Step, StepId};
use nightmend_trial::{design as rules, steps};

use super::actions::arm_named;
use super::describe::{outcome_words, rotation_words};
use super::profile::diary_averages;
use super::safety::safety_answers;
use super::{Desk, Occasion, active, ledger};
use crate::failure::AppError;
use crate::refresh::assembly;
use crate::views::{PlanView, SafetyQuestionView, rounded};

/// The plan as it would be drawn tonight.
///
/// # Errors
/// A variant that the step does not have, a design that cannot be drawn, or a store that cannot be read.
pub fn plan(
    store: &Store,
    person: &PersonName,
    step: StepId,
    arm: Option<&str>,
    wishes: Wishes,
    occasion: &Occasion,
) -> Result<PlanView, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let step = step.step();
    let answers = safety_answers(store, person)?;
    let looked = openness(step, &answers);
    let arm = match arm {
        Some(word) => arm_named(step, word)?,
        None => looked.open.first().copied().unwrap_or(&step.arms[0]),
    };
    // Any seed will do: nothing that is shown depends on it.
    let design = design(step, arm, wishes, 0);
    rules::check(&design).map_err(|error| AppError::Refused(error.to_string()))?;
    if design.nights > most_nights(step) {
        return Err(AppError::Refused(format!("this step takes at most {} nights", most_nights(step))));
    }
    let mut against: Vec<String> = looked.why_closed(arm.id).map(str::to_owned).into_iter().collect();
    if let Some(running) = active(&ledger(store, person)?, desk.tonight) {
        against.push(format!(
            "Experiment {} ({}) is still running; one at a time.",
            running.number,
            running.step.step().title
        ));
    }
    let gate = (arm.id == "gentle_window").then(|| {
        let averages = assembly(store, person).map(|assembly| diary_averages(&assembly, desk.today));
        averages.map(|averages| schedule_gate(averages, &answers))
    });
    let gate = gate.transpose()?;
    if let Some(gate) = gate.as_ref().filter(|gate| !matches!(gate, Gate::GentleWindow(_))) {
        against.push(gate_sentence(gate));
    }
    let last = last_night(desk.tonight, design.nights);
    Ok(PlanView {
        schema: "nightmend.plan/1",
        person: person.to_string(),
        step: step.id.as_word(),
        title: step.title,
        arm: arm.id,
        arm_title: arm.title,
        what: arm.tonight,
        drawings: arm.drawings.to_vec(),
        nights: design.nights,
        most_nights: most_nights(step),
        least_nights: rules::LEAST_NIGHTS,
        first_evening: Desk::evening_of(desk.tonight).to_string(),
        last_night: last.map(|night| night.to_string()),
        rotation: rotation_words(design.rotation),
        outcome: design.outcome.as_word(),
        outcome_words: outcome_words(design.outcome),
        unit: design.outcome.unit(),
        threshold: design.threshold,
        expected_benefit: design.expected_benefit,
        question: step.question.text,
        carry_over: step.pace.carry_over,
        burden: step.burden.words,
        least: least_words(design.rotation, design.nights),
        smallest_p: rounded(smallest_p(design.rotation, design.nights)),
        window_min: match gate {
            Some(Gate::GentleWindow(length)) => Some(length.get()),
            _ => None,
        },
        against,
        unanswered: questions(step, arm.id)
            .into_iter()
            .filter(|condition| answers.answer(*condition).is_none())
            .map(SafetyQuestionView::open)
            .collect(),
        stop_rules: step.stop_rules.to_vec(),
        remarks: remarks(step, arm),
    })
}

fn last_night(first: NightDate, nights: u16) -> Option<NightDate> {
    let days = jiff::Span::new().days(i64::from(nights) - 1);
    first.date().checked_add(days).ok().map(NightDate::of_waking)
}

fn remarks(step: &Step, arm: &Arm) -> Vec<String> {
    let mut remarks = vec![
        "The lot is drawn at the start, written down and hashed; it cannot be changed afterwards without nightmend saying so.".to_owned(),
        "You will know which night is which, so what you expect is part of what you feel. The verdict says so.".to_owned(),
        "Only the outcome that you declare is judged; the others are shown beside it.".to_owned(),
    ];
    match step.pace.kind {
        PaceKind::Fast => {}
        PaceKind::Slow => {
            remarks.push("Whole blocks are compared, which is weaker evidence than single nights.".to_owned())
        }
        PaceKind::Once => remarks.push(
            "Only one change is seen, so time itself may have made the difference: this is the weakest form."
                .to_owned(),
        ),
    }
    if arm.id == "gentle_window" {
        remarks.push(nightmend_trial::schedule::DRIVING_WARNING.to_owned());
    }
    remarks.push(steps::HONEST_CONTEXT.to_owned());
    remarks
}

/// The smallest one-sided p that the randomisation test can give: one over the number of ways in which the lot could
/// have fallen.
pub(crate) fn smallest_p(rotation: Rotation, nights: u16) -> f64 {
    match rotation {
        Rotation::PermutedBlocks { block } => {
            let blocks = f64::from(nights / block.max(1));
            ways(block).powf(-blocks)
        }
        Rotation::LongBlocks { block, .. } => 0.5_f64.powf(f64::from(nights / (2 * block.max(1)))),
        Rotation::RandomStart { earliest, latest, .. } => 1.0 / f64::from(latest - earliest + 1),
    }
}

/// In how many orders a block with two arms can fall.
fn ways(block: u16) -> f64 {
    let half = block / 2;
    (1..=half).map(|place| f64::from(half + place) / f64::from(place)).product()
}

fn least_words(rotation: Rotation, nights: u16) -> String {
    let p = smallest_p(rotation, nights);
    let counted = match rotation {
        Rotation::PermutedBlocks { block } => format!("{} blocks of {block} nights", nights / block.max(1)),
        Rotation::LongBlocks { block, .. } => {
            let pairs = nights / (2 * block.max(1));
            format!("{pairs} pairs of {block}-night blocks")
        }
        Rotation::RandomStart { earliest, latest, .. } => {
            format!("a start that can fall on {} nights", latest - earliest + 1)
        }
    };
    if p > 0.05 {
        format!(
            "With {counted} the randomisation test cannot give less than p = {p:.3}, so it cannot reach 0.05 whatever happens; five pairs would. The verdict rests on the model, and this stands beside it. No verdict before night {}.",
            rules::LEAST_NIGHTS
        )
    } else {
        format!(
            "With {counted} the lot could have fallen in enough ways for the randomisation test (smallest p {}). No verdict before night {}, and “unlikely to reach your threshold” not before night 28.",
            if p < 0.001 { "under 0.001".to_owned() } else { format!("{p:.3}") },
            rules::LEAST_NIGHTS
        )
    }
}

/// What the gate to a shorter window says, for a person.
pub(crate) fn gate_sentence(gate: &Gate) -> String {
    match gate {
        Gate::CollectMore { missing } => format!(
            "A window is worked out from a week of diary nights (into bed, tried to sleep, woke, up), and {missing} of them {} missing. A regular rise time can start now.",
            if *missing == 1 { "is" } else { "are" }
        ),
        Gate::AskFirst(open) => {
            let words: Vec<&str> = open.iter().map(|each| each.as_word()).collect();
            format!(
                "A window is offered once these safety questions are answered: {}. Use `nightmend steps safety`.",
                words.join(", ")
            )
        }
        Gate::RegularTimesOnly { blocked_by } if blocked_by.is_empty() => {
            "Your time in bed is not longer than the window would be, so there is nothing to shorten; a regular rise time is the step for you.".to_owned()
        }
        Gate::RegularTimesOnly { blocked_by } => {
            let words: Vec<&str> = blocked_by.iter().map(|each| each.as_word()).collect();
            format!(
                "A shorter window is not for you as things stand ({}); a regular rise time is.",
                words.join(", ")
            )
        }
        Gate::GentleWindow(length) => format!("A window of {length} may be tried."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_pairs_cannot_reach_and_five_can() {
        let pairs = |pairs: u16| smallest_p(Rotation::LongBlocks { block: 7, washout: 2 }, 14 * pairs);
        assert_eq!(pairs(4), 0.0625);
        assert!(pairs(5) < 0.05);
        assert!(least_words(Rotation::LongBlocks { block: 7, washout: 2 }, 56).contains("cannot reach"));
        // Six orders of a block of four, seven blocks.
        let fast = smallest_p(Rotation::PermutedBlocks { block: 4 }, 28);
        assert!((fast - 6.0_f64.powi(-7)).abs() < 1e-12);
        assert_eq!(ways(4), 6.0);
    }
}
