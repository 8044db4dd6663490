//! One datagram, whichever form it has: new versions of Heartbeat send netstrings, old ones text.
//! Not here: either form.

use crate::frame::Frame;
use crate::keys::Keys;
use crate::netstring::{self, decode_net};
use crate::reject::Reject;
use crate::text::{self, decode_text};
use crate::verified::Verified;
use systole_core::NodeName;

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

/// The sender's name stands near the beginning, whoever wrote the frame.
const NAME_WITHIN: usize = 1024;

/// Is that name written on a frame as its sender's? Asked of refused frames only, which say nothing else; anybody can
/// write it.
pub fn bears_name(bytes: &[u8], name: &NodeName) -> bool {
    let head = bytes.get(..NAME_WITHIN).unwrap_or(bytes);
    let (before, after): (&[u8], u8) =
        if head.starts_with(netstring::START) { (b":(0)src=", b',') } else { (b"\nsrc=", b'\n') };
    let name = name.as_str().as_bytes();
    head.windows(before.len()).enumerate().filter(|(_, window)| *window == before).any(|(at, _)| {
        let rest = head.get(at.saturating_add(before.len())..).unwrap_or_default();
        rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && rest.get(name.len()) == Some(&after)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::bears_name;
    use crate::{Frame, Keys, Method, Value, encode_net, encode_text};
    use systole_core::NodeName;

    #[test]
    fn the_name_on_a_frame_is_found_in_both_forms_and_no_other_one() {
        let name = |text: &str| NodeName::new(text).unwrap();
        let mut frame = Frame::new();
        for (field, value) in [("t", "status"), ("src", "Beta"), ("info", "x:(0)src=alpha;src=alpha")] {
            frame.push(field, Value::Text(value.as_bytes())).unwrap();
        }
        let keys = Keys::new(1, [(1, Method::Sha1, b"whatever".to_vec())]).unwrap();
        for bytes in [encode_net(&frame, &keys), encode_text(&frame, &keys)] {
            assert!(bears_name(&bytes, &name("beta")));
            for other in ["alpha", "bet", "beta1", "eta"] {
                assert!(!bears_name(&bytes, &name(other)), "{other}");
            }
        }
        assert!(!bears_name(b"", &name("beta")) && !bears_name(b"###\n12:(0)src=beta", &name("beta")));
    }
}
