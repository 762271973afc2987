//! Chooses, from nights and days, the two series that the loop is fitted to, and says what was chosen and why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use nightmend_domain::{
    Absence, Day, DayEntry, Minutes, Moment, Night, Role, ScaleDirection, SleepMethod, Value, trackers,
};

mod beside;
mod error;

pub use beside::{ChannelChoice, CovariateChoice, DatedChannel, DatedCovariate, TellersHours};
pub use error::SelectionError;

use crate::beside::{Channel, Covariate};
use crate::data::{Columns, PainMeasure, Series, SeriesError, SleepMeasure, weekend_flags};
use crate::half_day::DAYS_FOR_HALF_DAY;

/// What of the night stands for sleep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SleepChoice {
    /// Hours where any are recorded, otherwise rated quality.
    #[default]
    Automatic,
    /// TST in hours.
    Hours,
    /// Rated quality, in points of its own scale.
    Quality,
    /// SE, or SME where no time in bed is known, in percent.
    Efficiency,
    /// WASO in minutes; turned, so that more is less time awake.
    WakeAfterSleepOnset,
    /// Awakenings; turned, so that more is fewer awakenings.
    Awakenings,
    /// A tracker by its name.
    Tracker(String),
}

impl SleepChoice {
    /// The choice that a word on the command line means; any other word is the name of a tracker.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word.trim().to_lowercase().as_str() {
            "hours" | "tst" => Self::Hours,
            "quality" => Self::Quality,
            "efficiency" | "se" => Self::Efficiency,
            "waso" => Self::WakeAfterSleepOnset,
            "awakenings" => Self::Awakenings,
            _ => Self::Tracker(word.trim().to_owned()),
        }
    }
}

/// What the loop is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// What of the night stands for sleep.
    pub sleep: SleepChoice,
    /// Which pain: a place or the name of a tracker; back pain, or the only pain there is, where not given.
    pub pain: Option<String>,
    /// When the pain was rated; the moment with most pairs where not given.
    pub moment: Option<Moment>,
    /// Whether values written down more than seven days later are used.
    pub include_recalled: bool,
    /// What is taken into account beside nights and pain.
    pub covariates: CovariateChoice,
}

/// What kind of number a series holds, which decides its priors and its words.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// TST in hours, as the person tells it.
    DiaryHours,
    /// TST in hours, as a device tells it.
    DeviceHours,
    /// A rating on a scale from `minimum` to `maximum`, turned where its scale runs the other way.
    Rating {
        /// Lower end.
        minimum: f64,
        /// Upper end.
        maximum: f64,
    },
    /// A 0–10 pain score.
    Nrs,
    /// A yes or no, 1 or 0.
    Tick,
    /// A tick that is written only when true; days without it are unknown.
    TickWhenTrue,
    /// Any other quantity, in its unit.
    Quantity {
        /// The unit.
        unit: String,
    },
}

/// One series by date, turned so that more is more (or better) sleep, or more pain.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedSeries {
    /// What it is called: `hours of sleep`, `headache`.
    pub name: String,
    /// What kind of number it holds.
    pub measure: Measure,
    /// The values that are known.
    pub values: BTreeMap<Date, f64>,
}

/// The two series of a loop, and how they were chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Sleep, by date of waking.
    pub sleep: DatedSeries,
    /// Pain, by date.
    pub pain: DatedSeries,
    /// When the pain was rated.
    pub moment: Moment,
    /// A later report of the same pain, where pain on waking makes one of two reports a day, and its moment.
    pub later: Option<(Moment, DatedSeries)>,
    /// What is taken into account beside nights and pain.
    pub covariates: Vec<DatedCovariate>,
    /// Other channels of the night; see [`Selection::with_channels`].
    pub channels: Vec<DatedChannel>,
    /// What was chosen without being asked, and what was left out, as sentences.
    pub remarks: Vec<String>,
}

impl Selection {
    /// The two series in a row without gaps, ready for the engine.
    ///
    /// # Errors
    /// A value that is not a finite number.
    pub fn series(&self) -> Result<Series, SeriesError> {
        let dates = || self.sleep.values.keys().chain(self.pain.values.keys()).copied();
        let first_date = dates().min().unwrap_or_default();
        let last_date = dates().max().unwrap_or_default();
        let dates: Vec<Date> = first_date.series(1.day()).take_while(|date| *date <= last_date).collect();
        let column = |values: &BTreeMap<Date, f64>| -> Vec<Option<f64>> {
            dates.iter().map(|date| values.get(date).copied()).collect()
        };
        let columns = Columns {
            first_date,
            sleep: column(&self.sleep.values),
            pain: column(&self.pain.values),
            weekend: weekend_flags(first_date, dates.len()),
        };
        let pain_measure =
            if self.pain.measure == Measure::Nrs { PainMeasure::Nrs } else { PainMeasure::Rating };
        let name = self.pain.name.clone();
        let series = Series::new(columns, self.sleep_measure(), pain_measure, name, self.moment)?;
        let series = match &self.later {
            Some((moment, later)) => series.with_evening(column(&later.values), *moment)?,
            None => series,
        };
        let covariate = |dated: &DatedCovariate| Covariate {
            name: dated.name.clone(),
            unit: dated.unit.clone(),
            said: dated.said,
            values: column(&dated.values),
        };
        let channel =
            |dated: &DatedChannel| Channel { measure: dated.measure.clone(), values: column(&dated.values) };
        series
            .with_covariates(self.covariates.iter().map(covariate).collect())?
            .with_channels(self.channels.iter().map(channel).collect())
    }

    fn sleep_measure(&self) -> SleepMeasure {
        let name = self.sleep.name.clone();
        match &self.sleep.measure {
            Measure::DiaryHours => SleepMeasure::HoursDiary,
            Measure::DeviceHours => SleepMeasure::HoursDevice,
            Measure::Rating { .. } | Measure::Nrs | Measure::Tick => SleepMeasure::Rating { name },
            Measure::TickWhenTrue => SleepMeasure::PoorNightTick { name },
            Measure::Quantity { unit } => SleepMeasure::Index { name, unit: unit.clone() },
        }
    }
}

/// Chooses the series that answer `question`.
///
/// # Errors
/// A question about something that is not recorded, or that could mean several things.
pub fn select(nights: &[Night], days: &[Day], question: &Question) -> Result<Selection, SelectionError> {
    let mut remarks = Vec::new();
    let entries = EntryList::new(days, question.include_recalled, &mut remarks);
    let nights = told_in_time(nights, question.include_recalled, &mut remarks);
    let sleep = choose_sleep(&nights, &entries, &question.sleep, &mut remarks)?;
    let tracker = choose_pain(&entries, question.pain.as_deref(), &sleep.name, &mut remarks)?;
    let mut said_of_covariates = Vec::new();
    let covariates =
        beside::covariates(&entries, &question.covariates, &sleep, &tracker, &mut said_of_covariates)?;
    let channels = Vec::new();
    if question.moment.is_none()
        && let Some((pain, later, days)) = two_reports(&entries, &tracker, &sleep)
    {
        remarks.push(format!(
            "Pain is reported on waking and {} on {days} days with a night, so both reports are used (--moment uses one).",
            rated_when(later.0)
        ));
        remarks.append(&mut said_of_covariates);
        let (moment, later) = (Moment::Waking, Some(later));
        return Ok(Selection { sleep, pain, moment, later, covariates, channels, remarks });
    }
    let (moment, pain) = choose_moment(&entries, &tracker, question.moment, &sleep, &mut remarks)?;
    remarks.append(&mut said_of_covariates);
    Ok(Selection { sleep, pain, moment, later: None, covariates, channels, remarks })
}

/// The same in a sentence: "pain rated …".
const fn rated_when(moment: Moment) -> &'static str {
    match moment {
        Moment::Waking => "on waking",
        Moment::Bedtime => "at bedtime",
        Moment::Day => "for the day",
        Moment::Worst => "at its worst",
        Moment::Now => "at some moment",
    }
}

/// The nights that may be used.
fn told_in_time<'a>(
    nights: &'a [Night],
    include_recalled: bool,
    remarks: &mut Vec<String>,
) -> Vec<&'a Night> {
    let (recalled, told): (Vec<&Night>, Vec<&Night>) =
        nights.iter().partition(|night| night.recalled && !include_recalled);
    if !recalled.is_empty() {
        remarks.push(format!(
            "{} nights were written down more than seven days later and are left out (--include-recalled uses them).",
            recalled.len()
        ));
    }
    told
}

/// All entries that may be used, with their dates.
struct EntryList<'a> {
    entries: Vec<(Date, &'a DayEntry)>,
}

impl<'a> EntryList<'a> {
    fn new(days: &'a [Day], include_recalled: bool, remarks: &mut Vec<String>) -> Self {
        let all = days.iter().flat_map(|day| day.entries.iter().map(move |entry| (day.date, entry)));
        let (recalled, entries): (Vec<_>, Vec<_>) =
            all.partition(|(_, entry)| entry.recalled && !include_recalled);
        if !recalled.is_empty() {
            remarks.push(format!(
                "{} values were written down more than seven days later and are left out (--include-recalled uses them).",
                recalled.len()
            ));
        }
        Self { entries }
    }

    fn of_tracker<'b>(&'b self, name: &'b str) -> impl Iterator<Item = (Date, &'a DayEntry)> + 'b {
        self.entries.iter().copied().filter(move |(_, entry)| entry.tracker.as_str() == name)
    }

    fn names(&self, wanted: impl Fn(Role) -> bool) -> BTreeSet<&'a str> {
        self.entries
            .iter()
            .filter(|(_, entry)| wanted(entry.role) && numeric(&entry.value))
            .map(|(_, entry)| entry.tracker.as_str())
            .collect()
    }
}

fn numeric(value: &Value) -> bool {
    !matches!(value, Value::Text(_))
}

fn choose_sleep(
    nights: &[&Night],
    entries: &EntryList<'_>,
    choice: &SleepChoice,
    remarks: &mut Vec<String>,
) -> Result<DatedSeries, SelectionError> {
    let rated = || quality(nights, entries);
    let found = match choice {
        SleepChoice::Automatic => {
            let hours = hours(nights, remarks);
            if hours.is_some() {
                hours
            } else {
                let rated = rated();
                if rated.is_some() {
                    remarks.push(
                        "No hours of sleep are recorded, so the rated quality of the night is used."
                            .to_owned(),
                    );
                }
                rated
            }
        }
        SleepChoice::Hours => hours(nights, remarks),
        SleepChoice::Quality => rated(),
        SleepChoice::Efficiency => efficiency(nights),
        SleepChoice::WakeAfterSleepOnset => {
            turned(nights, "minutes awake in the night (turned)", "min", |night| night.waso.map(Minutes::get))
        }
        SleepChoice::Awakenings => {
            turned(nights, "awakenings (turned)", "times", |night| night.awakenings.map(f64::from))
        }
        SleepChoice::Tracker(name) => matching(name, &entries.names(|_| true)).first().and_then(|tracker| {
            let known = entries.of_tracker(tracker).filter(|(_, entry)| entry.moment != Moment::Bedtime);
            series(tracker, known, Side::Better)
        }),
    };
    found.ok_or_else(|| {
        let available = available_sleep(nights, entries);
        match choice {
            _ if available.is_empty() => SelectionError::NoSleep,
            SleepChoice::Automatic => SelectionError::UnknownSleep { asked: "hours".to_owned(), available },
            SleepChoice::Tracker(name) => SelectionError::UnknownSleep { asked: name.clone(), available },
            other => SelectionError::UnknownSleep { asked: sleep_word(other).to_owned(), available },
        }
    })
}

const fn sleep_word(choice: &SleepChoice) -> &'static str {
    match choice {
        SleepChoice::Automatic | SleepChoice::Hours => "hours",
        SleepChoice::Quality | SleepChoice::Tracker(_) => "quality",
        SleepChoice::Efficiency => "efficiency",
        SleepChoice::WakeAfterSleepOnset => "waso",
        SleepChoice::Awakenings => "awakenings",
    }
}

fn available_sleep(nights: &[&Night], entries: &EntryList<'_>) -> Vec<String> {
    let mut available = Vec::new();
    let mut offer = |word: &str, there: bool| {
        if there {
            available.push(word.to_owned());
        }
    };
    offer("hours", nights.iter().any(|night| night.tst.is_some() || hours_of_window(night).is_some()));
    offer("quality", quality(nights, entries).is_some());
    offer("efficiency", nights.iter().any(|night| night.se.or(night.sme).is_some()));
    offer("waso", nights.iter().any(|night| night.waso.is_some()));
    offer("awakenings", nights.iter().any(|night| night.awakenings.is_some()));
    available
}

/// Hours of sleep: of all nights, as one series; the kind is that of most of them.
///
/// Where most nights tell when the person tried to sleep and woke, but not how long they lay awake, the time between
/// the two stands for the hours in every night: one measure throughout, and said so.
fn hours(nights: &[&Night], remarks: &mut Vec<String>) -> Option<DatedSeries> {
    let asleep: Vec<(&Night, f64)> =
        nights.iter().filter_map(|night| Some((*night, night.tst?.hours()))).collect();
    let in_window: Vec<(&Night, f64)> =
        nights.iter().filter_map(|night| Some((*night, hours_of_window(night)?))).collect();
    if 2 * asleep.len() < in_window.len() {
        remarks.push(format!(
            "{} nights tell when you tried to sleep and woke, and only {} how long you slept: the time from trying to \
             sleep to waking stands for the hours.",
            in_window.len(),
            asleep.len()
        ));
        return dated("hours from trying to sleep to waking", Measure::DiaryHours, &in_window);
    }
    let by_device = asleep.iter().filter(|(night, _)| night.method == SleepMethod::Device).count();
    let by_others = asleep.len() - by_device;
    if by_device.min(by_others) > 0 {
        remarks.push(format!(
            "The hours of {by_device} nights are told by a device and of {by_others} by a person or a table; they are \
             used as one series, though the two may differ."
        ));
    }
    let measure = if by_device >= by_others { Measure::DeviceHours } else { Measure::DiaryHours };
    dated("hours of sleep", measure, &asleep)
}

/// Hours from trying to sleep (or into bed) to waking, where a person told both.
fn hours_of_window(night: &Night) -> Option<f64> {
    let (from, to) = (night.try_sleep.or(night.in_bed)?, night.final_awakening.or(night.out_of_bed)?);
    from.minutes_until(to).map(Minutes::hours).filter(|hours| *hours > 0.0)
}

fn dated(name: &str, measure: Measure, hours: &[(&Night, f64)]) -> Option<DatedSeries> {
    non_empty(name, measure, hours.iter().map(|(night, hours)| (night.date.date(), *hours)).collect())
}

fn efficiency(nights: &[&Night]) -> Option<DatedSeries> {
    let with_time_in_bed = nights.iter().any(|night| night.se.is_some());
    let name = if with_time_in_bed { "sleep efficiency" } else { "sleep maintenance efficiency" };
    let values = nights
        .iter()
        .filter_map(|night| {
            let share = if with_time_in_bed { night.se } else { night.sme };
            share.map(|share| (night.date.date(), share.get()))
        })
        .collect();
    non_empty(name, Measure::Quantity { unit: "%".to_owned() }, values)
}

fn turned(
    nights: &[&Night],
    name: &str,
    unit: &str,
    value: impl Fn(&Night) -> Option<f64>,
) -> Option<DatedSeries> {
    let values = nights.iter().filter_map(|night| Some((night.date.date(), -value(night)?))).collect();
    non_empty(name, Measure::Quantity { unit: unit.to_owned() }, values)
}

fn non_empty(name: &str, measure: Measure, values: BTreeMap<Date, f64>) -> Option<DatedSeries> {
    (!values.is_empty()).then(|| DatedSeries { name: name.to_owned(), measure, values })
}

/// Rated quality: the tracker for it with most days, or what the sleep records themselves carry.
fn quality(nights: &[&Night], entries: &EntryList<'_>) -> Option<DatedSeries> {
    let rated = nights.iter().filter_map(|night| night.quality.map(|quality| (night.date.date(), quality)));
    let from_nights = rated.clone().next().and_then(|(_, first)| {
        let scale = first.scale();
        let values: BTreeMap<Date, f64> = rated
            .filter(|(_, quality)| quality.scale() == scale)
            .map(|(date, q)| (date, q.goodness()))
            .collect();
        non_empty(
            "sleep quality",
            Measure::Rating { minimum: scale.minimum(), maximum: scale.maximum() },
            values,
        )
    });
    let names = entries.names(|role| role == Role::SleepQuality);
    let from_trackers = names.iter().filter_map(|name| series(name, entries.of_tracker(name), Side::Better));
    from_nights
        .into_iter()
        .chain(from_trackers)
        .reduce(|best, next| if next.values.len() > best.values.len() { next } else { best })
}

fn choose_pain(
    entries: &EntryList<'_>,
    asked: Option<&str>,
    sleep_name: &str,
    remarks: &mut Vec<String>,
) -> Result<String, SelectionError> {
    let all: BTreeSet<&str> =
        entries.names(|_| true).into_iter().filter(|name| *name != sleep_name).collect();
    let candidates = match asked {
        Some(word) => matching(word, &all),
        None => default_pains(entries),
    };
    match (candidates.as_slice(), asked) {
        ([only], None) => {
            if *only != trackers::BACK_PAIN {
                remarks.push(format!("'{only}' is used as the pain of the loop (--pain chooses another)."));
            }
            Ok((*only).to_owned())
        }
        ([only], Some(_)) => Ok((*only).to_owned()),
        ([], Some(word)) => Err(SelectionError::UnknownPain {
            asked: word.to_owned(),
            available: pain_like(entries).into_iter().map(str::to_owned).collect(),
        }),
        ([], None) => Err(SelectionError::NoPain),
        (several, _) => Err(SelectionError::SeveralPains {
            names: several.iter().map(|name| (*name).to_owned()).collect(),
        }),
    }
}

fn pain_like<'a>(entries: &EntryList<'a>) -> BTreeSet<&'a str> {
    entries.names(|role| matches!(role, Role::Pain | Role::Symptom))
}

/// Back pain, else the only tracker that is called after a back, else every pain, else every symptom.
fn default_pains<'a>(entries: &EntryList<'a>) -> Vec<&'a str> {
    let pains = entries.names(|role| role == Role::Pain);
    if pains.contains(trackers::BACK_PAIN) {
        return vec![trackers::BACK_PAIN];
    }
    let backs: Vec<&str> =
        pains.iter().copied().filter(|name| name.to_lowercase().contains("back")).collect();
    if backs.len() == 1 {
        return backs;
    }
    if pains.is_empty() { pain_like(entries).into_iter().collect() } else { pains.into_iter().collect() }
}

/// The trackers that a word means: the one of that very name, else all that hold it.
fn matching<'a>(word: &str, names: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let word = word.trim().to_lowercase();
    let exact: Vec<&str> = names.iter().copied().filter(|name| name.to_lowercase() == word).collect();
    if exact.is_empty() {
        names.iter().copied().filter(|name| name.to_lowercase().contains(&word)).collect()
    } else {
        exact
    }
}

/// The report on waking, the later one that stands beside it more often, and on how many days; none under 60 days.
fn two_reports(
    entries: &EntryList<'_>,
    tracker: &str,
    sleep: &DatedSeries,
) -> Option<(DatedSeries, (Moment, DatedSeries), usize)> {
    let waking = at_moment(entries, tracker, Moment::Waking)?;
    let days = |later: &DatedSeries| {
        let known = |date: &&Date| waking.values.contains_key(*date) && sleep.values.contains_key(*date);
        later.values.keys().filter(known).count()
    };
    let (days, moment, later) = [Moment::Bedtime, Moment::Day]
        .into_iter()
        .filter_map(|moment| Some((moment, at_moment(entries, tracker, moment)?)))
        .filter(|(_, later)| later.measure == waking.measure)
        .map(|(moment, later)| (days(&later), moment, later))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (days >= DAYS_FOR_HALF_DAY).then_some((waking, (moment, later), days))
}

/// The series of one tracker at one moment.
///
/// A score written at some moment counts for its day only where the day has no score of its own.
fn at_moment(entries: &EntryList<'_>, tracker: &str, moment: Moment) -> Option<DatedSeries> {
    let chosen = || entries.of_tracker(tracker).filter(move |(_, entry)| stands_for(entry.moment, moment));
    let own: BTreeSet<Date> =
        chosen().filter(|(_, entry)| entry.moment == moment).map(|(date, _)| date).collect();
    let used = chosen().filter(|(date, entry)| entry.moment == moment || !own.contains(date));
    series(tracker, used, Side::Worse)
}

fn choose_moment(
    entries: &EntryList<'_>,
    tracker: &str,
    asked: Option<Moment>,
    sleep: &DatedSeries,
    remarks: &mut Vec<String>,
) -> Result<(Moment, DatedSeries), SelectionError> {
    let at = |moment: Moment| at_moment(entries, tracker, moment).map(|series| (moment, series));
    if let Some(moment) = asked {
        return at(moment).ok_or_else(|| SelectionError::NoSuchMoment {
            pain: tracker.to_owned(),
            asked: moment.as_word().to_owned(),
            available: MOMENTS
                .into_iter()
                .filter_map(at)
                .map(|(moment, _)| moment.as_word().to_owned())
                .collect(),
        });
    }
    let pairs =
        |pain: &DatedSeries| pain.values.keys().filter(|date| sleep.values.contains_key(date)).count();
    let options: Vec<_> = MOMENTS.into_iter().filter_map(at).collect();
    let best = options
        .iter()
        .cloned()
        .reduce(|best, next| if pairs(&next.1) > pairs(&best.1) { next } else { best })
        .ok_or(SelectionError::NoPain)?;
    if options.len() > 1 {
        let counts: Vec<String> = options
            .iter()
            .map(|(moment, series)| format!("{} {}", moment.as_word(), pairs(series)))
            .collect();
        remarks.push(format!(
            "Pain rated {} is used because it makes most pairs with nights ({}).",
            rated_when(best.0),
            counts.join(", ")
        ));
    }
    Ok(best)
}

/// The moments of a loop, the first of two with as many pairs standing.
const MOMENTS: [Moment; 3] = [Moment::Waking, Moment::Bedtime, Moment::Day];

fn stands_for(entry: Moment, moment: Moment) -> bool {
    entry == moment || (moment == Moment::Day && entry == Moment::Now)
}

/// Which way a series is turned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Better,
    Worse,
}

/// The series of one tracker: values of the kind (and scale) that most of its entries have.
fn series<'a>(
    name: &str,
    entries: impl Iterator<Item = (Date, &'a DayEntry)>,
    side: Side,
) -> Option<DatedSeries> {
    let numbers: Vec<(Date, Measure, f64)> = entries
        .filter_map(|(date, entry)| number(entry, side).map(|(measure, value)| (date, measure, value)))
        .collect();
    let measure = most_common(numbers.iter().map(|(_, measure, _)| measure))?.clone();
    let mut values: BTreeMap<Date, f64> = BTreeMap::new();
    for (date, _, value) in numbers.iter().filter(|(_, other, _)| *other == measure) {
        values.entry(*date).or_insert(*value);
    }
    Some(DatedSeries { name: name.to_owned(), measure, values })
}

fn number(entry: &DayEntry, side: Side) -> Option<(Measure, f64)> {
    match &entry.value {
        Value::Nrs(score) => {
            let turned = if side == Side::Worse { score.get() } else { 10.0 - score.get() };
            Some((Measure::Nrs, turned))
        }
        Value::Rating(rating) => {
            let turned = if side == Side::Worse { rating.badness() } else { rating.goodness() };
            let scale = rating.scale();
            Some((Measure::Rating { minimum: scale.minimum(), maximum: scale.maximum() }, turned))
        }
        Value::Quantity { value, unit } => {
            let turned = if side == Side::Better && more_is_worse(entry.role) { -value } else { *value };
            Some((Measure::Quantity { unit: unit.clone() }, turned))
        }
        Value::Tick { yes, direction, absence } => {
            let bad = *yes == (*direction == ScaleDirection::HigherIsWorse);
            let set = bad == (side == Side::Worse);
            let measure = match absence {
                Absence::Unknown => Measure::TickWhenTrue,
                Absence::No => Measure::Tick,
            };
            Some((measure, f64::from(u8::from(set))))
        }
        Value::Text(_) => None,
    }
}

/// Whether more of a quantity of that role is a worse night; a quantity has no scale that would say so.
const fn more_is_worse(role: Role) -> bool {
    matches!(
        role,
        Role::WokenByPain
            | Role::Stiffness
            | Role::Pain
            | Role::Symptom
            | Role::Stress
            | Role::Alcohol
            | Role::Caffeine
    )
}

/// The first of the measures that stand most often.
fn most_common<'a>(measures: impl Iterator<Item = &'a Measure>) -> Option<&'a Measure> {
    let mut counts: Vec<(&Measure, usize)> = Vec::new();
    for measure in measures {
        match counts.iter_mut().find(|(known, _)| *known == measure) {
            Some((_, count)) => *count += 1,
            None => counts.push((measure, 1)),
        }
    }
    counts
        .into_iter()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(measure, _)| measure)
}
