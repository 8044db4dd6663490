//! The faults that can be injected here, by the names of the fault catalogue, and how often each one was.
//! Not here: when (misfortune.rs) and what they do (acting.rs and its parts, world.rs, network.rs, jobs.rs).
//!
//! Of the catalogue these are not simulated, and why:
//! - N12 apart from the cable of the service network: whether clients reach an address is decided by nobody yet but by
//!   ping nodes beside an old Heartbeat, which scenarios play. A wrong MTU is the kernel's.
//! - P3 revert of a running machine to a snapshot: heart cannot notice it, so nothing it decides could be right or wrong;
//!   the revert of its disk is D6.
//! - P6, P7, D1, D2, D4, D5: memory, processes and the file system are hands' and the kernel's; the core only ever sees
//!   a late or lost write, which every power cut here is.
//! - A2: nothing is monitored yet. O1, O3, S17: files and keys are read before a core begins. O5: nobody watches yet.
//! - O7: an old Heartbeat is played in scenarios, not in seeds.
//! - M5 to M8: without the key nothing passes the decoder, which is fuzzed; M9: all nodes share one key, so nobody can
//!   tell who spoke. M10: the socket is not simulated.

use std::collections::BTreeMap;
use std::fmt;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    Loss,
    Burst,
    Partition,
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
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 44] = [
        Fault::Loss,
        Fault::Burst,
        Fault::Partition,
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
    ];

    /// Its name in the catalogue; two kinds of one entry are told apart by a word.
    pub fn id(self) -> &'static str {
        match self {
            Fault::Loss => "N1",
            Fault::Burst => "N2",
            Fault::Partition => "N3",
            Fault::OneWay => "N4",
            Fault::Partial => "N5",
            Fault::Carrier => "N6",
            Fault::Delay => "N7",
            Fault::Duplicate => "N8",
            Fault::Corrupt => "N9",
            Fault::SerialNoise => "N11",
            Fault::HeartKilled => "P1-heart",
            Fault::HandsKilled => "P1-hands",
            Fault::Pause => "P2",
            Fault::PowerCut => "P4",
            Fault::ClockRate => "C3",
            Fault::StartFails => "A1",
            Fault::StopFails => "A3",
            Fault::Hang => "A4",
            Fault::Slow => "A5",
            Fault::Operator => "O6",
            Fault::Replay => "M1",
            Fault::Bursts => "N2-bursts",
            Fault::Flapping => "N6-flap",
            Fault::Tail => "N7-tail",
            Fault::Reorder => "N8-late",
            Fault::Flood => "N10",
            Fault::AllKilled => "P1-all",
            Fault::PauseAll => "P2-both",
            Fault::Freeze => "P3",
            Fault::Suspend => "C4",
            Fault::Starved => "P5",
            Fault::StateLost => "D3-lost",
            Fault::StateTorn => "D3-torn",
            Fault::StateOld => "D6",
            Fault::WallClock => "C1",
            Fault::StartLies => "A6-start",
            Fault::StatusLies => "A6-status",
            Fault::Configuration => "O2",
            Fault::Clone => "O4",
            Fault::Both => "O6-both",
            Fault::Reload => "O6-reload",
            Fault::ReplayNewborn => "M2",
            Fault::ReplayUnheard => "M3",
            Fault::Forged => "M4",
        }
    }
}

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
