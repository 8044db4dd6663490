//! What the main loop needs of whoever runs the resources; a trait so that the loop can be tested by a script.
//! Not here: how a resource is run (executor).

use super::native::address::Rival;
use crate::bridge::Level;
use std::time::Duration;
use systole_core::{Condition, Event, GroupId, Job, JobId, Outcome, Wire};

/// What comes back from the work, at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    Done {
        job: JobId,
        group: GroupId,
        outcome: Outcome,
    },
    /// Something of a group that runs has failed.
    Failed {
        group: GroupId,
        why: String,
    },
    /// The wire was asked who has the addresses of a group.
    Probed {
        group: GroupId,
        wire: Wire,
    },
    /// A line for the log.
    Note {
        level: Level,
        text: String,
    },
    /// Something for log and history that the work saw by itself.
    Told(Event),
    /// Who else answers for addresses of this node now; each list replaces the one before.
    Rivals(Vec<Rival>),
}

/// Runs the resources of this node.
pub trait Work {
    /// Begins a job; its end is reported.
    fn run(&mut self, job: Job);
    /// Gives a job up; its end is reported.
    fn cancel(&mut self, id: JobId);
    /// The addresses of these groups may stay for a lifetime after that moment of the monotonic clock.
    fn keep(&mut self, groups: &[GroupId], since_ns: u64);
    /// Asks the wire within `span` who has the addresses of a group; what comes of it is reported.
    fn probe(&mut self, group: GroupId, span: Duration);
    /// Looks what runs, of every group. May be dropped unfinished.
    fn inspect_all(&mut self) -> impl Future<Output = Vec<(GroupId, Condition)>>;
    /// Stops everything, whatever was under way. True when nothing runs here any more, verified.
    fn release_everything(&mut self) -> impl Future<Output = bool>;
}
