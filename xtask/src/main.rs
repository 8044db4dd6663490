//! The project's own chores as `cargo xtask CHORE`, so that nobody needs a further tool for them.
//! Here is only the choice of the chore; each one is a module of its own.
#![forbid(unsafe_code)]

mod tidy;

use anyhow::{Result, bail};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy    the house rules that format and clippy cannot check";

fn main() -> Result<ExitCode> {
    let chore = std::env::args().nth(1).unwrap_or_default();
    match chore.as_str() {
        "tidy" => tidy::main(root()?),
        _ => bail!("there is no chore {chore:?}\n{USAGE}"),
    }
}

/// The workspace: the directory above this crate.
fn root() -> Result<&'static Path> {
    match Path::new(env!("CARGO_MANIFEST_DIR")).parent() {
        Some(root) => Ok(root),
        None => bail!("xtask lies in no workspace"),
    }
}
