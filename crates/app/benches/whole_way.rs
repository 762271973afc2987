//! Measures the arrows of the house in a row: importing, assembling and fitting.

use divan::Bencher;
use jiff::civil::date;
use nightmend_app::estimate::{LoopRequest, measure};
use nightmend_app::ingest::{ImportRequest, import};
use nightmend_app::refresh::{DateRange, assembly};
use nightmend_app::{Question, Store};
use nightmend_domain::estimate::MeasurementError;
use nightmend_domain::{NoProgress, PersonName, Zone};
use nightmend_store::ImportDescription;
use nightmend_testkit::exports::ExportFolder;
use nightmend_testkit::five_years::five_years;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// Ten people with five months of device logs and diaries each, as folders of files.
#[divan::bench(sample_count = 10)]
fn import_and_assemble_ten_people(bencher: Bencher<'_, '_>) {
    let exports: Vec<ExportFolder> = (0..10).map(|seed| ExportFolder::every_form(150, seed)).collect();
    bencher.with_inputs(|| tempfile::tempdir().expect("a folder")).bench_refs(|folder| {
        let mut store = Store::open(folder.path().join("store")).expect("a store");
        for (number, export) in exports.iter().enumerate() {
            let person = PersonName::new(&format!("p{number:02}")).expect("a name");
            let request = ImportRequest {
                paths: vec![export.path().to_path_buf()],
                format: None,
                maps: Vec::new(),
                zone: Some(Zone::named("Europe/London").expect("a zone")),
                person: Some(person.clone()),
                source: None,
                dry_run: false,
                below: None,
            };
            let now = "2026-01-01T00:00:00Z".parse().expect("an instant");
            import(&mut store, &request, now, date(2026, 1, 1), &NoProgress).expect("an import");
            divan::black_box(assembly(&store, &person).expect("nights"));
        }
    });
}

fn five_year_store() -> (TempDir, Store, PersonName) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path().join("store")).expect("a store");
    let person = PersonName::new("me").expect("a name");
    let when = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let description = ImportDescription { when, paths: Vec::new() };
    let mut session = store.begin_import(&description).expect("a session");
    for observation in five_years(1) {
        session.append(&person, &observation).expect("a record");
    }
    session.commit().expect("a commit");
    (folder, store, person)
}

#[divan::bench(sample_count = 20)]
fn load_and_assemble_five_years(bencher: Bencher<'_, '_>) {
    let (_folder, store, person) = five_year_store();
    bencher.bench_local(|| assembly(&store, &person).expect("nights"));
}

/// Loads, assembles, chooses and fits: four chains of 500 + 1000.
#[divan::bench(args = [90, 365, 1_826], sample_count = 3)]
fn measure_the_loop(bencher: Bencher<'_, '_>, days: i64) {
    let (_folder, store, person) = five_year_store();
    let last = date(2020, 1, 1).checked_add(jiff::Span::new().days(days - 1)).expect("a date");
    let request = LoopRequest {
        question: Question::default(),
        range: DateRange { from: None, to: Some(last) },
        measurement_error: MeasurementError::Prior,
        pack: None,
        seed: 1,
        ..LoopRequest::default()
    };
    bencher.bench_local(|| measure(&store, &person, &request, &NoProgress).expect("an answer"));
}
