//! Frames to messages and back (spec/WIRE.md sections 3 and 5).
//! Not here: framing and digests; what anybody does about a message (systole-core).

mod fields;
mod read;
mod write;

use crate::frame::{FieldError, Frame};
use crate::reject::Reject;
use crate::verified::Verified;
use systole_core::{Message, NameError};

/// What the sender stamps on a message and no decision may depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// `ts`: seconds since 1970 by the sender's clock; never 0, receivers drop that.
    pub sent_at_s: u64,
    /// `ld`: the line of /proc/loadavg or `n/a`; empty when absent, as on all `NS_` types.
    pub load: String,
    /// `ttl`: nobody reads it; 0 when absent.
    pub ttl: u32,
}

/// Why a message cannot be written. None of these can happen to a message made from a checked configuration of a
/// sane size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("the message cannot be sent: {0}")]
    Field(#[from] FieldError),
    #[error("the message cannot be sent: `{0}` holds control characters or is too long")]
    BadValue(&'static str),
    #[error("the message cannot be sent: `{0}` holds no node name: {1}")]
    BadNode(&'static str, NameError),
    #[error("the message cannot be sent: it names more than 32 heard nodes, 1024 groups or 256 nodes")]
    TooMany,
}

/// Reads a verified frame.
///
/// # Errors
/// [`Reject`] when a field that the type needs is missing or holds no valid value. Fields that nobody knows are
/// ignored, and types that nobody knows become `Body::Other`.
pub fn decode(frame: Verified<Frame>) -> Result<Verified<(Message, Stamp)>, Reject> {
    frame.try_map(|frame| read::read(&frame))
}

/// Writes a message in Heartbeat's order of fields; the frame can then be encoded in either form.
///
/// # Errors
/// [`EncodeError`] when a receiver would have to refuse the message.
pub fn encode(message: &Message, stamp: &Stamp) -> Result<Frame, EncodeError> {
    write::write(message, stamp)
}

/// Name of Heartbeat's client program that watches ping nodes.
const IPFAIL: &str = "ipfail";

/// Ours alone (decisions/0020). The prefix says that such a message has no number, so none is missed or asked for again.
const ASK_LINES: &str = "NS_sy_ask";
const LINES: &str = "NS_sy_lines";

/// Longest free text (`info`, a group key) in bytes.
const TEXT_MAX: usize = 1024;
/// Most names in a node list.
const NODES_MAX: usize = 256;

/// May this text go on the wire and into logs? No control characters, and no novels.
fn is_clean(text: &str) -> bool {
    let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    text.len() <= TEXT_MAX && (plain || !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests;
