//! Lives experiments: a simulated person follows a plan, and what they wrote down is laid beside the lot as the program
//! does it.

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use nightmend_domain::plan::{Adherence, Arm, Design, NightAnswer, Outcome, Plan, Rotation, StepName};
use nightmend_domain::time::NightDate;
use nightmend_sim::{Seed, SteppedPerson};
use nightmend_trial::{Outcomes, Record, assemble, calendar};

const FIRST_NIGHT: Date = date(2024, 1, 1);

/// A design for pain on waking with a threshold of half a point, of no step of the six: its prior is the generic one.
///
/// # Errors
/// None in practice: the names are constants.
pub fn design(rotation: Rotation, nights: u16, seed: u64) -> Result<Design> {
    Ok(Design {
        step: StepName::new("any_step")?,
        arms: vec![Arm::new("usual", "your usual way")?, Arm::new("step", "the step")?],
        judged: 1,
        rotation,
        nights,
        seed,
        outcome: Outcome::MorningPain,
        threshold: 0.5,
        expected_benefit: None,
    })
}

/// Lives a plan and writes it down as the engine takes it: pain on waking, hours slept, whether it went as assigned.
#[must_use]
pub fn told(plan: &Plan, person: &SteppedPerson, seed: Seed) -> (Record, Outcomes) {
    let assigned: Vec<bool> = plan.allocation.iter().map(|arm| *arm == 1).collect();
    let nights = person.course(&assigned, seed);
    let first = NightDate::of_waking(FIRST_NIGHT);
    let (mut outcomes, mut answers) = (Outcomes::default(), Vec::new());
    for (assigned, night) in calendar(plan, first, &[]).iter().zip(&nights) {
        let date = assigned.night.date();
        if let (Some(pain), Some(hours)) = (night.pain, night.sleep_hours) {
            outcomes.insert(Outcome::MorningPain, date, pain);
            outcomes.insert(Outcome::SleepHours, date, hours);
            let as_assigned = night.done == (assigned.arm == 1);
            let adherence = if as_assigned { Adherence::Full } else { Adherence::Not };
            answers.push(NightAnswer { night: assigned.night, arm: assigned.arm, adherence });
        }
    }
    let last = FIRST_NIGHT.saturating_add((plan.allocation.len() as i64 - 1).days());
    (assemble(plan, first, &[], &answers, last), outcomes)
}
