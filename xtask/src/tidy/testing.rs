//! For the tests of the rules: a tree in a temporary directory, read as the real one is.
#![allow(clippy::unwrap_used)]

use super::finding::Finding;
use super::tree::Tree;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Writes the files, reads them as a tree, removes them.
pub fn tree(files: &[(&str, &str)]) -> Tree {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let root = std::env::temp_dir().join(format!("xtask-tidy-{}-{number}", std::process::id()));
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree::read(&root).unwrap();
    fs::remove_dir_all(&root).unwrap();
    tree
}

/// The places found, as `path:line`.
pub fn places(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}:{}", f.path, f.line)).collect()
}
