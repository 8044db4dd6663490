//! Apache without its init script, which sleeps a second in start and in stop.
//! Here: start, stop, status, and the remains of a killed one. Not here: where it lies (layout.rs).
//!
//! It is started in the foreground: every error until it serves is then an exit of our child with a message,
//! and its process number is known at once. It stays when this process ends; its pid file finds it again.

mod layout;

use crate::hands::agent::family::Kin;
use crate::hands::agent::process::{Call, Turn};
use crate::hands::agent::{Failure, Started, State, readiness};
use layout::Layout;
use rustix::process::{Pid, PidfdFlags, Resource, Signal};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often a starting Apache is looked at; Debian's serves after some 20 ms.
const LOOK: Duration = Duration::from_millis(1);
/// Of the time for a stop, so much is kept for KILL.
const FOR_KILL: Duration = Duration::from_secs(2);
/// Before another look at what could not be looked at.
const UNREADABLE: Duration = Duration::from_secs(1);
/// Open files, as apache2ctl sets it.
const OPEN_FILES: u64 = 8192;

/// One Apache.
#[derive(Debug)]
pub struct Apache {
    configuration: Option<String>,
    layout: Mutex<Option<Arc<Layout>>>,
    /// TERM was sent: what still lives is about to end and must not be taken for running.
    stopping: AtomicBool,
}

impl Apache {
    /// The first argument, if any, is the configuration file.
    pub fn new(arguments: &[String]) -> Apache {
        let configuration = arguments.first().filter(|file| !file.is_empty()).cloned();
        Apache { configuration, layout: Mutex::new(None), stopping: AtomicBool::new(false) }
    }

    /// Reads the settings ahead of time: it takes a shell, and a takeover should not wait for one.
    pub async fn prepare(&self) {
        let _ = self.layout().await;
    }

    async fn layout(&self) -> Result<Arc<Layout>, String> {
        let mut known = self.layout.lock().await;
        if let Some(layout) = known.as_ref().filter(|layout| layout.is_current()) {
            return Ok(Arc::clone(layout));
        }
        let new = Arc::new(Layout::read(self.configuration.as_deref()).await?);
        Ok(Arc::clone(known.insert(new)))
    }

    /// Where it answers, by its settings on this node.
    pub async fn port(&self) -> Option<u16> {
        Some(self.listen().await?.port())
    }

    /// The same with the address; loopback where it listens everywhere.
    pub async fn listen(&self) -> Option<SocketAddr> {
        self.layout().await.ok()?.listen()
    }

    /// Waits for the end of its main process, by kernel event; gives a sentence, at once when there is none.
    pub async fn ended(&self) -> String {
        let mut known = None;
        loop {
            let layout = match self.layout().await {
                Ok(layout) => layout,
                Err(_) => {
                    // Somebody edits its settings just now; what runs goes on.
                    tokio::time::sleep(UNREADABLE).await;
                    continue;
                }
            };
            let Some((pid, handle)) = main_process(&layout) else {
                return match known {
                    Some(pid) => format!("its main process {pid} has ended"),
                    None => "it does not run".to_owned(),
                };
            };
            known = Some(pid.as_raw_pid());
            match readiness::register(handle) {
                // Another one may be in its place: somebody restarted it by hand.
                Ok(handle) => drop(handle.readable().await),
                Err(_) => tokio::time::sleep(UNREADABLE).await,
            }
        }
    }

    /// Runs when the process of the pid file lives and is Apache.
    pub async fn status(&self) -> State {
        match self.layout().await {
            Err(_) if !layout::is_installed() => State::Stopped,
            Err(why) => State::Unknown(why),
            Ok(layout) if main_process(&layout).is_none() => State::Stopped,
            Ok(_) if self.stopping.load(Ordering::Relaxed) => State::Unknown("it is still ending".to_owned()),
            Ok(_) => State::Running,
        }
    }

    /// Starts it and returns when it accepts connections.
    ///
    /// # Errors
    /// It ended (with what it said), or did not listen in time and was killed.
    pub async fn start(&self, within: Duration, turn: &Turn) -> Result<Started, Failure> {
        let layout = self.layout().await.map_err(Failure)?;
        if main_process(&layout).is_some() {
            if !self.stopping.load(Ordering::Relaxed) {
                return Ok(Started::default());
            }
            self.stop(within).await?;
        }
        kill_remains(&layout);
        layout.make_directories().map_err(Failure)?;
        let call = Call {
            program: layout.program.clone(),
            arguments: layout.arguments.clone(),
            environment: layout.environment.clone(),
            deadline: within,
        };
        let running = call.run_until(turn, |pid| is_ready(Arc::clone(&layout), pid)).await;
        running.map(|()| Started::default()).map_err(|why| Failure(format!("start failed: {why}")))
    }

    /// TERM to the main process, which ends its children; KILL for what is left.
    ///
    /// # Errors
    /// Something survived KILL.
    pub async fn stop(&self, within: Duration) -> Result<Started, Failure> {
        let layout = self.layout().await.map_err(Failure)?;
        if let Some((pid, handle)) = main_process(&layout) {
            self.stopping.store(true, Ordering::Relaxed);
            let _ = rustix::process::pidfd_send_signal(&handle, Signal::TERM);
            // One that was stopped by a signal hears no other before it goes on.
            let _ = rustix::process::kill_process_group(pid, Signal::CONT);
            let patience = within.saturating_sub(FOR_KILL).max(within / 2);
            if !ended(handle, patience).await {
                let _ = rustix::process::kill_process_group(pid, Signal::KILL);
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
        kill_remains(&layout);
        let gone = tokio::time::timeout(FOR_KILL, async {
            while main_process(&layout).is_some() || !remains(&layout).is_empty() {
                tokio::time::sleep(LOOK).await;
            }
        });
        match gone.await {
            Ok(()) => {
                self.stopping.store(false, Ordering::Relaxed);
                // After KILL the file is stale; Apache itself removes it after TERM.
                let _ = std::fs::remove_file(&layout.pid_file);
                Ok(Started::default())
            }
            Err(_) => Err(Failure(format!("stop failed: processes of {} survive KILL", layout.program.display()))),
        }
    }
}

/// The number in the pid file, whoever that is now.
fn written_pid(layout: &Layout) -> Option<Pid> {
    std::fs::read_to_string(&layout.pid_file).ok()?.trim().parse().ok().and_then(Pid::from_raw)
}

/// Does this process run our program? A deleted file (package upgrade) is still the program.
fn is_apache(pid: i32, program: &Path) -> bool {
    let Ok(exe) = std::fs::read_link(format!("/proc/{pid}/exe")) else { return false };
    let exe = exe.to_string_lossy();
    Path::new(exe.strip_suffix(" (deleted)").unwrap_or(&exe)) == program
}

/// The living main process. The handle is taken before the look at the program, so that a number used again
/// between the two cannot be signalled by mistake.
fn main_process(layout: &Layout) -> Option<(Pid, OwnedFd)> {
    let pid = written_pid(layout)?;
    let handle = rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok()?;
    is_apache(pid.as_raw_pid(), &layout.program).then_some((pid, handle))
}

/// Children of a main process that was killed: they keep serving, and hold the port against a new start.
fn remains(layout: &Layout) -> Vec<i32> {
    let Some(main) = written_pid(layout) else { return Vec::new() };
    if rustix::process::test_kill_process_group(main).is_err() {
        return Vec::new();
    }
    let of_group = Kin::all().into_iter().filter(|kin| kin.group == main.as_raw_pid());
    of_group.map(|kin| kin.pid).filter(|pid| is_apache(*pid, &layout.program)).collect()
}

fn kill_remains(layout: &Layout) {
    if main_process(layout).is_none() {
        for pid in remains(layout).into_iter().filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// Waits for the end of a process by kernel event; false when it outlives its time.
async fn ended(handle: OwnedFd, within: Duration) -> bool {
    let Ok(handle) = readiness::register(handle) else { return false };
    tokio::time::timeout(within, handle.readable()).await.is_ok_and(|ready| ready.is_ok())
}

/// It writes its pid file once its sockets are open; that it is *its* number tells it from a stranger on the port.
async fn is_ready(layout: Arc<Layout>, pid: i32) {
    allow_open_files(pid);
    let listen = layout.listen();
    loop {
        if written_pid(&layout).is_some_and(|written| written.as_raw_pid() == pid) {
            match listen {
                None => return,
                Some(address) => match tokio::net::TcpStream::connect(address).await {
                    Ok(_) => return,
                    Err(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {}
                    // No way to it from here (the loopback interface is down, or the address comes later).
                    Err(_) => return,
                },
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn allow_open_files(pid: i32) {
    let old = rustix::process::getrlimit(Resource::Nofile);
    let wanted = old.maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    if old.current.is_some_and(|now| now < wanted) {
        let new = rustix::process::Rlimit { current: Some(wanted), maximum: old.maximum };
        // Refused or too late it only means fewer connections, as it is now.
        let _ = rustix::process::prlimit(Pid::from_raw(pid), Resource::Nofile, new);
    }
}

#[cfg(test)]
mod tests;
