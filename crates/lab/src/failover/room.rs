//! Two machines with one product on them, the client's eyes, and the waits that scenarios share.
//! Not here: faults and figures.

use super::peer::{self, Product};
use super::setup::{ADDRESS, CARDS, NAMES, Setup};
use crate::client::Client;
use crate::holders::Holders;
use crate::lab::Lab;
use crate::node::{Machine, Node};
use crate::nullmodem::NullModem;
use crate::prober::Prober;
use crate::process::Process;
use crate::stop::Stop;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A new connection so often.
const PERIOD: Duration = Duration::from_millis(2);
/// So many good pages in a row from one machine are a service again.
const STEADY: usize = 100;
/// Longer than any start that ends well: initdead, a cluster that elects; and for each address that a script adds.
const PATIENCE: Duration = Duration::from_secs(180);
const PATIENCE_PER_ADDRESS: Duration = Duration::from_millis(500);

/// Dropped in this order: eyes first, machines next, the room last.
#[derive(Debug)]
pub struct Room {
    prober: Option<Prober>,
    pub holders: Arc<Holders>,
    members: Vec<Member>,
    client: Client,
    pub cable: NullModem,
    pub lab: Lab,
    pub setup: Setup,
}

/// A machine and the product on it.
#[derive(Debug)]
pub struct Member {
    pub product: Box<dyn Product>,
    pub node: Node,
}

/// Who has the service when a scenario begins: its place in the list of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(usize);

impl Owner {
    pub fn name(self) -> &'static str {
        NAMES.get(self.0).copied().unwrap_or_default()
    }

    pub fn other(self) -> Owner {
        Owner(1 - self.0)
    }

    pub fn is_first(self) -> bool {
        self.0 == 0
    }
}

impl Room {
    /// Both machines on, the product started on both. Not settled yet.
    ///
    /// # Errors
    /// Interrupted, or the machines or the product cannot be set up.
    pub fn new(stop: &Stop, setup: Setup, program: &Path) -> Result<Room> {
        let lab = Lab::new(stop)?;
        let cable = NullModem::new()?;
        let holders = Arc::new(Holders::with_crowd(ADDRESS, setup.crowd())?);
        let mut members = Vec::new();
        for ((name, card), serial) in NAMES.iter().zip(CARDS).zip(cable.ends()) {
            let program = if setup.peer.packages().is_empty() {
                // A file of its own for each machine: no page of memory is shared between the two.
                let copy = lab.directory().join(format!("systole-of-{name}"));
                std::fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
                Some(copy)
            } else {
                None
            };
            let serial = setup.serial.then(|| serial.clone());
            let mut node =
                lab.machine(Machine { name: (*name).to_owned(), address: format!("{card}/24"), program, serial })?;
            node.watched_by(&holders);
            let mut member = Member { product: peer::product(&setup), node };
            member.node.power_on()?;
            member.write_hosts()?;
            member.product.prepare(&member.node, &setup)?;
            members.push(member);
        }
        let client = lab.client("192.168.1.100/24")?;
        let mut room = Room { prober: None, holders, members, client, cable, lab, setup };
        for index in 0..room.members.len() {
            room.start(Owner(index))?;
        }
        Ok(room)
    }

    pub fn stop(&self) -> &Stop {
        self.lab.stop()
    }

    pub fn member(&mut self, which: Owner) -> Result<&mut Member> {
        self.members.get_mut(which.0).context("there are two machines")
    }

    /// Starts what runs after a machine was switched on.
    pub fn start(&mut self, which: Owner) -> Result<()> {
        let warm = self.setup.peer.warm();
        let member = self.member(which)?;
        if warm {
            member.node.run(&["apachectl", "start"])?.ok("starting Apache")?;
        }
        member.product.start(&member.node)
    }

    /// Pulls the mains plug. Gives the moment of silence.
    pub fn power_cut(&mut self, which: Owner) -> Result<Instant> {
        let member = self.member(which)?;
        let at = member.node.power_cut()?;
        member.product.lost_power();
        Ok(at)
    }

    /// Switches on and starts. Gives the moment of the first.
    pub fn power_on(&mut self, which: Owner) -> Result<Instant> {
        let at = Instant::now();
        self.member(which)?.node.power_on()?;
        self.start(which)?;
        Ok(at)
    }

    /// The machine is switched off, if it was on, and on again: whatever a scenario did to it is over.
    pub fn power_cycle(&mut self, which: Owner) -> Result<()> {
        if self.member(which)?.node.is_on() {
            self.power_cut(which)?;
        }
        self.power_on(which).map(drop)
    }

    /// Process ids of the product on a machine.
    pub fn pids(&mut self, which: Owner) -> Result<Vec<u32>> {
        let member = self.member(which)?;
        peer::pids(&*member.product, &member.node)
    }

    /// Process ids of Apache on a machine.
    pub fn apache(&mut self, which: Owner) -> Result<Vec<u32>> {
        let all = self.member(which)?.node.processes()?.into_iter();
        Ok(all.filter(|seen| seen.name == "apache2" && !seen.zombie).map(|seen| seen.pid).collect())
    }

    /// Switches on what is off, and waits until the product calls both machines well, one machine alone holds the address, and its pages come
    /// steadily. The client begins anew with what it remembers.
    ///
    /// # Errors
    /// Interrupted, or it did not come; the last words of both are in the error.
    pub fn settled(&mut self) -> Result<Owner> {
        for which in (0..self.members.len()).map(Owner) {
            if !self.member(which)?.node.is_on() {
                self.power_on(which)?;
            }
        }
        self.prober = None;
        self.prober = Some(self.client.probe_every(ADDRESS, PERIOD)?);
        let stop = self.stop().clone();
        let from = Instant::now();
        let mut why = String::new();
        let mut asked: Option<Instant> = None;
        let patience = PATIENCE + PATIENCE_PER_ADDRESS * u32::try_from(self.setup.more_addresses).unwrap_or(u32::MAX);
        let found = stop.until(patience, || {
            // Tools are processes: not asked all the time, so that the asking does not become the load.
            if asked.is_some_and(|at| at.elapsed() < Duration::from_millis(200)) {
                return Ok(None);
            }
            let found = self.all_well(from, &mut why);
            asked = Some(Instant::now());
            found
        });
        match found {
            Ok(Some(owner)) => Ok(owner),
            Ok(None) => bail!("the pair did not settle within {} s: {why}\n{}", patience.as_secs(), self.words()),
            Err(error) if error.is::<crate::stop::Interrupted>() => Err(error),
            Err(error) => bail!("{error:#}\n{}", self.words()),
        }
    }

    fn all_well(&mut self, from: Instant, why: &mut String) -> Result<Option<Owner>> {
        // First, because some are told what to run only when they run.
        for Member { product, node } in &mut self.members {
            if !product.ready(node)? {
                *why = format!("{} is not ready", node.name());
                return Ok(None);
            }
        }
        let holders = self.holders.now()?;
        let found = NAMES.iter().position(|name| holders == [*name]);
        let Some(owner) = found.map(Owner) else {
            *why = format!("the address is on {holders:?}");
            return Ok(None);
        };
        if self.setup.failback && !owner.is_first() {
            "the service has not come home".clone_into(why);
            return Ok(None);
        }
        "pages do not come steadily".clone_into(why);
        Ok(self.look(|seen| seen.steady(from, owner.name(), STEADY))?.then_some(owner))
    }

    /// The client stops asking, until the pair is settled again: what is on the network now is the product's own.
    pub fn rest(&mut self) {
        self.prober = None;
    }

    /// Asks the client's timeline something.
    ///
    /// # Errors
    /// The client does not ask for pages yet.
    pub fn look<T>(&self, question: impl FnOnce(&crate::timeline::Timeline) -> T) -> Result<T> {
        Ok(self.prober.as_ref().context("nobody asks for pages yet")?.look(question))
    }

    /// Waits until pages come steadily since `from`, from `who` or, without, from anybody. False after `limit`.
    ///
    /// # Errors
    /// Interrupted.
    pub fn steady(&self, from: Instant, who: Option<Owner>, limit: Duration) -> Result<bool> {
        let stop = self.stop().clone();
        let found = stop.until(limit, || {
            let steady = self.look(|seen| {
                let name = who.map(Owner::name).or_else(|| seen.newest());
                name.is_some_and(|name| seen.steady(from, name, STEADY))
            })?;
            Ok(steady.then_some(()))
        })?;
        Ok(found.is_some())
    }

    /// Lets time pass: an observation has no event that ends it.
    ///
    /// # Errors
    /// Interrupted.
    pub fn watch(&self, span: Duration) -> Result<()> {
        self.stop().until(span, || Ok(None::<()>)).map(drop)
    }

    /// Busy processes on both machines, `per_core` for each core of this host together, until dropped.
    ///
    /// # Errors
    /// One cannot be started.
    pub fn load(&mut self, per_core: usize) -> Result<Vec<Process>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let spawn = |number: usize| {
            let member = self.members.get(number % 2).context("there are two machines")?;
            member.node.spawn(&format!("busy-{number}"), &["bash", "-c", "while :; do :; done"])
        };
        (0..per_core * cores).map(spawn).collect()
    }

    fn words(&self) -> String {
        let of = |member: &Member| {
            format!("--- last words on {}\n{}\n", member.node.name(), member.product.words(&member.node))
        };
        self.members.iter().map(of).collect()
    }
}

impl Member {
    /// Both names, for products that look themselves up.
    fn write_hosts(&self) -> Result<()> {
        let mut text = "127.0.0.1 localhost\n::1 localhost\n".to_owned();
        for (name, card) in NAMES.iter().zip(CARDS) {
            text.push_str(&format!("{card} {name}\n"));
        }
        Ok(std::fs::write(self.node.disk("/etc/hosts"), text)?)
    }
}
