//! Every mutant of the catalogue still has its one place in the code; one that has none tests nothing.
//! Not here: whether it is found (`cargo xtask mutants`).

#[cfg(test)]
mod tests;

use crate::mutants::{DIRECTORY, catalogue};
use crate::tidy::finding::Finding;
use crate::tidy::tree::{File, Tree};

const WHY: &str = "a mistake that cannot be made any more shows nothing about the judge";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.files.iter().filter(|file| file.path.starts_with(DIRECTORY) && file.path.ends_with(".mutants"));
    files.flat_map(|file| in_file(tree, file)).collect()
}

fn in_file(tree: &Tree, file: &File) -> Vec<Finding> {
    let finding = |line, what, mend: &str| Finding { path: file.path.clone(), line, what, why: WHY, mend: mend.into() };
    let mutants = match catalogue::read(&file.text) {
        Ok(mutants) => mutants,
        Err((line, what)) => return vec![finding(line, what, "see xtask/src/mutants/catalogue.rs")],
    };
    let stale = mutants.iter().filter_map(|mutant| {
        let code = tree.files.iter().find(|other| other.path == mutant.file);
        let why = match code {
            Some(code) => mutant.place(&code.text).err()?,
            None => format!("there is no file {}", mutant.file),
        };
        Some(finding(
            mutant.line,
            format!("mutant {}: {why}", mutant.name),
            "make the same mistake in the code of today",
        ))
    });
    stale.collect()
}
