//! Clocks, the timer and the wait of a loop that must be punctual: everything a `poll` loop turns around.
//! Not here: what the loop does; signals (`signals.rs`).

use rustix::event::Timespec;
use rustix::io::Errno;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, clock_gettime, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

pub use rustix::event::{PollFd, PollFlags};

const NS_PER_S: u64 = 1_000_000_000;

/// Nanoseconds on CLOCK_MONOTONIC: never steps, stands still while the machine is suspended.
pub fn monotonic_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds on CLOCK_BOOTTIME: as [`monotonic_ns`], but counts a suspend. The difference between both grows only
/// by suspends.
pub fn boottime_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Boottime))
}

/// Wall-clock milliseconds since 1970; for people and log lines, never for decisions.
pub fn wall_ms() -> u64 {
    wall_ns() / 1_000_000
}

/// Wall-clock nanoseconds since 1970; 0 when the clock stands before that.
pub(crate) fn wall_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Realtime))
}

fn nanoseconds(t: Timespec) -> u64 {
    let seconds = u64::try_from(t.tv_sec).unwrap_or(0);
    let rest = u64::try_from(t.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(NS_PER_S).saturating_add(rest)
}

fn timespec(ns: u64) -> Timespec {
    // Both quotients fit: u64::MAX nanoseconds are 584 years.
    Timespec { tv_sec: (ns / NS_PER_S) as _, tv_nsec: (ns % NS_PER_S) as _ }
}

/// A timerfd on CLOCK_MONOTONIC with absolute moments. Readable from the set moment on, until drained or armed anew.
#[derive(Debug)]
pub struct Timer(OwnedFd);

impl Timer {
    /// A timer that is not armed.
    pub fn new() -> io::Result<Timer> {
        Ok(Timer(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?))
    }

    /// Fires at `at_ns` ([`monotonic_ns`]); a moment in the past fires at once. Replaces the moment set before.
    pub fn arm(&self, at_ns: u64) -> io::Result<()> {
        // Zero would mean "disarm" to the kernel.
        self.set(at_ns.max(1))
    }

    /// Does not fire any more.
    pub fn disarm(&self) -> io::Result<()> {
        self.set(0)
    }

    /// Takes a firing away; true when it had fired.
    pub fn drain(&self) -> io::Result<bool> {
        let mut count = [0_u8; 8];
        match rustix::io::read(&self.0, &mut count) {
            Ok(_) => Ok(true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    fn set(&self, at_ns: u64) -> io::Result<()> {
        let once = Itimerspec { it_interval: timespec(0), it_value: timespec(at_ns) };
        timerfd_settime(&self.0, TimerfdTimerFlags::ABSTIME, &once)?;
        Ok(())
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until one of `fds` is ready or the time is over (`None`: without end). Returns how many are ready; an
/// interrupting signal counts as 0, so that the caller simply turns again. With several moments to keep, a [`Timer`]
/// among `fds` is more exact than `timeout`.
pub fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    let timeout = timeout.map(|d| timespec(u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)));
    match rustix::event::poll(fds, timeout.as_ref()) {
        Ok(n) => Ok(n),
        Err(Errno::INTR) => {
            for fd in fds {
                fd.clear_revents();
            }
            Ok(0)
        }
        Err(e) => Err(e.into()),
    }
}

/// There is something to read, be it only the end or an error.
pub fn readable(fd: &PollFd<'_>) -> bool {
    fd.revents().intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
}

/// Writing would not block, or would say what is wrong.
pub fn writable(fd: &PollFd<'_>) -> bool {
    fd.revents().intersects(PollFlags::OUT | PollFlags::HUP | PollFlags::ERR)
}

/// The other side is gone or the descriptor is broken.
pub fn broken(fd: &PollFd<'_>) -> bool {
    fd.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

#[cfg(test)]
mod tests;
