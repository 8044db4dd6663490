//! A product on one machine: set up, started, asked, sent away, killed. Scenarios know nothing else of a product.
//! Not here: the machine and its power; nor any measuring.

use super::setup::{NAMES, Peer, Setup};
use crate::node::Node;
use crate::process::Process;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt::Debug;
use std::os::unix::fs::PermissionsExt;

mod heartbeat;
mod keepalived;
mod pacemaker;
mod systole;

/// One product on one machine. What it holds of processes dies with the machine.
pub trait Product: Debug {
    /// Writes its files; the machine is on, nothing runs.
    ///
    /// # Errors
    /// A file cannot be written.
    fn prepare(&mut self, node: &Node, setup: &Setup) -> Result<()>;

    /// Starts it. Returns before it does anything.
    ///
    /// # Errors
    /// It does not start; its own words are in the error.
    fn start(&mut self, node: &Node) -> Result<()>;

    /// True when it runs and calls both machines healthy, so that a fault may come.
    ///
    /// # Errors
    /// It has ended, or cannot be asked.
    fn ready(&mut self, node: &Node) -> Result<bool>;

    /// Sends the service to the other machine, in the way its manual gives. May return before or after it is there.
    ///
    /// # Errors
    /// It refuses.
    fn leave(&mut self, node: &Node) -> Result<()>;

    /// Takes back what [`Product::leave`] has left standing, a ban for example.
    ///
    /// # Errors
    /// It refuses.
    fn welcome(&mut self, _node: &Node) -> Result<()> {
        Ok(())
    }

    /// Is this one of its processes? By name and command line.
    fn owns(&self, name: &str, line: &str) -> bool;

    /// The machine has lost its power.
    fn lost_power(&mut self);

    /// What it said last, for an error.
    fn words(&self, node: &Node) -> String;
}

/// The product of `setup`.
pub fn product(setup: &Setup) -> Box<dyn Product> {
    match setup.peer {
        Peer::Systole | Peer::SystoleWarm => Box::new(systole::Systole::default()),
        Peer::Heartbeat => Box::new(heartbeat::Heartbeat),
        Peer::Keepalived => Box::new(keepalived::Keepalived::default()),
        Peer::Pacemaker => Box::new(pacemaker::Pacemaker::default()),
    }
}

/// Why `peer` cannot run here; nothing if it can.
pub fn missing(peer: Peer) -> Option<String> {
    let files: &[&str] = match peer {
        Peer::Systole | Peer::SystoleWarm => &[],
        Peer::Heartbeat => &["/usr/libexec/heartbeat/heartbeat", "/etc/init.d/heartbeat"],
        Peer::Keepalived => &["/usr/sbin/keepalived", "/usr/bin/pgrep"],
        Peer::Pacemaker => &["/usr/sbin/corosync", "/usr/sbin/pacemakerd", "/usr/sbin/crm_mon", "/usr/bin/curl"],
    };
    let all = files.iter().chain(&["/usr/sbin/apache2", "/usr/sbin/nft"]);
    let path = all.into_iter().find(|path| !std::path::Path::new(**path).exists())?;
    Some(format!("{path} is missing: run `packaging/setup-test.sh failover`"))
}

/// Process ids of everything that is the product's, as the host sees them.
pub fn pids(product: &dyn Product, node: &Node) -> Result<Vec<u32>> {
    let all = node.processes()?.into_iter().filter(|seen| !seen.zombie && product.owns(&seen.name, &seen.line));
    Ok(all.map(|seen| seen.pid).collect())
}

/// The same signal to all of them, as one `kill` would.
pub fn signal(pids: &[u32], signal: Signal) -> Result<()> {
    if pids.is_empty() {
        bail!("there is no process to send {signal:?} to");
    }
    for pid in pids {
        // One may be gone already because another is.
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }
    Ok(())
}

/// Writes a file of the machine's disk, with the directories above it.
fn write(node: &Node, path: &str, text: &str, mode: u32) -> Result<()> {
    let place = node.disk(path);
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("no directory for {path}"))?;
    }
    std::fs::write(&place, text).with_context(|| format!("{path} cannot be written"))?;
    std::fs::set_permissions(&place, PermissionsExt::from_mode(mode))?;
    Ok(())
}

/// The name of the other machine.
fn other(node: &Node) -> &'static str {
    if node.name() == NAMES[0] { NAMES[1] } else { NAMES[0] }
}

/// The last lines of a running program's log.
fn tail(process: Option<&Process>) -> String {
    let text = process.and_then(|process| std::fs::read_to_string(process.log()).ok()).unwrap_or_default();
    last_lines(&text)
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(25)..).unwrap_or_default().join("\n")
}

/// An error when the process is absent or has ended.
fn alive<'p>(process: &'p mut Option<Process>, what: &str) -> Result<&'p mut Process> {
    let process = process.as_mut().with_context(|| format!("{what} was not started"))?;
    if process.running() { Ok(process) } else { bail!("{what} has ended by itself") }
}
