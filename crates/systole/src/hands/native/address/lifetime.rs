//! The right to keep an address, which ends by itself: heart grants it again with its beats, and the kernel is told to take
//! the address away when that stops. So a node whose heart is stopped or killed loses what it can no longer answer for.
//! Not here: telling the kernel (address.rs); who is granted what (core, `Cluster::entitled`).

use super::AddressSpec;
use std::collections::BTreeMap;
use std::net::IpAddr;
use systole_sys::wait;

const SECOND_NS: u64 = 1_000_000_000;
/// The kernel counts whole seconds. A grant may be this much older when it comes here without costing one of them:
/// the lifetime is chosen so that this is not missing at its end (`Timing::address_lifetime_s`).
const SLACK_NS: u64 = 300_000_000;
/// A grant so old that it has ended.
const NEVER: u64 = 0;

/// Who may keep what until when.
#[derive(Debug, Default)]
pub struct Rights {
    lifetime_s: Option<u32>,
    /// Moment of the monotonic clock at which each was granted last.
    since_ns: BTreeMap<IpAddr, u64>,
}

impl Rights {
    /// Nothing expires without a lifetime.
    pub fn new(lifetime_s: Option<u32>) -> Rights {
        Rights { lifetime_s, since_ns: BTreeMap::new() }
    }

    /// Granted anew; an older grant than the last one changes nothing.
    pub fn grant(&mut self, specs: &[AddressSpec], since_ns: u64) {
        for spec in specs {
            let since = self.since_ns.entry(spec.ip).or_insert(since_ns);
            *since = since_ns.max(*since);
        }
    }

    /// Found here, left by another life of this program: no right yet. Nothing that happens before heart grants it may
    /// make it stay longer than the kernel leaves it anyway.
    pub fn find(&mut self, ip: IpAddr) {
        self.since_ns.entry(ip).or_insert(NEVER);
    }

    /// A job of heart takes them: a grant by itself where there was none.
    pub fn begin(&mut self, specs: &[AddressSpec]) {
        self.since_ns.retain(|ip, since| *since != NEVER || specs.iter().all(|spec| spec.ip != *ip));
    }

    /// It is given up.
    pub fn end(&mut self, ip: IpAddr) {
        self.since_ns.remove(&ip);
    }

    /// May it be on this node at this moment? (To add or renew it there has to be a whole second left: [`Rights::check`].)
    pub fn holds(&self, ip: IpAddr) -> bool {
        let (Some(lifetime_s), Some(since_ns)) = (self.lifetime_s, self.since_ns.get(&ip)) else { return true };
        *since_ns != NEVER && wait::monotonic_ns().saturating_sub(*since_ns) < u64::from(lifetime_s) * SECOND_NS
    }

    /// May they be added to this node now?
    ///
    /// # Errors
    /// The sentence that says why not.
    pub fn check(&self, specs: &[AddressSpec]) -> Result<(), String> {
        let now_ns = wait::monotonic_ns();
        let ended =
            |spec: &&AddressSpec| self.since_ns.contains_key(&spec.ip) && self.left_s(spec.ip, now_ns) == Some(0);
        match specs.iter().find(ended) {
            Some(spec) => {
                Err(format!("{}: heart has not run for a lifetime of the address, so it may not be here", spec.ip))
            }
            None => Ok(()),
        }
    }

    /// Whole seconds that are left for all of them; nothing if they do not expire or have expired.
    pub fn seconds_left(&self, specs: &[AddressSpec]) -> Option<u32> {
        self.shortest_s(specs.iter().map(|spec| spec.ip)).filter(|left| *left > 0)
    }

    /// With how many seconds they may be added now, at least 1; nothing if they do not expire.
    pub fn to_add_s(&self, ips: impl Iterator<Item = IpAddr>) -> Option<u32> {
        self.shortest_s(ips).map(|left| left.max(1))
    }

    fn shortest_s(&self, ips: impl Iterator<Item = IpAddr>) -> Option<u32> {
        let now_ns = wait::monotonic_ns();
        ips.filter_map(|ip| self.left_s(ip, now_ns)).min()
    }

    fn left_s(&self, ip: IpAddr, now_ns: u64) -> Option<u32> {
        let lifetime_s = self.lifetime_s?;
        // Never granted: work that came without one (a job of heart is a grant by itself).
        let Some(since_ns) = self.since_ns.get(&ip) else { return Some(lifetime_s) };
        if *since_ns == NEVER {
            return Some(0);
        }
        let whole_ns = u64::from(lifetime_s) * SECOND_NS + SLACK_NS;
        let left_s = whole_ns.saturating_sub(now_ns.saturating_sub(*since_ns)) / SECOND_NS;
        Some(u32::try_from(left_s).unwrap_or(lifetime_s).min(lifetime_s))
    }
}

#[cfg(test)]
mod tests;
