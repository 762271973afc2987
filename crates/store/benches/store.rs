//! Measures appending, opening and loading.

#[path = "../tests/support/mod.rs"]
mod support;

use divan::Bencher;
use nightmend_store::Store;
use support::{at, five_years, import, me};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A new store, and ten thousand records with their nights as one import.
#[divan::bench(sample_count = 5, args = [10_000, 100_000])]
fn import_records(bencher: Bencher<'_, '_>, count: usize) {
    let records: Vec<_> = (0..)
        .flat_map(|round| {
            five_years().into_iter().map(move |mut record| {
                if round > 0 {
                    record.key = support::key(&format!("{round}/{}", record.key.as_str()));
                }
                record
            })
        })
        .take(count)
        .collect();
    bencher
        .with_inputs(|| {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            (folder, store)
        })
        .bench_refs(|(_, store)| import(store, &me(), &records, at(0)));
}

/// The same records once more: all are known.
#[divan::bench(sample_count = 5)]
fn import_five_known_years(bencher: Bencher<'_, '_>) {
    let (_folder, mut store) = five_year_store();
    let records = five_years();
    bencher.bench_local(|| import(&mut store, &me(), &records, at(1)));
}

/// One answer, waiting until the disk has it.
#[divan::bench(sample_count = 50)]
fn check_in(bencher: Bencher<'_, '_>) {
    let (_folder, mut store) = five_year_store();
    let mut minute = 0;
    bencher.bench_local(|| {
        minute += 1;
        let mut pain = support::pain("check-in", "2024-05-01", 4.0);
        pain.key = support::key(&format!("now/{minute}"));
        store.append_check_in(&me(), &[pain], at(minute)).unwrap()
    });
}

/// Opens a store of five years and three sources, and loads what stands, without stages.
#[divan::bench(sample_count = 20)]
fn open_and_load_five_years(bencher: Bencher<'_, '_>) {
    let (folder, store) = five_year_store();
    drop(store);
    bencher.bench_local(|| Store::open_read_only(folder.path()).unwrap().current(&me(), ..).unwrap());
}

/// The same with stages.
#[divan::bench(sample_count = 10)]
fn open_and_load_five_years_with_segments(bencher: Bencher<'_, '_>) {
    let (folder, store) = five_year_store();
    drop(store);
    bencher.bench_local(|| {
        Store::open_read_only(folder.path()).unwrap().current_with_segments(&me(), ..).unwrap()
    });
}

/// The hash that tells whether anything changed.
#[divan::bench(sample_count = 20)]
fn inputs_hash_of_five_years(bencher: Bencher<'_, '_>) {
    let (_folder, store) = five_year_store();
    bencher.bench_local(|| store.inputs_hash(&me()).unwrap());
}

fn five_year_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    import(&mut store, &me(), &five_years(), at(0));
    (folder, store)
}
