//! One seed from beginning to end: a cluster is drawn, misfortune strikes, everything is mended, and it must serve.
//! Not here: many seeds (hunt.rs).

use crate::clock::SECOND;
use crate::fault::{Fault, Injected};
use crate::network::Medium;
use crate::oracle::{Invariant, Violation};
use crate::random::Random;
use crate::world::{Plan, World};
use std::time::Duration;
use systole_core::{Ask, Condition, Failback, LinkName, NodeName, Timing};

/// Keepalive, warntime, deadtime and initdead in milliseconds.
const TIMINGS: [[u64; 4]; 4] =
    [[200, 600, 1000, 5000], [500, 1500, 2500, 10_000], [1000, 3000, 5000, 15_000], [2000, 6000, 10_000, 30_000]];
/// Longest work of an agent that began before everything was mended, and longest pause before a new start.
const LEFTOVERS: u64 = 25 * SECOND;

/// How a seed went.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub violation: Option<Violation>,
    pub simulated_ns: u64,
    pub injected: Injected,
    /// Starts decided before all was heard that waited during a stall; a known weakness, counted unless strict.
    pub known: u64,
    /// Starts of groups.
    pub starts: u64,
    /// Empty unless asked for.
    pub story: Vec<String>,
}

/// Runs a seed; `told` keeps the story, `strict` takes the known weakness for what it is: a broken rule.
pub fn run(seed: u64, told: bool, strict: bool) -> Report {
    let mut random = Random::new(seed);
    let plan = draw(&mut random);
    let mut world = World::new(plan, random, told);
    world.strict = strict;
    world.tell(|w| format!("the cluster: {:?}", w.plan));
    let violation = live(&mut world).err();
    if let Some(violation) = &violation {
        world.tell(|_| violation.to_string());
    }
    let story = world.story.take().unwrap_or_default();
    let (known, starts) = (world.known, world.starts);
    Report { seed, violation, simulated_ns: world.now, injected: world.injected, known, starts, story }
}

/// A cluster by chance.
pub(crate) fn draw(random: &mut Random) -> Plan {
    let count = match random.below(10) {
        0..6 => 2,
        6..8 => 3,
        8 => 4,
        _ => 5,
    };
    let names = ["ada", "bob", "cyd", "dan", "eve"].iter().take(count).filter_map(|n| NodeName::new(n).ok());
    let mut links = vec![(LinkName("eth0".into()), Medium::Lan)];
    match random.below(10) {
        0..6 if count == 2 => {
            let baud = if random.chance(500) { 19_200 } else { 115_200 };
            links.push((LinkName("/dev/ttyS0".into()), Medium::Serial { baud }));
        }
        9 => {}
        _ => links.push((LinkName("eth1".into()), Medium::Lan)),
    }
    let [keepalive, warntime, deadtime, initdead] = TIMINGS[random.index(TIMINGS.len())];
    // A slow serial line beside the fastest beats would be full all the time.
    let serial = links.iter().any(|(_, medium)| *medium != Medium::Lan);
    let [keepalive, warntime, deadtime, initdead] =
        if serial && keepalive == 200 { TIMINGS[2] } else { [keepalive, warntime, deadtime, initdead] };
    let ms = Duration::from_millis;
    let timing = Timing::new(ms(keepalive), ms(warntime), ms(deadtime), ms(initdead));
    let clocks = random.chance(300);
    Plan {
        names: names.collect(),
        links,
        timing: timing.unwrap_or_else(|e| unreachable!("the table of timings is consistent: {e}")),
        failback: if random.chance(600) { Failback::On } else { Failback::Off },
        groups: 1 + random.index(3),
        clock_errors: (0..count)
            .map(|_| if clocks { random.below(20_000_000) as i64 - 10_000_000 } else { random.below(100_000) as i64 })
            .collect(),
    }
}

fn live(world: &mut World) -> Result<(), Violation> {
    if world.plan.clock_errors.iter().any(|error| error.abs() > 100_000) {
        world.inject(Fault::ClockRate);
    }
    for node in 0..world.nodes.len() {
        world.boot(node);
        let pause = world.random.span(0, 3000);
        world.run(pause)?;
    }
    let rate = 150 + world.random.below(700);
    let allowed: Vec<Fault> = Fault::ALL.into_iter().filter(|_| world.random.chance(rate)).collect();
    for _ in 0..20 + world.random.below(40) {
        world.misfortune(&allowed);
        let longest = if world.random.chance(300) { 500 } else { 12_000 };
        let pause = world.random.span(0, longest);
        world.run(pause)?;
    }
    world.heal();
    world.run(LEFTOVERS)?;
    converge(world)?;
    lose_one(world)
}

/// L2 and L8: after the operator has had failures forgotten, every group runs once, and then nothing moves any more.
pub(crate) fn converge(world: &mut World) -> Result<(), Violation> {
    for node in 0..world.nodes.len() {
        world.ask(node, Ask::Cleanup { group: None });
    }
    let dead = nanos(world.plan.timing.deadtime());
    world.run(3 * dead + 30 * SECOND)?;
    served(world, Invariant::L2)?;
    let before = (world.starts, world.stops);
    world.run(2 * dead + 20 * SECOND)?;
    served(world, Invariant::L2)?;
    if before != (world.starts, world.stops) {
        let what = format!("{before:?} starts and stops became {:?} in quiet", (world.starts, world.stops));
        world.oracle.break_rule(Invariant::L8, world.now, what);
    }
    world.look()
}

/// L1: of two nodes one loses power for good; the other serves everything in time.
fn lose_one(world: &mut World) -> Result<(), Violation> {
    if world.nodes.len() != 2 {
        return Ok(());
    }
    let node = world.random.index(2);
    world.power_cut(node, 3600 * SECOND);
    let dead = nanos(world.plan.timing.deadtime());
    world.run(dead + dead / 50 + SECOND)?;
    served(world, Invariant::L1)
}

/// Is every group held by exactly one node, and does all of it run there?
fn served(world: &mut World, invariant: Invariant) -> Result<(), Violation> {
    for group in 0..world.plan.groups {
        let of = |n: &crate::node::Node| n.resources.get(group).is_some_and(|r| r.holds);
        let runs = |n: &crate::node::Node| n.resources.get(group).is_some_and(|r| r.found == Condition::Running);
        let holders: Vec<&str> = world.nodes.iter().filter(|n| of(n)).map(|n| n.name.as_str()).collect();
        let whole = world.nodes.iter().filter(|n| of(n) && runs(n)).count();
        if holders.len() != 1 || whole != 1 {
            let what = format!("group {group} is held by {holders:?} and runs whole on {whole} node(s)");
            world.oracle.break_rule(invariant, world.now, what);
        }
    }
    world.look()
}

pub(crate) fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
