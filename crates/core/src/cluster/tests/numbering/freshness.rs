//! Recordings: what a peer said in former lives of ours or its own proves nothing (reference/SECURITY F11 to F14).

use super::beside::{Beside, OURS, status};
use crate::cluster::Identity;
use crate::cluster::tests::world::{World, millis, name, secs};
use crate::series::before_first;
use crate::{Body, Event, Generation, Input, LinkName, Message, NodeState, Sequence, Uuid};

fn known(life: u64, number: u64) -> Beside {
    let known = vec![(name("stranger"), Generation(7), Sequence(7)), (name("a"), Generation(life), Sequence(number))];
    Beside::with(Identity { uuid: OURS, generation: Generation(1004), known })
}

fn ack(number: u64) -> Body {
    Body::Ack { sequence: Sequence(number) }
}

fn left(b: &Beside) -> bool {
    b.told(|e| matches!(e, Event::PeerLeft { .. })) == 1
}

#[test]
fn a_recording_from_before_our_start_does_not_make_a_dead_peer_alive() {
    let mut b = known(500, 1000);
    for number in 900..=1000 {
        b.hears(b.frame(number, status(NodeState::Active)));
    }
    b.generation = 499;
    b.hears(b.frame(5000, status(NodeState::Active)));
    assert!(!b.core.peers[&name("a")].is_alive());
    let told: Vec<_> = b.events.iter().filter(|e| matches!(e, Event::OldGeneration { .. })).collect();
    let known = Generation(500);
    assert_eq!(told, [&Event::OldGeneration { node: name("a"), heard: known, known }]);
    b.generation = 500;
    b.hears(b.frame(1001, status(NodeState::Active)));
    assert!(b.core.peers[&name("a")].is_alive());
    assert_eq!(b.told(|e| matches!(e, Event::PeerRestarted { .. })), 0);
}

/// Its numbers from before our start were refused only until it was heard in this life of ours.
#[test]
fn a_recording_from_before_our_start_brings_no_link_up_when_its_peer_is_there() {
    let mut b = known(500, 1000);
    b.hears(b.frame(1000, status(NodeState::Active)));
    b.hears(b.frame(1001, status(NodeState::Active)));
    let message = b.frame(1000, status(NodeState::Active));
    b.input(Input::Heard { link: LinkName("/dev/ttyS0".into()), message });
    assert_eq!(b.told(|e| matches!(e, Event::LinkUp { .. })), 1);
    // A new life begins anywhere.
    b.pass(secs(11));
    b.generation = 501;
    b.hears(b.frame(3, status(NodeState::Active)));
    b.hears(b.frame(4, status(NodeState::Active)));
    assert_eq!(b.core.peers[&name("a")].series.last(), Sequence(4));
}

#[test]
fn a_beat_names_what_was_heard_before_our_start_to_a_peer_that_fell_behind_it() {
    let mut b = known(500, 1000);
    b.said.clear();
    b.hears(b.frame(3, status(NodeState::Up)));
    let Body::Status { beat: Some(beat), .. } = &b.beats()[0].body else { panic!("no beat") };
    assert_eq!((beat.hears[0].generation, beat.hears[0].sequence), (Generation(500), Sequence(1000)));
}

#[test]
fn how_far_a_peer_was_heard_is_kept_at_the_start_each_1000_messages_and_at_the_end() {
    let mut b = Beside::joined();
    let first = ("a".to_owned(), 500, 1);
    assert_eq!(b.remembered, std::slice::from_ref(&first));
    b.pass_beating(1010);
    assert_eq!(b.remembered, [first.clone(), ("a".to_owned(), 500, 1001)]);
    b.pass(secs(11));
    assert_eq!(b.remembered.last(), Some(&("a".to_owned(), 500, 1013)));
    (b.generation, b.number) = (501, 0);
    b.says(status(NodeState::Init));
    assert_eq!(b.remembered.last(), Some(&("a".to_owned(), 501, 1)));
}

#[test]
fn a_clean_end_keeps_how_far_everybody_was_heard() {
    let mut world = World::settled(&["a", "b"]);
    world.run(secs(60));
    let last = world.nodes[&name("a")].core.as_ref().unwrap().sequence;
    world.ask("b", crate::Ask::Shutdown);
    world.until(secs(5), "b ended", |w| w.nodes[&name("b")].core.is_none());
    assert!(world.nodes[&name("b")].peers[&name("a")].1 >= last);
}

#[test]
fn our_numbers_start_elsewhere_in_each_life_and_low_enough_for_signed_numbers() {
    let starts: std::collections::BTreeSet<u64> =
        (0..1000).map(|g| before_first(OURS, Generation(1_795_370_102 + g)).0).collect();
    assert!(starts.len() > 995 && starts.iter().all(|s| (1 << 16..1 << 24).contains(s)));
    assert_eq!(before_first(OURS, Generation(5)), before_first(OURS, Generation(5)));
    assert_ne!(before_first(OURS, Generation(5)), before_first(Uuid([1; 16]), Generation(5)));
    let b = Beside::new();
    let first = before_first(OURS, Generation(1004)).0 + 1;
    assert_eq!(b.beats()[0].sequence, Some(Sequence(first)));
}

#[test]
fn a_recorded_goodbye_is_not_acted_on_before_the_peer_has_acknowledged_us_in_this_life() {
    let mut b = Beside::joined();
    b.says(Body::ShutDone);
    let (first, last) = (b.core.before_first.0 + 1, b.core.sequence.0);
    for number in [0, 1, 10, first - 1, last + 1, u64::MAX] {
        b.says_aside(ack(number));
    }
    assert!(!left(&b) && !b.core.peers[&name("a")].is_proven());
    b.says_aside(ack(last));
    assert!(left(&b), "{:?}", b.events);
}

#[test]
fn an_acknowledgement_for_another_node_or_of_another_life_is_no_proof() {
    let mut b = Beside::joined();
    let mut message = Message { sequence: None, ..b.frame(0, ack(b.core.sequence.0)) };
    b.hears(message.clone());
    message.to = Some(name("c"));
    b.hears(message.clone());
    message.to = Some(name("b"));
    message.generation = Some(Generation(499));
    b.hears(message.clone());
    assert!(!b.core.peers[&name("a")].is_proven());
    message.generation = Some(Generation(500));
    b.hears(message);
    assert!(b.core.peers[&name("a")].is_proven());
}

#[test]
fn a_peer_that_was_gone_has_to_acknowledge_something_newer() {
    let mut b = Beside::joined();
    let recorded = b.core.sequence.0;
    b.says_aside(ack(recorded));
    b.pass(millis(9900));
    let said_before = b.core.sequence.0;
    b.pass(millis(200));
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 1);
    b.says(status(NodeState::Active));
    b.says_aside(ack(recorded));
    b.says_aside(ack(said_before));
    b.says(Body::ShutDone);
    assert!(!left(&b));
    b.pass(secs(1));
    b.says_aside(ack(b.core.sequence.0));
    assert!(left(&b));
}

#[test]
fn beats_go_out_faster_until_an_old_peer_has_acknowledged_one_and_never_more_than_25() {
    let mut b = Beside::joined();
    b.said.clear();
    b.pass(millis(1000));
    assert!((5..=7).contains(&b.beats().len()), "{}", b.beats().len());
    b.pass_beating(9);
    let hurried = b.beats().len();
    assert!((25..=36).contains(&hurried), "{hurried}");

    let mut b = Beside::joined();
    b.says_aside(ack(b.core.sequence.0));
    b.said.clear();
    b.pass_beating(10);
    assert_eq!(b.beats().len(), 10, "proven: one a keepalive");
}

#[test]
fn without_flow_control_two_beats_prove() {
    let plain = || Body::Status { state: NodeState::Up, deadtime_ms: None, flow_control: false, beat: None };
    let mut b = Beside::new();
    b.says(plain());
    assert!(!b.core.peers[&name("a")].is_proven());
    b.says(plain());
    assert!(b.core.peers[&name("a")].is_proven());

    let mut b = Beside::joined();
    (0..5).for_each(|_| b.says(plain()));
    assert!(!b.core.peers[&name("a")].is_proven(), "once flow control, always flow control");
}

#[test]
fn what_is_kept_until_the_proof_is_bounded_and_keeps_its_order() {
    let mut b = Beside::joined();
    (0..50).for_each(|_| b.says(Body::Starting));
    let kept: Vec<u64> = b.core.peers[&name("a")].unproven.iter().map(|m| m.sequence.unwrap().0).collect();
    assert_eq!(kept, (38..=53).collect::<Vec<_>>());
    b.says_aside(ack(b.core.sequence.0));
    assert!(b.core.peers[&name("a")].unproven.is_empty());
}

#[test]
fn acknowledgements_of_a_dead_peer_do_not_revive_a_link() {
    let mut b = Beside::joined();
    b.pass(secs(11));
    b.events.clear();
    b.says_aside(ack(b.core.sequence.0));
    assert_eq!(b.events, []);
}

#[test]
fn two_systoles_prove_themselves_by_what_they_hear() {
    let world = World::settled(&["a", "b"]);
    for (me, other) in [("a", "b"), ("b", "a")] {
        assert!(world.nodes[&name(me)].core.as_ref().unwrap().peers[&name(other)].is_proven());
    }
}

#[test]
fn a_systole_started_anew_with_its_memory_goes_on_with_the_living_one() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(1));
    assert!(world.nodes[&name("b")].peers.contains_key(&name("a")));
    world.boot("b");
    world.run(secs(10));
    assert!(world.serves("a"));
    assert_eq!(world.told("b", |e| matches!(e, Event::OldGeneration { .. })), 0);
}
