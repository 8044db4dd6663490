//! The desk of hands: everything that comes in (heart's lines, reports of the work, questions of people, signals)
//! and what is settled on the spot (log, generation, answers).
//! Not here: the order of a life (mod.rs), the work itself.

use super::asks::Asks;
use super::comparing::Comparing;
use super::control::Request;
use super::hooks::Hooks;
use super::log::{Log, clean};
use super::native::address::Rival;
use super::record::Record;
use super::silences::Silences;
use super::work::Report;
use super::{lines, memory::Memory};
use crate::bridge::{self, LINE_MAX, Level, ToHands, ToHeart};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use systole_core::{GroupId, Job, JobId, Message};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::Signal;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

/// What the desk cannot settle itself.
#[derive(Debug)]
pub enum Next {
    Run(Job),
    Cancel(JobId),
    /// The addresses of these groups may stay for a lifetime after that moment.
    Keep(Vec<GroupId>, u64),
    /// Ask the wire within that time who has the addresses of the group.
    Probe(GroupId, Duration),
    /// Heart ends in good order.
    End,
    /// Heart is gone without a word.
    HeartDied,
}

/// Every source of events, and the places where they are written down.
#[derive(Debug)]
pub struct Desk {
    pub log: Log,
    pub asks: Asks,
    pub hooks: Hooks,
    pub memory: Memory,
    pub silences: Silences,
    pub record: Record,
    /// `None` once heart is gone.
    pub bridge: Option<BufReader<OwnedReadHalf>>,
    pub unfinished: Vec<u8>,
    pub to_heart: UnboundedSender<ToHeart>,
    pub reports: UnboundedReceiver<Report>,
    /// For whoever asks for the status.
    pub rivals: watch::Sender<Vec<Rival>>,
    /// What other nodes ask about the configuration, and what they answer.
    pub comparing: Arc<Comparing>,
    pub requests: Receiver<Request>,
    pub signals: Vec<(&'static str, Signal)>,
    /// What to say in heart's name when it has died and everything is released.
    pub last_words: Vec<Message>,
    /// Work that came before hands was ready for it.
    pub held: VecDeque<Next>,
}

impl Desk {
    /// Settles events until one comes that only the caller can. May be dropped at any await.
    pub async fn next(&mut self) -> Next {
        loop {
            let settles_at = self.log.settles_at().map(tokio::time::Instant::from_std);
            tokio::select! {
                line = read(&mut self.bridge, &mut self.unfinished) => {
                    if let Some(next) = self.heart_said(line) {
                        return next;
                    }
                }
                Some(report) = self.reports.recv() => self.reported(report),
                Some(request) = self.requests.recv() => self.asked(request),
                name = signalled(&mut self.signals) => self.signal(name),
                () = sleep_until(settles_at) => self.log.settle(std::time::Instant::now()),
            }
        }
    }

    /// Waits for `future` while the desk goes on; jobs that arrive meanwhile are held for later.
    ///
    /// # Errors
    /// How heart ended, if it did so first.
    pub async fn beside<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Next> {
        let mut future = std::pin::pin!(future);
        loop {
            tokio::select! {
                value = &mut future => return Ok(value),
                next = self.next() => match next {
                    Next::End | Next::HeartDied => return Err(next),
                    Next::Run(_) | Next::Cancel(_) | Next::Keep(..) | Next::Probe(..) => self.held.push_back(next),
                },
            }
        }
    }

    /// Writes down what was reported but not yet looked at.
    pub fn empty_reports(&mut self) {
        while let Ok(report) = self.reports.try_recv() {
            self.reported(report);
        }
    }

    fn heart_said(&mut self, line: std::io::Result<Option<Vec<u8>>>) -> Option<Next> {
        let line = match line {
            Ok(Some(line)) => line,
            Ok(None) => return self.heart_died(),
            Err(error) => {
                self.log.say(Level::Error, &format!("The socket to heart failed: {error}"));
                return self.heart_died();
            }
        };
        if let Some(entry) = bridge::recorded(&line) {
            if let Some(lost) = self.record.take(entry) {
                self.tell_heart(ToHeart::RecordAgain { lost });
            }
            return None;
        }
        match serde_json::from_slice::<ToHands>(&line) {
            Ok(message) => self.settle(message),
            Err(error) => {
                let text = clean(&String::from_utf8_lossy(&line), 200);
                self.log.say(Level::Error, &format!("Heart sent a line that is not understood ({error}): {text}"));
                None
            }
        }
    }

    fn settle(&mut self, message: ToHands) -> Option<Next> {
        match message {
            ToHands::Do(job) => return Some(Next::Run(job)),
            ToHands::Cancel(id) => return Some(Next::Cancel(id)),
            ToHands::Keep { groups, since_ns } => return Some(Next::Keep(groups, since_ns)),
            ToHands::Probe { group, span_ms } => return Some(Next::Probe(group, Duration::from_millis(span_ms))),
            ToHands::End => return Some(Next::End),
            ToHands::LastWords { messages } => self.last_words = messages,
            ToHands::Lines { from, body } => self.comparing.heard(from, body),
            ToHands::Hello => self.tell_heart(ToHeart::Here),
            ToHands::Tell { at_ms, event } => {
                self.log.tell(at_ms, &event);
                self.hooks.told(&event);
            }
            ToHands::Log { level, text } => self.log.say(level, &text),
            ToHands::Answer { id, answer } => {
                if !self.asks.answered(id, answer) {
                    self.log.say(Level::Debug, &format!("Heart answered question {}, which nobody here asked.", id.0));
                }
            }
            ToHands::Remember { generation } => {
                self.log.say(Level::Info, &format!("Heartbeat generation: {generation}"));
                self.memory.remember(generation);
            }
            ToHands::RememberPeer { node, generation, sequence } => {
                self.memory.remember_peer(node, generation, sequence);
            }
            ToHands::RememberGaps { node, observed } => {
                if let Some(line) = self.silences.add(node, observed) {
                    self.tell_heart(line);
                }
            }
            ToHands::Begin(_) => {
                self.log.say(Level::Error, "Heart said twice how to begin; the second time is ignored.")
            }
        }
        None
    }

    fn heart_died(&mut self) -> Option<Next> {
        self.bridge = None;
        self.asks.refuse_all("the heart of this node died; what runs here is being released");
        Some(Next::HeartDied)
    }

    fn reported(&mut self, report: Report) {
        match report {
            Report::Done { job, group, outcome } => self.tell_heart(ToHeart::Done { id: job, group, outcome }),
            Report::Failed { group, why } => self.tell_heart(ToHeart::Failed { group, why: clean(&why, 500) }),
            Report::Probed { group, wire } => self.tell_heart(ToHeart::Probed { group, wire }),
            Report::Note { level, text } => self.log.say(level, &text),
            Report::Told(event) => {
                self.log.tell(systole_sys::wait::wall_ms(), &event);
                self.hooks.told(&event);
            }
            Report::Rivals(rivals) => drop(self.rivals.send_replace(rivals)),
        }
    }

    fn asked(&mut self, request: Request) {
        if request.ask != systole_core::Ask::Status {
            let what = serde_json::to_string(&request.ask).unwrap_or_default();
            self.log.say(Level::Info, &format!("Asked by {}: {what}", request.who));
        }
        if let Some((id, ask)) = self.asks.take(request) {
            self.tell_heart(ToHeart::Asked { id, ask });
        }
        if self.bridge.is_none() {
            self.asks.refuse_all("the heart of this node died; what runs here is being released");
        }
    }

    /// Queues a message to heart. The queue needs no bound of its own: heart has at most one job a group under
    /// way, and `Asks` bounds the questions.
    pub fn tell_heart(&self, message: ToHeart) {
        // A closed queue means heart is gone, which the reading side notices.
        let _ = self.to_heart.send(message);
    }

    /// A Ctrl-C goes to every process of a terminal, and an impatient `kill` may too: heart decides what follows.
    fn signal(&mut self, name: &str) {
        let who = if self.bridge.is_some() { "heart decides" } else { "the release goes on" };
        self.log.say(Level::Debug, &format!("Hands got {name}; {who}."));
    }
}

/// Writes messages to heart until either end is gone.
pub async fn write(mut half: OwnedWriteHalf, mut messages: UnboundedReceiver<ToHeart>) {
    while let Some(message) = messages.recv().await {
        let Ok(mut line) = serde_json::to_vec(&message) else { continue };
        line.push(b'\n');
        if half.write_all(&line).await.is_err() {
            return;
        }
    }
}

async fn read(bridge: &mut Option<BufReader<OwnedReadHalf>>, line: &mut Vec<u8>) -> std::io::Result<Option<Vec<u8>>> {
    match bridge {
        Some(bridge) => lines::next(bridge, line, LINE_MAX).await,
        None => std::future::pending().await,
    }
}

async fn signalled(signals: &mut [(&'static str, Signal)]) -> &'static str {
    std::future::poll_fn(|context| {
        for (name, signal) in signals.iter_mut() {
            if signal.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(*name);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

async fn sleep_until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
