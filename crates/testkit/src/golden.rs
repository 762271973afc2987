//! Compares what a test made with a file that a person has looked at.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Compares `actual` with the file; with `UPDATE_EXPECT=1` in the environment writes the file instead.
///
/// Make the path from `env!("CARGO_MANIFEST_DIR")`, so that it does not depend on where the test runs.
///
/// # Panics
/// Where they differ or the file is not there, with the lines that differ and what to do.
#[track_caller]
pub fn assert_golden(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        write(path, actual);
        return;
    }
    let name = path.display();
    let Ok(expected) = fs::read_to_string(path) else {
        panic!(
            "{name} is not there; run the test again with UPDATE_EXPECT=1, and look at what it wrote:\n{actual}"
        );
    };
    // A checkout on another system may have changed the line breaks.
    let expected = expected.replace("\r\n", "\n");
    if expected != actual {
        panic!(
            "{name} differs (- expected, + actual); if the change is right, run again with UPDATE_EXPECT=1\n{}",
            difference(&expected, actual)
        );
    }
}

fn write(path: &Path, actual: &str) {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
    }
    if fs::read_to_string(path).is_ok_and(|old| old == actual) {
        return;
    }
    fs::write(path, actual).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// The lines that differ, by the longest common subsequence, with two lines around them.
#[must_use]
pub fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    if old == new {
        return "only the line break at the end differs\n".to_owned();
    }
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let same_end =
        old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old[start..old.len() - same_end], &new[start..new.len() - same_end]);
    let mut text = String::new();
    for line in &old[start.saturating_sub(2)..start] {
        let _ = writeln!(text, "  {line}");
    }
    // The table of the longest common subsequence is quadratic: very large differences are shown whole.
    if old_middle.len() * new_middle.len() > 4_000_000 {
        for (mark, lines) in [('-', old_middle), ('+', new_middle)] {
            for line in lines {
                let _ = writeln!(text, "{mark} {line}");
            }
        }
    } else {
        write_script(old_middle, new_middle, &mut text);
    }
    for line in old[old.len() - same_end..].iter().take(2) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn write_script(old: &[&str], new: &[&str], text: &mut String) {
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            let _ = writeln!(text, "  {}", old[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(text, "- {}", old[i]);
            i += 1;
        } else {
            let _ = writeln!(text, "+ {}", new[j]);
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let old = "a\nb\nc\nd\ne\nf\n";
        let new = "a\nb\nc\nX\ne\nf\n";
        assert_eq!(difference(old, new), "  b\n  c\n- d\n+ X\n  e\n  f\n");
        assert_eq!(difference("a\n", "a"), "only the line break at the end differs\n");
    }

    #[test]
    fn a_difference_fails_the_test_and_sameness_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.txt");
        fs::write(&path, "same\n").unwrap();
        assert_golden(&path, "same\n");
        assert!(std::panic::catch_unwind(|| assert_golden(&path, "other\n")).is_err());
        assert!(std::panic::catch_unwind(|| assert_golden(folder.path().join("none.txt"), "x")).is_err());
    }
}
