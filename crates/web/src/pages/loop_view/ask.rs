//! Chooses what stands for sleep and for pain.

use std::collections::BTreeSet;

use maud::{Markup, html};
use nightmend_app::estimate::LoopRequest;
use nightmend_app::refresh::DateRange;
use nightmend_app::{Question, SleepChoice};
use nightmend_domain::{Moment, Night, Role};
use serde::Deserialize;

use super::super::nights::date_in;
use crate::context::Context;

/// What an address may ask for; empty means the usual choice.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct LoopQuery {
    sleep: Option<String>,
    pain: Option<String>,
    moment: Option<String>,
    from: Option<String>,
    to: Option<String>,
    recalled: Option<String>,
}

const SLEEPS: [(&str, &str); 5] = [
    ("hours", "Hours asleep"),
    ("quality", "Rated quality"),
    ("efficiency", "Efficiency"),
    ("waso", "Minutes awake in the night"),
    ("awakenings", "Awakenings"),
];
const MOMENTS: [(&str, &str, Moment); 3] = [
    ("waking", "On waking", Moment::Waking),
    ("bedtime", "At bedtime", Moment::Bedtime),
    ("day", "Over the day", Moment::Day),
];

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

impl LoopQuery {
    /// The question that it asks, with the defaults of the command line for everything else: the same records give the
    /// same numbers in both. A date that cannot be meant leaves that end open.
    pub(super) fn request(&self) -> LoopRequest {
        let moment = given(self.moment.as_ref());
        LoopRequest {
            question: Question {
                sleep: given(self.sleep.as_ref()).map_or(SleepChoice::Automatic, SleepChoice::from_word),
                pain: given(self.pain.as_ref()).map(str::to_owned),
                moment: moment
                    .and_then(|word| MOMENTS.iter().find(|(known, ..)| *known == word))
                    .map(|(.., it)| *it),
                include_recalled: given(self.recalled.as_ref()).is_some(),
                ..Question::default()
            },
            range: DateRange { from: date_in(self.from.as_ref()), to: date_in(self.to.as_ref()) },
            ..LoopRequest::default()
        }
    }
}

/// The form that asks another question; only what is recorded is offered.
pub(super) fn form(context: &Context, query: &LoopQuery) -> Markup {
    let nights = &context.record.assembly.nights;
    let known = |word: &str| {
        nights.iter().any(|night: &Night| match word {
            "hours" => night.tst.is_some(),
            "quality" => night.quality.is_some(),
            "efficiency" => night.se.or(night.sme).is_some(),
            "waso" => night.waso.is_some(),
            _ => night.awakenings.is_some(),
        })
    };
    let entries = || context.record.assembly.days.iter().flat_map(|day| &day.entries);
    let pains: BTreeSet<&str> = entries()
        .filter(|entry| matches!(entry.role, Role::Pain | Role::Symptom))
        .map(|entry| entry.tracker.as_str())
        .collect();
    let is = |held: Option<&String>, word: &str| given(held) == Some(word);
    let is_open = [&query.sleep, &query.pain, &query.moment, &query.from, &query.to, &query.recalled]
        .into_iter()
        .any(|field| given(field.as_ref()).is_some());
    html! {
        section.card aria-labelledby="ask" {
            h2 #ask { "Ask another question" }
            details open[is_open] {
                summary { "Other sleep, pain or dates" }
                form method="get" action="/loop" {
                    div.ask {
                        div.field {
                            label for="sleep" { "What stands for sleep" }
                            select #sleep name="sleep" {
                                option value="" { "The usual: hours, else quality" }
                                @for (word, text) in SLEEPS.into_iter().filter(|(word, _)| known(word)) {
                                    option value=(word) selected[is(query.sleep.as_ref(), word)] { (text) }
                                }
                            }
                        }
                        div.field {
                            label for="pain" { "Which pain" }
                            select #pain name="pain" {
                                option value="" { "The usual: back pain" }
                                @for pain in &pains { option value=(pain) selected[is(query.pain.as_ref(), pain)] { (pain) } }
                            }
                        }
                        div.field {
                            label for="moment" { "When it was rated" }
                            select #moment name="moment" {
                                option value="" { "Whichever there is most of" }
                                @for (word, text, _) in MOMENTS {
                                    option value=(word) selected[is(query.moment.as_ref(), word)] { (text) }
                                }
                            }
                        }
                        div.field {
                            label for="from" { "From" }
                            input #from type="date" name="from" value=(query.from.as_deref().unwrap_or_default());
                        }
                        div.field {
                            label for="to" { "To" }
                            input #to type="date" name="to" value=(query.to.as_deref().unwrap_or_default());
                        }
                    }
                    label.check {
                        input type="checkbox" name="recalled" value="1" checked[given(query.recalled.as_ref()).is_some()];
                        "Use what was written down more than seven days later, too"
                    }
                    button type="submit" { "Ask" }
                    p.hint { "One question at a time: whoever tries many and keeps the clearest is told of arrows that are
                        not there. The usual question was chosen before your records were seen." }
                }
            }
        }
    }
}
