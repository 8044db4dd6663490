//! The part of a group that runs on every node that may take it (`warm=yes`): how far it is on this one, what follows from
//! the end of its jobs and from its failures (decisions/0021). Not here: when it is wanted (cluster/warming.rs).

use crate::beat::ClaimState;
use crate::group::{Group, Step};
use crate::job::{JobKind, Outcome};
use crate::output::GroupChange;
use crate::time::Moment;
use serde::{Deserialize, Serialize};

/// How far the warm services of a group are on a node that does not hold it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Warmth {
    /// Something may run; nobody has looked, or its last job was given up.
    #[default]
    Unknown,
    /// Nothing of it runs.
    Cold,
    /// Being started.
    Warming,
    /// All of it runs and is watched.
    Warm,
    /// Being stopped.
    Cooling,
    /// It could not be stopped.
    Stuck,
}

impl Group {
    /// What gives the group up here: what is warm runs on.
    pub(crate) fn stop_kind(&self) -> JobKind {
        if self.settings.warm { JobKind::Yield } else { JobKind::Stop }
    }

    /// Without its warm services this node is not to take it.
    pub(crate) fn lacks_warmth(&self) -> bool {
        self.settings.warm && !self.here.runs() && self.leftover.is_none() && self.warmth != Warmth::Warm
    }

    /// Starts the warm services.
    pub(crate) fn warm_up(&mut self) -> Step {
        self.warmth = Warmth::Warming;
        Step::job(JobKind::Warm)
    }

    /// Stops the warm services.
    pub(crate) fn cool_down(&mut self) -> Step {
        self.warmth = Warmth::Cooling;
        Step::job(JobKind::Cool)
    }

    /// Hands is gone. What runs here is not known, and its next one watches nothing of a group that is not held.
    pub(crate) fn forget_warmth(&mut self) {
        self.warmth = Warmth::Unknown;
    }

    /// A warm service failed while the rest is being stopped, which does not mend it: it counts, and is started again then.
    pub(crate) fn lose_warmth(&mut self, now: Moment) {
        if self.warmth == Warmth::Warm {
            let ran = self.warm_since.map_or(std::time::Duration::ZERO, |since| now.since(since));
            self.failures.note(&self.settings.retries, ran, now);
            self.warmth = Warmth::Unknown;
        }
    }

    /// A warm service failed, or what does not belong here came back too often, on a node that does not hold the group.
    pub(crate) fn fail_aside(&mut self, why: &str, now: Moment) -> Step {
        let retries = self.settings.retries;
        let within = crate::group::span(retries.within);
        if self.here == ClaimState::Want {
            self.withdraw(now);
        }
        let mut often = String::new();
        if self.settings.warm {
            let ran = self.warm_since.map_or(std::time::Duration::ZERO, |since| now.since(since));
            let (count, again) = self.failures.note(&retries, ran, now);
            if again {
                let why = format!("{why}; restart {count} of {} within {within}", retries.count);
                self.note_aside(&why, now);
                let mut step = self.warm_up();
                step.change = Some((GroupChange::Restarting, why));
                return step;
            }
            if count > 1 {
                often = format!(" ({count} failures here within {within})");
            }
        }
        self.give_up_aside(format!("{why}{often}"), now)
    }

    fn give_up_aside(&mut self, why: String, now: Moment) -> Step {
        self.failures.give_up(&self.settings.retries, now);
        self.note_aside(&why, now);
        self.failed = Some(why.clone());
        Step::told(GroupChange::Unfit, why)
    }

    /// For `status`.
    fn note_aside(&mut self, why: &str, now: Moment) {
        if self.here == ClaimState::Idle {
            (self.why, self.since, self.refusal) = (why.to_owned(), now, None);
        }
    }

    /// The end of a job that concerns the warm services alone; `None` for every other one, of which what it says of them is
    /// noted.
    pub(crate) fn warm_job_done(&mut self, kind: JobKind, outcome: &Outcome, now: Moment) -> Option<Step> {
        self.warmth = match (kind, outcome) {
            (JobKind::Warm | JobKind::Start, Outcome::Done) => {
                self.warm_since = Some(now);
                Warmth::Warm
            }
            // What was started is stopped again.
            (JobKind::Warm | JobKind::Start, Outcome::Failed { .. }) => Warmth::Cold,
            (JobKind::Cool | JobKind::Stop, Outcome::Done) => Warmth::Cold,
            (JobKind::Warm | JobKind::Cool, Outcome::Stuck { .. }) => Warmth::Stuck,
            (JobKind::Cool, Outcome::Failed { .. }) => Warmth::Stuck,
            (JobKind::Yield | JobKind::Inspect | JobKind::Announce, _) => self.warmth,
            _ => Warmth::Unknown,
        };
        match (kind, outcome) {
            (JobKind::Warm, Outcome::Done) => {
                let why = "its warm services run here".to_owned();
                self.note_aside(&why, now);
                Some(Step::told(GroupChange::Ready, why))
            }
            (JobKind::Warm, Outcome::Failed { why }) => {
                Some(self.give_up_aside(format!("could not be made ready here: {why}"), now))
            }
            (JobKind::Warm | JobKind::Cool, Outcome::Stuck { why } | Outcome::Failed { why }) => {
                Some(self.give_up_aside(format!("its warm services could not be stopped here: {why}"), now))
            }
            (JobKind::Warm | JobKind::Cool, _) => Some(Step::default()),
            _ => None,
        }
    }
}
