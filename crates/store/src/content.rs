//! Hashes what an observation says, so that the same statement is recognised when it is met again.
//!
//! The hash is the first 16 bytes of SHA-256 over a fixed binary form of date, time and fact. The place in the
//! file is left out (it moves between two exports), and so are source and key, which are compared as they are.
//! The form must never change: stores hold its hashes, and a change would make every known record look new.

use jiff::civil::Date;
use nightmend_domain::{
    Entry, Fact, Minutes, Observation, OffsetTimestamp, Rating, SleepRecord, StageMinutes, StageSegment,
    Value,
};
use sha2::{Digest, Sha256};

use crate::error::Inner;
use crate::words::Word;

/// A content hash.
pub(crate) type ContentHash = [u8; 16];

/// The hash of what an observation says.
pub(crate) fn content_hash(observation: &Observation) -> Inner<ContentHash> {
    let Observation { key: _, date, at, fact, provenance: _ } = observation;
    let mut form = Form(Vec::with_capacity(256));
    form.date(*date);
    form.option(*at, Form::time)?;
    match fact {
        Fact::Sleep(sleep) => {
            form.0.push(1);
            form.sleep(sleep)?;
        }
        Fact::Entry(entry) => {
            form.0.push(2);
            form.entry(entry)?;
        }
        Fact::Withdrawn => form.0.push(3),
    }
    let mut hash = ContentHash::default();
    hash.copy_from_slice(&Sha256::digest(&form.0)[..16]);
    Ok(hash)
}

/// The bytes that are hashed. Every part has a fixed length or its length before it, so two different
/// statements never have the same form.
struct Form(Vec<u8>);

impl Form {
    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn word(&mut self, variant: impl Word) -> Inner<()> {
        self.text(variant.word()?);
        Ok(())
    }

    /// Zero has two signs, which say the same; so have numbers that are none.
    fn number(&mut self, number: f64) {
        let number = if number == 0.0 {
            0.0
        } else if number.is_nan() {
            f64::NAN
        } else {
            number
        };
        self.0.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    fn minutes(&mut self, minutes: Minutes) -> Inner<()> {
        self.number(minutes.get());
        Ok(())
    }

    fn date(&mut self, date: Date) {
        self.0.extend_from_slice(&date.year().to_le_bytes());
        self.0.extend_from_slice(&[date.month() as u8, date.day() as u8]);
    }

    fn time(&mut self, time: OffsetTimestamp) -> Inner<()> {
        self.0.extend_from_slice(&time.timestamp().as_second().to_le_bytes());
        self.0.extend_from_slice(&time.timestamp().subsec_nanosecond().to_le_bytes());
        self.0.extend_from_slice(&time.offset().seconds().to_le_bytes());
        self.word(time.basis())
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T) -> Inner<()>) -> Inner<()> {
        self.0.push(u8::from(value.is_some()));
        value.map_or(Ok(()), |value| write(self, value))
    }

    fn rating(&mut self, rating: Rating) -> Inner<()> {
        self.number(rating.value());
        self.number(rating.scale().minimum());
        self.number(rating.scale().maximum());
        self.word(rating.scale().direction())
    }

    fn entry(&mut self, entry: &Entry) -> Inner<()> {
        let Entry { tracker, role, moment, several, value } = entry;
        self.text(tracker.as_str());
        self.word(*role)?;
        self.word(*moment)?;
        self.word(*several)?;
        match value {
            Value::Nrs(nrs) => {
                self.0.push(1);
                self.number(nrs.get());
            }
            Value::Rating(rating) => {
                self.0.push(2);
                self.rating(*rating)?;
            }
            Value::Quantity { value, unit } => {
                self.0.push(3);
                self.number(*value);
                self.text(unit);
            }
            Value::Tick { yes, direction, absence } => {
                self.0.extend_from_slice(&[4, u8::from(*yes)]);
                self.word(*direction)?;
                self.word(*absence)?;
            }
            Value::Text(text) => {
                self.0.push(5);
                self.text(text);
            }
        }
        Ok(())
    }

    fn sleep(&mut self, sleep: &SleepRecord) -> Inner<()> {
        let SleepRecord {
            method,
            kind,
            in_bed,
            try_sleep,
            sleep_onset,
            final_awakening,
            out_of_bed,
            sleep_onset_latency,
            wake_after_sleep_onset,
            total_sleep_time,
            time_in_bed,
            awakenings,
            stated_efficiency,
            stages,
            segments,
            quality,
        } = sleep;
        self.word(*method)?;
        self.word(*kind)?;
        for time in [in_bed, try_sleep, sleep_onset, final_awakening, out_of_bed] {
            self.option(*time, Self::time)?;
        }
        for length in [sleep_onset_latency, wake_after_sleep_onset, total_sleep_time, time_in_bed] {
            self.option(*length, Self::minutes)?;
        }
        self.option(awakenings.map(f64::from), |form, count| {
            form.number(count);
            Ok(())
        })?;
        self.option(*stated_efficiency, |form, percent| {
            form.number(percent.get());
            Ok(())
        })?;
        self.option(*stages, |form, StageMinutes { deep, light, rem, wake }| {
            [deep, light, rem, wake].into_iter().try_for_each(|length| form.option(length, Self::minutes))
        })?;
        self.0.extend_from_slice(&(segments.len() as u64).to_le_bytes());
        for StageSegment { start, length, stage } in segments {
            self.time(*start)?;
            self.minutes(*length)?;
            self.word(*stage)?;
        }
        self.option(*quality, Self::rating)
    }
}

#[cfg(test)]
mod tests {
    use nightmend_domain::{Provenance, RecordKey, SleepKind, SleepMethod, SourceName, trackers};

    use super::*;

    fn observation(fact: Fact) -> Observation {
        Observation {
            key: RecordKey::new("k").unwrap(),
            date: "2024-05-01".parse().unwrap(),
            at: None,
            fact,
            provenance: Provenance { source: SourceName::new("diary").unwrap(), place: "line 1".to_owned() },
        }
    }

    fn hex(observation: &Observation) -> String {
        content_hash(observation).unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Stores hold these hashes: if this fails, every known record would be taken for a changed one.
    #[test]
    fn the_form_never_changes() {
        let pain = observation(Fact::Entry(trackers::PAIN_WAKING.number(4.0).unwrap()));
        let unknown = SleepRecord::unknown(SleepMethod::Diary, SleepKind::Main);
        assert_eq!(hex(&pain), "3a4ae90e80fa62d7ffae592e77451502");
        assert_eq!(hex(&observation(Fact::Sleep(Box::new(unknown)))), "1fe6122a0bd10a52bee03f6f0d28f7fd");
        assert_eq!(hex(&observation(Fact::Withdrawn)), "761bdc8b26730887328be90327c5afce");
    }

    #[test]
    fn the_place_is_left_out_and_the_date_is_not() {
        let first = observation(Fact::Entry(trackers::PAIN_WAKING.number(4.0).unwrap()));
        let mut moved = first.clone();
        moved.provenance.place = "line 2".to_owned();
        assert_eq!(hex(&first), hex(&moved));
        moved.date = "2024-05-02".parse().unwrap();
        assert_ne!(hex(&first), hex(&moved));
    }
}
