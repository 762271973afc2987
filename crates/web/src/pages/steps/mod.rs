//! Draws the pages "Steps": the six steps, one guide each, plan, experiment, pacer, wind-down, calendar feed.
//!
//! Reading and answering need no script. What changes something is a form that leads back to a page that shows it.

mod experiment;
mod feed;
mod guide;
mod pacer;
mod plan;
mod safety;
mod verdict;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::{Markup, PreEscaped, html};
use nightmend_app::Store;
use nightmend_app::steps;
use nightmend_app::views::{
    ExperimentSummaryView, KeptView, OfferView, StepSummaryView, StepsView, TonightView,
};
use nightmend_report::drawing::{Drawing, drawing};

use crate::context::{Context, Fields};
use crate::failure::Failure;
use crate::layout::{Page, Tone, csrf_field, dated, notice};
use crate::state::App;

/// The style sheet of these pages.
const STYLE: &str = "steps.css";

/// Their routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/steps", get(show))
        .route("/steps/guide/{step}", get(guide::show))
        .route("/steps/safety", get(safety::show).post(safety::save))
        .route("/steps/plan/{step}", get(plan::show))
        .route("/steps/start", post(plan::start))
        .route("/steps/experiment/{number}", get(experiment::show))
        .route("/steps/verdict/{number}", get(verdict::show))
        .route("/steps/answer", post(experiment::answer))
        .route("/steps/change", post(experiment::take_change))
        .route("/steps/keep", post(keep))
        .route("/steps/pacer", get(pacer::pacer_page))
        .route("/steps/wind-down", get(pacer::wind_down))
        .route("/steps/calendar.ics", get(feed::download))
        .route("/steps/feed", get(feed::show).post(feed::change))
        .route("/feed/{name}", get(feed::serve))
}

async fn show(context: Context) -> Result<Markup, Failure> {
    let (view, tonight) = context
        .app
        .read_steps(|reading, when| Ok((steps::overview(reading, when)?, steps::tonight(reading, when)?)))
        .await?;
    let (app, offered) = (context.app.clone(), view.clone());
    let note = move |store: &mut Store| steps::note_offers(store, app.person(), &offered, &app.occasion());
    // What was offered is noted beside what is chosen; a page that cannot note it can still be looked at.
    let _ = context.app.write(note).await;
    let page = Page::new("Steps", list(&context, &view, &tonight)).style(STYLE);
    // Where help comes first, nothing stands above it.
    let page = if view.waits_for.is_empty() {
        page.lead(html! { "Six small things to try, one at a time, each tested on yourself." })
    } else {
        page
    };
    Ok(page.of(&context))
}

fn list(context: &Context, view: &StepsView, tonight: &TonightView) -> Markup {
    let all_wait = !view.waits_for.is_empty();
    html! {
        @if all_wait { (first_of_all(view)) }
        @match &view.running {
            Some(running) => {
                section.card aria-labelledby="running" {
                    h2 #running { "Running: " (running.title) }
                    @if !all_wait { (tonight_body(context, tonight)) }
                    p { a.button href={ "/steps/experiment/" (running.number) } { "Calendar and changes" } }
                }
            }
            None if all_wait => {}
            None => {
                section.card aria-labelledby="next" {
                    h2 #next { "What next" }
                    p.soft { "In the order that suits your records and answers best, as far as they say anything. You choose." }
                    ol.offers { @for offer in &view.next { (offered(offer)) } }
                }
            }
        }
        @if !(view.kept.is_empty() && view.let_go.is_empty()) {
            section.card aria-labelledby="kept" {
                h2 #kept { "What changed things for you" }
                p.soft { "It is kept on every night, and later experiments say so. Nobody has to keep anything." }
                ul { @for kept in &view.kept { li { (keeping(context, kept, true)) } } }
                @if !view.let_go.is_empty() {
                    p { "No longer kept:" }
                    ul { @for gone in &view.let_go { li { (keeping(context, gone, false)) } } }
                }
            }
        }
        h2 { "The six steps" }
        ul.doors.steps { @for step in &view.steps { (door(step, all_wait)) } }
        p.row {
            @if !all_wait {
                a.button href="/steps/wind-down" { "Wind-down with a timer" }
                a.button href="/steps/pacer" { "Breathing pacer" }
            }
            a.button href="/steps/safety" { "Safety questions" }
            a.button href="/steps/feed" { "Calendar on your phone" }
        }
        @if view.running.is_some() && !all_wait {
            details { summary { "What may come after this" }
                ol.offers { @for offer in &view.next { (offered(offer)) } }
            }
        }
        @if !view.earlier.is_empty() {
            h2 { "Tried before" }
            ul.doors { @for earlier in &view.earlier { (tried(earlier)) } }
        }
        section.card aria-labelledby="honest" {
            h2 #honest { "How much to expect" }
            p { (with_links(view.context)) }
        }
    }
}

/// One thing that helped, and the button that lets it go or keeps it again.
fn keeping(context: &Context, kept: &KeptView, is_kept: bool) -> Markup {
    html! {
        form.row method="post" action="/steps/keep" {
            (csrf_field(context))
            input type="hidden" name="number" value=(kept.experiment);
            input type="hidden" name="keep" value=(if is_kept { "no" } else { "yes" });
            span { a href={ "/steps/verdict/" (kept.experiment) } { (kept.arm_title) } span.soft { " · " (kept.title) } }
            @if is_kept {
                button aria-label={ "Let go: " (kept.arm_title) } { "Let it go" }
            } @else {
                button aria-label={ "Keep again: " (kept.arm_title) } { "Keep it again" }
            }
        }
    }
}

async fn keep(context: Context, fields: Fields) -> Result<Redirect, Failure> {
    let number = fields.get("number").and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| {
        Failure::not_understood("which experiment it is about is missing; go back and use the page")
    })?;
    let keeps = fields.get("keep") == Some("yes");
    let (person, when) = (context.app.person().clone(), context.app.occasion());
    context.app.write(move |store| steps::keep(store, &person, (number, keeps), &when)).await?;
    Ok(Redirect::to("/steps#kept"))
}

fn offered(offer: &OfferView) -> Markup {
    html! {
        li {
            strong { a href={ "/steps/guide/" (offer.step) } { (offer.title) } }
            @if let Some(title) = offer.arm_title { span.soft { " · " (title) } }
            p { (offer.reason) }
            @if let (true, Some(arm)) = (offer.open, offer.arm) {
                p { a.button href={ "/steps/plan/" (offer.step) "?arm=" (arm) } { "Plan it" } }
            }
        }
    }
}

/// What comes before any experiment, said once.
fn first_of_all(view: &StepsView) -> Markup {
    let conditions: Vec<&str> = view.waits_for.iter().map(|each| each.condition).collect();
    html! {
        (safety::help_first(&conditions))
        section.card aria-labelledby="first" {
            h2 #first { "This comes before any experiment" }
            @for each in &view.waits_for { p { (each.why) } }
            p.soft { "The guides below can be read as before. When things have changed, " a href="/steps/safety" { "answer the safety questions again" } "." }
        }
    }
}

fn door(step: &StepSummaryView, all_wait: bool) -> Markup {
    html! {
        li { a href={ "/steps/guide/" (step.step) } {
            strong { (step.title) }
            span { (step.what) }
            span.state {
                @match step.state {
                    "running" => "running now",
                    "closed" if all_wait && step.step == "professional" => "no experiment needed: go now",
                    "closed" if all_wait => "no experiment for now",
                    "closed" => "not for you as things stand",
                    _ => { (pace_words(step.pace)) @if step.minutes_a_day > 1 { ", about " (step.minutes_a_day) " minutes a day" } }
                }
            }
        } }
    }
}

fn pace_words(pace: &str) -> &'static str {
    match pace {
        "fast" => "changes from night to night",
        "slow" => "changes week by week",
        _ => "begins once",
    }
}

fn tried(earlier: &ExperimentSummaryView) -> Markup {
    html! {
        li { a href={ "/steps/experiment/" (earlier.number) } {
            strong { (earlier.title) }
            span { (earlier.arm_title) ", from " (dated(&earlier.first_night)) ": " (earlier.state) ", " (earlier.answered) " nights answered" }
        } }
    }
}

/// What is on tonight, and the question that is open: for the pages Today and Steps.
///
/// # Errors
/// A store that cannot be read.
pub async fn tonight_card(context: &Context) -> Result<Option<Markup>, Failure> {
    let view = context.app.read_steps(steps::tonight).await?;
    let Some(number) = view.experiment else { return Ok(None) };
    Ok(Some(html! {
        section.card aria-labelledby="tonight" {
            h2 #tonight { "Tonight’s step" }
            (tonight_body(context, &view))
            p { a href={ "/steps/experiment/" (number) } { "The whole calendar" } }
        }
    }))
}

fn tonight_body(context: &Context, view: &TonightView) -> Markup {
    html! {
        @if let (Some(number), Some(of)) = (view.number, view.of) {
            p.soft { @if let Some(title) = view.title { (title) ": night " } (number) " of " (of) ", evening of " (dated(&view.evening)) }
        }
        p.big { (view.sentence) }
        @for word in view.drawings.iter().take(1) { (unnamed_picture(word)) }
        @for remark in &view.remarks { p.soft { (remark) } }
        @if let Some(question) = &view.question { (question_form(context, question)) }
    }
}

/// The question about one night, as buttons. An answer can be given again.
fn question_form(context: &Context, question: &nightmend_app::views::QuestionView) -> Markup {
    let back = context.path.as_str();
    html! {
        form.question method="post" action="/steps/answer" {
            (csrf_field(context))
            input type="hidden" name="night" value=(question.night);
            input type="hidden" name="back" value=(back);
            fieldset {
                legend { (question.text) span.hint {
                    @if question.asked == "evening" { " The day before the night to " (dated(&question.night)) "." }
                    @else { " The night that ended on " (dated(&question.night)) "." }
                } }
                div.row {
                    @for (word, label) in [("yes", "Yes"), ("partly", "Partly"), ("no", "No")] {
                        button name="answer" value=(word) aria-pressed=(if question.answer == Some(word) { "true" } else { "false" }) { (label) }
                    }
                }
            }
            @match question.answer {
                Some(answer) => p.hint { "You answered: " (answer) ". Another answer replaces it; both are kept." }
                None => p.hint { "A no is as good an answer as a yes." }
            }
        }
    }
}

/// A drawing by its word, with its name; nothing for one that does not exist.
fn picture(word: &str) -> Markup {
    html! { @if let Some(drawn) = drawing(word) { (of_drawing(&drawn)) } }
}

/// A drawing whose name stands above it already.
fn unnamed_picture(word: &str) -> Markup {
    html! { @if let Some(drawn) = drawing(word) { figure.picture { (PreEscaped(&drawn.element)) } } }
}

fn of_drawing(drawn: &Drawing) -> Markup {
    html! { figure.picture { (PreEscaped(&drawn.element)) figcaption { (drawn.title) } } }
}

/// A text in which every digital object identifier is a link.
fn with_links(text: &str) -> Markup {
    html! {
        @for (place, word) in text.split(' ').enumerate() {
            @if place > 0 { " " }
            (linked(word))
        }
    }
}

fn linked(word: &str) -> Markup {
    let inner = word.trim_matches(|c: char| "(),;.".contains(c));
    if !inner.starts_with("10.") || !inner.contains('/') {
        return html! { (word) };
    }
    let (before, after) = word.split_once(inner).unwrap_or((word, ""));
    html! { (before) a href={ "https://doi.org/" (inner) } rel="noreferrer" { (inner) } (after) }
}

/// A notice of what was done, where the address asks for one.
fn done(words: Option<&str>) -> Markup {
    html! { @if let Some(words) = words { (notice(Tone::Done, html! { p { (words) } })) } }
}

/// The step of a word in an address.
fn step_of(word: &str) -> Result<steps::catalogue::StepId, Failure> {
    steps::catalogue::StepId::from_word(word)
        .ok_or_else(|| Failure::not_found("there is no step of this name; the page Steps lists the six"))
}
