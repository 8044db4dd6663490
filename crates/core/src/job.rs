//! What heart asks of hands, and what comes back.
//! Not here: how a job is done (systole, hands).

use crate::names::GroupId;
use serde::{Deserialize, Serialize};

/// Number of a job; never used twice in one life of heart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

/// One piece of work on one group. At most one job per group is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub group: GroupId,
    pub kind: JobKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Start the resources left to right; after a failure stop again what was started. Idempotent.
    Start,
    /// Stop right to left, going on after a failed stop. Idempotent.
    Stop,
    /// Stop right to left what moves; what is warm runs on. Idempotent.
    Yield,
    /// Start what is warm, and nothing else; after a failure stop again what was started. Idempotent.
    Warm,
    /// Stop what is warm; nothing else runs. Idempotent.
    Cool,
    /// Look what runs, change nothing.
    Inspect,
    /// Tell the network again who owns the addresses.
    Announce,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Start, Warm: everything runs. Stop, Yield, Cool: nothing is left. Announce: done.
    Done,
    /// Inspect: what was found.
    Found(Condition),
    /// Start, Warm: it failed and everything was stopped again.
    Failed { why: String },
    /// Something may still run here although it should not: a stop failed or hung.
    Stuck { why: String },
    /// Given up because a newer job replaced it; nothing is known.
    Cancelled,
}

/// What of a group runs on this node; its warm services, which run on every node, do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// Every resource that can be asked is stopped.
    Stopped,
    /// Some run, some do not.
    Partial,
    /// Every resource that can be asked runs.
    Running,
    /// The same, and its addresses are there by a right of before that ends in so many seconds.
    Lasts { for_s: u32 },
}
