//! Debian's keepalived on one machine of the comparison: VRRP, one instance, a script that looks at Apache.
//! Not here: Apache, which runs on both machines by itself.

use super::{Product, alive, tail, write};
use crate::failover::setup::{ADDRESS, NAMES, Profile, Setup};
use crate::node::Node;
use crate::process::Process;
use anyhow::Result;
use rustix::process::Signal;
use std::fmt::Write as _;
use std::time::Duration;

/// keepalived in the foreground.
#[derive(Debug, Default)]
pub struct Keepalived {
    daemon: Option<Process>,
    /// Each start writes a log of its own.
    starts: u32,
}

impl Product for Keepalived {
    fn prepare(&mut self, node: &Node, setup: &Setup) -> Result<()> {
        write(node, "/etc/keepalived/keepalived.conf", &configuration(node.name(), setup), 0o644)
    }

    fn start(&mut self, node: &Node) -> Result<()> {
        self.starts += 1;
        let words = ["keepalived", "--dont-fork", "--log-console", "--log-detail"];
        self.daemon = Some(node.spawn(&format!("keepalived-{}", self.starts), &words)?);
        Ok(())
    }

    fn ready(&mut self, _node: &Node) -> Result<bool> {
        let log = std::fs::read_to_string(alive(&mut self.daemon, "keepalived")?.log())?;
        // The newest change of state: neither at the start nor in fault.
        let last = log.lines().rev().find(|line| line.contains("Entering") && line.contains("STATE"));
        Ok(last.is_some_and(|line| line.contains("MASTER") || line.contains("BACKUP")))
    }

    /// VRRP knows no other way to hand over on purpose without a change of files.
    fn leave(&mut self, _node: &Node) -> Result<()> {
        let mut daemon = self.daemon.take();
        let process = alive(&mut daemon, "keepalived")?;
        process.signal(Signal::TERM)?;
        process.wait(Duration::from_secs(20)).map(drop)
    }

    fn owns(&self, name: &str, _line: &str) -> bool {
        name.starts_with("keepalived")
    }

    fn lost_power(&mut self) {
        self.daemon = None;
    }

    fn words(&self, _node: &Node) -> String {
        tail(self.daemon.as_ref())
    }
}

fn configuration(name: &str, setup: &Setup) -> String {
    let fast = setup.profile == Profile::Fast;
    let (realtime, advert) = if fast { ("    vrrp_rt_priority 50\n    vrrp_no_swap\n", "0.01") } else { ("", "1") };
    let preempt = if setup.failback { "" } else { "    nopreempt\n" };
    let priority = if name == NAMES[0] { 150 } else { 100 };
    let mut text = format!(
        "global_defs {{\n    router_id {name}\n    vrrp_version 3\n    script_user root\n{realtime}}}\n\
         vrrp_script web {{\n    script \"/usr/bin/pgrep -x apache2\"\n    interval 1\n    fall 1\n    rise 1\n}}\n\
         vrrp_instance web {{\n    state BACKUP\n    interface eth0\n    virtual_router_id 51\n    priority {priority}\n    \
         advert_int {advert}\n{preempt}    track_script {{\n        web\n    }}\n    virtual_ipaddress {{\n        \
         {ADDRESS}/24 dev eth0 label eth0:0\n    }}\n"
    );
    let crowd = setup.crowd();
    if !crowd.is_empty() {
        // An advertisement holds few addresses; the others are kept out of it, as the manual has it.
        text.push_str("    virtual_ipaddress_excluded {\n");
        for address in crowd {
            let _ = writeln!(text, "        {address}/{} dev eth0", Setup::prefix(address));
        }
        text.push_str("    }\n");
    }
    text.push_str("}\n");
    text
}
