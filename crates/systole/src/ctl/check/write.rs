//! Writes mended files so that at each moment either the old or the new one lies there whole.
//! Not here: what is written.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use systole_config::{Fixed, FixedFile};

/// Permissions first, then texts; says what was done.
///
/// # Errors
/// A sentence: which file, and why not. What was done before it stays done.
pub fn all(fixed: &Fixed) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    for (path, mode) in &fixed.chmod {
        fs::set_permissions(path, Permissions::from_mode(*mode))
            .map_err(|error| format!("cannot set the mode of {}: {error}", path.display()))?;
        done.push(format!("{}: mode {mode:04o}", path.display()));
    }
    for file in &fixed.files {
        let backup = replace(file).map_err(|error| format!("cannot write {}: {error}", file.path.display()))?;
        done.push(format!("{}: written; the old one is {}", file.path.display(), backup.display()));
    }
    Ok(done)
}

/// A new file beside the old one, synced, then renamed over it; mode and owner are those of the old one.
fn replace(file: &FixedFile) -> io::Result<PathBuf> {
    // Of a link, what it points to is replaced.
    let target = fs::canonicalize(&file.path)?;
    let facts = fs::metadata(&target)?;
    let beside = |suffix: &str| {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        target.with_file_name(name)
    };
    let (new, backup) = (beside(".new"), beside(".before-fix"));
    remove(&new)?;
    let result = fill(&new, &file.text, &facts).and_then(|()| {
        remove(&backup)?;
        fs::hard_link(&target, &backup).or_else(|_| fs::copy(&target, &backup).map(drop))?;
        fs::rename(&new, &target)
    });
    if result.is_err() {
        remove(&new)?;
    }
    result?;
    if let Some(directory) = target.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(backup)
}

fn fill(path: &Path, text: &[u8], like: &fs::Metadata) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    new.write_all(text)?;
    fchown(&new, Some(like.uid()), Some(like.gid()))?;
    new.set_permissions(Permissions::from_mode(like.mode() & 0o7777))?;
    new.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
