//! Describes a night and a nap as assembled from all sources, with the reasons of the merge.

use crate::observation::{SleepMethod, StageMinutes};
use crate::provenance::SourceName;
use crate::time::{NightDate, OffsetTimestamp};
use crate::units::{Minutes, Percent, Rating};

/// The night from which the person woke on `date`. Derived: may be thrown away and rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    /// The date of waking.
    pub date: NightDate,
    /// The source whose sleep was taken as the main one.
    pub source: SourceName,
    /// Who says it.
    pub method: SleepMethod,
    /// Into bed.
    pub in_bed: Option<OffsetTimestamp>,
    /// Tried to sleep.
    pub try_sleep: Option<OffsetTimestamp>,
    /// First asleep.
    pub sleep_onset: Option<OffsetTimestamp>,
    /// Last awakening.
    pub final_awakening: Option<OffsetTimestamp>,
    /// Out of bed.
    pub out_of_bed: Option<OffsetTimestamp>,
    /// TST: minutes asleep within the sleep period.
    pub tst: Option<Minutes>,
    /// WASO: minutes awake within the sleep period.
    pub waso: Option<Minutes>,
    /// SOL: tried to sleep to first asleep; only where "tried to sleep" is known.
    pub sol: Option<Minutes>,
    /// TIB: into bed to out of bed; only from a diary or a marker.
    pub tib: Option<Minutes>,
    /// SPT: first to last sleep.
    pub spt: Option<Minutes>,
    /// SE = TST / TIB; only where TIB is known.
    pub se: Option<Percent>,
    /// SME = TST / SPT.
    pub sme: Option<Percent>,
    /// Awakenings.
    pub awakenings: Option<u32>,
    /// Minutes in each stage, where given.
    pub stages: Option<StageMinutes>,
    /// How good the person rated it.
    pub quality: Option<Rating>,
    /// Whether it was told more than seven days later: left out of fits and claims by default.
    pub recalled: bool,
    /// Every decision that made this night what it is, in order.
    pub decisions: Vec<Decision>,
}

impl Night {
    /// The middle between first and last sleep, where both are known.
    #[must_use]
    pub fn mid_sleep(&self) -> Option<OffsetTimestamp> {
        let (onset, end) = (self.sleep_onset?, self.final_awakening?);
        let half = Minutes::new(onset.minutes_until(end)?.get() / 2.0).ok()?;
        onset.plus(half)
    }
}

/// A sleep that is not the main one of its night.
#[derive(Debug, Clone, PartialEq)]
pub struct Nap {
    /// The day on which it ended.
    pub date: jiff::civil::Date,
    /// The source that tells it.
    pub source: SourceName,
    /// First asleep, or the start as told.
    pub start: Option<OffsetTimestamp>,
    /// Last asleep, or the end as told.
    pub end: Option<OffsetTimestamp>,
    /// Minutes asleep.
    pub tst: Option<Minutes>,
}

/// One decision taken while a night was assembled, for `nights --why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided: `main sleep`, `duplicate`, `overlap`, `nap`, `clock change`, `WASO`, ….
    pub about: String,
    /// What was taken and why, as a sentence.
    pub reason: String,
}
