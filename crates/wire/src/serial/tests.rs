//! Both captured streams of a serial line: whole, in pieces, cut, joined, with noise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::auth::Method;
use crate::text::encode_text;

const STREAMS: [&[u8]; 2] = [
    include_bytes!("../../tests/vectors/stream-serial-alpha-to-beta.bin"),
    include_bytes!("../../tests/vectors/stream-serial-beta-to-alpha.bin"),
];

fn keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"TheSha1Secret".to_vec())]).unwrap()
}

/// Everything a stream gives: frames as bytes, and damage in order. Fed in pieces of `step` bytes.
fn read(bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, Vec<Reject>) {
    let (mut stream, keys) = (TextStream::new(), keys());
    let (mut frames, mut damage) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(step) {
        stream.push(piece);
        while let Some(result) = stream.next(&keys) {
            match result {
                Ok(frame) => frames.push(encode_text(frame.get(), &keys)),
                Err(reject) => damage.push(reject),
            }
        }
    }
    damage.extend(stream.finish());
    (frames, damage)
}

/// Where each whole frame of a clean stream stands, found in another way than the code under test.
fn frames_of(stream: &[u8]) -> Vec<(usize, usize)> {
    let ends: Vec<usize> =
        stream.windows(4).enumerate().filter(|(_, w)| *w == b"<<<\n").map(|(at, _)| at + 4).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).collect()
}

/// The frames within the first 2000 bytes and two more: what is left after any damage there.
fn beginning(stream: &[u8]) -> Vec<(usize, usize)> {
    let mut places = frames_of(stream);
    let damaged = places.iter().filter(|(start, _)| *start < 2000).count();
    places.truncate(damaged + 2);
    places
}

#[test]
fn whole_streams_give_every_frame_and_the_cut_end() {
    for stream in STREAMS {
        let places = frames_of(stream);
        assert!(places.len() > 50, "{}", places.len());
        for step in [1, 7, 512, stream.len()] {
            let (frames, damage) = read(stream, step);
            assert_eq!(frames.concat(), stream[..places.last().unwrap().1], "pieces of {step}");
            assert_eq!(frames.len(), places.len());
            assert_eq!(damage, [Reject::Cut]);
        }
    }
}

#[test]
fn a_stream_joined_anywhere_gives_every_frame_that_is_still_whole() {
    for stream in STREAMS {
        let places = beginning(stream);
        let whole = &stream[..places.last().unwrap().1];
        for cut in 0..2000 {
            // The reader comes late, in the middle of something.
            let (frames, _) = read(&whole[cut..], 512);
            let late = places.iter().find(|(start, _)| *start >= cut).unwrap().0;
            assert_eq!(frames.concat(), whole[late..], "cut off before {cut}");
            // The writer is cut off and starts again.
            let (frames, damage) = read(&[&whole[..cut], whole].concat(), 512);
            let early = places.iter().rfind(|(_, end)| *end <= cut).map_or(0, |(_, end)| *end);
            // A lost last newline damages nothing: the end is known by its mark.
            let early = if whole[early..cut].ends_with(b"\n<<<") { cut + 1 } else { early };
            assert_eq!(frames.concat(), [&whole[..early], whole].concat(), "joined at {cut}");
            assert!(damage.len() <= 1, "{damage:?} at {cut}");
        }
    }
}

#[test]
fn noise_costs_the_frame_it_hits_and_no_other() {
    let noises: [&[u8]; 6] = [b"\xff\x00\x80", b"\n", b"garbage\n", b">>>\n", b"<<<\n", b"a>>>\nb=c\n"];
    for stream in STREAMS {
        let places = beginning(stream);
        let whole = &stream[..places.last().unwrap().1];
        for (i, noise) in noises.iter().cycle().take(2000).enumerate() {
            let (start, end) = *places.iter().find(|(_, end)| *end > i).unwrap();
            let (frames, damage) = read(&[&whole[..i], noise, &whole[i..]].concat(), 512);
            let frames = frames.concat();
            // Before and behind the hit frame everything comes; that one itself only if the noise fell between lines
            // of markers, where it changes nothing that is signed.
            let without = [&whole[..start], &whole[end..]].concat();
            assert!(frames == without || frames == whole, "noise {} at {i}", noise.escape_ascii());
            assert!(frames == whole || !damage.is_empty(), "silent loss at {i}");
        }
    }
}

#[test]
fn each_run_of_garbage_is_reported_once() {
    let frame = &STREAMS[0][..frames_of(STREAMS[0])[0].1];
    let bytes = [b"login:\nPassword:\n", frame, b"\0", frame, b"more\nand more\n", frame, b"rest"].concat();
    let (frames, damage) = read(&bytes, 3);
    assert_eq!(frames.concat(), frame.repeat(3));
    assert_eq!(damage, [Reject::Garbage; 3]);
}

#[test]
fn memory_is_bounded_and_frames_come_again_afterwards() {
    let frame = &STREAMS[0][..frames_of(STREAMS[0])[0].1];
    let endless = [b">>>\n".as_slice(), &b"a=b\n".repeat(100_000)].concat();
    let noise = vec![0xff; 400_000];
    for flood in [&endless, &noise] {
        for step in [1000, flood.len()] {
            let (mut stream, keys) = (TextStream::new(), keys());
            let mut damage = Vec::new();
            for piece in flood.chunks(step) {
                stream.push(piece);
                assert!(stream.buffer.len() <= BUFFER_MAX);
                while let Some(result) = stream.next(&keys) {
                    damage.push(result.unwrap_err());
                }
            }
            assert!(damage.contains(&Reject::TooLong), "{damage:?}");
            assert!(damage.len() < 10, "one report a kind of damage, not one a read: {}", damage.len());
            stream.push(&[b"\n", frame].concat());
            let found: Vec<_> = std::iter::from_fn(|| stream.next(&keys)).collect();
            assert!(found.iter().any(Result::is_ok), "{found:?}");
        }
    }
}

#[test]
fn a_frame_behind_an_endless_one_is_not_given_up_with_it() {
    let frame = &STREAMS[0][..frames_of(STREAMS[0])[0].1];
    let endless = [b">>>\n".as_slice(), &b"a=b\n".repeat(FRAME_MAX / 4 - 10)].concat();
    let (frames, damage) = read(&[&endless, frame].concat(), 16);
    assert_eq!(frames.concat(), frame);
    assert_eq!(damage, [Reject::TooLong]);
}
