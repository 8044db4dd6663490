//! An address as we ask for it and as the kernel has it.
//! Not here: sending, events.

use netlink_packet_core::Parseable;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage};
use rustix::io::Errno;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// An address to add or to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The interface's number.
    pub index: u32,
    pub ip: IpAddr,
    /// Length of the network's prefix, 0 to 32 or 128.
    pub prefix: u8,
    /// IPv4 only: the name old tools show, at most 15 bytes, usually `eth0:0`.
    pub label: Option<String>,
    /// IPv4 only.
    pub broadcast: Option<Ipv4Addr>,
}

/// An address as it stands on an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressOn {
    pub index: u32,
    pub ip: IpAddr,
    pub prefix: u8,
    pub label: Option<String>,
    pub broadcast: Option<Ipv4Addr>,
    /// IPv4: another address of the same network came first.
    pub secondary: bool,
    /// IPv6: duplicate address detection is not through, or has failed: not usable.
    pub tentative: bool,
    /// IPv6: the kernel found that another machine has it, and will not use it until it is added anew.
    pub dad_failed: bool,
    /// Seconds until the kernel takes it away by itself; nothing: it stays.
    pub valid_s: Option<u32>,
}

impl AddressOn {
    /// True when `ip` lies in the network of this address. A host address has no network.
    pub fn network_contains(&self, ip: IpAddr) -> bool {
        let (own, other, bits) = match (self.ip, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(u32::from(a)), u128::from(u32::from(b)), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(a), u128::from(b), 128),
            _ => return false,
        };
        let Some(host_bits @ 1..) = u32::checked_sub(bits, u32::from(self.prefix)) else { return false };
        (own ^ other).checked_shr(host_bits).unwrap_or(0) == 0
    }
}

/// How an address came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    New,
    /// It was there before, label and broadcast as they were.
    Already,
}

/// How an address came to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    Gone,
    /// It was not there, or its interface is gone.
    WasNotThere,
}

pub(super) fn added(result: Result<(), Errno>) -> io::Result<Added> {
    match result {
        Ok(()) => Ok(Added::New),
        Err(Errno::EXIST) => Ok(Added::Already),
        Err(e) => Err(e.into()),
    }
}

pub(super) fn removed(result: Result<(), Errno>) -> io::Result<Removed> {
    match result {
        Ok(()) => Ok(Removed::Gone),
        Err(Errno::ADDRNOTAVAIL | Errno::NODEV) => Ok(Removed::WasNotThere),
        Err(e) => Err(e.into()),
    }
}

/// How the kernel writes that an address stays.
const FOREVER: u32 = u32::MAX;

/// `None` for what is no IPv4 or IPv6 address.
pub(super) fn decode(body: &[u8]) -> Option<AddressOn> {
    let message = AddressMessage::parse(body).ok()?;
    let (mut local, mut address, mut label, mut broadcast, mut valid_s) = (None, None, None, None, None);
    let mut flags = u32::from(message.header.flags.bits());
    for attribute in message.attributes {
        match attribute {
            AddressAttribute::Local(ip) => local = Some(ip),
            AddressAttribute::Address(ip) => address = Some(ip),
            AddressAttribute::Label(name) => label = Some(name),
            AddressAttribute::Broadcast(ip) => broadcast = Some(ip),
            AddressAttribute::CacheInfo(times) => valid_s = Some(times.ifa_valid).filter(|s| *s != FOREVER),
            AddressAttribute::Flags(all) => flags |= all.bits(),
            _ => {}
        }
    }
    let ip = local.or(address)?;
    // The bit of "secondary" means "temporary" for IPv6.
    let secondary = ip.is_ipv4() && message.header.flags.contains(AddressHeaderFlags::Secondary);
    let waiting = AddressFlags::Tentative | AddressFlags::Dadfailed;
    let flags = AddressFlags::from_bits_retain(flags);
    let tentative = ip.is_ipv6() && flags.intersects(waiting);
    let dad_failed = ip.is_ipv6() && flags.contains(AddressFlags::Dadfailed);
    let (index, prefix) = (message.header.index, message.header.prefix_len);
    Some(AddressOn { index, ip, prefix, label, broadcast, secondary, tentative, dad_failed, valid_s })
}
