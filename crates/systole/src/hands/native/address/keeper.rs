//! Kernel events about held addresses: what somebody else removes is put back.
//! Not here: carrier as a ground for a move (heart sees it by itself).

use super::{AddressSpec, Addresses, Held};
use crate::bridge::Level;
use crate::hands::agent::readiness;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_sys::netlink::{KernelEvent, Watch};

/// So many removals within this time are a fight; then we wait as long before the next try.
const FIGHT: (usize, Duration) = (3, Duration::from_secs(10));
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
    let mut carrier: BTreeMap<u32, bool> = BTreeMap::new();
    addresses.mend(tell);
    loop {
        readable.readable().await?.clear_ready();
        let (mut mend, mut regained) = (false, false);
        while let Some(event) = events.next()? {
            match event {
                KernelEvent::AddressGone(on) => mend |= addresses.is_held(on.ip),
                KernelEvent::Overrun => mend = true,
                // A link that comes up brings back neither its IPv6 addresses nor the neighbours' memory.
                KernelEvent::LinkChanged { index, carrier: now, .. } => {
                    regained |= carrier.insert(index, now) == Some(false) && now;
                }
                KernelEvent::LinkGone { .. } | KernelEvent::AddressAdded(_) => {}
            }
        }
        if mend || regained {
            for ip in addresses.mend(tell) {
                let (addresses, tell) = (Arc::clone(addresses), tell.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(FIGHT.1).await;
                    addresses.end_truce(ip);
                    addresses.mend(&tell);
                });
            }
        }
        if regained && let Err(why) = addresses.announce(&addresses.specs()) {
            tell(Level::Warn, why);
        }
    }
}

/// Is this the pause after a fight over it?
pub(super) fn is_fought_over(held: &Held) -> bool {
    held.removals.len() > FIGHT.0
}

impl Addresses {
    fn is_held(&self, ip: IpAddr) -> bool {
        self.lock().held.contains_key(&ip)
    }

    fn specs(&self) -> Vec<AddressSpec> {
        self.lock().held.values().map(|held| held.spec.clone()).collect()
    }

    /// Forgets the fight over an address.
    fn end_truce(&self, ip: IpAddr) {
        if let Some(held) = self.lock().held.get_mut(&ip) {
            held.removals.clear();
        }
    }

    /// Puts back and announces what is held but not there. Gives those over which a fight has just begun;
    /// they are left alone until [`Addresses::end_truce`].
    fn mend(&self, tell: &impl Fn(Level, String)) -> Vec<IpAddr> {
        let held = self.specs();
        if held.is_empty() {
            return Vec::new();
        }
        let present = match self.present(&held) {
            Ok(present) => present,
            Err(why) => {
                tell(Level::Error, why);
                return Vec::new();
            }
        };
        // What has gone by itself, because heart does not run, is not ours to put back: another node may have it.
        let missing = held.iter().zip(present).filter(|(_, there)| !there).map(|(spec, _)| spec);
        let missing = missing.filter(|spec| self.lock().rights.check(std::slice::from_ref(spec)).is_ok());
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

    /// `None`: it is fought over, and this is the moment to pause. An address in its pause is silently left.
    fn put_back(&self, spec: &AddressSpec) -> Option<Result<(), String>> {
        let mut inner = self.lock();
        let (_, span) = FIGHT;
        let now = Instant::now();
        let held = inner.held.get_mut(&spec.ip)?;
        held.removals.retain(|at| now.duration_since(*at) < span);
        held.removals.push(now);
        *inner.repairs.entry(spec.ip).or_default() += 1;
        let Some(held) = inner.held.get(&spec.ip) else { return None };
        if is_fought_over(held) {
            return None;
        }
        Some(inner.put_back(spec))
    }
}
