//! From where the other nodes speak, and whose a refused frame seems to be: by the place it comes from, or by the name that
//! is written on it. Not here: what that means (the core).

use std::collections::BTreeSet;
use std::net::IpAddr;
use systole_config::{Configuration, Medium};
use systole_core::{NodeName, Refusal};
use systole_wire::bears_name;

/// A node has so many addresses here at most; more are not kept.
const ADDRESSES_MAX: usize = 8;
/// Of each node no more is passed on than one frame in so long, or in a keepalive where that is less.
const PAUSE_NS: u64 = 100_000_000;

/// What is known of one peer's places.
struct Place {
    node: NodeName,
    /// Where frames came from that were believed.
    addresses: BTreeSet<IpAddr>,
    /// When a refused frame was last passed on, from elsewhere and from there.
    passed_ns: [Option<u64>; 2],
}

pub struct Places {
    others: Vec<Place>,
    pause_ns: u64,
}

/// A refused frame that somebody of ours seems to have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub node: NodeName,
    pub why: Refusal,
    /// It comes from where that node is known to be.
    pub placed: bool,
}

impl Places {
    pub fn new(configuration: &Configuration) -> Places {
        let core = &configuration.core;
        let others = core.nodes.iter().filter(|node| **node != core.me);
        let place = |n: &NodeName| Place { node: n.clone(), addresses: BTreeSet::new(), passed_ns: [None; 2] };
        let pause_ns = u64::try_from(core.timing.keepalive().as_nanos()).unwrap_or(u64::MAX).min(PAUSE_NS);
        let mut places = Places { others: others.map(place).collect(), pause_ns };
        if let [only] = places.others.as_mut_slice() {
            // Addresses as they are written; a name that has to be looked up is learned by being heard.
            let ucast = configuration.media.iter().filter_map(|medium| match medium {
                Medium::Ucast { host, .. } | Medium::Ucast6 { host, .. } => host.parse::<IpAddr>().ok(),
                _ => None,
            });
            only.addresses.extend(ucast.take(ADDRESSES_MAX));
        }
        places
    }

    /// A frame of that node was believed.
    pub fn learn(&mut self, node: &NodeName, from: IpAddr) {
        let Some(place) = self.others.iter_mut().find(|place| place.node == *node) else { return };
        if place.addresses.len() < ADDRESSES_MAX {
            place.addresses.insert(from);
        }
    }

    /// Whose refused datagram that is. Of a flood only some are passed on, as each one makes the core look around.
    pub fn of_datagram(&mut self, bytes: &[u8], from: IpAddr, why: Refusal, now_ns: u64) -> Option<Refused> {
        // Several clusters may share a port: who writes another name is somebody else, also at a known address.
        let place = self.others.iter_mut().find(|place| bears_name(bytes, &place.node))?;
        let placed = place.addresses.contains(&from);
        place.pass(why, placed, now_ns, self.pause_ns)
    }

    /// Whose refused frame of a serial line that is: with one other node, nobody else is at its end.
    pub fn of_line(&mut self, why: Refusal, now_ns: u64) -> Option<Refused> {
        let [only] = self.others.as_mut_slice() else { return None };
        only.pass(why, true, now_ns, self.pause_ns)
    }
}

impl Place {
    fn pass(&mut self, why: Refusal, placed: bool, now_ns: u64, pause_ns: u64) -> Option<Refused> {
        let last = &mut self.passed_ns[usize::from(placed)];
        if last.is_some_and(|at| now_ns.saturating_sub(at) < pause_ns) {
            return None;
        }
        *last = Some(now_ns);
        Some(Refused { node: self.node.clone(), why, placed })
    }
}

#[cfg(test)]
mod tests;
