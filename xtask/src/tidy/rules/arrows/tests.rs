//! Tests of the arrows.

use super::check;
use crate::tidy::testing::{places, tree};

const LINTS: &str = "[lints]\nworkspace = true\n";

#[test]
fn an_arrow_that_is_listed_passes() {
    let manifest = format!("{LINTS}[dependencies]\nsystole-core.workspace = true\nserde = \"1\"\n");
    assert_eq!(places(&check(&tree(&[("crates/wire/Cargo.toml", &manifest)]))), [""; 0]);
}

#[test]
fn an_arrow_that_is_not_listed_is_found_however_it_is_written() {
    for dependency in [
        "[dependencies]\nsystole-sys.workspace = true\n",
        "[dependencies]\nsystole-sys = { path = \"../sys\" }\n",
        "[dev-dependencies]\n\"systole-sys\" = { path = \"../sys\" }\n",
        "[target.'cfg(unix)'.dependencies]\nsystole-sys = { path = \"../sys\" }\n",
        "[dependencies]\ninnocent = { package = \"systole-sys\", path = \"../sys\" }\n",
    ] {
        let manifest = format!("{LINTS}{dependency}");
        assert_eq!(places(&check(&tree(&[("crates/core/Cargo.toml", &manifest)]))), ["crates/core/Cargo.toml:4"]);
    }
    let table = format!("{LINTS}[dependencies.systole-sys]\npath = \"../sys\"\n");
    assert_eq!(places(&check(&tree(&[("crates/core/Cargo.toml", &table)]))), ["crates/core/Cargo.toml:3"]);
}

#[test]
fn a_new_crate_must_state_its_arrows() {
    assert_eq!(places(&check(&tree(&[("crates/new/Cargo.toml", LINTS)]))), ["crates/new/Cargo.toml:1"]);
}

#[test]
fn a_crate_without_the_workspace_lints_is_found() {
    assert_eq!(places(&check(&tree(&[("xtask/Cargo.toml", "[package]\n")]))), ["xtask/Cargo.toml:1"]);
}

#[test]
fn the_laboratory_is_used_by_the_demo_only() {
    let text = "//! x\nuse systole_lab::Pair;\n";
    let files = [("crates/systole/src/ctl/demo.rs", text), ("crates/systole/src/heart/mod.rs", text)];
    assert_eq!(places(&check(&tree(&files))), ["crates/systole/src/heart/mod.rs:2"]);
}
