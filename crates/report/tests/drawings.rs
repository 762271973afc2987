//! Draws every drawing and compares it with what a person has looked at.

use std::collections::BTreeSet;

use nightmend_report::drawing::{Drawing, drawing, pacer, words};
use nightmend_testkit::golden::assert_golden;

fn check(name: &str, drawn: &Drawing) {
    for forbidden in ["<script", "href", "url(", " id=", " style=", "NaN", "inf\""] {
        assert!(!drawn.element.contains(forbidden), "{name} holds {forbidden}");
    }
    for wanted in ["role=\"img\"", "<title>", "<desc>", "nm-figure", "currentColor"] {
        assert!(drawn.element.contains(wanted), "{name} lacks {wanted}");
    }
    assert!(drawn.alternative.len() > 40 && drawn.alternative.ends_with('.'), "{name}");
    let path = format!("{}/testdata/drawings/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    assert_golden(path, &drawn.standalone().replace("><", ">\n<"));
}

#[test]
fn every_drawing_is_as_it_was_looked_at() {
    for word in words() {
        check(word, &drawing(word).expect("every word has a drawing"));
    }
    check("pacer", &pacer());
}

#[test]
fn words_and_titles_are_unique() {
    let titles: BTreeSet<String> = words().map(|word| drawing(word).expect("a drawing").title).collect();
    assert_eq!(titles.len(), words().count());
    assert_eq!(words().collect::<BTreeSet<_>>().len(), words().count());
    assert!(drawing("nothing").is_none());
}
