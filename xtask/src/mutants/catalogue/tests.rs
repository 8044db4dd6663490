//! Entries that are whole, and each way of being not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Mutant, read};

const ENTRY: &str = "mutant: early\nbreaks: it is early\nfile: a.rs\nat: if «a >= b» {\nnew: a > b\n";

fn entry() -> Mutant {
    read(ENTRY).unwrap().remove(0)
}

#[test]
fn an_entry_says_where_it_goes() {
    let text = "fn f() { if a >= b { g() } }";
    assert_eq!(&text[entry().place(text).unwrap()], "a >= b");
}

#[test]
fn what_is_gone_or_doubled_is_no_place() {
    assert!(entry().place("if a > b {").unwrap_err().contains("any more"));
    assert!(entry().place("if a >= b {} if a >= b {}").unwrap_err().contains("more than once"));
    let unmarked = Mutant { at: "if a >= b {".into(), ..entry() };
    assert!(unmarked.place("if a >= b {").unwrap_err().contains("marks nothing"));
}

#[test]
fn a_judge_is_a_word_of_tests() {
    let judged = format!("# a remark\n{ENTRY}judge: tests old\n\n{}", ENTRY.replace("early", "late"));
    let mutants = read(&judged).unwrap();
    assert_eq!((mutants.len(), mutants[0].tests.as_deref(), mutants[1].tests.as_deref()), (2, Some("old"), None));
    assert_eq!(read(&format!("{ENTRY}judge: nobody\n")).unwrap_err().0, 6);
}

#[test]
fn what_is_missing_or_twice_is_told_with_its_line() {
    assert_eq!(read(&ENTRY.replace("new: a > b\n", "")).unwrap_err().0, 1);
    assert_eq!(read(&format!("{ENTRY}new: c\n")).unwrap_err().0, 6);
    assert_eq!(read(&format!("{ENTRY}\n{ENTRY}")).unwrap_err().0, 7);
    assert_eq!(read("mutant early\n").unwrap_err().0, 1);
    assert_eq!(read("colour: red\n").unwrap_err().0, 1);
}
