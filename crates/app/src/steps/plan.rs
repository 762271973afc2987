//! Lays a plan before the person before they commit: what it takes, what it can show, what speaks against it.

use jiff::civil::Date;
use nightmend_domain::{NightDate, Outcome};
use nightmend_sleep::Assembly;
use nightmend_trial::power::{Expected, OwnSpread, plan_power};
use nightmend_trial::schedule::{Gate, schedule_gate};
use nightmend_trial::steps::check::{openness, questions};
use nightmend_trial::steps::designs::{Wishes, design, most_nights};
use nightmend_trial::steps::{Arm, PaceKind, Step, StepId};
use nightmend_trial::{design as rules, steps};

use super::actions::{arm_named, offered_arm};
use super::describe::{kept, kept_sentence, offers_of, outcome_words, rotation_words};
use super::profile::{DAYS_BACK, diary_averages};
use super::reading::Reading;
use super::safety::safety_answers;
use super::{Desk, Occasion, active, ledger, outcomes};
use crate::failure::AppError;
use crate::views::{PlanView, PowerView, SafetyQuestionView, rounded};

/// The plan as it would be drawn tonight.
///
/// # Errors
/// A variant that the step does not have, a design that cannot be drawn, or a store that cannot be read.
pub fn plan(
    reading: &Reading,
    step: StepId,
    arm: Option<&str>,
    wishes: Wishes,
    occasion: &Occasion,
) -> Result<PlanView, AppError> {
    let (store, person) = (reading.store, reading.person);
    let desk = Desk::of(store, person, occasion)?;
    let step = step.step();
    let answers = safety_answers(store, person)?;
    let looked = openness(step, &answers);
    let ledger = ledger(store, person)?;
    let (offers, tried) = offers_of(reading, &desk, &ledger)?;
    let arm = match arm {
        Some(word) => arm_named(step, word)?,
        None => offered_arm(&offers, step),
    };
    // Any seed will do: nothing that is shown depends on it.
    let design = design(step, arm, wishes, 0);
    rules::check(&design).map_err(|error| AppError::Refused(error.to_string()))?;
    if design.nights > most_nights(step) {
        return Err(AppError::Refused(format!("this step takes at most {} nights", most_nights(step))));
    }
    let mut against: Vec<String> = looked.why_closed(arm.id).map(str::to_owned).into_iter().collect();
    if let Some(running) = active(&ledger, desk.tonight) {
        against.push(format!(
            "Experiment {} ({}) is still running; one at a time.",
            running.number,
            running.step.step().title
        ));
    }
    let assembly = reading.assembly()?;
    let mut kept = kept(&tried);
    kept.retain(|row| row.step != step.id.as_word());
    let gate =
        (arm.id == "gentle_window").then(|| schedule_gate(diary_averages(assembly, desk.today), &answers));
    let power = plan_power(&design, own_spread(assembly, design.outcome, desk.today), Expected::default());
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
        can_show: power.sentences,
        power: power
            .powers
            .iter()
            .map(|each| PowerView {
                change: rounded(each.change),
                helped: rounded(each.helped),
                helped_if_gone: rounded(each.helped_if_gone),
            })
            .collect(),
        false_helped: rounded(power.false_helped),
        nights_for_threshold: power.nights_for_threshold,
        smallest_p: rounded(power.smallest_p),
        spread: rounded(power.spread.sd),
        spread_days: power.spread.days,
        needs_rise: step.needs_rise_time(),
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
        remarks: kept_sentence(&kept).into_iter().chain(remarks(step, arm)).collect(),
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
    if step.needs_rise_time() {
        remarks.push(
            "You name one rise time at the start; it is written down with the plan and said on every evening that is assigned to the step.".to_owned(),
        );
    }
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

/// What is known of the outcome in this person before the start: its values of the last eight weeks, one a day.
fn own_spread(assembly: &Assembly, outcome: Outcome, today: Date) -> OwnSpread {
    let known = outcomes(assembly);
    let days = (0..DAYS_BACK).rev().filter_map(|back| today.checked_sub(jiff::Span::new().days(back)).ok());
    let values: Vec<Option<f64>> = days.map(|date| known.get(outcome, date)).collect();
    OwnSpread::of(outcome, &values)
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
