//! Malformed lines, correctly signed, and the ways in which a text frame can be cut.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::auth::Method;
use crate::datagram::decode_datagram;
use crate::frame::FieldError;

fn keys() -> Keys {
    Keys::new(1, [(1, Method::Md5, b"k".to_vec())]).unwrap()
}

fn signed(lines: &[u8]) -> Vec<u8> {
    [START, lines, SIGNATURE, keys().sign(lines).as_bytes(), b"\n", END].concat()
}

fn refusal(lines: &[u8]) -> Reject {
    decode_text(&signed(lines), &keys()).unwrap_err()
}

#[test]
fn well_formed_lines_are_taken() {
    let frame = decode_text(&signed(b"t=status\ninfo=a\x13b=c\nempty=\n(1)b=AP8=\n"), &keys()).unwrap().into_inner();
    assert_eq!(frame.get("t"), Some(Value::Text(b"status")));
    assert_eq!(frame.get("info"), Some(Value::Text(b"a\nb=c")));
    assert_eq!(frame.get("empty"), Some(Value::Text(&[])));
    assert_eq!(frame.get("b"), Some(Value::Binary(&[0, 255])));
}

#[test]
fn malformed_lines_are_refused() {
    for lines in [&b"\n"[..], b"t\n", b"t=x\n\n", b"(1)b=A\n", b"(1)b=AP8\n", b"(1)b=AP8= \n", b"(1)b=A_8=\n", b"<<<\n"]
    {
        assert_eq!(refusal(lines), Reject::Malformed, "{}", lines.escape_ascii());
    }
    for lines in [&b"(0)t=x\n"[..], b"(2)t=x\n", b"(t=x\n"] {
        assert_eq!(refusal(lines), Reject::BadType, "{}", lines.escape_ascii());
    }
    assert_eq!(refusal(b"=x\n"), Reject::Field(FieldError::BadName));
    assert_eq!(refusal(b"t=x\nt=x\n"), Reject::Field(FieldError::Duplicate));
    assert_eq!(refusal(b"auth=1 0\n"), Reject::Field(FieldError::Duplicate));
}

#[test]
fn a_cut_frame_is_refused_at_every_length() {
    let good = signed(b"t=status\nsrc=alpha\n");
    decode_text(&good, &keys()).unwrap();
    for len in 0..good.len() {
        assert!(decode_text(&good[..len], &keys()).is_err(), "{len}");
    }
}

#[test]
fn old_senders_append_one_nul_to_a_datagram() {
    let good = signed(b"t=status\n");
    decode_datagram(&[&good[..], b"\0"].concat(), &keys()).unwrap();
    assert_eq!(decode_datagram(&[&good[..], b"\0\0"].concat(), &keys()).unwrap_err(), Reject::Cut);
    assert_eq!(decode_text(&[&good[..], b"\0"].concat(), &keys()).unwrap_err(), Reject::Cut);
    assert_eq!(decode_datagram(b"hello", &keys()).unwrap_err(), Reject::NoStart);
}

proptest::proptest! {
    /// Whoever holds the key can sign anything. What is taken has one spelling only.
    #[test]
    fn signed_nonsense_is_refused_or_comes_back_byte_for_byte(pieces in proptest::collection::vec(
        proptest::sample::select(vec![
            "t=status\n", "(1)b=AP8=\n", "(1)c=\n", "(1)d=AP9=\n", "e=\u{13}\n", "f=\0\n", "\n", "=", "(", "g==\n", ">>>\n",
            "<<<\n", "auth=1 0\n", "\r\n", "h=é\n",
        ]), 0..6))
    {
        let bytes = signed(pieces.concat().as_bytes());
        if let Ok(frame) = decode_text(&bytes, &keys()) {
            proptest::prop_assert_eq!(encode_text(frame.get(), &keys()), bytes);
        }
    }
}
