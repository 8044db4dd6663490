//! An interface as the kernel tells of it, decoded by hand: name, hardware address and flags are all we ask, and one
//! attribute of a newer kernel that a full decoder does not know must not hide a pulled cable.

use super::socket::word;

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub index: u32,
    pub name: String,
    /// The hardware address, where it has one of six bytes.
    pub mac: Option<[u8; 6]>,
    /// Switched on by the administrator.
    pub up: bool,
    /// The cable is plugged and the other end answers; false also for an interface that is down.
    pub carrier: bool,
    /// It can broadcast, so ARP works on it.
    pub broadcast: bool,
    pub loopback: bool,
}

/// struct ifinfomsg: family, pad, type (16 bits), index, flags, change.
const HEADER: usize = 16;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFF_UP: u32 = 1;
const IFF_BROADCAST: u32 = 2;
const IFF_LOOPBACK: u32 = 8;
const IFF_LOWER_UP: u32 = 1 << 16;

/// `None` when the bytes are cut, or tell of an interface in another role (a port of a bridge comes and goes by
/// messages of the bridge family, while the interface stays).
pub(super) fn decode(body: &[u8]) -> Option<Interface> {
    let attributes = body.get(HEADER..)?;
    if body.first() != Some(&0) {
        return None;
    }
    let flags = word(body, 8);
    let mut interface = Interface {
        index: word(body, 4),
        name: String::new(),
        mac: None,
        up: flags & IFF_UP != 0,
        carrier: flags & IFF_LOWER_UP != 0,
        broadcast: flags & IFF_BROADCAST != 0,
        loopback: flags & IFF_LOOPBACK != 0,
    };
    let mut rest = attributes;
    while let Some((head, _)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let Some(value) = rest.get(4..length) else { break };
        match u16::from_ne_bytes([head[2], head[3]]) & 0x3fff {
            IFLA_ADDRESS => interface.mac = value.try_into().ok(),
            IFLA_IFNAME => {
                let name = value.strip_suffix(&[0]).unwrap_or(value);
                interface.name = String::from_utf8_lossy(name).into_owned();
            }
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Some(interface)
}
