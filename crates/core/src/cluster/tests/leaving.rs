//! The end of a node: goodbyes and the beats before them, and what is said when something is left.

use super::world::{KEY, LINKS, World, name, secs};
use crate::output::GroupChange;
use crate::{Ask, ClaimState, Event, Input};

/// By the LAN come the goodbyes, by the slower serial line the beat that they need: a takeover of a dead time for nothing.
#[test]
fn a_goodbye_that_overtakes_the_last_beat_counts_when_that_has_come() {
    let mut world = World::settled(&["a", "b"]);
    world.beatless = Some(LINKS[0]);
    world.ask("a", Ask::Shutdown);
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerLeft { .. })), 1, "{took:?}");
    world.run(secs(30));
    assert!(world.serves("b"));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 0);
    assert_eq!(world.both, secs(0));
}

/// Goodbyes are said three times, each behind a beat that frees everything, and a bad network turns them all round: seed
/// 10475 of the simulator.
#[test]
fn of_several_goodbyes_that_overtake_the_last_beat_the_latest_one_counts() {
    let mut world = World::settled(&["a", "b"]);
    let a = world.nodes[&name("a")].core.as_ref().unwrap();
    let (from, generation, number) = (a.settings.me.clone(), Some(a.identity.generation), a.sequence.0);
    let b = world.nodes[&name("b")].core.as_ref().unwrap();
    let mut beat = b.peers[&name("a")].beat.as_deref().unwrap().clone();
    beat.leaving = true;
    beat.claims.iter_mut().for_each(|claim| claim.state = ClaimState::Idle);
    let last = crate::Body::Status {
        state: crate::NodeState::Active,
        deadtime_ms: None,
        flow_control: true,
        beat: Some(std::sync::Arc::new(beat)),
    };
    world.power_cut("a");
    for (ahead, body) in [(4, crate::Body::ShutDone), (2, crate::Body::ShutDone), (3, last)] {
        let sequence = Some(crate::Sequence(number + ahead));
        let message =
            crate::Message { from: from.clone(), uuid: None, to: None, to_uuid: None, generation, sequence, body };
        world.input("b", Input::Heard { link: crate::LinkName(LINKS[0].into()), message });
    }
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerLeft { .. })), 1);
}

#[test]
fn a_goodbye_while_something_is_held_frees_nothing_even_later() {
    let mut world = World::settled(&["a", "b"]);
    // The goodbye of a node that has let nothing go; what follows is that it goes on.
    let a = world.nodes[&name("a")].core.as_ref().unwrap();
    let (from, generation) = (a.settings.me.clone(), Some(a.identity.generation));
    let sequence = Some(crate::Sequence(a.sequence.0 + 1));
    let body = crate::Body::ShutDone;
    let message = crate::Message { from, uuid: None, to: None, to_uuid: None, generation, sequence, body };
    world.input("b", Input::Heard { link: crate::LinkName(LINKS[0].into()), message });
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerLeft { .. })), 0);
}

#[test]
fn a_shutdown_after_a_failed_stop_says_what_is_left_and_nobody_starts_it() {
    let mut world = World::settled(&["a", "b"]);
    world.nodes.get_mut(&name("a")).unwrap().stuck = true;
    world.ask("a", Ask::Shutdown);
    world.until(secs(2), "a ends", |w| w.nodes[&name("a")].core.is_none());
    let told = |w: &World, event: &Event| w.told("a", |e| e == event);
    assert_eq!(told(&world, &Event::ShutdownIncomplete { left: vec![KEY.into()] }), 1);
    assert_eq!(told(&world, &Event::ShutdownDone), 0);
    world.run(secs(60));
    assert_eq!(world.here("b"), ClaimState::Want);
    assert_eq!(world.nodes[&name("b")].starts, 0);
}

#[test]
fn a_stop_that_hands_repeats_keeps_its_reason() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", Ask::Standby { which: crate::Which::All });
    assert_eq!(world.here("a"), ClaimState::Stopping);
    world.input("a", Input::HandsDown);
    let found = vec![(crate::GroupId::of_key(KEY), crate::Condition::Partial)];
    world.input("a", Input::HandsUp { found });
    let released = |e: &Event| match e {
        Event::Group { change: GroupChange::Releasing, why, .. } => why == "asked for by the operator, to b",
        _ => false,
    };
    assert_eq!(world.told("a", released), 2);
    world.until(secs(2), "b serves", |w| w.serves("b"));
}
