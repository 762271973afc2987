//! Holds the step "professional support": whom to see, when, and what to bring.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Pace, PaceKind, Prior, Question,
    Reference, Section, Step, StepId,
};

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::Professional,
    title: "Professional support",
    tonight: "Make the appointment, go there with your page in hand, and do what you agreed on.",
    arms: &[
        Arm {
            id: "cbt_i",
            title: "A programme for insomnia (CBT-I)",
            tonight: "Do today's part of the insomnia programme.",
            drawings: &["appointment"],
        },
        Arm {
            id: "physio",
            title: "Physiotherapy",
            tonight: "Do what your physiotherapist and you agreed on for today.",
            drawings: &["appointment"],
        },
        Arm {
            id: "sleep_clinic",
            title: "A sleep clinic or your GP, for apnoea or restless legs",
            tonight: "Follow what your clinic or GP and you agreed on for tonight.",
            drawings: &["appointment"],
        },
    ],
    guide: &[
        Section {
            heading: "Whom, and when",
            text: "Going is not a last resort. It is the step to take first when one of these is true.",
            points: &[
                "Emergency number, now: numbness around the saddle, trouble passing or holding urine or stool, both legs weak or numb, chest pain, a hard fall, sudden tearing pain.",
                "Same day (urgent GP or 111): fever or feeling very unwell, weight loss, a history of cancer with new back pain, pain at night that no position eases.",
                "GP: loud snoring with breathing pauses, restless legs in the evening, three bad nights a week for three months, back pain that has not changed in six weeks.",
                "Physiotherapist (in many places without a referral): pain that keeps you from doing things for six weeks or longer, weakness, stiffness, fear of moving.",
                "Insomnia programme (CBT-I): trouble falling or staying asleep on three nights a week for three months. It is what guidelines name first, before tablets.",
            ],
            drawings: &[],
        },
        Section {
            heading: "What to bring",
            text: "Ten minutes go a long way with one page.",
            points: &[
                "Your pages Nights and Loop, printed: nights, pain, the loop with its uncertainty; and the verdicts of your experiments.",
                "Your medicines with doses, sleep aids and painkillers bought without prescription included.",
                "The one thing that you would like to be able to do again.",
                "Two questions, written down. For instance: “Is there anything that must be looked at first?” and “What would you try for four weeks, and how will we know?”",
            ],
            drawings: &["appointment"],
        },
        Section {
            heading: "As an experiment",
            text: "Treatment cannot be switched on and off by the night. Here only the week in which it begins is drawn by lot, and the weeks before are compared with those after. That is weaker evidence, and it never delays what is urgent: if you need to be seen, go now and leave the experiment.",
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "Insomnia programmes help people with lasting pain sleep much better, and ease pain a little on average. Exercise with a physiotherapist eases pain a little too.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[],
    question: Question { text: "Did you do today's part of what you agreed on?", asked: Asked::Evening },
    pace: Pace {
        kind: PaceKind::Once,
        block_nights: 7,
        washout_nights: 3,
        carry_over: "What is learned stays, so there is no way back: the weeks before the start are compared with those after it.",
    },
    burden: Burden {
        kind: BurdenKind::Burdensome,
        minutes: 20,
        points: 0.4,
        words: "Appointments, some weeks of practice, in places a waiting list or a fee.",
    },
    first_outcome: Outcome::SleepQuality,
    prior: Prior {
        mean: -0.4,
        sd: 0.7,
        source: "insomnia programmes in people with lasting pain: standardised difference 0.20 for pain (Selvanathan 2021), about 0.4 points",
    },
    stop_rules: &[
        "Stop the experiment, not the treatment, if the people who treat you change the plan: their plan goes first.",
        "Go back to them if your pain is 2 points higher than usual on three days in a row.",
        "Call at once with any sign of the emergency list.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::DozedDriving,
            closes: Closes::Arms(&["cbt_i"]),
            why: "You have nodded off at the wheel: do not drive until the sleepiness has gone, and see your GP first. An insomnia programme may make you sleepier at the start.",
        },
        Contraindication {
            condition: Condition::Bipolar,
            closes: Closes::Arms(&["cbt_i"]),
            why: "Insomnia programmes shorten the time in bed at first, which can set off a manic phase; do one only with a specialist who knows you.",
        },
        Contraindication {
            condition: Condition::Seizures,
            closes: Closes::Arms(&["cbt_i"]),
            why: "Insomnia programmes shorten the time in bed at first, which can set off seizures; do one only with a specialist who knows you.",
        },
    ],
    references: &[
        Reference {
            citation: "Selvanathan 2021, Sleep Medicine Reviews (meta-analysis, 12 randomised trials, 762 people)",
            locator: "10.1016/j.smrv.2021.101460",
            grade: Grade::A,
            found: "CBT-I in people with lasting pain: sleep 0.89 standard deviations better after treatment and 0.56 at follow-up, pain 0.20 better.",
        },
        Reference {
            citation: "Enomoto 2022, Sleep Medicine Reviews (network meta-analysis, 16 randomised trials, 1,094 people)",
            locator: "10.1016/j.smrv.2022.101693",
            grade: Grade::A,
            found: "CBT-I against control: sleep −0.99 (−1.50 to −0.54), and less pain than control.",
        },
        Reference {
            citation: "Whale 2022, BMC Musculoskeletal Disorders (meta-analysis)",
            locator: "10.1186/s12891-022-05318-5",
            grade: Grade::A,
            found: "CBT-I in muscle and joint pain: sleep quality −1.23 (−1.76 to −0.70).",
        },
        Reference {
            citation: "Meta-analysis 2023 of structured exercise in chronic low-back pain (8 randomised trials)",
            locator: "PMC10684665",
            grade: Grade::A,
            found: "Exercise against none: pain −0.33 standard deviations (−0.58 to −0.08).",
        },
    ],
};
