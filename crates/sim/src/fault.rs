//! The faults that can be injected here, by the names of the fault catalogue, and how often each one was.
//! Not here: when (misfortune.rs) and what they do (acting.rs and its parts, world.rs, network.rs, jobs.rs).
//! What is not simulated, why, and where it is tested instead: docs/simulation.md.

use std::collections::BTreeMap;
use std::fmt;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    Loss,
    Burst,
    Partition,
    Filter,
    OneWay,
    Partial,
    Carrier,
    Delay,
    Duplicate,
    Corrupt,
    SerialNoise,
    HeartKilled,
    HandsKilled,
    Pause,
    PowerCut,
    ClockRate,
    StartFails,
    StopFails,
    Hang,
    Slow,
    Operator,
    Replay,
    Bursts,
    Flapping,
    Tail,
    Reorder,
    Flood,
    AllKilled,
    PauseAll,
    Freeze,
    Suspend,
    Starved,
    StateLost,
    StateTorn,
    StateOld,
    WallClock,
    StartLies,
    StatusLies,
    Configuration,
    Clone,
    Both,
    Reload,
    ReplayNewborn,
    ReplayUnheard,
    Forged,
    OutOfMemory,
    ForkFails,
    DiskFull,
    DiskUnreadable,
    SyncFails,
    DiskHangs,
    Dies,
    WrongKey,
    ByHand,
    Keyless,
    Malformed,
    ServiceDies,
    ServiceHangs,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 58] = [
        Fault::Loss,
        Fault::Burst,
        Fault::Partition,
        Fault::Filter,
        Fault::OneWay,
        Fault::Partial,
        Fault::Carrier,
        Fault::Delay,
        Fault::Duplicate,
        Fault::Corrupt,
        Fault::SerialNoise,
        Fault::HeartKilled,
        Fault::HandsKilled,
        Fault::Pause,
        Fault::PowerCut,
        Fault::ClockRate,
        Fault::StartFails,
        Fault::StopFails,
        Fault::Hang,
        Fault::Slow,
        Fault::Operator,
        Fault::Replay,
        Fault::Bursts,
        Fault::Flapping,
        Fault::Tail,
        Fault::Reorder,
        Fault::Flood,
        Fault::AllKilled,
        Fault::PauseAll,
        Fault::Freeze,
        Fault::Suspend,
        Fault::Starved,
        Fault::StateLost,
        Fault::StateTorn,
        Fault::StateOld,
        Fault::WallClock,
        Fault::StartLies,
        Fault::StatusLies,
        Fault::Configuration,
        Fault::Clone,
        Fault::Both,
        Fault::Reload,
        Fault::ReplayNewborn,
        Fault::ReplayUnheard,
        Fault::Forged,
        Fault::OutOfMemory,
        Fault::ForkFails,
        Fault::DiskFull,
        Fault::DiskUnreadable,
        Fault::SyncFails,
        Fault::DiskHangs,
        Fault::Dies,
        Fault::WrongKey,
        Fault::ByHand,
        Fault::Keyless,
        Fault::Malformed,
        Fault::ServiceDies,
        Fault::ServiceHangs,
    ];

    /// Its name in the catalogue; two kinds of one entry are told apart by a word.
    pub fn id(self) -> &'static str {
        IDS.iter().find(|(fault, _)| *fault == self).map_or("?", |(_, id)| id)
    }
}

const IDS: [(Fault, &str); 58] = [
    (Fault::Loss, "N1"),
    (Fault::Burst, "N2"),
    (Fault::Partition, "N3"),
    (Fault::Filter, "N3-filter"),
    (Fault::OneWay, "N4"),
    (Fault::Partial, "N5"),
    (Fault::Carrier, "N6"),
    (Fault::Delay, "N7"),
    (Fault::Duplicate, "N8"),
    (Fault::Corrupt, "N9"),
    (Fault::SerialNoise, "N11"),
    (Fault::HeartKilled, "P1-heart"),
    (Fault::HandsKilled, "P1-hands"),
    (Fault::Pause, "P2"),
    (Fault::PowerCut, "P4"),
    (Fault::ClockRate, "C3"),
    (Fault::StartFails, "A1"),
    (Fault::StopFails, "A3"),
    (Fault::Hang, "A4"),
    (Fault::Slow, "A5"),
    (Fault::Operator, "O6"),
    (Fault::Replay, "M1"),
    (Fault::Bursts, "N2-bursts"),
    (Fault::Flapping, "N6-flap"),
    (Fault::Tail, "N7-tail"),
    (Fault::Reorder, "N8-late"),
    (Fault::Flood, "N10"),
    (Fault::AllKilled, "P1-all"),
    (Fault::PauseAll, "P2-both"),
    (Fault::Freeze, "P3"),
    (Fault::Suspend, "C4"),
    (Fault::Starved, "P5"),
    (Fault::StateLost, "D3-lost"),
    (Fault::StateTorn, "D3-torn"),
    (Fault::StateOld, "D6"),
    (Fault::WallClock, "C1"),
    (Fault::StartLies, "A6-start"),
    (Fault::StatusLies, "A6-status"),
    (Fault::Configuration, "O2"),
    (Fault::Clone, "O4"),
    (Fault::Both, "O6-both"),
    (Fault::Reload, "O6-reload"),
    (Fault::ReplayNewborn, "M2"),
    (Fault::ReplayUnheard, "M3"),
    (Fault::Forged, "M4"),
    (Fault::OutOfMemory, "P6"),
    (Fault::ForkFails, "P7"),
    (Fault::DiskFull, "D1"),
    (Fault::DiskUnreadable, "D2"),
    (Fault::SyncFails, "D4"),
    (Fault::DiskHangs, "D5"),
    (Fault::Dies, "A6-dies"),
    (Fault::WrongKey, "O3"),
    (Fault::ByHand, "O5"),
    (Fault::Keyless, "M5"),
    (Fault::Malformed, "M6"),
    (Fault::ServiceDies, "A7-dies"),
    (Fault::ServiceHangs, "A7-hangs"),
];

/// How often each fault was injected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Injected(BTreeMap<Fault, u64>);

impl Injected {
    pub(crate) fn count(&mut self, fault: Fault) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Injected) {
        for (fault, times) in &other.0 {
            *self.0.entry(*fault).or_default() += times;
        }
    }

    /// How often this one.
    pub fn times(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    /// How many kinds.
    pub fn kinds(&self) -> usize {
        self.0.values().filter(|times| **times > 0).count()
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            Fault::ALL.iter().map(|fault| format!("{} {}", fault.id(), self.times(*fault))).collect();
        f.write_str(&words.join(", "))
    }
}
