//! Holds the step "regular schedule": the same rise time first, a gentle window only through the safety gate.

use nightmend_domain::Condition;
use nightmend_domain::plan::Outcome;

use super::{
    Arm, Asked, Burden, BurdenKind, Closes, Contraindication, Grade, Pace, PaceKind, Prior, Question,
    Reference, Section, Step, StepId,
};

const WINDOW: Closes = Closes::Arms(&["gentle_window"]);

/// Why a window is closed to somebody.
const fn window(condition: Condition, why: &'static str) -> Contraindication {
    Contraindication { condition, closes: WINDOW, why }
}

/// The step.
pub(super) const STEP: Step = Step {
    id: StepId::Schedule,
    title: "Regular schedule",
    tonight: "Set the alarm to your rise time and get up when it rings, on free days too.",
    arms: &[
        Arm {
            id: "rise_time",
            title: "The same rise time every day",
            tonight: "Get up at your rise time tomorrow, within half an hour, however the night was; go to bed when you are sleepy.",
            drawings: &["rise_time"],
        },
        Arm {
            id: "gentle_window",
            title: "A gentle sleep window",
            tonight: "Go to bed no earlier than your window begins and get up when it ends, however the night was.",
            drawings: &["sleep_window"],
        },
    ],
    guide: &[
        Section {
            heading: "One fixed point",
            text: "You cannot decide when you fall asleep; you can decide when you get up. The same rise time, seven days a week, is the anchor from which the evening follows by itself.",
            points: &[
                "Choose a time that you can keep on free days as well; half an hour either way still counts. You name it when the experiment starts, and it stands in the plan from then on.",
                "Daylight within an hour of rising, outdoors if you can.",
                "Go to bed when you are sleepy, not when the clock says so.",
                "A nap, if you need one: before 15:00, at most 20 minutes.",
            ],
            drawings: &["rise_time"],
        },
        Section {
            heading: "The gentle window",
            text: "Long hours awake in bed teach the body that the bed is a place to lie awake. A window makes the time in bed fit the sleep there is: your average sleep plus 30 minutes, never under five and a half hours. It is offered only after a week of diary, only if the safety questions leave it open, and it moves once a week.",
            points: &[
                "Asleep for 90 % of the time in bed or more: 15 minutes longer next week.",
                "Between 85 and 90 %: it stays. Under 85 %: 15 minutes shorter, but never while pain is up.",
                "So sleepy by day that it worries you: tell nightmend, and it is 30 minutes longer at once.",
            ],
            drawings: &["sleep_window"],
        },
        Section {
            heading: "Sleepiness and driving",
            text: crate::schedule::DRIVING_WARNING,
            points: &[],
            drawings: &[],
        },
        Section {
            heading: "What is known",
            text: "Regular times and a fitted window are parts of the usual treatment of insomnia, and its sleep gains are well supported; no trial is known in which the schedule alone was tested on back pain.",
            points: &[],
            drawings: &[],
        },
    ],
    sequence: &[],
    question: Question {
        text: "Did you get up at the time of your plan (within half an hour)?",
        asked: Asked::NextMorning,
    },
    pace: Pace {
        kind: PaceKind::Slow,
        block_nights: 7,
        washout_nights: 2,
        carry_over: "A body clock takes days to settle and to drift, so whole weeks are compared and the first two nights of each are left out.",
    },
    burden: Burden {
        kind: BurdenKind::Burdensome,
        minutes: 0,
        points: 0.2,
        words: "Getting up by the alarm on free days too.",
    },
    first_outcome: Outcome::SleepQuality,
    prior: Prior {
        mean: -0.2,
        sd: 0.6,
        source: "no trial with a pain outcome is known; centred on little, wide enough for none or harm",
    },
    stop_rules: &[
        "Stop the window at once if you nod off, or nearly, while driving or at work, and do not drive until the sleepiness has gone.",
        "Stop if your mood sinks, or if you feel unusually elated and need hardly any sleep, and tell your GP.",
        "Stop if your pain is 2 points higher than usual on three days in a row.",
    ],
    contraindications: &[
        Contraindication {
            condition: Condition::NightShifts,
            closes: Closes::Step,
            why: "A fixed rise time and night shifts do not go together; ask for advice on sleeping with shifts instead.",
        },
        window(
            Condition::RegularOpioidOrSedative,
            "With an opioid, a sleeping tablet or another medicine that makes you drowsy, less time in bed is not for self-help; the rise time is open. Never change a dose on your own.",
        ),
        window(
            Condition::LowMood,
            "With low mood, less sleep can make it worse; the rise time is open, and the mood is worth raising with your GP.",
        ),
        window(
            Condition::Bipolar,
            "Short nights can set off a manic phase; the rise time is open, the window is for a specialist.",
        ),
        window(
            Condition::Psychosis,
            "Short nights can bring symptoms back; the rise time is open, the window is for a specialist.",
        ),
        window(Condition::Seizures, "Short nights can set off seizures; the rise time is open."),
        window(Condition::Parasomnia, "Short nights can bring sleepwalking on; the rise time is open."),
        window(
            Condition::UntreatedOsaSuspected,
            "Suspected sleep apnoea should be looked at before time in bed is shortened; the rise time is open.",
        ),
        window(
            Condition::DozedDriving,
            "You have nodded off at the wheel: do not drive until the sleepiness has gone, and see your GP. A window would make it worse; the rise time is open.",
        ),
        window(
            Condition::SafetyCriticalJob,
            "A window makes people sleepier for some weeks, which your work cannot risk; the rise time is open.",
        ),
        window(Condition::Pregnant, "Pregnancy is no time for shorter nights; the rise time is open."),
        window(Condition::Under18, "Under 18 nights are not shortened; the rise time is open."),
        window(Condition::FrailFalls, "Sleepiness and a frail body add up to falls; the rise time is open."),
    ],
    references: &[
        Reference {
            citation: "Watson 2015, consensus of the American Academy of Sleep Medicine and the Sleep Research Society",
            locator: "10.5665/sleep.4716",
            grade: Grade::D,
            found: "Adults are recommended 7 hours or more; shorter sleep goes with increased pain, among other things.",
        },
        Reference {
            citation: "Selvanathan 2021, Sleep Medicine Reviews (meta-analysis, 12 randomised trials, 762 people with lasting pain)",
            locator: "10.1016/j.smrv.2021.101460",
            grade: Grade::A,
            found: "Behavioural treatment of insomnia, of which a regular schedule is one part: sleep 0.89 standard deviations better, pain 0.20.",
        },
        Reference {
            citation: "Kyle 2014, Sleep 37:229–237 (16 people in the first weeks of a restricted window)",
            locator: "10.5665/sleep.3386",
            grade: Grade::C,
            found: "They slept 91, 78 and 69 minutes less on nights 1, 8 and 22 and had more lapses of attention, which were gone at 3 months.",
        },
    ],
};
