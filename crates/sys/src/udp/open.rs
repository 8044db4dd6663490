//! Making the sockets of a datagram medium, with errors a person understands.
//! Not here: using them.

use crate::netlink::Netlink;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// As Heartbeat marks its datagrams: low delay. The kernel derives its own queue's priority from it.
const LOW_DELAY: u32 = 0x10;

/// With whom a receiving socket may share its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// SO_REUSEADDR
    Address,
    /// SO_REUSEPORT too, as Heartbeat does for unicast
    AddressAndPort,
}

/// A non-blocking socket bound to the device and to `at`, which notes when datagrams arrive.
pub(super) fn receiver(device: &str, at: SocketAddr, share: Share) -> io::Result<Socket> {
    let socket = bound(device, at)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(share == Share::AddressAndPort)?;
    if at.is_ipv6() {
        // Otherwise it would take the port from an IPv4 medium too.
        socket.set_only_v6(true)?;
    }
    super::receive::note_arrival(&socket)?;
    socket.bind(&at.into()).map_err(|e| cannot_bind(device, at, &e))?;
    Ok(socket)
}

/// A non-blocking socket bound to the device, with a port of its own, that sends to the family of `to`.
pub(super) fn sender(device: &str, to: SocketAddr) -> io::Result<Socket> {
    let socket = bound(device, to)?;
    if to.is_ipv4() {
        socket.set_tos_v4(LOW_DELAY)?
    } else {
        socket.set_tclass_v6(LOW_DELAY)?
    }
    Ok(socket)
}

fn bound(device: &str, family: SocketAddr) -> io::Result<Socket> {
    // First, so that a missing interface is called missing and not a refused option.
    index(device)?;
    let socket = Socket::new(Domain::for_address(family), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    socket.bind_device(Some(device.as_bytes())).map_err(|e| {
        let text = format!("cannot bind to interface {device}: {e}; run as root or give the process CAP_NET_RAW");
        io::Error::new(e.kind(), text)
    })?;
    Ok(socket)
}

fn cannot_bind(device: &str, at: SocketAddr, e: &io::Error) -> io::Error {
    let cure = match e.kind() {
        io::ErrorKind::PermissionDenied => "run as root, give the process CAP_NET_BIND_SERVICE, or set udpport",
        io::ErrorKind::AddrInUse => "another program has this port to itself; end it, or set udpport on all nodes",
        _ => "look at the interface's addresses with `ip addr`",
    };
    io::Error::new(e.kind(), format!("cannot receive on {at} of interface {device}: {e}; {cure}"))
}

/// The number of an interface; an error in words when there is none of the name.
pub(super) fn index(device: &str) -> io::Result<u32> {
    let any = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    rustix::net::netdevice::name_to_index(&any, device).map_err(|e| {
        let text = match e {
            rustix::io::Errno::NODEV => format!("there is no interface {device}; `ip link` shows those there are"),
            e => format!("cannot look up interface {device}: {e}"),
        };
        io::Error::new(io::ErrorKind::NotFound, text)
    })
}

/// Where a broadcast on this interface goes: as configured, else the last address of its first network. A service
/// address with a network of its own counts only if there is nothing else.
pub(super) fn broadcast_address(device: &str) -> io::Result<Ipv4Addr> {
    let mut netlink = Netlink::open()?;
    let interface = netlink.interface(device)?;
    if !interface.broadcast {
        return Err(no_broadcast(device, "it cannot broadcast; use ucast or mcast on it"));
    }
    let on_it = netlink.addresses()?.into_iter().filter(|a| a.index == interface.index);
    let of = |ip, prefix, set: Option<Ipv4Addr>| match (ip, prefix) {
        (IpAddr::V4(own), 0..=30) => set.or(Some(Ipv4Addr::from(u32::from(own) | (u32::MAX >> prefix)))),
        _ => set,
    };
    let found = on_it.filter_map(|a| of(a.ip, a.prefix, a.broadcast)).find(|b| !b.is_unspecified());
    found.ok_or_else(|| no_broadcast(device, "it has no IPv4 address yet; give it one, or use mcast6 or ucast6"))
}

fn no_broadcast(device: &str, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AddrNotAvailable, format!("no broadcast on interface {device}: {why}"))
}

pub(super) fn join_v4(socket: &Socket, group: Ipv4Addr, index: u32) -> io::Result<()> {
    socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index)).map_err(|e| {
        io::Error::new(
            e.kind(),
            format!("cannot join multicast group {group}: {e}; a group is 224.0.0.0 to 239.255.255.255"),
        )
    })?;
    // Only this group, not whatever another program on this machine has joined.
    socket.set_multicast_all_v4(false)
}

pub(super) fn send_multicast_v4(socket: &Socket, index: u32, ttl: u8, loopback: bool) -> io::Result<()> {
    let none = Ipv4Addr::UNSPECIFIED;
    rustix::net::sockopt::set_ip_multicast_if_with_ifindex(socket, &none, &none, index)?;
    socket.set_multicast_ttl_v4(u32::from(ttl))?;
    socket.set_multicast_loop_v4(loopback)
}

/// A broadcast stays on its wire, whatever the routing table says (SO_DONTROUTE).
pub(super) fn never_route(socket: &Socket) -> io::Result<()> {
    super::receive::switch_on(socket, libc::SO_DONTROUTE)
}
