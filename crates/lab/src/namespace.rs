//! A set of namespaces that lives exactly as long as this process wants it: kept by one process of its own and by nothing
//! else, no name in /run/netns, no mount outside.
//! Not here: what a node or a switch puts into it.

use crate::process::{Finished, Process, end, exited, finish, pidfd};
use crate::stop::Stop;
use anyhow::{Context, Result, bail};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::{Signal, pidfd_send_signal};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where programs are looked for inside; the last holds the program under test.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/systole/bin";

/// Every script is read after this: its first process says who it is, sets up, and then waits for the end of its
/// standard input. The lab holds the other end of that pipe, so the kernel ends the namespaces with the lab, however
/// the lab ends. Written for bash, which as process 1 also collects orphans.
const PROLOGUE: &str = "set -eu; read -r pid _ </proc/self/stat\n";
const EPILOGUE: &str = "\necho \"ready $pid\"; exec >&2; while read -r _; do :; done\n";

/// Running namespaces.
#[derive(Debug)]
pub struct Namespace {
    // unshare; its child is the first process inside. Closing its standard input ends both.
    outer: Child,
    first: OwnedFd,
    pid: u32,
    enter: &'static [&'static str],
    stop: Stop,
}

/// The kinds, as unshare and nsenter both spell them.
pub const NETWORK: &[&str] = &["--net"];
pub const MACHINE: &[&str] = &["--mount", "--uts", "--ipc", "--net", "--pid"];

impl Namespace {
    /// Makes new namespaces of `kinds` and runs `script` in them with `arguments` as `$1`...
    /// What the script says goes to `log`.
    ///
    /// # Errors
    /// No rights (root is needed), or the script failed: its last words are in the error.
    pub fn start(
        stop: &Stop,
        kinds: &'static [&'static str],
        script: &str,
        arguments: &[&str],
        log: &Path,
    ) -> Result<Namespace> {
        let file = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new("unshare");
        command.args(kinds).args(["--fork", "--kill-child", "--", "bash", "-c"]);
        command.arg(format!("{PROLOGUE}{script}{EPILOGUE}")).arg("lab").args(arguments);
        command.env_clear().env("PATH", PATH).env("LC_ALL", "C");
        // A process group of its own: Ctrl-C is for the lab, which then cleans up in order.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file).process_group(0);
        let mut outer = command.spawn().context("cannot start unshare (Debian package util-linux)")?;
        let ready = first_line(stop, &mut outer).inspect_err(|_| end(&mut outer))?;
        let pid = ready.strip_prefix("ready ").and_then(|pid| pid.trim().parse().ok());
        let Some(pid) = pid else {
            end(&mut outer);
            let words = std::fs::read_to_string(log).unwrap_or_default();
            bail!("new namespaces could not be set up (root rights are needed): {}", words.trim());
        };
        let first = pidfd(pid)?;
        Ok(Namespace { outer, first, pid, enter: kinds, stop: stop.clone() })
    }

    /// Process id of the first process inside, as the host sees it.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.pid)).args(self.enter).arg("--").args(words);
        command.env_clear().env("PATH", PATH).env("HOME", "/root").env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a program inside to its end, at most `limit`; it is killed then.
    ///
    /// # Errors
    /// It cannot be started or does not end in time. Its own exit status is no error.
    pub fn run(&self, words: &[&str], limit: Duration) -> Result<Finished> {
        // Inside too: what nsenter forked would outlive nsenter.
        let seconds = format!("{}", limit.as_secs().max(1));
        let all: Vec<&str> = ["timeout", "-k1", &seconds].iter().chain(words).copied().collect();
        let done = finish(&self.stop, self.command(&all), limit + Duration::from_secs(5))?;
        if done.code() == Some(124) {
            bail!("{} did not end within {limit:?}: {}", words.join(" "), done.err.trim());
        }
        Ok(done)
    }

    /// Starts a program inside that runs on; its output is appended to `log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&self, words: &[&str], log: &Path) -> Result<Process> {
        Process::start(&self.stop, self.command(words), log)
    }

    /// Path of one namespace, for whoever wants to enter it.
    pub fn path(&self, kind: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/ns/{kind}", self.pid))
    }

    /// Runs `work` on a thread that stands in the network namespace: sockets made there belong to it for good.
    ///
    /// # Errors
    /// The namespace cannot be entered, or `work` fails.
    pub fn in_network<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let network = File::open(self.path("net"))?;
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                enter_network(&network)?;
                work()
            });
            thread.join().unwrap_or_else(|_| bail!("a thread in a network namespace broke down"))
        })
    }

    /// The end, as a power cut is: the kernel kills everything inside at once. Returns when all are dead.
    pub fn kill(&mut self) {
        let _ = pidfd_send_signal(&self.first, Signal::KILL);
        // The kernel needs no more than milliseconds; whatever happens, this must not wait for ever.
        let never = Stop::new();
        if let Ok(never) = never {
            let _ = exited(&never, &self.outer, Duration::from_secs(10));
        }
        end(&mut self.outer);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Moves the calling thread, and only it.
pub fn enter_network(network: &File) -> Result<()> {
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .context("cannot enter a network namespace")
}

/// What the first process says when it is ready; empty if it ended without a word.
fn first_line(stop: &Stop, outer: &mut Child) -> Result<String> {
    let mut pipe = outer.stdout.take().context("no pipe from the new namespace")?;
    let mut line = String::new();
    let mut buffer = [0u8; 64];
    while !line.contains('\n') {
        if !stop.wait_fd(pipe.as_fd(), Duration::from_secs(30))? {
            bail!("new namespaces were not ready within 30 s");
        }
        match pipe.read(&mut buffer)? {
            0 => break,
            n => line.push_str(&String::from_utf8_lossy(buffer.get(..n).unwrap_or_default())),
        }
    }
    Ok(line)
}
