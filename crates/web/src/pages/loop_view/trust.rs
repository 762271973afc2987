//! Writes how far to trust an answer: prior beside posterior, data used, checks, hidden influence, numbers for experts.

use maud::{Markup, html};
use nightmend_app::views::LoopView;
use nightmend_domain::estimate::{LoopEstimate, Maturity};
use nightmend_report::figure::svg::{
    Beliefs, DataShare, beliefs as draw_beliefs, data_shares, hidden_influence,
};

use super::parts::both;
use crate::charts::{chart, scrolled};
use crate::layout::dated;

const fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Prior => "mostly what is known of other people",
        Maturity::Emerging => "partly your own data, partly what is known of other people",
        Maturity::Measured => "mostly your own data",
    }
}

/// How much is known of other people, and how much is the person's own data.
pub(super) fn beliefs(estimate: &LoopEstimate) -> Markup {
    let shares: Vec<DataShare> = both(estimate)
        .into_iter()
        .map(|(label, arrow)| DataShare { label: label.to_owned(), prior_share: arrow.prior_share })
        .collect();
    html! {
        section.card aria-labelledby="beliefs" {
            h2 #beliefs { "Your data, and what is known of other people" }
            (chart("how much is your data", |width| data_shares("How much is your data", &shares, width)))
            ul { @for (name, arrow) in both(estimate) { li { (name) ": " (maturity(arrow.maturity)) "." } } }
            @for (name, arrow) in both(estimate) {
                (chart(&format!("before and after, {name}"), |width| {
                    draw_beliefs(&format!("{name}, before and after your records"), &Beliefs::of_arrow(name, arrow), width)
                }))
            }
            p.soft { "Whether an arrow is told is decided by your data alone, with what is known of other people divided out." }
        }
    }
}

/// What the answer rests on.
pub(super) fn data_used(view: &LoopView) -> Markup {
    let data = &view.data;
    html! {
        section.card aria-labelledby="used" {
            h2 #used { "What it rests on" }
            dl.facts.number {
                dt { "Sleep" } dd { (view.settings.sleep) }
                dt { "Pain" } dd { (view.settings.pain) }
                dt { "Nights" } dd { (data.nights) }
                dt { "Days with a pain score" } dd { (data.pain_days) }
                @if let (Some(from), Some(to)) = (&data.from, &data.to) { dt { "Dates" } dd { (dated(from)) " to " (dated(to)) } }
                dt { "Pairs, sleep → pain" } dd { (data.pairs_sleep_to_pain) }
                dt { "Pairs, pain → sleep" } dd { (data.pairs_pain_to_sleep) }
            }
            p { a href="/data/quality" { "Gaps and coverage of your records" } }
        }
    }
}

/// Whether the model fits the records. A failed check comes first and says what it means.
pub(super) fn checks(view: &LoopView) -> Markup {
    if view.checks.is_empty() {
        return html! {};
    }
    let (passed, failed): (Vec<_>, Vec<_>) = view.checks.iter().partition(|check| check.passed);
    html! {
        section.card aria-labelledby="checks" {
            h2 #checks { "Does the model fit your records?" }
            @if failed.is_empty() {
                p { "All " (passed.len()) " checks passed: nothing was found that speaks against it." }
            } @else {
                p { (failed.len()) " of " (view.checks.len()) " checks found something. It makes the answer less certain; it
                    never makes an arrow clearer." }
                ul.check-list { @for check in failed { li { span.failed { "Look: " } (check.sentence) } } }
            }
            @if !passed.is_empty() {
                details {
                    summary { "Checks that passed" }
                    ul.check-list { @for check in passed { li { (check.sentence) } } }
                }
            }
        }
    }
}

/// How strong something unrecorded would have to be.
pub(super) fn hidden(estimate: &LoopEstimate) -> Markup {
    let Some(hidden) = &estimate.hidden_influence else { return html! {} };
    html! {
        section.card aria-labelledby="hidden" {
            h2 #hidden { "What if something unrecorded is behind it?" }
            (chart("hidden influence", |width| {
                hidden_influence("Sleep → pain, under a hidden influence", &estimate.sleep_to_pain.unit, hidden, width)
            }))
            p.soft { "A late evening, an illness, a hard week can shorten a night and raise pain, so that the two go together
                without one moving the other. The line shows what would be left of the arrow, the stronger such an
                influence is supposed to be." }
        }
    }
}

/// The numbers for experts.
pub(super) fn numbers(view: &LoopView) -> Markup {
    let settings = &view.settings;
    html! {
        section.card aria-labelledby="numbers" {
            h2 #numbers { "Numbers for experts" }
            details {
                summary { "Evidence, sampling and parameters" }
                dl.facts.number {
                    @if let Some(effects) = &view.effects {
                        dt { "z, sleep → pain" } dd { (effects.sleep_to_pain.z) " (told from " (effects.sleep_to_pain.clear) " on)" }
                        dt { "z, pain → sleep" } dd { (effects.pain_to_sleep.z) " (told from " (effects.pain_to_sleep.clear) " on)" }
                    }
                    @if let Some(gain) = &view.loop_gain { dt { "Loop gain" } dd { (gain.median) " (90 % " (gain.ci90[0]) " to " (gain.ci90[1]) ")" } }
                    @if let Some(found) = &view.diagnostics {
                        dt { "R-hat, largest" } dd { (found.rhat_max) }
                        dt { "ESS, smallest (bulk, tail)" } dd { (found.ess_bulk_min) ", " (found.ess_tail_min) }
                        dt { "Divergences" } dd { (found.divergences) }
                        dt { "Draws" } dd { (found.chains) " chains of " (found.draws_per_chain) }
                    }
                    @if let Some(record) = settings.record { dt { "Record" } dd { (record) } }
                    @if let Some(priors) = &settings.priors { dt { "Priors" } dd { (priors) } }
                    @if let Some(engine) = &settings.engine { dt { "Engine" } dd { (engine) } }
                    @if let Some(seed) = settings.seed { dt { "Seed" } dd { (seed) } }
                }
                @if !view.parameters.is_empty() {
                    (scrolled("parameters", &html! {
                        table {
                            thead { tr { th scope="col" { "Parameter" } th scope="col" { "Mean" } th scope="col" { "SD" } th scope="col" { "Prior" } } }
                            tbody {
                                @for parameter in &view.parameters {
                                    tr {
                                        th scope="row" { (parameter.name) }
                                        td { (parameter.mean) } td { (parameter.sd) }
                                        td { (parameter.prior.mean) " (" (parameter.prior.sd) ")" }
                                    }
                                }
                            }
                        }
                    }))
                }
                p.hint { "The same as JSON: " code { "nightmend loop --json" } }
            }
        }
    }
}
