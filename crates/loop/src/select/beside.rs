//! Chooses what is taken into account beside nights and pain: covariates by their role, other channels of the night.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nightmend_domain::{Absence, DayEntry, Moment, Night, Role, Value};

use super::{DatedSeries, EntryList, Measure, Selection, SelectionError, SleepChoice, matching};
use crate::beside::{SHRUNK_BEYOND, Said};
use crate::data::SleepMeasure;

/// What is taken into account beside nights and pain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CovariateChoice {
    /// What is written down on enough days, see `FEWEST_KNOWN` and the constants after it; for pain alone. How
    /// demanding a day was is, for a symptom like fatigue, coloured by the symptom itself, and adjusting for it would
    /// take a part of the symptom away.
    #[default]
    Automatic,
    /// These trackers and no others.
    These(Vec<String>),
    /// Nothing.
    Without,
}

/// Which channels of a night are looked at together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ChannelChoice {
    /// The hours of a diary and of a device, where both tell enough of the same nights.
    #[default]
    Automatic,
    /// The one that gives the answer its unit.
    One,
    /// That one and these: `diary`, `device`, `quality`, `efficiency`.
    These(Vec<String>),
}

/// A covariate is used by itself if it is known on this many days with a night after them,
pub const FEWEST_KNOWN: usize = 60;
/// on this share of them (the rest gets a term of its own),
pub const SMALLEST_SHARE: f64 = 0.8;
/// and differs from its commonest value on this many.
pub const FEWEST_DIFFERENT: usize = 10;
/// And at most one of them for this many nights, those that are known on most days first.
pub const NIGHTS_EACH: usize = 15;
/// The hours of a diary and a device are looked at together if both tell this many of the same nights.
pub const FEWEST_SHARED: usize = 30;

/// A covariate by the date on which it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedCovariate {
    /// What it is called.
    pub name: String,
    /// What one more of it is; `None` for a yes or a no.
    pub unit: Option<String>,
    /// The hour that it belongs to.
    pub said: Said,
    /// The values that are known.
    pub values: BTreeMap<Date, f64>,
}

/// Another channel of the night by date of waking.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedChannel {
    /// What it measures.
    pub measure: SleepMeasure,
    /// The values that are known.
    pub values: BTreeMap<Date, f64>,
}

/// Hours asleep as a diary alone and as a device alone tell them, by date of waking.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TellersHours {
    /// As the person wrote them down.
    pub diary: BTreeMap<Date, f64>,
    /// As a device counted them.
    pub device: BTreeMap<Date, f64>,
}

impl TellersHours {
    /// The hours of nights that one teller tells.
    #[must_use]
    pub fn of_nights(nights: &[Night]) -> BTreeMap<Date, f64> {
        nights.iter().filter_map(|night| Some((night.date.date(), night.tst?.hours()))).collect()
    }
}

impl Selection {
    /// Looks at several channels of the night together, where `choice` says so. `tellers` are the hours as each kind of
    /// teller alone tells them.
    ///
    /// # Errors
    /// A channel that is not recorded.
    pub fn with_channels(
        mut self,
        nights: &[Night],
        tellers: &TellersHours,
        asked: &SleepChoice,
        choice: &ChannelChoice,
    ) -> Result<Self, SelectionError> {
        let hours = matches!(self.sleep.measure, Measure::DiaryHours | Measure::DeviceHours);
        // A night that is not used as a whole (recalled too late, or without a main sleep) has no channels.
        let used = |hours: &BTreeMap<Date, f64>| -> BTreeMap<Date, f64> {
            let values = &self.sleep.values;
            hours
                .iter()
                .filter(|(date, _)| values.contains_key(*date))
                .map(|(date, hours)| (*date, *hours))
                .collect()
        };
        let (diary, device) = (used(&tellers.diary), used(&tellers.device));
        let shared = diary.keys().filter(|date| device.contains_key(*date)).count();
        let automatic =
            hours && matches!(asked, SleepChoice::Automatic | SleepChoice::Hours) && shared >= FEWEST_SHARED;
        let words: Vec<&str> = match choice {
            ChannelChoice::One => return Ok(self),
            ChannelChoice::Automatic if automatic => vec!["diary", "device"],
            ChannelChoice::Automatic => return Ok(self),
            ChannelChoice::These(words) => words.iter().map(String::as_str).collect(),
        };
        let own_hours = words.iter().any(|word| matches!(*word, "diary" | "device"));
        let main_is_device = device.len() >= diary.len();
        if own_hours && hours {
            // The one channel mixed both; now each stands for itself, the one that tells more nights as the main one.
            let main = if main_is_device { &device } else { &diary };
            if !main.is_empty() {
                self.sleep.values.clone_from(main);
                self.sleep.measure = if main_is_device { Measure::DeviceHours } else { Measure::DiaryHours };
                self.remarks.retain(|remark| !remark.contains("they are used as one series"));
            }
        }
        for word in words {
            let channel = match word {
                "diary" if hours && !main_is_device => continue,
                "device" if hours && main_is_device => continue,
                "diary" => Some((SleepMeasure::HoursDiary, diary.clone())),
                "device" => Some((SleepMeasure::HoursDevice, device.clone())),
                "quality" => ratings(nights),
                "efficiency" => efficiencies(nights),
                _ => None,
            };
            let Some((measure, values)) = channel.filter(|(_, values)| !values.is_empty()) else {
                return Err(SelectionError::UnknownChannel { asked: word.to_owned() });
            };
            self.channels.push(DatedChannel { measure, values });
        }
        if own_hours && hours && !self.channels.is_empty() {
            let (main, other) = if main_is_device { ("device", "diary") } else { ("diary", "device") };
            self.remarks.push(format!(
                "Diary and device tell {shared} of the same nights, so both are looked at together, in hours of the \
                 {main}; how much the {other} differs is learned (--channels one looks at one alone)."
            ));
        }
        Ok(self)
    }
}

fn ratings(nights: &[Night]) -> Option<(SleepMeasure, BTreeMap<Date, f64>)> {
    let scale = nights.iter().find_map(|night| night.quality)?.scale();
    let rated = nights.iter().filter_map(|night| Some((night.date.date(), night.quality?)));
    let values = rated.filter(|(_, quality)| quality.scale() == scale).map(|(date, q)| (date, q.goodness()));
    Some((SleepMeasure::Rating { name: "sleep quality".to_owned() }, values.collect()))
}

fn efficiencies(nights: &[Night]) -> Option<(SleepMeasure, BTreeMap<Date, f64>)> {
    let values = nights.iter().filter_map(|night| Some((night.date.date(), night.se?.get()))).collect();
    Some((SleepMeasure::Index { name: "sleep efficiency".to_owned(), unit: "%".to_owned() }, values))
}

/// Chooses the covariates of a loop, beside the trackers that stand for sleep and pain.
pub(super) fn covariates(
    entries: &EntryList<'_>,
    choice: &CovariateChoice,
    sleep: &DatedSeries,
    pain: &str,
    remarks: &mut Vec<String>,
) -> Result<Vec<DatedCovariate>, SelectionError> {
    let free = |name: &&str| *name != pain && *name != sleep.name;
    match choice {
        CovariateChoice::Without => Ok(Vec::new()),
        CovariateChoice::These(words) => {
            let names = entries.names(|_| true).into_iter().filter(free).collect();
            let named = words.iter().map(|word| {
                let unknown = || SelectionError::UnknownCovariate {
                    asked: word.clone(),
                    available: automatic_names(entries).iter().map(|name| (*name).to_owned()).collect(),
                };
                match matching(word, &names).as_slice() {
                    [only] => covariate(entries, only).ok_or_else(unknown),
                    _ => Err(unknown()),
                }
            });
            let mut chosen: Vec<DatedCovariate> = Vec::new();
            for named in named {
                let named = named?;
                if chosen.iter().all(|other| other.name != named.name) {
                    chosen.push(named);
                }
            }
            say(&chosen, remarks);
            Ok(chosen)
        }
        CovariateChoice::Automatic if !entries.names(|role| role == Role::Pain).contains(pain) => {
            Ok(Vec::new())
        }
        CovariateChoice::Automatic => {
            let names = automatic_names(entries).into_iter().filter(free);
            let mut chosen: Vec<(usize, DatedCovariate)> = names
                .filter_map(|name| {
                    let covariate = covariate(entries, name)?;
                    let known = enough(&covariate, sleep)?;
                    Some((known, covariate))
                })
                .collect();
            chosen.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
            chosen.truncate(sleep.values.len() / NIGHTS_EACH);
            let chosen: Vec<DatedCovariate> = chosen.into_iter().map(|(_, covariate)| covariate).collect();
            say(&chosen, remarks);
            Ok(chosen)
        }
    }
}

fn say(chosen: &[DatedCovariate], remarks: &mut Vec<String>) {
    let names: Vec<&str> = chosen.iter().map(|covariate| covariate.name.as_str()).collect();
    let Some((last, rest)) = names.split_last() else { return };
    let list = if rest.is_empty() { (*last).to_owned() } else { format!("{} and {last}", rest.join(", ")) };
    let (verb, them) = if rest.is_empty() { ("is", "it") } else { ("are", "them") };
    let shrunk = if chosen.len() > SHRUNK_BEYOND {
        ", their effects drawn together because they are many"
    } else {
        ""
    };
    remarks.push(format!(
        "Taken into account {verb} {list}{shrunk} (--details shows what each goes with, --without-covariates leaves {them} out)."
    ));
}

/// The names of trackers whose role (or, for menses, whose name) says that they may move both nights and pain.
fn automatic_names<'a>(entries: &EntryList<'a>) -> Vec<&'a str> {
    let by_role = |role: Role| {
        matches!(role, Role::Stress | Role::Activity | Role::Alcohol | Role::Caffeine | Role::Painkiller)
    };
    let mut names: Vec<&str> = entries.names(by_role).into_iter().collect();
    let others = entries.names(|role| matches!(role, Role::Other | Role::Symptom));
    names.extend(others.into_iter().filter(|name| is_menses(name)));
    names
}

fn is_menses(name: &str) -> bool {
    let name = name.to_lowercase();
    ["menses", "menstruation", "menstrual bleeding", "period"].contains(&name.as_str())
}

/// Returns on how many days before a night it is known, if that is enough.
fn enough(covariate: &DatedCovariate, sleep: &DatedSeries) -> Option<usize> {
    let known: Vec<f64> = sleep
        .values
        .keys()
        .filter_map(|date| {
            let said = if covariate.said == Said::Night { *date } else { date.yesterday().ok()? };
            covariate.values.get(&said).copied()
        })
        .collect();
    let mut counts: Vec<(f64, usize)> = Vec::new();
    for value in &known {
        match counts.iter_mut().find(|(other, _)| other == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((*value, 1)),
        }
    }
    let commonest = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let enough = known.len() >= FEWEST_KNOWN
        && known.len() as f64 >= SMALLEST_SHARE * sleep.values.len() as f64
        && known.len() - commonest >= FEWEST_DIFFERENT;
    enough.then_some(known.len())
}

/// The values of a tracker as they are written, of the moment and the kind that most of them have; ticks that are written
/// only when true say nothing of the other days.
fn covariate(entries: &EntryList<'_>, name: &str) -> Option<DatedCovariate> {
    type Group = (Moment, Option<String>, Role, BTreeMap<Date, f64>);
    let mut groups: Vec<Group> = Vec::new();
    for (date, entry) in entries.of_tracker(name) {
        let Some((unit, value)) = as_written(entry) else { continue };
        match groups.iter_mut().find(|group| group.0 == entry.moment && group.1 == unit) {
            Some(group) => {
                group.3.entry(date).or_insert(value);
            }
            None => groups.push((entry.moment, unit, entry.role, BTreeMap::from([(date, value)]))),
        }
    }
    let (moment, unit, role, values) =
        groups.into_iter().reduce(|best, next| if next.3.len() > best.3.len() { next } else { best })?;
    let mut different = values.values();
    let first = *different.next()?;
    if different.all(|value| *value == first) {
        return None;
    }
    Some(DatedCovariate { name: name.to_owned(), unit, said: said(role, moment), values })
}

fn said(role: Role, moment: Moment) -> Said {
    let evening = matches!(role, Role::Stress | Role::Alcohol | Role::Caffeine | Role::Painkiller);
    if evening || moment == Moment::Bedtime { Said::Evening } else { Said::Day }
}

fn as_written(entry: &DayEntry) -> Option<(Option<String>, f64)> {
    let point = || Some("point".to_owned());
    match &entry.value {
        Value::Nrs(score) => Some((point(), score.get())),
        Value::Rating(rating) => Some((point(), rating.value())),
        Value::Quantity { value, unit } => Some((Some(singular(unit)), *value)),
        Value::Tick { absence: Absence::Unknown, .. } | Value::Text(_) => None,
        Value::Tick { yes, .. } => Some((None, f64::from(u8::from(*yes)))),
    }
}

fn singular(unit: &str) -> String {
    match unit {
        "drinks" => "drink",
        "cups" => "cup",
        "steps" => "step",
        "times" => "time",
        "min" => "minute",
        other => other,
    }
    .to_owned()
}
