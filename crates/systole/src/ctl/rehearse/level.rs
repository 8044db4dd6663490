//! The protection level for `check` and `status`: derived from the files, never asserted.
//! Not here: deriving it (systole-sim).

use super::{jobs, json, plan_of, table};
use crate::ctl::surroundings;
use crate::hands::log::clean;
use crate::paths::Paths;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use systole_config::Configuration;
use systole_core::{LinkName, Status};
use systole_sim::Plan;
use systole_sim::rehearse::{Level, NeverServed, Proposal, Stage, meaning, proposal};

/// What can be said of the level of a running node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    Derived(Derived),
    /// The files are no longer those that the daemon runs by.
    Changed,
    /// They cannot be read, or make no cluster.
    Unknown,
}

/// The level by the files, and what this moment makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Derived {
    pub level: u8,
    /// Why it is not higher, and what would raise it.
    pub missing: String,
    /// The level that is left while some links do not work; none while all of them do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Now>,
}

/// What is left without some links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Now {
    pub level: u8,
    pub without: Vec<LinkName>,
}

impl Reached {
    /// For programs: a level with its reason, where there is one.
    pub fn derived(&self) -> Option<&Derived> {
        if let Reached::Derived(derived) = self { Some(derived) } else { None }
    }

    /// A line or two for people.
    pub fn line(&self) -> String {
        match self {
            Reached::Derived(Derived { level, missing, now }) => {
                let mut text = format!("Protection level {level} of 4: {}\n", meaning(*level));
                if let Some(Now { level, without }) = now {
                    let without = without.iter().map(|link| link.0.as_ref()).collect::<Vec<_>>().join(", ");
                    let _ = writeln!(text, "  now {level}, as {without} does not work: {}", meaning(*level));
                }
                let _ = write!(text, "  missing for {}: {} (more: systole rehearse)", level + 1, clean(missing, 1000));
                text
            }
            Reached::Changed => "Protection level not derived: the files are not those the daemon runs by".into(),
            Reached::Unknown => "Protection level not derived: the files cannot be read (more: systole check)".into(),
        }
    }
}

/// The level of a configuration with its reason, in two lines and an empty one.
pub fn for_people(configuration: &Configuration) -> String {
    match of(configuration) {
        Ok(level) => format!("{}\n", table::of_level(&level, None)),
        Err(why) => format!("Protection level not derived: {why}.\n\n"),
    }
}

/// The same for programs; none where the simulated cluster does not even serve.
pub fn for_programs(configuration: &Configuration) -> Option<Value> {
    of(configuration).ok().map(|level| json::level(&level, None))
}

fn of(configuration: &Configuration) -> Result<Level, NeverServed> {
    Stage::set(Plan::of(configuration).of_each_kind()).map(|stage| stage.level(jobs()))
}

/// The level of the files that a running node runs by, told by its status and by the files on the disk.
pub fn in_force(status: &Status, paths: &Paths) -> Reached {
    let (sources, around) = surroundings::gather(paths);
    let Ok(plan) = plan_of(sources, around) else { return Reached::Unknown };
    if !same(status, &plan) {
        return Reached::Changed;
    }
    let file = paths.run_dir.join("level");
    let Some(found) = remembered(&file, &plan) else { return Reached::Unknown };
    let without = idle(status, &plan);
    let left = plan.without(&without);
    // With no link at all no level means anything, and status says that already.
    let now = if without.is_empty() || left.links.is_empty() { None } else { remembered(&file, &left) };
    let now = now.map(|now| Now { level: now.level, without });
    Reached::Derived(Derived { level: found.level, missing: found.missing, now })
}

/// Links of the files that do not work: closed here, or silent towards a node that is heard on another one.
fn idle(status: &Status, plan: &Plan) -> Vec<LinkName> {
    let closed = |link: &LinkName| status.media.iter().any(|medium| medium.link == *link && !medium.open);
    let heard = status.nodes.iter().filter(|node| !node.me && node.links.iter().any(|link| link.up));
    let silent: Vec<&LinkName> =
        heard.flat_map(|node| &node.links).filter(|link| !link.up).map(|link| &link.link).collect();
    let links = plan.links.iter().map(|(link, _)| link);
    links.filter(|link| closed(link) || silent.contains(link)).cloned().collect()
}

/// Nodes, media and groups in force are those of the plan. The times are not compared: status does not tell them.
fn same(status: &Status, plan: &Plan) -> bool {
    let nodes = plan.settings.iter().all(|s| status.nodes.iter().any(|node| node.name == s.me));
    let media = plan.links.iter().all(|(link, _)| status.media.iter().any(|medium| medium.link == *link))
        && status.media.iter().all(|medium| plan.links.iter().any(|(link, _)| *link == medium.link));
    let groups = plan.groups().iter().map(|group| (&group.key, group.home()));
    let groups = groups.eq(status.groups.iter().map(|group| (&group.key, Some(&group.home))));
    nodes && status.nodes.iter().filter(|node| !is_ping(node.state)).count() == plan.count() && media && groups
}

fn is_ping(state: systole_core::NodeState) -> bool {
    state == systole_core::NodeState::Ping
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    /// Of the plan and of this version.
    key: u64,
    level: u8,
    missing: String,
}

/// That of the files, and of some states of their links.
const REMEMBERED_MAX: usize = 4;

/// A rehearsal takes a part of a second, and `status` is asked often: the level is kept beside the socket, where only
/// root writes. Anybody else derives it anew.
fn remembered(file: &Path, plan: &Plan) -> Option<Remembered> {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), format!("{plan:?}")).hash(&mut hasher);
    let key = hasher.finish();
    let known = fs::read(file).ok().and_then(|text| serde_json::from_slice::<Vec<Remembered>>(&text).ok());
    let mut known = known.unwrap_or_default();
    if let Some(known) = known.iter().find(|known| known.key == key) {
        return Some(known.clone());
    }
    let plan = plan.of_each_kind();
    let level = Stage::set(plan.clone()).ok()?.level(jobs());
    let raise = proposal(&plan, &level, jobs()).ok().flatten();
    let raise = raise.map(|Proposal { line, level }| format!("; `{line}` in ha.cf of all nodes gives {level}"));
    let missing = level.because + &raise.unwrap_or_default();
    let found = Remembered { key, level: level.number, missing };
    known.truncate(REMEMBERED_MAX - 1);
    known.insert(0, found.clone());
    // Not being able to keep it costs time, nothing else.
    drop(keep(file, &known));
    Some(found)
}

fn keep(file: &Path, remembered: &[Remembered]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(remembered)?)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
    fs::rename(&new, file)
}
