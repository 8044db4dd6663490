//! What passes the client's network card: the beats of both nodes, and who announces which address.
//! Not here: pages (the lab's prober).

use crate::room::SECRET;
use anyhow::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with, sockopt};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use systole_core::{Body, ClaimState};
use systole_sys::udp::UdpLink;
use systole_sys::wait::{self, PollFd, PollFlags, monotonic_ns};
use systole_wire::{Keys, Method};

/// ETH_P_ARP as the kernel wants it in a socket's protocol.
const ARP: u16 = 0x0806;
/// Room for the announcements of a thousand addresses, should this thread come late.
const QUEUE: usize = 8 * 1024 * 1024;

/// One thing seen.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A beat, with its sender's standing towards each group. Its moment is the kernel's, of arrival.
    Beat { from: String, claims: Vec<ClaimState> },
    /// A gratuitous ARP. Its moment is that of reading, so some tens of microseconds late and never early.
    Announced { ip: Ipv4Addr },
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub at_ns: u64,
    pub what: What,
}

/// Watches until dropped.
#[derive(Debug)]
pub struct Eye {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    ending: AtomicBool,
}

impl Eye {
    /// Watches in the network of process `pid`, on its card `eth0`.
    pub fn open(pid: u32) -> Result<Eye> {
        let network = File::open(format!("/proc/{pid}/ns/net"))?;
        let open = move || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
            let beats = UdpLink::bcast("eth0", 694)?;
            anyhow::Ok((beats, arp()?))
        };
        // A thread of its own: only it stands in the other network.
        let opened = std::thread::spawn(open).join();
        let (beats, arp) = opened.ok().context("the thread that opens the client's sockets broke down")??;
        let keys = Keys::new(1, [(1, Method::Sha1, SECRET.as_bytes().to_vec())])?;
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        let watch = move || worker.watch(beats, &arp, &keys);
        let thread = std::thread::Builder::new().name("eye".into()).spawn(watch)?;
        Ok(Eye { shared, thread: Some(thread) })
    }

    /// Everything seen from the moment on, in order.
    pub fn since(&self, from_ns: u64) -> Vec<Seen> {
        self.shared.seen().iter().filter(|seen| seen.at_ns >= from_ns).cloned().collect()
    }

    /// When `node` first said since then that it starts a group.
    pub fn first_start(&self, node: &str, from_ns: u64) -> Option<u64> {
        let starts = |seen: &Seen| matches!(&seen.what, What::Beat { from, claims } if from == node && claims.contains(&ClaimState::Starting));
        self.since(from_ns).into_iter().find(starts).map(|seen| seen.at_ns)
    }

    /// First announcement of each address since then, in order.
    pub fn announced(&self, from_ns: u64) -> Vec<(Ipv4Addr, u64)> {
        let mut known = std::collections::BTreeSet::new();
        let first = |seen: Seen| match seen.what {
            What::Announced { ip } if known.insert(ip) => Some((ip, seen.at_ns)),
            _ => None,
        };
        self.since(from_ns).into_iter().filter_map(first).collect()
    }

    /// Moments of all beats of `node` since then.
    pub fn beats(&self, node: &str, from_ns: u64) -> Vec<u64> {
        let of_node = |seen: &Seen| matches!(&seen.what, What::Beat { from, .. } if from == node);
        self.since(from_ns).into_iter().filter(of_node).map(|seen| seen.at_ns).collect()
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self, mut beats: UdpLink, arp: &OwnedFd, keys: &Keys) {
        // An ordinary thread: a real-time one would take the processor from whoever announces, frame by frame.
        while !self.ending.load(Ordering::SeqCst) {
            let mut fds = [
                PollFd::from_borrowed_fd(beats.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(arp.as_fd(), PollFlags::IN),
            ];
            // A wait that fails would fail in the calls below as well.
            let _ = wait::poll(&mut fds, Some(Duration::from_millis(100)));
            let mut frame = [0_u8; 128];
            while let Ok((_, len)) = recv(arp, &mut frame, RecvFlags::DONTWAIT) {
                let at_ns = monotonic_ns();
                if let Some(ip) = gratuitous(frame.get(..len).unwrap_or_default()) {
                    self.seen().push(Seen { at_ns, what: What::Announced { ip } });
                }
            }
            self.hear(&mut beats, keys);
        }
    }

    fn hear(&self, beats: &mut UdpLink, keys: &Keys) {
        let mut buffer = [0_u8; 65536];
        while let Ok(Some(received)) = beats.receive(&mut buffer) {
            let bytes = buffer.get(..received.len).unwrap_or_default();
            if let Some(what) = beat(bytes, keys) {
                self.seen().push(Seen { at_ns: received.at_ns, what });
            }
        }
    }
}

fn beat(bytes: &[u8], keys: &Keys) -> Option<What> {
    let frame = systole_wire::decode_datagram(bytes, keys).ok()?;
    let (message, _) = systole_wire::message::decode(frame).ok()?.into_inner();
    let Body::Status { beat: Some(beat), .. } = message.body else { return None };
    let claims = beat.claims.iter().map(|claim| claim.state).collect();
    Some(What::Beat { from: message.from.as_str().to_owned(), claims })
}

/// The address of an ARP frame whose sender and target are one.
fn gratuitous(frame: &[u8]) -> Option<Ipv4Addr> {
    let address = |at: usize| frame.get(at..)?.first_chunk::<4>().map(|bytes| Ipv4Addr::from(*bytes));
    let (sender, target) = (address(28)?, address(38)?);
    (sender == target).then_some(sender)
}

fn arp() -> Result<OwnedFd> {
    let protocol = NonZeroU32::new(u32::from(ARP.to_be())).map(Protocol::from_raw);
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, flags, protocol)?;
    sockopt::set_socket_recv_buffer_size_force(&socket, QUEUE)?;
    Ok(socket)
}
