//! Tests opening, backups, restoring, exporting and erasing, and what is said when they cannot be done.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use nightmend_domain::{FactKind, Observation, SourcePriority};
use nightmend_store::{EXPORT_FILES, EraseScope, ImportDescription, Overwrite, Store, StoreError};
use rusqlite::Connection;
use support::*;
use tempfile::TempDir;

const MARKER: &str = "a marker that nobody else writes 5f0c";

/// A folder for a store (not made yet) within a folder of the test.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/store");
    (folder, path)
}

fn records() -> Vec<Observation> {
    let mut records = vec![placed(note("diary", "2024-05-01", MARKER), "line 2")];
    for number in 1..=28 {
        let day = format!("2024-05-{number:02}");
        records.push(pain("diary", &day, 3.5));
        records.push(night("fitbit", date(&day), number));
    }
    records
}

fn everything(store: &Store) -> Vec<Observation> {
    store.current_with_segments(&me(), ..).unwrap()
}

fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let from = bytes.len() / 3;
    bytes[from..].fill(0x5a);
    fs::write(file, bytes).unwrap();
}

#[test]
#[cfg(unix)]
fn only_the_owner_may_read_a_store() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    store.export_all(path.join("export"), Overwrite::Refuse).unwrap();
    store.backup(path.join("export/backup"), Overwrite::Refuse).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [&path, &path.join("export")] {
        assert_eq!(mode(folder), 0o700);
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
            }
        }
    }
    assert!(path.join("nightmend.db-wal").exists(), "the log was not among them");
}

#[test]
fn reading_makes_no_store() {
    let (_folder, path) = place();
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(error.to_string().contains("import a file"), "{error}");
    assert!(!path.exists());
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("nightmend.db"), "").unwrap();
    assert!(matches!(Store::open_read_only(&path), Err(StoreError::Missing { .. })));
}

#[test]
fn a_reader_sees_what_others_write_and_writes_nothing() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    let mut reader = Store::open_read_only(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    assert_eq!(everything(&reader), everything(&store));
    let error = reader.append_check_in(&me(), &records(), at(1)).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(reader.begin_import(&ImportDescription { when: at(0), paths: vec![] }).is_err());
    assert!(reader.undo(&me(), at(1)).is_err());
    assert!(matches!(reader.erase(&EraseScope::Everything, &[]), Err(StoreError::ReadOnly { .. })));
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let (folder, _) = place();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("store")] {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::File { .. }), "{error}");
        assert!(error.to_string().contains("check that the path exists"), "{error}");
        assert!(matches!(Store::open_read_only(&path), Err(StoreError::Missing { .. })));
    }
}

#[test]
fn damaged_and_foreign_files_are_told_apart() {
    let (_folder, path) = place();
    fs::create_dir_all(&path).unwrap();
    let file = path.join("nightmend.db");
    fs::write(&file, "this is no database, but it is long enough to be looked at ".repeat(40)).unwrap();
    for error in [Store::open(&path).unwrap_err(), Store::open_read_only(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("restore another backup"), "{error}");
    }
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    for error in [Store::open(&path).unwrap_err(), Store::open_read_only(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    }
}

#[test]
fn a_store_with_broken_pages_says_so() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    drop(store);
    damage(&path.join("nightmend.db"));
    let error = Store::open(&path).and_then(|store| store.current_with_segments(&me(), ..)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_newer_store_is_left_alone() {
    let (_folder, path) = place();
    drop(Store::open(&path).unwrap());
    let file = path.join("nightmend.db");
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for error in [Store::open(&path).unwrap_err(), Store::open_read_only(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("install the newer nightmend"), "{error}");
    }
    assert!(Store::restore(path.join("other"), &file).is_err());
}

/// The store of `store`, as the first release's migration alone would have left it.
fn make_old(path: &Path) {
    let connection = Connection::open(path.join("nightmend.db")).unwrap();
    connection.execute_batch("DROP TABLE derived; DROP TABLE request; PRAGMA user_version = 1;").unwrap();
}

#[test]
fn an_old_store_is_brought_up_to_date_by_whoever_opens_it() {
    for read_only in [false, true] {
        let (_folder, path) = place();
        let mut store = Store::open(&path).unwrap();
        import(&mut store, &me(), &records(), at(0));
        let before = everything(&store);
        drop(store);
        make_old(&path);
        let open = if read_only { Store::open_read_only } else { Store::open };
        assert_eq!(everything(&open(&path).unwrap()), before);
        Store::open(&path).unwrap().drop_derived().unwrap();
    }
}

#[test]
fn a_store_that_was_removed_takes_no_more_writes() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    fs::remove_file(path.join("nightmend.db")).unwrap();
    if cfg!(unix) {
        let error = store.append_check_in(&me(), &records(), at(0)).unwrap_err();
        assert!(matches!(error, StoreError::Replaced { .. }), "{error}");
        let mut session = store.begin_import(&ImportDescription { when: at(0), paths: vec![] }).unwrap();
        assert!(session.append(&me(), &records()[0]).is_err());
        assert!(matches!(session.commit(), Err(StoreError::ImportBroken)));
    }
}

#[test]
fn a_backup_restores_everything() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    let priority = SourcePriority { kind: FactKind::Sleep, order: vec![source("fitbit")] };
    store.set_source_priority(&me(), &priority, at(1)).unwrap();
    store.undo(&me(), at(2)).unwrap();
    let file = folder.path().join("backup.nightmend");
    let made = store.backup(&file, Overwrite::Refuse).unwrap();
    assert_eq!(made.bytes, fs::metadata(&file).unwrap().len());
    let other = folder.path().join("elsewhere");
    let restored = Store::restore(&other, &file).unwrap();
    assert_eq!(restored.replaced, None);
    let copy = Store::open(&other).unwrap();
    assert_eq!(everything(&copy), everything(&store));
    assert_eq!(copy.history(&me(), 99).unwrap(), store.history(&me(), 99).unwrap());
    assert_eq!(copy.inputs_hash(&me()).unwrap(), store.inputs_hash(&me()).unwrap());

    let error = store.backup(&file, Overwrite::Refuse).unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    assert!(store.backup(path.join("nightmend.db"), Overwrite::Replace).is_err());
    store.append_check_in(&me(), &[pain("check-in", "2024-06-01", 1.0)], at(3)).unwrap();
    store.backup(&file, Overwrite::Replace).unwrap();
    drop(copy);
    let restored = Store::restore(&other, &file).unwrap();
    let replaced = restored.replaced.unwrap();
    assert_eq!(everything(&Store::open(&other).unwrap()), everything(&store));
    // The store that was replaced is a backup in turn.
    Store::restore(&other, &replaced).unwrap();
    assert_eq!(everything(&Store::open(&other).unwrap()).len(), everything(&store).len() - 1);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".tmp")), "{left:?}");
}

#[test]
fn a_bad_backup_leaves_the_store_as_it_is() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    let before = everything(&store);
    let file = folder.path().join("backup");
    store.backup(&file, Overwrite::Refuse).unwrap();
    drop(store);
    damage(&file);
    let text = folder.path().join("text");
    fs::write(&text, "not a backup at all, only words ".repeat(99)).unwrap();
    for (bad, damaged) in [(&file, true), (&text, true), (&folder.path().join("missing"), false)] {
        let error = Store::restore(&path, bad).unwrap_err();
        assert_eq!(matches!(error, StoreError::Damaged { .. }), damaged, "{error}");
        assert!(error.to_string().contains(&*bad.to_string_lossy()), "{error}");
    }
    assert_eq!(everything(&Store::open(&path).unwrap()), before);
    let names = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.contains(".tmp") && !name.contains("replaced")), "{names:?}");
}

#[test]
fn a_store_in_use_is_not_replaced() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    let file = folder.path().join("backup");
    store.backup(&file, Overwrite::Refuse).unwrap();
    let error = Store::restore(&path, &file).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    let error = Store::open(&path).unwrap().erase(&EraseScope::Everything, &[]).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    store.append_check_in(&me(), &[pain("check-in", "2024-06-01", 1.0)], at(3)).unwrap();
    assert_eq!(everything(&store).len(), records().len() + 1);
}

#[test]
fn an_old_backup_is_restored_and_a_damaged_store_replaced() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    let before = everything(&store);
    let file = folder.path().join("backup");
    store.backup(&file, Overwrite::Refuse).unwrap();
    drop(store);
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch("DROP TABLE derived; DROP TABLE request; PRAGMA user_version = 1;").unwrap();
    drop(connection);
    fs::write(path.join("nightmend.db"), "destroyed ".repeat(500)).unwrap();
    assert!(Store::open(&path).is_err());
    let replaced = Store::restore(&path, &file).unwrap().replaced.unwrap();
    assert!(fs::read(replaced).unwrap().starts_with(b"destroyed"));
    assert_eq!(everything(&Store::open(&path).unwrap()), before);
    let version: i64 =
        Connection::open(&file).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1, "the backup itself was written to");
}

#[test]
fn an_export_holds_everything() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    store.append_correction(&me(), &[pain("diary", "2024-05-02", 9.0)], at(1)).unwrap();
    store.append_check_in(&person("anna"), &[pain("check-in", "2024-05-02", 2.0)], at(2)).unwrap();
    store.undo(&person("anna"), at(3)).unwrap();
    let target = folder.path().join("export");
    let made = store.export_all(&target, Overwrite::Refuse).unwrap();
    let count = records().len() + 2;
    assert_eq!(made.observations, count as u64);
    let error = store.export_all(&target, Overwrite::Refuse).unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    let first: Vec<_> = EXPORT_FILES.iter().map(|name| fs::read(target.join(name)).unwrap()).collect();
    store.export_all(&target, Overwrite::Replace).unwrap();
    let second: Vec<_> = EXPORT_FILES.iter().map(|name| fs::read(target.join(name)).unwrap()).collect();
    assert!(first == second, "two exports differ");

    let rows = |name: &str| -> Vec<Vec<String>> {
        let mut table = csv::Reader::from_path(target.join(name)).unwrap();
        table.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let statuses: Vec<_> = rows("observations.csv").into_iter().map(|row| row[10].clone()).collect();
    let of = |status: &str| statuses.iter().filter(|each| *each == status).count();
    assert_eq!((statuses.len(), of("superseded"), of("undone")), (count, 1, 1));
    assert_eq!(rows("sleeps.csv").len(), 28);
    assert_eq!(rows("entries.csv").len(), 29);
    assert!(rows("entries.csv").iter().any(|row| row[9] == MARKER));
    assert_eq!(rows("acts.csv").len(), 4);
    let sleep = &rows("sleeps.csv")[0];
    assert_eq!((sleep[13].as_str(), sleep[11].as_str(), sleep[20].as_str()), ("400", "", ""), "{sleep:?}");

    let json: serde_json::Value = serde_json::from_slice(&first[4]).unwrap();
    assert_eq!(json["schema"], "nightmend.export/1");
    assert_eq!(json["acts"].as_array().unwrap().len(), 4);
    let me = &json["persons"][1];
    assert_eq!((&json["persons"][0]["name"], &me["name"]), (&"anna".into(), &"me".into()));
    let observations = me["observations"].as_array().unwrap();
    assert_eq!(observations.len(), count - 1);
    let nights = observations.iter().filter(|each| each["fact"] == "sleep");
    for (written, original) in
        nights.zip(records().iter().filter(|each| each.key.as_str().starts_with("sleep")))
    {
        check_sleep(written, original);
    }
}

/// Compares a sleep in the export with the one that went in, field by field.
fn check_sleep(written: &serde_json::Value, original: &Observation) {
    let nightmend_domain::Fact::Sleep(sleep) = &original.fact else { panic!("not a sleep") };
    assert_eq!(written["date"], original.date.to_string());
    assert_eq!(written["place"], original.provenance.place);
    for (name, time) in [
        ("in_bed", sleep.in_bed),
        ("try_sleep", sleep.try_sleep),
        ("sleep_onset", sleep.sleep_onset),
        ("final_awakening", sleep.final_awakening),
        ("out_of_bed", sleep.out_of_bed),
    ] {
        match time {
            None => assert!(written[name].is_null()),
            Some(time) => {
                assert_eq!(written[name]["utc"], time.timestamp().to_string());
                assert_eq!(written[name]["offset_seconds"], time.offset().seconds());
                assert_eq!(written[name]["basis"], "stated");
            }
        }
    }
    let minutes = |length: Option<nightmend_domain::Minutes>| length.map(nightmend_domain::Minutes::get);
    assert_eq!(written["waso_min"].as_f64(), minutes(sleep.wake_after_sleep_onset));
    assert_eq!(written["tst_min"].as_f64(), minutes(sleep.total_sleep_time));
    assert_eq!(written["awakenings"].as_u64(), sleep.awakenings.map(u64::from));
    assert_eq!(written["stages"]["deep_min"].as_f64(), minutes(sleep.stages.and_then(|stages| stages.deep)));
    let segments = written["segments"].as_array().unwrap();
    assert_eq!(segments.len(), sleep.segments.len());
    for (written, segment) in segments.iter().zip(&sleep.segments) {
        assert_eq!(written["start"]["utc"], segment.start.timestamp().to_string());
        assert_eq!(written["length_min"].as_f64(), Some(segment.length.get()));
    }
}

/// Whether a text is in any file of a folder.
fn is_in_files(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        let bytes = fs::read(entry.path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn an_erased_person_leaves_no_byte_and_others_stay() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    let anna = person("Anna Aardvark");
    let other = pain("diary", "2024-05-01", 4.0);
    let mut session =
        store.begin_import(&ImportDescription { when: at(0), paths: vec!["study/aardvark".into()] }).unwrap();
    session.begin_file("study/aardvark.csv".as_ref(), "table");
    for record in records() {
        session.append(&anna, &record).unwrap();
    }
    session.append(&anna, &note("aardvark's table", "2024-05-03", "x")).unwrap();
    session.begin_file("study/other.csv".as_ref(), "table");
    session.append(&me(), &other).unwrap();
    session.commit().unwrap();
    store.append_check_in(&anna, &[pain("check-in", "2024-05-09", 1.0)], at(1)).unwrap();
    store.append_correction(&anna, &[note("diary", "2024-05-01", "milder words")], at(2)).unwrap();
    let shared = store.history(&me(), 1).unwrap()[0].id;
    let undo = store.undo_act(shared, at(3)).unwrap().by.id;
    store.undo_act(undo, at(4)).unwrap();
    let derived = nightmend_store::DerivedKey {
        inputs_hash: [0; 32],
        algorithm: "loop",
        version: "1",
        settings_hash: [0; 32],
    };
    store.put_derived(&derived, MARKER.as_bytes()).unwrap();
    let samples = [MARKER, "milder words", "Aardvark", "aardvark"];
    for sample in samples {
        assert!(is_in_files(&path, sample), "{sample} is not in the store to begin with");
    }
    let scope = EraseScope::Person(anna.clone());
    let preview = store.erase_preview(&scope).unwrap();
    assert_eq!((preview.persons[0].observations, preview.persons[0].acts), (60, 5));
    assert_eq!(preview.derived, 1);
    let proof = store.erase(&scope, &samples).unwrap();
    assert_eq!(proof.deleted, preview);
    assert!(proof.holds(), "{proof:?}");
    assert!(!proof.files_read.is_empty());
    for sample in samples {
        assert!(!is_in_files(&path, sample), "{sample} is still there");
    }
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.current(&me(), ..).unwrap(), std::slice::from_ref(&other));
    assert!(store.current(&anna, ..).unwrap().is_empty());
    let history = store.history(&me(), 9).unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[2].files.len(), 1);
    let again = store.erase_preview(&scope).unwrap_err();
    assert!(matches!(again, StoreError::UnknownPerson { .. }), "{again}");
    // What was erased can be imported anew, and what stayed can still be undone.
    assert_eq!(import(&mut store, &anna, &records(), at(5)).counts.kept, records().len() as u64);
    store.undo(&me(), at(6)).unwrap();
    assert!(store.current(&me(), ..).unwrap().is_empty());
}

#[test]
fn a_false_proof_is_recognised() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    for name in ["anna", "me"] {
        import(&mut store, &person(name), &records(), at(0));
    }
    // Another person wrote the same words: they are still there, and the proof says so.
    let proof = store.erase(&EraseScope::Person(person("anna")), &[MARKER, "never written"]).unwrap();
    assert_eq!(proof.samples_left, [MARKER]);
    assert!(!proof.holds());
}

#[test]
fn erasing_everything_leaves_an_empty_folder() {
    let (folder, path) = place();
    let mut store = Store::open(&path).unwrap();
    import(&mut store, &me(), &records(), at(0));
    let backup = folder.path().join("backup");
    store.backup(&backup, Overwrite::Refuse).unwrap();
    drop(store);
    Store::restore(&path, &backup).unwrap();
    fs::write(path.join("my own notes.txt"), "kept").unwrap();
    let store = Store::open(&path).unwrap();
    let preview = store.erase_preview(&EraseScope::Everything).unwrap();
    let names: Vec<_> = preview
        .files
        .iter()
        .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.contains(&"nightmend.db".to_owned()) && names.contains(&"nightmend-replaced.db".to_owned())
    );
    let proof = store.erase(&EraseScope::Everything, &[MARKER]).unwrap();
    assert!(proof.holds(), "{proof:?}");
    let left: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["my own notes.txt"]);
    assert!(matches!(Store::open_read_only(&path), Err(StoreError::Missing { .. })));
    assert!(Store::open(&path).unwrap().persons().unwrap().is_empty());
}
