//! Only one hands at a time may touch the resources of a node: a lock in the run directory.
//! Not here: what is done under it.

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// How long an older hands may take before the log says that it is waited for.
const QUIET: Duration = Duration::from_secs(1);
/// Between two looks; flock has no deadline of its own, and a thread that waits in it could not be ended.
const LOOK: Duration = Duration::from_millis(20);

/// Held as long as the file is open; the kernel lets go when the process ends, however it ends.
#[derive(Debug)]
pub struct HandsLock {
    _file: File,
}

/// Waits for the lock; `waiting` is called once after a second.
///
/// # Errors
/// The directory or the file cannot be made.
pub async fn take(run_dir: &Path, mut waiting: impl FnMut()) -> io::Result<HandsLock> {
    DirBuilder::new().recursive(true).mode(0o755).create(run_dir)?;
    let path = run_dir.join("hands.lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let begun = tokio::time::Instant::now();
    let mut told = false;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(HandsLock { _file: file }),
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !told && begun.elapsed() >= QUIET {
            told = true;
            waiting();
        }
        tokio::time::sleep(LOOK).await;
    }
}
