//! Names and numbers that identify things: nodes, links, groups, lives of a node.
//! Not here: anything that decides.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Longest node name Heartbeat accepts (spec/WIRE.md 2.3); longer ones would be cut by an old peer.
pub const NODE_NAME_MAX: usize = 99;

/// A node name as in `node` lines and `uname -n`: lower case, 1 to 99 bytes, no blanks or control characters. Copies share
/// the text: names go into every message and most decisions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(Arc<str>);

/// Why a text is no node name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// Nothing there.
    Empty,
    /// Longer than [`NODE_NAME_MAX`] bytes.
    TooLong,
    /// Holds a byte outside `a-z 0-9 . _ -` after lower-casing.
    BadByte(u8),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("the name is empty"),
            NameError::TooLong => write!(f, "the name is longer than {NODE_NAME_MAX} bytes"),
            NameError::BadByte(b) => {
                write!(f, "the name holds {:?}; letters, digits, '.', '_' and '-' are allowed", char::from(*b))
            }
        }
    }
}

impl std::error::Error for NameError {}

impl NodeName {
    /// Lower-cases and checks.
    ///
    /// # Errors
    /// [`NameError`] names the first rule broken. A strict alphabet is the point: node names come from the wire
    /// and end in logs, file names and environments of scripts.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > NODE_NAME_MAX {
            return Err(NameError::TooLong);
        }
        // Most names come from the wire, in lower case already.
        let upper = text.bytes().any(|b| b.is_ascii_uppercase());
        let lower = if upper { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
        match lower.bytes().find(|b| !matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')) {
            Some(b) => Err(NameError::BadByte(b)),
            None => Ok(NodeName(lower.into())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot (`nico` of `nico.test.local`).
    pub fn short(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for NodeName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        NodeName::new(&text)
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> String {
        name.as_str().to_owned()
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A link (Heartbeat's word for a medium of this node): `eth0`, `/dev/ttyS0`. Copies share the text: one comes with each
/// frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct LinkName(pub Arc<str>);

impl From<String> for LinkName {
    fn from(text: String) -> LinkName {
        LinkName(text.into())
    }
}

impl From<LinkName> for String {
    fn from(link: LinkName) -> String {
        link.0.as_ref().to_owned()
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource group on the wire: a 32-bit digest of its key (the first resource word of its line),
/// because the key itself may be long and a serial line has no room to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub u32);

impl GroupId {
    /// FNV-1a over the key. Both nodes compute it from their own haresources; two keys of one file with the
    /// same digest are refused when the files are read.
    pub fn of_key(key: &str) -> GroupId {
        let mut hash: u32 = 0x811c_9dc5;
        for byte in key.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        GroupId(hash)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A node's 16-byte identity (`hb_uuid` in the state directory).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The all-zero value that Heartbeat sends for "unknown".
    pub fn is_nil(&self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Which life of a node this is; grows with every start (spec/WIRE.md 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// Number of a sequenced message within one life; starts at 1 (spec/WIRE.md 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);
