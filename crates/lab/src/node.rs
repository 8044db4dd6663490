//! One machine of the pair: namespaces, a disk that survives a power cut, a card on the switch, a serial port.
//! Not here: the switch and the cable themselves.

use crate::client::card_up;
use crate::holders::Holders;
use crate::lab::Room;
use crate::namespace::{MACHINE, Namespace};
use crate::nullmodem::SerialEnd;
use crate::process::{Finished, Process};
use crate::stranger::Ear;
use crate::switch::Port;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

mod disk;
mod seen;

pub use seen::Seen;

/// What a machine is made of.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Host name, `uname -n`.
    pub name: String,
    /// Address of eth0 with prefix length.
    pub address: String,
    /// The program under test; inside it is `systole` and `systoled` on the PATH.
    pub program: Option<PathBuf>,
    /// What is plugged in as /dev/ttyS0.
    pub serial: Option<SerialEnd>,
}

/// A machine. Switched off and gone when dropped.
#[derive(Debug)]
pub struct Node {
    running: Option<Running>,
    machine: Machine,
    plugged: bool,
    watch: Vec<Arc<Holders>>,
    room: Arc<Room>,
}

#[derive(Debug)]
struct Running {
    namespace: Namespace,
    port: Port,
}

impl Node {
    pub(crate) fn new(room: Arc<Room>, machine: Machine) -> Result<Node> {
        let node = Node { running: None, machine, plugged: true, watch: Vec::new(), room };
        disk::format(&node.base(), node.name()).with_context(|| format!("no disk for {}", node.name()))?;
        Ok(node)
    }

    pub fn name(&self) -> &str {
        &self.machine.name
    }

    fn base(&self) -> PathBuf {
        self.room.scratch.path().join(&self.machine.name)
    }

    /// A file of the machine's disk as seen from outside; `path` begins with /etc or /var.
    pub fn disk(&self, path: &str) -> PathBuf {
        self.base().join("disk").join(path.trim_start_matches('/'))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.room.scratch.path().join("logs").join(format!("{}-{name}.log", self.name()))
    }

    /// Every boot from now on is watched for who holds the address. Several watches may look for one address each.
    pub fn watched_by(&mut self, holders: &Arc<Holders>) {
        self.watch.push(Arc::clone(holders));
    }

    /// Switches it on: fresh namespaces, the same disk, the card up with its address. No service runs yet.
    ///
    /// # Errors
    /// It runs already, or the namespaces cannot be made.
    pub fn power_on(&mut self) -> Result<()> {
        if self.running.is_some() {
            bail!("{} is switched on already", self.name());
        }
        let text = |path: Option<&Path>| path.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let (root, disk) = (self.base().join("root"), self.base().join("disk"));
        let serial = text(self.machine.serial.as_ref().map(SerialEnd::path));
        let program = text(self.machine.program.as_deref());
        let arguments = [self.name(), &text(Some(&root)), &text(Some(&disk)), &program, &serial];
        let script = include_str!("node/init.sh");
        let namespace = Namespace::start(&self.room.stop, MACHINE, script, &arguments, &self.log("boot"))?;
        let port = self.room.switch.connect(&namespace)?;
        if !self.plugged {
            self.room.switch.unplug(&port)?;
        }
        for holders in &self.watch {
            holders.watch(self.name(), &namespace)?;
        }
        card_up(&namespace, &self.machine.address)?;
        if let Some(serial) = &self.machine.serial {
            serial.set_power(true);
        }
        self.running = Some(Running { namespace, port });
        Ok(())
    }

    /// Pulls the mains plug: cards and lines silent, then every process dead at once. Gives the moment of silence.
    ///
    /// # Errors
    /// It is off already, or the switch does not obey.
    pub fn power_cut(&mut self) -> Result<Instant> {
        let mut running = self.running.take().with_context(|| format!("{} is off already", self.machine.name))?;
        // Serial first, then the port, then the processes: nobody outside may hear the machine notice its own death.
        let at = Instant::now();
        if let Some(serial) = &self.machine.serial {
            serial.set_power(false);
        }
        let unplugged = self.room.switch.unplug(&running.port);
        for holders in &self.watch {
            holders.forget(&self.machine.name, at);
        }
        running.namespace.kill();
        unplugged?;
        self.room.switch.remove(&running.port)?;
        Ok(at)
    }

    /// Is it switched on?
    pub fn is_on(&self) -> bool {
        self.running.is_some()
    }

    fn running(&self) -> Result<&Running> {
        self.running.as_ref().with_context(|| format!("{} is switched off", self.name()))
    }

    /// Pulls the RJ45: the card loses its carrier. Gives the moment before.
    ///
    /// # Errors
    /// The machine is off.
    pub fn unplug(&mut self) -> Result<Instant> {
        let at = Instant::now();
        self.room.switch.unplug(&self.running()?.port)?;
        self.plugged = false;
        Ok(at)
    }

    /// Puts the RJ45 back. Gives the moment before.
    ///
    /// # Errors
    /// The machine is off.
    pub fn plug(&mut self) -> Result<Instant> {
        let at = Instant::now();
        self.room.switch.plug(&self.running()?.port)?;
        self.plugged = true;
        Ok(at)
    }

    /// The switch swallows every frame from and to it, or again none; the carrier stays either way.
    ///
    /// # Errors
    /// The machine is off.
    pub fn silence(&self, silent: bool) -> Result<Instant> {
        let at = Instant::now();
        let port = &self.running()?.port;
        if silent {
            self.room.switch.silence(port)?
        } else {
            self.room.switch.unsilence(port)?
        }
        Ok(at)
    }

    /// Name of its port on the switch, while it is on.
    pub fn port(&self) -> Option<&str> {
        self.running.as_ref().map(|running| running.port.name())
    }

    /// Runs a program on it to its end, within a minute.
    ///
    /// # Errors
    /// The machine is off, or the program does not start or end. Its exit status is no error.
    pub fn run(&self, words: &[&str]) -> Result<Finished> {
        self.running()?.namespace.run(words, Duration::from_secs(60))
    }

    /// The same for a line of shell.
    ///
    /// # Errors
    /// As [`Node::run`].
    pub fn sh(&self, line: &str) -> Result<Finished> {
        self.run(&["bash", "-c", line])
    }

    /// Starts a program that runs on; its words go to `logs/NODE-name.log`.
    ///
    /// # Errors
    /// The machine is off, or the program does not start.
    pub fn spawn(&self, name: &str, words: &[&str]) -> Result<Process> {
        self.running()?.namespace.spawn(words, &self.log(name))
    }

    /// Listens on its own port 694 beside whatever runs there, until it is switched off.
    ///
    /// # Errors
    /// The machine is off.
    pub fn ear(&self) -> Result<Ear> {
        Ear::open(&self.running()?.namespace)
    }

    /// Every process on it, the first one included.
    ///
    /// # Errors
    /// The machine is off.
    pub fn processes(&self) -> Result<Vec<Seen>> {
        seen::inside(&self.running()?.namespace)
    }

    /// Process id of its first process, for `nsenter --target`.
    ///
    /// # Errors
    /// The machine is off.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.running()?.namespace.pid())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.is_on() {
            // What fails here ends with the switch a moment later.
            let _ = self.power_cut();
        }
    }
}
