//! What a whole cluster must still be able to do when it has gone through everything: hand over (L7), take a node back
//! (L4) and its groups home (S10), and survive the loss of nodes for good (L1, L3), recordings of them or not (S12).
//! Not here: how it becomes whole (run.rs).

use super::Invariant;
use crate::clock::{MS, SECOND};
use crate::network::Medium;
use crate::oracle::Violation;
use crate::run::{nanos, served};
use crate::script::Trouble;
use crate::world::World;
use systole_core::{Ask, Failback};

/// Longest work of a good agent.
const AGENT_NS: u64 = 400 * MS;
const SLACK_NS: u64 = 100 * MS;
/// A new hands looks before it is there.
const LOOK_NS: u64 = 300 * MS;

/// How long a frame may take here, with those that wait before it on a slow line.
fn transit(world: &World) -> u64 {
    let lan = world.links.iter().any(|(_, medium)| *medium == Medium::Lan);
    if lan { 10 * MS } else { SECOND }
}

/// A node leaves in good order and comes back.
pub(crate) fn hand_over(world: &mut World) -> Result<(), Violation> {
    let node = world.random.index(world.nodes.len());
    leave(world, node)
}

/// This one does.
pub(super) fn leave(world: &mut World, node: usize) -> Result<(), Violation> {
    let life = world.nodes[node].life;
    world.ask(node, Ask::Shutdown);
    world.run(2 * AGENT_NS + SLACK_NS + 2 * transit(world))?;
    served(world, Invariant::L7)?;
    if world.nodes[node].life == life && world.nodes[node].resources.iter().any(|r| r.holds) {
        world.oracle.break_rule(Invariant::L7, world.now, format!("{} leaves and still holds", world.nodes[node].name));
    }
    for _ in 0..400 {
        // Leaving and booting are a life each.
        if world.nodes[node].life > life + 1 {
            return come_back(world, node);
        }
        world.run(100 * MS)?;
    }
    let what = format!("{} was to leave, and has not left", world.nodes[node].name);
    world.oracle.break_rule(Invariant::L7, world.now, what);
    world.look()
}

/// It has just been booted again; all the others were there all the time.
fn come_back(world: &mut World, node: usize) -> Result<(), Violation> {
    let before = (world.starts, world.stops);
    let keepalive = nanos(world.plan.timing().keepalive());
    world.run(3 * keepalive + 200 * MS + LOOK_NS + transit(world))?;
    world.demand_one_view(&(0..world.nodes.len()).collect::<Vec<_>>(), Invariant::L4);
    world.look()?;
    let dead = nanos(world.plan.timing().deadtime());
    world.run(dead / 50 * 51 + 3 * keepalive + 2 * AGENT_NS + SECOND)?;
    let settings = &world.nodes[node].settings;
    let alike = world.nodes.iter().all(|n| n.settings.digest == settings.digest);
    if !alike {
        return world.look();
    }
    let on = settings.failback != Failback::Off;
    let home = |group: &usize| settings.groups[*group].home() == Some(&settings.me);
    let owed: Vec<usize> = (0..world.plan.groups().len()).filter(home).filter(|_| on).collect();
    let holds = |group: &usize| world.nodes[node].resources[*group].holds;
    let back = owed.iter().filter(|group| holds(group)).count();
    let moved = (world.starts - before.0, world.stops - before.1);
    // Those that were elsewhere when it left came back to it, or stay where they are.
    let all = owed.len() as u64;
    if back != owed.len() || moved != (all, all) {
        let what = format!(
            "{} came back: {back} of {all} groups went home, with {} starts and {} stops",
            world.nodes[node].name, moved.0, moved.1
        );
        world.oracle.break_rule(Invariant::S10, world.now, what);
    }
    served(world, Invariant::S10)
}

/// L1: of two nodes one loses power for good; the other serves everything in time, whatever is played to it.
pub(crate) fn lose_one(world: &mut World) -> Result<(), Violation> {
    let (node, keepalive) = (world.random.index(2), nanos(world.plan.timing().keepalive()));
    let attacked = world.random.chance(500);
    world.recorded.clear();
    world.run(4 * keepalive)?;
    world.power_cut(node, None);
    let end = world.now + nanos(world.plan.timing().deadtime()) / 50 * 51 + AGENT_NS + SLACK_NS + transit(world);
    while attacked && world.now + keepalive < end {
        world.run(keepalive)?;
        for recorded in world.recorded.clone().into_iter().filter(|r| r.from == node) {
            if world.links[recorded.link].1 == Medium::Lan {
                world.arrive(node, 1 - node, recorded.link, recorded.bytes);
            }
        }
    }
    world.run(end.saturating_sub(world.now))?;
    served(world, if attacked { Invariant::S12 } else { Invariant::L1 })
}

/// L3: of more than two nodes some are lost for good, each in its own way. Nobody may take what they had, for silence is
/// no proof among many; the others are of one mind and keep what they have.
pub(crate) fn lose_some(world: &mut World) -> Result<(), Violation> {
    let count = world.nodes.len();
    let lost: Vec<usize> = (1..count).filter(|_| world.random.chance(400)).collect();
    for node in &lost {
        match world.random.below(3) {
            0 => world.power_cut(*node, None),
            1 => world.pause(*node, 100_000 * SECOND),
            _ => (0..count).filter(|o| o != node).for_each(|from| {
                world.trouble(Trouble::OneWay { from, to: *node }, true);
            }),
        }
    }
    let rest: Vec<usize> = (0..count).filter(|node| !lost.contains(node)).collect();
    let held = |world: &World| -> Vec<Vec<bool>> {
        rest.iter().map(|node| world.nodes[*node].resources.iter().map(|r| r.holds).collect()).collect()
    };
    let before = held(world);
    world.run(2 * nanos(world.plan.timing().deadtime()) + 5 * SECOND)?;
    world.demand_one_view(&rest, Invariant::L3);
    if held(world) != before {
        let what = format!("{before:?} became {:?} when nodes {lost:?} were lost", held(world));
        world.oracle.break_rule(Invariant::L3, world.now, what);
    }
    world.look()
}
