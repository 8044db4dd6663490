//! Service addresses over netlink: many in one write, announced at once, put back when somebody removes them.
//! Here is the book of the held ones. Not here: kernel events (keeper.rs), how long they may stay (lifetime.rs), which
//! interface and network (place.rs), who else has them (asking.rs).

mod asking;
mod comparing;
mod keeper;
mod lifetime;
mod place;
mod rivals;
pub mod service;

pub use comparing::Compared;
pub use keeper::keep;
pub use rivals::{Rival, watch};
pub use systole_config::address::AddressSpec;

use crate::bridge::Level;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use systole_sys::announce::Announcer;
use systole_sys::netlink::{Added, Address, Interface, Netlink};

/// After the first announcement at once, again after these times, then for as long as held at the last of them.
const AGAIN: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(60)];

/// All service addresses of this node that are held now, and the sockets to change them.
#[derive(Debug)]
pub struct Addresses {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    netlink: Option<Netlink>,
    rights: lifetime::Rights,
    /// The last refusal of the kernel to keep one, so that it is told once.
    refused: Option<String>,
    /// One for each interface; closing such a socket waits for the kernel, so they stay open.
    announcers: BTreeMap<u32, Announcer>,
    held: BTreeMap<IpAddr, Held>,
    /// How often each was missing and was to be put back.
    repairs: BTreeMap<IpAddr, u64>,
    /// Removals of our own whose event has not come yet.
    removed: BTreeMap<IpAddr, u32>,
}

/// One address that must be there.
#[derive(Debug)]
struct Held {
    spec: AddressSpec,
    /// Where it stands; not known of one that was there before this program.
    place: Option<Address>,
    /// When somebody removed it lately.
    removals: Vec<Instant>,
    /// When the kernel last marked it as a duplicate.
    repaired: Option<Instant>,
}

impl Held {
    fn new(spec: AddressSpec, place: Option<Address>) -> Held {
        Held { spec, place, removals: Vec::new(), repaired: None }
    }
}

impl Addresses {
    /// With a lifetime in seconds the kernel takes the addresses away when [`Addresses::keep_on`] is not called in time.
    pub fn new(lifetime_s: Option<u32>) -> Arc<Addresses> {
        let rights = lifetime::Rights::new(lifetime_s);
        Arc::new(Addresses { inner: Mutex::new(Inner { rights, ..Inner::default() }) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves nothing half done here that the next write would not mend.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts all of them on their interfaces in one write and announces them. From now on they are held.
    ///
    /// # Errors
    /// A sentence that names the first address that could not be added; those before it may be there.
    /// That it could not be announced is no failure; `tell` hears it.
    pub fn take(&self, specs: &[AddressSpec], tell: &impl Fn(Level, String)) -> Result<(), String> {
        let mut inner = self.lock();
        inner.rights.begin(specs);
        inner.rights.check(specs)?;
        let (interfaces, present) = inner.table()?;
        let places =
            specs.iter().map(|spec| place::find(spec, &interfaces, &present)).collect::<Result<Vec<_>, _>>()?;
        // Held first: should somebody remove one right after the write, it is ours to put back.
        for (spec, place) in specs.iter().zip(&places) {
            inner.held.insert(spec.ip, Held::new(spec.clone(), Some(place.clone())));
        }
        inner.add(&places)?;
        let unusable =
            |place: &Address| present.iter().any(|on| on.tentative && (on.ip, on.index) == (place.ip, place.index));
        let unusable: Vec<Address> = places.iter().filter(|place| unusable(place)).cloned().collect();
        if !unusable.is_empty() {
            inner.add_anew(&unusable, &interfaces)?;
        }
        if let Err(why) = inner.announce(&places, &interfaces) {
            tell(Level::Warn, why);
        }
        Ok(())
    }

    /// Takes them off, whatever label or network they have there. From now on they are not held.
    ///
    /// # Errors
    /// A sentence; the address may still be there.
    pub fn release(&self, specs: &[AddressSpec]) -> Result<(), String> {
        let mut inner = self.lock();
        for spec in specs {
            inner.held.remove(&spec.ip);
            inner.rights.end(spec.ip);
        }
        let (interfaces, present) = inner.table()?;
        let there = |spec: &AddressSpec| place::present(spec, &interfaces, &present);
        let found: Vec<Address> = specs.iter().flat_map(there).collect();
        inner.remove(&found)
    }

    /// Which of them are there, in their order; asked of the kernel, not remembered.
    ///
    /// # Errors
    /// A sentence when the kernel cannot be asked.
    pub fn present(&self, specs: &[AddressSpec]) -> Result<Vec<bool>, String> {
        let mut inner = self.lock();
        let (interfaces, present) = inner.table()?;
        Ok(specs.iter().map(|spec| !place::present(spec, &interfaces, &present).is_empty()).collect())
    }

    /// How long the kernel will leave all of them here, in whole seconds; nothing where one is missing, or stays for ever.
    pub fn lasting_s(&self, specs: &[AddressSpec]) -> Option<u32> {
        let mut inner = self.lock();
        let (interfaces, present) = inner.table().ok()?;
        let left = specs.iter().map(|spec| place::lasting_s(spec, &interfaces, &present));
        left.collect::<Option<Vec<u32>>>()?.into_iter().min()
    }

    /// Opens ahead of time what taking them will need; what fails here fails again, and is told, when it is needed.
    pub fn prepare(&self, specs: &[AddressSpec]) {
        let mut inner = self.lock();
        let Ok((interfaces, present)) = inner.table() else { return };
        let places = specs.iter().filter_map(|spec| place::find(spec, &interfaces, &present).ok());
        for index in places.map(|place| place.index).collect::<std::collections::BTreeSet<u32>>() {
            if let Some(interface) = interfaces.iter().find(|i| i.index == index) {
                let _ = inner.announcer(interface);
            }
        }
    }

    /// Holds what is there already (this program was restarted), without a word to the network. Whether it may stay is
    /// for heart to say: where addresses expire, none is put back or renewed before [`Addresses::keep_on`].
    pub fn adopt(&self, specs: &[AddressSpec]) {
        let mut inner = self.lock();
        for spec in specs.iter().filter(|spec| !inner.held.contains_key(&spec.ip)).cloned().collect::<Vec<_>>() {
            inner.rights.find(spec.ip);
            inner.held.insert(spec.ip, Held::new(spec, None));
        }
    }

    /// They may stay for a lifetime after `since_ns` of the monotonic clock; where they are held, the kernel hears it.
    ///
    /// # Errors
    /// A sentence; the address may go away by itself then.
    pub fn keep_on(&self, specs: &[AddressSpec], since_ns: u64) -> Result<(), String> {
        let mut inner = self.lock();
        inner.rights.grant(specs, since_ns);
        let refused = inner.refresh(specs).err();
        let known = refused.is_none() || refused == inner.refused;
        inner.refused.clone_from(&refused);
        if known { Ok(()) } else { Err(refused.unwrap_or_default()) }
    }

    /// Tells the network once who has those of them that are there, and have a right to be.
    ///
    /// # Errors
    /// A sentence when a socket fails.
    pub fn announce(&self, specs: &[AddressSpec]) -> Result<(), String> {
        self.announce_where(specs, |_| true)
    }

    /// The same on some interfaces, by their number.
    ///
    /// # Errors
    /// As [`Addresses::announce`].
    pub fn announce_where(&self, specs: &[AddressSpec], here: impl Fn(u32) -> bool) -> Result<(), String> {
        let mut inner = self.lock();
        let (interfaces, present) = inner.table()?;
        let rightful = specs.iter().filter(|spec| inner.rights.holds(spec.ip));
        let there = rightful.flat_map(|spec| place::present(spec, &interfaces, &present));
        let there: Vec<Address> = there.filter(|address| here(address.index)).collect();
        inner.announce(&there, &interfaces)
    }

    /// Announces again and again, until dropped; the first time was [`Addresses::take`].
    pub async fn announce_on(&self, specs: &[AddressSpec], tell: &(impl Fn(Level, String) + Sync)) {
        let [first, second, rest] = AGAIN;
        for pause in [first, second].into_iter().chain(std::iter::repeat(rest)) {
            tokio::time::sleep(pause).await;
            if let Err(why) = self.announce(specs) {
                tell(Level::Warn, why);
            }
        }
    }
}

impl Inner {
    fn netlink(&mut self) -> Result<&mut Netlink, String> {
        if self.netlink.is_none() {
            self.netlink = Some(Netlink::open().map_err(|error| format!("cannot open netlink: {error}"))?);
        }
        self.netlink.as_mut().ok_or_else(|| "netlink is closed".to_owned())
    }

    fn table(&mut self) -> Result<place::Table, String> {
        let netlink = self.netlink()?;
        let table = netlink.interfaces().and_then(|interfaces| Ok((interfaces, netlink.addresses()?)));
        if table.is_err() {
            // An answer out of step would spoil every later question; a new socket has none.
            self.netlink = None;
        }
        table.map_err(|error| format!("cannot read interfaces and addresses: {error}"))
    }

    fn add(&mut self, places: &[Address]) -> Result<(), String> {
        let lifetime_s = self.rights.to_add_s(places.iter().map(|place| place.ip));
        let results = self.netlink()?.add_addresses(places, lifetime_s);
        let mut before = Vec::new();
        for (address, result) in places.iter().zip(results) {
            match result.map_err(|error| format!("cannot add {}/{}: {error}", address.ip, address.prefix))? {
                Added::New => {}
                Added::Already => before.push(address.clone()),
            }
        }
        // One that was there already has another lifetime, or none.
        if let Some(seconds) = lifetime_s.filter(|_| !before.is_empty()) {
            self.give(&before, seconds)?;
        }
        Ok(())
    }

    fn remove(&mut self, places: &[Address]) -> Result<(), String> {
        for (address, result) in places.iter().zip(self.netlink()?.remove_addresses(places)) {
            result.map_err(|error| format!("cannot remove {}: {error}", address.ip))?;
            *self.removed.entry(address.ip).or_default() += 1;
        }
        Ok(())
    }

    /// Off and on again: nothing else ends the kernel's search for duplicates, or takes its verdict back.
    fn add_anew(&mut self, places: &[Address], interfaces: &[Interface]) -> Result<(), String> {
        self.remove(places)?;
        self.add(places)?;
        self.announce(places, interfaces)
    }

    /// Gives those of them that are held what is left of their time.
    fn refresh(&mut self, specs: &[AddressSpec]) -> Result<(), String> {
        // One that another program fights over is left alone for a while; a refresh would bring it back.
        let kept = |spec: &&AddressSpec| self.held.get(&spec.ip).is_some_and(|held| !keeper::is_fought_over(held));
        let held: Vec<AddressSpec> = specs.iter().filter(kept).cloned().collect();
        let Some(seconds) = self.rights.seconds_left(&held) else { return Ok(()) };
        if held.iter().any(|spec| self.held.get(&spec.ip).is_some_and(|held| held.place.is_none())) {
            let (interfaces, present) = self.table()?;
            for spec in &held {
                let place = place::find(spec, &interfaces, &present).ok();
                if let Some(held) = self.held.get_mut(&spec.ip).filter(|held| held.place.is_none()) {
                    held.place = place;
                }
            }
        }
        let places: Vec<Address> = held.iter().filter_map(|s| self.held.get(&s.ip)?.place.clone()).collect();
        self.give(&places, seconds)
    }

    fn give(&mut self, places: &[Address], seconds: u32) -> Result<(), String> {
        let results = self.netlink()?.refresh_addresses(places, seconds);
        for (address, result) in places.iter().zip(results) {
            result.map_err(|error| format!("cannot keep {} beyond its lifetime: {error}", address.ip))?;
        }
        Ok(())
    }

    fn announce(&mut self, places: &[Address], interfaces: &[Interface]) -> Result<(), String> {
        let mut result = Ok(());
        for interface in interfaces.iter().filter(|i| i.up && i.broadcast && !i.loopback) {
            let here: Vec<IpAddr> = places.iter().filter(|p| p.index == interface.index).map(|p| p.ip).collect();
            if here.is_empty() || interface.mac.is_none() {
                continue;
            }
            if let Err(error) = self.announcer(interface).and_then(|a| a.announce_all(&here)) {
                // A full queue cuts the burst; the next repetition brings the rest.
                if error.kind() != std::io::ErrorKind::WouldBlock {
                    self.announcers.remove(&interface.index);
                    result = Err(format!("addresses cannot be announced on {}: {error}", interface.name));
                }
            }
        }
        result
    }

    /// Opened anew when the interface has another hardware address than at its opening.
    fn announcer(&mut self, interface: &Interface) -> std::io::Result<&Announcer> {
        let known = self.announcers.remove(&interface.index);
        let announcer = match known.filter(|known| Some(known.mac()) == interface.mac) {
            Some(known) => known,
            None => Announcer::on(interface)?,
        };
        Ok(self.announcers.entry(interface.index).or_insert(announcer))
    }

    fn put_back(&mut self, spec: &AddressSpec) -> Result<(), String> {
        let (interfaces, present) = self.table()?;
        let place = place::find(spec, &interfaces, &present)?;
        self.add(std::slice::from_ref(&place))?;
        self.announce(&[place], &interfaces)
    }
}

#[cfg(test)]
mod tests;
