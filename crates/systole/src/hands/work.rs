//! What the main loop needs of whoever runs the resources; a trait so that the loop can be tested by a script.
//! Not here: how a resource is run (executor).

use crate::bridge::Level;
use systole_core::{Condition, GroupId, Job, JobId, Outcome};

/// What comes back from the work, at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    Done {
        job: JobId,
        group: GroupId,
        outcome: Outcome,
    },
    /// A line for the log.
    Note {
        level: Level,
        text: String,
    },
}

/// Runs the resources of this node.
pub trait Work {
    /// Begins a job; its end is reported.
    fn run(&mut self, job: Job);
    /// Gives a job up; its end is reported.
    fn cancel(&mut self, id: JobId);
    /// Looks what runs, of every group. May be dropped unfinished.
    fn inspect_all(&mut self) -> impl Future<Output = Vec<(GroupId, Condition)>>;
    /// Stops everything, whatever was under way.
    fn release_everything(&mut self) -> impl Future<Output = ()>;
}

/// Refuses every job, honestly; stands here until the executor lands.
#[derive(Debug)]
pub struct NoExecutor {
    pub reports: tokio::sync::mpsc::UnboundedSender<Report>,
}

impl Work for NoExecutor {
    fn run(&mut self, job: Job) {
        let why = "this build cannot run resources".into();
        let _ = self.reports.send(Report::Done { job: job.id, group: job.group, outcome: Outcome::Failed { why } });
    }
    fn cancel(&mut self, _id: JobId) {}
    async fn inspect_all(&mut self) -> Vec<(GroupId, Condition)> {
        Vec::new()
    }
    async fn release_everything(&mut self) {}
}
