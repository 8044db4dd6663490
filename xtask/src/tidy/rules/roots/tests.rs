//! Tests of the rules about `unsafe`.

use super::check;
use crate::tidy::testing::{places, tree};

#[test]
fn a_root_that_does_not_forbid_is_found_in_every_crate_but_sys() {
    let bare = "//! x\n";
    let files = [
        ("crates/core/src/lib.rs", bare),
        ("crates/sys/src/lib.rs", bare),
        ("crates/wire/src/lib.rs", "//! x\n#![forbid(unsafe_code)]\n"),
        ("xtask/src/main.rs", "//! x\n// #![forbid(unsafe_code)]\n"),
    ];
    assert_eq!(places(&check(&tree(&files))), ["crates/core/src/lib.rs:1", "xtask/src/main.rs:1"]);
}

#[test]
fn unsafe_is_found_as_code_not_as_prose() {
    let text = "//! unsafe\nfn f() {\n    unsafe { g() }\n}\nconst S: &str = \"unsafe\";\n";
    let files = [("crates/core/src/a.rs", text), ("crates/sys/src/a.rs", text)];
    assert_eq!(places(&check(&tree(&files))), ["crates/core/src/a.rs:3"]);
}
