//! What a Systole node adds to each beat: whom it hears, and its claim on every group.
//! Not here: who acts on claims (group.rs), how they are spelled on the wire (systole-wire).
//!
//! Claims carry state, never events: a lost beat delays, it cannot confuse.

use crate::names::{Generation, GroupId, NodeName, Sequence};
use serde::{Deserialize, Serialize};

/// The version of the beat's meaning that this code speaks. A peer with a higher one is still understood
/// as far as these fields go.
pub const BEAT_VERSION: u16 = 1;

/// The Systole part of a `status` message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Beat {
    /// [`BEAT_VERSION`] of the sender.
    pub version: u16,
    /// Digest of what must be equal on all nodes (nodes, groups, timing).
    pub configuration: u32,
    /// Longest time within the last minute in which the sender did not run, in milliseconds.
    pub stalled_ms: u32,
    /// The sender releases everything and will be gone.
    pub leaving: bool,
    /// Every other node that the sender hears now.
    pub hears: Vec<Hears>,
    /// One claim per group of the sender's haresources.
    pub claims: Vec<Claim>,
}

impl Beat {
    /// The groups with which the sender's life ended otherwise than in good order, if this was its last beat: it held
    /// them, or says in its last words that it did (cluster/last.rs). Who leaves in good order is unable, and not failed.
    pub(crate) fn ended_with(&self) -> impl Iterator<Item = GroupId> + '_ {
        let died = |c: &Claim| self.leaving && c.state == ClaimState::Idle && c.fitness == Fitness::Failed;
        self.claims.iter().filter(move |c| c.state.runs() || died(c)).map(|c| c.group)
    }
}

/// "I hear that node": the newest life and message of it that reached the sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hears {
    pub node: NodeName,
    pub generation: Generation,
    pub sequence: Sequence,
}

/// One node's standing towards one group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    pub group: GroupId,
    pub state: ClaimState,
    /// Grows by one with each acquisition anywhere in the cluster; of two holders the lower one loses.
    pub epoch: u64,
    /// May the group run here now?
    pub fitness: Fitness,
    /// With `Idle`: released in favour of that node. With `Want`: asked of that node.
    pub to: Option<NodeName>,
}

/// How far a node's hold on a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimState {
    /// Nothing of it runs here; said only when verified.
    Idle,
    /// Nothing runs here, and the sender would take it as soon as every other node agrees.
    Want,
    /// Being started.
    Starting,
    /// Started.
    Running,
    /// Being stopped, or not yet known whether something is left.
    Stopping,
    /// A stop failed: something may still run here. Nobody may take it.
    Blocked,
}

impl ClaimState {
    /// Does anything of the group run on the sender, or may it?
    pub fn is_held(self) -> bool {
        !matches!(self, ClaimState::Idle | ClaimState::Want)
    }

    /// Does it run on the sender, or will it in a moment?
    pub fn runs(self) -> bool {
        matches!(self, ClaimState::Starting | ClaimState::Running)
    }
}

/// Whether a group may run on a node, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fitness {
    /// It may.
    Fit,
    /// An interface of the group's addresses has no carrier here.
    NoCarrier,
    /// The last start failed here; stays until `cleanup` or a restart.
    Failed,
    /// The node is leaving, or its hands do not answer.
    Unable,
}
