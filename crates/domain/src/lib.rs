//! Names the nouns of nightmend: time, units, observations, nights, days, estimates.
//!
//! Constructors refuse nonsense; there are no verbs here, no serde, no clock and no file.
//! A type enters only if two crates use it, and nothing enters that needs a citation.

pub mod beside;
pub mod day;
pub mod estimate;
pub mod night;
pub mod observation;
pub mod plan;
pub mod progress;
pub mod provenance;
pub mod safety;
pub mod settings;
pub mod step_result;
pub mod time;
pub mod trackers;
pub mod units;

pub use day::{Day, DayEntry};
pub use night::{Decision, Nap, Night};
pub use observation::{
    Absence, Entry, Fact, Moment, Observation, Role, Several, SleepKind, SleepMethod, SleepRecord, Stage,
    StageMinutes, StageSegment, TrackerName, Value,
};
pub use plan::{
    Adherence, Arm, ArmName, Assignment, Design, NightAnswer, Outcome, Pause, Plan, Rotation, StepName,
};
pub use progress::{NoProgress, Progress};
pub use provenance::{Issue, PersonName, Provenance, RecordKey, SourceName};
pub use safety::{Condition, SafetyAnswer, SafetyAnswers};
pub use settings::{FactKind, SleepSettings, SourcePriority, ZoneChange, ZoneHistory};
pub use step_result::{StepResult, Verdict};
pub use time::{Disambiguation, NightDate, OffsetTimestamp, Zone, ZoneBasis};
pub use units::{Minutes, Nrs, Percent, Rating, Scale, ScaleDirection, UnitError};
