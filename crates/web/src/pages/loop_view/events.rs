//! Tells an open page how far its fit is, and that there is a newer answer; newer records begin a newer fit by themselves.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use nightmend_app::jobs::LoopNow;
use serde::Serialize;
use tokio_stream::wrappers::ReceiverStream;

use super::ask::LoopQuery;
use super::id_of;
use crate::state::{App, blocking};

/// How often it is looked whether records changed, where nothing else happens.
const LOOK: Duration = Duration::from_secs(2);
/// The shortest time between two looks.
const PAUSE: Duration = Duration::from_millis(150);

#[derive(Serialize)]
struct StepTwin<'a> {
    stage: &'a str,
    done: u64,
    total: u64,
}

pub(super) async fn stream(State(app): State<App>, Query(query): Query<LoopQuery>) -> impl IntoResponse {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(8);
    tokio::spawn(async move {
        let request = query.request();
        let mut pulse = app.pulse();
        let mut told = String::new();
        loop {
            let (asked, request) = (app.clone(), request.clone());
            let look = blocking(move || {
                let record = asked.record_now()?;
                asked.read_now(|store| asked.jobs().loop_now(store, &record, &request))
            });
            // What cannot be asked has been said on the page itself.
            let Ok(now) = look.await else { return };
            let event = match &now {
                LoopNow::Working { step, .. } => {
                    let twin = StepTwin { stage: &step.stage, done: step.done, total: step.total };
                    Event::default().event("working").data(serde_json::to_string(&twin).unwrap_or_default())
                }
                LoopNow::Finished(_) => Event::default().event("answered").data(id_of(&now)),
            };
            let mark = format!("{:?}", event);
            if mark != told {
                told = mark;
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                _ = pulse.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = sender.closed() => return,
            }
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}
