//! systole-wire: bytes to verified messages and back, in the netstring and text forms of Linux-HA Heartbeat.
//! Here live framing, digests, strict parsing and the spelling of messages. Not here: sockets, clocks, decisions.
//! The way in is always the same: check the digest over the raw bytes, and only then look at what they say.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod auth;
pub mod beat;
pub mod datagram;
pub mod frame;
pub mod keys;
pub mod message;
pub mod netstring;
pub mod reject;
pub mod serial;
pub mod text;
pub mod verified;

pub use auth::Method;
pub use datagram::{bears_name, decode_datagram};
pub use frame::{FRAME_MAX, Field, FieldError, Frame, Value};
pub use keys::{Keys, KeysError};
pub use message::{EncodeError, Stamp};
pub use netstring::{decode_net, encode_both, encode_net, encode_net_bare};
pub use reject::Reject;
pub use serial::TextStream;
pub use text::{decode_text, encode_text};
pub use verified::{Form, Proof, Verified};
