//! Gives the variants of the domain's enums the words under which they are stored and exported.

use nightmend_domain::{
    Absence, FactKind, Moment, Role, ScaleDirection, Several, SleepKind, SleepMethod, Stage, ZoneBasis,
};

use crate::error::{Failure, Inner};

/// A domain enum with a stored word for each variant. Words are never renamed: stores hold them.
pub(crate) trait Word: Copy + PartialEq + std::fmt::Debug + 'static {
    /// Each variant with its word.
    const TABLE: &'static [(Self, &'static str)];

    /// The word of this variant; fails for a variant that the table does not know yet.
    fn word(self) -> Inner<&'static str> {
        Self::TABLE
            .iter()
            .find(|(variant, _)| *variant == self)
            .map(|(_, word)| *word)
            .ok_or_else(|| Failure::not_understood(format!("the kind {self:?}")))
    }

    /// The variant of a word.
    fn from_word(text: &str) -> Inner<Self> {
        Self::TABLE
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(variant, _)| *variant)
            .ok_or_else(|| Failure::not_understood(format!("the stored word '{text}'")))
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl Word for $type {
            const TABLE: &'static [(Self, &'static str)] = &[$(($type::$variant, $word)),+];
        }
    };
}

words!(Role {
    Pain => "pain",
    Symptom => "symptom",
    SleepQuality => "sleep quality",
    Rested => "rested",
    Stiffness => "stiffness",
    WokenByPain => "woken by pain",
    Position => "position",
    Stress => "stress",
    Activity => "activity",
    Alcohol => "alcohol",
    Caffeine => "caffeine",
    Painkiller => "painkiller",
    Other => "other",
    Plan => "plan",
    Note => "note",
});
words!(Moment { Waking => "waking", Bedtime => "bedtime", Day => "day", Worst => "worst", Now => "now" });
words!(Several {
    Replace => "replace", First => "first", Last => "last", Mean => "mean", Max => "max", Sum => "sum",
});
words!(Absence { Unknown => "unknown", No => "no" });
words!(ScaleDirection { HigherIsBetter => "higher is better", HigherIsWorse => "higher is worse" });
words!(SleepMethod { Diary => "diary", Device => "device", Unstated => "unstated" });
words!(SleepKind { Main => "main", Nap => "nap", Unstated => "unstated" });
words!(Stage {
    Wake => "wake", Restless => "restless", Asleep => "asleep", Light => "light", Deep => "deep", Rem => "rem",
});
words!(ZoneBasis { Stated => "stated", Person => "person", Unknown => "unknown" });
words!(FactKind { Sleep => "sleep", Entry => "entry" });

#[cfg(test)]
mod tests {
    use super::*;

    fn each_word_leads_back<T: Word>() {
        for (variant, word) in T::TABLE {
            assert_eq!(T::from_word(word).unwrap(), *variant);
            assert_eq!(variant.word().unwrap(), *word);
        }
    }

    #[test]
    fn words_lead_back_to_their_variants() {
        each_word_leads_back::<Role>();
        each_word_leads_back::<Moment>();
        each_word_leads_back::<Several>();
        each_word_leads_back::<Absence>();
        each_word_leads_back::<ScaleDirection>();
        each_word_leads_back::<SleepMethod>();
        each_word_leads_back::<SleepKind>();
        each_word_leads_back::<Stage>();
        each_word_leads_back::<ZoneBasis>();
        each_word_leads_back::<FactKind>();
    }

    #[test]
    fn every_built_in_role_has_a_word() {
        for tracker in nightmend_domain::trackers::ALL {
            assert!(tracker.role.word().is_ok(), "{}", tracker.name);
        }
    }
}
