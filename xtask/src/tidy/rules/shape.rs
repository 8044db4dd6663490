//! Length of files and functions, and the header of every file.
//! Not here: layout within a line, which rustfmt settles.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::source::{Source, is_whole_word, item_end, line_of};
use crate::tidy::tree::{File, Tree};

/// Most lines of a file.
const FILE_MAX: usize = 400;
/// Most lines of a function that is no test.
const FUNCTION_MAX: usize = 60;
/// Files that may be longer, each with the reason. Empty, and meant to stay so.
const LONG_FILES: [(&str, &str); 0] = [];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.rust.is_some() || file.path.ends_with(".sh")) {
        let lines = file.text.lines().count();
        if lines > FILE_MAX && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
            findings.push(Finding {
                path: file.path.clone(),
                line: FILE_MAX + 1,
                what: format!("the file has {lines} lines, {FILE_MAX} are allowed"),
                why: "a file should be read in one go",
                mend: "split it by theme".to_owned(),
            });
        }
    }
    for (file, source) in tree.rust() {
        if !file.text.starts_with("//!") {
            findings.push(Finding {
                path: file.path.clone(),
                line: 1,
                what: "the file does not open with //!".to_owned(),
                why: "a reader must learn first what lives here and what does not",
                mend: "write two lines: what is here, what is not".to_owned(),
            });
        }
        functions(file, source, &mut findings);
    }
    findings
}

fn functions(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    let code = source.code.join("\n");
    for (start, word) in code.match_indices("fn ") {
        let first = line_of(&code, start);
        if !is_whole_word(&code, start, "fn") || source.is_test(first + 1) {
            continue;
        }
        let lines = line_of(&code, item_end(&code, start)) - first + 1;
        if lines > FUNCTION_MAX {
            let name = code.get(start + word.len()..).unwrap_or_default();
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            findings.push(Finding {
                path: file.path.clone(),
                line: first + 1,
                what: format!("fn {name} has {lines} lines, {FUNCTION_MAX} are allowed"),
                why: "a function should fit on one screen",
                mend: "give a part of it a name of its own".to_owned(),
            });
        }
    }
}
