//! Who holds the service address, when: kernel events of every machine, on one clock.
//! Not here: what the client sees of it.

use crate::namespace::Namespace;
use crate::netlink::{address_events, read_changes};
use crate::stop::timespec;
use anyhow::{Result, bail};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::pipe::{PipeFlags, pipe_with};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A watch over one address on any number of machines. Ends when dropped.
#[derive(Debug)]
pub struct Holders {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    address: Ipv4Addr,
    crowd: BTreeSet<Ipv4Addr>,
    book: Mutex<Book>,
    wake: OwnedFd,
    asleep: OwnedFd,
}

#[derive(Debug, Default)]
struct Book {
    sockets: BTreeMap<String, Arc<OwnedFd>>,
    events: Vec<(Instant, String, bool)>,
    /// Of the crowd: first and last moment at which one of it came up, and which are up.
    crowds: BTreeMap<String, Crowd>,
    trouble: Option<String>,
    ending: bool,
}

#[derive(Debug, Default)]
struct Crowd {
    up: BTreeMap<Ipv4Addr, Instant>,
}

impl Holders {
    /// # Errors
    /// No descriptors or thread to be had.
    pub fn new(address: Ipv4Addr) -> Result<Holders> {
        Holders::with_crowd(address, BTreeSet::new())
    }

    /// Watches `address`, and beside it when the whole `crowd` of others is up on a machine.
    ///
    /// # Errors
    /// No descriptors or thread to be had.
    pub fn with_crowd(address: Ipv4Addr, crowd: BTreeSet<Ipv4Addr>) -> Result<Holders> {
        let (asleep, wake) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let inner = Arc::new(Inner { address, crowd, book: Mutex::default(), wake, asleep });
        let worker = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name("holders".into()).spawn(move || worker.run())?;
        Ok(Holders { inner, thread: Some(thread) })
    }

    /// From now on `machine`, which does not hold the address yet, is watched.
    pub(crate) fn watch(&self, machine: &str, namespace: &Namespace) -> Result<()> {
        let socket = namespace.in_network(address_events)?;
        self.inner.book().sockets.insert(machine.to_owned(), Arc::new(socket));
        self.inner.nudge();
        Ok(())
    }

    /// `machine` has lost its power at `at`: it holds nothing, and nothing of ours may keep its network alive.
    pub(crate) fn forget(&self, machine: &str, at: Instant) {
        let mut book = self.inner.book();
        book.sockets.remove(machine);
        book.crowds.remove(machine);
        // What its kernel said between `at` and now, of an address refreshed for example, nobody outside could hear
        // any more; kept, it would hold the address for ever.
        book.events.retain(|(said, who, _)| who != machine || *said <= at);
        book.events.push((at, machine.to_owned(), false));
        drop(book);
        self.inner.nudge();
    }

    /// The machines that hold the address now.
    ///
    /// # Errors
    /// Events were lost.
    pub fn now(&self) -> Result<Vec<String>> {
        let (mut held, events) = (BTreeMap::new(), self.events()?);
        for (_, machine, present) in events {
            held.insert(machine, present);
        }
        Ok(held.into_iter().filter(|(_, present)| *present).map(|(machine, _)| machine).collect())
    }

    /// For how long, between the two moments, two machines or more held it at once.
    ///
    /// # Errors
    /// Events were lost.
    pub fn two_at_once(&self, from: Instant, until: Instant) -> Result<Duration> {
        Ok(overlap(&self.events()?, from, until))
    }

    /// How many times, between the two moments, a machine began to hold it.
    ///
    /// # Errors
    /// Events were lost.
    pub fn gained(&self, from: Instant, until: Instant) -> Result<usize> {
        let (mut held, mut count) = (BTreeMap::new(), 0);
        for (at, machine, present) in self.events()? {
            let before = held.insert(machine, present).unwrap_or(false);
            count += usize::from(present && !before && at > from && at <= until);
        }
        Ok(count)
    }

    /// When the first and the last address of the crowd came up on `machine`; nothing while one is missing there.
    ///
    /// # Errors
    /// Events were lost.
    pub fn crowd_up(&self, machine: &str) -> Result<Option<(Instant, Instant)>> {
        self.events()?;
        let book = self.inner.book();
        let all = book.crowds.get(machine).filter(|crowd| crowd.up.len() == self.inner.crowd.len());
        Ok(all.and_then(|crowd| Some((*crowd.up.values().min()?, *crowd.up.values().max()?))))
    }

    fn events(&self) -> Result<Vec<(Instant, String, bool)>> {
        let book = self.inner.book();
        match &book.trouble {
            Some(trouble) => bail!("{trouble}"),
            None => Ok(book.events.clone()),
        }
    }
}

impl Drop for Holders {
    fn drop(&mut self) {
        self.inner.book().ending = true;
        self.inner.nudge();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic elsewhere does not make the notes wrong.
        self.book.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn nudge(&self) {
        let _ = rustix::io::write(&self.wake, b"!");
    }

    fn run(&self) {
        loop {
            let sockets: Vec<Arc<OwnedFd>> = {
                let book = self.book();
                if book.ending {
                    return;
                }
                book.sockets.values().map(Arc::clone).collect()
            };
            let mut fds: Vec<PollFd<'_>> =
                sockets.iter().map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)).collect();
            fds.push(PollFd::from_borrowed_fd(self.asleep.as_fd(), PollFlags::IN));
            let _ = poll(&mut fds, Some(&timespec(Duration::from_secs(1))));
            let at = Instant::now();
            let mut rest = [0u8; 16];
            while matches!(rustix::io::read(&self.asleep, &mut rest), Ok(n) if n > 0) {}
            self.collect(at);
        }
    }

    fn collect(&self, at: Instant) {
        let mut book = self.book();
        let Book { sockets, events, crowds, trouble, .. } = &mut *book;
        for (machine, socket) in sockets.iter() {
            match read_changes(socket) {
                Ok(changes) => {
                    let ours = changes.iter().filter(|change| change.address == self.address);
                    events.extend(ours.map(|change| (at, machine.clone(), change.present)));
                    for change in changes.iter().filter(|change| self.crowd.contains(&change.address)) {
                        let up = &mut crowds.entry(machine.clone()).or_default().up;
                        if change.present {
                            // A refreshed lifetime is told again; the first moment counts.
                            up.entry(change.address).or_insert(at);
                        } else {
                            up.remove(&change.address);
                        }
                    }
                }
                Err(error) => *trouble = Some(format!("{machine}: {error:#}")),
            }
        }
    }
}

/// Time between the two moments during which at least two machines hold, by events in any order of time.
fn overlap(events: &[(Instant, String, bool)], from: Instant, until: Instant) -> Duration {
    let mut sorted: Vec<_> = events.iter().filter(|(at, ..)| *at <= until).collect();
    sorted.sort_by_key(|(at, ..)| *at);
    let mut held: BTreeMap<&str, bool> = BTreeMap::new();
    let (mut total, mut last) = (Duration::ZERO, from);
    for (at, machine, present) in sorted {
        let at = (*at).max(from);
        if held.values().filter(|present| **present).count() >= 2 {
            total += at.saturating_duration_since(last);
        }
        held.insert(machine, *present);
        last = at;
    }
    if held.values().filter(|present| **present).count() >= 2 {
        total += until.saturating_duration_since(last);
    }
    total
}

#[cfg(test)]
mod tests;
