//! Summarises the nights of a range: means and spreads, middle of sleep, social jet lag, regularity.

use jiff::civil::{Date, Time, Weekday};
use nightmend_domain::{Minutes, Nap, Night, Percent};

use crate::circular::{CircularMean, signed_distance, time_of};
use crate::regularity::{Regularity, sleep_regularity};
use crate::timeline::{DAY, minute_of_day};

/// The dates to summarise, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// First date of waking.
    pub from: Date,
    /// Last date of waking.
    pub to: Date,
}

impl DateRange {
    /// Whether the date lies in the range.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

/// The weekdays on which a person may sleep as long as they like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeDays {
    /// The weekdays of waking that are free.
    pub weekdays: Vec<Weekday>,
}

impl Default for FreeDays {
    /// Saturday and Sunday. A person with other free days should say so: nothing in the records tells.
    fn default() -> Self {
        Self { weekdays: vec![Weekday::Saturday, Weekday::Sunday] }
    }
}

/// A mean with its spread over nights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread<Quantity> {
    /// The mean over the nights in which the quantity is known.
    pub mean: Quantity,
    /// Sample standard deviation (n − 1); from two nights on.
    pub standard_deviation: Option<Quantity>,
    /// How many nights it rests on.
    pub count: u32,
}

/// A mean time of day with its spread, around the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeSpread {
    /// Circular mean, to the nearest minute, by the clock on the wall.
    pub mean: Time,
    /// Circular standard deviation √(−2 ln R); from two nights on.
    pub standard_deviation: Option<Minutes>,
    /// How many nights it rests on.
    pub count: u32,
}

/// Social jet lag: the middle of sleep on free days against that on work days (Wittmann et al. 2006,
/// 10.1080/07420520500545979).
///
/// Middle of sleep as found, not corrected for sleep debt. The free days are those stated, not those found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SocialJetLag {
    /// The size of the difference, 0 to 12 h.
    pub size: Minutes,
    /// The difference with its sign, in minutes: positive where free days are later.
    pub signed_minutes: f64,
    /// Middle of sleep on nights that end on a free day.
    pub free: TimeSpread,
    /// Middle of sleep on the other nights.
    pub work: TimeSpread,
}

/// Fewest nights before free days, and before work days, for social jet lag: a judgement, one weekend's worth and
/// most of a working week.
pub const FEWEST_FREE_NIGHTS: u32 = 2;
/// See [`FEWEST_FREE_NIGHTS`].
pub const FEWEST_WORK_NIGHTS: u32 = 3;

/// The nights and naps of a range in numbers; each part is absent where no night knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSummary {
    /// The dates summarised.
    pub range: DateRange,
    /// Nights in the range.
    pub nights: u32,
    /// Naps and second sleeps in the range.
    pub naps: u32,
    /// TST.
    pub tst: Option<Spread<Minutes>>,
    /// WASO.
    pub waso: Option<Spread<Minutes>>,
    /// SOL.
    pub sol: Option<Spread<Minutes>>,
    /// TIB.
    pub tib: Option<Spread<Minutes>>,
    /// SPT.
    pub spt: Option<Spread<Minutes>>,
    /// SE.
    pub se: Option<Spread<Percent>>,
    /// SME.
    pub sme: Option<Spread<Percent>>,
    /// First asleep.
    pub sleep_onset: Option<TimeSpread>,
    /// Last awakening.
    pub final_awakening: Option<TimeSpread>,
    /// The middle between first and last sleep.
    pub mid_sleep: Option<TimeSpread>,
    /// Social jet lag, from [`FEWEST_FREE_NIGHTS`] and [`FEWEST_WORK_NIGHTS`] on.
    pub social_jet_lag: Option<SocialJetLag>,
    /// Sleep regularity index.
    pub regularity: Regularity,
}

/// Summarises the nights and naps whose date lies in the range.
///
/// Lengths of sources with different methods are put together as they are; a range in which the source changes
/// says less (each night names its source).
#[must_use]
pub fn summarise(nights: &[Night], naps: &[Nap], range: DateRange, free_days: &FreeDays) -> RangeSummary {
    let FreeDays { weekdays } = free_days;
    let nights: Vec<&Night> = nights.iter().filter(|night| range.contains(night.date.date())).collect();
    let naps: Vec<&Nap> = naps.iter().filter(|nap| range.contains(nap.date)).collect();
    let lengths = |of: &dyn Fn(&Night) -> Option<Minutes>| {
        spread(nights.iter().filter_map(|night| of(night).map(Minutes::get)), |m| Minutes::new(m).ok())
    };
    let shares = |of: &dyn Fn(&Night) -> Option<Percent>| {
        spread(nights.iter().filter_map(|night| of(night).map(Percent::get)), |p| Percent::new(p).ok())
    };
    let times = |of: &dyn Fn(&Night) -> Option<f64>| time_spread(nights.iter().filter_map(|n| of(n)));
    RangeSummary {
        range,
        nights: count_of(nights.len()),
        naps: count_of(naps.len()),
        tst: lengths(&|night| night.tst),
        waso: lengths(&|night| night.waso),
        sol: lengths(&|night| night.sol),
        tib: lengths(&|night| night.tib),
        spt: lengths(&|night| night.spt),
        se: shares(&|night| night.se),
        sme: shares(&|night| night.sme),
        sleep_onset: times(&|night| night.sleep_onset.map(minute_of_day)),
        final_awakening: times(&|night| night.final_awakening.map(minute_of_day)),
        mid_sleep: times(&mid_sleep),
        social_jet_lag: social_jet_lag(&nights, weekdays),
        regularity: sleep_regularity(&nights, &naps),
    }
}

fn mid_sleep(night: &Night) -> Option<f64> {
    night.mid_sleep().map(minute_of_day)
}

fn count_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn spread<Quantity>(
    values: impl Iterator<Item = f64>,
    unit: impl Fn(f64) -> Option<Quantity>,
) -> Option<Spread<Quantity>> {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = if values.len() >= 2 { unit((squares / (count - 1.0)).sqrt()) } else { None };
    // The mean of nothing is not a number and is refused as a quantity.
    Some(Spread { mean: unit(mean)?, standard_deviation: deviation, count: count_of(values.len()) })
}

fn time_spread(minutes: impl Iterator<Item = f64>) -> Option<TimeSpread> {
    CircularMean::of(minutes).map(|mean| time_spread_of(&mean))
}

fn time_spread_of(mean: &CircularMean) -> TimeSpread {
    let deviation = mean.standard_deviation().filter(|_| mean.count >= 2);
    TimeSpread {
        mean: time_of(mean.minute),
        standard_deviation: deviation.and_then(|minutes| Minutes::new(minutes).ok()),
        count: count_of(mean.count),
    }
}

fn social_jet_lag(nights: &[&Night], free_weekdays: &[Weekday]) -> Option<SocialJetLag> {
    let mean = |wanted: bool| {
        CircularMean::of(
            nights
                .iter()
                .filter(|night| free_weekdays.contains(&night.date.date().weekday()) == wanted)
                .filter_map(|night| mid_sleep(night)),
        )
    };
    let (free, work) = (mean(true)?, mean(false)?);
    if count_of(free.count) < FEWEST_FREE_NIGHTS || count_of(work.count) < FEWEST_WORK_NIGHTS {
        return None;
    }
    let signed_minutes = signed_distance(work.minute, free.minute);
    Some(SocialJetLag {
        size: Minutes::new(signed_minutes.abs().min(DAY / 2.0)).ok()?,
        signed_minutes,
        free: time_spread_of(&free),
        work: time_spread_of(&work),
    })
}
