//! Kernel events about held addresses: what somebody else removes is put back.
//! Not here: carrier as a ground for a move (heart sees it by itself).

use super::{AGAIN, AddressSpec, Addresses, Held, place};
use crate::bridge::Level;
use crate::hands::agent::readiness;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_sys::netlink::{KernelEvent, Watch};
use tokio::task::JoinHandle;

/// So many removals within this time are a fight; then we wait as long before the next try.
const FIGHT: (usize, Duration) = (3, Duration::from_secs(10));
/// An address that the kernel marked as a duplicate is repaired once in so long.
const REPAIRED: Duration = Duration::from_secs(600);
/// After a failed event socket.
const REOPEN: Duration = Duration::from_secs(1);

/// Watches for ever.
pub async fn keep(addresses: Arc<Addresses>, tell: impl Fn(Level, String) + Clone + Send + Sync + 'static) {
    loop {
        if let Err(error) = watch(&addresses, &tell).await {
            tell(Level::Error, format!("cannot watch addresses: {error}; trying again"));
        }
        tokio::time::sleep(REOPEN).await;
    }
}

async fn watch(
    addresses: &Arc<Addresses>,
    tell: &(impl Fn(Level, String) + Clone + Send + Sync + 'static),
) -> std::io::Result<()> {
    let mut events = Watch::open()?;
    let readable = readiness::register(events.as_fd().try_clone_to_owned()?)?;
    // From the beginning: who starts beside a pulled cable sees it plugged.
    let mut carrier: BTreeMap<u32, bool> = addresses.carriers();
    let mut bursts: BTreeMap<u32, JoinHandle<()>> = BTreeMap::new();
    addresses.forget_removals();
    addresses.mend(tell, &BTreeSet::new());
    loop {
        readable.readable().await?.clear_ready();
        let (mut mend, mut repair, mut regained, mut gone) = (false, false, BTreeSet::new(), BTreeSet::new());
        while let Some(event) = events.next()? {
            match event {
                KernelEvent::AddressGone(on) if addresses.was_robbed_of(on.ip) => drop(gone.insert(on.ip)),
                KernelEvent::AddressGone(_) => {}
                KernelEvent::Overrun => {
                    mend = true;
                    addresses.forget_removals();
                    for (index, now) in addresses.carriers() {
                        if carrier.insert(index, now) == Some(false) && now {
                            regained.insert(index);
                        }
                    }
                }
                // A link that comes up brings back neither its IPv6 addresses nor the neighbours' memory.
                KernelEvent::LinkChanged { index, carrier: now, .. } => {
                    if carrier.insert(index, now) == Some(false) && now {
                        regained.insert(index);
                    }
                }
                KernelEvent::LinkGone { index, .. } => drop(carrier.remove(&index)),
                KernelEvent::AddressAdded(on) => repair |= on.dad_failed && addresses.is_held(on.ip),
            }
        }
        if mend || !gone.is_empty() || !regained.is_empty() {
            for ip in addresses.mend(tell, &gone) {
                let (addresses, tell) = (Arc::clone(addresses), tell.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(FIGHT.1).await;
                    addresses.end_truce(ip);
                    addresses.mend(&tell, &BTreeSet::new());
                });
            }
        }
        if repair {
            addresses.repair(tell);
        }
        for index in regained {
            let burst = tokio::spawn(announce_regained(Arc::clone(addresses), index, tell.clone()));
            if let Some(old) = bursts.insert(index, burst) {
                old.abort();
            }
        }
    }
}

/// At once, and again: a switch may pass nothing on for its first moments.
async fn announce_regained(addresses: Arc<Addresses>, index: u32, tell: impl Fn(Level, String)) {
    let [first, second, _] = AGAIN;
    for pause in [Duration::ZERO, first, second] {
        tokio::time::sleep(pause).await;
        if let Err(why) = addresses.announce_where(&addresses.specs(), |at| at == index) {
            tell(Level::Warn, why);
        }
    }
}

/// Is this the pause after a fight over it?
pub(super) fn is_fought_over(held: &Held) -> bool {
    held.removals.len() > FIGHT.0
}

impl Addresses {
    /// Which interfaces have one; nothing where the kernel cannot be asked.
    fn carriers(&self) -> BTreeMap<u32, bool> {
        let table = self.lock().table();
        table.map(|(interfaces, _)| interfaces.iter().map(|i| (i.index, i.carrier)).collect()).unwrap_or_default()
    }

    fn is_held(&self, ip: IpAddr) -> bool {
        self.lock().held.contains_key(&ip)
    }

    pub(super) fn specs(&self) -> Vec<AddressSpec> {
        self.lock().held.values().map(|held| held.spec.clone()).collect()
    }

    /// Forgets the fight over an address.
    fn end_truce(&self, ip: IpAddr) {
        if let Some(held) = self.lock().held.get_mut(&ip) {
            held.removals.clear();
        }
    }

    /// It has gone. Is it held, and was it not this program that removed it?
    fn was_robbed_of(&self, ip: IpAddr) -> bool {
        let mut inner = self.lock();
        let Some(left) = inner.removed.get_mut(&ip) else { return inner.held.contains_key(&ip) };
        *left = left.saturating_sub(1);
        if *left == 0 {
            inner.removed.remove(&ip);
        }
        false
    }

    /// Their events were lost.
    fn forget_removals(&self) {
        self.lock().removed.clear();
    }

    /// Puts back and announces what is held but not there. Gives those over which a fight has just begun;
    /// they are left alone until [`Addresses::end_truce`]. `gone`: those that somebody removed; a refresh of their lifetime may
    /// have brought them back by now.
    fn mend(&self, tell: &impl Fn(Level, String), gone: &BTreeSet<IpAddr>) -> Vec<IpAddr> {
        let held = self.specs();
        if held.is_empty() {
            return Vec::new();
        }
        self.repair(tell);
        let present = match self.present(&held) {
            Ok(present) => present,
            Err(why) => {
                tell(Level::Error, why);
                return Vec::new();
            }
        };
        for (spec, _) in held.iter().zip(&present).filter(|(spec, there)| **there && gone.contains(&spec.ip)) {
            *self.lock().repairs.entry(spec.ip).or_default() += 1;
            tell(Level::Warn, format!("{} was removed by somebody else; it is put back", spec.ip));
        }
        // What has gone by itself, because heart does not run, is not ours to put back: another node may have it.
        let missing: Vec<_> = held.iter().zip(present).filter(|(_, there)| !there).map(|(spec, _)| spec).collect();
        let may = |spec: &&AddressSpec| self.lock().rights.check(std::slice::from_ref(spec)).is_ok();
        let (missing, lapsed): (Vec<_>, Vec<_>) = missing.into_iter().partition(may);
        for ip in lapsed.iter().map(|spec| spec.ip).filter(|ip| gone.contains(ip)) {
            tell(Level::Warn, format!("{ip} is gone; the next beat of this node brings it back, if it may stay here"));
        }
        let mut fought = Vec::new();
        for spec in missing {
            match self.put_back(spec) {
                Some(Ok(())) => tell(Level::Warn, format!("{} was removed by somebody else; it is put back", spec.ip)),
                Some(Err(why)) => tell(Level::Error, format!("{} was removed by somebody else: {why}", spec.ip)),
                None => {
                    let (times, span) = FIGHT;
                    let text =
                        format!("{} was removed more than {times} times in {span:?}: another program fights", spec.ip);
                    tell(Level::Error, format!("{text} over it (find and stop it); the next try is in {span:?}"));
                    fought.push(spec.ip);
                }
            }
        }
        fought
    }

    /// Adds anew what the kernel will not use because another machine answered while it looked for duplicates. We look for
    /// them ourselves, before a takeover and while it is ours, and add without; so this was added by another program.
    pub fn repair(&self, tell: &impl Fn(Level, String)) {
        let mut inner = self.lock();
        let Ok((interfaces, present)) = inner.table() else { return };
        let failed: BTreeSet<IpAddr> = present.iter().filter(|on| on.dad_failed).map(|on| on.ip).collect();
        for ip in failed {
            let Some(held) = inner.held.get_mut(&ip) else { continue };
            let spec = held.spec.clone();
            let before = held.repaired.replace(Instant::now());
            if inner.rights.check(std::slice::from_ref(&spec)).is_err() {
                continue;
            }
            if before.is_some_and(|at| at.elapsed() < REPAIRED) {
                let text =
                    format!("{ip} is marked as a duplicate again (dadfailed): another machine has it, and another");
                tell(Level::Error, format!("{text} program here adds it with duplicate detection; it is left so"));
                continue;
            }
            let done = inner.add_anew(&place::present(&spec, &interfaces, &present), &interfaces);
            let text = format!("{ip} was marked as a duplicate (dadfailed) and could not be used");
            match done {
                Ok(()) => tell(Level::Warn, format!("{text}; it is added anew without duplicate detection")),
                Err(why) => tell(Level::Error, format!("{text}; {why}")),
            }
        }
    }

    /// `None`: it is fought over, and this is the moment to pause. An address in its pause is silently left.
    fn put_back(&self, spec: &AddressSpec) -> Option<Result<(), String>> {
        let mut inner = self.lock();
        let (_, span) = FIGHT;
        let now = Instant::now();
        let held = inner.held.get_mut(&spec.ip)?;
        held.removals.retain(|at| now.duration_since(*at) < span);
        held.removals.push(now);
        let fought = is_fought_over(held);
        *inner.repairs.entry(spec.ip).or_default() += 1;
        if fought {
            return None;
        }
        Some(inner.put_back(spec))
    }
}
