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
    /// What is amiss with how it is heard, each with a name of its own; none of it makes it dead.
    #[serde(default)]
    pub named: Vec<Named>,
    /// Age of the newest beat over all links.
    pub last_beat_ms: Option<u64>,
    pub links: Vec<LinkStatus>,
}

/// A state of a peer between "well" and "gone".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// It is heard, but does not hear us.
    OneWay,
    /// Its frames arrive on that link, and their digest does not match.
    WrongKey { link: LinkName, last_ms: u64 },
    /// Its frames arrive on that link with the right key, and cannot be read here.
    WrongVersion { link: LinkName, last_ms: u64 },
    /// It is understood, but its beats are of a later version than this program speaks.
    LaterVersion { version: u16 },
    /// Its files differ from ours.
    OtherFiles,
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
