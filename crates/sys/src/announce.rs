//! Telling the neighbours where an address lives now: gratuitous ARP and unsolicited neighbour advertisements.
//! Not here: adding the address (`netlink.rs`), when and how often to announce.

pub(crate) mod frames;

use crate::netlink::{Interface, Netlink};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ETH_P_ARP: u16 = 0x0806;
const ETH_P_IPV6: u16 = 0x86dd;
/// Room for the announcements of some thousand addresses at once.
const SEND_BUFFER: usize = 4 << 20;

/// Announces addresses on one interface with its hardware address, as read at opening: open it anew when that has
/// changed. Announcing never waits; dropping the announcer does, for some milliseconds (the kernel lets every
/// processor finish with the packet socket), so keep one for each interface.
#[derive(Debug)]
pub struct Announcer {
    socket: Socket,
    mac: [u8; 6],
    /// Whether this machine forwards IPv6 on the interface: a router that announces itself as none loses its hosts.
    router: bool,
    arp: SockAddr,
    ipv6: SockAddr,
}

impl Announcer {
    /// On the interface called `name`. Needs CAP_NET_RAW.
    pub fn open(name: &str) -> io::Result<Announcer> {
        Announcer::on(&Netlink::open()?.interface(name)?)
    }

    /// On an interface that was looked up already.
    pub fn on(interface: &Interface) -> io::Result<Announcer> {
        let name = &interface.name;
        let mac = interface.mac.filter(|_| interface.broadcast).ok_or_else(|| {
            let text = format!("interface {name} has no neighbours to tell: it is no Ethernet");
            io::Error::new(io::ErrorKind::Unsupported, text)
        })?;
        // Protocol 0: sends, receives nothing.
        let socket = Socket::new(Domain::PACKET, Type::RAW.nonblocking(), None).map_err(|e| {
            let text = format!("cannot announce addresses on {name}: {e}; run as root or give the process CAP_NET_RAW");
            io::Error::new(e.kind(), text)
        })?;
        // Beyond the ordinary limit only with CAP_NET_ADMIN; without it a burst is cut, and repeated by the caller.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size_force(&socket, SEND_BUFFER);
        let forwards = std::fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{name}/forwarding"));
        let router = forwards.is_ok_and(|text| text.trim() == "1");
        let (arp, ipv6) = (link_address(interface.index, ETH_P_ARP)?, link_address(interface.index, ETH_P_IPV6)?);
        Ok(Announcer { socket, mac, router, arp, ipv6 })
    }

    /// Many at once: each address is told of once before any is told of in its second form, so that a long list does
    /// not keep the last one waiting.
    pub fn announce_all(&self, ips: &[IpAddr]) -> io::Result<()> {
        for ip in ips {
            match ip {
                IpAddr::V4(ip) => self.arp(*ip, frames::ARP_REQUEST)?,
                IpAddr::V6(ip) => self.announce_v6(*ip)?,
            }
        }
        ips.iter().try_for_each(|ip| match ip {
            IpAddr::V4(ip) => self.arp(*ip, frames::ARP_REPLY),
            IpAddr::V6(_) => Ok(()),
        })
    }

    /// Either kind of address.
    pub fn announce(&self, ip: IpAddr) -> io::Result<()> {
        match ip {
            IpAddr::V4(ip) => self.announce_v4(ip),
            IpAddr::V6(ip) => self.announce_v6(ip),
        }
    }

    /// Gratuitous ARP, broadcast as a request and as a reply, since some peers heed only one of them.
    pub fn announce_v4(&self, ip: Ipv4Addr) -> io::Result<()> {
        self.arp(ip, frames::ARP_REQUEST)?;
        self.arp(ip, frames::ARP_REPLY)
    }

    fn arp(&self, ip: Ipv4Addr, operation: u8) -> io::Result<()> {
        self.socket.send_to(&frames::gratuitous_arp(self.mac, ip, operation), &self.arp).map(|_| ())
    }

    /// An unsolicited neighbour advertisement with the override flag, to all nodes of the link.
    pub fn announce_v6(&self, ip: Ipv6Addr) -> io::Result<()> {
        self.socket.send_to(&frames::advertisement(self.mac, ip, self.router), &self.ipv6).map(|_| ())
    }

    /// The hardware address that is announced.
    pub fn mac(&self) -> [u8; 6] {
        self.mac
    }
}

/// struct sockaddr_ll of an interface and protocol; the frames carry their own hardware addresses.
pub(crate) fn link_address(index: u32, protocol: u16) -> io::Result<SockAddr> {
    let index = i32::try_from(index).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // SAFETY: the storage is zeroed, larger than sockaddr_ll and aligned for every address type; what is written is a
    // complete sockaddr_ll, and the length says so.
    let (_, address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let link = storage.cast::<libc::sockaddr_ll>();
            (*link).sll_family = libc::AF_PACKET as u16;
            (*link).sll_protocol = protocol.to_be();
            (*link).sll_ifindex = index;
            (*link).sll_halen = 6;
            *length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            Ok(())
        })?
    };
    Ok(address)
}

#[cfg(test)]
mod tests;
