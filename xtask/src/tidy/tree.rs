//! All text files of the workspace, read once.
//! Not here: anything about their content beyond lines.

use super::source::Source;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Directories that hold nothing written by hand. Test data is data: a capture or a fuzzer's find may hold any byte.
const SKIPPED_DIRECTORIES: [&str; 6] = ["target", ".git", "vectors", "snapshots", "corpus", "dictionaries"];
/// Endings of what people write; files without a dot are taken too (Makefile, run).
const ENDINGS: [&str; 12] = ["rs", "md", "mutants", "toml", "sh", "service", "html", "css", "js", "yml", "8", "1"];

/// The workspace as text.
#[derive(Debug)]
pub struct Tree {
    /// Sorted by path.
    pub files: Vec<File>,
}

/// One text file.
#[derive(Debug)]
pub struct File {
    /// Path below the workspace, with slashes.
    pub path: String,
    pub text: String,
    /// Present for Rust files.
    pub rust: Option<Source>,
}

impl Tree {
    /// Reads everything below `root` that people write by hand.
    ///
    /// # Errors
    /// A directory or file that cannot be read, by name.
    pub fn read(root: &Path) -> Result<Tree> {
        let mut files = Vec::new();
        collect(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| file.rust.as_ref().map(|source| (file, source)))
    }

    /// Whether there is a text file of that path.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Half of the Rust files have fewer lines; zero when there are none.
    pub fn median_rust_lines(&self) -> usize {
        let mut lines: Vec<usize> = self.rust().map(|(file, _)| file.text.lines().count()).collect();
        lines.sort_unstable();
        lines.get(lines.len() / 2).copied().unwrap_or(0)
    }
}

fn collect(directory: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", directory.display()))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_dir() {
            if !SKIPPED_DIRECTORIES.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() && name != ".git" && is_written_by_hand(&name) {
            let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let rust = name.ends_with(".rs").then(|| Source::new(&path, &text));
            files.push(File { path, text, rust });
        }
    }
    Ok(())
}

fn is_written_by_hand(name: &str) -> bool {
    match name.rsplit_once('.') {
        None | Some(("", _)) => true,
        Some((_, ending)) => ENDINGS.contains(&ending),
    }
}
