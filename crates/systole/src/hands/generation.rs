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
    DirBuilder::new().recursive(true).mode(0o755).create(state_dir)?;
    let new = state_dir.join(format!("{NAME}.new"));
    let written = write_new(&new, generation).and_then(|()| std::fs::rename(&new, state_dir.join(NAME)));
    if let Err(error) = written {
        // A half-written file on a full disk would only take the room that is missing.
        let _ = std::fs::remove_file(&new);
        return Err(error);
    }
    // The name lives in the directory: without this the rename may be lost.
    File::open(state_dir)?.sync_all()
}

fn write_new(path: &Path, generation: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(path)?;
    file.write_all(format!("{generation:>15}\n").as_bytes())?;
    file.sync_all()
}
