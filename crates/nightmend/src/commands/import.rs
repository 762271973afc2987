//! Takes in exports, diaries and tables, and prints what became of every record.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use nightmend_app::ingest::{self, ImportRequest};
use nightmend_app::views::{FileView, ImportView};
use nightmend_app::{TableMap, importers};
use nightmend_domain::Zone;

use super::{Context, now, today};
use crate::args::ImportArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{self, Style, TerminalProgress};

/// Most refused records that are shown for one file; JSON has more.
const MOST_SHOWN: usize = 10;

/// Runs `nightmend import`.
pub fn run(context: &Context, args: &ImportArgs) -> Outcome {
    for path in &args.paths {
        if !path.exists() {
            return Err(Failure::Usage(format!(
                "there is no file or folder {}; check the path",
                path.display()
            )));
        }
    }
    let request = ImportRequest {
        paths: args.paths.clone(),
        format: args.format.clone(),
        maps: args.map.iter().map(|path| read_map(path)).collect::<Result<_, _>>()?,
        zone: args
            .tz
            .as_deref()
            .map(Zone::named)
            .transpose()
            .map_err(|error| Failure::Usage(error.to_string()))?,
        person: context.named_person().cloned(),
        source: None,
        dry_run: args.dry_run,
    };
    let mut store = context.store()?;
    let progress = TerminalProgress::new();
    let view = ingest::import(&mut store, &request, now(), today(), &progress);
    progress.finish();
    let view = view?;
    if args.json {
        output::json(&view)?;
    } else {
        output::text(&account(&view, context.style))?;
    }
    ending(&view)
}

fn read_map(path: &Path) -> Result<TableMap, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the map {}; check that it exists", path.display()))?;
    TableMap::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Nothing taken from anything is a refusal; a part taken is a success with a warning.
fn ending(view: &ImportView) -> Outcome {
    let taken: u64 = view.files.iter().map(|file| file.read - file.refused_total).sum();
    let refused: u64 = view.files.iter().map(|file| file.refused_total).sum();
    let broken = view.files.iter().filter(|file| file.problem.is_some()).count();
    if view.files.is_empty() && view.passed_over.is_empty() {
        return Err(Failure::Refused("there is no file to read in what was given; check the path".to_owned()));
    }
    if taken == 0 {
        let formats: Vec<&str> = importers().iter().map(|importer| importer.id()).collect();
        return Err(Failure::Refused(format!(
            "nothing could be taken; the reasons stand above (formats: {})",
            formats.join(", ")
        )));
    }
    if refused > 0 {
        output::warn(&format!("{refused} records were refused; the rest was taken"));
    }
    if broken > 0 {
        output::warn(&format!("{broken} files could not be read; the rest was taken"));
    }
    Ok(())
}

fn account(view: &ImportView, style: Style) -> String {
    let mut text = String::new();
    for file in &view.files {
        one_file(&mut text, file, style);
    }
    let passed_over = &view.passed_over;
    for file in passed_over.iter().take(MOST_SHOWN) {
        let _ = writeln!(text, "{} {} ({})", style.dim("passed over"), file.path, file.why);
    }
    if passed_over.len() > MOST_SHOWN {
        let _ = writeln!(text, "{} {} more files", style.dim("passed over"), passed_over.len() - MOST_SHOWN);
    }
    let sum = |count: fn(&FileView) -> u64| view.files.iter().map(count).sum::<u64>();
    if view.files.len() > 1 {
        let _ = writeln!(
            text,
            "{} {} files: read {} = kept {} + already known {} + superseded {} + refused {} + unmapped {}",
            style.bold("In all"),
            view.files.len(),
            sum(|file| file.read),
            sum(|file| file.kept),
            sum(|file| file.known),
            sum(|file| file.superseded),
            sum(|file| file.refused_total),
            sum(|file| file.unmapped),
        );
    }
    if view.persons.len() > 1 {
        let _ = writeln!(text, "People: {}", view.persons.join(", "));
    }
    match (view.dry_run, view.act) {
        (true, _) => text.push_str("A trial run: nothing was kept.\n"),
        (false, Some(act)) => {
            let _ = writeln!(
                text,
                "Saved. `nightmend undo {act}` takes all of it back; `nightmend nights` shows the nights."
            );
        }
        (false, None) => text.push_str("Nothing new: the store is as it was.\n"),
    }
    text
}

fn one_file(text: &mut String, file: &FileView, style: Style) {
    let _ = writeln!(text, "{} {}", style.bold(&file.path), style.dim(&file.format));
    if let Some(problem) = &file.problem {
        let _ = writeln!(text, "  could not be read: {problem}");
    }
    if file.read > 0 || file.problem.is_none() {
        let _ = writeln!(
            text,
            "  read {} = kept {} + already known {} + superseded {} + refused {} + unmapped {}",
            file.read, file.kept, file.known, file.superseded, file.refused_total, file.unmapped
        );
    }
    let lists = [
        ("refused", &file.refused, file.refused_total),
        ("note", &file.warnings, file.warnings.len() as u64),
    ];
    for (word, list, total) in lists {
        for record in list.iter().take(MOST_SHOWN) {
            let _ = writeln!(text, "  {word} {}: {}", record.place, record.why);
        }
        if total > MOST_SHOWN as u64 {
            let _ = writeln!(text, "  … and {} more; --json lists them", total - MOST_SHOWN as u64);
        }
    }
}
