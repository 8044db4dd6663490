//! The bars: what Systole must reach, as the design has set them, and which of the measured values each one is about.
//! Not here: a bar that only `make bench` measures; the table names those and where they are.

use super::results::Results;
use super::setup::{Peer, Profile};

/// One promise.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    pub what: &'static str,
    pub peer: Peer,
    pub profile: Profile,
    pub scenario: &'static str,
    pub value: &'static str,
    /// In the value's own unit.
    pub limit: f64,
    pub unit: &'static str,
    /// Every run must keep it, and not the median.
    pub each: bool,
}

const fn bar(
    what: &'static str,
    (peer, profile, scenario, value): (Peer, Profile, &'static str, &'static str),
    limit: f64,
    unit: &'static str,
) -> Bar {
    Bar { what, peer, profile, scenario, value, limit, unit, each: false }
}

const fn each(
    what: &'static str,
    (peer, profile, scenario, value): (Peer, Profile, &'static str, &'static str),
    limit: f64,
    unit: &'static str,
) -> Bar {
    Bar { what, peer, profile, scenario, value, limit, unit, each: true }
}

use Peer::{Systole, SystoleWarm};
use Profile::{Default, Fast, Tutorial};

/// In the order of the design.
pub const BARS: &[Bar] = &[
    bar("power cut, tutorial's timings, two media", (Systole, Tutorial, "power-cut", "outage_s"), 3.0, "s"),
    each("the same: never above deadtime + 0.3 s", (Systole, Tutorial, "power-cut", "outage_s"), 10.3, "s"),
    bar("power cut, fast, warm", (SystoleWarm, Fast, "power-cut", "outage_s"), 0.020, "s"),
    bar("power cut, fast, cold Apache", (Systole, Fast, "power-cut", "outage_s"), 0.10, "s"),
    bar("RJ45 pulled, serial alive, tutorial", (Systole, Tutorial, "cable", "outage_s"), 0.2, "s"),
    bar("RJ45 pulled, Ethernet alone, tutorial: as power cut", (Systole, Tutorial, "cable-one", "outage_s"), 10.3, "s"),
    bar(
        "RJ45 put back: no outage, which is no gap above 0.05 s",
        (Systole, Tutorial, "cable", "back_outage_s"),
        0.05,
        "s",
    ),
    each("RJ45 put back: two holders", (Systole, Tutorial, "cable", "back_two_s"), 0.05, "s"),
    each("silent switch heals: two holders", (Systole, Default, "silent", "back_two_s"), 0.05, "s"),
    each("silent switch: two holders meanwhile", (Systole, Default, "silent", "two_s"), 0.0, "s"),
    each("planned move, warm: refused requests", (SystoleWarm, Default, "planned", "failed"), 0.0, "requests"),
    bar("planned move, cold", (Systole, Default, "planned", "outage_s"), 0.10, "s"),
    bar("all Apache processes killed", (Systole, Default, "service-killed", "outage_s"), 0.05, "s"),
    each("daemons killed: two holders", (Systole, Default, "daemon-killed", "two_s"), 0.0, "s"),
    each("daemons killed, fast: two holders", (Systole, Fast, "daemon-killed", "two_s"), 0.0, "s"),
    each("daemons stopped 15 s: two holders", (Systole, Default, "stopped-15", "two_s"), 0.0, "s"),
    each("and after they run on", (Systole, Default, "stopped-15", "back_two_s"), 0.0, "s"),
    each("20 % loss on all media: moves", (Systole, Fast, "loss-20-all", "moves"), 0.0, "moves"),
    each("30 % loss on all media: moves", (Systole, Fast, "loss-30-all", "moves"), 0.0, "moves"),
    each("one-way loss: two holders", (Systole, Default, "one-way", "two_s"), 0.0, "s"),
    bar("100 addresses, first to last", (SystoleWarm, Fast, "addresses-100", "first_to_last_s"), 0.002, "s"),
    bar("1,000 addresses, first to last", (SystoleWarm, Fast, "addresses-1000", "first_to_last_s"), 0.030, "s"),
    bar("memory, idle", (Systole, Tutorial, "idle", "memory_mib"), 6.0, "MiB"),
    bar("processes, idle", (Systole, Tutorial, "idle", "processes"), 2.0, "processes"),
    bar("processor, idle, tutorial", (Systole, Tutorial, "idle", "cpu_percent"), 0.03, "%"),
    bar("processor, idle, fast", (Systole, Fast, "idle", "cpu_percent"), 1.0, "%"),
];

/// Values of one case, sorted.
pub fn values(results: &Results, peer: Peer, profile: Profile, scenario: &str, value: &str) -> Vec<f64> {
    let of = |record: &&super::results::Record| {
        record.case.peer == peer && record.case.profile == profile && record.case.scenario == scenario
    };
    let mut found: Vec<f64> =
        results.records.iter().filter(of).filter_map(|record| record.values.get(value).copied()).collect();
    found.sort_by(f64::total_cmp);
    found
}

/// The middle of sorted values; nothing of none.
pub fn median(sorted: &[f64]) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let (low, high) = (sorted.get(last / 2)?, sorted.get(last.div_ceil(2))?);
    Some((low + high) / 2.0)
}

#[cfg(test)]
mod tests;
