//! Keeps the generation on disk without making anybody wait for the disk.
//! Not here: the format (generation).

use super::generation;
use super::work::Report;
use crate::bridge::Level;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Until a failed write is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// The newest generation wins; older ones that were not written yet need not be.
#[derive(Debug)]
pub struct Memory {
    newest: watch::Sender<Option<u64>>,
    task: JoinHandle<()>,
}

impl Memory {
    /// Starts the writer; failures are reported as error lines.
    pub fn start(state_dir: PathBuf, notes: UnboundedSender<Report>) -> Memory {
        let (newest, values) = watch::channel(None);
        Memory { newest, task: tokio::spawn(write(state_dir, values, notes)) }
    }

    /// Has it written soon.
    pub fn remember(&self, generation: u64) {
        self.newest.send_replace(Some(generation));
    }

    /// Waits until everything is written or has failed, at most `within`.
    pub async fn close(&mut self, within: Duration) {
        // The writer ends when its channel does.
        self.newest = watch::channel(None).0;
        let _ = tokio::time::timeout(within, &mut self.task).await;
    }
}

async fn write(state_dir: PathBuf, mut values: watch::Receiver<Option<u64>>, notes: UnboundedSender<Report>) {
    let mut failed = false;
    loop {
        let open = tokio::select! {
            changed = values.changed() => changed.is_ok(),
            () = tokio::time::sleep(AGAIN), if failed => true,
        };
        let Some(generation) = *values.borrow_and_update() else { return };
        if !open && !failed {
            return;
        }
        let directory = state_dir.clone();
        let done = tokio::task::spawn_blocking(move || generation::write(&directory, generation)).await;
        let error = match done {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let (Some(error), false) = (&error, failed) {
            let text = format!(
                "Generation {generation} could not be kept in {}: {error}; free or mend that directory, it is tried again. \
                 A restart before that may be taken for a replay by Heartbeat peers.",
                state_dir.display()
            );
            let _ = notes.send(Report::Note { level: Level::Error, text });
        }
        failed = error.is_some();
        if !open {
            return;
        }
    }
}
