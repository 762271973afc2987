//! Lists what was done to the store, and takes it back.

use std::fmt::Write as _;

use nightmend_app::keep;
use nightmend_app::views::ActView;

use super::{Context, now};
use crate::args::{HistoryArgs, UndoArgs};
use crate::failure::Outcome;
use crate::output::{self, Style};

/// Runs `nightmend history`.
pub fn history(context: &Context, args: &HistoryArgs) -> Outcome {
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let view = keep::history(&store, &person, args.limit)?;
    if args.json {
        return output::json(&view);
    }
    if view.acts.is_empty() {
        return output::text("Nothing has been done yet.\n");
    }
    let mut text = String::new();
    for act in &view.acts {
        line(&mut text, act, context.style);
    }
    output::text(&text)?;
    output::say("`nightmend undo` takes back the newest; `nightmend undo NUMBER` any other.");
    Ok(())
}

/// Runs `nightmend undo`.
pub fn undo(context: &Context, args: &UndoArgs) -> Outcome {
    let mut store = context.store()?;
    let person = context.known_person(&store)?;
    let view = keep::undo(&mut store, &person, args.act, now())?;
    if args.json {
        return output::json(&view);
    }
    output::text(&format!("Taken back: {}.\n", view.undone.what))
}

fn line(text: &mut String, act: &ActView, style: Style) {
    let when = act.when.get(..16).unwrap_or(&act.when).replace('T', " ");
    let line = format!("{:>5}  {when} UTC  {}", act.act, act.what);
    let observations =
        if act.observations > 0 { format!(" ({} records)", act.observations) } else { String::new() };
    let undone = if act.undone { ", taken back" } else { "" };
    let line = format!("{line}{observations}{undone}");
    let _ = writeln!(text, "{}", if act.undone { style.dim(&line) } else { line });
}
