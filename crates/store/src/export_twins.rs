//! Writes what was observed as JSON that loses nothing; the twins of the domain's types for that one file.

use nightmend_domain::{
    Entry, Fact, Minutes, Observation, OffsetTimestamp, Percent, Rating, Scale, SleepRecord, StageMinutes,
    StageSegment, Value,
};
use serde::Serialize;

use crate::error::Inner;
use crate::words::Word;

/// An instant with the clock on the wall.
#[derive(Debug, Serialize)]
pub(crate) struct TimeTwin {
    utc: String,
    local: String,
    offset_seconds: i32,
    basis: &'static str,
}

/// A rating with its scale.
#[derive(Debug, Serialize)]
pub(crate) struct RatingTwin {
    value: f64,
    minimum: f64,
    maximum: f64,
    direction: &'static str,
}

/// A value; `kind` says which of the others is there.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum ValueTwin {
    Nrs { value: f64 },
    Rating(RatingTwin),
    Quantity { value: Option<f64>, unit: String },
    Tick { yes: bool, direction: &'static str, absence: &'static str },
    Text { text: String },
}

/// Minutes in each stage.
#[derive(Debug, Serialize)]
pub(crate) struct StagesTwin {
    deep_min: Option<f64>,
    light_min: Option<f64>,
    rem_min: Option<f64>,
    wake_min: Option<f64>,
}

/// A run of one stage.
#[derive(Debug, Serialize)]
pub(crate) struct SegmentTwin {
    start: TimeTwin,
    length_min: f64,
    stage: &'static str,
}

/// A sleep.
#[derive(Debug, Serialize)]
pub(crate) struct SleepTwin {
    pub(crate) method: &'static str,
    pub(crate) sleep_kind: &'static str,
    in_bed: Option<TimeTwin>,
    try_sleep: Option<TimeTwin>,
    sleep_onset: Option<TimeTwin>,
    final_awakening: Option<TimeTwin>,
    out_of_bed: Option<TimeTwin>,
    sol_min: Option<f64>,
    waso_min: Option<f64>,
    tst_min: Option<f64>,
    tib_min: Option<f64>,
    awakenings: Option<u32>,
    stated_efficiency_percent: Option<f64>,
    stages: Option<StagesTwin>,
    segments: Vec<SegmentTwin>,
    quality: Option<RatingTwin>,
}

/// A fact; `fact` says which one.
#[derive(Debug, Serialize)]
#[serde(tag = "fact", rename_all = "lowercase")]
pub(crate) enum FactTwin {
    Sleep(Box<SleepTwin>),
    Entry {
        tracker: String,
        role: &'static str,
        moment: &'static str,
        several: &'static str,
        value: ValueTwin,
    },
    Withdrawn,
}

/// An observation.
#[derive(Debug, Serialize)]
pub(crate) struct ObservationTwin {
    source: String,
    key: String,
    date: String,
    at: Option<TimeTwin>,
    place: String,
    #[serde(flatten)]
    fact: FactTwin,
}

impl ObservationTwin {
    pub(crate) fn of(observation: &Observation) -> Inner<Self> {
        let Observation { key, date, at, fact, provenance } = observation;
        Ok(Self {
            source: provenance.source.to_string(),
            key: key.to_string(),
            date: date.to_string(),
            at: at.map(time).transpose()?,
            place: provenance.place.clone(),
            fact: match fact {
                Fact::Sleep(sleep) => FactTwin::Sleep(Box::new(sleep_twin(sleep)?)),
                Fact::Entry(Entry { tracker, role, moment, several, value: content }) => FactTwin::Entry {
                    tracker: tracker.to_string(),
                    role: role.word()?,
                    moment: moment.word()?,
                    several: several.word()?,
                    value: value(content)?,
                },
                Fact::Withdrawn => FactTwin::Withdrawn,
            },
        })
    }
}

fn time(time: OffsetTimestamp) -> Inner<TimeTwin> {
    Ok(TimeTwin {
        utc: time.timestamp().to_string(),
        local: time.civil().to_string(),
        offset_seconds: time.offset().seconds(),
        basis: time.basis().word()?,
    })
}

fn rating(rating: Rating) -> Inner<RatingTwin> {
    let scale: Scale = rating.scale();
    Ok(RatingTwin {
        value: rating.value(),
        minimum: scale.minimum(),
        maximum: scale.maximum(),
        direction: scale.direction().word()?,
    })
}

fn value(value: &Value) -> Inner<ValueTwin> {
    Ok(match value {
        Value::Nrs(nrs) => ValueTwin::Nrs { value: nrs.get() },
        Value::Rating(own) => ValueTwin::Rating(rating(*own)?),
        Value::Quantity { value, unit } => {
            ValueTwin::Quantity { value: value.is_finite().then_some(*value), unit: unit.clone() }
        }
        Value::Tick { yes, direction, absence } => {
            ValueTwin::Tick { yes: *yes, direction: direction.word()?, absence: absence.word()? }
        }
        Value::Text(text) => ValueTwin::Text { text: text.clone() },
    })
}

fn sleep_twin(sleep: &SleepRecord) -> Inner<SleepTwin> {
    let times = |value: Option<OffsetTimestamp>| value.map(time).transpose();
    let minutes = |length: Option<Minutes>| length.map(Minutes::get);
    let segment = |segment: &StageSegment| {
        let StageSegment { start, length, stage } = *segment;
        Ok(SegmentTwin { start: time(start)?, length_min: length.get(), stage: stage.word()? })
    };
    Ok(SleepTwin {
        method: sleep.method.word()?,
        sleep_kind: sleep.kind.word()?,
        in_bed: times(sleep.in_bed)?,
        try_sleep: times(sleep.try_sleep)?,
        sleep_onset: times(sleep.sleep_onset)?,
        final_awakening: times(sleep.final_awakening)?,
        out_of_bed: times(sleep.out_of_bed)?,
        sol_min: minutes(sleep.sleep_onset_latency),
        waso_min: minutes(sleep.wake_after_sleep_onset),
        tst_min: minutes(sleep.total_sleep_time),
        tib_min: minutes(sleep.time_in_bed),
        awakenings: sleep.awakenings,
        stated_efficiency_percent: sleep.stated_efficiency.map(Percent::get),
        stages: sleep.stages.map(|StageMinutes { deep, light, rem, wake }| StagesTwin {
            deep_min: minutes(deep),
            light_min: minutes(light),
            rem_min: minutes(rem),
            wake_min: minutes(wake),
        }),
        segments: sleep.segments.iter().map(segment).collect::<Inner<_>>()?,
        quality: sleep.quality.map(rating).transpose()?,
    })
}
