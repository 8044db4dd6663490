//! The socket between the two processes, and reaching a process and all it has started.
//! Not here: starting programs (`std::process::Command` does), what is said over the socket.

use crate::signals::Signal;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use rustix::process::{Pid, PidfdFlags};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// A connected pair of stream sockets, both closed on exec: ours, and the child's, which is handed over as its
/// standard input (`Command::stdin(Stdio::from(theirs))`).
pub fn bridge_pair() -> io::Result<(UnixStream, OwnedFd)> {
    let (ours, theirs) = UnixStream::pair()?;
    Ok((ours, theirs.into()))
}

/// In the child: takes the socket away from standard input, closed on exec, and puts `/dev/null` there, so that no
/// program started later can speak into the bridge. Errors when standard input is no stream socket.
pub fn bridge_from_stdin() -> io::Result<UnixStream> {
    take_over(rustix::stdio::stdin(), |null| Ok(rustix::stdio::dup2_stdin(null)?))
}

fn take_over<Fd: AsFd>(from: Fd, replace: impl FnOnce(OwnedFd) -> io::Result<()>) -> io::Result<UnixStream> {
    let no_bridge = |_| {
        let text = "standard input is not the socket of a parent: this process is started by systoled, not by hand";
        io::Error::new(io::ErrorKind::InvalidInput, text)
    };
    let domain = rustix::net::sockopt::socket_domain(&from).map_err(no_bridge)?;
    let kind = rustix::net::sockopt::socket_type(&from).map_err(no_bridge)?;
    if domain != AddressFamily::UNIX || kind != SocketType::STREAM {
        return Err(no_bridge(Errno::NOTSOCK));
    }
    let socket = rustix::io::fcntl_dupfd_cloexec(&from, 3)?;
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    replace(null.into())?;
    Ok(UnixStream::from(socket))
}

/// A descriptor for a process: readable when it has ended, never confused with a later process of the same number.
pub fn pidfd(pid: u32) -> io::Result<OwnedFd> {
    Ok(rustix::process::pidfd_open(process_id(pid)?, PidfdFlags::empty())?)
}

/// Sends `signal` to every process of the group that `leader` leads (started with `process_group(0)`). `Ok(false)`
/// when there is none left.
pub fn kill_group(leader: u32, signal: Signal) -> io::Result<bool> {
    match rustix::process::kill_process_group(process_id(leader)?, signal.rustix()) {
        Ok(()) => Ok(true),
        Err(Errno::SRCH) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Zero and one are refused: as a group they would mean ourselves and everybody.
fn process_id(pid: u32) -> io::Result<Pid> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, format!("{pid} is no process of ours"));
    let raw = i32::try_from(pid).map_err(|_| wrong())?;
    if raw <= 1 {
        return Err(wrong());
    }
    Pid::from_raw(raw).ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
