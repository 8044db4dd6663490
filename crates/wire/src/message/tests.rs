//! Messages that no capture holds: what is missing, wrong, or only ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::auth::Method;
use crate::frame::Value;
use crate::keys::Keys;
use crate::netstring::{decode_net, encode_net};
use crate::text::{decode_text, encode_text};
use systole_core::message::Hold;
use systole_core::{Beat, Body, Claim, ClaimState, Fitness, Generation, GroupId, Hears, NodeName, NodeState, Sequence};

fn keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"k".to_vec())]).unwrap()
}

fn frame(fields: &[(&str, &str)]) -> Frame {
    let mut frame = Frame::new();
    for (name, value) in fields {
        frame.push(name, Value::Text(value.as_bytes())).unwrap();
    }
    frame
}

fn read(fields: &[(&str, &str)]) -> Result<(Message, Stamp), Reject> {
    let bytes = encode_net(&frame(fields), &keys());
    decode(decode_net(&bytes, &keys()).unwrap()).map(Verified::into_inner)
}

const BEAT: [(&str, &str); 6] =
    [("t", "status"), ("st", "up"), ("src", "alpha"), ("seq", "1f"), ("hg", "6b032a58"), ("ts", "6b032a57")];

fn without(name: &str) -> Vec<(&'static str, &'static str)> {
    BEAT.iter().copied().filter(|(n, _)| *n != name).collect()
}

fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    BEAT.iter().copied().filter(|(n, _)| *n != name).chain([(name, value)]).collect()
}

#[test]
fn what_every_message_needs_is_named_when_it_is_missing() {
    read(&BEAT).unwrap();
    for (name, _) in BEAT {
        assert_eq!(read(&without(name)), Err(Reject::Missing(name)));
    }
}

#[test]
fn values_that_are_none_are_refused_by_field() {
    for (name, value) in [
        ("ts", "0"),
        ("ts", ""),
        ("ts", "+1"),
        ("seq", "xyz"),
        ("seq", "10000000000000000"),
        ("hg", "-1"),
        ("dt", " 1"),
        ("ttl", "4294967296"),
        ("st", "asleep"),
        ("ld", "a\nb"),
        ("t", "a\x1b[2J"),
        ("srcuuid", "not binary"),
    ] {
        assert_eq!(read(&with(name, value)), Err(Reject::BadValue(name)), "{name}={value:?}");
    }
    assert_eq!(read(&with("sy", "1 d=zz")), Err(Reject::BadBeat));
}

#[test]
fn a_bad_node_name_never_reaches_a_log_raw() {
    for name in ["src", "dest"] {
        for bad in ["al pha", "", "a\x1b[31m", "../../etc", "ünï"] {
            let Err(reject) = read(&with(name, bad)) else { panic!("{bad:?} was taken") };
            assert_eq!(reject.reason(), "bad-node");
            assert!(reject.to_string().chars().all(|c| !c.is_control()), "{reject}");
        }
    }
}

#[test]
fn a_rexmit_counts_in_decimal_and_everything_else_in_hex() {
    let common = [("src", "alpha"), ("hg", "1"), ("ts", "1")];
    let body = |own: &[(&'static str, &'static str)]| read(&[own, &common].concat()).unwrap().0.body;
    let (first, last) = (Sequence(16), Sequence(20));
    assert_eq!(body(&[("t", "NS_rexmit"), ("firstseq", "16"), ("lastseq", "20")]), Body::Rexmit { first, last });
    let info = String::new();
    assert_eq!(body(&[("t", "NS_nak_rexmit"), ("firstseq", "10")]), Body::RexmitRefused { first, info });
    assert_eq!(body(&[("t", "NS_ackmsg"), ("ackseq", "10")]), Body::Ack { sequence: first });
    let hex = read(&[&[("t", "NS_rexmit"), ("firstseq", "1a"), ("lastseq", "20")], &common[..]].concat());
    assert_eq!(hex, Err(Reject::BadValue("firstseq")));
}

#[test]
fn a_takeover_of_failback_means_all() {
    let message = read(&[&with("t", "hb_takeover")[..], &[("rsc_hold", "failback")]].concat()).unwrap().0;
    assert_eq!(message.body, Body::Takeover { hold: Hold::All });
}

#[test]
fn an_unknown_type_is_carried_by_name_only() {
    let message = read(&with("t", "hbapi-clstat")).unwrap().0;
    assert_eq!(message.body, Body::Other { kind: "hbapi-clstat".to_owned() });
}

fn our_beat(claims: u32) -> (Message, Stamp) {
    let node = |name: &str| NodeName::new(name).unwrap();
    let claim =
        |i: u32| Claim { group: GroupId(i), state: ClaimState::Running, epoch: 5, fitness: Fitness::Fit, to: None };
    let hears = Hears { node: node("dracofeu"), generation: Generation(0x6b03_2a58), sequence: Sequence(0x1f) };
    let beat = Beat {
        version: 1,
        configuration: 0x1a2b_3c4d,
        stalled_ms: 0,
        leaving: false,
        pings: None,
        hears: vec![hears],
        claims: (0..claims).map(claim).collect(),
    };
    let body = Body::Status {
        state: NodeState::Active,
        deadtime_ms: Some(10_000),
        flow_control: true,
        beat: Some(std::sync::Arc::new(beat)),
    };
    let message = Message {
        from: node("nico"),
        uuid: Some(systole_core::Uuid([7; 16])),
        to: None,
        to_uuid: None,
        generation: Some(Generation(0x6b03_2a58)),
        sequence: Some(Sequence(0xfff)),
        body,
    };
    (message, Stamp { sent_at_s: 0x6b03_2a58, load: "0.00 0.01 0.05 1/123 45678".to_owned(), ttl: 3 })
}

#[test]
fn our_beat_with_two_groups_fits_a_serial_line() {
    let (message, stamp) = our_beat(2);
    let bytes = encode_text(&encode(&message, &stamp).unwrap(), &keys());
    // 19200 baud carry 1920 bytes a second; the tutorial beats every two.
    assert!(bytes.len() < 320, "{} bytes", bytes.len());
    assert!(bytes.is_ascii(), "serial lines strip the eighth bit");
}

#[test]
fn the_largest_beat_travels_in_both_forms_and_a_larger_one_is_an_error_here() {
    let (message, stamp) = our_beat(1024);
    let frame = encode(&message, &stamp).unwrap();
    for verified in
        [decode_net(&encode_net(&frame, &keys()), &keys()), decode_text(&encode_text(&frame, &keys()), &keys())]
    {
        assert_eq!(decode(verified.unwrap()).unwrap().into_inner(), (message.clone(), stamp.clone()));
    }
    let (message, stamp) = our_beat(1025);
    assert_eq!(encode(&message, &stamp), Err(EncodeError::TooMany));
}

#[test]
fn what_receivers_would_refuse_is_not_written() {
    let (message, stamp) = our_beat(0);
    let bad = |body| encode(&Message { body, ..message.clone() }, &stamp);
    let key = "web\nauth=1 0".to_owned();
    assert_eq!(bad(Body::IpRequest { key }), Err(EncodeError::BadValue("ipaddr")));
    let (node, result) = ("no node".to_owned(), "OK".to_owned());
    assert!(matches!(bad(Body::Stonith { node, result }), Err(EncodeError::BadNode("node", _))));
    let nodes = (0..300).map(|i| NodeName::new(&format!("n{i}")).unwrap()).collect();
    assert_eq!(bad(Body::RepNodes { nodes, deleted: vec![] }), Err(EncodeError::TooMany));
}

#[test]
fn parts_of_lines_go_both_ways_and_a_part_that_is_none_is_refused() {
    let body = |own: &[(&'static str, &'static str)]| {
        read(&[own, &[("src", "alpha"), ("hg", "1"), ("ts", "1")]].concat()).map(|read| read.0.body)
    };
    for wanted in [
        Body::AskLines { number: u64::MAX, part: 3 },
        Body::Lines { number: 7, part: 0, parts: 2, text: "[\"node alpha\"".into() },
    ] {
        let message = Message {
            from: NodeName::new("alpha").unwrap(),
            uuid: None,
            to: Some(NodeName::new("beta").unwrap()),
            to_uuid: None,
            generation: Some(Generation(1)),
            sequence: None,
            body: wanted,
        };
        let frame = encode(&message, &Stamp { sent_at_s: 1, load: String::new(), ttl: 3 }).unwrap();
        let bytes = encode_net(&frame, &keys());
        assert_eq!(decode(decode_net(&bytes, &keys()).unwrap()).unwrap().into_inner().0, message);
    }
    let refused = Err(Reject::BadValue("part"));
    assert_eq!(body(&[("t", "NS_sy_ask"), ("number", "1"), ("part", "10000")]), refused);
    assert_eq!(body(&[("t", "NS_sy_lines"), ("number", "1"), ("part", "0")]), Err(Reject::Missing("parts")));
}
