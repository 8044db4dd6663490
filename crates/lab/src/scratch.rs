//! The lab's own directory: made, removed, and the remains of killed labs removed too.
//! Not here: what lies in it.

use anyhow::{Context, Result};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const PREFIX: &str = "systole-lab-";

/// `$TMPDIR/systole-lab-PID-N`, readable by nobody else, gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// # Errors
    /// The directory cannot be made.
    pub fn new() -> Result<Scratch> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        remove_stale(&parent);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
        // Of an earlier process with the same number, so nobody's.
        if path.exists() {
            std::fs::remove_dir_all(&path).with_context(|| format!("cannot remove the old {}", path.display()))?;
        }
        // create (not create_all) fails on anything that somebody put there meanwhile, a symbolic link included.
        DirBuilder::new().mode(0o700).create(&path).with_context(|| {
            format!("cannot make the directory {} (set TMPDIR to a writable place)", path.display())
        })?;
        Ok(Scratch { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("systole lab: {} could not be removed: {error}", self.path.display());
        }
    }
}

/// A lab ended by SIGKILL could not remove its directory; its processes and namespaces ended with it.
fn remove_stale(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(owner) else { continue };
        let ours = entry.metadata().is_ok_and(|m| m.is_dir() && is_mine(&m));
        if ours && !Path::new(&format!("/proc/{pid}")).exists() {
            // Somebody else may be removing it at this moment: not worth a word.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_mine(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw()
}

/// The process id in the name of a lab directory.
fn owner(name: &str) -> Option<u32> {
    let (pid, number) = name.strip_prefix(PREFIX)?.split_once('-')?;
    number.parse::<u32>().ok()?;
    pid.parse().ok()
}

#[cfg(test)]
mod tests;
