//! What crosses the socket between heart and hands: one JSON line a message, both ways.
//! Here are the types and their encoding; not the sockets, not what is done with them.

use serde::{Deserialize, Serialize};
use systole_config::{Configuration, LogTarget};
use systole_core::record::Entry;
use systole_core::{
    Answer, Ask, AskId, Condition, Event, Generation, GroupId, Job, JobId, NodeName, Outcome, Sequence,
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
    /// Process id of heart, for log lines.
    pub heart_pid: u32,
    /// True when hands is started again beside a heart that already runs.
    pub again: bool,
    /// Directory for the recording of this node; none is made without.
    #[serde(default)]
    pub record: Option<std::path::PathBuf>,
}

/// How a line of the recording begins on the bridge; a closing brace ends it. Beside [`ToHands`], so that hands can
/// write what is between to the file as it is.
const RECORD: &[u8] = b"{\"record\":";

/// A line of the recording as it goes to hands, newline included.
///
/// # Errors
/// Longer than a line may be.
pub fn record_line(entry: &Entry) -> Result<Vec<u8>, String> {
    let mut line = RECORD.to_vec();
    serde_json::to_writer(&mut line, entry).map_err(|e| e.to_string())?;
    line.extend_from_slice(b"}\n");
    if line.len() > LINE_MAX { Err(format!("a line would have {} bytes", line.len())) } else { Ok(line) }
}

/// The line of the recording in a line from heart, if it is one.
pub fn recorded(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(RECORD)?.strip_suffix(b"}")
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
    /// So many lines of the recording could not be written; begin a new file.
    RecordAgain {
        lost: u64,
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
