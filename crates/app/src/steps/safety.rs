//! Keeps what a person answers to the safety questions, and reads it back.

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::{
    Condition, Entry, Fact, Moment, Observation, OffsetTimestamp, PersonName, Provenance, RecordKey, Role,
    SafetyAnswer, SafetyAnswers, Several, SourceName, TrackerName, Value,
};
use nightmend_store::Store;

use crate::failure::AppError;

/// The source of all safety answers.
pub const SAFETY_SOURCE: &str = "safety";

/// What a person has answered so far, the newest answer of each question.
///
/// # Errors
/// A store that cannot be read.
pub fn safety_answers(store: &Store, person: &PersonName) -> Result<SafetyAnswers, AppError> {
    let mut answers = SafetyAnswers::default();
    let source = SourceName::new(SAFETY_SOURCE).expect("a constant name");
    let mut said: Vec<(Option<Timestamp>, Condition, SafetyAnswer)> = store
        .current_of_source(person, &source)?
        .iter()
        .filter_map(|observation| {
            let Fact::Entry(Entry { value: Value::Text(text), tracker, .. }) = &observation.fact else {
                return None;
            };
            let at = observation.at.map(OffsetTimestamp::timestamp);
            Some((at, Condition::from_word(tracker.as_str())?, SafetyAnswer::from_word(text)?))
        })
        .collect();
    said.sort_by_key(|(at, ..)| *at);
    for (_, condition, answer) in said {
        answers.set(condition, answer);
    }
    Ok(answers)
}

/// The observations of safety answers. One key a question: an answer stands in the place of the earlier one, which is
/// kept.
pub(crate) fn observations(
    answers: &[(Condition, SafetyAnswer)],
    date: Date,
    at: OffsetTimestamp,
) -> Vec<Observation> {
    answers
        .iter()
        .map(|(condition, answer)| Observation {
            key: RecordKey::new(condition.as_word()).expect("words make a valid key"),
            date,
            at: Some(at),
            fact: Fact::Entry(Entry {
                tracker: TrackerName::new(condition.as_word()).expect("words make a valid name"),
                role: Role::Plan,
                moment: Moment::Day,
                several: Several::Replace,
                value: Value::Text(answer.as_word().to_owned()),
            }),
            provenance: Provenance {
                source: SourceName::new(SAFETY_SOURCE).expect("a constant name"),
                place: String::new(),
            },
        })
        .collect()
}
