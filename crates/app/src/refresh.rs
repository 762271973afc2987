//! Rebuilds nights and days from what stands in the store, and shapes them.

use jiff::civil::Date;
use nightmend_domain::{Day, Nap, Night, NightDate, PersonName};
use nightmend_sleep::{Assembly, assemble};
use nightmend_store::Store;

use crate::failure::AppError;
use crate::record::Record;
use crate::views::{DayView, DaysView, DecisionView, NapView, NightView, NightsView, WhyView};

/// A range of dates, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRange {
    /// First date; open where absent.
    pub from: Option<Date>,
    /// Last date; open where absent.
    pub to: Option<Date>,
}

impl DateRange {
    /// Whether the date lies in it.
    #[must_use]
    pub fn holds(self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// Whether neither end is set.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::default()
    }

    /// The range in words.
    #[must_use]
    pub fn words(self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("on {from}"),
            (Some(from), Some(to)) => format!("between {from} and {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => "at all".to_owned(),
        }
    }

    /// The range, if its ends are in order.
    ///
    /// # Errors
    /// A last date before the first.
    pub fn checked(from: Option<Date>, to: Option<Date>) -> Result<Self, AppError> {
        match (from, to) {
            (Some(first), Some(last)) if last < first => {
                Err(AppError::Usage(format!("--to {last} lies before --from {first}; swap them")))
            }
            _ => Ok(Self { from, to }),
        }
    }
}

/// Everything that stands for a person, assembled. The whole record is assembled even for a part of it, because the
/// usual middle of sleep is learned from all nights: a range never changes a night.
///
/// # Errors
/// A store that cannot be read.
pub fn assembly(store: &Store, person: &PersonName) -> Result<Assembly, AppError> {
    let observations = store.current(person, ..)?;
    let settings = store.sleep_settings(person)?;
    Ok(assemble(&observations, &settings))
}

/// First and last date of everything that is recorded; nothing for an empty record.
///
/// # Errors
/// A store that cannot be read.
pub fn extent(store: &Store, person: &PersonName) -> Result<Option<(Date, Date)>, AppError> {
    let assembly = assembly(store, person)?;
    let nights = assembly.nights.iter().map(|night| night.date.date());
    let naps = assembly.naps.iter().map(|nap| nap.date);
    let days = assembly.days.iter().filter(|day| !day.entries.is_empty()).map(|day| day.date);
    Ok(nights.chain(naps).chain(days).fold(None, |extent, date| match extent {
        None => Some((date, date)),
        Some((first, last)) => Some((first.min(date), last.max(date))),
    }))
}

/// The nights of a range with naps and regularity.
///
/// # Errors
/// A store that cannot be read.
pub fn nights(
    store: &Store,
    person: &PersonName,
    range: DateRange,
) -> Result<(NightsView, Assembly), AppError> {
    let mut assembly = assembly(store, person)?;
    keep_range(&mut assembly, range);
    Ok((nights_view(person, &assembly.nights, &assembly.naps), assembly))
}

fn nights_view(person: &PersonName, nights: &[Night], naps: &[Nap]) -> NightsView {
    NightsView {
        schema: "nightmend.nights/1",
        person: person.to_string(),
        nights: nights.iter().map(NightView::from).collect(),
        naps: naps.iter().map(NapView::from).collect(),
        range: crate::views::range_view(nights, naps),
    }
}

/// As [`nights`], of a record that is held already.
#[must_use]
pub fn nights_of(record: &Record, range: DateRange) -> NightsView {
    let Assembly { nights, naps, .. } = &record.assembly;
    let naps: Vec<Nap> = naps.iter().filter(|nap| range.holds(nap.date)).cloned().collect();
    let nights: Vec<Night> = nights.iter().filter(|night| range.holds(night.date.date())).cloned().collect();
    nights_view(&record.person, &nights, &naps)
}

/// As [`days`], of a record that is held already.
#[must_use]
pub fn days_of(record: &Record, range: DateRange) -> DaysView {
    days_view(&record.person, record.assembly.days.iter().filter(|day| range.holds(day.date)))
}

fn days_view<'a>(person: &PersonName, days: impl Iterator<Item = &'a Day>) -> DaysView {
    DaysView {
        schema: "nightmend.days/1",
        person: person.to_string(),
        days: days.map(DayView::from).collect(),
    }
}

/// As [`why`], of a record that is held already.
#[must_use]
pub fn why_of(record: &Record, date: Date) -> WhyView {
    why_view(&record.person, &record.assembly, date)
}

/// The days of a range.
///
/// # Errors
/// A store that cannot be read.
pub fn days(store: &Store, person: &PersonName, range: DateRange) -> Result<DaysView, AppError> {
    let mut assembly = assembly(store, person)?;
    keep_range(&mut assembly, range);
    Ok(days_view(person, assembly.days.iter()))
}

/// Every decision behind the night from which the person woke on `date`.
///
/// # Errors
/// A store that cannot be read.
pub fn why(store: &Store, person: &PersonName, date: Date) -> Result<WhyView, AppError> {
    Ok(why_view(person, &assembly(store, person)?, date))
}

fn why_view(person: &PersonName, assembly: &Assembly, date: Date) -> WhyView {
    let night = assembly.nights.iter().find(|night| night.date == NightDate::of_waking(date));
    let of_night = night.map(|night: &Night| night.decisions.as_slice()).unwrap_or_default();
    let notes = assembly.account.notes.iter().filter(|note| note.date == date).map(|note| &note.decision);
    WhyView {
        schema: "nightmend.why/1",
        person: person.to_string(),
        date: date.to_string(),
        night: night.map(NightView::from),
        decisions: of_night.iter().chain(notes).map(DecisionView::from).collect(),
    }
}

/// Leaves only what lies in the range.
pub(crate) fn keep_range(assembly: &mut Assembly, range: DateRange) {
    assembly.nights.retain(|night| range.holds(night.date.date()));
    assembly.naps.retain(|nap| range.holds(nap.date));
    assembly.days.retain(|day| range.holds(day.date));
}
