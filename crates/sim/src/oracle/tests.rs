//! The judge is judged: worlds that break a rule on purpose must be reported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::clock::SECOND;
use crate::network::Medium;
use crate::plan::{Plan, groups_of, timing_of};
use crate::world::World;
use systole_core::{Ask, Failback, LinkName, Which};

fn quiet(nodes: usize) -> World {
    let names: Vec<_> = ["ada", "bob", "cyd"].iter().take(nodes).map(|n| NodeName::new(n).unwrap()).collect();
    let links = vec![(LinkName("eth0".into()), Medium::Lan), (LinkName("eth1".into()), Medium::Lan)];
    let timing = timing_of([1000, 3000, 5000, 15_000]);
    let mut world = World::new(Plan::alike(&names, links, timing, Failback::Off, &groups_of(&names, 1)), 1, false);
    (0..nodes).for_each(|node| world.boot(node));
    world.run(20 * SECOND).unwrap();
    assert!(world.nodes[0].resources[0].holds, "the first node is home");
    world
}

fn move_away(world: &mut World) -> Result<(), Violation> {
    world.ask(0, Ask::Standby { which: Which::All });
    world.run(10 * SECOND)
}

#[test]
fn a_move_in_an_honest_world_breaks_nothing() {
    for nodes in [2, 3] {
        let mut world = quiet(nodes);
        move_away(&mut world).unwrap();
        assert!(!world.nodes[0].resources[0].holds && world.nodes[1].resources[0].holds);
    }
}

#[test]
fn a_stop_that_lies_is_found_as_a_start_before_the_stop() {
    for nodes in [2, 3] {
        let mut world = quiet(nodes);
        world.nodes[0].resources[0].manners.stop_lies = true;
        assert_eq!(move_away(&mut world).unwrap_err().invariant, Invariant::S7);
    }
}

#[test]
fn a_third_node_that_holds_it_behind_everybodys_back_is_found() {
    let mut world = quiet(2);
    world.nodes[0].resources[0].holds = true;
    world.nodes[1].resources[0].holds = true;
    let broken = world.run(10 * SECOND).unwrap_err();
    assert_eq!(broken.invariant, Invariant::S2);
}

#[test]
fn a_group_that_nobody_runs_is_found_after_the_heal() {
    let mut world = quiet(2);
    // It vanishes, and nobody is told: what is not watched here stays away.
    world.nodes[0].resources[0].vanish();
    assert_eq!(crate::run::converge(&mut world).unwrap_err().invariant, Invariant::L2);
}

#[test]
fn a_generation_that_does_not_grow_is_found() {
    let mut world = quiet(2);
    world.nodes[0].disk.generation -= 1;
    world.nodes[0].wall_error_s = -3600;
    world.power_cut(0, Some(SECOND));
    assert_eq!(world.run(3 * SECOND).unwrap_err().invariant, Invariant::S11);
}

#[test]
fn a_start_against_a_fresh_word_is_found() {
    let mut world = quiet(2);
    let group = world.nodes[1].settings.groups[0].id;
    assert_eq!(world.oracle.verdict(), Ok(()));
    world.judge_start(1, 0);
    let broken = world.oracle.verdict().unwrap_err();
    assert_eq!(broken.invariant, Invariant::S4, "{broken}");
    assert!(broken.what.contains(&group.to_string()), "{broken}");
}
