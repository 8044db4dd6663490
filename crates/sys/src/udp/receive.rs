//! Reading a datagram together with the moment at which the kernel took it in.
//! Not here: what is in it.

use super::{Received, would_block};
use crate::wait;
use socket2::{SockAddr, Socket};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// A step of the wall clock beyond this makes the kernel's stamps useless for the datagrams that were waiting.
const STEP_NS: i128 = 1_000_000_000;

/// A receiving socket. The kernel stamps with the wall clock; the distance between both clocks, remembered from
/// datagram to datagram, shows when somebody set it in between.
#[derive(Debug)]
pub(super) struct Receiver {
    socket: Socket,
    /// Wall clock less monotonic clock.
    distance_ns: i128,
}

impl Receiver {
    pub fn new(socket: Socket, wall_ns: u64, monotonic_ns: u64) -> Receiver {
        Receiver { socket, distance_ns: distance(wall_ns, monotonic_ns) }
    }

    pub fn receive(&mut self, buf: &mut [u8]) -> io::Result<Option<Received>> {
        loop {
            let (len, stamp, from) = match receive_with_stamp(&self.socket, buf) {
                Ok(all) => all,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if would_block(&e) => return Ok(None),
                Err(e) => return Err(e),
            };
            // A datagram without a sender does not come from a network.
            if let Some(from) = from {
                let at_ns = self.moment(stamp, wait::wall_ns(), wait::monotonic_ns());
                return Ok(Some(Received { len, at_ns, from }));
            }
        }
    }

    /// The stamp on the monotonic clock: never in the future, and now when it cannot be trusted.
    pub fn moment(&mut self, stamp: Option<u64>, wall_ns: u64, monotonic_ns: u64) -> u64 {
        let now = distance(wall_ns, monotonic_ns);
        let stepped = (now - self.distance_ns).abs() > STEP_NS;
        self.distance_ns = now;
        match stamp {
            Some(stamp) if !stepped => monotonic_ns.saturating_sub(wall_ns.saturating_sub(stamp)),
            _ => monotonic_ns,
        }
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn distance(wall_ns: u64, monotonic_ns: u64) -> i128 {
    i128::from(wall_ns) - i128::from(monotonic_ns)
}

/// Asks the kernel to note the moment of arrival (SO_TIMESTAMPNS).
pub(super) fn note_arrival(socket: &Socket) -> io::Result<()> {
    switch_on(socket, libc::SO_TIMESTAMPNS)
}

/// Sets a yes-or-no option of the socket level that socket2 does not have.
pub(super) fn switch_on(socket: &Socket, option: libc::c_int) -> io::Result<()> {
    let yes: libc::c_int = 1;
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: `yes` lives through the call and `size` is its size.
    let done = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, (&raw const yes).cast(), size) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Room for one stamp (header 16, two words 16) and then some, aligned as the kernel's headers want it.
#[repr(C, align(8))]
struct Control([u8; 64]);

fn receive_with_stamp(socket: &Socket, buf: &mut [u8]) -> io::Result<(usize, Option<u64>, Option<SocketAddr>)> {
    let mut control = Control([0; 64]);
    let mut part = libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() };
    // SAFETY: `init` fills the storage it is given through recvmsg, which writes at most the length stated in the
    // header and then sets the true one. Every pointer in the header points to something that lives through the call
    // and has the length beside it; an all-zero msghdr is valid.
    let ((len, control_len), from) = unsafe {
        SockAddr::try_init(|storage, storage_len| {
            let mut header: libc::msghdr = std::mem::zeroed();
            header.msg_name = storage.cast();
            header.msg_namelen = *storage_len;
            header.msg_iov = &raw mut part;
            header.msg_iovlen = 1;
            header.msg_control = control.0.as_mut_ptr().cast();
            header.msg_controllen = control.0.len() as _;
            let got = libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT);
            let len = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
            *storage_len = header.msg_namelen;
            Ok((len, header.msg_controllen as usize))
        })?
    };
    let stamp = control.0.get(..control_len).and_then(stamp);
    Ok((len.min(buf.len()), stamp, from.as_socket()))
}

/// The first control message, when it is the stamp: a length as wide as a pointer, level, kind, seconds, nanoseconds.
fn stamp(control: &[u8]) -> Option<u64> {
    const WORD: usize = size_of::<usize>();
    let number = |at: usize| control.get(at..)?.first_chunk::<4>().map(|b| i32::from_ne_bytes(*b));
    if number(WORD)? != libc::SOL_SOCKET || number(WORD + 4)? != libc::SCM_TIMESTAMPNS {
        return None;
    }
    let word = |at: usize| control.get(at..)?.first_chunk::<WORD>().map(|b| usize::from_ne_bytes(*b) as u64);
    let (seconds, rest) = (word(WORD + 8)?, word(2 * WORD + 8)?);
    seconds.checked_mul(1_000_000_000)?.checked_add(rest)
}
