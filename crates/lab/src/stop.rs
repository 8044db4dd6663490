//! "Stop now": one handle that every wait in the lab listens to, and the signals that set it.
//! Not here: what is cleaned up then; that is `Drop` of whatever holds something.

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::time::Timespec;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// The lab was told to end: Ctrl-C, SIGTERM or SIGHUP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Set once, seen by every wait. Clones are the same handle.
#[derive(Debug, Clone)]
pub struct Stop {
    // A pipe and not a flag, so that a wait on a descriptor can wait for this too.
    read: Arc<OwnedFd>,
    write: Arc<OwnedFd>,
}

impl Stop {
    /// A handle that nothing sets but [`Stop::trigger`].
    ///
    /// # Errors
    /// No descriptors are left.
    pub fn new() -> Result<Stop> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        Ok(Stop { read: Arc::new(read), write: Arc::new(write) })
    }

    /// A handle that SIGINT, SIGTERM and SIGHUP set. From here on they no longer end the process by themselves.
    ///
    /// # Errors
    /// The signals cannot be caught.
    pub fn on_signals() -> Result<Stop> {
        let stop = Stop::new()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Registered before this returns: a signal right after it already counts.
        let (mut int, mut term, mut hup) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?)
        };
        let handle = stop.clone();
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                runtime.block_on(async {
                    loop {
                        tokio::select! { _ = int.recv() => {}, _ = term.recv() => {}, _ = hup.recv() => {} }
                        handle.trigger();
                    }
                });
            })
            .context("cannot start the thread that catches signals")?;
        Ok(stop)
    }

    /// Sets it, for good.
    pub fn trigger(&self) {
        // A full pipe is set already.
        let _ = rustix::io::write(&*self.write, b"!");
    }

    pub fn is_set(&self) -> bool {
        matches!(wait_readable(&[self.read.as_fd()], Duration::ZERO), Ok(Some(_)))
    }

    /// # Errors
    /// [`Interrupted`] when it is set.
    pub fn check(&self) -> Result<()> {
        if self.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    }

    /// Waits until `fd` is readable, at most `limit`. True when it is.
    ///
    /// # Errors
    /// [`Interrupted`], or the wait itself fails.
    pub fn wait_fd(&self, fd: BorrowedFd<'_>, limit: Duration) -> Result<bool> {
        match wait_readable(&[self.read.as_fd(), fd], limit)? {
            Some(0) => Err(Interrupted.into()),
            Some(_) => Ok(true),
            None => Ok(false),
        }
    }

    /// Looks at `condition` every few milliseconds until it gives something, at most `limit`.
    ///
    /// # Errors
    /// [`Interrupted`], or what `condition` fails with.
    pub fn until<T>(&self, limit: Duration, mut condition: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
        let end = Instant::now() + limit;
        loop {
            if let Some(value) = condition()? {
                return Ok(Some(value));
            }
            let now = Instant::now();
            if now >= end {
                return Ok(None);
            }
            if wait_readable(&[self.read.as_fd()], (end - now).min(Duration::from_millis(5)))?.is_some() {
                return Err(Interrupted.into());
            }
        }
    }

    /// Waits for the signal alone, without end.
    pub fn wait(&self) {
        while !matches!(wait_readable(&[self.read.as_fd()], Duration::from_secs(3600)), Ok(Some(_))) {}
    }
}

/// Index of the first readable descriptor, or nothing within `limit`.
pub(crate) fn wait_readable(fds: &[BorrowedFd<'_>], limit: Duration) -> Result<Option<usize>> {
    let end = Instant::now() + limit;
    loop {
        let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        match poll(&mut polled, Some(&timespec(end.saturating_duration_since(Instant::now())))) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(polled.iter().position(|fd| !fd.revents().is_empty())),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("waiting failed"),
        }
    }
}

/// A duration as the kernel takes it.
pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
