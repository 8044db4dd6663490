//! Other machines that claim an address which this node holds: heard on the wire, asked for once a minute, answered by an
//! announcement of ours, told and shown as long as they go on. Here is the listening; what was heard of whom is in book.rs.
//! Not here: asking before a takeover (asking.rs).

mod book;
mod ear;

pub use book::Rival;
pub(super) use book::spelt;

use super::{Addresses, asking, place};
use crate::bridge::Level;
use crate::hands::work::Report;
use book::Book;
use ear::Ear;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_sys::netlink::Interface;
use systole_sys::probe::Heard;
use tokio::sync::mpsc::{self, UnboundedSender};

/// How often it is looked whether other addresses are held now, and what has become of those who were heard.
const LOOK: Duration = Duration::from_secs(1);
/// Interfaces may change without a change of the addresses that are held.
const LOOK_AGAIN: u32 = 10;
/// Claims that wait to be looked at; more are dropped, as their senders repeat them.
const WAITING: usize = 64;

/// What an ear heard, on the interface of that number.
type Said = (u32, Heard);

/// Watches for ever. `known`: addresses that are in use somewhere, by the files.
pub async fn watch(addresses: Arc<Addresses>, known: Vec<IpAddr>, reports: UnboundedSender<Report>) {
    let (ears_tell, mut said) = mpsc::channel(WAITING);
    let mut rivals = Rivals::new(addresses, known, reports);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some((index, heard)) = said.recv() => rivals.heard(index, heard),
            _ = look.tick() => rivals.look(&ears_tell),
        }
    }
}

struct Rivals {
    addresses: Arc<Addresses>,
    known: Vec<IpAddr>,
    reports: UnboundedSender<Report>,
    book: Book,
    /// By interface and family.
    ears: BTreeMap<(u32, bool), Ear>,
    /// Hardware addresses of this machine; a frame of our own may come back.
    own: BTreeSet<[u8; 6]>,
    /// What the ears were made for.
    held: BTreeSet<IpAddr>,
    looks: u32,
    refused: Option<String>,
}

impl Rivals {
    fn new(addresses: Arc<Addresses>, known: Vec<IpAddr>, reports: UnboundedSender<Report>) -> Rivals {
        Rivals {
            addresses,
            known,
            reports,
            book: Book::default(),
            ears: BTreeMap::new(),
            own: BTreeSet::new(),
            held: BTreeSet::new(),
            looks: 0,
            refused: None,
        }
    }

    fn heard(&mut self, index: u32, heard: Heard) {
        let now = Instant::now();
        if heard.asks || self.own.contains(&heard.mac) {
            return;
        }
        let of_decoy = self.ears.get(&(index, heard.ip.is_ipv6())).is_some_and(|ear| ear.decoys.contains(&heard.ip));
        if of_decoy {
            self.book.answered_for_nobody(heard.mac, heard.ip, now);
        } else if self.addresses.holds_rightly(heard.ip) && self.book.claimed(heard.ip, heard.mac, index, now) {
            // Whoever has believed the other one shall know better.
            self.announce(heard.ip);
        }
    }

    fn announce(&self, ip: IpAddr) {
        let specs: Vec<_> = self.addresses.specs().into_iter().filter(|spec| spec.ip == ip).collect();
        if let Err(text) = self.addresses.announce(&specs) {
            let _ = self.reports.send(Report::Note { level: Level::Warn, text });
        }
    }

    fn look(&mut self, ears_tell: &mpsc::Sender<Said>) {
        let (now, held) = (Instant::now(), self.addresses.held());
        self.looks = self.looks.wrapping_add(1);
        if held != self.held || self.looks.is_multiple_of(LOOK_AGAIN) {
            self.listen(&held, ears_tell);
        }
        let shown = self.book.is_open();
        self.book.retain(|ip| held.contains(ip));
        self.held = held;
        for ear in self.ears.values_mut() {
            ear.ask(|ip| self.book.is_claimed(ip), now);
        }
        let names: BTreeMap<u32, String> = self.ears.values().map(|ear| (ear.index, ear.name.clone())).collect();
        let news = self.book.settle(now, |index| names.get(&index).cloned().unwrap_or_default());
        let changed = !news.is_empty();
        for event in news {
            let _ = self.reports.send(Report::Told(event));
        }
        if changed || shown {
            let _ = self.reports.send(Report::Rivals(self.book.rivals(now)));
        }
    }

    /// Makes the ears fit what is held now. One that is not needed any more ends in the background.
    fn listen(&mut self, held: &BTreeSet<IpAddr>, ears_tell: &mpsc::Sender<Said>) {
        if held.is_empty() {
            return self.ears.clear();
        }
        let (interfaces, wanted, avoid) = match self.addresses.where_held(&self.known) {
            Ok(found) => found,
            Err(why) => return self.complain(why),
        };
        self.own = interfaces.iter().filter_map(|interface| interface.mac).collect();
        self.ears.retain(|key, ear| wanted.contains_key(key) && interfaces.iter().any(|i| ear.is_on(i)));
        for ((index, v6), places) in wanted {
            let ips: BTreeSet<IpAddr> = places.iter().map(|(ip, _)| *ip).collect();
            if self.ears.get(&(index, v6)).is_some_and(|ear| ear.ips == ips) {
                continue;
            }
            let Some(interface) = interfaces.iter().find(|i| i.index == index && is_ethernet(i)) else { continue };
            let decoys = places.first().map(|(ip, prefix)| asking::decoys(*ip, *prefix, &avoid, asking::random));
            let known = self.ears.remove(&(index, v6));
            match Ear::fit(known, interface, v6, ips, decoys.unwrap_or_default(), ears_tell) {
                Ok(ear) => drop(self.ears.insert((index, v6), ear)),
                Err(error) => self.complain(format!("cannot listen on {}: {error}", interface.name)),
            }
        }
    }

    /// Once.
    fn complain(&mut self, why: String) {
        if self.refused.as_ref() != Some(&why) {
            let text = format!("Other machines that claim an address of ours are not noticed: {why}");
            let _ = self.reports.send(Report::Note { level: Level::Warn, text });
            self.refused = Some(why);
        }
    }
}

fn is_ethernet(interface: &Interface) -> bool {
    interface.mac.is_some() && interface.broadcast && !interface.loopback && interface.up
}

/// Where each held address stands, with the length of its network's prefix, by interface and family.
type Wanted = BTreeMap<(u32, bool), Vec<(IpAddr, u8)>>;

impl Addresses {
    fn held(&self) -> BTreeSet<IpAddr> {
        self.lock().held.keys().copied().collect()
    }

    fn holds_rightly(&self, ip: IpAddr) -> bool {
        let inner = self.lock();
        inner.held.contains_key(&ip) && inner.rights.holds(ip)
    }

    /// The interfaces, what is held on them, and every address that somebody is known to have.
    fn where_held(&self, known: &[IpAddr]) -> Result<(Vec<Interface>, Wanted, BTreeSet<IpAddr>), String> {
        let specs = self.specs();
        let (interfaces, present) = self.lock().table()?;
        let mut wanted = Wanted::new();
        for spec in &specs {
            for on in place::present(spec, &interfaces, &present) {
                let networks = present.iter().filter(|other| other.index == on.index && other.network_contains(on.ip));
                let prefix = networks.map(|other| other.prefix).max().unwrap_or(on.prefix);
                wanted.entry((on.index, on.ip.is_ipv6())).or_default().push((on.ip, prefix));
            }
        }
        let avoid = present.iter().map(|on| on.ip).chain(known.iter().copied()).chain(specs.iter().map(|s| s.ip));
        Ok((interfaces, wanted, avoid.collect()))
    }
}

#[cfg(test)]
mod tests;
