//! Lists days with everything that was said about them.

use std::fmt::Write as _;

use nightmend_app::refresh::{self, DateRange};
use nightmend_app::views::{DaysView, EntryView, ValueView};

use super::Context;
use crate::args::DaysArgs;
use crate::failure::Outcome;
use crate::output::{self, Style, wrapped};

/// Runs `nightmend days`.
pub fn run(context: &Context, args: &DaysArgs) -> Outcome {
    let range = DateRange::checked(args.range.from, args.range.to)?;
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let view = refresh::days(&store, &person, range)?;
    if args.json {
        return output::json(&view);
    }
    if view.days.is_empty()
        && let Some(sentence) = super::nothing_in(&store, &person, range)?
    {
        return output::text(&sentence);
    }
    output::text(&list(&view, context.style))
}

fn list(view: &DaysView, style: Style) -> String {
    if view.days.is_empty() {
        return "No day holds an entry yet; check in with `nightmend log evening`, or import a diary or a table.\n"
            .to_owned();
    }
    let mut text = String::new();
    for day in &view.days {
        let entries: Vec<String> = day.entries.iter().map(entry).collect();
        let line = wrapped(&format!("{}  {}", day.date, entries.join(" · ")), style.width, "            ");
        let _ = writeln!(text, "{line}");
    }
    text
}

fn entry(entry: &EntryView) -> String {
    let moment = if entry.moment == "day" { String::new() } else { format!(" ({})", entry.moment) };
    let recalled = if entry.recalled { ", recalled" } else { "" };
    format!("{}{moment} {}{recalled}", entry.tracker, value(&entry.value))
}

fn value(value: &ValueView) -> String {
    match value {
        ValueView::Nrs { score } => format!("{score}/10"),
        ValueView::Rating { value, minimum, maximum, .. } => format!("{value} of {minimum}–{maximum}"),
        ValueView::Quantity { value, unit } => format!("{value} {}", unit_of(*value, unit)),
        ValueView::Tick { yes: true, .. } => "yes".to_owned(),
        ValueView::Tick { yes: false, .. } => "no".to_owned(),
        ValueView::Text { text } => format!("\"{text}\""),
    }
}

/// The unit in the number that fits: 1 drink, 2 drinks.
fn unit_of(value: f64, unit: &str) -> &str {
    const ONE: [(&str, &str); 6] = [
        ("drinks", "drink"),
        ("cups", "cup"),
        ("times", "time"),
        ("hours", "hour"),
        ("minutes", "minute"),
        ("steps", "step"),
    ];
    match ONE.iter().find(|(several, _)| *several == unit) {
        Some((_, one)) if value == 1.0 => one,
        _ => unit,
    }
}
