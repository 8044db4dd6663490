//! `unsafe` lives in systole-sys alone: every other crate root forbids it, and no other file says it.
//! Not here: the SAFETY comments inside systole-sys, which clippy asks for.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::source::has_word;
use crate::tidy::tree::Tree;

const WHY: &str = "memory safety is reviewed in one small crate";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| !file.path.starts_with("crates/sys/")) {
        let mut add = |line: usize, what: &str, mend: &str| {
            findings.push(Finding { path: file.path.clone(), line, what: what.into(), why: WHY, mend: mend.into() });
        };
        if is_crate_root(&file.path) && !source.code.iter().any(|line| line.trim() == "#![forbid(unsafe_code)]") {
            add(1, "the crate root does not forbid unsafe code", "add #![forbid(unsafe_code)] below the header");
        }
        for (index, _) in source.code.iter().enumerate().filter(|(_, code)| has_word(code, "unsafe")) {
            add(index + 1, "unsafe outside of systole-sys", "give crates/sys a safe function that does it");
        }
    }
    findings
}

fn is_crate_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs") || path.contains("/src/bin/")
}
