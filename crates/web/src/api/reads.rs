//! Answers what the read commands answer, from the record that all pages share.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use jiff::civil::Date;
use nightmend_app::estimate::{LoopRequest, measure_of};
use nightmend_app::keep;
use nightmend_app::refresh::{DateRange, days_of, nights_of, why_of};
use nightmend_app::views::{
    DaysView, HistoryView, LoopView, NightsView, PersonsView, SourcesView, UndoView, WhyView,
};
use nightmend_domain::NoProgress;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Endpoint, RANGE};
use crate::failure::Failure;
use crate::state::{App, blocking};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = |path, summary, query, gives, serve| Endpoint {
        method: "get",
        path,
        summary,
        query,
        takes: None,
        gives,
        serve,
    };
    vec![
        read(
            "/nights",
            "Nights, naps and regularity, as `nights --json`",
            RANGE,
            |schemas| schemas.subschema_for::<NightsView>(),
            get(nights),
        ),
        read(
            "/nights/{date}",
            "One night with every decision behind it, as `nights --why DATE --json`",
            &[],
            |schemas| schemas.subschema_for::<WhyView>(),
            get(why),
        ),
        read(
            "/days",
            "Days with everything that was said about them, as `days --json`",
            RANGE,
            |schemas| schemas.subschema_for::<DaysView>(),
            get(days),
        ),
        read(
            "/loop",
            "The loop, as `loop --json`; takes seconds on a long record",
            RANGE,
            |schemas| schemas.subschema_for::<LoopView>(),
            get(the_loop),
        ),
        read(
            "/history",
            "What was done, newest first, as `history --json`",
            &[("limit", "How many at most; 20 where absent")],
            |schemas| schemas.subschema_for::<HistoryView>(),
            get(history),
        ),
        read(
            "/sources",
            "Sources and settings, as `sources --json`",
            &[],
            |schemas| schemas.subschema_for::<SourcesView>(),
            get(sources),
        ),
        read(
            "/persons",
            "The people in the store, as `persons --json`",
            &[],
            |schemas| schemas.subschema_for::<PersonsView>(),
            get(persons),
        ),
        Endpoint {
            method: "post",
            path: "/undo",
            summary: "Takes back an act, as `undo --json`",
            query: &[],
            takes: Some(|schemas| schemas.subschema_for::<UndoRequest>()),
            gives: |schemas| schemas.subschema_for::<UndoView>(),
            serve: post(undo),
        },
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Range {
    from: Option<String>,
    to: Option<String>,
}

impl Range {
    fn dates(self) -> Result<DateRange, Failure> {
        let date = |text: Option<String>| text.as_deref().map(date).transpose();
        Ok(DateRange::checked(date(self.from)?, date(self.to)?)?)
    }
}

pub(super) fn date(text: &str) -> Result<Date, Failure> {
    text.parse()
        .map_err(|_| Failure::not_understood(format!("“{text}” is not a date; write it as 2026-03-01")))
}

async fn nights(State(app): State<App>, Query(range): Query<Range>) -> Result<Json<NightsView>, Failure> {
    let (range, record) = (range.dates()?, app.record().await?);
    blocking(move || Ok(Json(nights_of(&record, range)))).await
}

async fn why(State(app): State<App>, Path(text): Path<String>) -> Result<Json<WhyView>, Failure> {
    let date = date(&text)?;
    Ok(Json(why_of(&*app.record().await?, date)))
}

async fn days(State(app): State<App>, Query(range): Query<Range>) -> Result<Json<DaysView>, Failure> {
    let (range, record) = (range.dates()?, app.record().await?);
    blocking(move || Ok(Json(days_of(&record, range)))).await
}

async fn the_loop(State(app): State<App>, Query(range): Query<Range>) -> Result<Json<LoopView>, Failure> {
    let request = LoopRequest { range: range.dates()?, ..LoopRequest::default() };
    let record = app.record().await?;
    blocking(move || Ok(Json(measure_of(&record, &request, &NoProgress)?.view))).await
}

#[derive(Debug, Deserialize)]
struct Limit {
    limit: Option<usize>,
}

async fn history(State(app): State<App>, Query(limit): Query<Limit>) -> Result<Json<HistoryView>, Failure> {
    let person = app.person().clone();
    app.read(move |store| Ok(Json(keep::history(store, &person, limit.limit.unwrap_or(20))?))).await
}

async fn sources(State(app): State<App>) -> Result<Json<SourcesView>, Failure> {
    Ok(Json(app.record().await?.sources.clone()))
}

async fn persons(State(app): State<App>) -> Result<Json<PersonsView>, Failure> {
    app.read(|store| Ok(Json(keep::persons(store)?))).await
}

/// What is to be taken back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct UndoRequest {
    /// The number that the history shows; the last act where absent.
    act: Option<i64>,
}

async fn undo(State(app): State<App>, Json(request): Json<UndoRequest>) -> Result<Json<UndoView>, Failure> {
    let (person, now) = (app.person().clone(), app.now());
    app.write(move |store| Ok(Json(keep::undo(store, &person, request.act, now)?))).await
}
