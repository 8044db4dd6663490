//! The steps in which Apache itself fails while everything else is well: it is mended where it is, and nothing moves.
//! Not here: failures of machines, cables and daemons (steps.rs).

use super::PATIENCE;
use super::pair::Pair;
use super::report::Report;
use anyhow::{Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// By kernel event, and Apache's own start: many times what it takes, for a busy machine.
const AT_ONCE: Duration = Duration::from_millis(500);
/// A page is asked for every 10 s, an answer may take 5 s, and a failed question is repeated once; then Apache has 3 s to
/// end before it is killed.
const HANGS: Duration = Duration::from_secs(24);

pub fn killed(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let from = Instant::now();
    signal(&apache(pair)?, Signal::KILL);
    mended(pair, report, from, "all processes of Apache killed, restarted in place", AT_ONCE)
}

pub fn hung(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let old = apache(pair)?;
    let from = Instant::now();
    signal(&old, Signal::STOP);
    report.wait(pair.stop(), "another Apache on the master", PATIENCE, || {
        let now = apache(pair)?;
        Ok((!now.is_empty() && now.iter().all(|pid| !old.contains(pid))).then_some(()))
    })?;
    mended(pair, report, from, "Apache hangs (accepts, never answers), restarted in place", HANGS)?;
    let status = pair.master.node.run(&["systole", "status"])?;
    report.quote(&status.out);
    report.checked("status says how it failed", status.out.contains("no answer from http://192.168.1.236:80/"));
    Ok(())
}

fn apache(pair: &Pair) -> Result<Vec<u32>> {
    let all = pair.master.node.processes()?.into_iter();
    Ok(all.filter(|process| process.name == "apache2" && !process.zombie).map(|process| process.pid).collect())
}

fn signal(pids: &[u32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
        // A child may have gone with its parent.
        let _ = kill_process(pid, signal);
    }
}

/// Waits until the master serves again, alone, and reports the outage; the slave must not have served meanwhile.
fn mended(pair: &Pair, report: &mut Report, from: Instant, what: &str, bound: Duration) -> Result<()> {
    let (master, slave) = (pair.master.name(), pair.slave.name());
    pair.page_of(report, master, from)?;
    pair.steady(report, master, 100)?;
    pair.only_holder(report, master)?;
    if pair.prober.look(|seen| seen.first(from, slave)).is_some() {
        bail!("{slave} served meanwhile");
    }
    let outage = pair.prober.look(|seen| seen.longest_gap(from, Instant::now())).length;
    report.measured(what, outage, pair.two_since(from)?, bound);
    Ok(())
}
