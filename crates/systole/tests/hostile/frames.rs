//! Frames that no node of the pair ever sent: whole ones with changed messages, and bytes that only look like frames.
//! Not here: who sends them when.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use systole_core::{Body, Message, NodeName, Sequence};
use systole_lab::Stranger;
use systole_wire::{Frame, Keys, Method, Stamp, Value, decode_datagram, encode_net, message};

pub const SECRET: &str = "a-secret-of-the-test";

/// What a pen writes with.
pub fn crc(number: u8) -> Keys {
    Keys::new(number, [(number, Method::Crc, Vec::new())]).unwrap()
}

pub fn sha1(number: u8) -> Keys {
    Keys::new(number, [(number, Method::Sha1, SECRET.into())]).unwrap()
}

/// A message as a frame with further fields, signed.
pub fn signed(message: &Message, more: &[(&str, &str)], keys: &Keys) -> Vec<u8> {
    encode_net(&frame(message, more), keys)
}

pub fn frame(message: &Message, more: &[(&str, &str)]) -> Frame {
    let stamp = Stamp { sent_at_s: 1_790_000_000, load: "n/a".into(), ttl: 3 };
    let mut frame = message::encode(message, &stamp).unwrap();
    for (name, value) in more {
        frame.push(name, Value::Text(value.as_bytes())).unwrap();
    }
    frame
}

/// The message in a datagram, if these keys vouch for it.
pub fn read(bytes: &[u8], keys: &Keys) -> Option<Message> {
    let frame = decode_datagram(bytes, keys).ok()?;
    Some(message::decode(frame).ok()?.into_inner().0)
}

/// The newest beat of `node` that the stranger has heard; waits for one sent after the call.
pub fn beat_of(stranger: &Stranger, node: &str, keys: &Keys) -> Message {
    let (from, limit) = (Instant::now(), Duration::from_secs(20));
    while from.elapsed() < limit {
        let heard = stranger.heard(from).into_iter().rev().filter_map(|datagram| read(&datagram.bytes, keys));
        let mut beats = heard.filter(|m| m.from.as_str() == node && matches!(m.body, Body::Status { .. }));
        if let Some(beat) = beats.next() {
            return beat;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{node} was not heard for {limit:?}");
}

/// How many beats of `node` the stranger has heard since then.
pub fn beats_since(stranger: &Stranger, node: &str, keys: &Keys, from: Instant) -> usize {
    let heard = stranger.heard(from).into_iter().filter_map(|datagram| read(&datagram.bytes, keys));
    heard.filter(|m| m.from.as_str() == node && matches!(m.body, Body::Status { .. })).count()
}

/// The same sender's next message with another body.
pub fn next(of: &Message, step: u64, body: Body) -> Message {
    let sequence = of.sequence.map(|n| Sequence(n.0 + step));
    let to = Some(NodeName::new(if of.from.as_str() == "alpha" { "beta" } else { "alpha" }).unwrap());
    let to = to.filter(|_| !matches!(body, Body::Status { .. } | Body::ShutDone));
    Message { sequence, body, to, ..of.clone() }
}

/// Address of a node of the pair.
pub fn address(node: &str) -> Ipv4Addr {
    Ipv4Addr::new(192, 168, 1, if node == "alpha" { 1 } else { 2 })
}

/// One datagram in netstring form around any bytes, with a crc that fits under key 1.
pub fn net(fields: &[u8]) -> Vec<u8> {
    let mut bytes = [b"###\n", fields, b"%%%\n"].concat();
    let tail = format!("1 {:x}", sum(&bytes));
    bytes.extend_from_slice(format!("{}:{tail},", tail.len()).as_bytes());
    bytes
}

/// One frame in text form around any lines, with a crc that fits under key 1.
pub fn text(lines: &[u8]) -> Vec<u8> {
    [b">>>\n", lines, format!("auth=1 {:x}\n<<<\n", sum(lines)).as_bytes()].concat()
}

/// spec/WIRE.md 4.3.
fn sum(bytes: &[u8]) -> u32 {
    let mut value = 0_u32;
    for byte in bytes {
        value ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            value = if value >> 31 == 1 { (value << 1) ^ 0x04c1_1db7 } else { value << 1 };
        }
    }
    !value
}

/// `LEN:(T)NAME=VALUE,` as it should be.
fn field(kind: &str, name: &str, value: &str) -> Vec<u8> {
    let inner = format!("({kind}){name}={value}");
    format!("{}:{inner},", inner.len()).into_bytes()
}

/// Fields of a beat that would be in order, but for what is put in front.
fn beat_with(front: &[u8]) -> Vec<u8> {
    let names = [("t", "status"), ("src", "alpha"), ("seq", "1"), ("hg", "1"), ("ts", "6ab13b80"), ("st", "active")];
    let fields: Vec<u8> = names.iter().flat_map(|(name, value)| field("0", name, value)).collect();
    [front, &fields].concat()
}

/// Damaged datagrams by the reason for which each is refused; every one that can be is signed as it should be.
pub fn damaged() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let kinds = ["2", "3", "4", "5", "6", "7", "9", "A", "-", "\0", "\u{7f}"];
    let odd_kinds = ["", "77", "-1", "000"];
    let many: Vec<u8> = (0..65).flat_map(|i| field("0", &format!("f{i}"), "x")).collect();
    let long = format!("(0)x={}", "y".repeat(60_000));
    let lengths = [
        "1:(0)x=,",
        "9:(0)x=,",
        "09:(0)x=abcde,",
        "99999999999999999999:(0)x=,",
        "-4:(0)x=,",
        ":(0)x=,",
        "5:",
        "4:(0)x",
    ];
    let whole = net(&beat_with(b""));
    let cut = |at: usize| whole.get(..at).unwrap_or_default().to_vec();
    let signed = |fields: Vec<Vec<u8>>| fields.iter().map(|f| net(&beat_with(f))).collect::<Vec<_>>();
    vec![
        ("bad-type", signed(kinds.iter().map(|kind| field(kind, "x", "y")).collect())),
        ("malformed", {
            let mut all = signed(odd_kinds.iter().map(|kind| field(kind, "x", "y")).collect());
            all.extend(signed(lengths.iter().map(|text| text.as_bytes().to_vec()).collect()));
            all.push(net(format!("{}:{long},{}:{long},", long.len() + 1, long.len())
                .get(..60_200)
                .unwrap()
                .as_bytes()));
            all.push(text(b"no equals sign\n"));
            all.push(text(b"(1)x=%%%\n"));
            all
        }),
        ("bad-name", signed(["", "a b", "x\n", "$(x)", &"n".repeat(33)].iter().map(|n| field("0", n, "y")).collect())),
        ("duplicate-field", signed(vec![field("0", "src", "beta"), field("0", "t", "shutdone")])),
        ("too-many-fields", vec![net(&many)]),
        ("missing-field", vec![net(b""), net(&field("0", "t", "status")), net(&field("1", "x", "\0\0")), text(b"")]),
        ("bad-text", vec![text(b"x=a\0b\n"), net(&beat_with(&field("0", "x", "a\0b")))]),
        ("cut", vec![cut(4), cut(20), cut(whole.len() - 30), b"###\n".to_vec(), b">>>\nx=y\n".to_vec()]),
        ("no-signature", vec![b"###\n%%%\n".to_vec(), b">>>\nt=status\n<<<\n".to_vec(), b">>>\n<<<\n".to_vec()]),
        ("bad-signature", {
            let odd = ["", "1", "1 ", " 1 0", "16 0", "1 zz", "01 0"];
            odd.iter().map(|tail| [b"###\n%%%\n", format!("{}:{tail},", tail.len()).as_bytes()].concat()).collect()
        }),
        ("wrong-digest", vec![[cut(whole.len() - 5), b"0000,".to_vec()].concat(), b"###\n%%%\n3:1 0,".to_vec()]),
        ("empty", vec![Vec::new()]),
        (
            "no-start",
            vec![b"\0".to_vec(), b"##".to_vec(), vec![0xff; 1400], vec![b'#'; 60_000], b"GET / HTTP/1.0".to_vec()],
        ),
        ("unknown-key", vec![b"###\n%%%\n4:15 0,".to_vec()]),
    ]
}
