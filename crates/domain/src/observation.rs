//! Describes one ground fact: what a person or a device said, once, never edited.

use jiff::civil::Date;

use crate::provenance::{Provenance, RecordKey};
use crate::time::OffsetTimestamp;
use crate::units::{Minutes, Nrs, Percent, Rating, ScaleDirection};

pub use crate::provenance::TrackerName;

/// One ground fact. Immutable: a correction is a newer observation with the same key.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What makes a later record the same fact, within its source.
    pub key: RecordKey,
    /// For sleep the date of waking, for anything else the day that it belongs to (a day runs from waking to
    /// the next sleep, so an entry made after midnight belongs to the day before).
    pub date: Date,
    /// When it happened or was said, where known.
    pub at: Option<OffsetTimestamp>,
    /// What was said.
    pub fact: Fact,
    /// Where it was read.
    pub provenance: Provenance,
}

/// What was said: a sleep, or one entry about something that is followed.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A main sleep or a nap.
    Sleep(Box<SleepRecord>),
    /// One value of one tracker.
    Entry(Entry),
    /// The fact of this key is withdrawn: it was entered by mistake.
    Withdrawn,
}

/// One value of one tracker at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is followed.
    pub tracker: TrackerName,
    /// What it is to nightmend.
    pub role: Role,
    /// The moment of the day it speaks of.
    pub moment: Moment,
    /// How several values of one day and moment become one.
    pub several: Several,
    /// The value.
    pub value: Value,
}

/// What a tracker is to nightmend, which decides defaults and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// Pain somewhere, on any scale.
    Pain,
    /// Another symptom that can stand in the place of pain, e.g. fatigue.
    Symptom,
    /// How good the night was.
    SleepQuality,
    /// How rested the person woke.
    Rested,
    /// Morning stiffness.
    Stiffness,
    /// How often pain woke the person.
    WokenByPain,
    /// Position slept in.
    Position,
    /// Stress or a racing mind.
    Stress,
    /// Movement by day: steps, minutes, load.
    Activity,
    /// Alcohol.
    Alcohol,
    /// Caffeine late in the day.
    Caffeine,
    /// A painkiller taken.
    Painkiller,
    /// Anything else that has a number.
    Other,
    /// A fact of an experiment or a safety answer, as text for a program: never a value of a day.
    Plan,
    /// A remark, or a column that no map names.
    Note,
}

/// The moment of a day that a value speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// On waking, of the night just ended.
    Waking,
    /// At bedtime, before the night.
    Bedtime,
    /// The day as a whole, or its average.
    Day,
    /// The worst of the day.
    Worst,
    /// The moment of writing, whenever that was.
    Now,
}

impl Moment {
    /// The word for it on the command line, in maps, in keys and in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Waking => "waking",
            Self::Bedtime => "bedtime",
            Self::Day => "day",
            Self::Worst => "worst",
            Self::Now => "now",
        }
    }
}

/// How several values of one tracker, day and moment become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Several {
    /// One value a day is expected: a later record replaces the earlier.
    Replace,
    /// The first in time.
    First,
    /// The last in time.
    Last,
    /// The mean.
    Mean,
    /// The largest as written.
    Max,
    /// The sum (steps, drinks).
    Sum,
}

/// The value of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A 0–10 pain rating.
    Nrs(Nrs),
    /// A rating on its own scale.
    Rating(Rating),
    /// A quantity with a unit, e.g. 8 431 steps.
    Quantity {
        /// The number.
        value: f64,
        /// Its unit, as a word or symbol.
        unit: String,
    },
    /// A tick.
    Tick {
        /// Whether it is set.
        yes: bool,
        /// What a set tick means.
        direction: ScaleDirection,
        /// What a missing tick means.
        absence: Absence,
    },
    /// Free text, or the text of a column that no map names.
    Text(String),
}

/// What it means that a tick is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Absence {
    /// Not known: the tick is written only when true.
    Unknown,
    /// A no: the table states both.
    No,
}

/// Who says how a sleep went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SleepMethod {
    /// The person, in a diary or a check-in.
    Diary,
    /// A wearable or another device.
    Device,
    /// A table that does not say.
    Unstated,
}

/// Whether the source calls a sleep the main one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SleepKind {
    /// The main sleep of a night.
    Main,
    /// A nap.
    Nap,
    /// Not said.
    Unstated,
}

/// One sleep as a source tells it; every part may be unknown, and unknown is never zero.
#[derive(Debug, Clone, PartialEq)]
pub struct SleepRecord {
    /// Who says it.
    pub method: SleepMethod,
    /// Main sleep or nap, as the source calls it.
    pub kind: SleepKind,
    /// Into bed.
    pub in_bed: Option<OffsetTimestamp>,
    /// Lights out: tried to sleep.
    pub try_sleep: Option<OffsetTimestamp>,
    /// First asleep.
    pub sleep_onset: Option<OffsetTimestamp>,
    /// Last awakening.
    pub final_awakening: Option<OffsetTimestamp>,
    /// Out of bed for the day.
    pub out_of_bed: Option<OffsetTimestamp>,
    /// SOL as stated: tried to sleep to first asleep.
    pub sleep_onset_latency: Option<Minutes>,
    /// WASO as stated: awake between first and last sleep.
    pub wake_after_sleep_onset: Option<Minutes>,
    /// TST as stated.
    pub total_sleep_time: Option<Minutes>,
    /// TIB as stated, where no clock times are.
    pub time_in_bed: Option<Minutes>,
    /// Awakenings as stated.
    pub awakenings: Option<u32>,
    /// SE as the source states it; kept, never preferred to our own TST over TIB.
    pub stated_efficiency: Option<Percent>,
    /// Minutes in each stage, where the source gives stages.
    pub stages: Option<StageMinutes>,
    /// The run of stages through the night, in time order; empty where not given.
    pub segments: Vec<StageSegment>,
    /// How good it was, as the person rated it in the same record.
    pub quality: Option<Rating>,
}

impl SleepRecord {
    /// A record in which nothing is known but who says it.
    #[must_use]
    pub fn unknown(method: SleepMethod, kind: SleepKind) -> Self {
        Self {
            method,
            kind,
            in_bed: None,
            try_sleep: None,
            sleep_onset: None,
            final_awakening: None,
            out_of_bed: None,
            sleep_onset_latency: None,
            wake_after_sleep_onset: None,
            total_sleep_time: None,
            time_in_bed: None,
            awakenings: None,
            stated_efficiency: None,
            stages: None,
            segments: Vec::new(),
            quality: None,
        }
    }

    /// The first and last instants that the record speaks of, where both are known.
    #[must_use]
    pub fn span(&self) -> Option<(OffsetTimestamp, OffsetTimestamp)> {
        let start = self.in_bed.or(self.try_sleep).or(self.sleep_onset)?;
        let end = self.out_of_bed.or(self.final_awakening)?;
        Some((start, end))
    }
}

/// Minutes in each stage of one sleep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageMinutes {
    /// N3 or "deep".
    pub deep: Option<Minutes>,
    /// N1 and N2, or "light".
    pub light: Option<Minutes>,
    /// REM.
    pub rem: Option<Minutes>,
    /// Awake.
    pub wake: Option<Minutes>,
}

/// What a device says the sleeper was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Awake.
    Wake,
    /// Restless: neither asleep nor clearly awake ("classic" logs).
    Restless,
    /// Asleep, stage not given.
    Asleep,
    /// Light sleep.
    Light,
    /// Deep sleep.
    Deep,
    /// REM sleep.
    Rem,
}

/// A run of one stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageSegment {
    /// When it began.
    pub start: OffsetTimestamp,
    /// How long it lasted.
    pub length: Minutes,
    /// What it was.
    pub stage: Stage,
}
