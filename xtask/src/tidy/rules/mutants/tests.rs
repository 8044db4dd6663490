//! Tests of the rule about mutants.

use super::check;
use crate::tidy::testing::{places, tree};

const ENTRY: &str = "mutant: early\nbreaks: it is early\nfile: crates/core/src/a.rs\nat: if «a >= b» {\nnew: a > b\n";

#[test]
fn a_mutant_without_its_place_is_found() {
    let good = "//! x\nfn f() { if a >= b { g() } }\n";
    let with = |code| tree(&[("xtask/mutants/x.mutants", ENTRY), ("crates/core/src/a.rs", code)]);
    assert!(check(&with(good)).is_empty());
    assert_eq!(places(&check(&with("//! x\n"))), ["xtask/mutants/x.mutants:1"]);
    assert_eq!(places(&check(&tree(&[("xtask/mutants/x.mutants", ENTRY)]))), ["xtask/mutants/x.mutants:1"]);
}

#[test]
fn an_entry_that_says_nothing_is_found() {
    assert_eq!(
        places(&check(&tree(&[("xtask/mutants/x.mutants", "\nmutant early\n")]))),
        ["xtask/mutants/x.mutants:2"]
    );
}
