//! From an address as written to an address as the kernel wants it: interface, network, label, broadcast.
//! Not here: changing anything.

use super::AddressSpec;
use std::net::{IpAddr, Ipv4Addr};
use systole_sys::netlink::{Address, AddressOn, Interface};

/// Interfaces and addresses at one moment.
pub type Table = (Vec<Interface>, Vec<AddressOn>);

/// Where the address goes. What is not written comes from the interface whose network holds it; the broadcast
/// address is the last of the network, as the IPaddr2 agent has it.
///
/// # Errors
/// A sentence that says what to write.
pub fn find(spec: &AddressSpec, interfaces: &[Interface], present: &[AddressOn]) -> Result<Address, String> {
    let named = match &spec.interface {
        None => None,
        Some(name) => {
            let found = interfaces.iter().find(|i| i.name == *name);
            Some(found.ok_or_else(|| format!("{}: there is no interface {name}", spec.ip))?.index)
        }
    };
    let up = |index: u32| interfaces.iter().any(|i| i.index == index && i.up);
    let fitting = present.iter().filter(|on| named.is_none_or(|index| on.index == index));
    // The address itself may be there already; it says the network as well as any other.
    let network = fitting.filter(|on| on.network_contains(spec.ip)).max_by_key(|on| (on.prefix, up(on.index)));
    let (index, prefix) = match (named, spec.prefix, network) {
        (Some(index), Some(prefix), _) => (index, prefix),
        (Some(index), None, Some(on)) => (index, on.prefix),
        (None, prefix, Some(on)) => (on.index, prefix.unwrap_or(on.prefix)),
        (Some(_), None, None) => return Err(format!("{}: its network is not known; write {0}/24, say", spec.ip)),
        (None, _, None) => {
            return Err(format!("{0}: no interface here is in its network; write {0}/24/eth0, say", spec.ip));
        }
    };
    let broadcast = spec.broadcast.or_else(|| last_of_network(spec.ip, prefix));
    let label = spec.label.clone().filter(|_| spec.ip.is_ipv4());
    Ok(Address { index, ip: spec.ip, prefix, label, broadcast })
}

/// Networks of one or two addresses have no broadcast address.
fn last_of_network(ip: IpAddr, prefix: u8) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(v4) if prefix <= 30 => Some(Ipv4Addr::from_bits(v4.to_bits() | (u32::MAX >> prefix))),
        _ => None,
    }
}

/// How long it will stay by itself, where it stands; nothing if it is not there, stays for ever or is of no use.
pub fn lasting_s(spec: &AddressSpec, interfaces: &[Interface], present: &[AddressOn]) -> Option<u32> {
    let here = self::present(spec, interfaces, present);
    let [one] = here.as_slice() else { return None };
    let on = present.iter().find(|on| on.ip == one.ip && on.index == one.index)?;
    on.valid_s.filter(|_| !on.tentative)
}

/// The address where it stands now, usually nowhere or at one place.
pub fn present(spec: &AddressSpec, interfaces: &[Interface], present: &[AddressOn]) -> Vec<Address> {
    let named = |index: u32| match &spec.interface {
        None => true,
        Some(name) => interfaces.iter().any(|i| i.index == index && i.name == *name),
    };
    let there = present.iter().filter(|on| on.ip == spec.ip && named(on.index));
    let same = |on: &AddressOn| Address {
        index: on.index,
        ip: on.ip,
        prefix: on.prefix,
        label: on.label.clone(),
        broadcast: on.broadcast,
    };
    there.map(same).collect()
}
