//! No clock, no IO, no randomness in what core, wire and config ship; no hash order either.
//! Not here: the rest of the workspace, which exists to do IO. Tests may read files.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::source::has_word;
use crate::tidy::tree::{File, Tree};

const PURE: [&str; 3] = ["crates/core/src/", "crates/wire/src/", "crates/config/src/"];
const WHY_IO: &str = "decisions and parsers must give the same output for the same input, in tests and replays";
const WHY_HASH: &str = "the order of a hash table differs from run to run, and two nodes must decide alike";

/// Paths that reach the outside, as `use` or in place.
const PATHS: [&str; 9] = [
    "std::fs",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
];
/// Words that do, wherever they come from; `std::net` itself is fine for its addresses.
const WORDS: [&str; 28] = [
    "Instant",
    "SystemTime",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "ToSocketAddrs",
    "UnixStream",
    "UnixDatagram",
    "rand",
    "getrandom",
    "thread_rng",
    "RandomState",
    "tokio",
    "libc",
    "rustix",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    ".exists()",
    ".try_exists()",
    ".is_file()",
    ".is_dir()",
    ".is_symlink()",
    ".metadata()",
    ".read_dir()",
    ".read_link()",
    ".canonicalize()",
];
const HASHES: [&str; 2] = ["HashMap", "HashSet"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| PURE.iter().any(|p| file.path.starts_with(p))) {
        let mut reported = Vec::new();
        for (line, code) in source.shipped() {
            if let Some(what) = PATHS.iter().chain(&WORDS).find(|banned| has_word(code, banned)) {
                findings.push(outside(file, line, what));
                reported.push(line);
            }
            findings.extend(HASHES.iter().filter(|word| has_word(code, word)).map(|word| hash(file, line, word)));
        }
        // What braces hide from the lines: use std::{fs, io}.
        for (line, path) in source.uses.iter().filter(|(line, _)| !source.is_test(*line) && !reported.contains(line)) {
            let banned = PATHS.iter().find(|banned| path == *banned || path.starts_with(&format!("{banned}::")));
            findings.extend(banned.map(|what| outside(file, *line, what)));
        }
    }
    findings
}

fn outside(file: &File, line: usize, what: &str) -> Finding {
    Finding {
        path: file.path.clone(),
        line,
        what: format!("{what} in a crate without clock and IO"),
        why: WHY_IO,
        mend: "take the value as an argument and let crates/systole fetch it".to_owned(),
    }
}

fn hash(file: &File, line: usize, what: &str) -> Finding {
    Finding {
        path: file.path.clone(),
        line,
        what: format!("{what} in a crate that decides"),
        why: WHY_HASH,
        mend: format!("use {}", what.replace("Hash", "BTree")),
    }
}
