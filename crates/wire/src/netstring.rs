//! The netstring form (spec/WIRE.md 2.1): what Heartbeat sends in every datagram.
//! Not here: which keys exist (keys.rs), the text form, whose rendering the inner signature covers (text.rs).

use crate::frame::{AUTH, FRAME_MAX, Frame, Value};
use crate::keys::{Keys, Signature};
use crate::reject::Reject;
use crate::text;
use crate::verified::{Form, Verified};

pub(crate) const START: &[u8] = b"###\n";
const END: &[u8] = b"%%%\n";
/// Longest outer signature: "43:15 " and 40 digits and a comma.
const TAIL_MAX: usize = 47;
/// Markers and both signatures.
const AROUND: usize = 120;

/// Decodes one datagram in netstring form.
///
/// # Errors
/// [`Reject`]; nothing between the markers is looked at, and nothing allocated, before the digest has matched.
pub fn decode_net(bytes: &[u8], keys: &Keys) -> Result<Verified<Frame>, Reject> {
    if bytes.is_empty() {
        return Err(Reject::Empty);
    }
    if bytes.len() > FRAME_MAX {
        return Err(Reject::TooLong);
    }
    if !bytes.starts_with(START) {
        return Err(Reject::NoStart);
    }
    let (signed, tail) = split_tail(bytes).ok_or(Reject::Cut)?;
    if tail.is_empty() {
        return Err(Reject::NoSignature);
    }
    let Some((signature, [])) = take_netstring(tail) else { return Err(Reject::BadSignature) };
    let proof = keys.check(Form::Net, signature, signed)?;
    let body = signed.strip_prefix(START).and_then(|rest| rest.strip_suffix(END)).ok_or(Reject::Malformed)?;
    Ok(Verified::new(parse_fields(body)?, proof))
}

/// Finds the end marker from behind: the signed bytes up to and including it, and what follows.
/// What follows cannot hold the marker itself, so the last one is the right one.
fn split_tail(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let window = TAIL_MAX.saturating_add(END.len());
    let from = bytes.len().saturating_sub(window);
    let place = bytes.get(from..)?.windows(END.len()).rposition(|four| four == END)?;
    bytes.split_at_checked(from.saturating_add(place).saturating_add(END.len()))
}

/// `LEN ":" content ","`, LEN in decimal without padding; the content and the rest.
fn take_netstring(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = bytes.iter().take(6).position(|b| *b == b':')?;
    let (digits, rest) = bytes.split_at_checked(colon)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with(b"0")) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let len: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (content, rest) = rest.get(1..)?.split_at_checked(len)?;
    Some((content, rest.strip_prefix(b",")?))
}

/// `LEN ":" "(" T ")" NAME "=" VALUE ","`, again and again.
fn parse_fields(mut body: &[u8]) -> Result<Frame, Reject> {
    let mut frame = Frame::new();
    while !body.is_empty() {
        let (field, rest) = take_netstring(body).ok_or(Reject::Malformed)?;
        let [b'(', kind, b')', field @ ..] = field else { return Err(Reject::Malformed) };
        let equals = field.iter().position(|b| *b == b'=').ok_or(Reject::Malformed)?;
        let (name, value) = field.split_at_checked(equals).ok_or(Reject::Malformed)?;
        let value = value.get(1..).unwrap_or_default();
        let value = match kind {
            b'0' => Value::Text(value),
            b'1' => Value::Binary(value),
            _ => return Err(Reject::BadType),
        };
        frame.add(name, value)?;
        body = rest;
    }
    Ok(frame)
}

/// Encodes with both signatures, as Heartbeat does with `msgfmt classic`, its default: a field `auth` inside over the
/// text rendering, and one behind the end over all bytes before it.
pub fn encode_net(frame: &Frame, keys: &Keys) -> Vec<u8> {
    encode(frame, keys, Some(&keys.sign(&text::render(frame))))
}

/// Encodes in netstring and in text form, as [`encode_net`] and [`crate::encode_text`] do. The inner signature of the
/// one is that of the other, so this is cheaper than both by themselves.
pub fn encode_both(frame: &Frame, keys: &Keys) -> (Vec<u8>, Vec<u8>) {
    let lines = text::render(frame);
    let signature = keys.sign(&lines);
    (encode(frame, keys, Some(&signature)), text::close(&lines, &signature))
}

/// Encodes without the inner signature, as Heartbeat does with `msgfmt netstring`.
pub fn encode_net_bare(frame: &Frame, keys: &Keys) -> Vec<u8> {
    encode(frame, keys, None)
}

fn encode(frame: &Frame, keys: &Keys, inner: Option<&Signature>) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.weight().saturating_add(AROUND));
    out.extend_from_slice(START);
    for (name, value) in frame.lines() {
        let (kind, value) = match value {
            Value::Text(value) => (b"(0)", value),
            Value::Binary(value) => (b"(1)", value),
        };
        put_netstring(&mut out, &[kind, name, b"=", value]);
    }
    if let Some(signature) = inner {
        put_netstring(&mut out, &[b"(0)", AUTH.as_bytes(), b"=", signature.as_bytes()]);
    }
    out.extend_from_slice(END);
    let signature = keys.sign(&out);
    put_netstring(&mut out, &[signature.as_bytes()]);
    out
}

fn put_netstring(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    put_decimal(out, len);
    out.push(b':');
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.push(b',');
}

/// No frame has room for a longer one than the powers here.
fn put_decimal(out: &mut Vec<u8>, number: usize) {
    const POWERS: [usize; 6] = [100_000, 10_000, 1000, 100, 10, 1];
    for power in POWERS.into_iter().skip_while(|power| *power > number.max(1)) {
        let digit = number.checked_div(power).unwrap_or(0) % 10;
        out.push(b'0'.wrapping_add(digit as u8));
    }
}

#[cfg(test)]
mod tests;
