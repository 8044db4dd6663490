//! One run of an agent: its own process group, an environment from scratch, a deadline, bounded output.
//! Not here: what the answer of an agent means.
//!
//! The process is attended by a task of its own. Whoever asked may lose interest at any moment (a newer job);
//! the task notices, kills the whole family and keeps the group's turn until the family is dead, so the next
//! job of that group never runs beside the remains of the last one.

use crate::hands::agent::capture::Capture;
use crate::hands::agent::family::{self, Leftover};
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// How long the dead may take to die after KILL; only a process stuck in the kernel needs more.
const BURIAL: Duration = Duration::from_secs(5);

/// The right to run something for one group; at most one process of a group is under way.
#[derive(Debug, Clone, Default)]
pub struct Turn(Arc<Mutex<()>>);

impl Turn {
    /// Waits until nothing of this group is under way any more.
    pub async fn wait(&self) {
        drop(self.0.lock().await);
    }
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Call {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub environment: Vec<(String, String)>,
    /// After it the process is killed with its whole group.
    pub deadline: Duration,
}

/// A process that ended by itself.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub output: Capture,
    /// Processes of its group that live on (a daemon it started, for instance).
    pub left: Option<Leftover>,
}

/// Why there is no [`Finished`].
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("cannot run {program}: {error}")]
    Spawn { program: String, error: std::io::Error },
    #[error("{program} did not end within {after:?} and was killed{}", .output.said())]
    Deadline { program: String, after: Duration, output: Capture },
    #[error("{program} ended early: {}{}", exit_words(*status), .output.said())]
    Ended { program: String, status: ExitStatus, output: Capture },
    #[error("waiting for {program} failed: {error}")]
    Wait { program: String, error: std::io::Error },
}

impl CallError {
    /// The program is not there, or may not be run: it cannot have done anything either.
    pub fn is_absent(&self) -> bool {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        matches!(self, CallError::Spawn { error, .. } if matches!(error.kind(), NotFound | PermissionDenied))
    }
}

impl Call {
    /// Runs it to its end. Dropping the future kills the process and all its descendants.
    ///
    /// # Errors
    /// [`CallError`]; a non-zero exit code is no error here.
    pub async fn run(self, turn: &Turn) -> Result<Finished, CallError> {
        let turn = Arc::clone(&turn.0).lock_owned().await;
        let program = self.program.display().to_string();
        let (child, pipe) = self.spawn().map_err(|error| CallError::Spawn { program: program.clone(), error })?;
        let (tell, told) = oneshot::channel();
        tokio::spawn(attend(Attended { child, pipe, program: program.clone(), turn }, self.deadline, tell));
        told.await.unwrap_or_else(|_| Err(lost(program)))
    }

    /// Starts a service that stays in the foreground and returns when `ready` does, which is told its process id.
    /// From then on it lives on its own; only its death is awaited, so that no zombie remains.
    /// Dropping the future before that kills it.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Ended`] when it ends before it is ready.
    pub async fn run_until<R>(self, turn: &Turn, ready: impl FnOnce(i32) -> R) -> Result<(), CallError>
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let turn = Arc::clone(&turn.0).lock_owned().await;
        let program = self.program.display().to_string();
        let (child, pipe) = self.spawn().map_err(|error| CallError::Spawn { program: program.clone(), error })?;
        let ready = ready(child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default());
        let (tell, told) = oneshot::channel();
        tokio::spawn(attend_service(
            Attended { child, pipe, program: program.clone(), turn },
            self.deadline,
            ready,
            tell,
        ));
        told.await.unwrap_or_else(|_| Err(lost(program)))
    }

    fn spawn(&self) -> std::io::Result<(Child, Receiver)> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        // Only the reading end: the agent must not find a pipe that says EAGAIN.
        rustix::io::ioctl_fionbio(&read, true)?;
        let pipe = Receiver::from_owned_fd(read)?;
        // The command holds both writing ends and ends with this function; else the pipe would never close.
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir("/").process_group(0);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(write.try_clone()?).stderr(write);
        Ok((command.spawn()?, pipe))
    }
}

fn lost(program: String) -> CallError {
    CallError::Wait { program, error: std::io::Error::other("the task that attends it ended") }
}

type Tell<T> = oneshot::Sender<Result<T, CallError>>;

/// A running process and the turn that it holds.
struct Attended {
    child: Child,
    pipe: Receiver,
    program: String,
    turn: OwnedMutexGuard<()>,
}

async fn attend(process: Attended, deadline: Duration, mut tell: Tell<Finished>) {
    let Attended { mut child, mut pipe, program, turn } = process;
    let group = group_of(&child);
    let mut output = Capture::default();
    let ended = tokio::select! {
        status = watch(&mut child, &mut pipe, &mut output) => Some(status),
        () = tokio::time::sleep(deadline) => None,
        () = tell.closed() => None,
    };
    let result = match ended {
        Some(Ok(status)) => {
            drain_now(&pipe, &mut output);
            let left = group.and_then(Leftover::find);
            tokio::spawn(discard(pipe));
            Ok(Finished { status, output, left })
        }
        Some(Err(error)) => Err(CallError::Wait { program, error }),
        None => {
            bury(&mut child, group).await;
            drain_now(&pipe, &mut output);
            Err(CallError::Deadline { program, after: deadline, output })
        }
    };
    drop(turn);
    // Nobody listens any more after a cancel; then there is nobody to tell either.
    let _ = tell.send(result);
}

async fn attend_service(process: Attended, deadline: Duration, ready: impl Future<Output = ()>, mut tell: Tell<()>) {
    let Attended { mut child, mut pipe, program, turn } = process;
    let group = group_of(&child);
    let mut output = Capture::default();
    let result = tokio::select! {
        biased;
        () = tell.closed() => None,
        ended = watch(&mut child, &mut pipe, &mut output) => Some(ended.map(Some)),
        () = ready => Some(Ok(None)),
        () = tokio::time::sleep(deadline) => None,
    };
    let result = match result {
        Some(Ok(None)) => Ok(()),
        Some(Ok(Some(status))) => {
            drain_now(&pipe, &mut output);
            Err(CallError::Ended { program, status, output })
        }
        Some(Err(error)) => Err(CallError::Wait { program, error }),
        None => {
            bury(&mut child, group).await;
            drain_now(&pipe, &mut output);
            Err(CallError::Deadline { program, after: deadline, output })
        }
    };
    drop(turn);
    // Asked to stop in the very moment of its success: then it must not stay.
    if let Err(Ok(())) = tell.send(result) {
        bury(&mut child, group).await;
    }
    tokio::spawn(discard(pipe));
    let _ = child.wait().await;
}

fn group_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

/// Reads while the process lives. Its end counts, not the end of its output: a daemon that it left may hold
/// the pipe for ever.
async fn watch(child: &mut Child, pipe: &mut Receiver, output: &mut Capture) -> std::io::Result<ExitStatus> {
    let mut buffer = [0u8; 16 * 1024];
    let mut open = true;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            read = pipe.read(&mut buffer), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(count) => output.push(buffer.get(..count).unwrap_or_default()),
            },
        }
    }
}

/// Takes what lies in the pipe now, without waiting; bounded, as a daemon may go on writing.
fn drain_now(pipe: &Receiver, output: &mut Capture) {
    let mut buffer = [0u8; 16 * 1024];
    for _ in 0..8 {
        match pipe.try_read(&mut buffer) {
            Ok(count) if count > 0 => output.push(buffer.get(..count).unwrap_or_default()),
            _ => break,
        }
    }
}

/// Keeps the pipe of a daemon open and empty: it must neither block on a full pipe nor die of a closed one.
pub async fn discard(mut pipe: Receiver) {
    let mut buffer = [0u8; 4096];
    while matches!(pipe.read(&mut buffer).await, Ok(count) if count > 0) {}
}

async fn bury(child: &mut Child, group: Option<Pid>) {
    if let Some(group) = group {
        family::signal(group, Signal::KILL);
    }
    let _ = child.start_kill();
    let _ = tokio::time::timeout(BURIAL, child.wait()).await;
}

/// The exit in words: `exit code 1`, `killed by signal 9`.
pub fn exit_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

#[cfg(test)]
mod tests;
