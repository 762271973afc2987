//! Holds what a person says about their own safety, one plain question at a time; no answer is never a no.

use std::collections::BTreeMap;

/// Something about a person that makes a step unwise, or a kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Condition {
    /// An answer to the back-pain safety questions that wants a clinician now and was not yet looked at.
    RedFlag,
    /// Thoughts of harming oneself.
    Suicidal,
    /// Fell asleep, or nearly, while driving.
    DozedDriving,
    /// A regular opioid, sleeping tablet or another sedative.
    RegularOpioidOrSedative,
    /// Works at night.
    NightShifts,
    /// Low mood, or no interest or pleasure, on most days.
    LowMood,
    /// Bipolar disorder or mania, ever.
    Bipolar,
    /// Psychosis, ever.
    Psychosis,
    /// Seizures or epilepsy.
    Seizures,
    /// Sleepwalking or another parasomnia.
    Parasomnia,
    /// Suspected sleep apnoea that was not looked at or is not treated.
    UntreatedOsaSuspected,
    /// Drives for a living, or does work in which dozing off could hurt somebody.
    SafetyCriticalJob,
    /// Pregnant.
    Pregnant,
    /// Pregnant for 28 weeks or longer.
    PregnantFrom28Weeks,
    /// Under 16 years.
    Under16,
    /// Under 18 years.
    Under18,
    /// Frail, or fell in the last year.
    FrailFalls,
    /// Pain, tingling, numbness or weakness in a leg, new or worse.
    LegSymptoms,
    /// A fracture, an operation or an injury of back, hip or knee in the last three months.
    RecentInjuryOrSurgery,
    /// An artificial hip.
    HipReplacement,
    /// Osteoporosis or a fracture after a minor fall.
    Osteoporosis,
    /// Chest pain, breathlessness or dizziness on exertion, or told by a clinician not to exercise.
    ExerciseLimited,
    /// Breathless or burning when lying flat.
    TroubleLyingFlat,
    /// Dizzy or panicky when breathing is slowed on purpose.
    SlowBreathingUncomfortable,
}

/// Every condition with its word (in the store, in JSON, on the command line) and its question.
const CONDITIONS: &[(Condition, &str, &str)] = &[
    (
        Condition::RedFlag,
        "red_flag",
        "Do you have, new or worse: numbness around the saddle, trouble passing or holding urine or stool, weakness or numbness in one or both legs, fever or feeling very unwell, a recent hard fall or accident, unexplained weight loss, or cancer now or in the past together with new back pain?",
    ),
    (Condition::Suicidal, "suicidal", "Have you had thoughts of harming yourself?"),
    (Condition::DozedDriving, "dozed_driving", "Have you nodded off, or nearly, while driving?"),
    (
        Condition::RegularOpioidOrSedative,
        "regular_opioid_or_sedative",
        "Do you regularly take an opioid painkiller, a sleeping tablet or another medicine that makes you drowsy?",
    ),
    (Condition::NightShifts, "night_shifts", "Do you work night shifts?"),
    (
        Condition::LowMood,
        "low_mood_item",
        "On most days of the last two weeks, have you felt low or had little interest or pleasure in things?",
    ),
    (Condition::Bipolar, "bipolar", "Have you ever had bipolar disorder or a manic phase?"),
    (Condition::Psychosis, "psychosis", "Have you ever had a psychosis?"),
    (Condition::Seizures, "seizures", "Have you had seizures, or do you have epilepsy?"),
    (
        Condition::Parasomnia,
        "parasomnia",
        "Do you sleepwalk, or do other things in your sleep that could hurt you or somebody else?",
    ),
    (
        Condition::UntreatedOsaSuspected,
        "untreated_osa_suspected",
        "Has anyone suspected sleep apnoea in you (loud snoring, pauses in breathing, waking up choking) that is not being treated?",
    ),
    (
        Condition::SafetyCriticalJob,
        "safety_critical_job",
        "Do you drive for a living, or does your work put people at risk if you doze off?",
    ),
    (Condition::Pregnant, "pregnant", "Are you pregnant?"),
    (Condition::PregnantFrom28Weeks, "pregnant_from_28_weeks", "Are you pregnant for 28 weeks or longer?"),
    (Condition::Under16, "under_16", "Are you under 16?"),
    (Condition::Under18, "under_18", "Are you under 18?"),
    (Condition::FrailFalls, "frail_falls", "Are you frail, or did you fall in the last year?"),
    (
        Condition::LegSymptoms,
        "leg_symptoms",
        "Do you have pain, tingling, numbness or weakness in a leg that is new or getting worse?",
    ),
    (
        Condition::RecentInjuryOrSurgery,
        "recent_injury_or_surgery",
        "Did you break a bone, have an operation or injure your back, hip or knee in the last three months?",
    ),
    (Condition::HipReplacement, "hip_replacement", "Do you have an artificial hip?"),
    (
        Condition::Osteoporosis,
        "osteoporosis",
        "Do you have osteoporosis, or did you break a bone in a minor fall?",
    ),
    (
        Condition::ExerciseLimited,
        "exercise_limited",
        "Do you get chest pain, unusual breathlessness or dizziness when you exert yourself, or were you told not to exercise?",
    ),
    (
        Condition::TroubleLyingFlat,
        "trouble_lying_flat",
        "Do you get breathless or have heartburn when you lie flat?",
    ),
    (
        Condition::SlowBreathingUncomfortable,
        "slow_breathing_uncomfortable",
        "Does breathing slowly on purpose make you dizzy or panicky?",
    ),
];

impl Condition {
    /// Every condition, in the order in which they are asked.
    pub fn all() -> impl Iterator<Item = Self> {
        CONDITIONS.iter().map(|(condition, ..)| *condition)
    }

    /// Its word in the store, in JSON and on the command line.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        self.row().1
    }

    /// The question a person is asked.
    #[must_use]
    pub fn question(self) -> &'static str {
        self.row().2
    }

    /// The condition of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        CONDITIONS.iter().find(|(_, own, _)| *own == word).map(|(condition, ..)| *condition)
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        CONDITIONS.iter().find(|(condition, ..)| *condition == self).expect("every condition has a row")
    }
}

/// What a person says to one safety question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SafetyAnswer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not sure, which is treated as a yes wherever it matters.
    NotSure,
}

impl SafetyAnswer {
    /// The word for it in the store, in JSON and on the command line.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSure => "not_sure",
        }
    }

    /// The answer of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::NotSure].into_iter().find(|answer| answer.as_word() == word)
    }
}

/// Everything a person has said about their own safety so far.
///
/// ```
/// use nightmend_domain::{Condition, SafetyAnswer, SafetyAnswers};
/// let mut answers = SafetyAnswers::default();
/// assert!(!answers.may_hold(Condition::Pregnant));
/// assert!(!answers.is_ruled_out(Condition::Pregnant));
/// answers.set(Condition::Pregnant, SafetyAnswer::NotSure);
/// assert!(answers.may_hold(Condition::Pregnant));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SafetyAnswers {
    answers: BTreeMap<Condition, SafetyAnswer>,
}

impl SafetyAnswers {
    /// Writes an answer in the place of an earlier one.
    pub fn set(&mut self, condition: Condition, answer: SafetyAnswer) {
        self.answers.insert(condition, answer);
    }

    /// What was said, where anything was. A yes to the narrower of two questions (under 16, 28 weeks pregnant) answers
    /// the wider, a no to the wider answers the narrower; of two that contradict each other the yes stands.
    #[must_use]
    pub fn answer(&self, condition: Condition) -> Option<SafetyAnswer> {
        const NARROWER: &[(Condition, Condition)] = &[
            (Condition::PregnantFrom28Weeks, Condition::Pregnant),
            (Condition::Under16, Condition::Under18),
        ];
        let own = self.answers.get(&condition).copied();
        let implied = |narrow: Condition, wide: Condition| {
            let (narrow_says, wide_says) = (self.answers.get(&narrow), self.answers.get(&wide));
            match condition {
                _ if condition == wide && narrow_says == Some(&SafetyAnswer::Yes) => Some(SafetyAnswer::Yes),
                _ if condition == narrow && wide_says == Some(&SafetyAnswer::No) => Some(SafetyAnswer::No),
                _ => None,
            }
        };
        own.filter(|own| *own != SafetyAnswer::No)
            .or_else(|| NARROWER.iter().find_map(|(narrow, wide)| implied(*narrow, *wide)))
            .or(own)
    }

    /// Whether the person said yes or is not sure.
    #[must_use]
    pub fn may_hold(&self, condition: Condition) -> bool {
        matches!(self.answer(condition), Some(SafetyAnswer::Yes | SafetyAnswer::NotSure))
    }

    /// Whether the person said no. What was never asked is not ruled out.
    #[must_use]
    pub fn is_ruled_out(&self, condition: Condition) -> bool {
        self.answer(condition) == Some(SafetyAnswer::No)
    }

    /// What was said itself, in the order of the questions.
    pub fn iter(&self) -> impl Iterator<Item = (Condition, SafetyAnswer)> {
        self.answers.iter().map(|(condition, answer)| (*condition, *answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_has_a_word_and_a_question_of_its_own() {
        for condition in Condition::all() {
            assert_eq!(Condition::from_word(condition.as_word()), Some(condition));
            assert!(condition.question().ends_with('?'), "{condition:?}");
        }
        let mut words: Vec<&str> = Condition::all().map(Condition::as_word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), CONDITIONS.len());
    }

    #[test]
    fn a_narrower_yes_answers_the_wider_question_and_nothing_else_is_guessed() {
        let mut answers = SafetyAnswers::default();
        assert_eq!(answers.answer(Condition::Pregnant), None);
        answers.set(Condition::PregnantFrom28Weeks, SafetyAnswer::Yes);
        assert!(answers.may_hold(Condition::Pregnant));
        answers.set(Condition::Under18, SafetyAnswer::No);
        assert!(answers.is_ruled_out(Condition::Under16));
        answers.set(Condition::PregnantFrom28Weeks, SafetyAnswer::No);
        assert_eq!(answers.answer(Condition::Pregnant), None);
        // A contradiction is read the careful way.
        answers.set(Condition::Pregnant, SafetyAnswer::No);
        answers.set(Condition::PregnantFrom28Weeks, SafetyAnswer::Yes);
        assert!(answers.may_hold(Condition::Pregnant) && answers.may_hold(Condition::PregnantFrom28Weeks));
    }
}
