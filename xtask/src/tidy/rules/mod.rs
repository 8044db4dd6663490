//! The rules, one module a theme; each is a function from the tree to its findings.
//! Not here: what format, clippy and cargo-deny check already.

mod arrows;
mod docs;
mod mutants;
mod purity;
mod roots;
mod shape;
mod words;

use super::finding::Finding;
use super::tree::Tree;

/// Every finding of every rule, by place.
pub fn all(tree: &Tree) -> Vec<Finding> {
    let rules = [arrows::check, docs::check, mutants::check, purity::check, roots::check, shape::check, words::check];
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(tree)).collect();
    findings.sort_by(|a, b| (&a.path, a.line, &a.what).cmp(&(&b.path, b.line, &b.what)));
    findings
}
