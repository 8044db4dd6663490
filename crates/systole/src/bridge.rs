//! What crosses the socket between heart and hands: one JSON line a message, both ways.
//! Here are the types, their encoding and heart's framing; not the sockets, not what is done with them.

use serde::{Deserialize, Serialize};
use systole_config::{Configuration, LogTarget};
use systole_core::record::Entry;
use systole_core::{
    Answer, Ask, AskId, Body, Condition, Event, Generation, GroupId, Job, JobId, Message, NodeName, Observed, Outcome,
    Sequence, Uuid, Wire,
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
    /// Ask the wire within so many milliseconds who has the addresses of a group; `Probed` comes back.
    Probe {
        group: GroupId,
        span_ms: u64,
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
    /// Add to the book of a peer's silences (`silences` in the state directory); `Gaps` comes back.
    RememberGaps {
        node: NodeName,
        observed: Observed,
    },
    /// Should heart die without a word: what to say in its name once everything is released. Each replaces the one
    /// before; nothing to say is an empty one.
    LastWords {
        messages: Vec<Message>,
    },
    /// Another node's hands asks for lines of our configuration, or answers: `AskLines` or `Lines`.
    Lines {
        from: NodeName,
        body: Body,
    },
    /// Say that you are there; who does not for long is taken to hang.
    Hello,
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
    /// Something of a group that runs has failed; `why` names the resource. It is watched again when it was started again.
    Failed {
        group: GroupId,
        why: String,
    },
    /// The answer to `Probe`.
    Probed {
        group: GroupId,
        wire: Wire,
    },
    /// What a week says of a peer's silences: before `Ready`, and after each `RememberGaps`.
    Gaps {
        node: NodeName,
        observed: Observed,
    },
    /// Say that to the hands of another node: `AskLines` or `Lines`.
    Lines {
        to: NodeName,
        body: Body,
    },
    /// The answer to `Hello`.
    Here,
    /// So many lines of the recording could not be written; begin a new file.
    RecordAgain {
        lost: u64,
    },
}

/// Takes all whole lines out of what came from hands; what follows the last newline stays. `None` when a line is senseless
/// or too long: whoever writes that is of no use.
pub fn take_lines(incoming: &mut Vec<u8>) -> Option<Vec<ToHeart>> {
    let whole = incoming.iter().rposition(|b| *b == b'\n').map_or(0, |last| last + 1);
    let lines = incoming.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n');
    let said = lines.map(|line| serde_json::from_slice(line).ok()).collect();
    // Once for all lines: taken out one by one, a full buffer of short ones would hold heart for seconds.
    incoming.drain(..whole);
    if incoming.len() > LINE_MAX { None } else { said }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whole_lines_are_taken_and_the_rest_stays() {
        let mut bytes = b"{\"ready\":{\"found\":[[7,\"stopped\"]]}}\n{\"ready\":{\"found\":[]}}\n{\"rea".to_vec();
        let lines = take_lines(&mut bytes).unwrap();
        let first = ToHeart::Ready { found: vec![(GroupId(7), Condition::Stopped)] };
        assert_eq!(lines, [first, ToHeart::Ready { found: vec![] }]);
        assert_eq!(bytes, b"{\"rea");
        assert_eq!(take_lines(&mut bytes), Some(vec![]));
        assert_eq!(bytes, b"{\"rea");
    }

    #[test]
    fn a_senseless_line_and_one_that_never_ends_are_refused() {
        for line in ["\n", "{}\n", "{\"ready\":{\"found\":[]}}\nx\n"] {
            assert_eq!(take_lines(&mut line.into()), None, "{line:?}");
        }
        assert_eq!(take_lines(&mut vec![b' '; LINE_MAX]), Some(vec![]));
        assert_eq!(take_lines(&mut vec![b' '; LINE_MAX + 1]), None);
    }
}
