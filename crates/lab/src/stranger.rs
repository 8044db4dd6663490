//! A third host on the switch that nobody invited: hears every beat that is broadcast, and sends whatever bytes it
//! is told to, to all or to one.
//! Not here: frames and their digests; the lab does not know what bytes mean to a node.

use crate::client::card_up;
use crate::namespace::{NETWORK, Namespace};
use crate::stop::Stop;
use crate::switch::Switch;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The port of Heartbeat.
const PORT: u16 = 694;
/// The longest datagram there is.
const DATAGRAM: usize = 65_536;

/// One datagram that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    pub at: Instant,
    pub from: SocketAddr,
    pub bytes: Vec<u8>,
}

/// The uninvited host. Gone when dropped.
#[derive(Debug)]
pub struct Stranger {
    socket: UdpSocket,
    own: Ipv4Addr,
    broadcast: Ipv4Addr,
    ear: Ear,
    _namespace: Namespace,
}

impl Stranger {
    /// At `address` with prefix length; it listens from the first moment.
    pub(crate) fn new(stop: &Stop, switch: &Switch, address: &str, directory: &Path) -> Result<Stranger> {
        let log = directory.join("stranger.log");
        let namespace = Namespace::start(stop, NETWORK, "ip link set lo up", &[], &log)?;
        switch.connect(&namespace)?;
        card_up(&namespace, address)?;
        let socket = namespace.in_network(|| {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
            socket.set_broadcast(true)?;
            Ok(socket)
        })?;
        let (own, broadcast) = places(address)?;
        Ok(Stranger { socket, own, broadcast, ear: Ear::open(&namespace)?, _namespace: namespace })
    }

    /// Sends one datagram to port 694 of everybody on the switch.
    ///
    /// # Errors
    /// The kernel takes it not, for example because it is longer than a datagram can be.
    pub fn shout(&self, bytes: &[u8]) -> Result<()> {
        self.say(self.broadcast, bytes)
    }

    /// Sends one datagram to port 694 of one address.
    ///
    /// # Errors
    /// As [`Stranger::shout`].
    pub fn say(&self, to: Ipv4Addr, bytes: &[u8]) -> Result<()> {
        self.socket.send_to(bytes, (to, PORT)).with_context(|| format!("{} bytes to {to}", bytes.len()))?;
        Ok(())
    }

    /// Everything heard on port 694 since `from`, in order. Its own shouts are not among it.
    pub fn heard(&self, from: Instant) -> Vec<Datagram> {
        let mut heard = self.ear.heard(from);
        heard.retain(|datagram| datagram.from.ip() != self.own);
        heard
    }
}

/// Listens on port 694 in some network, beside whoever else does. Ends when dropped.
#[derive(Debug)]
pub struct Ear {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    heard: Mutex<Vec<Datagram>>,
    ending: AtomicBool,
}

impl Ear {
    /// # Errors
    /// The network cannot be entered, or the port belongs to somebody alone.
    pub(crate) fn open(namespace: &Namespace) -> Result<Ear> {
        let socket = namespace.in_network(listening)?;
        // Wakes to see whether it shall end.
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("ear".into()).spawn(move || worker.listen(&socket))?;
        Ok(Ear { shared, thread: Some(thread) })
    }

    /// Everything heard since `from`, in order.
    pub fn heard(&self, from: Instant) -> Vec<Datagram> {
        self.shared.heard().iter().filter(|datagram| datagram.at >= from).cloned().collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn heard(&self) -> MutexGuard<'_, Vec<Datagram>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, socket: &UdpSocket) {
        let mut buffer = vec![0; DATAGRAM];
        while !self.ending.load(Ordering::SeqCst) {
            let Ok((count, from)) = socket.recv_from(&mut buffer) else { continue };
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            self.heard().push(Datagram { at: Instant::now(), from, bytes });
        }
    }
}

/// A socket that shares its port with the node that lives in the same network.
fn listening() -> Result<UdpSocket> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT))).context("cannot listen on port 694")?;
    Ok(UdpSocket::from(socket))
}

/// Of `a.b.c.d/prefix` the address itself and the one of everybody.
fn places(address: &str) -> Result<(Ipv4Addr, Ipv4Addr)> {
    let (ip, prefix) = address.split_once('/').context("an address needs its prefix length")?;
    let (ip, prefix): (Ipv4Addr, u32) = (ip.parse()?, prefix.parse()?);
    Ok((ip, Ipv4Addr::from_bits(ip.to_bits() | u32::MAX.checked_shr(prefix).unwrap_or(0))))
}
