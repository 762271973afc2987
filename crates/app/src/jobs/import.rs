//! Reads uploads in the background, keeps what a page draws meanwhile, and proposes maps for tables that have none.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use nightmend_domain::{Fact, Observation, PersonName, SleepKind, Zone};
use nightmend_import::table::{Proposal, TableMap, propose};
use nightmend_store::Store;

use super::progress::Work;
use super::{JobId, JobState, Jobs, Step, locked};
use crate::failure::AppError;
use crate::ingest::{ImportRequest, NEEDS_MAP, import_watched, without_commands};
use crate::upload::UploadFolder;
use crate::views::ImportView;
use crate::walk::{Found, walk};

/// Imports that are remembered, so that their account can be read and their tables confirmed.
const REMEMBERED: usize = 8;
/// Tables of one upload for which a map is proposed; more of them are counted.
const MOST_PROPOSED: usize = 12;
/// Bytes of a table that are looked at for a proposal.
const LOOKED_AT: u64 = 32 << 20;

/// What to import, and in whose name.
pub struct ImportWork {
    /// The files.
    pub upload: UploadFolder,
    /// Maps for tables among them.
    pub maps: Vec<TableMap>,
    /// Whose records.
    pub person: PersonName,
    /// The zone of local times, where it is said for this import.
    pub zone: Option<Zone>,
    /// The instant of the import.
    pub now: Timestamp,
    /// The date on the wall.
    pub today: Date,
}

/// One sleep as it was read, on a line of an actogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NightStretch {
    /// The date of waking.
    pub date: Date,
    /// Minutes from the noon before that date to its start.
    pub from: i32,
    /// Minutes from that noon to its end.
    pub to: i32,
}

impl NightStretch {
    fn of(observation: &Observation) -> Option<Self> {
        let Fact::Sleep(record) = &observation.fact else { return None };
        let from = record.sleep_onset.or(record.try_sleep).or(record.in_bed)?;
        let to = record.final_awakening.or(record.out_of_bed)?;
        let noon = observation.date.checked_sub(1.day()).ok()?.at(12, 0, 0, 0);
        let minutes = |time: nightmend_domain::OffsetTimestamp| time.civil().duration_since(noon).as_mins();
        let (from, to) = (minutes(from), minutes(to));
        let is_drawable = from < to && from > -1_440 && to < 2 * 1_440 && record.kind != SleepKind::Nap;
        is_drawable.then_some(Self {
            date: observation.date,
            from: i32::try_from(from).ok()?,
            to: i32::try_from(to).ok()?,
        })
    }
}

/// A table that no map was given for.
#[derive(Debug, Clone)]
pub struct UnknownTable {
    /// Its path, as shown in the account.
    pub path: String,
    /// The map that is proposed, or why none can be.
    pub proposal: Result<Proposal, String>,
}

/// What an import came to.
#[derive(Debug, Clone)]
pub struct ImportDone {
    /// The account.
    pub view: ImportView,
    /// Tables that wait for a map.
    pub tables: Vec<UnknownTable>,
}

/// How an import stands.
#[derive(Debug, Clone)]
pub enum ImportNow {
    /// It is being read.
    Reading(Step),
    /// It is through.
    Finished(Arc<ImportDone>),
    /// It could not be done, and why; nothing was kept.
    Failed(String),
    /// It was stopped; nothing was kept.
    Stopped,
}

/// One import of this process.
pub(super) struct ImportJob {
    pub(super) work: Arc<Work>,
    seen: Mutex<Vec<NightStretch>>,
    done: Mutex<Option<Arc<ImportDone>>>,
    /// The files, for as long as a table among them may be confirmed.
    upload: Mutex<Option<UploadFolder>>,
    person: PersonName,
    zone: Option<Zone>,
}

impl Jobs {
    /// Begins an import and gives its number.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub fn import(&self, work: ImportWork) -> Result<JobId, AppError> {
        let ImportWork { upload, maps, person, zone, now, today } = work;
        let request = ImportRequest {
            person: Some(person.clone()),
            below: Some(upload.path().to_path_buf()),
            zone: zone.clone(),
            maps,
            ..ImportRequest::of(vec![upload.path().to_path_buf()])
        };
        let job = Arc::new(ImportJob {
            work: Work::new(self, "waiting"),
            seen: Mutex::default(),
            done: Mutex::default(),
            upload: Mutex::new(Some(upload)),
            person,
            zone,
        });
        let id = job.work.id();
        let mut imports = locked(&self.0.imports);
        if imports.len() >= REMEMBERED
            && let Some(oldest) = imports.iter().position(|import| import.work.state() != JobState::Running)
        {
            imports.remove(oldest);
        }
        imports.push(Arc::clone(&job));
        drop(imports);
        let jobs = self.clone();
        std::thread::Builder::new()
            .name(format!("import {id}"))
            .spawn(move || jobs.read(&job, &request, now, today))
            .map_err(|source| AppError::File { what: "starting an import".to_owned(), source })?;
        Ok(id)
    }

    fn read(&self, job: &ImportJob, request: &ImportRequest, now: Timestamp, today: Date) {
        let one = locked(&self.0.one_import);
        let result = Store::open(&self.0.folder).map_err(AppError::from).and_then(|mut store| {
            let mut watch = |observation: &Observation| {
                if let Some(stretch) = NightStretch::of(observation) {
                    locked(&job.seen).push(stretch);
                }
            };
            import_watched(&mut store, request, now, today, &*job.work, &mut watch)
        });
        drop(one);
        let state = match result {
            Ok(mut view) => {
                let tables = proposals(request, &view);
                // What waits for an answer is not passed over.
                view.passed_over.retain(|file| !tables.iter().any(|table| table.path == file.path));
                for file in &mut view.passed_over {
                    file.why = without_commands(std::mem::take(&mut file.why));
                }
                if tables.is_empty() {
                    // Nothing waits for an answer, so that the files can go.
                    locked(&job.upload).take();
                }
                *locked(&job.done) = Some(Arc::new(ImportDone { view, tables }));
                JobState::Finished
            }
            Err(error) => {
                locked(&job.upload).take();
                match error {
                    AppError::Cancelled => JobState::Stopped,
                    other => JobState::Failed(other.to_string()),
                }
            }
        };
        job.work.end(state);
    }

    /// How an import stands; nothing of one that never was or was forgotten.
    #[must_use]
    pub fn import_now(&self, job: JobId) -> Option<ImportNow> {
        let job = self.import_job(job)?;
        Some(match job.work.state() {
            JobState::Running => ImportNow::Reading(job.work.event().step),
            JobState::Finished => match locked(&job.done).clone() {
                Some(done) => ImportNow::Finished(done),
                None => ImportNow::Stopped,
            },
            JobState::Failed(why) => ImportNow::Failed(why),
            JobState::Stopped => ImportNow::Stopped,
        })
    }

    /// The sleeps that an import read so far, from the `skip`-th on.
    #[must_use]
    pub fn import_seen(&self, job: JobId, skip: usize) -> Vec<NightStretch> {
        let Some(job) = self.import_job(job) else { return Vec::new() };
        let seen = locked(&job.seen);
        seen.get(skip..).unwrap_or_default().to_vec()
    }

    /// Reads the files of a finished import once more, now with maps for the tables among them.
    ///
    /// # Errors
    /// An import whose files are gone.
    pub fn import_again(
        &self,
        job: JobId,
        maps: Vec<TableMap>,
        now: Timestamp,
        today: Date,
    ) -> Result<JobId, AppError> {
        let gone = || AppError::Usage("these files are no longer here; send them once more".to_owned());
        let job = self.import_job(job).ok_or_else(gone)?;
        let upload = locked(&job.upload).take().ok_or_else(gone)?;
        let (person, zone) = (job.person.clone(), job.zone.clone());
        self.import(ImportWork { upload, maps, person, zone, now, today })
    }

    fn import_job(&self, job: JobId) -> Option<Arc<ImportJob>> {
        locked(&self.0.imports).iter().find(|import| import.work.id() == job).cloned()
    }
}

/// Maps for the tables that were passed over for want of one.
fn proposals(request: &ImportRequest, view: &ImportView) -> Vec<UnknownTable> {
    let waiting: BTreeSet<&str> = view
        .passed_over
        .iter()
        .filter(|file| file.why == NEEDS_MAP)
        .map(|file| file.path.as_str())
        .take(MOST_PROPOSED)
        .collect();
    let mut tables = Vec::new();
    if waiting.is_empty() {
        return tables;
    }
    walk(&request.paths, &mut |found| {
        if let Found::File(file) = found {
            let path = request.shown(&file.display_path);
            if waiting.contains(path.as_str()) {
                let name = file.name().to_owned();
                let proposal =
                    propose(&mut file.reader.take(LOOKED_AT), &name).map_err(|error| error.to_string());
                tables.push(UnknownTable { path, proposal });
            }
        }
        tables.len() < waiting.len()
    });
    tables
}
