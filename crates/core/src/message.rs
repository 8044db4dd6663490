//! Messages as they are meant, after authentication and before encoding.
//! Not here: bytes, digests, field names (systole-wire).

use crate::beat::Beat;
use crate::names::{Generation, NodeName, Sequence, Uuid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One message of the cluster. Wall clock, load and ttl are not part of it: no decision may depend on them,
/// so the wire layer stamps them on while encoding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Originator (`src`).
    pub from: NodeName,
    /// Originator's identity (`srcuuid`).
    pub uuid: Option<Uuid>,
    /// Addressee (`dest`); `None` is for all.
    pub to: Option<NodeName>,
    /// Addressee's identity (`destuuid`), when the sender knows it.
    pub to_uuid: Option<Uuid>,
    /// The sender's life (`hg`); absent on the ping beats of Heartbeat.
    pub generation: Option<Generation>,
    /// Number within that life (`seq`); absent on types that begin with `NS_`.
    pub sequence: Option<Sequence>,
    /// What it says.
    pub body: Body,
}

/// What a message says (`t`), spec/WIRE.md section 5.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Body {
    /// `status`: the beat.
    Status {
        /// `st`.
        state: NodeState,
        /// `dt`: the deadtime the sender asks for itself, in milliseconds.
        deadtime_ms: Option<u64>,
        /// `protocol=1` present: flow control and `reqnodes` are expected.
        flow_control: bool,
        /// What a Systole node adds; a Heartbeat peer sends none and ignores ours.
        beat: Option<Arc<Beat>>,
    },
    /// `NS_ackmsg`: everything up to this number has arrived.
    Ack { sequence: Sequence },
    /// `NS_rexmit`: please send these again.
    Rexmit { first: Sequence, last: Sequence },
    /// `NS_nak_rexmit`: that number is gone for good.
    RexmitRefused { first: Sequence, info: String },
    /// `reqnodes`.
    ReqNodes,
    /// `repnodes`.
    RepNodes { nodes: Vec<NodeName>, deleted: Vec<NodeName> },
    /// `starting`.
    Starting,
    /// `resource`: what the sender holds, in Heartbeat's two bits.
    Resource { hold: Hold, full: bool, stable: Option<bool>, info: Option<String> },
    /// `ask_resources`: the three-phase standby of Heartbeat.
    AskResources { hold: Hold, info: String },
    /// `hb_takeover`.
    Takeover { hold: Hold },
    /// `ip-request` (legacy mode).
    IpRequest { key: String },
    /// `ip-request-resp`.
    IpRequestReply { key: String, we_own: bool, ok: bool },
    /// `stonith`.
    Stonith { node: String, result: String },
    /// `shutdone`: everything is released, the sender goes down.
    ShutDone,
    /// `query-cstatus`: does this client program run there? `asker` comes back in the answer.
    QueryClient { client: String, asker: String },
    /// `respond-cstatus`.
    RespondClient { client: String, asker: String, online: bool },
    /// `num_ping_nodes` of Heartbeat's ipfail: so many ping nodes answer the sender.
    PingCount { count: u64 },
    /// `you_are_dead` of ipfail: more of them answer the sender than you.
    YouAreDead,
    /// `abort_giveup` of ipfail: as many answer the sender as you, so stay.
    AbortGiveup,
    /// From the hands of one Systole to those of another: that part of the lines of your configuration, please. The core
    /// never sees it. `number` comes back in the answer.
    AskLines { number: u64, part: u16 },
    /// The answer: one of `parts` parts of a text.
    Lines { number: u64, part: u16, parts: u16, text: String },
    /// Any other type; carried so that tools can show it, never acted on.
    Other { kind: String },
}

/// A node's own word about itself (`st`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeState {
    /// Configured, not yet heard.
    Init,
    /// The process runs.
    Up,
    /// It sees its cluster; resources may move.
    Active,
    /// Silent too long, or gone by its own word.
    Dead,
    /// A ping node.
    Ping,
}

impl NodeState {
    /// The word on the wire and in `cl_status`.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeState::Init => "init",
            NodeState::Up => "up",
            NodeState::Active => "active",
            NodeState::Dead => "dead",
            NodeState::Ping => "ping",
        }
    }
}

/// Heartbeat's two halves (`rsc_hold`): the sender's own groups, and all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    None,
    Local,
    Foreign,
    All,
}

impl Hold {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Hold::None => "none",
            Hold::Local => "local",
            Hold::Foreign => "foreign",
            Hold::All => "all",
        }
    }
}
