//! Tests the laws of appending, correcting and undoing, partly against a slow model of them.

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use nightmend_domain::{
    Fact, Observation, OffsetTimestamp, PersonName, SleepKind, SleepMethod, SleepRecord, Zone, ZoneBasis,
};
use nightmend_store::{ActKind, Counts, ImportDescription, Outcome, Status, Store, StoreError};
use proptest::prelude::*;
use support::*;
use tempfile::TempDir;

fn new_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    (folder, store)
}

fn values(store: &Store) -> Vec<Observation> {
    store.current(&me(), ..).unwrap()
}

#[test]
fn an_import_accounts_for_every_record() {
    let (_folder, mut store) = new_store();
    let description = ImportDescription { when: at(0), paths: vec!["a.csv".into(), "b.csv".into()] };
    let mut session = store.begin_import(&description).unwrap();
    session.begin_file("a.csv".as_ref(), "table");
    let first = pain("diary", "2024-05-01", 4.0);
    assert_eq!(session.append(&me(), &first).unwrap(), Outcome::Kept);
    assert_eq!(session.append(&me(), &placed(first.clone(), "line 9")).unwrap(), Outcome::Known);
    assert_eq!(session.append(&me(), &pain("diary", "2024-05-01", 5.0)).unwrap(), Outcome::Superseded);
    assert_eq!(session.append_unmapped(&me(), &note("diary", "2024-05-01", "x")).unwrap(), Outcome::Unmapped);
    assert_eq!(session.append_unmapped(&me(), &note("diary", "2024-05-01", "x")).unwrap(), Outcome::Known);
    assert_eq!(session.append(&me(), &pain("other", "2024-05-01", 4.0)).unwrap(), Outcome::Kept);
    let file = session.end_file(Some([1; 32]), 3).unwrap();
    assert_eq!(file.counts, Counts { kept: 2, known: 2, superseded: 1, unmapped: 1 });
    assert_eq!(file.read(), 9);
    session.begin_file("b.csv".as_ref(), "table");
    session.append(&person("anna"), &first).unwrap();
    let receipt = session.commit().unwrap();
    assert_eq!(receipt.counts, Counts { kept: 3, known: 2, superseded: 1, unmapped: 1 });
    assert_eq!(receipt.files.len(), 2);
    let act = store.act(receipt.act.unwrap()).unwrap();
    assert_eq!((act.what.as_str(), act.counts), ("import of a.csv and 1 more", receipt.counts));
    assert_eq!(act.persons, [person("anna"), me()]);
    assert_eq!(act.files[0].sha256, Some([1; 32]));
    assert_eq!((act.files[0].refused, act.files[0].counts), (3, file.counts));
    assert_eq!(store.persons().unwrap(), [person("anna"), me()]);
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let (folder, mut store) = new_store();
    let records: Vec<_> = (1..=20)
        .flat_map(|number| {
            let day = format!("2024-05-{number:02}");
            [
                pain("diary", &day, 3.0),
                night("fitbit", date(&day), number),
                note("diary", &day, "slept on the sofa"),
            ]
        })
        .collect();
    import(&mut store, &me(), &records, at(0));
    drop(store);
    let file = folder.path().join("store/nightmend.db");
    let before = std::fs::read(&file).unwrap();
    let mut store = Store::open(folder.path().join("store")).unwrap();
    let receipt = import(&mut store, &me(), &records, at(9));
    assert_eq!(receipt.act, None);
    assert_eq!(receipt.counts.known, records.len() as u64);
    assert_eq!(store.history(&me(), 10).unwrap().len(), 1);
    drop(store);
    assert!(before == std::fs::read(&file).unwrap(), "the bytes of the store changed");
}

#[test]
fn a_dropped_import_leaves_nothing() {
    let (_folder, mut store) = new_store();
    let description = ImportDescription { when: at(0), paths: vec![] };
    let mut session = store.begin_import(&description).unwrap();
    session.append(&me(), &pain("diary", "2024-05-01", 4.0)).unwrap();
    let would = session.abandon();
    assert_eq!((would.act, would.counts.kept), (None, 1));
    assert!(store.persons().unwrap().is_empty());
    assert!(values(&store).is_empty());
    assert!(store.history(&me(), 10).unwrap().is_empty());
}

#[test]
fn facts_come_back_as_they_went_in() {
    let (_folder, mut store) = new_store();
    let mut records = vec![
        night("fitbit", date("2024-03-31"), 3),
        note("diary", "2024-05-01", "back \u{1F6CF} sore, \"very\"\nsecond line"),
    ];
    let unknown = SleepRecord::unknown(SleepMethod::Unstated, SleepKind::Unstated);
    records.push(Observation {
        key: key("sleep/nothing known"),
        fact: Fact::Sleep(Box::new(unknown)),
        ..pain("diary", "2024-05-02", 0.0)
    });
    for (index, tracker) in nightmend_domain::trackers::ALL.iter().enumerate() {
        let entry = tracker.number(1.0).unwrap_or_else(|_| tracker.text("left side"));
        let zone = Zone::named("America/St_Johns").unwrap();
        records.push(Observation {
            key: key(&format!("entry/{index}")),
            at: Some(OffsetTimestamp::in_zone(at(index as i64), &zone, ZoneBasis::Person)),
            fact: Fact::Entry(entry),
            ..placed(pain("check-in", "2024-05-03", 0.0), &format!("line {index}"))
        });
    }
    import(&mut store, &me(), &records, at(0));
    let mut sorted = records.clone();
    sorted
        .sort_by(|a, b| (a.date, &a.provenance.source, &a.key).cmp(&(b.date, &b.provenance.source, &b.key)));
    assert_eq!(store.current_with_segments(&me(), ..).unwrap(), sorted);
    let without = values(&store);
    assert_eq!(without.len(), sorted.len());
    for (loaded, original) in without.iter().zip(&mut sorted) {
        if let Fact::Sleep(sleep) = &mut original.fact {
            sleep.segments.clear();
        }
        assert_eq!(loaded, original);
    }
    let range = date("2024-05-01")..=date("2024-05-02");
    assert_eq!(store.current(&me(), range).unwrap().len(), 2);
    assert!(store.current(&person("nobody"), ..).unwrap().is_empty());
}

#[test]
fn corrections_replace_and_withdraw_and_keep_the_past() {
    let (_folder, mut store) = new_store();
    let told = pain("check-in", "2024-05-01", 4.0);
    store.append_check_in(&me(), std::slice::from_ref(&told), at(0)).unwrap();
    let right = pain("check-in", "2024-05-01", 5.0);
    let receipt = store.append_correction(&me(), std::slice::from_ref(&right), at(1)).unwrap();
    assert_eq!(receipt.counts.superseded, 1);
    assert_eq!(values(&store), std::slice::from_ref(&right));
    // Back to the first value: said before, yet meant.
    let receipt = store.append_correction(&me(), std::slice::from_ref(&told), at(2)).unwrap();
    assert_eq!(receipt.counts.superseded, 1);
    assert_eq!(values(&store), std::slice::from_ref(&told));
    // Saying what stands changes nothing.
    assert_eq!(store.append_correction(&me(), std::slice::from_ref(&told), at(3)).unwrap().act, None);
    store.append_correction(&me(), &[withdrawn(&told)], at(4)).unwrap();
    assert!(values(&store).is_empty());
    // An import that says again what was withdrawn does not bring it back.
    assert_eq!(import(&mut store, &me(), std::slice::from_ref(&right), at(5)).counts.known, 1);
    assert!(values(&store).is_empty());
    let versions = store.versions(&me(), &source("check-in"), &told.key).unwrap();
    let statuses: Vec<_> = versions.iter().map(|version| version.status).collect();
    assert_eq!(statuses, [Status::Superseded, Status::Superseded, Status::Superseded, Status::Current]);
    assert_eq!(versions[1].observation, right);
}

#[test]
fn a_correction_that_moves_the_date_leaves_nothing_on_the_old_one() {
    let (_folder, mut store) = new_store();
    let told = pain("check-in", "2024-05-01", 4.0);
    let moved = Observation { date: date("2024-05-09"), ..told.clone() };
    store.append_check_in(&me(), std::slice::from_ref(&told), at(0)).unwrap();
    store.append_correction(&me(), std::slice::from_ref(&moved), at(1)).unwrap();
    assert!(store.current(&me(), ..date("2024-05-05")).unwrap().is_empty());
    assert_eq!(values(&store), [moved]);
}

#[test]
fn undo_walks_back_and_can_be_undone() {
    let (_folder, mut store) = new_store();
    let first = pain("check-in", "2024-05-01", 4.0);
    let second = pain("check-in", "2024-05-02", 6.0);
    store.append_check_in(&me(), std::slice::from_ref(&first), at(0)).unwrap();
    store.append_check_in(&me(), std::slice::from_ref(&second), at(1)).unwrap();
    let last = store.undo(&me(), at(2)).unwrap();
    assert_eq!((last.act.kind, last.by.kind), (ActKind::CheckIn, ActKind::Undo));
    assert_eq!(last.act.undone_by, Some(last.by.id));
    assert_eq!(values(&store), std::slice::from_ref(&first));
    store.undo(&me(), at(3)).unwrap();
    assert!(values(&store).is_empty());
    assert!(store.persons().unwrap().is_empty());
    let error = store.undo(&me(), at(4)).unwrap_err();
    assert!(matches!(error, StoreError::NothingToUndo { .. }), "{error}");
    // Undoing the first undo brings the second check-in back, and only that one.
    let back = store.undo_act(last.by.id, at(5)).unwrap();
    assert_eq!((back.by.kind, back.act.id, back.act.undone_by), (ActKind::Redo, last.act.id, None));
    assert_eq!(values(&store), [second]);
    let error = store.undo_act(last.by.id, at(6)).unwrap_err();
    assert!(matches!(error, StoreError::AlreadyUndone { .. }), "{error}");
    // Undoing the redo takes it away again.
    store.undo_act(back.by.id, at(7)).unwrap();
    assert!(values(&store).is_empty());
    let kinds: Vec<_> = store.history(&me(), 100).unwrap().iter().map(|act| act.kind).rev().collect();
    use ActKind::{CheckIn, Redo, Undo};
    assert_eq!(kinds, [CheckIn, CheckIn, Undo, Undo, Redo, Undo]);
    assert_eq!(store.history(&me(), 2).unwrap().len(), 2);
    assert!(matches!(store.undo_act("99".parse().unwrap(), at(8)), Err(StoreError::UnknownAct { .. })));
}

#[test]
fn looking_at_an_offer_leaves_the_hash_of_what_answers_rest_on_as_it_was() {
    let (_folder, mut store) = new_store();
    store.append_check_in(&me(), &[pain("check-in", "2024-06-01", 4.0)], at(0)).unwrap();
    let hash = store.inputs_hash(&me()).unwrap();
    store
        .append_step(&me(), &[pain("steps", "2024-06-02", 0.0)], (ActKind::Offer, "offered"), at(1))
        .unwrap();
    assert_eq!(store.inputs_hash(&me()).unwrap(), hash);
    store.append_step(&me(), &[pain("steps", "2024-06-03", 0.0)], (ActKind::Step, "started"), at(2)).unwrap();
    assert_ne!(store.inputs_hash(&me()).unwrap(), hash);
}

#[test]
fn an_undone_import_comes_back_when_it_is_imported_again() {
    let (_folder, mut store) = new_store();
    let records = [pain("diary", "2024-05-01", 4.0), night("fitbit", date("2024-05-01"), 1)];
    import(&mut store, &me(), &records, at(0));
    let before = store.current_with_segments(&me(), ..).unwrap();
    let hash = store.inputs_hash(&me()).unwrap();
    store.undo(&me(), at(1)).unwrap();
    assert!(values(&store).is_empty());
    assert_ne!(store.inputs_hash(&me()).unwrap(), hash);
    assert_eq!(import(&mut store, &me(), &records, at(2)).counts.kept, 2);
    assert_eq!(store.current_with_segments(&me(), ..).unwrap(), before);
    assert_eq!(store.inputs_hash(&me()).unwrap(), hash);
}

#[test]
fn what_a_second_import_said_too_outlives_the_undo_of_the_first() {
    let (_folder, mut store) = new_store();
    let march = pain("diary", "2024-03-01", 4.0);
    let april = pain("diary", "2024-04-01", 5.0);
    let only_first = pain("diary", "2024-02-01", 6.0);
    let first = import(&mut store, &me(), &[march.clone(), only_first], at(0)).act.unwrap();
    let second = import(&mut store, &me(), &[march.clone(), april.clone()], at(1));
    assert_eq!((second.counts.known, second.counts.kept), (1, 1));
    store.undo_act(first, at(2)).unwrap();
    assert_eq!(values(&store), [march, april]);
    store.undo(&me(), at(3)).unwrap();
    assert!(values(&store).is_empty());
}

#[test]
fn an_undone_import_is_undone_for_everybody() {
    let (_folder, mut store) = new_store();
    let mut session =
        store.begin_import(&ImportDescription { when: at(0), paths: vec!["study".into()] }).unwrap();
    for name in ["p01", "p02"] {
        session.append(&person(name), &pain("diary", "2024-05-01", 4.0)).unwrap();
    }
    session.commit().unwrap();
    let undone = store.undo(&person("p01"), at(1)).unwrap();
    assert_eq!(undone.act.persons, [person("p01"), person("p02")]);
    assert!(store.current(&person("p02"), ..).unwrap().is_empty());
}

#[test]
fn settings_are_acts() {
    use nightmend_domain::{FactKind, SourcePriority, ZoneChange, ZoneHistory};
    let (_folder, mut store) = new_store();
    assert_eq!(store.sleep_settings(&me()).unwrap(), Default::default());
    let priority = SourcePriority { kind: FactKind::Sleep, order: vec![source("ring"), source("fitbit")] };
    let zones = ZoneHistory::new(vec![
        ZoneChange { from: None, zone: Zone::named("Europe/Oslo").unwrap() },
        ZoneChange { from: Some(date("2024-06-01")), zone: Zone::named("Asia/Tokyo").unwrap() },
    ]);
    let usual = jiff::civil::time(3, 30, 0, 0);
    assert!(store.set_source_priority(&me(), &priority, at(0)).unwrap().is_some());
    assert!(store.set_source_priority(&me(), &priority, at(1)).unwrap().is_none());
    store.set_zones(&me(), &zones, at(2)).unwrap();
    store.set_usual_mid_sleep(&me(), Some(usual), at(3)).unwrap();
    let settings = store.sleep_settings(&me()).unwrap();
    assert_eq!(settings.priorities, [priority]);
    assert_eq!(settings.zones, zones);
    assert_eq!(settings.usual_mid_sleep, Some(usual));
    let words: Vec<_> = store.history(&me(), 9).unwrap().into_iter().map(|act| act.what).collect();
    assert_eq!(
        words,
        [
            "usual mid-sleep: 03:30:00",
            "time zones: Europe/Oslo, Asia/Tokyo from 2024-06-01",
            "order of sources for sleep: ring, fitbit",
        ]
    );
    store.set_usual_mid_sleep(&me(), None, at(4)).unwrap();
    assert_eq!(store.sleep_settings(&me()).unwrap().usual_mid_sleep, None);
    store.undo(&me(), at(5)).unwrap();
    assert_eq!(store.sleep_settings(&me()).unwrap().usual_mid_sleep, Some(usual));
    assert_eq!(store.persons().unwrap(), [me()]);
}

#[test]
fn sources_count_what_stands() {
    let (_folder, mut store) = new_store();
    let records = [
        night("fitbit", date("2024-05-01"), 1),
        night("fitbit", date("2024-05-03"), 2),
        pain("diary", "2024-05-02", 4.0),
    ];
    import(&mut store, &me(), &records, at(0));
    store.append_correction(&me(), &[withdrawn(&records[1])], at(1)).unwrap();
    let sources = store.sources(&me()).unwrap();
    let rows: Vec<_> =
        sources.iter().map(|each| (each.source.as_str(), each.sleeps, each.entries, each.last)).collect();
    assert_eq!(rows, [("diary", 0, 1, date("2024-05-02")), ("fitbit", 1, 0, date("2024-05-01"))]);
}

#[test]
fn derived_results_are_found_by_all_of_their_key() {
    use nightmend_store::DerivedKey;
    let (_folder, mut store) = new_store();
    let key = DerivedKey { inputs_hash: [1; 32], algorithm: "loop", version: "1", settings_hash: [2; 32] };
    assert_eq!(store.derived(&key).unwrap(), None);
    store.put_derived(&key, b"draws").unwrap();
    store.put_derived(&key, b"same").unwrap();
    assert_eq!(store.derived(&key).unwrap().as_deref(), Some(&b"same"[..]));
    for other in [
        DerivedKey { inputs_hash: [3; 32], ..key },
        DerivedKey { algorithm: "other", ..key },
        DerivedKey { version: "2", ..key },
        DerivedKey { settings_hash: [3; 32], ..key },
    ] {
        assert_eq!(store.derived(&other).unwrap(), None);
    }
    for round in 0..40 {
        store.put_derived(&DerivedKey { inputs_hash: [round; 32], ..key }, b"x").unwrap();
    }
    assert_eq!(
        store.derived(&DerivedKey { inputs_hash: [39; 32], ..key }).unwrap().as_deref(),
        Some(&b"x"[..])
    );
    assert_eq!(store.derived(&DerivedKey { inputs_hash: [5; 32], ..key }).unwrap(), None);
    store.drop_derived().unwrap();
    assert_eq!(store.derived(&DerivedKey { inputs_hash: [39; 32], ..key }).unwrap(), None);
}

/// A record of few possible keys and values, so that they meet.
fn record() -> impl Strategy<Value = Observation> {
    (0..2_usize, 0..4_u8, prop_oneof![9 => (0..3_u8).prop_map(Some), 1 => Just(None)]).prop_map(
        |(which, day, value)| {
            let told = pain(["diary", "ring"][which], &format!("2024-05-0{}", day + 1), 0.0);
            match value {
                Some(value) => pain(told.provenance.source.as_str(), &told.date.to_string(), value.into()),
                None => withdrawn(&told),
            }
        },
    )
}

fn placed_in_order(records: Vec<Observation>) -> Vec<Observation> {
    let places = 1..;
    records.into_iter().zip(places).map(|(record, line)| placed(record, &format!("line {line}"))).collect()
}

#[derive(Debug, Clone)]
enum Deed {
    Import(Vec<Observation>),
    CheckIn(Observation),
    Undo,
    UndoAct(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => prop::collection::vec(record(), 1..6).prop_map(|records| Deed::Import(placed_in_order(records))),
        3 => record().prop_map(Deed::CheckIn),
        1 => Just(Deed::Undo),
        1 => (0..6_usize).prop_map(Deed::UndoAct),
    ]
}

/// The store, slowly: a list of acts, searched from end to end for every question.
#[derive(Default)]
struct Model {
    acts: Vec<ModelAct>,
}

struct ModelAct {
    id: nightmend_store::ActId,
    records: Vec<Observation>,
    sighted: Vec<(usize, usize)>,
    is_undone: bool,
}

impl Model {
    fn stands(&self, place: (usize, usize)) -> bool {
        self.acts
            .iter()
            .enumerate()
            .any(|(index, act)| !act.is_undone && (index == place.0 || act.sighted.contains(&place)))
    }

    /// All records of the key of another that stand, oldest first.
    fn standing(&self, like: &Observation) -> Vec<((usize, usize), &Observation)> {
        let mut found = Vec::new();
        for (act, own) in self.acts.iter().enumerate() {
            for (index, record) in own.records.iter().enumerate() {
                let same = record.key == like.key && record.provenance.source == like.provenance.source;
                if same && self.stands((act, index)) {
                    found.push(((act, index), record));
                }
            }
        }
        found
    }

    fn append(&mut self, records: &[Observation], only_newest: bool) -> Counts {
        let this = self.acts.len();
        let id = "0".parse().unwrap();
        self.acts.push(ModelAct { id, records: vec![], sighted: vec![], is_undone: false });
        let mut counts = Counts::default();
        for record in records {
            let standing = self.standing(record);
            let candidates =
                if only_newest { &standing[standing.len().saturating_sub(1)..] } else { &standing };
            let known = candidates
                .iter()
                .find(|(_, other)| other.fact == record.fact && other.date == record.date)
                .map(|(place, _)| *place);
            let is_first = standing.is_empty();
            match known {
                Some((act, index)) => {
                    counts.known += 1;
                    if act == this {
                        // The last place of a repeated statement counts, and records come in order of place.
                        self.acts[this].records.remove(index);
                        self.acts[this].records.push(record.clone());
                    } else {
                        self.acts[this].sighted.push((act, index));
                    }
                }
                None => {
                    *if is_first { &mut counts.kept } else { &mut counts.superseded } += 1;
                    self.acts[this].records.push(record.clone());
                }
            }
        }
        if self.acts[this].records.is_empty() {
            self.acts.pop();
        }
        counts
    }

    fn current(&self) -> Vec<Observation> {
        let mut current: Vec<Observation> = Vec::new();
        for act in &self.acts {
            for record in &act.records {
                let newest = self.standing(record).pop().map(|(_, newest)| newest.clone());
                if let Some(newest) = newest
                    && newest.fact != Fact::Withdrawn
                    && !current.contains(&newest)
                {
                    current.push(newest);
                }
            }
        }
        current.sort_by(|a, b| {
            (a.date, &a.provenance.source, &a.key).cmp(&(b.date, &b.provenance.source, &b.key))
        });
        current
    }
}

/// One store for all cases, each with a person of its own: making a store takes longer than a case.
static SHARED: LazyLock<Mutex<Store>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nightmend-store-laws");
    let _ = std::fs::remove_dir_all(&folder);
    Mutex::new(Store::open(folder).unwrap())
});

static PERSONS: AtomicU32 = AtomicU32::new(0);

fn somebody_new() -> PersonName {
    person(&format!("p{}", PERSONS.fetch_add(1, Ordering::Relaxed)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// Whatever is done in whatever order, the store says what the slow model says.
    #[test]
    fn the_store_agrees_with_a_slow_model(deeds in prop::collection::vec(deed(), 1..9)) {
        let mut store = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let me = somebody_new();
        let mut model = Model::default();
        for (minute, deed) in (0..).zip(&deeds) {
            let (counts, act) = match deed {
                Deed::Import(records) => {
                    let receipt = import(&mut store, &me, records, at(minute));
                    prop_assert_eq!(receipt.counts, model.append(records, false));
                    (receipt.counts, receipt.act)
                }
                Deed::CheckIn(record) => {
                    let records = std::slice::from_ref(record);
                    let receipt = store.append_check_in(&me, records, at(minute)).unwrap();
                    prop_assert_eq!(receipt.counts, model.append(records, true));
                    (receipt.counts, receipt.act)
                }
                Deed::Undo => {
                    let latest = model.acts.iter_mut().rev().find(|act| !act.is_undone);
                    match (store.undo(&me, at(minute)), latest) {
                        (Ok(undone), Some(latest)) => {
                            prop_assert_eq!(undone.act.id, latest.id);
                            latest.is_undone = true;
                        }
                        (result, latest) => prop_assert!(result.is_err() && latest.is_none()),
                    }
                    continue;
                }
                Deed::UndoAct(index) => {
                    if let Some(act) = model.acts.get_mut(*index) {
                        prop_assert_eq!(store.undo_act(act.id, at(minute)).is_ok(), !act.is_undone);
                        act.is_undone = true;
                    }
                    continue;
                }
            };
            prop_assert_eq!(act.is_some(), counts.written() > 0);
            if let (Some(act), Some(last)) = (act, model.acts.last_mut()) {
                last.id = act;
            }
            prop_assert_eq!(store.current(&me, ..).unwrap(), model.current());
        }
        prop_assert_eq!(store.current(&me, ..).unwrap(), model.current());
        for name in ["diary", "ring", "nobody"] {
            let source = source(name);
            let mut of_source = model.current();
            of_source.retain(|observation| observation.provenance.source == source);
            prop_assert_eq!(store.current_of_source(&me, &source).unwrap(), of_source);
        }
    }

    /// The order in which a folder is walked, or a table read, makes no difference.
    #[test]
    fn the_order_of_appending_makes_no_difference(
        (original, shuffled) in prop::collection::vec(record(), 1..14)
            .prop_map(placed_in_order)
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
    ) {
        let mut store = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let [one, two] = [somebody_new(), somebody_new()];
        import(&mut store, &one, &original, at(0));
        import(&mut store, &two, &shuffled, at(0));
        prop_assert_eq!(store.current(&one, ..).unwrap(), store.current(&two, ..).unwrap());
        prop_assert_eq!(store.inputs_hash(&one).unwrap(), store.inputs_hash(&two).unwrap());
    }
}
