//! Lives that begin, and frames that only claim so (reference/SECURITY F6, F7, T-hijack).

use super::beside::{Beside, OURS, status};
use crate::cluster::Identity;
use crate::cluster::tests::world::{World, millis, name, secs};
use crate::{Beat, Body, Event, Generation, Hears, Input, LinkName, Message, NodeState, Sequence};

fn active() -> Body {
    status(NodeState::Active)
}

fn of_life(b: &Beside, generation: u64, number: u64, body: Body) -> Message {
    let mut message = b.frame(number, body);
    message.generation = Some(Generation(generation));
    message
}

/// What the core takes for the peer's present life and number.
fn known(b: &Beside) -> (u64, u64) {
    let peer = &b.core.peers[&name("a")];
    (peer.generation.unwrap().0, peer.series.last().0)
}

#[test]
fn one_frame_far_ahead_does_not_lock_the_owner_out() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    b.hears(b.frame(b.number + 501, active()));
    b.pass_beating(20);
    assert_eq!(known(&b), (500, b.number));
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. } | Event::LateBeat { .. } | Event::PacketsLost { .. })), 0);
}

#[test]
fn frames_of_a_life_to_come_do_not_lock_the_owner_out_and_do_not_speak_for_it() {
    let mut b = Beside::joined();
    for n in 0..20 {
        b.hears(of_life(&b, 1500, 2 * n + 1, status(NodeState::Init)));
        b.hears(of_life(&b, 1500, 2 * n + 2, Body::ShutDone));
        b.pass_beating(1);
    }
    assert_eq!(known(&b), (500, b.number));
    assert_eq!(b.core.peers[&name("a")].state, NodeState::Active);
    assert_eq!(b.told(|e| matches!(e, Event::PeerLeft { .. } | Event::PeerRestarted { .. })), 0);
}

#[test]
fn a_quick_restart_is_recognised_after_one_and_a_half_keepalives_with_all_it_said() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    b.answers();
    (b.generation, b.number) = (501, 0);
    b.pass(millis(300));
    b.says(status(NodeState::Init));
    b.says(status(NodeState::Up));
    let mut question = b.frame(3, Body::ReqNodes);
    question.to = Some(name("b"));
    b.hears(question);
    assert_eq!(b.answers(), []);
    b.pass(millis(1199));
    assert_eq!(known(&b).0, 500);
    b.pass(millis(1));
    assert_eq!(known(&b), (501, 3));
    // Its silence made us ask as well.
    assert!(matches!(b.answers()[..], [Body::ReqNodes, .., Body::RepNodes { .. }] | [Body::RepNodes { .. }, ..]));
    assert_eq!(b.events.last(), Some(&Event::PeerState { node: name("a"), state: NodeState::Up }));
    assert_eq!(b.told(|e| matches!(e, Event::PeerRestarted { .. })), 1);
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 0);
}

#[test]
fn while_this_node_did_not_run_the_known_life_was_not_silent() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    let next = b.number + 1;
    b.now = b.now + secs(3);
    b.input(Input::Stalled { for_ms: 3000 });
    // What waited begins with the words of somebody else.
    b.hears(of_life(&b, 1500, 1, active()));
    b.hears(of_life(&b, 1500, 2, active()));
    b.hears(b.frame(next, active()));
    b.input(Input::Tick);
    assert_eq!(known(&b), (500, next));
}

#[test]
fn a_restarting_node_hears_us_at_once() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    b.pass(millis(300));
    b.said.clear();
    b.generation = 501;
    b.hears(b.frame(1, status(NodeState::Init)));
    assert_eq!(b.beats().len(), 1);
    (2..50).for_each(|n| b.hears(b.frame(n, active())));
    assert_eq!(b.beats().len(), 1, "a flood of doubtful frames is no flood of beats");
}

#[test]
fn one_frame_alone_opens_no_life_of_a_living_peer_but_shows_that_a_silent_one_is_not_dead() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    b.hears(of_life(&b, 501, 1, active()));
    b.pass(secs(9));
    assert_eq!(known(&b).0, 500);
    b.pass(secs(2));
    assert_eq!(known(&b).0, 501);
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 0);
    b.pass(secs(9));
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 1, "that life is silent too");
}

/// Seed 8128 of the simulator: it was called dead, and alive at the same moment.
#[test]
fn one_frame_far_ahead_shows_too_that_a_silent_peer_is_not_dead() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    let ahead = b.number + 501;
    b.hears(b.frame(ahead, active()));
    b.pass(secs(11));
    assert_eq!(known(&b), (500, ahead));
    assert_eq!(b.told(|e| matches!(e, Event::PeerDead { .. })), 0);
}

#[test]
fn of_a_peer_that_is_gone_a_new_life_is_believed_at_once() {
    let mut b = Beside::joined();
    b.pass(secs(11));
    (b.generation, b.number) = (501, 0);
    b.says(status(NodeState::Init));
    assert_eq!(known(&b), (501, 1));
    assert!(b.core.peers[&name("a")].is_alive());
}

#[test]
fn only_a_status_opens_a_life_and_what_came_before_it_is_not_lost() {
    let mut b = Beside::new();
    let mut question = b.frame(1, Body::ReqNodes);
    question.to = Some(name("b"));
    b.hears(question);
    assert!(!b.core.peers[&name("a")].is_alive());
    b.hears(b.frame(2, status(NodeState::Up)));
    assert_eq!(known(&b), (500, 2));
}

#[test]
fn what_waits_is_bounded_and_opens_no_life_without_a_status() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    b.generation = 501;
    for n in 1..=100 {
        b.hears(b.frame(n, if n == 1 { active() } else { Body::Starting }));
    }
    b.pass(secs(2));
    assert_eq!(known(&b).0, 500, "sixteen messages, and no status among them any more");
    b.hears(b.frame(101, active()));
    assert_eq!(known(&b), (501, 101));
    assert!(b.core.peers[&name("a")].candidate.is_none());
}

#[test]
fn beats_make_room_for_what_carries_something() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    (b.generation, b.number) = (501, 0);
    let mut question = b.frame(1, Body::ReqNodes);
    question.to = Some(name("b"));
    b.hears(question);
    (2..=40).for_each(|n| b.hears(b.frame(n, active())));
    b.answers();
    b.pass(secs(2));
    assert_eq!(known(&b), (501, 40));
    let answers = b.answers();
    assert!(answers.iter().any(|a| matches!(a, Body::RepNodes { .. })), "{answers:?}");
    assert!(answers.contains(&Body::Rexmit { first: Sequence(2), last: Sequence(2) }), "{answers:?}");
}

/// Both went on serving for a keepalive or two after the machine of one of them had stood still.
#[test]
fn after_a_stall_a_number_far_ahead_is_no_wonder_where_nothing_waited() {
    let mut b = Beside::joined();
    b.pass_beating(5);
    b.pass(millis(100));
    b.input(Input::Stalled { for_ms: 19_000 });
    b.input(Input::Tick);
    b.number += 600;
    b.says(active());
    assert_eq!(known(&b), (500, b.number));
    b.hears(b.frame(b.number + 501, active()));
    assert_eq!(known(&b), (500, b.number), "only the first one after it");
    // What waited through the stall goes on where it was.
    b.pass(millis(100));
    b.input(Input::Stalled { for_ms: 19_000 });
    b.hears(b.frame(b.number + 501, active()));
    b.says(active());
    b.input(Input::Tick);
    assert_eq!(known(&b), (500, b.number));
}

/// A number far ahead was believed in the end, and its links were as new.
#[test]
fn a_jump_within_a_life_makes_nothing_news_that_its_links_have_brought() {
    let mut b = Beside::joined();
    b.pass_beating(3);
    b.input(Input::Heard { link: LinkName("/dev/ttyS0".into()), message: b.frame(b.number + 9000, active()) });
    b.pass(secs(11));
    assert_eq!(known(&b), (500, b.number + 9000));
    b.events.clear();
    b.hears(b.frame(b.number, active()));
    assert_eq!(b.told(|e| matches!(e, Event::LinkUp { .. })), 0);
}

/// Only the link that was the first to bring it was noted, and the other one died a moment later.
#[test]
fn every_link_that_brings_a_doubtful_frame_is_seen_when_it_is_believed() {
    let mut b = Beside::joined();
    let serial = || LinkName("/dev/ttyS0".into());
    b.input(Input::Heard { link: serial(), message: b.frame(b.number, active()) });
    b.pass_beating(3);
    let number = b.number + 2000;
    // More than are kept: how far the link was used counts also for those that are dropped.
    for number in number..number + 40 {
        b.hears(b.frame(number, active()));
        b.input(Input::Heard { link: serial(), message: b.frame(number, active()) });
    }
    b.pass(secs(2));
    b.number = number + 39;
    assert_eq!(known(&b), (500, b.number));
    (number..b.number).for_each(|n| b.input(Input::Heard { link: serial(), message: b.frame(n, active()) }));
    b.pass_beating(9);
    let dead = |e: &Event| matches!(e, Event::LinkDead { .. });
    assert_eq!(b.told(dead), 0, "ten seconds have not passed since it was believed");
    b.pass_beating(1);
    assert_eq!(b.told(dead), 1);
}

#[test]
fn a_systole_that_is_started_anew_at_once_is_heard_before_deadtime() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.boot("b");
    let took = world
        .until(secs(6), "a knows the new life", |w| w.told("a", |e| matches!(e, Event::PeerRestarted { .. })) == 1);
    assert!(took <= millis(3001), "{took:?}");
    world.run(secs(30));
    assert!(world.serves("a"));
    assert_eq!(world.told("a", |e| matches!(e, Event::PeerDead { .. })), 0);
}

/// Found by fuzzing: the same numbers were said anew within the last life of all.
#[test]
fn behind_the_last_life_of_all_no_number_is_said_twice() {
    let mut b = Beside::with(Identity { uuid: OURS, generation: Generation(u64::MAX), known: vec![] });
    let hears = Hears { node: name("b"), generation: Generation(u64::MAX), sequence: Sequence(u64::MAX) };
    let beat = Beat {
        version: 1,
        configuration: 7,
        stalled_ms: 0,
        leaving: false,
        pings: None,
        hears: vec![hears],
        claims: vec![],
    };
    for _ in 0..3 {
        b.says(Body::Status {
            state: NodeState::Active,
            deadtime_ms: None,
            flow_control: true,
            beat: Some(std::sync::Arc::new(beat.clone())),
        });
        b.pass(secs(1));
    }
    let numbers: Vec<_> = b.said.iter().filter_map(|(_, message)| message.sequence).collect();
    assert!(numbers.len() > 3 && numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert_eq!(b.told(|e| matches!(e, Event::GenerationRaised { .. })), 0);
}
