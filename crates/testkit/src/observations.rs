//! Builds observations in few words.

use jiff::civil::{Date, DateTime, Time};
use nightmend_domain::trackers::{self, BuiltIn};
use nightmend_domain::{
    Entry, Fact, Minutes, Observation, OffsetTimestamp, Provenance, RecordKey, SleepKind, SleepMethod,
    SleepRecord, SourceName, Zone,
};

/// Makes observations of one source in one zone; every builder panics on nonsense, for a test that holds nonsense by
/// accident tests nothing.
///
/// ```
/// use nightmend_testkit::observations::Maker;
/// let diary = Maker::diary("Europe/London");
/// let night = diary.night("2025-03-30", "22:45", "07:10");
/// assert_eq!(night.date.to_string(), "2025-03-30");
/// let pain = diary.pain_waking("2025-03-30", 4.0);
/// assert_ne!(night.key, pain.key);
/// ```
#[derive(Debug, Clone)]
pub struct Maker {
    source: SourceName,
    method: SleepMethod,
    zone: Zone,
}

impl Maker {
    /// A maker for the source called `diary`.
    #[must_use]
    pub fn diary(zone: &str) -> Self {
        Self::of("diary", SleepMethod::Diary, zone)
    }

    /// A maker for the device called `fitbit`.
    #[must_use]
    pub fn fitbit(zone: &str) -> Self {
        Self::of("fitbit", SleepMethod::Device, zone)
    }

    /// A maker for any source.
    #[must_use]
    pub fn of(source: &str, method: SleepMethod, zone: &str) -> Self {
        Self {
            source: SourceName::new(source).expect("a source name"),
            method,
            zone: Zone::named(zone).expect("a zone of the bundle"),
        }
    }

    /// An instant of the clock on the wall, written `2025-03-30T22:45`.
    #[must_use]
    pub fn at(&self, civil: &str) -> OffsetTimestamp {
        self.at_civil(civil.parse().expect("a civil time"))
    }

    /// An instant of the clock on the wall.
    #[must_use]
    pub fn at_civil(&self, civil: DateTime) -> OffsetTimestamp {
        OffsetTimestamp::from_civil(civil, &self.zone).expect("a time within the calendar").0
    }

    /// A main sleep from falling asleep to the last awakening, waking on `date`; a start after its end on the clock is
    /// on the evening before. Nothing else is stated.
    #[must_use]
    pub fn night(&self, date: &str, asleep: &str, awake: &str) -> Observation {
        self.night_with(date, asleep, awake, |_| {})
    }

    /// As [`Maker::night`], with what else is to be stated.
    #[must_use]
    pub fn night_with(
        &self,
        date: &str,
        asleep: &str,
        awake: &str,
        change: impl FnOnce(&mut SleepRecord),
    ) -> Observation {
        let (date, onset, end) = (day(date), clock(asleep), clock(awake));
        let first = if onset > end { date.yesterday().expect("a date with a day before it") } else { date };
        let mut record = SleepRecord::unknown(self.method, SleepKind::Main);
        record.sleep_onset = Some(self.at_civil(first.to_datetime(onset)));
        record.final_awakening = Some(self.at_civil(date.to_datetime(end)));
        change(&mut record);
        self.sleep(date, &format!("sleep/{date}"), record)
    }

    /// A main sleep of which only the hours slept are stated.
    #[must_use]
    pub fn hours(&self, date: &str, hours: f64) -> Observation {
        let date = day(date);
        let mut record = SleepRecord::unknown(self.method, SleepKind::Main);
        record.total_sleep_time = Some(Minutes::from_hours(hours).expect("hours of sleep"));
        self.sleep(date, &format!("sleep/{date}"), record)
    }

    /// A nap on `date`.
    #[must_use]
    pub fn nap(&self, date: &str, asleep: &str, awake: &str) -> Observation {
        let date = day(date);
        let mut record = SleepRecord::unknown(self.method, SleepKind::Nap);
        record.sleep_onset = Some(self.at_civil(date.to_datetime(clock(asleep))));
        record.final_awakening = Some(self.at_civil(date.to_datetime(clock(awake))));
        self.sleep(date, &format!("nap/{date}/{asleep}"), record)
    }

    /// Any sleep under a key of its own.
    #[must_use]
    pub fn sleep(&self, date: Date, key: &str, record: SleepRecord) -> Observation {
        self.observation(date, key, None, Fact::Sleep(Box::new(record)))
    }

    /// Back pain on waking, 0 to 10.
    #[must_use]
    pub fn pain_waking(&self, date: &str, score: f64) -> Observation {
        self.number(date, &trackers::PAIN_WAKING, score)
    }

    /// Back pain at bedtime, 0 to 10.
    #[must_use]
    pub fn pain_bedtime(&self, date: &str, score: f64) -> Observation {
        self.number(date, &trackers::PAIN_BEDTIME, score)
    }

    /// A number of a built-in tracker.
    #[must_use]
    pub fn number(&self, date: &str, tracker: &BuiltIn, number: f64) -> Observation {
        self.entry(day(date), tracker.number(number).expect("a number that the tracker takes"))
    }

    /// Any entry, under the key that its tracker and moment give it.
    #[must_use]
    pub fn entry(&self, date: Date, entry: Entry) -> Observation {
        let key = format!("entry/{date}/{}/{:?}", entry.tracker, entry.moment);
        self.observation(date, &key, None, Fact::Entry(entry))
    }

    /// An entry that was made at a known time, which is part of its key.
    #[must_use]
    pub fn entry_at(&self, date: Date, at: OffsetTimestamp, entry: Entry) -> Observation {
        let key = format!("entry/{at}/{}/{:?}", entry.tracker, entry.moment);
        self.observation(date, &key, Some(at), Fact::Entry(entry))
    }

    /// The withdrawal of another observation.
    #[must_use]
    pub fn withdrawn(&self, observation: &Observation) -> Observation {
        Observation { fact: Fact::Withdrawn, ..observation.clone() }
    }

    fn observation(&self, date: Date, key: &str, at: Option<OffsetTimestamp>, fact: Fact) -> Observation {
        let provenance = Provenance { source: self.source.clone(), place: "test".to_owned() };
        Observation { key: RecordKey::new(key).expect("a key"), date, at, fact, provenance }
    }
}

fn day(text: &str) -> Date {
    text.parse().expect("a date such as 2025-03-30")
}

fn clock(text: &str) -> Time {
    text.parse().expect("a time such as 22:45")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_begins_on_the_evening_before_and_knows_clock_changes() {
        let night = Maker::fitbit("Europe/London").night("2025-03-30", "23:00", "07:00");
        let Fact::Sleep(record) = night.fact else { panic!("not a sleep") };
        let (start, end) = (record.sleep_onset.unwrap(), record.final_awakening.unwrap());
        assert_eq!(start.civil().to_string(), "2025-03-29T23:00:00");
        assert_eq!(start.minutes_until(end).unwrap().hours(), 7.0);
    }

    #[test]
    fn a_shift_worker_sleeps_on_one_date() {
        let night = Maker::diary("Europe/London").night("2025-06-03", "08:30", "15:00");
        let Fact::Sleep(record) = night.fact else { panic!("not a sleep") };
        assert_eq!(record.sleep_onset.unwrap().date(), record.final_awakening.unwrap().date());
    }

    #[test]
    fn a_correction_has_the_key_of_what_it_corrects() {
        let diary = Maker::diary("UTC");
        let (first, later) = (diary.pain_waking("2025-01-01", 4.0), diary.pain_waking("2025-01-01", 5.0));
        assert_eq!(first.key, later.key);
        assert_ne!(first.key, diary.pain_bedtime("2025-01-01", 4.0).key);
        assert_eq!(diary.withdrawn(&first).key, first.key);
    }
}
