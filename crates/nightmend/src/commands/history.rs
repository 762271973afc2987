//! Lists what was done to the store, and takes it back.

use std::fmt::Write as _;

use nightmend_app::views::ActView;
use nightmend_app::{AppError, StoreError, keep};

use super::{Context, now};
use crate::args::{HistoryArgs, UndoArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Style, counted};

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
    let view = match keep::undo(&mut store, &person, args.act, now()) {
        Err(AppError::Store(StoreError::NothingToUndo { .. })) => {
            return Err(Failure::Failed(anyhow::anyhow!(
                "there is nothing to undo; `nightmend history` lists what was done"
            )));
        }
        view => view?,
    };
    if args.json {
        return output::json(&view);
    }
    let mut text = format!("Taken back: {}.\n", view.undone.what);
    // The undo is the newest act: undoing that one restores the former state.
    if let Some(act) = keep::history(&store, &person, 1)?.acts.first() {
        let _ = writeln!(text, "`nightmend undo {}` brings it back.", act.act);
    }
    output::text(&text)
}

fn line(text: &mut String, act: &ActView, style: Style) {
    let when = act.when.get(..16).unwrap_or(&act.when).replace('T', " ");
    let line = format!("{:>5}  {when} UTC  {}", act.act, act.what);
    let observations = if act.observations > 0 {
        format!(" ({})", counted(act.observations, "record", "records"))
    } else {
        String::new()
    };
    let undone = if act.undone { ", taken back" } else { "" };
    let line = format!("{line}{observations}{undone}");
    let _ = writeln!(text, "{}", if act.undone { style.dim(&line) } else { line });
}
