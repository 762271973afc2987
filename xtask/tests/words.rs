//! Walks every text that a person can read for words that promise more than the numbers carry.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::root;

/// Words that are not used, and what stands in their place; a star stands for any ending.
const BANNED: &[(&str, &str)] = &[
    ("diagnos*", "describes"),
    ("detect*", "describes"),
    ("screens for", "worth asking about"),
    ("screen for", "worth asking about"),
    ("works", "in your data, on nights with …"),
    ("effective", "in your data, on nights with …"),
    ("causes", "goes with"),
    ("caused", "goes with"),
    ("abnormal", "lower or higher for you"),
    ("normal", "typical"),
    ("predict*", "what your own pattern implies"),
];

/// Sentences in which such a word says what nightmend does not do, or is a term of statistics or of a file format.
const ALLOWED: &[&str] = &["It does not diagnose", "does not diagnose,", "not diagnose.", "diagnostics"];

#[test]
fn texts_for_people_promise_nothing() {
    let mut found = Vec::new();
    for (place, text) in texts() {
        let mut rest = text.to_lowercase();
        for allowed in ALLOWED {
            rest = rest.replace(&allowed.to_lowercase(), "");
        }
        for (word, instead) in BANNED {
            if holds_the_word(&rest, word) {
                found.push(format!("{place}: '{word}' in \"{}\"; write '{instead}'", text.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_walk_sees_what_it_should() {
    let source = "/// Shows.\nfn f() { // it works\n    let _ = \"a \\\"b\\\" works\"; let _ = r#\"raw \"normal\"\"#; let c = '\"'; }\n#[cfg(test)]\nmod tests { \"works\" }";
    let literals: Vec<String> = literals(source).into_iter().map(|(_, text)| text).collect();
    assert_eq!(literals, ["a \\\"b\\\" works", "raw \"normal\""]);
    assert!(holds_the_word("it works.", "works"));
    assert!(texts().iter().any(|(place, _)| place.contains("crates/web/src/pages")), "the pages are walked");
    assert!(
        texts().iter().any(|(place, _)| place.contains("crates/web/assets/loop.js")),
        "so are their scripts"
    );
    assert!(!holds_the_word("networks of a --workspace", "works"));
    assert!(holds_the_word("undetected, detecting", "detect*"));
}

fn holds_the_word(text: &str, word: &str) -> bool {
    let (stem, any_ending) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
    text.match_indices(stem).any(|(at, _)| {
        let begins = !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let ends = !text[at + stem.len()..].chars().next().is_some_and(char::is_alphanumeric);
        begins && (ends || any_ending)
    })
}

/// Every text for people: string literals of the crates that speak to them, the help of the command line, documents.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for room in ["nightmend", "app", "loop", "report", "sleep", "import", "store", "domain", "trial", "web"] {
        for path in rust_files(&root().join(format!("crates/{room}/src"))) {
            let source = fs::read_to_string(&path).expect("source is text");
            for (line, text) in literals(&source) {
                texts.push((format!("{}:{line}", path.display()), text));
            }
            if path.ends_with("nightmend/src/args.rs") {
                for (index, line) in source.lines().enumerate() {
                    if let Some(help) = line.trim_start().strip_prefix("///") {
                        texts.push((format!("{}:{}", path.display(), index + 1), help.to_owned()));
                    }
                }
            }
        }
    }
    for path in files_of(&root().join("crates/web/assets"), "js") {
        let source = fs::read_to_string(&path).expect("scripts are text");
        let spoken = source.lines().enumerate().filter(|(_, line)| !is_comment(line));
        texts.extend(
            spoken.map(|(index, line)| (format!("{}:{}", path.display(), index + 1), line.to_owned())),
        );
    }
    for name in ["README.md", "INTENDED_USE.md"] {
        let text = fs::read_to_string(root().join(name)).unwrap_or_default();
        texts.extend(
            text.lines().enumerate().map(|(index, line)| (format!("{name}:{}", index + 1), line.to_owned())),
        );
    }
    texts
}

/// Whether a line of a script says nothing to anybody but programmers.
fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, "rs")
}

fn files_of(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("folders can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The string literals of a source file with their lines, without comments and without the tests at its end.
fn literals(source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(hashes) = raw_string_hashes(rest) {
            let (open, close) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
            let end = rest[open..].find(&close).map_or(rest.len(), |end| open + end);
            found.push((line, rest[open..end.min(rest.len())].to_owned()));
            (end + close.len()).min(rest.len())
        } else if rest.starts_with('"') {
            let end = end_of_string(rest);
            found.push((line, rest[1..end].to_owned()));
            end + 1
        } else if rest.starts_with("'\"'") {
            3
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        let next = (at + length).min(bytes.len());
        line += source[at..next].matches('\n').count();
        at = next;
    }
    found
}

fn raw_string_hashes(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.chars().take_while(|c| *c == '#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn end_of_string(rest: &str) -> usize {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index,
            _ => {}
        }
    }
    rest.len() - 1
}
