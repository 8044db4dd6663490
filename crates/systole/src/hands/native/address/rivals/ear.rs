//! One socket that listens on an interface for claims on held addresses, and asks for them now and then.
//! Not here: what follows from what is heard.

use super::Said;
use crate::hands::agent::readiness;
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_sys::netlink::Interface;
use systole_sys::probe::Prober;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

/// A machine that says nothing by itself is found by asking.
const ASK: Duration = Duration::from_secs(60);
/// Sooner while one is known: is it still there?
const ASK_RIVAL: Duration = Duration::from_secs(10);

/// Listens until dropped.
#[derive(Debug)]
pub struct Ear {
    pub index: u32,
    pub name: String,
    pub ips: BTreeSet<IpAddr>,
    /// Addresses that nobody should have.
    pub decoys: BTreeSet<IpAddr>,
    mac: [u8; 6],
    asked: Option<Instant>,
    listening: Option<(Arc<Prober>, JoinHandle<()>)>,
}

impl Ear {
    /// With the socket of the one before where there is one.
    ///
    /// # Errors
    /// As the kernel says; nothing is heard then.
    pub fn fit(
        before: Option<Ear>,
        interface: &Interface,
        v6: bool,
        ips: BTreeSet<IpAddr>,
        decoys: BTreeSet<IpAddr>,
        tell: &Sender<Said>,
    ) -> io::Result<Ear> {
        let watched = ips.union(&decoys).copied().collect();
        let index = interface.index;
        let listening = match before.and_then(|mut ear| ear.listening.take()) {
            Some((prober, task)) => {
                prober.hear_only(&watched)?;
                (prober, task)
            }
            None => {
                let prober = Arc::new(Prober::on(interface, v6)?);
                prober.hear_only(&watched)?;
                let task = tokio::spawn(listen(Arc::clone(&prober), index, tell.clone()));
                (prober, task)
            }
        };
        let (name, mac) = (interface.name.clone(), listening.0.mac());
        Ok(Ear { index, name, ips, decoys, mac, asked: None, listening: Some(listening) })
    }

    /// The interface is still the same.
    pub fn is_on(&self, interface: &Interface) -> bool {
        interface.index == self.index && interface.mac == Some(self.mac) && interface.up
    }

    /// Asks for what is due. A question that does not leave is repeated with the next ones.
    pub fn ask(&mut self, is_claimed: impl Fn(IpAddr) -> bool, now: Instant) {
        let Some((prober, _)) = &self.listening else { return };
        let since = self.asked.map(|asked| now.duration_since(asked));
        let claimed = self.ips.iter().filter(|ip| is_claimed(**ip));
        let wanted: Vec<IpAddr> = match since {
            None => self.ips.iter().chain(&self.decoys).copied().collect(),
            Some(since) if since >= ASK => self.ips.iter().chain(&self.decoys).copied().collect(),
            Some(since) if since >= ASK_RIVAL => claimed.chain(&self.decoys).copied().collect(),
            Some(_) => return,
        };
        // Between two rounds only those that somebody claims.
        if wanted.iter().all(|ip| self.decoys.contains(ip)) {
            return;
        }
        self.asked = Some(now);
        for ip in wanted {
            let _ = prober.ask(ip);
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let Some((prober, task)) = self.listening.take() else { return };
        task.abort();
        // Closing such a socket waits for the kernel, and a takeover may be next.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = task.await;
                let _ = tokio::task::spawn_blocking(move || drop(prober)).await;
            });
        }
    }
}

async fn listen(prober: Arc<Prober>, index: u32, tell: Sender<Said>) {
    let Ok(readable) = prober.as_fd().try_clone_to_owned().and_then(readiness::register) else { return };
    loop {
        let Ok(mut ready) = readable.readable().await else { return };
        ready.clear_ready();
        match prober.heard() {
            // What does not fit is said again.
            Ok(all) => {
                for heard in all {
                    let _ = tell.try_send((index, heard));
                }
            }
            // The interface went down; the next look finds it so.
            Err(_) => tokio::time::sleep(ASK_RIVAL).await,
        }
    }
}
