//! OCF agents: `/usr/lib/ocf/resource.d/PROVIDER/AGENT start|stop|monitor`, parameters in the environment.
//! Not here: which parameters an agent has; it says so itself when one is missing.

use super::environment::{Environment, OCF_ROOT};
use super::process::{Call, CallError, Finished, Turn, exit_words};
use super::{Action, Failure, Limits, Started, State, judge, trusted};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use systole_config::Resource;
use tokio::sync::OnceCell;

/// Reading the metadata may take so long; they all state 5 s themselves.
const METADATA_LIMIT: Duration = Duration::from_secs(5);

/// One agent with its parameters.
#[derive(Debug)]
pub struct Ocf {
    path: PathBuf,
    environment: Environment,
    /// An argument that is no `name=value`.
    bad_argument: Option<String>,
    stated: OnceCell<Stated>,
}

/// Timeouts stated in the metadata, and how often it wants to be asked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stated {
    start: Option<Duration>,
    stop: Option<Duration>,
    monitor: Option<Duration>,
    interval: Option<Duration>,
}

impl Ocf {
    pub fn new(provider: &str, agent: &str, resource: &Resource, group: &str, base: Arc<Environment>) -> Ocf {
        let parameter = |argument: &String| {
            let (name, value) = argument.split_once('=')?;
            (!name.is_empty()).then(|| (format!("OCF_RESKEY_{name}"), value.to_owned()))
        };
        let fixed = [
            ("OCF_RESOURCE_INSTANCE", instance(group, &resource.word)),
            ("OCF_RESOURCE_TYPE", agent.to_owned()),
            ("OCF_RESOURCE_PROVIDER", provider.to_owned()),
            ("OCF_RA_VERSION_MAJOR", "1".to_owned()),
            ("OCF_RA_VERSION_MINOR", "0".to_owned()),
        ];
        let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value));
        Ocf {
            path: [OCF_ROOT, "resource.d", provider, agent].iter().collect(),
            environment: base.with(fixed.chain(resource.arguments.iter().filter_map(parameter))),
            bad_argument: resource.arguments.iter().find(|a| parameter(a).is_none()).cloned(),
            stated: OnceCell::new(),
        }
    }

    /// Reads the metadata, once.
    pub async fn prepare(&self) {
        self.stated.get_or_init(|| self.read_metadata()).await;
    }

    /// The agent's own timeouts, `usual` where it states none.
    pub async fn limits(&self, usual: Limits) -> Limits {
        let stated = self.stated.get_or_init(|| self.read_metadata()).await;
        Limits {
            start: stated.start.unwrap_or(usual.start),
            stop: stated.stop.unwrap_or(usual.stop),
            monitor: stated.monitor.unwrap_or(usual.monitor),
        }
    }

    /// How often it wants to be asked, if it says so.
    pub async fn interval(&self) -> Option<Duration> {
        self.stated.get_or_init(|| self.read_metadata()).await.interval
    }

    async fn read_metadata(&self) -> Stated {
        // A turn of its own: metadata say nothing of a group's state, so they need not wait for it.
        match self.run("meta-data", METADATA_LIMIT, &Turn::default()).await {
            Ok(finished) if finished.status.success() => timeouts(&finished.output.text()),
            _ => Stated::default(),
        }
    }

    async fn run(&self, action: &str, deadline: Duration, turn: &Turn) -> Result<Finished, CallError> {
        trusted(&self.path).map_err(|error| CallError::Spawn { program: self.path.display().to_string(), error })?;
        let limit = ("OCF_RESKEY_CRM_meta_timeout".to_owned(), deadline.as_millis().to_string());
        let environment = self.environment.with([limit]).pairs().to_vec();
        Call { program: self.path.clone(), arguments: vec![action.into()], environment, deadline }.run(turn).await
    }

    /// `monitor`: 0 and 8 (promoted) run, 7 is stopped; 5 and 6 (not installed, not configured) cannot run here.
    pub async fn status(&self, limits: &Limits, turn: &Turn) -> State {
        match self.run("monitor", limits.monitor, turn).await {
            Ok(finished) => match finished.status.code() {
                Some(0 | 8) => State::Running,
                Some(5..=7) => State::Stopped,
                _ => {
                    let words = exit_words(finished.status);
                    State::Unknown(format!("monitor gave {words}{}", finished.output.said()))
                }
            },
            Err(error) if error.is_absent() => State::Absent(error.to_string()),
            Err(error) => State::Unknown(format!("monitor failed: {error}")),
        }
    }

    /// # Errors
    /// When the agent says so, cannot be run, or does not end in time.
    pub async fn act(&self, action: Action, limits: &Limits, turn: &Turn) -> Result<Started, Failure> {
        if let Some(bad) = &self.bad_argument {
            return Err(Failure(format!("the argument {bad:?} must have the form name=value")));
        }
        let finished = self.run(action.word(), action.limit(limits), turn).await;
        judge(action, finished.map_err(|e| Failure(format!("{} failed: {e}", action.word())))?)
    }
}

/// The name of the instance, stable over restarts and the same on all nodes; agents use it in file names.
fn instance(group: &str, word: &str) -> String {
    let clean = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(80).collect()
    };
    let digest = systole_core::GroupId::of_key(&format!("{group} {word}"));
    format!("{}-{digest}", clean(word))
}

/// Finds `<action name="start" timeout="20s" ...>` without an XML reader: the metadata are one flat list.
fn timeouts(xml: &str) -> Stated {
    let mut stated = Stated::default();
    for tag in xml.split("<action").skip(1).filter_map(|rest| rest.split('>').next()) {
        let value = attribute(tag, "timeout").and_then(duration);
        if attribute(tag, "name") == Some("monitor") {
            let interval = attribute(tag, "interval").and_then(duration);
            stated.interval = stated.interval.into_iter().chain(interval).min();
        }
        let place = match attribute(tag, "name") {
            Some("start") => &mut stated.start,
            Some("stop") => &mut stated.stop,
            Some("monitor") => &mut stated.monitor,
            _ => continue,
        };
        // An agent may list several monitors; the longest suits them all.
        *place = (*place).max(value);
    }
    stated
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = tag.split_once(&format!(" {name}=")).or_else(|| tag.split_once(&format!("\t{name}=")))?.1;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}

/// `20`, `20s`, `500ms`, `2m`, `2min`, `1h`; zero and nonsense are none.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..unit_at)?.parse().ok().filter(|n| *n > 0)?;
    let ms = match text.get(unit_at..)?.trim() {
        "ms" | "msec" => 1,
        "" | "s" | "sec" => 1000,
        "m" | "min" => 60_000,
        "h" | "hr" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.saturating_mul(ms)))
}

#[cfg(test)]
mod tests;
