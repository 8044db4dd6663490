//! Services that fail while they run: restarted here, then moved, then left and tried again with growing pauses.

use super::world::{KEY, World, millis, name, secs};
use crate::output::GroupChange;
use crate::{Ask, ClaimState, Event, Failback, GroupId, Input, Moment, Timing};
use std::time::Duration;

const WHY: &str = "apache2: its main process has ended";

fn fails(world: &mut World, node: &str) {
    world.input(node, Input::ResourceFailed { group: GroupId::of_key(KEY), why: WHY.into() });
}

fn changes(world: &World, node: &str, wanted: GroupChange) -> usize {
    world.told(node, |e| matches!(e, Event::Group { change, .. } if *change == wanted))
}

/// Lets the service fail on the node as soon as it runs there, until it does not run there any more.
fn dies_as_long_as_it_runs_on(world: &mut World, node: &str) {
    for _ in 0..20 {
        if world.here(node) == ClaimState::Running {
            fails(world, node);
        }
        world.run(millis(100));
        if !matches!(world.here(node), ClaimState::Running | ClaimState::Starting) {
            return;
        }
    }
    panic!("it is restarted for ever");
}

fn whys(world: &World, node: &str, wanted: GroupChange) -> Vec<(Moment, String)> {
    let told = world.nodes[&name(node)].events.iter();
    let of = |(at, event): &(Moment, Event)| match event {
        Event::Group { change, why, .. } if *change == wanted => Some((*at, why.clone())),
        _ => None,
    };
    told.filter_map(of).collect()
}

#[test]
fn a_service_that_dies_is_started_again_where_it_is() {
    let mut world = World::settled(&["a", "b"]);
    fails(&mut world, "a");
    assert_eq!(world.here("a"), ClaimState::Starting);
    // What is reported meanwhile is mended by the same start.
    fails(&mut world, "a");
    let took = world.until(secs(1), "a serves", |w| w.here("a") == ClaimState::Running);
    assert!(took <= millis(50), "{took:?}");
    assert_eq!(changes(&world, "a", GroupChange::Restarting), 1);
    assert_eq!(whys(&world, "a", GroupChange::Restarting)[0].1, format!("{WHY}; restart 1 of 3 within 10 min"));
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.nodes[&name("a")].stops + world.nodes[&name("b")].starts, 0);
}

#[test]
fn failures_that_are_far_apart_never_move_anything() {
    let mut world = World::settled(&["a", "b"]);
    for _ in 0..50 {
        fails(&mut world, "a");
        world.run(secs(250));
        assert!(world.serves("a"));
    }
    assert_eq!(changes(&world, "a", GroupChange::Restarting), 50);
    assert_eq!(world.nodes[&name("b")].starts, 0);
}

#[test]
fn the_fourth_failure_within_ten_minutes_moves_it_and_it_comes_home_when_that_has_aged() {
    let mut world = World::settled(&["a", "b"]);
    for _ in 0..3 {
        fails(&mut world, "a");
        world.run(secs(20));
        assert!(world.serves("a"));
    }
    fails(&mut world, "a");
    world.until(secs(1), "b serves", |w| w.serves("b"));
    let moved = world.now;
    let why = &whys(&world, "a", GroupChange::Releasing)[0].1;
    assert_eq!(*why, format!("{WHY} (4 failures here within 10 min), to b"));
    world.until(secs(700), "it is home again", |w| w.serves("a"));
    let away = world.now.since(moved);
    assert!(away >= secs(600) && away < secs(620), "{away:?}");
    // It has failed there before, so it stays away for twice as long the next time.
    dies_as_long_as_it_runs_on(&mut world, "a");
    let moved = world.now;
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.until(secs(1300), "it is home again", |w| w.serves("a"));
    assert!(world.now.since(moved) >= secs(1195));
    assert_eq!(world.both, Duration::ZERO);
}

#[test]
fn without_failback_it_stays_where_it_went() {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::Off);
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    dies_as_long_as_it_runs_on(&mut world, "a");
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.run(secs(3000));
    assert!(world.serves("b"));
    assert_eq!((world.nodes[&name("b")].starts, world.nodes[&name("b")].stops), (1, 0));
    assert_eq!(changes(&world, "a", GroupChange::Retried), 1, "after a while it is a good standby again");
}

#[test]
fn what_fails_on_both_stops_there_and_is_tried_again_with_growing_pauses() {
    let mut world = World::settled(&["a", "b"]);
    dies_as_long_as_it_runs_on(&mut world, "a");
    world.until(secs(1), "b runs it", |w| w.here("b") == ClaimState::Running);
    dies_as_long_as_it_runs_on(&mut world, "b");
    world.run(secs(1));
    assert!(world.holders().is_empty());
    let why = &whys(&world, "b", GroupChange::Releasing)[0].1;
    assert!(why.ends_with("no other node can take it, so it stops here"), "{why}");
    // Whoever tries it fails again, for an hour.
    let mut tries: Vec<(Moment, &str)> = Vec::new();
    let end = world.now + secs(3600);
    while world.now < end {
        for node in ["a", "b"] {
            if world.here(node) == ClaimState::Running {
                tries.push((world.now, node));
                fails(&mut world, node);
            }
        }
        world.run(millis(500));
    }
    assert_eq!(tries[0].1, "b", "first where it ran last: {tries:?}");
    for node in ["a", "b"] {
        assert!(tries.iter().filter(|(_, n)| *n == node).count() >= 2, "both are tried: {tries:?}");
    }
    let pauses: Vec<Duration> = tries.windows(2).map(|two| two[1].0.since(two[0].0)).collect();
    assert!(pauses.iter().all(|pause| *pause >= secs(9)), "never to and fro: {pauses:?}");
    let (early, late): (Vec<_>, Vec<_>) =
        tries.iter().copied().partition(|(at, _): &(Moment, &str)| end.since(*at) > secs(2700));
    assert!(early.len() > late.len() && late.len() <= 12, "{pauses:?}");
    // Mended, it is served at the next attempt, without anybody's help.
    world.until(secs(1300), "somebody serves", |w| w.serves("a") || w.serves("b"));
    assert_eq!(world.both, Duration::ZERO);
}

#[test]
fn a_start_that_fails_on_both_is_tried_again_and_works_when_it_is_mended() {
    let mut world = World::new(&["a", "b"]);
    for node in ["a", "b"] {
        world.nodes.get_mut(&name(node)).unwrap().broken = true;
        world.boot(node);
    }
    world.run(secs(100));
    assert!(world.holders().is_empty());
    let failed = changes(&world, "a", GroupChange::Failed) + changes(&world, "b", GroupChange::Failed);
    assert!((3..=10).contains(&failed), "{failed}");
    world.nodes.get_mut(&name("b")).unwrap().broken = false;
    world.until(secs(400), "b serves", |w| w.serves("b"));
}

#[test]
fn the_other_node_dies_and_the_one_that_failed_tries_again_at_once() {
    let mut world = World::settled(&["a", "b"]);
    dies_as_long_as_it_runs_on(&mut world, "a");
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.run(secs(60));
    world.power_cut("b");
    world.until(secs(11), "a serves", |w| w.serves("a"));
}

#[test]
fn cleanup_forgets_all_failures() {
    let mut world = World::settled(&["a", "b"]);
    for _ in 0..3 {
        fails(&mut world, "a");
        world.run(secs(5));
    }
    world.ask("a", Ask::Cleanup { group: None });
    for _ in 0..3 {
        fails(&mut world, "a");
        world.run(secs(5));
    }
    assert!(world.serves("a"));
    fails(&mut world, "a");
    world.until(secs(1), "b serves", |w| w.serves("b"));
    world.ask("a", Ask::Cleanup { group: None });
    world.until(secs(20), "it goes home at once", |w| w.serves("a"));
}

#[test]
fn a_failure_of_what_does_not_run_here_changes_nothing() {
    let mut world = World::settled(&["a", "b"]);
    fails(&mut world, "b");
    world.input("a", Input::ResourceFailed { group: GroupId(1), why: WHY.into() });
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.nodes[&name("b")].starts + world.nodes[&name("b")].stops, 0);
}

#[test]
fn a_stop_after_the_last_failure_that_fails_blocks_it() {
    let mut world = World::settled(&["a", "b"]);
    world.nodes.get_mut(&name("a")).unwrap().stuck = true;
    for _ in 0..4 {
        fails(&mut world, "a");
        world.run(secs(1));
    }
    assert_eq!(world.here("a"), ClaimState::Blocked);
    world.run(secs(2000));
    assert_eq!(world.nodes[&name("b")].starts, 0);
}
