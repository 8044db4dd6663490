//! A serial line as a medium of the heartbeat: raw bytes, eight bits, never waiting (WIRE 10).
//! Not here: frames, the pace of writing, what to do when the line is stuck.

mod lock;

use lock::Lock;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, InputModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The speeds that Heartbeat accepts.
pub const BAUDS: [u32; 7] = [9600, 19200, 38400, 57600, 115_200, 230_400, 460_800];

/// An open line; ours alone among programs that respect lock files. Writable in the sense of `poll` when some bytes
/// have room.
#[derive(Debug)]
pub struct SerialLink {
    fd: OwnedFd,
    path: PathBuf,
    /// `None` where there is no lock directory to write to.
    lock: Option<Lock>,
}

impl SerialLink {
    /// Opens `path` at `baud` (one of [`BAUDS`]) and throws away what older owners left in both directions. Lines
    /// without a modem's carrier are fine. Hardware handshake is asked for, as Heartbeat does. No break is sent:
    /// it would hold the caller up for a quarter of a second.
    pub fn open(path: &Path, baud: u32) -> io::Result<SerialLink> {
        SerialLink::open_locking(path, baud, &lock::DIRECTORIES)
    }

    fn open_locking<D: AsRef<Path>>(path: &Path, baud: u32, lock_dirs: &[D]) -> io::Result<SerialLink> {
        if !BAUDS.contains(&baud) {
            let text = format!("{baud} is no speed of a serial line here; take one of {BAUDS:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let in_words = |e: io::Error| in_words(path, &e);
        let lock = Lock::take(path, lock_dirs)?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| in_words(e.into()))?;
        settle(&fd, baud).map_err(in_words)?;
        tcflush(&fd, QueueSelector::IOFlush).map_err(|e| in_words(e.into()))?;
        Ok(SerialLink { fd, path: path.to_owned(), lock })
    }

    /// How many bytes came; `None` when there are none now. A hang-up (adapter unplugged, other end of a
    /// pseudo-terminal closed) is an error: open the line anew.
    pub fn read(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        match rustix::io::read(&self.fd, &mut *buf) {
            Ok(0) if buf.is_empty() => Ok(None),
            Ok(0) => Err(self.hung_up()),
            Ok(n) => Ok(Some(n)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(Errno::IO) => Err(self.hung_up()),
            Err(e) => Err(e.into()),
        }
    }

    /// Takes as many bytes as have room now; 0 when there is none.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match rustix::io::write(&self.fd, bytes) {
            Ok(n) => Ok(n),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(Errno::IO) => Err(self.hung_up()),
            Err(e) => Err(e.into()),
        }
    }

    /// Bytes taken by [`SerialLink::write`] that have not left yet. One that does not fall means that the other end
    /// does not take them (cable pulled with handshake on, or nobody there).
    pub fn queued_output(&self) -> io::Result<usize> {
        let mut queued: libc::c_int = 0;
        // SAFETY: TIOCOUTQ writes one int, which lives through the call.
        let done = unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(usize::try_from(queued).unwrap_or(0))
    }

    /// Throws away what has not left yet, so that a stuck line does not deliver old beats later.
    pub fn discard_output(&mut self) -> io::Result<()> {
        Ok(tcflush(&self.fd, QueueSelector::OFlush)?)
    }

    /// False when there was no directory for the lock file, so that another program may use the line too.
    pub fn locked(&self) -> bool {
        self.lock.is_some()
    }

    fn hung_up(&self) -> io::Error {
        let text = format!("the serial line {} has hung up", self.path.display());
        io::Error::new(io::ErrorKind::BrokenPipe, text)
    }
}

impl AsFd for SerialLink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn settle(fd: &OwnedFd, baud: u32) -> io::Result<()> {
    let mut line = tcgetattr(fd)?;
    make_raw(&mut line, baud)?;
    match tcsetattr(fd, OptionalActions::Now, &line) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL) => {
            // Some adapters have no handshake wires and say so.
            line.control_modes.remove(ControlModes::CRTSCTS);
            Ok(tcsetattr(fd, OptionalActions::Now, &line)?)
        }
        Err(e) => Err(e.into()),
    }
}

fn make_raw(line: &mut Termios, baud: u32) -> io::Result<()> {
    line.make_raw();
    // A break and a byte with a framing fault say nothing: dropped here, the frame's digest finds the gap.
    line.input_modes |= InputModes::IGNBRK | InputModes::IGNPAR;
    let off = ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::HUPCL | ControlModes::CSIZE;
    line.control_modes.remove(off);
    line.control_modes |= ControlModes::CS8 | ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CRTSCTS;
    line.special_codes[SpecialCodeIndex::VMIN] = 1;
    line.special_codes[SpecialCodeIndex::VTIME] = 0;
    Ok(line.set_speed(baud)?)
}

fn in_words(path: &Path, e: &io::Error) -> io::Error {
    let cure = match e.raw_os_error() {
        Some(libc::ENOENT) => "there is no such device; is the adapter plugged?",
        Some(libc::EACCES | libc::EPERM) => "run as root or join the group dialout",
        Some(libc::EBUSY) => "another program has it to itself",
        Some(libc::ENOTTY | libc::EIO) => "it is no working serial line; a port without hardware looks like this too",
        _ => "look at it with `stty -F`",
    };
    io::Error::new(e.kind(), format!("cannot use {} as a serial line: {e}; {cure}", path.display()))
}

#[cfg(test)]
mod tests;
