//! Failures: power, cables, stalls, splits, starts that fail.

use super::world::{KEY, LINKS, World, millis, name, secs};
use crate::{Ask, ClaimState, Event, Failback, GroupId, Input, Timing, Which};

#[test]
fn power_cut_is_answered_at_deadtime() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("a");
    let took = world.until(secs(11), "b serves", |w| w.serves("b"));
    assert!(took > secs(7) && took <= secs(10) + millis(300), "{took:?}");
    world.boot("a");
    world.until(secs(20), "a serves again", |w| w.serves("a"));
    world.run(secs(100));
    assert_eq!(world.both, secs(0));
    assert_eq!(world.nodes[&name("b")].starts, 1);
}

/// Heart of a dies; hands releases everything and says what it was left with.
fn dies_with_last_words(world: &mut World, ahead: usize) {
    let words = world.nodes[&name("a")].core.as_ref().unwrap().last_words();
    world.power_cut("a");
    for message in words.iter().skip(ahead) {
        world.send(&name("a"), message);
    }
}

#[test]
fn the_last_words_of_a_dead_heart_spare_the_dead_time() {
    for lost in [0, 2, 4] {
        let mut world = World::settled(&["a", "b"]);
        dies_with_last_words(&mut world, lost);
        let took = world.until(secs(1), "b serves", |w| w.serves("b"));
        assert!(took < millis(500), "{took:?}");
        assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 0);
        world.boot("a");
        world.until(secs(20), "a serves again", |w| w.serves("a"));
        assert_eq!(world.both, secs(0));
    }
}

#[test]
fn last_words_without_the_beat_free_nothing_and_those_of_an_older_life_neither() {
    let mut world = World::settled(&["a", "b"]);
    let old = world.nodes[&name("a")].core.as_ref().unwrap().last_words();
    dies_with_last_words(&mut world, 5);
    let took = world.until(secs(11), "b serves", |w| w.serves("b"));
    assert!(took > secs(7), "a goodbye alone is not believed: {took:?}");
    world.boot("a");
    world.until(secs(20), "a serves again", |w| w.serves("a"));
    for message in &old {
        world.send(&name("a"), message);
    }
    world.run(secs(30));
    assert!(world.serves("a"), "a recording of an older life moves nothing");
    assert_eq!(world.nodes[&name("b")].starts, 1);
}

#[test]
fn a_pulled_cable_hands_over_at_once_and_its_return_moves_home_once() {
    let mut world = World::settled(&["a", "b"]);
    world.carrier("a", false);
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert!(took < millis(500), "{took:?}");
    world.run(secs(60));
    assert!(world.serves("b"));
    world.nobody = secs(0);
    world.carrier("a", true);
    world.run(secs(9));
    assert_eq!(world.nobody, secs(0), "the plugged-back cable costs nothing");
    assert!(world.serves("b"));
    world.until(secs(10), "a serves", |w| w.serves("a"));
    assert_eq!(world.both, secs(0));
}

#[test]
fn a_home_that_falls_silent_again_before_it_is_due_gets_nothing() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("a");
    world.until(secs(11), "b serves", |w| w.serves("b"));
    world.boot("a");
    world.run(secs(9));
    world.nobody = secs(0);
    world.power_cut("a");
    world.run(secs(60));
    assert!(world.serves("b"));
    assert_eq!(world.nobody, secs(0), "nothing is released to a home that is not heard");
}

#[test]
fn both_cables_pulled_moves_nothing() {
    let mut world = World::settled(&["a", "b"]);
    world.carrier("b", false);
    world.run(secs(5));
    world.carrier("a", false);
    world.run(secs(60));
    assert!(world.serves("a"));
}

#[test]
fn a_stopped_monitor_does_not_declare_its_healthy_peer_dead() {
    let mut world = World::settled(&["a", "b"]);
    world.stop_process("b", secs(15));
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 0);
    assert_eq!(world.told("b", |e| matches!(e, Event::Stalled { .. })), 1);
}

/// Its beat would say that the group runs, and the kernel has taken the address away. Found by seeds of the simulator.
#[test]
fn after_a_stall_nothing_is_said_before_it_is_known_that_the_address_expired() {
    let mut world = World::settled(&["a", "b"]);
    let before = world.said("a").len();
    world.now = world.now + secs(12);
    world.input("a", Input::Stalled { for_ms: 11_000 });
    assert_eq!(world.said("a").len(), before);
    world.input("a", Input::Lapsed);
    assert_eq!(world.here("a"), ClaimState::Stopping);
    assert_eq!(world.said("a").len(), before);
    world.input("a", Input::Tick);
    assert_eq!(world.said("a").len(), before + 1);
}

#[test]
fn a_stopped_owner_that_was_replaced_lets_go_when_it_wakes() {
    let mut world = World::settled(&["a", "b"]);
    world.stop_process("a", secs(30));
    world.until(secs(12), "b took over", |w| w.here("b") == ClaimState::Running);
    world.run(secs(20));
    let both = world.both;
    world.until(secs(5), "b serves alone", |w| w.serves("b"));
    assert_eq!(world.nodes[&name("b")].stops, 0);
    world.until(secs(1), "the winner announces after the loser has let go", |w| w.announced == 1);
    assert!(both > secs(0));
}

#[test]
fn a_healed_split_has_one_loser_and_the_winner_is_untouched() {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::Off);
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.partition("a", "b", true);
    world.until(secs(12), "both hold", |w| w.holders().len() == 2);
    world.run(secs(30));
    let starts = world.nodes[&name("b")].starts;
    world.partition("a", "b", false);
    world.until(secs(3), "one serves", |w| w.serves("b"));
    world.run(secs(60));
    assert!(world.serves("b"));
    assert_eq!((world.nodes[&name("b")].starts, world.nodes[&name("b")].stops), (starts, 0));
    assert_eq!(world.nodes[&name("a")].stops, 1);
    assert_eq!(world.announced, 1);
}

#[test]
fn a_start_that_fails_goes_to_the_peer_and_does_not_wander() {
    let mut world = World::new(&["a", "b"]);
    world.nodes.get_mut(&name("a")).unwrap().broken = true;
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "b serves", |w| w.serves("b"));
    world.run(secs(300));
    assert!(world.serves("b"));
    assert_eq!(world.nodes[&name("b")].starts, 1);
    assert_eq!(world.told("a", |e| matches!(e, Event::Group { change: crate::output::GroupChange::Failed, .. })), 1);
    assert_eq!(world.both, secs(0));
}

#[test]
fn after_a_cleanup_a_group_that_failed_everywhere_is_tried_at_once() {
    let mut world = World::new(&["a", "b"]);
    for n in ["a", "b"] {
        world.nodes.get_mut(&name(n)).unwrap().broken = true;
    }
    world.boot("a");
    world.boot("b");
    world.run(secs(5));
    assert!(world.holders().is_empty());
    let failures =
        |w: &World, n| w.told(n, |e| matches!(e, Event::Group { change: crate::output::GroupChange::Failed, .. }));
    assert_eq!((failures(&world, "a"), failures(&world, "b")), (1, 1));
    world.nodes.get_mut(&name("b")).unwrap().broken = false;
    world.ask("b", Ask::Cleanup { group: None });
    world.until(secs(2), "b serves", |w| w.serves("b"));
}

#[test]
fn a_failed_stop_keeps_the_peer_from_starting() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", Ask::Standby { which: crate::Which::All });
    let group = GroupId::of_key(KEY);
    let id = crate::JobId(1);
    world.input("a", Input::JobDone { id, group, outcome: crate::Outcome::Stuck { why: "umount: busy".into() } });
    world.run(secs(5));
    assert_eq!(world.here("a"), ClaimState::Blocked);
    world.power_cut("a");
    world.run(secs(60));
    assert!(world.holders().is_empty(), "nobody proved that nothing is left");
    assert_eq!(world.told("b", |e| matches!(e, Event::Group { change: crate::output::GroupChange::Refused, .. })), 1);
}

#[test]
fn a_group_does_not_go_home_where_an_old_stop_of_it_failed() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("a");
    world.until(secs(12), "b serves", |w| w.serves("b"));
    world.nodes.get_mut(&name("a")).unwrap().runs = true;
    world.boot("a");
    let outcome = crate::Outcome::Stuck { why: "umount: busy".into() };
    world.input("a", Input::JobDone { id: crate::JobId(0), group: GroupId::of_key(KEY), outcome });
    assert_eq!(world.here("a"), ClaimState::Blocked);
    world.run(secs(120));
    assert_eq!((world.here("b"), world.nodes[&name("b")].stops), (ClaimState::Running, 0));
}

#[test]
fn what_a_node_could_not_stop_counts_until_its_new_life_is_proven() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", Ask::Standby { which: crate::Which::All });
    let outcome = crate::Outcome::Stuck { why: "umount: busy".into() };
    world.input("a", Input::JobDone { id: crate::JobId(1), group: GroupId::of_key(KEY), outcome });
    world.run(secs(5));
    // A recording cannot hear either.
    for link in LINKS {
        world.cut.insert((name("b"), name("a"), link.to_owned()));
    }
    world.power_cut("a");
    world.run(secs(20));
    world.boot("a");
    world.run(secs(5));
    world.power_cut("a");
    world.run(secs(60));
    assert_eq!(world.nodes[&name("b")].starts, 0, "nobody proved that nothing is left");
}

#[test]
fn nothing_is_given_to_a_node_that_has_not_shown_that_it_hears() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(20));
    for link in LINKS {
        world.cut.insert((name("a"), name("b"), link.to_owned()));
    }
    world.boot("b");
    world.run(secs(3));
    world.ask("a", Ask::Standby { which: crate::Which::All });
    world.run(secs(2));
    assert!(world.serves("a"), "a node that hears nothing takes nothing");
}

#[test]
fn hands_may_die_and_come_back_without_a_move() {
    let mut world = World::settled(&["a", "b"]);
    world.input("a", Input::HandsDown);
    world.run(secs(1));
    let found = vec![(GroupId::of_key(KEY), crate::Condition::Running)];
    world.input("a", Input::HandsUp { found });
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!((world.nodes[&name("a")].starts, world.nodes[&name("a")].stops), (1, 0));
}

#[test]
fn with_three_nodes_silence_alone_is_no_ground() {
    let mut world = World::settled(&["a", "b", "c"]);
    world.power_cut("a");
    world.run(secs(60));
    assert!(world.holders().is_empty());
    assert_eq!(world.told("b", |e| matches!(e, Event::Group { change: crate::output::GroupChange::Refused, .. })), 1);
}

#[test]
fn loss_alone_moves_nothing_and_never_makes_two_holders() {
    for seed in 0..100 {
        let mut world = World::new(&["a", "b"]).seed(seed, 200);
        world.boot("a");
        world.boot("b");
        world.until(secs(30), "a serves", |w| w.serves("a"));
        world.run(secs(600));
        assert!(world.serves("a"), "seed {seed}");
        assert_eq!(world.both, secs(0), "seed {seed}");
    }
}

/// The giver took it back from a node that did not answer, and the words that say so were lost: found by a seed of the
/// simulator.
#[test]
fn a_release_that_waited_through_a_stall_is_asked_about_before_it_is_used() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", Ask::Standby { which: Which::All });
    let stopped = world.now;
    world.stop_process("b", secs(13));
    world.until(secs(2), "a released it", |w| w.here("a") == ClaimState::Idle);
    world.run(secs(2));
    world.partition("a", "b", true);
    world.until(secs(12), "a took it back", |w| w.here("a") == ClaimState::Running);
    world.run(secs(13) - world.now.since(stopped) - millis(10));
    world.partition("a", "b", false);
    world.until(secs(13), "b runs again", |w| w.told("b", |e| matches!(e, Event::Stalled { .. })) == 1);
    world.run(secs(60));
    assert_eq!(world.both, secs(0));
}

/// The same with a peer that left, came back unheard, and took the group because nobody answered.
#[test]
fn a_goodbye_that_waited_through_a_stall_frees_nothing_at_once() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("b", Ask::Shutdown);
    world.until(secs(5), "b left", |w| w.told("a", |e| matches!(e, Event::PeerLeft { .. })) == 1);
    world.boot("b");
    world.until(secs(20), "both there", |w| {
        w.told("a", |e| matches!(e, Event::PeerReturned { .. } | Event::PeerRestarted { .. })) > 0
    });
    world.run(secs(20));
    world.stop_process("b", secs(200));
    world.ask("a", Ask::Shutdown);
    world.run(secs(5));
    world.partition("a", "b", true);
    world.boot("a");
    world.until(secs(150), "a serves alone", |w| w.serves("a"));
    world.until(secs(200), "b runs again", |w| w.told("b", |e| matches!(e, Event::Stalled { .. })) == 1);
    world.partition("a", "b", false);
    world.run(secs(60));
    assert_eq!(world.both, secs(0));
}

/// A node that was replaced while it slept learns at once that the other one is in another life: two holders that hear
/// each other are one within half a second. Found by a seed of the simulator.
#[test]
fn a_new_life_that_began_during_a_stall_is_believed_at_its_end() {
    let mut world = World::settled(&["a", "b"]);
    world.stop_process("a", secs(8));
    world.power_cut("b");
    world.boot("b");
    world.until(secs(9), "a runs again", |w| w.told("a", |e| matches!(e, Event::Stalled { .. })) == 1);
    world.run(secs(1));
    // b has heard a now, and takes over with the later claim.
    world.stop_process("a", secs(30));
    world.until(secs(30), "b took over", |w| w.here("b") == ClaimState::Running);
    world.until(secs(30), "a runs again", |w| w.told("a", |e| matches!(e, Event::Stalled { .. })) == 2);
    world.until(millis(500), "a lets go", |w| w.holders() == ["b"]);
}
