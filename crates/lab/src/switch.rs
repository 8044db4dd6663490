//! The Ethernet switch: a bridge in a network namespace of its own, with ports that lose their carrier or swallow frames.
//! Not here: addresses; those belong to the machines at the other end.

use crate::namespace::{NETWORK, Namespace};
use crate::process::Finished;
use crate::stop::Stop;
use anyhow::Result;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// No spanning tree and no snooping: a port forwards from the first moment, as a plain switch from a shop does.
const SCRIPT: &str = "
ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip link set lo up
ip link set br0 up
";

const LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Switch {
    namespace: Namespace,
    ports: AtomicU32,
}

/// One plug on the switch.
#[derive(Debug, Clone)]
pub struct Port {
    name: String,
}

impl Port {
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Switch {
    pub fn new(stop: &Stop, directory: &Path) -> Result<Switch> {
        let namespace = Namespace::start(stop, NETWORK, SCRIPT, &[], &directory.join("switch.log"))?;
        Ok(Switch { namespace, ports: AtomicU32::new(1) })
    }

    pub fn pid(&self) -> u32 {
        self.namespace.pid()
    }

    /// A new cable to `machine`, where it ends as `eth0`.
    pub fn connect(&self, machine: &Namespace) -> Result<Port> {
        let name = format!("port{}", self.ports.fetch_add(1, Ordering::Relaxed));
        let machine = machine.pid().to_string();
        self.ip(&["link", "add", &name, "type", "veth", "peer", "name", "eth0", "netns", &machine])?;
        self.ip(&["link", "set", &name, "master", "br0", "up"])?;
        Ok(Port { name })
    }

    /// Out: both ends lose the carrier at once.
    pub fn unplug(&self, port: &Port) -> Result<()> {
        self.ip(&["link", "set", &port.name, "down"])
    }

    pub fn plug(&self, port: &Port) -> Result<()> {
        self.ip(&["link", "set", &port.name, "up"])
    }

    /// The port swallows every frame both ways and shows its light all the same: it is up, but on no bridge.
    pub fn silence(&self, port: &Port) -> Result<()> {
        self.ip(&["link", "set", &port.name, "nomaster"])
    }

    pub fn unsilence(&self, port: &Port) -> Result<()> {
        self.ip(&["link", "set", &port.name, "master", "br0"])
    }

    /// Takes the cable away for good; its end in the machine goes with it, or has gone before it with the machine.
    pub fn remove(&self, port: &Port) -> Result<()> {
        let gone = "ip link delete \"$0\" 2>/dev/null || ! ip link show \"$0\"";
        self.namespace.run(&["bash", "-c", gone, &port.name], LIMIT)?.ok("ip link delete")?;
        Ok(())
    }

    /// Runs a program in the switch's own network.
    pub fn run(&self, words: &[&str]) -> Result<Finished> {
        self.namespace.run(words, LIMIT)
    }

    fn ip(&self, words: &[&str]) -> Result<()> {
        let all: Vec<&str> = ["ip"].iter().chain(words).copied().collect();
        self.namespace.run(&all, LIMIT)?.ok(&all.join(" "))?;
        Ok(())
    }
}
