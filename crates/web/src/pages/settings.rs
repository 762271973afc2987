//! Draws the page "Settings": time zone, usual sleep, theme, lengths, lock, the phone.

use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::{Date, Time};
use maud::{Markup, html};
use nightmend_app::keep;
use serde::Deserialize;

use super::today::answers::time;
use crate::context::{Context, Fields, THEME_COOKIE, Theme};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, notice, sentence};
use crate::preferences::Lengths;
use crate::security::set_cookie;
use crate::state::{App, Flash};

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/theme", post(set_theme))
        .route("/settings/lengths", post(set_lengths))
        .route("/settings/zone", post(set_zone))
        .route("/settings/sleep", post(set_sleep))
}

#[derive(Debug, Deserialize)]
struct Asked {
    done: Option<u64>,
}

async fn show(context: Context, Query(asked): Query<Asked>) -> Markup {
    let flash = asked.done.and_then(|number| context.app.flash(number));
    let body = html! {
        @if let Some(flash) = &flash {
            (notice(Tone::Done, html! { @for text in &flash.sentences { p { (sentence(text)) } } }))
        }
        (theme_card(&context))
        (zone_card(&context))
        (sleep_card(&context))
        (lengths_card(&context))
        (super::lock::card(&context))
        (phone_card(&context))
        (scripts_card(&context))
    };
    Page::new("Settings", body).style("settings.css").of(&context)
}

/// Back to the page, which says what was done.
pub(super) fn done(context: &Context, sentences: Vec<String>) -> Response {
    let number = context.app.keep_flash(Flash { act: None, sentences });
    Redirect::to(&format!("/settings?done={number}")).into_response()
}

fn theme_card(context: &Context) -> Markup {
    let words = [
        (Theme::Auto, "By the clock", "as your device by day, black and warm from 21:00 to 07:00"),
        (Theme::Light, "Light", ""),
        (Theme::Dark, "Dark", ""),
        (Theme::Night, "Night", "black and warm at any hour"),
    ];
    html! {
        section.card {
            form method="post" action="/settings/theme" {
                (csrf_field(context))
                fieldset {
                    legend { "Theme" }
                    p.hint { "On this device." }
                    @for (theme, name, more) in words {
                        label.check {
                            input type="radio" name="theme" value=(theme.word()) checked[theme == context.chosen_theme];
                            span { (name) @if !more.is_empty() { span.soft { ": " (more) } } }
                        }
                    }
                }
                button type="submit" { "Use this theme" }
            }
        }
    }
}

async fn set_theme(context: Context, fields: Fields) -> Result<Response, Failure> {
    let theme = fields.get("theme").and_then(Theme::of_word);
    let theme = theme.ok_or_else(|| Failure::not_understood("choose one of the themes"))?;
    let mut response = done(&context, vec!["the theme of this device was changed".to_owned()]);
    let secure = if context.is_secure { "; Secure" } else { "" };
    let cookie = format!("{THEME_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}", theme.word());
    set_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

fn zone_card(context: &Context) -> Markup {
    let zones = &context.record.sources.zones;
    let now = context.zone.as_ref().map_or("not known", |zone| zone.name());
    html! {
        section.card {
            h2 { "Time zone" }
            @if zones.is_empty() {
                p { "None was set: the zone of this machine, " strong { (now) } ", is used." }
            } @else {
                table {
                    thead { tr { th scope="col" { "From" } th scope="col" { "Zone" } } }
                    tbody {
                        @for zone in zones {
                            tr { td { (zone.from.as_deref().unwrap_or("the beginning")) } td { (zone.zone) } }
                        }
                    }
                }
            }
            form method="post" action="/settings/zone" {
                (csrf_field(context))
                div.field {
                    label for="zone" { "Zone" }
                    p.hint #zone-hint { "Where you live, such as Europe/London." }
                    input #zone type="text" name="zone" required autocomplete="off" spellcheck="false" list="zones" value=(now) aria-describedby="zone-hint";
                    datalist #zones { @for zone in COMMON_ZONES { option value=(zone) {} } }
                }
                div.field {
                    label for="from" { "From this date on" }
                    p.hint #from-hint { "Empty for all of your records. Give the date if you moved or travelled." }
                    input #from type="date" name="from" aria-describedby="from-hint";
                }
                button type="submit" { "Save the zone" }
            }
        }
    }
}

/// A few zones to choose from; any other can be written.
const COMMON_ZONES: &[&str] = &[
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Toronto",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Melbourne",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Pacific/Auckland",
];

async fn set_zone(context: Context, fields: Fields) -> Result<Response, Failure> {
    let zone = fields
        .get("zone")
        .ok_or_else(|| Failure::not_understood("write a zone, such as Europe/London"))?
        .to_owned();
    let from = match fields.get("from") {
        None => None,
        Some(text) => Some(text.parse::<Date>().map_err(|_| {
            Failure::not_understood(format!("“{text}” is not a date; write it as 2026-03-01"))
        })?),
    };
    let (person, now, words) = (context.app.person().clone(), context.app.now(), zone.clone());
    context.app.write(move |store| keep::set_zone(store, &person, &zone, from, now)).await?;
    Ok(done(&context, vec![format!("the time zone is {words} now; every night was put together anew")]))
}

fn sleep_card(context: &Context) -> Markup {
    let preferences = &context.preferences;
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    html! {
        section.card {
            form method="post" action="/settings/sleep" {
                (csrf_field(context))
                fieldset {
                    legend { "Usual sleep" }
                    p.hint { "Your check-in begins with these times until your own nights tell them, and they help to choose the main sleep where you work in shifts." }
                    div.row {
                        div.field { label for="bedtime" { "Try to sleep" } input #bedtime type="text" inputmode="numeric" size="6" name="bedtime" placeholder="23:00" value=(value(&preferences.usual_bedtime)); }
                        div.field { label for="waking" { "Wake" } input #waking type="text" inputmode="numeric" size="6" name="waking" placeholder="07:00" value=(value(&preferences.usual_waking)); }
                    }
                }
                button type="submit" { "Save the times" }
            }
        }
    }
}

async fn set_sleep(context: Context, fields: Fields) -> Result<Response, Failure> {
    let read = |name: &str| fields.get(name).map(time).transpose().map_err(Failure::not_understood);
    let (bedtime, waking) = (read("bedtime")?, read("waking")?);
    let words = |time: Option<Time>| time.map(|time| time.strftime("%H:%M").to_string());
    context.app.change_preferences(|preferences| {
        preferences.usual_bedtime = words(bedtime);
        preferences.usual_waking = words(waking);
    })?;
    if let (Some(bedtime), Some(waking)) = (bedtime, waking) {
        let (person, now, middle) =
            (context.app.person().clone(), context.app.now(), middle_of(bedtime, waking));
        context.app.write(move |store| keep::set_usual_mid_sleep(store, &person, middle, now)).await?;
    }
    Ok(done(&context, vec!["your usual times were saved".to_owned()]))
}

/// The middle between two times of the clock, the second being the later.
fn middle_of(bedtime: Time, waking: Time) -> Time {
    let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let length = (minutes(waking) - minutes(bedtime)).rem_euclid(1_440);
    let middle = (minutes(bedtime) + length / 2).rem_euclid(1_440);
    let part = |value: i32| i8::try_from(value).unwrap_or(0);
    jiff::civil::time(part(middle / 60), part(middle % 60), 0, 0)
}

fn lengths_card(context: &Context) -> Markup {
    let chosen = context.preferences.lengths;
    html! {
        section.card {
            form method="post" action="/settings/lengths" {
                (csrf_field(context))
                fieldset {
                    legend { "How lengths are written" }
                    label.check { input type="radio" name="lengths" value="hours_and_minutes" checked[chosen == Lengths::HoursAndMinutes]; "7 h 20" }
                    label.check { input type="radio" name="lengths" value="decimal_hours" checked[chosen == Lengths::DecimalHours]; "7.3 h" }
                }
                button type="submit" { "Write them so" }
            }
        }
    }
}

async fn set_lengths(context: Context, fields: Fields) -> Result<Response, Failure> {
    let lengths = match fields.get("lengths") {
        Some("hours_and_minutes") => Lengths::HoursAndMinutes,
        Some("decimal_hours") => Lengths::DecimalHours,
        _ => return Err(Failure::not_understood("choose one of the two")),
    };
    context.app.change_preferences(|preferences| preferences.lengths = lengths)?;
    Ok(done(&context, vec!["lengths are written so from now on".to_owned()]))
}

fn phone_card(_context: &Context) -> Markup {
    html! {
        section.card {
            h2 { "Your phone" }
            p { "On the machine that runs nightmend, install these pages from the menu of your browser. For a phone in the same home, set a passphrase above and start " code { "nightmend serve --lan" } "; the page " a href="/pair" { "Pair a phone" } " says what that opens and how to trust it." }
            p { a href="/offline" { "The check-in without a connection" } }
        }
    }
}

fn scripts_card(context: &Context) -> Markup {
    html! {
        section.card {
            h2 { "Scripts of your own" }
            p { "Everything the command line can say is at " code { "/api/v1" } " as JSON, described by " a href="/api/v1/openapi.json" { "its OpenAPI document" } ". A script shows the token of this file, which only you can read:" }
            p { code { (context.app.folder().join("api-token").display()) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_night_lies_past_midnight() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        assert_eq!(middle_of(time("23:00"), time("07:00")), time("03:00"));
        assert_eq!(middle_of(time("08:00"), time("15:00")), time("11:30"));
    }
}
