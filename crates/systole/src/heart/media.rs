//! The media of ha.cf as one: opened when they can be, reopened when they failed, all sent to, all listened to.
//! Not here: what is said; a medium that cannot open never ends the node and never delays another one.

use super::places::{Places, Refused};
use super::resolve::Resolving;
use super::serial_line::{Flow, SerialLine, Weight};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd};
use systole_config::{Configuration, Medium};
use systole_core::{LinkName, Message};
use systole_sys::serial::SerialLink;
use systole_sys::udp::UdpLink;
use systole_sys::wait;
use systole_wire::{Frame, Keys, Reject, decode_datagram, encode_both, encode_net, message};

/// A medium that failed is tried again after this time.
const RETRY_NS: u64 = 2_000_000_000;
/// Datagrams taken from one medium in one go, so that a flood on it cannot starve the others.
const BURST: usize = 256;
/// And as many bytes: the digest of one long datagram costs as much as those of two hundred beats.
const BURST_BYTES: usize = 256 * 1024;
/// Room for the longest frame.
const BUFFER: usize = 64 * 1024;

pub struct Media {
    slots: Vec<Slot>,
    buffer: Vec<u8>,
    /// The last datagram sent: broadcasts come back to us, and need no digest to be known as ours.
    last_sent: Vec<u8>,
    places: Places,
}

/// A message, or why a frame was refused and whose it seems to be.
pub type Heard = Result<Message, (Reject, Option<Refused>)>;

struct Slot {
    medium: Medium,
    link: LinkName,
    line: Line,
    resolving: Resolving,
    retry_at_ns: u64,
}

enum Line {
    Closed,
    Udp(UdpLink),
    Serial(Box<SerialLine>),
}

/// A medium opened or failed.
pub struct Change {
    pub link: LinkName,
    pub open: bool,
    pub why: String,
}

impl Media {
    pub fn new(configuration: &Configuration) -> Media {
        let slot = |m: &Medium| Slot {
            medium: m.clone(),
            link: m.link(),
            line: Line::Closed,
            resolving: Resolving::Idle,
            retry_at_ns: 0,
        };
        Media {
            slots: configuration.media.iter().map(slot).collect(),
            buffer: vec![0; BUFFER],
            last_sent: Vec::new(),
            places: Places::new(configuration),
        }
    }

    /// Tries what is closed and due.
    pub fn open_due(&mut self, now_ns: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        for index in 0..self.slots.len() {
            let slot = &self.slots[index];
            if !matches!(slot.line, Line::Closed) || slot.retry_at_ns > now_ns {
                continue;
            }
            let opened = self.open(index);
            let slot = &mut self.slots[index];
            slot.retry_at_ns = now_ns + RETRY_NS;
            match opened {
                Ok(Some(line)) => {
                    slot.line = line;
                    changes.push(Change { link: slot.link.clone(), open: true, why: slot.medium.to_string() });
                }
                // A look-up is under way.
                Ok(None) => {}
                Err(why) => changes.push(self.failed(index, why)),
            }
        }
        changes
    }

    fn open(&mut self, index: usize) -> Result<Option<Line>, String> {
        let Some(slot) = self.slots.get_mut(index) else { return Ok(None) };
        let text = |e: io::Error| e.to_string();
        let udp = |l: UdpLink| Some(Line::Udp(l));
        match slot.medium.clone() {
            Medium::Bcast { device, port } => UdpLink::bcast(&device, port).map(udp).map_err(text),
            Medium::Mcast { device, group, port, ttl, loopback } => {
                UdpLink::mcast(&device, group, port, ttl, loopback).map(udp).map_err(text)
            }
            Medium::Mcast6 { device, group, port, hops, loopback } => {
                UdpLink::mcast6(&device, group, port, hops, loopback).map(udp).map_err(text)
            }
            Medium::Serial { tty, baud } => {
                let link = SerialLink::open(&tty, baud).map_err(text)?;
                Ok(Some(Line::Serial(Box::new(SerialLine::new(link)))))
            }
            Medium::Ucast { device, host, port } => match slot.resolving.address(&host, false)? {
                Some(ip) => self.open_ucast(&device, SocketAddr::new(ip, port)).map(udp).map_err(text),
                None => Ok(None),
            },
            Medium::Ucast6 { device, host, port } => match slot.resolving.address(&host, true)? {
                Some(ip) => self.open_ucast(&device, SocketAddr::new(ip, port)).map(udp).map_err(text),
                None => Ok(None),
            },
        }
    }

    /// Unicast media of one device and port share one receiving socket: the kernel would spread datagrams over two.
    fn open_ucast(&self, device: &str, peer: SocketAddr) -> io::Result<UdpLink> {
        let beside = self.slots.iter().find_map(|s| match (&s.medium, &s.line) {
            (Medium::Ucast { device: d, port, .. } | Medium::Ucast6 { device: d, port, .. }, Line::Udp(link))
                if d == device
                    && *port == peer.port()
                    && link.receives()
                    && link.peer().is_ipv6() == peer.is_ipv6() =>
            {
                Some(link)
            }
            _ => None,
        });
        let port = peer.port();
        match (beside, peer.ip()) {
            (Some(link), _) => link.ucast_beside(peer),
            (None, IpAddr::V4(ip)) => UdpLink::ucast(device, SocketAddrV4::new(ip, port), port),
            (None, IpAddr::V6(ip)) => UdpLink::ucast6(device, SocketAddrV6::new(ip, port, 0, 0), port),
        }
    }

    /// Descriptors to wait for, with the number to give back to [`Media::receive`].
    pub fn readable(&self) -> impl Iterator<Item = (usize, BorrowedFd<'_>)> {
        self.slots.iter().enumerate().filter_map(|(i, s)| match &s.line {
            Line::Udp(link) if link.receives() => Some((i, link.as_fd())),
            Line::Serial(line) => Some((i, line.as_fd())),
            _ => None,
        })
    }

    /// Takes what has arrived on one medium.
    pub fn receive(&mut self, index: usize, keys: &Keys, mut each: impl FnMut(&LinkName, Heard)) -> Option<Change> {
        let Media { slots, buffer, last_sent, places } = self;
        let slot = slots.get_mut(index)?;
        let link = &slot.link;
        let result = match &mut slot.line {
            Line::Closed => Ok(()),
            Line::Udp(udp) => receive_datagrams(udp, buffer, last_sent, |bytes, from| {
                let read = decode_datagram(bytes, keys).and_then(message_of);
                if let Ok(message) = &read {
                    places.learn(&message.from, from);
                }
                each(
                    link,
                    read.map_err(|e| {
                        (e, e.refusal().and_then(|why| places.of_datagram(bytes, from, why, wait::monotonic_ns())))
                    }),
                );
            }),
            Line::Serial(line) => line.read(keys, |f| {
                let read = f.and_then(message_of);
                each(
                    link,
                    read.map_err(|e| (e, e.refusal().and_then(|why| places.of_line(why, wait::monotonic_ns())))),
                );
            }),
        };
        result.err().map(|e| self.failed(index, e.to_string()))
    }

    /// Sends one frame on every open medium, each in its form (spec/WIRE.md 10).
    pub fn send(&mut self, frame: &Frame, weight: Weight, keys: &Keys, now_ns: u64) -> Vec<Change> {
        let serial = self.slots.iter().any(|slot| matches!(slot.line, Line::Serial(_)));
        let (net, text) = if serial { encode_both(frame, keys) } else { (encode_net(frame, keys), Vec::new()) };
        self.last_sent = net;
        let mut changes = Vec::new();
        for index in 0..self.slots.len() {
            match &mut self.slots[index].line {
                Line::Closed => {}
                Line::Udp(link) => {
                    if let Err(e) = link.send(&self.last_sent) {
                        changes.push(self.failed(index, e.to_string()));
                    }
                }
                Line::Serial(line) => {
                    line.put(text.clone(), weight);
                    changes.extend(self.flush(index, now_ns));
                }
            }
        }
        changes
    }

    /// The same on networks alone.
    pub fn send_datagrams(&mut self, frame: &Frame, keys: &Keys) -> Vec<Change> {
        self.last_sent = encode_net(frame, keys);
        let mut changes = Vec::new();
        for index in 0..self.slots.len() {
            if let Line::Udp(link) = &mut self.slots[index].line
                && let Err(e) = link.send(&self.last_sent)
            {
                changes.push(self.failed(index, e.to_string()));
            }
        }
        changes
    }

    /// Goes on with serial lines that could not take everything.
    pub fn flush_all(&mut self, now_ns: u64) -> Vec<Change> {
        (0..self.slots.len()).filter_map(|i| self.flush(i, now_ns)).collect()
    }

    fn flush(&mut self, index: usize, now_ns: u64) -> Option<Change> {
        let slot = self.slots.get_mut(index)?;
        let Line::Serial(line) = &mut slot.line else { return None };
        let link = slot.link.clone();
        match line.flush(now_ns) {
            Ok(Flow::Same) => None,
            Ok(Flow::Moving) => Some(Change { link, open: true, why: slot.medium.to_string() }),
            Ok(Flow::Stuck) => {
                let why = "the line takes no bytes: cable out, nobody reads, or RTS/CTS not wired".to_owned();
                Some(Change { link, open: false, why })
            }
            Err(e) => Some(self.failed(index, e.to_string())),
        }
    }

    /// Nothing put in waits for a line any more.
    pub fn is_flushed(&self) -> bool {
        self.slots.iter().all(|s| !matches!(&s.line, Line::Serial(line) if !line.is_empty()))
    }

    /// The next moment at which something here wants to be tried again.
    pub fn next_wake_ns(&self, now_ns: u64) -> Option<u64> {
        let wake = |s: &Slot| match &s.line {
            Line::Closed => Some(s.retry_at_ns),
            Line::Serial(line) => line.next_look_ns(now_ns),
            Line::Udp(_) => None,
        };
        self.slots.iter().filter_map(wake).min()
    }

    /// An interface went away: whatever was bound to it is deaf from now on, also if one of that name comes back.
    pub fn device_gone(&mut self, device: &str) -> Vec<Change> {
        let hit = |s: &Slot| s.medium.device() == Some(device) && !matches!(s.line, Line::Closed);
        let indexes: Vec<usize> = (0..self.slots.len()).filter(|i| self.slots.get(*i).is_some_and(hit)).collect();
        indexes.into_iter().map(|i| self.failed(i, format!("the interface {device} went away"))).collect()
    }

    fn failed(&mut self, index: usize, why: String) -> Change {
        let slot = &mut self.slots[index];
        slot.line = Line::Closed;
        let (link, device) = (slot.link.clone(), slot.medium.device().map(str::to_owned));
        // Those that shared its receiving socket must open anew as well.
        for other in self.slots.iter_mut().filter(|s| device.is_some() && s.medium.device() == device.as_deref()) {
            if matches!(&other.line, Line::Udp(link) if !link.receives()) {
                other.line = Line::Closed;
            }
        }
        Change { link, open: false, why }
    }
}

fn receive_datagrams(
    udp: &mut UdpLink,
    buffer: &mut [u8],
    own: &[u8],
    mut each: impl FnMut(&[u8], IpAddr),
) -> io::Result<()> {
    let mut total = 0;
    for _ in 0..BURST {
        if total >= BURST_BYTES {
            break;
        }
        let Some(received) = udp.receive(buffer)? else { break };
        total += received.len;
        let bytes = buffer.get(..received.len).unwrap_or_default();
        if bytes != own {
            each(bytes, received.from.ip());
        }
    }
    Ok(())
}

fn message_of(frame: systole_wire::Verified<Frame>) -> Result<Message, Reject> {
    message::decode(frame).map(|verified| verified.into_inner().0)
}
