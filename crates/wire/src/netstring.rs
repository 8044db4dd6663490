//! The netstring form (spec/WIRE.md 2.1): what Heartbeat sends in every datagram.
//! Not here: which keys exist (keys.rs), the text form, whose rendering the inner signature covers (text.rs).

use crate::frame::{FRAME_MAX, Frame};
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
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with(b"0")) {
        return None;
    }
    // Five digits at most.
    let len = digits.iter().try_fold(0usize, |len, digit| {
        let digit = digit.is_ascii_digit().then(|| digit.wrapping_sub(b'0'))?;
        Some(len.saturating_mul(10).saturating_add(usize::from(digit)))
    })?;
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
        let binary = match kind {
            b'0' => false,
            b'1' => true,
            _ => return Err(Reject::BadType),
        };
        frame.add_line(field, equals, binary)?;
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
    for (line, binary) in frame.lines() {
        let kind = if binary.is_some() { b"(1)" } else { b"(0)" };
        put_netstring(&mut out, kind, line);
    }
    if let Some(signature) = inner {
        put_netstring(&mut out, b"(0)auth=", signature.as_bytes());
    }
    out.extend_from_slice(END);
    let signature = keys.sign(&out);
    put_netstring(&mut out, b"", signature.as_bytes());
    out
}

fn put_netstring(out: &mut Vec<u8>, before: &[u8], content: &[u8]) {
    put_decimal(out, before.len().saturating_add(content.len()));
    out.push(b':');
    out.extend_from_slice(before);
    out.extend_from_slice(content);
    out.push(b',');
}

/// No frame has room for a longer one than the digits here.
fn put_decimal(out: &mut Vec<u8>, number: usize) {
    let mut digits = [b'0'; 6];
    let (mut rest, mut used) = (number, 0usize);
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add((rest % 10) as u8);
        used = used.saturating_add(1);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len().saturating_sub(used)..).unwrap_or_default());
}

#[cfg(test)]
mod tests;
