//! Takes uploads: every file goes to a folder beside the store, is read from there, and is removed afterwards.

use std::io::Write as _;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nightmend_app::AppError;
use nightmend_app::jobs::ImportWork;
use nightmend_app::upload::UploadFolder;
use nightmend_domain::Zone;
use serde_json::json;

use crate::context::{CSRF_FIELD, CSRF_HEADER, Context, check_csrf};
use crate::failure::Failure;
use crate::layout::csrf_field;
use crate::session::Session;
use crate::state::App;

/// Most files of one upload.
const MOST_FILES: usize = 5_000;
/// Longest text of a field that is no file.
const LONGEST_TEXT: usize = 100_000;

/// What a form with files held.
pub(super) struct Received {
    pub(super) upload: UploadFolder,
    pub(super) files: Vec<std::path::PathBuf>,
    texts: Vec<(String, String)>,
}

impl Received {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// The form that takes exports: any files at once, chosen or dropped.
pub(super) fn form(context: &Context) -> Markup {
    let zone = context.zone.as_ref().map(Zone::name);
    html! {
        form.drop #drop method="post" action="/data/import" enctype="multipart/form-data" {
            (csrf_field(context))
            label for="files" { strong.big { "Drop any export here, or choose files" } }
            input #files type="file" name="files" multiple required;
            p.hint { "The export of a watch or an app as it is (zip or single files), a sleep diary, any table with a date in
                it. Nothing leaves this machine." }
            button type="submit" { "Take in" }
            p #drop-says role="status" {}
        }
        p.hint {
            @match zone {
                Some(zone) => { "Times without a zone are read as " (zone) ". " a href="/settings" { "Change it" } "." }
                None => { "Times without a zone are kept as the clock on the wall; " a href="/settings" { "set your zone" } " first if you can." }
            }
        }
    }
}

/// Takes the files of an upload and begins to read them.
pub(super) async fn receive(context: Context, request: Request) -> Response {
    let wants_json = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    match begin(&context, request).await {
        Ok(page) if wants_json => Json(json!({ "page": page })).into_response(),
        Ok(page) => Redirect::to(&page).into_response(),
        Err(failure) if wants_json => {
            let message = crate::layout::sentence(&failure.message);
            (failure.status, Json(json!({ "message": message }))).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

async fn begin(context: &Context, request: Request) -> Result<String, Failure> {
    let received = received(&context.app, request).await?;
    if received.files.is_empty() {
        return Err(Failure::not_understood("no file was chosen; choose at least one"));
    }
    let work = ImportWork {
        upload: received.upload,
        maps: Vec::new(),
        person: context.record.person.clone(),
        // The zones of the person hold where they set some; else the machine's.
        zone: context.record.settings.zones.changes().is_empty().then(|| context.zone.clone()).flatten(),
        now: context.app.now(),
        today: context.today(),
    };
    let job = context.app.jobs().import(work)?;
    Ok(format!("/data/imports/{job}"))
}

/// Reads a form with files. The token comes in a header, or as a field that stands before the first file.
pub(super) async fn received(app: &App, request: Request) -> Result<Received, Failure> {
    let session = request.extensions().get::<Session>().cloned();
    let in_header =
        request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut is_checked = false;
    if let Some(token) = in_header {
        check_csrf(app, session.as_ref(), &token)?;
        is_checked = true;
    }
    let broken = |_| Failure::not_understood("the files did not arrive whole; send them again");
    let mut form = Multipart::from_request(request, app).await.map_err(broken_form)?;
    let upload = UploadFolder::new(app.folder())?;
    let mut received = Received { upload, files: Vec::new(), texts: Vec::new() };
    while let Some(field) = form.next_field().await.map_err(too_much)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            None => {
                let text = field.text().await.map_err(broken)?;
                if name == CSRF_FIELD {
                    check_csrf(app, session.as_ref(), text.trim())?;
                    is_checked = true;
                } else if text.len() <= LONGEST_TEXT {
                    received.texts.push((name, text));
                }
            }
            Some(_) if !is_checked => {
                return Err(Failure::refused(
                    "this upload did not come from these pages; load the page again and send it from there",
                ));
            }
            // A form whose field of files was left empty sends one file without a name.
            Some(file) if file.is_empty() => {}
            Some(_) if received.files.len() >= MOST_FILES => {
                return Err(Failure::not_understood(
                    "these are too many files at once; pack them into one zip file",
                ));
            }
            Some(file) => keep(&mut received, field, &file).await?,
        }
    }
    if is_checked {
        Ok(received)
    } else {
        Err(Failure::refused(
            "this upload did not come from these pages; load the page again and send it from there",
        ))
    }
}

fn broken_form(_: axum::extract::multipart::MultipartRejection) -> Failure {
    Failure::not_understood("a form with files was expected here; go back and use the page")
}

fn too_much(error: axum::extract::multipart::MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too much at once",
            "send fewer files, or take them in with `nightmend import`, which has no limit",
        )
    } else {
        Failure::not_understood("the files did not arrive whole; send them again")
    }
}

async fn keep(received: &mut Received, mut field: Field<'_>, name: &str) -> Result<(), Failure> {
    let (mut file, path) = received.upload.file(name)?;
    let failed = |source| {
        let what = "keeping the upload; is there room on the disk?".to_owned();
        Failure::from(AppError::File { what, source })
    };
    // Pieces are small and the disk is near: waiting for it here costs less than handing each piece over.
    while let Some(piece) = field.chunk().await.map_err(too_much)? {
        file.write_all(&piece).map_err(failed)?;
    }
    received.files.push(path);
    Ok(())
}
