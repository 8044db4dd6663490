//! The steps in which a node falls silent and its machine lives on: its daemon is stopped, or all beats are filtered.
//! Not here: dead machines, daemons and cables (steps.rs).

use super::pair::Pair;
use super::report::Report;
use super::steps::{NOTHING, SILENT, to_master, to_slave};
use super::{DEADTIME, PATIENCE};
use anyhow::{Context, Result};
use rustix::process::Signal;
use std::time::Instant;

/// As by a wrong rule of a firewall: pages and neighbours pass, beats do not.
const FILTER: &str = "nft 'add table ip wrong; add chain ip wrong in { type filter hook input priority 0; }; \
                      add rule ip wrong in udp dport 694 drop'";
const NO_FILTER: &str = "nft delete table ip wrong";
/// What `systole status` must say on the node that takes nothing.
const WHY: &str = "peer daemon silent, service alive";

pub fn stopped(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let daemon = pair.master.daemon.as_ref().context("no daemon on the master")?;
    let from = Instant::now();
    daemon.signal(Signal::STOP)?;
    report.say("  Its kernel takes the address away before the slave may have it.");
    to_slave(pair, report, from, "daemon of the master stopped (deadtime 10 s)", SILENT)?;

    report.say("  The daemon of the master goes on, and finds that its right to the address is over.");
    let awake = Instant::now();
    pair.master.daemon.as_ref().context("no daemon on the master")?.signal(Signal::CONT)?;
    to_master(pair, report, awake, "it goes on, with failback")
}

pub fn filtered(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let from = Instant::now();
    pair.cable.cut();
    for member in [&pair.master, &pair.slave] {
        member.node.sh(FILTER)?.ok("nft")?;
    }
    let status = report.wait(pair.stop(), "the slave to say why it takes nothing", PATIENCE, || {
        let status = pair.slave.node.run(&["systole", "status"])?.out;
        Ok(status.contains(WHY).then_some(status))
    })?;
    report.say("  systole status, on the slave:");
    report.quote(&status);
    // As long again as it took to miss the beats.
    let until = Instant::now() + DEADTIME;
    report.wait(pair.stop(), "another deadtime to pass", PATIENCE, || Ok((Instant::now() >= until).then_some(())))?;
    report.checked(
        "the slave has missed all beats, and takes nothing that answers",
        pair.holders.now()? == [pair.master.name()],
    );

    pair.cable.restore();
    for member in [&pair.master, &pair.slave] {
        member.node.sh(NO_FILTER)?.ok("nft")?;
    }
    report.wait(pair.stop(), "both nodes to hear each other again", PATIENCE, || {
        let fresh = |age: Option<std::time::Duration>| age.is_some_and(|age| age < DEADTIME);
        let slave = fresh(pair.slave.last_beat(pair.master.name())?);
        Ok((slave && fresh(pair.master.last_beat(pair.slave.name())?)).then_some(()))
    })?;
    pair.home(report)?;
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now())).length;
    report.measured("all beats filtered, both machines alive", gap, pair.two_since(from)?, NOTHING);
    Ok(())
}
