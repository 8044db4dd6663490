//! Who is at the other end of a local socket, as the kernel saw it when the connection was made.
//! Not here: who may do what.

use std::io;
use std::os::fd::AsFd;

/// Process, user and group of the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    pub pid: u32,
    pub uid: u32,
    pub gid: u32,
}

/// Of a connected unix stream socket. A peer in another process namespace has pid 0.
pub fn peer_credentials<Fd: AsFd>(socket: Fd) -> io::Result<PeerCredentials> {
    // Not rustix: its type cannot hold the pid 0 that the kernel gives for a process of another namespace.
    let mut found = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    let mut size = size_of::<libc::ucred>() as libc::socklen_t;
    let raw = std::os::fd::AsRawFd::as_raw_fd(&socket.as_fd());
    // SAFETY: `found` and `size` live through the call, and `size` is the size of `found`.
    let done =
        unsafe { libc::getsockopt(raw, libc::SOL_SOCKET, libc::SO_PEERCRED, (&raw mut found).cast(), &raw mut size) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(PeerCredentials { pid: u32::try_from(found.pid).unwrap_or(0), uid: found.uid, gid: found.gid })
}

#[cfg(test)]
mod tests;
