//! The project's own chores as `cargo xtask CHORE`, so that nobody needs a further tool for them.
//! Here is only the choice of the chore; each one is a module of its own.
#![forbid(unsafe_code)]

mod mutants;
mod tidy;

use anyhow::{Result, bail};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy       the house rules that format and clippy cannot check
       cargo xtask mutants    deliberate mistakes in the core, and which rule finds each";

fn main() -> Result<ExitCode> {
    let mut words = std::env::args().skip(1);
    let chore = words.next().unwrap_or_default();
    match chore.as_str() {
        "mutants" => mutants::main(root()?, &words.collect::<Vec<_>>()),
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
