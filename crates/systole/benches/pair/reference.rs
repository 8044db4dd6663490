//! What the machine itself does to a punctual thread: one that only sleeps to the same grid, in the class of heart.
//! Not here: beats.

use anyhow::{Context, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use systole_sys::realtime;
use systole_sys::wait::{self, PollFd, PollFlags, Timer, monotonic_ns};

/// Measures until asked.
#[derive(Debug)]
pub struct Reference {
    thread: JoinHandle<Result<Vec<u64>>>,
    ending: Arc<AtomicBool>,
}

impl Reference {
    pub fn start(period_ns: u64) -> Reference {
        let ending = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ending);
        let thread = std::thread::spawn(move || {
            realtime::become_fifo(None)?;
            sleep_to_the_grid(period_ns, &told)
        });
        Reference { thread, ending }
    }

    /// How late it woke for each slot, in nanoseconds.
    pub fn lateness(self) -> Result<Vec<u64>> {
        self.ending.store(true, Ordering::SeqCst);
        self.thread.join().ok().context("the thread that only sleeps broke down")?
    }
}

fn sleep_to_the_grid(period_ns: u64, ending: &AtomicBool) -> Result<Vec<u64>> {
    let timer = Timer::new()?;
    let mut late = Vec::new();
    let mut due_ns = monotonic_ns() + period_ns;
    while !ending.load(Ordering::SeqCst) {
        timer.arm(due_ns)?;
        wait::poll(&mut [PollFd::new(&timer, PollFlags::IN)], None)?;
        let now_ns = monotonic_ns();
        while due_ns <= now_ns {
            late.push(now_ns - due_ns);
            due_ns += period_ns;
        }
    }
    Ok(late)
}
