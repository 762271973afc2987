//! Deletes for good: says what, asks, and proves it.

use std::fmt::Write as _;

use nightmend_app::keep::{self, EraseWhat};
use nightmend_app::views::EraseView;

use super::{Context, confirmed};
use crate::args::EraseArgs;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs `nightmend erase`.
pub fn run(context: &Context, args: &EraseArgs) -> Outcome {
    context.store_to_read()?;
    let store = context.store()?;
    let what =
        if args.all { EraseWhat::Everything } else { EraseWhat::Person(context.known_person(&store)?) };
    let preview = keep::erase_preview(&store, &what)?;
    output::say(&told(&preview));
    if !args.yes && !confirmed("Delete all of this for good? It cannot be undone.") {
        return Err(Failure::Usage(
            "nothing was deleted; add --yes to delete without being asked".to_owned(),
        ));
    }
    let view = keep::erase(store, &what)?;
    if args.json {
        return output::json(&view);
    }
    let mut text = String::from("Deleted.\n");
    let _ = writeln!(
        text,
        "Proof: {} rows of it are left in the store; {} files were read byte by byte and {} of {} texts from it were found.",
        view.rows_left,
        view.files_read.len(),
        view.samples_left.len(),
        view.samples
    );
    text.push_str("Backups and exports that you made are not touched.\n");
    output::text(&text)?;
    if view.holds {
        Ok(())
    } else {
        Err(Failure::Failed(anyhow::anyhow!(
            "something is left; close other programs that use the store and erase again"
        )))
    }
}

fn told(view: &EraseView) -> String {
    let mut text = String::from("This would be deleted:\n");
    for person in &view.persons {
        let _ = writeln!(
            text,
            "  {}: {} observations in {} acts, {} settings",
            person.person, person.observations, person.acts, person.settings
        );
    }
    for file in &view.files {
        let _ = writeln!(text, "  file {file}");
    }
    text
}
