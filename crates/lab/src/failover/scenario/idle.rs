//! What a product costs while nothing happens: processor, memory, and what it says on the network.
//! Not here: Apache, the client and the lab, which cost more.

use super::{Form, Values};
use crate::failover::room::{Owner, Room};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// Owner and standby, for as long as the form wants.
pub fn idle(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    let span = Duration::from_secs(if form == Form::Whole { 30 } else { 10 });
    let machines = [("", owner), ("standby_", owner.other())];
    room.rest();
    let mut before = Vec::new();
    for (_, who) in machines {
        before.push((busy(&room.pids(who)?), sent(room, who)?));
    }
    let at = Instant::now();
    room.watch(span)?;
    let mut values = Values::new();
    for ((prefix, who), (before, [packets, bytes])) in machines.into_iter().zip(before) {
        let pids = room.pids(who)?;
        let used = busy(&pids).saturating_sub(before) as f64;
        let seconds = at.elapsed().as_secs_f64();
        values.insert(format!("{prefix}cpu_percent"), used / seconds / 1e9 * 100.0);
        let [more_packets, more_bytes] = sent(room, who)?;
        values.insert(format!("{prefix}packets_per_s"), more_packets.saturating_sub(packets) as f64 / seconds);
        values.insert(format!("{prefix}bytes_per_s"), more_bytes.saturating_sub(bytes) as f64 / seconds);
        values.insert(format!("{prefix}memory_mib"), memory(&pids)? / 1024.0);
        values.insert(format!("{prefix}processes"), pids.len() as f64);
    }
    // Then it was not idle, and the figures are of something else.
    values.insert("moves".into(), room.holders.gained(at, Instant::now())? as f64);
    Ok(values)
}

/// Frames and bytes that the machine has sent on Ethernet.
fn sent(room: &mut Room, who: Owner) -> Result<[u64; 2]> {
    let directory = "/sys/class/net/eth0/statistics";
    let (packets, bytes) = (format!("{directory}/tx_packets"), format!("{directory}/tx_bytes"));
    let out = room.member(who)?.node.run(&["cat", &packets, &bytes])?.ok("cat /sys/class/net")?.out;
    let mut numbers = out.lines().map(|line| line.trim().parse().context("the kernel counts in numbers"));
    let mut next = || numbers.next().context("the kernel counts both")?;
    Ok([next()?, next()?])
}

/// Nanoseconds on a processor of all threads. A thread that ended in between takes its time along.
fn busy(pids: &[u32]) -> u64 {
    let of = |path: &std::path::Path| {
        let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0)
    };
    let threads = |pid: &u32| std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    pids.iter().flat_map(threads).map(|thread| of(&thread.path())).sum()
}

/// Proportional share of memory, in KiB.
fn memory(pids: &[u32]) -> Result<f64> {
    let mut total = 0.0;
    for pid in pids {
        let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("the kernel tells no Pss")?;
        total += line.trim().trim_end_matches("kB").trim().parse::<f64>()?;
    }
    Ok(total)
}
