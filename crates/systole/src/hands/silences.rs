//! Keeps by days how long each peer's silences were (`silences` in the state directory), and says what came of a week.
//! The disk is somebody else's thread: nobody waits for it. Not here: measuring (core), what follows from it (core).

use super::work::Report;
use crate::bridge::{Begin, Level, ToHeart};
use crate::state::{Directory, Disk, Found, Store, Writer, silences};
use silences::{Book, Day};
use std::sync::mpsc::{Receiver, Sender, channel};
use systole_core::{NodeName, Observed};
use systole_sys::wait;
use tokio::sync::mpsc::UnboundedSender;

/// The file.
pub const FILE: &str = "silences";

/// What is known, and the way to the disk.
#[derive(Debug)]
pub struct Silences {
    book: Book,
    nodes: Vec<NodeName>,
    writer: Option<Sender<String>>,
    ended: Option<Receiver<()>>,
}

impl Silences {
    /// Reads what is there; a file that is damaged or missing is one from which nothing is known.
    pub fn new(begin: &Begin, notes: UnboundedSender<Report>) -> Silences {
        let store = Store::new(Directory::new(&begin.state_dir), Writer::Hands);
        let nodes: Vec<NodeName> =
            begin.configuration.core.nodes.iter().filter(|n| **n != begin.configuration.core.me).cloned().collect();
        let book = match store.read(FILE) {
            Found::Bytes(bytes) => silences::parse(&bytes, &nodes),
            Found::Absent | Found::Unreadable(_) => Book::default(),
        };
        let (writer, texts) = channel();
        let (end, ended) = channel();
        let work = move || {
            write(&store, &texts, &notes);
            drop(end);
        };
        let spawned = std::thread::Builder::new().name("silences".into()).stack_size(128 * 1024).spawn(work);
        Silences { book, nodes, writer: spawned.is_ok().then_some(writer), ended: Some(ended) }
    }

    /// What heart should know at its start, of every peer of which anything is known.
    pub fn all(&self) -> Vec<ToHeart> {
        let today = today();
        let of =
            |node: &NodeName| ToHeart::Gaps { node: node.clone(), observed: silences::week(&self.book, node, today) };
        self.nodes.iter().filter(|node| self.book.contains_key(*node)).map(of).collect()
    }

    /// Adds what heart has observed, and gives the week with it.
    pub fn add(&mut self, node: NodeName, observed: Observed) -> Option<ToHeart> {
        if !self.nodes.contains(&node) {
            return None;
        }
        let today = today();
        silences::add(&mut self.book, &node, today, observed);
        if let Some(writer) = &self.writer {
            let _ = writer.send(silences::text(&self.book));
        }
        let observed = silences::week(&self.book, &node, today);
        Some(ToHeart::Gaps { node, observed })
    }

    /// Waits until it is written, at most `within`.
    pub fn close(&mut self, within: std::time::Duration) {
        self.writer = None;
        if let Some(ended) = self.ended.take() {
            let _ = ended.recv_timeout(within);
        }
    }
}

/// Days since 1970, by the wall clock: a wrong one makes the week longer or shorter, and no verdict earlier than a day of
/// watching allows.
fn today() -> Day {
    wait::wall_ms() / 86_400_000
}

fn write<D: Disk>(store: &Store<D>, texts: &Receiver<String>, notes: &UnboundedSender<Report>) {
    let mut failed = false;
    while let Ok(text) = texts.recv() {
        // Only the newest counts.
        let text = texts.try_iter().last().unwrap_or(text);
        let done = store.replace(FILE, text.as_bytes());
        if let (Err(error), false) = (&done, failed) {
            let text = format!(
                "the lengths of silences cannot be kept ({error}); early verdicts are learnt anew after a restart"
            );
            let _ = notes.send(Report::Note { level: Level::Warn, text });
        }
        failed = done.is_err();
    }
}
