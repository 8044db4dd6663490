//! The protection level for `check` and `status`: derived from the files, never asserted.
//! Not here: deriving it (systole-sim).

use super::{jobs, json, plan_of, table};
use crate::ctl::surroundings;
use crate::paths::Paths;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use systole_config::Configuration;
use systole_core::Status;
use systole_sim::Plan;
use systole_sim::rehearse::{Level, NeverServed, Stage, meaning};

/// What can be said of the level of a running node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    Derived(u8),
    /// The files are no longer those that the daemon runs by.
    Changed,
    /// They cannot be read, or make no cluster.
    Unknown,
}

impl Reached {
    /// The number, where there is one.
    pub fn number(&self) -> Option<u8> {
        if let Reached::Derived(number) = self { Some(*number) } else { None }
    }

    /// A line for people.
    pub fn line(&self) -> String {
        match self {
            Reached::Derived(number) => {
                format!("Protection level {number} of 4: {} (more: systole rehearse)", meaning(*number))
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
    Stage::set(Plan::of(configuration)).map(|stage| stage.level(jobs()))
}

/// The level of the files that a running node runs by, told by its status and by the files on the disk.
pub fn in_force(status: &Status, paths: &Paths) -> Reached {
    let (sources, around) = surroundings::gather(paths);
    let Ok(plan) = plan_of(sources, around) else { return Reached::Unknown };
    if !same(status, &plan) {
        return Reached::Changed;
    }
    remembered(&paths.run_dir.join("level"), &plan).map_or(Reached::Unknown, Reached::Derived)
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

#[derive(Serialize, Deserialize)]
struct Remembered {
    /// Of the plan and of this version.
    key: u64,
    level: u8,
}

/// A rehearsal takes a part of a second, and `status` is asked often: the level is kept beside the socket, where only
/// root writes. Anybody else derives it anew.
fn remembered(file: &Path, plan: &Plan) -> Option<u8> {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), format!("{plan:?}")).hash(&mut hasher);
    let key = hasher.finish();
    let known = fs::read(file).ok().and_then(|text| serde_json::from_slice::<Remembered>(&text).ok());
    if let Some(known) = known.filter(|known| known.key == key) {
        return Some(known.level);
    }
    let level = Stage::set(plan.clone()).ok()?.level_number(jobs());
    // Not being able to keep it costs time, nothing else.
    drop(keep(file, &Remembered { key, level }));
    Some(level)
}

fn keep(file: &Path, remembered: &Remembered) -> std::io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(remembered)?)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
    fs::rename(&new, file)
}
