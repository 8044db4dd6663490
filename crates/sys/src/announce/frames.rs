//! The bytes of announcements and questions, fixed layouts all (RFC 826, RFC 5227, RFC 4861, RFC 4862).
//! Not here: sending them.

use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) const ARP_REQUEST: u8 = 1;
pub(crate) const ARP_REPLY: u8 = 2;

const BROADCAST: [u8; 6] = [0xff; 6];
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];
pub(crate) const ICMPV6: u8 = 58;
pub(crate) const NEIGHBOUR_SOLICITATION: u8 = 135;
pub(crate) const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const ROUTER: u8 = 0x80;
const OVERRIDE: u8 = 0x20;
const TARGET_LINK_ADDRESS: u8 = 2;

/// Sender and target are the same address: "`ip` is at `mac`".
pub(crate) fn gratuitous_arp(mac: [u8; 6], ip: Ipv4Addr, operation: u8) -> Vec<u8> {
    let mut frame = Vec::with_capacity(42);
    arp_head(&mut frame, mac, operation);
    frame.extend(ip.octets());
    // In a request the hardware address is what is being asked for.
    frame.extend(if operation == ARP_REQUEST { [0; 6] } else { mac });
    frame.extend(ip.octets());
    frame
}

/// "Who has `ip`?", from somebody without an address, so that nobody learns a wrong neighbour from it (RFC 5227, 2.1.1).
pub(crate) fn arp_probe(mac: [u8; 6], ip: Ipv4Addr) -> Vec<u8> {
    let mut frame = Vec::with_capacity(42);
    arp_head(&mut frame, mac, ARP_REQUEST);
    frame.extend([0; 4]);
    frame.extend([0; 6]);
    frame.extend(ip.octets());
    frame
}

fn arp_head(frame: &mut Vec<u8>, mac: [u8; 6], operation: u8) {
    frame.extend(BROADCAST);
    frame.extend(mac);
    // Ethernet type; then hardware Ethernet, protocol IPv4, and the lengths of their addresses.
    frame.extend([0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, operation]);
    frame.extend(mac);
}

/// "Who has `ip`?", without an address of ours: the answer goes to all nodes (RFC 4862, 5.4.2).
pub(crate) fn solicitation(mac: [u8; 6], ip: Ipv6Addr) -> Vec<u8> {
    let mut icmp = vec![NEIGHBOUR_SOLICITATION, 0, 0, 0, 0, 0, 0, 0];
    icmp.extend(ip.octets());
    let [.., x, y, z] = ip.octets();
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(x), u16::from_be_bytes([y, z]));
    ipv6(mac, [0x33, 0x33, 0xff, x, y, z], (Ipv6Addr::UNSPECIFIED, group), icmp)
}

pub(crate) fn advertisement(mac: [u8; 6], ip: Ipv6Addr, router: bool) -> Vec<u8> {
    let flags = OVERRIDE | if router { ROUTER } else { 0 };
    let mut icmp = vec![NEIGHBOUR_ADVERTISEMENT, 0, 0, 0, flags, 0, 0, 0];
    icmp.extend(ip.octets());
    // The option's length counts in units of eight bytes.
    icmp.extend([TARGET_LINK_ADDRESS, 1]);
    icmp.extend(mac);
    ipv6(mac, ALL_NODES_MAC, (ip, ALL_NODES), icmp)
}

fn ipv6(mac: [u8; 6], to_mac: [u8; 6], (from, to): (Ipv6Addr, Ipv6Addr), mut icmp: Vec<u8>) -> Vec<u8> {
    let sum = checksum(from, to, &icmp).to_be_bytes();
    icmp.splice(2..4, sum);
    let mut frame = Vec::with_capacity(86);
    frame.extend(to_mac);
    frame.extend(mac);
    // Ethernet type; then version 6, no class, no flow.
    frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
    frame.extend((icmp.len() as u16).to_be_bytes());
    // Hop limit 255 proves that no router has passed it on.
    frame.extend([ICMPV6, 255]);
    frame.extend(from.octets());
    frame.extend(to.octets());
    frame.extend(icmp);
    frame
}

/// The Internet checksum over the pseudo-header and an even number of bytes, with the sum's own place zero.
fn checksum(from: Ipv6Addr, to: Ipv6Addr, icmp: &[u8]) -> u16 {
    let words = [&from.octets()[..], &to.octets()[..], icmp];
    let pairs = words.iter().flat_map(|part| part.chunks_exact(2));
    let sum = pairs.fold(icmp.len() as u32 + u32::from(ICMPV6), |sum, pair| {
        sum + pair.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
    });
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
