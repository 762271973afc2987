//! Hands everything out, takes a backup back in, and deletes for good with a proof.

use std::path::Path;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nightmend_app::keep::{self, EraseWhat};
use nightmend_app::views::EraseView;
use nightmend_app::{AppError, Store, StoreError, hand_out};

use super::bring::received;
use crate::context::{Context, Fields, Shell};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice};

/// What has to be typed before everything is deleted.
const WORD: &str = "DELETE";

/// Export, backup and restore.
pub(super) fn take_away(context: &Context) -> Markup {
    html! {
        section.card aria-labelledby="away" {
            h2 #away { "Take it with you" }
            p.row {
                a.button href="/data/export.zip" download { "Export everything (tables and JSON)" }
                a.button href="/data/backup.db" download { "Download a backup" }
            }
            p.hint { "Neither is encrypted: whoever has the file can read it." }
            details {
                summary { "Restore a backup" }
                form method="post" action="/data/restore" enctype="multipart/form-data" {
                    (csrf_field(context))
                    p { "The backup takes the place of everything that stands here now. What stood before is kept in one file
                        beside it until the next restore." }
                    div.field {
                        label for="backup" { "Backup file" }
                        input #backup type="file" name="backup" accept=".db" required;
                    }
                    label.check { input type="checkbox" name="sure" value="1" required; "Yes, put it in the place of my records" }
                    button type="submit" { "Restore" }
                }
            }
        }
    }
}

pub(super) async fn export(context: Context) -> Result<Response, Failure> {
    let bytes = context.app.read(hand_out::export_zip).await?;
    Ok(file(&context, "export", "zip", "application/zip", bytes))
}

pub(super) async fn backup(context: Context) -> Result<Response, Failure> {
    let bytes = context.app.read(hand_out::backup_bytes).await?;
    Ok(file(&context, "backup", "db", "application/vnd.sqlite3", bytes))
}

fn file(context: &Context, what: &str, ending: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"nightmend-{what}-{}.{ending}\"", context.today());
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response()
}

/// Tries what needs the store alone a few times: a page that is just being read keeps it for a moment.
fn patiently<T>(mut work: impl FnMut() -> Result<T, AppError>) -> Result<T, AppError> {
    for _ in 0..8 {
        match work() {
            Err(AppError::Store(StoreError::InUse { .. } | StoreError::Busy { .. })) => {
                std::thread::sleep(Duration::from_millis(250));
            }
            other => return other,
        }
    }
    work()
}

pub(super) async fn restore(context: Context, request: Request) -> Result<Response, Failure> {
    let received = received(&context.app, request).await?;
    let [backup] = received.files.as_slice() else {
        return Err(Failure::not_understood("choose one backup file, as the button above gives it"));
    };
    if received.text("sure").is_none() {
        return Err(Failure::not_understood("nothing was changed: the box that says so was not ticked"));
    }
    let backup = backup.clone();
    let person = context.record.person.clone();
    let names = context
        .app
        .alone(move |folder: &Path| {
            patiently(|| keep::restore_sent(folder, &backup))?;
            Ok(Store::open(folder)?.persons()?)
        })
        .await?;
    drop(received);
    if names.is_empty() || names.contains(&person) {
        return Ok(Redirect::to("/data?done=restored").into_response());
    }
    let names = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let body = html! {
        (notice(Tone::Alert, html! {
            p { "The backup stands now. It holds the records of " strong { (names) } ", and these pages show those of "
                strong { (person) } ": start them again with " code { "nightmend --person NAME serve" } "." }
        }))
    };
    Ok(Page::new("Restored", body).of_shell(&context).into_response())
}

fn what(store: &Store, context_person: &nightmend_domain::PersonName) -> Result<EraseWhat, AppError> {
    // A store that others share loses one person's records, any other goes as a whole.
    let persons = store.persons()?;
    let shared = persons.iter().any(|person| person != context_person);
    Ok(if shared { EraseWhat::Person(context_person.clone()) } else { EraseWhat::Everything })
}

pub(super) async fn ask_to_delete(context: Context) -> Result<Markup, Failure> {
    let person = context.record.person.clone();
    let preview = context
        .app
        .read(move |store| {
            let what = what(store, &person)?;
            keep::erase_preview(store, &what)
        })
        .await?;
    Ok(question(&context, &preview, None))
}

fn question(context: &Context, preview: &EraseView, note: Option<Markup>) -> Markup {
    let body = html! {
        (note.unwrap_or_default())
        section.card aria-labelledby="what" {
            h2 #what { "This would be deleted" }
            ul {
                @for person in &preview.persons {
                    li { strong { (person.person) } ": " (person.observations) " records, every version counted, "
                        (person.acts) " acts, " (person.settings) " settings" }
                }
                @for file in &preview.files { li { "the file " code { (file) } } }
            }
            p { "It cannot be undone. Backups and exports that you made elsewhere are not touched. "
                a href="/data/backup.db" download { "Download a backup first" } "." }
            form method="post" action="/data/delete" {
                (csrf_field(context))
                div.field {
                    label for="word" { "Type " (WORD) " to delete all of this for good" }
                    input #word type="text" name="word" autocomplete="off" autocapitalize="characters" spellcheck="false" required;
                }
                button.danger type="submit" { "Delete for good" }
                " " a.button href="/data" { "Keep it" }
            }
        }
    };
    Page::new("Delete everything", body).style("records.css").of(context)
}

pub(super) async fn delete(context: Context, fields: Fields) -> Result<Response, Failure> {
    let person = context.record.person.clone();
    if fields.get("word") != Some(WORD) {
        let preview =
            context.app.read(move |store| keep::erase_preview(store, &what(store, &person)?)).await?;
        let note =
            notice(Tone::Alert, html! { p { "Nothing was deleted: the word " (WORD) " was not typed." } });
        return Ok(question(&context, &preview, Some(note)).into_response());
    }
    let view = context
        .app
        .alone(move |folder: &Path| {
            patiently(|| {
                let store = Store::open(folder)?;
                let what = what(&store, &person)?;
                keep::erase(store, &what)
            })
        })
        .await?;
    Ok(proof(&context, &view).into_response())
}

/// What was deleted, and how it is known to be gone.
fn proof(shell: &Shell, view: &EraseView) -> Markup {
    let tone = if view.holds { Tone::Done } else { Tone::Alert };
    let said = if view.holds {
        "Deleted. Nothing is left."
    } else {
        "Something is left. Close other programs that use the store and delete again."
    };
    let body = html! {
        (notice(tone, html! { p { (said) } }))
        section.card aria-labelledby="proof" {
            h2 #proof { "The proof" }
            dl.facts.number {
                dt { "Records left in the store" } dd { (view.rows_left) }
                dt { "Files read byte by byte afterwards" } dd { (view.files_read.len()) }
                dt { "Texts of the records that were looked for" } dd { (view.samples) }
                dt { "Of them found" } dd { (view.samples_left.len()) }
            }
            p { "Backups and exports that you made elsewhere are not touched, nor what the disk keeps of former blocks." }
        }
        p { a.button href="/" { "Begin anew" } }
    };
    Page::new("Deleted", body).of_shell(shell)
}
