//! Walks the golden cases of `testdata`: what each source tells, and the nights, naps and days that come of it.

// The crate itself touches no file; its tests read theirs.
#![allow(clippy::disallowed_methods)]

mod common;

use std::path::Path;

#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "in"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 15, "the cases are missing");
    let mut wrong = Vec::new();
    for path in cases {
        let case = common::read_case(&std::fs::read_to_string(&path).unwrap());
        let found = common::write_assembly(&nightmend_sleep::assemble(&case.observations, &case.settings));
        let expected_path = path.with_extension("expected");
        if update {
            std::fs::write(&expected_path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if found != expected {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("== {name}\n-- expected\n{expected}-- found\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_EXPECT=1 rewrites them; read the difference", wrong.join("\n"));
}
