//! Asking the wire who has an address: ARP probes (RFC 5227) and neighbour solicitations (RFC 4862), and the answers.
//! Not here: how often and how long, what an answer means, announcing (`announce.rs`).

mod filter;

use crate::announce::{frames, link_address};
use crate::netlink::Interface;
use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd};

const ETH_P_ARP: u16 = 0x0806;
const ETH_P_IPV6: u16 = 0x86dd;
/// Frames looked at in one go, so that a flood cannot hold the asker.
const BURST: usize = 4096;
/// Everything of interest stands at its beginning.
const FRAME: usize = 128;

/// A socket on one interface for the questions of one family of addresses, and for everything said about them. Neither
/// asking nor listening waits.
#[derive(Debug)]
pub struct Prober {
    socket: Socket,
    mac: [u8; 6],
    to: SockAddr,
    v6: bool,
}

/// Something that another machine on the wire said about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    pub ip: IpAddr,
    /// Who said it, by its hardware address; never our own.
    pub mac: [u8; 6],
    /// It has no such address yet, but asks for it too.
    pub asks: bool,
}

impl Prober {
    /// On an interface, for IPv6 or IPv4 addresses. Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// The interface is no Ethernet, or the kernel refuses.
    pub fn on(interface: &Interface, v6: bool) -> io::Result<Prober> {
        let name = &interface.name;
        let mac = interface.mac.filter(|_| interface.broadcast && !interface.loopback).ok_or_else(|| {
            let text = format!("interface {name} has no neighbours to ask: it is no Ethernet");
            io::Error::new(io::ErrorKind::Unsupported, text)
        })?;
        let protocol = if v6 { ETH_P_IPV6 } else { ETH_P_ARP };
        // Hears nothing before it is bound: a raw socket without an interface would hear all of them.
        let socket = Socket::new(Domain::PACKET, Type::RAW.nonblocking().cloexec(), None).map_err(|e| {
            let text = format!("cannot ask on {name}: {e}; run as root or give the process CAP_NET_RAW");
            io::Error::new(e.kind(), text)
        })?;
        let to = link_address(interface.index, protocol)?;
        socket.bind(&to)?;
        Ok(Prober { socket, mac, to, v6 })
    }

    /// From now on hears only who claims one of these, so that a busy network does not wake who listens for long. What
    /// is already in the queue, and for IPv6 somebody whose address ends alike, may come all the same.
    ///
    /// # Errors
    /// The kernel refuses the filter; everything is heard, as before.
    pub fn hear_only(&self, ips: &BTreeSet<IpAddr>) -> io::Result<()> {
        self.socket.attach_filter(&filter::claims(self.v6, ips))
    }

    /// Asks once who has an address of its family. `false` when the queue is full: the question is lost.
    ///
    /// # Errors
    /// The interface is gone or down.
    pub fn ask(&self, ip: IpAddr) -> io::Result<bool> {
        let frame = match ip {
            IpAddr::V4(ip) if !self.v6 => frames::arp_probe(self.mac, ip),
            IpAddr::V6(ip) if self.v6 => frames::solicitation(self.mac, ip),
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        };
        match self.socket.send_to(&frame, &self.to) {
            Ok(_) => Ok(true),
            Err(e) if is_full(&e) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Everything that was said meanwhile, without waiting.
    ///
    /// # Errors
    /// As the kernel says; what was heard before is lost with it.
    pub fn heard(&self) -> io::Result<Vec<Heard>> {
        let mut all = Vec::new();
        let mut frame = [0_u8; FRAME];
        for _ in 0..BURST {
            let length = match (&self.socket).read(&mut frame) {
                Ok(length) => length,
                Err(e) if is_full(&e) => break,
                Err(e) => return Err(e),
            };
            let frame = frame.get(..length).unwrap_or_default();
            let said = if self.v6 { of_icmp(frame) } else { of_arp(frame) };
            all.extend(said.filter(|said| said.mac != self.mac));
        }
        Ok(all)
    }

    /// Our own hardware address.
    pub fn mac(&self) -> [u8; 6] {
        self.mac
    }
}

/// Readable when something was said.
impl AsFd for Prober {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Any ARP with a sender address says that the sender has it; one without asks for its target before taking it.
fn of_arp(frame: &[u8]) -> Option<Heard> {
    let arp = frame.get(14..42)?;
    // Ethernet, IPv4, lengths 6 and 4, request or reply.
    let operation = arp.strip_prefix(&[0, 1, 8, 0, 6, 4, 0])?.first()?;
    if !matches!(*operation, frames::ARP_REQUEST | frames::ARP_REPLY) {
        return None;
    }
    let mac = *arp.get(8..)?.first_chunk::<6>()?;
    let sender = Ipv4Addr::from(*arp.get(14..)?.first_chunk::<4>()?);
    let target = Ipv4Addr::from(*arp.get(24..)?.first_chunk::<4>()?);
    let asks = sender.is_unspecified();
    Some(Heard { ip: IpAddr::V4(if asks { target } else { sender }), mac, asks })
}

/// An advertisement says that its sender has the target; a solicitation without a sender asks before taking it.
fn of_icmp(frame: &[u8]) -> Option<Heard> {
    let mac = *frame.get(6..)?.first_chunk::<6>()?;
    let (header, icmp) = frame.get(14..)?.split_at_checked(40)?;
    // A router would have lowered the hop limit.
    if header.get(6..8)? != [frames::ICMPV6, 255] {
        return None;
    }
    let sender = Ipv6Addr::from(*header.get(8..)?.first_chunk::<16>()?);
    let target = Ipv6Addr::from(*icmp.get(8..)?.first_chunk::<16>()?);
    let asks = match *icmp.first()? {
        frames::NEIGHBOUR_ADVERTISEMENT => false,
        frames::NEIGHBOUR_SOLICITATION if sender.is_unspecified() => true,
        _ => return None,
    };
    Some(Heard { ip: IpAddr::V6(target), mac, asks })
}

fn is_full(e: &io::Error) -> bool {
    let full = [Errno::AGAIN, Errno::NOBUFS, Errno::INTR].map(|n| n.raw_os_error());
    e.raw_os_error().is_some_and(|n| full.contains(&n))
}

#[cfg(test)]
mod tests;
