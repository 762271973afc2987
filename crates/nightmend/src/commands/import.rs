//! Takes in exports, diaries and tables, and prints what became of every record.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use nightmend_app::ingest::{self, ImportRequest};
use nightmend_app::views::{FileView, ImportView, PassedOverView};
use nightmend_app::{TableMap, importers, steps};
use nightmend_domain::{PersonName, Zone};

use super::steps::occasion;
use super::{Context, now, today};
use crate::args::ImportArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{self, Style, TerminalProgress, counted};

/// Most refused records that are shown for one file; JSON has more.
const MOST_SHOWN: usize = 10;

/// Runs `nightmend import`.
pub fn run(context: &Context, args: &ImportArgs) -> Outcome {
    for path in args.paths.iter().chain(&args.map) {
        super::existing(path)?;
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
        below: None,
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
    // What was imported may be pain of the last days: it lets an experiment rest as a check-in would.
    for person in view.persons.iter().filter(|_| view.act.is_some()) {
        let Ok(person) = PersonName::new(person) else { continue };
        if let Some(why) = steps::watch(&mut store, &person, &occasion())? {
            output::say(&why);
        }
    }
    ending(&view)
}

/// Reads a map from its file.
pub(super) fn read_map(path: &Path) -> Result<TableMap, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the map {}; check that you may read it", path.display()))?;
    TableMap::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Nothing taken from anything is a refusal; a part taken is a success with a warning.
fn ending(view: &ImportView) -> Outcome {
    let taken: u64 = view.files.iter().map(|file| file.read - file.refused_total).sum();
    let refused: u64 = view.files.iter().map(|file| file.refused_total).sum();
    let broken = view.files.iter().filter(|file| file.problem.is_some()).count();
    if view.files.is_empty() && view.passed_over.is_empty() {
        return Err(Failure::Refused(
            "there is no file to read in what was given; check the path".to_owned(),
        ));
    }
    if taken == 0 {
        let formats: Vec<&str> = importers().iter().map(|importer| importer.id()).collect();
        return Err(Failure::Refused(format!(
            "nothing could be taken; the reasons stand above (formats: {})",
            formats.join(", ")
        )));
    }
    let new: u64 = view.files.iter().map(|file| file.kept + file.superseded + file.unmapped).sum();
    let rest = match (view.dry_run, new) {
        (true, _) => "the rest can be taken (a trial run keeps nothing)",
        (false, 0) => "the rest was known already",
        (false, _) => "the rest was taken",
    };
    if refused > 0 {
        let records = counted(refused, "record was", "records were");
        output::warn(&format!("{records} refused; {rest}"));
    }
    if broken > 0 {
        let files = counted(broken as u64, "file", "files");
        output::warn(&format!("{files} could not be read; {rest}"));
    }
    Ok(())
}

fn account(view: &ImportView, style: Style) -> String {
    let mut text = String::new();
    for file in &view.files {
        one_file(&mut text, file, style);
    }
    passed_over(&mut text, &view.passed_over, style);
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

/// One paragraph a reason: a folder may hold a thousand files of no use.
fn passed_over(text: &mut String, files: &[PassedOverView], style: Style) {
    const MOST_NAMED: usize = 3;
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        by_reason.entry(&file.why).or_default().push(&file.path);
    }
    for (why, paths) in by_reason {
        // Not wrapped: a reason may hold commands to copy.
        let line = match paths.as_slice() {
            [path] => format!("{} {path}: {}", style.dim("passed over"), with_its_name(why, path)),
            several => {
                let named = several[..several.len().min(MOST_NAMED)].join(", ");
                let more = several.len().saturating_sub(MOST_NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{} {} files: {why} ({named}{more})", style.dim("passed over"), several.len())
            }
        };
        let _ = writeln!(text, "{line}");
    }
}

/// A command in a reason with the name of the file it speaks of; a member of an archive must be unpacked first.
fn with_its_name(why: &str, path: &str) -> String {
    if path.contains("!/") {
        return why.to_owned();
    }
    let name = if path.contains(char::is_whitespace) { format!("'{path}'") } else { path.to_owned() };
    why.replace(" FILE ", &format!(" {name} "))
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
