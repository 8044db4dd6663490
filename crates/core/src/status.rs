//! The whole picture at one moment, for `systole status`.
//! Not here: how it is printed.

use crate::beat::{ClaimState, Fitness};
use crate::message::NodeState;
use crate::names::{Generation, GroupId, LinkName, NodeName};
use serde::{Deserialize, Serialize};

/// What one node knows, each fact with its age where it has one. Ages are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub node: NodeName,
    pub state: NodeState,
    pub generation: Generation,
    /// Milliseconds since this heart started.
    pub uptime_ms: u64,
    /// Hands answers.
    pub hands: bool,
    pub nodes: Vec<NodeStatus>,
    pub media: Vec<MediumStatus>,
    /// Hosts outside the cluster that are pinged, in the order of ha.cf.
    #[serde(default)]
    pub pings: Vec<PingStatus>,
    pub groups: Vec<GroupStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    pub name: NodeName,
    pub me: bool,
    pub state: NodeState,
    /// Speaks claims (a Systole), or not (a Heartbeat); unknown until heard.
    pub systole: Option<bool>,
    /// Does it hear us? Known only of Systole nodes.
    pub hears_us: Option<bool>,
    pub same_configuration: Option<bool>,
    /// Age of the newest beat over all links.
    pub last_beat_ms: Option<u64>,
    pub links: Vec<LinkStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkStatus {
    pub link: LinkName,
    pub up: bool,
    pub last_beat_ms: Option<u64>,
}

/// One medium of this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumStatus {
    pub link: LinkName,
    pub open: bool,
    /// Why not, or how.
    pub detail: String,
}

/// One ping node as this node reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingStatus {
    pub name: NodeName,
    pub alive: bool,
    /// Age of the newest answer; none came yet when absent.
    pub last_answer_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupStatus {
    pub group: GroupId,
    pub key: String,
    pub home: NodeName,
    /// Every node that holds it now, as far as known here; more than one is trouble, and shown.
    pub owners: Vec<NodeName>,
    /// Our own standing.
    pub here: ClaimState,
    pub fitness: Fitness,
    /// Milliseconds since our standing last changed.
    pub since_ms: u64,
    /// Why it changed, in a sentence.
    pub why: String,
}
