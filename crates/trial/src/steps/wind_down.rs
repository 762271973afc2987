//! Holds the step "wind-down": gentle stretches, slow breathing, guided relaxation, screens off before bed.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Move, Pace, PaceKind, Prior, Question,
    Reference, Section, Sides, Step, StepId,
};

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::WindDown,
    title: "Wind-down",
    tonight: "Switch screens off half an hour before bed and spend part of it on the wind-down of your plan.",
    arms: &[
        Arm {
            id: "whole",
            title: "The whole wind-down: screens off, stretches, breathing",
            tonight: "Switch screens off 30 minutes before bed, do the stretches for about eight minutes, then breathe slowly for ten.",
            drawings: &["knee_to_chest", "knee_roll", "breathing"],
        },
        Arm {
            id: "stretches",
            title: "Gentle stretches for back and hips",
            tonight: "Do the timed stretches for back and hips, about eight minutes, shortly before bed.",
            drawings: &["knee_to_chest", "knee_roll", "cat_cow", "child_pose", "figure_four"],
        },
        Arm {
            id: "breathing",
            title: "Slow breathing, about six breaths a minute",
            tonight: "Breathe with the pacer for ten minutes before you put the light out: four seconds in, six seconds out.",
            drawings: &["breathing"],
        },
        Arm {
            id: "relaxation",
            title: "Guided relaxation",
            tonight: "Lie down and go through the guided relaxation once, about ten minutes, before you put the light out.",
            drawings: &["back_knees"],
        },
        Arm {
            id: "screens_off",
            title: "Screens off 30 minutes before bed",
            tonight: "Switch phone, computer and television off 30 minutes before bed and leave them outside the bedroom.",
            drawings: &["screens_off"],
        },
    ],
    guide: &[
        Section {
            heading: "The half hour before bed",
            text: "The point is a slope from the day into the night, the same every time, quiet enough that you would not mind falling asleep in the middle of it.",
            points: &[
                "Screens off, lights low; lay out what tomorrow needs, so that it need not be remembered.",
                "Stretches on a mat, a carpet or the bed: slow, never into pain.",
                "Slow breathing or the guided relaxation, lying or sitting.",
                "If something keeps turning in your head, write one line about it on paper and leave it there.",
            ],
            drawings: &["screens_off"],
        },
        Section {
            heading: "The stretches",
            text: "Move until you feel a mild pull, stay, and breathe out longer than in. No bouncing, no holding the breath. A leg that begins to hurt, tingle or go numb ends the stretch.",
            points: &[],
            drawings: &["knee_to_chest", "knee_roll", "cat_cow", "child_pose", "figure_four"],
        },
        Section {
            heading: "Slow breathing",
            text: "Four seconds in through the nose, six seconds out, about six breaths a minute, ten to twenty minutes. Let the belly rise and fall; small breaths are enough. If you feel light-headed, breathe as you usually do.",
            points: &[],
            drawings: &["breathing"],
        },
        Section {
            heading: "Guided relaxation",
            text: "Read it slowly to yourself once or twice; after some evenings you will know it by heart.",
            points: &[
                "Lie on your back with a pillow under your knees, or on your side. Let your hands lie open. There is nothing to do now.",
                "Let the breath come and go as it likes. With each breath out, the bed carries a little more of you.",
                "Feel your feet. Let them fall to the sides. Let the calves grow heavy, the backs of the knees, the thighs.",
                "Feel the pelvis on the bed. Let the buttocks go soft. Let the lower back rest as it is, even if it is not comfortable; it need not be.",
                "If your back hurts, notice where the hurt begins and where it ends. Breathe out towards its edge. Leave it where it is and go on.",
                "Feel belly, ribs and chest move by themselves. Let the shoulders sink. Let arms, hands and fingers lie.",
                "Let the neck grow long. Let the jaw hang a little, the tongue lie, the eyes sink back, the forehead smooth.",
                "Go once through the whole body, from the crown to the feet, as slowly as you like. If you fall asleep on the way, that is the end of it.",
            ],
            drawings: &["back_knees"],
        },
        Section {
            heading: "Screens",
            text: "Bright screens before bed delay sleep in a laboratory. Whether half an hour without them changes a night at home, let alone a back, is an open question: here it is a hypothesis for you to test, not a rule.",
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "Slow breathing eases stress a little and helped a few people with insomnia fall asleep sooner; nobody has tested a wind-down on back pain at night. So sleep is judged first here, unless you declare otherwise, and pain is shown beside it.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[
        Move {
            id: "knee_to_chest",
            title: "Knee to chest",
            how: "Lie on your back, both feet down. Draw one knee gently towards the chest with both hands, hold it for five seconds, lower it; ten times, then the other side.",
            seconds: 80,
            sides: Sides::Both,
            drawing: Some("knee_to_chest"),
        },
        Move {
            id: "knee_roll",
            title: "Knee roll",
            how: "On your back, knees bent and together, arms out. Let both knees sink slowly to one side as far as is comfortable, breathe out, come back, and to the other side.",
            seconds: 60,
            sides: Sides::One,
            drawing: Some("knee_roll"),
        },
        Move {
            id: "figure_four",
            title: "Figure four",
            how: "On your back, knees bent. Lay one ankle across the other knee and draw that thigh towards you until you feel a mild pull in the buttock; then the other side.",
            seconds: 60,
            sides: Sides::Both,
            drawing: Some("figure_four"),
        },
        Move {
            id: "cat_cow",
            title: "Cat and cow",
            how: "On hands and knees. Breathe out and round the back upwards, let the head hang; breathe in and let the belly sink a little. Slowly to and fro, within what is comfortable.",
            seconds: 60,
            sides: Sides::One,
            drawing: Some("cat_cow"),
        },
        Move {
            id: "child_pose",
            title: "Child's pose",
            how: "From hands and knees sit back towards your heels, knees a little apart, arms long or beside you, forehead down or on a pillow. Stay and breathe into the back of the ribs.",
            seconds: 60,
            sides: Sides::One,
            drawing: Some("child_pose"),
        },
        Move {
            id: "settle",
            title: "Lie down",
            how: "Lie on your back with a pillow under your knees, or on your side, and let everything go heavy.",
            seconds: 30,
            sides: Sides::One,
            drawing: Some("back_knees"),
        },
        Move {
            id: "breathing",
            title: "Slow breathing",
            how: "Four seconds in, six seconds out, with the pacer or by counting. Small breaths.",
            seconds: 600,
            sides: Sides::One,
            drawing: Some("breathing"),
        },
    ],
    question: Question {
        text: "Did you do the wind-down of your plan last night?",
        asked: Asked::NextMorning,
    },
    pace: Pace {
        kind: PaceKind::Fast,
        block_nights: 1,
        washout_nights: 0,
        carry_over: "A calm evening may help the next one a little; what is left over is estimated in the model.",
    },
    burden: Burden {
        kind: BurdenKind::Burdensome,
        minutes: 30,
        points: 0.2,
        words: "Up to half an hour an evening, on every second evening of the test.",
    },
    first_outcome: Outcome::SleepQuality,
    prior: Prior {
        mean: -0.2,
        sd: 0.6,
        source: "no trial with a pain outcome is known; centred on little, wide enough for none or harm",
    },
    stop_rules: &[
        "Stop the stretches at once if anything is felt in a leg (pain, tingling, numbness, weakness), and see a clinician if it stays.",
        "Stop if your pain is 2 points higher than usual on three days in a row.",
        "Stop the slow breathing if you feel dizzy, breathless or panicky; breathe as you usually do.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::LegSymptoms,
            closes: Closes::Arms(&["whole", "stretches"]),
            why: "With new or growing trouble in a leg leave the stretches until it was looked at; breathing, relaxation and screens off are open.",
        },
        Contraindication {
            condition: Condition::RecentInjuryOrSurgery,
            closes: Closes::Arms(&["whole", "stretches"]),
            why: "After a fracture, an operation or an injury ask your physiotherapist which stretches are for you; breathing, relaxation and screens off are open.",
        },
        Contraindication {
            condition: Condition::HipReplacement,
            closes: Closes::Arms(&["whole", "stretches"]),
            why: "Some of the stretches bend and turn the hip further than an artificial one may go; breathing, relaxation and screens off are open.",
        },
        Contraindication {
            condition: Condition::Osteoporosis,
            closes: Closes::Arms(&["whole", "stretches"]),
            why: "Rounding the back is not for fragile bones; ask a physiotherapist for other stretches. Breathing, relaxation and screens off are open.",
        },
        Contraindication {
            condition: Condition::PregnantFrom28Weeks,
            closes: Closes::Arms(&["whole", "stretches", "relaxation"]),
            why: "From 28 weeks of pregnancy do not lie flat on your back for long, so the stretches and the relaxation on the back are left out; breathing, sitting or on your side, and screens off are open.",
        },
        Contraindication {
            condition: Condition::SlowBreathingUncomfortable,
            closes: Closes::Arms(&["whole", "breathing"]),
            why: "If slow breathing makes you dizzy or panicky, leave it; stretches, relaxation and screens off are open.",
        },
        Contraindication {
            condition: Condition::FrailFalls,
            closes: Closes::Arms(&["whole", "stretches"]),
            why: "Getting down to the floor and up again late in the evening is a place to fall; breathing, relaxation and screens off are open.",
        },
    ],
    references: &[
        Reference {
            citation: "Tsai 2015, Psychophysiology 52:388–396 (14 people with insomnia)",
            locator: "10.1111/psyp.12333",
            grade: Grade::C,
            found: "Twenty minutes of slow breathing before bed: asleep sooner, fewer awakenings, higher sleep efficiency; a very small study.",
        },
        Reference {
            citation: "Fincham 2023, Scientific Reports 13 (meta-analysis, 12 randomised trials, 785 people)",
            locator: "10.1038/s41598-022-27247-y",
            grade: Grade::A,
            found: "Breathing exercises and stress: a small to medium difference, g = −0.35 (−0.55 to −0.14).",
        },
        Reference {
            citation: "Chang 2015, PNAS 112:1232–1237 (laboratory)",
            locator: "10.1073/pnas.1418490112",
            grade: Grade::C,
            found: "Reading from a bright screen before bed delayed sleep and lowered melatonin, against a printed book.",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::STEP;

    #[test]
    fn the_stretches_take_as_long_as_is_said() {
        let seconds: u32 =
            STEP.sequence.iter().filter(|each| each.id != "breathing").map(|each| each.total_seconds()).sum();
        assert_eq!((f64::from(seconds) / 60.0).round(), 8.0, "{seconds} s");
        for arm in ["whole", "stretches"] {
            let tonight = STEP.arm(arm).expect("an arm").tonight;
            assert!(tonight.contains("about eight minutes"), "{tonight}");
        }
        // Ten holds of five seconds, and as much again as it takes to come down and up.
        let knee = &STEP.sequence[0];
        assert!(knee.how.contains("five seconds") && knee.how.contains("ten times"), "{}", knee.how);
        assert!((70..=100).contains(&knee.seconds));
        let breathing = STEP.sequence.last().expect("a move");
        assert_eq!((breathing.id, breathing.total_seconds()), ("breathing", 600));
    }
}
