//! One resource that is run by something else than us: a script, an OCF agent, a systemd unit; and Apache.
//! Here is what all kinds have in common. Not here: order within a group, retries, addresses, mail.

pub mod capture;
pub mod environment;
pub mod family;
pub mod lsb;
pub mod ocf;
pub mod process;
pub mod readiness;
pub mod resource_d;
pub mod systemd;
mod trust;

use crate::hands::native::apache::Apache;
use environment::Environment;
use family::Leftover;
use process::{Call, CallError, Finished, Turn, exit_words};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use systole_config::watching::{Check, Expect, Monitor, StopFail};
use systole_config::{Resource, ResourceKind, Watching};

pub use trust::trusted;

/// Words by which a web server is known.
const WEB: [&str; 5] = ["apache", "httpd", "nginx", "lighttpd", "caddy"];

/// How long each operation may take (DESIGN section 6), unless the agent's own metadata says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub start: Duration,
    pub stop: Duration,
    pub monitor: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits { start: seconds(60), stop: seconds(60), monitor: seconds(20) }
    }
}

/// How a page is watched: how often it is asked for, and how long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub period: Duration,
    pub deadline: Duration,
}

/// Between two checks, unless the agent's metadata says otherwise.
const PERIOD: Duration = Duration::from_secs(10);
/// What hangs hears no TERM, and its clients wait.
const FAILED_STOP: Duration = Duration::from_secs(3);
/// A page that takes longer is no page.
const PAGE_LIMIT: Duration = Duration::from_secs(5);

/// What `status` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running,
    Stopped,
    /// It could not be found out; says why. Something may run.
    Unknown(String),
    /// What would run it is not there; says what is missing.
    Absent(String),
}

/// Why a start or a stop failed, in a sentence for people that begins after the resource's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// Actions by their names on a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    Status,
}

impl Action {
    pub fn word(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::Stop => "stop",
            Action::Status => "status",
        }
    }

    fn limit(self, limits: &Limits) -> Duration {
        match self {
            Action::Start => limits.start,
            Action::Stop => limits.stop,
            Action::Status => limits.monitor,
        }
    }
}

/// What one start left: lines worth a debug log and a process group to end when a later stop fails.
#[derive(Debug, Default)]
pub struct Started {
    pub said: String,
    pub left: Option<Leftover>,
}

/// A resource and how to run it.
#[derive(Debug)]
pub struct Agent {
    /// As written in haresources.
    pub word: String,
    kind: Kind,
    limits: Limits,
    /// What the files say of this one; goes before everything.
    own: Watching,
    /// What they say of all.
    usual: Watching,
}

#[derive(Debug)]
enum Kind {
    ResourceD(Script),
    Lsb(Script),
    Ocf(ocf::Ocf),
    Systemd(systemd::Unit),
    Apache(Box<Apache>),
}

/// A script with the arguments that precede the action.
#[derive(Debug)]
pub struct Script {
    pub path: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Arc<Environment>,
}

impl Agent {
    /// The port at which it serves pages, if it is known to be a web server.
    pub async fn web_port(&self) -> Option<u16> {
        match &self.kind {
            Kind::Apache(apache) => apache.port().await,
            Kind::Systemd(_) | Kind::Lsb(_) | Kind::ResourceD(_) | Kind::Ocf(_) => {
                WEB.iter().any(|name| self.word.contains(name)).then_some(80)
            }
        }
    }

    /// `None` for the kinds that are no agents: addresses and mail.
    pub fn new(resource: &Resource, group: &str, environment: &Arc<Environment>, bus: &systemd::Bus) -> Option<Agent> {
        let environment = Arc::clone(environment);
        let script = |path: &PathBuf, arguments: &[String]| Script {
            path: path.clone(),
            arguments: arguments.to_vec(),
            environment: Arc::clone(&environment),
        };
        let kind = match &resource.kind {
            ResourceKind::Address | ResourceKind::MailTo => return None,
            ResourceKind::ResourceD { path } => Kind::ResourceD(script(path, &resource.arguments)),
            ResourceKind::Lsb { path } => Kind::Lsb(script(path, &[])),
            ResourceKind::Systemd { unit } => Kind::Systemd(systemd::Unit::new(unit, bus.clone())),
            ResourceKind::Apache => Kind::Apache(Box::new(Apache::new(&resource.arguments))),
            ResourceKind::Ocf { provider, agent } => {
                Kind::Ocf(ocf::Ocf::new(provider, agent, resource, group, environment))
            }
        };
        Some(Agent {
            word: resource.word.clone(),
            kind,
            limits: Limits::default(),
            own: resource.watching.clone(),
            usual: Watching::default(),
        })
    }

    /// Other limits than the usual ones; what an agent's metadata says still goes first.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Agent {
        self.limits = limits;
        self
    }

    /// What the files say of all services.
    #[must_use]
    pub fn with_usual(mut self, usual: &Watching) -> Agent {
        self.usual = usual.clone();
        self
    }

    /// What can be learnt before it is needed (metadata, Apache's settings), so that a takeover need not wait.
    pub async fn prepare(&self) {
        match &self.kind {
            Kind::Ocf(ocf) => ocf.prepare().await,
            Kind::Apache(apache) => apache.prepare().await,
            Kind::ResourceD(_) | Kind::Lsb(_) | Kind::Systemd(_) => {}
        }
    }

    /// Whether a standard binds its word on its state as it binds its exit codes.
    pub fn status_is_exact(&self) -> bool {
        matches!(self.kind, Kind::Ocf(_))
    }

    /// Whether a successful start has shown by itself that it runs. A unit may also run once and be done.
    pub fn proves_its_start(&self) -> bool {
        matches!(self.kind, Kind::Apache(_) | Kind::Systemd(_))
    }

    /// What is run for an action, for the log.
    pub fn command(&self, action: Action) -> String {
        let line = |path: &Path, arguments: &[String]| {
            let words = std::iter::once(path.display().to_string()).chain(arguments.iter().cloned());
            words.chain([action.word().to_owned()]).collect::<Vec<_>>().join(" ")
        };
        match &self.kind {
            Kind::ResourceD(script) | Kind::Lsb(script) => line(&script.path, &script.arguments),
            Kind::Ocf(_) | Kind::Systemd(_) | Kind::Apache(_) => format!("{} {}", self.word, action.word()),
        }
    }

    /// Waits until its main process or its unit has ended, by event; for ever where that cannot be seen.
    pub async fn ended(&self) -> String {
        match &self.kind {
            Kind::Apache(apache) => apache.ended().await,
            Kind::Systemd(unit) => unit.ended().await,
            Kind::ResourceD(_) | Kind::Lsb(_) | Kind::Ocf(_) => std::future::pending().await,
        }
    }

    /// It runs on every node that may take its group.
    pub fn is_warm(&self) -> bool {
        self.own.warm == Some(true)
    }

    /// `monitor off` was not said.
    pub fn is_watched(&self) -> bool {
        self.own.monitor.or(self.usual.monitor) != Some(Monitor::Off)
    }

    /// How often its state is asked for; `None` where its end is an event, or where something else is asked.
    pub async fn interval(&self) -> Option<Duration> {
        if !matches!(self.own.check, None | Some(Check::Unit)) {
            return None;
        }
        let stated = match &self.kind {
            Kind::Apache(_) | Kind::Systemd(_) => return None,
            Kind::ResourceD(_) | Kind::Lsb(_) => None,
            Kind::Ocf(ocf) => ocf.interval().await,
        };
        Some(period(self.own.monitor).or(stated).or(period(self.usual.monitor)).unwrap_or(PERIOD))
    }

    /// What the files ask for in the place of what is usual, and what the answer must be.
    pub fn check(&self) -> (Option<&Check>, Option<&Expect>) {
        (self.own.check.as_ref(), self.own.expect.as_ref())
    }

    /// What cannot be stopped counts as stopped.
    pub fn ignores_failed_stops(&self) -> bool {
        self.own.stop_fail.or(self.usual.stop_fail) == Some(StopFail::Ignore)
    }

    /// How long its word on its state may take.
    pub async fn status_limit(&self) -> Duration {
        self.limits().await.monitor
    }

    /// How its page is watched, if it has one.
    pub fn patience(&self) -> Patience {
        let monitor = self.own.monitor.or(self.usual.monitor);
        let deadline = self.own.timeout.or(self.usual.timeout).unwrap_or(PAGE_LIMIT);
        Patience { period: period(monitor).unwrap_or(PERIOD), deadline }
    }

    /// Where it answers by its own settings, and otherwise by its name: the address, if it is bound to one, and the port.
    pub async fn web(&self) -> Option<(Option<IpAddr>, u16)> {
        if let Kind::Apache(apache) = &self.kind {
            let address = apache.listen().await?;
            let any = address.ip().is_loopback();
            return Some(((!any).then_some(address.ip()), address.port()));
        }
        Some((None, self.web_port().await?))
    }

    /// How long a stop of what has failed may take before force, where force is ours to use.
    pub fn patience_with_the_failed(&self) -> Option<Duration> {
        matches!(self.kind, Kind::Apache(_)).then_some(FAILED_STOP)
    }

    /// How long a stop may be tried.
    pub async fn stop_limit(&self) -> Duration {
        self.limits().await.stop
    }

    async fn limits(&self) -> Limits {
        let usual = Limits {
            start: self.usual.start.unwrap_or(self.limits.start),
            stop: self.usual.stop.unwrap_or(self.limits.stop),
            monitor: self.usual.timeout.unwrap_or(self.limits.monitor),
        };
        let stated = match &self.kind {
            Kind::Ocf(ocf) => ocf.limits(usual).await,
            _ => usual,
        };
        Limits {
            start: self.own.start.unwrap_or(stated.start),
            stop: self.own.stop.unwrap_or(stated.stop),
            monitor: self.own.timeout.unwrap_or(stated.monitor),
        }
    }

    pub async fn status(&self, turn: &Turn) -> State {
        let limits = self.limits().await;
        match &self.kind {
            Kind::ResourceD(script) => resource_d::status(script, &limits, turn).await,
            Kind::Lsb(script) => lsb::status(script, &limits, turn).await,
            Kind::Ocf(ocf) => ocf.status(&limits, turn).await,
            Kind::Systemd(unit) => unit.status(&limits).await,
            Kind::Apache(apache) => apache.status().await,
        }
    }

    /// # Errors
    /// When the agent says so, cannot be run, or does not end in time.
    pub async fn start(&self, turn: &Turn) -> Result<Started, Failure> {
        let limits = self.limits().await;
        match &self.kind {
            Kind::ResourceD(script) | Kind::Lsb(script) => script.act(Action::Start, &limits, turn).await,
            Kind::Ocf(ocf) => ocf.act(Action::Start, &limits, turn).await,
            Kind::Systemd(unit) => unit.act(Action::Start, &limits).await,
            Kind::Apache(apache) => apache.start(limits.start, turn).await,
        }
    }

    /// One attempt of at most `within`.
    ///
    /// # Errors
    /// As [`Agent::start`].
    pub async fn stop(&self, within: Duration, turn: &Turn) -> Result<Started, Failure> {
        let limits = Limits { stop: within, ..self.limits().await };
        match &self.kind {
            Kind::ResourceD(script) | Kind::Lsb(script) => script.act(Action::Stop, &limits, turn).await,
            Kind::Ocf(ocf) => ocf.act(Action::Stop, &limits, turn).await,
            Kind::Systemd(unit) => unit.act(Action::Stop, &limits).await,
            Kind::Apache(apache) => apache.stop(within).await,
        }
    }
}

fn period(monitor: Option<Monitor>) -> Option<Duration> {
    match monitor {
        Some(Monitor::Every(period)) => Some(period),
        Some(Monitor::Off) | None => None,
    }
}

impl Script {
    /// Runs `script ARG.. ACTION`.
    async fn run(&self, action: Action, limits: &Limits, turn: &Turn) -> Result<Finished, CallError> {
        trusted(&self.path).map_err(|error| CallError::Spawn { program: self.path.display().to_string(), error })?;
        let mut arguments: Vec<OsString> = self.arguments.iter().map(OsString::from).collect();
        arguments.push(action.word().into());
        let environment = self.environment.pairs().to_vec();
        Call { program: self.path.clone(), arguments, environment, deadline: action.limit(limits) }.run(turn).await
    }

    /// `Absent` when there is no such file, or none to be run: Heartbeat, too, takes that for nothing to stop.
    async fn ask(&self, limits: &Limits, turn: &Turn) -> Result<Finished, State> {
        match self.run(Action::Status, limits, turn).await {
            Ok(finished) => Ok(finished),
            Err(error) if error.is_absent() => Err(State::Absent(error.to_string())),
            Err(error) => Err(State::Unknown(format!("status failed: {error}"))),
        }
    }

    async fn act(&self, action: Action, limits: &Limits, turn: &Turn) -> Result<Started, Failure> {
        let finished =
            self.run(action, limits, turn).await.map_err(|e| Failure(format!("{} failed: {e}", action.word())))?;
        judge(action, finished)
    }
}

/// Start and stop are judged by the exit code alone.
fn judge(action: Action, finished: Finished) -> Result<Started, Failure> {
    if finished.status.success() {
        return Ok(Started { said: finished.output.last_lines(), left: finished.left });
    }
    let words = exit_words(finished.status);
    Err(Failure(format!("{} failed with {words}{}", action.word(), finished.output.said())))
}
