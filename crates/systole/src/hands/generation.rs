//! The generation file of the state directory, in Heartbeat's format (spec/WIRE.md 6.1).
//! Not here: which generation it is.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Its name in the state directory.
pub const NAME: &str = "hb_generation";

/// Writes the generation so that after a crash either the old or the new file is there, whole.
///
/// # Errors
/// Whatever the file system says; then the old file still stands.
pub fn write(state_dir: &Path, generation: u64) -> io::Result<()> {
    replace(state_dir, NAME, format!("{generation:>15}\n").as_bytes())
}

/// The same for any small file of the state directory.
///
/// # Errors
/// Whatever the file system says; then the old file still stands.
pub fn replace(state_dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(state_dir)?;
    let new = state_dir.join(format!("{name}.new"));
    let written = write_new(&new, bytes).and_then(|()| std::fs::rename(&new, state_dir.join(name)));
    if let Err(error) = written {
        // A half-written file on a full disk would only take the room that is missing.
        let _ = std::fs::remove_file(&new);
        return Err(error);
    }
    // The name lives in the directory: without this the rename may be lost.
    File::open(state_dir)?.sync_all()
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
