//! Ping nodes: a difference that lasts moves a group, nothing else does, and nothing goes to and fro.

use super::world::{KEY, World, millis, name, ping, secs};
use crate::output::GroupChange;
use crate::{Ask, Event, Failback, Input, Timing, Which};
use std::time::Duration;

fn world(failback: Failback, pings: u8) -> World {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, failback);
    world.pings = pings;
    world.boot("a");
    world.boot("b");
    pinging(&mut world, secs(30));
    assert!(world.serves("a"));
    world
}

/// As heart does it: with each beat, every host that answers is heard.
fn pinging(world: &mut World, span: Duration) {
    let end = world.now + span;
    while world.now < end {
        for node in ["a", "b"] {
            for number in 0..world.pings {
                if !world.unanswered.contains(&(name(node), number)) {
                    world.input(node, Input::Pinged { node: ping(number) });
                }
            }
        }
        let rest = end.since(world.now);
        world.run(rest.min(secs(2)));
    }
}

fn lose(world: &mut World, node: &str, number: u8, lost: bool) {
    let key = (name(node), number);
    if lost {
        world.unanswered.insert(key)
    } else {
        world.unanswered.remove(&key)
    };
}

fn moves(world: &World) -> u32 {
    world.nodes.values().map(|n| n.starts).sum()
}

fn gives(world: &World, text: &str) -> usize {
    let gives = |e: &Event| matches!(e, Event::Group { change: GroupChange::Releasing, why, .. } if why.contains("answer this node"));
    world.told(text, gives)
}

#[test]
fn a_difference_that_lasts_hands_over_once_and_goes_home_when_it_is_over_for_long_enough() {
    let mut world = world(Failback::On, 2);
    lose(&mut world, "a", 1, true);
    // deadping, three beats, and a beat for rounding.
    pinging(&mut world, secs(9));
    assert!(world.serves("a"), "not before deadping");
    pinging(&mut world, secs(11));
    assert!(world.serves("b"));
    assert_eq!(gives(&world, "a"), 1);
    let why = |e: &Event| matches!(e, Event::Group { change: GroupChange::Acquiring, why, .. } if why.contains("fewer ping nodes"));
    assert_eq!(world.told("b", why), 1);
    pinging(&mut world, secs(900));
    assert!(world.serves("b"), "auto_failback does not bring it back to where it serves nobody");
    lose(&mut world, "a", 1, false);
    pinging(&mut world, secs(10));
    assert!(world.serves("b"));
    pinging(&mut world, secs(40));
    assert!(world.serves("a"));
    assert_eq!((world.both, moves(&world)), (millis(0), 3));
}

#[test]
fn what_both_lose_a_tie_and_a_short_loss_change_nothing() {
    let mut world = world(Failback::On, 2);
    for (a, b) in [(0, 0), (1, 1), (0, 1)] {
        lose(&mut world, "a", a, true);
        pinging(&mut world, secs(2));
        lose(&mut world, "b", b, true);
        pinging(&mut world, secs(120));
        assert!(world.serves("a"), "{a} {b}");
        world.unanswered.clear();
        pinging(&mut world, secs(60));
    }
    for _ in 0..20 {
        lose(&mut world, "a", 0, true);
        pinging(&mut world, secs(8));
        lose(&mut world, "a", 0, false);
        pinging(&mut world, secs(4));
    }
    assert_eq!(moves(&world), 1);
}

#[test]
fn a_ping_node_that_flaps_for_one_side_moves_it_ever_more_rarely() {
    for failback in [Failback::On, Failback::Off] {
        let mut world = world(failback, 1);
        for round in 0..120 {
            lose(&mut world, if failback == Failback::On || round % 2 == 0 { "a" } else { "b" }, 0, true);
            pinging(&mut world, secs(30));
            world.unanswered.clear();
            pinging(&mut world, secs(30));
        }
        // Two hours.
        assert!((2..=8).contains(&moves(&world)), "{failback:?}: {} starts", moves(&world));
        assert_eq!(world.both, millis(0));
    }
}

#[test]
fn an_operator_who_sends_it_where_less_is_reached_is_not_contradicted() {
    let mut world = world(Failback::Off, 1);
    lose(&mut world, "b", 0, true);
    pinging(&mut world, secs(60));
    world.ask("a", Ask::Standby { which: Which::All });
    pinging(&mut world, secs(600));
    assert!(world.serves("b"));
    // Until both were equal once: then a new difference is a new one.
    lose(&mut world, "b", 0, false);
    pinging(&mut world, secs(30));
    lose(&mut world, "b", 0, true);
    pinging(&mut world, secs(60));
    assert!(world.serves("a"));
}

#[test]
fn nothing_is_given_to_a_node_that_cannot_take_it_or_is_not_heard() {
    let mut world = world(Failback::On, 1);
    world.partition("a", "b", true);
    lose(&mut world, "a", 0, true);
    pinging(&mut world, secs(9));
    assert_eq!(gives(&world, "a"), 0);
    let mut world = self::world(Failback::On, 1);
    world.nodes.get_mut(&name("b")).unwrap().broken = true;
    lose(&mut world, "a", 0, true);
    // Until its failure there is forgotten.
    pinging(&mut world, secs(500));
    assert!(world.serves("a"), "it came back once, and stays");
    assert_eq!(gives(&world, "a"), 1);
    let _ = KEY;
}

#[test]
fn a_stall_of_ours_says_nothing_of_ping_nodes() {
    let mut world = world(Failback::On, 2);
    world.stop_process("a", secs(5));
    world.run(secs(5));
    world.stop_process("a", secs(5));
    world.run(secs(6));
    pinging(&mut world, secs(60));
    let dead = |e: &Event| matches!(e, Event::PingDead { .. });
    assert_eq!((world.told("a", dead), moves(&world)), (0, 1));
}

#[test]
fn before_ping_nodes_had_the_time_to_answer_nothing_is_known_of_them() {
    let mut world = world(Failback::On, 2);
    world.power_cut("b");
    pinging(&mut world, secs(20));
    world.boot("b");
    // Its first beats, in which none has answered yet.
    world.run(millis(500));
    let reached = |node: &str| world.nodes[&name(node)].core.as_ref().unwrap().reached();
    assert_eq!((reached("a"), reached("b")), (Some(2), None));
}
