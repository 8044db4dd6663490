//! The pair of the tutorial with everything around it, and the waits that the steps share.
//! Not here: verdicts.

use super::report::Report;
use super::{DEADTIME, PATIENCE};
use crate::client::Client;
use crate::holders::Holders;
use crate::lab::Lab;
use crate::node::{Machine, Node};
use crate::nullmodem::NullModem;
use crate::prober::Prober;
use crate::process::Process;
use crate::stop::Stop;
use anyhow::{Context, Result, bail};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The service address of the tutorial.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 236);

/// A machine and the daemon on it.
#[derive(Debug)]
pub struct Member {
    // Before the machine: dropped first.
    pub daemon: Option<Process>,
    pub node: Node,
    /// Log file of the newest daemon is numbered by this.
    started: u32,
}

/// Dropped in this order: eyes first, machines next, the room last.
#[derive(Debug)]
pub struct Pair {
    pub prober: Prober,
    pub holders: Arc<Holders>,
    pub master: Member,
    pub slave: Member,
    client: Client,
    pub cable: NullModem,
    lab: Lab,
}

impl Pair {
    pub fn new(stop: &Stop, program: &Path) -> Result<Pair> {
        let lab = Lab::new(stop)?;
        let cable = NullModem::new()?;
        let holders = Arc::new(Holders::new(ADDRESS)?);
        let [first, second] = cable.ends();
        let member = |name: &str, address: &str, serial: &crate::SerialEnd| -> Result<Member> {
            let mut node = lab.machine(Machine {
                name: name.to_owned(),
                address: address.to_owned(),
                program: Some(program.to_owned()),
                serial: Some(serial.clone()),
            })?;
            node.watched_by(&holders);
            node.power_on()?;
            Ok(Member { daemon: None, node, started: 0 })
        };
        let master = member("nico.test.local", "192.168.1.1/24", first)?;
        let slave = member("dracofeu", "192.168.1.2/24", second)?;
        let client = lab.client("192.168.1.100/24")?;
        let prober = client.probe(ADDRESS)?;
        Ok(Pair { prober, holders, master, slave, client, cable, lab })
    }

    pub fn stop(&self) -> &Stop {
        self.lab.stop()
    }

    /// Waits for the first good page of `who` since `from`.
    pub fn page_of(&self, report: &Report, who: &str, from: Instant) -> Result<Instant> {
        let what = format!("the page of {who}");
        report.wait(self.stop(), &what, PATIENCE, || Ok(self.prober.look(|seen| seen.first(from, who))))
    }

    /// Waits until `count` requests in a row were answered by `who`.
    pub fn steady(&self, report: &Report, who: &str, count: usize) -> Result<()> {
        let from = Instant::now();
        let what = format!("{count} pages in a row from {who}");
        report.wait(self.stop(), &what, PATIENCE, || {
            Ok(self.prober.look(|seen| seen.steady(from, who, count)).then_some(()))
        })
    }

    /// Waits until the master alone serves, as at the start of every step.
    pub fn home(&self, report: &Report) -> Result<()> {
        self.steady(report, self.master.node.name(), 100)?;
        self.only_holder(report, self.master.node.name())
    }

    /// Waits until `who` holds the address, and nobody else.
    pub fn only_holder(&self, report: &Report, who: &str) -> Result<()> {
        let what = format!("the address on {who} alone");
        report.wait(self.stop(), &what, DEADTIME, || Ok((self.holders.now()? == [who]).then_some(())))
    }

    /// Time with two holders since `from`.
    pub fn two_since(&self, from: Instant) -> Result<Duration> {
        self.holders.two_at_once(from, Instant::now())
    }

    /// Outage of the move to `who` that began after `from`.
    pub fn moved(&self, from: Instant, who: &str) -> Result<Duration> {
        self.prober.look(|seen| seen.moved(from, who)).with_context(|| format!("{who} never answered"))
    }

    /// Starts the daemon wherever a machine or its daemon is down.
    pub fn start_what_is_down(&mut self) -> Result<()> {
        for member in [&mut self.master, &mut self.slave] {
            if !member.node.is_on() {
                member.node.power_on()?;
                member.daemon = None;
            }
            if !member.daemon.as_mut().is_some_and(Process::running) {
                member.start()?;
            }
        }
        Ok(())
    }

    /// The last words of both daemons, for a step that broke.
    pub fn explain(&self, report: &mut Report) {
        for member in [&self.master, &self.slave] {
            let Some(daemon) = &member.daemon else { continue };
            let words = std::fs::read_to_string(daemon.log()).unwrap_or_default();
            let lines: Vec<&str> = words.lines().collect();
            report.say(&format!("  The last words of the daemon on {}:", member.node.name()));
            report.quote(&lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n"));
        }
    }

    /// What to type while `--keep` holds the pair.
    pub fn how_to_play(&self) -> Vec<String> {
        let mut lines = vec!["Type this in another terminal, as root.".to_owned()];
        for member in [&self.master, &self.slave] {
            let Ok(pid) = member.node.pid() else { continue };
            let name = member.node.name();
            lines.push(format!("  A shell on {name} (there: systole status, systole standby, ps aux, ip address):"));
            lines.push(format!("    nsenter -t {pid} -m -u -i -n -p env PATH=\"$PATH:/opt/systole/bin\" bash"));
            if let Some(port) = member.node.port() {
                let switch = self.lab.switch_pid();
                lines.push(format!(
                    "  Pull its RJ45, or put it back: nsenter -t {switch} -n ip link set {port} down|up"
                ));
            }
        }
        lines.push("  The client's browser, if curl is installed:".to_owned());
        lines.push(format!("    nsenter -t {} -n curl http://{ADDRESS}/", self.client.pid()));
        lines.push(format!("  The logs: {}/logs", self.lab.directory().display()));
        lines.push("  The end of it all: Ctrl-C here.".to_owned());
        lines
    }
}

impl Member {
    pub fn name(&self) -> &str {
        self.node.name()
    }

    /// Starts the daemon, as a person does, and has it record what it decides.
    pub fn start(&mut self) -> Result<()> {
        self.started += 1;
        let log = format!("systoled-{}", self.started);
        self.daemon = Some(self.node.spawn(&log, &["systole", "daemon", "--log", "human", "--record"])?);
        Ok(())
    }

    /// # Errors
    /// The daemon is not running, with its last words.
    pub fn alive(&mut self) -> Result<()> {
        let name = self.node.name().to_owned();
        let daemon = self.daemon.as_mut().with_context(|| format!("no daemon was started on {name}"))?;
        if daemon.running() { Ok(()) } else { bail!("the daemon on {name} has ended by itself") }
    }

    /// Is any Apache process here?
    pub fn apache(&self) -> Result<bool> {
        Ok(self.node.processes()?.iter().any(|process| process.name == "apache2" && !process.zombie))
    }

    /// How long ago the newest beat of the other node came, as `systole status` tells; nothing if none came yet or the
    /// daemon does not answer yet.
    pub fn last_beat(&self, other: &str) -> Result<Option<Duration>> {
        let done = self.node.run(&["systole", "status", "--json"])?;
        let Ok(status) = serde_json::from_str::<serde_json::Value>(&done.out) else { return Ok(None) };
        let nodes = status.get("nodes").and_then(|nodes| nodes.as_array());
        let age = nodes
            .into_iter()
            .flatten()
            .find(|node| node.get("name").and_then(|name| name.as_str()) == Some(other))
            .and_then(|node| node.get("last_beat_ms")?.as_u64());
        Ok(age.map(Duration::from_millis))
    }
}
