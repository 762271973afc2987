//! Corrects a night: what a person says of it is a newer observation, shown to them before it is kept where it looks odd.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, Time};
use maud::{Markup, html};
use nightmend_app::AppError;
use nightmend_app::checkin::{
    ClockField, Draft, MorningAnswers, NightField, Setting, WrittenTimes, draft_morning, save as keep_draft,
};
use nightmend_app::keep;
use nightmend_app::night_detail::{self, NightDetail};
use nightmend_domain::{Night, OffsetTimestamp};

use super::one;
use super::span::date_of;
use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Tone, csrf_field, notice, sentence};

/// The fields of the form: name, label, and what the night says where nothing is typed.
const TIMES: [(&str, &str, ClockField); 4] = [
    ("in_bed", "Into bed", ClockField::InBed),
    ("tried", "Tried to sleep", ClockField::TrySleep),
    ("woke", "Woke for good", ClockField::FinalAwakening),
    ("up", "Out of bed", ClockField::OutOfBed),
];
const NUMBERS: [(&str, &str, &str, NightField); 3] = [
    ("asleep_after", "Minutes to fall asleep", "600", NightField::AsleepAfter),
    ("awake", "Minutes awake in between", "900", NightField::Awake),
    ("awakenings", "Awakenings", "99", NightField::Awakenings),
];

/// What stands in the form, by the names of its fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed(Vec<(&'static str, String)>);

impl Typed {
    /// What the person said of the night before; what devices say is not put into their mouth.
    pub(super) fn of(detail: &NightDetail) -> Self {
        let Some(own) = &detail.own else { return Self::default() };
        let clock = |time: Option<OffsetTimestamp>| time.map(clock).unwrap_or_default();
        let minutes = |value: Option<nightmend_domain::Minutes>| {
            value.map(|minutes| format!("{:.0}", minutes.get())).unwrap_or_default()
        };
        Self(vec![
            ("in_bed", clock(own.in_bed)),
            ("tried", clock(own.try_sleep)),
            ("woke", clock(own.final_awakening)),
            ("up", clock(own.out_of_bed)),
            ("asleep_after", minutes(own.sleep_onset_latency)),
            ("awake", minutes(own.wake_after_sleep_onset)),
            ("awakenings", own.awakenings.map(|count| count.to_string()).unwrap_or_default()),
        ])
    }

    fn sent(fields: &Fields) -> Self {
        let names = TIMES.iter().map(|field| field.0).chain(NUMBERS.iter().map(|field| field.0));
        Self(names.map(|name| (name, fields.get(name).unwrap_or_default().to_owned())).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    /// The answers, with what was said before and is emptied now.
    fn answers(&self, before: &Self) -> Result<MorningAnswers, String> {
        let mut answers = MorningAnswers::default();
        let mut cleared = BTreeSet::new();
        for (name, label, field) in TIMES {
            match self.get(name) {
                "" if !before.get(name).is_empty() => {
                    cleared.insert(NightField::Time(field));
                }
                "" => {}
                text => set_time(&mut answers.times, field, time_of(text, label)?),
            }
        }
        for (name, label, _, field) in NUMBERS {
            match self.get(name) {
                "" if !before.get(name).is_empty() => {
                    cleared.insert(field);
                }
                "" => {}
                text => set_number(&mut answers, field, text, label)?,
            }
        }
        answers.cleared = cleared;
        Ok(answers)
    }
}

fn time_of(text: &str, label: &str) -> Result<Time, String> {
    crate::pages::today::answers::time(text).map_err(|why| format!("{label}: {why}"))
}

/// The time of a night that belongs to a field.
fn time_in(night: &Night, field: ClockField) -> Option<OffsetTimestamp> {
    match field {
        ClockField::InBed => night.in_bed,
        ClockField::TrySleep => night.try_sleep,
        ClockField::FinalAwakening => night.final_awakening,
        ClockField::OutOfBed => night.out_of_bed,
    }
}

/// What the person said of a night and another source overrules: a list, or nothing where all of it was taken.
pub(super) fn not_taken(detail: &NightDetail) -> Option<Markup> {
    let typed = Typed::of(detail);
    let lines: Vec<String> = TIMES
        .iter()
        .filter(|(name, ..)| !typed.get(name).is_empty())
        .filter_map(|(name, label, field)| {
            let taken = detail.night.as_ref().and_then(|night| time_in(night, *field)).map(clock);
            let said = typed.get(name);
            match taken {
                Some(taken) if taken == said => None,
                Some(taken) => Some(format!("{label}: you said {said}, the night takes {taken}")),
                None => Some(format!("{label}: you said {said}, and the night takes no time for it")),
            }
        })
        .collect();
    let has_device = detail.tellings.iter().any(|telling| telling.can_be_left_out);
    (!lines.is_empty()).then(|| {
        html! {
            p { "What you said is kept. Not all of it was taken for the night, because another record tells it otherwise:" }
            ul { @for line in &lines { li { (line) } } }
            p.hint {
                "“Why it is so” has the reasons."
                @if has_device { " If the other record is wrong, leave it out under “What each source told”." }
            }
        }
    })
}

fn clock(time: OffsetTimestamp) -> String {
    time.civil().strftime("%H:%M").to_string()
}

fn set_time(times: &mut WrittenTimes, field: ClockField, time: Time) {
    let slot = match field {
        ClockField::InBed => &mut times.in_bed,
        ClockField::TrySleep => &mut times.try_sleep,
        ClockField::FinalAwakening => &mut times.final_awakening,
        ClockField::OutOfBed => &mut times.out_of_bed,
    };
    *slot = Some(time);
}

fn set_number(
    answers: &mut MorningAnswers,
    field: NightField,
    text: &str,
    label: &str,
) -> Result<(), String> {
    let wrong = || format!("{label}: “{text}” is not a number of that kind; write for example 20");
    match field {
        NightField::AsleepAfter => answers.asleep_after = Some(text.parse().map_err(|_| wrong())?),
        NightField::Awake => answers.awake = Some(text.parse().map_err(|_| wrong())?),
        NightField::Awakenings => answers.awakenings = Some(text.parse().map_err(|_| wrong())?),
        NightField::Time(_) => {}
    }
    Ok(())
}

/// The form; `odd` stands above its fields where something has to be looked at.
pub(super) fn form(context: &Context, detail: &NightDetail, typed: &Typed, odd: Option<Markup>) -> Markup {
    let night = detail.night.as_ref();
    let taken = |field: ClockField| night.and_then(|night| time_in(night, field)).map(clock);
    let has_device = detail.tellings.iter().any(|telling| telling.can_be_left_out && telling.is_taken);
    html! {
        form method="post" action={ "/nights/" (detail.date) } {
            (csrf_field(context))
            (odd.unwrap_or_default())
            p.soft { "Fill in only what should be different. Write times as 23:10; what you leave empty stays as the sources tell it." }
            div.times {
                @for (name, label, field) in TIMES {
                    div.field {
                        label for=(name) { (label) }
                        input id=(name) name=(name) type="text" inputmode="numeric" autocomplete="off" placeholder="--:--" size="6" maxlength="9" value=(typed.get(name)) aria-describedby={ (name) "-taken" };
                        p.hint id={ (name) "-taken" } { @match taken(field) { Some(time) => { "taken: " (time) }, None => "not known" } }
                    }
                }
                @for (name, label, most, _) in NUMBERS {
                    div.field {
                        label for=(name) { (label) }
                        input id=(name) name=(name) type="number" inputmode="numeric" min="0" max=(most) value=(typed.get(name));
                    }
                }
            }
            @if has_device {
                p.hint { "The time asleep of this night is told by another source. If that is wrong, leave its record out above." }
            }
            button.main type="submit" { "Save" }
        }
    }
}

pub(super) async fn save(
    context: Context,
    Path(date): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let date = date_of(&date)?;
    let detail = one::detail(&context, date).await?;
    let typed = Typed::sent(&fields);
    let answers = match typed.answers(&Typed::of(&detail)) {
        Ok(answers) => answers,
        Err(why) => return Ok(asked_again(&context, &detail, &typed, &wrong(&why))),
    };
    let setting = Setting { now: context.app.now(), machine_zone: context.zone.clone(), date };
    let person = context.record.person.clone();
    let drafted = context.app.read(move |store| {
        // A refusal belongs beside the form and not on a page of its own.
        Ok(draft_morning(store, &person, &answers, &setting).map_err(|error| error.to_string()))
    });
    let mut draft = match drafted.await? {
        Ok(draft) => draft,
        Err(why) => return Ok(asked_again(&context, &detail, &typed, &wrong(&why))),
    };
    let repair = draft.remarks.iter().find_map(|remark| remark.repair.clone());
    if let (Some(repair), true) = (repair, fields.has("repair")) {
        draft.repair(&repair);
    }
    if draft.is_impossible() || (draft.is_unusual() && !fields.has("sure")) {
        return Ok(asked_again(&context, &detail, &typed, &odd(&draft)));
    }
    let person = context.record.person.clone();
    let now = context.app.now();
    let saved = context.app.write(move |store| keep_draft(store, &person, &draft, now)).await?;
    Ok(back(date, saved.act.map_or("same", |_| "saved"), saved.act))
}

/// Shows the form once more, as it was typed.
fn asked_again(context: &Context, detail: &NightDetail, typed: &Typed, odd: &Markup) -> Response {
    let form = form(context, detail, typed, Some(odd.clone()));
    (StatusCode::UNPROCESSABLE_ENTITY, one::page(context, detail, None, form)).into_response()
}

fn wrong(why: &str) -> Markup {
    notice(Tone::Alert, html! { p { (sentence(why)) " Nothing was saved." } })
}

/// What looks odd in a draft, with what can be done about it.
fn odd(draft: &Draft) -> Markup {
    let repair = draft.remarks.iter().find_map(|remark| remark.repair.as_ref());
    notice(
        Tone::Alert,
        html! {
            p { strong { "A look before it is saved" } }
            ul { @for remark in &draft.remarks { li { (sentence(&remark.sentence)) } } }
            div.row {
                @if let Some(repair) = repair { button type="submit" name="repair" value="1" { (repair.question) } }
                @if !draft.is_impossible() { button type="submit" name="sure" value="1" { "Save it as it is" } }
            }
        },
    )
}

fn back(date: Date, done: &str, act: Option<i64>) -> Response {
    let act = act.map_or_else(String::new, |act| format!("&act={act}"));
    Redirect::to(&format!("/nights/{date}?done={done}{act}")).into_response()
}

pub(super) async fn leave_out(
    context: Context,
    Path(date): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let date = date_of(&date)?;
    let missing = || Failure::not_understood("this button belongs to a record; load the page again");
    let source = fields.get("source").ok_or_else(missing)?.to_owned();
    let key = fields.get("key").ok_or_else(missing)?.to_owned();
    let (person, now) = (context.record.person.clone(), context.app.now());
    let act = context
        .app
        .write(move |store| night_detail::leave_out(store, &person, date, (&source, &key), now))
        .await?;
    Ok(back(date, "left-out", act))
}

pub(super) async fn undo(
    context: Context,
    Path(date): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let date = date_of(&date)?;
    let act = fields.get("act").and_then(|act| act.parse::<i64>().ok());
    let act = act.ok_or_else(|| Failure::not_understood("this button belongs to something that was done"))?;
    let (person, now) = (context.record.person.clone(), context.app.now());
    let undone = context.app.write(move |store| match keep::undo(store, &person, Some(act), now) {
        Ok(_) => Ok(()),
        Err(error) => Err(AppError::Refused(error.to_string())),
    });
    undone.await?;
    Ok(back(date, "undone", None))
}
