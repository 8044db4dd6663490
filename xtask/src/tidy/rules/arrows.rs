//! Which of our crates may use which (docs/architecture.md), read from the Cargo.toml files.
//! Not here: third-party crates; cargo-deny watches those.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::source::has_word;
use crate::tidy::tree::{File, Tree};

const WHY: &str = "each crate stays small and testable only while the arrows point one way";

/// Directory of a crate and what of ours it may use. A crate that is not here is a finding.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("crates/core", &[]),
    ("crates/wire", &["systole-core"]),
    ("crates/config", &["systole-core"]),
    ("crates/sys", &[]),
    ("crates/sim", &["systole-core", "systole-wire", "systole-config"]),
    ("crates/lab", &["systole-wire", "systole-config", "systole-sys"]),
    (
        "crates/systole",
        &["systole-core", "systole-wire", "systole-config", "systole-sys", "systole-sim", "systole-lab"],
    ),
    ("xtask", &[]),
    ("fuzz", &["systole-core", "systole-wire", "systole-config"]),
];

/// Crates that the program uses from one subcommand only, and where that one lives.
const FENCED: [(&str, &str); 2] =
    [("systole_lab", "crates/systole/src/ctl/demo"), ("systole_sim", "crates/systole/src/ctl/rehearse")];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if let Some(directory) = file.path.strip_suffix("/Cargo.toml") {
            manifest(directory, file, &mut findings);
        }
    }
    for (name, home) in FENCED {
        let outside = |file: &&File| file.path.starts_with("crates/systole/src/") && !file.path.starts_with(home);
        for file in tree.files.iter().filter(outside) {
            let Some(source) = &file.rust else { continue };
            for (line, _) in source.shipped().filter(|(_, code)| has_word(code, name)) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line,
                    what: format!("uses {name}"),
                    why: "laboratory and simulator must not reach the daemon",
                    mend: format!("keep it below {home}"),
                });
            }
        }
    }
    findings
}

fn manifest(directory: &str, file: &File, findings: &mut Vec<Finding>) {
    let mut add = |line: usize, what: String, mend: String| {
        findings.push(Finding { path: file.path.clone(), line, what, why: WHY, mend });
    };
    let Some((_, allowed)) = ALLOWED.iter().find(|(crate_directory, _)| *crate_directory == directory) else {
        add(1, "a crate without arrows".to_owned(), "add it to the table in xtask/src/tidy/rules/arrows.rs".to_owned());
        return;
    };
    for (line, name) in dependencies(&file.text) {
        let ours = name == "systole" || name == "xtask" || name.starts_with("systole-");
        if ours && !allowed.contains(&name.as_str()) {
            add(
                line,
                format!("{directory} uses {name}"),
                format!(
                    "remove it; allowed are: {}",
                    if allowed.is_empty() { "none".into() } else { allowed.join(", ") }
                ),
            );
        }
    }
    if !file.text.contains("[lints]\nworkspace = true") {
        findings.push(Finding {
            path: file.path.clone(),
            line: 1,
            what: "the workspace lints are not taken".to_owned(),
            why: "a crate without them escapes the review that clippy does",
            mend: "add [lints] with workspace = true".to_owned(),
        });
    }
}

/// Names of the packages a manifest depends on, in whichever of the ways TOML offers, with their lines.
fn dependencies(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            if let Some((table, name)) = section.rsplit_once('.')
                && table.ends_with("dependencies")
            {
                found.push((index + 1, name.trim_matches('"').to_owned()));
                inside = false;
            }
        } else if let Some((key, value)) = line.split_once('=') {
            // A renamed package hides behind another key, also in a table of its own.
            if let Some((_, renamed)) = line.split_once("package") {
                found.extend(renamed.split('"').nth(1).map(|name| (index + 1, name.to_owned())));
            }
            if inside && !value.is_empty() {
                let name = key.split('.').next().unwrap_or_default().trim().trim_matches('"');
                found.push((index + 1, name.to_owned()));
            }
        }
    }
    found
}
