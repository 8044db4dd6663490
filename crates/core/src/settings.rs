//! What the core needs to know of the three files.
//! Not here: reading them (systole-config); media, logs and resources, which the core never touches.

use crate::names::{GroupId, LinkName, NodeName};
use crate::timing::Timing;
use crate::wire::Probing;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The cluster as one node is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// This node; always one of `nodes`.
    pub me: NodeName,
    /// All nodes in the order of ha.cf.
    pub nodes: Vec<NodeName>,
    pub timing: Timing,
    pub failback: Failback,
    /// The media of this node, in the order of ha.cf.
    pub links: Vec<LinkName>,
    /// The groups in the order of haresources.
    pub groups: Vec<GroupSettings>,
    /// Hosts outside the cluster that are watched (`ping`, `ping_group`), by name; none is no fault.
    pub pings: Vec<NodeName>,
    /// `deadping`: one that has not answered for so long is dead.
    pub deadping: Duration,
    /// Digest of everything that must be equal on all nodes.
    pub digest: u32,
}

/// One line of haresources as the core sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSettings {
    pub id: GroupId,
    /// The group's key: the first resource word of its line.
    pub key: String,
    /// Where it may run, best first; the first is its home. Never empty.
    pub nodes: Vec<NodeName>,
    /// Interfaces whose carrier the group's addresses need here.
    pub interfaces: Vec<String>,
    /// Whether the wire is asked who has its addresses before it is taken because of silence.
    #[serde(default)]
    pub probe: Probing,
    /// How often a resource that fails while it runs is started again on the same node.
    #[serde(default)]
    pub retries: Retries,
    /// Some of its services run on every node that may take it (`warm=yes`).
    #[serde(default)]
    pub warm: bool,
}

/// `#@ retries 3/10m`: so many restarts on one node within a sliding window; the next failure moves the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    pub count: u32,
    pub within: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Retries { count: 3, within: Duration::from_secs(600) }
    }
}

impl GroupSettings {
    /// The node of column one, if the list is not empty (systole-config never makes an empty one).
    pub fn home(&self) -> Option<&NodeName> {
        self.nodes.first()
    }

    /// Place of a node in the order of preference; lower is better.
    pub fn rank(&self, node: &NodeName) -> Option<usize> {
        self.nodes.iter().position(|n| n == node)
    }
}

/// `auto_failback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failback {
    /// A group goes home once its home is back and stable.
    On,
    /// It stays where it is until somebody says otherwise.
    Off,
    /// Heartbeat's default of old; between Systole nodes it means the same as `on`.
    Legacy,
}
