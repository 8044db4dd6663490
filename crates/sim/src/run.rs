//! A script from beginning to end: its acts at their times, and then what must be true.
//! Not here: many of them (hunt.rs), and where scripts come from.

use crate::clock::{MS, SECOND};
use crate::fault::{Fault, Injected};
use crate::misfortune::draw;
use crate::oracle::{Invariant, Violation, endings};
use crate::script::{Ending, Script};
use crate::tape::Tape;
use crate::totals::Totals;
use crate::world::World;
use std::time::Duration;
use systole_core::record::Entry;
use systole_core::{Ask, Condition};

/// Longest work of an agent that began before everything was mended, and longest pause before a new start.
const LEFTOVERS: u64 = 25 * SECOND;
/// A clock that is wrong by more than this, in parts per billion, is a fault.
const CLOCK_ERROR: i64 = 100_000;

/// How a run went.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub violation: Option<Violation>,
    pub simulated_ns: u64,
    pub injected: Injected,
    pub totals: Totals,
    /// Starts of groups.
    pub starts: u64,
    /// Empty unless asked for.
    pub story: Vec<String>,
}

/// Runs a seed; `told` keeps the story.
pub fn run(seed: u64, told: bool) -> Report {
    Report { seed, ..play(&draw(seed), told) }
}

/// Plays a script; `told` keeps the story.
pub fn play(script: &Script, told: bool) -> Report {
    play_in(World::new(script.plan.clone(), script.dice, told), script).0
}

/// Plays a script and records one of its nodes, counted from 0: a recording for each life.
pub fn play_recorded(script: &Script, node: usize) -> (Report, Vec<Vec<Entry>>) {
    let mut world = World::new(script.plan.clone(), script.dice, false);
    world.tape = Some(Tape::new(node));
    let (report, tape) = play_in(world, script);
    (report, tape.map(Tape::lives).unwrap_or_default())
}

fn play_in(mut world: World, script: &Script) -> (Report, Option<Tape>) {
    world.tell(|w| format!("the cluster: {:?}", w.plan));
    let violation = live(&mut world, script).err();
    if let Some(violation) = &violation {
        world.tell(|_| violation.to_string());
    }
    let story = world.story.take().unwrap_or_default();
    let (starts, totals) = (world.starts, world.totals());
    let tape = world.tape.take();
    (Report { seed: 0, violation, simulated_ns: world.now, injected: world.injected, totals, starts, story }, tape)
}

/// The acts at their times, then the ending.
pub(crate) fn live(world: &mut World, script: &Script) -> Result<(), Violation> {
    if script.plan.clock_errors.iter().any(|error| error.abs() > CLOCK_ERROR) {
        world.injected.count(Fault::ClockRate);
    }
    if script.plan.settings.windows(2).any(|pair| pair[0].digest != pair[1].digest) {
        world.injected.count(Fault::Configuration);
    }
    for step in &script.acts {
        world.run((step.at_ms * MS).saturating_sub(world.now))?;
        world.act(&step.act);
        // Not by dice: a question more must change nothing else.
        world.ask_status((world.starts + world.stops) as usize % world.nodes.len());
        world.look()?;
    }
    match script.ending {
        Ending::After { ms } => world.run(ms * MS),
        Ending::Mended => {
            world.run(SECOND)?;
            world.mend();
            world.run(LEFTOVERS)?;
            converge(world)?;
            if !world.restarts {
                return Ok(());
            }
            endings::hand_over(world)?;
            if world.nodes.len() == 2 { endings::lose_one(world) } else { endings::lose_some(world) }
        }
    }
}

/// L2 and L8: after the operator has had failures forgotten, every group runs once, and then nothing moves any more.
pub(crate) fn converge(world: &mut World) -> Result<(), Violation> {
    for node in 0..world.nodes.len() {
        world.ask(node, Ask::Cleanup { group: None });
    }
    let dead = nanos(world.plan.timing().deadtime());
    world.run(3 * dead + 30 * SECOND)?;
    served(world, Invariant::L2)?;
    world.demand_one_view(&(0..world.nodes.len()).collect::<Vec<_>>(), Invariant::S14);
    let before = (world.starts, world.stops);
    world.run(2 * dead + 20 * SECOND)?;
    served(world, Invariant::L2)?;
    if before != (world.starts, world.stops) {
        let what = format!("{before:?} starts and stops became {:?} in quiet", (world.starts, world.stops));
        world.oracle.break_rule(Invariant::L8, world.now, what);
    }
    world.look()
}

/// Is every group held by exactly one node, and does all of it run there?
pub(crate) fn served(world: &mut World, invariant: Invariant) -> Result<(), Violation> {
    for group in 0..world.plan.groups().len() {
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
