//! Jobs about warm services, which run on every node, and what moves beside them.
//! Not here: what the cores make of it, the judgement (oracle/warm.rs).

use super::Resource;
use crate::jobs::end_stop;
use systole_core::{Condition, Outcome};

/// The address goes, the service runs on, or stays as dead as it was.
pub(crate) fn end_yield(resource: &mut Resource) -> Outcome {
    if resource.manners.stop_lies {
        return Outcome::Done;
    }
    if resource.manners.stop_fails > 0 {
        // There may be others beside the warm one.
        return end_stop(resource);
    }
    (resource.holds, resource.found) = (false, Condition::Stopped);
    Outcome::Done
}

/// Nothing but the address was missing.
pub(crate) fn end_take(resource: &mut Resource) -> Outcome {
    (resource.found, resource.lied) = (Condition::Running, false);
    Outcome::Done
}

pub(crate) fn end_warm(resource: &mut Resource) -> Outcome {
    let manners = resource.manners;
    if manners.start_fails == 0 && manners.hangs == 0 {
        (resource.warm, resource.down) = (manners.start_lies == 0, None);
        return Outcome::Done;
    }
    match end_cool(resource) {
        Outcome::Done => Outcome::Failed { why: "apache2: exit code 1".into() },
        other => other,
    }
}

pub(crate) fn end_cool(resource: &mut Resource) -> Outcome {
    if resource.manners.stop_lies {
        return Outcome::Done;
    }
    if resource.manners.stop_fails > 0 || resource.manners.hangs > 0 {
        return Outcome::Stuck { why: "apache2: does not stop".into() };
    }
    (resource.warm, resource.down) = (false, None);
    Outcome::Done
}
