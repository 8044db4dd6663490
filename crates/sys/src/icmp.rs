//! Echo requests and their answers over IPv4 (RFC 792), for hosts that are watched from outside the cluster.
//! Not here: when they are sent, what stands in them, what silence means.

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

/// Longest payload of a request; longer ones would be cut into fragments on the way.
pub const PAYLOAD_MAX: usize = 1400;

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
/// Type, code, checksum, id, sequence number.
const HEADER: usize = 8;
/// Longest header of IPv4.
const IP_HEADER_MAX: usize = 60;
/// Packets looked at for one answer, so that foreign ones cannot hold us.
const BURST: usize = 64;

/// A raw socket for echo requests with one id. It wakes its owner only for answers with that id: the rest is dropped by
/// the kernel.
#[derive(Debug)]
pub struct Echo {
    socket: Socket,
    id: u16,
    /// The request being sent, or the answer just heard.
    buffer: Box<[u8; IP_HEADER_MAX + HEADER + PAYLOAD_MAX]>,
}

/// An answer: whole, of our id, with a right checksum. Nothing proves who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'b> {
    pub from: Ipv4Addr,
    pub sequence: u16,
    pub payload: &'b [u8],
}

impl Echo {
    /// Opens the socket for requests with this id.
    ///
    /// # Errors
    /// What the kernel said; without root or CAP_NET_RAW it says no.
    pub fn open(id: u16) -> io::Result<Echo> {
        let socket = Socket::new(Domain::IPV4, Type::RAW.nonblocking().cloexec(), Some(Protocol::ICMPV4))
            .map_err(|e| io::Error::new(e.kind(), format!("{e}; run as root or give the process CAP_NET_RAW")))?;
        socket.attach_filter(&filter(id))?;
        Ok(Echo { socket, id, buffer: Box::new([0; IP_HEADER_MAX + HEADER + PAYLOAD_MAX]) })
    }

    /// Sends one request. `false` when the queue is full: the request is lost, the socket is not.
    ///
    /// # Errors
    /// The payload is longer than [`PAYLOAD_MAX`], or there is no way to `to` now.
    pub fn send(&mut self, to: Ipv4Addr, sequence: u16, payload: &[u8]) -> io::Result<bool> {
        let packet = self.buffer.get_mut(..HEADER + payload.len()).filter(|_| payload.len() <= PAYLOAD_MAX);
        let packet = packet.ok_or(io::ErrorKind::InvalidInput)?;
        let (header, body) = packet.split_at_mut(HEADER);
        let ([i, d], [s, q]) = (self.id.to_be_bytes(), sequence.to_be_bytes());
        header.copy_from_slice(&[ECHO_REQUEST, 0, 0, 0, i, d, s, q]);
        body.copy_from_slice(payload);
        let sum = checksum(packet).to_be_bytes();
        if let Some(place) = packet.get_mut(2..4) {
            place.copy_from_slice(&sum);
        }
        match self.socket.send_to(packet, &SocketAddrV4::new(to, 0).into()) {
            Ok(_) => Ok(true),
            Err(e) if would_block(&e) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// The next answer; `None` when there is none now. What is damaged is passed over.
    ///
    /// # Errors
    /// What the kernel said; the socket is to be opened anew.
    pub fn receive(&mut self) -> io::Result<Option<Reply<'_>>> {
        for _ in 0..BURST {
            let len = match (&self.socket).read(&mut self.buffer[..]) {
                Ok(len) => len,
                Err(e) if would_block(&e) => return Ok(None),
                Err(e) => return Err(e),
            };
            if let Some((from, sequence, start)) = self.buffer.get(..len).and_then(|packet| answer(packet, self.id)) {
                return Ok(Some(Reply { from, sequence, payload: self.buffer.get(start..len).unwrap_or_default() }));
            }
        }
        Ok(None)
    }
}

impl AsFd for Echo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Sender, number and start of the payload of a packet with its IPv4 header, as a raw socket gets it.
fn answer(packet: &[u8], id: u16) -> Option<(Ipv4Addr, u16, usize)> {
    let words = packet.first().filter(|first| *first >> 4 == 4)? & 0x0f;
    let start = usize::from(words) * 4;
    let source = packet.get(12..16)?.first_chunk::<4>()?;
    let message = packet.get(start..).filter(|_| words >= 5)?;
    let &[kind, code, _, _, i, d, s, q] = message.first_chunk::<HEADER>()?;
    let ours = kind == ECHO_REPLY && code == 0 && u16::from_be_bytes([i, d]) == id;
    // Raw sockets get packets before the kernel has looked at this sum.
    let whole = ours && checksum(message) == 0;
    whole.then_some((Ipv4Addr::from(*source), u16::from_be_bytes([s, q]), start + HEADER))
}

/// The Internet checksum (RFC 1071); 0 over a message that holds its own right one.
fn checksum(bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map_or(0, |byte| u32::from(*byte) << 8);
    // At most 64 KiB are summed: 32,768 words cannot overflow 32 bits.
    let mut sum = pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair))).sum::<u32>() + last;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// For the kernel: echo replies with this id, nothing else. Every host that is pinged by anything on this machine would
/// wake us otherwise.
fn filter(id: u16) -> [SockFilter; 7] {
    let word = |code: u32| u16::try_from(code).unwrap_or_default();
    let load = |size: u32, at: u32| SockFilter::new(word(libc::BPF_LD | size | libc::BPF_IND), 0, 0, at);
    let equal =
        |value: u32, skip: u8| SockFilter::new(word(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K), 0, skip, value);
    let give = |len: u32| SockFilter::new(word(libc::BPF_RET | libc::BPF_K), 0, 0, len);
    [
        // X: the length of the IPv4 header.
        SockFilter::new(word(libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH), 0, 0, 0),
        load(libc::BPF_B, 0),
        equal(u32::from(ECHO_REPLY), 3),
        load(libc::BPF_H, 4),
        equal(u32::from(id), 1),
        give(u32::MAX),
        give(0),
    ]
}

fn would_block(e: &io::Error) -> bool {
    let full = [Errno::AGAIN, Errno::NOBUFS, Errno::INTR].map(|n| n.raw_os_error());
    e.raw_os_error().is_some_and(|n| full.contains(&n))
}

#[cfg(test)]
mod tests;
