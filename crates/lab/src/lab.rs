//! The room: a directory, a switch, and whatever machines are put into it. Any number of labs side by side.
//! Not here: what is done with them.

use crate::client::Client;
use crate::node::{Machine, Node};
use crate::process::Finished;
use crate::scratch::Scratch;
use crate::stop::Stop;
use crate::stranger::Stranger;
use crate::switch::Switch;
use anyhow::{Result, bail};
use std::path::Path;
use std::sync::Arc;

/// An empty lab. Machines made in it keep it alive; with the last of them everything is gone.
#[derive(Debug, Clone)]
pub struct Lab {
    room: Arc<Room>,
}

/// What all machines of a lab share.
#[derive(Debug)]
pub(crate) struct Room {
    // Dropped in this order: the directory last, when nothing writes into it any more.
    pub(crate) switch: Switch,
    pub(crate) stop: Stop,
    pub(crate) scratch: Scratch,
}

impl Lab {
    /// # Errors
    /// Not root, or a program is missing; the message says which.
    pub fn new(stop: &Stop) -> Result<Lab> {
        if !rustix::process::geteuid().is_root() {
            bail!("namespaces, network cards and mounts of one's own need root: run this with sudo");
        }
        for program in ["unshare", "nsenter", "ip", "bash", "mount", "pivot_root", "timeout"] {
            if !on_path(program) {
                bail!("the program {program} is missing: apt-get install util-linux iproute2 bash mount coreutils");
            }
        }
        let scratch = Scratch::new()?;
        std::fs::create_dir(scratch.path().join("logs"))?;
        let switch = Switch::new(stop, &scratch.path().join("logs"))?;
        Ok(Lab { room: Arc::new(Room { switch, stop: stop.clone(), scratch }) })
    }

    /// Directory of the lab; `logs` in it holds what every program said.
    pub fn directory(&self) -> &Path {
        self.room.scratch.path()
    }

    /// The handle that ends every wait in this lab.
    pub fn stop(&self) -> &Stop {
        &self.room.stop
    }

    /// Process id that `nsenter --net --target` takes to reach the switch.
    pub fn switch_pid(&self) -> u32 {
        self.room.switch.pid()
    }

    /// Runs a program in the switch's own network: nft, tc, ip.
    ///
    /// # Errors
    /// It does not start or end. Its exit status is no error.
    pub fn on_switch(&self, words: &[&str]) -> Result<Finished> {
        self.room.switch.run(words)
    }

    /// A machine with a new, empty disk, without power yet.
    ///
    /// # Errors
    /// Its disk cannot be made, or the name is taken.
    pub fn machine(&self, machine: Machine) -> Result<Node> {
        Node::new(Arc::clone(&self.room), machine)
    }

    /// A client at `address` (with prefix length).
    ///
    /// # Errors
    /// The namespaces cannot be made.
    pub fn client(&self, address: &str) -> Result<Client> {
        Client::new(&self.room.stop, &self.room.switch, address, &self.directory().join("logs"))
    }

    /// A host at `address` (with prefix length) that nobody invited.
    ///
    /// # Errors
    /// The namespaces cannot be made.
    pub fn stranger(&self, address: &str) -> Result<Stranger> {
        Stranger::new(&self.room.stop, &self.room.switch, address, &self.directory().join("logs"))
    }
}

fn on_path(program: &str) -> bool {
    crate::namespace::PATH.split(':').any(|directory| Path::new(directory).join(program).exists())
}
