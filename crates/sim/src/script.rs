//! A run on paper: which cluster, and what is done to it when. Everything that chooses (a seed, a story in a file, a
//! rehearsal) makes a script; one thing plays it (run.rs). Being values, scripts can be shortened and told.
//! Not here: the words of a script (script/text.rs), and what an act does (acting.rs).

mod text;

use crate::fault::Fault;
use crate::plan::Plan;
use systole_core::Ask;

pub use text::{Misread, read, words};

/// A cluster, the dice of its wires and agents, and acts in the order of their times.
#[derive(Debug, Clone)]
pub struct Script {
    /// Of the dice that are thrown while it is played; what is done and when is in the acts.
    pub dice: u64,
    pub plan: Plan,
    pub acts: Vec<Step>,
    /// What must be true at the end.
    pub ending: Ending,
}

/// An act and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Milliseconds since the beginning.
    pub at_ms: u64,
    pub act: Act,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// So many milliseconds after the last act.
    After { ms: u64 },
    /// Everything is mended, and then it must serve, stay quiet, and survive the loss of one node.
    Mended,
}

/// Something that is done to the cluster. Nodes, links and groups by their place in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Heart is started, if it does not run.
    Boot {
        node: usize,
    },
    /// The machine loses power, and has it again after that time, or never.
    PowerCut {
        node: usize,
        back_ms: Option<u64>,
    },
    KillHeart {
        node: usize,
    },
    KillHands {
        node: usize,
    },
    /// Heart does not run for that time.
    Pause {
        node: usize,
        ms: u64,
    },
    /// The operator asks.
    Ask {
        node: usize,
        ask: Ask,
    },
    /// An attacker plays old frames again.
    Replay {
        to: usize,
    },
    /// Something that lasts; without a time until everything is mended.
    Trouble {
        trouble: Trouble,
        ms: Option<u64>,
    },
    /// Everything is mended: wires, agents, pauses, power.
    Mend,
}

/// A fault that lasts and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// All wires lose frames.
    Loss {
        per_mille: u64,
    },
    Duplicate {
        per_mille: u64,
    },
    Corrupt {
        per_mille: u64,
    },
    /// Serial lines make up bytes and lose some.
    Noise {
        per_mille: u64,
    },
    Delay {
        ms: u64,
    },
    /// One medium is silent between all nodes.
    Silent {
        link: usize,
    },
    /// A node is cut off from all others.
    Alone {
        node: usize,
    },
    /// One node does not hear another one.
    OneWay {
        from: usize,
        to: usize,
    },
    /// Two nodes do not hear each other.
    Pair {
        one: usize,
        other: usize,
    },
    /// A cable is out.
    Carrier {
        node: usize,
        link: usize,
    },
    Agent {
        misdeed: Misdeed,
        node: usize,
        group: usize,
    },
}

/// How an agent misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    StartFails,
    StopFails,
    Hangs,
    Slow,
}

impl Act {
    /// Its place in the fault catalogue; starting and mending are none.
    pub fn fault(&self) -> Option<Fault> {
        Some(match self {
            Act::Boot { .. } | Act::Mend => return None,
            Act::PowerCut { .. } => Fault::PowerCut,
            Act::KillHeart { .. } => Fault::HeartKilled,
            Act::KillHands { .. } => Fault::HandsKilled,
            Act::Pause { .. } => Fault::Pause,
            Act::Ask { .. } => Fault::Operator,
            Act::Replay { .. } => Fault::Replay,
            Act::Trouble { trouble, .. } => trouble.fault(),
        })
    }
}

impl Act {
    /// How long it lasts, where that can be chosen.
    pub(crate) fn length_ms(&self) -> Option<u64> {
        self.clone().length_mut().copied()
    }

    pub(crate) fn length_mut(&mut self) -> Option<&mut u64> {
        match self {
            Act::Pause { ms, .. } => Some(ms),
            Act::PowerCut { back_ms: ms, .. } | Act::Trouble { ms, .. } => ms.as_mut(),
            _ => None,
        }
    }
}

impl Trouble {
    fn fault(&self) -> Fault {
        match self {
            Trouble::Loss { .. } => Fault::Loss,
            Trouble::Duplicate { .. } => Fault::Duplicate,
            Trouble::Corrupt { .. } => Fault::Corrupt,
            Trouble::Noise { .. } => Fault::SerialNoise,
            Trouble::Delay { .. } => Fault::Delay,
            Trouble::Silent { .. } => Fault::Burst,
            Trouble::Alone { .. } => Fault::Partition,
            Trouble::OneWay { .. } => Fault::OneWay,
            Trouble::Pair { .. } => Fault::Partial,
            Trouble::Carrier { .. } => Fault::Carrier,
            Trouble::Agent { misdeed: Misdeed::StartFails, .. } => Fault::StartFails,
            Trouble::Agent { misdeed: Misdeed::StopFails, .. } => Fault::StopFails,
            Trouble::Agent { misdeed: Misdeed::Hangs, .. } => Fault::Hang,
            Trouble::Agent { misdeed: Misdeed::Slow, .. } => Fault::Slow,
        }
    }
}

#[cfg(test)]
mod tests;
