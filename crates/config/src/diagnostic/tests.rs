//! Places, shown lines, edits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn page(text: &str) -> Page<'_> {
    Page { file: FileKind::HaCf, path: Path::new("ha.cf"), text: text.as_bytes() }
}

#[test]
fn columns_count_characters() {
    let place = page("a\nd\u{e9}j\u{e0} vu\n").at(Severity::Note, "x", &(9..11), "m").place.unwrap();
    assert_eq!((place.line, place.column, &place.text[place.marked.clone()]), (2, 6, "vu"));
}

#[test]
fn a_fix_shows_the_lines_after_it() {
    let page = page("one\ntwo three\nfour\n");
    let diagnostic = page.at(Severity::Error, "x", &(4..7), "m");
    let fixed = page.fixed(diagnostic, vec![(4..7, "2".into()), (13..14, " ".into())], "");
    assert_eq!(fixed.suggestion.unwrap(), "2 three four");
}

#[test]
fn passwords_behind_a_word_are_hidden() {
    let place = page("stonith_host * apc secret\n").at_masked(Severity::Error, "x", &(0..12), "m").place.unwrap();
    assert_eq!(place.text, "stonith_host ***");
}

#[test]
fn overlapping_edits_are_not_made() {
    assert_eq!(apply(b"abc", &[(0..2, "x".into()), (1..3, "y".into())]), None);
    assert_eq!(apply(b"abc", &[(0..1, "x".into()), (1..1, "y".into())]), Some(b"xybc".to_vec()));
}
