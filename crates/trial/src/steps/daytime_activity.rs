//! Holds the step "daytime activity": low-impact movement with goals that grow by small steps.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Pace, PaceKind, Prior, Question,
    Reference, Section, Step, StepId,
};

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::DaytimeActivity,
    title: "Daytime activity",
    tonight: "On days of the step, move for the minutes of your goal, at a pace at which you can still talk.",
    arms: &[
        Arm {
            id: "walk",
            title: "Walking",
            tonight: "Walk for the minutes of your goal today, in one piece or in two, at a pace at which you can still talk.",
            drawings: &["walk"],
        },
        Arm {
            id: "swim",
            title: "Swimming or moving in water",
            tonight: "Swim or move in water for the minutes of your goal today, on your back or in whichever stroke is comfortable.",
            drawings: &["swim"],
        },
        Arm {
            id: "yoga",
            title: "Gentle yoga or mobility",
            tonight: "Do the gentle movements for the minutes of your goal today, slowly and without pain.",
            drawings: &["cat_cow", "child_pose", "knee_roll"],
        },
    ],
    guide: &[
        Section {
            heading: "Find your start",
            text: "Begin below what you can do on a bad day, not at what you can do on a good one. If ten minutes are fine on every day of the week, ten is your start.",
            points: &[
                "Level 1: 10 minutes. Level 2: 15. Level 3: 20. Level 4: 30. Level 5: 40.",
                "Go up one level after a block in which you did it on most of its days and pain did not rise by 2 points.",
                "Go down one level after a flare, and up again when it is over. Neither is a failure.",
                "nightmend keeps the level in an experiment: it begins at about half of what you move on a bad day, as far as that is known, at 10 minutes at least and 20 at most, moves by one level after a block, and says the minutes on each day of the step.",
            ],
            drawings: &["walk"],
        },
        Section {
            heading: "How it should feel",
            text: "Warm, breathing faster, able to talk in whole sentences. A back that complains a little more for an hour or two is ordinary; one that is worse the next morning was given too much.",
            points: &[
                "Not in the last two hours before bed, so that the evening stays quiet.",
                "Little and often beats much and seldom.",
                "Swimming: if lying on the front arches the back, swim on the back or walk in the water.",
            ],
            drawings: &["swim"],
        },
        Section {
            heading: "Days without the step",
            text: "Do what you usually do. The comparison is with your usual days, not with lying down.",
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "This is the step with the firmest ground for pain: structured exercise eases lasting low-back pain a little on average, in trials. Which kind matters less than doing it. A programme builds up over weeks, so two months at home see its beginning only.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[],
    question: Question { text: "Did you move for the minutes of your goal today?", asked: Asked::Evening },
    pace: Pace {
        kind: PaceKind::Slow,
        block_nights: 7,
        washout_nights: 1,
        carry_over: "What a day of movement does may last for some days, and fitness for weeks; whole weeks are compared, the first day of each is left out, and the verdict is weaker for it.",
    },
    burden: Burden {
        kind: BurdenKind::Burdensome,
        minutes: 30,
        points: 0.3,
        words: "Ten to forty minutes a day in every second week.",
    },
    first_outcome: Outcome::MorningPain,
    prior: Prior {
        mean: -0.6,
        sd: 0.7,
        source: "structured exercise against none in lasting low-back pain: standardised difference −0.33 (−0.58 to −0.08) in 8 trials, about 0.7 points (PMC10684665), shrunk a little",
    },
    stop_rules: &[
        "Stop at once and call for help with chest pain, faintness or breathlessness that does not settle.",
        "Stop if a leg begins to hurt, tingle, go numb or feel weak, and see a clinician if it stays.",
        "Stop or go down a level if your pain is 2 points higher than usual on three days in a row.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::ExerciseLimited,
            closes: Closes::Step,
            why: "Chest pain, unusual breathlessness or dizziness on exertion should be looked at before you do more; ask your GP what is safe for you.",
        },
        Contraindication {
            condition: Condition::RecentInjuryOrSurgery,
            closes: Closes::Step,
            why: "After a fracture, an operation or an injury your physiotherapist sets how much you move.",
        },
        Contraindication {
            condition: Condition::LegSymptoms,
            closes: Closes::Step,
            why: "New or growing trouble in a leg should be looked at before you do more.",
        },
        Contraindication {
            condition: Condition::FrailFalls,
            closes: Closes::Arms(&["swim", "yoga"]),
            why: "Walk on even ground, with a companion or your aid, or ask for a falls class; wet floors and mats are places to fall.",
        },
        Contraindication {
            condition: Condition::Osteoporosis,
            closes: Closes::Arms(&["yoga"]),
            why: "Bending and rounding the back are not for fragile bones; walking is.",
        },
        Contraindication {
            condition: Condition::Seizures,
            closes: Closes::Arms(&["swim"]),
            why: "Do not swim alone with seizures; walk, or swim with somebody who knows what to do.",
        },
        Contraindication {
            condition: Condition::PregnantFrom28Weeks,
            closes: Closes::Arms(&["yoga"]),
            why: "The movements here include lying on the back; walk or swim, or go to a class for pregnancy.",
        },
    ],
    references: &[
        Reference {
            citation: "Meta-analysis 2023 of structured exercise in chronic low-back pain (8 randomised trials)",
            locator: "PMC10684665",
            grade: Grade::A,
            found: "Exercise against none: pain −0.33 standard deviations (−0.58 to −0.08), function −0.31.",
        },
        Reference {
            citation: "Skarpsno 2021, Scientific Reports 11 (one cohort, HUNT: 8,601 people, 22 years)",
            locator: "10.1038/s41598-021-94845-7",
            grade: Grade::C,
            found: "People with lasting poor sleep had more back trouble later (relative risk 1.92, 1.48 to 2.49), 35 % less of it where they met the guidelines for activity.",
        },
    ],
};
