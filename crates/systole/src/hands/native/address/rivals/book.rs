//! Who claimed what, and since when: what becomes news, what is answered, what is over.
//! Not here: hearing it, the clock.

pub use crate::hands::control::Rival;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use systole_core::Event;

/// An address is defended no more often than that (RFC 5227, DEFEND_INTERVAL), however often it is claimed.
const DEFEND: Duration = Duration::from_secs(10);
/// A claim is told after this, when it is known whether its sender answers for everybody.
const SETTLED: Duration = Duration::from_secs(1);
/// A machine that was not heard for so long does not claim it any more. It is asked several times meanwhile.
const OVER: Duration = Duration::from_secs(70);
/// Who has answered for so many addresses that nobody has answers for everybody.
const PROXY_AT: usize = 2;
/// And is believed again after this time without such an answer.
const PROXY_OVER: Duration = Duration::from_secs(600);
/// More of either are not kept: the first ones tell the story.
const KEPT_MAX: usize = 64;

type Mac = [u8; 6];

#[derive(Debug)]
struct Claim {
    interface: u32,
    first: Instant,
    last: Instant,
    told: bool,
}

#[derive(Debug)]
struct Proxy {
    answered: BTreeSet<IpAddr>,
    first: Instant,
    last: Instant,
    interface: Option<u32>,
    told: bool,
}

impl Proxy {
    fn is_one(&self) -> bool {
        self.answered.len() >= PROXY_AT
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Book {
    claims: BTreeMap<(IpAddr, Mac), Claim>,
    proxies: BTreeMap<Mac, Proxy>,
    defended: BTreeMap<IpAddr, Instant>,
}

impl Book {
    /// Somebody claims a held address; true when that is to be answered now.
    pub fn claimed(&mut self, ip: IpAddr, mac: Mac, interface: u32, now: Instant) -> bool {
        if let Some(proxy) = self.proxies.get_mut(&mac).filter(|proxy| proxy.is_one()) {
            proxy.interface = Some(interface);
            return false;
        }
        let room = self.claims.len() < KEPT_MAX;
        match self.claims.entry((ip, mac)) {
            Entry::Occupied(mut entry) => entry.get_mut().last = now,
            Entry::Vacant(entry) if room => {
                entry.insert(Claim { interface, first: now, last: now, told: false });
            }
            Entry::Vacant(_) => {}
        }
        let due = self.defended.get(&ip).is_none_or(|at| now.duration_since(*at) >= DEFEND);
        if due {
            self.defended.insert(ip, now);
        }
        due
    }

    /// Somebody answers for an address that nobody should have.
    pub fn answered_for_nobody(&mut self, mac: Mac, ip: IpAddr, now: Instant) {
        if !self.proxies.contains_key(&mac) && self.proxies.len() >= KEPT_MAX {
            return;
        }
        let new = || Proxy { answered: BTreeSet::new(), first: now, last: now, interface: None, told: false };
        let proxy = self.proxies.entry(mac).or_insert_with(new);
        proxy.last = now;
        if proxy.answered.len() < PROXY_AT {
            proxy.answered.insert(ip);
        }
    }

    /// Forgets what is not held any more; that is no news.
    pub fn retain(&mut self, held: impl Fn(&IpAddr) -> bool) {
        self.claims.retain(|(ip, _), _| held(ip));
        self.defended.retain(|ip, _| held(ip));
    }

    /// Does somebody claim it?
    pub fn is_claimed(&self, ip: IpAddr) -> bool {
        self.claims.keys().any(|(claimed, _)| *claimed == ip)
    }

    /// Is there anything to show?
    pub fn is_open(&self) -> bool {
        self.claims.values().any(|claim| claim.told) || self.proxies.values().any(|proxy| proxy.told)
    }

    /// What has become news by now.
    pub fn settle(&mut self, now: Instant, name: impl Fn(u32) -> String) -> Vec<Event> {
        let mut news = Vec::new();
        self.proxies.retain(|_, proxy| now.duration_since(proxy.last) < PROXY_OVER);
        for (mac, proxy) in self.proxies.iter_mut().filter(|(_, proxy)| proxy.is_one()) {
            let claims = self.claims.iter().find(|((_, by), _)| by == mac).map(|(_, claim)| claim.interface);
            let interface = proxy.interface.or(claims);
            // One that answers for nobody's addresses and not for ours disturbs nobody.
            if let Some(interface) = interface.filter(|_| !proxy.told) {
                proxy.told = true;
                news.push(Event::AnswersForAll { interface: name(interface), by: spelt(*mac) });
            }
        }
        let proxies = &self.proxies;
        self.claims.retain(|(ip, mac), claim| {
            let event = |over| Event::AlsoAnswers { address: ip.to_string(), by: spelt(*mac), over };
            let proxied = proxies.get(mac).is_some_and(Proxy::is_one);
            let over = proxied || now.duration_since(claim.last) >= OVER;
            let tell = !claim.told && !over && now.duration_since(claim.first) >= SETTLED;
            if tell || over && claim.told && !proxied {
                news.push(event(over));
            }
            claim.told |= tell;
            !over
        });
        news
    }

    /// What was told and is not over.
    pub fn rivals(&self, now: Instant) -> Vec<Rival> {
        let ms = |since: Instant| u64::try_from(now.duration_since(since).as_millis()).unwrap_or(u64::MAX);
        let claims = self.claims.iter().filter(|(_, claim)| claim.told);
        let claims = claims.map(|((ip, mac), c)| (Some(*ip), *mac, c.first, c.last));
        let proxies = self.proxies.iter().filter(|(_, proxy)| proxy.told);
        let all = claims.chain(proxies.map(|(mac, p)| (None, *mac, p.first, p.last)));
        all.map(|(address, mac, first, last)| Rival { address, by: spelt(mac), for_ms: ms(first), last_ms: ms(last) })
            .collect()
    }
}

/// As people write a hardware address.
pub fn spelt(mac: Mac) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

#[cfg(test)]
mod tests;
