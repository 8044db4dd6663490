//! What crosses the socket between heart and hands: one JSON line a message, both ways.
//! Here are the types and their encoding; not the sockets, not what is done with them.

use serde::{Deserialize, Serialize};
use systole_config::{Configuration, LogTarget};
use systole_core::{
    Answer, Ask, AskId, Condition, Event, Generation, GroupId, Job, JobId, NodeName, Outcome, Sequence, Uuid,
};

/// No line is longer: a status of a full cluster with a thousand groups stays well below.
pub const LINE_MAX: usize = 1 << 20;

/// From heart to hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHands {
    /// Always first: what to run by.
    Begin(Box<Begin>),
    Do(Job),
    Cancel(JobId),
    /// The addresses of these groups may stay for a lifetime after `since_ns` (monotonic clock), the moment of the last
    /// beat. Said again and again while heart runs; what is not said any more, the kernel takes away by itself.
    Keep {
        groups: Vec<GroupId>,
        since_ns: u64,
    },
    /// A fact for logs and history; `at_ms` is wall-clock milliseconds since 1970.
    Tell {
        at_ms: u64,
        event: Event,
    },
    /// A plain line for the log, for what is no event (start-up, media).
    Log {
        level: Level,
        text: String,
    },
    Answer {
        id: AskId,
        answer: Answer,
    },
    /// Keep this on disk (generation file).
    Remember {
        generation: u64,
    },
    /// Keep on disk how far a peer was heard (`peers` in the state directory).
    RememberPeer {
        node: NodeName,
        generation: Generation,
        sequence: Sequence,
    },
    /// Heart is about to end in good order; hands ends when everything before this is written.
    End,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    pub configuration: Configuration,
    pub state_dir: std::path::PathBuf,
    pub run_dir: std::path::PathBuf,
    pub log: LogTarget,
    /// Who this node is and the generation in force, to keep on disk.
    pub life: (Uuid, Generation),
    /// Process id of heart, for log lines.
    pub heart_pid: u32,
    /// True when hands is started again beside a heart that already runs.
    pub again: bool,
}

/// From hands to heart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHeart {
    /// Hands has looked at every group and takes jobs.
    Ready {
        found: Vec<(GroupId, Condition)>,
    },
    Done {
        id: JobId,
        group: GroupId,
        outcome: Outcome,
    },
    Asked {
        id: AskId,
        ask: Ask,
    },
}

/// As in Heartbeat's log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    Info,
    Notice,
    Warn,
    Error,
    Crit,
}
