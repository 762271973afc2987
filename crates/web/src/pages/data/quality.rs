//! Shows which days are told by which source, where the gaps are, and what was left out.

use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::course::gaps;
use nightmend_domain::FactKind;
use nightmend_report::figure::svg::{CoverageLane, coverage};

use crate::charts::chart;
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, dated};

/// Gaps that are listed, the longest first.
const MOST_GAPS: usize = 12;

pub(super) async fn show(context: Context) -> Result<Markup, Failure> {
    let person = context.record.person.clone();
    let told = context.app.read(move |store| Ok(store.days_told(&person)?)).await?;
    let lanes: Vec<CoverageLane> = told
        .into_iter()
        .map(|((source, kind), days)| {
            let what = if kind == FactKind::Sleep { "sleep" } else { "entries" };
            CoverageLane { label: format!("{source}: {what}"), is_pain: kind == FactKind::Entry, days }
        })
        .collect();
    let assembly = &context.record.assembly;
    let account = &assembly.account;
    let recalled = assembly.nights.iter().filter(|night| night.recalled).count();
    let body = html! {
        section.card aria-labelledby="coverage" {
            h2 #coverage { "Which days are told" }
            (chart("coverage", |width| coverage("Which days are told by which source", &lanes, width)))
            p.soft.small { "A box a week, the fuller the more of its days are told." }
        }
        section.card aria-labelledby="gaps" {
            h2 #gaps { "Gaps" }
            @if assembly.nights.is_empty() {
                p { "No night is recorded yet, so there is nothing that could have gaps." }
            } @else {
                (gap_list(&gaps(&assembly.nights)))
            }
        }
        section.card aria-labelledby="left-out" {
            h2 #left-out { "What was set aside" }
            dl.facts.number {
                dt { "Sleep records read" } dd { (account.sleep_records) }
                dt { "Records in which nothing was known" } dd { (account.empty_records) }
                dt { "Records whose times could not be and were left out" } dd { (account.records_without_their_times) }
                dt { "Single numbers left out" } dd { (account.numbers_left_out) }
                dt { "Records told twice by one source" } dd { (account.duplicates) }
                dt { "Nights written down more than a week later" } dd { (recalled) }
                dt { "Entries that another source tells, too" } dd { (account.entries_of_later_sources) }
            }
            p.hint { "Nothing is lost by this: every record stays, and each night says what was decided." }
        }
        p { a href="/data" { "Back to Data" } }
    };
    Ok(Page::new("Gaps and coverage", body).style("records.css").of(&context))
}

fn gap_list(gaps: &[(Date, Date)]) -> Markup {
    let days = |(from, to): &(Date, Date)| from.duration_until(*to).as_hours() / 24 + 1;
    let total: i64 = gaps.iter().map(days).sum();
    let mut longest: Vec<&(Date, Date)> = gaps.iter().collect();
    longest.sort_by_key(|gap| (-days(gap), gap.0));
    html! {
        @if gaps.is_empty() {
            p { "No night is missing between the first and the last." }
        } @else {
            p { (total) (if total == 1 { " night is" } else { " nights are" }) " missing in " (gaps.len())
                (if gaps.len() == 1 { " gap" } else { " gaps" }) ". A missing night is not a short one: it is left out, never
                counted as zero." }
            ul {
                @for gap in longest.iter().take(MOST_GAPS) {
                    li {
                        @if gap.0 == gap.1 { (dated(gap.0)) } @else { (dated(gap.0)) " to " (dated(gap.1)) " (" (days(gap)) " nights)" }
                        " · " a href={ "/nights/" (gap.0) } { "fill in" span.unseen { " the night to " (dated(gap.0)) } }
                    }
                }
            }
            @if gaps.len() > MOST_GAPS { p.hint { "and " (gaps.len() - MOST_GAPS) " shorter ones" } }
        }
    }
}
