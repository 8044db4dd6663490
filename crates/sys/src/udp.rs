//! Datagram media of the heartbeat: broadcast, multicast and unicast, bound to one interface (WIRE 10).
//! Not here: frames, authentication, which link a frame counts for.

mod open;
mod receive;

use crate::wait;
use rustix::io::Errno;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd};

/// One datagram that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Bytes now in the buffer; a longer datagram was cut to it.
    pub len: usize,
    /// When the kernel took it in, on CLOCK_MONOTONIC ([`wait::monotonic_ns`]); not when we came to read it.
    pub at_ns: u64,
    pub from: SocketAddr,
}

/// A way to the peers through one interface. Two sockets, as Heartbeat has them: it sends from a port of its own and
/// receives on the common one.
///
/// An interface that disappears makes `send` fail (ENODEV, ENETDOWN, ENETUNREACH); the kernel tells a receiver
/// nothing. After such an error the link is to be opened anew, as an interface of the same name is another one.
#[derive(Debug)]
pub struct UdpLink {
    /// `None` for a unicast link that shares another one's socket.
    receiver: Option<receive::Receiver>,
    sender: socket2::Socket,
    to: SocketAddr,
    device: String,
}

impl UdpLink {
    /// `bcast device`: to the broadcast address of the interface. Our own frames come back.
    pub fn bcast(device: &str, port: u16) -> io::Result<UdpLink> {
        let to = SocketAddr::from((open::broadcast_address(device)?, port));
        let receiver = open::receiver(device, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), open::Share::Address)?;
        let sender = open::sender(device, to)?;
        sender.set_broadcast(true)?;
        open::never_route(&sender)?;
        Ok(UdpLink::new(receiver, sender, to, device))
    }

    /// `mcast device group port ttl loop`. With `loopback` our own frames come back.
    pub fn mcast(device: &str, group: Ipv4Addr, port: u16, ttl: u8, loopback: bool) -> io::Result<UdpLink> {
        let to = SocketAddr::from((group, port));
        let index = open::index(device)?;
        let receiver = open::receiver(device, to, open::Share::Address)?;
        open::join_v4(&receiver, group, index)?;
        let sender = open::sender(device, to)?;
        open::send_multicast_v4(&sender, index, ttl, loopback)?;
        Ok(UdpLink::new(receiver, sender, to, device))
    }

    /// `mcast6 device group port hops loop`.
    pub fn mcast6(device: &str, group: Ipv6Addr, port: u16, ttl: u8, loopback: bool) -> io::Result<UdpLink> {
        let index = open::index(device)?;
        let to = SocketAddr::V6(SocketAddrV6::new(group, port, 0, index));
        let receiver = open::receiver(device, to, open::Share::Address)?;
        receiver.join_multicast_v6(&group, index)?;
        let sender = open::sender(device, to)?;
        sender.set_multicast_if_v6(index)?;
        sender.set_multicast_hops_v6(u32::from(ttl))?;
        sender.set_multicast_loop_v6(loopback)?;
        Ok(UdpLink::new(receiver, sender, to, device))
    }

    /// `ucast device peer`: sends to `peer`, receives on `port` of the device whoever speaks.
    ///
    /// The kernel spreads datagrams over all sockets of a device and port, so only the first link there may have one;
    /// for each further peer use [`UdpLink::ucast_beside`].
    pub fn ucast(device: &str, peer: SocketAddrV4, port: u16) -> io::Result<UdpLink> {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        UdpLink::unicast(device, SocketAddr::V4(peer), any)
    }

    /// `ucast6 device peer`. A link-local peer needs no scope: the device is known.
    pub fn ucast6(device: &str, peer: SocketAddrV6, port: u16) -> io::Result<UdpLink> {
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
        UdpLink::unicast(device, scoped(peer, open::index(device)?), any)
    }

    /// A second peer on the device and port of a unicast link: sends by itself, receives nothing. What the peer says
    /// arrives at `self`; tell the links apart by [`Received::from`] and [`UdpLink::peer`].
    pub fn ucast_beside(&self, peer: SocketAddr) -> io::Result<UdpLink> {
        let to = match peer {
            SocketAddr::V6(p) => scoped(p, open::index(&self.device)?),
            v4 => v4,
        };
        let sender = open::sender(&self.device, to)?;
        Ok(UdpLink { receiver: None, sender, to, device: self.device.clone() })
    }

    /// The other side's address for a unicast link; the group's or the broadcast address for the others.
    pub fn peer(&self) -> IpAddr {
        self.to.ip()
    }

    /// False for a link made by [`UdpLink::ucast_beside`]: waiting for it is useless.
    pub fn receives(&self) -> bool {
        self.receiver.is_some()
    }

    /// The next datagram; `None` when there is none now.
    pub fn receive(&mut self, buf: &mut [u8]) -> io::Result<Option<Received>> {
        self.receiver.as_mut().map_or(Ok(None), |r| r.receive(buf))
    }

    /// Sends one datagram. `false` when the interface's queue is full: the datagram is lost, the link is not.
    pub fn send(&self, bytes: &[u8]) -> io::Result<bool> {
        match self.sender.send_to(bytes, &self.to.into()) {
            Ok(_) => Ok(true),
            Err(e) if would_block(&e) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn new(receiver: socket2::Socket, sender: socket2::Socket, to: SocketAddr, device: &str) -> UdpLink {
        let receiver = Some(receive::Receiver::new(receiver, wait::wall_ns(), wait::monotonic_ns()));
        UdpLink { receiver, sender, to, device: device.to_owned() }
    }

    fn unicast(device: &str, to: SocketAddr, any: SocketAddr) -> io::Result<UdpLink> {
        let receiver = open::receiver(device, any, open::Share::AddressAndPort)?;
        let sender = open::sender(device, to)?;
        Ok(UdpLink::new(receiver, sender, to, device))
    }
}

impl AsFd for UdpLink {
    /// The receiving socket; for a link that does not receive its sending one, which is never readable.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiver.as_ref().map_or_else(|| self.sender.as_fd(), |r| r.as_fd())
    }
}

fn scoped(peer: SocketAddrV6, index: u32) -> SocketAddr {
    SocketAddr::V6(SocketAddrV6::new(*peer.ip(), peer.port(), 0, index))
}

fn would_block(e: &io::Error) -> bool {
    let full = [Errno::AGAIN, Errno::NOBUFS, Errno::INTR].map(|n| n.raw_os_error());
    e.raw_os_error().is_some_and(|n| full.contains(&n))
}

#[cfg(test)]
mod tests;
