//! The whole picture at one moment, for `systole status`.
//! Not here: how it is printed.

use crate::beat::{ClaimState, Fitness};
use crate::message::NodeState;
use crate::names::{Generation, GroupId, LinkName, NodeName};
use crate::warm::Warmth;
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
    /// How its silence is judged; nothing for this node itself.
    #[serde(default)]
    pub silence: Option<SilenceStatus>,
}

/// How the silence of one peer is judged, and what was observed of it. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceStatus {
    /// After this silence it is dead, if nothing speaks against it.
    pub verdict_ms: u64,
    /// Why that is `deadtime`, or that it is earlier.
    pub verdict: Verdict,
    /// The longest silence that it survived in the last seven days.
    pub worst_gap_ms: u64,
    /// For how many seconds of these it was watched.
    pub watched_s: u64,
    /// Frames of it that never came, and silences of more than half the verdict time, since this heart started.
    pub lost: u64,
    pub near_misses: u64,
    /// How often this heart did not run when it should have, and for how long at worst.
    pub own_stalls: u64,
    pub worst_stall_ms: u64,
    /// What `deadtime` should rather be, when it is far off what was observed.
    pub better_deadtime_ms: Option<u64>,
}

/// Whether the verdict on a silent peer comes before deadtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Early,
    /// `#@ fastdead off`.
    Off,
    /// The peer is gone, or there are more than two nodes.
    NoUse,
    /// Frames in its name are refused.
    Unread,
    /// Less than a day was observed.
    Learning,
    /// What was observed allows none before deadtime.
    NotEarlier,
    /// Fewer than two links are steadily up.
    OneLink,
    /// All links may hang on one switch, and no ping node answers that could tell a crash from a dead switch.
    Unwitnessed,
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
    /// Nobody who is heard holds it, and somebody may all the same. Nothing where it is known where it runs, or that it
    /// runs nowhere.
    #[serde(default)]
    pub elsewhere: Option<Elsewhere>,
    /// Our own standing.
    pub here: ClaimState,
    pub fitness: Fitness,
    /// Milliseconds since our standing last changed.
    pub since_ms: u64,
    /// Why it changed, in a sentence.
    pub why: String,
    /// Other nodes where a stop of it failed: nobody may take it.
    #[serde(default)]
    pub blocked_on: Vec<NodeName>,
    /// Where its warm services run; nothing where it has none.
    #[serde(default)]
    pub warm: Option<WarmStatus>,
}

/// Why it is not known where a group runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// A machine answers for an address of it; the fields are those of [`Wire::Answered`](crate::Wire::Answered).
    Answers { address: String, by: String, serves: Option<bool> },
    /// What these nodes hold is not known: they were never heard, are silent, or cannot be believed.
    Unheard { nodes: Vec<NodeName> },
}

/// How far the warm services of a group are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmStatus {
    pub here: Warmth,
    /// The living nodes beside this one, each with whether it could take the group.
    pub others: Vec<(NodeName, bool)>,
}
