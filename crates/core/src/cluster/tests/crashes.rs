//! Nodes that crash with a group and are back before anybody can know that they were dead.

use super::world::{World, millis, name, secs};
use crate::{Ask, ClaimState, Event, Failback, Timing};

fn settled(failback: Failback) -> World {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, failback);
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.run(secs(30));
    world
}

/// The owner is off for five seconds.
fn crash(world: &mut World, node: &str) {
    world.power_cut(node);
    world.run(secs(5));
    world.boot(node);
}

fn held_down(world: &World, node: &str) -> Vec<u64> {
    let events = world.nodes[&name(node)].events.iter();
    events.filter_map(|(_, e)| if let Event::HeldDown { for_ms, .. } = e { Some(*for_ms) } else { None }).collect()
}

#[test]
fn with_failback_off_the_other_node_takes_it_at_once_and_keeps_it() {
    let mut world = settled(Failback::Off);
    crash(&mut world, "a");
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert!(took < millis(500), "{took:?}");
    world.run(secs(300));
    assert!(world.serves("b"));
    assert_eq!((world.both, world.nodes[&name("a")].starts), (secs(0), 1));
    // The other way round it is the same.
    crash(&mut world, "b");
    world.until(secs(1), "a serves", |w| w.serves("a"));
    world.run(secs(300));
    assert!(world.serves("a"));
    assert_eq!(world.both, secs(0));
}

#[test]
fn after_one_crash_the_home_has_its_group_again() {
    let mut world = settled(Failback::On);
    crash(&mut world, "a");
    world.until(secs(1), "a serves", |w| w.serves("a"));
    world.run(secs(60));
    assert_eq!((world.serves("a"), world.nodes[&name("b")].starts), (true, 0));
    assert_eq!(held_down(&world, "b"), []);
}

#[test]
fn a_home_that_crashes_again_and_again_waits_longer_each_time() {
    let mut world = settled(Failback::On);
    crash(&mut world, "a");
    world.until(secs(1), "a serves", |w| w.serves("a"));
    for pause in [20, 40, 80, 160, 320, 640, 640] {
        world.run(secs(5));
        crash(&mut world, "a");
        world.until(secs(1), "b serves", |w| w.serves("b"));
        world.run(secs(pause - 2));
        assert!(world.serves("b"), "before {pause} s");
        world.until(secs(6), "a serves", |w| w.serves("a"));
    }
    assert_eq!(held_down(&world, "b"), [20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 640_000]);
    assert_eq!(world.both, secs(0));
    // After a long quiet time the first crash is a first one again.
    world.run(secs(1300));
    crash(&mut world, "a");
    world.until(secs(1), "a serves", |w| w.serves("a"));
}

#[test]
fn a_crash_that_was_answered_by_a_takeover_counts_too() {
    let mut world = settled(Failback::On);
    for _ in 0..2 {
        world.power_cut("a");
        world.until(secs(12), "b serves", |w| w.serves("b"));
        world.boot("a");
        world.until(secs(30), "a serves", |w| w.serves("a"));
    }
    assert_eq!(held_down(&world, "b"), [20_000]);
}

#[test]
fn cleanup_and_takeover_end_the_pause() {
    let mut world = settled(Failback::On);
    for _ in 0..4 {
        crash(&mut world, "a");
        world.run(secs(1));
        world.ask("a", Ask::Takeover { which: crate::Which::All });
        world.until(secs(2), "a serves", |w| w.serves("a"));
    }
    crash(&mut world, "a");
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.ask("b", Ask::Cleanup { group: None });
    world.until(secs(14), "a serves", |w| w.serves("a"));
    assert_eq!(world.both, secs(0));
}

#[test]
fn a_home_is_not_held_down_where_nobody_else_can_serve() {
    let mut world = settled(Failback::On);
    world.carrier("b", false);
    for _ in 0..3 {
        crash(&mut world, "a");
        world.until(secs(1), "a serves", |w| w.serves("a"));
        world.run(secs(5));
    }
    world.run(secs(60));
    assert!(world.serves("a"));
}

#[test]
fn files_that_name_each_other_as_home_still_give_one_owner() {
    for first in ["a", "b"] {
        let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
        let mut world = World::with(&["a", "b"], timing, Failback::On);
        world.crosswise = true;
        world.boot(first);
        world.run(millis(700));
        world.boot(if first == "a" { "b" } else { "a" });
        world.until(secs(3), "one serves", |w| w.serves("a") || w.serves("b"));
        let owner = if world.serves("a") { "a" } else { "b" };
        world.run(secs(60));
        assert!(world.serves(owner));
        assert_eq!(world.both, secs(0));
        let other = if owner == "a" { "b" } else { "a" };
        assert_eq!(world.here(other), ClaimState::Idle);
        assert!(world.said(other).len() < 60, "no circle of wishes: {}", world.said(other).len());
        world.power_cut(owner);
        world.until(secs(12), "the other one serves", |w| w.serves(other));
    }
}

#[test]
fn a_heart_that_dies_again_and_again_waits_longer_although_hands_speaks_for_it() {
    let mut world = settled(Failback::On);
    for crashes in 1..4 {
        let words = world.nodes[&name("a")].core.as_ref().unwrap().last_words();
        world.power_cut("a");
        words.iter().for_each(|message| world.send(&name("a"), message));
        world.until(secs(1), "b serves", |w| w.serves("b"));
        world.run(secs(5));
        world.boot("a");
        world.until(secs(100), "a serves again", |w| w.serves("a"));
        assert_eq!(held_down(&world, "b").len(), crashes - 1, "the first one costs nothing more");
    }
    assert_eq!(held_down(&world, "b"), [20_000, 40_000]);
    assert_eq!(world.both, secs(0));
}

#[test]
fn who_leaves_in_good_order_waits_no_longer_than_ever() {
    let mut world = settled(Failback::On);
    for _ in 0..3 {
        world.ask("a", Ask::Shutdown);
        world.until(secs(5), "b serves", |w| w.serves("b"));
        world.run(secs(5));
        world.boot("a");
        world.until(secs(20), "a serves again", |w| w.serves("a"));
    }
    assert_eq!(held_down(&world, "b"), []);
}
