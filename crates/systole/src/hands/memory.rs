//! Keeps the generation and the peers' numbers on disk without making anybody wait for the disk.
//! Not here: the formats (generation, peers).

use super::generation;
use super::work::Report;
use crate::bridge::Level;
use crate::peers::{self, Peers};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use systole_core::{Generation, NodeName, Sequence};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Until a failed write is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// The newest values win; older ones that were not written yet need not be.
#[derive(Debug)]
pub struct Memory {
    newest: watch::Sender<Kept>,
    task: JoinHandle<()>,
}

/// What belongs on disk; `None` was not told and stays as it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Kept {
    generation: Option<u64>,
    peers: Option<Peers>,
}

impl Memory {
    /// Starts the writer; failures are reported as error lines. `nodes` are those of ha.cf: others are forgotten.
    pub fn start(state_dir: PathBuf, nodes: &[NodeName], notes: UnboundedSender<Report>) -> Memory {
        // Heart tells what changes; the rest is on disk. It has warned of what cannot be read there.
        let (mut before, _) = peers::load(&state_dir);
        before.retain(|node, _| nodes.contains(node));
        let (newest, values) = watch::channel(Kept::default());
        Memory { newest, task: tokio::spawn(write(state_dir, before, values, notes)) }
    }

    /// Has it written soon.
    pub fn remember(&self, generation: u64) {
        self.newest.send_modify(|kept| kept.generation = Some(generation));
    }

    /// Has it written soon how far a peer was heard.
    pub fn remember_peer(&self, node: NodeName, generation: Generation, sequence: Sequence) {
        self.newest.send_modify(|kept| {
            kept.peers.get_or_insert_default().insert(node, (generation, sequence));
        });
    }

    /// Waits until everything is written or has failed, at most `within`.
    pub async fn close(&mut self, within: Duration) {
        // The writer ends when its channel does.
        self.newest = watch::channel(Kept::default()).0;
        let _ = tokio::time::timeout(within, &mut self.task).await;
    }
}

async fn write(state_dir: PathBuf, before: Peers, mut values: watch::Receiver<Kept>, notes: UnboundedSender<Report>) {
    let mut failed = false;
    let mut written = Kept::default();
    loop {
        let open = tokio::select! {
            changed = values.changed() => changed.is_ok(),
            () = tokio::time::sleep(AGAIN), if failed => true,
        };
        let newest = values.borrow_and_update().clone();
        if newest == written && !open {
            return;
        }
        let (directory, known, wanted, old) = (state_dir.clone(), before.clone(), newest.clone(), written.clone());
        let done = tokio::task::spawn_blocking(move || write_both(&directory, known, &wanted, &old)).await;
        let error = match done {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(error) => Some(error.to_string()),
        };
        if let (Some(error), false) = (&error, failed) {
            let _ = notes.send(Report::Note { level: Level::Error, text: complaint(&state_dir, error) });
        }
        failed = error.is_some();
        if !failed {
            written = newest;
        }
        if !open {
            return;
        }
    }
}

/// Writes what differs from what was written before; both are tried.
fn write_both(directory: &Path, mut known: Peers, newest: &Kept, written: &Kept) -> Result<(), String> {
    let generation = match newest.generation {
        Some(generation) if newest.generation != written.generation => {
            named(&format!("Generation {generation}"), generation::write(directory, generation))
        }
        _ => Ok(()),
    };
    let peers = match &newest.peers {
        Some(peers) if newest.peers != written.peers => {
            known.extend(peers.clone());
            named("The peers' numbers", generation::replace(directory, peers::NAME, peers::text(&known).as_bytes()))
        }
        _ => Ok(()),
    };
    generation.and(peers)
}

fn named(what: &str, done: io::Result<()>) -> Result<(), String> {
    done.map_err(|error| format!("{what} could not be kept: {error}"))
}

fn complaint(state_dir: &Path, error: &str) -> String {
    format!(
        "{error}. Free or mend {}, it is tried again. A restart before that may be taken for a replay by Heartbeat \
         peers, or take a replay for a peer.",
        state_dir.display()
    )
}

#[cfg(test)]
mod tests;
