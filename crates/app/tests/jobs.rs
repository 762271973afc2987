//! Runs imports and fits in the background: accounts, caches, the newest winning, stopping, and tables without a map.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use nightmend_app::estimate::LoopRequest;
use nightmend_app::jobs::{ImportDone, ImportNow, ImportWork, JobEvent, JobId, JobState, Jobs, LoopNow};
use nightmend_app::record::Record;
use nightmend_app::refresh::DateRange;
use nightmend_app::upload::UploadFolder;
use nightmend_app::{AppError, Store, TableMap};
use nightmend_domain::{PersonName, Zone};
use nightmend_testkit::exports::demo_files;
use nightmend_testkit::observations::Maker;

const TODAY: Date = date(2035, 1, 1);

struct Desk {
    folder: tempfile::TempDir,
    jobs: Jobs,
    events: Arc<Mutex<Vec<JobEvent>>>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let events: Arc<Mutex<Vec<JobEvent>>> = Arc::default();
        let heard = Arc::clone(&events);
        let listener = move |event: &JobEvent| heard.lock().unwrap().push(event.clone());
        let jobs = Jobs::new(folder.path(), Box::new(listener));
        Self { folder, jobs, events }
    }

    fn store(&self) -> Store {
        Store::open(self.folder.path()).unwrap()
    }

    fn upload(&self, files: &[(&str, &[u8])]) -> JobId {
        let upload = UploadFolder::new(self.folder.path()).unwrap();
        for (name, bytes) in files {
            upload.file(name).unwrap().0.write_all(bytes).unwrap();
        }
        let work = ImportWork {
            upload,
            maps: Vec::new(),
            person: me(),
            zone: Zone::named("Europe/London").ok(),
            now: now(),
            today: TODAY,
        };
        self.jobs.import(work).unwrap()
    }

    fn imported(&self, job: JobId) -> Arc<ImportDone> {
        match self.wait(|desk| match desk.jobs.import_now(job) {
            Some(ImportNow::Reading(_)) => None,
            other => other,
        }) {
            ImportNow::Finished(done) => done,
            other => panic!("{other:?}"),
        }
    }

    fn wait<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(begin.elapsed() < Duration::from_secs(120), "it takes too long");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What can be said of the loop now, as a page asks it.
    fn look(&self, jobs: &Jobs) -> Result<LoopNow, AppError> {
        let store = self.store();
        jobs.loop_now(&store, &Record::read(&store, &me())?, &request())
    }

    fn demo(&self) {
        let files = demo_files();
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect();
        self.imported(self.upload(&files));
    }
}

fn me() -> PersonName {
    PersonName::new("me").unwrap()
}

fn now() -> Timestamp {
    "2026-01-01T08:00:00Z".parse().unwrap()
}

/// The first sixty days of the demo person: a fit of about a second in a test.
fn request() -> LoopRequest {
    LoopRequest { range: DateRange { from: None, to: Some(date(2025, 2, 20)) }, ..LoopRequest::default() }
}

fn working(now: LoopNow) -> JobId {
    match now {
        LoopNow::Working { job, .. } => job,
        LoopNow::Finished(_) => panic!("it was answered at once"),
    }
}

fn no_upload_left(folder: &Path) {
    assert!(!folder.join("uploads").exists(), "an upload was left behind");
}

#[test]
fn an_upload_is_read_accounted_for_and_removed() {
    let desk = Desk::new();
    let files = demo_files();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect();
    let job = desk.upload(&files);
    let done = desk.imported(job);
    assert!(done.view.files.iter().all(|file| file.adds_up()), "{:?}", done.view.files);
    assert!(done.view.files.iter().any(|file| file.kept > 100));
    assert!(done.view.files.iter().all(|file| !file.path.contains("uploads")), "{:?}", done.view.files);
    assert!(desk.jobs.import_seen(job, 0).len() > 100, "nothing to draw while it is read");
    let history = desk.store().history(&me(), 1).unwrap();
    assert!(!history[0].what.contains("uploads"), "{}", history[0].what);
    assert_eq!(desk.jobs.event(job).unwrap().state, JobState::Finished);
    assert!(desk.events.lock().unwrap().iter().any(|event| event.state == JobState::Finished));
    no_upload_left(desk.folder.path());
    // A second sending of the same files changes nothing.
    let again = desk.imported(desk.upload(&files));
    assert!(
        again.view.files.iter().all(|file| file.kept == 0 && file.known == file.read),
        "{:?}",
        again.view.files
    );
}

#[test]
fn a_table_without_a_map_waits_for_one() {
    let desk = Desk::new();
    let table = "day,back,hours\n2024-05-01,3,7.5\n2024-05-02,5,6.0\n2024-05-03,4,7.0\n";
    let job = desk.upload(&[("my table.csv", table.as_bytes())]);
    let done = desk.imported(job);
    assert_eq!(done.tables.len(), 1, "{:?}", done.view);
    assert_eq!(done.tables[0].path, "my table.csv");
    assert!(done.tables[0].proposal.as_ref().unwrap().toml_text.contains("back"));
    let map = "source = \"table\"\ndate = { column = \"day\", format = \"%Y-%m-%d\" }\n[[column]]\nname = \"back\"\n\
               as = \"back pain\"\nrole = \"pain\"\nmoment = \"day\"\nnrs = true\n";
    let maps = vec![TableMap::parse(map).unwrap()];
    let second = desk.jobs.import_again(job, maps.clone(), now(), TODAY).unwrap();
    let done = desk.imported(second);
    assert_eq!(
        done.view.files[0].read,
        done.view.files[0].kept + done.view.files[0].unmapped,
        "{:?}",
        done.view
    );
    assert!(done.view.files[0].kept >= 3 && done.tables.is_empty());
    assert!(desk.jobs.import_again(job, maps, now(), TODAY).is_err());
    no_upload_left(desk.folder.path());
}

#[test]
fn a_fit_is_made_once_and_kept_in_the_store() {
    let desk = Desk::new();
    desk.demo();
    let job = working(desk.look(&desk.jobs).unwrap());
    // Whoever asks meanwhile waits for the same fit.
    assert_eq!(working(desk.look(&desk.jobs).unwrap()), job);
    let finished = |desk: &Desk| match desk.look(&desk.jobs).unwrap() {
        LoopNow::Finished(answer) => Some(answer),
        LoopNow::Working { .. } => None,
    };
    let answer = desk.wait(finished);
    assert!(answer.view.effects.is_some());
    let steps =
        desk.events.lock().unwrap().iter().filter(|event| event.job == job && event.step.total > 0).count();
    assert!(steps > 0, "no progress was told");
    // Another process, or this one after a restart, finds it in the store: the same to the last bit.
    let fresh = Jobs::new(desk.folder.path(), Box::new(|_| {}));
    match desk.look(&fresh).unwrap() {
        LoopNow::Finished(kept) => {
            assert_eq!(kept.outcome, answer.outcome);
            assert_eq!(
                serde_json::to_string(&kept.view).unwrap(),
                serde_json::to_string(&answer.view).unwrap()
            );
        }
        LoopNow::Working { .. } => panic!("the fit was not kept"),
    }
}

#[test]
fn newer_records_stop_the_fit_of_older_ones() {
    let desk = Desk::new();
    desk.demo();
    let mut store = desk.store();
    let first = working(desk.look(&desk.jobs).unwrap());
    let maker = Maker::diary("Europe/London");
    store.append_check_in(&me(), &[maker.pain_waking("2025-02-01", 9.0)], now()).unwrap();
    let second = working(desk.look(&desk.jobs).unwrap());
    assert_ne!(first, second);
    desk.wait(|desk| {
        let events = desk.events.lock().unwrap();
        events.iter().any(|event| event.job == first && event.state == JobState::Stopped).then_some(())
    });
    desk.jobs.cancel(second);
    desk.wait(|desk| {
        let events = desk.events.lock().unwrap();
        events.iter().any(|event| event.job == second && event.state == JobState::Stopped).then_some(())
    });
    desk.jobs.stop_all();
    assert!(desk.jobs.event(second).is_none());
}
