//! Draws the breathing pacer, and the wind-down as a sequence with a timer.

use maud::{Markup, PreEscaped, html};
use nightmend_app::steps::{self, catalogue::StepId};
use nightmend_app::views::MoveView;
use nightmend_report::drawing::pacer;

use super::guide::duration;
use super::{STYLE, unnamed_picture};
use crate::context::Context;
use crate::layout::Page;

pub(super) async fn pacer_page(context: Context) -> Markup {
    let body = html! {
        (breath())
        p { "Small breaths, the belly rising and falling. Ten minutes are a good length; there is nothing to reach. If you feel dizzy or breathless, breathe as you usually do." }
        p.soft { "With reduced motion set on your device the circle stands still and the count goes on. Without a picture: breathe in while you count to four, out while you count to six." }
        p.row { a.button href="/steps/wind-down" { "The whole wind-down" } a.button href="/steps/guide/wind_down" { "The guide" } }
    };
    Page::new("Breathing pacer", body)
        .lead(html! { "Four seconds in, six seconds out: about six breaths a minute. No sound." })
        .style(STYLE)
        .of(&context)
}

fn breath() -> Markup {
    html! { figure.breath { (PreEscaped(pacer().element)) } }
}

pub(super) async fn wind_down(context: Context) -> Markup {
    let view = steps::guide(StepId::WindDown);
    let total: u32 = view.sequence.iter().map(|each| each.total_seconds).sum();
    let body = html! {
        div.timer data-timer hidden {
            p.big role="status" data-now {}
            p.clock.number aria-hidden="true" data-clock {}
            div.row {
                button.main type="button" data-start { "Begin" }
                button type="button" data-pause hidden { "Hold" }
                button type="button" data-skip hidden { "Next" }
            }
        }
        ol.sequence data-sequence { @for each in &view.sequence { (part(each)) } }
        section.card aria-labelledby="rules" {
            h2 #rules { "When to stop" }
            ul { @for rule in &view.stop_rules { li { (rule) } } }
        }
    };
    Page::new("Wind-down", body)
        .lead(html! { "About " (total / 60) " minutes, slow and without pain. Screens are off after this one; you may turn it over and go by feel." })
        .style(STYLE)
        .script("steps.js")
        .of(&context)
}

fn part(each: &MoveView) -> Markup {
    let sides = if each.seconds < each.total_seconds { 2 } else { 1 };
    html! {
        li.card data-seconds=(each.seconds) data-sides=(sides) data-title=(each.title) {
            h2 { (each.title) span.soft { " · " (duration(each)) } }
            @if each.id == "breathing" { (breath()) } @else if let Some(word) = each.drawing { (unnamed_picture(word)) }
            p { (each.how) }
        }
    }
}
