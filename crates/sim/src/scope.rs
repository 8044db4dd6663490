//! Small scopes, gone through wholly: everything that can become of the first frames of a situation, and every moment of
//! it at which something can break. What chance would find late or never is found here at once.
//! Not here: the situations (scope/situation.rs).

mod situation;

use crate::clock::SECOND;
use crate::network::Fate;
use crate::oracle::{Invariant, Violation};
use crate::run::{nanos, served};
use crate::script::Act;
use crate::world::World;
use std::fmt;
use systole_core::Ask;

pub use situation::Situation;

/// So many frames are delivered or lost, in all combinations.
pub const FRAMES: u32 = 12;
/// So many frames are delivered, lost, late or doubled, in all combinations.
pub const TURNED_FRAMES: u32 = 6;
/// At each of so many events something breaks.
pub const EVENTS: u32 = 200;

/// One way in which a situation can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Bit n tells whether frame n is lost.
    Losses(u32),
    /// Two bits tell what becomes of frame n.
    Turns(u32),
    /// After so many events this breaks on that node.
    Breaks { event: u32, breakage: Breakage, node: usize },
}

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    Power,
    Heart,
    Hands,
    Pause,
}

impl Breakage {
    const ALL: [Breakage; 4] = [Breakage::Power, Breakage::Heart, Breakage::Hands, Breakage::Pause];

    fn act(self, node: usize) -> Act {
        match self {
            Breakage::Power => Act::PowerCut { node, back_ms: Some(2500) },
            Breakage::Heart => Act::KillHeart { node },
            Breakage::Hands => Act::KillHands { node },
            Breakage::Pause => Act::Pause { node, ms: 3000 },
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Case::Losses(bits) => write!(f, "lost frames {bits:012b}, the first one to the right"),
            Case::Turns(code) => write!(f, "fates of frames {:?}", fates_of_turns(*code)),
            Case::Breaks { event, breakage, node } => write!(f, "{breakage:?} of node {node} after event {event}"),
        }
    }
}

/// A case that broke a rule.
#[derive(Debug)]
pub struct Broken {
    pub case: Case,
    pub violation: Violation,
}

/// Goes through every `stride`th case of a situation; gives their number, and the first that breaks a rule.
///
/// # Errors
/// The situation itself breaks a rule before anything is done to it.
pub fn explore(situation: Situation, stride: usize) -> Result<(u64, Option<Broken>), Violation> {
    let world = situation.begin(false)?;
    let losses = (0..1 << FRAMES).map(Case::Losses).step_by(stride);
    let turns = (0..1 << (2 * TURNED_FRAMES)).map(Case::Turns).step_by(stride);
    let mut count = 0;
    for case in losses.chain(turns) {
        count += 1;
        if let Err(violation) = with_fates(situation, world.clone(), case) {
            return Ok((count, Some(Broken { case, violation })));
        }
    }
    let mut world = world;
    situation.happen(&mut world);
    for event in 0..EVENTS {
        if (event as usize).is_multiple_of(stride) {
            for (breakage, node) in breakages(world.nodes.len()) {
                count += 1;
                let case = Case::Breaks { event, breakage, node };
                if let Err(violation) = broken(world.clone(), breakage, node) {
                    return Ok((count, Some(Broken { case, violation })));
                }
            }
        }
        world.one_event()?;
    }
    Ok((count, None))
}

/// The story of one case.
///
/// # Errors
/// The situation itself breaks a rule before anything is done to it.
pub fn tell(situation: Situation, case: Case) -> Result<Vec<String>, Violation> {
    let mut world = situation.begin(true)?;
    let story = |mut world: World, done: Result<(), Violation>| {
        if let Err(violation) = done {
            world.tell(|_| violation.to_string());
        }
        world.story.take().unwrap_or_default()
    };
    world.tell(|_| format!("{situation:?}: {case}"));
    if let Case::Breaks { event, breakage, node } = case {
        situation.happen(&mut world);
        for _ in 0..event {
            world.one_event()?;
        }
        world.act(&breakage.act(node));
    } else {
        world.fates = fates(case).into();
        situation.happen(&mut world);
    }
    let done = settle(&mut world);
    Ok(story(world, done))
}

fn breakages(nodes: usize) -> impl Iterator<Item = (Breakage, usize)> {
    Breakage::ALL.into_iter().flat_map(move |breakage| (0..nodes).map(move |node| (breakage, node)))
}

fn with_fates(situation: Situation, mut world: World, case: Case) -> Result<(), Violation> {
    world.fates = fates(case).into();
    situation.happen(&mut world);
    settle(&mut world)
}

fn broken(mut world: World, breakage: Breakage, node: usize) -> Result<(), Violation> {
    world.act(&breakage.act(node));
    settle(&mut world)
}

fn fates(case: Case) -> Vec<Fate> {
    match case {
        Case::Losses(bits) => {
            (0..FRAMES).map(|n| if bits >> n & 1 == 1 { Fate::Lost } else { Fate::Arrives }).collect()
        }
        Case::Turns(code) => fates_of_turns(code),
        Case::Breaks { .. } => Vec::new(),
    }
}

fn fates_of_turns(code: u32) -> Vec<Fate> {
    const TURNS: [Fate; 4] = [Fate::Arrives, Fate::Lost, Fate::Late, Fate::Twice];
    (0..TURNED_FRAMES).filter_map(|n| TURNS.get((code >> (2 * n) & 3) as usize).copied()).collect()
}

/// Runs on without any further misfortune: safety all the time, then L2 and L8.
fn settle(world: &mut World) -> Result<(), Violation> {
    let timing = world.plan.timing();
    let dead = nanos(timing.deadtime());
    world.run(3 * dead)?;
    world.mend();
    for node in 0..world.nodes.len() {
        world.ask(node, Ask::Cleanup { group: None });
    }
    world.run(nanos(timing.initdead()) + 4 * dead + 5 * SECOND)?;
    served(world, Invariant::L2)?;
    let before = (world.starts, world.stops);
    world.run(2 * dead)?;
    if before != (world.starts, world.stops) {
        let what = format!("{before:?} starts and stops became {:?} in quiet", (world.starts, world.stops));
        world.oracle.break_rule(Invariant::L8, world.now, what);
    }
    world.look()
}

#[cfg(test)]
mod tests;
