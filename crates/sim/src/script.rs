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
    /// Heart and hands are killed at once, so that nobody lets go; heart is started again after that time, or never.
    KillBoth {
        node: usize,
        back_ms: Option<u64>,
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
    /// The same with frames that were not delivered when they were said.
    ReplayUnheard {
        to: usize,
    },
    /// Heart is killed, and hears nothing but recordings when it begins.
    ReplayNewborn {
        to: usize,
    },
    /// Somebody who has the key speaks in the name of a node, from its future.
    Forge {
        from: usize,
        to: usize,
        /// In a later life, not only with a later number.
        life: bool,
    },
    /// Somebody without the key speaks in the name of a node: goodbyes, claims, questions of an old standby.
    Keyless {
        from: usize,
        to: usize,
    },
    /// Frames that are cut off, glued together or made up.
    Malformed {
        to: usize,
    },
    /// An administrator takes the address and a service of a group away with his own hands.
    ByHand {
        node: usize,
        group: usize,
    },
    /// The next write of what heart keeps fails once.
    SyncFails {
        node: usize,
    },
    /// No heart runs for that time.
    PauseAll {
        ms: u64,
    },
    /// The whole machine stands still, and its clock with it: nothing on it answers, its addresses included. After a
    /// suspend it knows; a virtual machine does not.
    Freeze {
        node: usize,
        ms: u64,
        told: bool,
    },
    /// What heart keeps on disk is harmed; seen at its next start.
    Harm {
        node: usize,
        harm: Harm,
    },
    /// The wall clock steps.
    StepClock {
        node: usize,
        seconds: i64,
    },
    /// The same is asked of all nodes at once.
    AskAll {
        ask: Ask,
    },
    /// The operator changes a file of one node and restarts it.
    Reload {
        node: usize,
    },
    /// Something that lasts; without a time until everything is mended.
    Trouble {
        trouble: Trouble,
        ms: Option<u64>,
    },
    /// Everything is mended: wires, agents, pauses, power.
    Mend,
}

/// What becomes of the files of a state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// All of them are gone.
    Lost,
    /// One cannot be read.
    Torn,
    /// They are those of the first start again.
    Old,
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
    /// No beat of or to a node gets through; everything else passes, as behind a wrong firewall rule.
    Filtered {
        node: usize,
    },
    /// No beat of one node reaches another one; everything else passes.
    FilteredTo {
        from: usize,
        to: usize,
    },
    /// One node does not hear another one.
    OneWay {
        from: usize,
        to: usize,
    },
    /// One node does not hear another one on one medium.
    OneWayOn {
        from: usize,
        to: usize,
        link: usize,
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
    /// Some frames come very much later than others.
    Tail {
        per_mille: u64,
    },
    /// Some frames come one to three beats late.
    Reorder {
        per_mille: u64,
    },
    /// A medium is good and bad by turns (Gilbert-Elliott).
    Bursts {
        link: usize,
    },
    /// A cable goes out and in with that period.
    Flapping {
        node: usize,
        link: usize,
        ms: u64,
    },
    /// Heart gets the processor for moments only.
    Starved {
        node: usize,
    },
    /// Heart is busy with garbage most of the time, never for long at once.
    Flood {
        node: usize,
    },
    /// Another machine with another identity speaks under the name of this one.
    Clone {
        node: usize,
    },
    /// Memory is short: heart waits for pages, and now and then the kernel kills a process.
    OutOfMemory {
        node: usize,
    },
    /// Hands cannot start any process.
    ForkFails {
        node: usize,
    },
    /// Nothing can be written.
    DiskFull {
        node: usize,
    },
    /// Nothing can be read or written.
    DiskUnreadable {
        node: usize,
    },
    /// Writes do not end, and heart does not start.
    DiskHangs {
        node: usize,
    },
    /// Another key than everywhere else.
    WrongKey {
        node: usize,
    },
}

/// How an agent misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    StartFails,
    StopFails,
    Hangs,
    Slow,
    /// It says that it started, and the service does not run; the address is there.
    StartLies,
    /// It says that nothing runs when everything does; the address is seen all the same.
    StatusLies,
    /// It dies in the middle, and hands gives the job up.
    Dies,
    /// The service itself dies while it runs, now and after each start.
    ServiceDies,
    /// The same, but it hangs: only its silence tells.
    ServiceHangs,
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
            Act::ReplayUnheard { .. } => Fault::ReplayUnheard,
            Act::ReplayNewborn { .. } => Fault::ReplayNewborn,
            Act::Forge { .. } => Fault::Forged,
            Act::Keyless { .. } => Fault::Keyless,
            Act::Malformed { .. } => Fault::Malformed,
            Act::ByHand { .. } => Fault::ByHand,
            Act::SyncFails { .. } => Fault::SyncFails,
            Act::KillBoth { .. } => Fault::AllKilled,
            Act::PauseAll { .. } => Fault::PauseAll,
            Act::Freeze { told: false, .. } => Fault::Freeze,
            Act::Freeze { told: true, .. } => Fault::Suspend,
            Act::Harm { harm: Harm::Lost, .. } => Fault::StateLost,
            Act::Harm { harm: Harm::Torn, .. } => Fault::StateTorn,
            Act::Harm { harm: Harm::Old, .. } => Fault::StateOld,
            Act::StepClock { .. } => Fault::WallClock,
            Act::AskAll { .. } => Fault::Both,
            Act::Reload { .. } => Fault::Reload,
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
            Act::Pause { ms, .. } | Act::PauseAll { ms } | Act::Freeze { ms, .. } => Some(ms),
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
            Trouble::Filtered { .. } | Trouble::FilteredTo { .. } => Fault::Filter,
            Trouble::OneWay { .. } | Trouble::OneWayOn { .. } => Fault::OneWay,
            Trouble::Pair { .. } => Fault::Partial,
            Trouble::Carrier { .. } => Fault::Carrier,
            Trouble::Agent { misdeed: Misdeed::StartFails, .. } => Fault::StartFails,
            Trouble::Agent { misdeed: Misdeed::StopFails, .. } => Fault::StopFails,
            Trouble::Agent { misdeed: Misdeed::Hangs, .. } => Fault::Hang,
            Trouble::Agent { misdeed: Misdeed::Slow, .. } => Fault::Slow,
            Trouble::Agent { misdeed: Misdeed::StartLies, .. } => Fault::StartLies,
            Trouble::Agent { misdeed: Misdeed::StatusLies, .. } => Fault::StatusLies,
            Trouble::Tail { .. } => Fault::Tail,
            Trouble::Reorder { .. } => Fault::Reorder,
            Trouble::Bursts { .. } => Fault::Bursts,
            Trouble::Flapping { .. } => Fault::Flapping,
            Trouble::Starved { .. } => Fault::Starved,
            Trouble::Flood { .. } => Fault::Flood,
            Trouble::Clone { .. } => Fault::Clone,
            Trouble::OutOfMemory { .. } => Fault::OutOfMemory,
            Trouble::ForkFails { .. } => Fault::ForkFails,
            Trouble::DiskFull { .. } => Fault::DiskFull,
            Trouble::DiskUnreadable { .. } => Fault::DiskUnreadable,
            Trouble::DiskHangs { .. } => Fault::DiskHangs,
            Trouble::WrongKey { .. } => Fault::WrongKey,
            Trouble::Agent { misdeed: Misdeed::Dies, .. } => Fault::Dies,
            Trouble::Agent { misdeed: Misdeed::ServiceDies, .. } => Fault::ServiceDies,
            Trouble::Agent { misdeed: Misdeed::ServiceHangs, .. } => Fault::ServiceHangs,
        }
    }
}

#[cfg(test)]
mod tests;
