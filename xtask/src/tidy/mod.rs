//! `cargo xtask tidy`: reads every source and text file of the workspace once and applies the rules to them.
//! Here is the face: run, print, count. Not here: what a rule demands (rules/), how Rust is read (source.rs).

mod finding;
mod rules;
mod source;
mod tree;

#[cfg(test)]
mod testing;

use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;
use tree::Tree;

/// Applies every rule to the tree below `root` and prints one line a finding.
///
/// # Errors
/// Only when the tree cannot be read; findings are no errors but a non-zero exit status.
pub fn main(root: &Path) -> Result<ExitCode> {
    let tree = Tree::read(root)?;
    let findings = rules::all(&tree);
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "tidy: {} files read, {} of them Rust with a median of {} lines; {} findings",
        tree.files.len(),
        tree.rust().count(),
        tree.median_rust_lines(),
        findings.len()
    );
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
