//! What crosses the control socket: one JSON line each way.
//! Not here: who may ask what (connection), the socket.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use systole_config::Protection;
use systole_core::{Answer, Ask, NodeName};

/// Longest request line, in bytes.
pub const REQUEST_MAX: usize = 64 * 1024;

/// One line to the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub ask: Ask,
}

/// The other line to the socket: the configurations of all nodes, from hands itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    pub compare: bool,
}

/// What a line to the socket wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Of heart.
    Ask(Ask),
    Compare,
}

/// One line back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Milliseconds since heart gave this answer; above zero when heart is slow and this is its last status.
    pub age_ms: u64,
    pub answer: Answer,
}

/// A reply as it crosses the socket: a status comes with what frames prove on this node, and with who else answers for its
/// addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(flatten)]
    pub reply: Reply,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
}

/// Another machine that answers for an address of ours, or for everybody's, as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// Nothing: it answers for addresses that nobody has.
    pub address: Option<IpAddr>,
    /// Its hardware address.
    pub by: String,
    /// Milliseconds since it was first heard, and last.
    pub for_ms: u64,
    pub last_ms: u64,
}

/// The lines of one node, or why they are not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfNode {
    Lines(Vec<String>),
    Unknown { why: String },
}

/// All of them, by node; this one is `me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub me: NodeName,
    pub nodes: BTreeMap<NodeName, OfNode>,
}

/// What a line asks.
///
/// # Errors
/// The reply to a line that asks nothing.
pub fn understand(line: &[u8]) -> Result<Wanted, Reply> {
    if let Ok(Compare { compare: true }) = serde_json::from_slice(line) {
        return Ok(Wanted::Compare);
    }
    match serde_json::from_slice::<Question>(line) {
        Ok(question) => Ok(Wanted::Ask(question.ask)),
        Err(error) => Err(refused(format!("the request is not understood: {error}"))),
    }
}

/// A refusal that no heart was asked for.
pub fn refused(why: String) -> Reply {
    Reply { age_ms: 0, answer: Answer::Refused { why } }
}
