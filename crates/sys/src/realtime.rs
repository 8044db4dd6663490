//! What makes a process punctual and hard to kill: locked memory, the FIFO class, fine timers.
//! Every refusal names the right that is missing and what follows. Not here: clocks (`wait.rs`).

use rustix::mm::MlockAllFlags;
use rustix::process::{DumpableBehavior, Resource};
use std::io;
use std::num::NonZeroU64;
use thiserror::Error;

/// The class is asked for with this when nothing else is said: above every ordinary thread, below the kernel's own
/// interrupt threads (50).
pub const FIFO_PRIORITY: u8 = 10;

/// What could not be had. The process can go on without; the text is the one line to log.
#[derive(Debug, Error)]
pub enum RealtimeError {
    #[error(
        "memory is not locked: {0}. Give the process CAP_IPC_LOCK (run as root) or LimitMEMLOCK=infinity; until then \
         beats can be late when the machine swaps"
    )]
    Memory(#[source] io::Error),
    #[error(
        "no real-time class: {0}. Give the process CAP_SYS_NICE (run as root) or LimitRTPRIO={1}; until then beats \
         can be late on a busy machine"
    )]
    Fifo(#[source] io::Error, u8),
    #[error("timers stay coarse: {0}. Beats can be 50 microseconds late, nothing worse follows")]
    Slack(#[source] io::Error),
    #[error("the process stays dumpable: {0}. A core file could contain the cluster's keys")]
    Dumpable(#[source] io::Error),
    #[error(
        "the out-of-memory score stays as it is: {0}. Lowering it needs CAP_SYS_RESOURCE (run as root, or \
         OOMScoreAdjust= in the unit); when memory runs out, the kernel may end this process like any other"
    )]
    OutOfMemory(#[source] io::Error),
}

/// Locks the memory of this process, now and later, page by page as pages are first used (`MCL_ONFAULT`).
///
/// Locking everything mapped instead would make the whole executable and every library resident: several MiB for code
/// that never runs in heart, beyond the goal of 8 MiB for both processes. The price: the first use of a code page may
/// still read it from the disk. The path of a beat is used from the first second on and so stays; slow work is in
/// hands anyway. Children do not inherit the lock.
///
/// Refused, and nothing locked, when the limit is finite: under one a later allocation would fail instead of swap.
pub fn lock_memory() -> Result<(), RealtimeError> {
    let limit = rustix::process::getrlimit(Resource::Memlock);
    if limit.current.is_some() && !has_capability(rustix::thread::CapabilitySet::IPC_LOCK) {
        let reason = format!("the limit of {} bytes is too small", limit.current.unwrap_or(0));
        return Err(RealtimeError::Memory(io::Error::new(io::ErrorKind::PermissionDenied, reason)));
    }
    rustix::mm::mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
        .map_err(|e| RealtimeError::Memory(e.into()))
}

/// Puts the calling thread into SCHED_FIFO at `priority` (1 to 99, [`FIFO_PRIORITY`] when `None`). Children begin in
/// the ordinary class again (reset on fork), so that no agent ever competes with the beat.
pub fn become_fifo(priority: Option<u8>) -> Result<(), RealtimeError> {
    let priority = priority.unwrap_or(FIFO_PRIORITY);
    let mut param = ZERO_PARAM;
    param.sched_priority = i32::from(priority);
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // Not libc's function: musl's only returns ENOSYS, as POSIX means processes and Linux means threads.
    // SAFETY: `param` is a valid sched_param for the whole call; 0 means the calling thread.
    let done = unsafe { libc::syscall(libc::SYS_sched_setscheduler, 0, policy, &raw const param) };
    if done == 0 { Ok(()) } else { Err(RealtimeError::Fifo(io::Error::last_os_error(), priority)) }
}

// musl's sched_param has more fields than glibc's.
// SAFETY: a plain C struct of integers, for which zero is a value.
const ZERO_PARAM: libc::sched_param = unsafe { std::mem::zeroed() };

/// Lets the calling thread's timers fire within a nanosecond of their time instead of the usual 50 microseconds.
/// (A FIFO thread has no slack anyway; this helps where the class was refused.)
pub fn timer_slack_1ns() -> Result<(), RealtimeError> {
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1)).map_err(|e| RealtimeError::Slack(e.into()))
}

/// No core file and no other process of the same user shall read our memory: keys are in it.
pub fn undumpable() -> Result<(), RealtimeError> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| RealtimeError::Dumpable(e.into()))
}

/// Sets how readily the kernel ends this process when memory runs out: -1000 never, 0 ordinary, 1000 first.
/// Children inherit it: who starts services sets 0 first (raising needs no right).
pub fn oom_score_adj(score: i16) -> Result<(), RealtimeError> {
    std::fs::write("/proc/self/oom_score_adj", score.to_string()).map_err(RealtimeError::OutOfMemory)
}

fn has_capability(wanted: rustix::thread::CapabilitySet) -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(wanted))
}

#[cfg(test)]
mod tests;
