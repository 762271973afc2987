//! Deletes for good: says what, asks, and proves it.

use std::fmt::Write as _;
use std::path::Path;

use nightmend_app::keep::{self, EraseWhat};
use nightmend_app::views::EraseView;

use super::Context;
use crate::args::EraseArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{self, can_ask, confirmed, counted, wrapped};

/// Runs `nightmend erase`.
pub fn run(context: &Context, args: &EraseArgs) -> Outcome {
    context.store_to_read()?;
    let store = context.store()?;
    let what =
        if args.all { EraseWhat::Everything } else { EraseWhat::Person(context.known_person(&store)?) };
    let preview = keep::erase_preview(&store, &what)?;
    output::say(&told(&preview));
    if !args.yes {
        if !can_ask() {
            return Err(Failure::Usage(
                "nothing was deleted; add --yes to delete without being asked".to_owned(),
            ));
        }
        if !confirmed("Delete all of this for good? It cannot be undone.")? {
            return output::text("Nothing was deleted.\n");
        }
    }
    let view = keep::erase(store, &what)?;
    if args.json {
        return output::json(&view);
    }
    let mut text = String::from("Deleted.\n");
    let proof = if args.all { proof_of_all(&view, &context.folder()?) } else { proof_of_one(&view) };
    let _ = writeln!(text, "{}", wrapped(&proof, context.style.width, "  "));
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

fn proof_of_one(view: &EraseView) -> String {
    format!(
        "Proof: {} of it {} left in the store; {} read byte by byte and {} of {} from it were found.",
        counted(view.rows_left, "row", "rows"),
        if view.rows_left == 1 { "is" } else { "are" },
        counted(view.files_read.len() as u64, "file was", "files were"),
        view.samples_left.len(),
        counted(view.samples as u64, "text", "texts")
    )
}

fn proof_of_all(view: &EraseView, folder: &Path) -> String {
    let gone = view.files.iter().filter(|file| !Path::new(file).exists()).count();
    let looked = format!("the folder {} was looked at afterwards", folder.display());
    let found = match view.files_read.len() as u64 {
        0 => "no file is left in it".to_owned(),
        files => format!(
            "{} in it read byte by byte, and {} of {} from the records were found",
            counted(files, "file was", "files were"),
            view.samples_left.len(),
            counted(view.samples as u64, "text", "texts")
        ),
    };
    format!(
        "Proof: {gone} of {} of the store are gone; {looked}: {found}.",
        counted(view.files.len() as u64, "file", "files")
    )
}

fn told(view: &EraseView) -> String {
    let mut text = String::from("This would be deleted:\n");
    for person in &view.persons {
        let _ = writeln!(
            text,
            "  {}: {} in {}, {}",
            person.person,
            counted(person.observations, "observation", "observations"),
            counted(person.acts, "act", "acts"),
            counted(person.settings, "setting", "settings")
        );
    }
    for file in &view.files {
        let _ = writeln!(text, "  file {file}");
    }
    text
}
