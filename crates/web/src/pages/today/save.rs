//! Takes the forms of the check-ins: says what looks unusual before it is saved, saves, and undoes.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::checkin::{self, Draft, Kept, RemarkKind, Setting};
use nightmend_app::steps::{self, Occasion};
use nightmend_app::{AppError, Store, keep};
use nightmend_domain::PersonName;
use sha2::{Digest, Sha256};

use super::answers::{self, Answers};
use super::questions::Part;
use super::{View, address, night, page};
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Tone, notice, sentence};
use crate::preferences::hex;
use crate::state::Flash;

/// One sending of a check-in, by a form, a phone that was offline, or a script.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Which check-in.
    pub part: Part,
    /// The date that it speaks of.
    pub date: Date,
    /// When it was answered.
    pub answered_at: Timestamp,
    /// Its fields.
    pub fields: Fields,
    /// What tells this sending from any other.
    pub key: String,
    /// Whether times that are unusual are meant.
    pub is_sure: bool,
    /// Whether the repair that is offered is to be taken.
    pub takes_repair: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It is on the disk.
    Kept(Draft, Kept),
    /// Something is worth a question first; nothing was written.
    Asked(Draft),
    /// Something cannot be; nothing was written.
    Refused(String),
    /// No question was answered.
    Empty,
}

/// Keeps a check-in, or says why not. It is on the disk when this returns `Kept`.
pub(crate) fn keep_sent(
    store: &mut Store,
    person: &PersonName,
    machine_zone: Option<nightmend_domain::Zone>,
    sent: &Sent,
    answers: &Answers,
) -> Result<Outcome, AppError> {
    let occasion = Occasion { now: sent.answered_at, machine_zone: machine_zone.clone() };
    let setting = Setting { now: sent.answered_at, machine_zone, date: sent.date };
    let is_empty = answers.morning == checkin::MorningAnswers::default()
        && answers.evening == checkin::EveningAnswers::default();
    if is_empty {
        return Ok(Outcome::Empty);
    }
    let drafted = match sent.part {
        Part::Morning => checkin::draft_morning(store, person, &answers.morning, &setting),
        Part::Evening => checkin::draft_evening(store, person, &answers.evening, &setting),
    };
    let mut draft = match drafted {
        Ok(draft) => draft,
        Err(AppError::Refused(why)) => return Ok(Outcome::Refused(why)),
        Err(other) => return Err(other),
    };
    let repair = draft.remarks.iter().find_map(|remark| remark.repair.clone());
    if let (true, Some(repair)) = (sent.takes_repair, repair) {
        draft.repair(&repair);
    }
    if draft.is_impossible() || (draft.is_unusual() && !sent.is_sure && !sent.takes_repair) {
        return Ok(Outcome::Asked(draft));
    }
    let kept = checkin::keep(store, person, &draft, sent.answered_at, &sent.key)?;
    // Three days of more pain let a running experiment rest; the check-in is kept whatever becomes of that.
    let _ = steps::watch(store, person, &occasion);
    Ok(Outcome::Kept(draft, kept))
}

/// The key of a sending: a form that is sent again after a change (by the back button) is another sending.
pub(crate) fn key_of(key: &str, fields: &Fields) -> String {
    let mut told: Vec<(&str, &str)> =
        fields.pairs().filter(|(name, _)| !["key", "seen", "part", "date"].contains(name)).collect();
    told.sort_unstable();
    let mut digest = Sha256::new();
    for (name, value) in told {
        digest.update(name);
        digest.update([0]);
        digest.update(value.trim());
        digest.update([0]);
    }
    format!("{key}/{}", &hex(&digest.finalize())[..16])
}

/// Takes the form of a check-in.
pub(super) async fn check_in(context: Context, fields: Fields) -> Result<Response, Failure> {
    let part = fields.get("part").and_then(Part::of_word);
    let part = part.ok_or_else(|| {
        Failure::not_understood("the form does not say which check-in it is; load the page again")
    })?;
    let date: Date = fields.get("date").and_then(|text| text.parse().ok()).ok_or_else(|| {
        Failure::not_understood("the form does not say of which date it speaks; load the page again")
    })?;
    checkin::check_date(date, context.today())?;
    let answers = answers::read(part, &fields);
    if !answers.problems.is_empty() {
        return Ok(again(
            &context,
            date,
            part,
            &fields,
            &answers.problems,
            problems_notice(answers.problems.len()),
        ));
    }
    let current = night::fields_of(&night::prefill(&context, date));
    let meanwhile = answers::changed_meanwhile(part, date, &fields, &context.record, &current);
    let sent = Sent {
        part,
        date,
        answered_at: context.app.now(),
        key: key_of(fields.get("key").unwrap_or("form"), &fields),
        is_sure: fields.get("anyway").is_some(),
        takes_repair: fields.get("repair").is_some(),
        fields,
    };
    let (person, zone, moved) =
        (context.app.person().clone(), context.app.machine_zone().cloned(), sent.clone());
    let outcome = context.app.write(move |store| keep_sent(store, &person, zone, &moved, &answers)).await?;
    Ok(match outcome {
        Outcome::Kept(draft, kept) => done(&context, &sent, &draft, kept, meanwhile),
        Outcome::Empty => {
            let sentences = if meanwhile.is_empty() {
                vec!["nothing was answered, so nothing was saved".to_owned()]
            } else {
                meanwhile
            };
            to(&context, date, part, Flash { act: None, sentences })
        }
        Outcome::Refused(why) => {
            let body = html! { p { strong { "Not saved yet. " } (sentence(&why)) } };
            again(&context, date, part, &sent.fields, &[], notice(Tone::Alert, body))
        }
        Outcome::Asked(draft) => {
            let question = asked(&draft);
            again(&context, date, part, &sent.fields, &[], question)
        }
    })
}

/// What was saved, in sentences.
pub(crate) fn sentences(draft: &Draft, kept: Kept) -> Vec<String> {
    let count = draft.observations.len();
    let answers = if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") };
    let first = match kept {
        Kept { sent_before: true, .. } => {
            "this check-in had arrived before; nothing was written twice".to_owned()
        }
        Kept { act: Some(_), .. } => format!("saved: {answers}"),
        Kept { act: None, .. } => "all of it was saved before".to_owned(),
    };
    std::iter::once(first).chain(told(draft).map(|remark| remark.sentence.clone())).collect()
}

/// The remarks for a page; those that teach the flags of the command line are left out, for the form shows the times.
fn told(draft: &Draft) -> impl Iterator<Item = &checkin::Remark> {
    draft.remarks.iter().filter(|remark| !remark.sentence.contains("--"))
}

fn done(context: &Context, sent: &Sent, draft: &Draft, kept: Kept, meanwhile: Vec<String>) -> Response {
    let mut sentences = sentences(draft, kept);
    sentences.extend(meanwhile);
    to(context, sent.date, sent.part, Flash { act: kept.act.filter(|_| !kept.sent_before), sentences })
}

fn to(context: &Context, date: Date, part: Part, flash: Flash) -> Response {
    let number = context.app.keep_flash(flash);
    Redirect::to(&format!("{}&done={number}", address(date, part))).into_response()
}

/// The form once more, with what was written and what has to be looked at.
fn again(
    context: &Context,
    date: Date,
    part: Part,
    fields: &Fields,
    problems: &[(String, String)],
    question: Markup,
) -> Response {
    let shown = fields.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let problems = problems.iter().map(|(name, why)| (format!("problem.{name}"), why.clone()));
    let view = View {
        fields: Fields::unchecked(shown.chain(problems).collect()),
        flash: None,
        question: Some(question),
        step: None,
    };
    (StatusCode::UNPROCESSABLE_ENTITY, page(context, date, part, &view)).into_response()
}

fn problems_notice(count: usize) -> Markup {
    let what = if count == 1 { "One answer" } else { "Some answers" };
    notice(
        Tone::Alert,
        html! { p { strong { "Not saved yet. " } (what) " could not be read; it says below what to write." } },
    )
}

/// What looks unusual, and the ways on: the buttons belong to the form below.
fn asked(draft: &Draft) -> Markup {
    let repair = draft.remarks.iter().find_map(|remark| remark.repair.as_ref());
    notice(
        Tone::Alert,
        html! {
            p { strong { "Not saved yet: is this right?" } }
            ul {
                @for remark in told(draft) {
                    li { (sentence(&remark.sentence)) @if remark.kind == RemarkKind::Impossible { " This cannot be so." } }
                }
            }
            div.row {
                @if let Some(repair) = repair {
                    p { (sentence(&repair.question)) }
                    button.main type="submit" form="check-in" name="repair" value="yes" { "Yes, save it so" }
                }
                @if !draft.is_impossible() {
                    button type="submit" form="check-in" name="anyway" value="yes" { "It is right as I wrote it: save" }
                }
            }
            p.small { "Or correct the times below and save." }
        },
    )
}

/// Takes back an act.
pub(super) async fn undo(context: Context, fields: Fields) -> Result<Response, Failure> {
    let act: i64 = fields
        .get("act")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Failure::not_understood("the form does not say what to undo; load the page again"))?;
    let (person, now) = (context.app.person().clone(), context.app.now());
    let undone = context.app.write(move |store| keep::undo(store, &person, Some(act), now)).await?;
    let sentences = vec![format!("taken back: {}", undone.undone.what)];
    let number = context.app.keep_flash(Flash { act: None, sentences });
    let back = fields.get("back").filter(|back| back.starts_with("/?")).unwrap_or("/?");
    let link = if back == "/?" { "" } else { "&" };
    Ok(Redirect::to(&format!("{back}{link}done={number}")).into_response())
}
