//! Gives the tests settings, maps and a small store that tells known from new.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nightmend_domain::{Fact, Zone, ZoneHistory};
use nightmend_import::table::TableMap;
use nightmend_import::{Account, ImportSettings, Item, PlausibleDates, ReadError, importer_by_id, recognise};

/// Settings with a zone (or none) and the last plausible day in 2025.
pub fn settings(zone: Option<&str>) -> ImportSettings {
    let zones =
        zone.map_or_else(ZoneHistory::default, |name| ZoneHistory::always(Zone::named(name).unwrap()));
    ImportSettings {
        zones,
        path_parts: Vec::new(),
        map: None,
        plausible_dates: PlausibleDates::until_tomorrow("2025-12-31".parse().unwrap()),
    }
}

/// Reads bytes by the importer of that id.
pub fn read_bytes(
    id: &str,
    mut bytes: &[u8],
    settings: &ImportSettings,
) -> (Vec<Item>, Result<Account, ReadError>) {
    let mut items = Vec::new();
    let result = importer_by_id(id).unwrap().read(&mut bytes, settings, &mut |item| items.push(item));
    (items, result)
}

/// The shared data, or a word that it is absent.
pub fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("passed over: ../shared/data is absent");
        None
    }
}

/// A worked example of a map.
pub fn guide_map(name: &str) -> TableMap {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/maps").join(name);
    TableMap::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads a file of the shared data, with a map where one is named.
pub fn read_shared(path: &Path, map: Option<&str>, zone: Option<&str>) -> (Vec<Item>, Account) {
    let bytes = std::fs::read(path).unwrap();
    let mut settings = settings(zone);
    settings.path_parts = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    settings.map = map.map(guide_map);
    let name = path.file_name().unwrap().to_string_lossy();
    let (importer, _) = recognise(&bytes[..bytes.len().min(1 << 16)], &name).unwrap();
    let mut items = Vec::new();
    let account = importer
        .read(&mut &bytes[..], &settings, &mut |item| items.push(item))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (items, account)
}

/// What a store would say of records: content is compared with what stands under the same person, source and key.
#[derive(Debug, Default)]
pub struct SmallStore {
    facts: BTreeMap<(String, String, String), Fact>,
    pub kept: u64,
    pub known: u64,
    pub superseded: u64,
}

impl SmallStore {
    pub fn append(&mut self, items: &[Item]) {
        for item in items {
            let Item::Record(record) = item else { continue };
            let observation = &record.observation;
            let key = (
                record.person.as_ref().map_or("me", |person| person.as_str()).to_owned(),
                observation.provenance.source.as_str().to_owned(),
                observation.key.as_str().to_owned(),
            );
            match self.facts.insert(key, observation.fact.clone()) {
                None => self.kept += 1,
                Some(fact) if fact == observation.fact => self.known += 1,
                Some(_) => self.superseded += 1,
            }
        }
    }

    pub fn split(&self) -> (u64, u64, u64) {
        (self.kept, self.known, self.superseded)
    }
}
