//! Asking the wire who has the addresses of a group, before it is taken because its owner is silent (design section 5).
//! Not here: when to ask and what follows (core), the frames (systole-sys), whether the service answers (service.rs).

use super::rivals::spelt;
use super::{AddressSpec, Addresses, place};
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::time::Duration;
use systole_core::Wire;
use systole_sys::netlink::{Address, Interface};
use systole_sys::probe::{Heard, Prober};

/// Questions for each address in a round.
const TIMES: u32 = 3;
/// Addresses that nobody should have; whoever answers for two of them answers for everybody (proxy ARP).
const DECOYS: usize = 3;
const PROXY_AT: usize = 2;
/// A network must have this many addresses for some of them to be taken as unused.
const NETWORK_BITS_MIN: u8 = 4;
/// Draws for the decoys; in a network full of known addresses some are spent in vain.
const DRAWS: usize = 64;

/// A service that lives answers or refuses within this part of a round.
const SOON: u32 = 6;

/// An address that answered, and who did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Living {
    pub ip: IpAddr,
    pub mac: [u8; 6],
}

/// What a round brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    Silent,
    Living(Living),
    Useless(String),
}

impl Round {
    /// As the core is told; `serves`: does the service answer through the living address?
    pub fn told(self, serves: Option<bool>) -> Wire {
        match self {
            Round::Silent => Wire::Silent,
            Round::Useless(why) => Wire::Useless { why },
            Round::Living(Living { ip, mac }) => Wire::Answered { address: ip.to_string(), by: spelt(mac), serves },
        }
    }
}

/// One interface and one family, with what is asked there.
struct Place {
    prober: Prober,
    wanted: BTreeSet<IpAddr>,
    decoys: BTreeSet<IpAddr>,
    /// Hardware addresses that answered for decoys, and for which.
    proxies: BTreeMap<[u8; 6], BTreeSet<IpAddr>>,
    living: Option<Living>,
}

impl Addresses {
    /// Asks three times within `span` who has any of them. Where somebody answers, the decoys are asked once more before
    /// that is told, so that it takes a third of the span longer, and never keeps a takeover waiting. `known`: addresses that are in use somewhere, by the files.
    pub async fn ask(&self, specs: &[AddressSpec], known: &[IpAddr], span: Duration) -> Round {
        let mut places = match self.places_to_ask(specs, known) {
            Ok(places) => places,
            Err(why) => return Round::Useless(why),
        };
        let round = round(&mut places, span).await.unwrap_or_else(Round::Useless);
        // Closing such a socket waits for the kernel, and a takeover may be next.
        tokio::task::spawn_blocking(move || drop(places));
        round
    }

    /// The same, and whether the service answers through what lives, by `service`.
    ///
    /// An address that expires between the two questions has no service either, and is nothing to report. So while the
    /// service keeps silent the wire is asked again, and two silent rounds after an answer are silence, as for the core.
    pub async fn ask_graded<F: Future<Output = bool>>(
        &self,
        specs: &[AddressSpec],
        known: &[IpAddr],
        span: Duration,
        service: impl FnOnce(IpAddr) -> F,
    ) -> Wire {
        let round = self.ask(specs, known, span).await;
        let Round::Living(Living { ip, .. }) = round else { return round.told(None) };
        let mut service = pin!(service(ip));
        if let Ok(serves) = tokio::time::timeout(span / SOON, &mut service).await {
            return round.told(Some(serves));
        }
        let (serves, again) = tokio::join!(service, self.ask(specs, known, span));
        let gone = !serves && again == Round::Silent && self.ask(specs, known, span).await == Round::Silent;
        if gone { Wire::Silent } else { round.told(Some(serves)) }
    }

    fn places_to_ask(&self, specs: &[AddressSpec], known: &[IpAddr]) -> Result<Vec<Place>, String> {
        let (interfaces, present) = self.lock().table()?;
        let mut avoid: BTreeSet<IpAddr> = present.iter().map(|on| on.ip).chain(known.iter().copied()).collect();
        avoid.extend(specs.iter().map(|spec| spec.ip));
        let mut places: BTreeMap<(u32, bool), Place> = BTreeMap::new();
        for spec in specs {
            let found = place::find(spec, &interfaces, &present)?;
            let key = (found.index, spec.ip.is_ipv6());
            let place = match places.entry(key) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let interface = interfaces.iter().find(|i| i.index == found.index);
                    entry.insert(Place::open(interface, &found, &present, &avoid)?)
                }
            };
            place.wanted.insert(spec.ip);
        }
        Ok(places.into_values().collect())
    }
}

async fn round(places: &mut [Place], span: Duration) -> Result<Round, String> {
    for turn in 0..=TIMES {
        let answered = places.iter().any(|place| place.living.is_some());
        if turn == TIMES && !answered {
            break;
        }
        places.iter_mut().try_for_each(|place| place.ask(turn == 0 || answered))?;
        tokio::time::sleep(span / TIMES).await;
        places.iter_mut().try_for_each(Place::listen)?;
        if answered && let Some(found) = places.iter().find_map(|place| place.verdict(turn == TIMES)) {
            return Ok(found);
        }
    }
    Ok(Round::Silent)
}

impl Place {
    fn open(
        interface: Option<&Interface>,
        found: &Address,
        present: &[systole_sys::netlink::AddressOn],
        avoid: &BTreeSet<IpAddr>,
    ) -> Result<Place, String> {
        let interface = interface.ok_or_else(|| format!("the interface of {} is gone", found.ip))?;
        let prober = Prober::on(interface, found.ip.is_ipv6()).map_err(|e| e.to_string())?;
        // An address written without its network has a prefix of 32 or 128; the interface's own networks say more.
        let network = present.iter().find(|on| on.index == found.index && on.network_contains(found.ip));
        let decoys = decoys(found.ip, network.map_or(found.prefix, |on| on.prefix), avoid, random);
        Ok(Place { prober, wanted: BTreeSet::new(), decoys, proxies: BTreeMap::new(), living: None })
    }

    fn ask(&mut self, decoys: bool) -> Result<(), String> {
        for ip in self.wanted.iter().chain(self.decoys.iter().filter(|_| decoys)) {
            // A full queue costs a question, and there are two more.
            self.prober.ask(*ip).map_err(|e| format!("{ip} cannot be asked for: {e}"))?;
        }
        Ok(())
    }

    fn listen(&mut self) -> Result<(), String> {
        let heard = self.prober.heard().map_err(|e| format!("answers cannot be heard: {e}"))?;
        let own = self.prober.mac();
        for Heard { ip, mac, asks } in heard {
            if self.decoys.contains(&ip) && !asks {
                self.proxies.entry(mac).or_default().insert(ip);
            }
            // Two that ask at once would both hear silence: the one with the lower hardware address goes first.
            if self.wanted.contains(&ip) && (!asks || mac < own) {
                self.living = Some(Living { ip, mac });
            }
        }
        Ok(())
    }

    fn verdict(&self, last: bool) -> Option<Round> {
        let living = self.living?;
        let answered = self.proxies.get(&living.mac).map_or(0, BTreeSet::len);
        let proxied = answered >= PROXY_AT;
        // Who answers for one of them may be about to answer for the others: routers take their time.
        if answered > 0 && !proxied && !last {
            return None;
        }
        Some(if proxied {
            let who = spelt(living.mac);
            Round::Useless(format!(
                "{who} answers for addresses that nobody has (proxy ARP), so its answers prove nothing"
            ))
        } else {
            Round::Living(living)
        })
    }
}

/// Some addresses of the network of `ip` that nobody is known to have; none where it is too small.
pub(super) fn decoys(
    ip: IpAddr,
    prefix: u8,
    avoid: &BTreeSet<IpAddr>,
    mut random: impl FnMut() -> u64,
) -> BTreeSet<IpAddr> {
    let bits: u8 = if ip.is_ipv4() { 32 } else { 128 };
    let host_bits = bits.saturating_sub(prefix);
    let mut found = BTreeSet::new();
    if host_bits < NETWORK_BITS_MIN {
        return found;
    }
    for _ in 0..DRAWS {
        let number = random();
        let drawn = match ip {
            IpAddr::V4(v4) => {
                let hosts = u32::MAX >> prefix;
                let host = number as u32 & hosts;
                // Network and broadcast address belong to nobody.
                if host == 0 || host == hosts {
                    continue;
                }
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & !hosts | host))
            }
            IpAddr::V6(v6) => {
                let hosts = (u128::MAX >> prefix) & u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !hosts | u128::from(number) & hosts))
            }
        };
        if !avoid.contains(&drawn) {
            found.insert(drawn);
        }
        if found.len() == DECOYS {
            break;
        }
    }
    found
}

/// Good enough to hit no address twice: the seed of a hash table.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests;
