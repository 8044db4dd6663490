//! Tests of banned words.

use super::check;
use crate::tidy::testing::{places, tree};

fn found(path: &str, text: &str) -> Vec<String> {
    places(&check(&tree(&[(path, text)])))
}

#[test]
fn leftovers_are_found_in_code_also_in_tests() {
    for code in ["todo!()", "unimplemented!(\"x\")", "dbg!(x)", "#[ignore]"] {
        assert_eq!(found("a/tests.rs", &format!("//! x\n{code}\n")), ["a/tests.rs:2"], "{code}");
    }
    assert_eq!(found("a.rs", "//! todo! dbg!\n#[ignore = \"needs a serial port\"]\nfn f() {}\n"), [""; 0]);
}

#[test]
fn notes_are_found_in_any_text() {
    let (fix, unknown) = (["FIX", "ME"].concat(), ["XX", "X"].concat());
    assert_eq!(found("a.md", &format!("one\n{fix}: two\n")), ["a.md:2"]);
    assert_eq!(found("a.rs", &format!("// {unknown} three\n")), ["a.rs:1"]);
    assert_eq!(found("a.sh", &format!("mktemp a.{unknown}{unknown}\n")), [""; 0]);
}

#[test]
fn paths_of_one_machine_are_found() {
    let (work, root) = (["/wo", "rk/x"].concat(), ["/ro", "ot/x"].concat());
    assert_eq!(found("Makefile", &format!("a = {work}\nb = {root}\n")), ["Makefile:1", "Makefile:2"]);
    assert_eq!(found("a.md", &format!("var{work} ./lab{root}\n")), [""; 0]);
}
