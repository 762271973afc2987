//! Lists the questions of both check-ins, in their order, and how each is answered.

use nightmend_domain::trackers::{self, BuiltIn};

/// Which check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// After waking.
    Morning,
    /// Before bed.
    Evening,
}

impl Part {
    /// The word for it in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Evening => "evening",
        }
    }

    /// The part of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Morning, Self::Evening].into_iter().find(|part| part.word() == word)
    }

    /// The pain that this part asks about.
    #[must_use]
    pub const fn pain(self) -> &'static BuiltIn {
        match self {
            Self::Morning => &trackers::PAIN_WAKING,
            Self::Evening => &trackers::PAIN_BEDTIME,
        }
    }

    /// The questions that everybody is asked, in order; the night of a morning comes after them.
    #[must_use]
    pub const fn questions(self) -> &'static [Question] {
        match self {
            Self::Morning => MORNING,
            Self::Evening => EVENING,
        }
    }

    /// The questions that are folded away.
    #[must_use]
    pub const fn more(self) -> &'static [Question] {
        match self {
            Self::Morning => MORNING_MORE,
            Self::Evening => EVENING_MORE,
        }
    }

    /// All questions.
    pub fn all(self) -> impl Iterator<Item = &'static Question> {
        self.questions().iter().chain(self.more())
    }
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The name of its field.
    pub field: &'static str,
    /// What the answer is written to.
    pub tracker: BuiltIn,
    /// The question.
    pub text: &'static str,
    /// A word more, or nothing.
    pub hint: &'static str,
    /// How it is answered.
    pub how: How,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// Eleven buttons, 0 to 10, with words for the ends.
    Scores(&'static str, &'static str),
    /// Buttons with values and words.
    Buttons(&'static [(&'static str, &'static str)]),
    /// Buttons for the usual amounts, and a box for any other, in a unit.
    Amounts(&'static [&'static str], &'static str),
    /// A number in a unit.
    Number(&'static str),
    /// The map of the body with its boxes.
    Places,
    /// A text.
    Text,
}

const YES_NO: How = How::Buttons(&[("0", "No"), ("1", "Yes")]);
const NO_PAIN: &str = "0: no pain";
const WORST_PAIN: &str = "10: the worst imaginable";

const MORNING: &[Question] = &[
    Question {
        field: "pain",
        tracker: trackers::PAIN_WAKING,
        text: "Back pain now",
        hint: "",
        how: How::Scores(NO_PAIN, WORST_PAIN),
    },
    Question {
        field: "woken",
        tracker: trackers::WOKEN_BY_PAIN,
        text: "How often did pain wake you?",
        hint: "",
        how: How::Buttons(&[("0", "Not once"), ("1", "Once"), ("2", "Twice"), ("3", "3 or more")]),
    },
    Question {
        field: "rested",
        tracker: trackers::RESTED,
        text: "How rested do you feel?",
        hint: "",
        how: How::Buttons(&[
            ("1", "1: not at all"),
            ("2", "2: a little"),
            ("3", "3: partly"),
            ("4", "4: well"),
            ("5", "5: fully"),
        ]),
    },
];

const MORNING_MORE: &[Question] = &[
    Question {
        field: "stiffness",
        tracker: trackers::STIFFNESS,
        text: "Stiffness this morning",
        hint: "How long it lasted, or has lasted so far",
        how: How::Amounts(&["0", "10", "30", "60"], "minutes"),
    },
    Question {
        field: "position",
        tracker: trackers::POSITION,
        text: "Position you slept in",
        hint: "",
        how: How::Buttons(&[("back", "Back"), ("side", "Side"), ("stomach", "Stomach"), ("mixed", "Mixed")]),
    },
    Question {
        field: "where",
        tracker: trackers::WHERE_IT_HURTS,
        text: "Where it hurts",
        hint: "",
        how: How::Places,
    },
    Question {
        field: "spasms",
        tracker: trackers::SPASMS,
        text: "Muscle spasms in the night",
        hint: "",
        how: YES_NO,
    },
    Question {
        field: "screens",
        tracker: trackers::SCREENS,
        text: "A screen in the half hour before bed, last evening",
        hint: "Phone, computer or television",
        how: YES_NO,
    },
    Question {
        field: "quality",
        tracker: trackers::SLEEP_QUALITY,
        text: "How good was the night?",
        hint: "",
        how: How::Buttons(&[
            ("1", "1: very poor"),
            ("2", "2: poor"),
            ("3", "3: fair"),
            ("4", "4: good"),
            ("5", "5: very good"),
        ]),
    },
    Question { field: "note", tracker: trackers::NOTE, text: "A remark", hint: "", how: How::Text },
];

const EVENING: &[Question] = &[
    Question {
        field: "pain",
        tracker: trackers::PAIN_BEDTIME,
        text: "Back pain now",
        hint: "",
        how: How::Scores(NO_PAIN, WORST_PAIN),
    },
    Question {
        field: "activity",
        tracker: trackers::ACTIVITY,
        text: "Time on your feet or moving today",
        hint: "Walking, swimming, work that moves you: a guess will do",
        how: How::Amounts(&["0", "15", "30", "60", "120"], "minutes"),
    },
    Question {
        field: "stress",
        tracker: trackers::STRESS,
        text: "Stress, or a racing mind",
        hint: "",
        how: How::Scores("0: none", "10: as much as can be"),
    },
];

const EVENING_MORE: &[Question] = &[
    Question {
        field: "worst",
        tracker: trackers::PAIN_WORST,
        text: "Worst back pain of the day",
        hint: "",
        how: How::Scores(NO_PAIN, WORST_PAIN),
    },
    Question {
        field: "average",
        tracker: trackers::PAIN_DAY,
        text: "Average back pain of the day",
        hint: "",
        how: How::Scores(NO_PAIN, WORST_PAIN),
    },
    Question {
        field: "alcohol",
        tracker: trackers::ALCOHOL,
        text: "Alcohol",
        hint: "",
        how: How::Amounts(&["0", "1", "2", "3"], "drinks"),
    },
    Question {
        field: "caffeine",
        tracker: trackers::CAFFEINE,
        text: "Caffeine after 14:00",
        hint: "",
        how: How::Amounts(&["0", "1", "2"], "cups"),
    },
    Question {
        field: "painkiller",
        tracker: trackers::PAINKILLER,
        text: "A painkiller taken",
        hint: "",
        how: YES_NO,
    },
    Question {
        field: "load",
        tracker: trackers::UNUSUAL_LOAD,
        text: "An unusual load on your back",
        hint: "Lifting, gardening, a long drive",
        how: YES_NO,
    },
    Question { field: "nap", tracker: trackers::NAP, text: "Naps", hint: "", how: How::Number("minutes") },
    Question { field: "note", tracker: trackers::NOTE, text: "A remark", hint: "", how: How::Text },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_has_one_name_and_every_offered_answer_can_be_kept() {
        for part in [Part::Morning, Part::Evening] {
            let names: BTreeSet<&str> = part.all().map(|question| question.field).collect();
            assert_eq!(names.len(), part.all().count());
            for question in part.all() {
                let offered: Vec<&str> = match question.how {
                    How::Scores(..) => vec!["0", "10"],
                    How::Buttons(buttons) => buttons.iter().map(|(value, _)| *value).collect(),
                    How::Amounts(amounts, _) => amounts.to_vec(),
                    How::Number(_) | How::Places | How::Text => Vec::new(),
                };
                for value in offered {
                    let kept = question.tracker.kind == trackers::Kind::Text
                        || value.parse().is_ok_and(|value| question.tracker.number(value).is_ok());
                    assert!(kept, "{} = {value}", question.field);
                }
            }
        }
    }
}
