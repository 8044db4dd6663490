//! A serial line: bytes in pieces of any length, with noise between the frames. What is found does not depend on the
//! pieces, a good frame behind any noise is found, and what is kept is bounded. The first byte chooses the pieces.
//! Not here: one frame (frames).

use crate::frames::keys;
use crate::{pieces, written_len};
use std::sync::LazyLock;
use systole_wire::{FRAME_MAX, Frame, Keys, Method, Reject, TextStream, Value, Verified, encode_text};

/// The captured streams are signed with crc or with keys that are not here; both are noise beside a signed frame.
static ANYBODY: LazyLock<Keys> = LazyLock::new(|| keys(Method::Crc, b""));
static OURS: LazyLock<Keys> = LazyLock::new(|| keys(Method::Sha1, b"nobody knows this one"));
static GOOD: LazyLock<(Frame, Vec<u8>)> = LazyLock::new(|| {
    let mut frame = Frame::new();
    frame.push("t", Value::Text(b"status")).expect("a good field");
    let bytes = encode_text(&frame, &OURS);
    (frame, bytes)
});
/// A reader that is never asked keeps twice the longest frame; written out, a byte takes five characters at most.
const WRITTEN_MAX: usize = 5 * 2 * FRAME_MAX + 1000;

type Found = Result<Verified<Frame>, Reject>;

/// One stream.
pub fn serial(data: &[u8]) {
    let Some((seed, bytes)) = data.split_first() else { return };
    if bytes.len() < FRAME_MAX {
        same_in_pieces(bytes, *seed);
    }
    let mut stream = TextStream::new();
    for piece in pieces(bytes, *seed) {
        stream.push(piece);
        found(&mut stream, &OURS);
    }
    finds_the_next_frame(stream);
    // The same noise for minutes, seldom: it costs the time of many others.
    if *seed == 0xff && !bytes.is_empty() {
        noise(bytes, bytes.len() % 2 == 0);
    }
}

fn same_in_pieces(bytes: &[u8], seed: u8) {
    let (mut whole, mut cut) = (TextStream::new(), TextStream::new());
    whole.push(bytes);
    let at_once = found(&mut whole, &ANYBODY);
    let mut one_by_one = Vec::new();
    for piece in pieces(bytes, seed) {
        cut.push(piece);
        one_by_one.extend(found(&mut cut, &ANYBODY));
    }
    assert_eq!(at_once, one_by_one);
    assert_eq!(whole.finish(), cut.finish());
}

fn noise(bytes: &[u8], read: bool) {
    // More than one frame can be, or than a buffer holds that nobody reads.
    let most = if read { FRAME_MAX } else { 2 * FRAME_MAX };
    let noise = bytes.repeat(most * 9 / 8 / bytes.len() + 1);
    let mut stream = TextStream::new();
    for piece in noise.chunks(4096) {
        stream.push(piece);
        if read {
            found(&mut stream, &OURS);
        }
    }
    assert!(written_len(&stream) <= WRITTEN_MAX, "the buffer grows");
    finds_the_next_frame(stream);
}

fn finds_the_next_frame(mut stream: TextStream) {
    let (frame, bytes) = &*GOOD;
    stream.push(bytes);
    let last = found(&mut stream, &OURS).pop();
    let good = last.and_then(Result::ok).is_some_and(|found| found.get().payload().eq(frame.payload()));
    assert!(good, "a whole frame behind noise is lost");
}

fn found(stream: &mut TextStream, keys: &Keys) -> Vec<Found> {
    let found: Vec<Found> = std::iter::from_fn(|| stream.next(keys)).take(10 * FRAME_MAX).collect();
    assert!(found.len() < 10 * FRAME_MAX, "the stream never ends");
    found
}
