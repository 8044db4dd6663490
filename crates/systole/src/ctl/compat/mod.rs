//! The names and words of Heartbeat's tools (spec/CONFIG.md section 4): one module a tool, and what they share.
//! Not here: what the daemon does about it; the commands of `systole`.

mod cl_status;
mod defaults;
mod heartbeat;
mod log_line;
mod moves;
mod nodes;
mod respawn;

use crate::ctl::client::{self, ClientError};
use crate::paths::Paths;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use systole_core::{Answer, Ask, Status};

/// Heartbeat's own limit for every question of `cl_status`.
const WITHIN: Duration = Duration::from_secs(5);
/// A status older than this is what hands remembers of a heart that does not answer.
const FRESH_MS: u64 = 2000;

/// The tool of that name, when it is one of Heartbeat's.
pub fn by_name(name: &str) -> Option<fn() -> ExitCode> {
    let tool: fn() -> ExitCode = match name {
        "cl_status" => cl_status::main,
        "cl_respawn" => respawn::main,
        "hb_standby" => moves::standby,
        "hb_takeover" => moves::takeover,
        "hb_addnode" => nodes::add,
        "hb_delnode" => nodes::delete,
        "hb_setweight" => nodes::set_weight,
        "hb_setsite" => nodes::set_site,
        "heartbeat" => heartbeat::main,
        _ => return None,
    };
    Some(tool)
}

/// The directories of a machine; the old tools have no options for others.
fn paths() -> Paths {
    Paths { config_dir: None, state_dir: "/var/lib/heartbeat".into(), run_dir: "/run/systole".into() }
}

/// The words after the name; bytes that are no UTF-8 are shown as such and match nothing.
fn arguments() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
enum NoStatus {
    #[error("{0}")]
    Stopped(ClientError),
    #[error("systoled runs, but does not answer within {} s: it is stopped, or the machine stands still", WITHIN.as_secs())]
    Late,
    #[error("{0}")]
    Forbidden(ClientError),
    #[error("{0}")]
    Other(String),
}

/// What the daemon knows now, within five seconds, whatever state it is in.
fn status(paths: &Paths) -> Result<Status, NoStatus> {
    let paths = paths.clone();
    within(WITHIN, move || client::ask(&paths, Ask::Status, WITHIN)).map_or(
        Err(NoStatus::Late),
        |answer| match answer {
            // A heart that does not answer is no better than a daemon that does not: old news would pass for the present.
            Ok(reply) if reply.age_ms >= FRESH_MS => Err(NoStatus::Late),
            Ok(reply) => match reply.answer {
                Answer::Status(status) => Ok(*status),
                Answer::Refused { why } => Err(NoStatus::Other(why)),
                Answer::Done { .. } => Err(NoStatus::Other("the daemon answered another question".into())),
            },
            Err(error @ ClientError::NoDaemon { .. }) => Err(NoStatus::Stopped(error)),
            Err(error @ ClientError::Forbidden { .. }) => Err(NoStatus::Forbidden(error)),
            Err(ClientError::Late { .. }) => Err(NoStatus::Late),
            Err(error) => Err(NoStatus::Other(error.to_string())),
        },
    )
}

/// Runs `work` beside and waits so long at most: connecting to a stopped daemon whose queue is full has no end of its
/// own.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = sync_channel(1);
    // Nobody listens any more after the limit. A machine that cannot start a thread gives no answer either.
    let started = std::thread::Builder::new().spawn(move || drop(tell.send(work())));
    started.ok().and_then(|_| told.recv_timeout(limit).ok())
}
