//! The two sockets that carry JSON lines: the bridge between heart and hands, and the control socket. Pieces of any
//! length give the same lines, no line is longer than allowed, every value comes back as it was.
//! Not here: what the core makes of the values (core, and `control` for questions).

use crate::bridge::{LINE_MAX, ToHands, take_lines};
use crate::protocol::{Question, REQUEST_MAX, Reply, Told, Wanted, understand};
use crate::{core, framing, pieces};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::io::BufReader;

/// The bridge, both ways. The first byte chooses the pieces.
pub fn bridge(data: &[u8]) {
    let Some((seed, bytes)) = data.split_first() else { return };
    to_heart(bytes, *seed);
    for max in [LINE_MAX, 64] {
        for line in to_hands(bytes, *seed, max) {
            comes_back::<ToHands>(&line);
        }
    }
}

fn to_heart(bytes: &[u8], seed: u8) {
    let mut whole = bytes.to_vec();
    let at_once = take_lines(&mut whole);
    let (mut rest, mut one_by_one) = (Vec::new(), Some(Vec::new()));
    for piece in pieces(bytes, seed) {
        rest.extend_from_slice(piece);
        match (take_lines(&mut rest), &mut one_by_one) {
            (Some(lines), Some(all)) => all.extend(lines),
            _ => {
                one_by_one = None;
                break;
            }
        }
    }
    assert_eq!(at_once, one_by_one);
    assert!(at_once.is_none() || (whole == rest && !rest.contains(&b'\n')));
    for said in at_once.into_iter().flatten() {
        let mut line = serde_json::to_vec(&said).expect("it was JSON before");
        assert!(!line.contains(&b'\n'));
        line.push(b'\n');
        assert_eq!(take_lines(&mut line), Some(vec![said]));
    }
}

/// The lines as hands reads them, up to the first failure.
fn to_hands(bytes: &[u8], seed: u8, max: usize) -> Vec<Vec<u8>> {
    let mut reader = BufReader::with_capacity(1 + usize::from(seed), bytes);
    let (mut unfinished, mut lines) = (Vec::new(), Vec::new());
    loop {
        let read = {
            let next = pin!(framing::next(&mut reader, &mut unfinished, max));
            next.poll(&mut Context::from_waker(Waker::noop()))
        };
        match read {
            Poll::Ready(Ok(Some(line))) => lines.push(line),
            Poll::Ready(_) => break,
            Poll::Pending => panic!("it waits for bytes that are there"),
        }
    }
    assert!(unfinished.len() <= max + 1);
    assert!(lines.iter().all(|line| line.len() <= max));
    let expected = bytes.split_inclusive(|b| *b == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    assert!(expected.take_while(|line| line.len() <= max).eq(lines.iter().map(Vec::as_slice)));
    lines
}

/// The control socket: each line as a question to a node, and as an answer of one.
pub fn control(data: &[u8]) {
    let mut node = core::small_node();
    for line in to_hands(data, 255, REQUEST_MAX) {
        comes_back::<Question>(&line);
        comes_back::<Told>(&line);
        let reply = match understand(&line) {
            // Answered by hands alone.
            Ok(Wanted::Compare) => continue,
            Ok(Wanted::Ask(ask)) => match core::ask(&mut node, ask) {
                Some(answer) => Reply { age_ms: 0, answer },
                None => continue,
            },
            Err(reply) => reply,
        };
        let told = Told { reply: reply.clone(), protection: None, rivals: Vec::new(), compared: None };
        let told = serde_json::to_vec(&told).expect("an answer is JSON");
        assert!(!told.contains(&b'\n') && told.len() <= 6 * (line.len() + LINE_MAX));
        assert_eq!(serde_json::from_slice::<Told>(&told).expect("and comes back").reply, reply);
    }
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(line: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(line) {
        let again = serde_json::to_vec(&value).expect("it was JSON before");
        assert_eq!(serde_json::from_slice::<T>(&again).expect("and comes back"), value);
    }
}
