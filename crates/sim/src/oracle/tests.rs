//! The judge is judged: worlds that break a rule on purpose must be reported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::clock::SECOND;
use crate::network::{Medium, Recorded};
use crate::plan::{Plan, groups_of, timing_of};
use crate::random::Random;
use crate::script::Trouble;
use crate::world::World;
use systole_core::output::GroupChange;
use systole_core::{Ask, Event, Failback, Job, JobId, JobKind, LinkName, Which};

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

/// The rules beside words: each one with a truth that was tampered with behind the nodes' backs.
fn broken(world: &mut World, span: u64) -> Invariant {
    world.run(span).unwrap_err().invariant
}

fn now_broken(world: &World) -> Invariant {
    world.oracle.verdict().unwrap_err().invariant
}

#[test]
fn who_says_that_it_runs_what_has_expired_is_found() {
    let mut world = quiet(2);
    world.note_lapse(0);
    world.nodes[0].resources[0].holds = false;
    assert_eq!(broken(&mut world, 2 * SECOND), Invariant::S6);
}

#[test]
fn a_start_after_a_failure_is_found() {
    let mut world = quiet(2);
    world.oracle.watches[1].failed.insert(0, world.now);
    assert_eq!(move_away(&mut world).unwrap_err().invariant, Invariant::S8);
    let mut world = quiet(2);
    world.oracle.watches[1].stuck.insert(0, world.now);
    assert!(matches!(move_away(&mut world).unwrap_err().invariant, Invariant::S8 | Invariant::S9));
}

#[test]
fn a_failed_stop_that_is_not_shown_is_found() {
    let mut world = quiet(2);
    world.oracle.watches[0].stuck.insert(0, world.now);
    assert_eq!(broken(&mut world, 3 * SECOND), Invariant::S9);
}

#[test]
fn a_message_that_nobody_said_is_found() {
    let mut world = quiet(2);
    let recorded = world.recorded.iter().find(|r| r.from == 0).unwrap().clone();
    let mut message = world.reader.read(&recorded.bytes, &world.keys, false).unwrap();
    world.judge_hearing(1, 0, 0, &message, world.now);
    assert_eq!(world.oracle.verdict(), Ok(()));
    message.sequence = message.sequence.map(|Sequence(number)| Sequence(number + 10_000));
    world.judge_hearing(1, 0, 0, &message, world.now);
    assert_eq!(now_broken(&world), Invariant::S13);
}

#[test]
fn nodes_that_do_not_hear_each_other_are_found() {
    for rule in [Invariant::S14, Invariant::L3, Invariant::L4] {
        let mut world = quiet(3);
        world.demand_one_view(&[0, 1, 2], rule);
        assert_eq!(world.oracle.verdict(), Ok(()));
        let beat = world.oracle.watches[0].beat.as_mut().unwrap();
        std::sync::Arc::make_mut(beat).hears.clear();
        world.demand_one_view(&[0, 1, 2], rule);
        assert_eq!(now_broken(&world), rule);
    }
}

#[test]
fn who_ends_with_something_in_its_hands_is_found() {
    let mut world = quiet(2);
    world.judge_exit(1);
    assert_eq!(world.oracle.verdict(), Ok(()));
    world.judge_exit(0);
    assert_eq!(now_broken(&world), Invariant::S7);
}

#[test]
fn a_refused_question_that_happens_later_is_found() {
    let mut world = quiet(2);
    world.oracle.watches[1].refused.insert(0);
    let group = world.nodes[1].settings.groups[0].id;
    world.judge_wish(1, 0, group);
    assert_eq!(now_broken(&world), Invariant::S7);
}

#[test]
fn an_announcement_without_an_address_is_found() {
    let mut world = quiet(2);
    let group = world.nodes[1].settings.groups[0].id;
    world.judge_job(1, &Job { id: JobId(1), group, kind: JobKind::Announce });
    assert_eq!(now_broken(&world), Invariant::L5);
}

#[test]
fn a_taker_that_does_not_announce_when_the_sleeper_has_let_go_is_found() {
    let mut world = quiet(2);
    world.pause(0, 12 * SECOND);
    world.run(40 * SECOND).unwrap();
    assert!(world.nodes[1].resources[0].holds, "ada slept");
    let (group, key) = (world.nodes[1].settings.groups[0].id, world.nodes[1].settings.groups[0].key.clone());
    let why = "ada is silent on all links".to_owned();
    world.note_taking(1, &Event::Group { group, key, change: GroupChange::Acquiring, why });
    assert_eq!(broken(&mut world, 4 * SECOND), Invariant::L5);
}

#[test]
fn a_slow_handover_is_found() {
    let mut world = quiet(2);
    endings::leave(&mut world, 0).unwrap();
    let mut world = quiet(2);
    world.nodes[0].resources[0].manners.slow = 1;
    assert_eq!(endings::leave(&mut world, 0).unwrap_err().invariant, Invariant::L7);
}

#[test]
fn a_group_that_does_not_go_home_is_found() {
    let mut world = quiet(2);
    // The judge is told that it is wanted; the node that stays knows nothing of it.
    world.nodes[0].settings.failback = Failback::On;
    assert_eq!(endings::leave(&mut world, 0).unwrap_err().invariant, Invariant::S10);
}

#[test]
fn a_beat_that_comes_too_late_is_found() {
    let mut world = quiet(2);
    let own = world.nodes[0].own_time(world.now);
    world.oracle.watches[0].beat_own = Some(own - 2 * SECOND);
    assert_eq!(broken(&mut world, 2 * SECOND), Invariant::L9);
}

#[test]
fn a_question_without_an_answer_is_found() {
    let mut world = quiet(2);
    world.ask_status(0);
    assert_eq!(world.oracle.verdict(), Ok(()));
    world.judge_told(0, world.oracle.answered);
    assert_eq!(now_broken(&world), Invariant::L10);
}

#[test]
fn frames_that_change_something_are_found() {
    let mut world = quiet(2);
    world.judge_repeats(1);
    assert_eq!(world.oracle.verdict(), Ok(()));
    world.recorded.clear();
    world.trouble(Trouble::Alone { node: 0 }, true);
    world.run(3 * SECOND).unwrap();
    // Nobody has heard these: they are news.
    let recorded: Vec<_> = world.recorded.iter().filter(|r| r.from == 0).cloned().collect();
    let mut read = |r: Recorded| Some((r.link, world.reader.read(&r.bytes, &world.keys, false).ok()?));
    let frames: Vec<_> = recorded.into_iter().filter_map(&mut read).collect();
    world.compare(1, &frames);
    assert_eq!(now_broken(&world), Invariant::S12);
}

#[test]
fn a_link_that_dies_too_early_is_found() {
    let mut world = quiet(2);
    let (peer, link) = (world.nodes[0].name.clone(), world.links[0].0.clone());
    world.judge_link(1, &peer, &link);
    assert_eq!(now_broken(&world), Invariant::S5);
}

#[test]
fn a_group_without_a_cable_that_stays_is_found() {
    let mut world = quiet(2);
    // Its core is not told.
    world.nodes[0].pulled[0] = 1;
    assert_eq!(broken(&mut world, 10 * SECOND), Invariant::L2);
}

#[test]
fn a_takeover_that_takes_too_long_is_found() {
    let late = |dice| {
        let mut world = quiet(2);
        world.random = Random::new(dice);
        world.nodes.iter_mut().for_each(|node| node.resources[0].manners.slow = 1);
        endings::lose_one(&mut world).err().map(|broken| broken.invariant)
    };
    let found: Vec<_> = (0..12).filter_map(late).collect();
    assert!(found.contains(&Invariant::L1) && found.contains(&Invariant::S12), "{found:?}");
}

#[test]
fn a_start_beside_a_dead_warm_service_and_one_that_is_left_behind_are_found() {
    let start = |world: &mut World, node: usize| {
        let group = world.nodes[node].settings.groups[0].id;
        world.judge_job(node, &Job { id: JobId(1), group, kind: JobKind::Start });
    };
    let mut world = quiet(2);
    world.plan.settings.iter_mut().for_each(|settings| settings.groups[0].warm = true);
    start(&mut world, 1);
    world.judge_exit(1);
    assert_eq!(world.oracle.verdict(), Ok(()));
    for node in [0, 1] {
        (world.nodes[node].resources[0].down, world.nodes[node].resources[0].told) = (Some(3), Some(3));
    }
    start(&mut world, 0);
    assert_eq!(world.oracle.verdict(), Ok(()), "the holder restarts what it holds");
    start(&mut world, 1);
    assert_eq!(now_broken(&world), Invariant::W1);
    let mut world = quiet(2);
    world.plan.settings.iter_mut().for_each(|settings| settings.groups[0].warm = true);
    world.nodes[1].resources[0].warm = true;
    world.judge_exit(1);
    assert_eq!(now_broken(&world), Invariant::W1);
}

#[test]
fn a_group_that_is_given_to_who_cannot_take_it_is_found() {
    let give = |world: &mut World, why: &str| {
        let settings = &world.nodes[0].settings.groups[0];
        let (group, key) = (settings.id, settings.key.clone());
        world.judge_event(0, &Event::Group { group, key, change: GroupChange::Releasing, why: why.into() });
    };
    for why in ["asked for by the operator, to bob", "no carrier on the interface of its address"] {
        let mut world = quiet(2);
        give(&mut world, why);
        assert_eq!(world.oracle.verdict(), Ok(()), "bob can take it");
        world.kill_hands(1);
        world.run(5 * crate::clock::MS).unwrap();
        give(&mut world, why);
        assert_eq!(now_broken(&world), Invariant::L12, "{why}");
    }
}

#[test]
fn an_early_verdict_without_a_silent_wire_is_found() {
    let mut world = quiet(2);
    let dead = crate::run::nanos(world.plan.timing().deadtime());
    world.judge_early(1, 0, dead);
    assert_eq!(world.oracle.verdict(), Ok(()), "a dead time needs no wire");
    world.judge_early(1, 0, dead / 2);
    assert_eq!(now_broken(&world), Invariant::S5);
}
