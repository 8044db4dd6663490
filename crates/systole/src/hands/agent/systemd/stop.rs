//! Stopping one unit, also while systemd stops our own unit or the whole machine.
//! Not here: deadlines, and what the result of the job means.
//!
//! Our unit is ordered after the units it runs, so that at shutdown we hand over before they are taken away. systemd
//! therefore begins no stop of such a unit until the stop of ours is done; but ours is not done before that unit is
//! stopped. The mode "ignore-dependencies" ends this wait, and with it what systemd does at other times: stopping those
//! that belong to the unit (Debian's postgresql.service is empty, its servers are PartOf it). So they are stopped here.

use super::{UNIT, job, proxy};
use std::collections::{BTreeSet, VecDeque};
use zbus::{OwnedObjectPath, Proxy};

/// Whose stop follows from the stop of the unit: PartOf, BindsTo and Requires, seen from the other end.
const DEPENDENTS: [&str; 3] = ["ConsistsOf", "BoundBy", "RequiredBy"];

/// Stops a unit and all that systemd would stop with it; gives the result of the job, or of the first that failed.
pub async fn stop(manager: &Proxy<'static>, name: &str) -> zbus::Result<String> {
    // A process that belongs to no unit has none that could be stopped.
    let own: Option<OwnedObjectPath> = manager.call("GetUnitByPID", &std::process::id()).await.ok();
    if !goes_down(manager, own.as_ref()).await? {
        return job(manager, "StopUnit", name, "replace").await;
    }
    let mut ended = "done".to_owned();
    for unit in with_dependents(manager, name, own.as_ref()).await? {
        let result = job(manager, "StopUnit", &unit, "ignore-dependencies").await?;
        if ended == "done" {
            ended = result;
        }
    }
    Ok(ended)
}

/// Is our own unit, or the machine, on its way down?
async fn goes_down(manager: &Proxy<'_>, own: Option<&OwnedObjectPath>) -> zbus::Result<bool> {
    if manager.get_property::<String>("SystemState").await? == "stopping" {
        return Ok(true);
    }
    let Some(own) = own else { return Ok(false) };
    let own = proxy(manager.connection(), own.as_str(), UNIT).await?;
    if own.get_property::<String>("ActiveState").await? == "deactivating" {
        return Ok(true);
    }
    let (id, path): (u32, OwnedObjectPath) = own.get_property("Job").await?;
    if id == 0 {
        return Ok(false);
    }
    let waiting = proxy(manager.connection(), path.as_str(), "org.freedesktop.systemd1.Job").await?;
    // A job that is over by now is no reason either.
    let kind: String = waiting.get_property("JobType").await.unwrap_or_default();
    Ok(kind == "stop" || kind == "restart")
}

/// The unit, last, after every active one whose stop follows from its own; never our own unit.
async fn with_dependents(manager: &Proxy<'_>, name: &str, own: Option<&OwnedObjectPath>) -> zbus::Result<Vec<String>> {
    let mut found = Vec::new();
    // Each is looked at once, so circles end.
    let mut seen: BTreeSet<String> = own.map(|path| path.to_string()).into_iter().collect();
    let mut open = VecDeque::from([name.to_owned()]);
    while let Some(name) = open.pop_front() {
        let path: OwnedObjectPath = manager.call("LoadUnit", &name.as_str()).await?;
        if !seen.insert(path.to_string()) {
            continue;
        }
        let unit = proxy(manager.connection(), path.as_str(), UNIT).await?;
        let state: String = unit.get_property("ActiveState").await?;
        if found.is_empty() || !matches!(state.as_str(), "inactive" | "failed") {
            found.push(name);
        }
        for list in DEPENDENTS {
            open.extend(unit.get_property::<Vec<String>>(list).await?);
        }
    }
    found.reverse();
    Ok(found)
}
