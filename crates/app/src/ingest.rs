//! Takes files, folders and archives into the store as one act, and accounts for every record.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::{Issue, Observation, PersonName, Progress, SourceName, Zone, ZoneHistory};
use nightmend_import::table::{Fit, TableMap};
use nightmend_import::{
    Account, Confidence, ImportSettings, Importer, Item, PlausibleDates, ReadError, Record,
};
use nightmend_store::{FileCounts, ImportDescription, ImportSession, Outcome, Store, StoreError};
use sha2::{Digest, Sha256};

use crate::failure::AppError;
use crate::views::{FileView, ImportView, PassedOverView, RefusedView};
use crate::walk::{self, Found};

/// Most refused records of one file that are listed; all are counted.
const MOST_LISTED: usize = 10_000;

/// What is said of a table that needs a map. ` FILE ` stands for its name, so that files with one reason can be counted.
pub(crate) const NEEDS_MAP: &str = "this is a table that nightmend does not know; run `nightmend map FILE > map.toml`, correct the proposed map, then run `nightmend import FILE --map map.toml`";

/// What is said of a file that nothing reads.
const UNKNOWN_KIND: &str = "no importer knows this kind of file; a table can be read with `nightmend map FILE > map.toml` and `nightmend import FILE --map map.toml`";

/// What is said of a table for which none of the maps given is meant.
const NO_MAP_FITS: &str = "no map given is meant for this table; `nightmend map` on it proposes one";

/// Why a file was passed over, for somebody who sent it from a page and has no command line before them.
pub(crate) fn without_commands(why: String) -> String {
    match why.as_str() {
        NEEDS_MAP => "this is a table that nightmend does not know; send it once more with fewer others, and a map is proposed for it".to_owned(),
        UNKNOWN_KIND => "this kind of file is not known; if it holds a table, save it as CSV and send that".to_owned(),
        NO_MAP_FITS => "the map given is not meant for this table; send it by itself, and a map is proposed for it".to_owned(),
        _ => why,
    }
}

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// Files, folders and archives.
    pub paths: Vec<PathBuf>,
    /// The format, where the person says it.
    pub format: Option<String>,
    /// Maps for tables, in the order in which they are tried.
    pub maps: Vec<TableMap>,
    /// The zone of local times, where the person says it for this import; their own zones otherwise.
    pub zone: Option<Zone>,
    /// The person whose records these are, unless a record names one.
    pub person: Option<PersonName>,
    /// A name for the source, in the place of the importer's own.
    pub source: Option<SourceName>,
    /// Whether to keep nothing.
    pub dry_run: bool,
    /// A folder that is left off the front of every path that is shown or kept: where a page put what it was sent.
    pub below: Option<PathBuf>,
}

impl ImportRequest {
    /// An ordinary import of these paths.
    #[must_use]
    pub fn of(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            format: None,
            maps: Vec::new(),
            zone: None,
            person: None,
            source: None,
            dry_run: false,
            below: None,
        }
    }

    /// What the history calls the things that are imported: what a page sent goes by the names of its files.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for path in &self.paths {
            match self.shown(&path.display().to_string()) {
                shown if shown.is_empty() => names.extend(files_in(path)),
                shown => names.push(shown),
            }
        }
        names
    }

    /// A path as the person knows it.
    pub(crate) fn shown(&self, path: &str) -> String {
        let below = self.below.as_ref().and_then(|folder| path.strip_prefix(&*folder.to_string_lossy()));
        below.map_or(path, |rest| rest.trim_start_matches(['/', '\\'])).to_owned()
    }
}

/// The names of what lies in a folder, in order; none where it cannot be looked into.
fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Sees every record as it is kept, e.g. to draw it while the rest is read.
pub type Watch<'a> = &'a mut dyn FnMut(&Observation);

/// Reads everything that `request` names into the store.
///
/// # Errors
/// A format or a path that cannot be meant, a store that cannot be written to, or the wish to stop; then nothing was
/// kept. Bad records and bad files are no error: they stand in the account.
pub fn import(
    store: &mut Store,
    request: &ImportRequest,
    now: Timestamp,
    today: Date,
    progress: &dyn Progress,
) -> Result<ImportView, AppError> {
    import_watched(store, request, now, today, progress, &mut |_| {})
}

/// As [`import`], with somebody who sees every record as it is kept. Until the import is through, none of it stands.
///
/// # Errors
/// As [`import`].
pub fn import_watched(
    store: &mut Store,
    request: &ImportRequest,
    now: Timestamp,
    today: Date,
    progress: &dyn Progress,
    watch: Watch<'_>,
) -> Result<ImportView, AppError> {
    let named = named_importer(request)?;
    let default_person = default_person(store, request.person.as_ref())?;
    let zones = Zones::known(store, request.zone.as_ref(), &default_person.name)?;
    let paths = request.names();
    let session = store.begin_import(&ImportDescription { when: now, paths })?;
    let mut intake = Intake {
        session,
        request,
        named,
        zones,
        dates: PlausibleDates::until_tomorrow(today),
        default_person,
        persons: BTreeSet::new(),
        nameless: BTreeMap::new(),
        files: Vec::new(),
        passed_over: Vec::new(),
        stop: None,
        progress,
        watch,
    };
    walk::walk(&request.paths, &mut |found| intake.take(found));
    intake.finish()
}

fn named_importer(request: &ImportRequest) -> Result<Option<&'static dyn Importer>, AppError> {
    let Some(id) = request.format.as_deref() else { return Ok(None) };
    let importer = nightmend_import::importer_by_id(id).ok_or_else(|| {
        let known: Vec<&str> = nightmend_import::importers().iter().map(|importer| importer.id()).collect();
        AppError::Usage(format!("there is no format called '{id}'; choose one of: {}", known.join(", ")))
    })?;
    if importer.id() == "table" && request.maps.is_empty() {
        return Err(AppError::Usage(
            "a table needs a map: run `nightmend map FILE > map.toml`, correct it, and run `nightmend import FILE --map map.toml`"
                .to_owned(),
        ));
    }
    Ok(Some(importer))
}

/// Whose records are those that name nobody.
struct DefaultPerson {
    name: PersonName,
    /// The people among whom nobody can be chosen, where that is so.
    ambiguous: Vec<String>,
}

fn default_person(store: &Store, named: Option<&PersonName>) -> Result<DefaultPerson, AppError> {
    match crate::keep::person(store, named) {
        Ok(name) => Ok(DefaultPerson { name, ambiguous: Vec::new() }),
        // Every record may name its own person; only one that names nobody is in doubt.
        Err(AppError::SeveralPersons { names }) => {
            Ok(DefaultPerson { name: crate::keep::default_person(), ambiguous: names })
        }
        Err(error) => Err(error),
    }
}

/// The zones that local times are read in.
struct Zones {
    /// The default person's, or the one that holds for the whole import.
    otherwise: ZoneHistory,
    /// Those of the people known so far; empty where one zone holds for the whole import.
    by_person: BTreeMap<PersonName, ZoneHistory>,
}

impl Zones {
    fn known(store: &Store, stated: Option<&Zone>, default_person: &PersonName) -> Result<Self, AppError> {
        if let Some(zone) = stated {
            return Ok(Self { otherwise: ZoneHistory::always(zone.clone()), by_person: BTreeMap::new() });
        }
        let mut by_person = BTreeMap::new();
        for person in store.persons()? {
            let zones = store.sleep_settings(&person)?.zones;
            by_person.insert(person, zones);
        }
        Ok(Self { otherwise: store.sleep_settings(default_person)?.zones, by_person })
    }

    /// The zones of a file whose path names a person, or of one that names nobody.
    fn of(&self, person: Option<&PersonName>) -> ZoneHistory {
        person.and_then(|person| self.by_person.get(person)).unwrap_or(&self.otherwise).clone()
    }
}

/// An import on its way.
struct Intake<'a> {
    session: ImportSession<'a>,
    request: &'a ImportRequest,
    named: Option<&'static dyn Importer>,
    zones: Zones,
    dates: PlausibleDates,
    default_person: DefaultPerson,
    persons: BTreeSet<PersonName>,
    /// The first file of each name that says nothing of whose it is.
    nameless: BTreeMap<String, String>,
    files: Vec<FileView>,
    passed_over: Vec<PassedOverView>,
    /// Why the whole import must stop.
    stop: Option<AppError>,
    progress: &'a dyn Progress,
    watch: Watch<'a>,
}

impl Intake<'_> {
    /// Takes one thing that the walk found; gives whether to go on.
    fn take(&mut self, found: Found<'_>) -> bool {
        match found {
            Found::File(file) => {
                let path = self.request.shown(&file.display_path);
                match self.choose(&file.head, file.name()) {
                    Ok((importer, map)) => {
                        self.read(&path, file.path_parts.clone(), importer, map, file.reader);
                    }
                    Err(why) => self.passed_over.push(PassedOverView { path, why }),
                }
            }
            Found::Issue(Issue { place, reason }) => {
                let place = self.request.shown(&place);
                self.files.push(FileView { path: place, problem: Some(reason), ..FileView::default() });
            }
        }
        if self.progress.cancelled() && self.stop.is_none() {
            self.stop = Some(AppError::Cancelled);
        }
        self.stop.is_none()
    }

    /// The importer and the map for a file, or why it is passed over.
    fn choose(&self, head: &[u8], name: &str) -> Result<(&'static dyn Importer, Option<TableMap>), String> {
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(ReadError::Empty.to_string());
        }
        let (importer, confidence) = match self.named {
            Some(importer) => (importer, Confidence::Certain),
            None => nightmend_import::recognise(head, name).ok_or(UNKNOWN_KIND)?,
        };
        let table = importer.id() == "table";
        if !table {
            return Ok((importer, None));
        }
        if let Some(map) = self.request.maps.iter().find(|map| map.fit(head, name) == Fit::Fits) {
            return Ok((importer, Some(map.clone())));
        }
        // A single file and a single map were surely meant for each other: the reader says what is amiss, if anything.
        match (self.request.maps.as_slice(), self.request.paths.as_slice()) {
            ([only], [path]) if path.is_file() => Ok((importer, Some(only.clone()))),
            ([], _) if confidence == Confidence::NeedsMap => Err(NEEDS_MAP.to_owned()),
            _ => Err(NO_MAP_FITS.to_owned()),
        }
    }

    fn read(
        &mut self,
        path: &str,
        path_parts: Vec<String>,
        importer: &'static dyn Importer,
        map: Option<TableMap>,
        bytes: &mut dyn Read,
    ) {
        self.session.begin_file(Path::new(path), importer.id());
        // A map that names people by their folder names them for every file in it, not for its tables alone.
        let of_path = self.request.maps.iter().find_map(|map| map.person_of_path(&path_parts));
        let whose_is_said = of_path.is_some()
            || self.request.person.is_some()
            || map.as_ref().is_some_and(TableMap::names_people);
        let namesake = if whose_is_said { None } else { self.namesake(path, &path_parts) };
        let zones = self.zones.of(of_path.as_ref());
        let settings = ImportSettings { zones, path_parts, map, plausible_dates: self.dates };
        let broken = Cell::new(false);
        let mut input = Watched {
            inner: bytes,
            hasher: Sha256::new(),
            read: 0,
            path,
            progress: self.progress,
            broken: &broken,
        };
        let mut view = FileView {
            path: path.to_owned(),
            format: importer.id().to_owned(),
            warnings: namesake.into_iter().collect(),
            ..FileView::default()
        };
        let result = {
            let whose = Whose { of_path, otherwise: &self.default_person };
            let mut emit = |item: Item| {
                if let Item::Record(record) = &item {
                    (self.watch)(&record.observation);
                }
                if !broken.get()
                    && let Err(error) =
                        keep(&mut self.session, &whose, self.request, &mut self.persons, &mut view, item)
                {
                    broken.set(true);
                    self.stop = Some(error);
                }
            };
            importer.read(&mut input, &settings, &mut emit)
        };
        let hash: [u8; 32] = input.hasher.finalize().into();
        let whole = result.is_ok() && !broken.get();
        let counts = self.session.end_file(whole.then_some(hash), view.refused_total);
        // An import that was stopped stops counting too.
        let counted = result.as_ref().map_or(view.refused_total, |account| account.refused);
        debug_assert!(broken.get() || counted == view.refused_total, "{}", view.path);
        account(&mut view, counts, result);
        self.files.push(view);
    }

    /// A warning where a file of the same name in another folder was taken for the same person's: folders of several
    /// people look like this, and would be one person's record without a word.
    fn namesake(&mut self, path: &str, path_parts: &[String]) -> Option<RefusedView> {
        let name = path_parts.last()?.clone();
        let first = self.nameless.entry(name).or_insert_with(|| path.to_owned());
        (first != path).then(|| RefusedView {
            place: path.to_owned(),
            why: format!(
                "{first} has the same name and was read as the same person's; if they are of different people, take the import back with `nightmend undo` and import each folder with --person NAME, or give a map with person = {{ path = \"PATTERN\" }}"
            ),
        })
    }

    fn finish(self) -> Result<ImportView, AppError> {
        if let Some(error) = self.stop {
            return Err(error);
        }
        let receipt = if self.request.dry_run { self.session.abandon() } else { self.session.commit()? };
        Ok(ImportView {
            schema: "nightmend.import/1",
            dry_run: self.request.dry_run,
            act: receipt.act.map(|act| act.get()),
            persons: self.persons.iter().map(ToString::to_string).collect(),
            files: self.files,
            passed_over: self.passed_over,
        })
    }
}

/// Hands one item to the store or to the account.
fn keep(
    session: &mut ImportSession<'_>,
    whose: &Whose<'_>,
    request: &ImportRequest,
    persons: &mut BTreeSet<PersonName>,
    view: &mut FileView,
    item: Item,
) -> Result<(), AppError> {
    match item {
        Item::Record(record) => {
            let person = whose.is(&record)?;
            append(session, &person, record, request.source.as_ref())?;
            persons.insert(person);
        }
        Item::Refused(issue) => {
            view.refused_total += 1;
            if view.refused.len() < MOST_LISTED {
                view.refused.push(listed(issue));
            }
        }
        Item::Warning(issue) => {
            if view.warnings.len() < MOST_LISTED {
                view.warnings.push(listed(issue));
            }
        }
    }
    Ok(())
}

/// Whose the records of one file are.
struct Whose<'a> {
    /// The person whom the file's path names.
    of_path: Option<PersonName>,
    /// The person otherwise.
    otherwise: &'a DefaultPerson,
}

impl Whose<'_> {
    fn is(&self, record: &Record) -> Result<PersonName, AppError> {
        match record.person.as_ref().or(self.of_path.as_ref()) {
            Some(person) => Ok(person.clone()),
            None if self.otherwise.ambiguous.is_empty() => Ok(self.otherwise.name.clone()),
            None => Err(AppError::SeveralPersons { names: self.otherwise.ambiguous.clone() }),
        }
    }
}

fn append(
    session: &mut ImportSession<'_>,
    person: &PersonName,
    record: Record,
    source: Option<&SourceName>,
) -> Result<Outcome, StoreError> {
    let Record { observation, unmapped, person: _ } = record;
    let observation = match source {
        Some(source) => renamed(observation, source),
        None => observation,
    };
    if unmapped {
        session.append_unmapped(person, &observation)
    } else {
        session.append(person, &observation)
    }
}

fn renamed(mut observation: Observation, source: &SourceName) -> Observation {
    observation.provenance.source = source.clone();
    observation
}

fn listed(issue: Issue) -> RefusedView {
    RefusedView { place: issue.place, why: issue.reason }
}

fn account(view: &mut FileView, counts: Option<FileCounts>, result: Result<Account, ReadError>) {
    if let Some(FileCounts { counts, .. }) = counts {
        view.kept = counts.kept;
        view.known = counts.known;
        view.superseded = counts.superseded;
        view.unmapped = counts.unmapped;
    }
    match result {
        Ok(account) => {
            view.read = account.read;
        }
        Err(error) => {
            view.read = view.kept + view.known + view.superseded + view.unmapped + view.refused_total;
            view.problem = Some(error.to_string());
        }
    }
}

/// Bytes that are hashed on their way, with progress, and that end when the import must stop.
struct Watched<'a> {
    inner: &'a mut dyn Read,
    hasher: Sha256,
    read: u64,
    path: &'a str,
    progress: &'a dyn Progress,
    broken: &'a Cell<bool>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.broken.get() || self.progress.cancelled() {
            return Err(io::Error::other("stopped"));
        }
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.read += count as u64;
        self.progress.advance(&format!("reading {}", self.path), self.read, 0);
        Ok(count)
    }
}
