//! Says which arms of a step are open to a person, what closes the others, and what has to be asked first.

use nightmend_domain::{Condition, SafetyAnswers};

use super::{Arm, CLOSES_EVERYTHING, Closes, Contraindication, Step};

/// What a person's safety answers leave open of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Openness {
    /// Arms against which nothing was said. Those with open questions are among them.
    pub open: Vec<&'static Arm>,
    /// What closes something, the whole step first.
    pub closed_by: Vec<&'static Contraindication>,
    /// Questions of the step that were never answered: they are put before it starts.
    pub unanswered: Vec<Condition>,
}

impl Openness {
    /// Whether any arm is left.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether this arm is left.
    #[must_use]
    pub fn allows(&self, arm: &str) -> bool {
        self.open.iter().any(|each| each.id == arm)
    }

    /// Why the arm (or the whole step) is closed; nothing where it is open.
    #[must_use]
    pub fn why_closed(&self, arm: &str) -> Option<&'static str> {
        self.closed_by.iter().find(|each| closes(each, arm)).map(|each| each.why)
    }
}

fn closes(contraindication: &Contraindication, arm: &str) -> bool {
    match contraindication.closes {
        Closes::Step => true,
        Closes::Arms(arms) => arms.contains(&arm),
    }
}

/// Looks at a step with the answers of a person. A "not sure" closes as a yes does.
#[must_use]
pub fn openness(step: &'static Step, answers: &SafetyAnswers) -> Openness {
    let all = || CLOSES_EVERYTHING.iter().chain(step.contraindications);
    let mut closed_by: Vec<&Contraindication> =
        all().filter(|each| answers.may_hold(each.condition)).collect();
    closed_by.sort_by_key(|each| each.closes != Closes::Step);
    let open = step.arms.iter().filter(|arm| !closed_by.iter().any(|each| closes(each, arm.id))).collect();
    let mut unanswered: Vec<Condition> = Vec::new();
    for each in all().filter(|each| answers.answer(each.condition).is_none()) {
        if !unanswered.contains(&each.condition) {
            unanswered.push(each.condition);
        }
    }
    Openness { open, closed_by, unanswered }
}

/// What closes every step for this person at once, in the order of the list; empty for most people.
#[must_use]
pub fn everything_waits_for(answers: &SafetyAnswers) -> Vec<&'static Contraindication> {
    CLOSES_EVERYTHING.iter().filter(|each| answers.may_hold(each.condition)).collect()
}

/// The questions that speak about one arm of a step: those of the whole step and of the arm.
#[must_use]
pub fn questions(step: &Step, arm: &str) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    for each in CLOSES_EVERYTHING.iter().chain(step.contraindications).filter(|each| closes(each, arm)) {
        if !conditions.contains(&each.condition) {
            conditions.push(each.condition);
        }
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::{ALL, StepId};
    use nightmend_domain::SafetyAnswer;

    fn only(condition: Condition) -> SafetyAnswers {
        let mut answers = SafetyAnswers::default();
        for each in Condition::all() {
            answers.set(each, SafetyAnswer::No);
        }
        answers.set(condition, SafetyAnswer::Yes);
        answers
    }

    #[test]
    fn a_person_without_anything_may_do_every_arm_and_a_stranger_is_asked_first() {
        let healthy = {
            let mut answers = SafetyAnswers::default();
            Condition::all().for_each(|each| answers.set(each, SafetyAnswer::No));
            answers
        };
        for step in ALL {
            let known = openness(step, &healthy);
            assert_eq!((known.open.len(), known.unanswered.len()), (step.arms.len(), 0));
            let stranger = openness(step, &SafetyAnswers::default());
            assert!(stranger.unanswered.contains(&Condition::RedFlag) && stranger.closed_by.is_empty());
            for arm in step.arms {
                assert!(!questions(step, arm.id).is_empty());
            }
        }
    }

    #[test]
    fn a_red_flag_closes_everything() {
        for condition in [Condition::RedFlag, Condition::Suicidal, Condition::Under16] {
            let waits = everything_waits_for(&only(condition));
            assert_eq!(waits.iter().map(|each| each.condition).collect::<Vec<_>>(), [condition]);
            for step in ALL {
                let looked = openness(step, &only(condition));
                assert!(!looked.is_open() && looked.why_closed(step.arms[0].id).is_some());
            }
        }
    }

    #[test]
    fn late_pregnancy_takes_the_back_and_the_stomach_away_and_leaves_the_side() {
        let position = openness(StepId::SleepPosition.step(), &only(Condition::PregnantFrom28Weeks));
        assert!(position.allows("side_knees"));
        assert!(!position.allows("back_knees") && !position.allows("stomach_pelvis"));
        assert!(position.why_closed("back_knees").is_some_and(|why| why.contains("28 weeks")));
    }

    #[test]
    fn suspected_apnoea_is_not_sent_to_its_back() {
        let position = openness(StepId::SleepPosition.step(), &only(Condition::UntreatedOsaSuspected));
        assert!(position.allows("side_knees") && !position.allows("back_knees"));
    }

    #[test]
    fn every_blocker_of_the_window_leaves_the_rise_time() {
        for blocker in crate::schedule::BLOCKERS {
            let looked = openness(StepId::Schedule.step(), &only(*blocker));
            let closes_all = CLOSES_EVERYTHING.iter().any(|each| each.condition == *blocker);
            assert_eq!(
                looked.allows("rise_time"),
                !closes_all && *blocker != Condition::NightShifts,
                "{blocker:?}"
            );
            assert!(!looked.allows("gentle_window"), "{blocker:?}");
        }
    }
}
