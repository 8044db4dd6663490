//! Keeps generation, identity and the peers' numbers on disk without making anybody wait for the disk.
//! Not here: the files and how they are written (crate::state).

use super::work::Report;
use crate::bridge::{Begin, Level};
use crate::state::{self, Directory, Disk, Kept, Store, Writer};
use std::path::PathBuf;
use std::time::Duration;
use systole_core::{Generation, NodeName, Sequence};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Until a failed write is tried again, and until the next look whether all is still there.
const AGAIN: Duration = Duration::from_secs(30);
/// A write that takes longer is told of.
const HANGS: Duration = Duration::from_secs(10);

/// The newest values win; older ones that were not written yet need not be.
#[derive(Debug)]
pub struct Memory<D = Directory> {
    newest: watch::Sender<Kept>,
    /// Before [`Memory::begin`].
    waiting: Option<(Keeper<D>, watch::Receiver<Kept>)>,
    task: Option<JoinHandle<()>>,
}

impl Memory<Directory> {
    /// Remembers, and writes nothing yet. Peers on disk that are not in ha.cf will be forgotten.
    pub fn new(begin: &Begin, notes: UnboundedSender<Report>) -> Memory<Directory> {
        Memory::on(Directory::new(&begin.state_dir), begin, notes)
    }
}

impl<D: Disk + Clone + Send + 'static> Memory<D> {
    fn on(disk: D, begin: &Begin, notes: UnboundedSender<Report>) -> Memory<D> {
        let known = Kept { uuid: begin.life.0, generation: begin.life.1, peers: state::peers::Peers::new() };
        let (newest, values) = watch::channel(known);
        let (place, nodes) = (begin.state_dir.clone(), begin.configuration.core.nodes.clone());
        let store = Store::new(disk, Writer::Hands);
        let keeper = Keeper { store, place, nodes, notes, failed: false };
        Memory { newest, waiting: Some((keeper, values)), task: None }
    }

    /// Starts the writer, once the lock says that no other hands writes; failures are reported as error lines.
    pub fn begin(&mut self) {
        if let Some((keeper, values)) = self.waiting.take() {
            self.task = Some(tokio::spawn(keeper.run(values)));
        }
    }

    /// Has it written soon.
    pub fn remember(&self, generation: u64) {
        self.newest.send_modify(|kept| kept.generation = kept.generation.max(Generation(generation)));
    }

    /// Has it written soon how far a peer was heard.
    pub fn remember_peer(&self, node: NodeName, generation: Generation, sequence: Sequence) {
        let place = [(node, (generation, sequence))].into();
        self.newest.send_modify(|kept| state::peers::join(&mut kept.peers, place));
    }

    /// Waits until everything is written or has failed, at most `within`.
    pub async fn close(&mut self, within: Duration) {
        // The writer ends when its channel does.
        let last = self.newest.borrow().clone();
        self.newest = watch::channel(last).0;
        if let Some(task) = &mut self.task {
            let _ = tokio::time::timeout(within, task).await;
        }
    }
}

#[derive(Debug)]
struct Keeper<D> {
    store: Store<D>,
    place: PathBuf,
    nodes: Vec<NodeName>,
    notes: UnboundedSender<Report>,
    failed: bool,
}

impl<D: Disk + Clone + Send + 'static> Keeper<D> {
    async fn run(mut self, mut values: watch::Receiver<Kept>) {
        // Heart has written what it knew when it began, unless it could not: so look at once.
        let mut pause = Duration::ZERO;
        let mut written: Option<Kept> = None;
        loop {
            let open = tokio::select! {
                changed = values.changed() => changed.is_ok(),
                () = tokio::time::sleep(pause) => true,
            };
            pause = AGAIN;
            let newest = values.borrow_and_update().clone();
            if !open && written.as_ref() == Some(&newest) {
                return;
            }
            let again = written.as_ref() == Some(&newest);
            written = self.keep(&newest, again).await.then_some(newest);
            if !open {
                return;
            }
        }
    }

    /// Tells whether all is on disk. `again`: it was, so that what has to be written now was taken away.
    async fn keep(&mut self, kept: &Kept, again: bool) -> bool {
        let (store, nodes, wanted) = (self.store.clone(), self.nodes.clone(), kept.clone());
        let mut work = tokio::task::spawn_blocking(move || state::keep(&store, &wanted, &nodes));
        let done = match tokio::time::timeout(HANGS, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                self.note(Level::Error, format!("A write to {} hangs; the node goes on.", self.place.display()));
                work.await
            }
        };
        let error = match done {
            Ok(Ok(written)) => {
                if again && !written.is_empty() {
                    self.note(Level::Warn, self.put_back(&written));
                }
                None
            }
            Ok(Err(error)) => Some(error),
            Err(error) => Some(error.to_string()),
        };
        if let (Some(error), false) = (&error, self.failed) {
            self.note(Level::Error, self.complaint(error));
        }
        if self.failed && error.is_none() {
            self.note(Level::Info, format!("{} can be written again; everything is kept.", self.place.display()));
        }
        self.failed = error.is_some();
        error.is_none()
    }

    fn note(&self, level: Level, text: String) {
        let _ = self.notes.send(Report::Note { level, text });
    }

    fn put_back(&self, names: &[&str]) -> String {
        format!(
            "{} in {} was gone, damaged or older than what is in force, and is written again. Did somebody remove or \
             restore the directory?",
            names.join(", "),
            self.place.display()
        )
    }

    fn complaint(&self, error: &str) -> String {
        format!(
            "{error}. Free or mend {}, it is tried again. A restart before that may be taken for a replay by Heartbeat \
             peers, or take a replay for a peer.",
            self.place.display()
        )
    }
}

#[cfg(test)]
mod tests;
