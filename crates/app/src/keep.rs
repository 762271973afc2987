//! Keeps the store in order for a person: who is in it, what was done, undo, sources and settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use nightmend_domain::{
    Fact, FactKind, PersonName, SleepMethod, SourceName, SourcePriority, Zone, ZoneChange, ZoneHistory,
};
use nightmend_sleep::source_order;
use nightmend_store::{Act, ActId, ErasePreview, EraseScope, Store, StoreError};

use crate::failure::AppError;
use crate::views::{
    ActView, EraseView, ErasedPersonView, HistoryView, PersonView, PersonsView, PriorityView, SourceView,
    SourcesView, UndoView, ZoneView,
};

/// The person that a command is about: the one named, the only one there is, or the default one of an empty store.
///
/// # Errors
/// Several people and none named.
pub fn person(store: &Store, named: Option<&PersonName>) -> Result<PersonName, AppError> {
    let persons = store.persons()?;
    match (named, persons.as_slice()) {
        (Some(name), _) => Ok(name.clone()),
        (None, []) => Ok(default_person()),
        (None, [only]) => Ok(only.clone()),
        (None, several) => {
            Err(AppError::SeveralPersons { names: several.iter().map(ToString::to_string).collect() })
        }
    }
}

/// Whose records they are where nobody was ever named.
pub(crate) fn default_person() -> PersonName {
    PersonName::new(crate::DEFAULT_PERSON).expect("the default name is valid")
}

/// As [`person`], for commands that read: a name that is not in the store is surely a slip.
///
/// # Errors
/// Several people and none named, or a name that nobody has.
pub fn known_person(store: &Store, named: Option<&PersonName>) -> Result<PersonName, AppError> {
    let person = person(store, named)?;
    let persons = store.persons()?;
    if named.is_some() && !persons.contains(&person) {
        let names = persons.iter().map(ToString::to_string).collect();
        return Err(AppError::UnknownPerson { name: person.to_string(), names });
    }
    Ok(person)
}

/// The people in the store.
///
/// # Errors
/// A store that cannot be read.
pub fn persons(store: &Store) -> Result<PersonsView, AppError> {
    let persons = store.persons()?.iter().map(|person| PersonView { person: person.to_string() }).collect();
    Ok(PersonsView { schema: "nightmend.persons/1", persons })
}

/// What was done, newest first.
///
/// # Errors
/// A store that cannot be read.
pub fn history(store: &Store, person: &PersonName, limit: usize) -> Result<HistoryView, AppError> {
    let acts = store.history(person, limit)?.iter().map(ActView::from).collect();
    Ok(HistoryView { schema: "nightmend.history/1", person: person.to_string(), acts })
}

/// Takes back the last act of the person, or the one of that number.
///
/// # Errors
/// Nothing to take back, an act of somebody else, or a store that cannot be written to.
pub fn undo(
    store: &mut Store,
    person: &PersonName,
    act: Option<i64>,
    now: Timestamp,
) -> Result<UndoView, AppError> {
    let undone = match act {
        None => store.undo(person, now)?,
        Some(number) => {
            let id: ActId = number.to_string().parse().expect("a number is a number");
            let of_person = store.act(id)?.persons.contains(person);
            if !of_person {
                return Err(AppError::Usage(format!(
                    "act {number} is not {person}'s; `nightmend history` lists what can be undone"
                )));
            }
            store.undo_act(id, now)?
        }
    };
    Ok(UndoView {
        schema: "nightmend.undo/1",
        person: person.to_string(),
        undone: ActView::from(&undone.act),
    })
}

impl From<&Act> for ActView {
    fn from(act: &Act) -> Self {
        Self {
            act: act.id.get(),
            when: act.when.to_string(),
            kind: act.kind.to_string(),
            what: act.what.clone(),
            observations: act.counts.written(),
            undone: act.undone_by.is_some(),
        }
    }
}

/// The sources of a person and what they set about them.
///
/// # Errors
/// A store that cannot be read.
pub fn sources(store: &Store, person: &PersonName) -> Result<SourcesView, AppError> {
    let settings = store.sleep_settings(person)?;
    let sources = store
        .sources(person)?
        .into_iter()
        .map(|summary| SourceView {
            name: summary.source.to_string(),
            from: summary.first.to_string(),
            to: summary.last.to_string(),
            sleeps: summary.sleeps,
            entries: summary.entries,
        })
        .collect();
    let priorities = settings
        .priorities
        .iter()
        .map(|priority| PriorityView {
            kind: kind_word(priority.kind),
            order: priority.order.iter().map(ToString::to_string).collect(),
        })
        .collect();
    let zones = settings
        .zones
        .changes()
        .iter()
        .map(|change| ZoneView {
            from: change.from.map(|date| date.to_string()),
            zone: change.zone.name().to_owned(),
        })
        .collect();
    Ok(SourcesView {
        schema: "nightmend.sources/1",
        person: person.to_string(),
        sources,
        priorities,
        zones,
        usual_mid_sleep: settings.usual_mid_sleep.map(|time| time.strftime("%H:%M").to_string()),
    })
}

const fn kind_word(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Sleep => "sleep",
        FactKind::Entry => "entry",
    }
}

/// Sets the order of sources from `sleep=fitbit,diary`; an empty list means the default order again.
///
/// # Errors
/// A text of another form, a source that the person does not have, or a store that cannot be written to.
pub fn set_priority(
    store: &mut Store,
    person: &PersonName,
    text: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    let teach = || AppError::Usage(format!("'{text}' is not an order; write it as sleep=fitbit,diary"));
    let (kind, list) = text.split_once('=').ok_or_else(teach)?;
    let kind = match kind.trim() {
        "sleep" => FactKind::Sleep,
        "entry" => FactKind::Entry,
        _ => return Err(teach()),
    };
    let known: Vec<SourceName> = store.sources(person)?.into_iter().map(|summary| summary.source).collect();
    let order = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            known.iter().find(|source| source.as_str() == name).cloned().ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(SourceName::as_str).collect();
                AppError::Usage(format!(
                    "there is no source called '{name}'; there are: {}",
                    names.join(", ")
                ))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    store.set_source_priority(person, &SourcePriority { kind, order }, now)?;
    Ok(())
}

/// The sources that tell facts of a kind, the one that is taken first at the front.
///
/// # Errors
/// A store that cannot be read.
pub fn sources_in_order(
    store: &Store,
    person: &PersonName,
    kind: FactKind,
) -> Result<Vec<SourceName>, AppError> {
    let mut told: BTreeMap<SourceName, Option<SleepMethod>> = BTreeMap::new();
    for observation in store.current(person, ..)? {
        let method = match (&observation.fact, kind) {
            (Fact::Sleep(record), FactKind::Sleep) => Some(record.method),
            (Fact::Entry(_), FactKind::Entry) => None,
            _ => continue,
        };
        // A source that speaks in several voices is placed by its most trusted one.
        let trust = |method: Option<SleepMethod>| match method {
            Some(SleepMethod::Device) => 0,
            Some(SleepMethod::Diary) => 1,
            _ => 2,
        };
        told.entry(observation.provenance.source)
            .and_modify(|held| *held = if trust(method) < trust(*held) { method } else { *held })
            .or_insert(method);
    }
    Ok(source_order(kind, &told, &store.sleep_settings(person)?))
}

/// Moves a source one place up or down in the order of a kind; gives whether anything moved.
///
/// # Errors
/// A source that the person does not have, or a store that cannot be written to.
pub fn move_source(
    store: &mut Store,
    person: &PersonName,
    kind: FactKind,
    source: &str,
    up: bool,
    now: Timestamp,
) -> Result<bool, AppError> {
    let mut order = sources_in_order(store, person, kind)?;
    let at = order.iter().position(|name| name.as_str() == source);
    let at = at.ok_or_else(|| {
        AppError::Usage(format!("there is no source called '{source}'; load the page again"))
    })?;
    let to = if up { at.checked_sub(1) } else { (at + 1 < order.len()).then_some(at + 1) };
    let Some(to) = to else { return Ok(false) };
    order.swap(at, to);
    store.set_source_priority(person, &SourcePriority { kind, order }, now)?;
    Ok(true)
}

/// Sets the zone that the person lives in from a date on (from the beginning where none is given).
///
/// # Errors
/// A zone that nobody knows, or a store that cannot be written to.
pub fn set_zone(
    store: &mut Store,
    person: &PersonName,
    zone: &str,
    from: Option<Date>,
    now: Timestamp,
) -> Result<(), AppError> {
    let zone = Zone::named(zone).map_err(|error| AppError::Usage(error.to_string()))?;
    let mut changes = store.sleep_settings(person)?.zones.changes().to_vec();
    changes.push(ZoneChange { from, zone });
    store.set_zones(person, &ZoneHistory::new(changes), now)?;
    Ok(())
}

/// Sets the usual middle of sleep.
///
/// # Errors
/// A store that cannot be written to.
pub fn set_usual_mid_sleep(
    store: &mut Store,
    person: &PersonName,
    time: Time,
    now: Timestamp,
) -> Result<(), AppError> {
    store.set_usual_mid_sleep(person, Some(time), now)?;
    Ok(())
}

/// What to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EraseWhat {
    /// One person's records.
    Person(PersonName),
    /// The whole store.
    Everything,
}

impl EraseWhat {
    fn scope(&self) -> EraseScope {
        match self {
            Self::Person(person) => EraseScope::Person(person.clone()),
            Self::Everything => EraseScope::Everything,
        }
    }
}

/// What an erasure would delete.
///
/// # Errors
/// Nobody of that name, or a store that cannot be read.
pub fn erase_preview(store: &Store, what: &EraseWhat) -> Result<EraseView, AppError> {
    Ok(erase_view(&store.erase_preview(&what.scope())?))
}

/// Erases, and looks for what is left: rows, and texts of the erased records in the bytes of the files.
///
/// # Errors
/// Nobody of that name, or a store that another process has open; then nothing was deleted.
pub fn erase(store: Store, what: &EraseWhat) -> Result<EraseView, AppError> {
    let persons = match what {
        EraseWhat::Person(person) => vec![person.clone()],
        EraseWhat::Everything => store.persons()?,
    };
    let samples = sample_texts(&store, &persons)?;
    let wanted: Vec<&str> = samples.iter().map(String::as_str).collect();
    let proof = store.erase(&what.scope(), &wanted)?;
    Ok(EraseView {
        rows_left: proof.rows_left,
        files_read: proof.files_read.iter().map(|(path, _)| path.display().to_string()).collect(),
        samples: samples.len(),
        samples_left: proof.samples_left.clone(),
        holds: proof.holds(),
        ..erase_view(&proof.deleted)
    })
}

/// Texts that only these people's records hold: keys of some of them that stand in nobody else's.
fn sample_texts(store: &Store, persons: &[PersonName]) -> Result<Vec<String>, AppError> {
    const PER_PERSON: usize = 20;
    /// Shorter texts turn up by chance.
    const LONG_ENOUGH: usize = 12;
    let mut kept_by_others = BTreeSet::new();
    for other in store.persons()?.iter().filter(|person| !persons.contains(person)) {
        kept_by_others.extend(keys_of(store, other)?);
    }
    let mut texts = Vec::new();
    for person in persons {
        let own = keys_of(store, person)?.into_iter().filter(|key| key.len() >= LONG_ENOUGH);
        // A text is looked for in the bytes of the files, where it is found inside a longer key too.
        let alone = own.filter(|key| !kept_by_others.iter().any(|other| other.contains(key.as_str())));
        texts.extend(alone.take(PER_PERSON));
    }
    Ok(texts)
}

/// The keys of everything that stands for a person, each once.
fn keys_of(store: &Store, person: &PersonName) -> Result<BTreeSet<String>, AppError> {
    let current = store.current(person, ..)?;
    Ok(current.into_iter().map(|observation| observation.key.as_str().to_owned()).collect())
}

fn erase_view(preview: &ErasePreview) -> EraseView {
    EraseView {
        schema: "nightmend.erase/1",
        persons: preview
            .persons
            .iter()
            .map(|counts| ErasedPersonView {
                person: counts.person.to_string(),
                observations: counts.observations,
                acts: counts.acts,
                settings: counts.settings,
            })
            .collect(),
        files: preview.files.iter().map(|(path, _)| path.display().to_string()).collect(),
        rows_left: preview.persons.iter().map(|counts| counts.observations).sum(),
        files_read: Vec::new(),
        samples: 0,
        samples_left: Vec::new(),
        holds: false,
    }
}

/// Puts a backup that a page sent in the place of the store of a folder.
///
/// # Errors
/// A file that is no backup, or is damaged, in words for somebody who chose it on a page; a store that cannot be
/// written to. The store is as it was then.
pub fn restore_sent(folder: &Path, backup: &Path) -> Result<(), AppError> {
    let name = backup.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    match Store::restore(folder, backup) {
        Ok(_) => Ok(()),
        Err(StoreError::Damaged { path, .. } | StoreError::NotAStore { path }) if path == backup => {
            Err(AppError::Refused(format!(
                "“{name}” is no backup of nightmend, or it is damaged; choose a file as “Download a backup” gives it. Nothing was changed"
            )))
        }
        Err(StoreError::Newer { path, .. }) if path == backup => Err(AppError::Refused(format!(
            "“{name}” was written by a newer nightmend; install that one and try again. Nothing was changed"
        ))),
        Err(other) => Err(other.into()),
    }
}
