//! What a frame refuses to hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn text(bytes: &[u8]) -> Value<'_> {
    Value::Text(bytes)
}

#[test]
fn names_are_short_and_plain() {
    let long = "n".repeat(33);
    for bad in ["", "a=b", "a b", "(1)a", "é", "a\n", &long] {
        assert_eq!(Frame::new().push(bad, text(b"x")), Err(FieldError::BadName), "{bad:?}");
    }
    Frame::new().push(&long[..32], text(b"x")).unwrap();
}

#[test]
fn a_name_comes_once_and_auth_is_taken() {
    let mut frame = Frame::new();
    frame.push("t", text(b"status")).unwrap();
    assert_eq!(frame.push("t", Value::Binary(&[])), Err(FieldError::Duplicate));
    assert_eq!(frame.push("auth", text(b"1 0")), Err(FieldError::Duplicate));
    assert_eq!(frame.fields().len(), 1);
}

#[test]
fn there_are_at_most_64_fields_with_the_signature() {
    let mut frame = Frame::new();
    for i in 0..63 {
        frame.push(&format!("f{i}"), text(b"")).unwrap();
    }
    assert_eq!(frame.push("more", text(b"")), Err(FieldError::TooMany));
    frame.add(b"auth", text(b"1 0")).unwrap();
    assert_eq!(frame.add(b"more", text(b"")), Err(FieldError::TooMany));
}

#[test]
fn the_longer_form_counts() {
    let mut frame = Frame::new();
    // 50,000 bytes are 66,668 in base64.
    assert_eq!(frame.push("b", Value::Binary(&[0; 50_000])), Err(FieldError::TooLong));
    frame.push("t", text(&[b'x'; 50_000])).unwrap();
    assert_eq!(frame.push("u", text(&[b'x'; 15_000])), Err(FieldError::TooLong));
    frame.push("v", text(&[b'x'; 14_000])).unwrap();
}

#[test]
fn bytes_that_one_form_cannot_carry_are_refused() {
    for bad in [&b"a\0b"[..], b"a\x13b"] {
        assert_eq!(Frame::new().push("t", text(bad)), Err(FieldError::BadText));
        Frame::new().push("t", Value::Binary(bad)).unwrap();
    }
}
