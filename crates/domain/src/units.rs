//! Gives every quantity its unit, so that no bare number crosses a crate.

use std::fmt;

use thiserror::Error;

/// Why a number was refused as a quantity.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum UnitError {
    /// The number is not finite.
    #[error("{quantity} must be a number; leave it empty when it is not known")]
    NotFinite {
        /// The quantity asked for.
        quantity: &'static str,
    },
    /// The number lies outside the limits of the quantity.
    #[error("{quantity} must lie between {minimum} and {maximum}, not {value}; correct it or leave it empty")]
    OutOfRange {
        /// The quantity asked for.
        quantity: &'static str,
        /// The number given.
        value: f64,
        /// Smallest number allowed.
        minimum: f64,
        /// Largest number allowed.
        maximum: f64,
    },
    /// A scale whose ends are equal, reversed or not numbers.
    #[error("a scale needs a minimum below its maximum, not {minimum} to {maximum}; correct the map")]
    EmptyScale {
        /// The lower end given.
        minimum: f64,
        /// The upper end given.
        maximum: f64,
    },
}

fn within(quantity: &'static str, value: f64, minimum: f64, maximum: f64) -> Result<f64, UnitError> {
    if !value.is_finite() {
        return Err(UnitError::NotFinite { quantity });
    }
    if value < minimum || value > maximum {
        return Err(UnitError::OutOfRange { quantity, value, minimum, maximum });
    }
    Ok(value)
}

/// A length of time in minutes, never negative and at most seven days.
///
/// ```
/// use nightmend_domain::Minutes;
/// assert_eq!(Minutes::new(90.0)?.hours(), 1.5);
/// assert!(Minutes::new(-1.0).is_err());
/// # Ok::<(), nightmend_domain::UnitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Minutes(f64);

impl Minutes {
    /// The longest length allowed, 7 × 24 × 60 minutes.
    pub const MAXIMUM: f64 = 10_080.0;
    /// No time at all. A known nothing: not to be used for "unknown".
    pub const ZERO: Self = Self(0.0);

    /// A length in minutes.
    ///
    /// # Errors
    /// A number that is not finite, negative, or above [`Minutes::MAXIMUM`].
    pub fn new(minutes: f64) -> Result<Self, UnitError> {
        within("a length in minutes", minutes, 0.0, Self::MAXIMUM).map(Self)
    }

    /// A length given in hours.
    ///
    /// # Errors
    /// As [`Minutes::new`].
    pub fn from_hours(hours: f64) -> Result<Self, UnitError> {
        Self::new(hours * 60.0)
    }

    /// The length in minutes.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The length in hours.
    #[must_use]
    pub fn hours(self) -> f64 {
        self.0 / 60.0
    }

    /// The difference, or `None` where it would be negative.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0).ok()
    }

    /// The sum, or `None` where it would leave the limits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }
}

impl fmt::Display for Minutes {
    /// Writes `7 h 05` from an hour on, `35 min` below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.round() as i64;
        if whole >= 60 { write!(f, "{} h {:02}", whole / 60, whole % 60) } else { write!(f, "{whole} min") }
    }
}

/// A share in percent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// A share in percent.
    ///
    /// # Errors
    /// A number that is not finite or outside 0 to 100.
    pub fn new(percent: f64) -> Result<Self, UnitError> {
        within("a share in percent", percent, 0.0, 100.0).map(Self)
    }

    /// The share of `part` in `whole`, or `None` where `whole` is nothing or smaller than `part`.
    #[must_use]
    pub fn of(part: Minutes, whole: Minutes) -> Option<Self> {
        (whole.get() > 0.0).then(|| Self::new(100.0 * part.get() / whole.get()).ok()).flatten()
    }

    /// The share, 0 to 100.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A 0–10 numeric pain rating, 0 = no pain, 10 = the worst pain that can be imagined.
///
/// ```
/// use nightmend_domain::Nrs;
/// assert!(Nrs::new(4.0).is_ok());
/// assert!(Nrs::new(11.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Nrs(f64);

impl Nrs {
    /// A rating from 0 to 10; fractions are allowed, as some people keep them.
    ///
    /// # Errors
    /// A number that is not finite or outside 0 to 10.
    pub fn new(score: f64) -> Result<Self, UnitError> {
        within("a 0–10 pain score", score, 0.0, 10.0).map(Self)
    }

    /// The score, 0 to 10.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// What a higher number on a scale means for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScaleDirection {
    /// Higher is better: more rested, less sore.
    HigherIsBetter,
    /// Higher is worse: more pain, poorer sleep.
    HigherIsWorse,
}

/// The two ends of a self-report scale, and what its upper end means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    minimum: f64,
    maximum: f64,
    direction: ScaleDirection,
}

impl Scale {
    /// A scale from `minimum` to `maximum`.
    ///
    /// # Errors
    /// Ends that are not finite or not in order.
    pub fn new(minimum: f64, maximum: f64, direction: ScaleDirection) -> Result<Self, UnitError> {
        if minimum.is_finite() && maximum.is_finite() && minimum < maximum {
            Ok(Self { minimum, maximum, direction })
        } else {
            Err(UnitError::EmptyScale { minimum, maximum })
        }
    }

    /// The lower end.
    #[must_use]
    pub const fn minimum(self) -> f64 {
        self.minimum
    }

    /// The upper end.
    #[must_use]
    pub const fn maximum(self) -> f64 {
        self.maximum
    }

    /// What the upper end means.
    #[must_use]
    pub const fn direction(self) -> ScaleDirection {
        self.direction
    }
}

/// A self-report on its own scale; never stretched into a 0–10 rating.
///
/// ```
/// use nightmend_domain::{Rating, Scale, ScaleDirection};
/// // Soreness on a 1–5 scale on which low means sore.
/// let scale = Scale::new(1.0, 5.0, ScaleDirection::HigherIsBetter)?;
/// let sore = Rating::new(2.0, scale)?;
/// assert_eq!(sore.badness(), 4.0);
/// assert_eq!(sore.goodness(), 2.0);
/// # Ok::<(), nightmend_domain::UnitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    value: f64,
    scale: Scale,
}

impl Rating {
    /// A value on a scale.
    ///
    /// # Errors
    /// A value that is not finite or outside the scale.
    pub fn new(value: f64, scale: Scale) -> Result<Self, UnitError> {
        within("a rating", value, scale.minimum, scale.maximum).map(|value| Self { value, scale })
    }

    /// The value as it was given.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The scale it was given on.
    #[must_use]
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// The value turned, within its own scale, so that more is worse.
    #[must_use]
    pub fn badness(self) -> f64 {
        match self.scale.direction {
            ScaleDirection::HigherIsWorse => self.value,
            ScaleDirection::HigherIsBetter => self.scale.minimum + self.scale.maximum - self.value,
        }
    }

    /// The value turned, within its own scale, so that more is better.
    #[must_use]
    pub fn goodness(self) -> f64 {
        self.scale.minimum + self.scale.maximum - self.badness()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_something_to_do() {
        for error in [
            Minutes::new(f64::NAN).unwrap_err(),
            Nrs::new(11.0).unwrap_err(),
            Percent::new(101.0).unwrap_err(),
            Scale::new(3.0, 3.0, ScaleDirection::HigherIsBetter).unwrap_err(),
        ] {
            assert!(error.to_string().contains("correct") || error.to_string().contains("leave"), "{error}");
        }
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        assert_eq!(Percent::of(Minutes::ZERO, Minutes::ZERO), None);
    }

    #[test]
    fn lengths_are_written_for_people() {
        assert_eq!(Minutes::new(425.0).unwrap().to_string(), "7 h 05");
        assert_eq!(Minutes::new(35.4).unwrap().to_string(), "35 min");
    }
}
