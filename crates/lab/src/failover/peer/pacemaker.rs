//! Debian's Pacemaker with Corosync on one machine of the comparison: two nodes, no fencing, one group.
//! Not here: a device that fences; the lab has none, and the other products have none either.

use super::{Product, alive, tail, write};
use crate::failover::setup::{CARDS, NAMES, Profile, Setup};
use crate::node::Node;
use crate::original::unpack;
use crate::process::Process;
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::process::Command;

const PACKAGES: &[&str] = &["corosync", "pacemaker", "pacemaker-common"];
const OWNED: &[&str] = &[
    "/etc/corosync",
    "/etc/pacemaker",
    "/var/lib/corosync",
    "/var/lib/pacemaker",
    "/var/log/corosync",
    "/var/log/pacemaker",
];

/// Both daemons in the foreground.
#[derive(Debug, Default)]
pub struct Pacemaker {
    // In the order of their end.
    pacemaker: Option<Process>,
    corosync: Option<Process>,
    starts: u32,
    /// Is the cluster's own file written yet? One machine writes it for both.
    resources: Option<String>,
}

impl Product for Pacemaker {
    fn prepare(&mut self, node: &Node, setup: &Setup) -> Result<()> {
        unpack(node, PACKAGES, OWNED)?;
        // The package's scripts made these on the host; on a machine's disk they need their owner.
        let mut own = Command::new("chown");
        own.arg("-R")
            .arg("hacluster:haclient")
            .arg(node.disk("/var/lib/pacemaker"))
            .arg(node.disk("/var/log/pacemaker"));
        let done = own.output().context("cannot start chown")?;
        anyhow::ensure!(done.status.success(), "chown hacluster: {}", String::from_utf8_lossy(&done.stderr).trim());
        write(node, "/etc/corosync/corosync.conf", &corosync(setup), 0o644)?;
        self.resources = (node.name() == NAMES[0]).then(|| resources(setup));
        Ok(())
    }

    fn start(&mut self, node: &Node) -> Result<()> {
        self.starts += 1;
        let number = self.starts;
        self.corosync = Some(node.spawn(&format!("corosync-{number}"), &["corosync", "-f"])?);
        // Pacemaker ends at once where corosync does not answer yet.
        let line = "until corosync-cfgtool -s >/dev/null 2>&1; do sleep 0.1; done; exec pacemakerd -f";
        self.pacemaker = Some(node.spawn(&format!("pacemaker-{number}"), &["bash", "-c", line])?);
        Ok(())
    }

    fn ready(&mut self, node: &Node) -> Result<bool> {
        alive(&mut self.corosync, "corosync")?;
        alive(&mut self.pacemaker, "pacemakerd")?;
        let state = node.run(&["crm_mon", "--one-shot", "--output-as=xml"])?.out;
        let online = state.matches("online=\"true\"").count() == NAMES.len() && !state.contains("pending=\"true\"");
        if !online {
            return Ok(false);
        }
        if let Some(text) = &self.resources {
            for (scope, part) in ["crm_config", "resources", "constraints"].into_iter().zip(text.lines()) {
                let words = ["cibadmin", "--replace", "--scope", scope, "--xml-text", part];
                node.run(&words)?.ok("cibadmin --replace")?;
            }
            self.resources = None;
            return Ok(false);
        }
        Ok(state.matches("role=\"Started\"").count() >= 2)
    }

    fn leave(&mut self, node: &Node) -> Result<()> {
        standby(node, "on")
    }

    fn welcome(&mut self, node: &Node) -> Result<()> {
        standby(node, "off")
    }

    fn owns(&self, name: &str, _line: &str) -> bool {
        // Names in /proc are cut to 15 bytes; "pacemaker-based" fits.
        name == "corosync" || name.starts_with("pacemaker")
    }

    fn lost_power(&mut self) {
        (self.pacemaker, self.corosync) = (None, None);
    }

    fn words(&self, _node: &Node) -> String {
        format!("{}\n{}", tail(self.corosync.as_ref()), tail(self.pacemaker.as_ref()))
    }
}

fn standby(node: &Node, word: &str) -> Result<()> {
    let words = ["crm_attribute", "--node", node.name(), "--name", "standby", "--update", word];
    node.run(&words)?.ok("crm_attribute --name standby").map(drop)
}

fn corosync(setup: &Setup) -> String {
    // Below 500 ms Debian's Corosync declared deaths on an idle machine of two cores.
    let token = if setup.profile == Profile::Fast { "    token: 500\n" } else { "" };
    let mut text = format!(
        "totem {{\n    version: 2\n    cluster_name: lab\n    transport: knet\n    crypto_cipher: none\n    \
         crypto_hash: none\n{token}}}\nquorum {{\n    provider: corosync_votequorum\n    two_node: 1\n    \
         wait_for_all: 0\n}}\nlogging {{\n    to_stderr: yes\n    to_syslog: no\n}}\nnodelist {{\n"
    );
    for (number, (name, card)) in (1..).zip(NAMES.iter().zip(CARDS)) {
        let _ = writeln!(
            text,
            "    node {{\n        name: {name}\n        nodeid: {number}\n        ring0_addr: {card}\n    }}"
        );
    }
    text.push_str("}\n");
    text
}

/// A line each: properties, resources, constraints.
fn resources(setup: &Setup) -> String {
    let every = if setup.profile == Profile::Fast { "1s" } else { "10s" };
    let pair =
        |id: &str, name: &str, value: &str| format!("<nvpair id=\"{id}-{name}\" name=\"{name}\" value=\"{value}\"/>");
    let properties = format!(
        "<crm_config><cluster_property_set id=\"cib-bootstrap-options\">{}{}</cluster_property_set></crm_config>",
        pair("options", "stonith-enabled", "false"),
        pair("options", "no-quorum-policy", "ignore"),
    );
    let primitive = |id: &str, kind: &str, attributes: &str| {
        format!(
            "<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"{kind}\"><instance_attributes \
             id=\"{id}-attributes\">{attributes}</instance_attributes><operations><op id=\"{id}-monitor\" name=\"monitor\" \
             interval=\"{every}\" timeout=\"20s\"/></operations></primitive>"
        )
    };
    let mut members = String::new();
    for (number, address) in setup.addresses().enumerate() {
        let id = format!("address{number}");
        let (ip, prefix) = (address.to_string(), Setup::prefix(address).to_string());
        let attributes = [("ip", ip.as_str()), ("cidr_netmask", &prefix), ("nic", "eth0")];
        members.push_str(&primitive(&id, "IPaddr2", &attributes.map(|(name, value)| pair(&id, name, value)).concat()));
    }
    let apache = [("configfile", "/etc/apache2/apache2.conf"), ("envfiles", "/etc/apache2/envvars")];
    members.push_str(&primitive("apache", "apache", &apache.map(|(name, value)| pair("apache", name, value)).concat()));
    let stickiness = if setup.failback { "0" } else { "100" };
    let home = if setup.failback {
        format!("<rsc_location id=\"home\" rsc=\"web\" node=\"{}\" score=\"50\"/>", NAMES[0])
    } else {
        String::new()
    };
    let meta = pair("web", "resource-stickiness", stickiness);
    format!(
        "{properties}\n<resources><group id=\"web\"><meta_attributes id=\"web-meta\">{meta}</meta_attributes>{members}\
         </group></resources>\n<constraints>{home}</constraints>"
    )
}
