//! Holds the one series a night and a day that the model sees, and says when there is too little of it.

use jiff::civil::{Date, Weekday};
use nightmend_domain::Moment;
use nightmend_domain::estimate::{CannotTellReason, LoopData, MeanSd, Standardisation};

use crate::beside::{Channel, Covariate};

/// What stands for sleep. Values are natural and turned so that more is more sleep or better sleep.
#[derive(Debug, Clone, PartialEq)]
pub enum SleepMeasure {
    /// Hours slept, as a person wrote them down.
    HoursDiary,
    /// Hours slept, as a device found them.
    HoursDevice,
    /// A person's rating on a scale of its own.
    Rating {
        /// What is rated, for example "sleep quality".
        name: String,
    },
    /// A tick that says "poor night" and is silent otherwise; silence is unknown, not good.
    PoorNightTick {
        /// What the tick is called.
        name: String,
    },
    /// Any other number that a device or a formula gives, for example sleep efficiency.
    Index {
        /// What it is called.
        name: String,
        /// Its unit, for example "percent".
        unit: String,
    },
}

/// What stands for pain. Values are natural and turned so that more is more pain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PainMeasure {
    /// The 0 to 10 numeric rating scale.
    Nrs,
    /// A rating on a scale of its own, or a tick.
    Rating,
}

/// Why a series cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// The columns differ in length.
    #[error(
        "the columns differ in length ({sleep} nights, {pain} days, {weekend} weekend marks); give one of each a day"
    )]
    Lengths {
        /// Length of the sleep column.
        sleep: usize,
        /// Length of the pain column.
        pain: usize,
        /// Length of the weekend column.
        weekend: usize,
    },
    /// A value is not a finite number.
    #[error("day {index} of the series holds a value that is not a number; leave it out instead")]
    NotFinite {
        /// The place in the series, from zero.
        index: usize,
    },
}

/// One person's nights and days in a row without gaps; index `t` is the night that ended on the waking date
/// `first_date + t` and the pain reported on that day, after that night.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    first_date: Date,
    sleep: Vec<Option<f64>>,
    pain: Vec<Option<f64>>,
    weekend: Vec<bool>,
    evening: Vec<Option<f64>>,
    evening_moment: Moment,
    covariates: Vec<Covariate>,
    channels: Vec<Channel>,
    /// What stands for sleep.
    pub sleep_measure: SleepMeasure,
    /// What stands for pain.
    pub pain_measure: PainMeasure,
    /// What the pain is called, for example "lower back".
    pub pain_name: String,
    /// The moment of the pain report.
    pub moment: Moment,
}

/// The columns of a [`Series`], before they are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// The waking date of the first night.
    pub first_date: Date,
    /// Sleep, one a night; `None` where unknown.
    pub sleep: Vec<Option<f64>>,
    /// Pain, one a day; `None` where unknown.
    pub pain: Vec<Option<f64>>,
    /// Whether each waking date is a day off; see [`weekend_flags`].
    pub weekend: Vec<bool>,
}

/// Fewer pairs than this on both arrows give no number at all.
pub const MINIMUM_PAIRS: u32 = 7;

impl Series {
    /// Builds a series from its columns.
    ///
    /// # Errors
    /// [`SeriesError`] where the columns differ in length or hold a value that is not finite.
    pub fn new(
        columns: Columns,
        sleep_measure: SleepMeasure,
        pain_measure: PainMeasure,
        pain_name: String,
        moment: Moment,
    ) -> Result<Self, SeriesError> {
        let Columns { first_date, sleep, pain, weekend } = columns;
        if sleep.len() != pain.len() || sleep.len() != weekend.len() {
            return Err(SeriesError::Lengths {
                sleep: sleep.len(),
                pain: pain.len(),
                weekend: weekend.len(),
            });
        }
        let broken = |value: &Option<f64>| value.is_some_and(|value| !value.is_finite());
        if let Some(index) = sleep.iter().zip(&pain).position(|(night, day)| broken(night) || broken(day)) {
            return Err(SeriesError::NotFinite { index });
        }
        let (evening, evening_moment) = (Vec::new(), Moment::Bedtime);
        Ok(Self {
            first_date,
            sleep,
            pain,
            weekend,
            evening,
            evening_moment,
            covariates: Vec::new(),
            channels: Vec::new(),
            sleep_measure,
            pain_measure,
            pain_name,
            moment,
        })
    }

    /// Adds a second report of the same pain, later on each day, where the first is the one on waking.
    ///
    /// # Errors
    /// [`SeriesError`] where the column differs in length or holds a value that is not finite.
    pub fn with_evening(
        mut self,
        evening: Vec<Option<f64>>,
        evening_moment: Moment,
    ) -> Result<Self, SeriesError> {
        if evening.len() != self.len() {
            let (sleep, weekend) = (self.sleep.len(), self.weekend.len());
            return Err(SeriesError::Lengths { sleep, pain: evening.len(), weekend });
        }
        if let Some(index) = evening.iter().position(|value| value.is_some_and(|value| !value.is_finite())) {
            return Err(SeriesError::NotFinite { index });
        }
        self.evening = evening;
        self.evening_moment = evening_moment;
        Ok(self)
    }

    /// Adds what else was written down, to be taken into account. A value that is not finite is taken as unknown.
    ///
    /// # Errors
    /// [`SeriesError`] where a column differs in length.
    pub fn with_covariates(mut self, mut covariates: Vec<Covariate>) -> Result<Self, SeriesError> {
        for covariate in &mut covariates {
            self.check_column(&mut covariate.values)?;
        }
        self.covariates = covariates;
        Ok(self)
    }

    /// Adds other channels of the same nights, the best three of which can be used. A value that is not finite is taken
    /// as unknown.
    ///
    /// # Errors
    /// [`SeriesError`] where a column differs in length.
    pub fn with_channels(mut self, mut channels: Vec<Channel>) -> Result<Self, SeriesError> {
        for channel in &mut channels {
            self.check_column(&mut channel.values)?;
        }
        self.channels = channels;
        Ok(self)
    }

    fn check_column(&self, values: &mut [Option<f64>]) -> Result<(), SeriesError> {
        if values.len() != self.len() {
            let (sleep, weekend) = (self.sleep.len(), self.weekend.len());
            return Err(SeriesError::Lengths { sleep, pain: values.len(), weekend });
        }
        values.iter_mut().for_each(|value| *value = value.filter(|value| value.is_finite()));
        Ok(())
    }

    /// Returns what else was written down.
    #[must_use]
    pub fn covariates(&self) -> &[Covariate] {
        &self.covariates
    }

    /// Returns the other channels of the nights.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Returns the same series with something taken off the night, the pain and the later report of each day, and
    /// nothing beside it any more.
    pub(crate) fn less(&self, parts: impl Fn(usize) -> [f64; 3]) -> Self {
        let mut less = self.clone();
        for (state, column) in [&mut less.sleep, &mut less.pain, &mut less.evening].into_iter().enumerate() {
            for (day, value) in column.iter_mut().enumerate() {
                *value = value.map(|value| value - parts(day)[state]);
            }
        }
        (less.covariates, less.channels) = (Vec::new(), Vec::new());
        less
    }

    /// Returns the moment of the second report.
    #[must_use]
    pub fn evening_moment(&self) -> Moment {
        self.evening_moment
    }

    /// Puts the second report in place of the first.
    pub(crate) fn with_pain_of_the_evening(mut self) -> Self {
        self.pain = std::mem::take(&mut self.evening);
        self.pain.resize(self.sleep.len(), None);
        self
    }

    /// Returns the second report of pain on each day; empty where there is none at all.
    #[must_use]
    pub fn evening(&self) -> &[Option<f64>] {
        &self.evening
    }

    /// Returns on how many days the night, the pain on waking and the later pain are all known.
    #[must_use]
    pub fn days_with_both_reports(&self) -> usize {
        let days = self.sleep.iter().zip(&self.pain).zip(&self.evening);
        days.filter(|((night, morning), day)| night.is_some() && morning.is_some() && day.is_some()).count()
    }

    /// Returns the number of days, known or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sleep.len()
    }

    /// Returns whether there is not a single day.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sleep.is_empty()
    }

    /// Returns the sleep column.
    #[must_use]
    pub fn sleep(&self) -> &[Option<f64>] {
        &self.sleep
    }

    /// Returns the pain column.
    #[must_use]
    pub fn pain(&self) -> &[Option<f64>] {
        &self.pain
    }

    /// Returns which waking dates are days off.
    #[must_use]
    pub fn weekend(&self) -> &[bool] {
        &self.weekend
    }

    /// Returns the first `days` days from the first one that holds any value.
    #[must_use]
    pub fn first_days(&self, days: usize) -> Self {
        let start = (0..self.len()).find(|day| self.holds_a_value(*day)).unwrap_or(0);
        self.between(start, start.saturating_add(days))
    }

    /// Returns everything that was known `nights` nights after both series had begun: what a look sees.
    #[must_use]
    pub fn known_at_look(&self, nights: usize) -> Self {
        self.between(0, self.both_begun().unwrap_or(0).saturating_add(nights))
    }

    /// Returns how many days lie between the first by which both series have begun and the last that holds a value,
    /// both counted. Years of nights without a day of pain count for nothing.
    #[must_use]
    pub fn days_of_both(&self) -> usize {
        let last = (0..self.len()).rfind(|day| self.holds_a_value(*day));
        self.both_begun().zip(last).map_or(0, |(begun, last)| last - begun + 1)
    }

    /// Returns the first day by which each of the two series has held a value.
    fn both_begun(&self) -> Option<usize> {
        let first = |column: &[Option<f64>]| column.iter().position(Option::is_some);
        Some(first(&self.sleep)?.max(first(&self.pain)?))
    }

    fn between(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        Self {
            first_date: self.date(start),
            sleep: self.sleep[start..end].to_vec(),
            pain: self.pain[start..end].to_vec(),
            weekend: self.weekend[start..end].to_vec(),
            evening: self.evening.get(start..end).map_or_else(Vec::new, <[Option<f64>]>::to_vec),
            evening_moment: self.evening_moment,
            covariates: self
                .covariates
                .iter()
                .map(|covariate| Covariate {
                    values: covariate.values[start..end].to_vec(),
                    ..covariate.clone()
                })
                .collect(),
            channels: self
                .channels
                .iter()
                .map(|channel| Channel { values: channel.values[start..end].to_vec(), ..channel.clone() })
                .collect(),
            sleep_measure: self.sleep_measure.clone(),
            pain_measure: self.pain_measure,
            pain_name: self.pain_name.clone(),
            moment: self.moment,
        }
    }

    /// Returns how many days lie between the first and the last that hold a value, both counted.
    #[must_use]
    pub fn days_spanned(&self) -> usize {
        let held: Vec<usize> = (0..self.len()).filter(|day| self.holds_a_value(*day)).collect();
        held.first().zip(held.last()).map_or(0, |(first, last)| last - first + 1)
    }

    /// Counts what an answer rests on.
    #[must_use]
    pub fn account(&self) -> LoopData {
        let held: Vec<usize> = (0..self.len()).filter(|day| self.holds_a_value(*day)).collect();
        // A night is known where any of its channels knows it.
        let night = |day: usize| {
            self.sleep[day].is_some() || self.channels.iter().any(|channel| channel.values[day].is_some())
        };
        let pain = |day: usize| self.pain[day].is_some();
        let count = |known: &dyn Fn(usize) -> bool| (0..self.len()).filter(|day| known(*day)).count() as u32;
        LoopData {
            nights: count(&night),
            pain_days: count(&pain),
            pairs_sleep_to_pain: count(&|day| night(day) && pain(day)),
            pairs_pain_to_sleep: count(&|day| day > 0 && pain(day - 1) && night(day)),
            from: held.first().map(|day| self.date(*day)),
            to: held.last().map(|day| self.date(*day)),
        }
    }

    /// Returns why no number can be given, if so.
    #[must_use]
    pub fn cannot_tell(&self) -> Option<CannotTellReason> {
        let data = self.account();
        let pairs = data.pairs_sleep_to_pain.max(data.pairs_pain_to_sleep);
        let same = |column: &[Option<f64>]| {
            let mut known = column.iter().flatten();
            let first = *known.next()?;
            known.all(|value| *value == first).then_some(first)
        };
        if data.nights == 0 {
            Some(CannotTellReason::NoSleep)
        } else if data.pain_days == 0 {
            Some(CannotTellReason::NoPain)
        } else if let Some(value) = same(&self.sleep) {
            Some(CannotTellReason::SleepNeverVaries { value })
        } else if let Some(value) = same(&self.pain) {
            Some(CannotTellReason::PainNeverVaries { value })
        } else if pairs < MINIMUM_PAIRS {
            Some(CannotTellReason::TooFewPairs { pairs, needed: MINIMUM_PAIRS })
        } else {
            None
        }
    }

    /// Returns the reason for values that differ by less than can be standardised.
    pub(crate) fn never_varies(&self) -> CannotTellReason {
        let first = |column: &[Option<f64>]| column.iter().flatten().next().copied().unwrap_or(f64::NAN);
        if centre_and_spread(&self.sleep).is_none() {
            CannotTellReason::SleepNeverVaries { value: first(&self.sleep) }
        } else {
            CannotTellReason::PainNeverVaries { value: first(&self.pain) }
        }
    }

    /// Returns centre and spread (divisor n - 1) of both columns; `None` where a column has under two values or
    /// does not vary.
    #[must_use]
    pub fn standardisation(&self) -> Option<Standardisation> {
        Some(Standardisation { sleep: centre_and_spread(&self.sleep)?, pain: centre_and_spread(&self.pain)? })
    }

    fn holds_a_value(&self, day: usize) -> bool {
        self.sleep[day].is_some() || self.pain[day].is_some()
    }

    fn date(&self, index: usize) -> Date {
        let days = i32::try_from(index).unwrap_or(i32::MAX);
        self.first_date.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
    }
}

/// Marks the Saturdays and Sundays among `days` waking dates from `first_date` on.
///
/// ```
/// let friday = jiff::civil::date(2024, 3, 1);
/// assert_eq!(nightmend_loop::data::weekend_flags(friday, 4), [false, true, true, false]);
/// ```
#[must_use]
pub fn weekend_flags(first_date: Date, days: usize) -> Vec<bool> {
    let first = first_date.weekday().to_monday_zero_offset() as usize;
    let saturday = Weekday::Saturday.to_monday_zero_offset() as usize;
    (0..days).map(|day| (first + day) % 7 >= saturday).collect()
}

pub(crate) fn centre_and_spread(column: &[Option<f64>]) -> Option<MeanSd> {
    let known: Vec<f64> = column.iter().flatten().copied().collect();
    let (mean, sd) =
        (nightmend_infer::draws::mean(&known), nightmend_infer::draws::standard_deviation(&known));
    (sd > 0.0 && sd.is_finite()).then_some(MeanSd { mean, sd })
}
