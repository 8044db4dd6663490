//! Pseudo-terminals in place of serial lines: the lab's null-modem cable.
//! Not here: the line as the heartbeat uses it (`serial.rs`), carrying bytes from one end to the other.

use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A raw pseudo-terminal: what a program writes into `path` is read from `master`, and the other way.
#[derive(Debug)]
pub struct Pty {
    /// Blocking; the end of the cable.
    pub master: OwnedFd,
    /// What a program opens as its serial line.
    pub path: PathBuf,
    /// Kept open, so that the line does not hang up between two programs that use it one after the other.
    _line: OwnedFd,
}

impl Pty {
    pub fn open() -> io::Result<Pty> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let path = PathBuf::from(OsString::from_vec(rustix::pty::ptsname(&master, Vec::new())?.into_bytes()));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let line = rustix::fs::open(&path, flags, Mode::empty())?;
        // Otherwise it would echo what comes in until a program makes it raw.
        let mut settings = tcgetattr(&line)?;
        settings.make_raw();
        tcsetattr(&line, OptionalActions::Now, &settings)?;
        Ok(Pty { master, path, _line: line })
    }
}

/// The two ends of a null-modem cable. Who wants the cable plugged copies what comes from one master to the other;
/// who does not copy has pulled it.
pub fn null_modem() -> io::Result<[Pty; 2]> {
    Ok([Pty::open()?, Pty::open()?])
}
