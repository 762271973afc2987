//! Makes a simulated person, writes the exports they would have, and takes them in the way of every import.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::{PersonName, Progress, SourceName, Zone};
use nightmend_sim::demo_exports_of;
use nightmend_store::Store;

use crate::failure::AppError;
use crate::ingest::{ImportRequest, import};
use crate::views::ImportView;

/// Where the demo's exports were written and what became of them.
#[derive(Debug)]
pub struct Demo {
    /// The folder that holds the exports and the store.
    pub folder: PathBuf,
    /// The store.
    pub store: Store,
    /// The person in it.
    pub person: PersonName,
    /// One account per source.
    pub imports: Vec<ImportView>,
}

/// Simulates a person of `nights` nights and imports their exports into a store of its own below `folder`.
///
/// A demo that is there already is made anew: everything in it was simulated.
///
/// # Errors
/// A folder that cannot be written to, or that holds something other than a demo.
pub fn make(
    folder: &Path,
    nights: usize,
    seed: u64,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Demo, AppError> {
    clear(folder)?;
    let files = demo_exports_of(nights, seed);
    let exports = folder.join("exports");
    for file in &files {
        write(&exports.join(&file.path), &file.bytes)?;
    }
    let mut store = Store::open(folder)?;
    let person =
        PersonName::new(nightmend_sim::demo::DEMO_PERSON).expect("the name of the demo person is valid");
    let zone = Zone::named(nightmend_sim::DEMO_ZONE).expect("the zone of the demo is in the bundle");
    crate::keep::set_zone(&mut store, &person, zone.name(), None, now)?;
    let mut sources: Vec<&str> = files.iter().map(|file| file.source).collect();
    sources.dedup();
    let imports = sources
        .into_iter()
        .map(|source| {
            let paths =
                files.iter().filter(|file| file.source == source).map(|file| exports.join(&file.path));
            let request = ImportRequest {
                paths: paths.collect(),
                format: None,
                maps: Vec::new(),
                zone: None,
                person: Some(person.clone()),
                source: Some(SourceName::new(source).expect("the demo's sources have valid names")),
                dry_run: false,
                below: None,
            };
            import(&mut store, &request, now, AFTER_THE_DEMO, progress)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Demo { folder: folder.to_path_buf(), store, person, imports })
}

/// A date that no simulated night lies behind: its dates are plausible whenever the demo is run.
const AFTER_THE_DEMO: Date = jiff::civil::date(2035, 1, 1);

/// The mark that says that a folder may be thrown away.
const MARK: &str = "SIMULATED.txt";

fn clear(folder: &Path) -> Result<(), AppError> {
    if folder.exists() {
        let is_empty = fs::read_dir(folder).map(|mut entries| entries.next().is_none()).unwrap_or(false);
        if !is_empty && !folder.join(MARK).exists() {
            return Err(AppError::Usage(format!(
                "{} holds something other than a demo; choose another folder with --data DIR",
                folder.display()
            )));
        }
        fs::remove_dir_all(folder).map_err(|source| AppError::File {
            what: format!("clearing the former demo in {}", folder.display()),
            source,
        })?;
    }
    write(
        &folder.join(MARK),
        b"Everything in this folder is simulated by `nightmend demo`, which makes it anew each time.\n",
    )
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let failed = |source| AppError::File { what: format!("writing {}", path.display()), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, bytes).map_err(failed)
}
