//! The catalogue of mutants: small text files beside the code, each entry a deliberate mistake and where it goes.
//! Not here: putting them into the code (graft.rs), and what finds them (trial.rs).
//!
//! An entry is a few lines of `word: value`, entries are parted by an empty line, `#` begins a remark:
//!
//! ```text
//! mutant: verdict-early
//! breaks: a peer is dead a keepalive before its dead time is over
//! file: crates/core/src/cluster/hearing.rs
//! at: if «silence >= limit» {
//! new: silence + timing.keepalive() >= limit
//! ```
//!
//! What stands between « and » is one expression, or one statement with its semicolon; `new` is what replaces it. The
//! text of `at` must be found exactly once in the file; `\n` in it is the end of a line. `judge: tests old` has unit tests of the core judge it, those
//! whose names hold that word, where the simulator cannot.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// One deliberate mistake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mutant {
    pub name: String,
    /// What is wrong with it, in a sentence.
    pub breaks: String,
    /// Path below the workspace.
    pub file: String,
    /// The line of code with the marks.
    pub at: String,
    pub new: String,
    /// The word of the unit tests that judge it; the simulator does otherwise.
    pub tests: Option<String>,
    /// Where the entry begins, counted from one.
    pub line: usize,
}

/// A line of the catalogue that makes no sense, and what is wrong with it.
pub type Misread = (usize, String);

/// Reads one file of the catalogue.
///
/// # Errors
/// The first line that makes no sense.
pub fn read(text: &str) -> Result<Vec<Mutant>, Misread> {
    let mut mutants = Vec::new();
    let mut current: Option<Mutant> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() {
            finish(current.take(), &mut mutants)?;
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let Some((word, value)) = line.split_once(": ") else {
            return Err((number, "it is no `word: value`".into()));
        };
        let mutant = current.get_or_insert_with(|| Mutant { line: number, ..Mutant::default() });
        let place = match word {
            "mutant" => &mut mutant.name,
            "breaks" => &mut mutant.breaks,
            "file" => &mut mutant.file,
            "at" => &mut mutant.at,
            "new" => &mut mutant.new,
            "judge" => mutant.tests.insert(String::new()),
            _ => return Err((number, format!("{word} is none of mutant, breaks, file, at, new, judge"))),
        };
        if !place.is_empty() {
            return Err((number, format!("{word} is said twice")));
        }
        value.clone_into(place);
        if let Some(tests) = mutant.tests.as_mut().filter(|_| word == "judge") {
            let Some(filter) = tests.strip_prefix("tests ") else {
                return Err((number, "only `judge: tests WORD` is known".into()));
            };
            *tests = filter.to_owned();
        }
    }
    finish(current, &mut mutants)?;
    Ok(mutants)
}

fn finish(mutant: Option<Mutant>, mutants: &mut Vec<Mutant>) -> Result<(), Misread> {
    let Some(mutant) = mutant else { return Ok(()) };
    let fields = [&mutant.name, &mutant.breaks, &mutant.file, &mutant.at, &mutant.new];
    if fields.iter().any(|field| field.is_empty()) {
        return Err((mutant.line, "mutant, breaks, file, at and new are all needed".into()));
    }
    if mutants.iter().any(|other: &Mutant| other.name == mutant.name) {
        return Err((mutant.line, format!("there are two mutants {}", mutant.name)));
    }
    mutants.push(mutant);
    Ok(())
}

impl Mutant {
    /// Where in the text of its file the mistake goes.
    ///
    /// # Errors
    /// Why there is no such place, or no single one.
    pub fn place(&self, text: &str) -> Result<Range<usize>, String> {
        let marked = self.at.split_once('«').and_then(|(before, rest)| {
            let (old, after) = rest.split_once('»')?;
            Some((before, old, after))
        });
        let Some((before, old, after)) = marked.filter(|(_, old, _)| !old.is_empty()) else {
            return Err("`at` marks nothing with « and »".into());
        };
        let lines = |text: &str| text.replace("\\n", "\n");
        let (before, old, after) = (lines(before), lines(old), lines(after));
        let context = format!("{before}{old}{after}");
        let mut found = text.match_indices(context.as_str()).map(|(start, _)| start);
        match (found.next(), found.next()) {
            (Some(start), None) => Ok(start + before.len()..start + before.len() + old.len()),
            (None, _) => Err(format!("{context:?} is not in {} (any more)", self.file)),
            (Some(_), Some(_)) => Err(format!("{context:?} is more than once in {}", self.file)),
        }
    }
}
