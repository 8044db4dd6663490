//! Programs inside a namespace: run to their end, or kept running with their words in a file.
//! Not here: which namespaces; the caller builds the command that enters them.

use crate::stop::Stop;
use anyhow::{Context, Result, bail};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How a program ended and what it said.
#[derive(Debug, Clone)]
pub struct Finished {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Finished {
    /// Exit status, or nothing if a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// # Errors
    /// The program did not end with 0; its own words are in the error.
    pub fn ok(self, what: &str) -> Result<Finished> {
        if self.status.success() { Ok(self) } else { bail!("{what} failed ({}): {}", self.status, self.err.trim()) }
    }
}

/// Runs `command` to its end, at most `limit`.
pub(crate) fn finish(stop: &Stop, mut command: Command, limit: Duration) -> Result<Finished> {
    // Files in memory and no pipes: a daemon that keeps the descriptor open must not keep us waiting.
    let (mut out, mut err) = (memory()?, memory()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(err.try_clone()?).process_group(0);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", describe(&command)))?;
    if !exited(stop, &child, limit).inspect_err(|_| end(&mut child))? {
        end(&mut child);
        bail!("{} did not end within {limit:?}", describe(&command));
    }
    let status = child.wait()?;
    Ok(Finished { status, out: text(&mut out)?, err: text(&mut err)? })
}

fn memory() -> Result<File> {
    Ok(File::from(rustix::fs::memfd_create("output", rustix::fs::MemfdFlags::CLOEXEC)?))
}

fn text(file: &mut File) -> Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn describe(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    format!("{} {}", command.get_program().to_string_lossy(), words.join(" "))
}

/// Waits for the end of `child` without taking its status.
pub(crate) fn exited(stop: &Stop, child: &Child, limit: Duration) -> Result<bool> {
    stop.wait_fd(pidfd(child.id())?.as_fd(), limit)
}

pub(crate) fn pidfd(pid: u32) -> Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("no process id")?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

pub(crate) fn end(child: &mut Child) {
    // Both fail only when it is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

/// A program that runs on inside a node. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    // The program that entered the namespaces and waits there for the real one.
    outer: Child,
    inner: OwnedFd,
    inner_pid: u32,
    stop: Stop,
    log: PathBuf,
}

impl Process {
    /// Starts `command`, which enters a process namespace and forks there once, as nsenter does.
    pub(crate) fn start(stop: &Stop, mut command: Command, log: &Path) -> Result<Process> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot open the log {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
        let mut outer = command.spawn().with_context(|| format!("cannot start {}", describe(&command)))?;
        match inside(stop, &mut outer) {
            Ok((inner_pid, inner)) => Ok(Process { outer, inner, inner_pid, stop: stop.clone(), log: log.to_owned() }),
            Err(error) => {
                end(&mut outer);
                Err(error).with_context(|| format!("{} did not start, see {}", describe(&command), log.display()))
            }
        }
    }

    /// Process id as the host sees it.
    pub fn pid(&self) -> u32 {
        self.inner_pid
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// # Errors
    /// It has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        pidfd_send_signal(&self.inner, signal).context("the process has ended already")?;
        if signal == Signal::CONT {
            // nsenter stops itself together with its child and would stay so.
            if let Ok(outer) = pidfd(self.outer.id()) {
                pidfd_send_signal(outer, signal)?;
            }
        }
        Ok(())
    }

    /// Waits for its end, at most `limit`; nothing if it still runs then.
    ///
    /// # Errors
    /// Interrupted, or the wait fails.
    pub fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        if exited(&self.stop, &self.outer, limit)? { Ok(Some(self.outer.wait()?)) } else { Ok(None) }
    }

    /// Does it still run?
    pub fn running(&mut self) -> bool {
        matches!(self.outer.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = pidfd_send_signal(&self.inner, Signal::KILL);
        end(&mut self.outer);
    }
}

/// The process that `outer` forked into the namespace.
fn inside(stop: &Stop, outer: &mut Child) -> Result<(u32, OwnedFd)> {
    let list = format!("/proc/{0}/task/{0}/children", outer.id());
    let found = stop.until(Duration::from_secs(10), || {
        if let Some(status) = outer.try_wait()? {
            bail!("it ended at once: {status}");
        }
        let children = std::fs::read_to_string(&list).unwrap_or_default();
        Ok(children.split_whitespace().next().and_then(|pid| pid.parse().ok()))
    })?;
    let pid: u32 = found.context("it did not enter its namespaces within 10 s")?;
    // Its parent has not collected it, so the number cannot belong to another process.
    Ok((pid, pidfd(pid)?))
}
