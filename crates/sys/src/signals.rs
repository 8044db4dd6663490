//! Signals as a readable descriptor, so that the loop meets them like any other input.
//! Not here: sending signals (`spawn.rs`), what a signal means.

use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// The signals a daemon of ours listens to or sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// TERM
    Terminate,
    /// INT
    Interrupt,
    /// HUP
    HangUp,
    /// USR1
    User1,
    /// USR2
    User2,
    /// CHLD: a child ended; several ends may arrive as one signal.
    Child,
    /// KILL; can be sent, never received.
    Kill,
    /// STOP; can be sent, never received.
    Stop,
    /// CONT
    Continue,
}

const ALL: [(Signal, i32); 9] = [
    (Signal::Terminate, libc::SIGTERM),
    (Signal::Interrupt, libc::SIGINT),
    (Signal::HangUp, libc::SIGHUP),
    (Signal::User1, libc::SIGUSR1),
    (Signal::User2, libc::SIGUSR2),
    (Signal::Child, libc::SIGCHLD),
    (Signal::Kill, libc::SIGKILL),
    (Signal::Stop, libc::SIGSTOP),
    (Signal::Continue, libc::SIGCONT),
];

impl Signal {
    /// The kernel's number.
    pub fn number(self) -> i32 {
        ALL.iter().find(|(s, _)| *s == self).map_or(0, |(_, n)| *n)
    }

    fn from_number(number: i32) -> Option<Signal> {
        ALL.iter().find(|(_, n)| *n == number).map(|(s, _)| *s)
    }

    pub(crate) fn rustix(self) -> rustix::process::Signal {
        use rustix::process::Signal as R;
        match self {
            Signal::Terminate => R::TERM,
            Signal::Interrupt => R::INT,
            Signal::HangUp => R::HUP,
            Signal::User1 => R::USR1,
            Signal::User2 => R::USR2,
            Signal::Child => R::CHILD,
            Signal::Kill => R::KILL,
            Signal::Stop => R::STOP,
            Signal::Continue => R::CONT,
        }
    }
}

/// The one reader of signals in this process.
///
/// A handler and a pipe, not signalfd: signalfd needs the signals blocked, `std::process::Command` hands its caller's
/// mask on, and every service started by us would then be deaf to TERM. Handlers end at exec by themselves.
#[derive(Debug)]
pub struct Signals {
    reader: OwnedFd,
    /// Kept open as long as the handler may write to it.
    _writer: OwnedFd,
}

/// Where the handler writes; -1 when nobody listens.
static WRITER: AtomicI32 = AtomicI32::new(-1);

impl Signals {
    /// Catches `signals` from now on (also when the parent had blocked or ignored them). Programs started later find
    /// every signal unblocked and with its usual effect. Errors when somebody in this process already listens, and for
    /// KILL and STOP, which nobody can catch.
    pub fn open(signals: &[Signal]) -> io::Result<Signals> {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        if WRITER.compare_exchange(-1, writer.as_raw_fd(), Ordering::SeqCst, Ordering::SeqCst).is_err() {
            let text = "signals are already read elsewhere in this process";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        // From here on dropping it stops the handler, also when a signal is refused below.
        let opened = Signals { reader, _writer: writer };
        for signal in signals {
            catch(signal.number())?;
        }
        unblock(signals)?;
        Ok(opened)
    }

    /// The next signal that arrived; `None` when there is none now.
    #[expect(clippy::should_implement_trait, reason = "`None` means not now, an iterator's means never again")]
    pub fn next(&mut self) -> Option<Signal> {
        let mut number = [0_u8];
        loop {
            match rustix::io::read(&self.reader, &mut number) {
                Ok(1) => {
                    if let Some(signal) = Signal::from_number(i32::from(number[0])) {
                        return Some(signal);
                    }
                }
                Err(Errno::INTR) => {}
                _ => return None,
            }
        }
    }
}

impl Drop for Signals {
    /// The signals stay caught, and are without effect.
    fn drop(&mut self) {
        WRITER.store(-1, Ordering::SeqCst);
    }
}

/// Runs between any two instructions of the process: one write, errno as it was, nothing else.
extern "C" fn on_signal(number: libc::c_int) {
    let fd = WRITER.load(Ordering::SeqCst);
    if fd < 0 {
        return;
    }
    let byte = number as u8;
    // SAFETY: write is async-signal-safe, the byte lives on this stack; errno is thread-local and given back as the
    // interrupted code had it. A full pipe loses the byte, after 65536 unread signals.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        libc::write(fd, (&raw const byte).cast(), 1);
        *errno = before;
    }
}

fn catch(number: i32) -> io::Result<()> {
    // SAFETY: an all-zero sigaction is valid; sigemptyset writes to its mask only. The handler is an `extern "C"` fn
    // of the right type that does async-signal-safe things only.
    let done = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART | libc::SA_NOCLDSTOP;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(number, &raw const action, std::ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn unblock(signals: &[Signal]) -> io::Result<()> {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the whole set, sigaddset gets numbers from our own table; both write only to
    // `set`. pthread_sigmask then reads it; the old mask is not asked for.
    let failed = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for s in signals {
            libc::sigaddset(set.as_mut_ptr(), s.number());
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), std::ptr::null_mut())
    };
    if failed == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(failed)) }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

#[cfg(test)]
mod tests;
