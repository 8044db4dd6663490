//! Addresses and interfaces of the kernel, asked and changed over a blocking rtnetlink socket, many requests a write.
//! Not here: telling the neighbours (`announce.rs`), events (`netlink/watch.rs`), which address belongs where.

mod address;
mod encode;
mod link;
mod socket;
mod watch;

pub use address::{Added, Address, AddressOn, Removed};
pub use link::Interface;
pub use watch::{KernelEvent, Watch};

use rustix::io::Errno;
use socket::{Body, Socket, Step};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

/// The acknowledgements of this many requests fit into the smallest usual receive buffer.
const BATCH: usize = 100;

/// A connection to the kernel's table of interfaces and addresses, in the network namespace of the opening thread.
/// Every call waits for the kernel's answer, which it gives at once.
#[derive(Debug)]
pub struct Netlink {
    socket: Socket,
    /// Interfaces that keep their secondary addresses when a primary one goes; see [`Netlink::remove_addresses`].
    promoting: BTreeSet<u32>,
}

impl Netlink {
    pub fn open() -> io::Result<Netlink> {
        Ok(Netlink { socket: Socket::open(0)?, promoting: BTreeSet::new() })
    }

    /// All interfaces, by index.
    pub fn interfaces(&mut self) -> io::Result<Vec<Interface>> {
        let found = self.socket.dump(encode::GET_LINK, &encode::all_links(), |kind, body| {
            (kind == encode::NEW_LINK).then(|| link::decode(body)).flatten()
        })?;
        Ok(found)
    }

    /// The interface called `name`; an error in words when there is none.
    pub fn interface(&mut self, name: &str) -> io::Result<Interface> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("there is no interface {name}"));
        self.interfaces()?.into_iter().find(|i| i.name == name).ok_or_else(missing)
    }

    /// All addresses; on each interface the primary ones before their secondaries.
    pub fn addresses(&mut self) -> io::Result<Vec<AddressOn>> {
        self.socket.dump(encode::GET_ADDRESS, &encode::all_addresses(), |kind, body| {
            (kind == encode::NEW_ADDRESS).then(|| address::decode(body)).flatten()
        })
    }

    /// The interface, and the prefix length there, whose configured network contains `ip`; the longest prefix wins,
    /// then an interface that is up. Host addresses (/32, /128) say nothing about a network and do not count.
    pub fn interface_for(&mut self, ip: IpAddr) -> io::Result<Option<(u32, u8)>> {
        let up: BTreeSet<u32> = self.interfaces()?.into_iter().filter(|i| i.up).map(|i| i.index).collect();
        let candidates = self.addresses()?.into_iter().filter(|a| a.network_contains(ip));
        let best = candidates.max_by_key(|a| (a.prefix, up.contains(&a.index), std::cmp::Reverse(a.index)));
        Ok(best.map(|a| (a.index, a.prefix)))
    }

    /// Adds `addresses`, one result each, in their order. IPv6 addresses are usable at once: no duplicate address
    /// detection, since who adds one here knows that nobody else has it.
    ///
    /// With a lifetime in seconds (1 or more) the kernel itself takes a new one away when that is over, 0 to 0.4 s late,
    /// unless [`Netlink::refresh_addresses`] comes before.
    pub fn add_addresses(&mut self, addresses: &[Address], lifetime_s: Option<u32>) -> Vec<io::Result<Added>> {
        self.keep_secondaries(addresses);
        let messages = addresses.iter().map(|address| encode::add(address, lifetime_s)).collect();
        let results = self.change(messages);
        results.into_iter().map(address::added).collect()
    }

    /// Gives each of `addresses` so many seconds (1 or more) from now on; one result each, in their order. One that is
    /// gone is there again: whoever calls this must know that it may be.
    pub fn refresh_addresses(&mut self, addresses: &[Address], lifetime_s: u32) -> Vec<io::Result<()>> {
        let messages = addresses.iter().map(|address| encode::refresh(address, lifetime_s)).collect();
        self.change(messages).into_iter().map(|result| result.map_err(io::Error::from)).collect()
    }

    /// Removes `addresses`, one result each, in their order; label and broadcast do not matter.
    ///
    /// The kernel removes all secondary addresses of a network together with its primary one, unless the interface is
    /// told to promote one of them. Adding and removing here tell it so (`promote_secondaries`, over netlink and thus
    /// also under a read-only /proc/sys). Where the kernel refuses that, removal goes on all the same, as an address
    /// that stays is worse than one that must be put back.
    pub fn remove_addresses(&mut self, addresses: &[Address]) -> Vec<io::Result<Removed>> {
        self.keep_secondaries(addresses);
        // Last added first: each removal of a primary address would promote all the others once more.
        let messages = addresses.iter().rev().map(encode::remove).collect();
        let results = self.change(messages);
        results.into_iter().rev().map(address::removed).collect()
    }

    fn keep_secondaries(&mut self, addresses: &[Address]) {
        let wanted: BTreeSet<u32> = addresses.iter().filter(|a| a.ip.is_ipv4()).map(|a| a.index).collect();
        let new: Vec<u32> = wanted.difference(&self.promoting).copied().collect();
        let results = self.change(new.iter().map(|index| encode::promote_secondaries(*index)).collect());
        for (index, result) in new.iter().zip(results) {
            if result.is_ok() {
                self.promoting.insert(*index);
            }
        }
    }

    /// Sends every message with its own number and collects the acknowledgement of each.
    fn change(&mut self, messages: Vec<Body>) -> Vec<Result<(), Errno>> {
        let mut results = Vec::with_capacity(messages.len());
        for batch in messages.chunks(BATCH) {
            results.extend(self.change_batch(batch));
        }
        results
    }

    fn change_batch(&mut self, batch: &[Body]) -> Vec<Result<(), Errno>> {
        // What has no answer when reading ends is an error of its own.
        let mut results: Vec<Option<Result<(), Errno>>> = vec![None; batch.len()];
        let first = match self.socket.send_all(batch) {
            Ok(first) => first,
            Err(e) => return vec![Err(e); batch.len()],
        };
        let mut open = batch.len();
        while open > 0 {
            let read = self.socket.read(|message| {
                if let Step::Ack(result) = message.step {
                    let at = message.sequence.wrapping_sub(first) as usize;
                    if let Some(slot @ None) = results.get_mut(at) {
                        *slot = Some(result);
                        open -= 1;
                    }
                }
            });
            if let Err(e) = read {
                return results.into_iter().map(|r| r.unwrap_or(Err(e))).collect();
            }
        }
        results.into_iter().map(|r| r.unwrap_or(Err(Errno::IO))).collect()
    }
}

#[cfg(test)]
mod tests;
