//! Numbers beside a Heartbeat: acknowledgements, requests to send again, and answers to such requests.
//! Not here: whole clusters (world.rs); the Heartbeat is made by hand (numbering/beside.rs).

pub(super) mod beside;
mod freshness;
mod lives;

use super::world::{millis, name, secs};
use crate::{Body, Event, Message, NodeState, Sequence};
use beside::{Beside, OURS, THEIRS, status};

fn rexmit(number: u64) -> Body {
    Body::Rexmit { first: Sequence(number), last: Sequence(number) }
}

#[test]
fn every_tenth_message_is_acknowledged_to_its_sender_alone() {
    let mut b = Beside::joined();
    b.pass_beating(30);
    let acks: Vec<Message> =
        b.said.iter().map(|(_, m)| m.clone()).filter(|m| matches!(m.body, Body::Ack { .. })).collect();
    assert!(acks.iter().all(|m| m.to == Some(name("a")) && m.to_uuid == Some(THEIRS) && m.sequence.is_none()));
    assert_eq!(b.acks(), [4, 14, 24]);
}

#[test]
fn what_is_addressed_to_others_is_counted_and_acknowledged_but_not_acted_on() {
    let mut b = Beside::joined();
    b.number += 1;
    let mut message = b.frame(b.number, Body::ReqNodes);
    message.to = Some(name("c"));
    b.hears(message.clone());
    // The uuid decides, even where the name says otherwise.
    message.to = Some(name("b"));
    message.to_uuid = Some(THEIRS);
    message.sequence = Some(Sequence(5));
    b.hears(message);
    assert_eq!(b.answers(), [Body::Ack { sequence: Sequence(4) }]);
}

#[test]
fn a_peer_without_flow_control_gets_no_acknowledgement() {
    let mut b = Beside::new();
    for _ in 0..20 {
        b.says(Body::Status { state: NodeState::Active, deadtime_ms: None, flow_control: false, beat: None });
    }
    assert_eq!(b.answers(), []);
}

#[test]
fn the_question_for_the_nodes_is_answered_with_those_of_ha_cf() {
    let mut b = Beside::joined();
    b.number += 1;
    let mut message = b.frame(b.number, Body::ReqNodes);
    (message.to, message.to_uuid) = (Some(name("b")), Some(OURS));
    b.hears(message);
    let (_, answer) = b.said.iter().find(|(_, m)| matches!(m.body, Body::RepNodes { .. })).unwrap();
    assert_eq!(answer.body, Body::RepNodes { nodes: vec![name("a"), name("b")], deleted: vec![] });
    assert_eq!((answer.to.clone(), answer.to_uuid), (Some(name("a")), Some(THEIRS)));
    assert!(answer.sequence.is_some());
}

#[test]
fn a_lost_message_is_asked_for_until_it_comes_and_acknowledged_then() {
    let mut b = Beside::joined();
    b.loses();
    b.says(Body::Starting);
    b.pass(millis(99));
    assert_eq!(b.requests(), []);
    b.pass(millis(501));
    assert_eq!(b.answers(), [rexmit(4), rexmit(4), rexmit(4)], "after 100, 350 and 600 ms");
    assert_eq!(b.events.last(), Some(&Event::PacketsLost { node: name("a"), first: Sequence(4), last: Sequence(4) }));
    b.hears(b.frame(4, status(NodeState::Up)));
    assert_eq!(b.events.last(), Some(&Event::PacketsComplete { node: name("a") }));
    assert_eq!(b.acks(), [4]);
    b.pass(secs(1));
    assert_eq!(b.requests(), []);
}

#[test]
fn a_refused_message_is_given_up() {
    let mut b = Beside::joined();
    b.loses();
    b.says(Body::Starting);
    b.pass(millis(100));
    b.says_aside(Body::RexmitRefused { first: Sequence(4), info: "seqno too low".into() });
    assert_eq!(b.told(|e| *e == Event::PacketGone { node: name("a"), sequence: Sequence(4) }), 1);
    assert_eq!(b.answers(), [rexmit(4), Body::Ack { sequence: Sequence(4) }]);
    b.pass(secs(1));
    assert_eq!(b.requests(), []);
}

#[test]
fn an_inverted_pair_causes_no_request_and_both_are_acted_on() {
    let mut b = Beside::joined();
    b.hears(b.frame(5, Body::Starting));
    let mut question = b.frame(4, Body::ReqNodes);
    question.to = Some(name("b"));
    b.hears(question);
    b.pass(secs(1));
    let answers = b.answers();
    assert!(matches!(answers[..], [Body::RepNodes { .. }, Body::Ack { sequence: Sequence(4) }]), "{answers:?}");
    assert_eq!(b.told(|e| matches!(e, Event::PacketsLost { .. })), 0);
}

#[test]
fn an_overtaken_status_sets_nothing_back() {
    let mut b = Beside::joined();
    b.hears(b.frame(5, status(NodeState::Active)));
    b.hears(b.frame(4, status(NodeState::Up)));
    assert_eq!(b.core.peers[&name("a")].state, NodeState::Active);
}

#[test]
fn nothing_is_asked_of_a_dead_peer() {
    let mut b = Beside::joined();
    b.loses();
    b.says(Body::Starting);
    b.pass(secs(11));
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 1);
    b.answers();
    b.pass(secs(5));
    assert_eq!(b.answers(), []);
}

#[test]
fn a_message_of_ours_is_said_again_as_it_was() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    let beat = b.beats()[2].clone();
    let number = beat.sequence.unwrap().0;
    b.said.clear();
    b.says_aside(rexmit(number));
    assert_eq!(b.said.iter().filter(|(_, m)| *m == beat).count(), 1);
    b.said.clear();
    b.says_aside(rexmit(number));
    assert_eq!(b.beats(), Vec::<&Message>::new(), "not twice within 240 ms");
}

#[test]
fn requests_for_others_or_of_another_life_are_not_answered() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    let number = b.beats()[0].sequence.unwrap().0;
    b.said.clear();
    let mut message = b.frame(0, rexmit(number));
    message.sequence = None;
    message.to = Some(name("c"));
    b.hears(message.clone());
    message.to = Some(name("b"));
    message.generation = Some(crate::Generation(499));
    b.hears(message);
    assert!(b.said.is_empty(), "{:?}", b.said);
}

#[test]
fn numbers_not_yet_said_are_not_answered_and_those_before_our_life_are_refused() {
    let mut b = Beside::joined();
    let first = b.beats()[0].sequence.unwrap().0;
    let last = b.core.sequence.0;
    b.answers();
    b.says_aside(rexmit(last + 1));
    b.says_aside(rexmit(first - 1));
    let info = "seqno too low".to_owned();
    assert_eq!(b.answers(), [Body::RexmitRefused { first: Sequence(first - 1), info }]);
}

#[test]
fn a_flood_of_requests_is_no_flood_of_answers() {
    let mut b = Beside::joined();
    b.pass_beating(120);
    let (first, last) = (b.beats()[0].sequence.unwrap().0, b.core.sequence.0);
    b.said.clear();
    for _ in 0..100 {
        b.says_aside(Body::Rexmit { first: Sequence(first), last: Sequence(u64::MAX) });
        (first..=last).for_each(|n| b.says_aside(rexmit(n)));
    }
    assert_eq!(b.said.len(), 50);
}

#[test]
fn a_flood_of_changes_is_no_flood_of_beats() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    b.said.clear();
    for round in 0..1000_u32 {
        b.input(crate::Input::CarrierChanged { interface: "eth0".into(), carrier: round % 2 == 1 });
        b.pass(millis(1));
    }
    let beats = b.beats().len();
    assert!((100..=220).contains(&beats), "{beats} beats in a second");
    b.said.clear();
    b.pass(millis(200));
    b.input(crate::Input::CarrierChanged { interface: "eth0".into(), carrier: false });
    assert_eq!(b.beats().len(), 1, "at once again");
}
