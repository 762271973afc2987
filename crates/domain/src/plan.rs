//! Describes a plan to try a step: what is compared, how nights are assigned, and what is said of each night.

use thiserror::Error;

use crate::time::NightDate;

/// The id of a step, e.g. `sleep_position`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepName(String);

/// The id of one arm of an experiment, e.g. `usual` or `pillow_between_knees`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArmName(String);

/// Returns the text if it is a word of lower-case ASCII letters, digits and underscores.
fn checked_id(text: &str) -> Result<String, IdError> {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.is_empty() || text.len() > 60 || !text.bytes().all(sound) {
        return Err(IdError { text: text.to_owned() });
    }
    Ok(text.to_owned())
}

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is no id; use up to 60 lower-case letters, digits and underscores")]
pub struct IdError {
    /// The text given.
    pub text: String,
}

macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// An id of lower-case ASCII letters, digits and underscores, at most 60.
            ///
            /// # Errors
            /// Any other text.
            pub fn new(text: &str) -> Result<Self, IdError> {
                checked_id(text).map(Self)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
id!(StepName);
id!(ArmName);

/// What an experiment looks at, one number a night or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Pain on waking, 0 to 10.
    MorningPain,
    /// Pain of the day that follows the night (at bedtime, or the day's average), 0 to 10.
    DayPain,
    /// Hours slept.
    SleepHours,
    /// SE: hours slept as a share of hours in bed, in percent.
    SleepEfficiency,
    /// How good the night was, as rated.
    SleepQuality,
}

impl Outcome {
    /// Every outcome, pain first.
    pub const ALL: [Self; 5] =
        [Self::MorningPain, Self::DayPain, Self::SleepHours, Self::SleepEfficiency, Self::SleepQuality];

    /// The word for it on the command line and in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::MorningPain => "morning_pain",
            Self::DayPain => "day_pain",
            Self::SleepHours => "sleep_hours",
            Self::SleepEfficiency => "sleep_efficiency",
            Self::SleepQuality => "sleep_quality",
        }
    }

    /// The outcome of a word, where there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_word() == word)
    }

    /// What a person calls it, in the middle of a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MorningPain => "pain on waking",
            Self::DayPain => "pain of the day",
            Self::SleepHours => "hours slept",
            Self::SleepEfficiency => "share of the time in bed asleep",
            Self::SleepQuality => "rated sleep quality",
        }
    }

    /// The unit of its numbers.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::MorningPain | Self::DayPain | Self::SleepQuality => "points",
            Self::SleepHours => "hours",
            Self::SleepEfficiency => "percentage points",
        }
    }

    /// Whether it is pain; less pain is better, more of anything else is.
    #[must_use]
    pub const fn is_pain(self) -> bool {
        matches!(self, Self::MorningPain | Self::DayPain)
    }

    /// The sign of a change for the better: -1 for pain, +1 for sleep.
    #[must_use]
    pub const fn better(self) -> f64 {
        if self.is_pain() { -1.0 } else { 1.0 }
    }
}

/// One thing that nights are assigned to: the usual way, or a variant of the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// Its id.
    pub name: ArmName,
    /// What a person reads, e.g. "pillow between the knees".
    pub title: String,
}

impl Arm {
    /// An arm from its id and title.
    ///
    /// # Errors
    /// [`IdError`] for an id that is none.
    pub fn new(name: &str, title: &str) -> Result<Self, IdError> {
        Ok(Self { name: ArmName::new(name)?, title: title.to_owned() })
    }
}

/// How nights are shared out to the arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Fast steps: in every block of so many nights each arm comes equally often, in an order drawn by lot.
    PermutedBlocks {
        /// Nights in a block: a multiple of the number of arms, four for two arms.
        block: u16,
    },
    /// Slow steps: each arm is kept for a block of nights; in each round every arm has one block, in an order drawn by
    /// lot. The first nights of a block are a washout: done, but left out of the comparison.
    LongBlocks {
        /// Nights in a block.
        block: u16,
        /// Nights at the beginning of each block that are left out.
        washout: u16,
    },
    /// Steps that cannot be undone (a mattress): the usual way until a night drawn by lot, then the step to the end.
    /// Weaker evidence, since only one change is seen.
    RandomStart {
        /// The earliest night, counted from 1, on which the step can begin.
        earliest: u16,
        /// The latest.
        latest: u16,
        /// Nights from the beginning of the step that are left out.
        washout: u16,
    },
}

/// What is fixed before an experiment starts. Which nights get which arm follows from it, by the seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// The step that is tried.
    pub step: StepName,
    /// The arms; the first is what the others are compared with, usually the usual way.
    pub arms: Vec<Arm>,
    /// Which arm gets the verdict, compared with the first; the others are described.
    pub judged: usize,
    /// How nights are shared out.
    pub rotation: Rotation,
    /// How many nights.
    pub nights: u16,
    /// The number that the order of the arms follows from.
    pub seed: u64,
    /// The one outcome that gets the verdict.
    pub outcome: Outcome,
    /// The change for the better that would be worth it to the person, in the outcome's unit, above zero.
    pub threshold: f64,
    /// The change for the better that the person expected before the start, in the outcome's unit; below zero if they
    /// expected harm.
    pub expected_benefit: Option<f64>,
}

/// A design with the arm of each night, written down and hashed before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is compared.
    pub design: Design,
    /// The place in [`Design::arms`] of each night's arm, in order; a date is given to each by
    /// the first night and the pauses.
    pub allocation: Vec<usize>,
    /// SHA-256 of the canonical text of design and allocation, as 64 hex digits.
    pub fingerprint: String,
}

/// The nights between two dates, both counted, on which an experiment rested: the plan waits and goes on after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The first night that rested, by its waking date.
    pub from: NightDate,
    /// The last, or `None` while it rests.
    pub to: Option<NightDate>,
}

/// The arm of one night. The night of waking date D, with the day that leads into it where the step is done by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The night, by its waking date.
    pub night: NightDate,
    /// The place of the night in the plan, from 1.
    pub number: u16,
    /// The place of the arm in [`Design::arms`].
    pub arm: usize,
    /// Whether it belongs to a washout: done, but left out of the comparison.
    pub washout: bool,
}

/// Whether a night went as assigned, in the person's own words. On a usual night "no" means that they did the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Adherence {
    /// As assigned.
    Full,
    /// In part.
    Partly,
    /// Not as assigned.
    Not,
}

impl Adherence {
    /// The word for it on the command line and in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Full => "yes",
            Self::Partly => "partly",
            Self::Not => "no",
        }
    }

    /// The answer of a word, where there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Full, Self::Partly, Self::Not].into_iter().find(|answer| answer.as_word() == word)
    }
}

/// What a person said of one night of an experiment; a later answer about the same night stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightAnswer {
    /// The night, by its waking date.
    pub night: NightDate,
    /// The arm that the person was shown for that night.
    pub arm: usize,
    /// Whether it went so.
    pub adherence: Adherence,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_words() {
        assert_eq!(StepName::new("sleep_position").unwrap().as_str(), "sleep_position");
        for refused in ["", "Sleep", "a-b", "a b", "naïve", &"x".repeat(61)] {
            assert!(ArmName::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn words_lead_back_to_what_they_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.as_word()), Some(outcome));
            assert_eq!(outcome.better() < 0.0, outcome.is_pain());
        }
        assert_eq!(Adherence::from_word("partly"), Some(Adherence::Partly));
        assert_eq!(Outcome::from_word("mood"), None);
    }
}
