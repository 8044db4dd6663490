//! The person with the browser: a third machine on the switch.
//! Not here: how it asks (prober.rs) and what it saw (timeline.rs).

use crate::namespace::{NETWORK, Namespace};
use crate::prober::{PERIOD, Prober};
use crate::stop::Stop;
use crate::switch::Switch;
use anyhow::Result;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

/// A network of its own with one card on the switch.
#[derive(Debug)]
pub struct Client {
    namespace: Namespace,
}

impl Client {
    pub(crate) fn new(stop: &Stop, switch: &Switch, address: &str, directory: &Path) -> Result<Client> {
        let namespace = Namespace::start(stop, NETWORK, "ip link set lo up", &[], &directory.join("client.log"))?;
        switch.connect(&namespace)?;
        card_up(&namespace, address)?;
        Ok(Client { namespace })
    }

    /// Starts asking `http://address/`, every 5 ms, until the prober is dropped.
    ///
    /// # Errors
    /// The client's network cannot be entered.
    pub fn probe(&self, address: Ipv4Addr) -> Result<Prober> {
        self.probe_every(address, PERIOD)
    }

    /// The same with a period of one's own.
    ///
    /// # Errors
    /// The client's network cannot be entered.
    pub fn probe_every(&self, address: Ipv4Addr, period: Duration) -> Result<Prober> {
        Prober::start(&self.namespace, address, period)
    }

    /// Its card down, so that it answers nothing, or up again.
    ///
    /// # Errors
    /// The client's network cannot be entered.
    pub fn silence(&self, silent: bool) -> Result<()> {
        let state = if silent { "down" } else { "up" };
        self.namespace.run(&["ip", "link", "set", "eth0", state], LIMIT)?.ok("ip link set eth0")?;
        Ok(())
    }

    /// Process id that `nsenter --net --target` takes.
    pub fn pid(&self) -> u32 {
        self.namespace.pid()
    }
}

/// Gives the machine's only card its address and lifts it.
pub(crate) fn card_up(machine: &Namespace, address: &str) -> Result<()> {
    machine.run(&["ip", "address", "add", address, "broadcast", "+", "dev", "eth0"], LIMIT)?.ok("ip address add")?;
    machine.run(&["ip", "link", "set", "eth0", "up"], LIMIT)?.ok("ip link set eth0 up")?;
    Ok(())
}
