//! Draws the pages of help: the terms, what is known, the intended use, and where to turn now.

use axum::Router;
use axum::routing::get;
use maud::{Markup, PreEscaped, html};

use crate::context::Shell;
use crate::layout::{Page, Tone, notice};
use crate::state::App;

/// Their routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/help", get(show))
        .route("/help/now", get(now))
        .route("/help/intended-use", get(intended_use))
        .route("/help/map", get(map))
}

/// A word and what it means here.
type Term = (&'static str, &'static str);

const NIGHT_TERMS: &[Term] = &[
    (
        "Night of a date",
        "The night from which you woke on that date. The order is: night, morning, day, next night.",
    ),
    (
        "Main sleep, nap",
        "The one sleep of a night that counts, chosen by its length and by your own usual hours, never by a fixed hour of the clock. Any other sleep is a nap.",
    ),
    ("Time in bed (TIB)", "From getting into bed to getting up. Only you can tell it: a watch knows no bed."),
    ("Time asleep (TST)", "Minutes asleep between first and last sleep."),
    ("Time until asleep (SOL)", "From trying to sleep to the first sleep."),
    ("Awake in between (WASO)", "Minutes awake between first and last sleep."),
    ("Sleep efficiency (SE)", "Time asleep as a part of the time in bed."),
    (
        "Regularity (SRI)",
        "How alike two days in a row are, minute by minute: 100 is the same every day, 0 is chance.",
    ),
    ("Social jet lag", "How much later the middle of your sleep lies on free days than on work days."),
];

const RECORD_TERMS: &[Term] = &[
    (
        "Pain from 0 to 10",
        "0 is no pain, 10 the worst you can imagine. Any number is right if it is yours; what matters is that you mean the same by it from day to day.",
    ),
    (
        "Recalled",
        "Written down more than seven days later. Memory bends towards how one feels now, so such values are left out of the loop unless you ask for them.",
    ),
    (
        "Missing",
        "A question that was skipped is missing. It is never counted as zero, and nothing is guessed in its place.",
    ),
    (
        "Source",
        "Where a record comes from: your check-ins, a watch, a diary, a table. One source tells a night, another fills what the first cannot know; nothing is averaged.",
    ),
    (
        "Act, undo",
        "One thing that you did: a check-in, an import, a setting. Each can be taken back; what was said before stays in the history.",
    ),
];

const LOOP_TERMS: &[Term] = &[
    (
        "The loop",
        "Bad nights and pain can feed each other. The loop has two arrows: from sleep to the pain that follows, and from pain to the night that follows.",
    ),
    ("Arrow", "One direction of the loop, with its size and how sure that is."),
    (
        "Estimate",
        "The most plausible size and the range of plausible sizes around it. It is always shown, and at first it leans on what is known of other people.",
    ),
    (
        "Clear, or cannot tell yet",
        "Clear is said only where your own records, without the help of other people’s, carry it. The rule errs in at most one of twenty people without any link who look twice in six months. “Cannot tell yet” is an ordinary answer.",
    ),
    ("90 % interval", "The true size lies in it with a plausibility of nine in ten, if the model holds."),
    (
        "Goes with",
        "All that watching can say. Something that nobody wrote down may explain both sides. Only a test with a coin toss can say that a step changed something, and then for you alone.",
    ),
    ("Hidden influence", "How strong something unrecorded would have to be to explain an arrow away."),
    (
        "Step",
        "One of six small things to try, one at a time. You choose the step; chance decides on which nights it is done.",
    ),
];

async fn show(shell: Shell) -> Markup {
    let terms = |list: &[Term]| {
        html! { dl.terms { @for (word, meaning) in list { dt { (word) } dd { (meaning) } } } }
    };
    let body = html! {
        section.card {
            h2 { "Twenty seconds a day" }
            ol {
                li { "In the morning, before you look at anything else: back pain now, how often it woke you, how rested you feel. Then confirm or correct the night." }
                li { "In the evening: back pain now, how much you moved, how busy your mind is." }
                li { "Skip what you like. A missing day costs nothing, and any past day can be filled in." }
            }
            p { "After about thirty days the loop says something about you and not only about people in general; after ninety it may be clear." }
        }
        section.card { h2 { "Nights" } (terms(NIGHT_TERMS)) }
        section.card { h2 { "Records" } (terms(RECORD_TERMS)) }
        section.card { h2 { "The loop" } (terms(LOOP_TERMS)) }
        section.card {
            h2 { "Evidence, and its limits" }
            ul {
                li { "Pain is asked before the night is shown, because being shown a bad night changes how people feel during the day (Gavriloff and others 2018, " a href="https://doi.org/10.1111/jsr.12726" { "10.1111/jsr.12726" } ")." }
                li { "A plain correlation of ten things with pain shows at least one “finding” in about nine of ten people with no link at all. Our own rate is measured and published with the program." }
                li { "The best trial of experiments of this kind in people with long-lasting pain found no significant benefit on average over usual care (PREEMPT, 215 people). What one person changes is decided by that person’s own records." }
                li { "nightmend is for learning about your own records. It is not a medical device." }
            }
            p { a href="/help/intended-use" { "What nightmend is for, and what it is not" } }
        }
        section.card {
            h2 { "Keys" }
            p { "Tab goes from question to question, the arrow keys choose within one, Space ticks a box, Enter saves. The map of the body can be walked with Tab, too." }
        }
    };
    Page::new("Help and evidence", body)
        .lead(html! { "The words of these pages, each with one meaning." })
        .of_shell(&shell)
}

async fn intended_use(shell: Shell) -> Markup {
    Page::new("Intended use", document(include_str!("../../../../INTENDED_USE.md"))).of_shell(&shell)
}

/// The words of a map, for whoever is asked to correct one.
async fn map(shell: Shell) -> Markup {
    Page::new("The words of a map", document(include_str!("../../../../docs/reference/map.md")))
        .lead(html! { "A map tells what the columns of a table mean. nightmend proposes one; this is how to correct it." })
        .style("records.css")
        .of_shell(&shell)
}

/// One of our own documents, without its title, which the page has already.
fn document(text: &str) -> Markup {
    let body = text.split_once("\n\n").map_or(text, |(_, rest)| rest);
    let mut written = String::new();
    let parts = pulldown_cmark::Parser::new_ext(body, pulldown_cmark::Options::ENABLE_TABLES);
    pulldown_cmark::html::push_html(&mut written, parts);
    html! { section.card.document { (PreEscaped(written)) } }
}

/// Signs that need somebody at once, in plain words (signs of pressure on the nerves of the lower back: Greenhalgh and
/// others; NHS; the list is for clinical review like all of section 6 of the screening notes).
const EMERGENCY: &[&str] = &[
    "Numbness or an odd feeling between your legs, around your genitals or your back passage: for instance, wiping feels different",
    "You cannot pass urine, cannot feel when your bladder is full or that urine is passing, or you leak",
    "You cannot hold or feel your bowels",
    "Pain, tingling, weakness or numbness in both legs",
    "New numbness or loss of feeling during sex",
    "A leg that is quickly getting weaker, or a foot that drops",
    "Pain in the chest with the back pain",
    "A heavy fall, a road accident or another serious injury",
    "A sudden tearing pain in back or belly, a collapse, or a belly that throbs",
    "Cancer now or in the past, together with weak or unsteady legs or any change of bladder or bowel",
    "New trouble in legs or bladder after an injection into the back, or while you take blood thinners",
    "Fever together with weakness in a leg, a weak immune system, injected drugs or a recent infection",
];

const SAME_DAY: &[&str] = &[
    "Fever, or feeling ill with the back pain",
    "Losing weight without trying",
    "New back pain and cancer at any time in your life",
    "The back has changed its shape, or there is a lump",
    "Pain at night that no position eases at all",
    "Back pain after a small fall, if your bones are thin, you take steroids or you are older",
    "Pain high up, between the shoulder blades",
    "Weakness in one leg that stays the same",
    "Pain that coughing, sneezing or straining makes worse",
    "Pain in the side with fever, or blood in the urine",
    "A red, painful eye with the back pain",
];

async fn now(shell: Shell) -> Markup {
    let list = |items: &[&str]| html! { ul.signs { @for item in items { li { (item) } } } };
    let body = html! {
        (notice(Tone::Alert, html! {
            p.big { strong { "Call the emergency number of the place you are in, or go to an emergency department now" } ", if any of these is new or worse, or if you are not sure:" }
            p.row { a.button href="tel:999" { "999 (UK)" } a.button href="tel:112" { "112 (Europe)" } a.button href="tel:911" { "911 (US, Canada)" } }
        }))
        section.card {
            h2 { "An emergency, now" }
            (list(EMERGENCY))
            p { "If you are pregnant: bleeding, loss of fluid or tightenings with back pain. Call your maternity unit at once." }
            p { strong { "Waiting is the harm here." } " Some of these signs can mean that nerves are being pressed, and hours matter. If you are not sure, treat it as a yes." }
        }
        section.card {
            h2 { "Somebody today" }
            p { "In the UK call 111 or ask your GP for an urgent appointment on the same day; elsewhere, your doctor or an urgent care line." }
            (list(SAME_DAY))
        }
        section.card {
            h2 { "If you think of harming yourself" }
            p { "Pain and bad nights wear people down, and help is there at any hour. " (crisis_lines()) }
        }
        section.card {
            h2 { "What this page is" }
            p { "A list to act on, taken from published lists of warning signs. It does not diagnose, and no program can look at you. " strong { "No alert is not an all-clear:" } " if you are worried, see somebody, whatever these pages say." }
            p { "Waking with pain that eases when you turn or get up is common, and by itself not a sign of an emergency." }
        }
    };
    Page::new("Get help now", body).style("settings.css").of_shell(&shell)
}

/// Whom to call or text, for somebody who thinks of harming themselves; the end of a paragraph.
pub(super) fn crisis_lines() -> Markup {
    html! {
        "In danger call 999, 112 or 911. In the UK and Ireland call the Samaritans on " a href="tel:116123" { "116 123" } " or 111; in the US and Canada call or text " a href="tel:988" { "988" } ". Elsewhere, your emergency number or a local crisis line."
    }
}
