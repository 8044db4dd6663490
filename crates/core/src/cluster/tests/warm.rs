//! Warm services: they run on both nodes, only the address moves, and who lacks them is not to take it.

use super::world::{KEY, World, millis, name, secs};
use crate::output::GroupChange;
use crate::{Answer, Ask, ClaimState, Event, Fitness, GroupId, Input, JobKind, Status, Warmth};
use std::time::Duration;

const WHY: &str = "apache2: its main process has ended";

fn warm_pair() -> World {
    let mut world = World::new(&["a", "b"]);
    world.warm = true;
    world.boot("a");
    world.boot("b");
    world.until(secs(3), "a serves", |w| w.serves("a"));
    world.until(secs(3), "b is ready", |w| warmth(w, "b") == Warmth::Warm);
    world
}

fn warmth(world: &World, node: &str) -> Warmth {
    world.nodes[&name(node)].core.as_ref().unwrap().groups[0].warmth
}

fn fitness(world: &World, node: &str) -> Fitness {
    world.nodes[&name(node)].core.as_ref().unwrap().fitness(0)
}

fn fails(world: &mut World, node: &str) {
    world.nodes.get_mut(&name(node)).unwrap().warm = false;
    world.input(node, Input::ResourceFailed { group: GroupId::of_key(KEY), why: WHY.into() });
}

fn changes(world: &World, node: &str, wanted: GroupChange) -> usize {
    world.told(node, |e| matches!(e, Event::Group { change, .. } if *change == wanted))
}

fn status(world: &mut World, node: &str) -> Status {
    world.ask(node, Ask::Status);
    let answers = &world.nodes[&name(node)].answers;
    match answers.last() {
        Some((_, Answer::Status(status))) => (**status).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_nodes_run_it_and_one_holds_it() {
    let mut world = warm_pair();
    world.run(secs(60));
    assert!(world.serves("a"));
    assert!(world.nodes[&name("b")].warm && world.nodes[&name("a")].warm);
    assert_eq!(world.nodes[&name("b")].starts, 0);
    let seen = status(&mut world, "a").groups[0].warm.clone().unwrap();
    assert_eq!((seen.here, seen.others), (Warmth::Warm, vec![(name("b"), true)]));
}

#[test]
fn a_move_leaves_the_services_where_they_are() {
    let mut world = warm_pair();
    world.ask("a", Ask::Standby { which: crate::Which::All });
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert!(took <= millis(100), "{took:?}");
    world.run(secs(5));
    for node in ["a", "b"] {
        let node = &world.nodes[&name(node)];
        assert!(node.warm);
        assert_eq!(node.warmed, 1, "nothing was started twice");
    }
    assert_eq!(warmth(&world, "a"), Warmth::Warm);
    assert_eq!(world.both, Duration::ZERO);
}

#[test]
fn the_dead_service_of_a_standby_is_started_again_and_counts() {
    let mut world = warm_pair();
    for _ in 0..3 {
        fails(&mut world, "b");
        assert_ne!(fitness(&world, "b"), Fitness::Fit, "until it runs again");
        world.until(secs(1), "b is ready", |w| warmth(w, "b") == Warmth::Warm);
        assert_eq!(fitness(&world, "b"), Fitness::Fit);
        world.run(secs(20));
    }
    assert_eq!(changes(&world, "b", GroupChange::Restarting), 3);
    fails(&mut world, "b");
    world.run(secs(5));
    assert_eq!((fitness(&world, "b"), warmth(&world, "b")), (Fitness::Failed, Warmth::Cold));
    assert_eq!(changes(&world, "b", GroupChange::Unfit), 1);
    let why = status(&mut world, "b").groups[0].why.clone();
    assert!(why.contains("(4 failures here within 10 min) (tried here again in"), "{why}");
    assert_eq!(status(&mut world, "a").groups[0].warm.clone().unwrap().others, [(name("b"), false)]);
    // Nobody moves it there.
    world.ask("a", Ask::Standby { which: crate::Which::All });
    world.run(secs(5));
    assert!(matches!(&world.nodes[&name("a")].answers.last().unwrap().1, Answer::Refused { .. }));
    assert!(world.serves("a"));
    // It is tried again by itself.
    world.until(secs(620), "b is ready", |w| fitness(w, "b") == Fitness::Fit);
    assert!(world.serves("a"));
}

#[test]
fn what_moves_before_its_dead_service_was_mended_leaves_nothing_that_counts_as_ready() {
    let mut world = warm_pair();
    fails(&mut world, "a");
    assert_eq!(world.here("a"), ClaimState::Starting);
    world.ask("a", Ask::Standby { which: crate::Which::All });
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.until(secs(3), "a is ready", |w| fitness(w, "a") == Fitness::Fit);
    assert!(world.nodes[&name("a")].warm, "and not for having been so once");
}

#[test]
fn a_node_whose_service_is_dead_does_not_take_what_a_silent_owner_held() {
    let mut world = warm_pair();
    world.nodes.get_mut(&name("b")).unwrap().broken = true;
    fails(&mut world, "b");
    world.run(secs(1));
    assert_eq!(fitness(&world, "b"), Fitness::Failed);
    world.power_cut("a");
    world.run(secs(9));
    assert_eq!(world.here("b"), ClaimState::Idle);
    assert_eq!(world.nodes[&name("b")].starts, 0);
    // For want of any other node it is tried again soon, the service first.
    world.nodes.get_mut(&name("b")).unwrap().broken = false;
    world.until(secs(60), "b serves", |w| w.serves("b"));
    assert_eq!(world.nodes[&name("b")].warmed, 2);
}

#[test]
fn a_service_that_dies_while_it_is_wished_for_takes_the_wish_back() {
    let mut world = warm_pair();
    world.partition("a", "b", true);
    world.run(secs(5));
    world.power_cut("a");
    world.until(secs(20), "b has it", |w| matches!(w.here("b"), ClaimState::Want | ClaimState::Starting));
    world.run(secs(2));
    assert!(world.serves("b"));
    fails(&mut world, "b");
    world.run(secs(1));
    assert!(world.serves("b"), "what is held is restarted as every service is");
}

#[test]
fn one_that_dies_while_the_group_is_given_away_is_started_before_it_is_taken_again() {
    let mut world = warm_pair();
    let started = world.nodes[&name("a")].starts;
    world.power_cut("b");
    world.run(secs(20));
    world.input("a", Input::Stalled { for_ms: 9000 });
    world.input("a", Input::Lapsed);
    assert_eq!(world.here("a"), ClaimState::Stopping);
    fails(&mut world, "a");
    world.input("a", Input::Tick);
    world.until(secs(1), "its address is off", |w| !w.nodes[&name("a")].runs);
    assert_eq!((fitness(&world, "a"), warmth(&world, "a")), (Fitness::Unable, Warmth::Warming));
    world.until(secs(30), "a serves", |w| w.serves("a"));
    let node = &world.nodes[&name("a")];
    assert_eq!((node.warmed, node.starts), (2, started + 1));
}

#[test]
fn who_leaves_stops_it_before_the_end_and_after_the_address_is_given_away() {
    let mut world = warm_pair();
    world.ask("a", Ask::Shutdown);
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.until(secs(5), "a has ended", |w| w.nodes[&name("a")].core.is_none());
    assert!(!world.nodes[&name("a")].warm);
    world.ask("b", Ask::Shutdown);
    world.until(secs(5), "b has ended", |w| w.nodes[&name("b")].core.is_none());
    assert!(!world.nodes[&name("b")].warm && !world.nodes[&name("b")].runs);
    assert_eq!(world.told("a", |e| matches!(e, Event::ShutdownDone)), 1);
}

#[test]
fn a_standby_leaves_without_its_service_and_says_what_it_could_not_stop() {
    let mut world = warm_pair();
    world.nodes.get_mut(&name("b")).unwrap().stuck = true;
    world.ask("b", Ask::Shutdown);
    world.until(secs(5), "b has ended", |w| w.nodes[&name("b")].core.is_none());
    assert_eq!(world.told("b", |e| matches!(e, Event::ShutdownIncomplete { left } if left.len() == 1)), 1);
    world.run(secs(20));
    assert!(world.serves("a"));
    // It blocks nobody: what is warm may run anywhere.
    fails(&mut world, "a");
    world.run(secs(1));
    assert!(world.serves("a"));
}

#[test]
fn a_service_that_cannot_be_started_anywhere_is_tried_with_growing_pauses() {
    let mut world = World::new(&["a", "b"]);
    world.warm = true;
    for node in ["a", "b"] {
        world.nodes.get_mut(&name(node)).unwrap().broken = true;
        world.boot(node);
    }
    world.run(secs(300));
    assert!(world.holders().is_empty());
    let tries: usize = ["a", "b"].iter().map(|n| changes(&world, n, GroupChange::Unfit)).sum();
    assert!((4..=14).contains(&tries), "{tries}");
    for node in ["a", "b"] {
        world.nodes.get_mut(&name(node)).unwrap().broken = false;
    }
    world.until(secs(620), "somebody serves", |w| w.serves("a") || w.serves("b"));
}

#[test]
fn hands_that_dies_leaves_the_service_and_its_next_one_finds_it() {
    let mut world = warm_pair();
    world.input("b", Input::HandsDown);
    assert_eq!((warmth(&world, "b"), fitness(&world, "b")), (Warmth::Unknown, Fitness::Unable));
    world.input("b", Input::HandsUp { found: vec![(GroupId::of_key(KEY), crate::Condition::Stopped)] });
    world.until(secs(1), "b is ready", |w| fitness(w, "b") == Fitness::Fit);
    world.run(secs(5));
    assert!(world.serves("a"));
}

#[test]
fn what_comes_back_by_another_hand_makes_a_standby_unfit() {
    let mut world = World::settled(&["a", "b"]);
    let why = "192.0.2.36: somebody adds it here again and again";
    world.input("b", Input::ResourceFailed { group: GroupId::of_key(KEY), why: why.into() });
    assert_eq!(fitness(&world, "b"), Fitness::Failed);
    assert!(status(&mut world, "b").groups[0].why.starts_with(why));
    world.run(secs(5));
    assert!(world.serves("a"));
    world.until(secs(620), "b may again", |w| fitness(w, "b") == Fitness::Fit);
}

#[test]
fn a_job_of_a_group_without_the_word_is_as_ever() {
    let world = World::settled(&["a", "b"]);
    let group = &world.nodes[&name("b")].core.as_ref().unwrap().groups[0];
    assert_eq!((group.stop_kind(), group.warmth), (JobKind::Stop, Warmth::Unknown));
    assert_eq!(world.nodes[&name("b")].warmed + world.nodes[&name("a")].warmed, 0);
}
