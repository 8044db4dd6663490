//! The text form (spec/WIRE.md 2.2): serial lines, and datagrams of old versions.
//! Not here: finding frames in a stream of bytes (serial.rs).

use crate::frame::{AUTH, FRAME_MAX, Frame, NEWLINE_SUBSTITUTE, Value};
use crate::keys::{Keys, Signature};
use crate::reject::Reject;
use crate::verified::{Form, Verified};
use base64::{Engine, engine::general_purpose::STANDARD};

pub(crate) const START: &[u8] = b">>>\n";
pub(crate) const END: &[u8] = b"<<<\n";
const SIGNATURE: &[u8] = b"auth=";

/// Decodes exactly one frame in text form.
///
/// # Errors
/// [`Reject`]; no line but the last is looked at, and nothing allocated, before the digest has matched.
pub fn decode_text(bytes: &[u8], keys: &Keys) -> Result<Verified<Frame>, Reject> {
    if bytes.is_empty() {
        return Err(Reject::Empty);
    }
    if bytes.len() > FRAME_MAX {
        return Err(Reject::TooLong);
    }
    let rest = bytes.strip_prefix(START).ok_or(Reject::NoStart)?;
    decode_body(rest.strip_suffix(END).ok_or(Reject::Cut)?, keys)
}

/// Decodes what stands between the markers.
pub(crate) fn decode_body(body: &[u8], keys: &Keys) -> Result<Verified<Frame>, Reject> {
    let (lines, last) = split_last_line(body).ok_or(Reject::NoSignature)?;
    let signature = last.strip_prefix(SIGNATURE).ok_or(Reject::NoSignature)?;
    let proof = keys.check(Form::Text, signature, lines)?;
    let mut frame = parse_lines(lines)?;
    frame.add(AUTH.as_bytes(), Value::Text(signature))?;
    Ok(Verified::new(frame, proof))
}

/// All lines but the last with their newlines, and the last without.
fn split_last_line(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = body.strip_suffix(b"\n")?;
    let at = body.iter().rposition(|b| *b == b'\n').map_or(0, |place| place.saturating_add(1));
    body.split_at_checked(at)
}

/// `["(1)"] NAME "=" VALUE "\n"`, again and again. Strict: what Heartbeat itself would write, and nothing else.
fn parse_lines(mut lines: &[u8]) -> Result<Frame, Reject> {
    let mut frame = Frame::new();
    while !lines.is_empty() {
        let newline = lines.iter().position(|b| *b == b'\n').ok_or(Reject::Malformed)?;
        let (line, rest) = lines.split_at_checked(newline).ok_or(Reject::Malformed)?;
        lines = rest.get(1..).unwrap_or_default();
        let (binary, line) = match line {
            [b'(', b'1', b')', line @ ..] => (true, line),
            [b'(', ..] => return Err(Reject::BadType),
            line => (false, line),
        };
        let equals = line.iter().position(|b| *b == b'=').ok_or(Reject::Malformed)?;
        let (name, value) = line.split_at_checked(equals).ok_or(Reject::Malformed)?;
        let value = value.get(1..).unwrap_or_default();
        if binary {
            frame.add(name, Value::Binary(&STANDARD.decode(value).map_err(|_| Reject::Malformed)?))?;
        } else if value.contains(&NEWLINE_SUBSTITUTE) {
            let restore = |b: &u8| if *b == NEWLINE_SUBSTITUTE { b'\n' } else { *b };
            frame.add(name, Value::Text(&value.iter().map(restore).collect::<Vec<u8>>()))?;
        } else {
            frame.add_line(line, equals, false)?;
        }
    }
    Ok(frame)
}

/// The lines of a frame without markers and without the signature: what the inner digest covers (4.2).
pub(crate) fn render(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.weight());
    for (line, binary) in frame.lines() {
        match binary.and_then(|value| line.split_at_checked(value)) {
            None if line.contains(&b'\n') => {
                out.extend(line.iter().map(|b| if *b == b'\n' { NEWLINE_SUBSTITUTE } else { *b }));
            }
            None => out.extend_from_slice(line),
            Some((name, value)) => {
                out.extend_from_slice(b"(1)");
                out.extend_from_slice(name);
                put_base64(&mut out, value);
            }
        }
        out.push(b'\n');
    }
    out
}

/// An identity goes through the stack.
fn put_base64(out: &mut Vec<u8>, value: &[u8]) {
    let mut text = [0; 24];
    match STANDARD.encode_slice(value, &mut text) {
        Ok(len) => out.extend_from_slice(text.get(..len).unwrap_or_default()),
        Err(_) => out.extend_from_slice(STANDARD.encode(value).as_bytes()),
    }
}

/// Encodes with the signature as last line.
pub fn encode_text(frame: &Frame, keys: &Keys) -> Vec<u8> {
    let lines = render(frame);
    close(&lines, &keys.sign(&lines))
}

/// Lines with markers and signature around them.
pub(crate) fn close(lines: &[u8], signature: &Signature) -> Vec<u8> {
    [START, lines, SIGNATURE, signature.as_bytes(), b"\n", END].concat()
}

#[cfg(test)]
mod tests;
