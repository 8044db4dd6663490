//! Scripts that people put into `rc.d` of the configuration directory: `rc.d/status` runs whenever another node's state
//! changes, as in Heartbeat (spec/CONFIG.md 3.3). One at a time, bounded, after the event and beside the work.
//! Not here: which scripts may run (script); how one is run (agent/process).

pub mod script;
#[cfg(test)]
mod tests;

use super::agent::environment::Environment;
use super::agent::process::{Call, Turn, exit_words};
use super::work::Report;
use crate::bridge::Level;
use script::Verdict;
use std::path::PathBuf;
use std::time::Duration;
use systole_config::Configuration;
use systole_core::{Event, NodeName, NodeState};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedSender, channel};
use tokio::task::JoinHandle;

/// The one type of message for which scripts run. The others were orders to act, and acting is systoled's.
pub const STATUS: &str = "status";

/// Events that wait for scripts; further ones are dropped and told.
const QUEUE: usize = 64;
/// A script that takes longer is killed, with all that it started.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long the killed may take to die.
const BURIAL: Duration = Duration::from_secs(5);

/// A node's state changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    node: NodeName,
    state: NodeState,
    /// Our own state at that moment.
    own: NodeState,
}

/// The queue to the scripts.
#[derive(Debug)]
pub struct Hooks {
    /// `None` once closed.
    queue: Option<Sender<Change>>,
    own: NodeState,
    /// What was told last, so that one change that is told in two ways runs the script once.
    known: Vec<(NodeName, NodeState)>,
    notes: UnboundedSender<Report>,
    turn: Turn,
    worker: JoinHandle<()>,
}

impl Hooks {
    /// Begins to wait for events.
    pub fn start(configuration: &Configuration, notes: UnboundedSender<Report>) -> Hooks {
        Hooks::with(configuration, notes, DEADLINE)
    }

    fn with(configuration: &Configuration, notes: UnboundedSender<Report>, deadline: Duration) -> Hooks {
        let (queue, changes) = channel(QUEUE);
        let turn = Turn::default();
        let runner = Runner {
            directory: configuration.directory.join("rc.d"),
            environment: Environment::new(configuration),
            notes: notes.clone(),
            turn: turn.clone(),
            deadline,
            refused: String::new(),
        };
        let worker = tokio::spawn(runner.run(changes));
        Hooks { queue: Some(queue), own: NodeState::Up, known: Vec::new(), notes, turn, worker }
    }

    /// Notes what the core told; never waits.
    pub fn told(&mut self, event: &Event) {
        let (node, state) = match event {
            Event::LocalState { state } => {
                self.own = *state;
                return;
            }
            Event::PeerState { node, state } => (node, *state),
            Event::PeerDead { node, .. } | Event::PeerLeft { node } => (node, NodeState::Dead),
            _ => return,
        };
        match self.known.iter_mut().find(|(name, _)| name == node) {
            Some((_, known)) if *known == state => return,
            Some((_, known)) => *known = state,
            None => self.known.push((node.clone(), state)),
        }
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(lost)) = queue.try_send(Change { node: node.clone(), state, own: self.own }) {
            let text = format!(
                "rc.d/{STATUS} is {QUEUE} events behind and will not hear that {} is {}.",
                lost.node,
                lost.state.as_str()
            );
            let _ = self.notes.send(Report::Note { level: Level::Warn, text });
        }
    }

    /// Lets the scripts of what happened end, at most `within`; then kills the one that runs.
    pub async fn close(&mut self, within: Duration) {
        self.queue = None;
        if tokio::time::timeout(within, &mut self.worker).await.is_err() {
            self.worker.abort();
            let _ = tokio::time::timeout(BURIAL, self.turn.wait()).await;
        }
    }
}

/// Runs one script after the other.
struct Runner {
    directory: PathBuf,
    environment: Environment,
    notes: UnboundedSender<Report>,
    turn: Turn,
    deadline: Duration,
    /// Why the script was not run last time; told once.
    refused: String,
}

impl Runner {
    async fn run(mut self, mut changes: Receiver<Change>) {
        let directory = self.directory.clone();
        let unused = tokio::task::spawn_blocking(move || script::unused(&directory)).await;
        for name in unused.unwrap_or_default() {
            let text = format!("{} is not run: {}", self.directory.join(&name).display(), script::why_unused(&name));
            self.note(Level::Info, text);
        }
        while let Some(change) = changes.recv().await {
            self.one(&change).await;
        }
    }

    async fn one(&mut self, change: &Change) {
        let path = self.directory.join(STATUS);
        let looked = path.clone();
        // A disk that hangs must not hold the work of hands.
        let verdict = tokio::task::spawn_blocking(move || script::judge(&looked)).await;
        match verdict {
            Ok(Verdict::Run) => self.refused.clear(),
            Ok(Verdict::Absent) | Err(_) => return,
            Ok(Verdict::Refused(why)) => {
                if self.refused != why {
                    self.note(Level::Warn, format!("{} is not run: {why}", path.display()));
                    self.refused = why;
                }
                return;
            }
        }
        let state = change.state.as_str();
        self.note(Level::Info, format!("Running {} {STATUS} (node {} is {state})", path.display(), change.node));
        let facts =
            [("HA_t", STATUS), ("HA_src", change.node.as_str()), ("HA_st", state), ("HA_OSTATUS", change.own.as_str())];
        let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = Call {
            program: path.clone(),
            arguments: vec![STATUS.into()],
            environment: self.environment.with(facts).pairs().to_vec(),
            deadline: self.deadline,
        };
        match call.run(&self.turn).await {
            Ok(finished) if finished.status.success() => {
                let said = finished.output.last_lines();
                if !said.is_empty() {
                    self.note(Level::Info, format!("{}: {said}", path.display()));
                }
            }
            Ok(finished) => {
                let words = exit_words(finished.status);
                self.note(Level::Warn, format!("{} ended with {words}{}", path.display(), finished.output.said()));
            }
            Err(error) => self.note(Level::Warn, error.to_string()),
        }
    }

    fn note(&self, level: Level, text: String) {
        // A closed channel means that hands ends.
        let _ = self.notes.send(Report::Note { level, text });
    }
}
