//! The rtnetlink socket: framing, numbers, acknowledgements, dumps.
//! Not here: what the messages contain (`encode.rs`, `address.rs`, `link.rs`).

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

const HEADER: usize = 16;
/// The kernel fills at most 32 KiB of a dump at a time.
const BUFFER: usize = 64 * 1024;
/// A dump that changes under our hands is asked again this often.
const DUMP_TRIES: usize = 10;

const F_REQUEST: u16 = 1;
const F_ACK: u16 = 4;
const F_DUMP: u16 = 0x300;
const F_DUMP_INTERRUPTED: u16 = 0x10;
const NOOP: u16 = 1;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const OVERRUN: u16 = 4;

/// A request without its header.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub kind: u16,
    pub flags: u16,
    pub bytes: Vec<u8>,
}

/// One message of the kernel.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub sequence: u32,
    pub interrupted: bool,
    pub step: Step<'a>,
}

#[derive(Debug)]
pub(super) enum Step<'a> {
    Ack(Result<(), Errno>),
    Done,
    Data { kind: u16, body: &'a [u8] },
}

#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Socket {
    /// A blocking socket, listening to the multicast `groups` (bits of RTMGRP).
    pub fn open(groups: u32) -> io::Result<Socket> {
        // No protocol is protocol 0: routing, links and addresses.
        let fd = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        rustix::net::bind(&fd, &SocketAddrNetlink::new(0, groups))?;
        // The kernel answers within the call; the limit only turns a lost answer into an error instead of a hang.
        set_socket_timeout(&fd, Timeout::Recv, Some(Duration::from_secs(5)))?;
        Ok(Socket { fd, sequence: 1, buffer: vec![0; BUFFER] })
    }

    /// Puts all requests into one write; returns the number of the first, the others follow by one.
    pub fn send_all(&mut self, bodies: &[Body]) -> Result<u32, Errno> {
        let first = self.sequence;
        let mut bytes = Vec::with_capacity(bodies.len() * 96);
        for body in bodies {
            frame(&mut bytes, body, F_REQUEST | F_ACK, self.sequence);
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.send(&bytes)?;
        Ok(first)
    }

    /// Asks for everything of a kind and gives what `pick` makes of each message.
    pub fn dump<T>(
        &mut self,
        kind: u16,
        bytes: &[u8],
        mut pick: impl FnMut(u16, &[u8]) -> Option<T>,
    ) -> io::Result<Vec<T>> {
        for _ in 0..DUMP_TRIES {
            let sequence = self.sequence;
            self.sequence = self.sequence.wrapping_add(1);
            let mut request = Vec::new();
            frame(&mut request, &Body { kind, flags: F_DUMP, bytes: bytes.to_vec() }, F_REQUEST, sequence);
            self.send(&request)?;
            let (mut found, mut done, mut interrupted) = (Vec::new(), None, false);
            while done.is_none() {
                self.read(|message| {
                    if message.sequence != sequence {
                        return;
                    }
                    interrupted |= message.interrupted;
                    match message.step {
                        Step::Data { kind, body } => found.extend(pick(kind, body)),
                        Step::Done => done = Some(Ok(())),
                        Step::Ack(result) => done = Some(result),
                    }
                })?;
            }
            match done {
                Some(Err(e)) => return Err(e.into()),
                _ if interrupted => {}
                _ => return Ok(found),
            }
        }
        Err(io::Error::other("the table of addresses changes faster than it can be read"))
    }

    /// Reads one datagram and gives each of its messages to `each`.
    pub fn read(&mut self, mut each: impl FnMut(Message<'_>)) -> Result<(), Errno> {
        let length = loop {
            match rustix::net::recv(&self.fd, self.buffer.as_mut_slice(), RecvFlags::TRUNC) {
                Ok((_, length)) => break length,
                Err(Errno::INTR) => {}
                Err(e) => return Err(e),
            }
        };
        let datagram = self.buffer.get(..length).ok_or(Errno::NOBUFS)?;
        messages(datagram, &mut each);
        Ok(())
    }

    fn send(&self, bytes: &[u8]) -> Result<(), Errno> {
        loop {
            match rustix::net::send(&self.fd, bytes, SendFlags::empty()) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn frame(out: &mut Vec<u8>, body: &Body, flags: u16, sequence: u32) {
    let length = HEADER + body.bytes.len();
    out.extend((length as u32).to_ne_bytes());
    out.extend(body.kind.to_ne_bytes());
    out.extend((body.flags | flags).to_ne_bytes());
    out.extend(sequence.to_ne_bytes());
    out.extend(0_u32.to_ne_bytes());
    out.extend(&body.bytes);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn messages(mut rest: &[u8], each: &mut impl FnMut(Message<'_>)) {
    while let Some((header, _)) = rest.split_first_chunk::<HEADER>() {
        let length = word(header, 0) as usize;
        let Some(body) = rest.get(HEADER..length) else { return };
        let kind = half(header, 4);
        let step = match kind {
            NOOP | OVERRUN => None,
            ERROR => Some(Step::Ack(error_code(body))),
            DONE => Some(Step::Done),
            kind => Some(Step::Data { kind, body }),
        };
        if let Some(step) = step {
            let interrupted = half(header, 6) & F_DUMP_INTERRUPTED != 0;
            each(Message { sequence: word(header, 8), interrupted, step });
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
}

/// An error message carries a negative error number; zero is the acknowledgement.
fn error_code(body: &[u8]) -> Result<(), Errno> {
    match body.first_chunk::<4>().map(|c| i32::from_ne_bytes(*c)) {
        Some(0) => Ok(()),
        Some(code) => Err(Errno::from_raw_os_error(code.saturating_neg())),
        None => Err(Errno::BADMSG),
    }
}

/// The 32-bit word at `at` in the kernel's byte order; 0 beyond the end.
pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk::<4>()).map_or(0, |b| u32::from_ne_bytes(*b))
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|b| b.first_chunk::<2>()).map_or(0, |b| u16::from_ne_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_and_lying_datagrams_end_quietly() {
        let mut bytes = Vec::new();
        frame(&mut bytes, &Body { kind: 20, flags: 0, bytes: vec![1, 2, 3, 4, 5] }, 0, 7);
        frame(&mut bytes, &Body { kind: ERROR, flags: 0, bytes: (-17_i32).to_ne_bytes().to_vec() }, 0, 8);
        for cut in 0..=bytes.len() {
            let mut seen = Vec::new();
            messages(&bytes[..cut], &mut |m| seen.push(m.sequence));
            let whole: &[u32] = if cut == bytes.len() {
                &[7, 8]
            } else if cut >= 21 {
                &[7]
            } else {
                &[]
            };
            assert_eq!(seen, whole, "cut at {cut}");
        }
        for length in [0_u32, 1, 15, 17, u32::MAX] {
            bytes[..4].copy_from_slice(&length.to_ne_bytes());
            messages(&bytes, &mut |m| assert!(m.sequence == 7 || length == 17));
        }
        assert_eq!(error_code(&(-17_i32).to_ne_bytes()), Err(Errno::EXIST));
        assert_eq!(error_code(&[0; 4]), Ok(()));
        assert_eq!(error_code(&[]), Err(Errno::BADMSG));
    }
}
