//! Offers the JSON of `nightmend steps`: the six steps, a guide, a plan, tonight, an experiment and what it has shown;
//! and takes what is said about them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{MethodRouter, get, post};
use jiff::civil::{Date, Time};
use nightmend_app::steps::catalogue::StepId;
use nightmend_app::steps::{self, Occasion, StartRequest, Wishes};
use nightmend_app::views::{
    AnswerView, ExperimentView, PlanView, SafetyView, StepGuideView, StepResultView, StepsView, TonightView,
};
use nightmend_app::{AppError, Store};
use nightmend_domain::{Adherence, Condition, NightDate, Outcome, PersonName, SafetyAnswer};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::Endpoint;
use super::reads::date;
use crate::failure::Failure;
use crate::state::App;

/// Which experiment is meant.
const NUMBER: &[(&str, &str)] =
    &[("number", "The number of the experiment; the one that runs, or the last, where absent")];
/// What can be wished of an experiment.
const WISHES: &[(&str, &str)] = &[
    ("arm", "The variant, by word; the first that is open where absent"),
    ("nights", "Nights; as many as the step usually takes where absent"),
    (
        "outcome",
        "The outcome that gets the verdict: morning_pain, day_pain, sleep_hours, sleep_efficiency or sleep_quality",
    ),
    ("worth_it", "The change for the better that would be worth it"),
    ("expect", "The change for the better that is expected"),
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = reads();
    all.extend(writes());
    all
}

fn read(
    path: &'static str,
    summary: &'static str,
    query: &'static [(&'static str, &'static str)],
    gives: fn(&mut SchemaGenerator) -> Schema,
    serve: MethodRouter<App>,
) -> Endpoint {
    Endpoint { method: "get", path, summary, query, takes: None, gives, serve }
}

fn write(
    path: &'static str,
    summary: &'static str,
    takes: Option<fn(&mut SchemaGenerator) -> Schema>,
    gives: fn(&mut SchemaGenerator) -> Schema,
    serve: MethodRouter<App>,
) -> Endpoint {
    Endpoint { method: "post", path, summary, query: &[], takes, gives, serve }
}

fn reads() -> Vec<Endpoint> {
    vec![
        read(
            "/steps",
            "The six steps, what runs and what may come next, as `steps --json`",
            &[],
            |schemas| schemas.subschema_for::<StepsView>(),
            get(list),
        ),
        read(
            "/steps/guide/{step}",
            "How a step is done and what is known of it, as `steps guide STEP --json`",
            &[],
            |schemas| schemas.subschema_for::<StepGuideView>(),
            get(guide),
        ),
        read(
            "/steps/plan/{step}",
            "What an experiment would take and can show, as `steps plan STEP --json`; nothing starts",
            WISHES,
            |schemas| schemas.subschema_for::<PlanView>(),
            get(plan),
        ),
        read(
            "/steps/safety",
            "The safety questions and what was answered, as `steps safety --json`",
            &[],
            |schemas| schemas.subschema_for::<SafetyView>(),
            get(safety),
        ),
        read(
            "/steps/tonight",
            "What is on tonight, as `steps tonight --json`",
            &[],
            |schemas| schemas.subschema_for::<TonightView>(),
            get(tonight),
        ),
        read(
            "/steps/calendar",
            "An experiment with the calendar of its nights, as `steps calendar --json`",
            NUMBER,
            |schemas| schemas.subschema_for::<ExperimentView>(),
            get(calendar),
        ),
        read(
            "/steps/result",
            "What an experiment has shown, as `steps result --json`",
            NUMBER,
            |schemas| schemas.subschema_for::<StepResultView>(),
            get(result),
        ),
    ]
}

fn writes() -> Vec<Endpoint> {
    let experiment: fn(&mut SchemaGenerator) -> Schema = |schemas| schemas.subschema_for::<ExperimentView>();
    let why: fn(&mut SchemaGenerator) -> Schema = |schemas| schemas.subschema_for::<WhyRequest>();
    vec![
        write(
            "/steps/safety",
            "Answers safety questions, as `steps safety --yes … --no … --json`; an experiment that an answer closes is stopped",
            Some(|schemas| schemas.subschema_for::<SafetyRequest>()),
            |schemas| schemas.subschema_for::<SafetyView>(),
            post(answer_safety),
        ),
        write(
            "/steps/start",
            "Draws the lot, writes it down and begins, as `steps start STEP --json`",
            Some(|schemas| schemas.subschema_for::<BeginRequest>()),
            experiment,
            post(start),
        ),
        write(
            "/steps/answer",
            "Says whether a night went as assigned, as `steps answer … --json`",
            Some(|schemas| schemas.subschema_for::<AnswerRequest>()),
            |schemas| schemas.subschema_for::<AnswerView>(),
            post(answer),
        ),
        write(
            "/steps/pause",
            "Lets the experiment rest from tonight on, as `steps pause --json`",
            Some(why),
            experiment,
            post(pause),
        ),
        write(
            "/steps/resume",
            "Goes on after a rest, from tonight on, as `steps resume --json`",
            None,
            experiment,
            post(resume),
        ),
        write(
            "/steps/stop",
            "Ends the experiment; what was recorded stays; as `steps stop --json`",
            Some(why),
            experiment,
            post(stop),
        ),
        write(
            "/steps/extend",
            "Adds nights to the experiment, as `steps extend NIGHTS --json`",
            Some(|schemas| schemas.subschema_for::<ExtendRequest>()),
            experiment,
            post(extend),
        ),
        write(
            "/steps/sleepy",
            "Says that the person is worryingly sleepy by day: a sleep window grows at once; as `steps sleepy --json`",
            None,
            experiment,
            post(sleepy),
        ),
        write(
            "/steps/keep",
            "Keeps what an experiment found to help, or lets it go, as `steps keep NUMBER --json`",
            Some(|schemas| schemas.subschema_for::<KeepRequest>()),
            |schemas| schemas.subschema_for::<StepsView>(),
            post(keep),
        ),
    ]
}

/// Writes for the person of the pages, as of now.
async fn said<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&mut Store, &PersonName, &Occasion) -> Result<T, AppError> + Send + 'static,
) -> Result<Json<T>, Failure> {
    let (person, when) = (app.person().clone(), app.occasion());
    app.write(move |store| Ok(Json(work(store, &person, &when)?))).await
}

fn step_of(word: &str) -> Result<StepId, Failure> {
    StepId::from_word(word).ok_or_else(|| {
        Failure::not_found(format!("there is no step called “{word}”; /api/v1/steps lists the six"))
    })
}

fn outcome_of(word: &str) -> Result<Outcome, Failure> {
    Outcome::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Outcome::ALL.iter().map(|each| each.as_word()).collect();
        Failure::not_understood(format!("outcome is one of {}", words.join(", ")))
    })
}

async fn list(State(app): State<App>) -> Result<Json<StepsView>, Failure> {
    Ok(Json(app.read_steps(steps::overview).await?))
}

async fn guide(Path(step): Path<String>) -> Result<Json<StepGuideView>, Failure> {
    Ok(Json(steps::guide(step_of(&step)?)))
}

/// What the address of a plan asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlanQuery {
    arm: Option<String>,
    nights: Option<u16>,
    outcome: Option<String>,
    worth_it: Option<f64>,
    expect: Option<f64>,
}

async fn plan(
    State(app): State<App>,
    Path(step): Path<String>,
    Query(query): Query<PlanQuery>,
) -> Result<Json<PlanView>, Failure> {
    let step = step_of(&step)?;
    let wishes = Wishes {
        nights: query.nights,
        outcome: query.outcome.as_deref().map(outcome_of).transpose()?,
        threshold: query.worth_it,
        expected_benefit: query.expect,
    };
    let arm = query.arm;
    Ok(Json(app.read_steps(move |read, when| steps::plan(read, step, arm.as_deref(), wishes, when)).await?))
}

async fn safety(State(app): State<App>) -> Result<Json<SafetyView>, Failure> {
    let person = app.person().clone();
    Ok(Json(app.read(move |store| steps::safety_view(store, &person)).await?))
}

async fn tonight(State(app): State<App>) -> Result<Json<TonightView>, Failure> {
    Ok(Json(app.read_steps(steps::tonight).await?))
}

#[derive(Debug, Deserialize)]
struct NumberQuery {
    number: Option<u32>,
}

async fn calendar(
    State(app): State<App>,
    Query(query): Query<NumberQuery>,
) -> Result<Json<ExperimentView>, Failure> {
    Ok(Json(app.read_steps(move |reading, when| steps::experiment(reading, query.number, when)).await?))
}

async fn result(
    State(app): State<App>,
    Query(query): Query<NumberQuery>,
) -> Result<Json<StepResultView>, Failure> {
    Ok(Json(app.read_steps(move |reading, when| Ok(steps::result(reading, query.number, when)?.view)).await?))
}

/// Answers to safety questions. What is not named stays as it was; no answer is not a no.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SafetyRequest {
    /// Words of the questions (`condition`) with `yes`, `no` or `not_sure`.
    answers: BTreeMap<String, String>,
}

async fn answer_safety(
    State(app): State<App>,
    Json(request): Json<SafetyRequest>,
) -> Result<Json<SafetyView>, Failure> {
    let answers = request
        .answers
        .iter()
        .map(|(name, word)| safety_answer(name, word))
        .collect::<Result<Vec<_>, _>>()?;
    if answers.is_empty() {
        return Err(Failure::not_understood("nothing was answered, so nothing was saved; name a question"));
    }
    said(&app, move |store, person, when| {
        steps::set_safety(store, person, &answers, when)?;
        steps::safety_view(store, person)
    })
    .await
}

fn safety_answer(name: &str, word: &str) -> Result<(Condition, SafetyAnswer), Failure> {
    let condition = Condition::from_word(name).ok_or_else(|| {
        let words: Vec<&str> = Condition::all().map(Condition::as_word).collect();
        Failure::not_understood(format!(
            "there is no safety question “{name}”; there are: {}",
            words.join(", ")
        ))
    })?;
    let answer = SafetyAnswer::from_word(word).ok_or_else(|| {
        Failure::not_understood(format!("answer “{name}” with `yes`, `no` or `not_sure`, not “{word}”"))
    })?;
    Ok((condition, answer))
}

/// An experiment to begin. Ask for its plan first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginRequest {
    /// The step, by word.
    step: String,
    /// The variant; the one that suits best where absent.
    arm: Option<String>,
    /// Nights; as many as the step usually takes where absent.
    nights: Option<u16>,
    /// The outcome that gets the verdict.
    outcome: Option<String>,
    /// The change for the better that would be worth it.
    worth_it: Option<f64>,
    /// The change for the better that is expected, written down before the start.
    expect: Option<f64>,
    /// The time at which the person will get up every day, e.g. `06:45`; the schedule needs it.
    rise: Option<String>,
    /// Begin so many evenings from now.
    #[serde(default)]
    in_evenings: u16,
    /// The seed of the lot as text, to draw the same plan again; one that nobody knows where absent.
    seed: Option<String>,
}

async fn start(
    State(app): State<App>,
    Json(request): Json<BeginRequest>,
) -> Result<Json<ExperimentView>, Failure> {
    let BeginRequest { step, arm, nights, outcome, worth_it, expect, rise, in_evenings, seed } = request;
    let request = StartRequest {
        step: step_of(&step)?,
        arm,
        wishes: Wishes {
            nights,
            outcome: outcome.as_deref().map(outcome_of).transpose()?,
            threshold: worth_it,
            expected_benefit: expect,
        },
        rise: rise.as_deref().map(rise_of).transpose()?,
        evenings_from_now: in_evenings,
        seed: seed.as_deref().map(seed_of).transpose()?,
    };
    said(&app, move |store, person, when| steps::start(store, person, &request, when)).await
}

fn rise_of(text: &str) -> Result<Time, Failure> {
    text.parse()
        .map_err(|_| Failure::not_understood(format!("“{text}” is not a time; write `rise` as 06:45")))
}

fn seed_of(text: &str) -> Result<u64, Failure> {
    text.parse()
        .map_err(|_| Failure::not_understood(format!("“{text}” is not a seed; write a whole number as text")))
}

/// Whether a night went as assigned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    /// `yes`: it went as assigned (also on nights without the step); `partly`; `no`.
    answer: String,
    /// The night, by its date of waking; the one that is asked about now where absent.
    night: Option<String>,
}

async fn answer(
    State(app): State<App>,
    Json(request): Json<AnswerRequest>,
) -> Result<Json<AnswerView>, Failure> {
    let adherence = Adherence::from_word(&request.answer)
        .ok_or_else(|| Failure::not_understood("answer is `yes`, `partly` or `no`"))?;
    let night: Option<Date> = request.night.as_deref().map(date).transpose()?;
    said(&app, move |store, person, when| {
        steps::answer(store, person, night.map(NightDate::of_waking), adherence, when)
    })
    .await
}

/// Why, for the person's own record.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct WhyRequest {
    /// May be left out: nobody asks.
    why: String,
}

async fn pause(
    State(app): State<App>,
    Json(request): Json<WhyRequest>,
) -> Result<Json<ExperimentView>, Failure> {
    said(&app, move |store, person, when| steps::pause(store, person, &request.why, when)).await
}

async fn resume(State(app): State<App>) -> Result<Json<ExperimentView>, Failure> {
    said(&app, steps::resume).await
}

async fn stop(
    State(app): State<App>,
    Json(request): Json<WhyRequest>,
) -> Result<Json<ExperimentView>, Failure> {
    said(&app, move |store, person, when| steps::stop(store, person, &request.why, when)).await
}

/// How long the experiment is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExtendRequest {
    /// Nights in all.
    nights: u16,
}

async fn extend(
    State(app): State<App>,
    Json(request): Json<ExtendRequest>,
) -> Result<Json<ExperimentView>, Failure> {
    said(&app, move |store, person, when| steps::extend(store, person, request.nights, when)).await
}

/// Whether what an experiment found to help is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeepRequest {
    /// The number of the experiment.
    number: u32,
    /// `false` lets it go.
    keeps: bool,
}

async fn keep(State(app): State<App>, Json(request): Json<KeepRequest>) -> Result<Json<StepsView>, Failure> {
    said(&app, move |store, person, when| steps::keep(store, person, (request.number, request.keeps), when))
        .await
}

async fn sleepy(State(app): State<App>) -> Result<Json<ExperimentView>, Failure> {
    said(&app, steps::sleepy).await
}
