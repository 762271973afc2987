//! Shows sources and people, and sets priorities, zones and usual sleep.

use std::fmt::Write as _;

use nightmend_app::keep;
use nightmend_app::views::SourcesView;

use super::{Context, now};
use crate::args::{JsonFlag, SourcesArgs};
use crate::failure::Outcome;
use crate::output;

/// Runs `nightmend sources`.
pub fn run(context: &Context, args: &SourcesArgs) -> Outcome {
    let SourcesArgs { priority, zone, from, usual_mid_sleep, json } = args;
    let sets = !priority.is_empty() || zone.is_some() || usual_mid_sleep.is_some();
    let mut store = if sets { context.store()? } else { context.store_to_read()? };
    let person = if sets { context.person(&store)? } else { context.known_person(&store)? };
    for order in priority {
        keep::set_priority(&mut store, &person, order, now())?;
    }
    if let Some(zone) = zone {
        keep::set_zone(&mut store, &person, zone, *from, now())?;
    }
    if let Some(time) = usual_mid_sleep {
        keep::set_usual_mid_sleep(&mut store, &person, *time, now())?;
    }
    let view = keep::sources(&store, &person)?;
    if *json { output::json(&view) } else { output::text(&table(&view)) }
}

/// Runs `nightmend persons`.
pub fn persons(context: &Context, args: &JsonFlag) -> Outcome {
    let store = context.store_to_read()?;
    let view = keep::persons(&store)?;
    if args.json {
        return output::json(&view);
    }
    let names: Vec<&str> = view.persons.iter().map(|person| person.person.as_str()).collect();
    output::text(&if names.is_empty() {
        "Nobody yet.\n".to_owned()
    } else {
        format!("{}\n", names.join("\n"))
    })
}

fn table(view: &SourcesView) -> String {
    let mut text = String::new();
    let width = view.sources.iter().map(|source| source.name.chars().count()).max().unwrap_or(0).max(6);
    if view.sources.is_empty() {
        text.push_str("No source has told anything yet.\n");
    } else {
        let _ = writeln!(text, "{:width$}  {:>6}  {:>7}  from        to", "source", "sleeps", "entries");
    }
    for source in &view.sources {
        let _ = writeln!(
            text,
            "{:width$}  {:>6}  {:>7}  {}  {}",
            source.name, source.sleeps, source.entries, source.from, source.to
        );
    }
    for priority in &view.priorities {
        let _ = writeln!(text, "Order for {}: {}", priority.kind, priority.order.join(", "));
    }
    if view.zones.is_empty() {
        text.push_str("Time zone: not set (nightmend sources --zone Europe/London)\n");
    }
    for zone in &view.zones {
        let from =
            zone.from.as_ref().map_or_else(|| "from the beginning".to_owned(), |date| format!("from {date}"));
        let _ = writeln!(text, "Time zone {from}: {}", zone.zone);
    }
    if let Some(time) = &view.usual_mid_sleep {
        let _ = writeln!(text, "Usual middle of sleep: {time}");
    }
    text
}
