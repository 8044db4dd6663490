//! Malformed netstrings, correctly signed: what a holder of the key could send wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::auth::Method;
use crate::frame::FieldError;
use crate::frame::Value;

fn keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"k".to_vec())]).unwrap()
}

/// A frame with this body and a good signature.
fn signed(body: &[u8]) -> Vec<u8> {
    let mut out = [START, body, END].concat();
    let signature = keys().sign(&out).as_bytes().to_vec();
    put_netstring(&mut out, b"", &signature);
    out
}

fn refusal(body: &[u8]) -> Reject {
    decode_net(&signed(body), &keys()).unwrap_err()
}

#[test]
fn well_formed_fields_are_taken() {
    let frame = decode_net(&signed(b"11:(0)t=status,5:(1)b=,6:(0)a==,6:(1)c=,,"), &keys()).unwrap().into_inner();
    assert_eq!(frame.get("t"), Some(Value::Text(b"status")));
    assert_eq!(frame.get("b"), Some(Value::Binary(&[])));
    assert_eq!(frame.get("a"), Some(Value::Text(b"=")));
    assert_eq!(frame.get("c"), Some(Value::Binary(b",")));
}

#[test]
fn malformed_fields_are_refused() {
    for body in [
        &b"x"[..],
        b"11:(0)t=status",
        b"12:(0)t=status,",
        b"10:(0)t=status,",
        b"011:(0)t=status,",
        b"+11:(0)t=status,",
        b" 11:(0)t=status,",
        b"99999999999999999999:(0)t=status,",
        b"11:(0)t=status,\n",
        b"8:t=status,",
        b"4:(0)t,",
        b"0:,",
        b":,",
        b"3:(0),",
    ] {
        assert_eq!(refusal(body), Reject::Malformed, "{}", body.escape_ascii());
    }
}

#[test]
fn only_text_and_binary_are_known() {
    for kind in ["2", "3", "4", "5", "6", "9", "x", " "] {
        assert_eq!(refusal(format!("6:({kind})t=x,").as_bytes()), Reject::BadType, "{kind}");
    }
}

#[test]
fn names_and_numbers_of_fields_are_bounded() {
    assert_eq!(refusal(b"6:(0)t=x,6:(0)t=y,"), Reject::Field(FieldError::Duplicate));
    assert_eq!(refusal(b"5:(0)=x,"), Reject::Field(FieldError::BadName));
    assert_eq!(refusal(b"8:(0)a-b=x,"), Reject::Field(FieldError::BadName));
    let many: String = (10..90).map(|i| format!("7:(0)f{i}=,", i = i)).collect();
    assert_eq!(refusal(many.as_bytes()), Reject::Field(FieldError::TooMany));
    assert_eq!(refusal(b"7:(0)t=\0x,"), Reject::Field(FieldError::BadText));
}

#[test]
fn the_signature_is_the_last_thing_and_there_is_one() {
    let good = signed(b"11:(0)t=status,");
    decode_net(&good, &keys()).unwrap();
    for tail in [&b"x"[..], b"\0", b"\n", b","] {
        let bytes = [&good, tail].concat();
        assert_eq!(decode_net(&bytes, &keys()).unwrap_err(), Reject::BadSignature, "{}", tail.escape_ascii());
    }
    // Too much behind the end marker for any signature: then it is no end.
    let twice = [&good[..], b"3:1 0,"].concat();
    assert_eq!(decode_net(&twice, &keys()).unwrap_err(), Reject::Cut);
    assert_eq!(decode_net(b"###\n", &keys()).unwrap_err(), Reject::Cut);
    assert_eq!(decode_net(b"###\n%%%\n", &keys()).unwrap_err(), Reject::NoSignature);
    assert_eq!(decode_net(b"##\n%%%\n", &keys()).unwrap_err(), Reject::NoStart);
}

#[test]
fn the_end_marker_may_stand_within_a_value() {
    let mut frame = Frame::new();
    frame.push("b", Value::Binary(b"%%%\n43:1 0,%%%\n")).unwrap();
    // A crc is short: its window reaches well into the value.
    for keys in [keys(), Keys::new(1, [(1, Method::Crc, Vec::new())]).unwrap()] {
        let again = decode_net(&encode_net_bare(&frame, &keys), &keys).unwrap();
        assert_eq!(again.get(), &frame);
    }
}

#[test]
fn more_than_64_kib_is_refused_unread() {
    let bytes = [START, &vec![b'x'; FRAME_MAX]].concat();
    assert_eq!(decode_net(&bytes, &keys()).unwrap_err(), Reject::TooLong);
}

proptest::proptest! {
    /// Whoever holds the key can sign anything. What is taken has one spelling only.
    #[test]
    fn signed_nonsense_is_refused_or_comes_back_byte_for_byte(pieces in proptest::collection::vec(
        proptest::sample::select(vec![
            "11:(0)t=status,", "5:(1)b=,", "6:(0)a==,", "6:(1)c=,,", "5:(0)b=,", "6:(2)d=x,", "0:,", "1", ":", "(", ",", "=", "%%%\n",
            "###\n", "7:(0)e=\u{13}x,", "9999:",
        ]), 0..6))
    {
        let bytes = signed(pieces.concat().as_bytes());
        if let Ok(frame) = decode_net(&bytes, &keys()) {
            proptest::prop_assert_eq!(encode_net_bare(frame.get(), &keys()), bytes);
        }
    }
}
