//! Turns the answers of a check-in into observations, says what looks unusual, and saves them durably.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use nightmend_domain::trackers::BuiltIn;
use nightmend_domain::{
    DayEntry, Entry, Fact, Minutes, Moment, Night, NightDate, Observation, OffsetTimestamp, PersonName,
    Provenance, RecordKey, Role, SleepKind, SleepMethod, SleepRecord, SourceName, TrackerName, UnitError,
    Zone, ZoneBasis,
};
pub use nightmend_sleep::diary::{ClockField, WrittenTimes};
pub use nightmend_sleep::diary::{Remark, RemarkKind, Repair};
use nightmend_sleep::diary::{place_times, plausibility};
use nightmend_store::{ActId, Sending, Store};

use crate::failure::AppError;
use crate::refresh::assembly;
use crate::views::{EntryView, NightView, SavedView};

/// The source of everything that is checked in.
pub const CHECK_IN_SOURCE: &str = "check-in";

/// One thing that a morning says of its night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NightField {
    /// One of the four times.
    Time(ClockField),
    /// SOL.
    AsleepAfter,
    /// Awakenings.
    Awakenings,
    /// WASO.
    Awake,
}

/// The answers after waking; every one may be missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MorningAnswers {
    /// Numbers of built-in trackers.
    pub numbers: Vec<(BuiltIn, f64)>,
    /// Texts of built-in trackers.
    pub texts: Vec<(BuiltIn, String)>,
    /// Clock times of the night.
    pub times: WrittenTimes,
    /// SOL, minutes.
    pub asleep_after: Option<f64>,
    /// Awakenings.
    pub awakenings: Option<u32>,
    /// WASO, minutes.
    pub awake: Option<f64>,
    /// What an earlier check-in said and this one takes back.
    pub cleared: BTreeSet<NightField>,
    /// Answers of an earlier check-in that this one takes back.
    pub withdrawn: Vec<BuiltIn>,
}

impl MorningAnswers {
    fn tells_of_a_night(&self) -> bool {
        self.times != WrittenTimes::default()
            || self.asleep_after.is_some()
            || self.awakenings.is_some()
            || self.awake.is_some()
            || !self.cleared.is_empty()
    }
}

/// The answers before bed; every one may be missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EveningAnswers {
    /// Numbers of built-in trackers.
    pub numbers: Vec<(BuiltIn, f64)>,
    /// Texts of built-in trackers.
    pub texts: Vec<(BuiltIn, String)>,
    /// Answers of an earlier check-in that this one takes back.
    pub withdrawn: Vec<BuiltIn>,
}

/// When and where a check-in is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The instant.
    pub now: Timestamp,
    /// The zone of the machine, for people who set none.
    pub machine_zone: Option<Zone>,
    /// The date that the check-in speaks of.
    pub date: Date,
}

/// A check-in that is ready to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The date that it speaks of.
    pub date: Date,
    /// What would be saved.
    pub observations: Vec<Observation>,
    /// What was understood, what looks unusual, what cannot be.
    pub remarks: Vec<Remark>,
}

impl Draft {
    /// Whether something in it cannot be so.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        self.remarks.iter().any(|remark| remark.kind == RemarkKind::Impossible)
    }

    /// Writes the times that a repair offers in the place of those given, and looks at the night anew.
    pub fn repair(&mut self, repair: &Repair) {
        for observation in &mut self.observations {
            let Fact::Sleep(record) = &mut observation.fact else { continue };
            for (field, time) in &repair.changes {
                let slot = match field {
                    ClockField::InBed => &mut record.in_bed,
                    ClockField::TrySleep => &mut record.try_sleep,
                    ClockField::FinalAwakening => &mut record.final_awakening,
                    ClockField::OutOfBed => &mut record.out_of_bed,
                };
                *slot = Some(*time);
            }
            self.remarks = plausibility(record);
        }
    }

    /// Whether something in it is worth a question before it is saved.
    #[must_use]
    pub fn is_unusual(&self) -> bool {
        self.remarks.iter().any(|remark| remark.kind != RemarkKind::Understood)
    }
}

/// The date that an evening check-in at that hour speaks of: before 04:00 and before sleep it is still the day before.
#[must_use]
pub fn evening_date(today: Date, clock: Time) -> Date {
    const STILL_THE_DAY_BEFORE: i8 = 4;
    if clock.hour() < STILL_THE_DAY_BEFORE { today.yesterday().unwrap_or(today) } else { today }
}

/// Whether a check-in may speak of that date.
///
/// # Errors
/// A date after `today`, or before 1970, which is surely a slip.
pub fn check_date(date: Date, today: Date) -> Result<(), AppError> {
    const FIRST: Date = Date::constant(1970, 1, 1);
    if date < FIRST {
        return Err(AppError::Usage(format!(
            "{date} lies before {FIRST}, where check-ins begin; check the year"
        )));
    }
    if today < date {
        return Err(AppError::Usage(format!("{date} lies in the future; check the year and the month")));
    }
    Ok(())
}

/// Whether the person may check in for the date of `setting` now: [`check_date`] in the zone where they live.
///
/// # Errors
/// As [`check_date`], or a store that cannot be read.
pub fn check_setting(store: &Store, person: &PersonName, setting: &Setting) -> Result<(), AppError> {
    Scribe::new(store, person, setting).map(drop)
}

/// Drafts a morning check-in. What an earlier check-in said about the same night stays where this one is silent.
///
/// # Errors
/// An answer outside its limits, times in an order that cannot be, nothing answered, or a store that cannot be read.
pub fn draft_morning(
    store: &Store,
    person: &PersonName,
    answers: &MorningAnswers,
    setting: &Setting,
) -> Result<Draft, AppError> {
    let mut draft = Scribe::new(store, person, setting)?;
    draft.entries(&answers.numbers, &answers.texts)?;
    draft.withdraw(&answers.withdrawn);
    if answers.tells_of_a_night() {
        draft.night(answers)?;
    }
    draft.finish()
}

/// Drafts an evening check-in.
///
/// # Errors
/// As [`draft_morning`].
pub fn draft_evening(
    store: &Store,
    person: &PersonName,
    answers: &EveningAnswers,
    setting: &Setting,
) -> Result<Draft, AppError> {
    let mut draft = Scribe::new(store, person, setting)?;
    draft.entries(&answers.numbers, &answers.texts)?;
    draft.withdraw(&answers.withdrawn);
    draft.finish()
}

/// Drafts one pain score of a place.
///
/// # Errors
/// As [`draft_morning`].
pub fn draft_pain(
    store: &Store,
    person: &PersonName,
    tracker: &BuiltIn,
    site: Option<&str>,
    score: f64,
    setting: &Setting,
) -> Result<Draft, AppError> {
    let mut draft = Scribe::new(store, person, setting)?;
    let mut entry = draft.checked(tracker, score)?;
    if let Some(site) = site {
        entry.tracker = pain_of(site)?;
    }
    draft.entry(entry);
    draft.finish()
}

/// The tracker of the pain in a place. `Back` and `back` are one place, so that their scores make one series.
fn pain_of(site: &str) -> Result<TrackerName, AppError> {
    let site = site.trim().to_lowercase();
    let name = if site.is_empty() || site.contains("pain") { site } else { format!("{site} pain") };
    TrackerName::new(&name).map_err(|error| AppError::Usage(format!("--site: {error}")))
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The number of the act, for an undo; nothing where all of it was said before.
    pub act: Option<i64>,
    /// Whether a check-in with the same key had arrived before, so that nothing was written now.
    pub sent_before: bool,
}

/// Keeps a draft: it is on the disk when this returns. Unlike [`save`] it does not look at the night anew, which takes
/// a tenth of a second after five years. `key` tells one sending from another: what was kept under it before is not
/// kept again.
///
/// # Errors
/// A store that cannot be written to.
pub fn keep(
    store: &mut Store,
    person: &PersonName,
    draft: &Draft,
    now: Timestamp,
    key: &str,
) -> Result<Kept, AppError> {
    Ok(match store.append_check_in_once(person, &draft.observations, now, key)? {
        Sending::Now(receipt) => Kept { act: receipt.act.map(ActId::get), sent_before: false },
        Sending::Before { act } => Kept { act: act.map(ActId::get), sent_before: true },
    })
}

/// Saves a draft, and shows what it came to. It is on the disk when this returns.
///
/// # Errors
/// A store that cannot be written to.
pub fn save(
    store: &mut Store,
    person: &PersonName,
    draft: &Draft,
    now: Timestamp,
) -> Result<SavedView, AppError> {
    let receipt = store.append_check_in(person, &draft.observations, now)?;
    view_of(store, person, draft, receipt.act.map(ActId::get))
}

/// What a draft that was kept as `act` came to.
///
/// # Errors
/// A store that cannot be read.
pub fn view_of(
    store: &Store,
    person: &PersonName,
    draft: &Draft,
    act: Option<i64>,
) -> Result<SavedView, AppError> {
    let told_of_a_night =
        draft.observations.iter().any(|observation| matches!(observation.fact, Fact::Sleep(_)));
    let night = if told_of_a_night { night_of(store, person, draft.date)? } else { None };
    Ok(SavedView {
        schema: "nightmend.check-in/1",
        person: person.to_string(),
        date: draft.date.to_string(),
        act,
        entries: draft.observations.iter().filter_map(entry_view).collect(),
        night: night.as_ref().map(NightView::from),
        remarks: draft.remarks.iter().map(|remark| remark.sentence.clone()).collect(),
    })
}

fn night_of(store: &Store, person: &PersonName, date: Date) -> Result<Option<Night>, AppError> {
    let nights = assembly(store, person)?.nights;
    Ok(nights.into_iter().find(|night| night.date == NightDate::of_waking(date)))
}

fn entry_view(observation: &Observation) -> Option<EntryView> {
    let Fact::Entry(entry) = &observation.fact else { return None };
    Some(EntryView::from(&DayEntry {
        tracker: entry.tracker.clone(),
        role: entry.role,
        moment: entry.moment,
        value: entry.value.clone(),
        count: 1,
        source: observation.provenance.source.clone(),
        at: observation.at,
        recalled: false,
    }))
}

fn clear(record: &mut SleepRecord, field: NightField) {
    match field {
        NightField::Time(ClockField::InBed) => record.in_bed = None,
        NightField::Time(ClockField::TrySleep) => record.try_sleep = None,
        NightField::Time(ClockField::FinalAwakening) => record.final_awakening = None,
        NightField::Time(ClockField::OutOfBed) => record.out_of_bed = None,
        NightField::AsleepAfter => record.sleep_onset_latency = None,
        NightField::Awakenings => record.awakenings = None,
        NightField::Awake => record.wake_after_sleep_onset = None,
    }
}

/// The four times with the question and the flag of each.
fn clock_times(
    record: &SleepRecord,
) -> [(ClockField, &'static str, &'static str, Option<OffsetTimestamp>); 4] {
    [
        (ClockField::InBed, "into bed", "--in-bed", record.in_bed),
        (ClockField::TrySleep, "tried to sleep", "--tried", record.try_sleep),
        (ClockField::FinalAwakening, "woke for good", "--woke", record.final_awakening),
        (ClockField::OutOfBed, "out of bed", "--up", record.out_of_bed),
    ]
}

/// Names the times of an earlier check-in that take part in something odd: whoever corrects a night does not see them.
fn reminders_of_earlier(
    before: &[(ClockField, &'static str, &'static str, Option<OffsetTimestamp>)],
    given: &WrittenTimes,
    remarks: &[Remark],
) -> Vec<Remark> {
    let is_given = |field: ClockField| match field {
        ClockField::InBed => given.in_bed.is_some(),
        ClockField::TrySleep => given.try_sleep.is_some(),
        ClockField::FinalAwakening => given.final_awakening.is_some(),
        ClockField::OutOfBed => given.out_of_bed.is_some(),
    };
    // A sentence about the length of the whole night names none of its times: all of them take part.
    let takes_part = |field: ClockField| {
        remarks.iter().filter(|remark| remark.kind != RemarkKind::Understood).any(|remark| {
            !remark.sentence.contains('“') || remark.sentence.contains(&format!("“{}”", field.words()))
        })
    };
    before
        .iter()
        .filter(|(field, ..)| !is_given(*field) && takes_part(*field))
        .filter_map(|(_, words, flag, time)| {
            let time = (*time)?.civil().strftime("%H:%M").to_string();
            let sentence = format!(
                "you wrote {time} for {words} before; {flag} HH:MM corrects it, {flag} none takes it back"
            );
            Some(Remark { kind: RemarkKind::Understood, sentence, repair: None })
        })
        .collect()
}

/// Writes observations of one check-in.
struct Scribe<'a> {
    store: &'a Store,
    person: &'a PersonName,
    date: Date,
    at: OffsetTimestamp,
    zone: Option<Zone>,
    observations: Vec<Observation>,
    remarks: Vec<Remark>,
}

impl<'a> Scribe<'a> {
    fn new(store: &'a Store, person: &'a PersonName, setting: &Setting) -> Result<Self, AppError> {
        let Setting { now, machine_zone, date } = setting;
        let own = store.sleep_settings(person)?.zones.on(*date).cloned();
        let basis = if own.is_some() { ZoneBasis::Person } else { ZoneBasis::Stated };
        let zone = own.or_else(|| machine_zone.clone());
        let at = OffsetTimestamp::in_zone(*now, zone.as_ref().unwrap_or(&Zone::utc()), basis);
        check_date(*date, at.date())?;
        Ok(Self { store, person, date: *date, at, zone, observations: Vec::new(), remarks: Vec::new() })
    }

    fn checked(&self, tracker: &BuiltIn, value: f64) -> Result<Entry, AppError> {
        tracker
            .number(value)
            .map_err(|error: UnitError| AppError::Refused(format!("{}: {error}", tracker.name)))
    }

    fn entries(&mut self, numbers: &[(BuiltIn, f64)], texts: &[(BuiltIn, String)]) -> Result<(), AppError> {
        for (tracker, value) in numbers {
            let entry = self.checked(tracker, *value)?;
            self.entry(entry);
        }
        // An empty text is a question that was skipped.
        for (tracker, text) in texts.iter().filter(|(_, text)| !text.trim().is_empty()) {
            self.entry(tracker.text(text));
        }
        Ok(())
    }

    fn withdraw(&mut self, trackers: &[BuiltIn]) {
        for tracker in trackers {
            let key = format!("{}/{}/{}", self.date, tracker.moment.as_word(), tracker.name);
            self.push(&key, Fact::Withdrawn);
        }
    }

    fn entry(&mut self, entry: Entry) {
        // A score of the moment of writing is one of several that day; a remark likewise.
        let stamp = if entry.moment == Moment::Now || entry.role == Role::Note {
            format!("/{}", self.at.timestamp())
        } else {
            String::new()
        };
        let key = format!("{}/{}/{}{stamp}", self.date, entry.moment.as_word(), entry.tracker);
        self.push(&key, Fact::Entry(entry));
    }

    fn night(&mut self, answers: &MorningAnswers) -> Result<(), AppError> {
        let key = format!("{}/night", self.date);
        let placed = place_times(self.date, answers.times, self.zone.as_ref())
            .map_err(|error| AppError::Refused(error.to_string()))?;
        self.remarks.extend(placed.remarks.iter().cloned());
        let mut record = self.night_so_far(&key)?;
        for field in &answers.cleared {
            clear(&mut record, *field);
        }
        let before = clock_times(&record);
        record.in_bed = placed.in_bed.or(record.in_bed);
        record.try_sleep = placed.try_sleep.or(record.try_sleep);
        record.final_awakening = placed.final_awakening.or(record.final_awakening);
        record.out_of_bed = placed.out_of_bed.or(record.out_of_bed);
        let minutes = |value: Option<f64>| {
            value.map(Minutes::new).transpose().map_err(|error| AppError::Refused(error.to_string()))
        };
        record.sleep_onset_latency = minutes(answers.asleep_after)?.or(record.sleep_onset_latency);
        record.wake_after_sleep_onset = minutes(answers.awake)?.or(record.wake_after_sleep_onset);
        record.awakenings = answers.awakenings.or(record.awakenings);
        let remarks = plausibility(&record);
        let reminders = reminders_of_earlier(&before, &answers.times, &remarks);
        self.remarks.extend(remarks);
        self.remarks.extend(reminders);
        self.push(&key, Fact::Sleep(Box::new(record)));
        Ok(())
    }

    fn night_so_far(&self, key: &str) -> Result<SleepRecord, AppError> {
        let stands = self.store.current(self.person, self.date..=self.date)?;
        let told = stands.into_iter().find(|observation| {
            observation.key.as_str() == key && observation.provenance.source.as_str() == CHECK_IN_SOURCE
        });
        Ok(match told.map(|observation| observation.fact) {
            Some(Fact::Sleep(record)) => *record,
            _ => SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main),
        })
    }

    fn push(&mut self, key: &str, fact: Fact) {
        self.observations.push(Observation {
            key: RecordKey::new(key).expect("a date, a moment and a tracker's name make a valid key"),
            date: self.date,
            at: Some(self.at),
            fact,
            provenance: Provenance {
                source: SourceName::new(CHECK_IN_SOURCE).expect("the name is valid"),
                place: String::new(),
            },
        });
    }

    fn finish(self) -> Result<Draft, AppError> {
        if self.observations.is_empty() {
            return Err(AppError::Usage(
                "nothing was answered, so nothing is saved; answer at least one question or give a flag such as --pain 4"
                    .to_owned(),
            ));
        }
        Ok(Draft { date: self.date, observations: self.observations, remarks: self.remarks })
    }
}
