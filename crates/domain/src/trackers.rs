//! Lists the trackers of nightmend's own check-ins and diary, so that every way in gives them the same name.

use crate::observation::{Absence, Entry, Moment, Role, Several, TrackerName, Value};
use crate::units::{Nrs, Rating, Scale, ScaleDirection, UnitError};

/// How the value of a built-in tracker is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A 0–10 pain rating.
    Nrs,
    /// A rating between two ends.
    Rating {
        /// Lower end.
        minimum: f64,
        /// Upper end.
        maximum: f64,
        /// What the upper end means.
        direction: ScaleDirection,
    },
    /// A quantity that is never negative.
    Quantity {
        /// Its unit.
        unit: &'static str,
        /// Largest value that is plausible.
        maximum: f64,
    },
    /// A yes or no.
    Tick {
        /// What a yes means.
        direction: ScaleDirection,
    },
    /// A text.
    Text,
}

/// One tracker that nightmend itself asks about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BuiltIn {
    /// Its name in the store, in tables and on the command line.
    pub name: &'static str,
    /// What it is to nightmend.
    pub role: Role,
    /// The moment it speaks of.
    pub moment: Moment,
    /// How its value is written.
    pub kind: Kind,
}

use Kind::{Nrs as N, Quantity as Q, Rating as R, Text as X, Tick as T};
use ScaleDirection::{HigherIsBetter as Better, HigherIsWorse as Worse};

const fn built_in(name: &'static str, role: Role, moment: Moment, kind: Kind) -> BuiltIn {
    BuiltIn { name, role, moment, kind }
}

/// Name of the tracker that is the pain of the loop unless another is asked for.
pub const BACK_PAIN: &str = "back pain";

/// Back pain now, on waking.
pub const PAIN_WAKING: BuiltIn = built_in(BACK_PAIN, Role::Pain, Moment::Waking, N);
/// Back pain now, at bedtime.
pub const PAIN_BEDTIME: BuiltIn = built_in(BACK_PAIN, Role::Pain, Moment::Bedtime, N);
/// Average back pain of the day.
pub const PAIN_DAY: BuiltIn = built_in(BACK_PAIN, Role::Pain, Moment::Day, N);
/// Worst back pain of the day.
pub const PAIN_WORST: BuiltIn = built_in(BACK_PAIN, Role::Pain, Moment::Worst, N);
/// Back pain at the moment of writing.
pub const PAIN_NOW: BuiltIn = built_in(BACK_PAIN, Role::Pain, Moment::Now, N);
/// Morning stiffness, minutes until it eases.
pub const STIFFNESS: BuiltIn =
    built_in("stiffness", Role::Stiffness, Moment::Waking, Q { unit: "min", maximum: 1_440.0 });
/// How often pain woke the person.
pub const WOKEN_BY_PAIN: BuiltIn =
    built_in("woken by pain", Role::WokenByPain, Moment::Waking, Q { unit: "times", maximum: 50.0 });
/// How rested the person woke, 1 to 5.
pub const RESTED: BuiltIn =
    built_in("rested", Role::Rested, Moment::Waking, R { minimum: 1.0, maximum: 5.0, direction: Better });
/// Quality of the night, 1 to 5.
pub const SLEEP_QUALITY: BuiltIn = built_in(
    "sleep quality",
    Role::SleepQuality,
    Moment::Waking,
    R { minimum: 1.0, maximum: 5.0, direction: Better },
);
/// Position slept in: back, side, stomach or mixed.
pub const POSITION: BuiltIn = built_in("sleeping position", Role::Position, Moment::Waking, X);
/// Places of the body that hurt on waking: names in a list.
pub const WHERE_IT_HURTS: BuiltIn = built_in("where it hurts", Role::Other, Moment::Waking, X);
/// Muscle spasms in the night.
pub const SPASMS: BuiltIn = built_in("spasms", Role::Symptom, Moment::Waking, T { direction: Worse });
/// A screen in the half hour before bed, on the evening before.
pub const SCREENS: BuiltIn =
    built_in("screen before bed", Role::Other, Moment::Waking, T { direction: Worse });
/// Stress or a racing mind at bedtime, 0 to 10.
pub const STRESS: BuiltIn =
    built_in("stress", Role::Stress, Moment::Bedtime, R { minimum: 0.0, maximum: 10.0, direction: Worse });
/// Activity of the day, minutes.
pub const ACTIVITY: BuiltIn =
    built_in("activity", Role::Activity, Moment::Day, Q { unit: "min", maximum: 1_440.0 });
/// Alcohol, drinks.
pub const ALCOHOL: BuiltIn =
    built_in("alcohol", Role::Alcohol, Moment::Day, Q { unit: "drinks", maximum: 60.0 });
/// Caffeine after 14:00, cups.
pub const CAFFEINE: BuiltIn =
    built_in("caffeine after 14:00", Role::Caffeine, Moment::Day, Q { unit: "cups", maximum: 40.0 });
/// A painkiller taken.
pub const PAINKILLER: BuiltIn = built_in("painkiller", Role::Painkiller, Moment::Day, T { direction: Worse });
/// An unusual load on the back.
pub const UNUSUAL_LOAD: BuiltIn =
    built_in("unusual load", Role::Activity, Moment::Day, T { direction: Worse });
/// Minutes napped.
pub const NAP: BuiltIn = built_in("nap", Role::Other, Moment::Day, Q { unit: "min", maximum: 1_440.0 });
/// A remark.
pub const NOTE: BuiltIn = built_in("note", Role::Note, Moment::Day, X);

/// Every built-in tracker, in the order in which they are asked.
pub const ALL: &[BuiltIn] = &[
    PAIN_WAKING,
    PAIN_BEDTIME,
    PAIN_DAY,
    PAIN_WORST,
    PAIN_NOW,
    STIFFNESS,
    WOKEN_BY_PAIN,
    RESTED,
    SLEEP_QUALITY,
    POSITION,
    WHERE_IT_HURTS,
    SPASMS,
    SCREENS,
    STRESS,
    ACTIVITY,
    ALCOHOL,
    CAFFEINE,
    PAINKILLER,
    UNUSUAL_LOAD,
    NAP,
    NOTE,
];

impl BuiltIn {
    /// The name as a tracker's name.
    ///
    /// # Panics
    /// Never: the names are constants that a test checks.
    #[must_use]
    pub fn tracker(&self) -> TrackerName {
        TrackerName::new(self.name).expect("built-in names are valid")
    }

    /// An entry with a number: a score, a rating, a quantity, or 0/1 for a tick.
    ///
    /// # Errors
    /// A number outside the limits of the tracker; for a tracker that holds text always.
    pub fn number(&self, value: f64) -> Result<Entry, UnitError> {
        let refused =
            |minimum, maximum| UnitError::OutOfRange { quantity: self.name, value, minimum, maximum };
        let value = match self.kind {
            Kind::Nrs => Value::Nrs(Nrs::new(value)?),
            Kind::Rating { minimum, maximum, direction } => {
                let scale = Scale::new(minimum, maximum, direction)?;
                Value::Rating(Rating::new(value, scale).map_err(|_| refused(minimum, maximum))?)
            }
            Kind::Quantity { unit, maximum } if (0.0..=maximum).contains(&value) => {
                Value::Quantity { value, unit: unit.to_owned() }
            }
            Kind::Quantity { maximum, .. } => return Err(refused(0.0, maximum)),
            Kind::Tick { direction } if value == 0.0 || value == 1.0 => {
                Value::Tick { yes: value == 1.0, direction, absence: Absence::No }
            }
            Kind::Tick { .. } => return Err(refused(0.0, 1.0)),
            Kind::Text => return Err(UnitError::NotFinite { quantity: self.name }),
        };
        Ok(self.entry(value))
    }

    /// An entry with a text.
    #[must_use]
    pub fn text(&self, text: &str) -> Entry {
        self.entry(Value::Text(text.trim().to_owned()))
    }

    fn entry(&self, value: Value) -> Entry {
        let several = if self.moment == Moment::Now { Several::Mean } else { Several::Replace };
        Entry { tracker: self.tracker(), role: self.role, moment: self.moment, several, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_has_a_valid_name_and_is_alone_in_its_moment() {
        for (index, tracker) in ALL.iter().enumerate() {
            assert_eq!(tracker.tracker().as_str(), tracker.name);
            assert!(
                !ALL[..index]
                    .iter()
                    .any(|other| other.name == tracker.name && other.moment == tracker.moment)
            );
        }
    }

    #[test]
    fn numbers_outside_the_limits_are_refused() {
        assert!(PAIN_WAKING.number(11.0).is_err());
        assert!(RESTED.number(0.0).is_err());
        assert!(PAINKILLER.number(0.5).is_err());
        assert!(NOTE.number(1.0).is_err());
        assert!(ALCOHOL.number(2.0).is_ok());
    }
}
