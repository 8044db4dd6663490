//! Words that must not reach the main branch: leftovers of work, and paths of one machine.
//! Not here: style of prose.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::source::{has_word, is_whole_word};
use crate::tidy::tree::{File, Tree};

/// Macros and attributes that mark unfinished code; looked for in code only.
const IN_CODE: [(&str, &str); 4] = [
    ("todo!", "write the code"),
    ("unimplemented!", "write the code"),
    ("dbg!", "remove it"),
    ("#[ignore]", "state why it is ignored: #[ignore = \"reason\"]"),
];
const WHY_LEFTOVER: &str = "unfinished work that nobody is told of stays unfinished";
const WHY_PATH: &str = "it exists on one machine only";

pub fn check(tree: &Tree) -> Vec<Finding> {
    // Put together here so that this file passes its own rule.
    let notes = [["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let directories = ["work", "root"].map(|name| format!("/{name}/"));
    let mut findings = Vec::new();
    for file in &tree.files {
        if let Some(source) = &file.rust {
            for (index, code) in source.code.iter().enumerate() {
                for (word, mend) in IN_CODE.iter().filter(|(word, _)| has_word(code, word)) {
                    findings.push(finding(file, index, word, WHY_LEFTOVER, mend));
                }
            }
        }
        for (index, line) in file.text.lines().enumerate() {
            for word in notes.iter().filter(|word| has_word(line, word)) {
                findings.push(finding(
                    file,
                    index,
                    word,
                    WHY_LEFTOVER,
                    "do it, or write an issue and leave the word out",
                ));
            }
            let starts_a_path = |directory: &&String| {
                line.match_indices(directory.as_str()).any(|(at, _)| is_first_part(line, at, directory))
            };
            for directory in directories.iter().filter(starts_a_path) {
                findings.push(finding(file, index, directory, WHY_PATH, "use a path relative to the workspace"));
            }
        }
    }
    findings
}

/// Does an absolute path begin here, rather than go on?
fn is_first_part(line: &str, at: usize, directory: &str) -> bool {
    let before = line.get(..at).and_then(|text| text.chars().last());
    let goes_on = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '}' | ')' | '$'));
    is_whole_word(line, at, directory) && !goes_on
}

fn finding(file: &File, index: usize, word: &str, why: &'static str, mend: &str) -> Finding {
    Finding { path: file.path.clone(), line: index + 1, what: format!("{word:?} is here"), why, mend: mend.to_owned() }
}
