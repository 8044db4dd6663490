//! One datagram, whichever form it has: new versions of Heartbeat send netstrings, old ones text.
//! Not here: either form.

use crate::frame::Frame;
use crate::keys::Keys;
use crate::netstring::{self, decode_net};
use crate::reject::Reject;
use crate::text::{self, decode_text};
use crate::verified::Verified;

/// Decodes a datagram of either form. Text may be followed by one NUL, which old senders append (spec/WIRE.md 2.2).
///
/// # Errors
/// [`Reject`], as the decoder of the form says.
pub fn decode_datagram(bytes: &[u8], keys: &Keys) -> Result<Verified<Frame>, Reject> {
    if bytes.is_empty() {
        Err(Reject::Empty)
    } else if bytes.starts_with(netstring::START) {
        decode_net(bytes, keys)
    } else if bytes.starts_with(text::START) {
        decode_text(bytes.strip_suffix(b"\0").unwrap_or(bytes), keys)
    } else {
        Err(Reject::NoStart)
    }
}
