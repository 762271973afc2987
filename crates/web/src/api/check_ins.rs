//! Takes check-ins from scripts and from phones that were offline: each once, however often it is sent.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use nightmend_app::checkin::{check_date, evening_date};
use nightmend_domain::trackers::Kind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Endpoint;
use crate::context::Fields;
use crate::failure::Failure;
use crate::layout::sentence;
use crate::pages::today::answers::{self, AMOUNTS, TIMES};
use crate::pages::today::questions::{How, Part};
use crate::pages::today::save::{Outcome, Sent, keep_sent, key_of, sentences};
use crate::preferences::{hex, random};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "post",
        path: "/check-ins",
        summary: "Keeps a check-in of a morning or an evening; one sent again under the same key is not kept twice",
        query: &[],
        takes: Some(|schemas| schemas.subschema_for::<CheckInRequest>()),
        gives: |schemas| schemas.subschema_for::<ReceivedView>(),
        serve: post(check_in),
    }]
}

/// A check-in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckInRequest {
    /// `morning` or `evening`.
    part: String,
    /// The date that it speaks of, e.g. 2026-03-01; that of the moment of answering where absent.
    date: Option<String>,
    /// When it was answered (RFC 3339); now where absent. At most 60 days back.
    answered_at: Option<String>,
    /// What tells this check-in from any other; send it again with the same key where you do not know whether it
    /// arrived.
    key: Option<String>,
    /// Keep it even where something looks unusual.
    #[serde(default)]
    anyway: bool,
    /// The answers, any of them.
    #[schemars(schema_with = "fields_schema")]
    fields: BTreeMap<String, Value>,
}

/// `nightmend.received/1`: what became of a check-in.
#[derive(Debug, Serialize, JsonSchema)]
struct ReceivedView {
    /// Always `nightmend.received/1`.
    schema: &'static str,
    /// The date that it speaks of.
    date: String,
    /// `morning` or `evening`.
    part: &'static str,
    /// The act, for an undo; absent where all of it was said before.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<i64>,
    /// Whether it had arrived before, so that nothing was written now.
    arrived_before: bool,
    /// What was understood, in words.
    sentences: Vec<String>,
}

/// How far back an answer may lie that waited on a device.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How far the clock of a phone may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

async fn check_in(State(app): State<App>, Json(request): Json<CheckInRequest>) -> Result<Response, Failure> {
    let part = Part::of_word(&request.part)
        .ok_or_else(|| Failure::not_understood("part is `morning` or `evening`"))?;
    let answered_at = answered_at(&app, request.answered_at.as_deref())?;
    let today = app.wall_clock().date();
    let date = match &request.date {
        Some(text) => text.parse::<Date>().map_err(|_| {
            Failure::not_understood(format!("“{text}” is not a date; write it as 2026-03-01"))
        })?,
        None if part == Part::Evening => evening_date(today, app.wall_clock().time()),
        None => today,
    };
    check_date(date, today)?;
    let fields = fields(&request.fields, part)?;
    let answers = answers::read(part, &fields);
    if let Some((field, why)) = answers.problems.first() {
        return Err(Failure::not_understood(format!("{field}: {why}")));
    }
    let key = request.key.unwrap_or_else(|| hex(&random()));
    let sent = Sent {
        part,
        date,
        answered_at,
        key: key_of(&key, &fields),
        is_sure: request.anyway,
        takes_repair: false,
        fields,
    };
    let (person, zone) = (app.person().clone(), app.machine_zone().cloned());
    let outcome = app.write(move |store| keep_sent(store, &person, zone, &sent, &answers)).await?;
    match outcome {
        Outcome::Kept(draft, kept) => {
            let view = ReceivedView {
                schema: "nightmend.received/1",
                date: date.to_string(),
                part: part.word(),
                act: kept.act,
                arrived_before: kept.sent_before,
                sentences: sentences(&draft, kept).iter().map(|text| sentence(text)).collect(),
            };
            let status = if kept.sent_before { StatusCode::OK } else { StatusCode::CREATED };
            Ok((status, Json(view)).into_response())
        }
        Outcome::Empty => Err(Failure::not_understood(
            "nothing was answered, so nothing was saved; give at least one field",
        )),
        Outcome::Refused(why) => Err(Failure::not_understood(why)),
        Outcome::Asked(draft) => {
            let odd: Vec<&str> = draft.remarks.iter().map(|remark| remark.sentence.as_str()).collect();
            Err(Failure::not_understood(format!(
                "{}; correct it, or send it with \"anyway\": true",
                odd.join("; ")
            )))
        }
    }
}

fn answered_at(app: &App, text: Option<&str>) -> Result<Timestamp, Failure> {
    let now = app.now();
    let Some(text) = text else { return Ok(now) };
    let at: Timestamp = text.parse().map_err(|_| {
        Failure::not_understood(format!("“{text}” is not a moment; write it as 2026-03-01T07:30:00Z"))
    })?;
    let age = now.duration_since(at);
    if age > LONGEST_WAIT || age < -AHEAD {
        return Err(Failure::not_understood(format!(
            "answered_at lies too far from now ({now}); set the clock of the device, or leave it out"
        )));
    }
    // A clock that is a little ahead would make a check-in of the future.
    Ok(at.min(now))
}

/// The fields of a form from JSON: numbers, texts, yes and no, lists of places.
fn fields(given: &BTreeMap<String, Value>, part: Part) -> Result<Fields, Failure> {
    let known = |name: &str| {
        let name =
            name.strip_prefix("was.").unwrap_or(name).trim_end_matches(".other").trim_end_matches(".asked");
        part.all().any(|question| question.field == name)
            || (part == Part::Morning
                && (TIMES.iter().any(|(_, field, _)| *field == name)
                    || AMOUNTS.iter().any(|(_, field, ..)| *field == name)
                    || ["basis", "night", "night.source"].contains(&name)))
    };
    let mut pairs = Vec::new();
    for (name, value) in given {
        if !known(name) {
            let names: Vec<&str> = part.all().map(|question| question.field).collect();
            return Err(Failure::not_understood(format!(
                "there is no field “{name}”; there are: {}",
                names.join(", ")
            )));
        }
        let texts: Vec<String> = match value {
            Value::Array(values) => values.iter().filter_map(text_of).collect(),
            value => text_of(value).into_iter().collect(),
        };
        pairs.extend(texts.into_iter().map(|text| (name.clone(), text)));
    }
    Ok(Fields::unchecked(pairs))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.to_owned()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

/// Every field with its question, from the list that the forms are drawn from.
fn fields_schema(_: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    for part in [Part::Morning, Part::Evening] {
        for question in part.all() {
            let kind = match (question.how, question.tracker.kind) {
                (How::Places, _) => json!({ "type": "array", "items": { "type": "string" } }),
                (_, Kind::Text) => json!({ "type": "string" }),
                (_, Kind::Tick { .. }) => json!({ "type": ["boolean", "number", "string"] }),
                _ => json!({ "type": ["number", "string"] }),
            };
            let mut property = kind;
            property["description"] = json!(question.text);
            properties.entry(question.field).or_insert(property);
        }
    }
    for (_, name, title) in TIMES {
        properties.insert(name.to_owned(), json!({ "type": "string", "description": format!("{title}, 24-hour clock, e.g. 23:10 (morning)") }));
    }
    for (_, name, title, unit) in AMOUNTS {
        properties.insert(
            name.to_owned(),
            json!({ "type": ["number", "string"], "description": format!("{title}, {unit} (morning)") }),
        );
    }
    json_schema!({
        "type": "object",
        "description": "Values of a form also come as lists of texts; fields named `was.…` hold what the form showed, and an answer equal to it is no answer.",
        "properties": properties,
    })
}
