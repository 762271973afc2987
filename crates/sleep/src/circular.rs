//! Averages times of day around the clock, so that 23:00 and 01:00 meet at midnight.

use std::f64::consts::TAU;

use jiff::civil::Time;

use crate::timeline::DAY;

/// The mean direction of several times of day and how well they agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CircularMean {
    /// The mean, in minutes after midnight.
    pub minute: f64,
    /// Mean resultant length: 1 where all times agree, 0 where they cancel out.
    pub agreement: f64,
    /// How many times it rests on.
    pub count: usize,
}

impl CircularMean {
    /// The mean of minutes after midnight; `None` of nothing.
    pub fn of(minutes: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut sine, mut cosine, mut count) = (0.0, 0.0, 0_usize);
        for minute in minutes {
            let (s, c) = (minute / DAY * TAU).sin_cos();
            sine += s;
            cosine += c;
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let agreement = (sine.hypot(cosine) / count as f64).min(1.0);
        let minute = (sine.atan2(cosine) / TAU * DAY).rem_euclid(DAY);
        Some(Self { minute, agreement, count })
    }

    /// Circular standard deviation √(−2 ln R) in minutes (Mardia); `None` where the times cancel out.
    pub fn standard_deviation(&self) -> Option<f64> {
        let deviation = (-2.0 * self.agreement.ln()).max(0.0).sqrt() / TAU * DAY;
        (self.agreement > 1e-9 && deviation.is_finite()).then_some(deviation)
    }
}

/// The shorter way around the clock from one minute of the day to another, −720 to 720.
pub(crate) fn signed_distance(from: f64, to: f64) -> f64 {
    (to - from + DAY / 2.0).rem_euclid(DAY) - DAY / 2.0
}

/// Minutes after midnight as a time of day, to the nearest minute.
pub(crate) fn time_of(minute: f64) -> Time {
    let whole = (minute.round() as i64).rem_euclid(DAY as i64);
    // Both parts are within their limits by the remainder above.
    Time::constant((whole / 60) as i8, (whole % 60) as i8, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_around_midnight_meet_at_midnight() {
        let mean = CircularMean::of([23.0 * 60.0, 60.0]).unwrap();
        assert!(signed_distance(0.0, mean.minute).abs() < 1e-9);
        assert_eq!(time_of(mean.minute), Time::midnight());
        // Two times one hour either side: R = cos 15°, SD = √(−2 ln cos 15°) × 1440 / 2π = 60.34 min by hand.
        assert!((mean.standard_deviation().unwrap() - 60.344).abs() < 0.01, "{mean:?}");
    }

    #[test]
    fn opposite_times_have_no_spread_to_speak_of() {
        let mean = CircularMean::of([0.0, 720.0]).unwrap();
        assert!(mean.agreement < 1e-9);
        assert_eq!(mean.standard_deviation(), None);
        assert!(CircularMean::of([]).is_none());
    }

    #[test]
    fn the_shorter_way_round_is_taken() {
        assert_eq!(signed_distance(1_380.0, 60.0), 120.0);
        assert_eq!(signed_distance(60.0, 1_380.0), -120.0);
    }
}
