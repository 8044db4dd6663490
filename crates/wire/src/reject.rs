//! Why bytes from the wire are refused: a stable word for counting, a sentence for people.
//! Not here: the bytes. Nothing of what was received ever appears in these sentences.

use crate::frame::FieldError;
use systole_core::{NameError, Refusal};

/// Why a frame is refused. The frame counts as silence (spec/WIRE.md 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    #[error("the datagram or file is empty")]
    Empty,
    #[error("the frame is longer than 64 KiB")]
    TooLong,
    #[error("the bytes do not begin like a frame (### or >>>); something else talks on this medium")]
    NoStart,
    #[error("bytes between the frames of a serial line; check the cable, the speed, and who else has the port open")]
    Garbage,
    #[error("the frame is cut: its end is missing")]
    Cut,
    #[error("the frame carries no digest; its sender does not sign")]
    NoSignature,
    #[error("the signature is not written as a key number and a digest")]
    BadSignature,
    #[error("the frame is signed with key number {0}, which this node's authkeys does not have")]
    UnknownKey(u8),
    #[error("the frame is signed with key number {0} and no keys were given to check it; name the authkeys file")]
    NoKey(u8),
    #[error(
        "the frame is signed with key number {0}, a crc, beside which a key with a secret signs here; change `auth` of its \
         sender, or allow it for a while with `#@ accept {0}` in authkeys"
    )]
    WeakKey(u8),
    #[error("the digest does not match: the key number {0} differs between the nodes, or the bytes were changed")]
    WrongDigest(u8),
    #[error("the frame is signed correctly, but is not made of well-formed fields")]
    Malformed,
    #[error("a field has a type that is neither text nor binary")]
    BadType,
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("the message lacks the field `{0}`")]
    Missing(&'static str),
    #[error("the field `{0}` of the message holds no valid value")]
    BadValue(&'static str),
    #[error("the field `{0}` holds no node name: {1}")]
    BadNode(&'static str, NameError),
    #[error("the Systole part of the beat (field `sy`) is malformed")]
    BadBeat,
}

impl Reject {
    /// A short stable word, for counters and machines.
    pub fn reason(&self) -> &'static str {
        match self {
            Reject::Empty => "empty",
            Reject::TooLong => "too-long",
            Reject::NoStart => "no-start",
            Reject::Garbage => "garbage",
            Reject::Cut => "cut",
            Reject::NoSignature => "no-signature",
            Reject::BadSignature => "bad-signature",
            Reject::UnknownKey(_) => "unknown-key",
            Reject::NoKey(_) => "no-key",
            Reject::WeakKey(_) => "weak-key",
            Reject::WrongDigest(_) => "wrong-digest",
            Reject::Malformed => "malformed",
            Reject::BadType => "bad-type",
            Reject::Field(error) => error.reason(),
            Reject::Missing(_) => "missing-field",
            Reject::BadValue(_) => "bad-value",
            Reject::BadNode(..) => "bad-node",
            Reject::BadBeat => "bad-beat",
        }
    }

    /// What a whole frame that is refused for this reason says of its sender: somebody speaks, with another key or
    /// another version. Nothing for bytes that are no frame.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Reject::Empty | Reject::TooLong | Reject::NoStart | Reject::Garbage | Reject::Cut | Reject::NoKey(_) => {
                None
            }
            Reject::NoSignature
            | Reject::BadSignature
            | Reject::UnknownKey(_)
            | Reject::WeakKey(_)
            | Reject::WrongDigest(_) => Some(Refusal::Key),
            Reject::Malformed
            | Reject::BadType
            | Reject::Field(_)
            | Reject::Missing(_)
            | Reject::BadValue(_)
            | Reject::BadNode(..)
            | Reject::BadBeat => Some(Refusal::Version),
        }
    }

    /// Did the frame fail before it proved who sent it? Then it says nothing about any node.
    pub fn is_unauthenticated(&self) -> bool {
        matches!(
            self,
            Reject::Empty
                | Reject::TooLong
                | Reject::NoStart
                | Reject::Garbage
                | Reject::Cut
                | Reject::NoSignature
                | Reject::BadSignature
                | Reject::UnknownKey(_)
                | Reject::NoKey(_)
                | Reject::WeakKey(_)
                | Reject::WrongDigest(_)
        )
    }
}
