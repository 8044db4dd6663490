//! Requests to the kernel as bytes, by netlink-packet-route where it knows them.
//! Not here: sending them, reading answers.

use super::address::Address;
use super::socket::Body;
use netlink_packet_core::Emitable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage, CacheInfo};
use std::net::IpAddr;

pub(super) const NEW_LINK: u16 = 16;
pub(super) const DELETE_LINK: u16 = 17;
pub(super) const GET_LINK: u16 = 18;
const SET_LINK: u16 = 19;
pub(super) const NEW_ADDRESS: u16 = 20;
pub(super) const DELETE_ADDRESS: u16 = 21;
pub(super) const GET_ADDRESS: u16 = 22;

const F_REPLACE: u16 = 0x100;
const F_EXCLUSIVE: u16 = 0x200;
const F_CREATE: u16 = 0x400;

const IFLA_EXT_MASK: u16 = 29;
const SKIP_STATISTICS: u32 = 1 << 3;
const IFLA_AF_SPEC: u16 = 26;
const AF_INET: u16 = 2;
const IFLA_INET_CONF: u16 = 1;
const PROMOTE_SECONDARIES: u16 = 20;

/// struct ifinfomsg of nobody, without counters in the answers.
pub(super) fn all_links() -> Vec<u8> {
    let mut bytes = vec![0; 16];
    attribute(&mut bytes, IFLA_EXT_MASK, &SKIP_STATISTICS.to_ne_bytes());
    bytes
}

/// struct ifaddrmsg of nobody.
pub(super) fn all_addresses() -> Vec<u8> {
    vec![0; 8]
}

/// A new one, which the kernel takes away by itself after so many seconds, or never.
pub(super) fn add(address: &Address, lifetime_s: Option<u32>) -> Body {
    Body { kind: NEW_ADDRESS, flags: F_EXCLUSIVE | F_CREATE, bytes: emit(&living(address, lifetime_s)) }
}

/// The same address from now on for so many seconds. The kernel makes it anew where it is gone already.
pub(super) fn refresh(address: &Address, lifetime_s: u32) -> Body {
    Body { kind: NEW_ADDRESS, flags: F_REPLACE | F_CREATE, bytes: emit(&living(address, Some(lifetime_s))) }
}

fn living(address: &Address, lifetime_s: Option<u32>) -> AddressMessage {
    let mut message = message(address);
    match address.ip {
        IpAddr::V4(_) => {
            message.attributes.push(AddressAttribute::Address(address.ip));
            message.attributes.extend(address.broadcast.map(AddressAttribute::Broadcast));
            message.attributes.extend(address.label.clone().map(AddressAttribute::Label));
        }
        IpAddr::V6(_) => {
            message.header.flags = AddressHeaderFlags::Nodad;
            message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
    }
    if let Some(seconds) = lifetime_s {
        let mut life = CacheInfo::default();
        (life.ifa_preferred, life.ifa_valid) = (seconds, seconds);
        message.attributes.push(AddressAttribute::CacheInfo(life));
    }
    message
}

pub(super) fn remove(address: &Address) -> Body {
    Body { kind: DELETE_ADDRESS, flags: 0, bytes: emit(&message(address)) }
}

/// Lets the interface keep the other addresses of a network when its first one is removed.
pub(super) fn promote_secondaries(index: u32) -> Body {
    let mut value = Vec::new();
    attribute(&mut value, PROMOTE_SECONDARIES, &1_u32.to_ne_bytes());
    for kind in [IFLA_INET_CONF, AF_INET, IFLA_AF_SPEC] {
        let mut outer = Vec::new();
        attribute(&mut outer, kind, &value);
        value = outer;
    }
    let mut bytes = vec![0; 16];
    if let Some(place) = bytes.get_mut(4..8) {
        place.copy_from_slice(&index.to_ne_bytes());
    }
    bytes.extend(value);
    Body { kind: SET_LINK, flags: 0, bytes }
}

fn message(address: &Address) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = if address.ip.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    message.header.prefix_len = address.prefix;
    message.header.index = address.index;
    message.attributes.push(AddressAttribute::Local(address.ip));
    message
}

fn emit(message: &AddressMessage) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut bytes);
    bytes
}

fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend(((value.len() + 4) as u16).to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
}
