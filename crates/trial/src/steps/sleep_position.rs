//! Holds the step "sleeping position": a pillow that keeps the lower back in its curve.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Pace, PaceKind, Prior, Question,
    Reference, Section, Step, StepId,
};

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::SleepPosition,
    title: "Sleeping position",
    tonight: "Lie down in the position of your plan, with the pillow where the drawing has it.",
    arms: &[
        Arm {
            id: "side_knees",
            title: "On the side, a firm pillow between the knees",
            tonight: "Fall asleep on your side with a firm pillow between your knees, from knee to ankle if it is long enough.",
            drawings: &["side_knees"],
        },
        Arm {
            id: "back_knees",
            title: "On the back, a pillow under the knees",
            tonight: "Fall asleep on your back with a pillow under your knees, so that they are a little bent.",
            drawings: &["back_knees"],
        },
        Arm {
            id: "stomach_pelvis",
            title: "On the stomach, a slim pillow under the pelvis",
            tonight: "If you can only fall asleep on your stomach, put a slim pillow under your pelvis and none under your head.",
            drawings: &["stomach_pelvis"],
        },
    ],
    guide: &[
        Section {
            heading: "On your side",
            text: "Bend hips and knees a little, as in a comfortable chair. The pillow between the knees keeps the upper leg from sliding forwards and turning the pelvis with it. A firm one stays where it is.",
            points: &[
                "The pillow fills the space between the knees; if it reaches the ankles, better still.",
                "The head pillow is as high as your shoulder is wide, so that the neck lies straight.",
                "Change sides whenever you like; take the pillow with you.",
            ],
            drawings: &["side_knees"],
        },
        Section {
            heading: "On your back",
            text: "A pillow or a rolled blanket under the knees takes the pull of straight legs off the lower back, so that it keeps its own slight curve.",
            points: &[
                "Thick enough that the knees are bent and the heels still touch the bed.",
                "One head pillow, not two: the chin does not drop onto the chest.",
                "If there is a gap under the lower back that troubles you, a small folded towel may fill it.",
            ],
            drawings: &["back_knees"],
        },
        Section {
            heading: "On your stomach",
            text: "This position turns the neck and lets the lower back sag, so it is usually the one to leave. Habits of the night change slowly: if you cannot fall asleep otherwise, take the sag away first.",
            points: &[
                "A slim pillow goes under the pelvis, from hip bone to lower belly.",
                "No pillow under the head, or a very flat one.",
                "Hugging a long pillow at a half turn is a way over to the side.",
            ],
            drawings: &["stomach_pelvis"],
        },
        Section {
            heading: "What counts as done",
            text: "You fell asleep in the position, with the pillow. Everybody turns in the night; waking up in another position does not make it a no.",
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "Not much. Side lying looks kind to the back in a handful of studies in which nobody was assigned to anything, and for pillows at the knees we know of one small pilot. That is why it is worth testing on yourself: it takes a pillow and a few weeks.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[],
    question: Question {
        text: "Did you fall asleep in the position of your plan, with the pillow?",
        asked: Asked::NextMorning,
    },
    pace: Pace {
        kind: PaceKind::Fast,
        block_nights: 1,
        washout_nights: 0,
        carry_over: "Little is expected to be left over from one night to the next; what is left is estimated in the model.",
    },
    burden: Burden {
        kind: BurdenKind::Effortless,
        minutes: 1,
        points: 0.05,
        words: "A pillow, and remembering it at bedtime.",
    },
    first_outcome: Outcome::MorningPain,
    prior: Prior {
        mean: -0.3,
        sd: 0.7,
        source: "weak: observational studies and one pilot of 20 people; centred on a small benefit, wide enough for none or harm",
    },
    stop_rules: &[
        "Stop if a leg hurts, tingles, goes numb or feels weak in the position, and see a clinician if it stays.",
        "Stop if your pain is 2 points higher than usual on three days in a row.",
        "Stop if a shoulder, hip or neck begins to hurt at night and moving the pillow does not help.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::PregnantFrom28Weeks,
            closes: Closes::Arms(&["back_knees", "stomach_pelvis"]),
            why: "From 28 weeks of pregnancy fall asleep on your side: going to sleep on the back goes with a higher risk of stillbirth. The side arm, with the pillow between the knees, is open to you.",
        },
        Contraindication {
            condition: Condition::Pregnant,
            closes: Closes::Arms(&["stomach_pelvis"]),
            why: "Lying on the stomach with a pillow under the pelvis is not for pregnancy; the side arm is.",
        },
        Contraindication {
            condition: Condition::UntreatedOsaSuspected,
            closes: Closes::Arms(&["back_knees"]),
            why: "Breathing pauses are often worse on the back. As long as suspected sleep apnoea is neither looked at nor treated, nightmend does not send you there; the side arm is open, and the suspicion is worth raising with your GP.",
        },
        Contraindication {
            condition: Condition::TroubleLyingFlat,
            closes: Closes::Arms(&["back_knees", "stomach_pelvis"]),
            why: "Breathlessness or burning when lying flat is worth raising with your GP; until then the side arm is the one to try, with the head raised if you need it.",
        },
        Contraindication {
            condition: Condition::HipReplacement,
            closes: Closes::Arms(&["stomach_pelvis"]),
            why: "Ask your surgeon or physiotherapist which positions your hip allows; nightmend leaves the stomach out. On the side keep the pillow between the knees, as you were probably told.",
        },
        Contraindication {
            condition: Condition::RecentInjuryOrSurgery,
            closes: Closes::Step,
            why: "After a fracture, an operation or an injury the position is set by the people who look after it; ask them first.",
        },
        Contraindication {
            condition: Condition::LegSymptoms,
            closes: Closes::Step,
            why: "New or growing trouble in a leg should be looked at before you try positions.",
        },
    ],
    references: &[
        Reference {
            citation: "Cary 2019, BMJ Open 9:e027633 (scoping review, 4 studies)",
            locator: "PMC6609073",
            grade: Grade::C,
            found: "Side lying was generally protective of the spine; only four small studies were found.",
        },
        Reference {
            citation: "Saini 2025, Musculoskeletal Care (review, 6 observational studies)",
            locator: "10.1002/msc.70114",
            grade: Grade::B,
            found: "Supine and supported side positions went with less low-back pain, prone with more; no randomised trial was found.",
        },
        Reference {
            citation: "Desouzart 2016, Work 53:235-240 (controlled pilot, 20 people)",
            locator: "10.3233/WOR-152243",
            grade: Grade::C,
            found: "Advice on position and pillows: effect size 0.81, with an interval from −0.11 to 1.72.",
        },
    ],
};
