//! Ours, on one machine of the comparison; and the files in Heartbeat's form, which both read.
//! Not here: anything that only ours is measured for.

use super::{Product, alive, other, tail, write};
use crate::failover::setup::{ADDRESS, NAMES, Peer, Profile, Setup};
use crate::node::Node;
use crate::process::Process;
use anyhow::Result;
use std::fmt::Write as _;

/// Systole with its daemon.
#[derive(Debug, Default)]
pub struct Systole {
    daemon: Option<Process>,
    /// Each start writes a log of its own.
    starts: u32,
    links: usize,
}

impl Product for Systole {
    fn prepare(&mut self, node: &Node, setup: &Setup) -> Result<()> {
        self.links = if setup.serial { 2 } else { 1 };
        files(node, setup)
    }

    fn start(&mut self, node: &Node) -> Result<()> {
        self.starts += 1;
        self.daemon = Some(node.spawn(&format!("systoled-{}", self.starts), &["systoled", "--log", "human"])?);
        Ok(())
    }

    fn ready(&mut self, node: &Node) -> Result<bool> {
        alive(&mut self.daemon, "systoled")?;
        let out = node.run(&["systole", "status", "--json"])?.out;
        let status: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
        let list = |value: &serde_json::Value, name: &str| {
            value.get(name).and_then(|list| list.as_array()).cloned().unwrap_or_default()
        };
        let is = |value: &serde_json::Value, name: &str, word: &str| {
            value.get(name).and_then(|found| found.as_str()) == Some(word)
        };
        let up = |link: &serde_json::Value| link.get("up").and_then(serde_json::Value::as_bool) == Some(true);
        let (nodes, groups) = (list(&status, "nodes"), list(&status, "groups"));
        let peer_heard = nodes.iter().any(|seen| {
            let links = list(seen, "links");
            is(seen, "name", other(node)) && links.len() >= self.links && links.iter().all(up)
        });
        let settled = groups.iter().all(|group| is(group, "here", "running") || is(group, "here", "idle"));
        Ok(peer_heard && settled && !groups.is_empty() && nodes.iter().all(|seen| is(seen, "state", "active")))
    }

    fn leave(&mut self, node: &Node) -> Result<()> {
        node.run(&["systole", "standby"])?.ok("systole standby").map(drop)
    }

    fn owns(&self, name: &str, line: &str) -> bool {
        name.starts_with("systole") || line.starts_with("systoled") || line.ends_with(" hands")
    }

    fn lost_power(&mut self) {
        self.daemon = None;
    }

    fn words(&self, _node: &Node) -> String {
        tail(self.daemon.as_ref())
    }
}

/// ha.cf, haresources and authkeys, for Heartbeat and for ours.
pub fn files(node: &Node, setup: &Setup) -> Result<()> {
    let serial = if setup.serial { "serial /dev/ttyS0\n" } else { "" };
    let failback = if setup.failback { "on" } else { "off" };
    let log = if setup.peer == Peer::Heartbeat { "logfile /var/log/ha-log\n" } else { "" };
    let names = NAMES.join(" ");
    let text = format!(
        "{}{log}udpport 694\nbcast eth0\n{serial}auto_failback {failback}\nnode {names}\n",
        times(setup.peer, setup.profile)
    );
    write(node, "/etc/ha.d/ha.cf", &text, 0o644)?;
    let mut words = format!("{} IPaddr2::{ADDRESS}/24/eth0:0", NAMES[0]);
    for address in setup.crowd() {
        let _ = write!(words, " IPaddr2::{address}/{}/eth0", Setup::prefix(address));
    }
    if !setup.peer.warm() {
        words.push_str(" apache2");
    }
    words.push('\n');
    write(node, "/etc/ha.d/haresources", &words, 0o644)?;
    write(node, "/etc/ha.d/authkeys", "auth 1\n1 sha1 a-secret-of-the-comparison\n", 0o600)
}

/// At `fast` each has the least deadtime at which it held together, idle and under four busy processes.
fn times(peer: Peer, profile: Profile) -> &'static str {
    match (profile, peer) {
        (Profile::Tutorial, _) => "keepalive 2\nwarntime 6\ndeadtime 10\ninitdead 60\n",
        (Profile::Default, _) => "keepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 10\n",
        (Profile::Fast, Peer::Heartbeat) => "keepalive 10ms\nwarntime 30ms\ndeadtime 50ms\ninitdead 4\n",
        (Profile::Fast, _) => "keepalive 10ms\nwarntime 20ms\ndeadtime 30ms\ninitdead 4\n",
    }
}
