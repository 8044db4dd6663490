//! heart: the process that beats. It starts here, and everything that may be slow happens before it becomes real-time.
//! Not here, and in no module below: resources, names of services, mail, logs; those are hands'.

mod beating;
mod hands;
mod identity;
mod load;
/// Hands needs it once: for the last words.
pub(crate) mod media;
mod pings;
mod places;
mod recorder;
mod rejects;
mod resolve;
pub(crate) mod serial_line;

use crate::bridge::{Begin, Level};
use crate::paths::Paths;
use std::path::Path;
use std::process::ExitCode;
use systole_config::{Configuration, LogTarget};
use systole_sys::realtime::{self, RealtimeError};
use systole_sys::signals::{Signal, Signals};
use systole_wire::Keys;

/// Everything heart needs, read and checked.
pub struct Start {
    pub configuration: Configuration,
    pub keys: Keys,
    pub paths: Paths,
    pub log: LogTarget,
    /// Directory for a recording of everything that the core hears and decides.
    pub record: Option<std::path::PathBuf>,
}

/// Runs the node until it is told to end. Returns 0 after a clean end, 1 when it could not begin.
pub fn run(start: Start) -> ExitCode {
    match begin(start) {
        Ok(mut heart) => heart.beat(),
        Err(why) => {
            eprintln!("systoled: {why}");
            ExitCode::from(1)
        }
    }
}

fn begin(start: Start) -> Result<beating::Heart, String> {
    make_dir(&start.paths.run_dir)?;
    let lock = lock(&start.paths.run_dir)?;
    let (identity, warning) = identity::load(&start.paths.state_dir)?;
    let listened = [Signal::Terminate, Signal::Interrupt, Signal::HangUp, Signal::User1, Signal::User2, Signal::Child];
    let signals = Signals::open(&listened).map_err(|e| format!("cannot listen to signals: {e}"))?;
    let begin = Begin {
        configuration: start.configuration.clone(),
        state_dir: start.paths.state_dir,
        run_dir: start.paths.run_dir,
        life: (identity.uuid, identity.generation),
        log: start.log,
        heart_pid: std::process::id(),
        again: false,
        record: start.record,
    };
    let mut hands = hands::Hands::new(begin);
    hands.start(systole_sys::wait::monotonic_ns());
    hands.log(Level::Info, format!("Configuration validated. Starting systole {}", env!("CARGO_PKG_VERSION")));
    hands.log(Level::Info, format!("Heartbeat generation: {}", identity.generation.0));
    for text in warning {
        hands.log(Level::Warn, text);
    }
    if let Some(open) = start.configuration.protection.as_ref().and_then(|protection| protection.open()) {
        hands.log(Level::Warn, format!("Frames can be forged: {open}."));
    }
    for text in become_realtime(&start.configuration) {
        hands.log(Level::Warn, text);
    }
    beating::Heart::new(start.configuration, start.keys, identity, hands, signals, lock)
}

/// What cannot be had is one clear line each; the node beats without it, only less punctually.
fn become_realtime(configuration: &Configuration) -> Vec<String> {
    let mut steps: Vec<Result<(), RealtimeError>> = vec![realtime::undumpable(), realtime::oom_score_adj(-900)];
    if configuration.realtime.enabled {
        steps.push(realtime::timer_slack_1ns());
        steps.push(realtime::lock_memory());
        steps.push(realtime::become_fifo(configuration.realtime.priority));
    }
    steps.into_iter().filter_map(Result::err).map(|e| e.to_string()).collect()
}

fn make_dir(dir: &Path) -> Result<(), String> {
    std::fs::create_dir_all(dir).map_err(|e| {
        format!("cannot make the directory {}: {e}; make it, or name another one (see systoled --help)", dir.display())
    })
}

/// Two hearts on one machine with one state would be two nodes of one name.
fn lock(run_dir: &Path) -> Result<std::fs::File, String> {
    let path = run_dir.join("heart.lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| format!("cannot open {}: {e}", path.display()))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            Err(format!("already running: another systoled holds {}; `systole status` shows it", path.display()))
        }
        Err(e) => Err(format!("cannot lock {}: {e}", path.display())),
    }
}
