//! The raw results: one JSON object a line, appended as soon as a run is over, so that a broken-off comparison goes on
//! where it was.
//! Not here: medians and words; those are the report's.

use super::setup::{Peer, Profile};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What was run: product, timings, scenario by its word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Case {
    pub scenario: String,
    pub profile: Profile,
    pub peer: Peer,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    #[serde(flatten)]
    pub case: Case,
    /// From 1.
    pub run: u32,
    /// Seconds since 1970.
    pub at: u64,
    /// Program and version, or Debian packages and theirs.
    pub version: String,
    /// Load of the last minute when the run began.
    pub load: f64,
    /// What was measured, by name; the unit is the end of the name. Empty when `error` says why.
    pub values: BTreeMap<String, f64>,
    /// Why nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The file, open for more.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    pub records: Vec<Record>,
}

impl Results {
    /// Reads what is there; a last line that a killed run left half written is passed over.
    ///
    /// # Errors
    /// The file cannot be read, or is no file of results.
    pub fn open(path: &Path) -> Result<Results> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (lines, rest) = text.split_at(whole);
        let parse = |(number, line): (usize, &str)| {
            serde_json::from_str(line).with_context(|| {
                format!("{}, line {}: no result; move the file away to begin anew", path.display(), number + 1)
            })
        };
        let records = lines.lines().enumerate().map(parse).collect::<Result<_>>()?;
        if !rest.is_empty() {
            std::fs::write(path, lines).with_context(|| format!("cannot mend {}", path.display()))?;
        }
        Ok(Results { path: path.to_owned(), records })
    }

    /// How many runs of this case were measured; one that failed is run again.
    pub fn done(&self, case: &Case) -> usize {
        self.records.iter().filter(|record| record.case == *case && record.error.is_none()).count()
    }

    /// Writes it down before anything else happens.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, record: Record) -> Result<()> {
        let mut line = serde_json::to_string(&record)?;
        line.push('\n');
        if let Some(parent) = self.path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = File::options().create(true).append(true).open(&self.path)?;
        file.write_all(line.as_bytes()).with_context(|| format!("cannot write {}", self.path.display()))?;
        self.records.push(record);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
