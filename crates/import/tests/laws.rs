//! Holds every importer to the laws of the list: ids, checklists, one claim a file, no panic and bounded memory.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and may speak")]

mod support;

use std::io::Read;
use std::path::Path;

use nightmend_import::table::{TableMap, propose};
use nightmend_import::{Confidence, Item, importers};
use proptest::prelude::*;
use support::{guide_map, read_bytes, settings};

#[test]
fn ids_are_unique_and_every_importer_has_a_checklist() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
    for (index, importer) in importers().iter().enumerate() {
        assert!(importers()[..index].iter().all(|other| other.id() != importer.id()));
        let checklist = sources.join(format!("{}.md", importer.id().replace('-', "_")));
        let text = std::fs::read_to_string(&checklist)
            .unwrap_or_else(|error| panic!("{}: {error}", checklist.display()));
        assert!(text.contains("| ") && text.len() > 500, "{} says too little", checklist.display());
    }
}

#[test]
fn only_one_importer_claims_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    for importer in importers() {
        for entry in std::fs::read_dir(root.join(importer.id())).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "in") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let claims: Vec<&str> = importers()
                .iter()
                .filter(|other| other.recognises(&bytes, "file") > Confidence::No)
                .map(|other| other.id())
                .collect();
            assert!(claims.len() <= 1, "{} is claimed by {claims:?}", path.display());
        }
    }
}

#[test]
fn every_map_of_the_guides_can_be_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/maps");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        guide_map(&entry.unwrap().file_name().to_string_lossy());
        count += 1;
    }
    assert!(count >= 9);
}

#[test]
fn the_examples_of_the_reference_can_be_used() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/map.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut count = 0;
    for block in text.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        if block.starts_with("source") {
            TableMap::parse(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
            count += 1;
        }
    }
    assert!(count >= 3, "whole maps begin with `source`");
}

/// Bytes without an end to speak of, made as they are asked for.
struct Endless {
    left: u64,
    start: &'static [u8],
    filler: u8,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.start.is_empty() {
            let count = self.start.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.start[..count]);
            self.start = &self.start[count..];
            return Ok(count);
        }
        let count = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        buffer[..count].fill(self.filler);
        self.left -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_line_or_a_record_without_end_is_refused_and_not_kept() {
    let mut settings = settings(None);
    settings.map = Some(guide_map("visible.toml"));
    for (id, start, filler) in [
        ("diary-csv", b"date,in_bed,out_of_bed\n2024-03-01,".as_slice(), b'x'),
        ("fitbit-sleep", b"[{\"startTime\":\"".as_slice(), b'x'),
        ("fitbit-sleep", b"[{\"startTime\":\"".as_slice(), b'['),
        ("table", b"observation_date,tracker_name,tracker_category,observation_value\n\"".as_slice(), b'x'),
    ] {
        let mut input = Endless { left: 200 << 20, start, filler };
        let mut refused = Vec::new();
        let importer = importers().iter().find(|importer| importer.id() == id).unwrap();
        let _ = importer.read(&mut input, &settings, &mut |item| match item {
            Item::Refused(issue) => refused.push(issue),
            other => panic!("{other:?}"),
        });
        assert_eq!(refused.len(), 1, "{id}: {refused:?}");
        assert!(refused[0].reason.contains("export") || refused[0].reason.contains("split"), "{refused:?}");
    }
}

/// A valid file with some of its bytes changed, cut short or repeated.
fn damaged(valid: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((0..valid.len(), any::<u8>()), 0..6);
    (changes, 0..=valid.len(), 0..valid.len()).prop_map(move |(changes, end, again)| {
        let mut bytes = valid.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(end);
        bytes.extend_from_slice(&valid[again..]);
        bytes
    })
}

const DIARY: &[u8] = include_bytes!("../testdata/diary-csv/nights.in");
const FITBIT: &[u8] = include_bytes!("../testdata/fitbit-sleep/stages.in");
const TABLE: &[u8] = include_bytes!("../testdata/table/long.in");

fn read_all(bytes: &[u8]) {
    let mut settings = settings(Some("Europe/Oslo"));
    for map in ["visible.toml", "myaiguide-p1-pain.toml", "pmdata-wellness.toml"] {
        settings.map = Some(guide_map(map));
        for importer in importers() {
            importer.recognises(bytes, "file");
            let (items, result) = read_bytes(importer.id(), bytes, &settings);
            if let Ok(account) = result {
                let records = items.iter().filter(|item| matches!(item, Item::Record(_))).count() as u64;
                assert_eq!(account.read, records + account.refused);
            }
        }
    }
    if let Ok(proposal) = propose(&mut &bytes[..], "file.csv") {
        // A proposal may wait for an answer, but it never is a text that cannot be read at all.
        if proposal.questions.is_empty() {
            TableMap::parse(&proposal.toml_text)
                .unwrap_or_else(|error| panic!("{error}\n{}", proposal.toml_text));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(\\PC|[,;\"\n\t\\[\\]{}:0-9-]){0,300}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn damaged_diaries_are_read_without_a_panic(bytes in damaged(DIARY)) {
        read_all(&bytes);
    }

    #[test]
    fn damaged_logs_are_read_without_a_panic(bytes in damaged(FITBIT)) {
        read_all(&bytes);
    }

    #[test]
    fn damaged_tables_are_read_without_a_panic(bytes in damaged(TABLE)) {
        read_all(&bytes);
    }
}
