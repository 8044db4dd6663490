//! Tests of `pings`: the bytes as Heartbeat writes them, and which answers count.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use systole_wire::{Method, decode_net};

const GROUP: &str = "grp";

fn node(name: &str, hosts: &[&str], group: bool) -> PingNode {
    PingNode { name: NodeName::new(name).unwrap(), hosts: hosts.iter().map(|h| (*h).to_owned()).collect(), group }
}

/// Two targets whose addresses are known.
fn targets() -> Vec<Target> {
    let nodes = [node("10.9.0.1", &["10.9.0.1"], false), node(GROUP, &["10.9.0.2", "10.9.0.3"], true)];
    let mut targets = Pings::new(&nodes).targets;
    for host in targets.iter_mut().flat_map(|t| &mut t.hosts) {
        assert_eq!(host.address(5), Some(host.name.parse().unwrap()), "an address is known at once");
        assert_eq!(host.look_at_ns, 5 + LOOK_AGAIN_NS);
    }
    targets
}

fn rounds() -> VecDeque<Round> {
    let round = |sequence: u16| {
        let said = |name: &str| format!("{name} {sequence}").into_bytes();
        Round { sequence, frames: vec![said("one"), said("grp"), Vec::new()] }
    };
    [0, u16::MAX].map(round).into()
}

#[test]
fn a_ping_is_written_byte_for_byte_as_heartbeat_writes_it() {
    let captured = b"###\n10:(0)t=NS_st,10:(0)st=ping,18:(0)info=ping_group,10:(0)src=grp,14:(0)ts=6b032c76,\
                     17:(0)auth=1 91efab0,%%%\n10:1 5cc14138,";
    let keys = Keys::new(1, [(1, Method::Crc, Vec::new())]).unwrap();
    let ours = encode_net(&frame(&node(GROUP, &["10.9.0.2"], true), 0x6b03_2c76).unwrap(), &keys);
    assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(captured));
}

#[test]
fn a_signed_ping_can_be_read_again() {
    let keys = Keys::new(2, [(2, Method::Sha1, b"secret".to_vec())]).unwrap();
    let sent = encode_net(&frame(&node("10.9.0.1", &["10.9.0.1"], false), 1).unwrap(), &keys);
    let read = decode_net(&sent, &keys).unwrap();
    for (name, value) in [("t", "NS_st"), ("st", "ping"), ("info", "ping"), ("src", "10.9.0.1"), ("ts", "1")] {
        assert_eq!(read.get().get(name), Some(Value::Text(value.as_bytes())), "{name}");
    }
    let others = Keys::new(2, [(2, Method::Sha1, b"another".to_vec())]).unwrap();
    assert!(decode_net(&sent, &others).is_err());
    assert!(sent.len() <= systole_sys::icmp::PAYLOAD_MAX);
}

#[test]
fn an_answer_counts_when_it_is_what_was_sent_lately_to_that_host() {
    let [one, two, three] = [1, 2, 3].map(|n| Ipv4Addr::new(10, 9, 0, n));
    let table: &[(Ipv4Addr, u16, &str, Option<&str>)] = &[
        (one, 0, "one 0", Some("10.9.0.1")),
        (one, u16::MAX, "one 65535", Some("10.9.0.1")),
        (two, 0, "grp 0", Some(GROUP)),
        (three, 0, "grp 0", Some(GROUP)),
        // Played back under a newer number, and under an old one.
        (one, 0, "one 65535", None),
        (one, u16::MAX - 1, "one 65534", None),
        // Another host, another payload, none.
        (two, 0, "one 0", None),
        (one, 0, "grp 0", None),
        (one, 0, "one 0 ", None),
        (one, 0, "", None),
    ];
    for (from, sequence, payload, wanted) in table {
        let mut targets = targets();
        let heard = accept(&rounds(), &mut targets, *from, *sequence, payload.as_bytes());
        assert_eq!(heard.map(|(name, _)| name.as_str()), *wanted, "{from} {sequence} {payload:?}");
    }
}

#[test]
fn without_ping_nodes_no_socket_is_opened() {
    let mut pings = Pings::new(&[]);
    assert_eq!(pings.send(&Keys::crc_only(), 1, 1), Ok(()));
    assert!(pings.fd().is_none() && pings.receive(1).is_empty());
}
