//! The faults that can be injected here, by the names of the fault catalogue, and how often each one was.
//! Not here: when (misfortune.rs) and what they do (world.rs, network.rs, jobs.rs).

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
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 22] = [
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
    ];

    /// Its name in the catalogue; two kinds of one entry are told apart by a word.
    pub fn id(self) -> &'static str {
        match self {
            Fault::Loss => "N1",
            Fault::Burst => "N2",
            Fault::Partition => "N3",
            Fault::Filter => "N3-filter",
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
