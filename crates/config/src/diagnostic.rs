//! What is wrong in a file, where, and how it is mended. Plain data: rendering is the business of the commands.
//! Not here: rules; secrets (a line of authkeys is masked before it gets here).

use crate::words::{self, printable};
use serde::Serialize;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How bad it is; a worse one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// It starts, but not as its owner may expect.
    Warning,
    /// The daemon does not start.
    Error,
}

/// Which of the three files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum FileKind {
    #[serde(rename = "ha.cf")]
    HaCf,
    #[serde(rename = "haresources")]
    Haresources,
    #[serde(rename = "authkeys")]
    Authkeys,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Bytes of the file; may be empty.
    pub span: Range<usize>,
    /// The line as it may be shown: printable, and without secrets.
    pub text: String,
    /// The marked bytes of `text`.
    pub marked: Range<usize>,
}

/// A change of a file that mends one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Bytes to replace, and by what; in the order of the file, never overlapping, never with a secret.
    pub edits: Vec<(Range<usize>, String)>,
    /// What is taken for granted by mending it so.
    pub assumption: String,
}

/// One fault or remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A word for this kind of fault that never changes.
    pub code: &'static str,
    pub file: FileKind,
    pub path: PathBuf,
    /// Nothing when the file as a whole is meant, or is not there.
    #[serde(flatten)]
    pub place: Option<Place>,
    pub message: String,
    /// Stands at the marked text.
    pub label: String,
    /// Further sentences: why, and what to do.
    pub notes: Vec<String>,
    /// The corrected line or lines.
    pub suggestion: Option<String>,
    #[serde(skip)]
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// About a file as a whole.
    pub(crate) fn of_file(
        severity: Severity,
        code: &'static str,
        file: FileKind,
        path: &Path,
        message: impl Into<String>,
    ) -> Self {
        Diagnostic {
            severity,
            code,
            file,
            path: path.to_owned(),
            place: None,
            message: message.into(),
            label: String::new(),
            notes: Vec::new(),
            suggestion: None,
            fix: None,
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// A corrected line for people; `--fix` does not use it.
    pub(crate) fn suggest(mut self, lines: impl Into<String>) -> Self {
        self.suggestion = Some(lines.into());
        self
    }
}

/// A file under examination: makes diagnostics with places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub file: FileKind,
    pub path: &'a Path,
    pub text: &'a [u8],
}

impl Page<'_> {
    /// About a place in this file. Not for authkeys, whose lines need a mask.
    pub fn at(
        &self,
        severity: Severity,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let place = self.place(span, printable);
        Diagnostic { place: Some(place), ..Diagnostic::of_file(severity, code, self.file, self.path, message) }
    }

    /// As [`Page::at`], but everything behind the marked text is hidden: it may hold a password.
    pub fn at_masked(
        &self,
        severity: Severity,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let mut place = self.place(span, printable);
        if place.text.get(place.marked.end..).is_some_and(|rest| !rest.trim().is_empty()) {
            place.text.truncate(place.marked.end);
            place.text.push_str(" ***");
        }
        Diagnostic { place: Some(place), ..Diagnostic::of_file(severity, code, self.file, self.path, message) }
    }

    /// Line and column of a span; `show` makes the line fit to be seen and must keep offsets up to the span's end.
    pub fn place(&self, span: &Range<usize>, show: impl Fn(&[u8]) -> String) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let number = newlines(before) + 1;
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let nothing = words::Line { start, bytes: b"", carriage_return: false };
        let found = words::lines(self.text.get(start..).unwrap_or_default()).next().unwrap_or(nothing);
        let found = words::Line { start: start + found.start, ..found };
        let text = show(found.bytes);
        let from = span.start.saturating_sub(found.start).min(text.len());
        let to = span.end.min(found.end()).saturating_sub(found.start).clamp(from, text.len());
        let before = found.bytes.get(..from).unwrap_or_default();
        Place {
            line: number,
            column: printable(before).chars().count() + 1,
            span: span.clone(),
            text,
            marked: from..to,
        }
    }

    /// Adds a fix, and shows the lines as they are after it.
    pub fn fixed(
        &self,
        diagnostic: Diagnostic,
        edits: Vec<(Range<usize>, String)>,
        assumption: impl Into<String>,
    ) -> Diagnostic {
        let suggestion = self.lines_after(&edits);
        Diagnostic { suggestion, fix: Some(Fix { edits, assumption: assumption.into() }), ..diagnostic }
    }

    fn lines_after(&self, edits: &[(Range<usize>, String)]) -> Option<String> {
        let (first, last) = (edits.first()?.0.start, edits.last()?.0.end);
        let start = self.text.get(..first)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = self.text.get(last..)?.iter().position(|b| *b == b'\n').map_or(self.text.len(), |at| last + at);
        let edits: Vec<_> =
            edits.iter().map(|(range, text)| (range.start - start..range.end - start, text.clone())).collect();
        let lines = apply(self.text.get(start..end)?, &edits)?;
        Some(printable(&lines).trim_end_matches('\n').to_owned())
    }
}

/// After this many errors the rest of a file is not looked at.
const ERRORS_MAX: usize = 200;
/// Nor after this many findings of any kind: two for each group of the largest haresources.
const FINDINGS_MAX: usize = 2000;
const TOO_MANY: &str = "too-many-errors";

/// Is it pointless to go on? Then a last error has been added that says so.
pub(crate) fn too_many(page: Page<'_>, found: &mut Vec<Diagnostic>) -> bool {
    if found.len() < ERRORS_MAX {
        return false;
    }
    let (mut all, mut errors) = (0, 0);
    for diagnostic in found.iter().filter(|d| d.file == page.file) {
        if diagnostic.code == TOO_MANY {
            return true;
        }
        all += 1;
        errors += usize::from(diagnostic.severity == Severity::Error);
    }
    let what = if errors >= ERRORS_MAX {
        format!("more than {ERRORS_MAX} errors")
    } else if all >= FINDINGS_MAX {
        format!("more than {FINDINGS_MAX} findings")
    } else {
        return false;
    };
    let message = format!("{what}; the rest of the file was not looked at");
    found.push(Diagnostic::of_file(Severity::Error, TOO_MANY, page.file, page.path, message));
    true
}

/// Counted in blocks that fit a byte, which a processor does many at a time: each finding counts from the start.
fn newlines(bytes: &[u8]) -> usize {
    let block = |block: &[u8]| usize::from(block.iter().map(|b| u8::from(*b == b'\n')).sum::<u8>());
    bytes.chunks(255).map(block).sum()
}

/// The text with the edits made; nothing when they overlap or lie outside.
pub(crate) fn apply(text: &[u8], edits: &[(Range<usize>, String)]) -> Option<Vec<u8>> {
    let mut result = Vec::with_capacity(text.len() + 64);
    let mut done = 0;
    for (range, replacement) in edits {
        result.extend_from_slice(text.get(done..range.start)?);
        result.extend_from_slice(replacement.as_bytes());
        done = range.end;
    }
    result.extend_from_slice(text.get(done..)?);
    Some(result)
}

#[cfg(test)]
mod tests;
