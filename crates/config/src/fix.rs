//! Mends what can be mended without asking, and says what was taken for granted.
//! Not here: writing files; guesses that could do harm (keys, fencing, who the other node is).

use crate::diagnostic::{Diagnostic, FileKind, Severity, apply};
use crate::read::read;
use crate::sources::{SourceFile, Sources, Unreadable};
use crate::surroundings::Surroundings;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Every round mends at least one fault; files with so many that this is not enough are left as they are.
const ROUNDS_MAX: usize = 64;

/// What to do to the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The changed files, whole.
    pub files: Vec<FixedFile>,
    /// Permissions to set, also of files whose text stays.
    pub chmod: Vec<(PathBuf, u32)>,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// The files as they will be.
    pub sources: Sources,
}

/// A file with its new text; wiped on drop, since it may hold keys.
#[derive(Clone, PartialEq, Eq)]
pub struct FixedFile {
    pub kind: FileKind,
    pub path: PathBuf,
    pub text: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for FixedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FixedFile({}, {} bytes)", self.path.display(), self.text.len())
    }
}

/// Mends until nothing more can be mended. Doing it again changes nothing.
pub fn fix(sources: &Sources, around: &Surroundings) -> Fixed {
    let mut now = sources.clone();
    let mut assumptions: Vec<String> = Vec::new();
    let mut chmod = Vec::new();
    if let Ok(keys) = &mut now.authkeys
        && keys.mode & 0o077 != 0
    {
        keys.mode = 0o600;
        chmod.push((keys.path.clone(), 0o600));
    }
    let mut settled = false;
    for _ in 0..ROUNDS_MAX {
        let reading = read(&now, around);
        let mut changed = false;
        for kind in [FileKind::HaCf, FileKind::Haresources, FileKind::Authkeys] {
            if let Some(file) = of_kind(&mut now, kind) {
                changed |= round(file, kind, &reading.diagnostics, &mut assumptions);
            }
        }
        if !changed {
            settled = true;
            break;
        }
    }
    if !settled {
        unmend(&mut now, sources);
        assumptions.clear();
    }
    if read(&now, around).diagnostics.iter().any(|d| d.code == "crc") {
        assumptions.push(
            "crc stays in authkeys, since the key must be the same on both nodes; sha1 with a key is safer".into(),
        );
    }
    let files = [FileKind::HaCf, FileKind::Haresources, FileKind::Authkeys]
        .into_iter()
        .filter_map(|kind| {
            let before = of_kind(&mut sources.clone(), kind).map(|f| f.text.clone());
            let after = of_kind(&mut now, kind).filter(|f| Some(&f.text) != before.as_ref())?;
            Some(FixedFile { kind, path: after.path.clone(), text: after.text.clone() })
        })
        .collect();
    Fixed { files, chmod, assumptions, sources: now }
}

/// The texts as they were; permissions stay mended.
fn unmend(now: &mut Sources, sources: &Sources) {
    for kind in [FileKind::HaCf, FileKind::Haresources, FileKind::Authkeys] {
        if let (Some(file), Some(before)) = (of_kind(now, kind), of_kind(&mut sources.clone(), kind)) {
            file.text.clone_from(&before.text);
        }
    }
}

/// Makes all edits of one file that do not overlap; the others come again in the next round.
fn round(file: &mut SourceFile, kind: FileKind, found: &[Diagnostic], assumptions: &mut Vec<String>) -> bool {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for diagnostic in found.iter().filter(|d| d.file == kind && d.severity != Severity::Note) {
        let Some(fix) = &diagnostic.fix else { continue };
        let clash = |(new, _): &(Range<usize>, String)| {
            edits.iter().any(|(old, _)| new.start <= old.end && old.start <= new.end)
        };
        if fix.edits.iter().any(clash) {
            continue;
        }
        edits.extend(fix.edits.iter().cloned());
        if !fix.assumption.is_empty() && !assumptions.contains(&fix.assumption) {
            assumptions.push(fix.assumption.clone());
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    match apply(&file.text, &edits) {
        Some(text) if text != *file.text => {
            file.text = Zeroizing::new(text);
            true
        }
        _ => false,
    }
}

fn of_kind(sources: &mut Sources, kind: FileKind) -> Option<&mut SourceFile> {
    let slot: &mut Result<SourceFile, Unreadable> = match kind {
        FileKind::HaCf => &mut sources.ha_cf,
        FileKind::Haresources => &mut sources.haresources,
        FileKind::Authkeys => &mut sources.authkeys,
    };
    slot.as_mut().ok()
}
