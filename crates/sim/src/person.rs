//! Simulates a person whose sleep and pain drive each other with a known strength in both directions.

use jiff::civil::{Date, Weekday};
use thiserror::Error;

use crate::random::{Purpose, Seed, Stream};

/// The truth about a simulated person, in natural units: hours of sleep, points of pain on 0–10.
///
/// In deviations from the mean, with `s` the sleep of night t, `m` the pain on waking from it and `d` the pain at
/// the following bedtime:
///
/// ```text
/// s(t) = sleep_autoregression · s(t−1) + pain_to_sleep · d(t−1)               + e_s
/// m(t) = pain_carried_over_night · d(t−1) + sleep_to_waking_pain · s(t)       + e_m
/// d(t) = pain_carried_over_day · m(t)     + sleep_to_bedtime_pain · s(t)      + e_d
/// ```
///
/// More sleep and more pain are positive, so that "shorter nights go with more pain" is a negative
/// `sleep_to_waking_pain`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonParameters {
    /// Mean sleep, hours a night.
    pub mean_sleep_hours: f64,
    /// Mean pain at bedtime, points.
    pub mean_pain: f64,
    /// By how much pain on waking lies above pain at bedtime on average, points.
    pub waking_pain_above: f64,
    /// Hours of this night's deviation that are found again in the next night, per hour.
    pub sleep_autoregression: f64,
    /// Points of bedtime pain that are found again on waking, per point.
    pub pain_carried_over_night: f64,
    /// Points of waking pain that are found again at bedtime, per point.
    pub pain_carried_over_day: f64,
    /// Points of waking pain per hour of sleep.
    pub sleep_to_waking_pain: f64,
    /// Points of bedtime pain per hour of sleep, beyond what waking pain carries.
    pub sleep_to_bedtime_pain: f64,
    /// Hours of sleep per point of pain at the bedtime before.
    pub pain_to_sleep: f64,
    /// SD of what else moves sleep, hours.
    pub sleep_innovation_sd: f64,
    /// SD of what else moves waking pain, points.
    pub waking_innovation_sd: f64,
    /// SD of what else moves bedtime pain, points.
    pub bedtime_innovation_sd: f64,
    /// Correlation of what else moves sleep with what else moves waking pain: a hidden common influence, which
    /// looks like an effect of sleep on pain and is none.
    pub innovation_correlation: f64,
    /// Hours more on nights that end on a Saturday or Sunday.
    pub weekend_sleep_hours: f64,
    /// Points more on Saturdays and Sundays.
    pub weekend_pain: f64,
    /// Drift of mean sleep, hours per 30 days.
    pub sleep_trend_per_30_days: f64,
    /// Drift of mean pain, points per 30 days.
    pub pain_trend_per_30_days: f64,
}

/// Why the parameters of a person were refused.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum PersonError {
    /// A parameter is not finite.
    #[error("every parameter of a simulated person must be a finite number; correct the one that is not")]
    NotFinite,
    /// A standard deviation is negative.
    #[error("a standard deviation is negative; give zero or more")]
    NegativeSd,
    /// The innovation correlation is not a correlation.
    #[error("an innovation correlation of {correlation} does not exist; give one between -1 and 1")]
    NotACorrelation {
        /// The correlation given.
        correlation: f64,
    },
    /// Pain and sleep would drive each other without end.
    #[error("with these effects pain and sleep never settle (spectral radius {radius:.3}); make them weaker")]
    NeverSettles {
        /// Largest modulus of an eigenvalue of the one-day transition.
        radius: f64,
    },
}

/// A simulated person with parameters that make sense.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    parameters: PersonParameters,
}

/// What happened to a simulated person, before anybody wrote it down.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// One day after the other, without gaps.
    pub days: Vec<CourseDay>,
}

/// The truth about one night and the day after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CourseDay {
    /// The date of waking.
    pub date: Date,
    /// Sleep of the night that ended on `date`, hours; between 0.5 and 16.
    pub sleep_hours: f64,
    /// Pain on waking, points; neither rounded nor held within 0–10.
    pub waking_pain: f64,
    /// Pain at the bedtime of the day, points; neither rounded nor held within 0–10.
    pub bedtime_pain: f64,
}

/// Days simulated and thrown away before the first, so that the start does not show.
const SETTLING_DAYS: usize = 90;
/// Spectral radius from which on a loop is refused, as in the model that fits it.
const LARGEST_RADIUS: f64 = 0.995;

impl Person {
    /// A person with these parameters.
    ///
    /// # Errors
    /// Numbers that are not finite, negative SDs, a correlation beyond ±1, or a loop that never settles.
    pub fn new(parameters: PersonParameters) -> Result<Self, PersonError> {
        let person = Self { parameters };
        if person.numbers().iter().any(|number| !number.is_finite()) {
            return Err(PersonError::NotFinite);
        }
        let PersonParameters { sleep_innovation_sd, waking_innovation_sd, bedtime_innovation_sd, .. } =
            parameters;
        if sleep_innovation_sd < 0.0 || waking_innovation_sd < 0.0 || bedtime_innovation_sd < 0.0 {
            return Err(PersonError::NegativeSd);
        }
        let correlation = parameters.innovation_correlation;
        if correlation.abs() > 1.0 {
            return Err(PersonError::NotACorrelation { correlation });
        }
        let radius = person.spectral_radius();
        if radius >= LARGEST_RADIUS {
            return Err(PersonError::NeverSettles { radius });
        }
        Ok(person)
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &PersonParameters {
        &self.parameters
    }

    /// Points of bedtime pain per hour of the night before, by both ways together: what a model with one pain
    /// score a day, given at bedtime, should find.
    #[must_use]
    pub fn sleep_to_bedtime_pain_in_all(&self) -> f64 {
        let p = &self.parameters;
        p.sleep_to_bedtime_pain + p.pain_carried_over_day * p.sleep_to_waking_pain
    }

    /// The largest modulus of an eigenvalue of the one-day transition of (sleep, bedtime pain).
    #[must_use]
    pub fn spectral_radius(&self) -> f64 {
        let p = &self.parameters;
        let effect = self.sleep_to_bedtime_pain_in_all();
        let carried = p.pain_carried_over_day * p.pain_carried_over_night;
        let (a, b) = (p.sleep_autoregression, p.pain_to_sleep);
        let (c, d) = (effect * a, carried + effect * b);
        let (half_trace, determinant) = (0.5 * (a + d), a * d - b * c);
        let under_root = half_trace * half_trace - determinant;
        if under_root >= 0.0 { half_trace.abs() + under_root.sqrt() } else { determinant.sqrt() }
    }

    /// What happens to the person on `days` days, the first waking being on `first`.
    ///
    /// The course ends early where the calendar does (year 9999).
    #[must_use]
    pub fn course(&self, days: usize, first: Date, seed: Seed) -> Course {
        let mut stream = seed.open(Purpose::Course);
        let mut state = State::default();
        for _ in 0..SETTLING_DAYS {
            state = self.next(state, &mut stream);
        }
        let middle = (days as f64 - 1.0) / 2.0;
        let mut course = Course { days: Vec::with_capacity(days) };
        for (index, date) in first.series(jiff::Span::new().days(1)).take(days).enumerate() {
            state = self.next(state, &mut stream);
            course.days.push(self.day(state, date, (index as f64 - middle) / 30.0));
        }
        course
    }

    fn next(&self, before: State, stream: &mut Stream) -> State {
        let p = &self.parameters;
        let (night, other, rest) = (stream.normal(), stream.normal(), stream.normal());
        let correlation = p.innovation_correlation;
        let morning = correlation * night + (1.0 - correlation * correlation).sqrt() * other;
        let sleep = p.sleep_autoregression * before.sleep
            + p.pain_to_sleep * before.bedtime_pain
            + p.sleep_innovation_sd * night;
        let waking_pain = p.pain_carried_over_night * before.bedtime_pain
            + p.sleep_to_waking_pain * sleep
            + p.waking_innovation_sd * morning;
        let bedtime_pain = p.pain_carried_over_day * waking_pain
            + p.sleep_to_bedtime_pain * sleep
            + p.bedtime_innovation_sd * rest;
        State { sleep, waking_pain, bedtime_pain }
    }

    fn day(&self, state: State, date: Date, months_from_middle: f64) -> CourseDay {
        let p = &self.parameters;
        let weekend = f64::from(u8::from(is_weekend(date)));
        let sleep = p.mean_sleep_hours
            + p.sleep_trend_per_30_days * months_from_middle
            + p.weekend_sleep_hours * weekend
            + state.sleep;
        let pain = p.mean_pain + p.pain_trend_per_30_days * months_from_middle + p.weekend_pain * weekend;
        CourseDay {
            date,
            sleep_hours: sleep.clamp(0.5, 16.0),
            waking_pain: pain + p.waking_pain_above + state.waking_pain,
            bedtime_pain: pain + state.bedtime_pain,
        }
    }

    fn numbers(&self) -> [f64; 17] {
        // Taken apart whole, so that a new parameter cannot be forgotten.
        let PersonParameters {
            mean_sleep_hours,
            mean_pain,
            waking_pain_above,
            sleep_autoregression,
            pain_carried_over_night,
            pain_carried_over_day,
            sleep_to_waking_pain,
            sleep_to_bedtime_pain,
            pain_to_sleep,
            sleep_innovation_sd,
            waking_innovation_sd,
            bedtime_innovation_sd,
            innovation_correlation,
            weekend_sleep_hours,
            weekend_pain,
            sleep_trend_per_30_days,
            pain_trend_per_30_days,
        } = self.parameters;
        [
            mean_sleep_hours,
            mean_pain,
            waking_pain_above,
            sleep_autoregression,
            pain_carried_over_night,
            pain_carried_over_day,
            sleep_to_waking_pain,
            sleep_to_bedtime_pain,
            pain_to_sleep,
            sleep_innovation_sd,
            waking_innovation_sd,
            bedtime_innovation_sd,
            innovation_correlation,
            weekend_sleep_hours,
            weekend_pain,
            sleep_trend_per_30_days,
            pain_trend_per_30_days,
        ]
    }
}

impl PersonParameters {
    /// A person whose sleep and pain both drift along and have nothing to do with each other.
    ///
    /// `autoregression` is that of sleep from night to night, and of pain from bedtime to bedtime.
    #[must_use]
    pub fn without_link(autoregression: f64) -> Self {
        let half_a_day = autoregression.max(0.0).sqrt();
        Self {
            mean_sleep_hours: 7.0,
            mean_pain: 4.0,
            waking_pain_above: 0.0,
            sleep_autoregression: autoregression,
            pain_carried_over_night: half_a_day,
            pain_carried_over_day: half_a_day,
            sleep_to_waking_pain: 0.0,
            sleep_to_bedtime_pain: 0.0,
            pain_to_sleep: 0.0,
            sleep_innovation_sd: 1.1,
            waking_innovation_sd: 1.0,
            bedtime_innovation_sd: 1.0,
            innovation_correlation: 0.0,
            weekend_sleep_hours: 0.0,
            weekend_pain: 0.0,
            sleep_trend_per_30_days: 0.0,
            pain_trend_per_30_days: 0.0,
        }
    }
}

pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Deviations from the mean.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    sleep: f64,
    waking_pain: f64,
    bedtime_pain: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn looped() -> PersonParameters {
        PersonParameters {
            sleep_to_waking_pain: -0.5,
            sleep_to_bedtime_pain: -0.1,
            pain_to_sleep: -0.2,
            ..PersonParameters::without_link(0.3)
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_course() {
        let person = Person::new(looped()).unwrap();
        let course = |seed| person.course(40, date(2025, 1, 1), Seed::new(seed));
        assert_eq!(course(1), course(1));
        assert_ne!(course(1), course(2));
        assert_eq!(course(1).days.len(), 40);
        assert_eq!(course(1).days[39].date, date(2025, 2, 9));
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |change: fn(&mut PersonParameters)| {
            let mut parameters = looped();
            change(&mut parameters);
            Person::new(parameters).unwrap_err()
        };
        assert_eq!(refused(|p| p.mean_pain = f64::NAN), PersonError::NotFinite);
        assert_eq!(refused(|p| p.waking_innovation_sd = -1.0), PersonError::NegativeSd);
        assert!(matches!(refused(|p| p.innovation_correlation = 1.5), PersonError::NotACorrelation { .. }));
        assert!(matches!(refused(|p| p.pain_to_sleep = -2.0), PersonError::NeverSettles { .. }));
    }

    #[test]
    fn the_spectral_radius_is_that_of_the_eigenvalues() {
        // Both autoregressions .25, effects b_sp = -.35, b_ps = -.2: A = [[.25, -.2], [-.0875, .32]];
        // the eigenvalues solve x² − .57 x + .0625 = 0 by hand: .421839 and .148161.
        let person = Person::new(PersonParameters {
            sleep_to_bedtime_pain: -0.35,
            pain_to_sleep: -0.2,
            ..PersonParameters::without_link(0.25)
        })
        .unwrap();
        assert!((person.spectral_radius() - 0.421_839).abs() < 1e-5, "{}", person.spectral_radius());
    }

    /// Least squares of y on the columns of x, by the normal equations.
    fn least_squares(rows: &[([f64; 3], f64)]) -> [f64; 3] {
        let mut matrix = [[0.0; 4]; 3];
        for (x, y) in rows {
            for i in 0..3 {
                for j in 0..3 {
                    matrix[i][j] += x[i] * x[j];
                }
                matrix[i][3] += x[i] * y;
            }
        }
        for pivot in 0..3 {
            for row in 0..3 {
                if row != pivot {
                    let factor = matrix[row][pivot] / matrix[pivot][pivot];
                    let above = matrix[pivot];
                    matrix[row].iter_mut().zip(above).for_each(|(cell, above)| *cell -= factor * above);
                }
            }
        }
        [matrix[0][3] / matrix[0][0], matrix[1][3] / matrix[1][1], matrix[2][3] / matrix[2][2]]
    }

    #[test]
    fn regressions_on_a_long_course_find_the_parameters_again() {
        let person = Person::new(looped()).unwrap();
        let days = person.course(60_000, date(2000, 1, 1), Seed::new(9)).days;
        let pairs = || days.windows(2);
        let sleep = least_squares(
            &pairs()
                .map(|w| ([1.0, w[0].sleep_hours - 7.0, w[0].bedtime_pain - 4.0], w[1].sleep_hours - 7.0))
                .collect::<Vec<_>>(),
        );
        let waking = least_squares(
            &pairs()
                .map(|w| ([1.0, w[1].sleep_hours - 7.0, w[0].bedtime_pain - 4.0], w[1].waking_pain - 4.0))
                .collect::<Vec<_>>(),
        );
        let bedtime = least_squares(
            &days
                .iter()
                .map(|d| ([1.0, d.sleep_hours - 7.0, d.waking_pain - 4.0], d.bedtime_pain - 4.0))
                .collect::<Vec<_>>(),
        );
        let close = |found: f64, truth: f64| assert!((found - truth).abs() < 0.02, "{found} {truth}");
        close(sleep[1], 0.3);
        close(sleep[2], -0.2);
        close(waking[1], -0.5);
        close(waking[2], 0.3_f64.sqrt());
        close(bedtime[1], -0.1);
        close(bedtime[2], 0.3_f64.sqrt());
    }

    #[test]
    fn weekends_and_trends_are_added() {
        let still = PersonParameters {
            sleep_innovation_sd: 0.0,
            waking_innovation_sd: 0.0,
            bedtime_innovation_sd: 0.0,
            weekend_sleep_hours: 1.0,
            pain_trend_per_30_days: 3.0,
            ..PersonParameters::without_link(0.0)
        };
        // 2025-01-03 is a Friday.
        let days = Person::new(still).unwrap().course(3, date(2025, 1, 3), Seed::new(0)).days;
        assert_eq!(days.iter().map(|day| day.sleep_hours).collect::<Vec<_>>(), [7.0, 8.0, 8.0]);
        assert!((days[2].bedtime_pain - days[0].bedtime_pain - 0.2).abs() < 1e-12);
    }
}
