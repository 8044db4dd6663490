//! When the kernel of a machine has the first new address.
//! Not here: announcements (eye.rs).

use anyhow::{Context, Result};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use systole_sys::netlink::{KernelEvent, Watch};
use systole_sys::wait::{self, PollFd, PollFlags, monotonic_ns};

/// Watches until the first one or until asked.
#[derive(Debug)]
pub struct FirstAddress {
    thread: JoinHandle<Result<Option<u64>>>,
    ending: Arc<AtomicBool>,
}

impl FirstAddress {
    /// On the machine of process `pid`; when this returns, nothing is missed any more.
    pub fn watch(pid: u32) -> Result<FirstAddress> {
        let network = File::open(format!("/proc/{pid}/ns/net"))?;
        let ending = Arc::new(AtomicBool::new(false));
        let (ready, watching) = mpsc::channel();
        let told = Arc::clone(&ending);
        let thread = std::thread::spawn(move || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
            let mut watch = Watch::open()?;
            ready.send(())?;
            first(&mut watch, &told)
        });
        // Without the word the thread has ended with its error, which `seen` gives.
        let _ = watching.recv();
        Ok(FirstAddress { thread, ending })
    }

    /// The moment, if there was one.
    pub fn seen(self) -> Result<Option<u64>> {
        self.ending.store(true, Ordering::SeqCst);
        self.thread.join().ok().context("the thread that watches for an address broke down")?
    }
}

fn first(watch: &mut Watch, ending: &AtomicBool) -> Result<Option<u64>> {
    while !ending.load(Ordering::SeqCst) {
        let mut fds = [PollFd::from_borrowed_fd(watch.as_fd(), PollFlags::IN)];
        wait::poll(&mut fds, Some(Duration::from_millis(100)))?;
        let at_ns = monotonic_ns();
        while let Some(event) = watch.next()? {
            if matches!(event, KernelEvent::AddressAdded(_)) {
                return Ok(Some(at_ns));
            }
        }
    }
    Ok(None)
}
