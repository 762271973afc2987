//! Keeps the output that the README prints equal to what the demo prints.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

const OPEN: &str = "tests/readme.rs -->\n```text\n";
const CLOSE: &str = "```\n<!-- /demo -->";

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nightmend"))
        .args(["--data", data, "demo"])
        .env("COLUMNS", "80")
        .env_remove("LC_ALL")
        .env_remove("LC_CTYPE")
        .env_remove("LANG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap().replace(data, "DIR");

    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(OPEN).expect("the README has a place for the demo");
    let (shown, after) = rest.split_once(CLOSE).expect("the place for the demo is closed");
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        fs::write(&path, [before, OPEN, &printed, CLOSE, after].concat()).unwrap();
        return;
    }
    assert!(
        shown == printed,
        "the README shows another output than the demo prints; UPDATE_EXPECT=1 rewrites it:\n{}",
        nightmend_testkit::golden::difference(shown, &printed)
    );
}

#[test]
fn the_readme_quotes_the_intended_use() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let intended_use = fs::read_to_string(root.join("INTENDED_USE.md")).unwrap();
    for words in ["It describes a person's own records", "does not diagnose, treat"] {
        assert!(readme.replace('\n', " ").contains(words), "the README leaves out: {words}");
        assert!(intended_use.replace('\n', " ").contains(words), "INTENDED_USE leaves out: {words}");
    }
}
