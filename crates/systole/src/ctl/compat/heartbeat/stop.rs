//! Ending the daemon and waiting for its end, also when nobody collects it (a container without an init).
//! Not here: what it releases on its way.

use super::{running, start};
use crate::paths::Paths;
use rustix::process::{Signal, pidfd_send_signal};
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use systole_sys::spawn::pidfd;
use systole_sys::wait::{PollFd, PollFlags, poll};

/// Each service may take a minute or more to stop, and they stop one after the other.
const WITHIN: Duration = Duration::from_secs(600);

pub fn run(paths: &Paths) -> ExitCode {
    let Some(pid) = running::pid(&paths.run_dir) else {
        println!("INFO: Heartbeat already stopped.");
        return ExitCode::SUCCESS;
    };
    if running::by_unit(pid) {
        return start::systemctl("stop");
    }
    if running::stands_still(pid) {
        eprintln!(
            "heartbeat: process {pid} is suspended (SIGSTOP) and hears no signal but: kill -CONT {pid}. The peer has \
             taken over or will; after CONT this node releases what it holds. Then try again"
        );
        return ExitCode::from(1);
    }
    match end(paths, pid) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            let seconds = WITHIN.as_secs();
            eprintln!(
                "heartbeat: process {pid} was told to stop and still runs after {seconds} s; its log says what it waits for"
            );
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("heartbeat: process {pid} cannot be stopped: {error}");
            ExitCode::from(1)
        }
    }
}

/// True when it has ended. Its descriptor tells, which a process that nobody collects does not keep silent.
fn end(paths: &Paths, pid: u32) -> std::io::Result<bool> {
    let process: OwnedFd = pidfd(pid)?;
    // The number may have passed to another process before the descriptor was opened.
    if running::pid(&paths.run_dir) != Some(pid) {
        return Ok(true);
    }
    pidfd_send_signal(&process, Signal::TERM)?;
    let until = Instant::now() + WITHIN;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let ended = poll(&mut [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)], Some(left))? > 0;
        if ended || left.is_zero() {
            return Ok(ended);
        }
    }
}
