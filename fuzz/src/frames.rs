//! Datagrams in netstring form, and frames in text form: nothing panics, nothing unsigned passes, and what passes comes
//! back from every form as it was. A fuzzer cannot guess digests, so each input is tried once more with a right one.
//! Not here: streams of bytes (serial).

use std::fmt::Write;
use std::sync::LazyLock;
use systole_wire::{
    FieldError, Frame, Keys, Method, Proof, Reject, Verified, decode_datagram, decode_net, decode_text, encode_net,
    encode_net_bare, encode_text, message,
};

/// Anybody can sign with crc, also a fuzzer that knows how.
static CRC: LazyLock<Keys> = LazyLock::new(|| keys(Method::Crc, b""));
/// Nobody can sign with this.
static SECRET: LazyLock<Keys> = LazyLock::new(|| keys(Method::Sha1, b"nobody knows this one"));

pub(crate) fn keys(method: Method, secret: &[u8]) -> Keys {
    Keys::new(1, [(1, method, secret.to_vec())]).expect("one good key")
}

/// One datagram.
pub fn netstring(data: &[u8]) {
    as_it_came(data, decode_net);
    let body = data.strip_prefix(b"###\n").unwrap_or(data);
    let end = body.windows(4).rposition(|four| four == b"%%%\n").unwrap_or(body.len());
    let mut signed = [b"###\n", &body[..end], b"%%%\n"].concat();
    let signature = signature(&signed);
    signed.extend_from_slice(format!("{}:{signature},", signature.len()).as_bytes());
    with_right_digest(decode_net(&signed, &CRC), decode_datagram(&signed, &CRC));
}

/// One frame between its markers.
pub fn text(data: &[u8]) {
    as_it_came(data, decode_text);
    let body = data.strip_prefix(b">>>\n").unwrap_or(data);
    let body = body.strip_suffix(b"<<<\n").unwrap_or(body);
    let end = body.windows(5).rposition(|five| five == b"auth=").unwrap_or(body.len());
    let mut lines = body[..end].to_vec();
    if lines.last().is_some_and(|last| *last != b'\n') {
        lines.push(b'\n');
    }
    let signed = [b">>>\n", &lines[..], b"auth=", signature(&lines).as_bytes(), b"\n<<<\n"].concat();
    with_right_digest(decode_text(&signed, &CRC), decode_datagram(&signed, &CRC));
}

fn as_it_came(data: &[u8], decode: fn(&[u8], &Keys) -> Result<Verified<Frame>, Reject>) {
    assert!(decode(data, &SECRET).is_err() && decode_datagram(data, &SECRET).is_err(), "passed without the key");
    if let Ok(frame) = decode(data, &Keys::crc_only()) {
        check(frame);
    }
}

fn with_right_digest(decoded: Result<Verified<Frame>, Reject>, again: Result<Verified<Frame>, Reject>) {
    assert_eq!(decoded, again, "the same bytes as any datagram");
    match decoded {
        Ok(frame) => check(frame),
        Err(reject) => assert!(
            !reject.is_unauthenticated() || matches!(reject, Reject::TooLong),
            "a right digest is refused: {reject}"
        ),
    }
}

/// What passed its digest: the frame comes back from every form, and so does what it says.
fn check(frame: Verified<Frame>) {
    forms(&frame);
    let proof = frame.proof();
    match message::decode(frame) {
        Err(reject) => {
            assert!(!reject.is_unauthenticated());
            assert!(!reject.to_string().chars().any(char::is_control), "{reject:?}");
        }
        Ok(said) => says(said, proof),
    }
}

fn forms(frame: &Verified<Frame>) {
    let payload: Vec<_> = frame.get().payload().collect();
    for bytes in [encode_net(frame.get(), &SECRET), encode_net_bare(frame.get(), &SECRET)] {
        let again = decode_net(&bytes, &SECRET).expect("an encoded frame decodes");
        assert!(again.get().payload().eq(payload.iter().copied()));
    }
    let again = decode_text(&encode_text(frame.get(), &SECRET), &SECRET).expect("an encoded frame decodes");
    assert!(again.get().payload().eq(payload.iter().copied()));
}

fn says(said: Verified<(systole_core::Message, message::Stamp)>, proof: Proof) {
    assert_eq!(said.proof(), proof);
    let (message, stamp) = said.into_inner();
    let frame = match message::encode(&message, &stamp) {
        Ok(frame) => frame,
        // Fields that nobody knows are left out, and those left may be spelled longer than they came.
        Err(message::EncodeError::Field(FieldError::TooLong)) => return,
        Err(error) => panic!("what was read cannot be written: {error}: {message:?}"),
    };
    let verified = decode_net(&encode_net(&frame, &SECRET), &SECRET).expect("an encoded frame decodes");
    let (message_again, stamp_again) = message::decode(verified).expect("an encoded message is read").into_inner();
    assert_eq!(message_again, message);
    assert_eq!(stamp_again.sent_at_s, stamp.sent_at_s);
}

/// Key 1, crc, as WIRE 4.3 has it; written apart from the program's own.
fn signature(data: &[u8]) -> String {
    let mut crc = 0_u32;
    for byte in data {
        crc ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            crc = if crc >> 31 == 1 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 };
        }
    }
    let mut text = String::from("1 ");
    // Writing to a string cannot fail.
    let _ = write!(text, "{:x}", !crc);
    text
}
