//! Shapes `days --json`: every day with everything that was said about it.

use nightmend_domain::{Absence, Day, DayEntry, Role, Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::nights::direction_word;
use super::rounded;

/// `nightmend.days/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DaysView {
    /// Always `nightmend.days/1`.
    pub schema: &'static str,
    /// Whose days.
    pub person: String,
    /// The days, oldest first.
    pub days: Vec<DayView>,
}

/// One day, from waking to the next sleep.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DayView {
    /// Date of waking.
    pub date: String,
    /// What was said about it, by tracker and moment.
    pub entries: Vec<EntryView>,
}

/// One tracker at one moment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntryView {
    /// What is followed.
    pub tracker: String,
    /// What it is to nightmend: `pain`, `symptom`, `sleep_quality`, ….
    pub role: &'static str,
    /// `waking`, `bedtime`, `day`, `worst` or `now`.
    pub moment: &'static str,
    /// The value.
    pub value: ValueView,
    /// How many values went into it.
    pub count: u32,
    /// The source it was taken from.
    pub source: String,
    /// When it was said, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Written down more than seven days later.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recalled: bool,
}

/// A value with its kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ValueView {
    /// A 0–10 pain score.
    Nrs {
        /// 0 to 10.
        score: f64,
    },
    /// A rating on its own scale.
    Rating {
        /// The value as given.
        value: f64,
        /// Lower end of the scale.
        minimum: f64,
        /// Upper end of the scale.
        maximum: f64,
        /// `better` or `worse`.
        higher_is: &'static str,
    },
    /// A quantity.
    Quantity {
        /// The number.
        value: f64,
        /// Its unit.
        unit: String,
    },
    /// A tick.
    Tick {
        /// Whether it is set.
        yes: bool,
        /// Whether a missing tick means a no (`no`) or nothing (`unknown`).
        absence: &'static str,
    },
    /// A text.
    Text {
        /// The text.
        text: String,
    },
}

/// The word for a role in JSON.
pub(crate) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Pain => "pain",
        Role::Symptom => "symptom",
        Role::SleepQuality => "sleep_quality",
        Role::Rested => "rested",
        Role::Stiffness => "stiffness",
        Role::WokenByPain => "woken_by_pain",
        Role::Position => "position",
        Role::Stress => "stress",
        Role::Activity => "activity",
        Role::Alcohol => "alcohol",
        Role::Caffeine => "caffeine",
        Role::Painkiller => "painkiller",
        Role::Note => "note",
        Role::Plan => "plan",
        _ => "other",
    }
}

impl From<&Day> for DayView {
    fn from(day: &Day) -> Self {
        Self { date: day.date.to_string(), entries: day.entries.iter().map(EntryView::from).collect() }
    }
}

impl From<&DayEntry> for EntryView {
    fn from(entry: &DayEntry) -> Self {
        Self {
            tracker: entry.tracker.to_string(),
            role: role_word(entry.role),
            moment: entry.moment.as_word(),
            value: ValueView::from(&entry.value),
            count: entry.count,
            source: entry.source.to_string(),
            at: entry.at.map(|at| at.to_string()),
            recalled: entry.recalled,
        }
    }
}

impl From<&Value> for ValueView {
    fn from(value: &Value) -> Self {
        match value {
            Value::Nrs(score) => Self::Nrs { score: rounded(score.get()) },
            Value::Rating(rating) => Self::Rating {
                value: rounded(rating.value()),
                minimum: rating.scale().minimum(),
                maximum: rating.scale().maximum(),
                higher_is: direction_word(rating.scale().direction()),
            },
            Value::Quantity { value, unit } => Self::Quantity { value: rounded(*value), unit: unit.clone() },
            Value::Tick { yes, absence, .. } => Self::Tick {
                yes: *yes,
                absence: match absence {
                    Absence::Unknown => "unknown",
                    Absence::No => "no",
                },
            },
            Value::Text(text) => Self::Text { text: text.clone() },
        }
    }
}
