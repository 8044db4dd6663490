//! Starts: together, alone, again, with lost state.

use super::world::{World, millis, name, secs};
use crate::{Body, ClaimState, Event, Failback, Input, LinkName, Message, NodeState, Sequence, Timing};

#[test]
fn two_healthy_nodes_serve_within_two_seconds_of_hearing_each_other() {
    let mut world = World::new(&["a", "b"]);
    world.boot("a");
    world.run(secs(5));
    world.boot("b");
    let took = world.until(secs(2), "a serves", |w| w.serves("a"));
    assert!(took < millis(500), "{took:?}");
    assert_eq!(world.both, secs(0));
    assert_eq!(world.nodes[&name("b")].starts, 0);
}

#[test]
fn a_node_alone_serves_after_initdead_and_not_before() {
    let mut world = World::new(&["a", "b"]);
    world.boot("b");
    let took = world.until(secs(61), "b serves", |w| w.serves("b"));
    assert!(took >= secs(60), "{took:?}");
}

#[test]
fn leftovers_are_stopped_before_anything_is_claimed() {
    let mut world = World::new(&["a", "b"]);
    world.nodes.get_mut(&name("b")).unwrap().runs = true;
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves alone", |w| w.serves("a"));
    assert_eq!(world.nodes[&name("b")].stops, 1);
    assert_eq!(world.both, secs(0));
}

#[test]
fn a_planned_restart_of_the_home_moves_the_group_home_once() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", crate::Ask::Shutdown);
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert!(took < millis(400), "{took:?}");
    world.boot("a");
    world.until(secs(15), "a serves", |w| w.serves("a"));
    world.run(secs(300));
    assert!(world.serves("a"));
    assert_eq!((world.nodes[&name("b")].starts, world.nodes[&name("b")].stops), (1, 1));
    assert_eq!(world.both, secs(0));
    assert_eq!(world.told("b", |e| matches!(e, Event::BothHold { .. })), 0, "looking what is left is no second hold");
}

#[test]
fn a_home_that_crashes_when_its_group_is_due_waits_as_long_again() {
    // Seed 780 of the simulator: one frame of the new life had been heard, which proves no life, when the old one had
    // been there for long enough.
    for moment in (8_000..9_950).step_by(50) {
        let mut world = World::settled(&["a", "b"]);
        world.power_cut("a");
        world.until(secs(12), "b serves", |w| w.serves("b"));
        world.boot("a");
        world.run(millis(moment));
        world.power_cut("a");
        world.run(millis(20));
        world.boot("a");
        world.run(secs(9));
        assert_eq!(world.nodes[&name("b")].stops, 0, "crashed after {moment} ms");
    }
}

#[test]
fn a_holder_that_did_not_run_has_not_seen_the_home_for_long_enough() {
    // Seed 2520 of the simulator.
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("a");
    world.until(secs(12), "b serves", |w| w.serves("b"));
    world.boot("a");
    world.run(secs(3));
    world.stop_process("b", millis(8500));
    world.run(secs(6));
    world.power_cut("a");
    world.run(millis(100));
    world.boot("a");
    world.run(secs(9));
    assert_eq!(world.nodes[&name("b")].stops, 0);
}

#[test]
fn two_nodes_that_both_lost_their_lives_find_each_other() {
    let mut world = World::settled(&["a", "b"]);
    for node in ["a", "b"] {
        world.power_cut(node);
    }
    world.run(secs(30));
    for node in ["a", "b"] {
        // How far the other one was heard was kept; its own number was not.
        world.nodes.get_mut(&name(node)).unwrap().generation = 3;
    }
    world.both = secs(0);
    for node in ["a", "b"] {
        world.boot(node);
    }
    world.until(secs(10), "one serves", |w| w.serves("a"));
    world.run(secs(60));
    assert_eq!((world.both, world.here("b")), (secs(0), ClaimState::Idle));
}

#[test]
fn a_number_forged_while_its_node_was_unheard_locks_it_out_for_a_beat_or_two_only() {
    // Seed 215 of the simulator: somebody who has the key spoke in its name.
    let mut world = World::settled(&["a", "b"]);
    world.partition("a", "b", true);
    world.until(secs(12), "b serves too", |w| w.here("b") == ClaimState::Running);
    let known = world.nodes[&name("b")].core.as_ref().unwrap().peers[&name("a")].clone();
    let beat = known.beat;
    let forged = Message {
        from: name("a"),
        uuid: known.uuid,
        to: None,
        to_uuid: None,
        generation: known.generation,
        sequence: Some(Sequence(u64::MAX / 4)),
        body: Body::Status { state: NodeState::Active, deadtime_ms: None, flow_control: true, beat },
    };
    world.input("b", Input::Heard { link: LinkName("eth0".into()), message: forged });
    world.run(secs(12));
    world.partition("a", "b", false);
    let believed = |w: &World| w.nodes[&name("b")].core.as_ref().is_some_and(|core| core.peers[&name("a")].is_alive());
    world.until(secs(5), "b believes a again", believed);
    world.until(secs(5), "one holder", |w| w.holders().len() == 1);
}

#[test]
fn with_failback_off_it_stays() {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::Off);
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.power_cut("a");
    world.until(secs(11), "b serves", |w| w.serves("b"));
    world.boot("a");
    world.run(secs(300));
    assert!(world.serves("b"));
}

#[test]
fn a_node_that_lost_its_generation_steps_past_what_its_peer_knows() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(15));
    world.nodes.get_mut(&name("b")).unwrap().generation = 3;
    world.boot("b");
    world.until(secs(5), "b is heard again", |w| {
        w.told("b", |e| matches!(e, Event::GenerationRaised { .. })) == 1
            && w.told("a", |e| matches!(e, Event::PeerState { state: NodeState::Active, .. })) >= 2
    });
    assert!(world.nodes[&name("b")].remembered > 101);
    world.run(secs(30));
    assert!(world.serves("a"));
    assert_eq!(world.told("a", |e| matches!(e, Event::OldGeneration { .. })), 1);
}

#[test]
fn a_later_life_is_told_to_every_new_hands() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(15));
    world.nodes.get_mut(&name("b")).unwrap().generation = 3;
    world.boot("b");
    world
        .until(secs(5), "b has stepped past it", |w| w.told("b", |e| matches!(e, Event::GenerationRaised { .. })) == 1);
    // Hands died before it wrote.
    world.nodes.get_mut(&name("b")).unwrap().remembered = 0;
    world.input("b", crate::Input::HandsDown);
    world.input("b", crate::Input::HandsUp { found: vec![] });
    assert!(world.nodes[&name("b")].remembered > 101);
}

#[test]
fn three_nodes_start_and_only_the_first_serves() {
    let world = World::settled(&["a", "b", "c"]);
    assert!(world.serves("a"));
    assert_eq!(world.both, secs(0));
}

#[test]
fn cold_starts_under_loss_never_make_two_holders() {
    for seed in 0..300 {
        let mut world = World::new(&["a", "b", "c"]).seed(seed, 400);
        for text in ["b", "c", "a"] {
            world.boot(text);
            let pause = millis(world.random() % 700);
            world.run(pause);
        }
        world.until(secs(60), "one serves", |w| w.holders().len() == 1);
        world.run(secs(60));
        assert_eq!(world.both, secs(0), "seed {seed}");
    }
}

#[test]
fn beats_keep_their_rhythm_over_a_stall_and_are_not_made_up_for() {
    let mut world = World::new(&["a"]);
    world.boot("a");
    let start = world.now;
    world.run(secs(1));
    world.stop_process("a", millis(6_500));
    world.run(secs(10));
    let beats: Vec<u64> = world.said("a").into_iter().map(|at| at.since(start).as_millis() as u64).collect();
    let mut on_time: Vec<u64> = beats.iter().copied().filter(|at| at.is_multiple_of(2_000)).collect();
    on_time.dedup();
    assert_eq!(on_time, [0, 8_000, 10_000], "{beats:?}");
    assert!(beats.iter().filter(|at| (7_000..8_000).contains(*at)).count() <= 3, "a burst after waking: {beats:?}");
}
