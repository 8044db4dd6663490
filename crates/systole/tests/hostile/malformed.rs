//! Bytes that are no frames, names that are no names, and many of both: F1, F2, F5, F14, F15.

use crate::calm::Calm;
use crate::frames::{address, beat_of, beats_since, crc, damaged, frame, net, next, signed};
use crate::pair::{HARESOURCES, Pair, pair, write};
use std::time::{Duration, Instant};
use systole_core::{Body, Generation, Message, NodeName, Sequence};
use systole_lab::Stranger;
use systole_wire::encode_text;

/// A pair whose frames anybody can sign, and a stranger.
pub fn open_pair() -> (Pair, Stranger) {
    let mut pair = pair("off", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "authkeys", "auth 1\n1 crc\n", 0o600);
    }
    let stranger = pair.lab.stranger("192.168.1.66/24").unwrap();
    pair.up();
    (pair, stranger)
}

#[test]
fn frames_that_are_none_are_counted_and_move_nothing() {
    let (pair, stranger) = open_pair();
    let calm = Calm::from_now(&pair);
    let all = damaged();
    for (_, frames) in &all {
        for bytes in frames {
            stranger.shout(bytes).unwrap();
            stranger.say(address("beta"), bytes).unwrap();
        }
    }
    for (reason, _) in &all {
        pair.wait(&format!("{reason} in the log"), |pair| Ok(calm.refused(pair, reason).0 > 0));
    }
    calm.holds(&pair, "alpha", "damaged datagrams");
    // On the serial line too, where one damaged frame must not swallow the next good one.
    let quiet = Calm::from_now(&pair);
    for (_, frames) in &all {
        for bytes in frames {
            pair.cable.inject(1, bytes).unwrap();
        }
    }
    pair.wait("garbage in the log", |pair| Ok(quiet.refused(pair, "garbage").0 > 0));
    quiet.holds(&pair, "alpha", "damaged bytes on the serial line");
    pair.wait("the serial link as before", |pair| Ok(pair.beta.link_up("alpha", "/dev/ttyS0")));
    one_line_in_ten_seconds(&pair, &calm);
}

/// Each reason has had its line, and no more lines than ten seconds allow for each of two nodes and two links.
fn one_line_in_ten_seconds(pair: &Pair, calm: &Calm) {
    let allowed = 4 * (1 + calm.from.elapsed().as_secs() as usize / 10);
    for (reason, _) in damaged() {
        let (_, lines) = calm.refused(pair, reason);
        assert!(lines <= allowed, "{lines} lines for {reason}, {allowed} allowed\n{}", pair.logs());
    }
}

#[test]
fn names_cannot_forge_lines_of_the_log_or_rename_a_node() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    let genuine = beat_of(&stranger, "alpha", &keys);
    let uuid = genuine.uuid;
    for name in ["eve\nalpha: info: FORGED", "eve\r\n\u{1b}[2JFORGED", "eve\u{202e}FORGED", "eve/../FORGED", "\u{1b}"] {
        let fields = [("t", "status"), ("src", name), ("seq", "1"), ("hg", "1"), ("ts", "6ab13b80"), ("st", "active")];
        let field = |(n, v): &(&str, &str)| format!("{}:(0){n}={v},", n.len() + v.len() + 4);
        stranger.shout(&net(fields.iter().map(field).collect::<String>().as_bytes())).unwrap();
    }
    // Names that are well-formed, with the identity of a node that is known.
    for i in 0..200 {
        let mut message = genuine.clone();
        message.from = NodeName::new(&format!("mallory-{i}")).unwrap();
        message.sequence = Some(Sequence(1));
        stranger.shout(&signed(&message, &[], &keys)).unwrap();
    }
    pair.wait("the names refused", |pair| Ok(calm.refused(pair, "bad-node").0 > 0));
    pair.wait("the stranger told of", |pair| Ok(calm.lines(pair).iter().any(|line| line.contains("mallory-"))));
    calm.holds(&pair, "alpha", "names of others");
    let lines = calm.lines(&pair);
    assert!(
        !lines.iter().any(|line| line.contains("FORGED") || line.contains(['\u{1b}', '\r', '\u{202e}'])),
        "{lines:?}"
    );
    assert!(lines.iter().filter(|line| line.contains("mallory-")).count() <= 2 * 16, "{lines:?}");
    let nodes = pair.beta.status()["nodes"].as_array().unwrap().iter().map(|n| n["name"].clone()).collect::<Vec<_>>();
    assert_eq!(nodes, ["alpha", "beta"]);
    assert_eq!(beat_of(&stranger, "alpha", &keys).uuid, uuid);
}

#[test]
fn a_flood_delays_no_beat_and_fills_no_log() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    let genuine = beat_of(&stranger, "alpha", &keys);
    let wrong = [&signed(&genuine, &[], &keys)[..], b"0"].concat();
    let long = net(&[b'x'; 1200]);
    let longest = net(&vec![b'x'; 60_000]);
    let ends = Instant::now() + Duration::from_secs(4);
    let mut sent = 0_u64;
    // Longer than deadtime: a link that was drowned would be declared dead.
    while Instant::now() < ends {
        for _ in 0..25 {
            stranger.shout(&wrong).unwrap();
            stranger.shout(&long).unwrap();
            sent += 2;
        }
        stranger.say(address("beta"), &longest).unwrap();
        pair.cable.inject(1, b">>>\nflood\n<<<\n").unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    calm.holds(&pair, "alpha", "a flood");
    assert!(sent > 4000, "only {sent} datagrams were sent: no flood");
    let lines = calm.lines(&pair);
    assert!(!lines.iter().any(|line| line.contains("eth0 dead")), "{lines:?}");
    for reason in ["bad-signature", "malformed"] {
        let (_, told) = calm.refused(&pair, reason);
        assert!(
            (2..=2 * (1 + calm.from.elapsed().as_secs() as usize / 10)).contains(&told),
            "{told} lines for {reason}"
        );
    }
    assert!(lines.len() < 30, "{} lines\n{}", lines.len(), pair.logs());
}

#[test]
fn any_number_of_older_lives_is_one_line_and_no_more_beats() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    let genuine = beat_of(&stranger, "alpha", &keys);
    let from = Instant::now();
    for life in 1..=1000 {
        let older = Message { generation: Some(Generation(life)), ..genuine.clone() };
        stranger.shout(&signed(&older, &[], &keys)).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    pair.wait("a line of it", |pair| {
        Ok(calm.lines(pair).iter().any(|line| line.contains("an older life of node alpha")))
    });
    // Keepalive is 200 ms; a beat for each of these frames would be a beat each millisecond.
    let beats = beats_since(&stranger, "beta", &keys, from);
    assert!(beats <= 100, "{beats} beats of beta in {:?}", from.elapsed());
    calm.holds(&pair, "alpha", "older lives");
    let told = calm.lines(&pair).iter().filter(|line| line.contains("an older life of node")).count();
    assert!(told <= 1 + calm.from.elapsed().as_secs() as usize / 10, "{told} lines\n{}", pair.logs());
}

#[test]
fn asking_for_everything_again_is_answered_within_bounds() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    let genuine = beat_of(&stranger, "beta", &keys);
    let (first, last) = (Sequence(1), Sequence(u64::MAX));
    let mut requests = Vec::new();
    for body in [
        Body::Rexmit { first, last },
        Body::Rexmit { first, last: Sequence(50) },
        Body::Rexmit { first: last, last: first },
        Body::RexmitRefused { first, info: "seqno too low".into() },
        Body::Ack { sequence: last },
        Body::Ack { sequence: first },
    ] {
        let mut message = next(&genuine, 0, body);
        message.sequence = None;
        requests.push(frame(&message, &[]));
    }
    let from = Instant::now();
    for _ in 0..300 {
        for request in &requests {
            stranger.shout(&systole_wire::encode_net(request, &keys)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    pair.cable.inject(0, &encode_text(&requests[0], &keys)).unwrap();
    calm.holds(&pair, "alpha", "requests to send again");
    // Fifty numbers at most, each at most every 240 ms (spec/WIRE.md 6.5), and the beats; for two nodes.
    let rounds = from.elapsed().as_millis() as usize / 240 + 1;
    let heard = stranger.heard(from).len();
    assert!(heard <= 2 * rounds * (50 + 5), "{heard} datagrams in answer, {rounds} rounds\n{}", pair.logs());
}
