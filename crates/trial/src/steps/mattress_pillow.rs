//! Holds the step "mattress and pillow": a check, and what to try before anything is bought.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Pace, PaceKind, Prior, Question,
    Reference, Section, Step, StepId,
};

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::MattressPillow,
    title: "Mattress and pillow",
    tonight: "Sleep on the surface of your plan: your own bed as it is, or the one you are trying out.",
    arms: &[
        Arm {
            id: "topper",
            title: "A medium-firm topper, or a board taken away",
            tonight: "Sleep on the medium-firm surface: with the topper on, or with the hard board out.",
            drawings: &["mattress_firmness", "mattress_sag"],
        },
        Arm {
            id: "other_bed",
            title: "Another bed in the house",
            tonight: "Sleep in the other bed.",
            drawings: &["mattress_firmness"],
        },
        Arm {
            id: "pillow_height",
            title: "A head pillow of another height",
            tonight: "Sleep with the head pillow that keeps your neck in line with your back.",
            drawings: &["pillow_height"],
        },
    ],
    guide: &[
        Section {
            heading: "Check 1: does it sag?",
            text: "Take the sheets off. Lay a broom handle or a taut string across the mattress where your hips lie, and measure the gap underneath in the middle.",
            points: &[
                "A dip of about 3 cm or more that stays when nobody lies there is a sag.",
                "Look underneath too: a broken slat or a soft middle of the base sags through any mattress.",
                "Turn or rotate the mattress and measure again before you blame it.",
            ],
            drawings: &["mattress_sag"],
        },
        Section {
            heading: "Check 2: too soft, too hard, or about right?",
            text: "Lie on your side for ten minutes while somebody looks along your back, or takes a photograph from behind.",
            points: &[
                "Too soft: the hips sink and the line from neck to tail bone hangs like a hammock.",
                "Too hard: the waist hangs free, and shoulder and hip are pressed.",
                "About right: the line is straight, and a flat hand slides under the waist with some resistance.",
            ],
            drawings: &["mattress_firmness"],
        },
        Section {
            heading: "Check 3: how old is it?",
            text: "Age alone says little. People who were given a new mattress in place of one about nine years old reported half the pain, but they knew that it was new, nobody was given a comparison, and part of it was published by the trade. A ten-year-old mattress without a sag can be a good one.",
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "Check 4: the pillow",
            text: "On the side, the pillow fills the space between ear and mattress, about the width of the shoulder; on the back it is lower. The nose points straight ahead, neither up nor down.",
            points: &[
                "A folded towel in the pillowcase raises it, and taking filling out lowers it: no purchase needed.",
            ],
            drawings: &["pillow_height"],
        },
        Section {
            heading: "Try before you buy",
            text: "What you would like to know is whether another surface changes your mornings. Find out with what is at hand, for whole weeks at a time.",
            points: &[
                "A guest bed, the other side of the double bed, a friend's place.",
                "A topper that can be given back; a mattress with a trial period, kept only if the verdict is for it.",
                "A board under a sagging mattress is a stopgap: it evens out the base, not the mattress.",
            ],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "One good randomised trial: medium-firm was kinder to people with lasting low-back pain than firm. The mattresses came from a maker, and both groups got much better, so part of it was time and hope. A block-wise test at home is weaker than one that changes night by night, and the verdict says so.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[],
    question: Question {
        text: "Did you sleep on the surface (or the pillow) of your plan?",
        asked: Asked::NextMorning,
    },
    pace: Pace {
        kind: PaceKind::Slow,
        block_nights: 7,
        washout_nights: 2,
        carry_over: "A back takes some nights to get used to a surface, so the first two nights of each block are left out.",
    },
    burden: Burden {
        kind: BurdenKind::Burdensome,
        minutes: 5,
        points: 0.3,
        words: "Swapping the surface once a week, perhaps the price of a topper.",
    },
    first_outcome: Outcome::MorningPain,
    prior: Prior {
        mean: -0.4,
        sd: 0.7,
        source: "generic for a step; one randomised trial compared two new mattresses, none compared an old with a new one",
    },
    stop_rules: &[
        "Stop if your pain is 2 points higher than usual on three days in a row; a new surface may ache for two or three nights, not for a week.",
        "Stop if a leg begins to hurt, tingle, go numb or feel weak, and see a clinician if it stays.",
        "Stop if you sleep badly for a whole block: a bed that nobody sleeps in is not worth a verdict.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::RecentInjuryOrSurgery,
            closes: Closes::Step,
            why: "After a fracture, an operation or an injury ask the people who look after it before you change the surface you lie on.",
        },
        Contraindication {
            condition: Condition::LegSymptoms,
            closes: Closes::Step,
            why: "New or growing trouble in a leg should be looked at before you try surfaces.",
        },
        Contraindication {
            condition: Condition::FrailFalls,
            closes: Closes::Arms(&["other_bed"]),
            why: "An unfamiliar bed of another height is a place to fall; try the topper or the pillow in your own bed instead.",
        },
    ],
    references: &[Reference {
        citation: "Kovacs 2003, Lancet 362:1599–1604 (randomised trial, 313 people, 90 days)",
        locator: "10.1016/S0140-6736(03)14792-7",
        grade: Grade::A,
        found: "Medium-firm against firm: odds of improvement 2.36 (1.13 to 4.93) for pain in bed, 1.93 (0.97 to 3.86) on rising, 2.10 (1.24 to 3.56) for disability; a maker supplied the mattresses, and both groups improved by 57 to 80 %.",
    }],
};
